//! Follows a release in the cluster, from its commit to the Pods that run it: for `watch`, and for the verbs that push one.

mod follower;
mod manifests;
mod printer;
mod report;
mod rollout;
mod stages;
mod verdict;

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::cluster::live::{LiveCluster, may_pass};
use crate::cluster::wait::Deadline;
use crate::delivery::service::Service;
use crate::error::{Error, Result};
use crate::shell;
use crate::ui::{Ui, interrupt, visible};
use follower::Follower;
use manifests::{ReleaseApplications, RemoteManifests, place};
use printer::Printer;
use report::WatchReport;
use verdict::WatchVerdict;

/// So often in a row the cluster may not answer at the very start, where it is rather the wrong one.
const FIRST_ATTEMPTS: u32 = 3;

/// What is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FollowTarget {
    /// A release from its request to the first environment: the one with this tag, or the one that is requested now.
    Requested(Option<String>),
    /// How an environment comes to run what a commit gives it: a release that it has had, or the one that it has now.
    Rollout { environment: String, release: Option<String> },
}

/// A service, and how the user names it.
#[derive(Clone, Copy)]
pub(crate) struct NamedService<'a> {
    /// As the last commit has it.
    pub(crate) service: &'a Service,
    pub(crate) dir: &'a Path,
    pub(crate) scaffold: Option<&'a str>,
}

/// How long to follow, and how long to wait between two looks, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) timeout: u64,
    pub(crate) interval: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { timeout: 3600, interval: 2 }
    }
}

/// How following ended.
pub(crate) struct FollowOutcome {
    /// The documented JSON: see `docs/files.md`.
    pub(crate) report: Value,
    /// An error unless the release runs, or waits for a person.
    pub(crate) end: Result<()>,
}

/// Checks that releases of the service can be followed, or with `environment`, which is its place in the order of promotion,
/// what a commit gives to that.
///
/// # Errors
/// A precondition: the scaffold does not say how a cluster is set up, or the Applications are not in the cluster. A failure:
/// the cluster does not answer.
pub(crate) fn check(cluster: &LiveCluster, service: &Service, environment: Option<usize>) -> Result<()> {
    let setup = service.scaffold.setup(&service.answers)?;
    let applications = ReleaseApplications::of(service, &setup.apply, environment.unwrap_or_default())?;
    let delivery = environment.is_none().then_some(&applications.delivery);
    for application in delivery.into_iter().chain([&applications.environment]) {
        follower::application(cluster, &setup.argocd_namespace, &application.name, &place(service))?;
    }
    Ok(())
}

/// Follows a release until it has ended, and says how.
///
/// # Errors
/// It is not requested, or not pushed; the cluster cannot be asked.
pub(crate) fn follow(
    ui: &Ui,
    cluster: &LiveCluster,
    named: &NamedService<'_>,
    target: &FollowTarget,
    pace: Pace,
) -> Result<FollowOutcome> {
    let manifests = RemoteManifests::read(ui, named)?;
    let setup = manifests.service.scaffold.setup(&manifests.service.answers)?;
    let release = manifests.release(target)?;
    let applications = ReleaseApplications::of(&manifests.service, &setup.apply, release.environment)?;
    let mut follower =
        Follower::new(cluster.clone(), manifests, release, applications, setup.argocd_namespace);
    follower.begin(ui);
    let verdict = follower.follow(ui, pace)?;
    let report = WatchReport::of(&follower, verdict.as_ref()).into_value();
    Ok(FollowOutcome { report, end: follower.finish(ui, pace.timeout, verdict) })
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
        let place = place(&self.manifests.service);
        let environment = match &self.release.image {
            Some(_) => format!(" --environment {}", shell::word(self.environment())),
            None => String::new(),
        };
        format!("`treenail watch{place} {}{environment}`", shell::word(&tag))
    }

    fn begin(&self, ui: &Ui) {
        let kubectl = &self.cluster.kubectl;
        let environment = match &self.release.image {
            Some(_) => format!(" in {}", visible::line(self.environment())),
            None => String::new(),
        };
        let revision = match self.release.request.revision.as_str() {
            "" => String::new(),
            revision => format!(", commit {:.10}", visible::line(revision)),
        };
        ui.message(&format!(
            "watch {}{environment}{revision}, in the cluster of the context `{}`, {}",
            self.title(),
            visible::line(&kubectl.context),
            visible::line(&kubectl.server)
        ));
        interrupt::set_last_words(format!(
            "stopped watching; the release goes on: {} follows it again",
            self.again()
        ));
    }

    /// Looks until the release has ended; `None` if that takes too long.
    fn follow(&mut self, ui: &Ui, pace: Pace) -> Result<Option<WatchVerdict>> {
        let deadline = Deadline::after(Duration::from_secs(pace.timeout));
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
            deadline.pause(Duration::from_secs(pace.interval), || printer.animate());
        }
    }

    /// Says how it ended.
    fn finish(&self, ui: &Ui, timeout: u64, verdict: Option<WatchVerdict>) -> Result<()> {
        let title = self.title();
        let environment = visible::line(self.environment());
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
                let place = place(&self.manifests.service);
                return Err(Error::failure(format!("{title} was superseded by {by} before it was deployed"))
                    .hint(format!("follow that: `treenail watch{place} {}`", shell::word(&by))));
            }
            Some(WatchVerdict::Failed(failure)) => return Err(failure.error(&title)),
            None => return Err(self.too_long(&title, timeout)),
        }
        Ok(())
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
