//! The plain commands that do the same as a verb, byte for byte: what people would type where that is exact, and Git's
//! plumbing where it is not, as with Windows line endings, other modes, or edits that are not committed.

use std::fmt::Write;

use crate::delivery::request::ReleaseRequest;
use crate::delivery::service::Service;
use crate::error::Result;
use crate::fs::{self, limit};
use crate::git::Blob;
use crate::shell;
use crate::tree::{Change, File, Mode};

/// Where the new content of a file comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// This file of the last commit, by its path below the folder of the service.
    File(String),
    /// This file of that commit, by its path below the folder of the service.
    Commit { id: String, path: String },
    /// The file as it is, with the values of this request.
    Request(ReleaseRequest),
}

/// Returns the commands that make `change`, from the root of the repository.
///
/// # Errors
/// A file cannot be read.
pub(super) fn of_change(service: &Service, change: &Change, origin: &Origin) -> Result<Vec<String>> {
    let path = service.rooted(change.path);
    let word = shell::path(&path);
    let Some(after) = change.after else {
        return Ok(vec![format!("{} rm -q -- {}", git([&path]), shell::word(&path))]);
    };
    let exact = || -> Result<Vec<String>> {
        let id = Blob::of(&after.content, after.mode)?.id();
        let entry = shell::word(&format!("{:o},{id},{path}", after.mode.bits()));
        Ok(vec![
            format!("git update-index --add --cacheinfo {entry}"),
            format!("{} checkout -q -- {}", git([&path]), shell::word(&path)),
        ])
    };
    match origin {
        Origin::Commit { id, path: then } if then == change.path => {
            Ok(vec![format!("{} checkout -q {id} -- {}", git([&path]), shell::word(&path))])
        }
        Origin::File(source) if is_copy(service, change, source)? => {
            Ok(vec![format!("cp {} {word}", shell::path(&service.rooted(source)))])
        }
        Origin::File(_) | Origin::Commit { .. } => exact(),
        Origin::Request(request) => match sed(service, change, request) {
            Some(command) => Ok(vec![command]),
            None => Ok(vec![format!("printf {} > {word}", format_of(&after.content))]),
        },
    }
}

/// Whether `cp` makes what the verb makes: of two plain files of one mode, the source as it was committed.
fn is_copy(service: &Service, change: &Change, source: &str) -> Result<bool> {
    let is_plain = |file: &File| file.mode == Mode::Regular;
    let (Some(before), Some(after)) = (change.before, change.after) else { return Ok(false) };
    if !is_plain(before) || !is_plain(after) {
        return Ok(false);
    }
    let (root, source) = (service.repo.root(), service.rooted(source));
    // Converted to another form, it may be converted back otherwise.
    let content = fs::read_below(root, &source, limit::BASE).ok().flatten();
    Ok(content.is_some_and(|content| content == after.content)
        && service.repo.has(&source, Some(Blob::of(&after.content, after.mode)?))?)
}

/// Returns the command that writes the values of `request` into the lines that have others; `None` if the file has none of
/// them, or bytes of which `sed` makes something else on some system.
fn sed(service: &Service, change: &Change, request: &ReleaseRequest) -> Option<String> {
    let (before, after) = (change.before?, change.after?);
    let path = service.rooted(change.path);
    let backup = format!("{path}.bak");
    let root = service.repo.root();
    let found = fs::read_below(root, &path, limit::BASE).ok().flatten();
    let is_usual = before.content.is_ascii()
        && !before.content.contains(&b'\r')
        && (before.content.is_empty() || before.content.ends_with(b"\n"))
        && found.is_some_and(|found| found == before.content);
    if !is_usual || fs::is_there(&root.join(&backup)) {
        return None;
    }
    let names = &service.delivery.variables;
    let values = [(&names.tag, &request.tag), (&names.revision, &request.revision)];
    let replaced = |line: &str| {
        let set = values.iter().find(|(name, _)| line.starts_with(&format!("{name}=")));
        set.map_or_else(|| line.to_owned(), |(name, value)| format!("{name}={value}"))
    };
    let made: String = String::from_utf8_lossy(&before.content)
        .lines()
        .flat_map(|line| [replaced(line), "\n".to_owned()])
        .collect();
    if made.as_bytes() != after.content {
        return None;
    }
    let set = values.map(|(name, value)| format!("-e 's/^{name}=.*/{name}={value}/'")).join(" ");
    Some(format!("sed -i.bak {set} {} && rm {}", shell::path(&path), shell::path(&backup)))
}

/// Returns a format for `printf` that every shell takes for `content`.
fn format_of(content: &[u8]) -> String {
    let mut text = "'".to_owned();
    for (at, byte) in content.iter().enumerate() {
        let is_plain =
            byte.is_ascii_alphanumeric() || b" ._/=:,#@+".contains(byte) || *byte == b'-' && at > 0;
        match byte {
            b'\n' => text.push_str("\\n"),
            _ if is_plain => text.push(char::from(*byte)),
            // Writing into a string cannot fail.
            _ => drop(write!(text, "\\{byte:03o}")),
        }
    }
    text + "'"
}

/// Returns `git`, which is to take none of `paths` for a pattern.
pub(super) fn git<'p>(paths: impl IntoIterator<Item = &'p String>) -> &'static str {
    let is_pattern = |path: &String| path.contains(['*', '?', '[', '\\']) || path.starts_with(':');
    if paths.into_iter().any(is_pattern) { "git --literal-pathspecs" } else { "git" }
}

/// Returns the command that commits `paths`.
pub(super) fn commit(message: &str, paths: &[String]) -> String {
    let words: Vec<String> = paths.iter().map(|path| shell::word(path)).collect();
    let (git, words) = (git(paths), words.join(" "));
    if !message.contains('\n') {
        return format!("{git} commit -q -m {} -- {words}", shell::word(message));
    }
    let lines: Vec<String> = message.lines().map(shell::word).collect();
    format!("printf '%s\\n' {} | {git} commit -q -F - -- {words}", lines.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_has_nothing_that_a_shell_or_printf_takes_for_something() {
        assert_eq!(format_of(b"A=1\r\nB='x' %s\\\n"), "'A=1\\015\\nB=\\047x\\047 \\045s\\134\\n'");
        assert_eq!(format_of(b"-x"), "'\\055x'");
        assert_eq!(format_of(b"\xff"), "'\\377'");
    }

    #[test]
    fn a_path_is_no_pattern() {
        let path = |text: &str| text.to_owned();
        assert_eq!(git([&path("a b")]), "git");
        assert_eq!(git([&path("a"), &path("a[1]")]), "git --literal-pathspecs");
        assert_eq!(commit("a\n\nb", &[path("x")]), "printf '%s\\n' a '' b | git commit -q -F - -- x");
    }
}
