//! Tekton Pipelines and its settings.

use super::facts::{Facts, tekton_flags};
use super::kubernetes::{judged, stopped};
use super::verdict::{Early, Verdict};
use crate::cluster::argocd_settings::ConfigMaps;
use crate::cluster::inquiry::Unseen;
use crate::cluster::versions::{Controller, ReleaseNumber};
use crate::excerpt::counted;

const TEKTON: ReleaseNumber = ReleaseNumber::new(1, 12);
const PROGRAM: &str = "tekton-pipelines";
const FLAGS: &str = "feature-flags";

/// Without these nothing runs.
const NEEDED: [&str; 2] = ["tekton-pipelines-controller", "tekton-pipelines-webhook"];

/// Tekton's controllers, if the pipelines are here and need it.
fn controllers(facts: &Facts) -> Early<Vec<&Controller>> {
    let kinds = facts.wanted.kinds();
    if !kinds.iter().any(|kind| kind.group() == "tekton.dev") {
        return Err(Verdict::not_needed("no manifest is of Tekton").into());
    }
    if let Some(unseen) = facts.without_destination() {
        return Err(Box::new((&unseen).into()));
    }
    let found = facts.controllers_of(PROGRAM).map_err(|unseen| Box::new(Verdict::from(&unseen)))?;
    if found.is_empty() {
        return Err(Verdict::error("Tekton Pipelines is not installed", "nothing is built")
            .advice("install it, as its page says")
            .into());
    }
    Ok(found)
}

pub(super) fn version(facts: &Facts) -> Verdict {
    let found = match controllers(facts) {
        Ok(found) => found,
        Err(verdict) => return *verdict,
    };
    let controller = found.iter().find(|one| one.name == "tekton-pipelines-controller").or(found.first());
    let labelled = controller.and_then(|one| one.version.as_deref());
    let noted = facts.tekton.as_ref().ok().and_then(|settings| settings.get("pipelines-info", "version"));
    let image = controller.map(|one| &*one.image).unwrap_or_default();
    judged("Tekton Pipelines", labelled.or(noted).unwrap_or(image), TEKTON, "upgrade Tekton Pipelines")
}

pub(super) fn running(facts: &Facts) -> Verdict {
    let found = match controllers(facts) {
        Ok(found) => found,
        Err(verdict) => return *verdict,
    };
    let effect = "no run makes progress; without the webhook, Argo CD cannot apply a Task or Pipeline either";
    stopped("Tekton", &NEEDED, &found, effect, facts)
}

/// Tekton's settings, if the pipelines are here and need them.
fn settings(facts: &Facts) -> Early<&ConfigMaps> {
    if facts.wanted.pipeline_namespaces().is_empty() {
        return Err(Verdict::not_needed("no Application has a Pipeline").into());
    }
    let unseen = facts.without_destination();
    let settings = match &unseen {
        Some(unseen) => Err(unseen),
        None => facts.tekton.as_ref(),
    };
    let settings = settings.map_err(|unseen: &Unseen| Box::new(Verdict::from(unseen)))?;
    if settings.has(FLAGS) {
        return Ok(settings);
    }
    let namespace = facts.tekton_namespace();
    Err(Verdict::unknown(format!("not known: the namespace `{namespace}` has no ConfigMap `{FLAGS}`")).into())
}

fn set_flag(facts: &Facts, flag: &str, value: &str) -> String {
    let patch = format!(r#"{{"data":{{"{flag}":"{value}"}}}}"#);
    let namespace = facts.tekton_namespace();
    facts.kubectl(&["-n", namespace, "patch", "configmap", FLAGS, "--type=merge", "-p", &patch])
}

pub(super) fn security_context(facts: &Facts) -> Verdict {
    let settings = match settings(facts) {
        Ok(settings) => settings,
        Err(verdict) => return *verdict,
    };
    if tekton_flags(settings).sets_security_context {
        return Verdict::fine("Tekton restricts the containers that it adds to Pods");
    }
    Verdict::warning(
        "Tekton does not restrict the containers that it adds to Pods",
        "each release violates the Pod Security profile `restricted`: warnings and entries in the audit log, and no Pod where \
         a namespace enforces it",
    )
    .command(set_flag(facts, "set-security-context", "true"))
}

pub(super) fn coschedule(facts: &Facts) -> Verdict {
    let settings = match settings(facts) {
        Ok(settings) => settings,
        Err(verdict) => return *verdict,
    };
    let flag = settings.get(FLAGS, "coschedule").unwrap_or("workspaces");
    if flag != "disabled" {
        return Verdict::fine(format!(
            "Tekton keeps the Pods of a run on one node: `coschedule` is `{flag}`"
        ));
    }
    let nodes = match &facts.nodes {
        Ok(nodes) => nodes.len(),
        Err(unseen) => return unseen.into(),
    };
    if nodes < 2 {
        return Verdict::fine("the cluster has a single node");
    }
    Verdict::warning(
        format!("Tekton spreads the Pods of a run over {}", counted(nodes, "node")),
        "a volume that one node mounts at a time keeps the Pod of the next Task waiting, until the run times out",
    )
    .command(set_flag(facts, "coschedule", "workspaces"))
}
