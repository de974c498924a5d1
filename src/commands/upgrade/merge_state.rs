//! `treenail upgrade` where a merge, a rebase, a cherry-pick or a revert has left `.treenail/` in conflict: the answers of both
//! sides are merged, and the files are marked as resolved. The user finishes what is in progress.

use std::path::Path;

use super::folder::UpgradeRun;
use crate::apply;
use crate::apply::Rewrite;
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::git::Repo;
use crate::project::Project;
use crate::project::conflict::{MergedState, OneSided, StateConflict};
use crate::project::merged_answers::{OURS, OpenAnswer};
use crate::project::recovery::StateOrigin;
use crate::scaffold::{Scaffold, catalog, source};
use crate::shell;
use crate::ui::{interrupt, visible};
use crate::values::shown;

/// Merges the sides.
///
/// # Errors
/// [`ErrorKind::Answers`]: both sides changed an answer, and no `--set` decides.
pub(super) fn merge(run: &UpgradeRun, conflict: &StateConflict) -> Result<MergedState> {
    let scaffold = scaffold(run, conflict)?;
    let merged = conflict.merged(scaffold.as_ref(), run.overrides)?;
    let Some(answers) = &merged.answers else { return Ok(merged) };
    for answer in &answers.decided {
        let value = shown(&answer.value);
        run.ui.message(&format!("  {}: {value} ({})", visible::line(&answer.question), answer.side));
    }
    if answers.open.is_empty() { Ok(merged) } else { Err(undecided(&answers.open)) }
}

/// Merges the sides into the work tree and the index; returns what to do next.
///
/// # Errors
/// As for [`merge`]; a precondition where the result is to go elsewhere; it cannot be written.
pub(super) fn write(run: &UpgradeRun, repo: &Repo, conflict: &StateConflict) -> Result<String> {
    let arguments = run.arguments;
    if arguments.branch.is_some() || arguments.json {
        let flag = if arguments.json { "--json" } else { "--branch" };
        return Err(Error::precondition("the files in `.treenail/` are in conflict")
            .hint(format!("merge their two sides first: run `treenail upgrade` without {flag}")));
    }
    let merged = merge(run, conflict)?;
    let contents = merged.contents();
    if !arguments.dry_run {
        let mut old = Vec::new();
        for (path, _) in &contents {
            old.push(conflict.in_work_tree(path)?);
        }
        let rewrites: Vec<_> =
            contents.iter().zip(&old).map(|((path, new), old)| Rewrite { path, old, new }).collect();
        interrupt::writing(|cancelled| replace(&conflict.folder(), &rewrites, cancelled))?;
        conflict.mark_resolved(&contents)?;
    }
    next(repo, conflict)
}

/// Returns `project` with the answers that the merge in the last commit has left out, where the generated files have them;
/// else names them.
///
/// # Errors
/// The merge cannot be read.
pub(super) fn completed(run: &UpgradeRun, repo: &Repo, mut project: Project) -> Result<Project> {
    if project.origin != StateOrigin::WorkTree {
        return Ok(project);
    }
    let scaffold = || project.scaffold(run.arguments.scaffold.as_deref()).ok();
    let Some(found) = OneSided::find(repo, &project.prefix, scaffold)? else { return Ok(project) };
    if project.has_edited_answers(repo)? {
        return Ok(project);
    }
    let commit = &found.commit[..found.commit.len().min(10)];
    let left_out = found.merged.decided.iter().filter(|answer| answer.side != OURS);
    let left_out = left_out.filter(|answer| !run.overrides.contains_key(&answer.question));
    if found.has_files_of_both {
        let names: Vec<_> = left_out.map(|answer| visible::line(&answer.question)).collect();
        run.ui.message(&format!(
            "note: the merge {commit} took the answers of one side, and files of both; added what only the other side \
             answered: {}",
            names.join(", ")
        ));
        project.complete(found.merged)?;
    } else {
        for answer in left_out {
            let set = shell::word(&format!("{}={}", answer.question, answer.value));
            run.ui
                .message(&format!("note: the merge {commit} left out an answer; apply it with --set {set}"));
        }
    }
    Ok(project)
}

fn replace(folder: &Path, files: &[Rewrite], cancelled: &dyn Fn() -> bool) -> Result<()> {
    let done = apply::rewrite(folder, files, cancelled)?;
    if !done.problems.is_empty() {
        return Err(Error::failure("cannot write the merged state").problems(done.problems));
    }
    if done.done < files.len() { Err(Error::cancelled()) } else { Ok(()) }
}

/// The scaffold, if it can be found: it is not needed unless the two sides have different versions.
fn scaffold(run: &UpgradeRun, conflict: &StateConflict) -> Result<Option<Scaffold>> {
    match (&run.arguments.scaffold, conflict.scaffold_name()) {
        (Some(wanted), _) => source::load(wanted).map(Some),
        (None, Some(name)) => catalog::embedded(&name).transpose(),
        (None, None) => Ok(None),
    }
}

fn undecided(open: &[OpenAnswer]) -> Error {
    let problem = |answer: &OpenAnswer| {
        let (ours, theirs) = (shown(&answer.ours), shown(&answer.theirs));
        let set = |value: &str| shell::word(&format!("{}={value}", answer.question));
        Problem::new(
            format!("`{}` is {ours} in ours and {theirs} in theirs", visible::line(&answer.question)),
            format!("pass --set {} or --set {}", set(&answer.ours), set(&answer.theirs)),
        )
    };
    Error::new(ErrorKind::Answers, "both sides changed the same answers, so nothing was written")
        .problems(open.iter().map(problem))
}

fn next(repo: &Repo, conflict: &StateConflict) -> Result<String> {
    let finish = repo.finishing_command().unwrap_or("git commit");
    let own = conflict.paths();
    let others = repo.unmerged_paths()?.into_iter().filter(|path| !own.contains(path)).count();
    let first = match others {
        0 => String::new(),
        1 => "resolve the other file in conflict, ".to_owned(),
        count => format!("resolve the other {count} files in conflict, "),
    };
    Ok(format!("{first}finish with `{finish}`, then run `treenail upgrade` again"))
}
