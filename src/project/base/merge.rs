//! Merges two archives file by file, for where Git could not: both added neighbouring files, or one is of format 1.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::git;
use crate::git::Labels;
use crate::merge::Prefer;
use crate::scaffold::definition::Ownership;
use crate::scaffold::render::{RenderedFile, paths};
use crate::tree::{File, Mode};

type Files<'a> = BTreeMap<&'a str, &'a RenderedFile>;

/// The changes from `base` to `ours` and to `theirs`. A file is the same one wherever a version has moved it, as it is to
/// Git. Where both changed the same lines, so that the file itself is in conflict too, it takes those of `ours`. A file
/// that one of them deleted is gone: one that is still there is the user's.
///
/// # Errors
/// Two contents cannot be merged.
pub(crate) fn merge(
    base: &[RenderedFile],
    ours: &[RenderedFile],
    theirs: &[RenderedFile],
) -> Result<Vec<RenderedFile>> {
    let sides = [base, ours, theirs];
    let newer = newer_slots(sides);
    let merged =
        merged(sides.map(|files| by(files, |file| newer.get(&file.slot).copied().unwrap_or(&file.slot))))?;
    if paths::collisions(merged.iter().map(|file| file.path.as_str())).is_empty() {
        return Ok(merged);
    }
    // Each of them moved another file there, or one has a new file where the other moved one.
    self::merged(sides.map(|files| by(files, |file| &file.path)))
}

/// The earlier formats have no slots, so a file that had been moved is in the one of its path there. Returns the slots that
/// such paths have in another archive.
fn newer_slots(sides: [&[RenderedFile]; 3]) -> BTreeMap<&String, &String> {
    let slots = sides.map(|files| files.iter().map(|file| &file.slot).collect::<BTreeSet<_>>());
    let all = || sides.into_iter().flatten();
    let unslotted: BTreeSet<_> = all().filter(|file| file.slot == file.path).map(|file| &file.path).collect();
    let is_other = |file: &&RenderedFile| {
        let has_both = |slots: &BTreeSet<&String>| slots.contains(&file.slot) && slots.contains(&file.path);
        file.slot != file.path && unslotted.contains(&file.path) && !slots.iter().any(has_both)
    };
    all().filter(is_other).map(|file| (&file.path, &file.slot)).collect()
}

fn by<'a>(files: &'a [RenderedFile], key: impl Fn(&'a RenderedFile) -> &'a String) -> Files<'a> {
    files.iter().map(|file| (key(file).as_str(), file)).collect()
}

fn merged([base, ours, theirs]: [Files<'_>; 3]) -> Result<Vec<RenderedFile>> {
    let keys: BTreeSet<&str> = ours.keys().chain(theirs.keys()).copied().collect();
    let mut merged = Vec::new();
    for key in keys {
        let [base, ours, theirs] = [&base, &ours, &theirs].map(|side| side.get(key).copied());
        let file = match (ours, theirs) {
            (Some(ours), Some(theirs)) => Some(both(base, ours, theirs)?),
            (kept, other) => kept.or(other).filter(|_| base.is_none()).cloned(),
        };
        merged.extend(file);
    }
    merged.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(merged)
}

fn both(base: Option<&RenderedFile>, ours: &RenderedFile, theirs: &RenderedFile) -> Result<RenderedFile> {
    let mode: Mode = three_way(base.map(|base| base.file.mode), ours.file.mode, theirs.file.mode);
    let ownership: Ownership = three_way(base.map(|base| base.ownership), ours.ownership, theirs.ownership);
    let content =
        content(base.map_or(&[][..], |base| &base.file.content), &ours.file.content, &theirs.file.content)?;
    let slot = three_way(base.map(|base| &base.slot), &ours.slot, &theirs.slot).clone();
    // A file that is new on both sides was at first where its slot says.
    let path = three_way(Some(base.map_or(&slot, |base| &base.path)), &ours.path, &theirs.path).clone();
    Ok(RenderedFile { path, file: File { mode, content }, ownership, slot })
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
