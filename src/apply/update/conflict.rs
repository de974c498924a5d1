//! An update with conflicts for the user to resolve, in the state in which `git cherry-pick` would leave them.

use std::path::Path;

use super::place::staging;
use super::{File, Recovery, Update, check, recovered};
use crate::apply::journal::{Ending, Journal};
use crate::apply::session::Session;
use crate::apply::work;
use crate::apply::work::{Closing, Work};
use crate::apply::{Landed, Step, Watch};
use crate::error::{Error, Problem, Result};
use crate::git::{Blob, Change, Repo, Unmerged};
use crate::shell;

/// A path on which the user and the scaffold do not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict<'a> {
    /// Relative to the folder that is updated, `/`-separated.
    pub path: &'a str,
    /// What both come from; `None` for nothing, as with the others.
    pub base: Option<File<'a>>,
    /// What the last commit has.
    pub here: Option<Blob>,
    /// What the user has; of a file that the scaffold has moved to this path, that is from elsewhere.
    pub ours: Option<Blob>,
    /// What the scaffold has.
    pub theirs: Option<File<'a>>,
    /// What the work tree gets: the text with markers, or one of the sides.
    pub work: Option<File<'a>>,
}

/// Does the changes of `update` to the work tree and the index, puts the `conflicts` there and leaves the rest to
/// the user: [`resume`] or `git cherry-pick --continue` makes the commit, [`cancel`] or `git cherry-pick --abort`
/// gives it up.
///
/// # Errors
/// As for [`super::preflight`] and [`super::land`]. Anything that is staged is in the way too, for it would become
/// part of the commit, or be dropped with it.
pub fn conflict(
    update: &Update,
    conflicts: &[Conflict],
    progress: &dyn Fn(Step),
    cancelled: &dyn Fn() -> bool,
) -> Result<Landed> {
    let repo = Repo::open(update.root)?;
    let session = Session::begin(&repo)?;
    recovered(session.recover()?)?;
    let watch = Watch { progress, cancelled };
    land(update, conflicts, &repo, &session, &watch)
}

fn land(
    update: &Update,
    conflicts: &[Conflict],
    repo: &Repo,
    session: &Session,
    watch: &Watch,
) -> Result<Landed> {
    let disputed = disputed(update, conflicts, &|file| Blob::of(file.content, file.mode))?;
    let predicted = update.predicted(repo)?;
    let touched: Vec<&str> = predicted.iter().chain(&disputed).map(|change| change.path.as_str()).collect();
    let finish = check::check(update, repo, &disputed, staged(repo, &touched)?)?;
    let Some(finish) = finish else { return Err(Error::failure("conflicts need a commit to come")) };

    watch.at(Step::Storing)?;
    let head = repo.head()?;
    let clean = update.stored(repo)?;
    let unmerged = unmerged(update, conflicts, repo)?;
    let pick = repo.create_pick(&head, &clean, &unmerged, &finish, update.message)?;
    let disputed = self::disputed(update, conflicts, &|file| repo.store(file.content, file.mode))?;
    let all: Vec<Change> = clean.into_iter().chain(disputed).collect();
    let todo: Vec<Change> = all.iter().filter(|change| change.before != change.after).cloned().collect();
    let entries = work::entries_of(repo, &todo)?;
    let journal = Journal::new(repo.root(), &staging(update)?, Ending::Pick(pick), &all);
    let work = Work { repo, all, todo, entries, watch };
    let message = update.message.to_owned();
    session.keep_edits(pick, &work.all)?;
    if let Err(error) = work.begin(session, &journal, || Closing::Pick { pick, unmerged, message }) {
        // Taking back has brought the edits back; where it could not, the next run has another try.
        return session.settle_edits().and(Err(error));
    }
    Ok(Landed { commit: None, repository_created: false, branch: head.branch().map(str::to_owned) })
}

/// What becomes of the paths in conflict in the work tree.
fn disputed(
    update: &Update,
    conflicts: &[Conflict],
    blob: &dyn Fn(&File) -> Result<Blob>,
) -> Result<Vec<Change>> {
    let change = |conflict: &Conflict| {
        let path = format!("{}{}", update.prefix, conflict.path);
        let after = conflict.work.as_ref().map(blob).transpose()?;
        Ok(Change { path, before: conflict.here, after, edited: None })
    };
    conflicts.iter().map(change).collect()
}

fn unmerged(update: &Update, conflicts: &[Conflict], repo: &Repo) -> Result<Vec<Unmerged>> {
    let store = |file: Option<File>| file.map(|file| repo.store(file.content, file.mode)).transpose();
    let unmerged = |conflict: &Conflict| {
        Ok(Unmerged {
            path: format!("{}{}", update.prefix, conflict.path),
            base: store(conflict.base)?,
            ours: conflict.ours,
            theirs: store(conflict.theirs)?,
        })
    };
    conflicts.iter().map(unmerged).collect()
}

/// What is staged, except at the `touched` paths, which are looked at anyway.
fn staged(repo: &Repo, touched: &[&str]) -> Result<Vec<Problem>> {
    let staged = repo.staged_elsewhere(touched)?;
    let problem = |path: String| {
        let mend = format!(
            "commit it, or take it out of the index with `git restore --staged {}`",
            shell::path(&path)
        );
        Problem::new(format!("`{path}` is staged, and would become part of the resolution"), mend)
    };
    Ok(staged.into_iter().map(problem).collect())
}

/// Makes the commit of the update that waits in the work tree `root` for its conflicts to be resolved, or brings an
/// interrupted update there to its end.
///
/// # Errors
/// A precondition: none waits, or conflicts are left, each a problem. A failure where Git, a hook or the signing
/// program says no; then it still waits.
pub fn resume(root: &Path) -> Result<Landed> {
    let repo = Repo::open(root)?;
    let session = Session::begin(&repo)?;
    match (session.recover()?, repo.picking()) {
        (_, Some(pick)) => {
            let problems = repo.unresolved(pick)?;
            if !problems.is_empty() {
                return Err(Error::precondition("conflicts are left")
                    .problems(problems)
                    .hint("or give the upgrade up with `treenail upgrade --abort`"));
            }
            repo.finish_pick()?;
            session.settle_edits()?;
        }
        (Recovery::Completed, None) => {}
        (_, None) => {
            return Err(Error::precondition(format!("no upgrade waits in `{}`", root.display()))
                .hint("start one with `treenail upgrade`"));
        }
    }
    let branch = repo.head()?.branch().map(str::to_owned);
    Ok(Landed { commit: repo.head_commit()?, repository_created: false, branch })
}

/// Gives the update up that waits in the work tree `root`, or that was interrupted there; everything is as it was
/// before. Gives [`Recovery::Completed`] where it turns out that it had come to its end already.
///
/// # Errors
/// A precondition: there is none. A failure where Git says no, for instance because a file that the update had
/// changed was changed once more.
pub fn cancel(root: &Path) -> Result<Recovery> {
    let repo = Repo::open(root)?;
    let session = Session::begin(&repo)?;
    let cancelled = match (session.cancel()?, repo.picking()) {
        (Recovery::TakenBack, _) => Ok(Recovery::TakenBack),
        (_, Some(_)) => repo.abort_pick().map(|()| Recovery::TakenBack),
        (Recovery::Completed, None) => Ok(Recovery::Completed),
        (Recovery::Nothing, None) => {
            Err(Error::precondition(format!("no upgrade waits in `{}`", root.display()))
                .hint("a commit that was made is taken back with `git revert`"))
        }
    };
    // A kill may have come before or after the edits were put back; kept for later they would come as a surprise.
    session.settle_edits().and(cancelled)
}
