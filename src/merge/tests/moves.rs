//! Declared moves, and what looks like a move and is none.

use super::*;

const MOVE: Case = Case {
    base: &[("old", "1\n2\n3\n")],
    ours: &[("old", "1\n2\n3\n")],
    theirs: &[("new", "1\n2\n3\n")],
    moves: &[("old", "new")],
    ..CASE
};

#[test]
fn untouched_files_move() {
    MOVE.gives(&["Moved old -> new"], MOVE.theirs);
    Case { theirs: &[("new", "1\n2\n4\n")], ..MOVE }.gives(&["Updated old -> new"], &[("new", "1\n2\n4\n")]);
}

#[test]
fn edits_move_along() {
    let edited = Case { ours: &[("+old", "0\n2\n3\n")], ..MOVE };
    edited.gives(&["Moved old -> new"], &[("+new", "0\n2\n3\n")]);
    let both = Case { theirs: &[("new", "1\n2\n4\n")], ..edited };
    both.gives(&["Merged old -> new"], &[("+new", "0\n2\n4\n")]);
    let clash = Case { theirs: &[("new", "9\n2\n3\n")], ..edited };
    let plan = clash.keeps(&["conflict old -> new: BothChanged"]);
    assert_eq!(plan.conflicts[0].ours, tree(edited.ours).remove("old"));
    assert_eq!(plan.conflicts[0].base, tree(MOVE.base).remove("old"));
    Case { prefer: Prefer::Ours, ..clash }.gives(
        &["Merged old -> new", "notice new: in conflict; yours was kept, as you chose"],
        &[("+new", "0\n2\n3\n")],
    );
}

#[test]
fn a_taken_target_is_a_conflict() {
    let taken = Case { ours: &[("old", "1\n2\n3\n"), ("new", "mine\n")], ..MOVE };
    let plan = taken.keeps(&["conflict old -> new: MoveTargetTaken { other: \"new\" }"]);
    assert_eq!(plan.conflicts[0].ours, tree(taken.ours).remove("old"));
    Case { ours: &[("old", "1\n2\n3\n"), ("new/x", "mine\n")], ..MOVE }
        .keeps(&["conflict old -> new: MoveTargetTaken { other: \"new/x\" }"]);
    Case { ours: &[("old", "1\n2\n3\n"), ("NEW", "mine\n")], ..MOVE }
        .keeps(&["conflict old -> new: MoveTargetTaken { other: \"NEW\" }"]);
    let ours: Files = &[("old", "1\n2\n3\n"), ("d", "mine\n")];
    Case { ours, theirs: &[("d/new", "1\n2\n3\n")], moves: &[("old", "d/new")], ..MOVE }
        .keeps(&["conflict old -> d/new: MoveTargetTaken { other: \"d\" }"]);
}

#[test]
fn a_refused_move_leaves_both_paths_alone() {
    // What is new at the old path belongs to the same move.
    let theirs: Files = &[("new", "1\n2\n3\n"), ("old", "other\n"), ("z", "z\n")];
    let ours: Files = &[("old", "1\n2\n3\n"), ("new/x", "mine\n")];
    Case { ours, theirs, ..MOVE }.gives(
        &["Added z", "conflict old -> new: MoveTargetTaken { other: \"new/x\" }"],
        &[("old", "1\n2\n3\n"), ("new/x", "mine\n"), ("z", "z\n")],
    );
}

#[test]
fn what_is_new_at_the_old_path_does_not_hinder_the_move() {
    for (old, new) in [("a", "z"), ("z", "a")] {
        let theirs: Files = &[(new, "9\n2\n3\n"), (old, "other\n")];
        let case =
            Case { base: &[(old, "1\n2\n3\n")], ours: &[(old, "0\n2\n3\n")], moves: &[(old, new)], ..CASE };
        // Until that is resolved, the user's file is where it moves to.
        Case { theirs, ..case }.gives(
            &[&format!("Added {old}"), &format!("conflict {old} -> {new}: BothChanged")],
            &[(new, "0\n2\n3\n"), (old, "other\n")],
        );
        let merged: Files = &[(new, "0\n2\n4\n"), (old, "other\n")];
        let plan = Case { theirs: &[(new, "1\n2\n4\n"), (old, "other\n")], ..case }.plan();
        assert_eq!(plan.result, tree(merged));
    }
    // A folder in its place.
    Case { ours: &[("old", "0\n")], theirs: &[("new", "9\n"), ("old/x", "x\n")], ..MOVE }
        .gives(&["Added old/x", "conflict old -> new: BothChanged"], &[("new", "0\n"), ("old/x", "x\n")]);
}

#[test]
fn a_file_in_conflict_makes_way_for_what_is_new_below_its_old_path() {
    let new =
        Case { theirs: &[("new", "9\n2\n3\n"), ("old/x", "x\n")], ours: &[("old", "0\n2\n3\n")], ..MOVE };
    new.gives(
        &["Added old/x", "conflict old -> new: BothChanged"],
        &[("new", "0\n2\n3\n"), ("old/x", "x\n")],
    );
}

#[test]
fn a_target_that_is_the_scaffolds_already() {
    Case { ours: &[("old", "1\n2\n3\n"), ("new", "1\n2\n3\n")], ..MOVE }.gives(&["Deleted old"], MOVE.theirs);
    Case { ours: &[("old", "mine\n"), ("new", "1\n2\n3\n")], ..MOVE }
        .keeps(&["conflict old: DeletedByScaffold"]);
}

#[test]
fn a_deleted_source_stays_deleted() {
    let case = Case { ours: &[], ..MOVE };
    let notice = "notice new: the scaffold moved it here; you deleted it, so it stays deleted";
    case.keeps(&[notice, "tombstone new"]);
    Case { tombstones: &["old"], ..case }.keeps(&["tombstone new"]);
}

#[test]
fn moved_by_the_user_as_well() {
    let case = Case { ours: &[("new", "0\n2\n3\n")], ..MOVE };
    case.keeps(&[]);
    Case { theirs: &[("new", "1\n2\n4\n")], ..case }.gives(&["Merged new"], &[("new", "0\n2\n4\n")]);
}

#[test]
fn chains_do_not_run_into_themselves() {
    let two: Files = &[("a", "1\n"), ("b", "2\n")];
    Case {
        base: two,
        ours: two,
        theirs: &[("b", "1\n"), ("c", "2\n")],
        moves: &[("b", "c"), ("a", "b")],
        ..CASE
    }
    .gives(&["Moved a -> b", "Moved b -> c"], &[("b", "1\n"), ("c", "2\n")]);
}

const A: &str = "1\n2\nthis is A\n4\n5\n";
const B: &str = "1\n2\nthis is B\n4\n5\n";
const C: &str = "1\n2\nthis is C\n4\n5\n";

/// Look-alike files, so that an edit that goes to the wrong one merges without a conflict.
#[test]
fn files_that_change_places_take_their_edits_along() {
    let edited = |text: &str, edit: &str| format!("{text}{edit}\n");
    let (a, b, c) = (edited(A, "edit of A"), edited(B, "edit of B"), edited(C, "edit of C"));
    let newer = |text: &str| text.replace('1', "one");
    let (next_a, next_b) = (newer(A), newer(B));
    let swap = Case {
        base: &[("a", A), ("b", B)],
        theirs: &[("a", B), ("b", A)],
        moves: &[("a", "b"), ("b", "a")],
        ..CASE
    };
    let report = ["Moved b -> a", "Moved a -> b"];
    Case { ours: swap.base, ..swap }.gives(&report, swap.theirs);
    Case { ours: &[("a", &a), ("b", B)], ..swap }.gives(&report, &[("a", B), ("b", &a)]);
    Case { ours: &[("a", &a), ("b", &b)], ..swap }.gives(&report, &[("a", &b), ("b", &a)]);
    Case { ours: &[("a", &a), ("b", &b)], theirs: &[("a", &next_b), ("b", &next_a)], ..swap }
        .gives(&["Merged b -> a", "Merged a -> b"], &[("a", &newer(&b)), ("b", &newer(&a))]);
    // Only the file that was deleted stays deleted.
    Case { ours: &[("b", &b)], tombstones: &["a"], ..swap }
        .gives(&["Moved b -> a", "tombstone b"], &[("a", &b)]);

    let chain = Case {
        base: &[("a", A), ("b", B)],
        ours: &[("a", &a), ("b", &b)],
        theirs: &[("b", A), ("c", B)],
        ..CASE
    };
    for moves in [[("a", "b"), ("b", "c")], [("b", "c"), ("a", "b")]] {
        Case { moves: &moves, ..chain }.gives(&["Moved a -> b", "Moved b -> c"], &[("b", &a), ("c", &b)]);
    }

    Case {
        base: &[("a", A), ("b", B), ("c", C)],
        ours: &[("a", &a), ("b", &b), ("c", &c)],
        theirs: &[("a", C), ("b", A), ("c", B)],
        moves: &[("a", "b"), ("b", "c"), ("c", "a")],
        ..CASE
    }
    .gives(&["Moved c -> a", "Moved a -> b", "Moved b -> c"], &[("a", &c), ("b", &a), ("c", &b)]);

    // Names that differ in case only.
    Case {
        base: &[("a", A), ("b", B)],
        ours: &[("a", &a), ("b", &b)],
        theirs: &[("A", B), ("B", A)],
        moves: &[("a", "B"), ("b", "A")],
        ..CASE
    }
    .gives(&["Moved b -> A", "Moved a -> B"], &[("A", &b), ("B", &a)]);
}

#[test]
fn a_file_in_the_place_of_one_that_is_gone_does_not_get_its_edits() {
    let (a, b) = (format!("{A}edit of A\n"), format!("{B}edit of B\n"));
    let case = Case { base: &[("a", A), ("b", B)], theirs: &[("b", A)], moves: &[("a", "b")], ..CASE };
    Case { ours: case.base, ..case }.gives(&["Moved a -> b"], case.theirs);
    Case { ours: &[("a", &a), ("b", B)], ..case }.gives(&["Moved a -> b"], &[("b", &a)]);
    let taken = "conflict a -> b: MoveTargetTaken { other: \"b\" }";
    Case { ours: &[("a", A), ("b", &b)], ..case }.keeps(&[taken]);
    Case { ours: &[("b", &b)], ..case }.keeps(&[taken]);
}

#[test]
fn a_move_behind_one_that_conflicts_is_made() {
    let base: Files = &[("a", "1\n"), ("b", "2\n")];
    let ours: Files = &[("a", "1\n"), ("b", "mine\n")];
    let theirs: Files = &[("b", "1\n"), ("c", "3\n")];
    Case { base, ours, theirs, moves: &[("b", "c"), ("a", "b")], ..CASE }
        .gives(&["Moved a -> b", "conflict b -> c: BothChanged"], &[("b", "1\n"), ("c", "mine\n")]);
    // Both of a swap.
    let ours: Files = &[("a", "0\n"), ("b", "mine\n")];
    let theirs: Files = &[("a", "3\n"), ("b", "4\n")];
    Case { base, ours, theirs, moves: &[("b", "a"), ("a", "b")], ..CASE }
        .keeps(&["conflict b -> a: BothChanged", "conflict a -> b: BothChanged"]);
}

#[test]
fn a_move_onto_a_file_that_cannot_leave_is_refused_as_well() {
    let base: Files = &[("a", "1\n"), ("b", "2\n")];
    let ours: Files = &[("a", "1\n"), ("b", "2\n"), ("c", "mine\n")];
    let theirs: Files = &[("b", "1\n"), ("c", "2\n")];
    let case = Case { base, ours, theirs, moves: &[("b", "c"), ("a", "b")], ..CASE };
    let taken = "conflict b -> c: MoveTargetTaken { other: \"c\" }";
    case.keeps(&["conflict a -> b: MoveTargetTaken { other: \"b\" }", taken]);
    Case { ours: &ours[1..], ..case }.keeps(&[taken, "tombstone a"]);
    // The user has the scaffold's `c` already, so `b` is only to be replaced.
    Case { ours: &[("b", "2\n"), ("c", "2\n")], ..case }
        .gives(&["Updated b", "tombstone a"], &[("b", "1\n"), ("c", "2\n")]);
}

#[test]
fn into_a_folder_of_its_own_name_and_by_case_only() {
    Case { theirs: &[("old/new", "1\n2\n3\n")], moves: &[("old", "old/new")], ..MOVE }
        .gives(&["Moved old -> old/new"], &[("old/new", "1\n2\n3\n")]);
    Case { theirs: &[("OLD", "1\n2\n3\n")], moves: &[("old", "OLD")], ..MOVE }
        .gives(&["Moved old -> OLD"], &[("OLD", "1\n2\n3\n")]);
}

#[test]
fn a_link_made_of_a_moved_file_is_a_conflict() {
    Case { ours: &[("@old", "x")], ..MOVE }.keeps(&["conflict old -> new: TypeChanged"]);
}

#[test]
fn moves_that_base_and_theirs_do_not_show_are_no_moves() {
    Case { theirs: &[], ..MOVE }.gives(&["Deleted old"], &[]);
    Case { base: &[], ours: &[("old", "mine\n")], ..MOVE }
        .gives(&["Added new"], &[("old", "mine\n"), ("new", "1\n2\n3\n")]);
}

#[test]
fn look_alike_overlays_are_never_taken_for_moves() {
    let overlay = "kind: Kustomization\nresources:\n- ../base\nreplicas: 1\n";
    let base: Files = &[("dev/k.yaml", overlay), ("prod/k.yaml", overlay)];
    let mine = "kind: Kustomization\nresources:\n- ../base\nreplicas: 7\n";
    // `dev` goes and `stage`, which looks the same, comes; the user has a `stage` of another name.
    let ours: Files = &[("mine/k.yaml", mine), ("prod/k.yaml", overlay)];
    let theirs: Files =
        &[("dev/k.yaml", "replicas: 2\n"), ("prod/k.yaml", overlay), ("stage/k.yaml", overlay)];
    let plan = Case { base, ours, theirs, ..CASE }.plan();
    assert_eq!(
        report_of(&plan),
        [
            "Added stage/k.yaml",
            "notice dev/k.yaml: the scaffold changed it; you deleted it, so it stays deleted",
            "tombstone dev/k.yaml"
        ]
    );
    assert_eq!(plan.result["mine/k.yaml"].content, mine.as_bytes());
}

#[test]
fn a_move_to_below_a_file_of_the_user_is_refused() {
    let blocked = Case {
        base: &[("old", "1\n2\n3\n")],
        ours: &[("old", "1\n"), ("d", "mine\n")],
        theirs: &[("old/b", "1\n"), ("d/b", "2\n")],
        moves: &[("old", "d/b")],
        ..CASE
    };
    blocked.keeps(&[
        "conflict old -> d/b: MoveTargetTaken { other: \"d\" }",
        "conflict old/b: FileInTheWay { other: \"old\" }",
    ]);
}

#[test]
fn a_file_whose_path_goes_to_one_that_the_user_deleted_is_reported() {
    let taken = Case {
        base: &[("new", "1\n"), ("old", "2\n")],
        ours: &[("new", "1\n")],
        theirs: &[("new", "2\n")],
        moves: &[("old", "new")],
        ..CASE
    };
    let kept = "notice new: the scaffold moved it here; you deleted it, so it stays deleted";
    taken.gives(&["Deleted new", kept, "tombstone new"], &[]);
}
