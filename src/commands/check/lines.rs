//! Lines of checked files.

use crate::check::{FileContent, Files};

/// The lines of a file, split once for all its findings.
pub(crate) struct FileLines<'f>(Vec<&'f str>);

impl<'f> FileLines<'f> {
    /// Empty where `path` is not text.
    pub(crate) fn of(path: &str, files: &'f Files) -> Self {
        let bytes = match files.get(path) {
            Some(FileContent::Bytes(bytes)) => bytes.as_slice(),
            _ => &[],
        };
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        Self(text.trim_start_matches('\u{feff}').lines().collect())
    }

    /// `line` counts from 1.
    pub(crate) fn get(&self, line: usize) -> Option<&'f str> {
        self.0.get(line.checked_sub(1)?).copied()
    }
}
