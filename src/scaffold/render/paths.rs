//! Validates the paths that a scaffold writes, before any content is rendered: no file may leave the target directory,
//! overwrite Git's files, or collide with another.

use std::collections::BTreeMap;

const RESERVED: &str = ".treenail";

/// Returns why `path` is not allowed, if so.
pub(crate) fn refusal(path: &str) -> Option<String> {
    if path.is_empty() || path.starts_with('/') || path.contains(['\\', ':']) {
        return Some("is not a relative path with `/` between its parts".to_owned());
    }
    if let Some(character) = path.chars().find(|character| character.is_control()) {
        return Some(format!("contains the character U+{:04X}", u32::from(character)));
    }
    path.split('/')
        .find_map(|part| match part {
            "" => Some("has an empty part".to_owned()),
            "." | ".." => Some(format!("leaves its folder through `{part}`")),
            _ if part.eq_ignore_ascii_case(".git") => {
                Some("is inside a folder that belongs to Git".to_owned())
            }
            _ if part.ends_with([' ', '.']) => {
                Some(format!("has the part `{part}`, which not every file system can store"))
            }
            _ => None,
        })
        .or_else(|| {
            let top = path.split('/').next().unwrap_or_default();
            top.eq_ignore_ascii_case(RESERVED)
                .then(|| format!("is inside `{RESERVED}/`, which belongs to treenail"))
        })
}

/// Reports paths that collide; `paths` are pairs of a path and its rule.
pub(super) fn clashes<'a>(paths: &[(&'a str, &'a str)]) -> Vec<String> {
    let mut files: BTreeMap<String, (&str, &str)> = BTreeMap::new();
    let mut problems = Vec::new();
    for &(path, rule) in paths {
        match files.insert(path.to_lowercase(), (path, rule)) {
            Some((other, first)) if other == path => {
                problems.push(format!("the rules for `{first}` and `{rule}` both write `{path}`"));
            }
            Some((other, first)) => problems.push(format!(
                "`{other}` (rule for `{first}`) and `{path}` (rule for `{rule}`) differ only in case"
            )),
            None => {}
        }
    }
    for (folded, (path, rule)) in &files {
        for (end, _) in folded.match_indices('/') {
            if let Some((file, first)) = files.get(&folded[..end]) {
                problems.push(format!(
                    "`{file}` (rule for `{first}`) is a file, but `{path}` (rule for `{rule}`) needs it as a folder"
                ));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_paths_pass() {
        for path in [
            "README.md",
            ".gitattributes",
            "deploy/overlays/staging/kustomization.yaml",
            "a/.github/x",
            "..a/b",
        ] {
            assert_eq!(refusal(path), None, "{path}");
        }
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for (path, reason) in [
            ("", "relative"),
            ("/etc/passwd", "relative"),
            ("a\\b", "relative"),
            ("C:/a", "relative"),
            ("a//b", "empty"),
            ("a/", "empty"),
            ("../a", "`..`"),
            ("a/../../b", "`..`"),
            ("./a", "`.`"),
            (".git/hooks/pre-commit", "belongs to Git"),
            ("a/.GIT/config", "belongs to Git"),
            (".treenail/base", "belongs to treenail"),
            (".Treenail/x", "belongs to treenail"),
            ("a\nb", "U+000A"),
            ("a./b", "store"),
            ("a ", "store"),
        ] {
            let refusal = refusal(path).unwrap_or_default();
            assert!(refusal.contains(reason), "{path:?}: {refusal:?}");
        }
    }

    #[test]
    fn paths_that_cannot_be_together_are_named_with_their_rules() {
        let problems =
            clashes(&[("a", "r1"), ("a", "r2"), ("B", "r3"), ("b", "r4"), ("c", "r5"), ("C/d/e", "r6")]);
        assert_eq!(
            problems,
            [
                "the rules for `r1` and `r2` both write `a`",
                "`B` (rule for `r3`) and `b` (rule for `r4`) differ only in case",
                "`c` (rule for `r5`) is a file, but `C/d/e` (rule for `r6`) needs it as a folder",
            ]
        );
        assert_eq!(clashes(&[("a/b", "r1"), ("a/c", "r2"), ("ab", "r3")]), Vec::<String>::new());
    }
}
