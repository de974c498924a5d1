//! Validates the paths that a scaffold writes, before any content is rendered: no file may leave the target directory,
//! overwrite Git's files, or collide with another.

use std::collections::BTreeMap;
use std::fmt;

use crate::invisible::is_invisible;

const RESERVED: &str = ".treenail";

/// What file systems store as one name.
const LONGEST_PART: usize = 255;

/// Leaves room for the folder above in the 4096 bytes that a path may have.
const LONGEST_PATH: usize = 1024;

const DEEPEST: usize = 64;

/// Names that Windows takes for devices, whatever ending they have.
const DEVICES: [&str; 8] = ["con", "prn", "aux", "nul", "conin$", "conout$", "com", "lpt"];

/// Returns why `path` is not allowed, if so.
pub(crate) fn refusal(path: &str) -> Option<String> {
    if path.is_empty() || path.starts_with('/') || path.contains(['\\', ':']) {
        return Some("is not a relative path with `/` between its parts".to_owned());
    }
    // Some file systems pass over such characters, so that a name with one is taken for `.git`.
    if let Some(character) = path.chars().find(|character| is_invisible(*character)) {
        return Some(format!("contains the character U+{:04X}", u32::from(character)));
    }
    if path.len() > LONGEST_PATH || path.split('/').any(|part| part.len() > LONGEST_PART) {
        return Some(format!(
            "is too long: a path has at most {LONGEST_PATH} bytes, each part {LONGEST_PART}"
        ));
    }
    if path.split('/').count() > DEEPEST {
        return Some(format!("is nested deeper than {DEEPEST} folders"));
    }
    path.split('/').find_map(refusal_of_part)
}

fn refusal_of_part(part: &str) -> Option<String> {
    let lower = part.to_lowercase();
    match lower.as_str() {
        "" => Some("has an empty part".to_owned()),
        "." | ".." => Some(format!("leaves its folder through `{part}`")),
        ".git" => Some("is inside a folder that belongs to Git".to_owned()),
        ".gitmodules" => Some(format!("has the part `{part}`, from which Git would fetch submodules")),
        RESERVED => Some(format!("is inside `{RESERVED}/`, which belongs to treenail")),
        _ if lower.starts_with(".treenail-") || lower.ends_with(".treenail-new") => {
            Some(format!("has the part `{part}`, a name that treenail uses itself"))
        }
        _ if part.ends_with([' ', '.']) => {
            Some(format!("has the part `{part}`, which not every file system can store"))
        }
        _ if is_device(&lower) => Some(format!("has the part `{part}`, which Windows takes for a device")),
        _ if is_short_name(&lower) => {
            Some(format!("has the part `{part}`, which Windows may take for the short form of another name"))
        }
        _ => None,
    }
}

/// Whether `part`, in lower case, is `nul`, `con.txt`, `com1` or the like.
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().trim_end();
    DEVICES.iter().any(|device| match *device {
        "com" | "lpt" => {
            let number = stem.strip_prefix(device).unwrap_or_default();
            matches!(number, "\u{b9}" | "\u{b2}" | "\u{b3}") || (number.len() == 1 && is_number(number))
        }
        device => stem == device,
    })
}

/// Whether `part` has the form that Windows gives to names which are too long for DOS: `git~1` for `.git`.
fn is_short_name(part: &str) -> bool {
    let (stem, ending) = part.split_once('.').unwrap_or((part, ""));
    let has_number =
        stem.rsplit_once('~').is_some_and(|(name, number)| !name.is_empty() && is_number(number));
    has_number && stem.len() <= 8 && ending.len() <= 3
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// Two paths that cannot both exist, on every file system at least.
pub(crate) struct Clash<'a> {
    pub(crate) first: &'a str,
    pub(crate) second: &'a str,
    kind: ClashKind,
}

#[derive(Clone, Copy)]
enum ClashKind {
    Same,
    Case,
    Folder,
    FolderCase,
}

impl fmt::Display for Clash<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe(&|path| format!("`{path}`")).fmt(formatter)
    }
}

impl Clash<'_> {
    fn describe(&self, name: &dyn Fn(&str) -> String) -> String {
        let (first, second) = (name(self.first), name(self.second));
        match self.kind {
            ClashKind::Same => format!("{first} and {second} are the same file"),
            ClashKind::Case => format!("{first} and {second} differ only in case"),
            ClashKind::Folder => format!("{first} is a file, but {second} needs it as a folder"),
            ClashKind::FolderCase => format!("{first} and {second} write the same folder in different case"),
        }
    }
}

/// Finds the paths that collide.
pub(crate) fn collisions<'a>(paths: impl IntoIterator<Item = &'a str>) -> Vec<Clash<'a>> {
    let mut files: BTreeMap<String, &str> = BTreeMap::new();
    let mut clashes = Vec::new();
    for path in paths {
        if let Some(first) = files.insert(path.to_lowercase(), path) {
            let kind = if first == path { ClashKind::Same } else { ClashKind::Case };
            clashes.push(Clash { first, second: path, kind });
        }
    }
    let mut folders: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for (folded, path) in &files {
        // Where folding changes lengths, the ends of folders cannot be matched; such paths have no other case.
        for (end, _) in folded.match_indices('/') {
            if let Some(first) = files.get(&folded[..end]) {
                clashes.push(Clash { first, second: path, kind: ClashKind::Folder });
            }
            let Some(folder) = path.get(..end) else { continue };
            let (known, first) = folders.entry(&folded[..end]).or_insert((folder, path));
            if *known != folder {
                clashes.push(Clash { first, second: path, kind: ClashKind::FolderCase });
                break;
            }
        }
    }
    clashes
}

/// Reports paths that collide; `paths` are pairs of a path and its rule.
pub(super) fn clashes<'a>(paths: &[(&'a str, &'a str)]) -> Vec<String> {
    let rule = |path: &str| paths.iter().find(|(other, _)| *other == path).map_or("", |(_, rule)| rule);
    collisions(paths.iter().map(|(path, _)| *path))
        .iter()
        .map(|clash| match clash.kind {
            ClashKind::Same => {
                let rules = paths.iter().filter(|(path, _)| *path == clash.first).map(|(_, rule)| *rule);
                let rules: Vec<_> = rules.map(|rule| format!("`{rule}`")).collect();
                format!("the rules for {} both write `{}`", rules.join(" and "), clash.first)
            }
            _ => clash.describe(&|path| format!("`{path}` (rule for `{}`)", rule(path))),
        })
        .collect()
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
            ".gitignore",
            "a/.gitattributes",
            ".treenailrc",
            "treenail-new/x",
            "console/nullable/com10/lpt.d/auxiliary.txt",
            "a~/b~x/~1/backup~1.yaml/long-name~1",
            "caf\u{e9}/\u{6f22}\u{5b57}/\u{1f600}",
            &"a".repeat(255),
            &"a/".repeat(63)[..125],
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
    fn names_that_another_system_takes_for_something_else_are_refused() {
        for (reason, paths) in [
            ("submodules", &[".gitmodules", "a/.GitModules/b"][..]),
            ("belongs to treenail", &["a/.treenail/base", "a/.TREENAIL"]),
            (
                "uses itself",
                &[".treenail-new/sealed", "a/.Treenail-x", ".shop.treenail-new/tree", ".treenail-"],
            ),
            (
                "device",
                &[
                    "con",
                    "a/NUL.txt",
                    "aux.tar.gz",
                    "prn",
                    "com1",
                    "LPT9.x",
                    "com\u{b2}",
                    "conin$",
                    "nul .x",
                    "com0",
                ],
            ),
            ("short form", &["git~1/config", "GIT~2", "a/gitmod~1", "treena~1", "gi7eba~1", "longna~1.txt"]),
            (
                "the character U+",
                &[
                    ".g\u{200c}it/config",
                    ".git\u{200d}",
                    "a\u{202e}b",
                    "\u{feff}a",
                    "a/\u{2066}b",
                    "a\u{ad}",
                    "a\u{e0041}",
                    "a\u{0}b",
                    "a\u{1b}[2J",
                    "a\rb",
                    "a\u{9b}",
                    "a\u{2028}b",
                    "a\u{3164}",
                ],
            ),
            ("relative path", &[".git::$INDEX_ALLOCATION/x", ".git:x", "..\\victim"]),
            ("store", &[".git./x", ".git /x", "a/... "]),
            ("belongs to Git", &[".git", ".GiT/x", "a/.git/b"]),
        ] {
            for path in paths {
                let refusal = refusal(path).unwrap_or_default();
                assert!(refusal.contains(reason), "{path:?}: {refusal:?}");
            }
        }
    }

    #[test]
    fn paths_that_no_system_can_store_are_refused() {
        for (path, reason) in [
            ("n".repeat(256), "too long"),
            (format!("a/{}/b", "\u{e9}".repeat(128)), "too long"),
            (format!("{}f", "folder/".repeat(200)), "too long"),
            (format!("{}f", "d/".repeat(64)), "deeper"),
        ] {
            let refusal = refusal(&path).unwrap_or_default();
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
        assert_eq!(
            clashes(&[("Deploy/a", "r1"), ("deploy/b", "r2"), ("deploy/c", "r3")]),
            [
                "`Deploy/a` (rule for `r1`) and `deploy/b` (rule for `r2`) write the same folder in different case",
                "`Deploy/a` (rule for `r1`) and `deploy/c` (rule for `r3`) write the same folder in different case"
            ]
        );
        assert_eq!(clashes(&[("a/b", "r1"), ("a/c", "r2"), ("ab", "r3")]), Vec::<String>::new());
    }
}
