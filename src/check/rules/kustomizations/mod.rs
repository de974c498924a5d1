//! Kustomizations, and what they build.

mod builds;
mod duplicates;
mod entries;

use crate::check::finding::Finding;
use crate::check::model::Model;

/// Adds what is wrong.
pub(crate) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    builds::findings(model.builds, found);
    duplicates::findings(model.builds, found);
    entries::findings(model.builds, found);
}
