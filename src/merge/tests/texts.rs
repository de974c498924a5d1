//! Line endings, byte order marks, last lines without an end.

use super::*;

/// Merges one file; `Err` holds the conflict's kind.
#[track_caller]
fn merged(base: &str, ours: &str, theirs: &str) -> Result<String, String> {
    let plan = Case { base: &[("a", base)], ours: &[("a", ours)], theirs: &[("a", theirs)], ..CASE }.plan();
    match plan.conflicts.first() {
        Some(conflict) => Err(format!("{:?}", conflict.kind)),
        None => Ok(String::from_utf8(plan.result["a"].content.clone()).unwrap()),
    }
}

const CONFLICT: &str = "BothChanged";

#[test]
fn the_users_line_endings_stay() {
    assert_eq!(merged("1\n2\n3\n", "1\r\n2\r\n3\r\n", "1\n2\n4\n").unwrap(), "1\r\n2\r\n4\r\n");
    assert_eq!(merged("1\n2\n3\n", "0\r\n2\r\n3\r\n", "1\n2\n4\n").unwrap(), "0\r\n2\r\n4\r\n");
    assert_eq!(merged("1\r\n2\r\n3\r\n", "0\n2\n3\n", "1\r\n2\r\n4\r\n").unwrap(), "0\n2\n4\n");
    assert_eq!(merged("1\r\n2\r\n3\r\n", "0\r\n2\r\n3\r\n", "1\n2\n4\n").unwrap(), "0\r\n2\r\n4\r\n");
    // Only the scaffold's line endings changed.
    assert_eq!(merged("1\n2\n", "1\n2\n9\n", "1\r\n2\r\n").unwrap(), "1\n2\n9\n");
}

#[test]
fn mixed_line_endings_stay_byte_for_byte() {
    assert_eq!(merged("1\n2\n3\n4\n", "1\n2\r\n3\n4\n", "1\n2\n3\nnew\n").unwrap(), "1\n2\r\n3\nnew\n");
    assert_eq!(
        merged("1\n2\n3\n4\n5\n", "1\r\n2\n3\r\n4\r\n5\r\n", "1\n2\n3\n4\nnew\n").unwrap(),
        "1\r\n2\n3\r\n4\r\nnew\r\n"
    );
    assert_eq!(merged("1\n2\n3\n4\n", "1\n2\r\n3\n4\n", "1\nnew\n3\n4\n").unwrap_err(), CONFLICT);
    // What is mixed everywhere is no edit.
    assert_eq!(merged("1\n2\r\n3\n4\n", "0\n2\r\n3\n4\n", "1\n2\r\n3\nnew\n").unwrap(), "0\n2\r\n3\nnew\n");
}

#[test]
fn conflicts_have_the_users_line_endings() {
    let plan =
        Case { base: &[("a", "1\n2\n")], ours: &[("a", "1\r\nx\r\n")], theirs: &[("a", "1\ny\n")], ..CASE }
            .plan();
    let marked = String::from_utf8(plan.conflicts[0].marked.clone().unwrap()).unwrap();
    assert!(marked.starts_with("1\r\n<<<<<<< yours\r\nx\r\n||||||| "), "{marked}");
    assert_eq!(marked.matches('\n').count(), marked.matches("\r\n").count());
}

#[test]
fn a_last_line_without_an_end() {
    assert_eq!(merged("1\n2\n3\n", "0\n2\n3", "1\n2\n4\n").unwrap(), "0\n2\n4");
    assert_eq!(merged("1\n2\n3", "0\n2\n3", "1\n2\n3\n").unwrap(), "0\n2\n3\n");
    assert_eq!(merged("1\n2\n3", "0\n2\n3", "1\n2\n4").unwrap(), "0\n2\n4");
    assert_eq!(merged("1\r\n2\r\n3\r\n", "0\r\n2\r\n3", "1\r\n2\r\n4\r\n").unwrap(), "0\r\n2\r\n4");
    assert_eq!(merged("1\n2\n3", "0\n2\n3\n", "1\n2\n4").unwrap(), "0\n2\n4\n");
    assert_eq!(merged("a", "b", "c").unwrap_err(), CONFLICT);
}

#[test]
fn a_byte_order_mark() {
    assert_eq!(merged("1\n2\n3\n", "\u{feff}1\n2\n3\n", "0\n2\n3\n").unwrap(), "\u{feff}0\n2\n3\n");
    assert_eq!(merged("\u{feff}1\n2\n3\n", "\u{feff}1\n2\n9\n", "0\n2\n3\n").unwrap(), "0\n2\n9\n");
    assert_eq!(merged("\u{feff}1\n2\n3\n", "1\n2\n9\n", "\u{feff}0\n2\n3\n").unwrap(), "0\n2\n9\n");
}
