//! A directory that is new or empty: the whole repository is built aside, then moved into place.
//!
//! A new directory appears by a single rename. An empty one must stay the same directory (it may be the shell's
//! current one), so its entries are moved in one by one, `.git` last: until then it is no repository. A run that is
//! killed between two of these moves is carried on by the next, from the sealed staging folder.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::{Landed, Plan, Step, Watch};
use crate::error::{Context, Problem, Result};
use crate::fs;
use crate::fs::{Staging, Target};
use crate::git;
use crate::git::{Change, Finish, Repo};

/// What stands against the plan.
pub(super) fn problems(plan: &Plan, target: &Target) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !fs::is_writable(&target.anchor) {
        let shown = target.anchor.display();
        problems.push(Problem::new(format!("`{shown}` cannot be written to"), "mend its permissions"));
    }
    if plan.commit && !git::is_branch_name(plan.branch) {
        problems.push(Problem::new(format!("`{}` cannot be a branch", plan.branch), "choose another name"));
    }
    problems
}

/// Completes what a killed run had begun to move into an empty directory; gives whether there was such a thing.
pub(super) fn carry_on(target: &Target) -> Result<bool> {
    let Some(staging) = Staging::resume(&Staging::path_for(target))? else { return Ok(false) };
    let moved = names(&staging).and_then(|names| fs::move_entries(&staging.tree(), &target.dir, &names));
    if let Err(error) = moved {
        staging.leave();
        return Err(error)
            .context(|| format!("cannot complete the interrupted run in `{}`", target.dir.display()))
            .map_err(|error| error.hint("move away what is in the way, then run the command again"));
    }
    Ok(true)
}

/// Builds and places everything.
pub(super) fn land(plan: &Plan, target: &Target, watch: &Watch) -> Result<Landed> {
    let staging = Staging::begin(Staging::path_for(target))?;
    let entries = plan.entries("");
    watch.write(&staging.tree(), &entries)?;
    let commit = if plan.commit { commit(plan, &staging.tree(), &entries, watch)? } else { None };
    watch.at(Step::Placing)?;
    let place = if target.exists() { fill } else { appear };
    place(&staging, &target.dir)?;
    let branch = commit.is_some().then(|| plan.branch.to_owned());
    Ok(Landed { commit, repository_created: plan.commit, branch })
}

/// Makes the directory `root`, which has the files, a repository with one commit.
fn commit(plan: &Plan, root: &Path, entries: &[git::Entry], watch: &Watch) -> Result<Option<String>> {
    watch.at(Step::Storing)?;
    let repo = Repo::create(root, plan.branch, plan.remote)?;
    let head = repo.head()?;
    let store = || {
        let stored = entries.iter().map(|entry| Ok(entry.added(repo.store(&entry.content, entry.mode)?)));
        stored.collect::<Result<Vec<Change>>>()
    };
    match repo.finish_for(entries)? {
        Finish::Direct(identity) => {
            let (stored, commit) = repo.as_one_pack(|| {
                let stored = store()?;
                let commit = repo.create_commit(&head, &stored, &identity, plan.message)?;
                Ok((stored, commit))
            })?;
            watch.at(Step::Staging)?;
            repo.stage(&stored)?;
            watch.at(Step::Committing)?;
            repo.advance(&head, commit, plan.message)?;
        }
        Finish::Command => {
            let stored = store()?;
            watch.at(Step::Staging)?;
            repo.stage(&stored)?;
            watch.at(Step::Committing)?;
            repo.commit_by_command(&stored, plan.message)?;
        }
    }
    repo.head_commit()
}

fn appear(staging: &Staging, dir: &Path) -> Result<()> {
    fs::appear(&staging.tree(), dir).context(|| format!("cannot create `{}`", dir.display()))
}

fn fill(staging: &Staging, dir: &Path) -> Result<()> {
    let failed = || format!("cannot write to `{}`", dir.display());
    let names = names(staging).context(failed)?;
    staging.seal().context(failed)?;
    // The directory was empty: what came from the staging folder goes back there, and with it.
    fs::move_entries(&staging.tree(), dir, &names)
        .inspect_err(|_| fs::move_back(&staging.tree(), dir, &names))
        .context(failed)
}

/// What is in the staging folder, in the order of moving: the repository last.
fn names(staging: &Staging) -> io::Result<Vec<OsString>> {
    let mut names = fs::names(&staging.tree())?;
    names.sort_by_key(|name| name == ".git");
    Ok(names)
}
