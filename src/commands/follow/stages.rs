//! The stages of a release, from its commit to the Pods that run it, as far as they are known.

use super::manifests::{Relation, WatchedRelease};
use crate::cluster::pods::PodTrouble;
use crate::cluster::rollout::LiveWorkload;
use crate::cluster::runs::{LiveRun, LiveTask, RunState};
use crate::cluster::sync::{LiveHook, LiveSync};

/// What is known about a release.
#[derive(Default)]
pub(super) struct WatchFacts {
    pub(super) delivery: Option<LiveSync>,
    pub(super) relation: Option<Relation>,
    /// Whether the last sync is one of the request.
    pub(super) is_sync_ours: bool,
    pub(super) trigger: Option<TriggerFacts>,
    pub(super) run: Option<LiveRun>,
    pub(super) tasks: Vec<TaskFacts>,
    /// The commit that gives the release to the environment.
    pub(super) deployed_by: Option<String>,
    pub(super) environment: Option<LiveSync>,
    /// Whether the Application of the environment has seen that commit.
    pub(super) has_arrived: bool,
    pub(super) workloads: Vec<LiveWorkload>,
    pub(super) trouble: Option<PodTrouble>,
    /// Whether the release is where it should be.
    pub(super) is_over: bool,
}

/// The Job that requests the run.
pub(super) struct TriggerFacts {
    pub(super) hook: LiveHook,
    pub(super) has_failed: bool,
    /// Whether it says that another attempt would end the same way.
    pub(super) is_refusal: bool,
    pub(super) trouble: Option<PodTrouble>,
    pub(super) log: Vec<String>,
}

/// A Task that has begun.
#[derive(Clone)]
pub(super) struct TaskFacts {
    pub(super) task: LiveTask,
    pub(super) trouble: Option<PodTrouble>,
    /// The end of its log.
    pub(super) log: Vec<String>,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WatchStage {
    pub(super) name: String,
    pub(super) state: StageState,
    /// What it is about, or waits for.
    pub(super) text: String,
    /// The last line of its log.
    pub(super) log: Option<String>,
    pub(super) seconds: Option<i64>,
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StageState {
    Pending,
    Running,
    Done,
    Failed,
}

impl StageState {
    /// As the JSON calls it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

impl WatchStage {
    fn new(name: &str, state: StageState, text: impl Into<String>) -> Self {
        Self { name: name.to_owned(), state, text: text.into(), log: None, seconds: None }
    }
}

impl WatchFacts {
    /// Returns the stages in their order; `delivery` is the Application that reads the request.
    pub(super) fn stages(
        &self,
        release: &WatchedRelease,
        delivery: &str,
        environment: &str,
    ) -> Vec<WatchStage> {
        if release.image.is_some() {
            let commit = WatchStage { name: "commit".to_owned(), ..self.digest(release, environment) };
            return vec![commit, self.rollout(environment)];
        }
        let mut stages = vec![self.commit(release), self.sync(delivery), self.trigger()];
        stages.extend(self.tasks());
        stages.push(self.digest(release, environment));
        stages.push(self.rollout(environment));
        stages
    }

    fn commit(&self, release: &WatchedRelease) -> WatchStage {
        let commit = format!("{:.10}", release.commit);
        let Some(delivery) = &self.delivery else {
            let state = if self.is_past_trigger() { StageState::Done } else { StageState::Running };
            return WatchStage::new("commit", state, commit);
        };
        let name = &delivery.application.name;
        if self.is_past_trigger() || self.is_seen() {
            return WatchStage::new("commit", StageState::Done, format!("{commit}, seen by {name}"));
        }
        let complaint = complaint(delivery);
        WatchStage::new("commit", StageState::Running, format!("{commit}, not seen by {name} yet{complaint}"))
    }

    /// Whether the run exists, or existed.
    fn is_past_trigger(&self) -> bool {
        self.run.is_some() || self.deployed_by.is_some()
    }

    pub(super) fn is_seen(&self) -> bool {
        self.relation == Some(Relation::Requests)
    }

    fn sync(&self, name: &str) -> WatchStage {
        let stage = |state, text: String| WatchStage::new("sync", state, text);
        if self.is_past_trigger() {
            return stage(StageState::Done, name.to_owned());
        }
        let Some(delivery) = self.delivery.as_ref().filter(|_| self.is_seen()) else {
            return stage(StageState::Pending, String::new());
        };
        let Some(operation) = delivery.operation.as_ref().filter(|_| self.is_sync_ours) else {
            let word = if delivery.is_synced { "in sync" } else { "OutOfSync" };
            return stage(StageState::Running, format!("{name} is {word}{}", complaint(delivery)));
        };
        // The sync itself is over when its hooks begin.
        let is_before_hooks = operation.hook.is_none();
        let words = match operation.message.as_str() {
            "" => format!("{name} begins"),
            message => format!("{name}: {message}"),
        };
        let mut stage = if is_before_hooks && operation.has_failed() {
            stage(StageState::Failed, words)
        } else if is_before_hooks && operation.is_running() {
            stage(StageState::Running, words)
        } else {
            stage(StageState::Done, name.to_owned())
        };
        stage.seconds = operation.seconds.filter(|_| is_before_hooks);
        stage
    }

    fn trigger(&self) -> WatchStage {
        let stage = |state, text: String| WatchStage::new("trigger", state, text);
        if let Some(run) = &self.run {
            return stage(StageState::Done, format!("PipelineRun {}", run.name));
        }
        if self.is_past_trigger() {
            return stage(StageState::Done, "its PipelineRun does not exist any more".to_owned());
        }
        let Some(trigger) = &self.trigger else { return stage(StageState::Pending, String::new()) };
        let job = format!("Job {}", trigger.hook.name);
        let mut stage = match &trigger.trouble {
            _ if trigger.has_failed && trigger.is_refusal => {
                stage(StageState::Failed, format!("{job} refuses the request"))
            }
            _ if trigger.has_failed => {
                stage(StageState::Running, format!("{job} failed, Argo CD tries it again"))
            }
            Some(trouble) => stage(StageState::Running, format!("{job}: {}", trouble.shown())),
            None => stage(StageState::Running, job),
        };
        stage.log = trigger.log.last().cloned();
        stage
    }

    fn tasks(&self) -> Vec<WatchStage> {
        let Some(run) = &self.run else { return Vec::new() };
        let begun = |name: &str| self.tasks.iter().find(|facts| facts.task.name == name);
        let mut stages: Vec<WatchStage> = run
            .tasks
            .iter()
            .map(|name| {
                begun(name).map_or_else(|| WatchStage::new(name, StageState::Pending, ""), TaskFacts::stage)
            })
            .collect();
        // A run says its Tasks only once it has read its Pipeline.
        let others = self.tasks.iter().filter(|facts| !run.tasks.contains(&facts.task.name));
        stages.extend(others.map(TaskFacts::stage));
        if stages.is_empty()
            && let RunState::Running(waits) = &run.state
        {
            let text = if waits.is_empty() { "no Task has begun" } else { waits };
            stages.push(WatchStage::new("run", StageState::Running, text));
        }
        if let RunState::Failed(reason) = &run.state
            && !self.tasks.iter().any(TaskFacts::has_failed)
        {
            stages.push(WatchStage::new("run", StageState::Failed, reason.clone()));
        }
        stages
    }

    fn has_succeeded(&self) -> bool {
        self.run.as_ref().map_or(self.deployed_by.is_some(), |run| run.state == RunState::Succeeded)
    }

    fn digest(&self, release: &WatchedRelease, environment: &str) -> WatchStage {
        match &self.deployed_by {
            _ if !self.has_succeeded() => WatchStage::new("digest", StageState::Pending, ""),
            Some(commit) => {
                let text = format!("commit {commit:.10} gives {} to {environment}", release.request.tag);
                WatchStage::new("digest", StageState::Done, text)
            }
            None => WatchStage::new("digest", StageState::Running, "waiting for the commit"),
        }
    }

    fn rollout(&self, environment: &str) -> WatchStage {
        let stage = |state, text: String| WatchStage::new("rollout", state, text);
        let Some(sync) = self.environment.as_ref().filter(|_| self.deployed_by.is_some()) else {
            return stage(StageState::Pending, String::new());
        };
        let name = &sync.application.name;
        if !self.has_arrived {
            return stage(
                StageState::Running,
                format!("{name} has not seen the commit yet{}", complaint(sync)),
            );
        }
        let mut parts = vec![format!("{name} is {}", sync.application.state())];
        parts.extend(self.workloads.iter().map(LiveWorkload::shown));
        parts.extend(self.trouble.iter().map(PodTrouble::shown));
        let failure = self.workloads.iter().find_map(LiveWorkload::failed);
        parts.extend(failure.map(str::to_owned));
        parts.extend(sync.complaint.clone().filter(|_| failure.is_none()));
        let retried =
            sync.operation.as_ref().filter(|operation| operation.is_running() && operation.retries > 0);
        parts.extend(retried.map(|operation| operation.message.clone()));
        let standing = match failure {
            _ if self.is_over => StageState::Done,
            Some(_) => StageState::Failed,
            None => StageState::Running,
        };
        let what = if self.workloads.is_empty() { format!(" in {environment}") } else { String::new() };
        stage(standing, format!("{}{what}", parts.join("; ")))
    }
}

impl TaskFacts {
    pub(super) fn has_failed(&self) -> bool {
        matches!(self.task.state, RunState::Failed(_))
    }

    fn stage(&self) -> WatchStage {
        let (standing, text) = match &self.task.state {
            RunState::Succeeded => (StageState::Done, String::new()),
            RunState::Failed(reason) => (StageState::Failed, reason.clone()),
            RunState::Running(waits) => {
                let text = self.trouble.as_ref().map_or_else(|| waits.clone(), PodTrouble::shown);
                (StageState::Running, text)
            }
        };
        let mut stage = WatchStage::new(&self.task.name, standing, text);
        stage.log = self.log.last().cloned();
        stage.seconds = self.task.seconds();
        stage
    }
}

/// What Argo CD complains of, for the end of a sentence.
fn complaint(sync: &LiveSync) -> String {
    sync.complaint.as_ref().map_or_else(String::new, |complaint| format!(": {complaint}"))
}
