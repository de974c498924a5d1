//! Files by which a folder changes the sources of the Applications that render it: `.argocd-source.yaml` for all, and
//! `.argocd-source-NAME.yaml` for one, as Argo CD Image Updater writes it (`mergeSourceParameters` in
//! `reposerver/repository/repository.go` of <https://github.com/argoproj/argo-cd>).

use std::borrow::Cow;

use crate::check::files::{self, Files};
use crate::check::rendered_value::{KeyValue, RenderedValue};
use crate::yaml::reader;

/// The fields that such a file may change.
const FIELDS: [&str; 4] = ["directory", "helm", "kustomize", "plugin"];

/// Whether a file of that name may be one.
pub(crate) fn is_source_file(name: &str) -> bool {
    name.strip_prefix(".argocd-source").is_some_and(|rest| {
        rest == ".yaml" || rest.starts_with('-') && rest.strip_suffix(".yaml").is_some_and(|it| it.len() > 1)
    })
}

/// Returns the paths of the files for the Application `name` in its folder, in the order in which they are read.
pub(crate) fn source_files(folder: &str, name: &str) -> impl Iterator<Item = String> {
    let names = [".argocd-source.yaml".to_owned(), format!(".argocd-source-{name}.yaml")];
    names.into_iter().filter_map(move |name| files::join(folder, &name))
}

/// Returns a source of the Application `name` as its folder changes it. What a file adds is at the place of the source.
pub(crate) fn effective_source<'v, 'a>(
    files: &Files,
    source: &'v RenderedValue<'a>,
    folder: &str,
    name: &str,
) -> Cow<'v, RenderedValue<'a>> {
    let mut effective = Cow::Borrowed(source);
    for text in source_files(folder, name).filter_map(|path| files.text(&path)) {
        let stream = reader::read(text);
        let Some(document) = stream.documents.first() else { continue };
        let change = RenderedValue::owned(document.root(), &|_| source.location());
        for KeyValue { key, value, .. } in change.entries().iter().filter(|it| FIELDS.contains(&&*it.key)) {
            merge(effective.to_mut(), key, value);
        }
    }
    effective
}

/// Merges JSON (RFC 7396): mappings into each other, null takes away, and all else is replaced.
fn merge<'a>(into: &mut RenderedValue<'a>, key: &str, change: &RenderedValue<'a>) {
    if change.is_null() {
        into.remove(key);
    } else if change.is_mapping() {
        let Some(inner) = into.get_or_insert(key, change.location()) else { return };
        for KeyValue { key, value, .. } in change.entries() {
            merge(inner, key, value);
        }
    } else {
        into.set(key, change.clone());
    }
}
