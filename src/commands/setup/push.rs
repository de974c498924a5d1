//! The first step: Argo CD reads what is pushed.

use super::Run;
use crate::delivery::publish::Standing;
use crate::error::{Error, Result};
use crate::git::Push;
use crate::shell;
use crate::ui::{interrupt, visible};

impl Run<'_> {
    /// Pushes the branch, unless the remote has it.
    ///
    /// # Errors
    /// There is no remote; it is another branch than the one that is deployed; the push is refused.
    pub(super) fn push(&self) -> Result<()> {
        let repo = &self.service.repo;
        let standing = Standing::known(repo)?;
        let Some(upstream) = &standing.upstream else {
            return Err(Error::precondition("the repository has no remote to push to")
                .hint("add the one that Argo CD reads: `git remote add origin URL`"));
        };
        if let Some(deployed) =
            self.service.delivery.branch.as_ref().filter(|deployed| **deployed != upstream.branch)
        {
            return Err(Error::precondition(format!(
                "`{}` is not the branch that is deployed",
                visible::line(&standing.branch)
            ))
            .hint(format!("`git switch {}` first", shell::word(deployed))));
        }
        let standing = self.ui.during("looking at the remote", || Standing::fetched(repo, self.asks()))?;
        if standing.is_pushed() {
            self.skipped(&format!("`{}` is pushed", visible::line(&upstream.shown())));
            return Ok(());
        }
        let push = Push {
            remote: &upstream.remote,
            branch: &standing.branch,
            to: &upstream.branch,
            options: &[],
            replaces: None,
        };
        interrupt::writing(|_| repo.push(&push)).map_err(|error| {
            error.hint("fix what Git reports, then run the command again; nothing else was done yet")
        })?;
        self.ui.done(&format!("pushed to `{}`", visible::line(&upstream.shown())));
        Ok(())
    }

    /// Says that a step is done already.
    pub(super) fn skipped(&self, what: &str) {
        self.ui.message(&format!("  already done: {what}"));
    }
}
