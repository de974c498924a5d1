//! The names of releases, by the rules of the script that starts a release in the cluster: what that would refuse later is
//! refused here.

/// Returns why `tag` cannot name a release of at most `longest` characters, if it cannot.
pub(crate) fn refusal(tag: &str, longest: Option<usize>) -> Option<String> {
    let is_word = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if !tag.split(['.', '-']).all(is_word) {
        return Some(
            "a tag has lower-case letters and digits, separated by single dots or dashes, such as `1.4.0`"
                .into(),
        );
    }
    let longest = longest.filter(|longest| tag.len() > *longest)?;
    Some(format!("a tag has room for at most {longest} characters here, since the name of a run contains it"))
}

/// Whether `revision` is the full id of a commit.
pub(crate) fn is_full_id(revision: &str) -> bool {
    matches!(revision.len(), 40 | 64)
        && revision.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Returns the name after `last`: its last number, plus one.
pub(crate) fn next(last: &str) -> Option<String> {
    let start = last.trim_end_matches(|found: char| found.is_ascii_digit()).len();
    let (name, number) = last.split_at(start);
    let number: u64 = number.parse().ok()?;
    Some(format!("{name}{}", number.checked_add(1)?))
}

/// Returns the release that a Git tag, or the output of `git describe`, names: without folders, and without the `v` before a
/// version, unless the `last` release has one.
pub(crate) fn of_git(name: &str, last: Option<&str>) -> String {
    let name = name.rsplit_once('/').map_or(name, |(_, end)| end);
    let is_version = |rest: &&str| rest.starts_with(|first: char| first.is_ascii_digit());
    let has_v = last.is_some_and(|last| last.strip_prefix('v').as_ref().is_some_and(is_version));
    match name.strip_prefix('v').filter(is_version) {
        Some(version) if !has_v => version.to_owned(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_those_that_the_trigger_takes() {
        for tag in ["1.4.0", "1", "v1.0.0-2", "a-b.c", &"1".repeat(49)] {
            assert_eq!(refusal(tag, Some(49)), None, "{tag}");
        }
        for tag in
            ["", "1.", ".1", "-1", "1-", "1..0", "1.-0", "1-.0", "1--0", "V1", "1_0", "1 0", "é", "1\n"]
        {
            assert!(refusal(tag, None).is_some(), "{tag}");
        }
        assert!(refusal(&"1".repeat(50), Some(49)).unwrap().contains("at most 49 characters"));
    }

    #[test]
    fn full_ids() {
        assert!(is_full_id(&"0a".repeat(20)) && is_full_id(&"0a".repeat(32)));
        for text in ["", "abc", &"0A".repeat(20), &"0g".repeat(20), &"0".repeat(41)] {
            assert!(!is_full_id(text), "{text}");
        }
    }

    #[test]
    fn the_last_number_grows() {
        for (last, expected) in [
            ("1.4.0", Some("1.4.1")),
            ("1.0.0-9", Some("1.0.0-10")),
            ("v7", Some("v8")),
            ("beta", None),
            ("", None),
        ] {
            assert_eq!(next(last).as_deref(), expected, "{last}");
        }
        assert_eq!(next(&format!("1.{}", u64::MAX)), None);
    }

    #[test]
    fn a_git_tag_names_a_release() {
        for (name, last, expected) in [
            ("v1.4.0", None, "1.4.0"),
            ("v1.4.0", Some("1.3.0"), "1.4.0"),
            ("v1.4.0", Some("v1.3.0"), "v1.4.0"),
            ("release/v1.4.0", None, "1.4.0"),
            ("vanilla", None, "vanilla"),
        ] {
            assert_eq!(of_git(name, last), expected, "{name} {last:?}");
        }
    }
}
