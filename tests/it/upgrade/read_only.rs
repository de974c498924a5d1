//! What only looks leaves no trace: neither a byte nor a time, in Git's own folder neither, and nothing elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::time::SystemTime;

use crate::upgrade::project::{Place, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

/// When everything in the home was changed last.
fn times(place: &Place) -> BTreeMap<String, SystemTime> {
    let time = |path: String| {
        let changed = fs::symlink_metadata(&path).unwrap().modified().unwrap();
        (path, changed)
    };
    place.home.everything().into_iter().map(time).collect()
}

/// Edited, with a file that Git's index only thinks changed, and with a conflict where `disputed`.
fn place(disputed: bool) -> Place {
    let v1 = Scaffold::new("1.0.0").file("a.txt", "one\n").file("b.txt", "b\n").file("gone.txt", "gone\n");
    let place = Place::of(&v1);
    place.edit("b.txt", "mine\n");
    place.remove("gone.txt");
    place.commit();
    if disputed {
        place.edit("a.txt", "mine\n");
    }
    place.write("untracked.txt", "mine\n");
    place.write("a.txt", place.bytes("a.txt"));
    place.offer(&v1.version("2.0.0").file("a.txt", "two\n").file("new.txt", "new\n"));
    place
}

#[test]
fn nothing_is_touched_by_a_look() {
    let looks = [
        ("upgrade shop --scaffold scaffold --dry-run", [0, 3]),
        ("upgrade shop --scaffold scaffold --dry-run --diff", [0, 3]),
        ("upgrade shop --scaffold scaffold --dry-run --json", [0, 3]),
        ("upgrade shop --scaffold scaffold --dry-run --branch later", [0, 3]),
        ("upgrade shop --scaffold scaffold --dry-run --no-commit", [0, 3]),
        ("upgrade shop --scaffold scaffold --dry-run --conflicts=markers", [0, 0]),
        ("upgrade shop --scaffold scaffold --dry-run --conflicts=theirs --set app=other", [0, 0]),
        ("upgrade shop --scaffold scaffold --dry-run --base HEAD --adopt-defaults", [0, 3]),
        ("upgrade shop --scaffold scaffold --dry-run --two-way", [3, 3]),
        ("status shop --scaffold scaffold", [0, 0]),
        ("diff shop", [0, 0]),
        ("diff shop --upgrade --scaffold scaffold", [0, 0]),
        ("restore shop --dry-run", [0, 0]),
        ("adopt shop --scaffold scaffold --dry-run", [5, 5]),
        ("check shop", [0, 0]),
    ];
    for disputed in [false, true] {
        let place = place(disputed);
        let (before, then) = (place.everything(), times(&place));
        for (look, codes) in looks {
            place.treenail(look).ends_with(codes[usize::from(disputed)]);
            assert_unchanged(&before, &place.everything());
            assert_eq!(then, times(&place), "{look}");
        }
    }
}
