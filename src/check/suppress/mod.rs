//! What takes findings out of the report: comments beside them, and the list of a repository.

pub(crate) mod comments;
mod earlier;
mod glob;
pub(crate) mod ignore_list;

use super::files::Files;
use super::finding::Finding;
use super::manifests::Manifests;

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
    /// Removes what is suppressed from `findings`. Returns how many findings comments and lists suppress.
    pub(crate) fn apply(&self, manifests: &Manifests<'_>, findings: &mut Vec<Finding>) -> (usize, usize) {
        let earlier = match self {
            Self::Current => None,
            Self::None => return (0, 0),
            Self::Earlier(earlier) => Some(&**earlier),
        };
        let allowed = comments::apply(manifests, earlier, findings);
        (allowed, ignore_list::apply(manifests.files(), earlier, findings))
    }
}
