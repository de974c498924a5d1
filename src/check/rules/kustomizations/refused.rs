//! Entries of a kustomization that exist and that kustomize, or what it writes, does not accept.

use std::collections::BTreeSet;

use super::named_files;
use crate::check::files::{self, Files};
use crate::check::finding::Finding;
use crate::check::manifests::Manifest;
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::{Location, RenderedValue};
use crate::check::rule::{TN021, TN042};
use crate::check::source::key_and_path;

const GENERATORS: [&str; 2] = ["configMapGenerator", "secretGenerator"];

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let manifests = model.builds.manifests();
    let is_restricted = !loads_from_anywhere(model);
    let is_for_flux = is_for_flux(model);
    for kustomization in manifests.kustomizations() {
        let content = kustomization.content();
        if is_restricted && (!is_for_flux || is_built_by_argo_cd(model, kustomization.folder())) {
            found.extend(outside(manifests.files(), kustomization, &content));
        }
        for image in content.items_at(&["images"]) {
            found.extend(digest(image));
        }
        for field in GENERATORS {
            generators(content.items_at(&[field]), found);
        }
        found.extend(empty(kustomization, &content));
    }
}

fn refused(location: Location<'_>, message: impl Into<String>, words: &str) -> Finding {
    location.finding(&TN042, message).hint(format!("kustomize refuses it: \"{words}\""))
}

/// Whether Argo CD builds with `--load-restrictor LoadRestrictionsNone`.
fn loads_from_anywhere(model: &Model<'_>) -> bool {
    let mut maps = model.of_kind("", "ConfigMap").filter(|map| map.is_called("argocd-cm"));
    maps.any(|map| {
        let options = map.content().get("data").map_or(&[][..], RenderedValue::entries);
        options.iter().any(|it| {
            it.key.starts_with("kustomize.buildOptions") && it.value.text().contains("load-restrictor")
        })
    })
}

/// Whether the repository is for Flux, which loads files from all of it.
fn is_for_flux(model: &Model<'_>) -> bool {
    let is_flux = |resource: &BuiltObject<'_>| resource.group().ends_with(".toolkit.fluxcd.io");
    model.resources.iter().any(is_flux)
}

fn is_built_by_argo_cd(model: &Model<'_>, folder: &str) -> bool {
    model.applications.iter().any(|application| application.folders.contains(&folder))
}

/// Reports files outside of the folder of the kustomization. A folder there may have a kustomization.
fn outside(files: &Files, kustomization: Manifest<'_>, content: &RenderedValue<'_>) -> Vec<Finding> {
    let folder = kustomization.folder();
    let resources = ["resources", "bases"].into_iter().flat_map(|field| content.items_at(&[field]));
    let resources = resources.map(|entry| (entry, entry.text()));
    let others = named_files(content).into_iter().map(|(_, entry, path)| (entry, path));
    let is_outside = |path: &str| {
        let joined = files::join(folder, path).filter(|path| files.text(path).is_some());
        joined.is_some_and(|path| !folder.is_empty() && !path.starts_with(&format!("{folder}/")))
    };
    let named = resources.chain(others).filter(|(_, path)| path.starts_with("..") && is_outside(path));
    let finding = |(entry, path): (&RenderedValue<'_>, &str)| {
        let message = format!("`{path}` is outside of the folder of this kustomization");
        let hint = "kustomize refuses it (\"security; file is not in or below\"); give that folder a kustomization, \
                    and name the folder";
        entry.location().finding(&TN021, message).hint(hint)
    };
    named.map(finding).collect()
}

/// Reports a digest from which kustomize makes an image that cannot be pulled.
fn digest(image: &RenderedValue<'_>) -> Option<Finding> {
    let digest = image.get("digest").filter(|digest| !digest.text().is_empty())?;
    let text = digest.text();
    if crate::check::schema::formats::is_placeholder(text) {
        return None;
    }
    let hex = text
        .strip_prefix("sha256:")
        .map(|hex| (hex, 64))
        .or(text.strip_prefix("sha512:").map(|hex| (hex, 128)));
    let is_good = hex.is_some_and(|(hex, length)| {
        hex.len() == length && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    });
    let message = format!("`{text}` is not a digest, so the image cannot be pulled (InvalidImageName)");
    let hint = "a digest is `sha256:` and 64 hexadecimal digits in lower case";
    (!is_good).then(|| digest.location().finding(&TN042, message).hint(hint))
}

fn generators(generators: &[RenderedValue<'_>], found: &mut Vec<Finding>) {
    let mut names = BTreeSet::new();
    for generator in generators {
        let is_new = generator.str_at(&["behavior"]).unwrap_or("create") == "create";
        let namespace = generator.str_at(&["namespace"]).unwrap_or_default();
        if let Some(name) =
            generator.get("name").filter(|name| is_new && !names.insert((namespace, name.text())))
        {
            let message = format!("a second generator is called `{}`", name.text());
            found.push(refused(name.location(), message, "exists; can not use behavior: 'unspecified'"));
        }
        keys(generator, found);
    }
}

/// Reports literals without a value, and keys that occur twice.
fn keys(generator: &RenderedValue<'_>, found: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for literal in generator.items_at(&["literals"]) {
        let Some((key, _)) = literal.text().split_once('=').filter(|(key, _)| !key.is_empty()) else {
            let message = format!("`{}` is not a key and a value", literal.text());
            let words = format!("invalid literal source {}, expected key=value", literal.text());
            found.push(refused(literal.location(), message, &words));
            continue;
        };
        if !seen.insert(key.to_owned()) {
            found.push(again(literal, key));
        }
    }
    for file in generator.items_at(&["files"]) {
        let (key, path) = key_and_path(file.text());
        let key = if key.is_empty() { files::split(path).1 } else { key };
        if !seen.insert(key.to_owned()) {
            found.push(again(file, key));
        }
    }
}

fn again(entry: &RenderedValue<'_>, key: &str) -> Finding {
    let words = format!("illegally repeats the key `{key}`");
    refused(entry.location(), format!("a second entry has the key `{key}`"), &words)
}

/// Reports a kustomization that says nothing.
fn empty(kustomization: Manifest<'_>, content: &RenderedValue<'_>) -> Option<Finding> {
    let is_head = |key: &str| matches!(key, "apiVersion" | "kind" | "metadata");
    let says = content.entries().iter().any(|entry| !is_head(&entry.key) && !entry.value.is_null());
    let location = kustomization.location();
    (content.is_mapping() && !says)
        .then(|| refused(location, "the kustomization is empty", "kustomization.yaml is empty"))
}
