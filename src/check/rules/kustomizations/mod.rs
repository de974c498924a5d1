//! Kustomizations: entries that name missing files or change nothing, duplicate resources, builds that fail.

mod refused;
mod unchecked;

use std::collections::{BTreeMap, BTreeSet};

use crate::check::files::{self, Files};
use crate::check::finding::{Finding, Severity};
use crate::check::kustomize::{BuildNotes, EntryMatch, is_remote};
use crate::check::manifests::Manifest;
use crate::check::model::Model;
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN020, TN021, TN040};
use crate::check::source::Source;
use crate::yaml::KUSTOMIZATIONS;

/// Words of folders whose files are copied to another place, where their paths lead elsewhere.
const TEMPLATES: [&str; 4] = ["boilerplate", "skeleton", "template", "templates"];

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let manifests = model.builds.manifests();
    found.extend(manifests.sources().iter().flat_map(duplicates));
    found.extend(manifests.kustomizations().flat_map(|one| missing_entries(manifests.files(), one)));
    found.extend(of_builds(&model.builds.notes));
    refused::findings(model, found);
    unchecked::findings(model, found);
}

/// Reports resources declared again in the same file, of which a cluster would get the last. The same once more does no
/// harm, but kustomize refuses it.
fn duplicates(source: &Source<'_>) -> Vec<Finding> {
    let (mut first, mut found) = (BTreeMap::new(), Vec::new());
    for manifest in source.manifests() {
        let Some((identity, name)) = manifest.identity().zip(manifest.name_location()) else { continue };
        let message = format!("duplicate {identity}");
        let place = first.entry(identity).or_insert((manifest, name));
        let (known, at) = *place;
        if at.key() == name.key() {
            continue;
        }
        // Few files come this far, and the content of all would cost much.
        if is_selected_by_config_sync(&known.content()) {
            *place = (manifest, name);
        } else if !is_selected_by_config_sync(&manifest.content()) {
            let hint = format!("the first is on line {}; remove one of them", at.position().line);
            let finding = name.finding(&TN020, message).hint(hint);
            let is_harmless = !source.is_expected && known.content().content_eq(&manifest.content());
            found.push(if is_harmless { finding.severity(Severity::Warning) } else { finding });
        }
    }
    found
}

/// Whether Config Sync applies the object only to the clusters or namespaces that an annotation selects.
fn is_selected_by_config_sync(object: &RenderedValue<'_>) -> bool {
    let annotations = object.dig(&["metadata", "annotations"]).map_or(&[][..], RenderedValue::entries);
    annotations.iter().map(|entry| &entry.key).any(|key| {
        key.starts_with("configmanagement.gke.io/") && key.ends_with("-selector")
            || key.starts_with("configsync.gke.io/cluster-")
    })
}

/// Reports what fails or is skipped in a build, and entries that match nothing in any build that has them.
fn of_builds(notes: &BuildNotes<'_>) -> Vec<Finding> {
    let mut found = notes.findings.clone();
    let mut seen = BTreeSet::new();
    let skipped = notes.skipped.iter().filter(|skipped| seen.insert(skipped.location.key()));
    found.extend(skipped.map(|skipped| skipped.location.finding(&TN040, &*skipped.what)));
    let mut entries = BTreeMap::<_, (bool, &EntryMatch<'_>)>::new();
    for entry in &notes.matches {
        entries.entry(entry.location.key()).or_insert((false, entry)).0 |= entry.is_met;
    }
    let unmet = entries.into_values().filter(|(is_met, _)| !is_met);
    found.extend(unmet.map(|(_, entry)| entry.finding.clone()));
    found
}

fn missing_entries(files: &Files, kustomization: Manifest<'_>) -> Vec<Finding> {
    let (content, folder) = (kustomization.content(), kustomization.folder());
    let mut found = Vec::new();
    for field in ["resources", "bases", "components", "generators", "transformers", "validators"] {
        for entry in content.items_at(&[field]).iter().filter(|entry| is_local(entry.text())) {
            if lacks(files, folder, entry.text()) && lacks_folder(files, folder, entry.text()) {
                let what = "is neither a file nor a folder with a kustomization";
                found.push(dangling(files, (field, entry), entry.text(), what));
            }
        }
    }
    for (field, entry, path) in named_files(&content) {
        if !is_remote(path) && lacks(files, folder, path) {
            found.push(dangling(files, (field, entry), path, "is not a file"));
        }
    }
    found
}

/// Whether the entry is a path in this repository: it is neither remote nor written in place.
fn is_local(entry: &str) -> bool {
    !is_remote(entry) && !entry.contains(['\n', '{'])
}

/// Returns the files that patches, generators and settings name: the field, the entry and the path in it.
fn named_files<'v, 'a>(
    kustomization: &'v RenderedValue<'a>,
) -> Vec<(&'static str, &'v RenderedValue<'a>, &'v str)> {
    let mut found = Vec::new();
    for field in ["patches", "patchesJson6902", "replacements"] {
        let entries = kustomization.items_at(&[field]).iter().filter_map(|patch| patch.get("path"));
        found.extend(entries.map(|entry| (field, entry, entry.text())));
    }
    for field in ["patchesStrategicMerge", "crds", "configurations"] {
        // A patch may be written in place.
        let entries =
            kustomization.items_at(&[field]).iter().filter(|entry| !entry.text().contains(['\n', '{']));
        found.extend(entries.map(|entry| (field, entry, entry.text())));
    }
    let schema = kustomization.dig(&["openapi", "path"]);
    found.extend(schema.map(|entry| ("openapi", entry, entry.text())));
    for field in ["configMapGenerator", "secretGenerator"] {
        for generator in kustomization.items_at(&[field]) {
            // `key=path` names the key under which the file appears.
            let path =
                |entry: &RenderedValue<'_>| entry.text().split_once('=').map_or(0, |(key, _)| key.len() + 1);
            let entries = generator.items_at(&["files"]).iter();
            found.extend(entries.map(|entry| (field, entry, &entry.text()[path(entry)..])));
            let entries = generator.items_at(&["envs"]).iter().chain(generator.get("env"));
            found.extend(entries.map(|entry| (field, entry, entry.text())));
        }
    }
    found
}

fn dangling(files: &Files, (field, entry): (&str, &RenderedValue<'_>), path: &str, what: &str) -> Finding {
    let finding = entry.location().finding(&TN021, format!("`{}` in `{field}` {what}", entry.text()));
    let (folder, _) = files::split(entry.location().path());
    if files::join(folder, path).is_some_and(|path| files.is_made(&path)) {
        let hint = "what makes it has to run before each build, and Argo CD builds from Git alone";
        return finding.severity(Severity::Warning).hint(hint);
    }
    // `flux bootstrap` makes one folder, and generators make others.
    let is_made = path
        .split('/')
        .any(|part| ["_generated", "build", "flux-system", "gen", "generated"].contains(&part));
    if is_made || is_copied(files, folder) { finding.severity(Severity::Warning) } else { finding }
}

/// Whether a program copies the files of `folder` to another place, or makes others there first.
fn is_copied(files: &Files, folder: &str) -> bool {
    let is_word = |word: &str| TEMPLATES.contains(&word);
    let is_template = |part: &str| is_word(part) || part.rsplit(['-', '_']).next().is_some_and(is_word);
    let is_of_script = |part: &str| ["hack", "scripts"].contains(&part);
    folder.split('/').any(|part| is_template(part) || is_of_script(part)) || is_in_role(files, folder)
}

/// Whether `folder` is among the files of a role of Ansible.
fn is_in_role(files: &Files, folder: &str) -> bool {
    let inside = format!("{folder}/");
    inside.match_indices("files/").any(|(at, _)| {
        let role = &inside[..at];
        let has = |name| files.contains(&format!("{role}tasks/{name}"));
        (role.is_empty() || role.ends_with('/')) && ["main.yml", "main.yaml"].into_iter().any(has)
    })
}

fn lacks(files: &Files, folder: &str, entry: &str) -> bool {
    // What is outside of the common folder is outside of the repository.
    files::join(folder, entry).map_or_else(|| files.lacks(""), |path| files.lacks(&path))
}

fn lacks_folder(files: &Files, folder: &str, entry: &str) -> bool {
    KUSTOMIZATIONS.iter().all(|name| lacks(files, folder, &format!("{entry}/{name}")))
}
