//! `ConfigMaps` that pods refer to. Secrets are seldom in Git, so nothing is said about them.

use crate::check::finding::{Finding, Severity};
use crate::check::kustomize::{Builds, Object, RenderedValue, Root};
use crate::check::model::Model;
use crate::check::model::lookup::{find, is_known, is_open};
use crate::check::model::templates;
use crate::check::model::templates::Template;
use crate::check::registry::TN025;
use crate::suggest;

/// What a pod says of a ConfigMap: the name, and the keys of it.
struct Reference<'o, 'a> {
    name: &'o RenderedValue<'a>,
    keys: Vec<&'o RenderedValue<'a>>,
    is_optional: bool,
}

/// Adds what is wrong.
pub(crate) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let builds = model.builds;
    for (root, object) in builds.objects() {
        for reference in templates::template(object).iter().flat_map(references) {
            check(builds, root, object, &reference, found);
        }
    }
}

fn check(
    builds: &Builds<'_>,
    root: &Root<'_>,
    object: &Object<'_>,
    reference: &Reference<'_, '_>,
    found: &mut Vec<Finding>,
) {
    let name = reference.name.text();
    if is_open(name) || reference.is_optional {
        return;
    }
    let Some(map) = find(builds, root, object, ("", "ConfigMap"), name) else {
        let near = suggest::nearest(name, root.rendered.of("", "ConfigMap").map(Object::written_name));
        if let Some(near) = near.filter(|_| is_known(builds, root)) {
            let message = format!("no ConfigMap `{name}` is rendered here, but `{near}` is");
            let finding = reference.name.location().finding(&TN025, message);
            found.push(finding.severity(Severity::Warning).hint("write the name of the one that is there"));
        }
        return;
    };
    if !map.is_complete() {
        return;
    }
    let data = ["data", "binaryData"].into_iter().filter_map(|key| map.content().get(key));
    let keys: Vec<&str> = data.flat_map(RenderedValue::entries).map(|entry| &*entry.key).collect();
    for key in reference.keys.iter().filter(|key| !is_open(key.text()) && !keys.contains(&key.text())) {
        let message = format!("ConfigMap `{name}` has no key `{}`", key.text());
        let hint = format!(
            "the pod does not start without it; the keys are in `{}`{}",
            map.location(),
            suggest::hint(key.text(), keys.iter().copied())
        );
        found.push(key.location().finding(&TN025, message).hint(hint));
    }
}

fn references<'o, 'a>(template: &Template<'o, 'a>) -> Vec<Reference<'o, 'a>> {
    let volumes = template.spec.items_at(&["volumes"]);
    let projected = volumes.iter().flat_map(|volume| volume.items_at(&["projected", "sources"]));
    let mounted = volumes.iter().chain(projected).filter_map(|volume| volume.get("configMap"));
    let mut found: Vec<_> = mounted
        .filter_map(|map| {
            let keys = map.items_at(&["items"]).iter().filter_map(|item| item.get("key")).collect();
            reference(map, keys)
        })
        .collect();
    for container in template.containers() {
        let variables = container.items_at(&["env"]).iter();
        found.extend(variables.filter_map(|variable| {
            let map = variable.dig(&["valueFrom", "configMapKeyRef"])?;
            reference(map, map.get("key").into_iter().collect())
        }));
        let all = container.items_at(&["envFrom"]).iter().filter_map(|from| from.get("configMapRef"));
        found.extend(all.filter_map(|map| reference(map, Vec::new())));
    }
    found
}

fn reference<'o, 'a>(
    map: &'o RenderedValue<'a>,
    keys: Vec<&'o RenderedValue<'a>>,
) -> Option<Reference<'o, 'a>> {
    let is_optional = map.get("optional").and_then(RenderedValue::as_bool) == Some(true);
    Some(Reference { name: map.get("name")?, keys, is_optional })
}
