//! Hooks that start a pipeline: whether they may, how often they start it, and which commit they build.

use super::hooks;
use super::rbac::{is_bound, permits};
use crate::check::finding::{Finding, Severity};
use crate::check::model::lookup::{SERVICE_ACCOUNT, is_below};
use crate::check::model::pods::Container;
use crate::check::model::scripts::{bare, lines};
use crate::check::model::{Application, BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN046, TN058, TN059, TN068, TN069, TN074, TN084};

const RUNS: [(&str, &str); 2] = [("PipelineRun", "pipelineruns"), ("TaskRun", "taskruns")];

/// Expressions that make a name different each time.
const CHANGING: [&str; 8] =
    ["$(date", "`date", "$RANDOM", "${RANDOM", "uuidgen", "/proc/sys/kernel/random", "$(uuid", "mktemp -u"];

const REVISIONS: [&str; 9] = [
    "revision",
    "git-revision",
    "gitrevision",
    "source-revision",
    "git-ref",
    "commit",
    "git-commit",
    "commit-sha",
    "sha",
];

/// Revisions that move from commit to commit.
const MOVING: [&str; 8] =
    ["main", "master", "HEAD", "develop", "trunk", "latest", "refs/heads/main", "refs/heads/master"];

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    for trigger in model.resources.iter().copied().filter(|object| is_trigger(model, *object)) {
        found.extend(repeats(model, trigger));
        found.extend(builds_what_moves(model, trigger));
        found.extend(endless(trigger));
        found.extend(forbidden(model, trigger));
    }
    for application in &model.applications {
        found.extend(application.rendered.iter().copied().filter_map(|job| runs_once(model, job)));
        found.extend(application.rendered.iter().copied().filter_map(synced_run));
        if application.rendered.iter().copied().any(|object| is_trigger(model, object)) {
            found.extend(renamed_templates(model, application));
            found.extend(skips_commits(application));
        }
    }
}

/// Whether the object is a hook that is a Tekton run, names one, or may create one.
pub(crate) fn is_trigger<'a>(model: &Model<'a>, object: BuiltObject<'a>) -> bool {
    let phases = hooks::phases(object);
    if !phases.iter().any(|phase| matches!(*phase, "PreSync" | "Sync" | "PostSync")) {
        return false;
    }
    if object.group() == "tekton.dev" {
        return is_run(object);
    }
    if speaks_of_runs(model, object) {
        return true;
    }
    let account = object.content().str_at(&["spec", "template", "spec", "serviceAccountName"]);
    account.is_some_and(|name| permits(model, name, "create", &RUNS.map(|(_, plural)| plural)))
}

/// Whether the object is a Tekton run, or has a script that creates one in the cluster.
pub(crate) fn creates_runs<'a>(model: &Model<'a>, object: BuiltObject<'a>) -> bool {
    is_run(object) || speaks(model, object, &["create ", "apply ", "replace ", "kind:"])
}

fn is_run(object: BuiltObject<'_>) -> bool {
    RUNS.iter().any(|(kind, _)| object.is("tekton.dev", kind))
}

/// Whether the Pod of a hook may log in to the cluster or call something that starts runs: it has a token or a Secret, or its
/// script speaks HTTP.
pub(crate) fn may_log_in<'a>(model: &Model<'a>, hook: BuiltObject<'a>) -> bool {
    let Some(pod) = hook.pod_template() else { return true };
    let mounts_token = |value: &RenderedValue<'_>| {
        value.get("automountServiceAccountToken").and_then(RenderedValue::as_bool)
    };
    let of_account = || {
        let name = pod.spec.str_at(&["serviceAccountName"]).unwrap_or("default");
        let accounts = model.meant_by(hook, SERVICE_ACCOUNT, name);
        accounts.is_empty() || accounts.iter().any(|it| mounts_token(it.content()) != Some(false))
    };
    let is_credential = |volume: &RenderedValue<'_>| {
        volume.get("secret").is_some()
            || volume.get("csi").is_some()
            || volume.items_at(&["projected", "sources"]).iter().any(|it| it.get("configMap").is_none())
    };
    let names_secret = |container: Container<'_>| {
        let from = container.value.items_at(&["envFrom"]).iter().any(|it| it.get("secretRef").is_some());
        let mut variables = container.value.items_at(&["env"]).iter();
        from || variables.any(|it| it.dig(&["valueFrom", "secretKeyRef"]).is_some())
    };
    let calls = |script: &RenderedValue<'_>| ["curl", "wget"].iter().any(|tool| script.text().contains(tool));
    mounts_token(pod.spec).unwrap_or_else(of_account)
        || pod.spec.items_at(&["volumes"]).iter().any(is_credential)
        || pod.containers().any(names_secret)
        || pod.containers().flat_map(|container| model.scripts(container)).any(calls)
}

/// Whether a script of the object, inline or in a file, starts a run.
fn speaks_of_runs<'a>(model: &Model<'a>, object: BuiltObject<'a>) -> bool {
    speaks(model, object, &["create", "apply", "replace", "kind:", "curl", "\"kind\""])
}

/// Whether a script of the object names a run and one of these signs of starting it, or starts it by a command of its own.
fn speaks<'a>(model: &Model<'a>, object: BuiltObject<'a>, starts: &[&str]) -> bool {
    const RUNS: [&str; 2] = ["pipelinerun", "taskrun"];
    const COMMANDS: [&str; 4] = ["tkn pipeline start", "tkn p start", "tkn task start", "tkn t start"];
    object.containers().flat_map(|container| model.scripts(container)).any(|script| {
        let text = script.text().to_lowercase();
        let has = |signs: &[&str]| signs.iter().any(|sign| text.contains(sign));
        has(&COMMANDS) || has(&RUNS) && has(starts)
    })
}

fn runs_once<'a>(model: &Model<'a>, job: BuiltObject<'a>) -> Option<Finding> {
    let is_hook = !hooks::phases(job).is_empty() || hooks::is_meant_for_one(job);
    if !job.is("batch", "Job") || is_hook || !speaks_of_runs(model, job) {
        return None;
    }
    let message = "without an annotation, this Job is not a hook: it starts the pipeline once, when it is \
                   first applied, and no later sync starts it again; changes to it are rejected, because the \
                   Pods of a Job are immutable";
    let location = job.content().entry("kind").map_or(job.location(), |entry| entry.location);
    Some(location.finding(&TN074, message).hint(format!("add the annotation `{}: PostSync`", hooks::HOOK)))
}

/// Reports a run that is synced like any other object, under a name that does not change.
fn synced_run(run: BuiltObject<'_>) -> Option<Finding> {
    let is_run = RUNS.iter().any(|(kind, _)| run.is("tekton.dev", kind));
    let name = run.content().dig(&["metadata", "name"]).filter(|name| !name.text().is_empty())?;
    if !is_run || !hooks::phases(run).is_empty() || hooks::is_meant_for_one(run) || is_pending(run) {
        return None;
    }
    let message = format!(
        "Argo CD applies this {} once: no later sync starts it again, Tekton refuses any change to it, and where a pruner \
         deletes it, Argo CD starts it again",
        run.kind()
    );
    let hint = "keep it out of what the Application renders, and let a hook Job or a trigger create a run with a name \
                of its own for each release";
    Some(name.location().finding(&TN046, message).hint(hint))
}

/// Whether a run that a hook creates has the same name each time: one that no script fills in, nor the cluster.
pub(crate) fn is_fixed(run: BuiltObject<'_>) -> bool {
    let name = run.content().str_at(&["metadata", "name"]).unwrap_or_default();
    let is_plain =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '.');
    hooks::phases(run).is_empty() && !name.is_empty() && name.chars().all(is_plain)
}

/// Whether the run is only to be started by hand.
fn is_pending(run: BuiltObject<'_>) -> bool {
    matches!(run.content().str_at(&["spec", "status"]), Some("PipelineRunPending"))
}

/// Reports what starts another run each time the trigger runs.
pub(crate) fn repeats<'a>(model: &Model<'a>, trigger: BuiltObject<'a>) -> Vec<Finding> {
    const WHEN: &str = "and a hook runs on every retry, on every manual sync and after every failed Pod";
    const HINT: &str = "give the run a name derived from the release, such as `shop-1.4.0-0a1b2c3d`, create it with \
                        `kubectl create`, and treat `AlreadyExists` as success";
    let mut found = Vec::new();
    if trigger.group() == "tekton.dev" {
        let name = trigger.content().dig(&["metadata"]).and_then(|metadata| metadata.entry("generateName"));
        let message = format!("with `generateName`, this hook starts another run whenever it runs, {WHEN}");
        found.extend(name.map(|entry| entry.location.finding(&TN058, message).hint(HINT)));
    }
    for script in trigger.containers().flat_map(|container| model.scripts(container)) {
        let applies = |line: &str| line.contains("kubectl") && line.contains(" apply");
        // `renamed_templates` finds the name in a whole manifest.
        let is_template =
            script.location().source().manifests().next().is_some() && script.location().span().start == 0;
        for line in lines(script).filter(|_| !is_template) {
            let part = CHANGING.into_iter().chain(["generateName:"]).find(|part| line.text.contains(part));
            if let Some(part) = part {
                let what = part.trim_start_matches(['$', '(', '`', '{']).trim_end_matches([':', '}']);
                let message = format!(
                    "`{what}` gives the run a new name, so this hook starts another run whenever it runs, \
                     {WHEN}"
                );
                found.push(line.location_of(part).finding(&TN058, message).hint(HINT));
            } else if applies(line.text) {
                let message = "`kubectl apply` is rejected if the run exists and anything in it differs, so \
                               the hook fails on a retry, and with it every later sync";
                let finding = line.location_of("apply").finding(&TN058, message);
                found.push(finding.severity(Severity::Warning).hint(HINT));
            }
        }
    }
    found
}

fn renamed_templates(model: &Model<'_>, application: &Application<'_>) -> Vec<Finding> {
    let is_inside = |object: &BuiltObject<'_>| {
        let path = object.location().path();
        object.group() == "tekton.dev"
            && RUNS.iter().any(|(kind, _)| object.kind() == *kind)
            && hooks::phases(*object).is_empty()
            && application.folders.iter().any(|folder| is_below(path, folder))
    };
    let templates = model.resources.iter().copied().filter(is_inside);
    let names = templates.filter_map(|object| object.content().get("metadata")?.entry("generateName"));
    let message = "with `generateName`, the hook of this Application starts another run whenever it runs: on every \
                   retry and every manual sync";
    names
        .map(|entry| {
            entry.location.finding(&TN058, message).hint("give it a `name` derived from the release")
        })
        .collect()
}

/// Reports a branch where a commit is required.
fn builds_what_moves<'a>(model: &Model<'a>, trigger: BuiltObject<'a>) -> Vec<Finding> {
    const HINT: &str =
        "pass the full ID of a commit of the source repository, recorded in Git with the release";
    let moving = |what: &str| {
        format!(
            "`{what}` moves: the pipeline builds whatever it points to at that moment, which may differ from the \
             release and from one run to the next"
        )
    };
    let mut found = Vec::new();
    for param in trigger.content().items_at(&["spec", "params"]) {
        let value = param.get("value").filter(|value| MOVING.contains(&value.text()));
        let is_revision = param.str_at(&["name"]).is_some_and(is_revision);
        let location =
            value.filter(|_| is_revision && trigger.group() == "tekton.dev").map(RenderedValue::location);
        found.extend(location.map(|location| {
            location.finding(&TN059, moving(param.get("value").map_or("", RenderedValue::text))).hint(HINT)
        }));
    }
    for script in trigger.containers().flat_map(|container| model.scripts(container)) {
        let mut is_next = false;
        for line in lines(script) {
            let (key, value) = line.text.trim_start_matches("- ").split_once(':').unwrap_or((line.text, ""));
            let value = bare(value.trim());
            if key == "value" && is_next && MOVING.contains(&value) {
                found.push(line.location_of(value).finding(&TN059, moving(value)).hint(HINT));
            }
            if line.text.contains("targetRevision") {
                let message = "`targetRevision` names a branch of the manifests, such as `HEAD`: it is neither the \
                               synced commit nor the commit of the source to build";
                found.push(line.location_of("targetRevision").finding(&TN059, message).hint(HINT));
            }
            is_next = key == "name" && is_revision(value);
        }
    }
    found
}

fn is_revision(name: &str) -> bool {
    REVISIONS.contains(&name.to_ascii_lowercase().replace('_', "-").as_str())
}

/// Reports a Job that may run forever, which keeps Argo CD waiting.
fn endless(trigger: BuiltObject<'_>) -> Option<Finding> {
    if !trigger.is("batch", "Job") || trigger.content().dig(&["spec", "activeDeadlineSeconds"]).is_some() {
        return None;
    }
    let spec = trigger.content().entry("spec")?;
    let message = "a sync lasts until its hooks have finished: while this Job hangs, for example on an image \
                   that cannot be pulled, nothing else is synced";
    Some(
        spec.location
            .finding(&TN084, message)
            .hint("set `activeDeadlineSeconds` in the Job's `spec`, such as `600`"),
    )
}

fn forbidden<'a>(model: &Model<'a>, trigger: BuiltObject<'a>) -> Option<Finding> {
    let spec = trigger.content().dig(&["spec", "template", "spec"])?;
    let given = spec.get("serviceAccountName");
    let name = given.map_or("default", RenderedValue::text);
    let is_here = name == "default" || !model.meant_by(trigger, SERVICE_ACCOUNT, name).is_empty();
    let mut scripts = trigger.containers().flat_map(|container| model.scripts(container));
    let creates = |script: &RenderedValue<'_>| {
        RUNS.iter().any(|(kind, _)| script.text().contains(&format!("kind: {kind}")))
    };
    if !is_here || is_bound(model, name) || !scripts.any(creates) {
        return None;
    }
    let location = given.map(RenderedValue::location).or_else(|| Some(spec.entry("containers")?.location))?;
    let message = format!(
        "this Job creates a run as the ServiceAccount `{name}`, to which no binding here grants any \
         permission: the cluster will reject it"
    );
    let hint = "give the Job its own ServiceAccount, a Role with the verbs `create` and `get` for `pipelineruns`, \
                and a RoleBinding";
    Some(location.finding(&TN069, message).hint(hint))
}

fn skips_commits(application: &Application<'_>) -> Option<Finding> {
    const KEY: &str = "argocd.argoproj.io/manifest-generate-paths";
    let entry = application.resource.content().dig(&["metadata", "annotations"])?.entry(KEY)?;
    let message = "with this annotation, Argo CD can take a commit that arrives during a sync for one that \
                   is already synced, and skip its hooks and so its release";
    Some(
        entry
            .location
            .finding(&TN068, message)
            .hint("remove it from Applications whose hooks start a pipeline"),
    )
}
