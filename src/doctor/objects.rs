//! The objects of the commit, held against the cluster.

use serde_json::Value;

use super::facts::Facts;
use super::verdict::{Early, Verdict, listed};
use crate::cluster::difference;
use crate::cluster::inquiry::Unseen;
use crate::cluster::server_dry_run::DryRunResult;
use crate::excerpt::counted;

pub(super) fn applied(facts: &Facts) -> Verdict {
    if let Some(unseen) = facts.without_argocd() {
        return (&unseen).into();
    }
    let live = match &facts.applied {
        Ok(live) => live,
        Err(unseen) => return unseen.into(),
    };
    let wanted = &facts.wanted.objects.applied;
    let folder = &facts.wanted.setup.apply;
    if wanted.is_empty() {
        return Verdict::error(format!("`{folder}` has no objects"), "there is nothing to set up")
            .advice("commit the folder; `treenail restore` brings back what the scaffold wrote");
    }
    let twin = |object: &Value| live.iter().find(|live| is_same(object, live));
    let missing: Vec<&Value> = wanted.iter().filter(|object| twin(object).is_none()).collect();
    let again = facts.treenail("setup", "--only applications");
    if missing.len() == wanted.len() {
        return Verdict::warning(
            format!("nothing of `{folder}` is applied yet"),
            "Argo CD does not know the service",
        )
        .command(facts.treenail("setup", ""));
    }
    if !missing.is_empty() {
        let names: Vec<String> = missing.into_iter().map(title).collect();
        return Verdict::error(
            format!("{} of `{folder}` are missing in the cluster", listed(names.iter().map(String::as_str))),
            "what they declare is not deployed",
        )
        .command(again);
    }
    let different: Vec<(String, String)> = wanted
        .iter()
        .filter_map(|object| Some((title(object), difference::first(object, twin(object)?)?)))
        .collect();
    if different.is_empty() {
        return Verdict::fine(format!("{} of `{folder}` are as in Git", counted(wanted.len(), "object")));
    }
    let verb = if different.len() == 1 { "differs" } else { "differ" };
    Verdict::warning(
        format!("{} {verb} from Git", listed(different.iter().map(|(title, _)| &**title))),
        "what was changed in Git has no effect, or somebody has changed the cluster",
    )
    .details(different.iter().map(|(title, path)| format!("{title}: `{path}`")))
    .command(again)
}

fn is_same(one: &Value, other: &Value) -> bool {
    let group = |object: &Value| {
        object["apiVersion"].as_str().and_then(|text| text.split('/').next().map(str::to_owned))
    };
    let same = |key: &str| one["metadata"][key] == other["metadata"][key];
    one["kind"] == other["kind"]
        && group(one) == group(other)
        && same("name")
        && (same("namespace") || one["metadata"]["namespace"] == "")
}

fn title(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{} {}", text(&object["kind"]), text(&object["metadata"]["name"]))
}

/// The result, if things are deployed to this cluster, and are set up.
fn result<'f>(facts: &'f Facts, result: &'f Result<DryRunResult, Unseen>) -> Early<&'f DryRunResult> {
    if !facts.is_set_up() {
        return Err(Box::new((&Unseen::BeforeSetup).into()));
    }
    result.as_ref().map_err(|unseen| Box::new(unseen.into()))
}

/// What is to be said of namespaces that do not exist.
fn untried(facts: &Facts) -> Option<String> {
    let existing = facts.namespaces.as_ref().ok()?;
    let missing: Vec<&str> =
        facts.wanted.namespaces().into_iter().filter(|name| !existing.contains(*name)).collect();
    let is_known = facts.without_destination().is_none() && !missing.is_empty();
    let (verb, place) = if missing.len() == 1 { ("does", "it") } else { ("do", "them") };
    is_known.then(|| format!("{} {verb} not exist yet, so nothing in {place} was tried", listed(missing)))
}

pub(super) fn dry_run(facts: &Facts) -> Verdict {
    let result = match result(facts, &facts.objects) {
        Ok(result) => result,
        Err(verdict) => return *verdict,
    };
    let effect = "Argo CD cannot apply them, and their Application fails to sync";
    let advice = "change the manifests, or the policy that refuses them; `treenail check` may explain more";
    let unknown = facts.wanted.objects.applications.iter().flat_map(|app| {
        app.unknown.iter().map(|what| format!("{}: {what}, so what that changes was not tried", app.name))
    });
    judged(facts, result, "the API server refuses", "object", (effect, advice)).details(unknown)
}

pub(super) fn pod_security(facts: &Facts) -> Verdict {
    let result = match result(facts, &facts.pods) {
        Ok(result) => result,
        Err(verdict) => return *verdict,
    };
    let effect = "these Pods are not created: a rollout does not progress, a run or a Job fails";
    let advice = "change the Pods, or the policy of the namespace; for what Tekton adds to Pods, see \
                  tekton-security-context";
    judged(facts, result, "the cluster does not admit", "Pod", (effect, advice))
}

fn judged(
    facts: &Facts,
    result: &DryRunResult,
    says: &str,
    noun: &str,
    (effect, advice): (&str, &str),
) -> Verdict {
    if !result.refused.is_empty() {
        let details = result.refused.iter().map(|one| {
            let place =
                if one.namespace.is_empty() { String::new() } else { format!(" in `{}`", one.namespace) };
            format!("{}{place}: {}", one.title, one.why)
        });
        let seen = format!("{says} {} of {}", result.refused.len(), counted(result.tried, noun));
        return Verdict::error(seen, effect).details(details).advice(advice);
    }
    if let Some(unseen) = &result.unseen {
        return unseen.into();
    }
    let seen = format!("{} tried, none refused", counted(result.tried, noun));
    match untried(facts) {
        Some(why) if result.tried == 0 => Verdict::unknown(format!("not known: {why}")),
        Some(why) => Verdict::fine(format!("{seen}; {why}")),
        None => Verdict::fine(seen),
    }
}
