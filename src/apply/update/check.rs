//! What stands against an update, all of it at once.

use std::collections::BTreeSet;

use super::{Update, Where};
use crate::error::{Context, Error, Problem, Result};
use crate::fs;
use crate::fs::is_writable;
use crate::git::{Change, Finish, Repo};

/// Checks `update` and, with it, the `disputed` changes that leave conflicts, and lists what is wrong after the
/// `problems` known already. Gives how to commit; `None` where nothing is to be committed.
pub(super) fn check(
    update: &Update,
    repo: &Repo,
    disputed: &[Change],
    mut problems: Vec<Problem>,
) -> Result<Option<Finish>> {
    let mut changes = update.predicted(repo)?;
    changes.extend_from_slice(disputed);
    let unusable = unusable(&changes);
    if !unusable.is_empty() {
        return Err(refusal(update, unusable));
    }
    match update.r#where {
        Where::Branch(name) => {
            problems.extend(repo.unlike_head(&changes)?);
            problems.extend(repo.upstart(name)?.err());
        }
        Where::InPlace => problems.extend(in_work_tree(repo, &changes, true)?),
        Where::NoCommit => problems.extend(in_work_tree(repo, &changes, false)?),
    }
    let git_dir = repo.git_dir();
    if !is_writable(&git_dir) {
        let message = format!("`{}` cannot be written to", git_dir.display());
        problems.push(Problem::new(message, "mend its permissions"));
    }
    let finish = if update.r#where == Where::NoCommit { Ok(None) } else { repo.finish().map(Some) };
    match finish {
        finish if problems.is_empty() => finish,
        Ok(_) => Err(refusal(update, problems)),
        Err(error) => Err(refusal(update, problems).problem(error.message, error.hints.join("; "))),
    }
}

fn refusal(update: &Update, problems: Vec<Problem>) -> Error {
    let place = update.root.join(update.prefix);
    Error::precondition(format!("cannot update `{}`", place.display())).problems(problems)
}

/// The paths that no file of ours can have: that lead elsewhere, come twice, or would be one and the same where case
/// does not matter, or file and folder at once.
fn unusable(changes: &[Change]) -> Vec<Problem> {
    let is_bad_name = |name: &str| {
        matches!(name, "" | "." | "..")
            || name.eq_ignore_ascii_case(".git")
            || name.contains(['\\', '\n', '\0'])
    };
    let coming = changes.iter().filter(|change| change.after.is_some());
    let coming: BTreeSet<String> = coming.map(|change| change.path.to_lowercase()).collect();
    let (mut seen, mut seen_coming) = (BTreeSet::new(), BTreeSet::new());
    let mut is_unusable = |change: &Change| {
        let path = &change.path;
        let lower = path.to_lowercase();
        let is_below_a_file = || {
            change.after.is_some() && lower.match_indices('/').any(|(end, _)| coming.contains(&lower[..end]))
        };
        path.split('/').any(is_bad_name)
            || is_below_a_file()
            || !seen.insert(path.clone())
            || (change.after.is_some() && !seen_coming.insert(lower))
    };
    let problem = |change: &Change| {
        let message = format!("`{}` cannot be the path of a file here", change.path.escape_debug());
        Problem::new(message, "mend the scaffold")
    };
    changes.iter().filter(|change| is_unusable(change)).map(problem).collect()
}

fn in_work_tree(repo: &Repo, changes: &[Change], commits: bool) -> Result<Vec<Problem>> {
    if repo.is_bare() {
        return Ok(vec![Problem::new(
            format!("`{}` has no work tree", repo.root().display()),
            "let the changes go onto a branch with `--branch NAME`",
        )]);
    }
    let mut problems = if commits { repo.unrest() } else { Vec::new() };
    let paths = |wanted: fn(&Change) -> bool| -> BTreeSet<&str> {
        changes.iter().filter(|change| wanted(change)).map(|change| change.path.as_str()).collect()
    };
    let coming = paths(|change| change.before.is_none());
    let present = paths(|change| change.before.is_some());
    let leaving = paths(|change| change.before.is_some() && change.after.is_none());
    let obstacles = |paths: &BTreeSet<&str>, leaving| {
        fs::obstacles(repo.root(), paths.iter().copied(), leaving)
            .context(|| format!("cannot look into `{}`", repo.root().display()))
    };
    let mut found = obstacles(&coming, &leaving)?;
    found.extend(obstacles(&present, &present)?);
    if commits {
        for (path, problem) in repo.tracked_obstacles(coming.iter().copied(), &leaving)? {
            // What is in the work tree as well has been listed already.
            found.entry(path).or_insert(problem);
        }
    }
    // What lies behind a link must not be taken for what should be there.
    let reachable: Vec<Change> = changes
        .iter()
        .filter(|change| !found.keys().any(|path| leads_through(&change.path, path)))
        .cloned()
        .collect();
    problems.extend(repo.unclean(&reachable, commits)?);
    problems.extend(found.into_values());
    Ok(problems)
}

fn leads_through(path: &str, obstacle: &str) -> bool {
    path.strip_prefix(obstacle).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
