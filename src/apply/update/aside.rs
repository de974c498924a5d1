//! Lands an update on a branch that is not checked out.

use super::{Update, check, recovered};
use crate::apply::session::Session;
use crate::apply::{Landed, Step, Watch};
use crate::error::{Error, Result};
use crate::git::Repo;

/// Makes the commit, then the branch `name`; what is left on an error is nothing that anything refers to.
pub(super) fn land(update: &Update, name: &str, repo: &Repo, watch: &Watch) -> Result<Landed> {
    let session = Session::begin(repo)?;
    recovered(session.recover()?)?;
    let finish = check::check(update, repo, &[], Vec::new())?;
    let branch =
        repo.upstart(name)?.map_err(|problem| Error::precondition(problem.message).hint(problem.fix))?;
    let head = repo.head()?;
    watch.at(Step::Storing)?;
    let changes = update.stored(repo)?;
    let finish = finish.map_or_else(|| repo.finish(), Ok)?;
    let commit = repo.commit_aside(&head, &changes, &finish, update.message)?;
    watch.at(Step::Committing)?;
    repo.start(&branch, commit, &finish, update.message)?;
    let branch = Some(branch.name().to_owned());
    Ok(Landed { commit: Some(commit.to_string()), repository_created: false, branch })
}
