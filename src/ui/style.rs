//! Styles. They are marks in a text until `visible` prints it: only there is known whether the stream has colours. All
//! else that a terminal could obey is made visible there, so text from elsewhere can at most repeat one of these marks.

/// Ends a style. All marks are noncharacters, which Unicode reserves for the inner use of programs.
const END: char = '\u{fdef}';

const BOLD: char = '\u{fdd0}';
const DIM: char = '\u{fdd1}';
const RED: char = '\u{fdd2}';
const YELLOW: char = '\u{fdd3}';
const GREEN: char = '\u{fdd4}';
const CYAN: char = '\u{fdd5}';

/// What turns every style off.
pub(super) const RESET: &str = "\x1b[0m";

/// Returns what a terminal is sent for a mark.
pub(super) fn sequence(mark: char) -> Option<&'static str> {
    Some(match mark {
        BOLD => "\x1b[1m",
        DIM => "\x1b[2m",
        RED => "\x1b[31m\x1b[1m",
        YELLOW => "\x1b[33m\x1b[1m",
        GREEN => "\x1b[32m",
        CYAN => "\x1b[36m",
        END => RESET,
        _ => return None,
    })
}

pub(crate) fn bold(text: &str) -> String {
    marked(BOLD, text)
}

pub(crate) fn dim(text: &str) -> String {
    marked(DIM, text)
}

pub(crate) fn red(text: &str) -> String {
    marked(RED, text)
}

pub(crate) fn yellow(text: &str) -> String {
    marked(YELLOW, text)
}

pub(crate) fn green(text: &str) -> String {
    marked(GREEN, text)
}

pub(crate) fn cyan(text: &str) -> String {
    marked(CYAN, text)
}

fn marked(mark: char, text: &str) -> String {
    format!("{mark}{text}{END}")
}

/// How many columns of a terminal `text` takes.
pub(crate) fn width(text: &str) -> usize {
    console::measure_text_width(text)
}
