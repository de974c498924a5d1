//! Random pairs of upgrades of the built-in scaffold, with edits beside them, that Git brings together. Wherever it merges the
//! generated files, it merges `.treenail/base` as well, and the next upgrade finds every edit and every answer.
//!
//! `TREENAIL_MERGES=500` plays that many, which takes half an hour; a failure prints the `TREENAIL_SEED` that repeats it alone.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use treenail::project::answers_file;

use crate::upgrade::project::Project;

const ANSWERS: &str = ".treenail/answers.yaml";
const BASE: &str = ".treenail/base";

/// What `cargo test` plays.
const MERGES: u64 = 5;

const SETS: [&[&str]; 19] = [
    &["port=9090"],
    &["port=3000", "health-path=/"],
    &["environments=staging,qa,production"],
    &["environments=staging,production,dr"],
    &["environments=dev,staging,production"],
    &["environments=production"],
    &["environments=staging=acme-stage,production"],
    &["image=ghcr.io/acme/web"],
    &["pipeline-namespace=acme-ci"],
    &["argocd-namespace=gitops"],
    &["cluster=https://k8s.example.com:6443"],
    &["replicas=5"],
    &["strategy=blue-green"],
    &["strategy=canary"],
    &["cpu=200m"],
    &["memory=512Mi"],
    &["dockerfile=docker/Dockerfile", "context=src"],
    &["test-image=docker.io/library/golang:1.26", "test-command=make"],
    &["build-timeout=1h", "storage-class=fast"],
];

/// Some that the answers change, some that they do not, and the workload under both names.
const EDITED: [&str; 6] = [
    "deploy/base/service.yaml",
    "deploy/base/deployment.yaml",
    "deploy/base/rollout.yaml",
    "delivery/pipeline/build-image.yaml",
    "argocd/namespaces/delivery/quota.yaml",
    "deploy/overlays/production/kustomization.yaml",
];

const OPERATIONS: [&str; 5] = ["merge", "rebase", "cherry-pick", "squash", "revert"];

/// What one side does: answers, and a line at the end of a file.
#[derive(Clone)]
struct Change {
    sets: Vec<usize>,
    edit: Option<usize>,
}

impl fmt::Debug for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} and edit {:?}", self.arguments(), self.edit.map(|edit| EDITED[edit]))
    }
}

impl Change {
    fn arguments(&self) -> String {
        let sets = self.sets.iter().flat_map(|set| SETS[*set]);
        sets.map(|set| format!("--set {set}")).collect::<Vec<_>>().join(" ")
    }
}

fn change() -> impl Strategy<Value = Change> {
    let sets = prop_oneof![
        2 => (0..SETS.len()).prop_map(|set| vec![set]),
        1 => proptest::sample::subsequence((0..SETS.len()).collect::<Vec<_>>(), 2),
    ];
    let sets = sets.prop_map(|mut sets| {
        // Each question once.
        let question = |set: &usize| SETS[*set][0].split('=').next();
        sets.dedup_by_key(|set| question(set));
        sets
    });
    (sets, proptest::option::weighted(0.3, 0..EDITED.len())).prop_map(|(sets, edit)| Change { sets, edit })
}

#[test]
#[ignore = "takes long"]
fn where_git_merges_the_files_it_merges_the_base() {
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seeds = match number("TREENAIL_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("TREENAIL_MERGES").unwrap_or(MERGES),
    };
    let project = Project::empty();
    project.treenail("new shop --defaults --source-repo https://github.com/acme/shop.git").ends_with(0);
    project.git("tag start");
    let mut merged = 0;
    let count = seeds.end - seeds.start;
    for seed in seeds {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), random);
        let strategy = (change(), change(), 0..OPERATIONS.len());
        let (ours, theirs, operation) = strategy.new_tree(&mut runner).unwrap().current();
        let case = format!("TREENAIL_SEED={seed} ({} of {ours:?} with {theirs:?})", OPERATIONS[operation]);
        merged += u64::from(Case { project: &project, case }.play(&ours, &theirs, OPERATIONS[operation]));
    }
    assert!(count == 1 || merged * 2 >= count, "Git merged only {merged} of {count}");
}

struct Case<'a> {
    project: &'a Project,
    case: String,
}

impl Case<'_> {
    /// Returns whether Git merged the files.
    fn play(&self, ours: &Change, theirs: &Change, operation: &str) -> bool {
        let Self { project, case } = self;
        for branch in ["other", "trunk"] {
            project.git(&format!("checkout -q -f -B {branch} start"));
        }
        let sides = if operation == "revert" {
            self.make(ours, "ours");
            let reverted = project.head();
            self.make(theirs, "theirs");
            [reverted, project.head(), "start".to_owned()]
        } else {
            project.git("checkout -q other");
            self.make(theirs, "theirs");
            project.git("checkout -q trunk");
            self.make(ours, "ours");
            ["start".to_owned(), project.head(), project.git("rev-parse other")]
        };
        let range = "start..other";
        let (code, said) = project.try_git(&match operation {
            "merge" => "merge -q other -m merge".to_owned(),
            "rebase" => "rebase -q other".to_owned(),
            "squash" => "merge -q --squash other".to_owned(),
            "cherry-pick" => format!("cherry-pick {range}"),
            _ => format!("revert --no-edit {}", self.range_of(&sides[0])),
        });
        let unmerged = project.git("diff --name-only --diff-filter=U");
        let unmerged: BTreeSet<&str> = unmerged.lines().collect();
        if unmerged.iter().any(|path| !path.starts_with(".treenail/")) {
            project.git("reset -q --hard");
            for end in ["rebase --abort", "cherry-pick --abort", "revert --abort"] {
                project.try_git(end);
            }
            return false;
        }
        assert!(!unmerged.contains(BASE), "{case}: the base is in conflict, the files are not");
        if code != 0 {
            assert!(unmerged.contains(ANSWERS), "{case}: {said}");
            if !self.resolve(operation) {
                return true;
            }
        } else if operation == "squash" {
            project.git("commit -q --allow-empty -m squash");
        }
        self.look(&sides, [ours, theirs], operation);
        true
    }

    /// The commits that a side has made, the newest first.
    fn range_of(&self, tip: &str) -> String {
        self.project.git(&format!("rev-list start..{tip}")).replace('\n', " ")
    }

    fn make(&self, change: &Change, mark: &str) {
        let upgrade = self.project.treenail(&format!("upgrade shop --yes {}", change.arguments()));
        assert_eq!(upgrade.code, 0, "{}: {}", self.case, upgrade.stderr);
        let edited = change.edit.map(|edit| EDITED[edit]).filter(|path| self.project.is_there(path));
        if let Some(path) = edited {
            self.project.edit(path, format!("{}# {mark}\n", self.project.read(path)));
        }
    }

    /// Merges the answers; `false` if both sides have decided one.
    fn resolve(&self, operation: &str) -> bool {
        let Self { project, case } = self;
        loop {
            let upgrade = project.treenail("upgrade shop --yes");
            if upgrade.code == 4 {
                project.git("reset -q --hard");
                for end in ["rebase --abort", "cherry-pick --abort", "revert --abort"] {
                    project.try_git(end);
                }
                return false;
            }
            assert_eq!(upgrade.code, 0, "{case}: {}", upgrade.stderr);
            let (code, said) = match operation {
                "merge" | "squash" => project.try_git("commit -q --allow-empty -m merge"),
                _ => project.try_git(&format!("{operation} --continue")),
            };
            if code == 0 {
                return true;
            }
            let unmerged = project.git("diff --name-only --diff-filter=U");
            assert_eq!(unmerged, ANSWERS, "{case}: {said}");
        }
    }

    fn answers(&self, commit: &str) -> BTreeMap<String, String> {
        answers_file::parse(&self.project.git(&format!("show {commit}:{ANSWERS}"))).unwrap()
    }

    fn look(&self, [base, ours, theirs]: &[String; 3], changes: [&Change; 2], operation: &str) {
        let Self { project, case } = self;
        let sides = [base, ours, theirs].map(|commit| self.answers(commit));
        let first = project.treenail("upgrade shop --yes");
        assert_eq!(first.code, 0, "{case}: {}{}", first.stdout, first.stderr);
        let second = project.treenail("upgrade shop --yes");
        assert!(second.stderr.contains("nothing to do"), "{case}: {}{}", second.stdout, second.stderr);
        let now = self.answers("HEAD");
        for (question, answer) in &now {
            let [was, mine, other] = sides.each_ref().map(|side| side.get(question));
            // Git merges the items of a list as lines.
            if question != "environments" || mine == was || other == was {
                let expected = if mine == was { other } else { mine };
                assert_eq!(Some(answer), expected, "{case}: {question}");
            }
        }
        self.look_at_edits(changes, operation, ours, theirs);
        let check = project.treenail("check shop");
        assert_eq!(check.code, 0, "{case}: {}", check.stdout);
        project.assert_clean();
    }

    /// Every edit is there, if need be where Git has followed its file to, and nothing else counts as edited.
    fn look_at_edits(&self, changes: [&Change; 2], operation: &str, ours: &str, theirs: &str) {
        let Self { project, case } = self;
        let theirs = if operation == "revert" { ours } else { theirs };
        let mut count = 0;
        for (change, mark, tip) in [(changes[0], "# ours", ours), (changes[1], "# theirs", theirs)] {
            let holds = |commit: &str| {
                let found =
                    project.try_git(&format!("grep -l ^{} {commit} -- :!README.md", mark.replace(' ', ".")));
                found.1.lines().count()
            };
            let expected = usize::from(change.edit.is_some_and(|_| holds(tip) > 0));
            let expected = if operation == "revert" && mark == "# ours" { 0 } else { expected };
            assert_eq!(holds("HEAD"), expected, "{case}: {mark}");
            count += expected;
        }
        let status = project.treenail("status shop").ends_with(0).stdout;
        let shown = status.lines().filter(|line| line.starts_with("edited") || line.starts_with("deleted"));
        assert!(shown.count() <= count, "{case}: {status}");
    }
}
