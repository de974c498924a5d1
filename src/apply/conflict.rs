//! An update with conflicts that the user resolves, in the state in which `git cherry-pick` would leave them.

use std::path::Path;

use super::in_place::staging;
use super::journal::Journal;
use super::transaction::{Transaction, lock_held};
use super::work_tree::{Completion, WorkTree};
use super::{Applied, Cancelled, Recovery, Update, check, kept_edits, stop_if};
use crate::error::{Error, Problem, Result};
use crate::git::{Blob, CommitMethod, Conversions, Delta, Repo, Unmerged};
use crate::merge::{Conflict, ConflictKind};
use crate::shell;
use crate::tree::{Change, File, Mode};

/// Makes the changes of `update` in the work tree and the index, leaves the `conflicts` there, and the rest to the
/// user: [`resume`] or `git cherry-pick --continue` makes the commit, [`super::abort`] undoes everything.
///
/// # Errors
/// As for [`super::preflight`] and [`super::apply`]. Staged changes are in the way too, since they would become part of
/// the commit, or be dropped with it.
pub fn apply_with_conflicts<'a>(
    mut update: Update<'a>,
    conflicts: &'a [Conflict],
    cancelled: &dyn Fn() -> bool,
) -> Result<Applied> {
    leave_out(&mut update, conflicts);
    let repo = Repo::open(&update.root)?;
    let transaction = Transaction::begin(&repo)?;
    update.after(transaction.recover()?)?;
    update.protect_state(&repo)?;
    write(&update, conflicts, &repo, &transaction, cancelled)
}

/// Checks as [`apply_with_conflicts`] does, and writes nothing.
///
/// # Errors
/// As for [`super::preflight`].
pub(crate) fn rehearse_with_conflicts<'a>(mut update: Update<'a>, conflicts: &'a [Conflict]) -> Result<()> {
    leave_out(&mut update, conflicts);
    let repo = Repo::open_to_read(&update.root)?;
    update.protect_state(&repo)?;
    check(&update, conflicts, &repo, lock_held(&repo).into_iter().collect()).map(drop)
}

/// Takes the paths in conflict out of the changes of `update`.
fn leave_out<'a>(update: &mut Update<'a>, conflicts: &'a [Conflict]) {
    update.changes.retain(|change| conflicts.iter().all(|conflict| conflict.path != change.path));
    let left: Vec<_> = conflicts.iter().filter_map(left_by).collect();
    let is_taken = |path: &str| update.changes.iter().any(|change| change.path == path);
    let left: Vec<_> = left.into_iter().filter(|change| !is_taken(change.path)).collect();
    update.changes.extend(left);
}

/// Checks everything that can be known before the first write, and adds the already known `problems`.
fn check(
    update: &Update,
    conflicts: &[Conflict],
    repo: &Repo,
    mut problems: Vec<Problem>,
) -> Result<Option<CommitMethod>> {
    let in_conflict = deltas(update, conflicts, &|_, file| Blob::of(&file.content, file.mode))?;
    let predicted = update.predicted(repo)?;
    let touched: Vec<&str> = predicted.iter().chain(&in_conflict).map(|delta| delta.path.as_str()).collect();
    problems.extend(staged(repo, &touched)?);
    check::check(update, repo, &in_conflict, problems)
}

/// Returns the removal of a file in conflict from its old path.
fn left_by(conflict: &Conflict) -> Option<Change<'_>> {
    let path = conflict.from.as_deref().filter(|_| !cannot_move(conflict))?;
    Some(Change { path, before: Some(conflict.ours.as_ref()?), after: None })
}

/// Whether the user's file stays where it is, so that the conflict is about its new path.
fn cannot_move(conflict: &Conflict) -> bool {
    matches!(conflict.kind, ConflictKind::MoveTargetTaken { .. })
}

fn write(
    update: &Update,
    conflicts: &[Conflict],
    repo: &Repo,
    transaction: &Transaction,
    cancelled: Cancelled,
) -> Result<Applied> {
    // Before everything that depends on it, so that none of its moves is overlooked.
    let head = repo.head()?;
    let method = check(update, conflicts, repo, Vec::new())?;
    let Some(method) = method else { return Err(Error::failure("conflicts need a commit to come")) };

    stop_if(cancelled)?;
    let conversions =
        update.conversions_with(repo, conflicts.iter().map(|conflict| conflict.path.as_str()))?;
    let clean = update.stored(repo, &conversions)?;
    let unmerged = unmerged(update, conflicts, &conversions)?;
    let pick = repo.create_pick(&head, &clean, &unmerged, &method, update.message)?;
    let in_conflict = deltas(update, conflicts, &|path, file| conversions.store(path, file))?;
    let all: Vec<Delta> = clean.into_iter().chain(in_conflict).collect();
    let todo: Vec<Delta> = all.iter().filter(|delta| delta.before != delta.after).cloned().collect();
    let files = conversions.written_files(&todo)?;
    kept_edits::keep(repo, pick, &all)?;
    let completion = Completion::Pick { head: head.clone(), pick, unmerged };
    let journal = Journal::new(repo.root(), staging(&update.prefix, repo)?, completion.ending(), &all);
    let work_tree = WorkTree { repo, all, todo, files, completion, cancelled };
    if let Err(error) = transaction.run(&work_tree, &journal) {
        // Undoing has brought the edits back; if it could not, the next run tries again.
        return kept_edits::settle(repo).and(Err(error));
    }
    let branch = head.branch().map(str::to_owned);
    Ok(Applied { commit: None, repository_created: false, branch, printed: repo.take_printed() })
}

/// Returns the changes of the paths in conflict in the work tree: each gets the text with markers, or one
/// side.
fn deltas(
    update: &Update,
    conflicts: &[Conflict],
    blob: &dyn Fn(&str, &File) -> Result<Blob>,
) -> Result<Vec<Delta>> {
    let delta = |conflict: &Conflict| {
        let path = format!("{}{}", update.prefix, conflict.path);
        let current = conflict.current.as_ref();
        let before = current.map(|file| update.blob_before(&conflict.path, file)).transpose()?;
        let marked = conflict
            .marked
            .as_ref()
            .map(|content| File { mode: merged_mode(conflict), content: content.clone() });
        let after = match &marked {
            _ if cannot_move(conflict) => current,
            Some(marked) => Some(marked),
            None => conflict.ours.as_ref(),
        };
        let after =
            if after == current { before } else { after.map(|file| blob(&path, file)).transpose()? };
        Ok(Delta { path, before, after, edited: None })
    };
    conflicts.iter().map(delta).collect()
}

/// Returns the executable bit of the text with markers: as in Git, a conflict in the lines does not keep it from being merged.
fn merged_mode(conflict: &Conflict) -> Mode {
    let mode = |file: &Option<File>| file.as_ref().map(|file| file.mode);
    match (mode(&conflict.base), mode(&conflict.ours), mode(&conflict.theirs)) {
        (Some(base), Some(ours), Some(theirs)) if ours == base => theirs,
        (_, ours, _) => ours.unwrap_or(Mode::Regular),
    }
}

fn unmerged(update: &Update, conflicts: &[Conflict], conversions: &Conversions) -> Result<Vec<Unmerged>> {
    let unmerged = |conflict: &Conflict| {
        let path = format!("{}{}", update.prefix, conflict.path);
        let store = |file: Option<&File>| file.map(|file| conversions.store(&path, file)).transpose();
        let (base, ours) = if cannot_move(conflict) {
            (None, conflict.current.as_ref())
        } else {
            (conflict.base.as_ref(), conflict.ours.as_ref())
        };
        let is_here = conflict.from.is_none() || cannot_move(conflict);
        let ours = match ours {
            Some(ours) if is_here && update.stored.contains_key(&conflict.path) => {
                Some(update.blob_before(&conflict.path, ours)?)
            }
            ours => store(ours)?,
        };
        Ok(Unmerged { base: store(base)?, ours, theirs: store(conflict.theirs.as_ref())?, path })
    };
    conflicts.iter().map(unmerged).collect()
}

/// Returns problems for staged files outside the `touched` paths, which are checked anyway.
fn staged(repo: &Repo, touched: &[&str]) -> Result<Vec<Problem>> {
    let staged = repo.staged_elsewhere(touched)?;
    let problem = |path: String| {
        let fix = format!(
            "commit it, or take it out of the index with `git restore --staged {}`",
            shell::path(&path)
        );
        Problem::new(format!("`{path}` is staged, and would become part of the resolution"), fix)
    };
    Ok(staged.into_iter().map(problem).collect())
}

/// What [`resume`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// The commit.
    pub applied: Applied,
    /// The paths in it that the user staged meanwhile and the update did not touch. `git cherry-pick --continue` commits
    /// them too: a resolution may need them.
    pub also_committed: Vec<String>,
}

/// Commits the update whose conflicts the user has resolved in the work tree `root`, or completes an interrupted one
/// there.
///
/// # Errors
/// A precondition: no update is waiting, or conflicts are left, each a problem. A failure of Git, a hook or the signing
/// program; then the update is still waiting.
pub fn resume(root: &Path) -> Result<Resumed> {
    let repo = Repo::open(root)?;
    let transaction = Transaction::begin(&repo)?;
    let mut also_committed = Vec::new();
    match (transaction.recover()?, repo.current_pick()) {
        (_, Some(pick)) => {
            let problems = repo.unresolved(pick)?;
            if !problems.is_empty() {
                return Err(Error::precondition("conflicts are left")
                    .problems(problems)
                    .hint("or give the upgrade up with `treenail upgrade --abort`"));
            }
            let files = repo.files_of(pick)?;
            let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
            also_committed = repo.staged_elsewhere(&paths)?;
            repo.finish_pick()?;
            kept_edits::settle(&repo)?;
        }
        (Recovery::Completed, None) => {}
        (_, None) => {
            return Err(Error::precondition(format!("no upgrade waits in `{}`", root.display()))
                .hint("start one with `treenail upgrade`"));
        }
    }
    let branch = repo.head()?.branch().map(str::to_owned);
    let (commit, printed) = (repo.head_commit()?, repo.take_printed());
    let applied = Applied { commit, repository_created: false, branch, printed };
    Ok(Resumed { applied, also_committed })
}
