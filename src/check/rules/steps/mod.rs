//! Runs of Tekton that fail, stop too early or execute what they are given.

use std::collections::BTreeSet;

use super::hooks;
use crate::check::finding::{Finding, Severity};
use crate::check::kustomize::{Location, Object, RenderedValue};
use crate::check::model::Model;
use crate::check::model::pods::{Container, containers};
use crate::check::model::shell::{bare, lines};
use crate::check::registry::{TN080, TN081, TN082, TN083, TN088, TN089};
use crate::values::Duration;

/// What Tekton puts into a script before the shell reads it, and whether anything can be in it.
const INSERTED: [(&str, bool); 5] = [
    ("$(params", true),
    ("$(inputs.params", true),
    ("$(tasks.", true),
    ("$(steps.", true),
    ("$(context.", false),
];

/// Namespaces that belong to others, and to whom.
const NAMESPACES: [(&str, &str); 4] = [
    (
        "tekton-pipelines",
        "that is where Tekton itself runs, with rights in the whole cluster, and builds are refused there",
    ),
    ("argocd", "that is where Argo CD keeps the credentials of every repository and cluster"),
    ("kube-system", "that is where the cluster itself runs"),
    ("default", "that is shared with whatever else names no namespace, and so are the Secrets in it"),
];

/// How long a run may take where it does not say, in seconds.
const DEFAULT_TIMEOUT: u64 = 60 * 60;

/// Adds what is wrong.
pub(crate) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let pushes = is_any_image_pushed(model);
    for object in &model.objects {
        let is_tekton = object.group().ends_with("tekton.dev");
        let is_hook = !hooks::phases(object).is_empty();
        if is_tekton || is_hook {
            for container in containers(object) {
                found.extend(container.shell().into_iter().flat_map(|script| inserted(script, is_tekton)));
                found.extend(unknown_variables(container));
                found.extend(container.shell().into_iter().filter(|_| !pushes).filter_map(built_in_vain));
                found.extend(container.shell().into_iter().filter_map(run_elsewhere));
            }
        }
        if object.is("tekton.dev", "PipelineRun") {
            found.extend(times(model, object));
            found.extend(two_volumes(model, object));
        }
        if is_tekton && matches!(object.kind(), "PipelineRun" | "TaskRun") {
            found.extend(wrong_namespace(object));
        }
    }
}

/// Values that Tekton writes into the text of a script.
fn inserted(script: &RenderedValue<'_>, is_tekton: bool) -> Vec<Finding> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for (start, is_free) in INSERTED.into_iter().filter(|_| is_tekton) {
        for (at, _) in script.text().match_indices(start) {
            let Some(variable) = script.text()[at..].find(')').map(|end| &script.text()[at..=at + end])
            else {
                continue;
            };
            // A path is Tekton's own.
            if variable.ends_with(".path)") || !seen.insert(variable) {
                continue;
            }
            let message = format!(
                "Tekton writes the value of `{variable}` into the script before it is run, so a value such as `; curl ...` \
                 becomes a command of its own"
            );
            let finding = script.location().within(variable).finding(&TN080, message);
            let finding = if is_free { finding } else { finding.severity(Severity::Note) };
            found.push(finding.hint(format!(
                "pass it as a variable, `env: [{{name: VALUE, value: {variable}}}]`, and write `\"$VALUE\"` in the script"
            )));
        }
    }
    found
}

/// `$(NAME)` for a variable that is not there: the shell then runs a command of that name.
fn unknown_variables(container: Container<'_, '_>) -> Vec<Finding> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    let env = container.tree.items_at(&["env"]);
    for script in container.shell() {
        for (at, start) in script.text().match_indices("$(") {
            let rest = &script.text()[at + start.len()..];
            let name = rest.split(')').next().unwrap_or_default();
            let is_name = name.len() > 1
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
            let is_known = env.iter().any(|one| one.str_at(&["name"]) == Some(name));
            if !is_name || !rest.contains(')') || is_known || !seen.insert(name) {
                continue;
            }
            let message = format!(
                "{} has no variable `{name}`, so the shell takes `$({name})` for a command, finds none, and goes on with nothing \
                 in its place",
                container.title()
            );
            let hint = format!("set `{name}` in `env`, and write `\"${name}\"`");
            found.push(script.location().within(&format!("$({name})")).finding(&TN088, message).hint(hint));
        }
    }
    found
}

/// Whether any script hands an image to a registry; builders such as kaniko do so by themselves.
fn is_any_image_pushed(model: &Model<'_>) -> bool {
    const SIGNS: [&str; 5] = [" push", "skopeo copy", "--output", "kaniko", "ko build"];
    let containers = model.objects.iter().flat_map(containers);
    containers.flat_map(Container::shell).any(|script| {
        // Git's is another.
        lines(script)
            .any(|line| !line.text.contains("git push") && SIGNS.iter().any(|sign| line.text.contains(sign)))
    })
}

/// An image that goes when its pod goes.
fn built_in_vain(script: &RenderedValue<'_>) -> Option<Finding> {
    const BUILDS: [&str; 5] =
        ["buildah bud", "buildah build", "docker build", "podman build", "buildctl build"];
    lines(script).find_map(|line| {
        let command = BUILDS.into_iter().find(|command| line.text.contains(command))?;
        let message = "the image is built, but no script here pushes it: it goes when the pod of this step goes, and the cluster has \
                       nothing to pull";
        let hint = "push it after the build, as in `buildah push --digestfile digest \"$IMAGE\"`, and deploy the digest";
        Some(line.location_of(command).finding(&TN089, message).hint(hint))
    })
}

/// Times that contradict each other.
fn times(model: &Model<'_>, run: &Object<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let seconds = |tree: &RenderedValue<'_>| Duration::parse(tree.text()).ok().map(Duration::seconds);
    let timeouts = run.content().dig(&["spec", "timeouts"]);
    let given = |field: &str| timeouts.and_then(|timeouts| timeouts.get(field));
    let [pipeline, tasks, finally] =
        ["pipeline", "tasks", "finally"].map(|field| given(field).and_then(seconds));
    let whole = if given("pipeline").is_some() { pipeline } else { Some(DEFAULT_TIMEOUT) };
    let parts = tasks.unwrap_or_default() + finally.unwrap_or_default();
    if let (Some(location), Some(whole)) = (given("pipeline"), pipeline)
        && parts > whole
    {
        let message = format!(
            "Tekton refuses this run: `tasks` and `finally` take longer together than the whole, `{}`",
            location.text()
        );
        let hint = "make `pipeline` at least the sum of `tasks` and `finally`";
        found.push(location.location().finding(&TN082, message).hint(hint));
        return found;
    }
    let Some(spec) = model.pipeline_of(run) else { return found };
    for (list, limit) in [("tasks", tasks.or(whole)), ("finally", finally.or(whole))] {
        let Some(limit) = limit else { continue };
        for task in spec.items_at(&[list]) {
            let Some(timeout) =
                task.get("timeout").filter(|timeout| seconds(timeout).is_some_and(|one| one > limit))
            else {
                continue;
            };
            let message = format!(
                "this task may take `{}`, but the run that it is in is stopped after {} minutes",
                timeout.text(),
                limit / 60
            );
            let finding = timeout.location().finding(&TN082, message).severity(Severity::Warning);
            let hint = "set `timeouts.pipeline` of the PipelineRun to cover all tasks; without it a run may take an hour";
            found.push(finding.hint(hint));
        }
    }
    found
}

/// Tasks that are given two volumes, which need not be on one node.
fn two_volumes(model: &Model<'_>, run: &Object<'_>) -> Vec<Finding> {
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
    for task in model.pipeline_of(run).into_iter().flat_map(|spec| spec.items_at(&["tasks"])) {
        let mut used: Vec<(&str, &str)> = Vec::new();
        for bound in task.items_at(&["workspaces"]) {
            let name = bound.get("workspace").or(bound.get("name"));
            let volume = name.and_then(|name| volumes.iter().find(|(known, _)| *known == name.text()));
            let Some(&(workspace, volume)) = volume else { continue };
            let other = used.iter().find(|(_, known)| *known != volume);
            if let (Some((other, _)), Some(name)) = (other, name) {
                let message = format!(
                    "the run gives `{other}` and `{workspace}` a volume each, and this task both: Tekton, as it is installed, \
                     refuses it with \"more than one PersistentVolumeClaim is bound\""
                );
                let hint = "use folders of one volume, with `subPath`; keep caches in the registry or in an `emptyDir`";
                found.push(name.location().finding(&TN081, message).hint(hint));
            }
            used.push((workspace, volume));
        }
    }
    found
}

fn wrong_namespace(run: &Object<'_>) -> Option<Finding> {
    let (namespace, why) = NAMESPACES.into_iter().find(|(known, _)| run.namespace() == Some(known))?;
    let location =
        run.content().dig(&["metadata", "namespace"]).map_or(run.name_location(), RenderedValue::location);
    Some(in_namespace(location, namespace, why))
}

/// A run that is written within a script.
fn run_elsewhere(script: &RenderedValue<'_>) -> Option<Finding> {
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
    let message = format!("this run is in `{namespace}`: {why}");
    location.finding(&TN083, message).hint("give pipelines a namespace of their own, such as `shop-delivery`")
}
