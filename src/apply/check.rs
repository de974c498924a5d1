//! Everything that is in the way of an update, listed at once.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{Destination, Update, new_repository};
use crate::error::{Context, Error, Problem, Result};
use crate::fs;
use crate::git::{self, CommitMethod, Delta, Repo};
use crate::tree::leaves_work_tree;

/// Checks `update`, the deltas of paths in conflict and the already known `problems`. Returns how to commit;
/// `None` if there is nothing to commit.
pub(super) fn check(
    update: &Update,
    repo: &Repo,
    in_conflict: &[Delta],
    mut problems: Vec<Problem>,
) -> Result<Option<CommitMethod>> {
    let mut deltas = update.predicted(repo)?;
    deltas.extend_from_slice(in_conflict);
    let refusal = || {
        // Without the slash that an empty prefix leaves at the end.
        let dir: PathBuf = update.root.join(&update.prefix).components().collect();
        if update.is_initial {
            return new_repository::refusal(&dir);
        }
        Error::precondition(format!("cannot update `{}`", dir.display()))
    };
    all(unusable(&deltas), Ok(()), refusal)?;
    match update.destination.branch() {
        Some(name) => {
            problems.extend(repo.changed_in_head(&deltas)?);
            problems.extend(repo.new_branch(name, update.replaced_paths().as_deref())?.err());
        }
        None => problems.extend(in_work_tree(update, repo, &deltas)?),
    }
    let git_dir = repo.git_dir();
    if !fs::is_writable(&git_dir) {
        problems.push(git::not_writable(&git_dir));
    }
    problems.extend(reference_obstacles(update, repo)?);
    let commits = update.destination != Destination::WorkTree;
    all(problems, commits.then(|| repo.commit_method()).transpose(), refusal)
}

/// Combines all `problems` and the error of `other` into one error, if there are any.
pub(super) fn all<T>(problems: Vec<Problem>, other: Result<T>, refusal: impl Fn() -> Error) -> Result<T> {
    match other {
        other if problems.is_empty() => other,
        Ok(_) => Err(refusal().problems(problems)),
        Err(error) => Err(refusal().problems(problems).problem(error.message, error.hints.join("; "))),
    }
}

/// Reports invalid paths: those that leave the repository, are duplicates, differ only in case, or are both a
/// file and a folder.
fn unusable(deltas: &[Delta]) -> Vec<Problem> {
    let coming = deltas.iter().filter(|delta| delta.after.is_some());
    let coming: BTreeSet<String> = coming.map(|delta| delta.path.to_lowercase()).collect();
    let (mut seen, mut seen_coming) = (BTreeSet::new(), BTreeSet::new());
    let mut is_unusable = |delta: &Delta| {
        let path = &delta.path;
        let lower = path.to_lowercase();
        let is_below_a_file = || {
            delta.after.is_some() && lower.match_indices('/').any(|(end, _)| coming.contains(&lower[..end]))
        };
        leaves_work_tree(path)
            || is_below_a_file()
            || !seen.insert(path.clone())
            || (delta.after.is_some() && !seen_coming.insert(lower))
    };
    let problem = |delta: &Delta| {
        let message = format!("`{}` cannot be the path of a file here", delta.path.escape_debug());
        Problem::new(message, "fix the scaffold")
    };
    deltas.iter().filter(|delta| is_unusable(delta)).map(problem).collect()
}

/// Returns what would only show when the branch is moved, after everything else.
fn reference_obstacles(update: &Update, repo: &Repo) -> Result<Vec<Problem>> {
    Ok(match update.destination {
        Destination::WorkTree => Vec::new(),
        Destination::Branch(name) | Destination::OwnBranch(name) if !git::is_branch_name(name) => Vec::new(),
        Destination::Branch(name) | Destination::OwnBranch(name) => {
            repo.reference_obstacles(&format!("refs/heads/{name}"))
        }
        Destination::CurrentBranch => {
            let head = repo.head()?;
            let mut problems = repo.reference_obstacles(head.name());
            if head.branch().is_some() {
                problems.extend(repo.reference_locked_by_git("HEAD"));
            }
            problems
        }
    })
}

fn in_work_tree(update: &Update, repo: &Repo, deltas: &[Delta]) -> Result<Vec<Problem>> {
    if repo.is_bare() {
        return Ok(vec![Problem::new(
            format!("`{}` has no work tree", repo.root().display()),
            "let the changes go onto a branch with `--branch NAME`",
        )]);
    }
    let commits = update.destination == Destination::CurrentBranch;
    let mut problems = if commits { repo.operations_in_progress() } else { Vec::new() };
    let paths = |wanted: fn(&Delta) -> bool| -> BTreeSet<&str> {
        deltas.iter().filter(|delta| wanted(delta)).map(|delta| delta.path.as_str()).collect()
    };
    let coming = paths(|delta| delta.before.is_none());
    let present = paths(|delta| delta.before.is_some());
    let leaving = paths(|delta| delta.before.is_some() && delta.after.is_none());
    let obstacles = |paths: &BTreeSet<&str>, leaving| {
        fs::obstacles(repo.root(), paths.iter().copied(), leaving)
            .context(|| format!("cannot read `{}`", repo.root().display()))
    };
    let mut found = obstacles(&coming, &leaving)?;
    found.extend(obstacles(&present, &present)?);
    if commits || update.is_initial {
        for (path, problem) in repo.tracked_obstacles(coming.iter().copied(), &leaving)? {
            // What is in the work tree as well has been listed already.
            found.entry(path).or_insert(problem);
        }
    }
    // What lies behind a link must not be taken for the file that is expected.
    let reachable: Vec<Delta> = deltas
        .iter()
        .filter(|delta| !found.keys().any(|path| leads_through(&delta.path, path)))
        .cloned()
        .collect();
    problems.extend(repo.uncommitted_edits(&reachable, commits)?);
    problems.extend(found.into_values());
    Ok(problems)
}

fn leads_through(path: &str, obstacle: &str) -> bool {
    path.strip_prefix(obstacle).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
