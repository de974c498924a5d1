//! How a type says no: what is wrong with this very text, and a text that would do.

/// Why a text is no value of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// What is wrong with this very text; lower case start, no full stop, safe to print (control
    /// characters are escaped, credentials in URLs left out).
    pub(crate) reason: String,
    /// A good value: the given text repaired where that is possible, always one that parses.
    pub(crate) example: String,
}

/// A refusal whose repair has not been tried yet.
#[derive(Debug)]
pub(super) struct Refusal {
    reason: String,
    repair: Option<String>,
}

impl Refusal {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), repair: None }
    }

    /// Proposes a repaired text. It need not be right: [`Refusal::invalid`] drops one that does not parse.
    pub(super) fn repair(self, repair: impl Into<String>) -> Self {
        Self { repair: Some(repair.into()), ..self }
    }

    /// Turns the repair of a part into a repair of the whole.
    pub(super) fn map_repair(self, whole: impl FnOnce(String) -> String) -> Self {
        Self { repair: self.repair.map(whole), ..self }
    }

    /// The final word: the repair where `read` accepts it, else `example`.
    pub(super) fn invalid<T>(self, read: impl FnOnce(&str) -> Result<T, Self>, example: &str) -> Invalid {
        let repair = self.repair.filter(|repair| read(repair).is_ok());
        Invalid { reason: self.reason, example: repair.unwrap_or_else(|| example.to_owned()) }
    }
}

/// Refuses a text with a character that is not `allowed`; `rule` says which are.
pub(super) fn only(text: &str, allowed: impl Fn(char) -> bool, rule: &str) -> Result<(), Refusal> {
    match text.chars().find(|letter| !allowed(*letter)) {
        None => Ok(()),
        Some(stray) => Err(Refusal::new(format!("{} has {}; {rule}", shown(text), named(stray)))),
    }
}

/// Whether a person sees the character, or at least its width. Leaves out what reorders or hides text,
/// and the non-characters that YAML refuses.
pub(super) fn printable(letter: char) -> bool {
    let hidden = matches!(letter,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let no_character = u32::from(letter) & 0xfffe == 0xfffe;
    !(letter.is_control() || hidden || no_character)
}

/// The text in backticks for a message: one line, not endless, and without what stands before the `@` of
/// a URL, for that may be a password.
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

/// A character in words.
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
