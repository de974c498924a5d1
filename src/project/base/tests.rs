use proptest::prelude::*;

use super::*;
use crate::git;
use crate::git::Labels;
use crate::merge::Prefer;
use crate::scaffold::definition::Ownership;
use crate::tree::File;

fn file(path: &str, content: &[u8]) -> RenderedFile {
    RenderedFile {
        path: path.to_owned(),
        file: File::new(content, path.starts_with('x')),
        ownership: if path.ends_with('s') { Ownership::Seeded } else { Ownership::Managed },
        slot: path.to_owned(),
    }
}

fn text(files: &[RenderedFile]) -> String {
    String::from_utf8(write(files)).unwrap()
}

#[test]
fn is_readable_text() {
    let moved = RenderedFile { slot: "old".to_owned(), ..file("y", b"") };
    let archive = text(&[file("a b", b"one\n\ntwo"), file("xs", b"\0\xff"), moved]);
    assert_eq!(archive.lines().next().unwrap(), "treenail base 3");
    assert_eq!(archive.lines().last().unwrap(), "end of base");
    assert_eq!(archive.lines().count(), 2 + 256 + 3 * 4 + 4, "{archive}");
    for part in [
        " a b\nas ",
        " managed 644 text\nbegin ",
        "|one\n",
        "|\n",
        "|two\nend ",
        " without newline\n-- ",
        " xs\nas ",
        " seeded 755 hex\nbegin ",
        "|00ff\nend ",
        " old\nas ",
        " managed 644 text y\nbegin ",
    ] {
        assert!(archive.contains(part), "{part:?} is not in\n{archive}");
    }
}

/// As a replaced word in all files of a repository changes it, or a file that was cut short.
#[test]
fn edits_of_a_line_are_noticed() {
    let archive = write(&[file("a", b"one\ntwo\n"), file("b", b""), file("c", b"\0"), file("d", b"x")]);
    for at in 0..archive.len() {
        for bit in 0..8 {
            let mut changed = archive.clone();
            changed[at] ^= 1 << bit;
            assert!(read(&changed).is_err(), "byte {at}: {}", String::from_utf8_lossy(&changed));
        }
        assert!(read(&archive[..at]).is_err(), "cut at {at}");
    }
    let archive = text(&[file("shop.txt", b"name: shop\nurl: https://shop.example\n")]);
    for (old, new) in
        [("shop", "cart"), ("https", "http"), ("644", "755"), ("managed", "seeded"), (": shop", ": ")]
    {
        let error = read(archive.replace(old, new).as_bytes()).unwrap_err();
        assert!(error.message.contains("its checksum does not match"), "{error}");
    }
}

#[test]
fn a_newer_format_is_not_called_damage() {
    let archive = text(&[]).replace("base 3", "base 4");
    let error = read(archive.as_bytes()).unwrap_err();
    assert!(error.message.contains("written by a newer treenail") && !error.hints.is_empty(), "{error}");
}

#[test]
fn merge_markers_are_named_by_their_line() {
    let archive = text(&[file("a", b"one\n")]);
    let marked = archive.replace("end of base", "<<<<<<< HEAD\n=======\n>>>>>>> x\nend of base");
    let error = read(marked.as_bytes()).unwrap_err();
    assert!(error.message.contains("line 263: it holds merge markers"), "{error}");
    // Markers in a file are none of the archive.
    let files = [file("a", b"<<<<<<< HEAD\n=======\n>>>>>>> x\n")];
    assert_eq!(read(&write(&files)).unwrap(), files);
}

#[test]
fn format_2_is_read() {
    let archive =
        "treenail base 2\nfile 9404 managed 644 text a b\n1dee|one\nend 1dbf without newline\nend of base\n";
    assert_eq!(read(archive.as_bytes()).unwrap(), [file("a b", b"one")]);
    let edited = archive.replace("|one", "|two");
    assert!(read(edited.as_bytes()).unwrap_err().message.contains("line 3: it was edited"));
}

/// So that two branches that add or remove different files do not change the same place.
#[test]
fn each_file_is_in_its_part() {
    let (a, b) = (file("a", b"a\n"), file("b", b"b\n"));
    let archive = text(&[a.clone(), b.clone()]);
    assert_eq!(archive, text(&[b.clone(), a.clone()]));
    assert_eq!(read(archive.as_bytes()).unwrap(), [a.clone(), b.clone()]);
    let section = &archive[archive.find("file ").unwrap()..];
    let section = &section[..section.find("-- ").unwrap()];
    let moved = archive.replace(section, "").replace("end of base\n", &format!("{section}end of base\n"));
    let error = read(moved.as_bytes()).unwrap_err();
    assert!(error.message.contains("a file is not in its part, after `-- ff`"), "{error}");
    for (old, new, why) in
        [("-- 07\n", "", "`-- 08` is not `-- 07`"), ("-- 07\n", "-- 07\n-- 07\n", "`-- 07` is not `-- 08`")]
    {
        let error = read(archive.replace(old, new).as_bytes()).unwrap_err();
        assert!(error.message.contains(why), "{error}");
    }
}

#[test]
fn very_short_lines_do_not_make_it_much_longer() {
    for content in [b"\n".repeat(100_000), b"ab\n".repeat(30_000), vec![b'x'; 90_000]] {
        let files = [file("a", &content)];
        let archive = write(&files);
        assert!(archive.len() < 250_000, "{}", archive.len());
        assert_eq!(read(&archive).unwrap(), files);
    }
}

/// Git's merge of the archives, as far as it goes without `.gitattributes`.
fn merged(
    base: &[RenderedFile],
    ours: &[RenderedFile],
    theirs: &[RenderedFile],
) -> Option<Vec<RenderedFile>> {
    let [base, ours, theirs] = [base, ours, theirs].map(text);
    let labels = Labels { ours: "o".into(), base: "b".into(), theirs: "t".into() };
    let merged = git::merge_text(&base, &ours, &theirs, &labels, Prefer::Neither).unwrap();
    merged.clean.then(|| read(merged.content.as_bytes()).unwrap())
}

#[test]
fn changes_of_neighbouring_files_merge() {
    let [a, b, c] = ["a", "b", "c"].map(|path| file(path, b"1\n2\n3\n"));
    let base = [a.clone(), b.clone(), c.clone()];
    let with = |path: &str, content: &[u8]| file(path, content);
    for (ours, theirs, expected) in [
        // The last line of one and the first of the next; each file in different lines; sizes.
        (
            vec![with("a", b"1\n2\nX\n"), b.clone()],
            vec![a.clone(), with("b", b"Y\n2\n3\n")],
            vec![with("a", b"1\n2\nX\n"), with("b", b"Y\n2\n3\n")],
        ),
        (
            vec![with("a", b"X\n2\n3\n"), b.clone()],
            vec![with("a", b"1\n2\n3\nY\n"), b.clone()],
            vec![with("a", b"X\n2\n3\nY\n"), b.clone()],
        ),
        // A file that goes beside one that changes, on either side.
        (vec![b.clone()], vec![a.clone(), with("b", b"Y\n1\n2\n3\n")], vec![with("b", b"Y\n1\n2\n3\n")]),
        (vec![a.clone()], vec![with("a", b"1\n2\n3\nY\n"), b.clone()], vec![with("a", b"1\n2\n3\nY\n")]),
        // A new one, which looks like its neighbours, beside one that changes.
        (
            vec![a.clone(), with("aa", b"1\n2\n3\n"), b.clone()],
            vec![with("a", b"1\n2\n3\nY\n"), with("b", b"0\n1\n2\n3\n")],
            vec![with("a", b"1\n2\n3\nY\n"), with("aa", b"1\n2\n3\n"), with("b", b"0\n1\n2\n3\n")],
        ),
    ] {
        let and_c = |files: Vec<RenderedFile>| [files, vec![c.clone()]].concat();
        let (ours, theirs, expected) = (and_c(ours), and_c(theirs), and_c(expected));
        assert_eq!(merged(&base, &ours, &theirs).as_deref(), Some(&expected[..]));
        assert_eq!(merged(&base, &theirs, &ours).as_deref(), Some(&expected[..]));
        assert_eq!(merge(&base, &ours, &theirs).unwrap(), expected);
    }
}

/// Where Git merges the files themselves: it follows renames, and knows no order of files.
#[test]
fn renames_modes_and_new_neighbours_merge() {
    let [a, b, c] = ["a", "b", "c"].map(|path| file(path, b"1\n2\n3\n"));
    let base = [a.clone(), b.clone(), c.clone()];
    let renamed = |content: &[u8]| RenderedFile { slot: "b".to_owned(), ..file("z", content) };
    let mut executable = a.clone();
    executable.file = File::new(&b"1\n2\n3\n"[..], true);
    let mut both = executable.clone();
    both.file.content = b"X\n2\n3\n".to_vec();
    let new: Vec<_> = (0..8).map(|n| file(&format!("b{n}"), b"1\n2\n3\n")).collect();
    let (even, odd): (Vec<_>, Vec<_>) =
        new.iter().cloned().partition(|file| file.path.ends_with(['0', '2', '4', '6']));
    for (ours, theirs, expected) in [
        (
            vec![a.clone(), c.clone(), renamed(b"1\n2\nX\n")],
            vec![a.clone(), file("b", b"Y\n2\n3\n"), c.clone()],
            vec![a.clone(), c.clone(), renamed(b"Y\n2\nX\n")],
        ),
        (
            vec![executable, b.clone(), c.clone()],
            vec![file("a", b"X\n2\n3\n"), b.clone(), c.clone()],
            vec![both, b.clone(), c.clone()],
        ),
        (
            [&[a.clone(), b.clone()], &even[..]].concat(),
            [&[a.clone(), b.clone()], &odd[..], std::slice::from_ref(&c)].concat(),
            [&[a.clone(), b.clone()], &new[..]].concat(),
        ),
    ] {
        assert_eq!(merged(&base, &ours, &theirs).as_deref(), Some(&expected[..]));
        assert_eq!(merged(&base, &theirs, &ours).as_deref(), Some(&expected[..]));
        // And back, as a revert does.
        assert_eq!(merged(&ours, &base, &expected).as_deref(), Some(&theirs[..]));
    }
}

#[test]
fn what_git_cannot_merge_is_merged_file_by_file() {
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|path| file(path, b"1\n2\n3\n"));
    let merge = |base: &[&RenderedFile], ours: &[&RenderedFile], theirs: &[&RenderedFile]| {
        let [base, ours, theirs] =
            [base, ours, theirs].map(|side| side.iter().map(|file| (*file).clone()).collect::<Vec<_>>());
        merge(&base, &ours, &theirs).unwrap()
    };
    // Both add, both delete, beside each other.
    assert_eq!(merge(&[&a, &d], &[&a, &b, &d], &[&a, &c, &d]), [a.clone(), b.clone(), c.clone(), d.clone()]);
    assert_eq!(merge(&[&a, &b, &c, &d], &[&a, &c, &d], &[&a, &b, &d]), [a.clone(), d.clone()]);
    // One deletes what the other changes; both change a line.
    let [left, right] = [file("b", b"1\nX\n3\n"), file("b", b"1\nY\n3\n")];
    assert_eq!(merge(&[&a, &b], &[&a], &[&a, &left]), std::slice::from_ref(&a));
    assert_eq!(merge(&[&b], &[&left], &[&right]), std::slice::from_ref(&left));
    // The mode and the content; binary content.
    let mut executable = b.clone();
    executable.file = File::new(&b"1\n2\n3\n"[..], true);
    let mut both = executable.clone();
    both.file.content = left.file.content.clone();
    assert_eq!(merge(&[&b], &[&executable], &[&left]), [both]);
    let (old, new) = (file("b", b"\0"), file("b", b"\0\x01"));
    assert_eq!(merge(&[&old], &[&old], &[&new]), std::slice::from_ref(&new));
    assert_eq!(merge(&[&old], &[&new], &[&old]), [new]);
}

#[test]
fn what_git_cannot_merge_is_followed_where_it_was_moved() {
    let at = |slot: &str, path: &str, content: &[u8]| RenderedFile {
        slot: slot.to_owned(),
        ..file(path, content)
    };
    let (old, edited, new) = (b"1\n2\n3\n", b"X\n2\n3\n", b"1\n2\nY\n");
    let both = b"X\n2\nY\n";
    // One moves a file that the other changes; whichever side is ours.
    let sides = [[file("a", edited)], [at("a", "b", new)]];
    for [ours, theirs] in [[&sides[0], &sides[1]], [&sides[1], &sides[0]]] {
        assert_eq!(merge(&[file("a", old)], ours, theirs).unwrap(), [at("a", "b", both)]);
    }
    // Two files change places, one of which is new on both sides.
    let sides = [[file("a", edited), file("b", b"b\n")], [at("b", "a", b"b\n"), at("a", "b", new)]];
    for [ours, theirs] in [[&sides[0], &sides[1]], [&sides[1], &sides[0]]] {
        let merged = merge(&[file("a", old)], ours, theirs).unwrap();
        assert_eq!(merged, [at("b", "a", b"b\n"), at("a", "b", both)]);
    }
    // An earlier format does not say where it was before.
    let merged = merge(&[file("b", old)], &[file("b", edited)], &[at("a", "b", new)]).unwrap();
    assert_eq!(merged, [at("a", "b", both)]);
    // Two files cannot be at the path that each side has for one of them.
    let merged =
        merge(&[file("a", old)], &[file("a", old), file("b", b"b\n")], &[at("a", "b", old)]).unwrap();
    assert_eq!(merged.iter().map(|file| &*file.path).collect::<Vec<_>>(), ["b"]);
}

/// What treenail wrote before.
fn sealed(entries: &str) -> Vec<u8> {
    let body = format!("{}{entries}", sized::HEADER);
    format!("{body}end {}\n", sized::digest(body.as_bytes())).into_bytes()
}

#[test]
fn format_1_is_read() {
    let entries = "file managed 644 text 4 a b\none\n\nfile seeded 755 hex 4 xs\n00ff\n";
    assert_eq!(read(&sealed(entries)).unwrap(), [file("a b", b"one\n"), file("xs", b"\0\xff")]);
    let archive = sealed(entries);
    for at in 0..archive.len() {
        let mut changed = archive.clone();
        changed[at] ^= 1;
        assert!(read(&changed).is_err(), "byte {at}");
        assert!(read(&archive[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_right_digest_does_not_make_a_path_good() {
    let entry = |path: &str| format!("file managed 644 text 1 {path}\nx\n");
    assert_eq!(read(&sealed(&(entry("a") + &entry("b/c")))).unwrap().len(), 2);
    let long = "n".repeat(5000);
    for (entries, why) in [
        (entry("../x"), "leaves its folder"),
        (entry("/x"), "not a relative path"),
        (entry(""), "not a relative path"),
        (entry("a\0b"), "U+0000"),
        (entry("a\u{1b}]0;pwn\u{7}"), "U+001B"),
        (entry("a\rb"), "U+000D"),
        (entry(".git/hooks/x"), "belongs to Git"),
        (entry(".treenail/answers.yaml"), "belongs to treenail"),
        (entry("git~1/config"), "short form"),
        (entry(".g\u{200c}it/x"), "U+200C"),
        (entry(&long), "too long"),
        (entry("a") + &entry("a"), "twice"),
        (entry("b") + &entry("a"), "twice, or not in its order"),
        (entry("A") + &entry("a"), "differ only in case"),
        (entry("a") + &entry("a/b"), "needs it as a folder"),
        ("file managed 644 text +1 a\nx\n".to_owned(), "is not an entry"),
        ("file managed 644 text 01 a\nx\n".to_owned(), "is not an entry"),
        ("file managed 644 text -1 a\nx\n".to_owned(), "is not an entry"),
        (format!("file managed 644 text {} a\nx\n", u64::MAX), "cut short"),
        (format!("file managed 644 text {}0 a\nx\n", u64::MAX), "is not an entry"),
        ("file\u{1b}[2J managed\n".to_owned(), "is not an entry"),
    ] {
        let error = read(&sealed(&entries)).unwrap_err();
        assert!(error.kind == ErrorKind::State && error.message.contains(why), "{entries:?}: {error}");
        let is_printable = !error.message.contains(char::is_control);
        assert!(is_printable && error.message.len() < 300, "{:?}", error.message);
    }
}

proptest! {
    #[test]
    fn reads_back(contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..5)) {
        let files: Vec<_> = contents.iter().enumerate().map(|(n, content)| file(&format!("f{n}"), content)).collect();
        let read = read(&write(&files)).unwrap();
        prop_assert_eq!(read.len(), files.len());
        for (read, file) in read.iter().zip(&files) {
            prop_assert_eq!(read, file);
        }
    }

    #[test]
    fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }
}
