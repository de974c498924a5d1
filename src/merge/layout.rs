//! The paths of each side's files once the scaffold's declared moves are applied: to base and, if the user still has the
//! old path, to ours.

use std::collections::{BTreeMap, BTreeSet};

use super::Request;
use super::text::same_text;
use crate::tree::{File, Tree};

pub(super) struct Blocked {
    pub(crate) from: String,
    pub(crate) by: String,
}

/// A move that is not made; neither of its paths is decided.
pub(super) struct Refused<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) by: String,
}

/// The sides, with their files at the paths where they are compared.
pub(super) struct Layout<'a> {
    pub(crate) base: BTreeMap<&'a str, &'a File>,
    pub(crate) ours: BTreeMap<&'a str, &'a File>,
    /// New path to old path of every moved file.
    pub(crate) moved: BTreeMap<&'a str, &'a str>,
    pub(crate) refused: Vec<Refused<'a>>,
}

impl<'a> Layout<'a> {
    /// Applies the moves of `request`, except the `refused` ones (old path to the path in the way).
    pub(crate) fn new(request: &Request<'a>, refused: &BTreeMap<String, String>) -> Self {
        let mut layout = Self {
            base: request.base.map(view).unwrap_or_default(),
            ours: view(request.ours),
            moved: BTreeMap::new(),
            refused: Vec::new(),
        };
        for (from, to, fate) in fates(request, refused) {
            match fate {
                Fate::Made => drop(layout.moved.insert(to, from)),
                Fate::Refused(by) => layout.refused.push(Refused { from, to, by }),
                Fate::Done => {}
            }
        }
        if let Some(base) = request.base {
            relocate(&mut layout.base, base, &layout.moved);
            // What was at the new paths before is gone.
            for to in layout.moved.keys().filter(|to| base.contains_key(**to)) {
                layout.ours.remove(to);
            }
        }
        relocate(&mut layout.ours, request.ours, &layout.moved);
        layout
    }

    /// Returns the path from which the user's file moves to `path`, if it does.
    pub(crate) fn carried_from(&self, request: &Request, path: &str) -> Option<&'a str> {
        self.moved.get(path).copied().filter(|from| request.ours.contains_key(*from))
    }

    /// Whether the file at `path` moves away.
    pub(crate) fn leaves(&self, path: &str) -> bool {
        self.moved.values().any(|from| *from == path)
    }

    pub(crate) fn paths(&self, request: &Request<'a>) -> BTreeSet<&'a str> {
        let mut paths: BTreeSet<&str> = self.base.keys().copied().collect();
        paths.extend(request.theirs.keys().map(String::as_str));
        for refused in &self.refused {
            paths.remove(refused.from);
            paths.remove(refused.to);
        }
        paths
    }
}

enum Fate {
    Made,
    /// The path in the way.
    Refused(String),
    /// Nothing to move; a file at the old path counts as deleted by the scaffold.
    Done,
}

/// Decides about every move; returns old path, new path and fate.
fn fates<'a>(request: &Request<'a>, refused: &BTreeMap<String, String>) -> Vec<(&'a str, &'a str, Fate)> {
    let moves = effective(request);
    let leaves: BTreeSet<&str> = moves.iter().map(|(from, _)| *from).collect();
    let mut fates: Vec<_> = moves
        .into_iter()
        .map(|(from, to)| {
            let there = request.ours.get(to).filter(|_| !leaves.contains(to));
            // Another file of the scaffold, which it dropped.
            let former = request.base.and_then(|base| base.get(to)).filter(|_| !leaves.contains(to));
            let is_taken = request.ours.contains_key(from) || former.is_some();
            let fate = match (refused.get(from), there.filter(|_| is_taken)) {
                (Some(by), _) => Fate::Refused(by.clone()),
                (None, None) => Fate::Made,
                // Not edited, so that it goes without a word.
                (None, Some(there)) if former == Some(there) => Fate::Made,
                // The user has both, and the new one as the scaffold has it.
                (None, Some(there)) if same_text(there, &request.theirs[to]) => Fate::Done,
                (None, Some(_)) => Fate::Refused(to.to_owned()),
            };
            (from, to, fate)
        })
        .collect();
    // A file that stays is in the way of a move to its path.
    loop {
        let stays: BTreeSet<&str> =
            fates.iter().filter(|(_, _, fate)| !matches!(fate, Fate::Made)).map(|(from, ..)| *from).collect();
        let next = fates.iter_mut().find(|(_, to, fate)| matches!(fate, Fate::Made) && stays.contains(to));
        let Some((from, to, fate)) = next else { return fates };
        *fate = if request.ours.contains_key(*from) { Fate::Refused((*to).to_owned()) } else { Fate::Done };
    }
}

/// Returns the moves from a base file to a theirs file. Without a base, the user's files count.
fn effective<'a>(request: &Request<'a>) -> Vec<(&'a str, &'a str)> {
    let origin = request.base.unwrap_or(request.ours);
    let is_shown = |(old, new): &(&str, &str)| {
        old != new && origin.contains_key(*old) && request.theirs.contains_key(*new)
    };
    request.moves.iter().map(|(old, new)| (old.as_str(), new.as_str())).filter(is_shown).collect()
}

fn view(tree: &Tree) -> BTreeMap<&str, &File> {
    tree.iter().map(|(path, file)| (path.as_str(), file)).collect()
}

/// Applies all moves (new path to old path) at once, so that the links of a chain do not collide.
fn relocate<'a>(view: &mut BTreeMap<&'a str, &'a File>, tree: &'a Tree, moved: &BTreeMap<&'a str, &'a str>) {
    for from in moved.values() {
        view.remove(from);
    }
    for (to, from) in moved {
        if let Some(file) = tree.get(*from) {
            view.insert(to, file);
        }
    }
}
