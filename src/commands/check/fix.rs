//! `--fix`: makes the changes that findings carry, or shows them.

use std::collections::BTreeMap;
use std::path::Path;

use super::human::counted;
use crate::check::{self, FileContent, Files, Finding, FixedFile, Report, Severity};
use crate::error::{Error, Problem, Result};
use crate::fs;
use crate::git;
use crate::tree::{File, changes};

/// A mended `apiVersion` brings the fields of that version to light, a mended field what is in it. Nothing needs more
/// rounds than that, and two rules that undo each other must not go on for ever.
const ROUNDS: usize = 10;

/// The files that were mended, in memory, and how that went.
#[derive(Default)]
pub(crate) struct Fixing {
    /// What each file held, and what it holds now.
    changed: BTreeMap<String, (Vec<u8>, String)>,
    /// How many findings were mended.
    pub(crate) fixed: usize,
    /// How many could not be, in the last round.
    refused: usize,
}

impl Fixing {
    /// Mends what can be mended of `report`, and then of what `recheck` finds in the result, as long as there is
    /// anything. Gives the last report; `files` holds the result.
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

    /// Mends what can be mended of the gravest of `findings`; tells whether anything was. What is less grave waits: `off`
    /// is `false`, unless the right name of a field shows that a string is wanted.
    fn round(&mut self, files: &mut Files, findings: &[Finding]) -> bool {
        self.refused = 0;
        [Severity::Error, Severity::Warning, Severity::Note].into_iter().any(|severity| {
            let findings: Vec<_> =
                findings.iter().filter(|finding| finding.severity == severity).cloned().collect();
            self.make(files, &findings)
        })
    }

    /// Mends what can be mended of `findings`; tells whether anything was.
    fn make(&mut self, files: &mut Files, findings: &[Finding]) -> bool {
        let before = self.fixed;
        for FixedFile { path, text, fixed, refused } in check::fix(files, findings) {
            self.refused += refused;
            if fixed == 0 {
                continue;
            }
            self.fixed += fixed;
            let old = files.text(&path).unwrap_or_default().as_bytes().to_vec();
            files.insert(&*path, FileContent::Bytes(text.clone().into_bytes()));
            self.changed.entry(path).or_insert((old, String::new())).1 = text;
        }
        self.fixed > before
    }

    /// Says how it went; `remain` findings are left.
    pub(crate) fn summary(&self, is_dry: bool, remain: usize) -> String {
        let (done, rest) = match (is_dry, remain) {
            (true, _) => ("would fix", "would remain"),
            (false, 1) => ("fixed", "remains"),
            (false, _) => ("fixed", "remain"),
        };
        let refused = match self.refused {
            0 => String::new(),
            refused => format!("; not {refused}, whose change could reach beyond its place"),
        };
        format!("{done} {} in {}{refused}; {remain} {rest}", self.fixed, counted(self.changed.len(), "file"))
    }

    /// The change as a diff.
    ///
    /// # Errors
    /// libgit2 gives up.
    pub(crate) fn diff(&self) -> Result<Vec<u8>> {
        let file = |path: &String, content: &[u8]| (path.clone(), File::new(content, false));
        let before = self.changed.iter().map(|(path, (old, _))| file(path, old)).collect();
        let after = self.changed.iter().map(|(path, (_, new))| file(path, new.as_bytes())).collect();
        Ok(git::diff(&changes(&before, &after))?.into_values().flat_map(|file| file.text).collect())
    }

    /// Writes the files that were mended below `base`, each as a whole.
    ///
    /// # Errors
    /// Every file that could not be written; the others are.
    pub(crate) fn write(&self, base: &Path) -> Result<()> {
        let problems: Vec<_> = self
            .changed
            .iter()
            .filter_map(|(path, (old, new))| {
                let error = fs::rewrite(&base.join(path), old, new.as_bytes()).err()?;
                Some(Problem::new(format!("`{path}`: {error}"), ""))
            })
            .collect();
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::failure("some files could not be fixed; they are as they were").problems(problems))
    }
}
