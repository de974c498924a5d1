//! Kubernetes itself, what extends it, and Argo Rollouts.

use super::facts::Facts;
use super::verdict::{Health, Verdict, listed};
use crate::cluster::versions::{Controller, ReleaseNumber};
use crate::excerpt::counted;

const KUBERNETES: ReleaseNumber = ReleaseNumber::new(1, 33);
const ROLLOUTS: ReleaseNumber = ReleaseNumber::new(1, 9);

pub(super) fn version(facts: &Facts) -> Verdict {
    match &facts.kubernetes {
        Ok(version) => judged("Kubernetes", version, KUBERNETES, "upgrade the cluster"),
        Err(unseen) => unseen.into(),
    }
}

/// Compares a version with the oldest that is supported.
pub(super) fn judged(who: &str, version: &str, oldest: ReleaseNumber, fix: &str) -> Verdict {
    let wanted = format!("{}.{}", oldest.major, oldest.minor);
    match ReleaseNumber::parse(version) {
        None => Verdict::unknown(format!(
            "not known: `{version}` is not a version; {who} {wanted} or newer is needed"
        )),
        Some(found) if found < oldest => Verdict::error(
            format!("{who} is {version}, and {wanted} or newer is supported"),
            "fields and features that the manifests use may be missing",
        )
        .advice(fix),
        Some(_) => Verdict::fine(format!("{who} {version}")),
    }
}

/// Says which of the controllers whose names end in `needed` do not run.
pub(super) fn stopped(
    who: &str,
    needed: &[&str],
    found: &[&Controller],
    effect: &str,
    facts: &Facts,
) -> Verdict {
    let is_there = |name: &&&str| found.iter().any(|one| one.name.ends_with(**name));
    let missing: Vec<&str> = needed.iter().filter(|name| !is_there(name)).copied().collect();
    if !missing.is_empty() {
        return Verdict::error(format!("{} of {who} is not installed", listed(missing)), effect)
            .advice("install it again, as its page says");
    }
    let its = found.iter().filter(|one| needed.iter().any(|name| one.name.ends_with(name)));
    let its: Vec<&Controller> = its.copied().collect();
    let stopped: Vec<&Controller> = its.iter().copied().filter(|one| one.ready == 0).collect();
    let Some(first) = stopped.first() else {
        return Verdict::fine(format!("{} of {who} run", counted(its.len(), "controller")));
    };
    let names = listed(stopped.iter().map(|one| &*one.name));
    let are = if stopped.len() == 1 { "is" } else { "are" };
    let state = if first.wanted == 0 { "scaled to zero" } else { "not ready" };
    let kind = first.kind.to_lowercase();
    let verdict = Verdict::error(format!("{names} of {who} {are} {state}"), effect);
    if first.wanted == 0 {
        return verdict.command(facts.kubectl(&[
            "-n",
            &first.namespace,
            "scale",
            &format!("{kind}/{}", first.name),
            "--replicas=1",
        ]));
    }
    verdict.advice("look at its events and its log").command(facts.kubectl(&[
        "-n",
        &first.namespace,
        "describe",
        &format!("{kind}/{}", first.name),
    ]))
}

pub(super) fn rollouts(facts: &Facts) -> Verdict {
    if !facts.wanted.has("argoproj.io", "Rollout") {
        return Verdict::not_needed("no manifest is a Rollout");
    }
    if let Some(unseen) = facts.without_destination() {
        return (&unseen).into();
    }
    let found = match facts.controllers_of("argo-rollouts") {
        Ok(found) => found,
        Err(unseen) => return (&unseen).into(),
    };
    let Some(first) = found.first() else {
        return Verdict::error(
            "Argo Rollouts is not installed",
            "a Rollout makes no Pods, and its environment stays empty",
        )
        .advice("install it, as its page says");
    };
    let running = stopped("Argo Rollouts", &["argo-rollouts"], &found, "a Rollout stays as it is", facts);
    if running.health != Health::Fine {
        return running;
    }
    let version = first.version.as_deref().unwrap_or(&first.image);
    judged("Argo Rollouts", version, ROLLOUTS, "upgrade Argo Rollouts")
}

pub(super) fn kinds(facts: &Facts) -> Verdict {
    let unserved = match &facts.unserved {
        Ok(unserved) => unserved,
        Err(unseen) => return unseen.into(),
    };
    if unserved.is_empty() {
        return Verdict::fine(format!(
            "the cluster serves all {} of the manifests",
            counted(facts.wanted.kinds().len(), "kind")
        ));
    }
    let names: Vec<String> =
        unserved.keys().map(|name| format!("{} of {}", name.kind, name.api_version)).collect();
    let is_installed = unserved.values().any(|versions| !versions.is_empty());
    let details = unserved.iter().map(|(name, versions)| {
        let group = name.group();
        if versions.is_empty() {
            format!("{}: nothing in the cluster serves `{group}`", name.kind)
        } else {
            format!("{}: the cluster serves `{group}` in {}", name.kind, versions.join(", "))
        }
    });
    let advice = if is_installed {
        "upgrade what serves them, or write a version that is served"
    } else {
        "install what serves them; see \"Prerequisites\" in docs/setup.md of the service"
    };
    Verdict::error(
        format!("the cluster does not serve {}", listed(names.iter().map(String::as_str))),
        "Argo CD cannot apply objects of these kinds, and their Application fails to sync",
    )
    .details(details)
    .advice(advice)
}
