//! Environment variables of containers: `ValidateEnv` and `ValidateEnvFrom`.

use super::super::key_text;
use super::{Refusals, has, has_object};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;

const SOURCES: [&str; 5] = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

/// What a variable can take from its pod.
const FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// What a file of a volume can have of its pod.
const FIELDS_OF_FILES: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

const RESOURCES: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

const NAME: &str =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";

/// Checks `env` and `envFrom` of a container.
pub(super) fn environment(refusals: &mut Refusals<'_>, container: &RenderedValue<'_>) {
    for variable in container.items_at(&["env"]) {
        refusals.filled(variable, &["name"]);
        name(refusals, variable.get("name"));
        if let Some(source) = variable.get("valueFrom").filter(|source| !source.is_null()) {
            self::source(refusals, variable, source);
        }
    }
    for source in container.items_at(&["envFrom"]) {
        whole(refusals, source);
    }
}

fn name(refusals: &mut Refusals<'_>, name: Option<&RenderedValue<'_>>) {
    if let Some(name) = name.filter(|name| name.text().contains('=')) {
        refusals.add(name, format!("`{}` cannot be the name of a variable", name.text()), NAME);
    }
}

fn source(refusals: &mut Refusals<'_>, variable: &RenderedValue<'_>, source: &RenderedValue<'_>) {
    let given = SOURCES.into_iter().filter(|field| has_object(source, field)).count();
    if given == 0 {
        let words =
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`";
        refusals.add(source, "`valueFrom` names no source", words);
    } else if has(variable, "value") {
        let words = "may not be specified when `value` is not empty";
        refusals.add(source, "the variable has `value` and `valueFrom`", words);
    } else if given > 1 {
        let words = "may not have more than one field specified at a time";
        refusals.add(source, "`valueFrom` names several sources", words);
    }
    for field in ["configMapKeyRef", "secretKeyRef"] {
        if let Some(reference) = source.get(field).filter(|reference| reference.is_mapping()) {
            refusals.filled(reference, &["name", "key"]);
            if let Some(name) = reference.get("name") {
                refusals.subdomain(name, "ConfigMap or Secret");
            }
            key(refusals, reference);
        }
    }
    if let Some(reference) = source.get("fieldRef") {
        field(refusals, reference, &FIELDS);
    }
    if let Some(reference) = source.get("resourceFieldRef") {
        resource(refusals, reference);
    }
}

fn key(refusals: &mut Refusals<'_>, reference: &RenderedValue<'_>) {
    if let Some(key) = reference.get("key").filter(|key| !is_placeholder(key.text()))
        && let Some(words) = key_text(key.text())
    {
        refusals.add(key, format!("`{}` cannot be a key", key.text()), words);
    }
}

/// Checks what a file of a volume has of its pod.
pub(super) fn field_of_file(refusals: &mut Refusals<'_>, reference: &RenderedValue<'_>) {
    field(refusals, reference, &FIELDS_OF_FILES);
}

fn field(refusals: &mut Refusals<'_>, reference: &RenderedValue<'_>, known: &[&str]) {
    refusals.filled(reference, &["fieldPath"]);
    let Some(path) = reference.get("fieldPath").filter(|path| !is_placeholder(path.text())) else { return };
    let is_known = match path.text().split_once('[') {
        Some((map, _)) => matches!(map, "metadata.annotations" | "metadata.labels"),
        // The old name of `spec.nodeName`.
        None => known.contains(&path.text()) || path.text() == "spec.host",
    };
    if !is_known {
        let words = format!("Unsupported value: \"{}\": supported values: {known:?}", path.text());
        let hint = crate::suggest::hint(path.text(), known.iter().copied());
        refusals.add(path, format!("`{}` of a pod cannot be used here{hint}", path.text()), words);
    }
}

/// Checks what names a resource of a container.
pub(super) fn resource(refusals: &mut Refusals<'_>, reference: &RenderedValue<'_>) {
    refusals.filled(reference, &["resource"]);
    let Some(resource) = reference.get("resource").filter(|it| !is_placeholder(it.text())) else { return };
    let name = ["limits.", "requests."].into_iter().find_map(|list| resource.text().strip_prefix(list));
    let Some(name) = name.filter(|name| RESOURCES.contains(name) || name.starts_with("hugepages-")) else {
        let words = format!("Unsupported value: \"{}\"", resource.text());
        return refusals.add(resource, format!("`{}` is not a resource", resource.text()), words);
    };
    let Some(divisor) = reference.get("divisor").filter(|it| !is_placeholder(it.text())) else { return };
    let units: &[&str] = match name {
        "cpu" => &["0", "1m", "1"],
        _ => &["0", "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"],
    };
    if !units.contains(&divisor.text()) {
        let words =
            format!("only divisor's values {} are supported with the {name} resource", units[1..].join(", "));
        refusals.add(divisor, format!("`{}` cannot divide {name}", divisor.text()), words);
    }
}

/// Checks an entry of `envFrom`.
fn whole(refusals: &mut Refusals<'_>, source: &RenderedValue<'_>) {
    let given = ["configMapRef", "secretRef"].map(|field| source.get(field).filter(|it| !it.is_null()));
    match given {
        [None, None] => refusals.add(
            source,
            "`envFrom` names neither a ConfigMap nor a Secret",
            "must specify one of: `configMapRef` or `secretRef`",
        ),
        [Some(_), Some(_)] => refusals.add(
            source,
            "an entry of `envFrom` names a ConfigMap and a Secret",
            "may not have more than one field specified at a time",
        ),
        _ => {}
    }
    for reference in given.into_iter().flatten() {
        match reference.get("name").filter(|name| !name.text().is_empty()) {
            Some(name) => refusals.subdomain(name, "ConfigMap or Secret"),
            None => refusals.add(reference, "the entry of `envFrom` has no `name`", "name: Required value"),
        }
    }
    name(refusals, source.get("prefix"));
}
