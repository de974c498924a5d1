//! What kustomize refuses although the files are there: the kustomization itself, and what its entries hold.

mod generators;
mod objects;
mod plugins;
mod replacements;
mod settings;

use std::collections::HashMap;

use super::named_files;
use crate::check::files::{self, Files};
use crate::check::finding::{Finding, Severity};
use crate::check::manifests::{Manifest, Manifests};
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::{Location, RenderedValue};
use crate::check::rule::{TN021, TN042};
use crate::check::source::Source;

/// A kustomization, with what its entries lead to.
struct Entries<'m, 'a> {
    manifests: &'m Manifests<'a>,
    kustomization: Manifest<'m>,
    content: RenderedValue<'m>,
    /// The kustomization of each folder.
    folders: &'m HashMap<&'m str, Manifest<'m>>,
}

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let manifests = model.builds.manifests();
    let is_restricted = !loads_from_anywhere(model);
    let is_for_flux = is_for_flux(model);
    let folders = manifests.kustomizations().map(|one| (one.folder(), one)).collect();
    settings::files(manifests, found);
    for kustomization in manifests.kustomizations() {
        let content = kustomization.content();
        let entries = Entries { manifests, kustomization, content, folders: &folders };
        if is_restricted && (!is_for_flux || is_built_by_argo_cd(model, kustomization.folder())) {
            found.extend(outside(manifests.files(), kustomization, &entries.content));
        }
        settings::findings(&entries, found);
        generators::findings(&entries, found);
        objects::findings(&entries, found);
        plugins::findings(&entries, found);
        replacements::findings(&entries, found);
    }
}

impl<'m, 'a: 'm> Entries<'m, 'a> {
    /// Returns the path of what an entry names, if it is here.
    fn path(&self, entry: &str) -> Option<String> {
        files::join(self.kustomization.folder(), entry)
    }

    /// Returns the text of the file that an entry names, if it was read.
    fn text(&self, entry: &str) -> Option<&'m str> {
        self.manifests.files().text(&self.path(entry)?)
    }

    /// Returns the file that an entry names as YAML, whatever it has.
    fn yaml(&self, entry: &str) -> Option<Source<'m>> {
        let (path, text) = self.manifests.files().entry(&self.path(entry)?)?;
        Some(Source::of_text(path, text))
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

/// Reports files outside of the folder of the kustomization, also through a link. A folder there may have a
/// kustomization.
fn outside(files: &Files, kustomization: Manifest<'_>, content: &RenderedValue<'_>) -> Vec<Finding> {
    let folder = kustomization.folder();
    let resources = ["resources", "bases"].into_iter().flat_map(|field| content.items_at(&[field]));
    let resources = resources.map(|entry| (entry, entry.text()));
    let others = named_files(content).into_iter().map(|(_, entry, path)| (entry, path));
    let root = files.resolve(folder);
    let is_outside = |path: &str| {
        let joined = files::join(folder, path).filter(|path| files.text(path).is_some());
        joined.is_some_and(|path| {
            let path = files.resolve(&path);
            !root.is_empty() && !path.starts_with(&format!("{root}/"))
        })
    };
    let named = resources.chain(others).filter(|(_, path)| is_outside(path));
    let finding = |(entry, path): (&RenderedValue<'_>, &str)| {
        let message = format!("`{path}` is outside of the folder of this kustomization");
        let hint = "kustomize refuses it (\"security; file is not in or below\"); give that folder a kustomization, \
                    and name the folder";
        let finding = entry.location().finding(&TN021, message).hint(hint);
        if files.is_unrestricted() {
            let hint = "only `--load-restrictor LoadRestrictionsNone` builds it, which this repository uses somewhere";
            return finding.severity(Severity::Warning).hint(hint);
        }
        finding
    };
    named.map(finding).collect()
}
