//! How data is painted that goes to the standard output, which may be a terminal where the other one is none.

use console::Style;

/// Bold text, for what is looked for.
pub(crate) fn bold(text: &str) -> String {
    Style::new().bold().apply_to(text).to_string()
}

/// For what must not be.
pub(crate) fn red(text: &str) -> String {
    Style::new().red().bold().apply_to(text).to_string()
}

/// For what should not be.
pub(crate) fn yellow(text: &str) -> String {
    Style::new().yellow().bold().apply_to(text).to_string()
}

/// For what helps.
pub(crate) fn cyan(text: &str) -> String {
    Style::new().cyan().apply_to(text).to_string()
}

/// How many columns of a terminal `text` takes.
pub(crate) fn width(text: &str) -> usize {
    console::measure_text_width(text)
}
