//! What comes after the run of a release: the commit of its digest, and the Pods of the environment.

use serde_json::Value;

use super::follower::{BRIEF, Follower, LONG, TAIL};
use super::manifests::place;
use super::verdict::{WatchFailure, WatchVerdict};
use crate::cluster::live::if_allowed;
use crate::cluster::pods::PodTrouble;
use crate::cluster::rollout::{LiveWorkload, RolloutPause};
use crate::cluster::sync::{LiveOperation, LiveSync};
use crate::error::Result;

impl Follower {
    /// Looks at Git and at the environment. Returns the end of the release, if it has come.
    ///
    /// # Errors
    /// As for [`Follower::look`].
    pub(super) fn look_at_rollout(&mut self) -> Result<Option<WatchVerdict>> {
        if self.facts.deployed_by.is_none() {
            let (by, image) = match self.manifests.deployed(&self.release)? {
                (None, _) => {
                    self.manifests.fetch()?;
                    self.manifests.deployed(&self.release)?
                }
                found => found,
            };
            let Some(by) = by else { return self.not_deployed() };
            self.facts.deployed_by = Some(by);
            if let Some(other) = image.filter(|image| !self.release.is(image)) {
                return Ok(Some(WatchVerdict::Replaced(other.title())));
            }
        }
        let name = self.applications.environment.name.clone();
        let sync = self.application(&name)?;
        let image = match &sync.revision {
            Some(revision) => self.manifests.image_in(revision, self.release.environment)?,
            None => None,
        };
        // After a promotion of manifests alone, the image has been running for longer.
        let (by, environment) = (self.facts.deployed_by.as_deref(), self.release.environment);
        let has_manifests = |revision: &String| self.manifests.has_manifests(revision, by, environment);
        self.facts.has_arrived = image.as_ref().is_some_and(|image| self.release.is(image))
            && sync.revision.as_ref().is_some_and(has_manifests);
        let reference = image.and_then(|image| image.reference);
        self.facts.environment = Some(sync.clone());
        self.refresh("environment", !self.facts.has_arrived, &name)?;
        if self.facts.has_arrived {
            self.look_at_workloads(&sync, reference.as_deref())?;
            return Ok(self.judge_rollout(&sync));
        }
        // What was pushed since may have replaced it before Argo CD saw it.
        let (_, newest) = self.manifests.deployed(&self.release)?;
        if let Some(other) = newest.filter(|newest| !self.release.is(newest)) {
            return Ok(Some(WatchVerdict::Replaced(other.title())));
        }
        Ok(self.complains("arrival", &sync).map(WatchVerdict::Failed))
    }

    fn not_deployed(&mut self) -> Result<Option<WatchVerdict>> {
        if self.release.image.is_some() {
            let cause = format!("no commit gives the release to {} any more", self.environment());
            return Ok(Some(WatchVerdict::Failed(WatchFailure::new("commit", cause))));
        }
        let now = self.manifests.requested_now()?;
        if now != self.release.request {
            return Ok(Some(WatchVerdict::Superseded(now.tag)));
        }
        let cause =
            format!("the run has succeeded, but no commit gives the release to {}", self.environment());
        Ok(self
            .lasts("no digest", true, BRIEF)
            .then(|| WatchVerdict::Failed(WatchFailure::new("digest", cause))))
    }

    fn look_at_workloads(&mut self, sync: &LiveSync, reference: Option<&str>) -> Result<()> {
        let namespace = self.applications.environment.destination.clone();
        let found = self.cluster.workloads(&namespace, &sync.workloads).and_then(|workloads| {
            let mut trouble = None;
            for workload in workloads.iter().filter(|one| !one.is_done() && !one.selector.is_empty()) {
                let pods = self.cluster.pods(&namespace, &workload.selector)?;
                trouble = trouble.or(self.cluster.trouble(&namespace, &newest(pods, reference))?);
            }
            Ok((workloads, trouble))
        });
        // Who may not look at them still sees what Argo CD says.
        (self.facts.workloads, self.facts.trouble) = if_allowed(found)?;
        Ok(())
    }

    fn judge_rollout(&mut self, sync: &LiveSync) -> Option<WatchVerdict> {
        let is_stable = sync.is_synced && !sync.is_syncing();
        let workloads = &self.facts.workloads;
        if is_stable && sync.health == "Healthy" && workloads.iter().all(LiveWorkload::is_done) {
            self.facts.is_over = true;
            return Some(WatchVerdict::Deployed);
        }
        let open = workloads.iter().find(|workload| workload.pause == Some(RolloutPause::Open));
        let paused = open.map(|workload| self.paused(&workload.name));
        let failed = workloads.iter().find_map(LiveWorkload::failed).map(str::to_owned);
        if self.lasts("paused", paused.is_some() && is_stable, 2) {
            self.facts.is_over = true;
            return paused;
        }
        if let Some(cause) = failed {
            return Some(WatchVerdict::Failed(self.failed_rollout(cause)));
        }
        let trouble = self.facts.trouble.clone();
        let is_lasting = trouble.as_ref().is_some_and(PodTrouble::is_lasting);
        let is_crashing = is_lasting && trouble.as_ref().is_some_and(|trouble| trouble.restarts > 0);
        if let Some(trouble) = trouble.filter(|_| self.lasts("trouble", is_lasting, LONG) || is_crashing) {
            return Some(WatchVerdict::Failed(self.failed_rollout(trouble.shown())));
        }
        let is_of_it = |operation: &&LiveOperation| operation.revision == sync.revision && !sync.is_synced;
        let failed_sync = sync.operation.as_ref().filter(|operation| operation.gives_up());
        if let Some(operation) = failed_sync.filter(is_of_it) {
            let cause = format!("{}: {}", sync.application.name, operation.message);
            return Some(WatchVerdict::Failed(WatchFailure::new("rollout", cause)));
        }
        if self.lasts("degraded", is_stable && sync.health == "Degraded", BRIEF) {
            let complaint =
                sync.application.complaints.first().map_or_else(String::new, |said| format!(": {said}"));
            let cause = format!("{} is Degraded{complaint}", sync.application.name);
            return Some(WatchVerdict::Failed(self.failed_rollout(cause)));
        }
        let is_progressing = sync.health == "Progressing" || sync.health == "Suspended";
        if is_progressing { None } else { self.complains("rollout", sync).map(WatchVerdict::Failed) }
    }

    fn paused(&self, workload: &str) -> WatchVerdict {
        let namespace = &self.applications.environment.destination;
        let context = &self.cluster.kubectl.context;
        let command = |verb: &str| {
            let words =
                ["kubectl", "argo", "rollouts", "--context", context, "-n", namespace, verb, workload];
            words.map(crate::shell::word).join(" ")
        };
        WatchVerdict::Paused { go_on: command("promote"), abort: command("abort") }
    }

    fn failed_rollout(&self, cause: String) -> WatchFailure {
        let namespace = &self.applications.environment.destination;
        let failure = match &self.facts.trouble {
            Some(trouble) if !cause.contains(&trouble.reason) => {
                WatchFailure::new("rollout", format!("{cause}; {}", trouble.shown()))
            }
            _ => WatchFailure::new("rollout", cause),
        };
        let failure = match self.facts.trouble.as_ref().filter(|trouble| trouble.restarts > 0) {
            Some(trouble) => failure.with_log(
                format!("the Pod {}", trouble.pod),
                self.cluster.log_before(namespace, trouble, TAIL),
            ),
            None => failure,
        };
        let place = place(&self.manifests.service);
        failure
            .hint(format!("`treenail rollback{place} {} --push` puts back what it had", self.environment()))
    }

    fn complains(&mut self, what: &'static str, sync: &LiveSync) -> Option<WatchFailure> {
        let complaint = sync.complaint.clone().filter(|_| !sync.is_syncing());
        let lasts = self.lasts(what, complaint.is_some(), LONG);
        let complaint = complaint.filter(|_| lasts)?;
        Some(WatchFailure::new("rollout", format!("{}: {complaint}", sync.application.name)))
    }
}

/// The Pods of an image, or all if none has it. Those of the release before may be in trouble as well, and are not for long.
fn newest(pods: Vec<Value>, reference: Option<&str>) -> Vec<Value> {
    let has = |pod: &&Value| {
        let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
        containers.clone().any(|container| container["image"].as_str() == reference)
    };
    let own: Vec<Value> = pods.iter().filter(has).cloned().collect();
    if own.is_empty() { pods } else { own }
}
