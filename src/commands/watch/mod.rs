//! `treenail watch`: follows one release from its commit to the Pods that run it.

mod follow;
mod printer;
mod release;
mod report;
mod rollout;
mod stages;
mod verdict;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::cluster::kubectl::Kubectl;
use crate::cluster::live::{LiveCluster, may_pass};
use crate::cluster::wait::Deadline;
use crate::delivery::tag;
use crate::error::{Error, ErrorKind, Result};
use crate::git;
use crate::shell;
use crate::ui::{Ui, interrupt, visible};
use follow::Follower;
use printer::Printer;
use release::RemoteManifests;
use report::WatchReport;
use verdict::WatchVerdict;

/// So often in a row the cluster may not answer at the very start, where it is rather the wrong one.
const FIRST_ATTEMPTS: u32 = 3;

/// Follow one release in the cluster: commit seen, sync, trigger, each Task, digest commit, rollout
///
/// It ends when the release runs, or with the first failure, its cause and the end of the log. It changes nothing, except that
/// it asks Argo CD to look at Git where that would else wait for minutes. A release that has ended is shown as well.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 the release runs, or waits for a person to go on, 1 it failed or takes too long, 2 wrong usage, \
                  4 answers no longer valid, 5 not requested, not pushed, or not set up, 6 recorded state damaged, 130 cancelled."
)]
pub(crate) struct WatchArgs {
    /// Name of the release [default: the one that the branch on the remote requests]
    tag: Option<String>,
    /// Folder of the service, or one inside it
    #[arg(long = "directory", short = 'C', value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Scaffold of the files: the name of a built-in one, or a folder [default: the recorded one]
    #[arg(long, value_name = "NAME|DIR")]
    scaffold: Option<String>,
    /// Context of `kubectl` [default: the current one]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// How long to follow it, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    timeout: u64,
    /// How long to wait between two looks at the cluster, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    interval: u64,
    /// Print JSON at the end
    #[arg(long)]
    json: bool,
}

/// # Errors
/// The release fails, or takes too long; it is not requested; the cluster cannot be asked.
pub(crate) fn run(ui: &Ui, arguments: &WatchArgs) -> Result<ExitCode> {
    git::keeping_open(|| {
        if let Some(tag) = &arguments.tag
            && let Some(why) = tag::refusal(tag, None)
        {
            return Err(Error::new(ErrorKind::Usage, format!("`{tag}` cannot be a tag: {why}")));
        }
        let manifests = RemoteManifests::open(ui, arguments)?;
        let setup = manifests.service.scaffold.setup(&manifests.service.answers)?;
        let release = manifests.release(arguments.tag.as_deref())?;
        let applications = manifests.applications(&setup.apply)?;
        let cluster = LiveCluster { kubectl: Kubectl::find(arguments.context.as_deref())? };
        let mut follower = Follower::new(cluster, manifests, release, applications, setup.argocd_namespace);
        follower.begin(ui);
        let verdict = follower.follow(ui, arguments)?;
        follower.finish(ui, arguments, verdict)
    })
}

impl Follower {
    /// Name and tag.
    fn title(&self) -> String {
        let name = &self.manifests.service.delivery.name;
        visible::line(&format!("{name} {}", self.release.request.tag))
    }

    /// The command that follows the release again.
    fn again(&self) -> String {
        let tag = visible::line(&self.release.request.tag);
        format!("`treenail watch{} {}`", self.manifests.place(), shell::word(&tag))
    }

    fn begin(&self, ui: &Ui) {
        let kubectl = &self.cluster.kubectl;
        ui.message(&format!(
            "watch {}, commit {:.10}, in the cluster of the context `{}`, {}",
            self.title(),
            visible::line(&self.release.request.revision),
            visible::line(&kubectl.context),
            visible::line(&kubectl.server)
        ));
        interrupt::set_last_words(format!(
            "stopped watching; the release goes on: {} follows it again",
            self.again()
        ));
    }

    /// Looks until the release has ended; `None` if that takes too long.
    fn follow(&mut self, ui: &Ui, arguments: &WatchArgs) -> Result<Option<WatchVerdict>> {
        let deadline = Deadline::after(Duration::from_secs(arguments.timeout));
        let mut printer = Printer::new(ui);
        let (mut failures, mut has_answered) = (0, false);
        loop {
            match self.look() {
                Ok(verdict) => {
                    printer.show(self.stages());
                    (failures, has_answered) = (0, true);
                    if verdict.is_some() || deadline.is_over() {
                        printer.end();
                        return Ok(verdict);
                    }
                }
                Err(error) => {
                    let is_final = !may_pass(&error) || (!has_answered && failures + 1 >= FIRST_ATTEMPTS);
                    if is_final || deadline.is_over() {
                        printer.end();
                        return Err(error);
                    }
                    if failures == 0 {
                        printer.note(&format!("note: {}, trying again", causes(&error)));
                    }
                    failures += 1;
                }
            }
            deadline.pause(Duration::from_secs(arguments.interval), || printer.animate());
        }
    }

    /// Says how it ended.
    fn finish(&self, ui: &Ui, arguments: &WatchArgs, verdict: Option<WatchVerdict>) -> Result<ExitCode> {
        let title = self.title();
        let environment = visible::line(self.environment());
        if arguments.json {
            ui.print(&WatchReport::of(self, verdict.as_ref()).text())?;
        }
        match verdict {
            Some(WatchVerdict::Deployed) => ui.done(&format!("{title} runs in {environment}")),
            Some(WatchVerdict::Replaced(by)) => {
                ui.done(&format!("{title} was deployed; {environment} has {} now", visible::line(&by)));
            }
            Some(WatchVerdict::Paused { go_on, abort }) => {
                ui.done(&format!("{title} is in {environment}, and its rollout waits for a person"));
                ui.message(&format!("  go on: `{go_on}`"));
                ui.message(&format!("  go back: `{abort}`"));
                ui.message(&format!("  then {} follows it again", self.again()));
            }
            Some(WatchVerdict::Superseded(by)) if by.is_empty() => {
                return Err(Error::failure(format!(
                    "{title} is not requested any more, and was not deployed"
                )));
            }
            Some(WatchVerdict::Superseded(by)) => {
                let by = visible::line(&by);
                let place = self.manifests.place();
                return Err(Error::failure(format!("{title} was superseded by {by} before it was deployed"))
                    .hint(format!("follow that: `treenail watch{place} {}`", shell::word(&by))));
            }
            Some(WatchVerdict::Failed(failure)) => return Err(failure.error(&title)),
            None => return Err(self.too_long(&title, arguments.timeout)),
        }
        Ok(ExitCode::SUCCESS)
    }

    fn too_long(&self, title: &str, seconds: u64) -> Error {
        let stages = self.stages();
        let current = stages.iter().find(|stage| stage.state == stages::StageState::Running);
        let at = current.map_or_else(String::new, |stage| format!(": {}: {}", stage.name, stage.text));
        Error::failure(format!("{title} does not run after {seconds} seconds{at}"))
            .hint(format!("it goes on: {} follows it again", self.again()))
    }
}

/// An error and its causes in one line.
fn causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(found) = cause {
        text = format!("{text}: {found}");
        cause = found.source();
    }
    crate::excerpt::cut(&visible::line(&text))
}
