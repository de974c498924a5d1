//! `.treenail/base`: one text archive of every file as it was generated.
//!
//! Text, so that Git stores it as deltas and a review shows what the scaffold changed; one file without a
//! `.yaml` ending, so that no directory source of Argo CD reads it. The same files give the same bytes.
//!
//! Git merges it line by line, wherever it merges the files themselves: no line depends on any other line. `docs/design.md`
//! says why.

mod lines;
mod merge;
mod sized;

use std::collections::BTreeSet;

use crate::error::{Error, ErrorKind, Result};
use crate::scaffold::render::{RenderedFile, paths};
use crate::values::shown;

use lines::Format;
pub use lines::write;
pub(crate) use merge::merge;

/// Path of the archive in a repository.
pub const PATH: &str = ".treenail/base";

/// Reads an archive back, of this or an earlier format. The files are sorted by path.
///
/// # Errors
/// [`ErrorKind::State`] where it was cut short, edited, or holds what no scaffold may write.
pub fn read(archive: &[u8]) -> Result<Vec<RenderedFile>> {
    let Some(end) = archive.iter().position(|byte| *byte == b'\n') else {
        return Err(damaged("it is cut short"));
    };
    let (first, rest) = (&archive[..end], &archive[end + 1..]);
    let files = match std::str::from_utf8(first).ok().and_then(|line| line.strip_prefix("treenail base ")) {
        Some("1") => sized::read(archive),
        Some("2") => lines::read(rest, Format::Two),
        Some("3") => lines::read(rest, Format::Three),
        Some(number) if number.parse::<u32>().is_ok_and(|number| number > 3) => return Err(newer()),
        _ => Err(damaged("its first line is wrong")),
    };
    match (files.and_then(verified), super::merge_marker(archive)) {
        (Err(_), Some(line)) => Err(damaged(&format!("line {line}: it holds merge markers"))),
        (files, _) => files,
    }
}

/// Sorts the files, whose order a merge may have changed, and refuses paths that no scaffold may write.
fn verified(mut files: Vec<RenderedFile>) -> Result<Vec<RenderedFile>> {
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let mut seen = BTreeSet::new();
    for RenderedFile { path, .. } in &files {
        if let Some(refusal) = paths::refusal(path) {
            return Err(damaged(&format!("{} {refusal}", shown(path))));
        }
        if !seen.insert(path) {
            return Err(damaged(&format!("`{path}` is there twice")));
        }
    }
    match paths::collisions(files.iter().map(|file| file.path.as_str())).first() {
        Some(clash) => Err(damaged(&clash.to_string())),
        None => Ok(files),
    }
}

fn damaged(why: &str) -> Error {
    Error::new(ErrorKind::State, format!("`{PATH}` is damaged: {why}"))
}

fn newer() -> Error {
    Error::new(ErrorKind::State, format!("`{PATH}` was written by a newer treenail"))
        .hint("use the version of treenail that `.treenail/answers.yaml` names, or a later one")
}

#[cfg(test)]
mod tests;
