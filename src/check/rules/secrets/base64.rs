//! Base64, which is how the `data` of a Secret is written.

/// Returns the decoded text; `None` if `text` is not the base64 form of a text.
pub(crate) fn decode(text: &str) -> Option<String> {
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
    let digits = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    for digit in digits.take_while(|byte| *byte != b'=') {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        buffer = buffer << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits & 0xff).try_into().ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kubectl_writes() {
        assert_eq!(decode("aHVudGVyMg==").as_deref(), Some("hunter2"));
        assert_eq!(decode("YQ").as_deref(), Some("a"));
        assert_eq!(decode("").as_deref(), Some(""));
        assert_eq!(decode("not base64!"), None);
        assert_eq!(decode("/////w=="), None, "no text");
    }
}
