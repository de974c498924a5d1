//! The folders that Applications read without a kustomization, as Argo CD's directory sources do.

use std::collections::HashMap;

use crate::check::files::{self, Files, has_yaml_name};
use crate::check::source::Manifest;
use crate::yaml::node::Node;

/// A folder that an Application, or the template of an `ApplicationSet`, names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directory {
    folder: String,
    is_recursive: bool,
    /// Whether files of any name are manifests, not only YAML and JSON.
    pub(crate) has_any_name: bool,
}

impl Directory {
    /// Returns it without links on its way.
    pub(crate) fn resolved(self, files: &Files) -> Self {
        Self { folder: files.resolve(&self.folder).into_owned(), ..self }
    }

    pub(crate) fn folder(&self) -> &str {
        &self.folder
    }

    /// Whether it reads the file `path`, which has no link on its way.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let rest = match self.folder.as_str() {
            "" => Some(path),
            folder => path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')),
        };
        rest.is_some_and(|rest| {
            (self.is_recursive || !rest.contains('/')) && (self.has_any_name || has_yaml_name(path))
        })
    }
}

/// Directories by their folders: there may be hundreds, and each file asks for those that hold it.
#[derive(Debug, Default)]
pub(super) struct Directories(HashMap<String, Vec<Directory>>);

impl Directories {
    pub(super) fn of(directories: impl Iterator<Item = Directory>) -> Self {
        let mut found = HashMap::<_, Vec<_>>::new();
        for directory in directories {
            found.entry(directory.folder.clone()).or_default().push(directory);
        }
        Self(found)
    }

    /// Whether one of them reads files of any name.
    pub(super) fn have_any_name(&self) -> bool {
        self.0.values().flatten().any(|directory| directory.has_any_name)
    }

    /// Whether one of them is `folder` itself.
    pub(super) fn contain(&self, folder: &str) -> bool {
        self.0.contains_key(folder)
    }

    /// Whether one of them reads the file `path`, which has no link on its way.
    pub(super) fn hold(&self, path: &str) -> bool {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]).chain([""]);
        let mut inside = folders.filter_map(|folder| self.0.get(folder)).flatten();
        inside.any(|directory| directory.holds(path))
    }
}

/// Returns the folders that an Application or `ApplicationSet` names, in this repository or another. Those with a
/// placeholder are left out.
pub(crate) fn directories(manifest: Manifest<'_>) -> Vec<Directory> {
    let spec: &[&str] = match (manifest.group(), manifest.kind()) {
        ("argoproj.io", "Application") => &["spec"],
        ("argoproj.io", "ApplicationSet") => &["spec", "template", "spec"],
        _ => return Vec::new(),
    };
    let Some(spec) = manifest.root().dig(spec) else { return Vec::new() };
    spec.get("source").into_iter().chain(spec.items_at(&["sources"])).filter_map(directory).collect()
}

fn directory(source: Node<'_>) -> Option<Directory> {
    let folder = files::join("", source.str_at(&["path"])?)?;
    let is_on = |option| source.dig(&["directory", option]).and_then(Node::as_bool) == Some(true);
    Some(Directory { folder, is_recursive: is_on("recurse"), has_any_name: is_on("disableExtensionFilter") })
}
