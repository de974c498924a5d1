//! The files of this repository that a source of an Application is made of.

use std::collections::BTreeSet;

use crate::check::SkippedFile;
use crate::check::files::{self, Files};
use crate::check::kustomize::{RenderedValue, directory_filters, is_chart, is_recursive};
use crate::check::manifests::Manifests;
use crate::check::model::lookup::is_below;
use crate::yaml::{KUSTOMIZATIONS, is_kustomization};

/// Fields of a kustomization that are not evaluated, and that name files.
const OTHER_FIELDS: [&str; 8] = [
    "configurations",
    "crds",
    "generators",
    "helmCharts",
    "helmGlobals",
    "replacements",
    "transformers",
    "validators",
];

#[derive(Default)]
pub(super) struct Inputs {
    pub(super) all: BTreeSet<String>,
    /// Those that give their own objects and change no others.
    pub(super) manifests: BTreeSet<String>,
}

/// Returns the files of the source, which renders `folder`: what its kustomization names, or else all in the folder.
pub(super) fn of(manifests: &Manifests<'_>, folder: &str, source: &RenderedValue<'_>) -> Inputs {
    let files = manifests.files();
    let mut found = Inputs::default();
    if kustomization(files, folder).is_none() {
        let all = files.iter().map(|(path, _)| path).filter(|path| is_below(path, folder));
        found.all.extend(all.map(str::to_owned));
        if !is_chart(files, folder) && directory_filters(source).next().is_none() {
            let plain = found.all.iter().filter(|path| manifests.source(path).is_some());
            found.manifests = plain.cloned().collect();
        }
        let values = source.items_at(&["helm", "valueFiles"]).iter();
        found.all.extend(values.filter_map(|value| files::join(folder, value.text())));
        return found;
    }
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        let path = files.resolve(&path).into_owned();
        let file = kustomization(files, &path).unwrap_or(path);
        if !found.all.insert(file.clone()) {
            continue;
        }
        let Some(source) = manifests.source(&file).filter(|_| is_kustomization(&file)) else {
            found.manifests.insert(file);
            continue;
        };
        open.extend(source.resources().chain(source.components()));
        let others = source.patch_files().chain(source.generated()).chain(source.env_files());
        found.all.extend(others.map(|path| files.resolve(&path).into_owned()));
        let folder = files::split(&file).0;
        for value in source.values() {
            let texts =
                OTHER_FIELDS.iter().filter_map(|field| value.get(field)).flat_map(RenderedValue::scalars);
            for path in texts.filter_map(|text| files::join(folder, text.text())) {
                add(files, &path, &mut found.all);
            }
        }
    }
    found
}

/// Returns the files of a folder without a kustomization that Argo CD reads, and that are set aside here, such as templates.
pub(super) fn unread<'m>(
    manifests: &'m Manifests<'_>,
    folder: &str,
    source: &RenderedValue<'_>,
) -> impl Iterator<Item = &'m SkippedFile> {
    let (is_chart, is_recursive) = (is_chart(manifests.files(), folder), is_recursive(source));
    let is_read = move |path: &str| {
        let is_in = if is_recursive { is_below(path, folder) } else { files::split(path).0 == folder };
        !is_chart && is_in && files::has_yaml_name(path)
    };
    manifests.skipped().iter().filter(move |file| is_read(&file.path))
}

/// Adds a file, or all files of a folder.
fn add(files: &Files, path: &str, found: &mut BTreeSet<String>) {
    if path.is_empty() {
        return;
    }
    if files.contains(path) {
        found.insert(files.resolve(path).into_owned());
    } else if files.has_folder(path) {
        found.extend(files.iter().map(|(path, _)| path).filter(|it| is_below(it, path)).map(str::to_owned));
    }
}

pub(super) fn kustomization(files: &Files, folder: &str) -> Option<String> {
    KUSTOMIZATIONS.iter().filter_map(|name| files::join(folder, name)).find(|path| files.contains(path))
}
