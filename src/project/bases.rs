//! What an upgrade does with the copies of the base, which promotions alone write: it makes those that are missing, and removes
//! those that no environment is built on any more.

use crate::error::{Error, Result};
use crate::merge::{ChangeKind, Notice, Plan, PlannedChange};
use crate::scaffold::render::bases::{self, EnvironmentBase};
use crate::shell;
use crate::tree::Tree;

/// The bases of all environments, with the answers of before and of now.
pub(super) struct PromotedBases {
    was: Vec<EnvironmentBase>,
    is: Vec<EnvironmentBase>,
}

impl PromotedBases {
    /// Takes those of now for those of before, if these are not known.
    pub(super) fn new(was: Option<Vec<EnvironmentBase>>, is: Vec<EnvironmentBase>) -> Self {
        Self { was: was.unwrap_or_else(|| is.clone()), is }
    }

    /// Refuses a folder that is to become the copy of an environment, and has something already.
    ///
    /// # Errors
    /// A precondition that names each.
    pub(super) fn refuse_strangers(&self, ours: &Tree) -> Result<()> {
        let folders = bases::strangers(&self.was, &self.is, ours);
        if folders.is_empty() {
            return Ok(());
        }
        let error = Error::precondition("a folder for the base of an environment exists already");
        Err(folders.into_iter().fold(error, |error, folder| {
            let hint =
                format!("move it away, or delete it if it is left over: git rm -r {}", shell::path(folder));
            error.problem(format!("`{folder}` is not a copy that an environment is built on"), hint)
        }))
    }

    /// Returns the copies, and the other files: nothing is merged into a copy, nor moved there.
    pub(super) fn set_aside(&self, ours: Tree) -> (Tree, Tree) {
        ours.into_iter().partition(|(path, _)| bases::is_in_copy([&self.was, &self.is], path))
    }

    /// Adds the copies that environments do not have yet: of what they were built on `before`, if that is to stay.
    pub(super) fn add_to(&self, plan: &mut Plan, before: Option<&Tree>) {
        for (path, file) in bases::missing(&self.is, before.unwrap_or(&plan.result), &plan.result) {
            plan.changes.push(PlannedChange {
                path: path.clone(),
                from: None,
                what: ChangeKind::Added,
                why: "a copy, which promotions replace from now on",
            });
            plan.result.insert(path, file);
        }
        plan.changes.sort_by(|one, other| one.path.cmp(&other.path));
    }

    /// Removes the copies that no environment is built on any more, unless something is in them alone.
    pub(super) fn remove_from(&self, plan: &mut Plan, ours: &Tree) {
        for (folder, is_elsewhere) in bases::unused(&self.was, &self.is, ours) {
            if !is_elsewhere {
                let message = "no environment is built on it any more: `git rm -r` deletes it".into();
                plan.notices.push(Notice { path: folder, message });
                continue;
            }
            for path in ours.keys().filter(|path| path.starts_with(&folder)) {
                plan.result.remove(path);
                plan.changes.push(PlannedChange {
                    path: path.clone(),
                    from: None,
                    what: ChangeKind::Deleted,
                    why: "a copy, which no environment is built on any more",
                });
            }
        }
        plan.changes.sort_by(|one, other| one.path.cmp(&other.path));
    }
}
