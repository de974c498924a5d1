//! Why a text is not a valid answer, and one that is.

use crate::invisible::is_invisible;

/// Why a text is not a valid value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Starts in lower case, has no full stop and is safe to print: control characters are escaped,
    /// credentials in URLs removed.
    pub(crate) reason: String,
    /// A valid value; empty if none is known.
    pub(crate) example: String,
}

impl Invalid {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), example: String::new() }
    }

    /// Suggests a corrected text. A wrong guess does no harm: [`Invalid::or_example`] drops it.
    pub(super) fn suggest(self, example: impl Into<String>) -> Self {
        Self { example: example.into(), ..self }
    }

    /// Turns the suggestion for a part into one for the whole.
    pub(super) fn map_suggestion(self, whole: impl FnOnce(String) -> String) -> Self {
        Self { example: whole(self.example), ..self }
    }

    /// Replaces the suggestion with `example` if `read` rejects it.
    pub(super) fn or_example<T>(self, read: impl FnOnce(&str) -> Result<T, Self>, example: &str) -> Self {
        if read(&self.example).is_ok() { self } else { self.suggest(example) }
    }
}

/// Rejects a text with a character that is not `allowed`; `rule` describes the allowed ones.
pub(super) fn only(text: &str, allowed: impl Fn(char) -> bool, rule: &str) -> Result<(), Invalid> {
    match text.chars().find(|letter| !allowed(*letter)) {
        None => Ok(()),
        Some(stray) => Err(Invalid::new(format!("{} has {}; {rule}", shown(text), named(stray)))),
    }
}

/// Whether the character is visible or has a width. Excludes those that reorder or hide text, and the
/// noncharacters that YAML rejects.
pub(super) fn printable(letter: char) -> bool {
    !is_invisible(letter)
}

/// Returns the text in backticks for a message: on one line, of limited length, and without the part of a URL
/// before `@`, which may be a password.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let text = match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}***{}", &text[..scheme + 3], &text[at..]),
        _ => text.to_owned(),
    };
    let mut shown: String = text.chars().take(LONGEST).map(escaped).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

fn escaped(letter: char) -> String {
    if printable(letter) { letter.to_string() } else { letter.escape_default().to_string() }
}

fn named(letter: char) -> String {
    match letter {
        ' ' => "a space".to_owned(),
        '\n' | '\r' => "a line break".to_owned(),
        '\t' => "a tab".to_owned(),
        letter if letter.is_uppercase() => "an upper-case letter".to_owned(),
        letter if printable(letter) => format!("the character `{letter}`"),
        letter => format!("the invisible character U+{:04X}", u32::from(letter)),
    }
}

#[cfg(test)]
mod tests {
    use super::{named, shown};

    #[test]
    fn shows_no_secret_no_control_character_and_no_novel() {
        assert_eq!(shown("https://bob:s3cret@host/x"), "`https://***@host/x`");
        assert_eq!(shown("git@host:x"), "`git@host:x`");
        assert_eq!(shown("a\u{1b}[31m\u{202e}"), "`a\\u{1b}[31m\\u{202e}`");
        assert_eq!(shown(&"a".repeat(100)), format!("`{}…`", "a".repeat(60)));
    }

    #[test]
    fn names_characters() {
        assert_eq!(named('É'), "an upper-case letter");
        assert_eq!(named('\u{200b}'), "the invisible character U+200B");
        assert_eq!(named('$'), "the character `$`");
    }
}
