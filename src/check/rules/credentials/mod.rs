//! Who sees the credentials of a pipeline: building and testing run code that anybody can change, so neither should be
//! able to read what pushes to Git or to a registry.

use crate::check::finding::Finding;
use crate::check::kustomize::{Object, RenderedValue};
use crate::check::model::Model;
use crate::check::model::pods::containers;
use crate::check::model::shell::lines;
use crate::check::registry::{TN076, TN077};

/// What runs the code of the project.
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

/// Adds what is wrong.
pub(crate) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    for object in &model.objects {
        if object.is("tekton.dev", "PipelineRun") {
            found.extend(shared_secrets(model, object));
        }
        if object.group() == "tekton.dev" {
            found.extend(secrets_of_tests(object));
        }
        found.extend(for_every_step(object));
    }
}

/// Secrets that a run gives to more than one task.
fn shared_secrets(model: &Model<'_>, run: &Object<'_>) -> Vec<Finding> {
    let workspaces = run.content().items_at(&["spec", "workspaces"]).iter();
    let secrets =
        workspaces.filter_map(|one| Some((one.str_at(&["name"])?, one.str_at(&["secret", "secretName"])?)));
    let spec = model.pipeline_of(run);
    let tasks = || {
        spec.into_iter().flat_map(|spec| [spec.items_at(&["tasks"]), spec.items_at(&["finally"])]).flatten()
    };
    let mut found = Vec::new();
    for (workspace, secret) in secrets {
        let bound = tasks().filter_map(|task| {
            let mut bindings = task.items_at(&["workspaces"]).iter();
            let binding = bindings.find_map(|one| {
                one.get("workspace").or(one.get("name")).filter(|name| name.text() == workspace)
            });
            Some((task.str_at(&["name"])?, binding?))
        });
        let bound: Vec<_> = bound.collect();
        let [(first, _), others @ ..] = &bound[..] else { continue };
        for (task, binding) in others {
            let message = format!(
                "the Secret `{secret}` is given to the tasks `{first}` and `{task}`: code that runs in either can read it and push \
                 what it likes"
            );
            let hint = "give each task a Secret of its own that permits only what the task does, such as read-only for the clone";
            found.push(binding.location().finding(&TN076, message).hint(hint));
        }
    }
    found
}

/// Secrets in the environment of a step that runs the project's own code.
fn secrets_of_tests(object: &Object<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for container in containers(object) {
        let scripts = container.shell();
        let mut lines = scripts.iter().flat_map(|script| lines(script));
        let runs_code = |text: &str| TESTS.iter().any(|test| text == test.trim() || text.starts_with(test));
        if !lines.any(|line| runs_code(line.text)) {
            continue;
        }
        let env = container.tree.items_at(&["env"]).iter();
        let env = env.filter_map(|one| Some((one.dig(&["valueFrom", "secretKeyRef"])?, one.get("name")?)));
        let from = container.tree.items_at(&["envFrom"]).iter();
        let from = from.filter_map(|one| Some((one.get("secretRef")?, one.dig(&["secretRef", "name"])?)));
        for (secret, shown) in env.chain(from) {
            let name = secret.str_at(&["name"]).unwrap_or_default();
            let message = format!(
                "{} runs the project's own code with the Secret `{name}` in its environment: any commit, or any package that it \
                 installs, can read it",
                container.title()
            );
            let hint = "move what needs the Secret into a Task of its own; Secrets of tests should open nothing but test systems";
            found.push(shown.location().finding(&TN076, message).hint(hint));
        }
    }
    found
}

/// Secrets that Tekton itself hands to every step.
fn for_every_step(object: &Object<'_>) -> Option<Finding> {
    let metadata = match object.kind() {
        "Secret" => object.content().get("metadata"),
        "SealedSecret" => object.content().dig(&["spec", "template", "metadata"]),
        "ExternalSecret" => object.content().dig(&["spec", "target", "template", "metadata"]),
        _ => None,
    }?;
    let is_one = |key: &str| key.starts_with("tekton.dev/git-") || key.starts_with("tekton.dev/docker-");
    let annotations = metadata.get("annotations").map_or(&[][..], RenderedValue::entries);
    let entry = annotations.iter().find(|entry| is_one(&entry.key))?;
    let message = "Tekton copies a Secret with this annotation into every step of every task whose service account lists it, \
                   those that build and test included";
    let hint = "take the annotation out, and give the Secret as a workspace to the one task that needs it";
    Some(entry.location.finding(&TN077, message).hint(hint))
}
