//! New files that meet files, folders, links and other spellings of their name.

use super::*;

#[test]
fn a_file_becomes_a_folder_and_back() {
    let (file, folder): (Files, Files) = (&[("a", "1\n")], &[("a/x", "2\n")]);
    Case { base: file, ours: file, theirs: folder, ..CASE }.gives(&["Deleted a", "Added a/x"], folder);
    Case { base: folder, ours: folder, theirs: file, ..CASE }.gives(&["Added a", "Deleted a/x"], file);
}

#[test]
fn an_edited_file_does_not_become_a_folder() {
    Case { base: &[("a", "1\n")], ours: &[("a", "mine\n")], theirs: &[("a/x", "2\n")], ..CASE }
        .keeps(&["conflict a: DeletedByScaffold", "conflict a/x: FileInTheWay { other: \"a\" }"]);
}

#[test]
fn a_folder_with_something_of_the_users_does_not_become_a_file() {
    Case {
        base: &[("a/x", "1\n")],
        ours: &[("a/x", "1\n"), ("a/mine", "2\n")],
        theirs: &[("a", "3\n")],
        ..CASE
    }
    .gives(&["Deleted a/x", "conflict a: FolderInTheWay { other: \"a/mine\" }"], &[("a/mine", "2\n")]);
}

#[test]
fn a_file_that_the_user_made_a_folder_of() {
    let case = Case { base: &[("a", "1\n")], ours: &[("a/x", "mine\n")], theirs: &[("a", "1\n")], ..CASE };
    case.keeps(&[]);
    Case { theirs: &[], ..case }.keeps(&["tombstone a"]);
    let changed = Case { theirs: &[("a", "2\n")], ..case };
    changed.keeps(&["conflict a: FolderInTheWay { other: \"a/x\" }"]);
    Case { prefer: Prefer::Theirs, ..changed }.keeps(&["conflict a: FolderInTheWay { other: \"a/x\" }"]);
    // A name that only starts alike is no folder.
    Case { ours: &[("a.x", "mine\n")], ..changed }
        .keeps(&["notice a: the scaffold changed it; you deleted it, so it stays deleted", "tombstone a"]);
}

#[test]
fn nothing_is_put_behind_a_link() {
    Case {
        base: &[("d/x", "1\n")],
        ours: &[("@d", "/elsewhere")],
        theirs: &[("d/x", "1\n"), ("d/y", "2\n")],
        ..CASE
    }
    .keeps(&["conflict d/y: FileInTheWay { other: \"d\" }"]);
}

#[test]
fn names_that_differ_only_in_case() {
    let case = Case { ours: &[("README.md", "mine\n")], theirs: &[("Readme.md", "x\n")], ..CASE };
    case.keeps(&["conflict Readme.md: CaseTwin { other: \"README.md\" }"]);
    Case { ours: &[("Docs/a", "mine\n")], theirs: &[("docs/b", "x\n")], ..case }
        .keeps(&["conflict docs/b: CaseTwin { other: \"Docs\" }"]);
    Case { ours: &[("ÉTÉ", "mine\n")], theirs: &[("été", "x\n")], ..case }
        .keeps(&["conflict été: CaseTwin { other: \"ÉTÉ\" }"]);
    Case { ours: &[], theirs: &[("X", "1\n"), ("x", "2\n")], ..case }
        .gives(&["Added X", "conflict x: CaseTwin { other: \"X\" }"], &[("X", "1\n")]);
    // The scaffold's own change of case is none of that.
    Case { base: &[("README.md", "mine\n")], ..case }
        .gives(&["Deleted README.md", "Added Readme.md"], &[("Readme.md", "x\n")]);
    // Nor is a folder that the user already has in both spellings.
    Case { ours: &[("Docs/a", "1\n"), ("docs/a", "2\n")], theirs: &[("docs/b", "x\n")], ..case }
        .gives(&["Added docs/b"], &[("Docs/a", "1\n"), ("docs/a", "2\n"), ("docs/b", "x\n")]);
}

#[test]
fn links() {
    let case = Case { base: &[("@a", "x")], ours: &[("@a", "x")], theirs: &[("@a", "y")], ..CASE };
    case.gives(&["Updated a"], &[("@a", "y")]);
    Case { ours: &[("@a", "z")], theirs: &[("@a", "x")], ..case }.keeps(&[]);
    let both = Case { ours: &[("@a", "z")], ..case };
    let plan = both.keeps(&["conflict a: Link"]);
    assert_eq!((plan.conflicts[0].marked.as_ref(), plan.conflicts[0].hunks.as_str()), (None, ""));
    Case { prefer: Prefer::Theirs, ..both }.gives(
        &["Updated a", "notice a: in conflict; the scaffold's was taken, as you chose"],
        &[("@a", "y")],
    );
    Case { base: &[], ..both }.keeps(&["conflict a: BothAdded"]);
    Case { base: &[], ours: &[("a", "y")], ..both }.keeps(&["conflict a: TypeChanged"]);
}

#[test]
fn changes_of_type() {
    let case = Case { base: &[("a", "1\n")], ours: &[("@a", "x")], theirs: &[("a", "1\n")], ..CASE };
    case.keeps(&[]);
    Case { theirs: &[("a", "2\n")], ..case }.keeps(&["conflict a: TypeChanged"]);
    Case { theirs: &[], ..case }.keeps(&["conflict a: DeletedByScaffold"]);
    Case { ours: &[("a", "2\n")], theirs: &[("@a", "x")], ..case }.keeps(&["conflict a: TypeChanged"]);
    Case { ours: &[("a", "1\n")], theirs: &[("@a", "x")], ..case }.gives(&["Updated a"], &[("@a", "x")]);
}
