//! Whether a file can contain a word, without parsing it: most files of a repository are not manifests.

/// Whether `bytes`, read as YAML or JSON, can contain `word`, which is ASCII. Strings in double quotes may spell it with
/// escapes, and a byte order mark announces UTF-16.
pub(crate) fn may_mention(bytes: &[u8], word: &str) -> bool {
    if let Some(text) = utf_16(bytes) {
        return may_mention(text.as_bytes(), word);
    }
    // What is not UTF-8 is no escape either.
    let text = String::from_utf8_lossy(bytes);
    text.contains(word) || escapes(&text).any(|(before, rest)| may_spell(before, rest, word.as_bytes()))
}

/// Returns what is before each backslash that begins an escape, and what is from it on.
fn escapes(text: &str) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut behind = 0;
    let begins = move |&(at, _): &(usize, &str)| {
        // The character behind a backslash is escaped, and may be another backslash.
        let is_new = at >= behind;
        if is_new {
            behind = at + 2;
        }
        is_new
    };
    text.match_indices('\\').filter(begins).map(|(at, _)| text.as_bytes().split_at(at))
}

/// Whether the escape at the start of `rest` stands for a letter of `word`, or continues it on the next line.
fn may_spell(before: &[u8], rest: &[u8], word: &[u8]) -> bool {
    let [b'\\', kind, digits @ ..] = rest else { return false };
    let length = match kind {
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        b'\r' | b'\n' => {
            let next = digits.iter().find(|byte| !byte.is_ascii_whitespace());
            return before.last().is_some_and(|byte| word.contains(byte) || *byte == b'"')
                && next.is_some_and(|byte| word.contains(byte) || *byte == b'\\');
        }
        _ => return false,
    };
    let digits = digits.get(..length).and_then(|digits| std::str::from_utf8(digits).ok());
    let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    code.and_then(|code| u8::try_from(code).ok()).is_some_and(|byte| word.contains(&byte))
}

/// Returns the text of a file that begins with the byte order mark of UTF-16. Argo CD reads such files.
pub(crate) fn utf_16(bytes: &[u8]) -> Option<String> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    Some(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mentions(text: &str) -> bool {
        may_mention(text.as_bytes(), "apiVersion")
    }

    #[test]
    fn a_word_may_be_spelled_with_escapes() {
        for text in [
            "apiVersion: v1",
            "a aapiVersion",
            r#"{"\u0061piVersion": "v1"}"#,
            r#""api\x56ersion": v1"#,
            r#""apiVersio\U0000006e": v1"#,
            "? \"api\\\n  Version\"\n: v1",
            "? \"api\\\r\n  Version\"\n: v1",
            "? \"\\\n\\\napiVersion\"\n: v1",
        ] {
            assert!(mentions(text), "{text}");
        }
        for text in
            ["", "\\", "\\u00", "a\\", r"api\\x56", r"\u2028 \u003c", "run: build \\\n  --all", "apiVersio"]
        {
            assert!(!mentions(text), "{text}");
        }
    }

    #[test]
    fn utf_16_is_read() {
        for (mark, bytes) in
            [(0xfeff_u16, u16::to_le_bytes as fn(u16) -> [u8; 2]), (0xfeff, u16::to_be_bytes)]
        {
            let units = std::iter::once(mark).chain("apiVersion: v1".encode_utf16());
            let text: Vec<u8> = units.flat_map(bytes).collect();
            assert!(may_mention(&text, "apiVersion"));
            assert!(!may_mention(&text, "kind"));
        }
    }
}
