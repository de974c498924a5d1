//! Excerpts of foreign text for messages, since whole lines of a file may be as long as the file; and counts.

use std::borrow::Cow;

/// The most characters of a line.
const LONGEST: usize = 200;

/// The most lines.
const MOST_LINES: usize = 100;

/// Characters before the marked place, where a line is cut around it.
const BEFORE: usize = 60;

/// Returns the count with its noun, as in `1 file` and `2 files`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Returns the first `most` characters of `text`, and `…` if it has more.
pub(crate) fn start(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// `text` with every line cut to a length that a person can read. Of a line above carets, the part that they mark remains.
pub(crate) fn cut(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        lines.push("…");
    }
    let marked_from = |index: usize| lines.get(index).and_then(|line| caret(line));
    let cut = |(index, line): (usize, &&str)| {
        let caret = marked_from(index).or_else(|| marked_from(index + 1)).unwrap_or_default();
        // The number of the line stays.
        let head = line.find("| ").filter(|at| *at < 10 && caret > 0).map_or(0, |at| at + 2);
        let (head, rest) = line.split_at(head);
        let from = if caret < LONGEST - BEFORE { 0 } else { caret.saturating_sub(head.len() + BEFORE) };
        format!("{head}{}", part(rest, from))
    };
    lines.iter().enumerate().map(cut).collect::<Vec<_>>().join("\n")
}

/// Returns the column of the first caret in a line of nothing else but a margin.
fn caret(line: &str) -> Option<usize> {
    let is_mark = !line.is_empty() && line.chars().all(|letter| matches!(letter, ' ' | '\t' | '|' | '^'));
    line.chars().position(|letter| letter == '^').filter(|_| is_mark)
}

fn part(line: &str, from: usize) -> String {
    let mut letters = line.chars().skip(from);
    let mut part: String = letters.by_ref().take(LONGEST).collect();
    let is_mark = part.chars().all(|letter| matches!(letter, ' ' | '\t' | '^'));
    if letters.next().is_some() && !is_mark {
        part.push('…');
    }
    if from > 0 { format!("{}{part}", if is_mark { " " } else { "…" }) } else { part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!([start("", 0), start("é", 1), start("éa", 1), start("a", 0)], ["", "é", "é…", "…"]);
    }

    #[test]
    fn what_is_short_stays() {
        for text in [
            "",
            "a",
            "a\n --> x:1:2\n  |\n1 | a\n  | ^",
            &format!("{}\n{}", "a".repeat(200), "b".repeat(200)),
        ] {
            assert_eq!(cut(text), text);
        }
    }

    #[test]
    fn long_lines_are_cut() {
        assert_eq!(cut(&"é".repeat(1000)), format!("{}…", "é".repeat(200)));
        assert_eq!(cut(&format!("short\n{}", "b".repeat(1000))), format!("short\n{}…", "b".repeat(200)));
    }

    #[test]
    fn many_lines_are_cut() {
        let cut = cut(&"line\n".repeat(1000));
        assert_eq!(cut, format!("{}…", "line\n".repeat(100)));
    }

    #[test]
    fn what_carets_mark_is_shown() {
        let line = format!("{}WRONG{}", "a".repeat(5000), "b".repeat(5000));
        let report = format!("no\n --> x:7:5001\n  |\n7 | {line}\n  | {}^^^^^", " ".repeat(5000));
        let cut = cut(&report);
        let lines: Vec<&str> = cut.lines().collect();
        let at = lines[3]
            .chars()
            .collect::<Vec<_>>()
            .windows(5)
            .position(|five| five == ['W', 'R', 'O', 'N', 'G']);
        assert_eq!(at, lines[4].chars().position(|letter| letter == '^'), "{cut}");
        assert!(lines[3].starts_with("7 | …a") && lines[3].ends_with("b…") && cut.len() < 600, "{cut}");
    }
}
