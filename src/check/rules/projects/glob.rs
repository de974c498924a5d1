//! The patterns of an `AppProject`, which Argo CD matches with `gobwas/glob`, with its own `!` in front.

/// Whether `pattern` matches `text`: `*` stops at `separator`, `**` at nothing. Patterns with brackets or
/// braces, which are rare, match everything.
pub(crate) fn fits(pattern: &str, text: &str, separator: Option<char>) -> bool {
    if let Some(pattern) = pattern.strip_prefix('!') {
        return !fits(pattern, text, separator);
    }
    if pattern == "*" || pattern.contains(['[', '{', '\\']) {
        return true;
    }
    if !pattern.contains(['*', '?']) {
        return pattern == text;
    }
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    matches(&pattern, &text, separator)
}

/// Matches row by row, as in an edit distance, so that no pattern takes long.
fn matches(pattern: &[char], text: &[char], separator: Option<char>) -> bool {
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    let mut at = 0;
    while at < pattern.len() {
        let is_deep = pattern[at] == '*' && pattern.get(at + 1) == Some(&'*');
        let mut next = vec![false; text.len() + 1];
        for end in 0..=text.len() {
            let last = end.checked_sub(1).map(|last| text[last]);
            let may_pass = last.is_some_and(|last| is_deep || Some(last) != separator);
            next[end] = match pattern[at] {
                '*' => row[end] || (may_pass && next[end - 1]),
                '?' => may_pass && row[end - 1],
                wanted => last == Some(wanted) && row[end - 1],
            };
        }
        row = next;
        at += 1 + usize::from(is_deep);
    }
    row[text.len()]
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns_are_those_of_argo_cd() {
        let url = "https://example.com/acme/shop";
        for (pattern, text, separator, expected) in [
            ("*", url, Some('/'), true),
            ("https://example.com/acme/*", url, Some('/'), true),
            ("https://example.com/*", url, Some('/'), false),
            ("https://example.com/**", url, Some('/'), true),
            ("!https://example.com/**", url, Some('/'), false),
            ("shop-*", "shop-dev", None, true),
            ("shop-?", "shop-dev", None, false),
            ("shop", "shop", None, true),
            ("", "", None, true),
            ("!kube-*", "shop", None, true),
        ] {
            assert_eq!(fits(pattern, text, separator), expected, "{pattern} {text}");
        }
    }
}
