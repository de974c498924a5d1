//! What the pods of a workload cannot start without, and what creates it.

use crate::check::model::BuiltObject;
use crate::check::model::lookup::is_placeholder;
use crate::check::model::pods::Pod;
use crate::check::rendered_value::{Location, RenderedValue};

/// The name, in a pod, of an object without which the pod does not start.
#[derive(Clone, Copy)]
pub(crate) struct Need<'a> {
    pub(crate) kind: &'static str,
    pub(crate) name: &'a str,
    /// The reference: its key, or the name if that is all.
    pub(crate) location: Location<'a>,
}

/// Returns the needs of a pod, without the optional ones.
pub(crate) fn of_pod(pod: Pod<'_>) -> Vec<Need<'_>> {
    let mut found = Vec::new();
    found.extend(named("ServiceAccount", pod.spec, "serviceAccountName"));
    for volume in pod.spec.items_at(&["volumes"]) {
        let claim = volume.get("persistentVolumeClaim");
        found.extend(claim.and_then(|claim| named("PersistentVolumeClaim", claim, "claimName")));
        found.extend(required(volume, "Secret", ["secret", "secretName"]));
        found.extend(required(volume, "ConfigMap", ["configMap", "name"]));
        for source in volume.items_at(&["projected", "sources"]) {
            found.extend(required(source, "Secret", ["secret", "name"]));
            found.extend(required(source, "ConfigMap", ["configMap", "name"]));
        }
    }
    for container in pod.containers() {
        for from in container.value.items_at(&["envFrom"]) {
            for (kind, key) in [("Secret", "secretRef"), ("ConfigMap", "configMapRef")] {
                let location = from.entry(key).map(|entry| entry.location);
                let need = required(from, kind, [key, "name"]).zip(location);
                found.extend(need.map(|(need, location)| Need { location, ..need }));
            }
        }
        for from in container.value.items_at(&["env"]).iter().filter_map(|one| one.get("valueFrom")) {
            found.extend(required(from, "Secret", ["secretKeyRef", "name"]));
            found.extend(required(from, "ConfigMap", ["configMapKeyRef", "name"]));
        }
    }
    found.retain(|need| !is_placeholder(need.name) && !need.is_always_there());
    found
}

/// Returns the need of a reference that is not optional.
fn required<'a>(
    parent: &'a RenderedValue<'a>,
    kind: &'static str,
    [reference, name]: [&str; 2],
) -> Option<Need<'a>> {
    let reference = parent.get(reference)?;
    let is_optional = reference.get("optional").and_then(RenderedValue::as_bool) == Some(true);
    named(kind, reference, name).filter(|_| !is_optional)
}

fn named<'a>(kind: &'static str, reference: &'a RenderedValue<'a>, key: &str) -> Option<Need<'a>> {
    let name = reference.get(key)?;
    Some(Need { kind, name: name.text(), location: name.location() })
}

impl Need<'_> {
    /// Whether Kubernetes itself creates it in each namespace.
    fn is_always_there(self) -> bool {
        matches!((self.kind, self.name), ("ServiceAccount", "default") | ("ConfigMap", "kube-root-ca.crt"))
    }

    /// Whether the object is what is needed, or makes a controller create it.
    pub(crate) fn is_met_by(self, object: BuiltObject<'_>) -> bool {
        if object.is("", self.kind) {
            return object.is_called(self.name);
        }
        if self.kind != "Secret" {
            return false;
        }
        let content = object.content();
        let made = match (object.group(), object.kind()) {
            ("bitnami.com", "SealedSecret") => content.str_at(&["spec", "template", "metadata", "name"]),
            ("external-secrets.io", "ExternalSecret") => content.str_at(&["spec", "target", "name"]),
            ("cert-manager.io", "Certificate") => content.str_at(&["spec", "secretName"]),
            _ => return false,
        };
        made.map_or_else(|| object.is_called(self.name), |made| made == self.name)
    }
}
