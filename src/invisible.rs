//! Characters that show nothing themselves but change how the text around them looks: terminals obey some of them, others
//! reorder or hide text. In text from elsewhere they are made visible (`ui`) or refused (`scaffold`).

/// Whether `character` is a control, format or separator character, an invisible filler or a noncharacter. Line breaks
/// and tabs are control characters, too.
pub(crate) fn is_invisible(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    character.is_control()
        || is_format(character)
        || matches!(character, '\u{2028}' | '\u{2029}')
        || is_filler(character)
        || is_noncharacter(character)
}

/// Returns the first character that a text for people must not contain, as `U+202E`. Line breaks and tabs are fine.
pub(crate) fn first_in(text: &str) -> Option<String> {
    let is_unwanted = |character: &char| is_invisible(*character) && !matches!(character, '\n' | '\t');
    text.chars().find(is_unwanted).map(|character| format!("U+{:04X}", u32::from(character)))
}

/// The general category Cf of Unicode 16, which the standard library does not know: among others the characters that
/// change the direction of writing, those of no width, and tags.
fn is_format(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{110bd}'
            | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Letters and marks that are drawn as nothing, or as a blank.
fn is_filler(character: char) -> bool {
    matches!(
        character,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'
            ..='\u{180f}' | '\u{3164}' | '\u{ffa0}'
    )
}

/// These are for the inner use of programs; `ui::style` marks its styles with some.
fn is_noncharacter(character: char) -> bool {
    matches!(character, '\u{fdd0}'..='\u{fdef}') || u32::from(character) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_is_found() {
        for (text, found) in [
            ("\u{1b}[2J", "U+001B"),
            ("a\rb", "U+000D"),
            ("\0", "U+0000"),
            ("\u{7f}", "U+007F"),
            ("a\u{9b}2J", "U+009B"),
            ("\u{85}", "U+0085"),
            ("soft\u{ad}hyphen", "U+00AD"),
            ("\u{61c}", "U+061C"),
            ("a\u{200b}", "U+200B"),
            ("a\u{200d}", "U+200D"),
            ("\u{200e}", "U+200E"),
            ("\u{2028}", "U+2028"),
            ("\u{2029}", "U+2029"),
            ("exe.\u{202e}txt", "U+202E"),
            ("\u{2060}", "U+2060"),
            ("\u{2066}", "U+2066"),
            ("\u{3164}", "U+3164"),
            ("\u{feff}", "U+FEFF"),
            ("\u{fdd0}", "U+FDD0"),
            ("\u{fffe}", "U+FFFE"),
            ("\u{1ffff}", "U+1FFFF"),
            ("\u{e0041}", "U+E0041"),
        ] {
            assert_eq!(first_in(text).as_deref(), Some(found), "{text:?}");
        }
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in [
            "",
            "two\n\tlines",
            "é e\u{301}",
            "漢字",
            "שלום",
            "مرحبا",
            "नमस्ते",
            "❤\u{fe0f} 👍🏽 🇩🇪",
            "\u{fffd}",
            "a\u{a0}b",
            "\u{f8ff}",
        ] {
            assert_eq!(first_in(text), None, "{text:?}");
        }
    }
}
