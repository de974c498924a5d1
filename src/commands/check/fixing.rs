//! `--fix`: makes the changes that findings carry, or shows them.

use std::path::Path;

use super::report::counted;
use crate::check::{Content, Files, Finding, Mended, mend};
use crate::disk;
use crate::error::{Error, Problem, Result};
use crate::merge::{Entry, Mode};
use crate::repo;

/// The files that were mended, in memory, and how that went.
pub struct Fixing {
    mended: Vec<Mended>,
    old: Files,
}

impl Fixing {
    /// Mends what can be mended of `findings`: `files` holds the result.
    pub fn begin(files: &mut Files, findings: &[Finding]) -> Self {
        let mended = mend(files, findings);
        let mut old = Files::default();
        for Mended { path, text, .. } in mended.iter().filter(|mended| mended.fixed > 0) {
            old.insert(&**path, files.get(path).cloned().unwrap_or(Content::Unread));
            files.insert(&**path, Content::Bytes(text.clone().into_bytes()));
        }
        Self { mended, old }
    }

    /// How many findings were mended.
    pub fn fixed(&self) -> usize {
        self.mended.iter().map(|mended| mended.fixed).sum()
    }

    /// Says how it went; `remain` findings are left.
    pub fn summary(&self, is_dry: bool, remain: usize) -> String {
        let (done, rest) = match (is_dry, remain) {
            (true, _) => ("would fix", "would remain"),
            (false, 1) => ("fixed", "remains"),
            (false, _) => ("fixed", "remain"),
        };
        let refused: usize = self.mended.iter().map(|mended| mended.refused).sum();
        let refused = match refused {
            0 => String::new(),
            _ => format!("; not {refused}, whose change could reach beyond its place"),
        };
        format!(
            "{done} {} in {}{refused}; {remain} {rest}",
            self.fixed(),
            counted(self.changed().count(), "file")
        )
    }

    /// The change as a diff.
    ///
    /// # Errors
    /// libgit2 gives up.
    pub fn diff(&self) -> Result<Vec<u8>> {
        let entry = |content: &[u8]| Entry { mode: Mode::File, content: content.to_vec() };
        let pairs: Vec<_> = self
            .changed()
            .map(|(path, old, new)| (path, Some(entry(old)), Some(entry(new.as_bytes()))))
            .collect();
        let pairs = pairs.iter().map(|(path, old, new)| (*path, old.as_ref(), new.as_ref()));
        Ok(repo::diff(pairs)?.into_values().flat_map(|file| file.text).collect())
    }

    /// Writes the files that were mended below `base`, each as a whole.
    ///
    /// # Errors
    /// Every file that could not be written; the others are.
    pub fn write(&self, base: &Path) -> Result<()> {
        let problems: Vec<_> = self
            .changed()
            .filter_map(|(path, old, new)| {
                let error = disk::rewrite(&base.join(path), old, new.as_bytes()).err()?;
                Some(Problem::new(format!("`{path}`: {error}"), ""))
            })
            .collect();
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::failure("some files could not be fixed; they are as they were").problems(problems))
    }

    /// The path of each file that was mended, what it held and what it holds now.
    fn changed(&self) -> impl Iterator<Item = (&str, &[u8], &str)> {
        self.mended.iter().filter_map(|Mended { path, text, .. }| match self.old.get(path) {
            Some(Content::Bytes(old)) => Some((path.as_str(), old.as_slice(), text.as_str())),
            _ => None,
        })
    }
}
