//! What holds for any edits of the user and of the scaffold.

use proptest::prelude::*;

use super::*;
use crate::yaml;

/// An edit of a list of lines: where, how many lines go, and how many come.
type Edit = (prop::sample::Index, usize, usize);

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec((any::<prop::sample::Index>(), 0_usize..3, 0_usize..3), 0..3)
}

/// Returns `base` with `edits`, whose new lines name their author `who` and are unique.
fn edited(base: &[String], edits: &[Edit], who: &str) -> Vec<String> {
    let mut lines = base.to_vec();
    for (number, (at, goes, comes)) in edits.iter().enumerate() {
        let at = at.index(lines.len() + 1);
        let end = (at + goes).min(lines.len());
        let new = (0..*comes).map(|line| format!("{who}-{number}-{line}: x"));
        lines.splice(at..end, new);
    }
    lines
}

fn file(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

prop_compose! {
    /// Base, ours and theirs of one file, as lines of YAML; equal lines are common if `alike`.
    fn sides(alike: bool)(
        base in prop::collection::vec(if alike { 0_u32..4 } else { 0_u32..1_000_000 }, 0..12),
        ours in edits(),
        theirs in edits(),
    ) -> [Vec<String>; 3] {
        let mut base: Vec<String> = base.into_iter().map(|line| format!("l{line}: x")).collect();
        if !alike {
            base.sort();
            base.dedup();
        }
        [edited(&base, &ours, "mine"), edited(&base, &theirs, "new"), base]
    }
}

fn one(path: &str, content: &str, prefer: Prefer, [ours, theirs]: [&str; 2]) -> Plan {
    let [base, ours, theirs] = [content, ours, theirs].map(|content| [(path, content)]);
    Case { base: &base, ours: &ours, theirs: &theirs, prefer, ..CASE }.plan()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_line_of_the_users_disappears([ours, theirs, base] in sides(false)) {
        let (old, mine, new) = (file(&base), file(&ours), file(&theirs));
        let plan = one("a.yaml", &old, Prefer::Neither, [&mine, &new]);
        let result = std::str::from_utf8(&plan.result["a.yaml"].content).unwrap();
        if let Some(conflict) = plan.conflicts.first() {
            prop_assert_eq!(result, &mine);
            let marked = std::str::from_utf8(conflict.marked.as_ref().unwrap()).unwrap();
            for line in ours.iter().filter(|line| !base.contains(line)) {
                prop_assert!(marked.lines().any(|kept| kept == line), "{} is not in\n{}", line, marked);
            }
            return Ok(());
        }
        let lines: Vec<&str> = result.lines().collect();
        for line in &ours {
            let deleted = base.contains(line) && !theirs.contains(line);
            prop_assert_eq!(lines.contains(&line.as_str()), !deleted, "{} in\n{}", line, result);
        }
        for line in &theirs {
            let deleted = base.contains(line) && !ours.contains(line);
            prop_assert_eq!(lines.contains(&line.as_str()), !deleted, "{} in\n{}", line, result);
        }
        prop_assert!(!["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|marker| result.contains(marker)));
        prop_assert!(yaml::documents(result).is_ok());
    }

    #[test]
    fn each_text_is_what_git_makes_of_it([ours, theirs, base] in sides(true)) {
        let (old, mine, new) = (file(&base), file(&ours), file(&theirs));
        let plan = one("a.txt", &old, Prefer::Neither, [&mine, &new]);
        let merged = text(&old, &mine, &new, Prefer::Neither).unwrap();
        prop_assert_eq!(plan.conflicts.is_empty(), merged.clean);
        let content = plan.conflicts.first().map_or(&plan.result["a.txt"].content, |conflict| conflict.marked.as_ref().unwrap());
        prop_assert_eq!(std::str::from_utf8(content).unwrap(), merged.content);
    }

    #[test]
    fn a_preference_leaves_no_conflict_in_text([ours, theirs, base] in sides(true)) {
        let (old, mine, new) = (file(&base), file(&ours), file(&theirs));
        for prefer in [Prefer::Ours, Prefer::Theirs] {
            let plan = one("a.txt", &old, prefer, [&mine, &new]);
            prop_assert_eq!(&plan.conflicts, &[]);
            prop_assert!(!String::from_utf8_lossy(&plan.result["a.txt"].content).contains("<<<<<<<"));
        }
    }

    #[test]
    fn trees(base in any_tree(), ours in any_tree(), theirs in any_tree(), moves in any_moves(), buried in any_paths()) {
        // Nothing new: the user's tree stays, whatever it is.
        let same = plan(&request(&base, &ours, &base)).unwrap();
        prop_assert_eq!(&same.result, &ours);
        prop_assert!(same.changes.is_empty() && same.conflicts.is_empty() && same.notices.is_empty());
        // Nothing edited: the scaffold's new tree, whatever it is.
        let fresh = plan(&request(&base, &base, &theirs)).unwrap();
        prop_assert_eq!(&fresh.result, &theirs);
        prop_assert!(fresh.conflicts.is_empty() && fresh.notices.is_empty());
        // Anything: nothing the scaffold does not own is touched, nothing is overwritten unseen.
        let whole = plan(&Request { moves: &moves, tombstones: &buried, ..request(&base, &ours, &theirs) }).unwrap();
        let touched: BTreeSet<&String> =
            whole.changes.iter().flat_map(|change| [Some(&change.path), change.from.as_ref()]).flatten().collect();
        // A file in conflict makes way for what arrives at its old path, below it or above it, in any spelling; the conflict
        // names both paths.
        let arrives_at = |at: &String| {
            let is_inside = |one: &String, other: &String| one.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'));
            let at = &at.to_lowercase();
            let meets = |path: &String| path == at || is_inside(path, at) || is_inside(at, path);
            whole.changes.iter().any(|change| change.what != ChangeKind::Deleted && meets(&change.path.to_lowercase()))
        };
        let makes_way =
            |path: &String| whole.conflicts.iter().any(|conflict| conflict.from.as_ref() == Some(path)) && arrives_at(path);
        for (path, entry) in &ours {
            if !touched.contains(path) && !makes_way(path) {
                prop_assert_eq!(whole.result.get(path), Some(entry), "{} was not to change", path);
            }
            if !base.contains_key(path) && !theirs.contains_key(path) {
                prop_assert_eq!(whole.result.get(path), Some(entry), "{} is the user's", path);
            }
        }
        // A path that the scaffold moved a file away from or to is another file's now.
        let is_moved = |path: &String| moves.iter().any(|(old, new)| old == path || new == path);
        for path in base.keys().filter(|path| !ours.contains_key(*path) && !is_moved(path)) {
            prop_assert!(!whole.result.contains_key(path), "{} was deleted", path);
        }
        let is_disputed =
            |path: &String| whole.conflicts.iter().any(|conflict| conflict.from.is_some() && conflict.path == *path);
        for path in whole.result.keys() {
            let is_known = ours.contains_key(path) || touched.contains(path) || is_disputed(path);
            prop_assert!(is_known, "{} comes from nowhere", path);
            prop_assert!(!whole.tombstones.contains(path), "{} is buried", path);
            if !ours.contains_key(path) {
                let inside = format!("{path}/");
                let blocks = |other: &String| other.starts_with(&inside) || path.starts_with(&format!("{other}/"));
                prop_assert!(!whole.result.keys().any(blocks), "{} collides", path);
            }
        }
        for conflict in &whole.conflicts {
            let at = conflict.from.as_ref().unwrap_or(&conflict.path);
            // A file that the user deleted cannot stay; what the user has where it was moved to does.
            let place = if !ours.contains_key(at) || conflict.from.is_some() && arrives_at(at) { &conflict.path } else { at };
            let mine = ours.get(at).or_else(|| ours.get(&conflict.path));
            prop_assert_eq!(whole.result.get(place), mine, "{} is in conflict", at);
        }
    }
}

fn any_path() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "d/a", "d/b", "e"]).prop_map(str::to_owned)
}

/// Trees in which a file is never at the path of a folder that another file needs.
fn any_tree() -> impl Strategy<Value = Tree> {
    let entry =
        (0_usize..4, prop::sample::select(vec!["1\n", "2\n", "1\n2\n3\n", "0\n1\n2\n3\n", "1\n2\n3\n4\n"]));
    let path = prop_oneof![any_path(), Just("d".to_owned()), Just("a/b".to_owned()), Just("E".to_owned())];
    prop::collection::btree_map(path, entry, 0..7).prop_map(|files| {
        let mut tree = Tree::new();
        for (path, (mode, content)) in files {
            let mode = [Mode::Regular, Mode::Regular, Mode::Executable, Mode::Link][mode];
            let clashes = |other: &String| {
                let (short, long) = if other.len() < path.len() { (other, &path) } else { (&path, other) };
                long.starts_with(&format!("{short}/")) || long.eq_ignore_ascii_case(short)
            };
            if !tree.keys().any(clashes) {
                tree.insert(path, File { mode, content: content.as_bytes().to_vec() });
            }
        }
        tree
    })
}

fn any_moves() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec((any_path(), any_path()), 0..4)
}

fn any_paths() -> impl Strategy<Value = BTreeSet<String>> {
    prop::collection::btree_set(any_path(), 0..2)
}
