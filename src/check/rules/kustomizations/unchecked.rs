//! What may hold manifests and was not checked: files, entries of kustomizations, and sources of Applications.

use std::collections::BTreeMap;

use crate::check::files::{self, FileContent, Files};
use crate::check::finding::Finding;
use crate::check::kustomize::{Builds, is_remote, is_source_file, revision_of};
use crate::check::manifests::{IS_TEST_DATA, Manifest, Manifests, marker, test_data};
use crate::check::model::{Application, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN040, TN041};
use crate::yaml::KUSTOMIZATIONS;

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let manifests = model.builds.manifests();
    found.extend(skipped(manifests));
    found.extend(source_files(model.builds));
    found.extend(manifests.kustomizations().flat_map(|one| entries(manifests, one)));
    // The repository of a part is not known well enough.
    if manifests.files().is_whole() {
        let revision = usual_revision(model);
        let sources = |application| sources(model.builds, application, &revision);
        found.extend(model.applications.iter().flat_map(sources));
    }
}

/// Reports every file that was skipped; of the templates of a chart, only the chart, and of a folder of test data, only
/// the first.
fn skipped(manifests: &Manifests<'_>) -> Vec<Finding> {
    let mut groups = BTreeMap::<(String, &str), usize>::new();
    let mut tests = BTreeMap::<&str, (&str, usize)>::new();
    for file in manifests.skipped() {
        if file.why == IS_TEST_DATA
            && let Some(folder) = test_data(&file.path, manifests.files())
        {
            tests.entry(folder).or_insert((&file.path, 0)).1 += 1;
            continue;
        }
        let path = marker(&file.path, manifests.files()).unwrap_or_else(|| file.path.clone());
        *groups.entry((path, file.why)).or_default() += 1;
    }
    let finding = |((path, why), count): ((String, &str), usize)| {
        let message = match (files::split(&path).1, count) {
            ("Chart.yaml", 1) => "the template of this chart is not checked".to_owned(),
            ("Chart.yaml", count) => format!("the {count} templates of this chart are not checked"),
            ("scaffold.yaml", count) => format!("the templates of this scaffold ({count}) are not checked"),
            _ => format!("this file is not checked: it is {why}"),
        };
        Finding::about_file(&TN041, &path, message)
    };
    let of_tests = |(folder, (path, count)): (&str, (&str, usize))| {
        let message = match count {
            1 => format!("the file in `{folder}` is not checked: it is {IS_TEST_DATA}"),
            count => format!("the {count} files in `{folder}` are not checked: they are {IS_TEST_DATA}"),
        };
        Finding::about_file(&TN041, path, message)
    };
    groups.into_iter().map(finding).chain(tests.into_iter().map(of_tests)).collect()
}

/// Reports the files that change sources, except where an Application here renders their folder.
fn source_files(builds: &Builds<'_>) -> Vec<Finding> {
    let files = builds.manifests().files();
    let is_rendered =
        |folder: &str| builds.roots.iter().any(|it| it.application().is_some() && it.folder == folder);
    let is_source = |path: &&str| {
        let (folder, name) = files::split(path);
        is_source_file(name) && !is_rendered(folder)
    };
    let paths = files.iter().map(|(path, _)| path).chain(files.links().map(|(path, _)| path));
    let message = "this file changes the sources of Applications, which is not evaluated";
    let finding = |path| Finding::about_file(&TN040, path, message);
    paths.filter(is_source).map(finding).collect()
}

/// Reports the entries of a kustomization whose files could not be read, except those that are missing.
fn entries(manifests: &Manifests<'_>, kustomization: Manifest<'_>) -> Vec<Finding> {
    let (files, folder) = (manifests.files(), kustomization.folder());
    let content = kustomization.content();
    let mut found = Vec::new();
    for field in ["resources", "bases", "components"] {
        for entry in content.items_at(&[field]).iter().filter(|entry| !is_remote(entry.text())) {
            let path = files::join(folder, entry.text());
            if !path.is_some_and(|path| is_known(files, &path) || is_known_folder(files, &path)) {
                found.push(unread(field, entry, entry.text()));
            }
        }
    }
    for (field, entry, text) in named_files(&content) {
        let path = files::join(folder, text);
        if is_remote(text) || !path.is_some_and(|path| is_known(files, &path)) {
            found.push(unread(field, entry, text));
        }
    }
    found
}

/// Returns the files that patches and generators name: the field, the entry and the path in it.
fn named_files<'v, 'a>(
    kustomization: &'v RenderedValue<'a>,
) -> Vec<(&'static str, &'v RenderedValue<'a>, &'v str)> {
    let mut named = Vec::new();
    for field in ["patches", "patchesJson6902"] {
        let entries = kustomization.items_at(&[field]).iter().filter_map(|patch| patch.get("path"));
        named.extend(entries.map(|entry| (field, entry, entry.text())));
    }
    let entries = kustomization.items_at(&["patchesStrategicMerge"]).iter();
    let entries = entries.filter(|entry| !entry.text().contains(['\n', '{']));
    named.extend(entries.map(|entry| ("patchesStrategicMerge", entry, entry.text())));
    for generator in kustomization.items_at(&["configMapGenerator"]) {
        for entry in generator.items_at(&["files"]) {
            let path = entry.text().split_once('=').map_or(entry.text(), |(_, path)| path);
            named.push(("configMapGenerator", entry, path));
        }
    }
    named
}

fn unread(field: &str, entry: &RenderedValue<'_>, text: &str) -> Finding {
    let why = if is_remote(text) {
        "is not in this repository"
    } else {
        "is not read: it is outside of the repository, or not a regular file"
    };
    entry.location().finding(&TN040, format!("`{text}` in `{field}` {why}"))
}

/// Whether the file was read, or is missing, which another rule reports.
fn is_known(files: &Files, path: &str) -> bool {
    let is_read = matches!(files.get(path), Some(FileContent::Bytes(_) | FileContent::TooLarge(_)));
    is_read || files.lacks(path) && !files.has_folder(path)
}

fn is_known_folder(files: &Files, folder: &str) -> bool {
    let mut names = KUSTOMIZATIONS.iter().filter_map(|name| files::join(folder, name));
    names.any(|path| is_known(files, &path) && !files.lacks(&path))
}

/// Reports the sources of an Application that are elsewhere, or that Argo CD changes.
fn sources(builds: &Builds<'_>, application: &Application<'_>, usual: &str) -> Vec<Finding> {
    let is_set = application.resource.kind() == "ApplicationSet";
    let mut found = Vec::new();
    let patch = application.resource.content().dig(&["spec", "templatePatch"]).filter(|_| is_set);
    found.extend(
        patch.map(|patch| {
            patch.location().finding(&TN040, "the changes by `templatePatch` are not evaluated")
        }),
    );
    for source in application.sources() {
        if let Some(chart) = source.get("chart") {
            let message = format!("the chart `{}` is not rendered", chart.text());
            found.push(chart.location().finding(&TN040, message));
        } else if source.get("path").is_none() && source.get("ref").is_some() {
            // It only has values for the chart of another source.
        } else if let Some(url) = source.get("repoURL").filter(|url| !builds.is_local_url(url.text())) {
            let message = format!("`{}` is another repository, whose manifests are not checked", url.text());
            found.push(url.location().finding(&TN040, message));
        } else {
            let revision = source.get("targetRevision").filter(|_| revision_of(source) != usual);
            found.extend(revision.map(|revision| {
                let message =
                    format!("`{}` is another revision, whose manifests are not checked", revision.text());
                revision.location().finding(&TN040, message)
            }));
            found.extend(changes(source).filter(|_| is_set));
        }
    }
    found
}

/// Reports how an `ApplicationSet` changes what is in the folder of a source; a build reports it for an Application.
fn changes(source: &RenderedValue<'_>) -> impl Iterator<Item = Finding> {
    let tools = ["kustomize", "helm", "plugin"].into_iter();
    let entries = tools.filter_map(|tool| source.entry(tool));
    entries.filter(|entry| !entry.value.entries().is_empty()).map(|entry| {
        let message = format!("the changes by `{}` of this source are not evaluated", entry.key);
        entry.location.finding(&TN040, message)
    })
}

/// Returns the revision that most sources in this repository have: that of the checked files.
fn usual_revision(model: &Model<'_>) -> String {
    let mut votes = BTreeMap::<&str, usize>::new();
    for source in model.applications.iter().flat_map(Application::sources) {
        if source.str_at(&["repoURL"]).is_some_and(|url| model.builds.is_local_url(url)) {
            *votes.entry(revision_of(source)).or_default() += 1;
        }
    }
    let most = votes.into_iter().max_by_key(|(_, votes)| *votes);
    most.map_or_else(String::new, |(revision, _)| revision.to_owned())
}
