//! `ConfigMaps` that pods refer to. Secrets are seldom in Git, so nothing is said about them.

use crate::check::finding::{Finding, Severity};
use crate::check::kustomize::Object;
use crate::check::model::lookup::{CONFIG_MAP, agreed, is_placeholder};
use crate::check::model::pods::Pod;
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN025;
use crate::suggest;

struct ConfigMapUse<'a> {
    name: &'a RenderedValue<'a>,
    keys: Vec<&'a RenderedValue<'a>>,
    is_optional: bool,
}

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    for pod in model.resources.iter().filter_map(|resource| resource.pod_template()) {
        let uses = uses(pod).into_iter();
        for one in uses.filter(|one| !one.is_optional && !is_placeholder(one.name.text())) {
            let candidates = model.meant_by(pod.resource, CONFIG_MAP, one.name.text());
            if candidates.is_empty() {
                found.extend(misspelt_name(model, pod.resource, one.name));
            }
            found.extend(agreed(candidates, one.name.location(), |map| missing_keys(map, &one)));
        }
    }
}

/// Reports names close to a known one. Others may be fine, since they can be created in the cluster.
fn misspelt_name(model: &Model<'_>, from: BuiltObject<'_>, name: &RenderedValue<'_>) -> Option<Finding> {
    let known = from.build.rendered.of("", "ConfigMap").map(Object::written_name);
    let near = suggest::nearest(name.text(), known).filter(|_| model.is_whole_around(from))?;
    let message = format!("ConfigMap `{}` does not exist here; `{near}` does", name.text());
    let finding = name.location().finding(&TN025, message).severity(Severity::Warning);
    Some(finding.hint(format!("did you mean `{near}`?")))
}

fn missing_keys(map: BuiltObject<'_>, one: &ConfigMapUse<'_>) -> Vec<Finding> {
    if !map.is_complete() {
        return Vec::new();
    }
    let data = ["data", "binaryData"].into_iter().filter_map(|key| map.content().get(key));
    let known: Vec<&str> = data.flat_map(RenderedValue::entries).map(|entry| &*entry.key).collect();
    let missing = one.keys.iter().filter(|key| !is_placeholder(key.text()) && !known.contains(&key.text()));
    let finding = |key: &&RenderedValue<'_>| {
        let message = format!("ConfigMap `{}` has no key `{}`", one.name.text(), key.text());
        let location = map.location();
        let hint = format!(
            "the Pod does not start without it; the keys are in `{}:{}`{}",
            location.path(),
            location.position().line,
            suggest::hint(key.text(), known.iter().copied())
        );
        key.location().finding(&TN025, message).hint(hint)
    };
    missing.map(finding).collect()
}

fn uses(pod: Pod<'_>) -> Vec<ConfigMapUse<'_>> {
    let volumes = pod.spec.items_at(&["volumes"]);
    let projected = volumes.iter().flat_map(|volume| volume.items_at(&["projected", "sources"]));
    let mounted = volumes.iter().chain(projected).filter_map(|volume| volume.get("configMap"));
    let mut found: Vec<_> = mounted
        .filter_map(|map| {
            let keys = map.items_at(&["items"]).iter().filter_map(|item| item.get("key")).collect();
            of_map(map, keys)
        })
        .collect();
    for container in pod.containers() {
        let variables = container.value.items_at(&["env"]).iter();
        found.extend(variables.filter_map(|variable| {
            let map = variable.dig(&["valueFrom", "configMapKeyRef"])?;
            of_map(map, map.get("key").into_iter().collect())
        }));
        let all = container.value.items_at(&["envFrom"]).iter();
        let all = all.filter_map(|from| from.get("configMapRef"));
        found.extend(all.filter_map(|map| of_map(map, Vec::new())));
    }
    found
}

fn of_map<'a>(map: &'a RenderedValue<'a>, keys: Vec<&'a RenderedValue<'a>>) -> Option<ConfigMapUse<'a>> {
    let is_optional = map.get("optional").and_then(RenderedValue::as_bool) == Some(true);
    Some(ConfigMapUse { name: map.get("name")?, keys, is_optional })
}
