//! Committed files as a scaffold generates files: those that a filter program converts are committed in another form, such as
//! encrypted, in which neither a comparison nor a merge makes sense.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::git::{Blob, Committed, Repo};
use crate::shell;
use crate::tree::Tree;

/// Contents that a committed file may have, by its path.
pub(super) type Candidates<'a> = BTreeMap<&'a str, Vec<&'a [u8]>>;

pub(super) struct Unfiltered {
    pub(super) tree: Tree,
    /// The blobs of the files that Git stores in another form.
    pub(super) stored: BTreeMap<String, Blob>,
    /// Those among the files that are to be compared, and whose content is not known, since only a smudge filter could tell;
    /// they are as Git stores them.
    pub(super) unknown: BTreeSet<String>,
}

impl Unfiltered {
    /// Converts those of the `committed` files below `prefix` that are among the `candidates`. With `smudge` it runs any
    /// filter, else only those that `git status` runs.
    pub(super) fn of(
        repo: &Repo,
        prefix: &str,
        committed: Tree,
        candidates: &Candidates,
        smudge: bool,
    ) -> Result<Self> {
        let mut unfiltered = Self { tree: committed, stored: BTreeMap::new(), unknown: BTreeSet::new() };
        let rooted: Vec<_> = candidates.keys().map(|path| format!("{prefix}{path}")).collect();
        let conversions = repo.conversions_at_head(rooted.iter().map(String::as_str))?;
        let files: Vec<_> = candidates
            .iter()
            .zip(rooted)
            .filter_map(|((path, candidates), rooted)| {
                let file = unfiltered.tree.get(*path).filter(|file| !file.is_link())?;
                let is_filtered = conversions.has_program(&rooted);
                is_filtered.then(|| (*path, Committed { path: rooted, file, candidates: candidates.clone() }))
            })
            .collect();
        let (paths, files): (Vec<_>, Vec<_>) = files.into_iter().unzip();
        let contents = conversions.in_work_tree(&files, smudge)?;
        drop(files);
        for (path, content) in paths.into_iter().zip(contents) {
            let Some(file) = unfiltered.tree.get_mut(path) else { continue };
            unfiltered.stored.insert(path.to_owned(), Blob::of(&file.content, file.mode)?);
            match content {
                Some(content) => file.content = content,
                None if candidates[path].is_empty() => {}
                None => drop(unfiltered.unknown.insert(path.to_owned())),
            }
        }
        Ok(unfiltered)
    }

    /// # Errors
    /// A precondition: a content is not known.
    pub(super) fn complete(self, repo: &Repo, prefix: &str) -> Result<Self> {
        if self.unknown.is_empty() {
            return Ok(self);
        }
        let error = Error::precondition("cannot compare files without the filters that write them");
        let error = self.unknown.iter().fold(error, |error, path| {
            let path = format!("{prefix}{path}");
            if repo.is_bare() {
                return error.problem(format!("a smudge filter would have to write `{path}`"), "");
            }
            let fix = format!("restore it with `git restore {}`", shell::path(&path));
            error.problem(format!("`{path}` is not in the work tree as in the last commit"), fix)
        });
        Err(error.hint("only `treenail upgrade` without `--dry-run` runs smudge filters"))
    }
}
