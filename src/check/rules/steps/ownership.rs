//! Git in a folder that another user has cloned: it refuses to work there unless `safe.directory` names the folder.

use std::collections::BTreeMap;

use crate::check::finding::Finding;
use crate::check::model::lookup::{local_name, only};
use crate::check::model::pods::{Container, Pod};
use crate::check::model::scripts::{ScriptLine, ScriptVariables, lines};
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN092;

/// Commands of Git that look for a repository in the current folder.
const READERS: [&str; 22] = [
    "add",
    "archive",
    "blame",
    "branch",
    "checkout",
    "commit",
    "describe",
    "diff",
    "fetch",
    "log",
    "ls-files",
    "merge",
    "pull",
    "push",
    "rebase",
    "reset",
    "rev-list",
    "rev-parse",
    "show",
    "status",
    "submodule",
    "tag",
];

/// What Git does in a container, in which folder.
struct Use<'a> {
    folder: String,
    user: i128,
    line: ScriptLine<'a>,
    creates: bool,
}

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    for object in model.resources.iter().copied() {
        for pod in object.pods() {
            let uses = uses(model, pod);
            found.extend(foreign(&uses, &uses));
        }
        if object.is("tekton.dev", "Pipeline") {
            found.extend(between_tasks(model, object));
        }
    }
}

/// Reports Git in the folders of a workspace that another task of the Pipeline has cloned as another user.
fn between_tasks(model: &Model<'_>, pipeline: BuiltObject<'_>) -> Vec<Finding> {
    let calls = pipeline.content().items_at(&["spec", "tasks"]).iter();
    let tasks: Vec<_> = calls.filter_map(|call| in_workspaces(model, pipeline, call)).collect();
    let mut found = Vec::new();
    for (at, task) in tasks.iter().enumerate() {
        let others = tasks.iter().enumerate().filter(|(other, _)| *other != at);
        let clones: Vec<_> = others.flat_map(|(_, other)| other).filter(|it| it.creates).collect();
        let is_own = |it: &&Use<'_>| !task.iter().any(|own| own.creates && own.folder == it.folder);
        let reported = task.iter().filter(|it| !it.creates).filter(is_own);
        found.extend(reported.filter_map(|it| {
            let clone = clones.iter().find(|clone| is_in(&it.folder, &clone.folder))?;
            it.finding(clone.user)
        }));
    }
    found
}

/// Returns what the task of `call` does in workspaces, with the names that the Pipeline has for them.
fn in_workspaces<'a>(
    model: &Model<'a>,
    pipeline: BuiltObject<'a>,
    call: &'a RenderedValue<'a>,
) -> Option<Vec<Use<'a>>> {
    let reference = call.get("taskRef").and_then(|reference| local_name(reference, "Task"));
    let meant =
        reference.and_then(|name| only(&model.meant_by(pipeline, ("tekton.dev", "Task"), name.text())));
    let spec = call.get("taskSpec").or_else(|| meant?.content().get("spec"))?;
    let resource = meant.unwrap_or(pipeline);
    let mut uses = uses(model, Pod { resource, labels: None, spec, is_task: true });
    let names: BTreeMap<_, _> = call
        .items_at(&["workspaces"])
        .iter()
        .filter(|one| one.get("subPath").is_none())
        .filter_map(|one| {
            let name = one.str_at(&["name"])?;
            Some((format!("$(workspaces.{name}.path)"), one.str_at(&["workspace"]).unwrap_or(name)))
        })
        .collect();
    uses.retain_mut(|it| {
        let Some((own, name)) = names.iter().find(|(own, _)| it.folder.starts_with(&***own)) else {
            return false;
        };
        it.folder = format!("{name}:{}", &it.folder[own.len()..]);
        true
    });
    Some(uses)
}

/// Reports the uses of folders that an earlier one of `all` has cloned as another user.
fn foreign(uses: &[Use<'_>], all: &[Use<'_>]) -> Option<Finding> {
    uses.iter().enumerate().filter(|(_, it)| !it.creates).find_map(|(at, it)| {
        let mut clones = all[..at].iter().filter(|clone| clone.creates);
        let clone = clones.rfind(|clone| is_in(&it.folder, &clone.folder))?;
        it.finding(clone.user)
    })
}

fn is_in(folder: &str, clone: &str) -> bool {
    folder.strip_prefix(clone).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Use<'_> {
    fn finding(&self, owner: i128) -> Option<Finding> {
        let Self { user, line, .. } = self;
        if owner == *user {
            return None;
        }
        let message = format!(
            "user {owner} has cloned this folder and Git runs here as user {user}: it refuses with \"detected dubious \
             ownership\""
        );
        let at = READERS
            .iter()
            .map(|reader| format!("git {reader}"))
            .find(|command| line.text.contains(&**command));
        let location = at.map_or(line.location(), |at| line.location_of(&at));
        Some(location.finding(&TN092, message).hint(
            "give both the same `runAsUser`, or run `git config --global --add safe.directory` with the folder first",
        ))
    }
}

/// Returns where Git runs in the containers of a pod, in the order in which they start. Empty where something makes the
/// folders fit for another user.
fn uses<'a>(model: &Model<'a>, pod: Pod<'a>) -> Vec<Use<'a>> {
    let mut containers: Vec<_> = pod.containers().collect();
    let is_first = |container: &Container<'_>| {
        pod.spec
            .items_at(&["initContainers"])
            .iter()
            .any(|it| it.location().key() == container.value.location().key())
    };
    containers.sort_by_key(|container| !is_first(container));
    let scripts: Vec<_> = containers.iter().map(|container| model.scripts(*container)).collect();
    let speak_of = |word| scripts.iter().flatten().any(|script| script.text().contains(word));
    if !speak_of("git") || speak_of("chown") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (container, scripts) in containers.into_iter().zip(scripts) {
        let is_safe = scripts.iter().any(|script| script.text().contains("safe.directory"))
            || container
                .value
                .items_at(&["env"])
                .iter()
                .any(|one| one.str_at(&["name"]).is_some_and(|name| name.starts_with("GIT_CONFIG")));
        let Some(user) = user(container) else { continue };
        let variables = ScriptVariables::of(model.variables(container));
        for script in scripts {
            let mut folder = container.value.str_at(&["workingDir"]).unwrap_or_default().to_owned();
            for line in lines(script) {
                let words: Vec<_> = line.words().map(|word| variables.resolve(word)).collect();
                let words: Vec<_> = words.iter().map(|word| &**word).collect();
                match words[..] {
                    ["cd" | "pushd", to, ..] => folder = join(&folder, to),
                    _ => found.extend(used(&words, &folder, user, line).filter(|it| it.creates || !is_safe)),
                }
            }
        }
    }
    found
}

/// Returns the user that a container is certain to run as.
fn user(container: Container<'_>) -> Option<i128> {
    let own = |value: &RenderedValue<'_>| {
        value.dig(&["securityContext", "runAsUser"]).and_then(RenderedValue::as_int)
    };
    own(container.value)
        .or_else(|| own(container.pod.spec.get("stepTemplate").filter(|_| container.pod.is_task)?))
        .or_else(|| own(container.pod.spec).filter(|_| !container.pod.is_task))
}

fn used<'a>(words: &[&str], folder: &str, user: i128, line: ScriptLine<'a>) -> Option<Use<'a>> {
    let git =
        words.iter().position(|word| *word == "git" || word.ends_with("(git") || word.ends_with("/git"))?;
    let mut rest = words[git + 1..].iter();
    let mut folder = folder.to_owned();
    let command = loop {
        match *rest.next()? {
            "-C" => folder = join(&folder, rest.next()?),
            "-c" => {
                rest.next();
            }
            word if word.starts_with('-') => {}
            word => break word,
        }
    };
    let creates = command == "clone";
    if creates {
        let mut names = rest.filter(|word| !word.starts_with('-'));
        // An option with a value shifts the names, so the last one counts.
        let last = names.next_back()?;
        let is_address =
            last.contains("://") || last.contains('@') || last.starts_with('$') && !last.contains(".path)");
        let name = last.rsplit('/').next().unwrap_or_default();
        folder = join(&folder, if is_address { name.strip_suffix(".git").unwrap_or(name) } else { last });
    } else if !READERS.contains(&command) {
        return None;
    }
    let is_known = folder.starts_with('/') || folder.starts_with("$(workspaces.");
    is_known.then_some(Use { folder, user, line, creates })
}

/// Returns the folder that `to` means in `folder`.
fn join(folder: &str, to: &str) -> String {
    let to = to.trim_end_matches('/');
    match to {
        "." | "" => folder.to_owned(),
        _ if to.starts_with('/') || to.starts_with('$') => to.to_owned(),
        _ => format!("{folder}/{}", to.trim_start_matches("./")),
    }
}
