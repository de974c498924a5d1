//! Kustomizations: every local file and folder that they name is there.

use std::collections::BTreeSet;

use serde_yaml::Value as Yaml;

/// What the kustomization `document` at `path` names but `paths`, the whole tree, does not hold. Remote entries
/// are left alone, and so is any file that is no kustomization.
pub fn dangling(path: &str, document: &Yaml, paths: &BTreeSet<&str>) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if name != "kustomization.yaml" {
        return Vec::new();
    }
    let is_file = |entry: &str| join(folder, entry).is_some_and(|path| paths.contains(path.as_str()));
    let is_base = |entry: &str| {
        join(folder, entry).is_some_and(|path| paths.contains(format!("{path}/kustomization.yaml").as_str()))
    };
    let mut problems = Vec::new();
    for field in ["resources", "components"] {
        for entry in texts(document.get(field)) {
            if !is_remote(entry) && !is_file(entry) && !is_base(entry) {
                problems.push(format!(
                    "`{entry}` in `{field}` is neither a file nor a folder with a kustomization"
                ));
            }
        }
    }
    let mut file = |field: &str, entry: &str| {
        if !is_file(entry) {
            problems.push(format!("`{entry}` in `{field}` is no file"));
        }
    };
    for patch in sequence(document.get("patches")) {
        if let Some(entry) = patch.get("path").and_then(Yaml::as_str) {
            file("patches", entry);
        }
    }
    for field in ["configMapGenerator", "secretGenerator"] {
        for generator in sequence(document.get(field)) {
            for entry in texts(generator.get("files")).chain(texts(generator.get("envs"))) {
                // `key=path` names the key under which the file appears.
                file(field, entry.rsplit_once('=').map_or(entry, |(_, path)| path));
            }
        }
    }
    problems
}

fn is_remote(entry: &str) -> bool {
    entry.contains("://") || entry.contains('@') || entry.starts_with("github.com/")
}

fn sequence(value: Option<&Yaml>) -> impl Iterator<Item = &Yaml> {
    value.and_then(Yaml::as_sequence).into_iter().flatten()
}

fn texts(value: Option<&Yaml>) -> impl Iterator<Item = &str> {
    sequence(value).filter_map(Yaml::as_str)
}

/// `entry` as seen from `folder`, without dots; `None` where it leaves the tree.
fn join(folder: &str, entry: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in entry.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
