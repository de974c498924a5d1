//! Files by which a folder changes the sources of the Applications that render it: `.argocd-source.yaml` for all, and
//! `.argocd-source-NAME.yaml` for one, as Argo CD Image Updater writes it (`mergeSourceParameters` in
//! `reposerver/repository/repository.go` of <https://github.com/argoproj/argo-cd>).

use std::borrow::Cow;

use crate::check::files::{self, Files};
use crate::check::rendered_value::{KeyValue, Location, RenderedValue};
use crate::yaml::reader;

/// The fields of a source that say how its folder is rendered, which such a file may change.
pub(crate) const RENDERING_FIELDS: [&str; 4] = ["directory", "helm", "kustomize", "plugin"];

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

/// A source with what its folder changes of it.
pub(crate) struct EffectiveSource<'v, 'a> {
    pub(crate) value: Cow<'v, RenderedValue<'a>>,
    /// The name of a file that cannot be read as one.
    pub(super) unreadable: Option<String>,
}

impl<'v, 'a> EffectiveSource<'v, 'a> {
    /// Returns a source of the Application `name`. What a file adds is at the place of the source.
    pub(crate) fn of(files: &Files, source: &'v RenderedValue<'a>, folder: &str, name: &str) -> Self {
        let mut effective = Self { value: Cow::Borrowed(source), unreadable: None };
        for path in source_files(folder, name).filter(|path| files.contains(path)) {
            if !effective.merge(files.text(&path).unwrap_or_default(), source.location()) {
                effective.unreadable = Some(files::split(&path).1.to_owned());
            }
        }
        effective
    }

    /// Whether a file changes it.
    pub(super) fn is_changed(&self) -> bool {
        matches!(self.value, Cow::Owned(_))
    }

    /// Merges the text of a file; fails if that is not a mapping.
    fn merge(&mut self, text: &str, location: Location<'a>) -> bool {
        let stream = reader::read(text);
        let Some(document) = stream.documents.first().filter(|_| stream.errors.is_empty()) else {
            return false;
        };
        let change = RenderedValue::owned(document.root(), &|_| location);
        let is_valid = |entry: &&KeyValue<'a>| entry.value.is_mapping() || entry.value.is_null();
        let fields: Vec<_> =
            change.entries().iter().filter(|it| RENDERING_FIELDS.contains(&&*it.key)).collect();
        for KeyValue { key, value, .. } in fields.iter().filter(|entry| is_valid(entry)) {
            merge(self.value.to_mut(), key, value);
        }
        change.is_mapping() && fields.iter().all(is_valid)
    }
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
