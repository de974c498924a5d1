//! What Tekton's webhook refuses. Follows `pkg/apis/pipeline/v1/*_validation.go` of Tekton Pipelines 1.15, with the
//! default feature flags; what another flag permits is not reported.

mod pipelines;
mod runs;
mod tasks;
mod triggers;
mod usage;

use super::{Refusals, each, has, has_object};
use crate::check::finding::Finding;
use crate::check::model::BuiltObject;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN101;
use crate::check::schema::formats;

const LONGEST_NAME: usize = 63;

pub(super) fn check(resource: BuiltObject<'_>, found: &mut Vec<Finding>) {
    let by = "Tekton's webhook";
    let mut refusals = Refusals { rule: &TN101, by, found };
    if resource.group() == triggers::GROUP {
        triggers::check(&mut refusals, resource);
    }
    let Some(spec) = resource.content().get("spec") else { return };
    if resource.group() == "tekton.dev" && resource.name().len() > LONGEST_NAME {
        let message = format!("the name has {} characters; 63 are possible", resource.name().len());
        let words = "Invalid resource name: length must be no more than 63 characters";
        refusals.at(resource.name_location(), message, words);
    }
    match (resource.group(), resource.kind()) {
        ("tekton.dev", "Task") => tasks::task(&mut refusals, spec),
        ("tekton.dev", "StepAction") => tasks::step_action(&mut refusals, spec),
        ("tekton.dev", "Pipeline") => pipelines::pipeline(&mut refusals, spec),
        ("tekton.dev", "PipelineRun") => runs::pipeline_run(&mut refusals, spec, resource.content()),
        ("tekton.dev", "TaskRun") => runs::task_run(&mut refusals, spec, resource.content()),
        (triggers::GROUP, "TriggerTemplate") => {
            refusals.by = "once triggered, Tekton's webhook";
            template(&mut refusals, spec);
        }
        _ => {}
    }
}

/// Checks the runs that a TriggerTemplate creates.
fn template(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    for object in spec.items_at(&["resourcetemplates"]) {
        let Some(spec) = object.get("spec") else { continue };
        match object.str_at(&["kind"]) {
            Some("PipelineRun") => runs::pipeline_run(refusals, spec, object),
            Some("TaskRun") => runs::task_run(refusals, spec, object),
            _ => {}
        }
    }
}

/// `PipelineResource`s were removed in Tekton 0.44; v1beta1 still has their fields.
fn no_resources(refusals: &mut Refusals<'_>, value: &RenderedValue<'_>) {
    for field in ["resources", "inputs", "outputs"] {
        if let Some(entry) = value.entry(field).filter(|entry| !entry.value.is_null()) {
            let message = format!("`{field}` of PipelineResources, which Tekton 0.44 removed");
            let words = format!("must not set the field(s): {field}");
            refusals.at(entry.location, message, words);
        }
    }
}

/// Checks declared params: `spec.params` of a Task or Pipeline.
fn declared_params(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let params = spec.items_at(&["params"]);
    refusals.unique(each(params, "name"), "param", |_| "parameter appears more than once".to_owned());
    for param in params {
        declared_param(refusals, param);
    }
}

fn declared_param(refusals: &mut Refusals<'_>, param: &RenderedValue<'_>) {
    let Some(name) = param.get("name").filter(|name| !is_placeholder(name.text())) else { return };
    let default = param.get("default").filter(|default| !default.is_null());
    let kind = kind_of_param(param);
    if let Some(default) = default
        && kind_of_value(default) != kind
    {
        let given = kind_of_value(default);
        let message = format!("the default of the param `{}` is of type {given}, not {kind}", name.text());
        let words = format!("\"{kind}\" type does not match default value's type: \"{given}\"");
        refusals.add(default, message, words);
    }
    let keys = param.get("properties").map_or(&[][..], RenderedValue::entries);
    for entry in keys.iter().filter(|it| !is_placeholder(&it.key) && !is_variable_name(&it.key, false)) {
        let words = "Object param name and key name format is invalid";
        refusals.at(entry.location, format!("`{}` cannot be the name of a property", entry.key), words);
    }
    if !is_variable_name(name.text(), kind != "object") {
        let message = format!("`{}` cannot be the name of a param", name.text());
        let words = if kind == "object" {
            "The format of following object variable names is invalid: must only contain alphanumeric characters, \
             hyphens (-), underscores (_), and must begin with a letter or an underscore (_)"
        } else {
            "The format of following array and string variable names is invalid: must only contain alphanumeric \
             characters, hyphens (-), underscores (_), and dots (.), and must begin with a letter or an underscore (_)"
        };
        refusals.add(name, message, words);
    }
    one_of_types(refusals, param);
    properties(refusals, param);
    if kind == "object" && !has_object(param, "properties") {
        let message = format!("the object param `{}` declares no `properties`", name.text());
        refusals.add(name, message, format!("missing field(s): {}.properties", name.text()));
    }
    if let Some(values) = param.get("enum").filter(|values| !values.items().is_empty()) {
        allowed_values(refusals, values, default, kind);
    }
}

/// Checks the `type` of a param or a result.
fn one_of_types(refusals: &mut Refusals<'_>, declared: &RenderedValue<'_>) {
    let kind = declared.get("type").filter(|kind| !is_placeholder(kind.text()));
    if let Some(kind) = kind.filter(|kind| !matches!(kind.text(), "string" | "array" | "object")) {
        let message = format!("`{}` is not a type: `string`, `array` or `object`", kind.text());
        refusals.add(kind, message, format!("invalid value: {}", kind.text()));
    }
}

/// Checks the properties of an object, which are strings.
fn properties(refusals: &mut Refusals<'_>, declared: &RenderedValue<'_>) {
    for entry in declared.get("properties").map_or(&[][..], RenderedValue::entries) {
        let kind = entry.value.get("type").filter(|kind| !is_placeholder(kind.text()));
        if let Some(kind) = kind.filter(|kind| kind.text() != "string") {
            let words = format!("The value type specified for these keys [{}] is invalid", entry.key);
            refusals.add(kind, "the properties of an object are strings", words);
        }
    }
}

fn allowed_values(
    refusals: &mut Refusals<'_>,
    values: &RenderedValue<'_>,
    default: Option<&RenderedValue<'_>>,
    kind: &str,
) {
    if kind != "string" {
        refusals.add(
            values,
            format!("`enum` for a param of type {kind}"),
            "enum can only be set with string type param",
        );
    }
    refusals.unique(values.items(), "allowed value", |text| {
        format!("parameter enum value {text} appears more than once")
    });
    let is_among =
        |default: &RenderedValue<'_>| values.items().iter().any(|value| value.text() == default.text());
    if let Some(default) = default.filter(|default| !default.text().is_empty() && !is_among(default)) {
        let message = format!("the default `{}` is not among the values of `enum`", default.text());
        refusals.add(
            default,
            message,
            format!("param default value {} not in the enum list", default.text()),
        );
    }
}

/// Returns the type of a declared param, as the webhook completes it.
fn kind_of_param(param: &RenderedValue<'_>) -> &'static str {
    match param.str_at(&["type"]) {
        Some("array") => "array",
        Some("object") => "object",
        Some(_) => "string",
        None if has(param, "properties") => "object",
        None => param.get("default").filter(|it| !it.is_null()).map_or("string", kind_of_value),
    }
}

fn kind_of_value(value: &RenderedValue<'_>) -> &'static str {
    if value.is_sequence() {
        "array"
    } else if value.is_mapping() {
        "object"
    } else {
        "string"
    }
}

fn is_variable_name(name: &str, may_have_dots: bool) -> bool {
    let is_inner = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || (byte == b'.' && may_have_dots)
    };
    let first = name.bytes().next();
    first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_') && name.bytes().all(is_inner)
}

/// Checks the params that a run, a task or a reference gives.
fn given_params(refusals: &mut Refusals<'_>, owner: &RenderedValue<'_>) {
    let words = |name: &str| format!("expected exactly one, got both: params[{name}].name");
    refusals.unique(each(owner.items_at(&["params"]), "name"), "param", words);
}

/// Checks a reference to a Task, a Pipeline or a `StepAction`.
fn reference(refusals: &mut Refusals<'_>, reference: &RenderedValue<'_>) {
    given_params(refusals, reference);
    let name = reference.get("name").filter(|name| !name.text().is_empty());
    if let Some(entry) = reference.entry("bundle").filter(|entry| !entry.value.text().is_empty()) {
        let message = "`bundle`, which Tekton 1.0 removed; use the resolver `bundles`";
        return refusals.at(entry.location, message, "must not set the field(s): bundle");
    }
    let is_resolved = has(reference, "resolver");
    let params = reference.entry("params").filter(|entry| !entry.value.is_null());
    match (name, params) {
        (Some(name), Some(_)) => {
            refusals.add(
                name,
                "a reference has a `name`, or a `resolver` with `params`, not both",
                "expected exactly one, got both: name, params",
            );
        }
        (_, Some(params)) if !is_resolved => {
            refusals.at(params.location, "`params` without a `resolver`", "missing field(s): resolver");
        }
        (None, None) if !is_resolved => {
            refusals.add(reference, "the reference lacks a `name`", "missing field(s): name");
        }
        (Some(name), None) if !is_resolved => plain_name(refusals, name),
        (Some(name), None) if !name.text().contains(":/") && !is_placeholder(name.text()) => {
            let message = "a reference has a `name` or a `resolver`; give the resolver its `params`";
            refusals.add(name, message, "invalid value: invalid URI for request");
        }
        _ => {}
    }
}

fn plain_name(refusals: &mut Refusals<'_>, name: &RenderedValue<'_>) {
    let text = name.text();
    if text.contains("://") {
        refusals.add(
            name,
            format!("`{text}` is an address, which needs a `resolver`"),
            "missing field(s): resolver",
        );
    } else if !is_placeholder(text)
        && let Some(mistake) = formats::key_mistake(text)
    {
        refusals.add(name, format!("`{text}` is not a name: it {mistake}"), "invalid value: name");
    }
}

fn dns_label(refusals: &mut Refusals<'_>, name: &RenderedValue<'_>, what: &str) {
    refusals.dns_label(name, what, format!("invalid value \"{}\"", name.text()));
}

/// Checks `onError` of a step or a task.
fn on_error(refusals: &mut Refusals<'_>, owner: &RenderedValue<'_>) {
    let Some(value) = owner.get("onError").filter(|value| !is_placeholder(value.text())) else { return };
    if !matches!(value.text(), "continue" | "stopAndFail") {
        refusals.add(
            value,
            format!("`onError` cannot be `{}`", value.text()),
            "onError must be either \"continue\" or \"stopAndFail\"",
        );
    }
}

/// Checks the `when` expressions of a task or a step.
fn when(refusals: &mut Refusals<'_>, owner: &RenderedValue<'_>) {
    for expression in owner.items_at(&["when"]) {
        if has(expression, "cel") {
            if ["input", "operator", "values"].iter().any(|field| has(expression, field)) {
                let words = "cel and input+operator+values cannot be set in one WhenExpression";
                refusals.add(expression, "`cel` together with `input`, `operator` or `values`", words);
            }
            continue;
        }
        match expression.get("operator") {
            Some(operator)
                if formats::is_placeholder(operator.text()) || matches!(operator.text(), "in" | "notin") => {}
            Some(operator) => refusals.add(
                operator,
                format!("`operator` cannot be `{}`; it is `in` or `notin`", operator.text()),
                format!("operator \"{}\" is not recognized. valid operators: in,notin", operator.text()),
            ),
            None => refusals.add(expression, "`when` lacks an `operator`", "operator \"\" is not recognized"),
        }
        if !has(expression, "values") {
            let at = expression.get("values").unwrap_or(expression);
            refusals.add(at, "`when` lacks `values`", "expecting non-empty values field");
        }
    }
}

/// Whether a duration is below zero.
fn is_negative(value: &RenderedValue<'_>) -> bool {
    value.text().starts_with('-') && formats::is_duration(value.text())
}
