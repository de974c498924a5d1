//! Git itself is the judge.

use std::process::Command;

use proptest::prelude::*;

use super::*;

fn labels() -> Labels {
    Labels { ours: "yours".to_owned(), base: "scaffold a 1".to_owned(), theirs: "scaffold a 2".to_owned() }
}

/// What `git merge-file` makes of the three texts.
fn by_git([base, ours, theirs]: [&str; 3], prefer: Prefer) -> Merged {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [("base", base), ("ours", ours), ("theirs", theirs)] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let Labels { ours, base, theirs } = labels();
    let mut git = Command::new("git");
    git.current_dir(&folder).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    git.env("HOME", folder.path()).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CEILING_DIRECTORIES", "/");
    git.args(["merge-file", "-p", "-q", "--diff3", "-L", &ours, "-L", &base, "-L", &theirs]);
    match prefer {
        Prefer::Neither => {}
        Prefer::Ours => drop(git.arg("--ours")),
        Prefer::Theirs => drop(git.arg("--theirs")),
    }
    let output = git.args(["ours", "base", "theirs"]).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 128), "{output:?}");
    Merged { content: String::from_utf8(output.stdout).unwrap(), clean: output.status.success() }
}

fn any_text() -> impl Strategy<Value = String> {
    let line =
        prop::sample::select(vec!["a\n", "b\n", "c\n", "\n", "a\r\n", "b\r\n", "  a: 1\n", "}\n", "ü"]);
    prop::collection::vec(line, 0..8).prop_map(|lines| lines.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_byte_is_as_git_has_it(base in any_text(), ours in any_text(), theirs in any_text()) {
        for prefer in [Prefer::Neither, Prefer::Ours, Prefer::Theirs] {
            let merged = merge_text(&base, &ours, &theirs, &labels(), prefer).unwrap();
            prop_assert_eq!(merged, by_git([&base, &ours, &theirs], prefer), "{:?}", prefer);
        }
    }
}

/// The two sides of a text with markers.
fn sides(marked: &str) -> [String; 2] {
    let mut sides = [String::new(), String::new()];
    let mut to = [true, true];
    for line in marked.split_inclusive('\n') {
        match line.trim_end() {
            "<<<<<<< yours" => to = [true, false],
            "=======" => to = [false, true],
            ">>>>>>> scaffold a 2" => to = [true, true],
            _ => sides.iter_mut().zip(to).filter(|(_, to)| *to).for_each(|(side, _)| side.push_str(line)),
        }
    }
    sides
}

proptest! {
    #[test]
    fn without_a_base_both_sides_are_there(ours in any_text(), theirs in any_text()) {
        let [ours, theirs] = [ours, theirs].map(|text| format!("{text}\n"));
        let merged = merge_two(&ours, &theirs, &labels(), Prefer::Neither).unwrap();
        prop_assert_eq!(merged.clean, ours == theirs);
        if !merged.clean {
            prop_assert_eq!(sides(&merged.content), [ours, theirs]);
        }
    }
}

#[test]
fn without_a_base_only_what_differs_is_marked() {
    let merged = merge_two("1\n2\n3\n4\n", "1\ntwo\n3\n4\n", &labels(), Prefer::Neither).unwrap();
    let marked = "1\n<<<<<<< yours\n2\n=======\ntwo\n>>>>>>> scaffold a 2\n3\n4\n";
    assert_eq!(merged, Merged { content: marked.to_owned(), clean: false });
}

#[test]
fn works_before_any_repository_was_opened() {
    let merged = merge_text("1\n2\n3\n", "0\n2\n3\n", "1\n2\n4\n", &labels(), Prefer::Neither).unwrap();
    assert_eq!(merged, Merged { content: "0\n2\n4\n".to_owned(), clean: true });
}
