//! The table: what happens to one path, by how each side's entry compares with base.

use std::collections::BTreeSet;

use super::layout::Layout;
use super::text::{self, same_text};
use super::{ConflictKind, Prefer, Request, What};
use crate::error::Result;
use crate::tree::File;

/// What happens to the user's entry at one path.
pub(super) enum Decision {
    /// Nothing: it stays, or there is none.
    Keep,
    /// The user deleted it, and it does not come back.
    StaysDeleted { tombstone: bool },
    /// It becomes `entry`.
    Put { entry: File, what: What, why: &'static str },
    /// It goes.
    Delete { why: &'static str },
    /// It stays, and the user has to decide.
    Conflict { kind: ConflictKind, marked: Option<String> },
}

/// A decision, the path that it is about, and what the user should know of it.
pub(super) struct Decided<'a> {
    pub(crate) path: &'a str,
    pub(crate) decision: Decision,
    pub(crate) notice: Option<&'static str>,
}

/// The three entries at one path; `moved` where the scaffold brought it here.
struct Spot<'a> {
    path: &'a str,
    base: Option<&'a File>,
    ours: Option<&'a File>,
    theirs: Option<&'a File>,
    moved: bool,
}

/// Decides about every path that the scaffold has or had.
pub(super) fn all<'a>(request: &Request<'a>, layout: &Layout<'a>) -> Result<Vec<Decided<'a>>> {
    let spots = layout.paths(request).into_iter().map(|path| Spot {
        path,
        base: layout.base.get(path).copied(),
        ours: layout.ours.get(path).copied(),
        theirs: request.theirs.get(path),
        moved: layout.moved.contains_key(path),
    });
    spots
        .map(|spot| {
            let old = layout.moved.get(spot.path).copied();
            let is_in = |paths: &BTreeSet<String>| {
                paths.contains(spot.path) || old.is_some_and(|old| paths.contains(old))
            };
            if is_in(request.seeded) {
                return Ok(seeded(request, &spot, is_in(request.tombstones)));
            }
            managed(request, &spot, is_in(request.tombstones))
        })
        .collect()
}

/// Why a file comes that the user does not have, and base neither.
fn added(request: &Request) -> &'static str {
    if request.base.is_some() { "new in the scaffold" } else { "missing here" }
}

const UPDATED: &str = "changed by the scaffold, not by you";

/// A seeded file is written once; from then on it is the user's.
fn seeded<'a>(request: &Request, spot: &Spot<'a>, buried: bool) -> Decided<'a> {
    let decision = match (spot.base, spot.ours, spot.theirs) {
        (None, None, Some(theirs)) if !buried => put(theirs.clone(), What::Added, added(request)),
        (Some(_), None, None) => Decision::StaysDeleted { tombstone: true },
        _ => Decision::Keep,
    };
    spot.decided(decision)
}

fn managed<'a>(request: &Request<'a>, spot: &Spot<'a>, buried: bool) -> Result<Decided<'a>> {
    let decision = match (spot.base, spot.ours, spot.theirs) {
        (None, _, None) => Decision::Keep,
        (None, None, Some(_)) if buried => Decision::StaysDeleted { tombstone: true },
        (None, None, Some(theirs)) => put(theirs.clone(), What::Added, added(request)),
        (None, Some(ours), Some(theirs)) if ours.mode == theirs.mode && same_text(ours, theirs) => {
            Decision::Keep
        }
        (None, Some(ours), Some(theirs)) => return both_added(request, spot, ours, theirs),
        (Some(base), None, theirs) => return Ok(deleted(request, spot, base, theirs, buried)),
        (Some(base), Some(ours), None) if ours.mode == base.mode && same_text(ours, base) => {
            Decision::Delete { why: "deleted by the scaffold, not changed by you" }
        }
        (Some(_), Some(_), None) => {
            return Ok(spot.settled(request.prefer, ConflictKind::DeletedByScaffold, None));
        }
        (Some(base), Some(ours), Some(theirs)) => return all_three(request, spot, base, ours, theirs),
    };
    Ok(spot.decided(decision))
}

/// The user has none any more.
fn deleted<'a>(
    request: &Request<'a>,
    spot: &Spot<'a>,
    base: &File,
    theirs: Option<&File>,
    buried: bool,
) -> Decided<'a> {
    let changed = theirs.is_some_and(|theirs| theirs != base);
    if changed && let Some(other) = inside(request, spot.path) {
        return spot.settled(request.prefer, ConflictKind::FolderInTheWay { other: other.to_owned() }, None);
    }
    let (tombstone, news) = match theirs {
        None => (true, None),
        Some(_) if spot.moved => {
            (true, Some("the scaffold moved it here; you deleted it, so it stays deleted"))
        }
        Some(_) if changed => (true, Some("the scaffold changed it; you deleted it, so it stays deleted")),
        Some(_) => (buried, None),
    };
    Decided {
        path: spot.path,
        decision: Decision::StaysDeleted { tombstone },
        // Told once: from then on the tombstone says that the user knows.
        notice: news.filter(|_| !buried),
    }
}

/// A file of the user's below `path`, if that is a folder in the user's tree.
fn inside<'a>(request: &Request<'a>, path: &str) -> Option<&'a str> {
    let folder = format!("{path}/");
    let first = request.ours.range(folder.clone()..).next()?.0;
    first.starts_with(&folder).then_some(first.as_str())
}

fn both_added<'a>(request: &Request<'a>, spot: &Spot<'a>, ours: &File, theirs: &File) -> Result<Decided<'a>> {
    if ours.is_link() != theirs.is_link() {
        return Ok(spot.settled(request.prefer, ConflictKind::TypeChanged, None));
    }
    let nothing = File { mode: theirs.mode, content: Vec::new() };
    let marked = match text::all(&nothing, ours, theirs) {
        Some(texts) if !ours.is_link() => texts.marked(request.text)?,
        _ => None,
    };
    let kind = if request.base.is_some() { ConflictKind::BothAdded } else { ConflictKind::Different };
    Ok(spot.settled(request.prefer, kind, marked))
}

fn all_three<'a>(
    request: &Request<'a>,
    spot: &Spot<'a>,
    base: &File,
    ours: &File,
    theirs: &File,
) -> Result<Decided<'a>> {
    if ours == theirs || (base == theirs && (ours.is_link() == base.is_link() || !spot.moved)) {
        return Ok(spot.decided(Decision::Keep));
    }
    if ours == base {
        let only_mode = ours.content == theirs.content && !ours.is_link() && !theirs.is_link();
        let what = if only_mode { What::ModeChanged } else { What::Updated };
        return Ok(spot.decided(put(theirs.clone(), what, UPDATED)));
    }
    match (base.is_link(), ours.is_link(), theirs.is_link()) {
        (false, false, false) => regular(request, spot, base, ours, theirs),
        (true, true, true) => Ok(spot.settled(request.prefer, ConflictKind::Link, None)),
        _ => Ok(spot.settled(request.prefer, ConflictKind::TypeChanged, None)),
    }
}

/// Three files: the executable bit and the content are merged apart.
fn regular<'a>(
    request: &Request<'a>,
    spot: &Spot<'a>,
    base: &File,
    ours: &File,
    theirs: &File,
) -> Result<Decided<'a>> {
    let mode = if ours.mode == base.mode { theirs.mode } else { ours.mode };
    let put = |content: Vec<u8>, what, why| spot.decided(put(File { mode, content }, what, why));
    if theirs.content == base.content || ours.content == theirs.content {
        let why = "made a program, or no longer one, by the scaffold";
        return Ok(put(ours.content.clone(), What::ModeChanged, why));
    }
    if ours.content == base.content {
        return Ok(put(theirs.content.clone(), What::Updated, UPDATED));
    }
    let Some(texts) = text::all(base, ours, theirs) else {
        return Ok(spot.settled(request.prefer, ConflictKind::Binary, None));
    };
    Ok(match texts.merge(spot.path, request.prefer, request.text)? {
        text::Outcome::Clean(content) => {
            put(content, What::Merged, "changed by you and the scaffold, in different places")
        }
        text::Outcome::Preferred(content) => Decided {
            notice: preference(request.prefer),
            ..put(content, What::Merged, "changed by you and the scaffold, in the same lines")
        },
        text::Outcome::Conflict { kind, marked } => {
            spot.decided(Decision::Conflict { kind, marked: Some(marked) })
        }
    })
}

impl<'a> Spot<'a> {
    fn decided(&self, decision: Decision) -> Decided<'a> {
        Decided { path: self.path, decision, notice: None }
    }

    /// A conflict about the whole entry, unless one side is preferred.
    fn settled(&self, prefer: Prefer, kind: ConflictKind, marked: Option<String>) -> Decided<'a> {
        let in_the_way = matches!(kind, ConflictKind::FolderInTheWay { .. });
        let decision = match (prefer, self.theirs) {
            (Prefer::Neither, _) => Decision::Conflict { kind, marked },
            // The user's folder is more than this one path.
            _ if in_the_way => Decision::Conflict { kind, marked },
            (Prefer::Ours, _) => Decision::Keep,
            (Prefer::Theirs, Some(theirs)) => {
                put(theirs.clone(), What::Updated, "the scaffold's is preferred")
            }
            (Prefer::Theirs, None) => Decision::Delete { why: "the scaffold deleted it, and is preferred" },
        };
        let notice = if matches!(decision, Decision::Conflict { .. }) { None } else { preference(prefer) };
        Decided { path: self.path, decision, notice }
    }
}

fn preference(prefer: Prefer) -> Option<&'static str> {
    match prefer {
        Prefer::Neither => None,
        Prefer::Ours => Some("in conflict; yours was kept, as you chose"),
        Prefer::Theirs => Some("in conflict; the scaffold's was taken, as you chose"),
    }
}

fn put(entry: File, what: What, why: &'static str) -> Decision {
    Decision::Put { entry, what, why }
}
