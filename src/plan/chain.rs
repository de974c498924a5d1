//! What follows the syncs: a hook starts a run, the Pipeline commits, and that commit makes another Application sync.

use std::collections::{BTreeMap, BTreeSet};

use super::desired::Desired;
use super::state::{AppState, RevisionState};
use super::{ApplicationPlan, ChainStep, ClusterPlan, SyncState};
use crate::check::ANSWERS_PATH;
use crate::check::kustomize::RenderedValue;
use crate::check::model::BuiltObject;
use crate::check::model::workloads::WorkloadKind;
use crate::check::rules::{loops, trigger};

pub(super) fn steps<'a>(
    before: &RevisionState<'a>,
    after: &RevisionState<'a>,
    plan: &ClusterPlan,
    restored: &BTreeSet<String>,
) -> Vec<ChainStep> {
    let mut found = Vec::new();
    for application in plan.applications.iter().filter(|application| !application.hooks.is_empty()) {
        let Some(app) = after.planned(application) else { continue };
        let old = before.planned(application);
        let is_trigger = |hook: &&Desired<'_>| {
            trigger::is_trigger(after.model, hook.built) && trigger::may_log_in(after.model, hook.built)
        };
        for hook in app.hooks.iter().filter(is_trigger) {
            let start = Start { after, before, app, old, hook, application, restored };
            found.extend(start.steps());
        }
    }
    found
}

struct Start<'s, 'a> {
    after: &'s RevisionState<'a>,
    before: &'s RevisionState<'a>,
    app: &'s AppState<'a>,
    old: Option<&'s AppState<'a>>,
    hook: &'s Desired<'a>,
    application: &'s ApplicationPlan,
    /// Files of variables that have again what they had in an earlier commit.
    restored: &'s BTreeSet<String>,
}

impl<'a> Start<'_, 'a> {
    fn steps(&self) -> Vec<ChainStep> {
        let who = format!("{} of `{}`", self.hook.built.title(), self.application.name);
        let run = self.run();
        let pipeline = run.and_then(|run| run.content().str_at(&["spec", "pipelineRef", "name"]));
        let what = pipeline.map_or_else(|| "a pipeline".to_owned(), |name| format!("the Pipeline `{name}`"));
        let values = configured(self.after, self.hook.built);
        let with: Vec<_> = values.iter().map(|(name, value)| format!("{name}={}", short(value))).collect();
        let with = if with.is_empty() { String::new() } else { format!(" with {}", with.join(", ")) };
        if self.is_generated() && !values.is_empty() {
            if values.values().all(String::is_empty) {
                return self.idle(format!("{who} starts nothing: no release is requested yet"));
            }
            if self.has_run_already(&values) {
                return self
                    .idle(format!("{who} starts nothing: the run for this release exists already{with}"));
            }
            if self.app.inputs.iter().any(|path| self.restored.contains(path)) {
                return self.idle(format!(
                    "{who} finds the run of an earlier commit there already, unless somebody deleted it{with}"
                ));
            }
            let mut found =
                self.starts(format!("{who} starts {what} once{with}"), self.built(&values, &what));
            found.extend(self.follow(pipeline));
            return found;
        }
        if let Some(name) = self.kept_run() {
            return self
                .idle(format!("{who} finds the run `{name}` there already, unless somebody deleted it"));
        }
        let again = if trigger::repeats(self.after.model, self.hook.built).is_empty() {
            ""
        } else {
            ", again with every sync"
        };
        let mut found =
            self.starts(format!("{who} may start {what}{with}{again}"), format!("may start {what}"));
        found.extend(self.follow(pipeline));
        found
    }

    /// What the run then writes; no part of the summary while a person has to sync first.
    fn follow(&self, pipeline: Option<&str>) -> Vec<ChainStep> {
        let mut found = self.writes(pipeline);
        if self.is_waiting() {
            for step in &mut found {
                step.short = None;
            }
        }
        found
    }

    fn is_waiting(&self) -> bool {
        self.application.sync == SyncState::Manual
    }

    /// A hook that starts a run, and its part of the summary if the sync needs no person.
    fn starts(&self, words: String, short: String) -> Vec<ChainStep> {
        let words = if self.is_waiting() { format!("once somebody syncs, {words}") } else { words };
        let short = (!self.is_waiting()).then_some(short);
        vec![ChainStep { application: self.application.name.clone(), words, short, starts_run: true }]
    }

    /// A hook that starts nothing.
    fn idle(&self, words: String) -> Vec<ChainStep> {
        let application = self.application.name.clone();
        vec![ChainStep { application, words, short: None, starts_run: false }]
    }

    /// Whether the trigger found this release at the base already: its run has the same name, whatever else differs.
    fn has_run_already(&self, values: &BTreeMap<String, String>) -> bool {
        let Some(earlier) = self.old.and_then(|old| old.hooks.iter().find(|hook| hook.id == self.hook.id))
        else {
            return false;
        };
        let known = configured(self.before, earlier.built);
        let name = run_name(self.after, self.hook.built, values);
        known == *values || name.is_some() && name == run_name(self.before, earlier.built, &known)
    }

    /// Returns the name of the run that a hook creates of a template, if it is the same as before: the hook finds it there.
    fn kept_run(&self) -> Option<String> {
        let run = self.run().filter(|run| trigger::is_fixed(*run))?;
        let old = self.old?;
        let is_known = old.hooks.iter().any(|hook| hook.id == self.hook.id);
        let mut earlier = self.before.model.resources.iter();
        let is_it = |known: &&BuiltObject<'_>| {
            known.identity() == run.identity() && old.inputs.contains(known.location().path())
        };
        (is_known && earlier.any(|known| is_it(&known))).then(|| run.name().to_owned())
    }

    /// Whether treenail has generated the hook, so that it is known when it starts a run.
    fn is_generated(&self) -> bool {
        let files = self.after.model.builds.manifests().files();
        let folder = self.hook.built.location().path();
        folder
            .match_indices('/')
            .map(|(at, _)| &folder[..=at])
            .chain([""])
            .any(|folder| files.contains(&format!("{folder}{ANSWERS_PATH}")))
    }

    /// What a generated hook has built.
    fn built(&self, values: &BTreeMap<String, String>, pipeline: &str) -> String {
        match (app_of(self.after, self.hook.built), values.get("IMAGE_TAG")) {
            (Some(name), Some(tag)) => format!("builds {name} {tag} once"),
            _ => format!("starts {pipeline} once"),
        }
    }

    /// The run that the hook creates: itself, or a template among the files of its Application.
    fn run(&self) -> Option<BuiltObject<'a>> {
        let is_run = |object: &BuiltObject<'_>| {
            object.group() == "tekton.dev" && matches!(object.kind(), "PipelineRun" | "TaskRun")
        };
        if is_run(&self.hook.built) {
            return Some(self.hook.built);
        }
        let resources = self.after.model.resources.iter().copied();
        resources.filter(is_run).find(|run| self.app.inputs.contains(run.location().path()))
    }

    /// Returns what the Tasks of the Pipeline push, and what that makes sync.
    fn writes(&self, pipeline: Option<&str>) -> Vec<ChainStep> {
        let model = self.after.model;
        let named = |object: &BuiltObject<'_>| {
            object.is("tekton.dev", "Pipeline") && pipeline.is_none_or(|name| object.is_called(name))
        };
        let pipelines: Vec<_> = self.app.objects.values().map(|it| it.built).filter(named).collect();
        let tasks: BTreeSet<&str> = pipelines
            .iter()
            .flat_map(|pipeline| pipeline.content().items_at(&["spec", "tasks"]))
            .filter_map(|task| task.str_at(&["taskRef", "name"]))
            .collect();
        let is_task = |object: &BuiltObject<'_>| {
            object.is("tekton.dev", "Task") && tasks.contains(object.object.name())
        };
        let of_tasks = self.app.objects.values().map(|it| it.built).filter(is_task);
        let containers = of_tasks.chain(pipelines.iter().copied()).flat_map(BuiltObject::containers);
        let paths: BTreeSet<String> =
            containers.flat_map(|container| loops::pushed(model, container)).collect();
        let mut found = Vec::new();
        for path in paths {
            for target in self.after.applications.values().filter(|target| target.inputs.contains(&path)) {
                found.push(commits(&path, target, &self.application.name));
            }
        }
        found
    }
}

/// What a commit to `path` does to an Application that it is part of.
fn commits(path: &str, target: &AppState<'_>, application: &str) -> ChainStep {
    let syncs = if target.is_automated() { "syncs by itself" } else { "waits for a sync by hand" };
    let is_its = |desired: &&Desired<'_>| {
        let mut images = desired.built.containers().filter_map(crate::check::model::pods::Container::image);
        desired.built.workload_kind().is_some_and(WorkloadKind::keeps_pods)
            && images.any(|image| image.location().path() == path)
    };
    let replicas = |desired: &Desired<'_>| {
        let replicas = desired.content.dig(&["spec", "replicas"]).and_then(RenderedValue::as_int);
        match (desired.built.kind(), replicas) {
            ("DaemonSet", _) => "a Pod on each node".to_owned(),
            (_, None | Some(1)) => "1 Pod".to_owned(),
            (_, Some(count)) => format!("{count} Pods"),
        }
    };
    let rolled: Vec<_> = target
        .objects
        .values()
        .filter(is_its)
        .map(|desired| (desired.built.title(), replicas(desired)))
        .collect();
    let rolls: Vec<_> = rolled.iter().map(|(title, pods)| format!("{title} ({pods})")).collect();
    let rolls = if rolls.is_empty() { String::new() } else { format!(" and rolls {}", rolls.join(", ")) };
    let words = format!("the Pipeline commits `{path}`: Application `{}` {syncs}{rolls}", target.name());
    let short = match rolled.as_slice() {
        _ if !target.is_automated() => None,
        [(_, pods)] => Some(format!("then rolls {} ({pods})", target.name())),
        _ => Some(format!("then syncs {}", target.name())),
    };
    ChainStep { application: application.to_owned(), words, short, starts_run: false }
}

/// The service that a generated hook is for.
fn app_of(state: &RevisionState<'_>, hook: BuiltObject<'_>) -> Option<String> {
    hook.containers().map(|it| state.model.variables(it)).find_map(|it| it.get("APP").cloned())
}

/// The name that the script of a generated hook gives to the run of a release.
fn run_name(
    state: &RevisionState<'_>,
    hook: BuiltObject<'_>,
    values: &BTreeMap<String, String>,
) -> Option<String> {
    let value = |name: &str| values.get(name).filter(|value| !value.is_empty());
    let (tag, revision) = (value("IMAGE_TAG")?, value("SOURCE_REVISION")?);
    let commit: String = revision.chars().take(8).collect();
    Some(format!("{}-{tag}-{commit}", app_of(state, hook)?))
}

/// The variables of a hook whose values come from `ConfigMaps`.
fn configured(state: &RevisionState<'_>, hook: BuiltObject<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for container in hook.containers() {
        let mut values = state.model.variables(container);
        for variable in container.value.items_at(&["env"]) {
            if let (Some(name), Some(_)) = (variable.str_at(&["name"]), variable.str_at(&["value"])) {
                values.remove(name);
            }
        }
        found.extend(values);
    }
    found
}

/// A commit is known by its first characters.
fn short(value: &str) -> String {
    let is_id = value.len() == 40 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id { value[..10].to_owned() } else { value.chars().take(60).collect() }
}
