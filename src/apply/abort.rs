//! Gives up an update that waits for its conflicts to be resolved.
//!
//! `git cherry-pick --abort` would drop everything that is staged. Here the files of the update alone go back, and only
//! where nobody has changed what the update wrote; a resolution of conflicts is what the user wants to be rid of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::in_place::staging;
use super::journal::{Ending, Journal};
use super::kept_edits;
use super::transaction::{Recovery, Transaction};
use crate::error::{Context, Error, Problem, Result};
use crate::fs;
use crate::git::{Delta, Pick, PickedFile, Repo};
use crate::shell;

/// Undoes the update that is waiting, or was interrupted, in the work tree `root`; other files, also staged ones, are left
/// alone. Returns [`Recovery::Completed`] if it turns out to have been complete.
///
/// # Errors
/// A precondition: no such update exists, or a file of it has changes that are not a resolution of a conflict. A failure to
/// write; the next run completes it then.
pub fn abort(root: &Path) -> Result<Recovery> {
    let repo = Repo::open(root)?;
    let transaction = Transaction::begin(&repo)?;
    let undone = transaction.abort()?;
    let undone = match repo.current_pick() {
        Some(pick) if undone != Recovery::TakenBack => give_up(&repo, &transaction, pick),
        _ => Ok(undone),
    };
    // A kill may have come before or after the edits were put back; kept longer, they would come as a surprise.
    let is_aborted_by_git = kept_edits::settle(&repo)?;
    match undone? {
        Recovery::Nothing if is_aborted_by_git => Ok(Recovery::TakenBack),
        Recovery::Nothing => Err(Error::precondition(format!("no upgrade waits in `{}`", root.display()))
            .hint("a commit that was made is taken back with `git revert`")),
        undone => Ok(undone),
    }
}

fn give_up(repo: &Repo, transaction: &Transaction, pick: Pick) -> Result<Recovery> {
    let files = repo.files_of(pick)?;
    let problems = in_the_way(repo, &files)?;
    if !problems.is_empty() {
        return Err(Error::precondition("cannot give up the upgrade").problems(problems));
    }
    let deltas = files.iter().map(|file| delta(repo, file)).collect::<Result<Vec<_>>>()?;
    let journal = Journal {
        staging: staging(common_folder(&deltas), repo)?,
        ending: Ending::Abort(pick),
        folders: emptied_folders(&deltas),
        deltas,
    };
    transaction.give_up(&journal)
}

/// Returns the way back of `file`, from what is in the work tree now.
fn delta(repo: &Repo, file: &PickedFile) -> Result<Delta> {
    // A resolution is not in Git yet, unless it is staged.
    let after = if file.is_in_conflict || file.picked.is_none() || !repo.has(&file.path, file.picked)? {
        repo.store_unconverted(&file.path)?
    } else {
        file.picked
    };
    // The file of the last commit may be there already.
    let after = if repo.has(&file.path, file.head)? { file.head } else { after };
    Ok(Delta { path: file.path.clone(), before: file.head, after, edited: None })
}

/// Lists the changes that are not a resolution, and what is where an old file comes back.
fn in_the_way(repo: &Repo, files: &[PickedFile]) -> Result<Vec<Problem>> {
    let mut problems = BTreeMap::new();
    if let Some(problem) = repo.index_locked_by_git() {
        problems.insert(String::new(), problem);
    }
    for file in files {
        if let Some(link) = fs::link_on_the_way(repo.root(), &file.path) {
            let problem = Problem::new(format!("`{link}` is a symbolic link now"), "put the folder back");
            problems.insert(link.to_owned(), problem);
        } else if let Some(problem) = changed(repo, file)? {
            problems.insert(file.path.clone(), problem);
        }
    }
    let returning: BTreeSet<&str> =
        files.iter().filter(|file| file.head.is_some()).map(|file| file.path.as_str()).collect();
    let is_file = |file: &&PickedFile| {
        let found = repo.root().join(&file.path).symlink_metadata();
        found.is_ok_and(|found| found.is_file() || found.is_symlink())
    };
    let present: BTreeSet<&str> = files.iter().filter(is_file).map(|file| file.path.as_str()).collect();
    let obstacles = fs::obstacles(repo.root(), returning.iter().copied(), &present)
        .context(|| format!("cannot read `{}`", repo.root().display()))?;
    for (path, problem) in obstacles {
        problems.entry(path).or_insert(problem);
    }
    let of_the_update: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    for path in repo.entries_beside(&returning, &of_the_update)? {
        let problem = Problem::new(
            format!("`{path}` is staged where an old file comes back"),
            format!("keep a copy if you need it, then run `git rm -f {}`", shell::path(&path)),
        );
        problems.entry(path).or_insert(problem);
    }
    Ok(problems.into_values().collect())
}

/// Returns a problem if the user has changed a file that the update wrote without a conflict. A deletion loses nothing.
fn changed(repo: &Repo, file: &PickedFile) -> Result<Option<Problem>> {
    let PickedFile { path, head, picked, is_in_conflict } = file;
    if *is_in_conflict {
        return Ok(None);
    }
    let is_as_written = repo.has(path, *picked)? || repo.has(path, *head)? || repo.has(path, None)?;
    let is_staged_as_written = repo.has_entry(path, &[*picked, *head, None])?;
    if is_as_written && is_staged_as_written {
        return Ok(None);
    }
    let shown = shell::path(path);
    Ok(Some(match (head, picked) {
        (Some(_), None) if is_staged_as_written => Problem::new(
            format!("`{path}` is where a file that the upgrade deleted comes back"),
            "move it away",
        ),
        (Some(_), _) => Problem::new(
            format!("`{path}` has changes on top of the upgrade"),
            format!("keep a copy if you need them, then run `git checkout HEAD -- {shown}`"),
        ),
        (None, _) => Problem::new(
            format!("`{path}`, which the upgrade added, has changes"),
            if repo.has_entry(path, &[None])? {
                "move it away".to_owned()
            } else {
                format!("keep a copy if you need them, then run `git rm -f {shown}`")
            },
        ),
    }))
}

/// Returns the innermost folder that holds all `deltas`.
fn common_folder(deltas: &[Delta]) -> &str {
    let folder = |path| str::rsplit_once(path, '/').map_or("", |(folder, _)| folder);
    let mut paths = deltas.iter().map(|delta| folder(delta.path.as_str()));
    let first = paths.next().unwrap_or_default();
    paths.fold(first, |common, other| {
        let is_shared = |end: usize| {
            let part = &common[..end];
            other.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let ends = common.match_indices('/').map(|(end, _)| end).chain([common.len()]);
        ends.rev().find(|end| is_shared(*end)).map_or("", |end| &common[..end])
    })
}

/// Returns the folders of the files that go, outermost first. Those that are not empty will stay.
fn emptied_folders(deltas: &[Delta]) -> Vec<String> {
    let going = deltas.iter().filter(|delta| delta.before.is_none() && delta.after.is_some());
    let folders: BTreeSet<String> = going
        .flat_map(|delta| delta.path.match_indices('/').map(|(end, _)| delta.path[..end].to_owned()))
        .collect();
    folders.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_folder_ends_at_a_slash() {
        for (paths, expected) in [
            (&["a", "b"][..], ""),
            (&["a/b/c", "a/b/d"], "a/b"),
            (&["a/b/c", "a/bc/d"], "a"),
            (&["a/b/c", "ab/c"], ""),
            (&["a/b", "a/b/c/d", "a/x"], "a"),
            (&["a/b"], "a"),
            (&[], ""),
        ] {
            let delta =
                |path: &&str| Delta { path: (*path).to_owned(), before: None, after: None, edited: None };
            let deltas: Vec<Delta> = paths.iter().map(delta).collect();
            assert_eq!(common_folder(&deltas), expected, "{paths:?}");
        }
    }
}
