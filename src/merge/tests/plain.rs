//! What happens where at most one side changed, or both did the same.

use super::*;

const V1: Files = &[("a", "one\n"), ("d/b", "two\n"), ("+run", "go\n")];
const V2: Files = &[("a", "ONE\n"), ("d/c", "new\n"), ("+run", "go on\n")];

#[test]
fn untouched_becomes_the_new_version() {
    Case { base: V1, ours: V1, theirs: V2, ..CASE }
        .gives(&["Updated a", "Deleted d/b", "Added d/c", "Updated run"], V2);
}

#[test]
fn a_second_run_does_nothing() {
    Case { base: V2, ours: V2, theirs: V2, ..CASE }.keeps(&[]);
}

#[test]
fn a_scaffold_that_stays_changes_nothing() {
    let ours: Files = &[("+a", "mine\n"), ("@d/b", "../a"), ("extra", "x"), ("run/x", "y")];
    Case { base: V1, ours, theirs: V1, ..CASE }.keeps(&[]);
}

#[test]
fn two_steps_equal_one() {
    let v3: Files = &[("a", "one\nmore\n"), ("d/e", "two\n")];
    let ours: Files = &[("a", "zero\none\n"), ("d/b", "two\n"), ("+run", "go\n")];
    let moves: &[(&str, &str)] = &[("d/b", "d/c"), ("d/c", "d/e")];
    let v2: Files = &[("a", "one\n"), ("d/c", "two\n"), ("+run", "go\n")];
    let half = Case { base: V1, ours, theirs: v2, moves: &moves[..1], ..CASE }.plan();
    let upgraded = |base: &Tree, ours: &Tree, moves: &[(&str, &str)]| {
        let moves: Vec<_> = moves.iter().map(|(old, new)| (old.to_string(), new.to_string())).collect();
        plan(&Request { moves: &moves, ..request(base, ours, &tree(v3)) }).unwrap().result
    };
    let two = upgraded(&tree(v2), &half.result, &moves[1..]);
    assert_eq!(two, upgraded(&tree(V1), &tree(ours), moves));
    assert_eq!(two, tree(&[("a", "zero\none\nmore\n"), ("d/e", "two\n")]));
}

#[test]
fn same_edit_on_both_sides() {
    let both: Files = &[("a", "both\n")];
    Case { base: &[("a", "one\n")], ours: both, theirs: both, ..CASE }.keeps(&[]);
}

#[test]
fn deleted_by_the_user_stays_deleted() {
    let base: Files = &[("same", "1\n"), ("changed", "1\n"), ("gone", "1\n")];
    let theirs: Files = &[("same", "1\n"), ("changed", "2\n")];
    let notice = "notice changed: the scaffold changed it; you deleted it, so it stays deleted";
    let case = Case { base, theirs, ..CASE };
    case.keeps(&[notice, "tombstone changed", "tombstone gone"]);
    Case { tombstones: &["changed"], ..case }.keeps(&["tombstone changed", "tombstone gone"]);
}

#[test]
fn what_the_user_deleted_does_not_come_back_later() {
    let case = Case { theirs: &[("a", "1\n")], tombstones: &["a"], ..CASE };
    case.keeps(&["tombstone a"]);
    Case { ours: &[("a", "1\n")], ..case }.keeps(&[]);
    Case { seeded: &["a"], ..case }.keeps(&["tombstone a"]);
}

#[test]
fn deleted_by_the_scaffold() {
    let case = Case { base: &[("a", "1\n")], ours: &[("a", "1\n")], ..CASE };
    case.gives(&["Deleted a"], &[]);
    let edited = Case { ours: &[("a", "2\n")], ..case };
    edited.keeps(&["conflict a: DeletedByScaffold"]);
    Case { prefer: Prefer::Theirs, ..edited }
        .gives(&["Deleted a", "notice a: in conflict; the scaffold's was taken, as you chose"], &[]);
    Case { prefer: Prefer::Ours, ..edited }.keeps(&["notice a: in conflict; yours was kept, as you chose"]);
    Case { ours: &[("a", "1\r\n")], ..case }.gives(&["Deleted a"], &[]);
    Case { ours: &[("+a", "1\n")], ..case }.keeps(&["conflict a: DeletedByScaffold"]);
}

#[test]
fn added_by_both() {
    let case = Case { ours: &[("a", "1\n")], theirs: &[("a", "1\n")], ..CASE };
    case.keeps(&[]);
    Case { ours: &[("a", "1\r\n")], ..case }.keeps(&[]);
    let plan = Case { theirs: &[("a", "2\n")], ..case }.keeps(&["conflict a: BothAdded"]);
    let marked =
        "<<<<<<< yours\n1\n||||||| scaffold service 1.0.0\n=======\n2\n>>>>>>> scaffold service 2.0.0\n";
    assert_eq!(plan.conflicts[0].hunks, marked);
    let plan = Case { theirs: &[("+a", "1\n")], ..case }.keeps(&["conflict a: BothAdded"]);
    assert_eq!(plan.conflicts[0].marked, None);
}

#[test]
fn executable_bit_on_either_side() {
    let case = Case { base: &[("a", "1\n")], ours: &[("a", "1\n")], theirs: &[("+a", "1\n")], ..CASE };
    case.gives(&["ModeChanged a"], &[("+a", "1\n")]);
    Case { ours: &[("a", "2\n")], ..case }.gives(&["ModeChanged a"], &[("+a", "2\n")]);
    Case { ours: &[("+a", "2\n")], theirs: &[("a", "1\n")], ..case }.keeps(&[]);
    let case = Case { ours: &[("+a", "1\n")], theirs: &[("a", "2\n")], ..case };
    case.gives(&["Updated a"], &[("+a", "2\n")]);
    Case { base: &[("+a", "1\n")], ours: &[("a", "0\n")], theirs: &[("+a", "9\n")], ..case }
        .keeps(&["conflict a: BothChanged"]);
    Case {
        base: &[("+a", "1\n2\n3\n")],
        ours: &[("a", "0\n2\n3\n")],
        theirs: &[("+a", "1\n2\n4\n")],
        ..case
    }
    .gives(&["Merged a"], &[("a", "0\n2\n4\n")]);
}

#[test]
fn empty_files() {
    let case = Case { base: &[("a", "")], ours: &[("a", "")], theirs: &[("a", "1\n")], ..CASE };
    case.gives(&["Updated a"], &[("a", "1\n")]);
    Case { ours: &[("a", "2\n")], ..case }.keeps(&["conflict a: BothChanged"]);
    let emptied = Case { base: &[("a", "0\n")], ..case };
    let plan = emptied.keeps(&["conflict a: BothChanged"]);
    let hunks =
        "<<<<<<< yours\n||||||| scaffold service 1.0.0\n0\n=======\n1\n>>>>>>> scaffold service 2.0.0\n";
    assert_eq!(plan.conflicts[0].hunks, hunks);
    Case { theirs: &[("a", "0\n")], ..emptied }.keeps(&[]);
}

#[test]
fn names_of_every_sort() {
    let [v1, v2] = ["1\n", "2\n"].map(|content| {
        ["-rf", "a b", "it's \"quoted\"", "größe/日本", "back\\slash", "tab\there"]
            .map(|path| (path, content))
    });
    let plan = Case { base: &v1, ours: &v1, theirs: &v2, ..CASE }.plan();
    assert_eq!(plan.changes.len(), v1.len());
    assert_eq!(plan.result, tree(&v2));
}

#[test]
fn seeded_files_are_the_users_once_edited() {
    let case = Case {
        seeded: &["a"],
        base: &[("a", "1\n")],
        ours: &[("a", "9\n")],
        theirs: &[("a", "2\n")],
        ..CASE
    };
    let stale = ["stale a"];
    let plan = case.keeps(&stale);
    assert_eq!(plan.stale[0].base, tree(case.base).remove("a"));
    assert_eq!(plan.stale[0].theirs, tree(case.theirs).remove("a"));
    // An edit is one of bytes, the executable bit or the type.
    for ours in [[("a", "1\r\n")], [("+a", "1\n")], [("@a", "b")]] {
        Case { ours: &ours, ..case }.keeps(&stale);
        Case { ours: &ours, theirs: &[], ..case }.keeps(&stale);
        Case { ours: &ours, theirs: case.base, ..case }.keeps(&[]);
        for prefer in [Prefer::Ours, Prefer::Theirs] {
            Case { ours: &ours, prefer, ..case }.keeps(&stale);
        }
    }
    // The user has made the scaffold's change already.
    Case { ours: &[("a", "2\n")], ..case }.keeps(&[]);
    Case { ours: &[("a/b", "1\n")], ..case }.keeps(&[]);
    let notice = "notice a: the scaffold changed it; you deleted it, so it stays deleted";
    Case { ours: &[], ..case }.keeps(&[notice, "tombstone a"]);
    Case { ours: &[], theirs: &[], ..case }.keeps(&["tombstone a"]);
    Case { base: &[], ..case }.keeps(&stale);
    Case { base: &[], ours: &[], ..case }.gives(&["Added a"], &[("a", "2\n")]);
    Case { moves: &[("a", "b")], theirs: &[("b", "1\n")], ..case }.gives(&["Moved a -> b"], &[("b", "9\n")]);
    Case { moves: &[("a", "b")], theirs: &[("b", "2\n")], ..case }
        .gives(&["Moved a -> b", "stale b"], &[("b", "9\n")]);
}

#[test]
fn seeded_files_as_written_follow_the_scaffold() {
    let pristine: Files = &[("a", "1\n")];
    let case = Case { seeded: &["a"], base: pristine, ours: pristine, ..CASE };
    Case { theirs: &[("a", "2\n")], ..case }.gives(&["Updated a"], &[("a", "2\n")]);
    Case { theirs: &[("+a", "1\n")], ..case }.gives(&["ModeChanged a"], &[("+a", "1\n")]);
    Case { theirs: &[], ..case }.gives(&["Deleted a"], &[]);
    Case { theirs: pristine, ..case }.keeps(&[]);
    Case { moves: &[("a", "b")], theirs: &[("b", "2\n")], ..case }
        .gives(&["Updated a -> b"], &[("b", "2\n")]);
    Case { moves: &[("a", "b")], theirs: &[("b", "1\n")], ..case }.gives(&["Moved a -> b"], &[("b", "1\n")]);
}
