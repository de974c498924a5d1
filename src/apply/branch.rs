//! An update of a branch that is not checked out.

use super::transaction::Transaction;
use super::{Applied, Cancelled, Update, check, stop_if};
use crate::error::{Error, Result};
use crate::git::Repo;

/// Makes the commit, then points the branch `name` at it. After an error, no reference leads to the commit.
pub(super) fn apply(update: &Update, name: &str, repo: &Repo, cancelled: Cancelled) -> Result<Applied> {
    let transaction = Transaction::begin(repo)?;
    update.after(transaction.recover()?)?;
    // Before everything that depends on it, so that none of its moves is overlooked.
    let head = repo.head()?;
    let method = check::check(update, repo, &[], Vec::new())?;
    let branch = repo.new_branch(name, update.replaced_paths().as_deref())?;
    let branch = branch.map_err(|problem| Error::precondition(problem.message).hint(problem.fix))?;
    stop_if(cancelled)?;
    let deltas = update.stored(repo, &update.conversions(repo)?)?;
    let method = method.map_or_else(|| repo.commit_method(), Ok)?;
    let commit = repo.commit_on_branch(&head, &deltas, &method, update.message)?;
    stop_if(cancelled)?;
    repo.start(&branch, commit, &method, update.message)?;
    let branch = Some(branch.name().to_owned());
    let commit = Some(commit.to_string());
    Ok(Applied { commit, repository_created: false, branch, printed: repo.take_printed() })
}
