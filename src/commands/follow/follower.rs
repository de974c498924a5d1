//! Looks at the cluster and at Git, again and again, and tells when the release has ended.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::manifests::{Relation, ReleaseApplications, RemoteManifests, WatchedRelease, place};
use super::stages::{TaskFacts, TriggerFacts, WatchFacts, WatchStage};
use super::verdict::{WatchFailure, WatchVerdict};
use crate::cluster::live::{LiveCluster, if_allowed};
use crate::cluster::runs::{LiveRun, LiveTask, RunState};
use crate::cluster::sync::{LiveOperation, LiveSync};
use crate::error::{Error, Result};

/// So many lines of a log tell why something failed.
pub(super) const TAIL: usize = 20;

/// Argo CD is asked to look at Git at every so many looks, as long as it has not seen a commit.
const REFRESH_EVERY: u32 = 8;

/// What holds for so many looks in a row is not a moment between two states.
pub(super) const BRIEF: u32 = 5;

/// As [`BRIEF`], for what often passes by itself.
pub(super) const LONG: u32 = 30;

/// A release that is followed.
pub(super) struct Follower {
    pub(super) cluster: LiveCluster,
    pub(super) manifests: RemoteManifests,
    pub(super) release: WatchedRelease,
    pub(super) applications: ReleaseApplications,
    pub(super) argocd_namespace: String,
    pub(super) facts: WatchFacts,
    /// The Tasks whose log will not change.
    read: BTreeSet<String>,
    /// For how many looks in a row something holds.
    streaks: BTreeMap<&'static str, u32>,
}

impl Follower {
    pub(super) fn new(
        cluster: LiveCluster,
        manifests: RemoteManifests,
        release: WatchedRelease,
        applications: ReleaseApplications,
        argocd_namespace: String,
    ) -> Self {
        Self {
            cluster,
            manifests,
            release,
            applications,
            argocd_namespace,
            facts: WatchFacts::default(),
            read: BTreeSet::new(),
            streaks: BTreeMap::new(),
        }
    }

    /// The stages, as of the last look.
    pub(super) fn stages(&self) -> Vec<WatchStage> {
        self.facts.stages(&self.release, &self.applications.delivery.name, self.environment())
    }

    /// The name of the environment that the release goes to.
    pub(super) fn environment(&self) -> &str {
        &self.manifests.service.delivery.environments[self.release.environment].name
    }

    /// Looks once. Returns the end of the release, if it has come.
    ///
    /// # Errors
    /// The cluster or the remote does not answer; an Application does not exist.
    pub(super) fn look(&mut self) -> Result<Option<WatchVerdict>> {
        let is_past_run = self.facts.run.is_none() && self.facts.deployed_by.is_some();
        if is_past_run || self.release.image.is_some() {
            return self.look_at_rollout();
        }
        let knew_run = self.facts.run.is_some();
        if self.facts.run.as_ref().is_none_or(|run| matches!(run.state, RunState::Running(_))) {
            self.facts.run = self.find_run()?;
        }
        let Some(run) = &self.facts.run else {
            if knew_run {
                return Ok(Some(self.deleted()));
            }
            // Runs are deleted some day; what they have deployed is still in Git.
            let is_first = self.facts.delivery.is_none();
            let is_deployed = is_first && self.manifests.deployed(&self.release)?.0.is_some();
            return if is_deployed { self.look_at_rollout() } else { self.look_at_request() };
        };
        let state = run.state.clone();
        self.look_at_tasks()?;
        match state {
            RunState::Running(_) => Ok(None),
            RunState::Failed(reason) => Ok(Some(WatchVerdict::Failed(self.failed_run(&reason)))),
            RunState::Succeeded => self.look_at_rollout(),
        }
    }

    fn find_run(&self) -> Result<Option<LiveRun>> {
        let namespace = &self.applications.delivery.destination;
        let request = &self.release.request;
        match &self.facts.run {
            Some(known) => self.cluster.run(namespace, &known.name),
            None => self.cluster.run_of(namespace, &request.tag, &request.revision),
        }
    }

    fn deleted(&self) -> WatchVerdict {
        let failure = WatchFailure::new("run", "its PipelineRun was deleted");
        WatchVerdict::Failed(failure.hint(self.sync_again()))
    }

    /// How to have the Job run once more.
    fn sync_again(&self) -> String {
        let patch = r#"{"operation":{"sync":{"syncStrategy":{"hook":{}}}}}"#;
        let name = &self.applications.delivery.name;
        let words = [
            "-n",
            &self.argocd_namespace,
            "patch",
            "applications.argoproj.io",
            name,
            "--type=merge",
            "-p",
            patch,
        ];
        format!("start a sync, which requests it again: `{}`", self.cluster.kubectl.shown(&words))
    }

    fn look_at_request(&mut self) -> Result<Option<WatchVerdict>> {
        let name = self.applications.delivery.name.clone();
        let sync = self.application(&name)?;
        let relation = match &sync.revision {
            Some(revision) => self.manifests.relation(&self.release, revision)?,
            None => Relation::Before,
        };
        let operation = sync.operation.clone();
        self.facts.is_sync_ours = match operation.as_ref().and_then(|operation| operation.revision.as_deref())
        {
            Some(revision) => self.manifests.relation(&self.release, revision)? == Relation::Requests,
            None => false,
        };
        self.facts.relation = Some(relation.clone());
        let complaint = sync.complaint.clone().filter(|_| !sync.is_syncing());
        let is_idle = sync.is_synced && !sync.is_syncing();
        self.facts.delivery = Some(sync);
        if let Relation::After(request) = relation {
            return Ok(Some(WatchVerdict::Superseded(request.tag)));
        }
        let is_seen = self.facts.is_seen();
        self.refresh("delivery", !is_seen, &name)?;
        let lasts = self.lasts("complaint", complaint.is_some(), LONG);
        if let Some(complaint) = complaint.filter(|_| lasts) {
            let stage = if is_seen { "sync" } else { "commit" };
            return Ok(Some(WatchVerdict::Failed(WatchFailure::new(stage, format!("{name}: {complaint}")))));
        }
        if let Some(operation) = operation.filter(|_| self.facts.is_sync_ours) {
            return Ok(self.look_at_sync(&operation)?.map(WatchVerdict::Failed));
        }
        if self.lasts("idle", is_seen && is_idle, LONG) {
            let cause = format!("{name} is in sync, but no PipelineRun of the release exists");
            return Ok(Some(WatchVerdict::Failed(
                WatchFailure::new("trigger", cause).hint(self.sync_again()),
            )));
        }
        Ok(None)
    }

    fn look_at_sync(&mut self, operation: &LiveOperation) -> Result<Option<WatchFailure>> {
        let name = self.applications.delivery.name.clone();
        let gives_up = operation.gives_up();
        let Some(hook) = &operation.hook else {
            self.facts.trigger = None;
            if gives_up {
                return Ok(Some(WatchFailure::new("sync", format!("{name}: {}", operation.message))));
            }
            let has_no_run = self.lasts("no run", !operation.is_running(), LONG);
            let cause = || format!("{name} was synced, but nothing has created a PipelineRun of the release");
            return Ok(has_no_run.then(|| WatchFailure::new("trigger", cause())));
        };
        let job = if_allowed(self.cluster.job(&hook.namespace, &hook.name))?;
        let pods = if_allowed(self.cluster.pods(&hook.namespace, &format!("job-name={}", hook.name)))?;
        let condition = job.as_ref().and_then(failed_condition);
        let has_failed = condition.is_some() || matches!(hook.phase.as_str(), "Failed" | "Error");
        let is_refusal = condition.is_some_and(|condition| condition["reason"] == "PodFailurePolicy");
        let has_succeeded = hook.phase == "Succeeded";
        let log = if has_failed || has_succeeded {
            self.cluster.log(&hook.namespace, &format!("job/{}", hook.name), None, TAIL)
        } else {
            Vec::new()
        };
        let trouble = self.cluster.trouble(&hook.namespace, &pods)?;
        let trigger = TriggerFacts { hook: hook.clone(), has_failed, is_refusal, trouble, log: log.clone() };
        self.facts.trigger = Some(trigger);
        let of = format!("the Job {}", hook.name);
        if has_failed && (is_refusal || gives_up) {
            let cause = if is_refusal { "the Job refuses the request" } else { "the Job failed" };
            let last = log.last().map_or_else(String::new, |line| format!(": {line}"));
            let failure = WatchFailure::new("trigger", format!("{cause}{last}")).with_log(of, log);
            let hint = "fix the cause, commit and push: Argo CD tries a newer commit at once";
            return Ok(Some(failure.hint(hint)));
        }
        if gives_up && !has_succeeded {
            return Ok(Some(WatchFailure::new("sync", format!("{name}: {}", operation.message))));
        }
        if self.lasts("no run", has_succeeded, BRIEF) {
            let failure =
                WatchFailure::new("trigger", "the Job has ended, but no PipelineRun of the release exists");
            return Ok(Some(failure.with_log(of, log).hint(self.sync_again())));
        }
        Ok(None)
    }

    fn look_at_tasks(&mut self) -> Result<()> {
        let Some(run) = &self.facts.run else { return Ok(()) };
        let has_ended = !matches!(run.state, RunState::Running(_));
        if has_ended && self.read.contains("") {
            return Ok(());
        }
        let namespace = self.applications.delivery.destination.clone();
        let (tasks, pods) = self.cluster.tasks(&namespace, &run.name)?;
        let mut facts = Vec::new();
        for task in tasks {
            facts.push(self.task(&namespace, task, &pods)?);
        }
        self.facts.tasks = facts;
        if has_ended {
            // What has ended does not change.
            self.read.insert(String::new());
        }
        Ok(())
    }

    fn task(&mut self, namespace: &str, task: LiveTask, pods: &[Value]) -> Result<TaskFacts> {
        let known = self.facts.tasks.iter().find(|facts| facts.task.name == task.name);
        if let Some(known) = known.filter(|_| self.read.contains(&task.name)) {
            return Ok(TaskFacts { task, ..known.clone() });
        }
        let count = if matches!(task.state, RunState::Failed(_)) { TAIL } else { 1 };
        let log = match (&task.pod, &task.container) {
            (Some(pod), Some(container)) => self.cluster.log(namespace, pod, Some(container), count),
            _ => Vec::new(),
        };
        if task.has_ended() {
            self.read.insert(task.name.clone());
            return Ok(TaskFacts { task, trouble: None, log });
        }
        let own: Vec<Value> = pods
            .iter()
            .filter(|pod| pod["metadata"]["name"].as_str() == task.pod.as_deref())
            .cloned()
            .collect();
        let trouble = self.cluster.trouble(namespace, &own)?;
        Ok(TaskFacts { task, trouble, log })
    }

    fn failed_run(&self, reason: &str) -> WatchFailure {
        let namespace = &self.applications.delivery.destination;
        let name = self.facts.run.as_ref().map_or("", |run| &run.name);
        let failed = self.facts.tasks.iter().find(|facts| facts.has_failed());
        let failure = match failed.map(|facts| (facts, &facts.task.state)) {
            Some((facts, RunState::Failed(reason))) => WatchFailure::new(&facts.task.name, reason)
                .with_log(format!("the Task {}", facts.task.name), facts.log.clone()),
            _ => WatchFailure::new("run", reason),
        };
        let delete = self.cluster.kubectl.shown(&["-n", namespace, "delete", "pipelinerun", name]);
        let place = place(&self.manifests.service);
        failure
            .hint(format!(
                "a commit of the source that fixes it is another release: `treenail release{place} --push`"
            ))
            .hint(format!("to try the same release again, delete its run: `{delete}`"))
            .hint(format!("then {}", self.sync_again()))
    }

    pub(super) fn application(&self, name: &str) -> Result<LiveSync> {
        application(&self.cluster, &self.argocd_namespace, name, &place(&self.manifests.service))
    }

    /// Asks Argo CD to look at Git now, at the first of the looks at which it `lags`, and then now and again.
    pub(super) fn refresh(&mut self, what: &'static str, lags: bool, application: &str) -> Result<()> {
        let count = self.streak(what, lags);
        if count % REFRESH_EVERY != 1 {
            return Ok(());
        }
        // Who may not ask has to wait.
        if_allowed(self.cluster.refresh(&self.argocd_namespace, application))
    }

    pub(super) fn lasts(&mut self, what: &'static str, holds: bool, looks: u32) -> bool {
        self.streak(what, holds) >= looks
    }

    fn streak(&mut self, what: &'static str, holds: bool) -> u32 {
        let streak = self.streaks.entry(what).or_default();
        *streak = if holds { *streak + 1 } else { 0 };
        *streak
    }
}

/// Returns the Application `name` of the service at `place`.
///
/// # Errors
/// A precondition: it does not exist. The cluster does not answer.
pub(super) fn application(
    cluster: &LiveCluster,
    namespace: &str,
    name: &str,
    place: &str,
) -> Result<LiveSync> {
    cluster.application(namespace, name)?.ok_or_else(|| {
        let context = &cluster.kubectl.context;
        Error::precondition(format!(
            "the cluster of the context `{context}` has no Application `{name}` in the namespace `{namespace}`"
        ))
        .hint(format!("`treenail setup{place}` applies it"))
        .hint("if it is another cluster, name its context with --context")
    })
}

/// The condition of a Job that has failed.
fn failed_condition(job: &Value) -> Option<&Value> {
    let conditions = job["status"]["conditions"].as_array()?;
    // A Job whose Pods are still being ended says first that it will fail.
    conditions.iter().find(|condition| {
        (condition["type"] == "Failed" || condition["type"] == "FailureTarget")
            && condition["status"] == "True"
    })
}
