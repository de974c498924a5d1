//! `configMapGenerator` and `secretGenerator`: names, sources, and keys that occur twice.

use std::collections::BTreeSet;

use super::{Entries, refused};
use crate::check::files;
use crate::check::finding::Finding;
use crate::check::rendered_value::{Location, RenderedValue};
use crate::check::source::key_and_path;

const GENERATORS: [&str; 2] = ["configMapGenerator", "secretGenerator"];

pub(super) fn findings(entries: &Entries<'_, '_>, found: &mut Vec<Finding>) {
    for field in GENERATORS {
        let mut names = BTreeSet::new();
        for generator in entries.content.items_at(&[field]).iter().filter(|it| it.is_mapping()) {
            found.extend(name(generator, &mut names));
            keys(entries, generator, found);
        }
    }
}

fn name<'v>(generator: &'v RenderedValue<'_>, names: &mut BTreeSet<(&'v str, &'v str)>) -> Option<Finding> {
    let Some(name) = generator.get("name").filter(|name| !name.text().is_empty()) else {
        let message = "this generator has no `name`";
        return Some(refused(generator.location(), message, "a configmap must have a name"));
    };
    // Any other word means `create` to kustomize.
    let is_new = !matches!(generator.str_at(&["behavior"]), Some("merge" | "replace"));
    let namespace = generator.str_at(&["namespace"]).unwrap_or_default();
    let is_second = is_new && !names.insert((namespace, name.text()));
    is_second.then(|| {
        let message = format!("a second generator is called `{}`", name.text());
        refused(name.location(), message, "exists; can not use behavior: 'unspecified'")
    })
}

/// The keys of a generator so far.
#[derive(Default)]
struct Keys {
    seen: BTreeSet<String>,
}

impl Keys {
    fn add(&mut self, key: &str, location: Location<'_>) -> Option<Finding> {
        let is_second = !self.seen.insert(key.to_owned());
        is_second.then(|| {
            let words = format!("illegally repeats the key `{key}`");
            refused(location, format!("a second entry has the key `{key}`"), &words)
        })
    }
}

/// Reports literals without a value, entries without a key or path, and keys that occur twice.
fn keys(entries: &Entries<'_, '_>, generator: &RenderedValue<'_>, found: &mut Vec<Finding>) {
    let mut keys = Keys::default();
    let envs = generator.items_at(&["envs"]).iter().chain(generator.get("env"));
    for env in envs.filter(|env| !env.text().is_empty()) {
        let lines = entries.text(env.text()).unwrap_or_default().lines().map(str::trim_start);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let names = lines.map(|line| line.split_once('=').map_or(line, |(key, _)| key));
        found.extend(names.filter_map(|key| keys.add(key, env.location())));
    }
    for literal in generator.items_at(&["literals"]) {
        if let Some((key, _)) = literal.text().split_once('=').filter(|(key, _)| !key.is_empty()) {
            found.extend(keys.add(key, literal.location()));
        } else {
            let message = format!("`{}` is not a key and a value", literal.text());
            let words = format!("invalid literal source {}, expected key=value", literal.text());
            found.push(refused(literal.location(), message, &words));
        }
    }
    for file in generator.items_at(&["files"]) {
        found.extend(source(file));
        let (key, path) = key_and_path(file.text());
        let key = if key.is_empty() { files::split(path).1 } else { key };
        found.extend(keys.add(key, file.location()));
    }
}

/// Reports an entry of `files` that is neither a path nor `key=path`.
fn source(file: &RenderedValue<'_>) -> Option<Finding> {
    let (key, path) = file.text().split_once('=')?;
    let words = match (key, path) {
        ("", _) => "missing key name for file path",
        (_, "") => "missing file path for key name",
        (_, path) if path.contains('=') => "key name or file path contains '='",
        _ => return None,
    };
    Some(refused(file.location(), format!("`{}` is not a key and a path", file.text()), words))
}
