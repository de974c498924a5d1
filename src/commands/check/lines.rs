//! The lines of the files that findings are in.

use crate::check::{FileContent, Files};

/// The lines of a file, found once for all of its findings.
pub(crate) struct Lines<'f>(Vec<&'f str>);

impl<'f> Lines<'f> {
    /// The lines of `path`; none where it is no text.
    pub(crate) fn of(path: &str, files: &'f Files) -> Self {
        let bytes = match files.get(path) {
            Some(FileContent::Bytes(bytes)) => bytes.as_slice(),
            _ => &[],
        };
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        Self(text.trim_start_matches('\u{feff}').lines().collect())
    }

    /// The line of that number, from 1.
    pub(crate) fn get(&self, line: usize) -> Option<&'f str> {
        self.0.get(line.checked_sub(1)?).copied()
    }
}
