//! Has the API server judge what the commit brings about, where its namespace exists.

use std::thread;

use serde_json::Value;

use crate::cluster::inquiry::Inquiry;
use crate::cluster::server_dry_run::{Candidate, DryRunResult, DryRunVerb, try_out};
use crate::cluster::task_pods::{self, TektonFlags};
use crate::doctor::{Facts, tekton_flags};
use crate::plan::ApplicationObjects;

/// Tries everything that is applied, by a person or by Argo CD.
pub(super) fn objects(inquiry: &Inquiry, facts: &Facts) -> DryRunResult {
    let mut batches = Vec::new();
    let is_served = |object: &&Value| !is_unserved(facts, object);
    let titled = |object: &Value| Candidate { title: title(object), object: object.clone() };
    let applied =
        facts.wanted.objects.applied.iter().filter(is_served).filter(|object| is_placed(facts, object));
    batches.push((DryRunVerb::Apply, applied.map(titled).collect::<Vec<_>>()));
    let mut hooks = Vec::new();
    for app in applications(facts) {
        let objects = app.objects.iter().filter(is_served).filter(|object| is_placed(facts, object));
        batches.push((DryRunVerb::Apply, objects.map(titled).collect()));
        let own = app.hooks.iter().filter(is_served).filter(|object| is_placed(facts, object));
        hooks.extend(own.map(titled));
    }
    // Argo CD deletes a hook before it creates it again.
    task_pods::name(&mut hooks);
    batches.push((DryRunVerb::Create, hooks));
    all(inquiry, &batches)
}

/// Tries the Pods that the objects bring about.
pub(super) fn pods(inquiry: &Inquiry, facts: &Facts) -> DryRunResult {
    // What is not known is not held against anybody.
    let unknown = TektonFlags { sets_security_context: true, has_assistant: false };
    let flags = facts.tekton.as_ref().map_or(unknown, tekton_flags);
    let mut pods = Vec::new();
    for app in applications(facts) {
        let all: Vec<Value> = app.objects.iter().chain(&app.hooks).chain(&app.dormant).cloned().collect();
        pods.extend(task_pods::of_workloads(&all));
        pods.extend(task_pods::of_runs(&all, &facts.wanted.objects.run_templates, flags));
    }
    pods.retain(|pod| is_placed(facts, &pod.object));
    task_pods::name(&mut pods);
    all(inquiry, &[(DryRunVerb::Create, pods)])
}

fn all(inquiry: &Inquiry, batches: &[(DryRunVerb, Vec<Candidate>)]) -> DryRunResult {
    let mut result = DryRunResult::default();
    thread::scope(|scope| {
        let tries: Vec<_> = batches
            .iter()
            .map(|(verb, candidates)| scope.spawn(move || try_out(inquiry, *verb, candidates)))
            .collect();
        for one in tries {
            result.add(one.join().unwrap_or_default());
        }
    });
    result
}

fn applications(facts: &Facts) -> impl Iterator<Item = &ApplicationObjects> {
    facts.wanted.objects.applications.iter()
}

fn is_unserved(facts: &Facts, object: &Value) -> bool {
    let unserved = facts.unserved.as_ref().ok();
    unserved.is_some_and(|unserved| {
        unserved.keys().any(|name| object["apiVersion"] == *name.api_version && object["kind"] == *name.kind)
    })
}

/// Whether its namespace exists, as far as is known.
fn is_placed(facts: &Facts, object: &Value) -> bool {
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
    let is_ours = facts.wanted.namespaces().contains(namespace);
    !is_ours || facts.namespaces.as_ref().map_or(true, |existing| existing.contains(namespace))
}

fn title(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{} `{}`", text(&object["kind"]), text(&object["metadata"]["name"]))
}
