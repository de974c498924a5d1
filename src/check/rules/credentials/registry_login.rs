//! Logins of registries that tools do not find: under another name of the registry, or in a file of another name.

use crate::check::finding::Finding;
use crate::check::model::lookup::{local_name, may_share_namespace, only};
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::{Location, RenderedValue};
use crate::check::rule::TN079;
use crate::check::rules::secrets::base64;

/// Hosts of Docker Hub under which nothing looks for a login.
const NEVER_READ: [&str; 5] =
    ["hub.docker.com", "registry.hub.docker.com", "registry-1.docker.io", "www.docker.com", "docker.com"];

/// Hosts of Docker Hub under which the kubelet, Podman and Buildah look, and [`STRICT`] tools do not.
const READ_BY_SOME: [&str; 2] = ["docker.io", "index.docker.io"];

/// The name under which all tools look, and `docker login` stores it.
const READ: &str = "https://index.docker.io/v1/";

/// Tools that look under [`READ`] only.
const STRICT: [&str; 6] = ["kaniko", "crane", "ko build", "cosign", "buildctl", "buildkit"];

/// The type of a Secret whose one key is `.dockerconfigjson`.
const TYPE: &str = "kubernetes.io/dockerconfigjson";
const KEY: &str = ".dockerconfigjson";

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    for object in model.resources.iter().copied() {
        found.extend(logins(model, object));
        if object.is("tekton.dev", "PipelineRun") {
            found.extend(unread_files(model, object));
        }
    }
}

/// Reports logins in the texts of an object that holds a Secret.
fn logins(model: &Model<'_>, object: BuiltObject<'_>) -> Vec<Finding> {
    let secret = match object.kind() {
        "Secret" | "SealedSecret" | "ClusterExternalSecret" => object.name(),
        "ExternalSecret" => object.content().str_at(&["spec", "target", "name"]).unwrap_or(object.name()),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    for scalar in object.content().scalars() {
        let decoded = base64::decode(scalar.text()).filter(|_| object.kind() == "Secret");
        let text = decoded.as_deref().filter(|text| text.contains("auths")).unwrap_or(scalar.text());
        let Some(auths) = text.find("auths").map(|at| &text[at..]) else { continue };
        let Some((name, is_read_by_some)) = odd_name(auths) else { continue };
        if !is_read_by_some || is_for_strict_tool(model, object, secret) {
            found.push(login(scalar.location().within(name), name, is_read_by_some));
        }
    }
    found
}

/// Returns the name of Docker Hub that is a key in `auths` of a configuration, and whether some tools read it, if the one
/// that all tools read is no key.
fn odd_name(auths: &str) -> Option<(&str, bool)> {
    // The first quote is the one that closes `"auths"`.
    let quoted = auths.split('"').skip(2).step_by(2);
    if quoted.clone().any(|text| text == READ) {
        return None;
    }
    let mut quoted = quoted;
    quoted.find_map(|text| {
        let host = text.trim_start_matches("https://").split('/').next()?;
        let is_read_by_some = READ_BY_SOME.contains(&host);
        (is_read_by_some || NEVER_READ.contains(&host)).then_some((text, is_read_by_some))
    })
}

/// Whether a pod or a task of the repository gets the Secret for a tool that looks under one name only.
fn is_for_strict_tool(model: &Model<'_>, from: BuiltObject<'_>, secret: &str) -> bool {
    let names_tool = |value: &RenderedValue<'_>| {
        value.scalars().iter().any(|text| STRICT.iter().any(|tool| text.text().contains(tool)))
    };
    model.resources.iter().copied().filter(|object| may_share_namespace(*object, from)).any(|object| {
        let volumes = object.pods().filter(|pod| {
            let mut volumes = pod.spec.items_at(&["volumes"]).iter();
            volumes.any(|volume| volume.str_at(&["secret", "secretName"]) == Some(secret))
        });
        let mut workspaces = object.content().items_at(&["spec", "workspaces"]).iter();
        let bound = workspaces.find(|one| one.str_at(&["secret", "secretName"]) == Some(secret));
        let bound =
            bound.filter(|_| object.is("tekton.dev", "PipelineRun")).and_then(|one| one.str_at(&["name"]));
        let pipeline = bound.and_then(|bound| Some((bound, pipeline_of(model, object)?)));
        volumes.into_iter().any(|pod| names_tool(pod.spec))
            || pipeline.is_some_and(|(bound, pipeline)| {
                let calls = ["tasks", "finally"].into_iter().flat_map(|list| pipeline.items_at(&[list]));
                calls.flat_map(|call| readers(model, object, call, bound)).any(|(_, spec)| names_tool(spec))
            })
    })
}

fn pipeline_of<'a>(model: &Model<'a>, run: BuiltObject<'a>) -> Option<&'a RenderedValue<'a>> {
    let spec = run.content().get("spec")?;
    let named = spec.get("pipelineRef").and_then(|reference| local_name(reference, "Pipeline"));
    let meant = named.and_then(|name| only(&model.meant_by(run, ("tekton.dev", "Pipeline"), name.text())));
    spec.get("pipelineSpec").or_else(|| meant?.content().get("spec"))
}

fn login(location: Location<'_>, name: &str, is_read_by_some: bool) -> Finding {
    let who =
        if is_read_by_some { "kaniko, crane, ko, cosign and BuildKit do not look" } else { "no tool looks" };
    let message = format!("{who} for the login of Docker Hub under `{name}`: they pull and push as nobody");
    location
        .finding(&TN079, message)
        .hint(format!("the key in `auths` is `{READ}`, as `docker login` writes it"))
}

/// Reports Secrets that a run binds without naming the file, to a task that reads `config.json`.
fn unread_files<'a>(model: &Model<'a>, run: BuiltObject<'a>) -> Vec<Finding> {
    let mut found = Vec::new();
    for workspace in run.content().items_at(&["spec", "workspaces"]) {
        let Some(secret) = workspace.get("secret").filter(|secret| secret.items_at(&["items"]).is_empty())
        else {
            continue;
        };
        let (Some(bound), Some(name)) = (workspace.str_at(&["name"]), secret.get("secretName")) else {
            continue;
        };
        if !is_docker_config(model, run, name.text()) {
            continue;
        }
        found.extend(model.of_pipeline(run, |pipeline| {
            let calls = ["tasks", "finally"].into_iter().flat_map(|list| pipeline.items_at(&[list]));
            let mut readers = calls.map(|call| readers(model, run, call, bound));
            let is_unread = readers.any(|specs| {
                !specs.is_empty() && specs.iter().all(|(own, spec)| looks_for_config(own, spec))
            });
            if is_unread { vec![unread_file(name)] } else { Vec::new() }
        }));
    }
    found
}

/// Returns the specs that the task of `call` can mean, if it gets the workspace `bound`, and its own name for that.
fn readers<'a>(
    model: &Model<'a>,
    run: BuiltObject<'a>,
    call: &'a RenderedValue<'a>,
    bound: &str,
) -> Vec<(&'a str, &'a RenderedValue<'a>)> {
    let mut workspaces = call.items_at(&["workspaces"]).iter();
    let is_bound =
        |one: &&RenderedValue<'_>| one.str_at(&["workspace"]).or(one.str_at(&["name"])) == Some(bound);
    let Some(own) = workspaces.find(is_bound).and_then(|one| one.str_at(&["name"])) else {
        return Vec::new();
    };
    let reference = call.get("taskRef").and_then(|reference| local_name(reference, "Task"));
    let meant =
        reference.map(|name| model.meant_by(run, ("tekton.dev", "Task"), name.text())).unwrap_or_default();
    let meant = meant.into_iter().filter_map(|task| task.content().get("spec"));
    call.get("taskSpec").into_iter().chain(meant).map(|spec| (own, spec)).collect()
}

/// Whether the steps look for `config.json` in the workspace, and for no file of another name.
fn looks_for_config(own: &str, spec: &RenderedValue<'_>) -> bool {
    let variable = format!("$(workspaces.{own}.");
    let texts = spec.scalars();
    let is_named = |word: &str| texts.iter().any(|text| text.text().contains(word));
    let is_folder = || {
        let mut variables = spec.items_at(&["steps"]).iter().flat_map(|step| step.items_at(&["env"]));
        variables.any(|one| {
            one.str_at(&["name"]) == Some("DOCKER_CONFIG")
                && one.str_at(&["value"]).is_some_and(|value| value.contains(&variable))
        })
    };
    is_named(&variable) && (is_named("config.json") || is_folder()) && !is_named(KEY)
}

fn is_docker_config(model: &Model<'_>, from: BuiltObject<'_>, name: &str) -> bool {
    let type_of = |object: &BuiltObject<'_>| {
        let path: &[&str] = match object.kind() {
            "ExternalSecret" => &["spec", "target", "template", "type"],
            "SealedSecret" => &["spec", "template", "type"],
            _ => &["type"],
        };
        object.content().str_at(path) == Some(TYPE)
    };
    let kinds = [("", "Secret"), ("external-secrets.io", "ExternalSecret"), ("bitnami.com", "SealedSecret")];
    let meant: Vec<_> = kinds.into_iter().flat_map(|kind| model.meant_by(from, kind, name)).collect();
    !meant.is_empty() && meant.iter().all(type_of)
}

fn unread_file(name: &RenderedValue<'_>) -> Finding {
    let message = format!(
        "the Secret `{}` becomes the file `{KEY}`, and the task that gets it reads `config.json`: it logs in as nobody",
        name.text()
    );
    let hint = "name the file: `items: [{key: .dockerconfigjson, path: config.json}]` beside `secretName`";
    name.location().finding(&TN079, message).hint(hint)
}
