//! The patterns of an `AppProject`: `gobwas/glob`, with Argo CD's own `!` in front, for sources and destinations, and Go's
//! `filepath.Match` for kinds (`app_project_types.go` and `isResourceInList` in `types.go` of Argo CD).

/// The most patterns that the braces of one may stand for, and the most braces; one with more matches everything.
const MOST: usize = 256;

enum Token {
    Literal(char),
    /// `?`
    One,
    /// `*`
    Any,
    /// `**`
    Deep,
    /// `[a-c]`
    Class {
        is_negated: bool,
        ranges: Vec<(char, char)>,
    },
}

/// Whether `pattern` matches `text`: `*` stops at `separator`, `**` at nothing.
pub(crate) fn fits(pattern: &str, text: &str, separator: Option<char>) -> bool {
    if let Some(pattern) = pattern.strip_prefix('!') {
        return !fits(pattern, text, separator);
    }
    if pattern == "*" {
        return true;
    }
    let mut all = vec![pattern.to_owned()];
    let mut rounds = 0;
    while let Some(at) = all.iter().position(|one| one.contains('{')) {
        let Some(found) = alternatives(&all.swap_remove(at)) else { return false };
        all.extend(found);
        rounds += 1;
        if all.len() > MOST || rounds > MOST {
            return true;
        }
    }
    all.iter().any(|one| tokens(one, '!', true).is_some_and(|tokens| matches(&tokens, text, separator)))
}

/// Whether `pattern` matches `text`, a kind, a group or a name of an object.
pub(super) fn fits_kind(pattern: &str, text: &str) -> bool {
    tokens(pattern, '^', false).is_some_and(|tokens| matches(&tokens, text, Some('/')))
}

/// Returns the patterns that the first braces stand for; `None` if they do not end.
fn alternatives(pattern: &str) -> Option<Vec<String>> {
    let (start, rest) = pattern.split_once('{')?;
    let (mut depth, mut from, mut parts) = (0_usize, 0, Vec::new());
    for (at, letter) in rest.char_indices() {
        match letter {
            '{' => depth += 1,
            ',' if depth == 0 => {
                parts.push(&rest[from..at]);
                from = at + 1;
            }
            '}' if depth == 0 => {
                parts.push(&rest[from..at]);
                let end = &rest[at + 1..];
                return Some(parts.into_iter().map(|part| format!("{start}{part}{end}")).collect());
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Returns the parts of a pattern, where `not` negates a class; `None` if it is invalid.
fn tokens(pattern: &str, not: char, has_deep: bool) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        found.push(match letter {
            '\\' => Token::Literal(letters.next()?),
            '?' => Token::One,
            '*' if has_deep && letters.next_if_eq(&'*').is_some() => Token::Deep,
            '*' => Token::Any,
            '[' => {
                let is_negated = letters.next_if_eq(&not).is_some();
                let mut ranges = Vec::new();
                loop {
                    match letters.next()? {
                        ']' if !ranges.is_empty() => break,
                        first if letters.next_if_eq(&'-').is_some() => ranges.push((first, letters.next()?)),
                        one => ranges.push((one, one)),
                    }
                }
                Token::Class { is_negated, ranges }
            }
            other => Token::Literal(other),
        });
    }
    Some(found)
}

/// Matches row by row, as in an edit distance, so that no pattern takes long.
fn matches(pattern: &[Token], text: &str, separator: Option<char>) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for token in pattern {
        let mut next = vec![false; text.len() + 1];
        for end in 0..=text.len() {
            let last = end.checked_sub(1).map(|last| text[last]);
            let is_inside = last.is_some() && last != separator;
            let has_before = end > 0 && row[end - 1];
            next[end] = match token {
                Token::Any => row[end] || is_inside && next[end - 1],
                Token::Deep => row[end] || end > 0 && next[end - 1],
                Token::One => is_inside && has_before,
                Token::Literal(wanted) => last == Some(*wanted) && has_before,
                Token::Class { is_negated, ranges } => {
                    let is_in =
                        |letter: char| ranges.iter().any(|(from, to)| (*from..=*to).contains(&letter));
                    has_before && last.is_some_and(|letter| is_in(letter) != *is_negated)
                }
            };
        }
        row = next;
    }
    row[text.len()]
}

#[cfg(test)]
mod tests {
    use super::{fits, fits_kind};

    #[test]
    fn many_braces_take_no_time() {
        let pattern = format!("{}live{}", "{".repeat(20_000), "}".repeat(20_000));
        assert!(fits(&pattern, "live", None));
    }

    #[test]
    fn patterns_are_those_of_argo_cd() {
        let url = "https://example.com/acme/shop";
        for (pattern, text, separator, expected) in [
            ("*", url, Some('/'), true),
            ("https://example.com/acme/*", url, Some('/'), true),
            ("https://example.com/*", url, Some('/'), false),
            ("https://example.com/**", url, Some('/'), true),
            ("!https://example.com/**", url, Some('/'), false),
            ("https://example.com/acme/{shop,web}", url, Some('/'), true),
            ("https://example.com/{a{x,cme},b}/{shop", url, Some('/'), false),
            ("https://example.com/{a{x,cme},b}/shop", url, Some('/'), true),
            ("shop-*", "shop-dev", None, true),
            ("shop-?", "shop-dev", None, false),
            ("sh[a-z]p", "shop", None, true),
            ("[st]hop", "shop", None, true),
            ("[!st]hop", "shop", None, false),
            ("[shop", "shop", None, false),
            ("shop", "shop", None, true),
            ("", "", None, true),
            ("!kube-*", "shop", None, true),
        ] {
            assert_eq!(fits(pattern, text, separator), expected, "{pattern} {text}");
        }
        assert!(fits(&"{a,b}".repeat(20), "shop", None), "more than anybody writes");
    }

    #[test]
    fn patterns_of_kinds_have_no_braces_and_no_negation() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("Config*", "ConfigMap", true),
            ("Config[^A-L]ap", "ConfigMap", true),
            ("!Secret", "ConfigMap", false),
            ("{ConfigMap,Secret}", "ConfigMap", false),
        ] {
            assert_eq!(fits_kind(pattern, text), expected, "{pattern} {text}");
        }
    }
}
