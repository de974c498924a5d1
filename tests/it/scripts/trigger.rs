//! The release trigger against a cluster that is there, away, slow or busy.

use std::fs;

use serde_yaml::Value;

use crate::common::programs::{self, Shell, shells};
use crate::common::rendered::{Repository, parse};
use crate::scripts::container::{Container, Outcome};

/// What the image must have beside `kubectl` and a shell.
const TOOLS: [&str; 1] = ["sed"];
pub const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";
const RUN: &str = "shop-1.4.0-01234567";

/// The trigger's Job, ready to run.
pub struct Trigger {
    pub container: Container,
    job: Value,
    script: String,
}

impl Trigger {
    /// In a cluster whose API behaves as `weather` says, see `stubs/kubectl`.
    pub fn new(shell: &'static Shell, app: &str, weather: &str) -> Self {
        let repository = Repository::service(&[("app", app)], "");
        let container = Container::new(shell, &TOOLS);
        container.stub("kubectl", include_str!("stubs/kubectl"));
        container.without_waiting();
        container.mkdir("/cluster/runs");
        container.write("/cluster/weather", &format!("{weather}\n"));
        let template = repository.text("delivery/release/pipelinerun.yaml");
        container.write("/release/pipelinerun.yaml", template);
        let job = repository.yaml("delivery/release/trigger.yaml");
        let job = job["spec"]["template"]["spec"]["containers"][0].clone();
        assert_eq!(job["command"], parse("[/bin/sh, /release/trigger.sh]"));
        Self { container, job, script: repository.text("delivery/release/trigger.sh").to_owned() }
    }

    /// Runs the Job for what release.env says; none stands for a line that is not there.
    pub fn request(&mut self, tag: Option<&str>, revision: Option<&str>) -> Outcome {
        self.container.declare(&self.job, |variable| {
            let source = &variable["valueFrom"]["configMapKeyRef"];
            assert_eq!(source["optional"], Value::Bool(true), "{variable:?}");
            match source["key"].as_str() {
                Some("IMAGE_TAG") => tag.map(str::to_owned),
                Some("SOURCE_REVISION") => revision.map(str::to_owned),
                other => panic!("where does {other:?} come from?"),
            }
        });
        self.container.run(&self.script)
    }

    /// Runs the Job for a release.
    pub fn release(&mut self, tag: &str, revision: &str) -> Outcome {
        self.request(Some(tag), Some(revision))
    }

    /// The names of the runs in the cluster.
    pub fn runs(&self) -> Vec<String> {
        let runs = fs::read_dir(self.container.path("/cluster/runs")).expect("the cluster is ours").flatten();
        let mut runs: Vec<_> = runs.map(|run| run.file_name().to_string_lossy().into_owned()).collect();
        runs.sort();
        runs
    }

    /// The manifest of a run in the cluster.
    pub fn run(&self, name: &str) -> String {
        self.container.read(&format!("/cluster/runs/{name}")).expect(name)
    }

    /// Which calls of that verb the cluster got.
    fn calls(&self, verb: &str) -> usize {
        let calls = self.container.read("/cluster/calls").unwrap_or_default();
        calls.lines().filter(|call| call.starts_with(verb)).count()
    }

    /// Asserts that nobody asked the cluster anything.
    #[track_caller]
    pub fn assert_cluster_untouched(&self) {
        assert_eq!(self.container.read("/cluster/calls"), None);
    }
}

#[test]
fn without_a_release_nothing_happens() {
    for shell in shells() {
        for nothing in [Some(""), None] {
            let mut trigger = Trigger::new(shell, "shop", "up");
            trigger.request(nothing, nothing).said("no release requested yet");
            trigger.assert_cluster_untouched();
        }
    }
}

#[test]
fn half_a_release_is_refused() {
    for shell in shells() {
        for nothing in [Some(""), None] {
            let mut trigger = Trigger::new(shell, "shop", "up");
            trigger.request(Some("1.4.0"), nothing).refused("IMAGE_TAG is set but SOURCE_REVISION is not");
            let mut trigger = Trigger::new(shell, "shop", "up");
            trigger.request(nothing, Some(REVISION)).refused("SOURCE_REVISION is set but IMAGE_TAG is not");
            trigger.assert_cluster_untouched();
        }
    }
}

#[test]
fn a_release_becomes_a_run() {
    for shell in shells() {
        let mut trigger = Trigger::new(shell, "shop", "up");
        trigger.release("1.4.0", REVISION).said("requested 1.4.0: created PipelineRun shop-1.4.0-01234567");
        assert_eq!(trigger.runs(), [RUN]);
        let text = trigger.run(RUN);
        let run = parse(&text);
        assert_eq!(run["kind"], "PipelineRun");
        assert_eq!(run["metadata"]["name"], RUN);
        assert_eq!(run["metadata"]["namespace"], "shop-delivery");
        assert_eq!(run["spec"]["params"][0], parse("{name: image-tag, value: '1.4.0'}"));
        assert_eq!(
            run["spec"]["params"][1],
            parse(&format!("{{name: source-revision, value: '{REVISION}'}}"))
        );
        assert_eq!(trigger.container.read("/naps"), None);
    }
}

#[test]
fn asking_again_starts_nothing() {
    for shell in shells() {
        let mut trigger = Trigger::new(shell, "shop", "up");
        trigger.release("1.4.0", REVISION).said("created");
        trigger.release("1.4.0", REVISION).said("exists (not started yet), nothing to do");
        trigger.container.write("/cluster/reason", "Succeeded\n");
        trigger.release("1.4.0", REVISION).said("exists (Succeeded), nothing to do");
        assert_eq!(trigger.runs(), [RUN]);
    }
}

#[test]
fn a_newer_release_and_another_commit_are_runs_of_their_own() {
    for shell in shells() {
        let mut trigger = Trigger::new(shell, "shop", "up");
        let other = REVISION.replace("0123", "ffff");
        for (tag, revision) in [("1.4.0", REVISION), ("1.5.0", REVISION), ("1.4.0", &*other)] {
            trigger.release(tag, revision).said("created");
        }
        assert_eq!(trigger.runs(), [RUN, "shop-1.4.0-ffff4567", "shop-1.5.0-01234567"]);
    }
}

#[test]
fn another_commit_under_the_same_name_is_refused() {
    for shell in shells() {
        let mut trigger = Trigger::new(shell, "shop", "up");
        trigger.release("1.4.0", REVISION).said("created");
        let twin = format!("{}{}", &REVISION[..8], "f".repeat(32));
        let refusal =
            format!("{RUN} already exists for another commit ('{REVISION}'): choose another IMAGE_TAG");
        trigger.release("1.4.0", &twin).refused(&refusal);
        assert!(trigger.run(RUN).contains(REVISION));
    }
}

#[test]
fn an_api_that_stays_away_is_asked_five_times() {
    for shell in shells() {
        let mut trigger = Trigger::new(shell, "shop", "down");
        let outcome = trigger.release("1.4.0", REVISION);
        outcome.failed("could not create PipelineRun shop-1.4.0-01234567");
        outcome.failed("attempt 5 of 5: The connection to the server 10.96.0.1:443 was refused");
        assert_eq!(trigger.calls("create"), 5);
        assert_eq!(trigger.container.read("/naps").unwrap(), "3\n6\n9\n12\n");
    }
}

#[test]
fn a_denied_run_says_who_denied_it() {
    for shell in shells() {
        let mut trigger = Trigger::new(shell, "shop", "denied");
        trigger.release("1.4.0", REVISION).failed("admission webhook");
        assert_eq!(trigger.calls("create"), 5);
        assert!(trigger.runs().is_empty());
    }
}

#[test]
fn an_api_that_comes_back_gets_the_run() {
    for shell in shells() {
        let mut trigger = Trigger::new(shell, "shop", "down down down down up");
        trigger.release("1.4.0", REVISION).said("created PipelineRun");
        assert_eq!((trigger.calls("create"), trigger.runs()), (3, vec![RUN.to_owned()]));
    }
}

#[test]
fn a_run_whose_answer_was_lost_is_found() {
    for shell in shells() {
        for (weather, attempts) in [("lost up", 1), ("lost down up", 2)] {
            let mut trigger = Trigger::new(shell, "shop", weather);
            trigger.release("1.4.0", REVISION).said("nothing to do");
            assert_eq!((trigger.calls("create"), trigger.runs()), (attempts, vec![RUN.to_owned()]));
        }
    }
}

#[test]
fn somebody_else_may_have_created_the_run_meanwhile() {
    for shell in shells() {
        let mut trigger = Trigger::new(shell, "shop", "down down raced up");
        trigger.release("1.4.0", REVISION).said("nothing to do");
        assert_eq!((trigger.calls("create"), trigger.runs()), (2, vec![RUN.to_owned()]));
    }
}

#[test]
fn kubectl_understands_what_the_trigger_asks_it() {
    let Some(kubectl) = programs::find_or_notice("kubectl", "how it reads a run") else { return };
    let shell = &shells()[0];
    let mut trigger = Trigger::new(shell, "shop", "up");
    trigger.release("1.4.0", REVISION).said("created");
    trigger.release("1.4.0", REVISION).said("nothing to do");
    let calls = trigger.container.read("/cluster/calls").unwrap();
    let (_, output) = calls.lines().last().unwrap().split_once(" -o ").unwrap();
    let run = trigger.run(RUN);
    for (status, answer) in [("", ""), ("status:\n  conditions:\n  - reason: Running\n", "Running")] {
        trigger.container.write("/run.yaml", &format!("{run}{status}"));
        let printed = programs::command(&kubectl, &trigger.container.path("/tmp"))
            .args(["annotate", "--local", "example=yes", "-f", &trigger.container.place("/run.yaml")])
            .args(["-o", output])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(printed.stdout).unwrap(), format!("{REVISION} {answer}"));
    }
}
