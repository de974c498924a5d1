//! Lines, bytes, and who wins.

use super::*;

const LINES: Case = Case {
    base: &[("a", "1\n2\n3\n4\n")],
    ours: &[("a", "1\nmine\n3\n4\n")],
    theirs: &[("a", "1\n2\n3\nnew\n")],
    ..CASE
};

#[test]
fn edits_elsewhere_merge() {
    LINES.gives(&["Merged a"], &[("a", "1\nmine\n3\nnew\n")]);
}

#[test]
fn the_same_line_is_a_conflict_with_the_tree_as_it_was() {
    let plan = Case { theirs: &[("a", "1\nnew\n3\n4\n")], ..LINES }.keeps(&["conflict a: BothChanged"]);
    let hunk = "<<<<<<< yours\nmine\n||||||| scaffold service 1.0.0\n2\n=======\nnew\n>>>>>>> scaffold service 2.0.0\n";
    let conflict = &plan.conflicts[0];
    assert_eq!(conflict.hunks, hunk);
    assert_eq!(conflict.marked, Some(format!("1\n{hunk}3\n4\n").into_bytes()));
    assert_eq!(conflict.base, tree(LINES.base).remove("a"));
    assert_eq!(conflict.ours, tree(LINES.ours).remove("a"));
    assert_eq!(conflict.theirs.as_ref().unwrap().content, b"1\nnew\n3\n4\n");
}

#[test]
fn adjacent_lines_are_a_conflict() {
    Case { theirs: &[("a", "1\n2\nnew\n4\n")], ..LINES }.keeps(&["conflict a: BothChanged"]);
}

#[test]
fn a_preferred_side_wins_only_the_lines_in_conflict() {
    let case = Case { theirs: &[("a", "1\nnew\n3\nfour\n")], ..LINES };
    let ours = Case { prefer: Prefer::Ours, ..case };
    ours.gives(
        &["Merged a", "notice a: in conflict; yours was kept, as you chose"],
        &[("a", "1\nmine\n3\nfour\n")],
    );
    let theirs = Case { prefer: Prefer::Theirs, ..case };
    let notice = "notice a: in conflict; the scaffold's was taken, as you chose";
    theirs.gives(&["Merged a", notice], &[("a", "1\nnew\n3\nfour\n")]);
    Case { theirs: LINES.theirs, ..theirs }.gives(&["Merged a"], &[("a", "1\nmine\n3\nnew\n")]);
}

#[test]
fn every_hunk_is_shown_and_nothing_else() {
    let base = "a\nb\nc\nd\ne\nf\n";
    let plan = Case {
        base: &[("a", base)],
        ours: &[("a", "A\nb\nc\nd\ne\nF\n")],
        theirs: &[("a", "1\nb\nc\nd\ne\n2\n")],
        ..CASE
    }
    .plan();
    let hunks = &plan.conflicts[0].hunks;
    assert_eq!(hunks.matches("<<<<<<< yours\n").count(), 2, "{hunks}");
    assert_eq!(hunks.matches(">>>>>>> scaffold service 2.0.0\n").count(), 2);
    assert!(!hunks.lines().any(|line| ["b", "c", "d", "e"].contains(&line)), "{hunks}");
}

#[test]
fn bytes_that_are_no_text() {
    for [base, ours, theirs] in
        [["0x0001", "0x0002", "0x0003"], ["0xff", "0xfe", "a\n"], ["a\n", "b\n", "0x6100"]]
    {
        let case = Case { base: &[("a", base)], ours: &[("a", ours)], theirs: &[("a", theirs)], ..CASE };
        let plan = case.keeps(&["conflict a: Binary"]);
        assert_eq!((plan.conflicts[0].marked.as_ref(), plan.conflicts[0].hunks.as_str()), (None, ""));
        Case { prefer: Prefer::Ours, ..case }.keeps(&["notice a: in conflict; yours was kept, as you chose"]);
        Case { ours: case.base, ..case }.gives(&["Updated a"], case.theirs);
        Case { theirs: case.base, ..case }.keeps(&[]);
    }
}

#[test]
fn one_failing_path_does_not_stop_the_others() {
    let base: Files = &[("a", "1\n"), ("b", "1\n")];
    Case { base, ours: &[("a", "2\n"), ("b", "1\n")], theirs: &[("a", "3\n"), ("b", "3\n")], ..CASE }
        .gives(&["Updated b", "conflict a: BothChanged"], &[("a", "2\n"), ("b", "3\n")]);
}

#[test]
fn conflicts_say_what_happened() {
    let of = |kind: ConflictKind| kind.to_string();
    assert_eq!(of(ConflictKind::DeletedByScaffold), "you edited it, the scaffold deleted it");
    let other = "README.md".to_owned();
    assert_eq!(
        of(ConflictKind::CaseTwin { other }),
        "it differs from `README.md` only in upper and lower case"
    );
}
