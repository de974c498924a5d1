//! The files that a promotion carries from one environment to the next, and that a rollback brings back.

use std::collections::{BTreeMap, BTreeSet};

use super::declared::Environment;
use super::service::{Service, covers};
use crate::error::{Error, Result};
use crate::git::Blob;
use crate::project::base;
use crate::tree::{File, Tree};

/// Files before and after, by their paths below the folder of the service.
#[derive(Default)]
pub(crate) struct CarriedFiles {
    pub(crate) before: Tree,
    pub(crate) after: Tree,
    /// The files that they are copies of, by the path of the copy.
    pub(crate) origins: BTreeMap<String, String>,
}

impl Environment {
    /// What a promotion carries.
    pub(crate) fn carried(&self) -> impl Iterator<Item = &String> {
        self.restored().chain(self.written_base())
    }

    /// What a rollback brings back, and a promotion to this environment replaces.
    fn restored(&self) -> impl Iterator<Item = &String> {
        let copy = self.base.iter().filter(|base| base.is_copy).map(|base| &base.folder);
        [&self.image_file].into_iter().chain(&self.promoted).chain(copy)
    }

    /// The base that people and upgrades write. Neither a rollback nor a promotion replaces it, which would undo their work.
    fn written_base(&self) -> impl Iterator<Item = &String> {
        self.base.iter().filter(|base| !base.is_copy).map(|base| &base.folder)
    }

    fn is_restored(&self, path: &str) -> bool {
        self.restored().any(|own| covers(own, path))
    }
}

impl Service {
    /// Returns the files that a promotion from `from` to `to` replaces, and what it replaces them by.
    ///
    /// # Errors
    /// A file cannot be read, `from` has no base, or `to` has no image file.
    pub(crate) fn promotion(&self, from: &Environment, to: &Environment) -> Result<CarriedFiles> {
        let mut files = CarriedFiles::default();
        if let Some(base) = &from.base
            && self.below(&self.commit, &base.folder)?.is_empty()
        {
            let folder = self.rooted(&base.folder);
            return Err(Error::precondition(format!("`{folder}` has no committed files to promote"))
                .hint("it has to be where the scaffold declares it: if you moved it, move it back"));
        }
        for (source, target) in from.carried().zip(to.carried()).filter(|(_, target)| to.is_restored(target))
        {
            self.add(&mut files, (&self.commit, source), target)?;
        }
        self.refuse_missing(files, to)
    }

    /// Returns the files that a rollback of `environment` to `commit` replaces, and what it replaces them by.
    ///
    /// # Errors
    /// As for [`Service::promotion`].
    pub(crate) fn rollback(&self, environment: &Environment, commit: &str) -> Result<CarriedFiles> {
        let mut files = CarriedFiles::default();
        for path in environment.restored() {
            let was_there = !self.below(commit, path)?.is_empty();
            self.add(&mut files, (commit, if was_there { path } else { self.shared_then(path) }), path)?;
        }
        self.refuse_missing(files, environment)
    }

    /// Returns where a commit has what is at `path` now, if it does not have it there: before an environment had a copy of the
    /// base, all were built on that of the first.
    pub(super) fn shared_then<'a>(&'a self, path: &'a str) -> &'a str {
        let bases = self.delivery.environments.iter().filter_map(|environment| environment.base.as_ref());
        let is_copy = bases.clone().any(|base| base.is_copy && base.folder == path);
        bases.map(|base| base.folder.as_str()).next().filter(|_| is_copy).unwrap_or(path)
    }

    /// Returns the manifests that a promotion from `from` to `to` changes besides the image, by their paths in `to`, sorted.
    ///
    /// # Errors
    /// The commit cannot be read.
    pub(crate) fn unpromoted(&self, from: &Environment, to: &Environment) -> Result<Vec<String>> {
        let (Some(source), Some(target)) = (&from.base, &to.base) else { return Ok(Vec::new()) };
        if !target.is_copy {
            return Ok(Vec::new());
        }
        let (here, there) =
            (self.below(&self.commit, &source.folder)?, self.below(&self.commit, &target.folder)?);
        Ok(unequal(&here, &there).map(|rest| format!("{}{rest}", target.folder)).collect())
    }

    fn refuse_missing(&self, files: CarriedFiles, environment: &Environment) -> Result<CarriedFiles> {
        let path = &environment.image_file;
        if files.before.contains_key(path) {
            return Ok(files);
        }
        Err(Error::precondition(format!("`{}` is not a committed file", self.rooted(path)))
            .hint("`treenail restore PATH` brings back what the scaffold wrote"))
    }

    /// Adds what is at `target` now, and what is at `source` in a commit in its place.
    fn add(&self, files: &mut CarriedFiles, (commit, source): (&str, &str), target: &str) -> Result<()> {
        for (rest, blob) in self.below(&self.commit, target)? {
            files.before.insert(format!("{target}{rest}"), self.file(blob)?);
            files.origins.insert(format!("{target}{rest}"), format!("{source}{rest}"));
        }
        for (rest, blob) in self.below(commit, source)? {
            files.after.insert(format!("{target}{rest}"), self.file(blob)?);
            files.origins.insert(format!("{target}{rest}"), format!("{source}{rest}"));
        }
        Ok(())
    }

    fn file(&self, blob: Blob) -> Result<File> {
        Ok(File { mode: blob.mode, content: self.repo.content(blob)? })
    }

    /// Returns the files of `commit` at `path` by the rest of their paths, which is empty for a file.
    fn below(&self, commit: &str, path: &str) -> Result<BTreeMap<String, Blob>> {
        let rooted = self.rooted(path);
        let files = self.repo.blobs_in(commit, &rooted)?.into_iter();
        Ok(files
            .map(|(found, blob)| (found.get(rooted.len()..).unwrap_or_default().to_owned(), blob))
            .collect())
    }

    /// Returns the manifests of two environments that differ, by more than the scaffold has them differ, and that a promotion
    /// does not carry; by their paths in `to`. Those that both share are left out.
    pub(crate) fn differing(&self, from: &Environment, to: &Environment) -> Result<BTreeSet<String>> {
        let pristine = self.pristine()?;
        let is_pristine = |path: &str, blob: Option<&Blob>| pristine.get(path) == blob;
        let mut differing = BTreeSet::new();
        for (source, target) in from.manifests.iter().zip(&to.manifests).filter(|(from, to)| from != to) {
            let (here, there) = (self.below(&self.commit, source)?, self.below(&self.commit, target)?);
            let edited = unequal(&here, &there).filter(|rest| {
                !is_pristine(&format!("{source}{rest}"), here.get(*rest))
                    || !is_pristine(&format!("{target}{rest}"), there.get(*rest))
            });
            differing.extend(edited.map(|rest| format!("{target}{rest}")));
        }
        differing.retain(|path| !to.is_restored(path));
        Ok(differing)
    }

    /// Returns the files as the scaffold wrote them; none if that is not recorded.
    fn pristine(&self) -> Result<BTreeMap<String, Blob>> {
        let archive = self.repo.file_in(&self.commit, &self.rooted(base::PATH))?;
        let files = archive.and_then(|archive| base::read(&archive).ok()).unwrap_or_default();
        files.into_iter().map(|it| Ok((it.path, Blob::of(&it.file.content, it.file.mode)?))).collect()
    }

    /// Returns the manifests of `environment` that are not as they were in `commit` and that a rollback does not bring back.
    pub(crate) fn changed_since(&self, environment: &Environment, commit: &str) -> Result<BTreeSet<String>> {
        let mut changed = BTreeSet::new();
        for path in &environment.manifests {
            let (then, now) = (self.below(commit, path)?, self.below(&self.commit, path)?);
            changed.extend(unequal(&then, &now).map(|rest| format!("{path}{rest}")));
        }
        changed.retain(|path| !environment.is_restored(path));
        Ok(changed)
    }
}

fn unequal<'a>(
    one: &'a BTreeMap<String, Blob>,
    other: &'a BTreeMap<String, Blob>,
) -> impl Iterator<Item = &'a String> {
    let all: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    all.into_iter().filter(|path| one.get(*path) != other.get(*path))
}
