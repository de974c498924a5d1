//! New files in the work tree of an existing repository.

use std::collections::BTreeSet;

use super::journal::{Ending, Journal};
use super::session;
use super::session::Session;
use super::work::{Closing, Work};
use super::{Landed, Plan, Step, Watch};
use crate::error::{Context, Problem, Result};
use crate::fs;
use crate::fs::{Staging, Target};
use crate::git::{Change, CommitId, Finish, Head, Repo};

/// The repository to land in.
pub(super) struct Grounds {
    pub(crate) repo: Repo,
    /// The target directory within the work tree: empty, or ending in `/`.
    pub(crate) prefix: String,
    /// How to commit; `None` for not at all.
    pub(crate) finish: Option<Finish>,
}

/// What stands against the plan.
pub(super) fn problems(repo: &Repo, prefix: &str, plan: &Plan) -> Result<Vec<Problem>> {
    let mut problems = if plan.commit { repo.unrest() } else { Vec::new() };
    if let Some(busy) = session::busy(repo) {
        problems.push(busy);
    }
    let entries = plan.entries(prefix);
    let paths = || entries.iter().map(|entry| entry.path.as_str());
    let mut found = fs::obstacles(repo.root(), paths(), &BTreeSet::new())
        .context(|| format!("cannot look into `{}`", repo.root().display()))?;
    for (path, problem) in repo.tracked_obstacles(paths(), &BTreeSet::new())? {
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
    session.recover()?;
    let entries = plan.entries(&grounds.prefix);
    let head = repo.head()?;
    watch.at(Step::Storing)?;
    let changes = entries
        .iter()
        .map(|entry| {
            let stored = if plan.commit { repo.store(&entry.content, entry.mode) } else { entry.predict() };
            Ok(entry.added(stored?))
        })
        .collect::<Result<Vec<Change>>>()?;
    let commit = match &grounds.finish {
        Some(Finish::Direct(identity)) => {
            Some(repo.create_commit(&head, &changes, identity, plan.message)?)
        }
        _ => None,
    };
    let journal = Journal::new(repo.root(), &Staging::path_for(target), Ending::Unknown, &changes);
    let work = Work { repo, todo: changes.clone(), all: changes, entries, watch };
    work.begin(&session, &journal, || closing(plan, &work, &head, commit))?;
    let commit = if plan.commit { repo.head_commit()? } else { None };
    let branch = if plan.commit { head.branch().map(str::to_owned) } else { None };
    Ok(Landed { commit, repository_created: false, branch })
}

/// How to end, now that the files are in place: only then is it known which of them Git filters.
fn closing(plan: &Plan, work: &Work, head: &Head, commit: Option<CommitId>) -> Closing {
    let message = plan.message.to_owned();
    match commit {
        _ if !plan.commit => Closing::Files,
        Some(commit) if !work.entries.iter().any(|entry| work.repo.is_filtered(entry)) => {
            Closing::Commit { head: head.clone(), commit, message }
        }
        _ => Closing::Add { message },
    }
}
