//! Merges two archives file by file, for where Git could not: both added neighbouring files, or one is of format 1.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::git;
use crate::git::Labels;
use crate::merge::Prefer;
use crate::scaffold::definition::Ownership;
use crate::scaffold::render::RenderedFile;
use crate::tree::{File, Mode};

type Files<'a> = BTreeMap<&'a str, &'a RenderedFile>;

/// The changes from `base` to `ours` and to `theirs`. Where both changed the same lines, so that the file itself is in
/// conflict too, it takes those of `ours`. A file that one of them deleted is gone: Git follows one that the scaffold moved,
/// and one that is still there is the user's.
///
/// # Errors
/// Two contents cannot be merged.
pub(crate) fn merge(
    base: &[RenderedFile],
    ours: &[RenderedFile],
    theirs: &[RenderedFile],
) -> Result<Vec<RenderedFile>> {
    let [base, ours, theirs] = [base, ours, theirs].map(by_path);
    let paths: BTreeSet<&str> = ours.keys().chain(theirs.keys()).copied().collect();
    let mut merged = Vec::new();
    for path in paths {
        let [base, ours, theirs] = [&base, &ours, &theirs].map(|side| side.get(path).copied());
        let file = match (ours, theirs) {
            (Some(ours), Some(theirs)) => Some(both(base, ours, theirs)?),
            (kept, other) => kept.or(other).filter(|_| base.is_none()).cloned(),
        };
        merged.extend(file);
    }
    Ok(merged)
}

fn by_path(files: &[RenderedFile]) -> Files<'_> {
    files.iter().map(|file| (file.path.as_str(), file)).collect()
}

fn both(base: Option<&RenderedFile>, ours: &RenderedFile, theirs: &RenderedFile) -> Result<RenderedFile> {
    let mode: Mode = three_way(base.map(|base| base.file.mode), ours.file.mode, theirs.file.mode);
    let ownership: Ownership = three_way(base.map(|base| base.ownership), ours.ownership, theirs.ownership);
    let content =
        content(base.map_or(&[][..], |base| &base.file.content), &ours.file.content, &theirs.file.content)?;
    let slot = three_way(base.map(|base| &base.slot), &ours.slot, &theirs.slot).clone();
    Ok(RenderedFile { path: ours.path.clone(), file: File { mode, content }, ownership, slot })
}

fn content(base: &[u8], ours: &[u8], theirs: &[u8]) -> Result<Vec<u8>> {
    let text = |content| std::str::from_utf8(content).ok().filter(|text: &&str| !text.contains('\0'));
    if let (Some(base), Some(ours), Some(theirs)) = (text(base), text(ours), text(theirs)) {
        let labels = || String::new();
        let labels = Labels { ours: labels(), base: labels(), theirs: labels() };
        return Ok(git::merge_text(base, ours, theirs, &labels, Prefer::Ours)?.content.into_bytes());
    }
    Ok(three_way(Some(base), ours, theirs).to_vec())
}

/// The value of the side that changed it; that of `ours` if both did.
fn three_way<T: PartialEq + Copy>(base: Option<T>, ours: T, theirs: T) -> T {
    if base == Some(ours) { theirs } else { ours }
}
