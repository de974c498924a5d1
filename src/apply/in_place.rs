//! An update of a work tree, with or without a commit.

use super::journal::Journal;
use super::transaction::Transaction;
use super::work_tree::{Addition, Completion, WorkTree};
use super::{Applied, Cancelled, Update, check, stop_if};
use crate::error::Result;
use crate::fs;
use crate::git::{CommitMethod, Delta, Head, Repo};
use crate::tree::Mode;

/// Writes the files, and commits them if the update asks for it; any error undoes everything.
pub(super) fn apply(update: &Update, repo: &Repo, cancelled: Cancelled) -> Result<Applied> {
    let transaction = Transaction::begin(repo)?;
    update.after(transaction.recover()?)?;
    // Much can have happened since the first check. HEAD is read before, so that none of its moves is overlooked.
    let head = repo.head()?;
    let method = check::check(update, repo, &[], Vec::new())?;
    stop_if(cancelled)?;
    // Files that are new to Git and not committed are none of its business.
    let is_stored = !update.is_initial || method.is_some();
    let conversions = update.conversions(repo)?;
    let mut deltas = if is_stored { update.stored(repo, &conversions)? } else { update.predicted(repo)? };
    deltas.retain(|delta| delta.before != delta.after);
    let completion = completion(update, repo, &head, method.as_ref(), &deltas)?;
    let files = match (update.is_initial, is_stored) {
        (true, true) => conversions.files_to_add(&deltas, &update.files())?,
        (true, false) => update.files(),
        (false, _) => conversions.written_files(&deltas)?,
    };
    let journal = Journal::new(repo.root(), staging(&update.prefix, repo)?, completion.ending(), &deltas);
    let work_tree = WorkTree { repo, todo: deltas.clone(), all: deltas, files, completion, cancelled };
    let head = transaction.run(&work_tree, &journal)?;
    Ok(Applied {
        commit: head.as_ref().and_then(Head::commit),
        repository_created: false,
        branch: head.as_ref().and_then(Head::branch).map(str::to_owned),
        printed: repo.take_printed(),
    })
}

/// Chooses the staging folder: `None` for the one below the Git directory, which must be on the file system of the files,
/// since they are moved; else the path of one beside them. All of them are below `prefix`.
pub(super) fn staging(prefix: &str, repo: &Repo) -> Result<Option<String>> {
    let mut folder = prefix.trim_end_matches('/');
    while !folder.is_empty() && !fs::is_folder(&repo.root().join(folder)) {
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
    if fs::are_on_one_file_system(&repo.git_dir(), &repo.root().join(folder)) {
        return Ok(None);
    }
    let name = fs::staging_name()?;
    Ok(Some(if folder.is_empty() { name } else { format!("{folder}/{name}") }))
}

fn completion(
    update: &Update,
    repo: &Repo,
    head: &Head,
    method: Option<&CommitMethod>,
    deltas: &[Delta],
) -> Result<Completion> {
    let (head, message) = (head.clone(), update.message);
    let commit = match method {
        Some(CommitMethod::Direct(signatures)) => {
            Some(repo.create_commit(&head, deltas, signatures, message)?)
        }
        _ => None,
    };
    Ok(match (method, commit) {
        (None, _) if update.is_initial => Completion::Add(None),
        (None, _) => Completion::Files,
        _ if update.is_initial => {
            Completion::Add(Some(Addition { head, commit, message: message.to_owned() }))
        }
        (_, Some(commit)) => Completion::Commit { head, commit },
        (_, None) => Completion::Command { head, message: repo.store(message.as_bytes(), Mode::Regular)? },
    })
}
