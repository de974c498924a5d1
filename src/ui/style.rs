//! Colours for stdout, which may be a terminal where stderr is not.

use console::Style;

pub(crate) fn bold(text: &str) -> String {
    Style::new().bold().apply_to(text).to_string()
}

pub(crate) fn red(text: &str) -> String {
    Style::new().red().bold().apply_to(text).to_string()
}

pub(crate) fn yellow(text: &str) -> String {
    Style::new().yellow().bold().apply_to(text).to_string()
}

pub(crate) fn cyan(text: &str) -> String {
    Style::new().cyan().apply_to(text).to_string()
}

/// How many columns of a terminal `text` takes.
pub(crate) fn width(text: &str) -> usize {
    console::measure_text_width(text)
}
