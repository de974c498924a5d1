//! From merged trees to what the landing takes.

use std::collections::BTreeSet;

use crate::apply::update::{Conflict, File, PathChange};
use crate::error::Result;
use crate::git::Blob;
use crate::merge::{self, ConflictKind};
use crate::tree::{self, Mode, Tree};

/// The paths that differ, as the landing takes them.
///
/// # Errors
/// An object is too large to be one.
pub(crate) fn changes<'a>(before: &'a Tree, after: &'a Tree) -> Result<Vec<PathChange<'a>>> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    paths
        .into_iter()
        .filter(|path| before.get(*path) != after.get(*path))
        .map(|path| {
            let before = before.get(path).map(blob).transpose()?;
            Ok(PathChange { path, before, after: after.get(path).map(file) })
        })
        .collect()
}

/// What is `found` to conflict, seen from `before`, the files of the last commit; of `changes` it takes what is settled
/// with the conflicts, and adds what goes with them.
///
/// # Errors
/// As for [`changes`].
pub(crate) fn conflicts<'a>(
    changes: &mut Vec<PathChange<'a>>,
    found: &'a [merge::Conflict],
    before: &'a Tree,
) -> Result<Vec<Conflict<'a>>> {
    changes.retain(|change| found.iter().all(|found| found.path != change.path));
    for (path, entry) in found.iter().filter_map(leaves) {
        changes.push(PathChange { path, before: Some(blob(entry)?), after: None });
    }
    found.iter().map(|found| conflict(found, before)).collect()
}

/// The path that a file in conflict leaves, and that file.
fn leaves(conflict: &merge::Conflict) -> Option<(&str, &tree::File)> {
    // One that cannot move stays where it is.
    let stays = matches!(conflict.kind, ConflictKind::MoveTargetTaken { .. });
    Some((conflict.from.as_deref().filter(|_| !stays)?, conflict.ours.as_ref()?))
}

fn conflict<'a>(conflict: &'a merge::Conflict, before: &'a Tree) -> Result<Conflict<'a>> {
    let here = before.get(&conflict.path);
    if matches!(conflict.kind, ConflictKind::MoveTargetTaken { .. }) {
        let ours = here.map(blob).transpose()?;
        let theirs = conflict.theirs.as_ref().map(file);
        return Ok(Conflict {
            path: &conflict.path,
            base: None,
            here: ours,
            ours,
            theirs,
            work: here.map(file),
        });
    }
    let work = match (&conflict.marked, &conflict.ours) {
        (Some(marked), Some(ours)) => Some(File { content: marked, mode: ours.mode }),
        (Some(marked), None) => Some(File { content: marked, mode: Mode::Regular }),
        (None, ours) => ours.as_ref().map(file),
    };
    Ok(Conflict {
        path: &conflict.path,
        base: conflict.base.as_ref().map(file),
        here: here.map(blob).transpose()?,
        ours: conflict.ours.as_ref().map(blob).transpose()?,
        theirs: conflict.theirs.as_ref().map(file),
        work,
    })
}

fn blob(entry: &tree::File) -> Result<Blob> {
    Blob::of(&entry.content, entry.mode)
}

fn file(entry: &tree::File) -> File<'_> {
    File { content: &entry.content, mode: entry.mode }
}
