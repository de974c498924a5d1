//! Pipelines that commit what starts them again, or change in the cluster what Argo CD reverts.
//!
//! Scripts are read, not run: a path counts as written where a line that writes (`git add`, `sed -i`, `yq -i`, `>`,
//! `tee`, `cp`, `mv`, `git update-index`, `kustomize edit`) names it, as it is or in a variable whose value is in the manifests.

mod event;
mod push;

use std::collections::BTreeMap;

use super::trigger::is_trigger;
use crate::check::finding::{Finding, Severity};
use crate::check::model::lookup::{is_below, may_share_namespace, only};
use crate::check::model::pods::Container;
use crate::check::model::scripts::{ScriptLine, ScriptVariables, bare, lines};
use crate::check::model::{Application, BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN057, TN060};

/// Commands that write the files they name.
const WRITERS: [&str; 9] =
    ["git add", "sed -i", "yq -i", "yq e -i", "tee ", "cp ", "mv ", "update-index", "kustomize edit"];

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    push::findings(model, found);
    let triggered: Vec<_> = model
        .applications
        .iter()
        .filter(|application| {
            application.rendered.iter().copied().any(|resource| is_trigger(model, resource))
        })
        .collect();
    for object in model.resources.iter().copied().filter(|object| is_pipeline(model, *object)) {
        for container in object.containers() {
            found.extend(feeds_itself(model, &triggered, container));
            for script in model.scripts(container) {
                found.extend(lines(script).filter_map(|line| fights(model, line)));
            }
        }
    }
}

fn is_pipeline<'a>(model: &Model<'a>, object: BuiltObject<'a>) -> bool {
    object.group().ends_with("tekton.dev") || is_trigger(model, object)
}

/// Reports the first line that writes what the trigger's own Application renders.
fn feeds_itself<'a>(
    model: &Model<'a>,
    triggered: &[&Application<'a>],
    container: Container<'a>,
) -> Option<Finding> {
    let scripts = model.scripts(container);
    let script = scripts.into_iter().find(|script| script.text().contains("git push"))?;
    let variables = ScriptVariables::of(variables(model, container, script));
    lines(script).find_map(|line| {
        written(line).find_map(|word| {
            let path = resolve(word, &variables);
            let application = triggered.iter().find(|application| renders(application, &path))?;
            let message = format!(
                "loop: this commits to `{path}`, which the Application `{}` renders: the commit starts a \
                 sync, the sync runs the hook, the hook starts this pipeline, and the pipeline commits again",
                application.resource.name()
            );
            Some(line.location_of(word).finding(&TN057, message).hint(
                "let the pipeline write to a folder that only another Application renders, one without the hook",
            ))
        })
    })
}

/// Returns the paths that the container's scripts write and push.
pub(crate) fn pushed<'a>(model: &Model<'a>, container: Container<'a>) -> Vec<String> {
    let scripts = model.scripts(container).into_iter();
    let mut found = Vec::new();
    for script in scripts.filter(|script| script.text().contains("git push")) {
        let variables = ScriptVariables::of(variables(model, container, script));
        found.extend(lines(script).flat_map(written).map(|word| resolve(word, &variables)));
    }
    found
}

fn written(line: ScriptLine<'_>) -> impl Iterator<Item = &str> {
    let is_written = WRITERS.iter().any(|writer| line.text.contains(writer));
    let redirected = line.text.split('>').skip(1).filter_map(|rest| rest.split_whitespace().next());
    let words = line.text.split([' ', '\t', ',', '=']).filter(move |_| is_written);
    words.chain(redirected).map(bare).filter(|word| word.contains(['/', '$']) || word.contains('.'))
}

/// Returns the values of variables and params, as far as the manifests define them.
fn variables<'a>(
    model: &Model<'a>,
    container: Container<'a>,
    script: &RenderedValue<'a>,
) -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    let task = container.pod.resource;
    let named = |list: &[&str], tree: &RenderedValue<'_>, key: &str| -> Vec<(String, String)> {
        let pairs = tree.items_at(list).iter();
        pairs
            .filter_map(|one| Some((one.str_at(&["name"])?.to_owned(), one.str_at(&[key])?.to_owned())))
            .collect()
    };
    for (name, value) in named(&["spec", "params"], task.content(), "default") {
        known.insert(format!("params.{name}"), value);
    }
    let pipelines = model.of_kind("tekton.dev", "Pipeline");
    for pipeline in pipelines.filter(|pipeline| may_share_namespace(*pipeline, task)) {
        let is_meant = |name: &str| {
            if !task.is_called(name) {
                return false;
            }
            let meant = only(&model.meant_by(pipeline, ("tekton.dev", "Task"), name));
            meant.is_some_and(|meant| meant.location().key() == task.location().key())
        };
        let calls = pipeline.content().items_at(&["spec", "tasks"]).iter();
        let calls = calls.filter(|call| call.str_at(&["taskRef", "name"]).is_some_and(is_meant));
        let given = calls.flat_map(|call| named(&["params"], call, "value"));
        known.extend(given.map(|(name, value)| (format!("params.{name}"), value)));
    }
    for line in lines(script) {
        let assignment = line.text.strip_prefix("export ").unwrap_or(line.text).split_once('=');
        let is_name = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if let Some((name, value)) = assignment.filter(|(name, _)| is_name(name)) {
            known.insert(name.to_owned(), bare(value).to_owned());
        }
    }
    known.extend(model.variables(container));
    known
}

/// Returns the path that a word stands for, with the known variables replaced.
fn resolve(word: &str, variables: &ScriptVariables) -> String {
    variables.resolve(word).trim_start_matches("./").trim_end_matches('/').to_owned()
}

/// Whether the Application renders `path`, which may begin with the folder of a clone.
fn renders(application: &Application<'_>, path: &str) -> bool {
    let is_its = |path: &str| {
        application.folders.iter().any(|folder| !folder.is_empty() && is_below(path, folder))
            || application.files.contains(path)
    };
    let clone_of = |path: &str| {
        let known = |rest: &str| rest.contains('/') && application.files.contains(rest);
        path.match_indices('/').any(|(at, _)| known(&path[at + 1..]))
    };
    is_its(path) || clone_of(path)
}

/// Reports a command that changes cluster resources which Argo CD keeps in sync with Git.
fn fights(model: &Model<'_>, line: ScriptLine<'_>) -> Option<Finding> {
    let (command, what) = [
        ("set image", "the image"),
        ("set env", "the variables"),
        (" scale ", "the number of replicas"),
        (" patch ", "what it patches"),
    ]
    .into_iter()
    .find(|(command, _)| line.text.contains("kubectl") && line.text.contains(command))?;
    let healed: Vec<_> =
        model.applications.iter().filter(|application| application.is_self_healed()).collect();
    let target = namespace(line);
    let hit = match target {
        Some(namespace) => {
            healed.iter().find(|one| one.spec.str_at(&["destination", "namespace"]) == Some(namespace))
        }
        None => healed.first(),
    }?;
    let is_sure =
        target.is_some() || hit.rendered.iter().any(|object| line.words().any(|word| names(word, *object)));
    let message = format!(
        "the Application `{}` has `selfHeal` on: within seconds, Argo CD reverts {what} to the state in Git",
        hit.resource.name()
    );
    let finding = line.location_of(command.trim()).finding(&TN060, message);
    let finding =
        finding.severity(if is_sure && command != " patch " { Severity::Error } else { Severity::Warning });
    Some(finding.hint("commit the change to Git, and let only Argo CD write to the cluster"))
}

/// Whether a word such as `deployment/shop` names the object.
fn names(word: &str, object: BuiltObject<'_>) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    object.group() != "" && object.is_called(name)
}

/// Returns the namespace that a command names, unless it is a variable.
fn namespace(line: ScriptLine<'_>) -> Option<&str> {
    let mut words = line.text.split_whitespace().map(bare);
    while let Some(word) = words.next() {
        let value = match word {
            "-n" | "--namespace" => words.next(),
            _ => word.strip_prefix("--namespace=").or_else(|| word.strip_prefix("-n=")),
        };
        if let Some(value) = value {
            return Some(value).filter(|value| !value.contains('$'));
        }
    }
    None
}
