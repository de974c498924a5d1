//! Who can read the credentials of a pipeline: builds and tests run code that anybody can change, so neither should
//! reach a credential that can push.

mod registry_login;

use super::steps::{BUILDS, pushes_image};
use crate::check::finding::Finding;
use crate::check::model::lookup::{agreed, local_name};
use crate::check::model::pods::{Container, Pod};
use crate::check::model::scripts::lines;
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN076, TN077};

/// Commands that run the project's code.
const TESTS: [&str; 19] = [
    "cargo test",
    "cargo build",
    "composer test",
    "dotnet test",
    "go test",
    "gradle ",
    "gradlew",
    "make",
    "mvn ",
    "npm ",
    "phpunit",
    "pip install",
    "pnpm ",
    "pytest",
    "rake",
    "rspec",
    "tox",
    "yarn",
    "go generate",
];

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    registry_login::findings(model, found);
    for object in model.resources.iter().copied() {
        if object.is("tekton.dev", "PipelineRun") {
            found.extend(model.of_pipeline(object, |pipeline| {
                let mut found = shared_secrets(object, pipeline);
                found.extend(secrets_of_builds(model, object, pipeline));
                found
            }));
        }
        if object.group() == "tekton.dev" {
            found.extend(secrets_of_tests(object));
            found.extend(secrets_in_volumes(object));
        }
        found.extend(for_every_step(object));
    }
}

/// Returns the name and the secret of each workspace of a run that is a secret.
fn secrets_of(run: BuiltObject<'_>) -> impl Iterator<Item = (&str, &str)> {
    let workspaces = run.content().items_at(&["spec", "workspaces"]).iter();
    workspaces.filter_map(|one| Some((one.str_at(&["name"])?, one.str_at(&["secret", "secretName"])?)))
}

fn tasks_of<'p, 'a>(pipeline: &'p RenderedValue<'a>) -> impl Iterator<Item = &'p RenderedValue<'a>> {
    ["tasks", "finally"].into_iter().flat_map(|list| pipeline.items_at(&[list]))
}

/// Returns where a task of a Pipeline gets `workspace`.
fn binding<'p, 'a>(task: &'p RenderedValue<'a>, workspace: &str) -> Option<&'p RenderedValue<'a>> {
    let mut bindings = task.items_at(&["workspaces"]).iter();
    bindings.find_map(|one| one.get("workspace").or(one.get("name")).filter(|name| name.text() == workspace))
}

/// Reports secrets that a run gives to more than one task of `pipeline`.
fn shared_secrets(run: BuiltObject<'_>, pipeline: &RenderedValue<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (workspace, secret) in secrets_of(run) {
        let bound =
            tasks_of(pipeline).filter_map(|task| Some((task.str_at(&["name"])?, binding(task, workspace)?)));
        let bound: Vec<_> = bound.collect();
        let [(first, _), others @ ..] = &bound[..] else { continue };
        for (task, binding) in others {
            let message = format!(
                "the tasks `{first}` and `{task}` both get the Secret `{secret}`: code that runs in either can read it and use \
                 it to push"
            );
            let hint = "give each task its own Secret that permits only what the task does, such as read-only for the clone";
            found.push(binding.location().finding(&TN076, message).hint(hint));
        }
    }
    found
}

/// Reports secrets that a run gives to a task that runs the project's code, and pushes.
fn secrets_of_builds<'a>(
    model: &Model<'a>,
    run: BuiltObject<'a>,
    pipeline: &'a RenderedValue<'a>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (workspace, secret) in secrets_of(run) {
        for task in tasks_of(pipeline) {
            let Some(binding) = binding(task, workspace) else { continue };
            let name = task.str_at(&["name"]).unwrap_or_default();
            let own = own_name(task, workspace);
            let report = |spec: &'a RenderedValue<'a>| {
                let pod = Pod { resource: run, labels: None, spec, is_task: true };
                let place = format!("$(workspaces.{}.", own.unwrap_or_default());
                let is_built = pod.containers().any(builds_image);
                let pushes = |step| is_built && pushes_image(step) || pushes_with(step, &place);
                let Some(code) = foreign_code(pod, |step| gets_workspace(spec, step, own), pushes) else {
                    return Vec::new();
                };
                let message =
                    format!("the task `{name}` gets the Secret `{secret}`, and {}", code.explanation());
                vec![binding.location().finding(&TN076, message).hint(code.hint())]
            };
            let reference = task.get("taskRef").and_then(|reference| local_name(reference, "Task"));
            match (task.get("taskSpec"), reference) {
                (Some(spec), _) => found.extend(report(spec)),
                (None, Some(name)) => {
                    let meant = model.meant_by(run, ("tekton.dev", "Task"), name.text()).into_iter();
                    let specs = meant.filter_map(|task| task.content().get("spec"));
                    found.extend(agreed(specs, name.location(), report));
                }
                (None, None) => {}
            }
        }
    }
    found
}

/// Returns the name that the task of a Pipeline has for `workspace`.
fn own_name<'p>(task: &'p RenderedValue<'_>, workspace: &str) -> Option<&'p str> {
    let is_it =
        |one: &&RenderedValue<'_>| one.str_at(&["workspace"]).or(one.str_at(&["name"])) == Some(workspace);
    task.items_at(&["workspaces"]).iter().find(is_it)?.str_at(&["name"])
}

/// Whether the step can read the workspace: a step that lists it keeps it from the others.
fn gets_workspace(spec: &RenderedValue<'_>, step: Container<'_>, workspace: Option<&str>) -> bool {
    let lists = |step: &RenderedValue<'_>| {
        step.items_at(&["workspaces"]).iter().any(|one| one.str_at(&["name"]) == workspace)
    };
    let steps = ["steps", "sidecars"].into_iter().flat_map(|list| spec.items_at(&[list]));
    lists(step.value) || !steps.into_iter().any(lists)
}

/// Code that anybody can change, in reach of a Secret with which the same pod pushes.
#[derive(Clone, Copy)]
enum ForeignCode {
    Dockerfile,
    Scripts,
}

impl ForeignCode {
    fn explanation(self) -> &'static str {
        match self {
            Self::Dockerfile => {
                "builds an image as well as pushing it: a `RUN` instruction of the Dockerfile can read the Secret and use it \
                 to push"
            }
            Self::Scripts => {
                "runs the project's own code as well as pushing: any commit, and any package that it installs, can read the \
                 Secret and use it to push"
            }
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Dockerfile => {
                "build in one Task, without the Secret, and push in another, which runs no other code"
            }
            Self::Scripts => {
                "run the code in one Task, without the Secret, and push in another, which runs no other code"
            }
        }
    }
}

/// Returns the code of the project that a container runs which `gets` a Secret, if one that gets it `pushes` with it.
fn foreign_code<'a>(
    pod: Pod<'a>,
    gets: impl Fn(Container<'a>) -> bool,
    pushes: impl Fn(Container<'a>) -> bool,
) -> Option<ForeignCode> {
    let containers: Vec<_> = pod.containers().filter(|container| gets(*container)).collect();
    let has = |is: fn(Container<'a>) -> bool| containers.iter().copied().any(is);
    if !containers.iter().any(|container| pushes(*container)) {
        return None;
    }
    if has(builds_image) {
        Some(ForeignCode::Dockerfile)
    } else {
        has(runs_project).then_some(ForeignCode::Scripts)
    }
}

/// Whether the container pushes with the Secret in `place`: a line about logging in names it, or a variable of Git or of
/// the registry's tools.
fn pushes_with(container: Container<'_>, place: &str) -> bool {
    const LOGINS: [&str; 6] = [" push", "authfile", "config.json", ".git-credentials", "ssh", " login"];
    const VARIABLES: [&str; 4] =
        ["DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "GIT_SSH_COMMAND", "GIT_CONFIG_GLOBAL"];
    let is_home = [".docker", ".ssh"].iter().any(|folder| place.trim_end_matches('/').ends_with(folder));
    let is_variable = |one: &RenderedValue<'_>| {
        one.str_at(&["name"]).is_some_and(|name| VARIABLES.contains(&name))
            && one.str_at(&["value"]).is_some_and(|value| value.contains(place))
    };
    let is_login = |text: &str| text.contains(place) && LOGINS.iter().any(|login| text.contains(login));
    let is_used = is_home
        || container.value.items_at(&["env"]).iter().any(is_variable)
        || container.shell().into_iter().any(|script| lines(script).any(|line| is_login(line.text)));
    !place.is_empty() && is_used && (pushes_image(container) || pushes_commits(container))
}

/// Reports Secrets in volumes that are mounted where the project's code runs, and where something pushes.
fn secrets_in_volumes(object: BuiltObject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for pod in object.pods() {
        for volume in pod.spec.items_at(&["volumes"]) {
            let name = volume.str_at(&["name"]);
            let Some(secret) = volume.dig(&["secret", "secretName"]) else { continue };
            let place = |container: Container<'_>| {
                let all = [Some(container.value), pod.spec.get("stepTemplate")].into_iter().flatten();
                let mut mounts = all.flat_map(|value| value.items_at(&["volumeMounts"]));
                let mount = mounts.find(|mount| mount.str_at(&["name"]) == name)?;
                mount.str_at(&["mountPath"]).map(str::to_owned)
            };
            let pushes = |container| place(container).is_some_and(|place| pushes_with(container, &place));
            let code = foreign_code(pod, |container| place(container).is_some(), pushes);
            found.extend(code.map(|code| {
                let message = format!(
                    "{} mounts the Secret `{}`, and {}",
                    object.title(),
                    secret.text(),
                    code.explanation()
                );
                secret.location().finding(&TN076, message).hint(code.hint())
            }));
        }
    }
    found
}

fn pushes_commits(container: Container<'_>) -> bool {
    container.shell().into_iter().any(|script| lines(script).any(|line| line.text.contains("git push")))
}

/// Whether a step runs commands that the project defines, such as its tests.
fn runs_project(container: Container<'_>) -> bool {
    let runs = |text: &str| TESTS.iter().any(|test| text == test.trim() || text.starts_with(test));
    container.shell().into_iter().any(|script| lines(script).any(|line| runs(line.text)))
}

/// Whether a step runs a Dockerfile.
fn builds_image(container: Container<'_>) -> bool {
    container
        .shell()
        .into_iter()
        .any(|script| lines(script).any(|line| BUILDS.iter().any(|command| line.text.contains(command))))
}

/// Reports secrets in the environment of a step that runs the project's code.
fn secrets_of_tests(object: BuiltObject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for container in object.containers() {
        if !runs_project(container) {
            continue;
        }
        let env = container.value.items_at(&["env"]).iter();
        let env = env.filter_map(|one| Some((one.dig(&["valueFrom", "secretKeyRef"])?, one.get("name")?)));
        let from = container.value.items_at(&["envFrom"]).iter();
        let from = from.filter_map(|one| Some((one.get("secretRef")?, one.dig(&["secretRef", "name"])?)));
        for (secret, shown) in env.chain(from) {
            let name = secret.str_at(&["name"]).unwrap_or_default();
            let message = format!(
                "{} runs the project's own code with the Secret `{name}` in its environment: any commit, and any \
                 package that it installs, can read it",
                container.title()
            );
            let hint =
                "move what needs the Secret into a separate Task; give tests only Secrets of test systems";
            found.push(shown.location().finding(&TN076, message).hint(hint));
        }
    }
    found
}

/// Reports secrets that Tekton itself copies into every step.
fn for_every_step(object: BuiltObject<'_>) -> Option<Finding> {
    let metadata = match object.kind() {
        "Secret" => object.content().get("metadata"),
        "SealedSecret" => object.content().dig(&["spec", "template", "metadata"]),
        "ExternalSecret" => object.content().dig(&["spec", "target", "template", "metadata"]),
        _ => None,
    }?;
    let is_one = |key: &str| key.starts_with("tekton.dev/git-") || key.starts_with("tekton.dev/docker-");
    let annotations = metadata.get("annotations").map_or(&[][..], RenderedValue::entries);
    let entry = annotations.iter().find(|entry| is_one(&entry.key))?;
    let message = "Tekton copies a Secret with this annotation into every step of every task whose \
                   ServiceAccount lists it, including builds and tests";
    let hint = "remove the annotation, and pass the Secret as a workspace to the one task that needs it";
    Some(entry.location.finding(&TN077, message).hint(hint))
}
