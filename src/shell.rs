//! Quoting for the shell commands that messages suggest.

/// Quotes `text` as one word of a shell command.
pub(crate) fn word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
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
        assert_eq!(super::path("-dash"), "./-dash");
    }
}
