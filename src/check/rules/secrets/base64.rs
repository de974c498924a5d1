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

/// Encodes `bytes` with padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = DIGITS[(bits >> (18 - 6 * digit) & 63) as usize];
            text.push(if digit > chunk.len() { '=' } else { char::from(value) });
        }
    }
    text
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

    #[test]
    fn bytes_are_encoded_with_padding() {
        for (bytes, expected) in [(&b""[..], ""), (b"v", "dg=="), (b"\0\x01\xff", "AAH/"), (b"ab", "YWI=")] {
            assert_eq!(encode(bytes), expected);
        }
    }
}
