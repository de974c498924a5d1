//! How a person resolves conflicts: the lines of one side, and the edits of the other.

use super::facts::{MARK, marks_in, without_marks};

#[derive(Clone, Copy)]
pub enum Prefer {
    /// Those of the scaffold.
    Theirs,
    /// The same, whichever side they are on.
    Same,
}

/// How long the outer markers are.
const OUTER: usize = 7;

/// A text without the conflict markers in it. Git nests conflicts where a file that one side renamed meets another one;
/// the inner markers are longer.
pub fn resolved(text: &str, prefer: Prefer) -> String {
    let lengths = text.lines().map(|line| line.bytes().take_while(|byte| *byte == b'<').count());
    let inner = lengths.max().unwrap_or_default();
    (OUTER..=inner).rev().fold(text.to_owned(), |text, length| resolved_at(length, &text, prefer))
}

/// Resolves the conflicts whose markers have that length.
fn resolved_at(length: usize, text: &str, prefer: Prefer) -> String {
    let mut result = String::new();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut side = ' ';
    for line in text.lines() {
        let is = |letter: char| line.chars().take_while(|it| *it == letter).count() == length;
        match side {
            _ if is('<') => side = '<',
            '<' if is('|') => side = '|',
            '<' | '|' if is('=') => side = '=',
            '=' if is('>') => {
                for line in together(&ours, &theirs, prefer) {
                    result += &line;
                    result.push('\n');
                }
                ours.clear();
                theirs.clear();
                side = ' ';
            }
            '<' => ours.push(line),
            '=' => theirs.push(line),
            '|' => {}
            _ => {
                result += line;
                result.push('\n');
            }
        }
    }
    result
}

fn together(ours: &[&str], theirs: &[&str], prefer: Prefer) -> Vec<String> {
    let key = |lines: &[&str]| (without_marks(&lines.join("\n")), lines.join("\n"));
    let is_ours = matches!(prefer, Prefer::Same) && key(ours) > key(theirs);
    let (chosen, other) = if is_ours { (ours, theirs) } else { (theirs, ours) };
    let mut lines: Vec<String> = chosen.iter().map(|line| (*line).to_owned()).collect();
    let known = marks_in(&lines.join("\n"));
    for line in other {
        for mark in marks_in(line).into_iter().filter(|mark| !known.contains(mark)) {
            lines.push(if line.starts_with("- mark") {
                (*line).to_owned()
            } else {
                format!("# {MARK}{mark}")
            });
        }
    }
    lines
}
