//! New files in the work tree of an existing repository.
//!
//! First what needs space, and out of sight: Git objects, then the files aside. Then what shows: the files are moved
//! into place, the index gets their entries, the branch moves on. The journal spans all of it after the objects.

use super::journal::{self, Journal, Session};
use super::{Landed, Plan, Step, Watch};
use crate::disk::{self, Staging, Target};
use crate::error::{Context, Problem, Result};
use crate::repo::{CommitId, Entry, Finish, Head, Repo, Stored};

/// The repository to land in.
pub(super) struct Grounds {
    pub repo: Repo,
    /// The target directory within the work tree: empty, or ending in `/`.
    pub prefix: String,
    /// How to commit; `None` for not at all.
    pub finish: Option<Finish>,
}

/// What stands against the plan.
pub(super) fn problems(repo: &Repo, prefix: &str, plan: &Plan) -> Result<Vec<Problem>> {
    let mut problems = if plan.commit { repo.unrest() } else { Vec::new() };
    if let Some(busy) = journal::busy(repo) {
        problems.push(busy);
    }
    let entries = plan.entries(prefix);
    let paths = || entries.iter().map(|entry| entry.path.as_str());
    let mut found = disk::obstacles(repo.root(), paths())
        .context(|| format!("cannot look into `{}`", repo.root().display()))?;
    for (path, problem) in repo.tracked_obstacles(paths())? {
        // What is in the work tree as well has been listed already.
        found.entry(path).or_insert(problem);
    }
    problems.extend(found.into_values());
    Ok(problems)
}

/// Writes the files, and commits them where the plan says so; on any error all of it is undone.
pub(super) fn land(plan: &Plan, target: &Target, grounds: &Grounds, watch: &Watch) -> Result<Landed> {
    let repo = &grounds.repo;
    let session = Session::begin(repo)?;
    let entries = plan.entries(&grounds.prefix);
    let head = repo.head()?;
    watch.at(Step::Storing)?;
    let stored = entries
        .iter()
        .map(|entry| if plan.commit { repo.store(entry) } else { Stored::predict(entry) })
        .collect::<Result<Vec<_>>>()?;
    let work = Work { plan, grounds, watch, entries, head, stored };
    let commit = work.prepare()?;
    session.write(&Journal::new(repo.root(), &Staging::path_for(target), &work.stored))?;
    let done =
        work.place(target).and_then(|()| work.commit(commit)).and_then(|()| session.close(plan.commit));
    if let Err(error) = done {
        return Err(match session.undo() {
            Ok(()) => error,
            Err(other) => error.problem(
                format!("what was written could not be taken back: {other}"),
                "run the command again; it begins with taking it back",
            ),
        });
    }
    let commit = if plan.commit { repo.head_commit()? } else { None };
    let branch = if plan.commit { work.head.branch().map(str::to_owned) } else { None };
    Ok(Landed { commit, repository_created: false, branch })
}

struct Work<'a> {
    plan: &'a Plan<'a>,
    grounds: &'a Grounds,
    watch: &'a Watch<'a>,
    entries: Vec<Entry<'a>>,
    head: Head,
    stored: Vec<Stored>,
}

impl Work<'_> {
    /// Creates the commit, unless the `git` command is going to; nothing refers to it yet.
    fn prepare(&self) -> Result<Option<CommitId>> {
        let Some(Finish::Direct(identity)) = &self.grounds.finish else { return Ok(None) };
        let repo = &self.grounds.repo;
        repo.create_commit(&self.head, &self.stored, identity, self.plan.message).map(Some)
    }

    fn place(&self, target: &Target) -> Result<()> {
        let staging = Staging::begin(Staging::path_for(target))?;
        self.watch.write(&staging.tree(), &self.entries)?;
        self.watch.at(Step::Placing)?;
        let root = self.grounds.repo.root();
        disk::merge_into(&staging.tree(), root).context(|| format!("cannot write to `{}`", root.display()))
    }

    fn commit(&self, prepared: Option<CommitId>) -> Result<()> {
        if !self.plan.commit {
            return Ok(());
        }
        let repo = &self.grounds.repo;
        self.watch.at(Step::Staging)?;
        repo.stage(&self.stored)?;
        self.watch.at(Step::Committing)?;
        match prepared {
            Some(commit) if !self.entries.iter().any(|entry| repo.is_filtered(entry)) => {
                repo.advance(&self.head, commit, self.plan.message)
            }
            _ => self.commit_by_command(),
        }
    }

    fn commit_by_command(&self) -> Result<()> {
        let repo = &self.grounds.repo;
        let done = repo.commit_by_command(&self.stored, self.plan.message);
        // Git can fail after the commit was made, for instance in writing the index.
        if done.is_err() && repo.uncommitted(self.stored.clone())?.is_empty() {
            return Ok(());
        }
        done
    }
}
