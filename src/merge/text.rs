//! Merges the contents of three text files. Base and theirs get the user's line endings first, so that a file kept with
//! CRLF is not one whole conflict, and none of the user's bytes is rewritten.

use super::{ConflictKind, Merged, Prefer, TextMerge, structure, union};
use crate::error::Result;
use crate::tree::File;

const BOM: char = '\u{feff}';

/// Three texts with the same line endings, each ending in a line break, without a byte order mark.
pub(super) struct Texts {
    base: String,
    ours: String,
    theirs: String,
    /// Whether the merged text starts with a byte order mark.
    bom: bool,
    /// Whether the merged text ends in a line break.
    ended: bool,
}

pub(super) enum Outcome {
    Clean(Vec<u8>),
    /// One side was preferred in the conflicting hunks.
    Preferred(Vec<u8>),
    /// One side is preferred, but its lines do not fit together with the other's elsewhere in the file.
    Unfit {
        reason: String,
    },
    /// The hunks conflict, or the merged text is invalid.
    Conflict {
        kind: ConflictKind,
        marked: String,
    },
}

pub(super) fn all(base: &File, ours: &File, theirs: &File) -> Option<Texts> {
    let [base, ours, theirs] = [read(base)?, read(ours)?, read(theirs)?];
    let ending = ours.ending().or(theirs.ending()).unwrap_or(Ending::Lf);
    Some(Texts {
        bom: three_way(base.bom, ours.bom, theirs.bom),
        ended: three_way(base.ended(), ours.ended(), theirs.ended()),
        base: base.in_shape(ending),
        ours: ours.in_shape(ending),
        theirs: theirs.in_shape(ending),
    })
}

/// Whether two contents are equal except for line endings and the byte order mark.
pub(super) fn same_text(one: &File, other: &File) -> bool {
    if one.content == other.content {
        return true;
    }
    match (read(one), read(other)) {
        (Some(one), Some(other)) => one.body.replace("\r\n", "\n") == other.body.replace("\r\n", "\n"),
        _ => false,
    }
}

impl Texts {
    /// Merges the texts as the content of `path`. The result must be valid if it is a manifest; a
    /// kustomization's lists of resources are merged as sets.
    pub(crate) fn merge(&self, path: &str, prefer: Prefer, text: &TextMerge) -> Result<Outcome> {
        let merged = self.with(text, Prefer::Neither)?;
        let fault = merged.as_deref().ok().and_then(|merged| self.fault(path, merged));
        if let (Ok(merged), None) = (&merged, &fault) {
            return Ok(Outcome::Clean(self.finish(merged)));
        }
        if let Some(united) = union::merge(path, [&self.base, &self.ours, &self.theirs], text)?
            && self.fault(path, &united).is_none()
        {
            return Ok(Outcome::Clean(self.finish(&united)));
        }
        Ok(match (merged, fault) {
            (Ok(marked), reason) if prefer == Prefer::Neither => {
                self.conflict(ConflictKind::Structure { reason: reason.unwrap_or_default() }, &marked)
            }
            (Err(marked), _) if prefer == Prefer::Neither => {
                self.conflict(ConflictKind::BothChanged, &marked)
            }
            (Ok(_), reason) => Outcome::Unfit { reason: reason.unwrap_or_default() },
            (Err(_), _) => {
                let (Ok(merged) | Err(merged)) = self.with(text, prefer)?;
                match self.fault(path, &merged) {
                    None => Outcome::Preferred(self.finish(&merged)),
                    Some(reason) => Outcome::Unfit { reason },
                }
            }
        })
    }

    /// Returns the text with markers, if anything conflicts.
    pub(crate) fn marked(&self, text: &TextMerge) -> Result<Option<String>> {
        Ok(self.with(text, Prefer::Neither)?.err().map(|marked| self.with_bom(&marked)))
    }

    /// Returns the merged text or, as an error, the text with markers.
    fn with(&self, text: &TextMerge, prefer: Prefer) -> Result<Result<String, String>> {
        let Merged { content, clean } = text(&self.base, &self.ours, &self.theirs, prefer)?;
        Ok(if clean { Ok(content) } else { Err(content) })
    }

    fn fault(&self, path: &str, merged: &str) -> Option<String> {
        structure::fault(path, merged, [&self.ours, &self.theirs])
    }

    fn conflict(&self, kind: ConflictKind, marked: &str) -> Outcome {
        Outcome::Conflict { kind, marked: self.with_bom(marked) }
    }

    fn with_bom(&self, text: &str) -> String {
        if self.bom { format!("{BOM}{text}") } else { text.to_owned() }
    }

    /// Restores the byte order mark and an unterminated last line.
    fn finish(&self, merged: &str) -> Vec<u8> {
        let cut = merged.strip_suffix('\n').map(|cut| cut.strip_suffix('\r').unwrap_or(cut));
        let body = if self.ended { merged } else { cut.unwrap_or(merged) };
        self.with_bom(body).into_bytes()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Lf,
    CrLf,
}

struct Text<'a> {
    bom: bool,
    body: &'a str,
}

/// Reads `entry` as text; `None` if it is binary.
fn read(entry: &File) -> Option<Text<'_>> {
    let text = std::str::from_utf8(&entry.content).ok().filter(|text| !text.contains('\0'))?;
    let body = text.strip_prefix(BOM);
    Some(Text { bom: body.is_some(), body: body.unwrap_or(text) })
}

impl Text<'_> {
    /// Returns the ending of most lines; `None` without a line break.
    fn ending(&self) -> Option<Ending> {
        let all = self.body.matches('\n').count();
        let crlf = self.body.matches("\r\n").count();
        (all > 0).then_some(if crlf * 2 > all { Ending::CrLf } else { Ending::Lf })
    }

    fn ended(&self) -> bool {
        self.body.is_empty() || self.body.ends_with('\n')
    }

    /// Returns the lines with `ending`, including the last. If most lines already have it, the others are
    /// unchanged.
    fn in_shape(&self, ending: Ending) -> String {
        let mut text = match (self.ending().is_none_or(|own| own == ending), ending) {
            (true, _) => self.body.to_owned(),
            (false, Ending::Lf) => self.body.replace("\r\n", "\n"),
            (false, Ending::CrLf) => self.body.replace("\r\n", "\n").replace('\n', "\r\n"),
        };
        if !self.ended() {
            text.push_str(if ending == Ending::CrLf { "\r\n" } else { "\n" });
        }
        text
    }
}

fn three_way(base: bool, ours: bool, theirs: bool) -> bool {
    if ours == base { theirs } else { ours }
}
