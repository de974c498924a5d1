//! Decides what happens to one path, by how each side's file compares with base:
//!
//! | ours \\ theirs | same | changed | deleted | moved |
//! |---|---|---|---|---|
//! | same | keep | take theirs | delete | move |
//! | edited | keep | merge, or conflict | conflict | move and merge |
//! | deleted | stays deleted | stays deleted, notice, tombstone | tombstone | stays deleted, notice |
//! | file became link, or link file | keep | conflict | conflict | conflict |
//! | not in base | - | added: take theirs; conflict if ours differs | - | - |
//!
//! The executable bit is merged apart from the content. Binary files and links conflict if both sides changed them.
//! A seeded file follows this table until it is edited, and then never changes; if the scaffold changed it, it is stale.
//! [`Prefer`] settles conflicts for one side.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::layout::Layout;
use super::text::{self, same_text};
use super::{ChangeKind, ConflictKind, Prefer, Request};
use crate::error::Result;
use crate::tree::File;

pub(super) enum Decision {
    Keep,
    /// The user deleted it, and it is not restored.
    StaysDeleted {
        tombstone: bool,
    },
    Put {
        file: File,
        what: ChangeKind,
        why: &'static str,
    },
    Delete {
        why: &'static str,
    },
    Conflict {
        kind: ConflictKind,
        marked: Option<String>,
    },
}

pub(super) struct Decided<'a> {
    pub(crate) path: &'a str,
    pub(crate) decision: Decision,
    pub(crate) notice: Option<Cow<'static, str>>,
    /// Whether it is kept without the scaffold's changes, because it is seeded and edited.
    pub(crate) is_stale: bool,
}

/// The three files at one path; `moved` if the scaffold moved it here.
struct Sides<'a> {
    path: &'a str,
    base: Option<&'a File>,
    ours: Option<&'a File>,
    theirs: Option<&'a File>,
    moved: bool,
}

/// Decides about every path that the scaffold has or had.
pub(super) fn all<'a>(request: &Request<'a>, layout: &Layout<'a>) -> Result<Vec<Decided<'a>>> {
    let all = layout.paths(request).into_iter().map(|path| Sides {
        path,
        base: layout.base.get(path).copied(),
        ours: layout.ours.get(path).copied(),
        theirs: request.theirs.get(path),
        moved: layout.moved.contains_key(path),
    });
    all.map(|sides| {
        let old = layout.moved.get(sides.path).copied();
        let is_in = |paths: &BTreeSet<String>| {
            paths.contains(sides.path) || old.is_some_and(|old| paths.contains(old))
        };
        // Where the file at this path moves away, its tombstone goes with it.
        let has_tombstone = old.is_some_and(|old| request.tombstones.contains(old))
            || (request.tombstones.contains(sides.path) && !layout.leaves(sides.path));
        let is_as_seeded = sides.base.is_some() && sides.base == sides.ours;
        if is_in(request.seeded) && !is_as_seeded {
            return Ok(seeded(request, &sides, has_tombstone));
        }
        managed(request, &sides, has_tombstone)
    })
    .collect()
}

/// Returns why a file is added that neither the user nor base has.
fn added(request: &Request) -> &'static str {
    if request.base.is_some() { "new in the scaffold" } else { "missing here" }
}

const MODE_CHANGED: &str = "made a program, or no longer one, by the scaffold";

const PREFERRED: &str = "the scaffold's is preferred";

const UPDATED: &str = "changed by the scaffold, not by you";

/// Decides about a seeded file that is not as the scaffold wrote it, so that it belongs to the user.
fn seeded<'a>(request: &Request<'a>, sides: &Sides<'a>, has_tombstone: bool) -> Decided<'a> {
    match (sides.base, sides.ours, sides.theirs) {
        (None, None, Some(theirs)) if !has_tombstone => {
            sides.decided(put(theirs.clone(), ChangeKind::Added, added(request)))
        }
        (Some(base), None, theirs) if inside(request, sides.path).is_none() => {
            deleted(request, sides, base, theirs, has_tombstone)
        }
        (base, Some(ours), theirs) => {
            // Without a base, every release would count as an edit of what nobody changed.
            let is_stale = request.base.is_some() && theirs != base && theirs != Some(ours);
            Decided { is_stale, ..sides.decided(Decision::Keep) }
        }
        _ => sides.decided(Decision::Keep),
    }
}

fn managed<'a>(request: &Request<'a>, sides: &Sides<'a>, has_tombstone: bool) -> Result<Decided<'a>> {
    let decision = match (sides.base, sides.ours, sides.theirs) {
        (None, _, None) => Decision::Keep,
        (None, None, Some(_)) if has_tombstone => Decision::StaysDeleted { tombstone: true },
        (None, None, Some(theirs)) => put(theirs.clone(), ChangeKind::Added, added(request)),
        (None, Some(ours), Some(theirs)) if ours.mode == theirs.mode && same_text(ours, theirs) => {
            Decision::Keep
        }
        (None, Some(ours), Some(theirs)) => return both_added(request, sides, ours, theirs),
        (Some(base), None, theirs) => return Ok(deleted(request, sides, base, theirs, has_tombstone)),
        (Some(base), Some(ours), None) if ours.mode == base.mode && same_text(ours, base) => {
            Decision::Delete { why: "deleted by the scaffold, not changed by you" }
        }
        (Some(_), Some(_), None) => {
            return Ok(sides.settled(request.prefer, ConflictKind::DeletedByScaffold, None));
        }
        (Some(base), Some(ours), Some(theirs)) => return all_three(request, sides, base, ours, theirs),
    };
    Ok(sides.decided(decision))
}

fn deleted<'a>(
    request: &Request<'a>,
    sides: &Sides<'a>,
    base: &File,
    theirs: Option<&File>,
    has_tombstone: bool,
) -> Decided<'a> {
    let changed = theirs.is_some_and(|theirs| theirs != base);
    if changed && let Some(other) = inside(request, sides.path) {
        return sides.settled(request.prefer, ConflictKind::FolderInTheWay { other: other.to_owned() }, None);
    }
    let (tombstone, news) = match theirs {
        None => (true, None),
        Some(_) if sides.moved => {
            (true, Some("the scaffold moved it here; you deleted it, so it stays deleted"))
        }
        Some(_) if changed => (true, Some("the scaffold changed it; you deleted it, so it stays deleted")),
        Some(_) => (has_tombstone, None),
    };
    Decided {
        path: sides.path,
        decision: Decision::StaysDeleted { tombstone },
        // Reported once: the tombstone records that the user knows.
        notice: news.filter(|_| !has_tombstone).map(Cow::from),
        is_stale: false,
    }
}

/// Returns a file of the user below `path`, if `path` is a folder in the user's tree.
fn inside<'a>(request: &Request<'a>, path: &str) -> Option<&'a str> {
    let folder = format!("{path}/");
    let first = request.ours.range(folder.clone()..).next()?.0;
    first.starts_with(&folder).then_some(first.as_str())
}

fn both_added<'a>(
    request: &Request<'a>,
    sides: &Sides<'a>,
    ours: &File,
    theirs: &File,
) -> Result<Decided<'a>> {
    if ours.is_link() != theirs.is_link() {
        return Ok(sides.settled(request.prefer, ConflictKind::TypeChanged, None));
    }
    let nothing = File { mode: theirs.mode, content: Vec::new() };
    let marked = match text::all(&nothing, ours, theirs) {
        Some(texts) if !ours.is_link() => texts.marked(request.text)?,
        _ => None,
    };
    let kind = if request.base.is_some() { ConflictKind::BothAdded } else { ConflictKind::Different };
    Ok(sides.settled(request.prefer, kind, marked))
}

fn all_three<'a>(
    request: &Request<'a>,
    sides: &Sides<'a>,
    base: &File,
    ours: &File,
    theirs: &File,
) -> Result<Decided<'a>> {
    if ours == theirs || (base == theirs && (ours.is_link() == base.is_link() || !sides.moved)) {
        return Ok(sides.decided(Decision::Keep));
    }
    if ours == base {
        let only_mode = ours.content == theirs.content && !ours.is_link() && !theirs.is_link();
        let what = if only_mode { ChangeKind::ModeChanged } else { ChangeKind::Updated };
        return Ok(sides.decided(put(theirs.clone(), what, UPDATED)));
    }
    match (base.is_link(), ours.is_link(), theirs.is_link()) {
        (false, false, false) => regular(request, sides, base, ours, theirs),
        (true, true, true) => Ok(sides.settled(request.prefer, ConflictKind::Link, None)),
        _ => Ok(sides.settled(request.prefer, ConflictKind::TypeChanged, None)),
    }
}

/// Merges three regular files, the executable bit separately from the content.
fn regular<'a>(
    request: &Request<'a>,
    sides: &Sides<'a>,
    base: &File,
    ours: &File,
    theirs: &File,
) -> Result<Decided<'a>> {
    let mode = if ours.mode == base.mode { theirs.mode } else { ours.mode };
    let put = |content: Vec<u8>, what, why| sides.decided(put(File { mode, content }, what, why));
    if theirs.content == base.content || ours.content == theirs.content {
        return Ok(put(ours.content.clone(), ChangeKind::ModeChanged, MODE_CHANGED));
    }
    if ours.content == base.content {
        return Ok(put(theirs.content.clone(), ChangeKind::Updated, UPDATED));
    }
    let whole = |notice| {
        let file = if request.prefer == Prefer::Ours { ours } else { theirs };
        let why = if request.prefer == Prefer::Ours { MODE_CHANGED } else { PREFERRED };
        let what = if file.content == ours.content { ChangeKind::ModeChanged } else { ChangeKind::Updated };
        // With nothing to change, it is kept, or moves as it is.
        let keeps = file.content == ours.content && mode == ours.mode;
        let decided =
            if keeps { sides.decided(Decision::Keep) } else { put(file.content.clone(), what, why) };
        Decided { notice, ..decided }
    };
    let Some(texts) = text::all(base, ours, theirs) else {
        return Ok(match request.prefer {
            Prefer::Neither => sides.settled(request.prefer, ConflictKind::Binary, None),
            _ => whole(preference(request.prefer)),
        });
    };
    Ok(match texts.merge(sides.path, request.prefer, request.text)? {
        text::Outcome::Clean(content) => {
            put(content, ChangeKind::Merged, "changed by you and the scaffold, in different places")
        }
        text::Outcome::Preferred(content) => Decided {
            notice: preference(request.prefer),
            ..put(content, ChangeKind::Merged, "changed by you and the scaffold, in the same lines")
        },
        text::Outcome::Unfit { reason } => whole(Some(whole_file(request.prefer, &reason).into())),
        text::Outcome::Conflict { kind, marked } => {
            sides.decided(Decision::Conflict { kind, marked: Some(marked) })
        }
    })
}

impl<'a> Sides<'a> {
    fn decided(&self, decision: Decision) -> Decided<'a> {
        Decided { path: self.path, decision, notice: None, is_stale: false }
    }

    /// Returns a conflict about the whole file, unless one side is preferred.
    fn settled(&self, prefer: Prefer, kind: ConflictKind, marked: Option<String>) -> Decided<'a> {
        let decision = match (prefer, self.theirs) {
            (Prefer::Neither, _) => Decision::Conflict { kind, marked },
            _ if kind.is_in_the_way() => Decision::Conflict { kind, marked },
            (Prefer::Ours, _) => Decision::Keep,
            (Prefer::Theirs, Some(theirs)) => put(theirs.clone(), ChangeKind::Updated, PREFERRED),
            (Prefer::Theirs, None) => Decision::Delete { why: "the scaffold deleted it, and is preferred" },
        };
        let notice = if matches!(decision, Decision::Conflict { .. }) { None } else { preference(prefer) };
        Decided { path: self.path, decision, notice, is_stale: false }
    }
}

fn preference(prefer: Prefer) -> Option<Cow<'static, str>> {
    match prefer {
        Prefer::Neither => None,
        Prefer::Ours => Some("in conflict; yours was kept, as you chose".into()),
        Prefer::Theirs => Some("in conflict; the scaffold's was taken, as you chose".into()),
    }
}

/// Returns the notice about a file of which one side was taken as a whole, for that `reason`.
fn whole_file(prefer: Prefer, reason: &str) -> String {
    let taken = if prefer == Prefer::Ours { "yours was kept" } else { "the scaffold's was taken" };
    format!("the merged lines do not fit together: {reason}; the whole of {taken}, as you chose")
}

fn put(file: File, what: ChangeKind, why: &'static str) -> Decision {
    Decision::Put { file, what, why }
}
