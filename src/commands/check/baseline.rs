//! `--baseline` and `--write-baseline`: the file of the findings that are known.

#![expect(clippy::disallowed_methods, reason = "finds the file that the user names")]

use std::io;
use std::path::{Path, PathBuf};

use super::earlier::Earlier;
use crate::check::{BASELINE_PATH, Baseline, Files, Finding, InvalidBaseline, MAX_BASELINE, MAX_ENTRIES};
use crate::error::{Context, Error, ErrorKind, Result};
use crate::excerpt::counted;
use crate::fs;
use crate::ui::Ui;

/// Where the baseline is.
pub(super) struct BaselineFile<'a> {
    /// The folder that all paths are relative to.
    base: &'a Path,
    /// The file that the user names.
    named: Option<&'a Path>,
}

impl<'a> BaselineFile<'a> {
    pub(super) fn new(base: &'a Path, named: Option<&'a Path>) -> Self {
        Self { base, named }
    }

    fn path(&self) -> PathBuf {
        self.named.map_or_else(|| self.base.join(BASELINE_PATH), Path::to_owned)
    }

    fn shown(&self) -> String {
        self.named.map_or_else(|| BASELINE_PATH.to_owned(), |path| path.display().to_string())
    }

    /// Reads it; with `earlier`, as it was in that commit, if it is in the repository.
    ///
    /// # Errors
    /// The user names a file that does not exist, or it cannot be read or is invalid.
    pub(super) fn read(&self, earlier: Option<&Earlier>) -> Result<Option<Baseline>> {
        let content = match (earlier, self.path_in_repository()) {
            (Some(earlier), Some(path)) => earlier.file(&path)?,
            _ => self.content()?,
        };
        content.map(|content| self.parse(&content)).transpose()
    }

    /// Returns its path below the base, if it is there.
    fn path_in_repository(&self) -> Option<String> {
        let Some(named) = self.named else { return Some(BASELINE_PATH.to_owned()) };
        let folder = named.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let full = folder.canonicalize().ok()?.join(named.file_name()?);
        crate::commands::manifest_files::work_tree::name(self.base, full.strip_prefix(self.base).ok()?).ok()
    }

    fn content(&self) -> Result<Option<Vec<u8>>> {
        let shown = self.shown();
        let cannot_read = || format!("cannot read `{shown}`; nothing was checked");
        let Some(named) = self.named else {
            return fs::read_below(self.base, BASELINE_PATH, MAX_BASELINE).context(cannot_read);
        };
        match fs::read_named(named, MAX_BASELINE) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Error::new(ErrorKind::Usage, format!("`--baseline`: `{shown}` does not exist"))
                    .hint("add `--write-baseline` to write it"))
            }
            read => read.map(Some).context(cannot_read),
        }
    }

    fn parse(&self, content: &[u8]) -> Result<Baseline> {
        let shown = self.shown();
        let invalid = |message: String| {
            Error::new(ErrorKind::State, message).hint("`treenail check --write-baseline` writes it anew")
        };
        let Ok(text) = std::str::from_utf8(content) else {
            return Err(invalid(format!("`{shown}` is not UTF-8; nothing was checked")));
        };
        Baseline::parse(&shown, text).map_err(|error| match error {
            InvalidBaseline::Newer => {
                invalid(format!("`{shown}` was written by a newer treenail; nothing was checked"))
            }
            InvalidBaseline::Problems(problems) => {
                invalid(format!("`{shown}` is invalid; nothing was checked")).problems(problems)
            }
        })
    }

    /// Writes `findings`; what the file has of files that were not checked stays.
    ///
    /// # Errors
    /// There are too many, or the file is not a plain one or cannot be written.
    pub(super) fn write(&self, ui: &Ui, findings: &[Finding], files: &Files) -> Result<()> {
        let (path, shown) = (self.path(), self.shown());
        let is_plain = path.symlink_metadata().map_or(true, |found| found.is_file());
        let link = self.named.is_none().then(|| fs::link_on_the_way(self.base, BASELINE_PATH)).flatten();
        if !is_plain || link.is_some() {
            return Err(Error::precondition(format!("`{shown}` is not a plain file"))
                .hint("remove it, or name another one with `--baseline`"));
        }
        let mut baseline = Baseline::of(findings, files);
        if !files.is_whole() && fs::is_there(&path) {
            baseline.keep_unchecked(self.read(None)?.unwrap_or_default(), files);
        }
        if baseline.len() > MAX_ENTRIES {
            return Err(Error::failure(format!(
                "a baseline has at most {MAX_ENTRIES} entries; nothing was written"
            ))
            .hint("leave out files or rules in `.treenail/check.yaml` first"));
        }
        let text = baseline.print();
        let write = |_: &dyn Fn() -> bool| {
            fs::write_with_folders(&path, text.as_bytes()).context(|| format!("cannot write `{shown}`"))
        };
        ui.write(write)?;
        ui.done(&format!("wrote {} to `{shown}`", counted(findings.len(), "finding")));
        Ok(())
    }
}
