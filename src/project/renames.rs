//! Detects files that the user has moved: one that the scaffold wrote is gone, and a new one is alike. The measure is Git's,
//! the part of the bytes that both have in common, line by line. Overlays look alike, so any doubt means no move.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::user_moves::Sides;
use crate::tree::{File, Tree};

/// As in `git diff --find-renames`.
const ALIKE: usize = 50;

/// Beyond this many comparisons only files of the same content count, as with `merge.renameLimit`.
const LIMIT: usize = 100_000;

/// Larger files are only compared as a whole.
const LARGE: usize = 1 << 16;

/// Returns the scaffold's path and the user's path of each file that was moved, beyond those that are `known`.
pub(super) fn detect(
    sides: Sides<'_>,
    known: &BTreeMap<String, String>,
    tombstones: &BTreeSet<String>,
) -> BTreeMap<String, String> {
    let mut all = known.clone();
    // What was found leaves fewer that another one may be. The next upgrade, which knows them, must not find more.
    loop {
        let more = detect_once(sides, &all, tombstones);
        if more.is_empty() {
            all.retain(|old, _| !known.contains_key(old));
            return all;
        }
        all.extend(more);
    }
}

fn detect_once(
    sides: Sides<'_>,
    known: &BTreeMap<String, String>,
    tombstones: &BTreeSet<String>,
) -> BTreeMap<String, String> {
    let Some(base) = sides.base else { return BTreeMap::new() };
    let is_lost = |path: &str| {
        let now = sides.now(path);
        !sides.ours.contains_key(path)
            && (!sides.ours.contains_key(now) || sides.is_source(now))
            && !tombstones.contains(path)
            && !known.contains_key(path)
            // What the scaffold deleted has nothing to follow.
            && sides.theirs.contains_key(now)
    };
    let is_new = |path: &str| {
        !base.contains_key(path) && !sides.theirs.contains_key(path) && !known.values().any(|new| new == path)
    };
    let lost: Vec<_> = base.iter().filter(|(path, file)| is_lost(path) && is_comparable(file)).collect();
    if lost.is_empty() {
        return BTreeMap::new();
    }
    let new = sides.ours.iter().filter(|(path, file)| is_new(path) && is_comparable(file)).collect();
    let mut search = Search { base, lost, new, found: BTreeMap::new() };
    search.same();
    if search.lost.len() * search.new.len() <= LIMIT {
        search.alike();
    }
    search.folders(sides.ours);
    search.found.into_iter().map(|(old, new)| (old.to_owned(), new.to_owned())).collect()
}

fn is_comparable(file: &File) -> bool {
    !file.is_link() && !file.content.is_empty()
}

struct Search<'a> {
    base: &'a Tree,
    lost: Vec<(&'a String, &'a File)>,
    new: Vec<(&'a String, &'a File)>,
    found: BTreeMap<&'a str, &'a str>,
}

impl Search<'_> {
    /// Finds files whose content only one file of the scaffold had, and only one new file has.
    fn same(&mut self) {
        let mut had: HashMap<&[u8], usize> = HashMap::new();
        for file in self.base.values() {
            *had.entry(&file.content).or_default() += 1;
        }
        let mut have: HashMap<&[u8], Vec<&str>> = HashMap::new();
        for (path, file) in &self.new {
            have.entry(&file.content).or_default().push(path);
        }
        for (path, file) in &self.lost {
            if let (Some(1), Some([new])) =
                (had.get(&file.content[..]), have.get(&file.content[..]).map(Vec::as_slice))
            {
                self.found.insert(path, new);
            }
        }
    }

    /// Finds files that are alike, each like no other.
    fn alike(&mut self) {
        let mut pairs = Vec::new();
        for (old, was) in self.lost.iter().filter(|(old, _)| !self.found.contains_key(old.as_str())) {
            let mut alike = self.new.iter().filter(|(_, is)| are_alike(was, is));
            let (Some((new, is)), None) = (alike.next(), alike.next()) else { continue };
            let is_like_another = self
                .base
                .iter()
                .any(|(path, file)| path != *old && is_comparable(file) && are_alike(file, is));
            if !is_like_another && !self.found.values().any(|found| found == new) {
                pairs.push((old.as_str(), new.as_str()));
            }
        }
        self.found.extend(pairs);
    }

    /// Finds the other files of a folder that was moved as a whole: its name decides between those that look alike.
    fn folders(&mut self, ours: &Tree) {
        let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (old, new) in &self.found {
            if let Some((old, new)) = differing(old, new) {
                folders.entry(old).or_default().insert(new);
            }
        }
        let is_whole = |folder: &str| {
            let below = format!("{folder}/");
            !self.base.keys().any(|path| path.starts_with(&below) && ours.contains_key(path))
        };
        let mut pairs = Vec::new();
        for (from, to) in folders {
            let (Some(to), 1, true) = (to.first(), to.len(), is_whole(from)) else { continue };
            for (old, was) in &self.lost {
                let Some(rest) = old.strip_prefix(from).filter(|rest| rest.starts_with('/')) else {
                    continue;
                };
                let there = self.new.iter().find(|(path, _)| path.strip_prefix(to) == Some(rest));
                if let Some((new, is)) = there
                    && are_alike(was, is)
                    && !self.found.values().any(|found| found == new)
                {
                    pairs.push((old.as_str(), new.as_str()));
                }
            }
        }
        for (old, new) in pairs {
            self.found.entry(old).or_insert(new);
        }
    }
}

/// Returns the folders in which the paths of the same name differ; `None` if the name differs, or the root is one.
fn differing<'a>(old: &'a str, new: &'a str) -> Option<(&'a str, &'a str)> {
    let (mut old, mut new) = (old, new);
    let mut is_shorter = false;
    while let (Some((old_folder, old_name)), Some((new_folder, new_name))) =
        (old.rsplit_once('/'), new.rsplit_once('/'))
        && old_name == new_name
    {
        (old, new, is_shorter) = (old_folder, new_folder, true);
    }
    is_shorter.then_some((old, new))
}

/// Whether at least half of the larger file is in the other one.
pub(super) fn are_alike(one: &File, other: &File) -> bool {
    let (shorter, longer) =
        if one.content.len() <= other.content.len() { (one, other) } else { (other, one) };
    if shorter.content == longer.content {
        return true;
    }
    let size = longer.content.len();
    if size > LARGE || shorter.content.len() * 100 < size * ALIKE {
        return false;
    }
    let mut lines: HashMap<&[u8], usize> = HashMap::new();
    for line in shorter.content.split_inclusive(|byte| *byte == b'\n') {
        *lines.entry(line).or_default() += 1;
    }
    let mut common = 0;
    for line in longer.content.split_inclusive(|byte| *byte == b'\n') {
        if let Some(left) = lines.get_mut(line).filter(|left| **left > 0) {
            *left -= 1;
            common += line.len();
        }
    }
    common * 100 >= size * ALIKE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        files.iter().map(|(path, text)| ((*path).to_owned(), File::new(*text, false))).collect()
    }

    #[track_caller]
    fn finds(base: &[(&str, &str)], ours: &[(&str, &str)], expected: &[(&str, &str)]) {
        let (base, ours) = (tree(base), tree(ours));
        let sides = Sides { base: Some(&base), ours: &ours, theirs: &base, moves: &[] };
        let found = detect(sides, &BTreeMap::new(), &BTreeSet::new());
        let found: Vec<_> = found.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
        assert_eq!(found, expected);
    }

    const ONE: &str = "one\ntwo\nthree\nfour\n";
    const EDITED: &str = "one\ntwo\nthree\nmine\n";
    const OTHER: &str = "a\nb\nc\nd\n";

    #[test]
    fn files_without_a_double() {
        finds(&[("a", ONE), ("b", OTHER)], &[("x", ONE), ("b", OTHER)], &[("a", "x")]);
        finds(&[("a", ONE), ("b", OTHER)], &[("x", EDITED), ("b", OTHER)], &[("a", "x")]);
        finds(&[("a", ONE), ("b", OTHER)], &[("d/b", OTHER), ("x", EDITED)], &[("a", "x"), ("b", "d/b")]);
        finds(&[("a", ONE)], &[("x", OTHER)], &[]);
        finds(&[("a", "")], &[("x", "")], &[]);
    }

    #[test]
    fn any_doubt_means_no_move() {
        // Two files that it may have become.
        finds(&[("a", ONE)], &[("x", ONE), ("y", ONE)], &[]);
        finds(&[("a", ONE)], &[("x", EDITED), ("y", EDITED)], &[]);
        // A copy of another one, which is there or not.
        finds(&[("dev/k", ONE), ("prod/k", ONE)], &[("mine/k", ONE), ("prod/k", ONE)], &[]);
        finds(&[("dev/k", ONE), ("prod/k", EDITED)], &[("mine/k", EDITED), ("prod/k", EDITED)], &[]);
        finds(&[("dev/k", ONE), ("prod/k", EDITED)], &[("mine/k", "one\ntwo\nthree\nx\n")], &[]);
        // It is still there.
        finds(&[("a", ONE)], &[("a", ONE), ("x", ONE)], &[]);
    }

    #[test]
    fn what_is_found_leaves_no_doubt_about_the_others() {
        let [prod, stage, edited] = ["1\n2\n3\np\n", "1\n2\n3\ns\n", "1\nx\ny\np\n"];
        finds(
            &[("prod", prod), ("stage", stage)],
            &[("d/mine", edited), ("d/stage", stage)],
            &[("prod", "d/mine"), ("stage", "d/stage")],
        );
    }

    #[test]
    fn the_folder_decides_between_files_that_look_alike() {
        let base = [("dev/a", ONE), ("dev/k", OTHER), ("prod/a", "one\ntwo\nthree\n4\n"), ("prod/k", OTHER)];
        let kept = [("prod/a", "one\ntwo\nthree\n4\n"), ("prod/k", OTHER)];
        let moved = [[("qa/a", ONE), ("qa/k", "a\nb\nc\nmine\n")].as_slice(), &kept].concat();
        finds(&base, &moved, &[("dev/a", "qa/a"), ("dev/k", "qa/k")]);
        // The folder is still there.
        let copied = [moved.as_slice(), &[("dev/k", OTHER)]].concat();
        finds(&base, &copied, &[("dev/a", "qa/a")]);
    }
}
