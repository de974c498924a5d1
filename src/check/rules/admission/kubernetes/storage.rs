//! Volumes of the cluster, claims on them, and their classes.

use super::workloads::label_selector;
use super::{Refusals, has, has_object, is_set, volumes};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;

/// Sources that only a `PersistentVolume` has, beside those of pods.
const SOURCES: [&str; 22] = [
    "hostPath",
    "nfs",
    "csi",
    "local",
    "iscsi",
    "fc",
    "rbd",
    "cephfs",
    "glusterfs",
    "cinder",
    "flexVolume",
    "azureDisk",
    "azureFile",
    "awsElasticBlockStore",
    "gcePersistentDisk",
    "vsphereVolume",
    "portworxVolume",
    "quobyte",
    "flocker",
    "photonPersistentDisk",
    "scaleIO",
    "storageos",
];

/// The fields of a `PersistentVolume` that are not its source.
const SETTINGS: [&str; 9] = [
    "capacity",
    "accessModes",
    "claimRef",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "mountOptions",
    "volumeMode",
    "nodeAffinity",
    "volumeAttributesClassName",
];

/// Checks the spec of a `PersistentVolumeClaim`; what is missing is reported at `at`.
pub(super) fn claim(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, at: &RenderedValue<'_>) {
    if !has(spec, "accessModes") {
        refusals.add(at, "the claim has no access mode", "at least 1 access mode is required");
    }
    modes(refusals, spec);
    match spec.dig(&["resources", "requests", "storage"]).filter(|value| is_set(value)) {
        None => refusals.add(
            at,
            "the claim does not say how much it requests",
            "spec.resources[storage]: Required value",
        ),
        Some(amount) if amount.text().starts_with('-') || amount.as_int() == Some(0) => {
            refusals.add(amount, "the claim requests nothing", "must be greater than zero");
        }
        Some(_) => {}
    }
    class_name(refusals, spec);
    if let Some(selector) = spec.get("selector") {
        label_selector(refusals, selector);
    }
    for source in ["dataSource", "dataSourceRef"].iter().filter_map(|field| spec.get(field)) {
        refusals.filled(source, &["kind", "name"]);
    }
}

fn modes(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let modes = spec.items_at(&["accessModes"]);
    let alone = modes.iter().find(|mode| mode.text() == "ReadWriteOncePod");
    if let Some(alone) = alone.filter(|_| modes.len() > 1) {
        let words = "may not use ReadWriteOncePod with other access modes";
        refusals.add(alone, "`ReadWriteOncePod` excludes the other modes", words);
    }
}

fn class_name(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    if let Some(name) = spec.get("storageClassName") {
        refusals.subdomain(name, "StorageClass");
    }
}

/// Checks the spec of a `PersistentVolume`; what is missing is reported at `at`.
pub(super) fn volume(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, at: &RenderedValue<'_>) {
    for field in ["capacity", "accessModes"] {
        if !has(spec, field) {
            refusals.add(at, format!("the volume has no `{field}`"), format!("spec.{field}: Required value"));
        }
    }
    for entry in spec.get("capacity").map_or(&[][..], RenderedValue::entries) {
        if entry.key != "storage" && !is_placeholder(&entry.key) {
            let words = "Unsupported value: supported values: \"storage\"";
            refusals.at(entry.location, format!("a volume has no capacity of {}", entry.key), words);
        } else if entry.value.text().starts_with('-') {
            let words = "must be a valid resource quantity";
            refusals.add(&entry.value, "the capacity is negative", words);
        }
    }
    modes(refusals, spec);
    class_name(refusals, spec);
    let given: Vec<_> = SOURCES.iter().filter_map(|field| spec.entry(field)).collect();
    // A field that does not exist may be a source with a typing error, and is reported.
    let is_known = |key: &str| SETTINGS.contains(&key) || SOURCES.contains(&key);
    match given[..] {
        [first, .., last] => {
            let message = format!("the volume has `{}` and `{}`; only one is possible", first.key, last.key);
            refusals.at(last.location, message, "may not specify more than 1 volume type");
        }
        [only] => volumes::source(refusals, &only.key, &only.value),
        [] if spec.entries().iter().all(|entry| is_known(&entry.key)) => {
            refusals.add(at, "the volume has no source, such as `csi`", "must specify a volume type");
        }
        [] => {}
    }
    if let Some(local) = spec.entry("local").filter(|_| !has_object(spec, "nodeAffinity")) {
        let words = "Local volume requires node affinity";
        refusals.at(local.location, "a local volume needs `nodeAffinity`", words);
    }
    if let Some(csi) = spec.get("csi") {
        refusals.filled(csi, &["volumeHandle"]);
    }
    let recycles = spec.get("persistentVolumeReclaimPolicy").filter(|it| it.text() == "Recycle");
    if let Some(policy) = recycles.filter(|_| spec.str_at(&["hostPath", "path"]) == Some("/")) {
        let words = "may not be 'recycle' for a hostPath mount of '/'";
        refusals.add(policy, "this would delete everything on the node", words);
    }
}

/// Checks a `StorageClass`.
pub(super) fn class(refusals: &mut Refusals<'_>, content: &RenderedValue<'_>) {
    refusals.filled(content, &["provisioner"]);
    if let Some(provisioner) = content.get("provisioner") {
        refusals.qualified(provisioner, "a provisioner");
    }
    for entry in content.get("parameters").map_or(&[][..], RenderedValue::entries) {
        if entry.key.is_empty() {
            refusals.at(entry.location, "a parameter has no name", "field can not be empty.");
        }
    }
    for term in content.items_at(&["allowedTopologies"]) {
        for expression in term.items_at(&["matchLabelExpressions"]) {
            if expression.items_at(&["values"]).is_empty() {
                refusals.add(expression, "the expression has no `values`", "values: Required value");
            }
        }
    }
}
