//! `--fix`: applies the fixes of findings, or prints them as a diff.

use std::collections::BTreeMap;
use std::path::Path;

use crate::apply::{self, Rewrite, Rewritten};
use crate::check::{self, FileContent, Files, Finding, FixedFile, Report, Severity};
use crate::error::{Error, ErrorKind, Result};
use crate::excerpt::counted;
use crate::git;
use crate::tree::{File, changes};

/// Maximum number of rounds: a fixed `apiVersion` reveals mistakes in fields, and a fixed field those in its
/// value. The limit stops rules that undo each other.
const ROUNDS: usize = 10;

#[derive(Default)]
pub(crate) struct Fixing {
    /// The old and the new text of each file.
    changed: BTreeMap<String, (Vec<u8>, String)>,
    pub(crate) fixed: usize,
    /// The number of fixes that were refused in the last round.
    refused: usize,
}

impl Fixing {
    /// Applies the fixes of `report` to `files`, then those of each report by `recheck`. Returns the last
    /// report.
    pub(crate) fn run(
        files: &mut Files,
        mut report: Report,
        recheck: impl Fn(&Files) -> Report,
    ) -> (Self, Report) {
        let mut fixing = Self::default();
        for _ in 0..ROUNDS {
            if !fixing.round(files, &report.findings) {
                break;
            }
            report = recheck(files);
        }
        (fixing, report)
    }

    /// Applies the fixes of the most severe `findings` that have any, and returns whether files changed. The
    /// others wait: `off` becomes `false`, unless the fixed name of its field shows that it must be a string.
    fn round(&mut self, files: &mut Files, findings: &[Finding]) -> bool {
        self.refused = 0;
        [Severity::Error, Severity::Warning, Severity::Note].into_iter().any(|severity| {
            let findings: Vec<_> =
                findings.iter().filter(|finding| finding.severity == severity).cloned().collect();
            self.apply(files, &findings)
        })
    }

    fn apply(&mut self, files: &mut Files, findings: &[Finding]) -> bool {
        let before = self.fixed;
        for FixedFile { path, text, fixed, refused } in check::fix(files, findings) {
            self.refused += refused;
            if fixed == 0 {
                continue;
            }
            self.fixed += fixed;
            let old = files.text(&path).unwrap_or_default().as_bytes().to_vec();
            files.insert(&*path, FileContent::of(text.clone().into_bytes()));
            self.changed.entry(path).or_insert((old, String::new())).1 = text;
        }
        self.fixed > before
    }

    /// Returns a line for the user; `remain` is the number of remaining findings.
    pub(crate) fn summary(&self, is_dry: bool, remain: usize) -> String {
        let (done, rest) = match (is_dry, remain) {
            (true, _) => ("would fix", "would remain"),
            (false, 1) => ("fixed", "remains"),
            (false, _) => ("fixed", "remain"),
        };
        let refused = match self.refused {
            0 => String::new(),
            refused => format!("; refused {refused}, which could change other values"),
        };
        format!("{done} {} in {}{refused}; {remain} {rest}", self.fixed, counted(self.changed.len(), "file"))
    }

    /// # Errors
    /// A failure of libgit2.
    pub(crate) fn diff(&self) -> Result<Vec<u8>> {
        let file = |path: &String, content: &[u8]| (path.clone(), File::new(content, false));
        let before = self.changed.iter().map(|(path, (old, _))| file(path, old)).collect();
        let after = self.changed.iter().map(|(path, (_, new))| file(path, new.as_bytes())).collect();
        Ok(git::diff(&changes(&before, &after))?.into_values().flat_map(|file| file.text).collect())
    }

    /// Writes each file atomically, below `base`.
    ///
    /// # Errors
    /// Lists every file that could not be written; the others are. Cancelled between two files. A precondition while another
    /// run is writing.
    pub(crate) fn write(&self, base: &Path, cancelled: &dyn Fn() -> bool) -> Result<()> {
        let files = self.changed.iter().map(|(path, (old, new))| Rewrite { path, old, new: new.as_bytes() });
        let files: Vec<_> = files.collect();
        let Rewritten { done, problems } = apply::rewrite(base, &files, cancelled)?;
        if done < files.len() {
            return Err(cancelled_after(done, files.len()));
        }
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::failure("some files could not be fixed and are unchanged").problems(problems))
    }
}

fn cancelled_after(done: usize, all: usize) -> Error {
    if done == 0 {
        return Error::cancelled();
    }
    let message = format!("cancelled; wrote {done} of {}, run it again for the rest", counted(all, "file"));
    Error::new(ErrorKind::Cancelled, message)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;

    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "looks at what was written")]
    fn a_signal_stops_between_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let mut fixing = Fixing::default();
        for name in ["a", "b"] {
            fs::write(folder.path().join(name), "old").unwrap();
            fixing.changed.insert(name.to_owned(), (b"old".to_vec(), "new".to_owned()));
        }
        let read = || ["a", "b"].map(|name| fs::read_to_string(folder.path().join(name)).unwrap());
        let asked = Cell::new(0);
        let cancelled_from = |count| {
            asked.set(0);
            fixing.write(folder.path(), &|| asked.replace(asked.get() + 1) == count).unwrap_err()
        };
        assert_eq!(cancelled_from(0).message, Error::cancelled().message);
        assert_eq!(read(), ["old", "old"]);
        let error = cancelled_from(1);
        assert_eq!(error.kind, ErrorKind::Cancelled);
        assert_eq!(error.message, "cancelled; wrote 1 of 2 files, run it again for the rest");
        assert_eq!(read(), ["new", "old"]);
    }
}
