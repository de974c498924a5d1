//! What a file is made of, beyond its lines: permissions, links, bytes that are no text, line ends.

use std::os::unix::fs::symlink;

use crate::upgrade::project::Place;
use crate::upgrade::scaffold::Scaffold;

const LINES: &str = "one\ntwo\nthree\nfour\nfive\n";

fn v1() -> Scaffold {
    Scaffold::new("1.0.0").file("a.txt", LINES).file("tool", [0, 1, 2])
}

fn v2() -> Scaffold {
    v1().version("2.0.0").file("a.txt", LINES.replace("five", "FIVE"))
}

#[test]
fn the_executable_bit_is_merged_apart_from_the_text() {
    let place = Place::of(&v1());
    place.set_mode("a.txt", 0o755);
    place.commit();
    place.upgrade_to(&v2());
    assert!(place.is_executable("a.txt"));
    assert_eq!(place.read("a.txt"), LINES.replace("five", "FIVE"));

    let place = Place::of(&v1());
    place.edit("a.txt", LINES.replace("one", "mine"));
    place.upgrade_to(&v1().version("2.0.0").program("a.txt", LINES)).says("mode     a.txt");
    assert!(place.is_executable("a.txt"));
    assert_eq!(place.read("a.txt"), LINES.replace("one", "mine"));
}

#[test]
fn the_executable_bit_is_git_s_where_the_file_system_has_none() {
    let place = Place::of(&v1());
    place.git("config core.fileMode false");
    place.set_mode("a.txt", 0o755);
    place.upgrade_to(&v2());
    assert!(place.git("ls-files --stage a.txt").starts_with("100644"));
}

#[test]
fn a_link_in_place_of_a_file_is_never_written_through() {
    let place = Place::of(&v1());
    place.write("mine.txt", "mine\n");
    place.remove("a.txt");
    symlink("mine.txt", place.path("a.txt")).unwrap();
    place.commit();
    place.conflict_with(&v2()).says("made a link of a file");
    place.upgrade("--conflicts=markers").ends_with(3);
    assert_eq!(place.read("mine.txt"), "mine\n");
    place.upgrade("--abort").ends_with(0);
    place.upgrade("--conflicts=ours").ends_with(0);
    assert_eq!(place.read("mine.txt"), "mine\n");
    assert!(place.path("a.txt").is_symlink());
    place.assert_clean();
}

#[test]
fn a_folder_that_is_a_link_out_of_the_repository_is_not_followed() {
    let place = Place::of(&v1());
    place.home.write("outside/kept.txt", "kept\n");
    symlink("../outside", place.path("sub")).unwrap();
    place.commit();
    place.offer(&v2().file("sub/new.txt", "new\n"));
    place.refused("", 3).says("sub");
    assert!(!place.home.path("outside/new.txt").exists());
}

#[test]
fn a_binary_is_replaced_where_untouched_and_a_conflict_where_not() {
    let new = v1().version("2.0.0").file("tool", [0, 9, 255]);
    let place = Place::of(&v1());
    place.upgrade_to(&new);
    assert_eq!(place.bytes("tool"), [0, 9, 255]);

    let place = Place::of(&v1());
    place.edit("tool", [0, 7]);
    place.conflict_with(&new).says("tool: you and the scaffold changed it, and it is no text");
    place.upgrade("--conflicts=markers").ends_with(3);
    assert_eq!(place.bytes("tool"), [0, 7]);
    place.upgrade("--abort").ends_with(0);
    place.assert_clean();
    place.upgrade("--conflicts=theirs").ends_with(0);
    assert_eq!(place.bytes("tool"), [0, 9, 255]);
}

#[test]
fn windows_line_ends_survive() {
    let place = Place::of(&v1());
    place.edit("a.txt", LINES.replace("one", "mine").replace('\n', "\r\n"));
    place.upgrade_to(&v2());
    assert_eq!(place.read("a.txt"), "mine\r\ntwo\r\nthree\r\nfour\r\nFIVE\r\n");

    // Nothing but the line ends is the user's.
    let place = Place::of(&v1());
    place.edit("a.txt", LINES.replace('\n', "\r\n"));
    place.upgrade_to(&v2());
    assert_eq!(place.read("a.txt"), "one\r\ntwo\r\nthree\r\nfour\r\nFIVE\r\n");
}

#[test]
fn line_ends_that_git_translates_are_no_edits() {
    let place = Place::of(&v1());
    place.git("config core.autocrlf true");
    place.remove("a.txt");
    place.git("checkout -- a.txt");
    assert_eq!(place.read("a.txt"), LINES.replace('\n', "\r\n"));
    place.upgrade_to(&v2());
    assert_eq!(place.read("a.txt"), LINES.replace("five", "FIVE").replace('\n', "\r\n"));
    assert!(!place.git("cat-file -p HEAD:a.txt").contains('\r'));
}

#[test]
fn a_missing_last_line_end_stays_missing() {
    let place = Place::of(&v1());
    place.edit("a.txt", LINES.trim_end());
    place.upgrade_to(&v1().version("2.0.0").file("a.txt", LINES.replace("one", "ONE")));
    assert_eq!(place.read("a.txt"), "ONE\ntwo\nthree\nfour\nfive");
}

#[test]
fn empty_files_come_and_are_filled() {
    let place = Place::of(&v1().file("empty", ""));
    place.upgrade_to(&v2().file("empty", "filled\n").file("other", ""));
    assert_eq!((place.read("empty"), place.read("other")), ("filled\n".to_owned(), String::new()));
}

#[test]
fn other_encodings_are_kept_as_bytes() {
    let (bom, latin) = ("\u{feff}one\ntwo\nthree\n".as_bytes(), b"caf\xe9\ntwo\nthree\n");
    let both =
        |version, bom: &[u8], latin: &[u8]| Scaffold::new(version).file("bom", bom).file("latin", latin);
    let place = Place::of(&both("1.0.0", bom, latin));
    place.edit("bom", "\u{feff}one\ntwo\nmine\n");
    place.upgrade_to(&both("2.0.0", "\u{feff}ONE\ntwo\nthree\n".as_bytes(), b"caf\xe9\n2\nthree\n"));
    assert_eq!(place.read("bom"), "\u{feff}ONE\ntwo\nmine\n");
    assert_eq!(place.bytes("latin"), b"caf\xe9\n2\nthree\n");
    place.edit("latin", b"caf\xe9\n2\nmine\n");
    let newer = both("3.0.0", "\u{feff}ONE\ntwo\nthree\n".as_bytes(), b"caf\xe9\n2\n3\n");
    place.conflict_with(&newer).says("latin: you and the scaffold changed");
}
