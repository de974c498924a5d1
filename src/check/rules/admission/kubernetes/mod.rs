//! What the API server refuses. Follows `pkg/apis/*/validation/validation.go` of Kubernetes 1.37, after its defaults.
//! A pod of another project's workload (a Rollout, a Knative Service) is checked by the same rules: its controller gives
//! it to the API server later.

mod containers;
pub(super) mod numbers;
mod objects;
mod pods;
mod services;
mod volumes;
mod workloads;

use super::{Refusals, each, has, has_object, is_set};
use crate::check::finding::Finding;
use crate::check::model::BuiltObject;
use crate::check::rule::TN100;

pub(super) use workloads::{empty_selector, label_selector, schedule_mistake};

/// What the API server says about a name that is not a DNS label.
const DNS_LABEL: &str =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'";

pub(super) fn check(resource: BuiltObject<'_>, found: &mut Vec<Finding>) {
    let mut refusals = Refusals { rule: &TN100, by: "the API server", found };
    let refusals = &mut refusals;
    let content = resource.content();
    workloads::check(refusals, resource);
    let Some(spec) = content.get("spec") else { return objects::without_spec(refusals, resource) };
    match (resource.group(), resource.kind()) {
        ("", "Service") => services::service(refusals, spec),
        ("networking.k8s.io", "Ingress") => services::ingress(refusals, spec),
        ("networking.k8s.io", "NetworkPolicy") => services::network_policy(refusals, spec),
        ("autoscaling", "HorizontalPodAutoscaler") => objects::scaler(refusals, spec),
        ("policy", "PodDisruptionBudget") => objects::budget(refusals, spec),
        ("", "PersistentVolumeClaim") => objects::claim(refusals, spec, content),
        _ => {}
    }
}
