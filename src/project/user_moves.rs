//! The user's own moves of generated files. The scaffold knows a file by its own path, so the merge sees the user's tree with
//! every file there, and its result is laid out as the user has it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::renames;
use crate::merge::{ChangeKind, Notice, Plan};
use crate::tree::{File, Tree};

/// The trees of a merge, and the moves of the scaffold.
#[derive(Clone, Copy)]
pub(super) struct Sides<'a> {
    /// `None` if lost.
    pub(super) base: Option<&'a Tree>,
    pub(super) ours: &'a Tree,
    pub(super) theirs: &'a Tree,
    pub(super) moves: &'a [(String, String)],
}

impl<'a> Sides<'a> {
    /// Returns the path to which the scaffold moved `old`; `old` if it did not.
    pub(super) fn now(&self, old: &'a str) -> &'a str {
        let moved = self.moves.iter().find(|(from, to)| from == old && self.theirs.contains_key(to));
        moved.map_or(old, |(_, to)| to)
    }

    /// Whether the scaffold moves the file at `path` away.
    pub(super) fn is_source(&self, path: &str) -> bool {
        self.moves.iter().any(|(from, _)| from == path)
    }
}

/// The scaffold's path of each file -> the user's path.
pub(super) struct UserMoves {
    followed: BTreeMap<String, String>,
    /// Other files of the user, at the scaffold's paths of recorded moves.
    own: Tree,
    notices: Vec<Notice>,
}

impl UserMoves {
    /// Finds those of the `recorded` moves that hold, and others that show beyond doubt.
    pub(super) fn find(
        sides: Sides<'_>,
        recorded: &BTreeMap<String, String>,
        tombstones: &BTreeSet<String>,
    ) -> Self {
        let mut own = own_files(sides, recorded);
        let mut others = Cow::Borrowed(sides.ours);
        if !own.is_empty() {
            others.to_mut().retain(|path, _| !own.contains_key(path));
        }
        let sides = Sides { ours: &others, ..sides };
        let followed = held(sides, recorded);
        let mut all = followed.clone();
        // A file that was moved on does not hold at its recorded path, and is looked for like any other.
        for (old, new) in renames::detect(sides, &followed, tombstones) {
            all.entry(old).or_insert(new);
        }
        let mut all = held(sides, &all);
        // Without its entry, a file that was deleted would seem to be the user's own one, edited.
        for (old, new) in
            recorded.iter().filter(|(old, new)| own.contains_key(*old) && !sides.ours.contains_key(*new))
        {
            all.entry(old.clone()).or_insert_with(|| new.clone());
        }
        own.retain(|old, _| all.contains_key(old));
        let mut notices = Vec::new();
        for (old, new) in recorded {
            let is_dropped = !all.contains_key(old) && sides.now(old) != new && old != new;
            if is_dropped {
                let message =
                    format!("`moved` says that it is `{new}`, which does not hold; the entry is dropped");
                notices.push(Notice { path: old.clone(), message: message.into() });
            }
        }
        for (old, new) in
            all.iter().filter(|(old, new)| !followed.contains_key(*old) && recorded.get(*old) != Some(*new))
        {
            let message = format!("you moved it from `{old}`; from now on upgrades change it here");
            notices.push(Notice { path: new.clone(), message: message.into() });
        }
        Self { followed: all, own, notices }
    }

    /// Returns `ours` with every file at the scaffold's path.
    pub(super) fn laid_out(&self, ours: &Tree) -> Tree {
        let mut tree = ours.clone();
        tree.retain(|path, _| !self.own.contains_key(path));
        let files: Vec<_> =
            self.followed.iter().filter_map(|(old, new)| Some((old, tree.remove(new)?))).collect();
        tree.extend(files.into_iter().map(|(old, file)| (old.clone(), file)));
        tree
    }

    /// Gives the files of `plan`, which was made of `seen`, the user's paths again. Returns the moves to record.
    pub(super) fn lay_back(self, plan: &mut Plan, sides: Sides<'_>, seen: &Tree) -> BTreeMap<String, String> {
        let mut recorded = BTreeMap::new();
        let (mut files, mut moves) = (Vec::new(), Vec::new());
        for (old, new) in &self.followed {
            let now = sides.now(old);
            let is_disputed = plan.conflicts.iter().any(|conflict| conflict.from.as_deref() == Some(old));
            // Something else of the scaffold's may be there by now.
            let has_left =
                !plan.result.contains_key(old) || plan.changes.iter().any(|change| change.path == *old);
            let stays =
                (is_disputed && !has_left) || (now != old && seen.contains_key(now) && !sides.is_source(now));
            let path = if stays { old } else { now };
            if let Some(file) = plan.result.remove(path) {
                files.push((new.clone(), file));
                if sides.theirs.contains_key(now) {
                    recorded.insert(now.to_owned(), new.clone());
                }
            } else if self.own.contains_key(old) && sides.theirs.contains_key(now) {
                // The user deleted it; without the entry, the other file would count as its edit.
                recorded.insert(now.to_owned(), new.clone());
            }
            moves.push([old.as_str(), path, new]);
        }
        rename(plan, sides.ours, &moves);
        plan.result.extend(files);
        plan.result.extend(self.own);
        plan.notices.extend(self.notices);
        plan.changes.retain(|change| change.what != ChangeKind::Moved || change.from.is_some());
        plan.changes.sort_by(|one, other| one.path.cmp(&other.path));
        plan.conflicts.sort_by(|one, other| one.path.cmp(&other.path));
        plan.stale.sort_by(|one, other| one.path.cmp(&other.path));
        recorded
    }
}

/// Records as deleted what counted as deleted in `plan`, and would show as moved to the next upgrade, since the scaffold now
/// has one file less that it may have been.
pub(super) fn settle_deleted(plan: &mut Plan, sides: Sides<'_>, recorded: &BTreeMap<String, String>) {
    let is_open = |path: &String| {
        let is_decided = recorded.contains_key(path) || plan.tombstones.contains(path);
        !is_decided && !plan.conflicts.iter().any(|conflict| conflict.path == *path)
    };
    let is_settled = |path: &String| plan.result.contains_key(path) || !is_open(path);
    if sides.theirs.keys().all(is_settled) || sides.base == Some(sides.theirs) {
        return;
    }
    let next = Sides { base: Some(sides.theirs), ours: &plan.result, theirs: sides.theirs, moves: &[] };
    let mut found = renames::detect(next, recorded, &plan.tombstones);
    found.retain(|path, _| is_open(path));
    for (path, other) in found {
        let message =
            format!("you deleted it, so it stays deleted; if you moved it to `{other}`, add that to `moved`");
        plan.notices.push(Notice { path: path.clone(), message: message.into() });
        plan.tombstones.insert(path);
    }
}

/// Names the user's path for the scaffold's in all that `plan` says: each of the `moves` is of the scaffold's old path, its
/// present one, and the user's. All at once, since files may have changed places.
fn rename(plan: &mut Plan, ours: &Tree, moves: &[[&str; 3]]) {
    let rename = |path: &mut String| {
        let found = moves.iter().find(|[_, present, _]| present == path);
        found.map(|[.., new]| (*new).clone_into(path)).is_some()
    };
    for change in &mut plan.changes {
        if rename(&mut change.path) {
            change.from = None;
        }
    }
    for conflict in &mut plan.conflicts {
        let is_of = |[old, present, _]: &&[&str; 3]| match &conflict.from {
            Some(from) => from == old,
            None => conflict.path == *present,
        };
        if let Some([.., new]) = moves.iter().find(is_of) {
            (*new).clone_into(&mut conflict.path);
            conflict.from = None;
        }
        // The merge saw the user's file there, wherever it is.
        conflict.current = ours.get(&conflict.path).cloned();
    }
    for notice in &mut plan.notices {
        rename(&mut notice.path);
    }
    for stale in &mut plan.stale {
        rename(&mut stale.path);
    }
}

/// Returns the user's files at the old paths of the `recorded` moves: `treenail new` found them there, or the user made
/// them later. What resembles the generated file may be that one, moved back.
fn own_files(sides: Sides<'_>, recorded: &BTreeMap<String, String>) -> Tree {
    let is_own = |old: &str, file: &File| {
        let generated = sides.base.and_then(|base| base.get(old)).or_else(|| sides.theirs.get(old));
        let is_other = generated.is_some_and(|generated| !renames::are_alike(generated, file));
        is_other && !recorded.values().any(|new| new == old)
    };
    let files = recorded.keys().filter_map(|old| Some((old, sides.ours.get(old)?)));
    files.filter(|(old, file)| is_own(old, file)).map(|(old, file)| (old.clone(), file.clone())).collect()
}

/// Returns the `moves` that hold: the file is at the new path and not at the old one, and the scaffold has nothing there.
fn held(sides: Sides<'_>, moves: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let in_base = |path: &str| sides.base.is_some_and(|base| base.contains_key(path));
    let mut held: BTreeMap<String, String> = moves
        .iter()
        .filter(|(old, new)| {
            let is_generated = in_base(old) || sides.theirs.contains_key(*old);
            let is_only = moves.values().filter(|other| other == new).count() == 1;
            old != new && is_generated && is_only && sides.ours.contains_key(*new)
        })
        .map(|(old, new)| (old.clone(), new.clone()))
        .collect();
    loop {
        let count = held.len();
        let (olds, news): (BTreeSet<String>, BTreeSet<String>) =
            held.iter().map(|(old, new)| (old.clone(), new.clone())).unzip();
        held.retain(|old, new| {
            let is_left = !sides.ours.contains_key(old) || news.contains(old);
            let is_free = olds.contains(new) || !in_base(new);
            is_left && is_free && !clashes(sides, [old, new], &olds)
        });
        if held.len() == count {
            return held;
        }
    }
}

/// Whether a file of the scaffold needs the path `new`, or one that cannot be beside it.
fn clashes(sides: Sides<'_>, [old, new]: [&str; 2], olds: &BTreeSet<String>) -> bool {
    let lower = new.to_lowercase();
    let now = sides.now(old);
    sides.theirs.keys().filter(|path| *path != old && *path != now && !olds.contains(*path)).any(|path| {
        let path = path.to_lowercase();
        let is_below = |one: &str, other: &str| {
            one.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        is_below(&path, &lower) || is_below(&lower, &path)
    }) || (now == new && now != old)
}
