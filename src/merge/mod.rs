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

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::tree::{File, Tree};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefer {
    /// Neither side: a conflict.
    Neither,
    Ours,
    Theirs,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Merged {
    /// The text, with diff3 markers around conflicts.
    pub(crate) content: String,
    pub(crate) clean: bool,
}

/// Merges base, ours and theirs line by line; all three are UTF-8 without NUL.
pub(crate) type TextMerge<'a> = dyn Fn(&str, &str, &str, Prefer) -> Result<Merged> + 'a;

pub(crate) struct Request<'a> {
    /// The scaffold's files as last written, without `.treenail/`. `None` if lost: every difference is then a
    /// conflict, and missing files are restored.
    pub(crate) base: Option<&'a Tree>,
    /// All files in the target's folder.
    pub(crate) ours: &'a Tree,
    /// The scaffold's files as generated now.
    pub(crate) theirs: &'a Tree,
    /// Paths in base or theirs that belong to the user once edited.
    pub(crate) seeded: &'a BTreeSet<String>,
    /// Old and new paths of the files that the scaffold moved since `base`, all at once.
    pub(crate) moves: &'a [(String, String)],
    /// Paths that the user deleted and that must not be restored.
    pub(crate) tombstones: &'a BTreeSet<String>,
    pub(crate) prefer: Prefer,
    pub(crate) text: &'a TextMerge<'a>,
}

/// The result of a merge, sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) changes: Vec<PlannedChange>,
    /// Paths that only the user can decide; they do not change.
    pub(crate) conflicts: Vec<Conflict>,
    /// Changes that are not made, and those that [`Prefer`] decided.
    pub(crate) notices: Vec<Notice>,
    /// Seeded files that stay although the scaffold changed them.
    pub(crate) stale: Vec<StaleFile>,
    /// All paths that must not be restored from now on.
    pub(crate) tombstones: BTreeSet<String>,
    /// The user's tree with all changes.
    pub(crate) result: Tree,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlannedChange {
    /// The path afterwards, or that of the deleted file.
    pub(crate) path: String,
    /// The previous path, if the file moves.
    pub(crate) from: Option<String>,
    pub(crate) what: ChangeKind,
    /// Starts in lower case, without a full stop.
    pub(crate) why: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Added,
    /// It becomes the scaffold's version.
    Updated,
    Merged,
    ModeChanged,
    Moved,
    Deleted,
}

/// A seeded file that is the user's by now, and that the scaffold would write differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StaleFile {
    pub(crate) path: String,
    /// What the scaffold wrote last; `None` if it did not have the file.
    pub(crate) base: Option<File>,
    /// What it would write now; `None` if it no longer has the file.
    pub(crate) theirs: Option<File>,
}

impl StaleFile {
    /// Starts in lower case, without a full stop.
    pub(crate) fn why(&self) -> &'static str {
        match (&self.base, &self.theirs) {
            (_, None) => "you edited it, and the scaffold no longer has it",
            (None, Some(_)) => "you have it already, and the scaffold's differs",
            (Some(_), Some(_)) => "you edited it, and the scaffold changed it",
        }
    }
}

/// A remark about a path that needs no action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) path: String,
    /// Starts in lower case, without a full stop.
    pub(crate) message: Cow<'static, str>,
}

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
