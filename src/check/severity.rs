//! How severe a finding is.

use clap::ValueEnum;

/// From the worst to the mildest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Severity {
    /// It cannot work
    Error,
    /// It works by luck, or not everywhere
    Warning,
    /// Worth knowing
    Note,
}

impl Severity {
    /// Its name in reports and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}
