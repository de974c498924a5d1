//! What a file is made of, beyond its lines: permissions, links, bytes that are no text, line ends.

use std::os::unix::fs::symlink;

use crate::upgrade::project::Project;
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
    let project = Project::of(&v1());
    project.set_mode("a.txt", 0o755);
    project.commit();
    project.upgrade_to(&v2());
    assert!(project.is_executable("a.txt"));
    assert_eq!(project.read("a.txt"), LINES.replace("five", "FIVE"));

    let project = Project::of(&v1());
    project.edit("a.txt", LINES.replace("one", "mine"));
    project.upgrade_to(&v1().version("2.0.0").program("a.txt", LINES)).prints("mode     a.txt");
    assert!(project.is_executable("a.txt"));
    assert_eq!(project.read("a.txt"), LINES.replace("one", "mine"));
}

#[test]
fn the_executable_bit_is_git_s_where_the_file_system_has_none() {
    let project = Project::of(&v1());
    project.git("config core.fileMode false");
    project.set_mode("a.txt", 0o755);
    project.upgrade_to(&v2());
    assert!(project.git("ls-files --stage a.txt").starts_with("100644"));
}

#[test]
fn a_link_in_place_of_a_file_is_never_written_through() {
    let project = Project::of(&v1());
    project.write("mine.txt", "mine\n");
    project.remove("a.txt");
    symlink("mine.txt", project.path("a.txt")).unwrap();
    project.commit();
    project.conflict_with(&v2()).says("made a link of a file");
    project.upgrade("--conflicts=markers").ends_with(3);
    assert_eq!(project.read("mine.txt"), "mine\n");
    project.upgrade("--abort").ends_with(0);
    project.upgrade("--conflicts=ours").ends_with(0);
    assert_eq!(project.read("mine.txt"), "mine\n");
    assert!(project.path("a.txt").is_symlink());
    project.assert_clean();
}

#[test]
fn a_folder_that_is_a_link_out_of_the_repository_is_not_followed() {
    let project = Project::of(&v1());
    project.home.write("outside/kept.txt", "kept\n");
    symlink("../outside", project.path("sub")).unwrap();
    project.commit();
    project.offer(&v2().file("sub/new.txt", "new\n"));
    project.refused("", 3).says("sub");
    assert!(!project.home.path("outside/new.txt").exists());
}

#[test]
fn a_binary_is_replaced_where_untouched_and_a_conflict_where_not() {
    let new = v1().version("2.0.0").file("tool", [0, 9, 255]);
    let project = Project::of(&v1());
    project.upgrade_to(&new);
    assert_eq!(project.bytes("tool"), [0, 9, 255]);

    let project = Project::of(&v1());
    project.edit("tool", [0, 7]);
    project.conflict_with(&new).says("tool: you and the scaffold changed it, and it is no text");
    project.upgrade("--conflicts=markers").ends_with(3);
    assert_eq!(project.bytes("tool"), [0, 7]);
    project.upgrade("--abort").ends_with(0);
    project.assert_clean();
    project.upgrade("--conflicts=theirs").ends_with(0);
    assert_eq!(project.bytes("tool"), [0, 9, 255]);
}

#[test]
fn windows_line_ends_survive() {
    let project = Project::of(&v1());
    project.edit("a.txt", LINES.replace("one", "mine").replace('\n', "\r\n"));
    project.upgrade_to(&v2());
    assert_eq!(project.read("a.txt"), "mine\r\ntwo\r\nthree\r\nfour\r\nFIVE\r\n");

    // Nothing but the line ends is the user's.
    let project = Project::of(&v1());
    project.edit("a.txt", LINES.replace('\n', "\r\n"));
    project.upgrade_to(&v2());
    assert_eq!(project.read("a.txt"), "one\r\ntwo\r\nthree\r\nfour\r\nFIVE\r\n");
}

#[test]
fn line_ends_that_git_translates_are_no_edits() {
    let project = Project::of(&v1());
    project.git("config core.autocrlf true");
    project.remove("a.txt");
    project.git("checkout -- a.txt");
    assert_eq!(project.read("a.txt"), LINES.replace('\n', "\r\n"));
    project.upgrade_to(&v2());
    assert_eq!(project.read("a.txt"), LINES.replace("five", "FIVE").replace('\n', "\r\n"));
    assert!(!project.git("cat-file -p HEAD:a.txt").contains('\r'));
}

#[test]
fn a_missing_last_line_end_stays_missing() {
    let project = Project::of(&v1());
    project.edit("a.txt", LINES.trim_end());
    project.upgrade_to(&v1().version("2.0.0").file("a.txt", LINES.replace("one", "ONE")));
    assert_eq!(project.read("a.txt"), "ONE\ntwo\nthree\nfour\nfive");
}

#[test]
fn empty_files_come_and_are_filled() {
    let project = Project::of(&v1().file("empty", ""));
    project.upgrade_to(&v2().file("empty", "filled\n").file("other", ""));
    assert_eq!((project.read("empty"), project.read("other")), ("filled\n".to_owned(), String::new()));
}

#[test]
fn other_encodings_are_kept_as_bytes() {
    let (bom, latin) = ("\u{feff}one\ntwo\nthree\n".as_bytes(), b"caf\xe9\ntwo\nthree\n");
    let both =
        |version, bom: &[u8], latin: &[u8]| Scaffold::new(version).file("bom", bom).file("latin", latin);
    let project = Project::of(&both("1.0.0", bom, latin));
    project.edit("bom", "\u{feff}one\ntwo\nmine\n");
    project.upgrade_to(&both("2.0.0", "\u{feff}ONE\ntwo\nthree\n".as_bytes(), b"caf\xe9\n2\nthree\n"));
    assert_eq!(project.read("bom"), "\u{feff}ONE\ntwo\nmine\n");
    assert_eq!(project.bytes("latin"), b"caf\xe9\n2\nthree\n");
    project.edit("latin", b"caf\xe9\n2\nmine\n");
    let newer = both("3.0.0", "\u{feff}ONE\ntwo\nthree\n".as_bytes(), b"caf\xe9\n2\n3\n");
    project.conflict_with(&newer).says("latin: you and the scaffold changed");
}

/// A clone in which Git translates line ends, also those of `.treenail/`.
#[test]
fn a_checkout_with_windows_line_ends() {
    let lines = "one\ntwo\nthree\nfour\n";
    let v1 = Scaffold::new("1.0.0").question("port", "integer", "  default: '80'\n").file("a.txt", lines);
    let project = Project::of(&v1);
    project.git("config core.autocrlf true");
    project.git("rm -q -r --cached .");
    project.git("reset -q --hard");
    assert!(project.read(".treenail/base").contains("\r\n") && project.read("a.txt").contains("\r\n"));
    let status = project.treenail("status shop --scaffold scaffold").ends_with(0);
    assert!(!status.stdout.contains("edited"), "{}", status.stdout);
    assert_eq!(project.treenail("diff shop").ends_with(0).stdout, "");
    project.edit("a.txt", lines.replace("four", "mine").replace('\n', "\r\n"));
    project.replace(".treenail/answers.yaml", "  port: 80\r\n", "  port: 81 # ours\r\n");
    project.upgrade_to(&v1.version("2.0.0").file("a.txt", lines.replace("one", "ONE")));
    assert_eq!(project.git("show HEAD:a.txt"), "ONE\ntwo\nthree\nmine");
    let answers = project.git("show HEAD:.treenail/answers.yaml");
    assert!(answers.contains("\n  port: 81 # ours\n") && !answers.contains('\r'), "{answers:?}");
    project.refused("", 0).says("nothing to do");
}
