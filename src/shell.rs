//! Quoting for the shell commands that messages suggest.

/// Quotes `text` as one word of a command for sh, bash, zsh or fish.
pub(crate) fn word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&byte);
    // zsh takes a word that begins with `=` for the path of a program.
    if !text.is_empty() && !text.starts_with('=') && text.bytes().all(plain) {
        return text.to_owned();
    }
    let mut quoted = String::from("'");
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => quoted.push_str("'\\''"),
            // To fish, a backslash between quotes is special before another and before a quote.
            '\\' if matches!(letters.peek(), None | Some('\\' | '\'')) => quoted.push_str("'\\\\'"),
            letter => quoted.push(letter),
        }
    }
    quoted + "'"
}

/// Quotes a path as one word that commands do not treat as an option.
pub(crate) fn path(path: &str) -> String {
    if path.starts_with('-') { word(&format!("./{path}")) } else { word(path) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_survive_a_shell() {
        assert_eq!(super::word("a/b:c=1"), "a/b:c=1");
        assert_eq!(super::word(""), "''");
        assert_eq!(super::word("it's $HOME"), "'it'\\''s $HOME'");
        assert_eq!(super::word("=a"), "'=a'");
        assert_eq!(super::word("a\\b"), "'a\\b'");
        assert_eq!(super::word("a\\\\b\\"), "'a'\\\\'\\b'\\\\''");
        assert_eq!(super::word("a\\'"), "'a'\\\\''\\'''");
        assert_eq!(super::path("-dash"), "./-dash");
    }
}
