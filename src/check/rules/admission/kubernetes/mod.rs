//! What the API server refuses. Follows `pkg/apis/*/validation/validation.go` of Kubernetes 1.37, after its defaults.
//! A pod of another project's workload (a Rollout, a Knative Service) is checked by the same rules: its controller gives
//! it to the API server later.

mod annotations;
mod containers;
mod definitions;
mod docker_config;
mod env;
mod jobs;
mod limits;
pub(super) mod numbers;
mod objects;
mod pods;
mod rbac;
mod resources;
mod scalers;
mod scheduling;
mod security;
mod services;
mod storage;
mod volumes;
mod workloads;

use super::{Refusals, each, has, has_object, is_set};
use crate::check::finding::Finding;
use crate::check::model::BuiltObject;
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN100;

pub(super) use jobs::fields_mistake;
pub(super) use workloads::{empty_selector, label_selector};

/// What the API server says about a name that is not a DNS label.
const DNS_LABEL: &str =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'";

pub(super) fn check(resource: BuiltObject<'_>, found: &mut Vec<Finding>) {
    let mut refusals = Refusals { rule: &TN100, by: "the API server", found };
    let refusals = &mut refusals;
    let content = resource.content();
    workloads::check(refusals, resource);
    objects::metadata(refusals, content);
    let Some(spec) = content.get("spec") else { return objects::without_spec(refusals, resource) };
    match (resource.group(), resource.kind()) {
        ("", "Service") => services::service(refusals, spec),
        ("networking.k8s.io", "Ingress") => {
            services::ingress(refusals, spec);
            services::classes(refusals, content, spec);
        }
        ("networking.k8s.io", "IngressClass") => services::ingress_class(refusals, spec),
        ("", "ResourceQuota") => limits::quota(refusals, spec),
        ("", "LimitRange") => limits::range(refusals, spec),
        ("networking.k8s.io", "NetworkPolicy") => services::network_policy(refusals, spec),
        ("autoscaling", "HorizontalPodAutoscaler") => scalers::scaler(refusals, spec),
        ("policy", "PodDisruptionBudget") => objects::budget(refusals, spec),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            definitions::definition(refusals, resource, spec);
        }
        ("", "PersistentVolumeClaim") => storage::claim(refusals, spec, named(content, spec)),
        ("", "PersistentVolume") => storage::volume(refusals, spec, named(content, spec)),
        _ => {}
    }
}

/// Returns where to report what is missing in `spec`: at the name of the object.
fn named<'v, 'a>(content: &'v RenderedValue<'a>, spec: &'v RenderedValue<'a>) -> &'v RenderedValue<'a> {
    content.dig(&["metadata", "name"]).unwrap_or(spec)
}
