//! The three-way merge of trees: what the scaffold once wrote (`base`), what the user made of it (`ours`), and what
//! the scaffold writes now (`theirs`). Pure: it plans, and touches neither files nor Git.
//!
//! `layout` applies the scaffold's moves, `decide` decides path by path, `text` merges contents, `apply_plan` applies the
//! decisions to the user's tree. Renames are never guessed: overlays look alike, so a guess puts a change meant for one
//! environment into another. Any doubt is a conflict, and the user's file stays as it is.

mod apply_plan;
mod conflict;
mod decide;
mod layout;
mod resources;
mod structure;
mod text;
mod union;

#[cfg(test)]
mod tests;

pub use conflict::{Conflict, ConflictKind};
pub(crate) use resources::{ResourceChange, resource_changes};

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::tree::Tree;

/// Whose side wins if both changed the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefer {
    /// Neither: it is a conflict.
    Neither,
    Ours,
    Theirs,
}

/// The result of merging three texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Merged {
    /// The text, with diff3 markers around what conflicts.
    pub(crate) content: String,
    pub(crate) clean: bool,
}

/// Merges base, ours and theirs line by line; all three are UTF-8 without NUL.
pub(crate) type TextMerge<'a> = dyn Fn(&str, &str, &str, Prefer) -> Result<Merged> + 'a;

/// What is to be merged, and how.
pub(crate) struct Request<'a> {
    /// The scaffold's files as last written, without `.treenail/`. `None` if they are lost: then every difference is a
    /// conflict, and missing files come back.
    pub(crate) base: Option<&'a Tree>,
    /// All files in the target's folder.
    pub(crate) ours: &'a Tree,
    /// The scaffold's files as it writes them now.
    pub(crate) theirs: &'a Tree,
    /// Paths in base or theirs that belong to the user once written.
    pub(crate) seeded: &'a BTreeSet<String>,
    /// The old and the new paths of the files that the scaffold moved since `base`, in order.
    pub(crate) moves: &'a [(String, String)],
    /// Paths that the user deleted and that must not come back.
    pub(crate) tombstones: &'a BTreeSet<String>,
    pub(crate) prefer: Prefer,
    pub(crate) text: &'a TextMerge<'a>,
}

/// What a merge does, sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What happens to the user's tree.
    pub(crate) changes: Vec<PlannedChange>,
    /// Paths that only the user can decide; they do not change.
    pub(crate) conflicts: Vec<Conflict>,
    /// What does not happen, and what [`Prefer`] decided.
    pub(crate) notices: Vec<Notice>,
    /// All paths that must not come back from now on.
    pub(crate) tombstones: BTreeSet<String>,
    /// The user's tree with all changes.
    pub(crate) result: Tree,
}

/// A change of the user's tree, as reports show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlannedChange {
    /// The path afterwards, or of the deleted file.
    pub(crate) path: String,
    /// The path before, if it moves.
    pub(crate) from: Option<String>,
    pub(crate) what: ChangeKind,
    /// Why; lower case start, no full stop.
    pub(crate) why: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Added,
    /// It becomes the scaffold's.
    Updated,
    /// It has the user's and the scaffold's changes.
    Merged,
    /// Only its executable bit changes.
    ModeChanged,
    /// Only its path changes.
    Moved,
    Deleted,
}

/// A remark about a path that needs no action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) path: String,
    /// Lower case start, no full stop.
    pub(crate) message: &'static str,
}

/// Plans what happens to every path that the scaffold has or had.
pub(crate) fn plan(request: &Request) -> Result<Plan> {
    let mut refused = BTreeMap::new();
    loop {
        let layout = layout::Layout::new(request, &refused);
        let decisions = decide::all(request, &layout)?;
        match apply_plan::apply_plan(request, &layout, decisions) {
            Ok(plan) => return Ok(plan),
            // A move whose new path is taken is refused as a whole; that may free or fill other paths.
            Err(blocked) => refused.insert(blocked.from, blocked.by),
        };
    }
}
