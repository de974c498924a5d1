//! The three-way merge of trees: what the scaffold once wrote (`base`), what the user made of it (`ours`), and what
//! the scaffold writes now (`theirs`). It decides, path by path, and touches nothing: neither files nor Git.
//!
//! Renames are never guessed. Overlays look alike, so a guess puts a change meant for one environment into
//! another; the scaffold declares its moves instead. What cannot be merged beyond doubt is a conflict, and the user's
//! entry stays as it is.

mod conflict;
mod decide;
mod layout;
mod place;
mod resources;
mod structure;
mod text;
mod union;

#[cfg(test)]
mod tests;

pub(crate) use conflict::{Conflict, ConflictKind};
pub(crate) use resources::{ResourceChange, resource_changes};

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::tree::Tree;

/// Whose side wins where both changed the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefer {
    /// No one's: it is a conflict.
    Neither,
    /// The user's.
    Ours,
    /// The scaffold's.
    Theirs,
}

/// What merging three texts gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Merged {
    /// The text, with diff3 markers around what conflicts.
    pub(crate) content: String,
    /// Whether nothing conflicts.
    pub(crate) clean: bool,
}

/// Merges base, ours and theirs line by line; all three are UTF-8 without NUL.
pub(crate) type TextMerge<'a> = dyn Fn(&str, &str, &str, Prefer) -> Result<Merged> + 'a;

/// What is to be merged, and how.
pub(crate) struct Request<'a> {
    /// The scaffold's files as they were written last, without the state in `.treenail/`. `None` where that is not
    /// known any more: then every difference is a conflict, and what is missing comes back.
    pub(crate) base: Option<&'a Tree>,
    /// The user's tree: all of the target's folder, whoever made it.
    pub(crate) ours: &'a Tree,
    /// The scaffold's files as they are now.
    pub(crate) theirs: &'a Tree,
    /// Paths in base or theirs that are the user's once they were written.
    pub(crate) seeded: &'a BTreeSet<String>,
    /// Old and new path of the files that the scaffold moved since `base`, in the order in which it did.
    pub(crate) moves: &'a [(String, String)],
    /// Paths that the user deleted and that must not come back.
    pub(crate) tombstones: &'a BTreeSet<String>,
    /// Who wins conflicts.
    pub(crate) prefer: Prefer,
    /// Merges texts.
    pub(crate) text: &'a TextMerge<'a>,
}

/// What a merge would do. Everything is sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What happens to the user's tree.
    pub(crate) changes: Vec<Change>,
    /// What only the user can decide; these paths are not changed.
    pub(crate) conflicts: Vec<Conflict>,
    /// What does not happen, and what was decided by [`Prefer`].
    pub(crate) notices: Vec<Notice>,
    /// The paths that must not come back from now on.
    pub(crate) tombstones: BTreeSet<String>,
    /// The user's tree with all changes.
    pub(crate) result: Tree,
}

/// What happens to one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// Where the file is afterwards, or was until it is deleted.
    pub(crate) path: String,
    /// Where it was, if it moves.
    pub(crate) from: Option<String>,
    /// What happens.
    pub(crate) what: What,
    /// Why; lower case start, no full stop.
    pub(crate) why: &'static str,
}

/// What happens to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// It is new.
    Added,
    /// It becomes what the scaffold has.
    Updated,
    /// It gets the scaffold's changes beside the user's.
    Merged,
    /// Its content stays, but it may be executed now, or no longer.
    ModeChanged,
    /// Only its path changes.
    Moved,
    /// It goes.
    Deleted,
}

/// Something to know about a path that needs nothing to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// The path.
    pub(crate) path: String,
    /// What there is to know; lower case start, no full stop.
    pub(crate) message: &'static str,
}

/// Decides what becomes of every path that the scaffold has or had.
///
/// # Errors
/// What [`Request::text`] fails with.
pub(crate) fn plan(request: &Request) -> Result<Plan> {
    let mut refused = BTreeMap::new();
    loop {
        let layout = layout::Layout::new(request, &refused);
        let decisions = decide::all(request, &layout)?;
        match place::place(request, &layout, decisions) {
            Ok(plan) => return Ok(plan),
            // A move that leads onto something else is given up as a whole; that may free or fill other paths.
            Err(blocked) => refused.insert(blocked.from, blocked.by),
        };
    }
}
