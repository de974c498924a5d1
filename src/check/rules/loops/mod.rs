//! Pipelines that write into Git what starts them again, or into the cluster what Argo CD takes back.
//!
//! Scripts are not run but read: a path counts as written where a line that writes (`git add`, `sed -i`, `yq -i`, `>`,
//! `tee`, `cp`, `mv`, `git update-index`, `kustomize edit`) names it, as it is or in a variable whose value is in the manifests.

use std::collections::BTreeMap;

use super::trigger::is_trigger;
use crate::check::finding::{Finding, Severity};
use crate::check::kustomize::{Object, RenderedValue};
use crate::check::model::pods::{Container, containers};
use crate::check::model::shell::{Line, bare, lines};
use crate::check::model::{Application, Model, is_below};
use crate::check::registry::{TN057, TN060};

/// Commands that write a file which they name.
const WRITERS: [&str; 9] =
    ["git add", "sed -i", "yq -i", "yq e -i", "tee ", "cp ", "mv ", "update-index", "kustomize edit"];

/// Adds what is wrong.
pub(crate) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let triggered: Vec<_> = model
        .applications
        .iter()
        .filter(|application| application.rendered.iter().any(|object| is_trigger(model, object)))
        .collect();
    for object in model.objects.iter().filter(|object| is_pipeline(model, object)) {
        for container in containers(object) {
            found.extend(feeds_itself(model, &triggered, container));
            for script in model.scripts(container) {
                found.extend(lines(script).filter_map(|line| fights(model, line)));
            }
        }
    }
}

fn is_pipeline<'a>(model: &Model<'a>, object: &Object<'a>) -> bool {
    object.group().ends_with("tekton.dev") || is_trigger(model, object)
}

/// The first line that writes what the trigger's own Application renders.
fn feeds_itself<'a>(
    model: &Model<'a>,
    triggered: &[&Application<'a>],
    container: Container<'_, 'a>,
) -> Option<Finding> {
    let scripts = model.scripts(container);
    let script = scripts.into_iter().find(|script| script.text().contains("git push"))?;
    let variables = forms(variables(model, container, script));
    lines(script).find_map(|line| {
        written(line).find_map(|word| {
            let path = resolve(word, &variables);
            let application = triggered.iter().find(|application| renders(application, &path))?;
            let message = format!(
                "loop: this commits to `{path}`, which the Application `{}` renders: the commit starts a sync, the sync its hook, \
                 the hook this pipeline, and that the next commit",
                application.object.name()
            );
            Some(line.location_of(word).finding(&TN057, message).hint(
                "let the pipeline write into a folder that only another Application renders, one without the hook",
            ))
        })
    })
}

/// The words of the line that may be a path which it writes.
fn written<'o>(line: Line<'o, '_>) -> impl Iterator<Item = &'o str> {
    let is_written = WRITERS.iter().any(|writer| line.text.contains(writer));
    let redirected = line.text.split('>').skip(1).filter_map(|rest| rest.split_whitespace().next());
    let words = line.text.split([' ', '\t', ',', '=']).filter(move |_| is_written);
    words.chain(redirected).map(bare).filter(|word| word.contains(['/', '$']) || word.contains('.'))
}

/// What variables and parameters stand for, as far as the manifests say.
fn variables<'a>(
    model: &Model<'a>,
    container: Container<'_, 'a>,
    script: &RenderedValue<'a>,
) -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    let task = container.pod.object;
    let named = |list: &[&str], tree: &RenderedValue<'_>, key: &str| -> Vec<(String, String)> {
        let pairs = tree.items_at(list).iter();
        pairs
            .filter_map(|one| Some((one.str_at(&["name"])?.to_owned(), one.str_at(&[key])?.to_owned())))
            .collect()
    };
    for (name, value) in named(&["spec", "params"], task.content(), "default") {
        known.insert(format!("params.{name}"), value);
    }
    let pipelines = model.objects.iter().filter(|object| object.is("tekton.dev", "Pipeline"));
    for one in pipelines.flat_map(|pipeline| pipeline.content().items_at(&["spec", "tasks"])) {
        if one.str_at(&["taskRef", "name"]).is_some_and(|name| task.is_called(name)) {
            let given = named(&["params"], one, "value").into_iter();
            known.extend(given.map(|(name, value)| (format!("params.{name}"), value)));
        }
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

/// The ways to write each variable, with its value.
fn forms(variables: BTreeMap<String, String>) -> Vec<([String; 3], String)> {
    let forms = |name: &str| [format!("$({name})"), format!("${{{name}}}"), format!("${name}")];
    variables.into_iter().map(|(name, value)| (forms(&name), value)).collect()
}

/// The path that a word stands for, as far as it is known.
fn resolve(word: &str, variables: &[([String; 3], String)]) -> String {
    let mut text = word.to_owned();
    // One may stand for the next: a variable for a parameter, and that for what the Pipeline gives.
    for _ in 0..4 {
        if !text.contains('$') {
            break;
        }
        for (forms, value) in variables {
            for form in forms {
                if text.contains(form) {
                    text = text.replace(form, value);
                }
            }
        }
    }
    text.trim_start_matches("./").trim_end_matches('/').to_owned()
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

/// A command that changes in the cluster what Argo CD keeps as Git says.
fn fights(model: &Model<'_>, line: Line<'_, '_>) -> Option<Finding> {
    let (command, what) = [
        ("set image", "the image"),
        ("set env", "the variables"),
        (" scale ", "the number of replicas"),
        (" patch ", "what it patches"),
    ]
    .into_iter()
    .find(|(command, _)| line.text.contains("kubectl") && line.text.contains(command))?;
    let healed: Vec<_> = model.applications.iter().filter(|application| heals(application)).collect();
    let target = namespace(line);
    let hit = match target {
        Some(namespace) => {
            healed.iter().find(|one| one.spec.str_at(&["destination", "namespace"]) == Some(namespace))
        }
        None => healed.first(),
    }?;
    let is_sure =
        target.is_some() || hit.rendered.iter().any(|object| line.words().any(|word| names(word, object)));
    let message = format!(
        "the Application `{}` has `selfHeal` on: seconds later Argo CD sets {what} back to what Git says",
        hit.object.name()
    );
    let finding = line.location_of(command.trim()).finding(&TN060, message);
    let finding =
        finding.severity(if is_sure && command != " patch " { Severity::Error } else { Severity::Warning });
    Some(finding.hint("commit the change to Git, and let Argo CD alone write to the cluster"))
}

fn heals(application: &Application<'_>) -> bool {
    application.spec.dig(&["syncPolicy", "automated", "selfHeal"]).and_then(RenderedValue::as_bool)
        == Some(true)
}

/// Whether a word such as `deployment/shop` is the object.
fn names(word: &str, object: &Object<'_>) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    object.group() != "" && object.is_called(name)
}

/// The namespace that a command names, where it is written out.
fn namespace<'o>(line: Line<'o, '_>) -> Option<&'o str> {
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
