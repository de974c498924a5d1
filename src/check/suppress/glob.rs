//! Patterns for paths: `*` and `?` match within a name, `**` matches any folders. A pattern that matches a folder
//! matches everything below it.

/// Whether `pattern` matches `path` or a folder that contains it.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
    let path: Vec<&str> = path.split('/').collect();
    (1..=path.len()).any(|length| {
        is_match(&pattern, &path[..length], |name| *name == "**", |pattern, name| is_name(pattern, name))
    })
}

fn is_name(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    is_match(&pattern, &name, |c| *c == '*', |pattern, c| *pattern == '?' || pattern == c)
}

/// Whether `items` match `pattern`, in which some items match any number. Backtracks only to the last of
/// these, so that no pattern takes long.
fn is_match<T>(
    pattern: &[T],
    items: &[T],
    is_any: impl Fn(&T) -> bool,
    is_one: impl Fn(&T, &T) -> bool,
) -> bool {
    let (mut at, mut next, mut back) = (0, 0, None);
    while at < items.len() {
        if pattern.get(next).is_some_and(&is_any) {
            back = Some((next, at));
            next += 1;
        } else if pattern.get(next).is_some_and(|expected| is_one(expected, &items[at])) {
            (at, next) = (at + 1, next + 1);
        } else if let Some((any, taken)) = back {
            back = Some((any, taken + 1));
            (at, next) = (taken + 1, any + 1);
        } else {
            return false;
        }
    }
    pattern[next..].iter().all(is_any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_folders() {
        for (pattern, path) in [
            ("a/b.yaml", "a/b.yaml"),
            ("./a/", "a/b/c.yaml"),
            ("a", "a/b/c.yaml"),
            ("a/*.yaml", "a/b.yaml"),
            ("a/*/c.yaml", "a/b/c.yaml"),
            ("a/?.yaml", "a/ö.yaml"),
            ("**/c.yaml", "c.yaml"),
            ("**/c.yaml", "a/b/c.yaml"),
            ("a/**", "a/b/c.yaml"),
            ("a/**/c.yaml", "a/c.yaml"),
            ("*b*c*", "aabbcc"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("a/b.yaml", "x/a/b.yaml"),
            ("*.yaml", "a/b.yaml"),
            ("a/?.yaml", "a/bc.yaml"),
            ("b", "a/b"),
            ("a/**/c.yaml", "a/b/d.yaml"),
            ("ab", "abc"),
            ("", "a"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn no_pattern_takes_long() {
        assert!(!matches(&"*a".repeat(500), &"a".repeat(499)));
        assert!(!matches(&"**/a/".repeat(500), &"a/".repeat(100)));
    }
}
