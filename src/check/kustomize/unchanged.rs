//! The folders of which two revisions are given the same, so that one build serves both.

use std::collections::{BTreeMap, BTreeSet};

use super::builder::MAX_DEPTH;
use crate::check::files::{self, Files};
use crate::check::manifests::Manifests;
use crate::check::model::lookup::is_below;
use crate::check::source::Source;
use crate::yaml::KUSTOMIZATIONS;

#[derive(Debug)]
pub(super) struct Unchanged<'a> {
    manifests: &'a Manifests<'a>,
    /// The paths that differ, or that are read in another way.
    changed: BTreeSet<&'a str>,
    /// Whether links or settings differ, on which any build may depend.
    is_other: bool,
    /// Whether a kustomization is the same, by its folder.
    known: BTreeMap<String, bool>,
    /// How many kustomizations use the one that is looked at.
    depth: usize,
}

impl<'a> Unchanged<'a> {
    pub(super) fn between(one: &'a Manifests<'a>, other: &'a Manifests<'a>) -> Self {
        let mut changed = changed_files(one.files(), other.files());
        changed.extend(changed_sources(one, other));
        changed.extend(changed_sources(other, one));
        let is_other = !one.files().builds_like(other.files());
        Self { manifests: one, changed, is_other, known: BTreeMap::new(), depth: 0 }
    }

    /// Whether the kustomization of `folder` gives the same. It does where nothing is changed that a text in it could
    /// name, nor of the kustomizations that it could use.
    pub(super) fn kustomization(&mut self, folder: &str) -> bool {
        if self.is_other || self.depth > MAX_DEPTH {
            return false;
        }
        if let Some(known) = self.known.get(folder) {
            return *known;
        }
        // What is built of a cycle depends on where it is entered.
        self.known.insert(folder.to_owned(), false);
        self.depth += 1;
        let is_same = self.names_nothing_changed(folder);
        self.depth -= 1;
        self.known.insert(folder.to_owned(), is_same);
        is_same
    }

    fn names_nothing_changed(&mut self, folder: &str) -> bool {
        let beside = KUSTOMIZATIONS.iter().filter_map(|name| files::join(folder, name));
        let beside: Vec<_> = beside.collect();
        if beside.iter().any(|path| self.changed.contains(path.as_str())) {
            return false;
        }
        let manifests = self.manifests;
        let texts = beside.iter().filter_map(|path| manifests.source(path)).flat_map(Source::texts);
        for (_, text) in texts {
            // `key=path` in the files of a generator.
            let path = text.split_once('=').map(|(_, path)| path);
            for path in [Some(text), path].into_iter().flatten() {
                let Some(path) = files::join(folder, path).filter(|path| path != folder) else { continue };
                let path = manifests.files().resolve(&path);
                if self.touches(&path) || self.is_kustomized(&path) && !self.kustomization(&path) {
                    return false;
                }
            }
        }
        true
    }

    /// Whether a folder without a kustomization has the same files.
    pub(super) fn directory(&self, folder: &str) -> bool {
        let is_linked = || self.manifests.files().links().any(|(link, _)| is_below(link, folder));
        !self.is_other && !self.touches(folder) && !is_linked()
    }

    /// Whether the file, or one in the folder, is changed.
    fn touches(&self, path: &str) -> bool {
        let inside = if path.is_empty() { String::new() } else { format!("{path}/") };
        let first = || self.changed.range(inside.as_str()..).next();
        self.changed.contains(path) || first().is_some_and(|it| it.starts_with(&inside))
    }

    fn is_kustomized(&self, folder: &str) -> bool {
        let mut paths = KUSTOMIZATIONS.iter().filter_map(|name| files::join(folder, name));
        paths.any(|path| self.manifests.source(&path).is_some())
    }
}

fn changed_files<'a>(one: &'a Files, other: &'a Files) -> BTreeSet<&'a str> {
    let mut changed: BTreeSet<_> = one.iter().map(|(path, _)| path).collect();
    for (path, content) in other.iter() {
        if one.stored(path) == Some(content) {
            changed.remove(path);
        } else {
            changed.insert(path);
        }
    }
    changed
}

/// Returns what `one` reads in another way than `other`.
fn changed_sources<'a>(one: &'a Manifests<'a>, other: &'a Manifests<'a>) -> impl Iterator<Item = &'a str> {
    let differs =
        |source: &&Source<'_>| !other.generated_from(source.path).is_some_and(|it| it.serves_like(source));
    one.sources().iter().chain(one.scripts()).filter(differs).map(|source| source.path)
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use crate::check::kustomize::{Builder, Builds, Root};
    use crate::check::{FileContent, Files, Manifests};

    const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {a: x}\n";

    /// A base with a component and generated files, an overlay of it, one that uses neither, and a plain folder.
    const FILES: [(&str, &str); 15] = [
        ("base/kustomization.yaml", "resources: [map.yaml]\ncomponents: [../part]\n"),
        ("base/map.yaml", MAP),
        ("part/kustomization.yaml", "kind: Component\nlabels: [{pairs: {team: shop}}]\n"),
        (
            "over/kustomization.yaml",
            "resources: [../base]\npatches: [{path: patch.yaml}]\nconfigMapGenerator: [{name: made, files: [key=text/file, run.sh], envs: [v.env]}]\n",
        ),
        ("over/patch.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {b: y}\n"),
        ("over/text/file", "text"),
        ("over/v.env", "A=1\n"),
        ("over/run.sh", "#!/bin/sh\n"),
        ("lone/kustomization.yaml", "resources: [map.yaml, https://example.com/x]\n"),
        ("lone/map.yaml", MAP),
        ("plain/map.yaml", MAP),
        ("plain/deep/map.yaml", MAP),
        (
            "app.yaml",
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {project: default, destination: {namespace: live}, sources: [{repoURL: 'https://example.com/x.git', path: plain, directory: {recurse: true}}, {repoURL: 'https://example.com/x.git', path: over}]}\n",
        ),
        ("one/kustomization.yaml", "resources: [../two, ../lone]\n"),
        ("two/kustomization.yaml", "resources: [../one]\n"),
    ];

    fn files(list: &[(&str, &str)]) -> Files {
        let mut files = Files::below([""]);
        for (path, text) in list {
            files.insert(*path, FileContent::of(text.as_bytes().to_vec()));
        }
        files
    }

    /// Returns what is built, and what is said of it.
    fn told(builds: &Builds<'_>) -> (Vec<String>, Vec<String>) {
        let root = |root: &Root<'_>| {
            let mut told = vec![format!("{} {}", root.folder, root.rendered.is_partial)];
            for object in &root.rendered.objects {
                told.push(format!("{} {:?}", object.identity(), object.files()));
                let scalars = object.content().scalars().into_iter();
                told.extend(scalars.map(|it| format!("{} {}", it.location(), it.text())));
            }
            told.join("\n")
        };
        let skipped = builds.notes.skipped.iter().map(|it| format!("{}: {}", it.location, it.what));
        let findings = builds.notes.findings.iter().map(|it| format!("{} {}", it.path, it.message));
        let mut notes: Vec<_> = skipped.chain(findings).collect();
        notes.sort();
        (builds.roots.iter().map(root).collect(), notes)
    }

    /// Whether the two revisions share the objects of a folder.
    fn is_shared(builds: &[Builds<'_>; 2], folder: &str) -> bool {
        let [before, after] =
            [0, 1].map(|at| builds[at].roots.iter().find(|root| root.folder == folder).unwrap());
        let mut pairs = before.rendered.objects.iter().zip(&after.rendered.objects);
        pairs.all(|(one, other)| ptr::eq(one.content(), other.content()))
    }

    /// Returns which folders are shared after a change; the builds must be those that each revision has by itself.
    fn shared(change: impl Fn(&mut Files)) -> Vec<&'static str> {
        let mut found = Vec::new();
        for is_back in [false, true] {
            let (mut before, mut after) = (files(&FILES), files(&FILES));
            change(if is_back { &mut before } else { &mut after });
            let after_manifests = Manifests::read(&after);
            let before_manifests = Manifests::read_beside(&before, &after_manifests);
            let mut builder = Builder::new(&after_manifests);
            let built = Builds::by(&mut builder);
            let mut beside = Builder::beside(&before_manifests, &builder);
            let builds = [Builds::by(&mut beside), built];
            let alone = Manifests::read(&before);
            assert_eq!(told(&builds[0]), told(&Builds::of(&alone)));
            let folders = ["over", "lone", "plain"].into_iter().filter(|folder| {
                let is_there = |it: &Builds<'_>| it.roots.iter().any(|root| root.folder == *folder);
                builds.iter().all(is_there) && is_shared(&builds, folder)
            });
            found.push(folders.collect());
        }
        assert_eq!(found[0], found[1]);
        found.remove(0)
    }

    #[test]
    fn what_a_change_does_not_reach_is_built_once() {
        let insert = |path: &'static str, text: &'static str| {
            move |files: &mut Files| files.insert(path, FileContent::of(text.as_bytes().to_vec()))
        };
        let remove = |path: &'static str| move |files: &mut Files| files.remove(path);
        let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n";
        assert_eq!(shared(|_| ()), ["over", "lone", "plain"]);
        assert_eq!(shared(insert("readme.md", "x")), ["over", "lone", "plain"]);
        for (path, text) in [
            ("base/map.yaml", other),
            ("base/kustomization.yml", "resources: [map.yaml]\n"),
            ("part/kustomization.yaml", "kind: Component\nnamePrefix: p-\n"),
            ("over/patch.yaml", other),
            ("over/text/file", "other"),
            ("over/v.env", "A=2\n"),
            ("over/run.sh", "#!/bin/sh\ntrue\n"),
        ] {
            assert_eq!(shared(insert(path, text)), ["lone", "plain"], "{path}");
        }
        for path in
            ["base/map.yaml", "part/kustomization.yaml", "over/text/file", "over/v.env", "over/patch.yaml"]
        {
            assert_eq!(shared(remove(path)), ["lone", "plain"], "{path}");
        }
        assert_eq!(shared(insert("lone/map.yaml", other)), ["over", "plain"]);
        assert_eq!(shared(insert("plain/deep/new.yaml", other)), ["over", "lone"]);
        assert_eq!(shared(|files| files.link("plain/link.yaml", "base/map.yaml")), Vec::<&str>::new());
    }

    #[test]
    fn a_long_chain_comes_to_an_end() {
        let mut chain = files(&[]);
        for at in 0..5000 {
            let text = format!("resources: [../k{}]\n", at + 1);
            chain.insert(format!("k{at}/kustomization.yaml"), FileContent::of(text.into_bytes()));
        }
        let manifests = Manifests::read(&chain);
        let mut builder = Builder::new(&manifests);
        let built = Builds::by(&mut builder);
        let beside = Builds::by(&mut Builder::beside(&manifests, &builder));
        assert_eq!(told(&beside), told(&built));
    }
}
