//! Files that have to be read because others name them, whatever they are called and wherever they are: the caller reads
//! them, and asks again, since they may name more.

use std::collections::BTreeSet;

use super::files::{self, FileContent, Files, has_yaml_name};
use super::manifests::directories;
use super::mentions::may_mention;
use super::parallel;
use super::source::Source;
use crate::yaml::{KUSTOMIZATIONS, is_kustomization};

/// An option of Argo CD's directory sources, with which a file of any name is a manifest.
const ANY_NAME: &str = "disableExtensionFilter";

/// Finds the files to read in rounds. Each path is asked for once, so that the rounds end.
#[derive(Debug, Default)]
pub struct Unread {
    examined: BTreeSet<String>,
    asked: BTreeSet<String>,
}

impl Unread {
    /// Returns the paths that `files` name and do not have yet. They may be files, folders, or missing.
    pub fn next(&mut self, files: &Files) -> BTreeSet<String> {
        let mut wanted: BTreeSet<String> = files
            .links()
            .filter(|(link, target)| has_yaml_name(link) && !files.has_folder(target))
            .map(|(_, target)| target.to_owned())
            .collect();
        let mut may_name = |path: &str, content: &FileContent| {
            let FileContent::Bytes(bytes) = content else { return false };
            let is_kustomization = is_kustomization(path);
            let is_new = (is_kustomization || has_yaml_name(path)) && self.examined.insert(path.to_owned());
            is_new && (is_kustomization || may_mention(bytes, ANY_NAME))
        };
        let new: Vec<_> = files.iter().filter(|(path, content)| may_name(path, content)).collect();
        let names = parallel::map(parallel::threads_for(new.len()), &new, |&(path, content)| {
            let source = Source::read(path, content, true, None)?;
            Some(if is_kustomization(path) {
                named(&source, files)
            } else {
                whole_directories(&source, files)
            })
        });
        wanted.extend(names.into_iter().flatten().flatten());
        wanted.retain(|path| is_wanted(path, files) && self.asked.insert(path.clone()));
        wanted
    }
}

/// Returns the files that kustomizations put into Secrets. They are not read.
pub fn secret_files(files: &Files) -> BTreeSet<String> {
    let kustomizations = files.iter().filter(|(path, _)| is_kustomization(path));
    let sources = kustomizations.filter_map(|(path, content)| Source::read(path, content, true, None));
    sources.flat_map(|source| source.secret_files().collect::<Vec<_>>()).collect()
}

fn is_wanted(path: &str, files: &Files) -> bool {
    match files.get(path) {
        None => !files.has_folder(path),
        Some(content) => *content == FileContent::Unread,
    }
}

/// Returns what the kustomization `source` names.
fn named(source: &Source<'_>, files: &Files) -> BTreeSet<String> {
    let mut named: BTreeSet<String> = source.resources().chain(source.components()).collect();
    let inside: Vec<_> = named.iter().flat_map(|folder| kustomizations_in(folder, files)).collect();
    named.extend(inside);
    named.extend(source.patch_files().chain(source.generated()).chain(source.env_files()));
    named.into_iter().map(|path| files.resolve(&path).into_owned()).collect()
}

/// Returns the files that may make `folder` a kustomization; none if one of them is known, or `folder` is a file.
fn kustomizations_in(folder: &str, files: &Files) -> Vec<String> {
    let names = KUSTOMIZATIONS.iter().filter_map(|name| files::join(folder, name));
    let names: Vec<_> = names.collect();
    let is_known = files.contains(folder) || names.iter().any(|name| files.contains(name));
    if is_known { Vec::new() } else { names }
}

/// Returns all files of the directories that an Application in `source` reads whatever they are called.
fn whole_directories(source: &Source<'_>, files: &Files) -> BTreeSet<String> {
    let folders = source.manifests().flat_map(directories).filter(|directory| directory.has_any_name);
    let folders: Vec<_> = folders.map(|directory| directory.resolved(files)).collect();
    let is_inside = |path: &str| folders.iter().any(|folder| folder.holds(path));
    files.iter().map(|(path, _)| path).filter(|path| is_inside(path)).map(str::to_owned).collect()
}
