//! Strings with a grammar: quantities, durations, base64, names and labels. As the API server reads them:
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>,
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>.

/// Maximum length of a label's value, and of the name in a key.
const LONGEST_LABEL: usize = 63;

const LONGEST_SUBDOMAIN: usize = 253;

/// Maximum length of a text that only says that another has to be written.
const LONGEST_STAND_IN: usize = 14;

const SUFFIXES: [&str; 17] =
    ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e"];

/// What marks a text that another program replaces: a shell, Tekton, an `ApplicationSet`, Helm, Jinja, ERB, Spruce, SOPS.
const MARKS: [&str; 8] = ["$(", "${", "$[", "{{", "{%", "<%", "((", "ENC["];

/// Words that people put where a value has to be filled in.
const STAND_INS: [&str; 23] = [
    "CHANGEME",
    "CLUSTER",
    "DATE",
    "DOMAIN",
    "ENVIRONMENT",
    "EXAMPLE",
    "FIXME",
    "HASH",
    "HOST",
    "HOSTNAME",
    "NAME",
    "NAMESPACE",
    "PLACEHOLDER",
    "PREFIX",
    "REGION",
    "REPLACEME",
    "SUFFIX",
    "TBD",
    "TIMESTAMP",
    "TODO",
    "USERNAME",
    "UUID",
    "VERSION",
];

/// Whether a program or a person replaces the text, or a part of it, before Kubernetes reads it: `$(name)`, `${name}`,
/// `{{ name }}`, `{% name %}`, `@NAME@`, `$$name$$`, `<NAME>`, `{name}`, `ROLLOUT_NAME`, `REPLACEME`, `ENC[...]`.
pub(crate) fn is_placeholder(text: &str) -> bool {
    // Almost every text has nothing that a mark or a word in capitals begins with.
    let may_begin =
        |byte: u8| byte.is_ascii_uppercase() || matches!(byte, b'$' | b'{' | b'@' | b'<' | b'[' | b'(');
    if is_left_to_people(text) {
        return true;
    }
    if !text.bytes().any(may_begin) {
        return false;
    }
    let is_marked = MARKS.iter().any(|mark| text.contains(mark));
    let is_word =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    is_marked
        || between(text, "@").any(is_constant)
        || between(text, "$$").any(|part| !part.is_empty() && is_word(part))
        || is_in_angles(text)
        || is_in_braces(text)
        || text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .is_some_and(|name| !name.is_empty() && is_word(name))
        || is_variable(text)
        || constants(text).any(|word| word.contains('_') || STAND_INS.contains(&word))
}

/// Whether `text` contains a variable of a shell without braces, which begins a word: `$name`.
fn is_variable(text: &str) -> bool {
    let is_letter = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    let begins = |at: usize| !text[..at].ends_with(|letter: char| letter.is_ascii_alphanumeric());
    let places = text.match_indices('$').filter(|(at, _)| begins(*at));
    places
        .map(|(at, _)| &text.as_bytes()[at + 1..])
        .any(|rest| is_letter(rest.first()) && is_letter(rest.get(1)))
}

/// Whether the text as a whole only says that a person has to write another: `changeme`, `yourDomain`, `***`.
fn is_left_to_people(text: &str) -> bool {
    const WORDS: [&str; 6] = ["changeme", "fixme", "placeholder", "replaceme", "tbd", "todo"];
    let is_word = |word: &str| {
        let letters = text.bytes().filter(|byte| !matches!(byte, b'-' | b'_'));
        text.len() <= LONGEST_STAND_IN && letters.map(|byte| byte.to_ascii_lowercase()).eq(word.bytes())
    };
    let inside = text.strip_prefix('_').and_then(|text| text.strip_suffix('_'));
    WORDS.iter().any(|word| is_word(word))
        || inside.is_some_and(|inside| inside.bytes().any(|byte| byte.is_ascii_alphabetic()))
        || ["your", "replace_", "replace-"].iter().any(|start| text.starts_with(start))
        || ["_placeholder", "-placeholder", "_here", "-here"].iter().any(|end| text.ends_with(end))
        || (3..=LONGEST_STAND_IN).contains(&text.len())
            && ['.', '*', '?', 'x', 'X'].iter().any(|sign| text.chars().all(|letter| letter == *sign))
}

/// Returns the parts of `text` that have `mark` on both sides.
fn between<'t>(text: &'t str, mark: &'t str) -> impl Iterator<Item = &'t str> {
    let count = text.matches(mark).count();
    text.split(mark).skip(1).take(count.saturating_sub(1))
}

fn is_constant(word: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !word.is_empty() && word.bytes().all(is_inner)
}

/// Returns the words in capitals, of two letters or more.
fn constants(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| is_constant(word) && word.bytes().filter(u8::is_ascii_uppercase).count() > 1)
}

/// Whether `text` contains a name between angle brackets, as in `<cluster name>` and `<path:secret/data#key>`.
fn is_in_angles(text: &str) -> bool {
    let inner =
        text.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(inner, _)| inner);
    let name = inner.strip_prefix(['<']).or_else(|| inner.strip_prefix("*.")).unwrap_or(inner);
    name.starts_with(|letter: char| letter.is_ascii_alphabetic()) && !name.contains(['<', '=', '\n'])
}

/// Whether `text` contains a name between braces, as in `docker.io/{user}/shop`.
fn is_in_braces(text: &str) -> bool {
    let inner =
        text.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map_or("", |(inner, _)| inner);
    inner.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b' '))
}

/// Whether the text is a quantity: `2`, `0.5`, `500m`, `1Gi`, `1e3`.
pub(crate) fn is_quantity(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end =
        unsigned.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let is_exponent = suffix
        .strip_prefix(['e', 'E'])
        .map(|digits| digits.strip_prefix(['+', '-']).unwrap_or(digits))
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()));
    is_decimal(number) && (is_exponent || suffix != "e" && SUFFIXES.contains(&suffix))
}

/// Corrects a quantity with a `B` for bytes, a space, or a unit in the wrong case.
pub(crate) fn intended_quantity(text: &str) -> Option<String> {
    let plain = text.replace(' ', "");
    let plain = plain.strip_suffix(['B', 'b']).unwrap_or(&plain);
    let cased =
        plain.replace('K', "k").replace("ki", "Ki").replace('g', "G").replace("mi", "Mi").replace("MI", "Mi");
    [plain.to_owned(), cased].into_iter().find(|replacement| is_quantity(replacement))
}

fn is_decimal(number: &str) -> bool {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    has_digits && !fraction.contains('.')
}

/// Whether the text is a Go duration: `90s`, `1h30m`, `1.5h`, `0`.
pub(crate) fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    let mut is_one = false;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(end);
        let unit =
            ["ns", "us", "µs", "μs", "ms", "s", "m", "h"].into_iter().find(|unit| tail.starts_with(unit));
        let Some(unit) = unit.filter(|_| is_decimal(number)) else { return false };
        rest = &tail[unit.len()..];
        is_one = true;
    }
    is_one
}

/// Whether the text is base64 with padding; line breaks are allowed.
pub(crate) fn is_base64(text: &str) -> bool {
    let plain: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let end = plain.iter().rposition(|byte| *byte != b'=').map_or(0, |at| at + 1);
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    plain.len().is_multiple_of(4) && plain.len() - end <= 2 && plain[..end].iter().all(letter)
}

/// Returns the text that is encoded as base64; `None` if it is not base64. What is not UTF-8 is replaced.
pub(crate) fn decoded(text: &str) -> Option<String> {
    if !is_base64(text) {
        return None;
    }
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for byte in text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r' | b'=')) {
        bits = (bits << 6 | u32::from(value(byte))) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap_or_default());
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

pub(crate) fn label_mistake(text: &str) -> Option<String> {
    if text.len() > LONGEST_LABEL {
        return Some(too_long(text, LONGEST_LABEL));
    }
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_good = text.is_empty() || (text.bytes().all(inner) && has_ends(text));
    (!is_good).then(|| {
        "may contain only ASCII letters, digits, `-`, `_` and `.`, and must begin and end with a letter or digit"
            .to_owned()
    })
}

/// Returns the mistake in the key of a label or annotation: a name, or a subdomain, `/` and a name.
pub(crate) fn key_mistake(text: &str) -> Option<String> {
    let (prefix, name) = text.rsplit_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    if let Some(mistake) = prefix.and_then(subdomain_mistake) {
        return Some(format!("has a part before the `/` that {mistake}"));
    }
    if name.is_empty() { Some("has no name".to_owned()) } else { label_mistake(name) }
}

/// Returns the mistake in a DNS label, such as the name of a namespace or a Service.
pub(crate) fn dns_label_mistake(text: &str) -> Option<String> {
    if text.len() > LONGEST_LABEL {
        return Some(too_long(text, LONGEST_LABEL));
    }
    (!is_dns(text)).then(|| {
        "may contain only lower-case ASCII letters, digits and `-`, and must begin and end with a letter or digit"
            .to_owned()
    })
}

/// Returns the mistake in a DNS label that begins with a letter, such as the plural name of a kind.
pub(crate) fn dns_1035_mistake(text: &str) -> Option<String> {
    let begins = text.starts_with(|letter: char| letter.is_ascii_lowercase());
    dns_label_mistake(text).or_else(|| (!begins).then(|| "has to begin with a letter".to_owned()))
}

/// Returns the mistake in a DNS subdomain, such as the name of most resources.
pub(crate) fn subdomain_mistake(text: &str) -> Option<String> {
    if text.len() > LONGEST_SUBDOMAIN {
        return Some(too_long(text, LONGEST_SUBDOMAIN));
    }
    (!text.split('.').all(is_dns)).then(|| {
        "may contain only lower-case ASCII letters, digits, `-` and `.`, and each part must begin and end with a letter or digit"
            .to_owned()
    })
}

fn is_dns(part: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    part.bytes().all(inner) && has_ends(part)
}

/// Whether the text begins and ends with a letter or digit.
fn has_ends(text: &str) -> bool {
    let outer = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    outer(text.as_bytes().first()) && outer(text.as_bytes().last())
}

fn too_long(text: &str, longest: usize) -> String {
    format!("has {} characters; at most {longest} are allowed", text.len())
}

/// Returns the mistake in the name of a role or binding, which is a path segment.
pub(crate) fn segment_mistake(text: &str) -> Option<String> {
    (matches!(text, "." | "..") || text.contains(['/', '%']))
        .then(|| "may not be `.` or `..`, nor contain `/` or `%`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders() {
        let other = ["a/{user}/b", "[name]", "((name))", "<% name %>", "<<name>>", "shop-$name", "$[name]"];
        let of_people = [
            "replace_name",
            "replace-with-port",
            "value-goes-here",
            "token-placeholder",
            "change-me",
            "TODO",
            "TBD",
            "yourDomain",
            "***",
            "...",
            "_replaced_",
        ];
        let marked = ["$(params.a)", "a-${A}", "{{ name }}", "@TAG@", "shop-@RELEASE_ID@"];
        for text in marked.into_iter().chain(other).chain(of_people) {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "", "a@b", "a@b@c", "@A", "$A", "@@", "a{2}", "{a: b}", "{}", "[]", "[a b]", "$1", "a$",
            "foo$bar", "..", "todos", "a <<", "xy",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn quantities() {
        for good in ["2", "0.5", ".5", "5.", "500m", "1Gi", "1e3", "1E-3", "-1", "+2k", "1E"] {
            assert!(is_quantity(good), "{good}");
        }
        for bad in ["", "Gi", "1GB", "1 Gi", "500M i", "1e", "1.2.3", "1gi", "one", ".", "0x10", "1h"] {
            assert!(!is_quantity(bad), "{bad}");
        }
        let replacement = [("512MB", "512M"), ("1 Gi", "1Gi"), ("1gi", "1Gi"), ("2K", "2k"), ("2KiB", "2Ki")];
        for (wrong, right) in replacement {
            assert_eq!(intended_quantity(wrong).as_deref(), Some(right));
        }
        assert_eq!(intended_quantity("lots"), None);
    }

    #[test]
    fn durations() {
        for good in ["90s", "1h30m", "1.5h", "0", "0s", "-1m", "300ms", "1h0m0s", ".5s"] {
            assert!(is_duration(good), "{good}");
        }
        for bad in ["", "90", "1 h", "1d", "h", "1h30", "1.2.3s", "forever"] {
            assert!(!is_duration(bad), "{bad}");
        }
    }

    #[test]
    fn base64() {
        for (text, plain) in [
            ("", ""),
            ("YQ==", "a"),
            ("YWI=", "ab"),
            ("YW\nJj", "abc"),
            ("e30K", "{}\n"),
            ("+/9h", "\u{fffd}\u{fffd}a"),
        ] {
            assert_eq!(decoded(text).as_deref(), Some(plain), "{text}");
        }
        assert_eq!(decoded("a"), None);
        for good in ["", "YQ==", "YWI=", "YWJj", "YWJj\nYWJj\n"] {
            assert!(is_base64(good), "{good}");
        }
        for bad in ["a", "YQ=", "hunter2!", "YQ==YQ==", "===="] {
            assert!(!is_base64(bad), "{bad}");
        }
    }

    #[test]
    fn names_and_labels() {
        assert_eq!(label_mistake("v1.2.3_rc-1"), None);
        assert!(label_mistake("has space").is_some() && label_mistake("-a").is_some());
        assert!(label_mistake(&"a".repeat(64)).is_some_and(|mistake| mistake.contains("64 characters")));
        assert_eq!(key_mistake("app.kubernetes.io/name"), None);
        assert_eq!(key_mistake("App"), None);
        assert!(
            key_mistake("a/b/c").is_some()
                && key_mistake("Example.com/a").is_some()
                && key_mistake("a/").is_some()
        );
        assert_eq!(subdomain_mistake("a.b-c.1"), None);
        assert!(
            subdomain_mistake("a..b").is_some()
                && subdomain_mistake("A").is_some()
                && subdomain_mistake("").is_some()
        );
        assert!(dns_label_mistake("a.b").is_some());
        assert_eq!(segment_mistake("system:node"), None);
        assert!(segment_mistake("a/b").is_some());
    }
}
