//! `EventListeners`: what they listen for, and the Pod that does.

use super::{Refusals, events, has, has_object, is_placeholder, is_set};
use crate::check::model::BuiltObject;
use crate::check::rendered_value::{KeyValue, RenderedValue};
use crate::check::schema::formats;

/// Its Service has `el-` before this name.
const LONGEST_NAME: usize = 60;

/// The fields of a pod that a listener may set.
const OF_PODS: [&str; 8] = [
    "serviceAccountName",
    "containers",
    "tolerations",
    "nodeSelector",
    "affinity",
    "topologySpreadConstraints",
    "imagePullSecrets",
    "securityContext",
];

/// The fields of its container; a custom resource may have the first three.
const OF_CONTAINERS: [&str; 6] =
    ["resources", "env", "securityContext", "livenessProbe", "readinessProbe", "startupProbe"];

const OF_CUSTOM_CONTAINERS: usize = 3;

/// Variables that turn on TLS together.
const TLS: [&str; 2] = ["TLS_CERT", "TLS_KEY"];

pub(super) fn listener(refusals: &mut Refusals<'_>, resource: BuiltObject<'_>, spec: Option<&KeyValue<'_>>) {
    if resource.name().len() > LONGEST_NAME {
        let message = format!("the name has {} characters; 60 are possible", resource.name().len());
        let words = "eventListener name must be no more than 60 characters long";
        refusals.at(resource.name_location(), message, words);
    }
    if let Some(value) = resource.annotation("tekton.dev/payload-validation")
        && !matches!(value.text(), "true" | "false")
        && !is_placeholder(value.text())
    {
        let words = "tekton.dev/payload-validation annotation must have value 'true' or 'false'";
        refusals.add(value, format!("`{}` is neither `true` nor `false`", value.text()), words);
    }
    let listens = spec.is_some_and(|spec| {
        has_object(&spec.value, "labelSelector")
            || !spec.value.items_at(&["namespaceSelector", "matchNames"]).is_empty()
            || ["triggerGroups", "triggers"].iter().any(|list| has(&spec.value, list))
    });
    if !listens {
        let words = "expected exactly one, got neither: spec.labelSelector, spec.namespaceSelector, spec.triggerGroups, \
                     spec.triggers";
        let at = spec.map_or(resource.name_location(), |spec| spec.location);
        return refusals.at(at, "the listener has no triggers", words);
    }
    let Some(spec) = spec else { return };
    for trigger in spec.value.items_at(&["triggers"]).iter().filter(|trigger| trigger.is_mapping()) {
        self::trigger(refusals, trigger);
    }
    for group in spec.value.items_at(&["triggerGroups"]) {
        self::group(refusals, group);
    }
    if let Some(resources) = spec.value.get("resources") {
        self::resources(refusals, resources);
    }
}

fn trigger(refusals: &mut Refusals<'_>, trigger: &RenderedValue<'_>) {
    let template = trigger.get("template").filter(|template| !template.is_null());
    if let Some(name) = trigger.get("triggerRef").filter(|name| !name.text().is_empty()) {
        if template.is_some() || ["bindings", "interceptors"].iter().any(|list| has_object(trigger, list)) {
            let words = "expected exactly one, got both: template or bindings or interceptors, triggerRef";
            refusals.add(name, "`triggerRef` together with what the Trigger has", words);
        }
    } else if template.is_none() {
        let words = "expected exactly one, got neither: template, triggerRef";
        refusals.add(trigger, "the trigger has neither a `template` nor a `triggerRef`", words);
    }
    events::bindings(refusals, trigger);
    if let Some(template) = template {
        events::template(refusals, template);
    }
    events::interceptors(refusals, trigger);
    if let Some(name) = trigger.get("name").filter(|name| !is_placeholder(name.text()))
        && let Some(mistake) = formats::label_mistake(name.text())
    {
        let message = format!("`{}` cannot be the name of a trigger: it {mistake}", name.text());
        refusals.add(name, message, format!("trigger name '{}' must be a valid label value", name.text()));
    }
}

fn group(refusals: &mut Refusals<'_>, group: &RenderedValue<'_>) {
    let selector = group.get("triggerSelector");
    let selects = selector.is_some_and(|selector| {
        has_object(selector, "labelSelector")
            || !selector.items_at(&["namespaceSelector", "matchNames"]).is_empty()
    });
    if !selects {
        let words = "expected exactly one, got neither: triggerSelector.labelSelector, triggerSelector.namespaceSelector";
        refusals.add(selector.unwrap_or(group), "the group selects no triggers", words);
    }
    if !has(group, "interceptors") {
        refusals.add(group, "the group has no `interceptors`", "missing field(s): interceptors");
    }
}

fn resources(refusals: &mut Refusals<'_>, resources: &RenderedValue<'_>) {
    let [plain, custom] = ["kubernetesResource", "customResource"]
        .map(|field| resources.entry(field).filter(|it| !it.value.is_null()));
    if let (Some(_), Some(custom)) = (plain, custom) {
        let words = "expected exactly one, got both: spec.resources.customResource, spec.resources.kubernetesResource";
        return refusals.at(custom.location, "`customResource` together with `kubernetesResource`", words);
    }
    if let Some(KeyValue { value: plain, .. }) = plain {
        if let Some(count) = plain.get("replicas").filter(|it| it.as_int().is_some_and(|count| count < 0)) {
            let words = format!("invalid value: {}: spec.replicas", count.text());
            refusals.add(count, "`replicas` is negative", words);
        }
        let is_balanced = plain.str_at(&["serviceType"]) == Some("LoadBalancer");
        if let Some(class) =
            plain.get("serviceLoadBalancerClass").filter(|class| !class.is_null() && !is_balanced)
        {
            let words = "ServiceLoadBalancerClass is only needed for LoadBalancer service type";
            refusals.add(class, "this class needs `serviceType: LoadBalancer`", words);
        }
        pod(refusals, plain, &OF_CONTAINERS);
    }
    if let Some(custom) = custom {
        pod(refusals, &custom.value, &OF_CONTAINERS[..OF_CUSTOM_CONTAINERS]);
    }
}

/// Checks the pod of a listener, of which Triggers sets most; `of_container` are the fields that are left.
fn pod(refusals: &mut Refusals<'_>, resource: &RenderedValue<'_>, of_container: &[&str]) {
    let Some(spec) = resource.dig(&["spec", "template", "spec"]) else { return };
    let containers = spec.items_at(&["containers"]);
    if let Some(second) = containers.get(1) {
        let words = "expected exactly one, got both: spec.template.spec.containers";
        refusals.add(second, "a listener has one container", words);
    }
    allowed(refusals, spec, &OF_PODS, "spec.template.spec");
    let [container] = containers else { return };
    allowed(refusals, container, of_container, "spec.template.spec.containers[0]");
    let variables = container.items_at(&["env"]);
    for variable in variables {
        allowed(refusals, variable, &["name", "valueFrom"], "spec.template.spec.containers[0].env");
        if let Some(source) = variable.get("valueFrom") {
            allowed(refusals, source, &["secretKeyRef"], "spec.template.spec.containers[0].env.valueFrom");
        }
    }
    let of_tls: Vec<_> =
        variables.iter().filter_map(|it| it.get("name")).filter(|name| TLS.contains(&name.text())).collect();
    if let [only] = of_tls[..] {
        let words = format!("Expected env's are TLS_CERT and TLS_KEY, but got only one env {}", only.text());
        refusals.add(only, "TLS needs `TLS_CERT` and `TLS_KEY`", words);
    }
}

/// Reports the fields that are set and not allowed.
fn allowed(refusals: &mut Refusals<'_>, owner: &RenderedValue<'_>, allowed: &[&str], path: &str) {
    for entry in owner.entries().iter().filter(|entry| !allowed.contains(&&*entry.key)) {
        let is_zero = entry.value.as_bool() == Some(false) || !is_set(&entry.value);
        if !is_zero {
            let words = format!("must not set the field(s): {path}.{}", entry.key);
            refusals.at(entry.location, format!("a listener cannot set `{}`", entry.key), words);
        }
    }
}
