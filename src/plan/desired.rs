//! An object as the cluster is given it: with the files that a generator puts into it, and with the names that kustomize
//! makes of those of generated objects.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::hash;
use crate::check::FileContent;
use crate::check::files::Files;
use crate::check::kustomize::{Object, RenderedValue, Root};
use crate::check::model::BuiltObject;
use crate::check::rules::secrets::base64;
use crate::yaml::ResourceId;

/// An object that an Application gives to the cluster.
pub(super) struct Desired<'a> {
    pub(super) built: BuiltObject<'a>,
    /// With the name in the cluster.
    pub(super) id: ResourceId,
    pub(super) content: Cow<'a, RenderedValue<'a>>,
    /// The name that a generator is given, where kustomize appends a hash to it.
    pub(super) generator: Option<String>,
}

impl Desired<'_> {
    /// Whether it has an `apiVersion`, without which no cluster accepts it.
    pub(super) fn has_version(&self) -> bool {
        self.content.get("apiVersion").is_some_and(|version| !version.is_null())
    }
}

/// Kind and any of the names of a generated object, with its name in the cluster.
type Renamed = BTreeMap<(String, String), String>;

/// The kinds whose references to `ConfigMaps` and Secrets kustomize updates
/// (`api/internal/konfig/builtinpluginconsts/namereference.go`).
const REFERRING: [&str; 10] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Ingress",
    "Job",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "ServiceAccount",
    "StatefulSet",
];

/// Returns the objects of a build.
pub(super) fn of<'a>(build: &'a Root<'a>, files: &Files) -> Vec<Desired<'a>> {
    let mut renamed = Renamed::new();
    let mut all: Vec<_> = build
        .rendered
        .objects
        .iter()
        .map(|object| generated(BuiltObject { build, object }, files, &mut renamed))
        .collect();
    if !renamed.is_empty() {
        for desired in all.iter_mut().filter(|one| REFERRING.contains(&one.built.kind())) {
            let mut content = desired.content.clone().into_owned();
            if refer(&mut content, &renamed, "") {
                desired.content = Cow::Owned(content);
            }
        }
    }
    all
}

fn generated<'a>(built: BuiltObject<'a>, files: &Files, renamed: &mut Renamed) -> Desired<'a> {
    let object: &Object<'a> = built.object;
    let mut content = Cow::Borrowed(object.content());
    if !object.files().is_empty() || object.is_generated() && object.is("", "Secret") {
        content = Cow::Owned(filled(object, files));
    }
    let mut id = object.identity();
    let mut generator = None;
    let is_read = |path: &String| matches!(files.get(path), Some(FileContent::Bytes(_)));
    // Without all of its data, the hash is not known; the content is compared.
    if object.is_generated() && object.is_complete() && object.files().values().all(is_read) {
        id.name = format!("{}-{}", object.name(), hash::of(object.kind(), &content));
        generator = Some(object.name().to_owned());
        for name in [object.name(), object.written_name()] {
            renamed.insert((object.kind().to_owned(), name.to_owned()), id.name.clone());
        }
    }
    Desired { built, id, content, generator }
}

/// Returns the content with what the files have.
fn filled<'a>(object: &Object<'a>, files: &Files) -> RenderedValue<'a> {
    let mut content = object.content().clone();
    let is_secret = object.is("", "Secret");
    let location = object.location();
    let mut binary = RenderedValue::empty_mapping(location);
    let Some(data) = content.get_mut("data") else { return content };
    for (key, path) in object.files() {
        let Some(FileContent::Bytes(bytes)) = files.get(path) else { continue };
        if let Ok(text) = std::str::from_utf8(bytes) {
            data.set(key, RenderedValue::string(location, text.to_owned()));
        } else {
            data.remove(key);
            binary.set(key, RenderedValue::string(location, base64::encode(bytes)));
        }
    }
    if is_secret {
        for entry in data.entries_mut().into_iter().flatten() {
            let encoded = base64::encode(entry.value.text().as_bytes());
            entry.value = RenderedValue::string(location, encoded);
        }
        for entry in binary.entries() {
            data.set(&entry.key, entry.value.clone());
        }
    } else if !binary.entries().is_empty() {
        content.set("binaryData", binary);
    }
    content
}

/// Gives references the names in the cluster; returns whether there are any. `key` is that of `value`.
fn refer(value: &mut RenderedValue<'_>, renamed: &Renamed, key: &str) -> bool {
    let mut is_changed = false;
    let field = match key {
        "configMapRef" | "configMapKeyRef" | "configMap" => Some(("ConfigMap", "name")),
        "secret" | "tls" if value.get("secretName").is_some() => Some(("Secret", "secretName")),
        "secret" | "secretRef" | "secretKeyRef" | "imagePullSecrets" | "secrets" => Some(("Secret", "name")),
        _ => None,
    };
    if let Some((kind, field)) = field
        && let Some(name) = value.get_mut(field)
        && let Some(new) = renamed.get(&(kind.to_owned(), name.text().to_owned()))
    {
        *name = RenderedValue::string(name.location(), new.clone());
        is_changed = true;
    }
    if let Some(entries) = value.entries_mut() {
        for entry in entries {
            let key = entry.key.clone();
            is_changed |= refer(&mut entry.value, renamed, &key);
        }
    } else if let Some(items) = value.items_mut() {
        for item in items {
            is_changed |= refer(item, renamed, key);
        }
    }
    is_changed
}
