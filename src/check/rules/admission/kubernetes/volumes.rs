//! Volumes of a pod: `validateVolumeSource`.

use std::collections::BTreeSet;

use super::{DNS_LABEL, Refusals, containers, env, has, has_object, storage};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;

/// The fields without which a source means nothing.
const REQUIRED: [(&str, &[&str]); 18] = [
    ("hostPath", &["path"]),
    ("secret", &["secretName"]),
    ("configMap", &["name"]),
    ("persistentVolumeClaim", &["claimName"]),
    ("csi", &["driver"]),
    ("nfs", &["server", "path"]),
    ("iscsi", &["targetPortal", "iqn"]),
    ("awsElasticBlockStore", &["volumeID"]),
    ("gcePersistentDisk", &["pdName"]),
    ("azureFile", &["secretName", "shareName"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("cephfs", &["monitors"]),
    ("rbd", &["monitors", "image"]),
    ("glusterfs", &["endpoints", "path"]),
    ("flexVolume", &["driver"]),
    ("gitRepo", &["repository"]),
    ("vsphereVolume", &["volumePath"]),
    ("ephemeral", &["volumeClaimTemplate"]),
];

/// Checks a volume.
pub(super) fn volume(refusals: &mut Refusals<'_>, volume: &RenderedValue<'_>) {
    if let Some(name) = volume.get("name") {
        refusals.dns_label(name, "volume", DNS_LABEL);
    }
    // Without a source, it is an `emptyDir`.
    let sources: Vec<_> =
        volume.entries().iter().filter(|entry| entry.key != "name" && !entry.value.is_null()).collect();
    if let [first, .., last] = sources[..] {
        let message = format!("the volume has `{}` and `{}`; only one is possible", first.key, last.key);
        refusals.at(last.location, message, "may not specify more than 1 volume type");
    }
    for source in sources {
        self::source(refusals, &source.key, &source.value);
    }
}

/// Checks a source, of a pod's volume or of a `PersistentVolume`.
pub(super) fn source(refusals: &mut Refusals<'_>, kind: &str, source: &RenderedValue<'_>) {
    if !source.is_mapping() {
        return;
    }
    let required = REQUIRED.iter().find(|(known, _)| *known == kind).map_or(&[][..], |(_, fields)| fields);
    for field in required.iter().filter(|field| !has(source, field)) {
        let message = format!("`{kind}` lacks `{field}`");
        refusals.add(source, message, format!("{kind}.{field}: Required value"));
    }
    match kind {
        "hostPath" => backsteps(refusals, source),
        "nfs" => {
            if let Some(path) = source.get("path").filter(|path| !is_placeholder(path.text()))
                && !path.text().starts_with('/')
            {
                let words = "must be an absolute path";
                refusals.add(path, format!("`{}` does not begin with `/`", path.text()), words);
            }
        }
        "csi" => {
            if let Some(driver) = source.get("driver") {
                refusals.subdomain(driver, "CSI driver");
            }
        }
        "iscsi" => iscsi(refusals, source),
        "fc" if !has(source, "targetWWNs") && !has(source, "wwids") => {
            let words = "must specify either targetWWNs or wwids, but not both";
            refusals.add(source, "`fc` names no target: `targetWWNs` or `wwids`", words);
        }
        "emptyDir" => {
            if let Some(limit) = source.get("sizeLimit").filter(|limit| limit.text().starts_with('-')) {
                let words = "SizeLimit field must be a valid resource quantity";
                refusals.add(limit, "the limit is negative", words);
            }
        }
        "ephemeral" => {
            if let Some(claim) = source.dig(&["volumeClaimTemplate", "spec"]) {
                storage::claim(refusals, claim, claim);
            }
        }
        "downwardAPI" => downward(refusals, source),
        "projected" => projected(refusals, source),
        _ => {}
    }
    mode(refusals, source, "defaultMode");
    if matches!(kind, "secret" | "configMap") {
        items(refusals, source);
    }
}

fn backsteps(refusals: &mut Refusals<'_>, source: &RenderedValue<'_>) {
    if let Some(path) = source.get("path").filter(|path| path.text().split('/').any(|part| part == "..")) {
        refusals.add(path, "the path has the part `..`", "must not contain '..'");
    }
}

fn iscsi(refusals: &mut Refusals<'_>, source: &RenderedValue<'_>) {
    let Some(name) = source.get("iqn").filter(|name| !is_placeholder(name.text())) else { return };
    if !["iqn", "eui", "naa"].iter().any(|start| name.text().starts_with(start)) {
        let words = "must be valid format starting with iqn, eui, or naa";
        refusals.add(name, format!("`{}` is not the name of a target", name.text()), words);
    }
}

fn mode(refusals: &mut Refusals<'_>, owner: &RenderedValue<'_>, field: &str) {
    if let Some(mode) =
        owner.get(field).filter(|mode| mode.as_int().is_some_and(|it| !(0..=0o777).contains(&it)))
    {
        let words = "must be a number between 0 and 0777 (octal), both inclusive";
        let message = format!("`{}` is not a file mode; write it in octal, such as `0440`", mode.text());
        refusals.add(mode, message, words);
    }
}

fn items(refusals: &mut Refusals<'_>, source: &RenderedValue<'_>) {
    for item in source.items_at(&["items"]) {
        refusals.filled(item, &["key", "path"]);
        mode(refusals, item, "mode");
        if let Some(path) = item.get("path") {
            containers::relative(refusals, path);
        }
    }
}

/// Checks files with fields of the pod.
fn downward(refusals: &mut Refusals<'_>, source: &RenderedValue<'_>) {
    for file in source.items_at(&["items"]) {
        refusals.filled(file, &["path"]);
        mode(refusals, file, "mode");
        if let Some(path) = file.get("path") {
            containers::relative(refusals, path);
        }
        let [field, resource] =
            ["fieldRef", "resourceFieldRef"].map(|field| file.get(field).filter(|it| !it.is_null()));
        match (field, resource) {
            (None, None) => {
                let words = "one of fieldRef and resourceFieldRef is required";
                refusals.add(file, "the file has neither `fieldRef` nor `resourceFieldRef`", words);
            }
            (Some(_), Some(resource)) => {
                let words = "fieldRef and resourceFieldRef can not be specified simultaneously";
                refusals.add(resource, "the file has `fieldRef` and `resourceFieldRef`", words);
            }
            (Some(field), None) => env::field_of_file(refusals, field),
            (None, Some(resource)) => {
                if !has(resource, "containerName") {
                    let words = "containerName: Required value";
                    refusals.add(resource, "the file does not name the container", words);
                }
                env::resource(refusals, resource);
            }
        }
    }
}

const TEN_MINUTES: i128 = 600;

fn projected(refusals: &mut Refusals<'_>, volume: &RenderedValue<'_>) {
    let mut paths = BTreeSet::new();
    for one in volume.items_at(&["sources"]) {
        let given: Vec<_> = one.entries().iter().filter(|entry| !entry.value.is_null()).collect();
        if let [_, .., last] = given[..] {
            let words = "may not specify more than 1 volume type per source";
            refusals.at(last.location, "a source has several kinds; make each a source", words);
        }
        for source in given {
            match &*source.key {
                "secret" | "configMap" => {
                    refusals.filled(&source.value, &["name"]);
                    items(refusals, &source.value);
                }
                "downwardAPI" => downward(refusals, &source.value),
                "serviceAccountToken" => token(refusals, &source.value),
                _ => {}
            }
            let own = source.value.get("path").into_iter();
            let of_items = source.value.items_at(&["items"]).iter().filter_map(|item| item.get("path"));
            for path in own.chain(of_items).filter(|path| !is_placeholder(path.text())) {
                if !paths.insert(path.text()) {
                    let message = format!("two sources have a file `{}`", path.text());
                    refusals.add(path, message, "conflicting duplicate paths");
                }
            }
        }
    }
}

fn token(refusals: &mut Refusals<'_>, token: &RenderedValue<'_>) {
    refusals.filled(token, &["path"]);
    let seconds = token.get("expirationSeconds");
    if let Some(seconds) = seconds.filter(|it| it.as_int().is_some_and(|it| it < TEN_MINUTES)) {
        let words = "may not specify a duration less than 10 minutes";
        refusals.add(seconds, "a token lives for 10 minutes at least", words);
    }
}

/// Checks the block devices of a container; `volumes` are those of its pod, `mounts` those of the container.
pub(super) fn devices(
    refusals: &mut Refusals<'_>,
    container: &RenderedValue<'_>,
    volumes: &BTreeSet<&str>,
    mounted: &BTreeSet<&str>,
) {
    for device in container.items_at(&["volumeDevices"]) {
        let Some(name) = device.get("name").filter(|name| !is_placeholder(name.text())) else { continue };
        if !volumes.contains(name.text()) {
            let words = format!("Not found: \"{}\"", name.text());
            refusals.add(name, format!("the pod has no volume `{}`", name.text()), words);
        }
        if mounted.contains(name.text()) {
            let message = format!("`{}` is mounted, and cannot be a device, too", name.text());
            refusals.add(name, message, "must not already exist in volumeMounts");
        }
    }
}

/// Checks what a mount may say beside its path; `is_privileged` says what its container is.
pub(super) fn mount(refusals: &mut Refusals<'_>, mount: &RenderedValue<'_>, is_privileged: bool) {
    if let Some(value) =
        mount.get("mountPropagation").filter(|it| it.text() == "Bidirectional" && !is_privileged)
    {
        let words = "Bidirectional mount propagation is available only to privileged containers";
        refusals.add(value, "`Bidirectional` needs a privileged container", words);
    }
    let is_read_only = mount.get("readOnly").and_then(RenderedValue::as_bool) == Some(true);
    let recursive = mount.get("recursiveReadOnly").filter(|it| matches!(it.text(), "Enabled" | "IfPossible"));
    if let Some(value) = recursive.filter(|_| !is_read_only && !has_object(mount, "mountPropagation")) {
        let words = "may only be specified when readOnly is true";
        refusals.add(value, "`recursiveReadOnly` needs `readOnly: true`", words);
    }
}
