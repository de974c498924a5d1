//! What takes findings out of the report, or changes their severity: comments beside them, the list in the answers of a
//! generated repository, and the settings of any repository.

mod baseline;
pub(crate) mod comments;
mod earlier;
mod glob;
pub(crate) mod ignore_list;
mod settings;
mod settings_file;
mod taste;

use super::files::Files;
use super::finding::Finding;
use super::manifests::Manifests;
pub(crate) use baseline::{
    BASELINE_PATH, Baseline, BaselineEntry, InvalidBaseline, MAX_BASELINE, MAX_ENTRIES,
};
pub(crate) use settings::{MAX_SETTINGS, SETTINGS_PATH, Settings};

/// Which comments and lists count.
#[derive(Debug, Default)]
pub enum Suppressions {
    /// Those of the checked files.
    #[default]
    Current,
    /// None, so that a change cannot suppress what is found in it.
    None,
    /// Those that these files of an earlier revision had already.
    Earlier(Box<Files>),
}

impl Suppressions {
    /// Removes what is suppressed from `findings`. Returns how many findings comments, and lists and settings, suppress.
    pub(crate) fn apply(&self, manifests: &Manifests<'_>, findings: &mut Vec<Finding>) -> (usize, usize) {
        let files = manifests.files();
        let earlier = match self {
            Self::Earlier(earlier) => Some(&**earlier),
            Self::Current | Self::None => None,
        };
        taste::soften(earlier.unwrap_or(files), findings);
        if matches!(self, Self::None) {
            return (0, 0);
        }
        let allowed = comments::apply(manifests, earlier, findings);
        let listed = ignore_list::apply(files, earlier, findings);
        (allowed, listed + files.settings().apply(files, findings))
    }
}
