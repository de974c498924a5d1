//! What the webhook of Tekton Triggers refuses. Follows `pkg/apis/triggers/v1beta1/*_validation.go` of Triggers 0.35, after
//! its defaults. A param of a TriggerTemplate that is not declared is found by another rule.

mod events;
mod listeners;

use super::super::{Refusals, each, has, has_object, is_set};
use crate::check::model::BuiltObject;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::{KeyValue, RenderedValue};

pub(super) const GROUP: &str = "triggers.tekton.dev";

/// Checks an object of Triggers.
pub(super) fn check(refusals: &mut Refusals<'_>, resource: BuiltObject<'_>) {
    refusals.by = "the webhook of Tekton Triggers";
    let content = resource.content();
    let spec = content.entry("spec").filter(|spec| !spec.value.is_null());
    match (resource.kind(), spec) {
        ("EventListener", _) => listeners::listener(refusals, resource, spec),
        ("TriggerBinding" | "ClusterTriggerBinding", _) => {
            name(refusals, resource);
            binding(refusals, resource, spec);
        }
        ("TriggerTemplate", Some(spec)) => {
            name(refusals, resource);
            template(refusals, spec);
        }
        ("Trigger", Some(spec)) => {
            name(refusals, resource);
            trigger(refusals, &spec.value);
        }
        ("ClusterInterceptor" | "Interceptor", Some(spec)) => interceptor(refusals, &spec.value),
        ("TriggerTemplate", None) => {
            let words = "missing field(s): spec, spec.resourcetemplates";
            refusals.at(resource.name_location(), "the template creates nothing", words);
        }
        _ => {}
    }
}

/// Whether a mapping has no other fields, which are reported, and may be meant for one that is missing.
fn has_only(value: &RenderedValue<'_>, fields: &[&str]) -> bool {
    value.entries().iter().all(|entry| fields.contains(&&*entry.key))
}

fn name(refusals: &mut Refusals<'_>, resource: BuiltObject<'_>) {
    if resource.name().len() > super::LONGEST_NAME {
        let message = format!("the name has {} characters; 63 are possible", resource.name().len());
        let words = "Invalid resource name: length must be no more than 63 characters";
        refusals.at(resource.name_location(), message, words);
    }
}

fn trigger(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    events::bindings(refusals, spec);
    if let Some(template) = spec.get("template") {
        events::template(refusals, template);
    }
    events::interceptors(refusals, spec);
}

/// Checks a binding, which gives params values from an event.
fn binding(refusals: &mut Refusals<'_>, resource: BuiltObject<'_>, spec: Option<&KeyValue<'_>>) {
    let params = spec.map_or(&[][..], |spec| spec.value.items_at(&["params"]));
    if params.is_empty() && spec.is_none_or(|spec| has_only(&spec.value, &["params"])) {
        let at = spec.map_or(resource.name_location(), |spec| spec.location);
        return refusals.at(at, "the binding has no `params`", "missing field(s): spec");
    }
    refusals.unique(each(params, "name"), "param", |_| {
        "expected exactly one, got both: spec.params.name".to_owned()
    });
    for value in each(params, "value").filter(|value| has_open_expression(value.text())) {
        let message = format!("an expression in `{}` has no end", value.text());
        refusals.add(value, message, format!("invalid value: {}: spec.params.value", value.text()));
    }
}

/// Whether an expression, which begins with `$(`, is followed by another before its bracket is closed.
fn has_open_expression(text: &str) -> bool {
    let mut expressions: Vec<_> = text.split("$(").skip(1).collect();
    // As in Triggers, the last one need not end.
    expressions.pop();
    expressions.iter().any(|expression| {
        let mut open = 0;
        !expression.chars().any(|letter| {
            match letter {
                '(' => open += 1,
                ')' => open -= 1,
                _ => {}
            }
            open < 0
        })
    })
}

/// Checks the spec of a TriggerTemplate.
fn template(refusals: &mut Refusals<'_>, spec: &KeyValue<'_>) {
    let templates = spec.value.items_at(&["resourcetemplates"]);
    if templates.is_empty() && has_only(&spec.value, &["params", "resourcetemplates"]) {
        let words = "missing field(s): spec.resourcetemplates";
        refusals.at(spec.location, "the template creates nothing: it has no `resourcetemplates`", words);
    }
    for template in templates.iter().filter(|template| template.is_mapping()) {
        for field in ["apiVersion", "kind"] {
            if !has(template, field) {
                let words = format!("missing field(s): spec.resourcetemplates.{field}");
                refusals.add(template, format!("the object has no `{field}`"), words);
            }
        }
    }
}

/// Checks the spec of an interceptor: where its server is.
fn interceptor(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let Some(config) = spec.get("clientConfig") else { return };
    let service = config.get("service").filter(|service| service.is_mapping());
    if let (Some(service), Some(_)) = (service, config.get("url").filter(|url| !url.is_null())) {
        let words = "expected exactly one, got both: spec.clientConfig.service, spec.clientConfig.url";
        refusals.add(service, "the interceptor has a `service` and a `url`", words);
    }
    if let Some(service) = service {
        refusals.filled(service, &["name", "namespace"]);
    }
}
