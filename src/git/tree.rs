//! Builds a tree from another tree and changes. libgit2's own builder cannot turn a folder into a file, and
//! leaves empty folders.

use std::collections::BTreeMap;

use git2::{ErrorCode, ObjectType, Oid, Repository, Tree, TreeEntry, TreeWalkMode, TreeWalkResult};

use super::{Blob, Delta, Repo};
use crate::error::{Context, Error, Result};
use crate::tree::Mode;

/// The most files of a folder that are listed.
const MOST_FILES: usize = 100_000;

type Leaf<'a> = (&'a str, Option<Blob>);

impl Repo {
    /// The id of `before` (`None` for the empty tree) with the `after` of every delta.
    ///
    /// # Errors
    /// A path leads through a file that stays, or an object cannot be written.
    pub(super) fn changed_tree(&self, before: Option<&Tree>, deltas: &[Delta]) -> Result<Oid> {
        let leaves: Vec<Leaf> = deltas.iter().map(|delta| (delta.path.as_str(), delta.after)).collect();
        let build = || match self.folder(before, &leaves)? {
            Some(tree) => Ok(tree),
            None => self.git.treebuilder(None)?.write(),
        };
        build().context(|| "cannot create the commit's tree".to_owned())
    }

    /// Returns the new tree of the folder; `None` if it is empty.
    fn folder(&self, before: Option<&Tree>, leaves: &[Leaf]) -> Result<Option<Oid>, git2::Error> {
        let mut builder = self.git.treebuilder(before)?;
        let mut folders: BTreeMap<&str, Vec<Leaf>> = BTreeMap::new();
        let mut added = Vec::new();
        // What goes must go first: a file may become a folder, or a folder a file.
        for &(path, after) in leaves {
            match (path.split_once('/'), after) {
                (Some((name, rest)), _) => folders.entry(name).or_default().push((rest, after)),
                (None, Some(blob)) => added.push((path, blob)),
                (None, None) => remove(&mut builder, path)?,
            }
        }
        for (name, leaves) in folders {
            let found = builder.get(name)?.map(|entry| (entry.id(), entry.kind()));
            let inner = match found {
                Some((id, Some(ObjectType::Tree))) => Some(self.git.find_tree(id)?),
                // What is to be removed below a file is gone already.
                Some(_) if leaves.iter().all(|(_, after)| after.is_none()) => continue,
                Some(_) => {
                    return Err(git2::Error::from_str(&format!("`{name}` is a file where a folder must go")));
                }
                None => None,
            };
            match self.folder(inner.as_ref(), &leaves)? {
                Some(tree) => drop(builder.insert(name, tree, 0o040_000)?),
                None => remove(&mut builder, name)?,
            }
        }
        for (name, blob) in added {
            if builder.get(name)?.is_some_and(|entry| entry.kind() == Some(ObjectType::Tree)) {
                return Err(git2::Error::from_str(&format!("`{name}` is a folder where a file must go")));
            }
            builder.insert(name, blob.id, blob.mode.bits().cast_signed())?;
        }
        if builder.is_empty() { Ok(None) } else { builder.write().map(Some) }
    }

    /// Returns the tree of the last commit; `None` on a branch without commits.
    pub(super) fn head_tree(&self) -> Result<Option<Tree<'_>>> {
        let Some(commit) = self.head()?.commit else { return Ok(None) };
        self.tree_of(commit).map(Some)
    }

    /// Whether the last commit has a file at `path`.
    pub(crate) fn is_committed(&self, path: &str) -> Result<bool> {
        Ok(self.head_tree()?.map(|head| blob_at(&head, path)).transpose()?.flatten().is_some())
    }

    pub(super) fn tree_of(&self, commit: Oid) -> Result<Tree<'_>> {
        let tree = self.git.find_commit(commit).and_then(|commit| commit.tree());
        tree.context(|| format!("cannot read the commit `{commit}`"))
    }
}

fn remove(builder: &mut git2::TreeBuilder, name: &str) -> Result<(), git2::Error> {
    if builder.get(name)?.is_some() { builder.remove(name) } else { Ok(()) }
}

/// Returns the file at `path` in `tree`; `None` if the path is missing or not a file.
pub(super) fn blob_at(tree: &Tree, path: &str) -> Result<Option<Blob>> {
    match tree.get_path(path.as_ref()) {
        Ok(entry) => Ok(blob(&entry)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error).context(|| format!("cannot look for `{path}` in a commit")),
    }
}

fn blob(entry: &TreeEntry) -> Option<Blob> {
    let mode = Mode::from_bits(entry.filemode().cast_unsigned())?;
    Some(Blob { id: entry.id(), mode })
}

/// Returns the files of `tree` below `folder` with their whole paths, in order; none if it is not a folder.
pub(super) fn blobs_below(git: &Repository, tree: &Tree, folder: &str) -> Result<Vec<(String, Blob)>> {
    let failed = || format!("cannot look for `{folder}` in a commit");
    let entry = match tree.get_path(folder.as_ref()) {
        Ok(entry) if entry.kind() == Some(ObjectType::Tree) => entry,
        Ok(_) => return Ok(Vec::new()),
        Err(error) if error.code() == ErrorCode::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).context(failed),
    };
    let mut found = Vec::new();
    let below = git.find_tree(entry.id()).context(failed)?;
    // Stopping early is no error for libgit2.
    let walked = below.walk(TreeWalkMode::PreOrder, |parent, entry| {
        if let (Some(blob), Ok(name)) = (blob(entry), entry.name()) {
            found.push((format!("{folder}/{parent}{name}"), blob));
        }
        if found.len() > MOST_FILES { TreeWalkResult::Abort } else { TreeWalkResult::Ok }
    });
    if found.len() > MOST_FILES {
        return Err(Error::failure(failed()).because(format!("it has more than {MOST_FILES} files")));
    }
    walked.context(failed)?;
    Ok(found)
}
