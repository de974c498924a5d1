//! Puts a rendered tree into a directory and into Git: all of it or nothing.
//!
//! A directory that is new or empty gets a whole repository, built aside and moved into place in the end. In an
//! existing repository new files, and nothing else, are added to HEAD's tree, to the index and to the work tree,
//! under a journal from which a failed or killed run is undone. What changes files that are there is [`update`].

mod journal;
mod kept;
mod new_repository;
mod rollback;
mod session;
pub mod update;
mod work;
mod worktree;

use std::borrow::Cow;
use std::path::Path;

use crate::error::{Context, Error, Problem, Result};
use crate::fs::{Staging, Target};
use crate::git;
use crate::git::{Repo, Site};
use crate::tree::Mode;

/// A file to write.
#[derive(Clone, Copy, Debug)]
pub struct NewFile<'a> {
    /// Relative to the target directory, `/`-separated, without `..` and the like.
    pub path: &'a str,
    /// What goes into it.
    pub content: &'a [u8],
    /// Whether it may be executed.
    pub executable: bool,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The target directory.
    pub dir: &'a Path,
    /// The files, sorted by path.
    pub files: Vec<NewFile<'a>>,
    /// The message of the commit.
    pub message: &'a str,
    /// The first branch of a repository that is created here.
    pub branch: &'a str,
    /// The URL of `origin` of a repository that is created here.
    pub remote: Option<&'a str>,
    /// Whether to commit; if not, files are written and Git is left alone.
    pub commit: bool,
}

/// What is about to happen, for a progress display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Git objects are stored.
    Storing,
    /// A file is written aside.
    Writing {
        /// How many are written already.
        done: usize,
        /// How many there are.
        total: usize,
    },
    /// A file, or all at once, is moved into place or removed.
    Placing,
    /// The index follows.
    Staging,
    /// The commit is made; the last step that can be cancelled.
    Committing,
}

/// What has been done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landed {
    /// The full id of the new commit.
    pub commit: Option<String>,
    /// Whether a repository was created.
    pub repository_created: bool,
    /// The branch that the commit is on; `None` when detached or without a commit.
    pub branch: Option<String>,
}

/// A plan that nothing stood against when it was checked.
pub struct Ready<'a> {
    plan: &'a Plan<'a>,
    target: Target,
    place: Place,
}

enum Place {
    Fresh,
    Worktree(worktree::Grounds),
}

/// Checks everything that can be known before the first write, and lists all that is wrong.
///
/// Writes nothing, but for one thing: what an earlier run left half done when it was killed is completed or undone.
///
/// # Errors
/// A precondition with one problem for each path or setting in the way; a failure where something cannot be read.
pub fn preflight<'a>(plan: &'a Plan<'a>) -> Result<Ready<'a>> {
    let target = Target::resolve(plan.dir)?;
    let staging = Staging::path_for(&target);
    if Staging::is_busy(&staging) {
        return Err(Staging::busy(&staging));
    }
    let completed = new_repository::carry_on(&target)?;
    let checked = check(plan, target);
    if !completed {
        return checked;
    }
    checked.map_err(|error| error.hint("an earlier run was interrupted here; what it wrote is now in place"))
}

fn check<'a>(plan: &'a Plan<'a>, target: Target) -> Result<Ready<'a>> {
    let (problems, place) = match git::locate(&target.dir)? {
        Site::Fresh { .. } => {
            let identity = if plan.commit { git::check_identity() } else { Ok(()) };
            (new_repository::problems(plan, &target), identity.map(|()| Place::Fresh))
        }
        Site::Worktree(site) => {
            let repo = Repo::open(&site.root)?;
            session::recover_if_there(&repo)?;
            let problems = worktree::problems(&repo, &site.prefix, plan)?;
            let finish = plan.commit.then(|| repo.finish()).transpose();
            let grounds = finish.map(|finish| worktree::Grounds { repo, prefix: site.prefix, finish });
            (problems, grounds.map(Place::Worktree))
        }
    };
    match place {
        Ok(place) if problems.is_empty() => Ok(Ready { plan, target, place }),
        Err(error) if problems.is_empty() => Err(error),
        place => Err(refusal(plan, problems, place.err())),
    }
}

/// One error for everything that is in the way, the lack of an identity included.
fn refusal(plan: &Plan, problems: Vec<Problem>, identity: Option<Error>) -> Error {
    let error = Error::precondition(format!("cannot write to `{}`", plan.dir.display()))
        .problems(problems)
        .hint("or choose another directory");
    match identity {
        Some(identity) => error.problem(identity.message, identity.hints.join("; ")),
        None => error,
    }
}

/// Does what was planned. `progress` hears of each step before it is done; `cancelled` is asked as often.
///
/// # Errors
/// Whatever the reason, the old state is back then: a failure, a precondition that has come up since
/// [`preflight`], or a cancellation.
pub fn land(ready: Ready, progress: &dyn Fn(Step), cancelled: &dyn Fn() -> bool) -> Result<Landed> {
    let watch = Watch { progress, cancelled };
    let result = match ready.place {
        Place::Fresh => new_repository::land(ready.plan, &ready.target, &watch),
        Place::Worktree(grounds) => worktree::land(ready.plan, &ready.target, &grounds, &watch),
    };
    // Ctrl-C reaches a running `git` and its hooks too; then their complaints are beside the point.
    result.map_err(|error| if cancelled() && error.problems.is_empty() { Error::cancelled() } else { error })
}

struct Watch<'a> {
    progress: &'a dyn Fn(Step),
    cancelled: &'a dyn Fn() -> bool,
}

impl Watch<'_> {
    /// Reports `step`, unless the user has cancelled.
    fn at(&self, step: Step) -> Result<()> {
        (self.progress)(step);
        if (self.cancelled)() { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// Writes `entries` below `tree`.
    fn write(&self, tree: &Path, entries: &[git::Entry]) -> Result<()> {
        for (done, entry) in entries.iter().enumerate() {
            self.at(Step::Writing { done, total: entries.len() })?;
            rollback::write(&tree.join(&entry.path), &entry.content, entry.mode)
                .context(|| format!("cannot write `{}`", entry.path))?;
        }
        Ok(())
    }
}

impl<'a> Plan<'a> {
    /// The files as they are called from the root of a work tree in which the target directory is `prefix`.
    fn entries(&self, prefix: &str) -> Vec<git::Entry<'a>> {
        let entry = |file: &NewFile<'a>| git::Entry {
            path: format!("{prefix}{}", file.path),
            content: Cow::Borrowed(file.content),
            mode: Mode::of_file(file.executable),
        };
        self.files.iter().map(entry).collect()
    }
}
