//! Limits of a run: its timeouts, its volumes, its namespace.

use crate::check::finding::{Finding, Severity};
use crate::check::model::scripts::{bare, lines};
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::{Location, RenderedValue};
use crate::check::rule::{TN081, TN082, TN083};
use crate::check::rules::hooks;
use crate::values::Duration;

/// Namespaces that belong to others, each with its owner.
const NAMESPACES: [(&str, &str); 4] = [
    (
        "tekton-pipelines",
        "Tekton itself runs there with permissions in the whole cluster, and builds are rejected",
    ),
    ("argocd", "Argo CD keeps the credentials of every repository and cluster there"),
    ("kube-system", "the cluster itself runs there"),
    ("default", "everything that sets no namespace shares it and its Secrets"),
];

/// Default timeout of a run, in seconds.
const DEFAULT_TIMEOUT: u64 = 60 * 60;

pub(super) fn check(model: &Model<'_>, resource: BuiltObject<'_>, found: &mut Vec<Finding>) {
    if resource.is_tekton() || !hooks::phases(resource).is_empty() {
        let scripts = resource.containers().flat_map(crate::check::model::pods::Container::shell);
        found.extend(scripts.filter_map(namespace_in_script));
    }
    if resource.is_tekton() && matches!(resource.kind(), "PipelineRun" | "TaskRun") {
        found.extend(wrong_namespace(resource));
    }
    if resource.is("tekton.dev", "PipelineRun") {
        found.extend(model.of_pipeline(resource, |pipeline| two_volumes(resource, pipeline)));
        match Timeouts::of(resource) {
            Ok(timeouts) => {
                found.extend(model.of_pipeline(resource, |pipeline| timeouts.exceeded_in(pipeline)));
            }
            Err(contradiction) => found.push(*contradiction),
        }
    }
}

/// Timeouts of the tasks of a run, in seconds.
struct Timeouts {
    tasks: Option<u64>,
    finally: Option<u64>,
}

impl Timeouts {
    /// Returns the timeouts of `run`, or a finding if the parts take longer than the whole.
    fn of(run: BuiltObject<'_>) -> Result<Self, Box<Finding>> {
        let given = |field: &str| run.content().dig(&["spec", "timeouts", field]);
        let [pipeline, tasks, finally] =
            ["pipeline", "tasks", "finally"].map(|field| given(field).and_then(seconds));
        let parts = tasks.unwrap_or_default() + finally.unwrap_or_default();
        if let (Some(value), Some(whole)) = (given("pipeline"), pipeline)
            && parts > whole
        {
            let message = format!(
                "Tekton rejects this run: `tasks` and `finally` add up to more than `pipeline`, `{}`",
                value.text()
            );
            let hint = "make `pipeline` at least the sum of `tasks` and `finally`";
            return Err(Box::new(value.location().finding(&TN082, message).hint(hint)));
        }
        let whole = if given("pipeline").is_some() { pipeline } else { Some(DEFAULT_TIMEOUT) };
        Ok(Self { tasks: tasks.or(whole), finally: finally.or(whole) })
    }

    fn exceeded_in(&self, pipeline: &RenderedValue<'_>) -> Vec<Finding> {
        let lists = [("tasks", self.tasks), ("finally", self.finally)].into_iter();
        let tasks = lists.filter_map(|(list, limit)| Some((pipeline.items_at(&[list]), limit?)));
        let exceeded = tasks.flat_map(|(tasks, limit)| {
            let timeouts = tasks.iter().filter_map(|task| task.get("timeout").map(|timeout| (task, timeout)));
            timeouts
                .filter(move |(_, it)| seconds(it).is_some_and(|it| it > limit))
                .map(move |it| (it, limit))
        });
        let finding = |((task, timeout), limit): ((&RenderedValue<'_>, &RenderedValue<'_>), u64)| {
            let message = format!(
                "{} may take `{}`, but its run is stopped after {} minutes",
                title(task),
                timeout.text(),
                limit / 60
            );
            let hint =
                "set `timeouts.pipeline` of the PipelineRun to cover all tasks; the default is one hour";
            timeout.location().finding(&TN082, message).severity(Severity::Warning).hint(hint)
        };
        exceeded.map(finding).collect()
    }
}

/// Returns a duration in seconds; `None` if it is not one.
pub(in crate::check::rules) fn seconds(value: &RenderedValue<'_>) -> Option<u64> {
    Duration::parse(value.text()).ok().map(Duration::seconds)
}

fn title(task: &RenderedValue<'_>) -> String {
    task.str_at(&["name"]).map_or_else(|| "this task".to_owned(), |name| format!("the task `{name}`"))
}

/// Reports tasks of `pipeline` to which `run` gives two volumes, which need not be on one node.
fn two_volumes(run: BuiltObject<'_>, pipeline: &RenderedValue<'_>) -> Vec<Finding> {
    let volumes: Vec<(&str, &str)> = run
        .content()
        .items_at(&["spec", "workspaces"])
        .iter()
        .filter_map(|workspace| {
            let name = workspace.str_at(&["name"])?;
            let claim = workspace.str_at(&["persistentVolumeClaim", "claimName"]);
            Some((name, claim.or_else(|| workspace.get("volumeClaimTemplate").map(|_| name))?))
        })
        .collect();
    let mut found = Vec::new();
    for task in pipeline.items_at(&["tasks"]) {
        let mut used: Vec<(&str, &str)> = Vec::new();
        for bound in task.items_at(&["workspaces"]) {
            let name = bound.get("workspace").or(bound.get("name"));
            let volume = name.and_then(|name| volumes.iter().find(|(known, _)| *known == name.text()));
            let Some(&(workspace, volume)) = volume else { continue };
            let other = used.iter().find(|(_, known)| *known != volume);
            if let (Some((other, _)), Some(name)) = (other, name) {
                let message = format!(
                    "the run binds `{other}` and `{workspace}` to a volume each, and {} uses both: by \
                     default, Tekton rejects it with \"more than one PersistentVolumeClaim is bound\"",
                    title(task)
                );
                let hint = "use folders of one volume, with `subPath`, or keep caches in the registry or in \
                            an `emptyDir`";
                found.push(name.location().finding(&TN081, message).hint(hint));
            }
            used.push((workspace, volume));
        }
    }
    found
}

fn wrong_namespace(run: BuiltObject<'_>) -> Option<Finding> {
    let (namespace, why) = NAMESPACES.into_iter().find(|(known, _)| run.namespace() == Some(known))?;
    let location =
        run.content().dig(&["metadata", "namespace"]).map_or(run.name_location(), RenderedValue::location);
    Some(in_namespace(location, namespace, why))
}

fn namespace_in_script(script: &RenderedValue<'_>) -> Option<Finding> {
    if !script.text().contains("kind: PipelineRun") && !script.text().contains("kind: TaskRun") {
        return None;
    }
    lines(script).find_map(|line| {
        let value = bare(line.text.strip_prefix("namespace:")?.trim());
        let (namespace, why) = NAMESPACES.into_iter().find(|(known, _)| value == *known)?;
        Some(in_namespace(line.location_of(namespace), namespace, why))
    })
}

fn in_namespace(location: Location<'_>, namespace: &str, why: &str) -> Finding {
    let message = format!("this run is in the namespace `{namespace}`: {why}");
    location.finding(&TN083, message).hint("give pipelines a separate namespace, such as `shop-delivery`")
}
