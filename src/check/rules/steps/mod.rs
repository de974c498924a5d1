//! Scripts of steps and hooks that execute their input, use variables that do not exist, or build an image in vain.

mod ownership;

use std::collections::BTreeSet;

use super::hooks;
use crate::check::finding::{Finding, Severity};
use crate::check::model::Model;
use crate::check::model::pods::Container;
use crate::check::model::scripts::lines;
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN080, TN088, TN089};

/// Variables that Tekton replaces in a script before the shell reads it, and whether the value can be any
/// text.
const INSERTED: [(&str, bool); 5] = [
    ("$(params", true),
    ("$(inputs.params", true),
    ("$(tasks.", true),
    ("$(steps.", true),
    ("$(context.", false),
];

/// Commands that run a Dockerfile.
pub(super) const BUILDS: [&str; 5] =
    ["buildah bud", "buildah build", "docker build", "podman build", "buildctl build"];

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    ownership::findings(model, found);
    let pushes = is_any_image_pushed(model);
    for resource in &model.resources {
        let is_tekton = resource.is_tekton();
        if !is_tekton && hooks::phases(*resource).is_empty() {
            continue;
        }
        for container in resource.containers() {
            found.extend(container.shell().into_iter().flat_map(|script| inserted(script, is_tekton)));
            found.extend(unknown_variables(container));
            found.extend(container.shell().into_iter().filter(|_| !pushes).filter_map(built_in_vain));
        }
    }
}

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
                "Tekton pastes the value of `{variable}` into the script before it runs, so a value such as `; curl \
                 ...` becomes a command"
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

/// Reports `$(NAME)` for a variable that does not exist: the shell then runs a command of that name.
fn unknown_variables(container: Container<'_>) -> Vec<Finding> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    let env = container.value.items_at(&["env"]);
    for line in container.shell().into_iter().flat_map(lines) {
        for (at, start) in line.text.match_indices("$(") {
            let (before, rest) = (&line.text[..at], &line.text[at + start.len()..]);
            let name = rest.split(')').next().unwrap_or_default();
            let is_name = name.len() > 1
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
            let is_known = env.iter().any(|one| one.str_at(&["name"]) == Some(name));
            if !is_name || !rest.contains(')') || is_known || is_literal(before) || !seen.insert(name) {
                continue;
            }
            let message = format!(
                "{} has no variable `{name}`, so the shell takes `$({name})` for a command, does not find \
                 it, and continues with an empty value",
                container.title()
            );
            let hint = format!("set `{name}` in `env`, and write `\"${name}\"`");
            found.push(line.location_of(&format!("$({name})")).finding(&TN088, message).hint(hint));
        }
    }
    found
}

/// Whether a shell takes what follows `before` as it is: behind a backslash, in single quotes, in a comment.
fn is_literal(before: &str) -> bool {
    let (mut quote, mut last) = (None, ' ');
    for letter in before.chars() {
        match (quote, letter) {
            (None, '#') if last.is_whitespace() => return true,
            (None, '\'' | '"') if last != '\\' => quote = Some(letter),
            (Some(open), letter) if letter == open && (last != '\\' || open == '\'') => quote = None,
            _ => {}
        }
        last = letter;
    }
    last == '\\' || quote == Some('\'')
}

fn is_any_image_pushed(model: &Model<'_>) -> bool {
    model.resources.iter().flat_map(|resource| resource.containers()).any(pushes_image)
}

/// Whether a script pushes an image; builders such as kaniko push by themselves.
pub(super) fn pushes_image(container: Container<'_>) -> bool {
    const SIGNS: [&str; 5] = [" push", "skopeo copy", "--output", "kaniko", "ko build"];
    // Somewhere else than to a registry, unless the line names one as well.
    const ELSEWHERE: [&str; 5] = ["git push", "oci:", "oci-archive:", "docker-archive:", "dir:"];
    container.shell().into_iter().any(|script| {
        lines(script).any(|line| {
            let has = |sign: &&str| line.text.contains(*sign);
            SIGNS.iter().any(has) && (line.text.contains("docker://") || !ELSEWHERE.iter().any(has))
        })
    })
}

/// Reports an image that is built but disappears with its pod.
fn built_in_vain(script: &RenderedValue<'_>) -> Option<Finding> {
    lines(script).find_map(|line| {
        let command = BUILDS.into_iter().find(|command| line.text.contains(command))?;
        let message = "this builds an image, but no script here pushes it: it disappears with the Pod of \
                       this step, and the cluster has nothing to pull";
        let hint = "push it after the build, as in `buildah push --digestfile digest \"$IMAGE\"`, and deploy the digest";
        Some(line.location_of(command).finding(&TN089, message).hint(hint))
    })
}
