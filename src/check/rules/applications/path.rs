//! Applications whose path or project is not there.

use std::collections::BTreeSet;

use crate::check::finding::Finding;
use crate::check::kustomize::{Builds, Root, folder_of, sources};
use crate::check::manifests::Manifest;
use crate::check::registry::{TN036, TN037};
use crate::suggest;

/// Adds what is wrong.
pub(crate) fn findings(builds: &Builds<'_>, found: &mut Vec<Finding>) {
    let manifests = builds.manifests();
    let projects: BTreeSet<_> =
        manifests.of("argoproj.io", "AppProject").filter_map(Manifest::name).collect();
    for application in manifests.of("argoproj.io", "Application") {
        found.extend(without_path(builds, application));
        found.extend(without_project(builds, application, &projects));
    }
}

fn without_path(builds: &Builds<'_>, application: Manifest<'_>) -> Option<Finding> {
    let source = sources(application).find(|source| {
        let folder = folder_of(*source).filter(|folder| !folder.is_empty());
        builds.is_local(*source)
            && is_of_known_revision(builds, source.str_at(&["targetRevision"]))
            && folder.is_some_and(|folder| {
                let files = builds.manifests().files();
                !files.has_folder(&folder) && files.lacks(&folder)
            })
    })?;
    let path = source.get("path")?;
    let message = format!("there is no folder `{}` in this repository", path.text());
    let folders = builds.roots.iter().map(|root| &*root.folder);
    let hint = format!("Argo CD cannot render this Application{}", suggest::hint(path.text(), folders));
    Some(application.finding(&TN036, path, message).hint(hint))
}

/// Whether Applications whose folder is there take the same revision: on others there may be other folders.
fn is_of_known_revision(builds: &Builds<'_>, revision: Option<&str>) -> bool {
    let revision = revision.unwrap_or("HEAD");
    let known = builds.roots.iter().filter_map(Root::source);
    known.map(|source| source.str_at(&["targetRevision"]).unwrap_or("HEAD")).any(|known| known == revision)
}

fn without_project(
    builds: &Builds<'_>,
    application: Manifest<'_>,
    projects: &BTreeSet<&str>,
) -> Option<Finding> {
    let project = application.root().dig(&["spec", "project"])?;
    let name = project.as_str()?;
    let is_fine = name == "default" || name.is_empty() || projects.contains(name) || projects.is_empty();
    if is_fine || !builds.is_whole() {
        return None;
    }
    let message = format!("no AppProject in this repository is called `{name}`, though others are here");
    let hint = format!(
        "Argo CD refuses an Application whose project does not exist{}",
        suggest::hint(name, projects.iter().copied())
    );
    Some(application.finding(&TN037, project, message).hint(hint))
}
