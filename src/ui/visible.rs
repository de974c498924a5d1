//! Text as it is sent to a terminal. Everything for people goes through here last, so no caller can forget it: paths,
//! answers, arguments and scaffolds come from elsewhere and may contain what a terminal obeys or a reader cannot see.

use super::style;
use crate::invisible::is_invisible;

/// How many lines a text may have; in a single one, a line break would begin a line that looks like another message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaks {
    Hidden,
    Kept,
}

/// Replaces an invisible character with a dot. It takes one column, so marks below a line stay in place.
pub(crate) fn character(character: char) -> char {
    if is_invisible(character) { '·' } else { character }
}

/// Returns `text` as one line without styles, for text from elsewhere.
pub(crate) fn line(text: &str) -> String {
    text.chars().map(|found| if found == '\t' { found } else { character(found) }).collect()
}

/// Like [`line`], but keeps line breaks.
pub(crate) fn lines(text: &str) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// The most characters of a line in a message. No path is longer, and what quotes a whole file should not fill the screen.
const LONGEST: usize = 2_000;

/// Like [`lines`], but cuts lines that are too long to read.
pub(crate) fn message(text: &str) -> String {
    let cut = |text: &str| match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line(&text[..end])),
        None => line(text),
    };
    text.split('\n').map(cut).collect::<Vec<_>>().join("\n")
}

/// Returns what a terminal is sent for `text`, whose styles are those of [`style`].
pub(super) fn painted(text: &str, breaks: Breaks, has_colors: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut is_styled = false;
    for found in text.chars() {
        let is_break = found == '\n' && breaks == Breaks::Kept;
        if is_styled && is_break {
            shown.push_str(style::RESET);
            is_styled = false;
        }
        match style::sequence(found) {
            Some(sequence) if has_colors => {
                shown.push_str(sequence);
                is_styled = sequence != style::RESET;
            }
            Some(_) => {}
            None if found == '\t' || is_break => shown.push(found),
            None => shown.push(character(found)),
        }
    }
    if is_styled {
        shown.push_str(style::RESET);
    }
    shown
}

/// The styles that clap uses.
const CLAP: [&str; 7] = ["\x1b[0m", "\x1b[1m", "\x1b[4m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m"];

/// Like [`lines`], for a message of clap, whose styles are kept. It quotes arguments, which can at most repeat one.
pub(super) fn of_clap(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.chars().next() {
        let sequence = CLAP.into_iter().find(|sequence| rest.starts_with(sequence));
        let length = sequence.map_or(found.len_utf8(), str::len);
        match sequence {
            Some(sequence) => shown.push_str(sequence),
            None if matches!(found, '\n' | '\t') => shown.push(found),
            None => shown.push(character(found)),
        }
        rest = &rest[length..];
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::style::{bold, red};

    /// What one would send to a terminal to do harm, and how it is shown.
    const HOSTILE: [(&str, &str); 8] = [
        ("\u{1b}]52;c;cm0gLXJmIH4=\u{7}", "·]52;c;cm0gLXJmIH4=·"),
        ("\u{1b}[31mred\u{1b}[0m", "·[31mred·[0m"),
        ("good\rbad", "good·bad"),
        ("a\u{9b}2Jb", "a·2Jb"),
        ("a\u{8}\u{7f}", "a··"),
        ("gpj.\u{202e}exe", "gpj.·exe"),
        ("a\u{200b}b\u{feff}", "a·b·"),
        ("one\u{2028}two", "one·two"),
    ];

    #[test]
    fn a_message_has_no_endless_line() {
        let long = "é".repeat(3 * LONGEST);
        let shown = message(&format!("short\n{long}\nshort"));
        assert_eq!(shown, format!("short\n{}…\nshort", "é".repeat(LONGEST)));
        let full = "é".repeat(LONGEST);
        assert_eq!(message(&full), full);
    }

    #[test]
    fn nothing_from_elsewhere_is_obeyed() {
        for (hostile, expected) in HOSTILE {
            for (breaks, colors) in [(Breaks::Hidden, false), (Breaks::Kept, true)] {
                assert_eq!(painted(hostile, breaks, colors), expected, "{hostile:?}");
            }
            assert_eq!(line(hostile), expected);
        }
    }

    #[test]
    fn a_line_stays_one() {
        assert_eq!(painted("a\nerror: b\tc", Breaks::Hidden, false), "a·error: b\tc");
        assert_eq!(painted("a\r\nb", Breaks::Kept, false), "a·\nb");
        assert_eq!(line("a\nb"), "a·b");
        assert_eq!(lines("a\n\r\nb\n"), "a\n·\nb\n");
    }

    #[test]
    fn styles_are_ours() {
        let text = format!("{} {}", bold("a\u{1b}[8m"), red("b"));
        assert_eq!(
            painted(&text, Breaks::Hidden, true),
            "\u{1b}[1ma·[8m\u{1b}[0m \u{1b}[31m\u{1b}[1mb\u{1b}[0m"
        );
        assert_eq!(painted(&text, Breaks::Hidden, false), "a·[8m b");
        // A repeated mark ends with its line.
        assert_eq!(painted("\u{fdd0}a\nb", Breaks::Kept, true), "\u{1b}[1ma\u{1b}[0m\nb");
        assert_eq!(painted("\u{fdd0}a", Breaks::Hidden, true), "\u{1b}[1ma\u{1b}[0m");
        assert_eq!(line("\u{fdd0}a\u{fdd9}"), "·a·");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in ["é 漢字 שלום", "❤\u{fe0f} 👍🏽", "a\u{a0}b"] {
            assert_eq!(painted(text, Breaks::Hidden, true), text);
            assert_eq!(of_clap(text), text);
        }
    }

    #[test]
    fn messages_of_clap_keep_their_styles() {
        let text = "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m unexpected '\u{1b}]0;x\u{7}\u{1b}[8m\u{202e}'\n";
        let shown = "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m unexpected '·]0;x··[8m·'\n";
        assert_eq!(of_clap(text), shown);
    }
}
