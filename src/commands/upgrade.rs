//! `treenail upgrade`: bring in a newer scaffold or changed answers, as a three-way merge that never loses an edit.

mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use super::lost::BaseFrom;
use super::renewal::{self, Generated, Renewal, Wishes};
use super::{diff, given};
use crate::answers::resolve::{Defaults, Given};
use crate::cli::{OnConflict, Upgrade};
use crate::error::{Error, Kind, Result};
use crate::landing::Landed;
use crate::landing::update::{self, Conflict, File, PathChange, Update, Where};
use crate::merge::{self, ConflictKind, Mode, Prefer, Tree};
use crate::repo::Blob;
use crate::state::FOLDER;
use crate::ui::{Ui, interrupt};

use report::Report;

/// Does what `arguments` say.
///
/// # Errors
/// Conflicts; answers that are missing or no longer valid; whatever is in the way; a failure to write. Nothing has
/// been written then.
pub fn run(ui: &Ui, arguments: &Upgrade) -> Result<ExitCode> {
    refuse_markers_elsewhere(arguments)?;
    // The state is read later: giving up must not hang on it, and a killed run may have left it half written.
    let root = renewal::root(&arguments.dir)?;
    if arguments.resume {
        return Ok(finish(ui, &update::resume(&root)?));
    }
    if arguments.abort {
        update::cancel(&root)?;
        ui.done("gave up the upgrade; everything is as it was before");
        return Ok(ExitCode::SUCCESS);
    }
    // What a killed run left half done comes first; only then is what is committed what is meant.
    update::recover(&root)?;
    let generated = Generated::with_base(&arguments.dir, base_from(arguments))?;
    let scaffold = generated.scaffold(arguments.scaffold.as_deref())?;
    let renewal = Renewal::compute(&generated, scaffold, &wishes(arguments)?)?;
    let report = Report::new(&generated, &renewal);
    if arguments.json {
        ui.data(&report.json())?;
    } else if arguments.dry_run {
        ui.data(&report.text())?;
    } else {
        ui.say(report.text().trim_end());
    }
    if arguments.diff {
        let diffs = diff::between(&renewal.before, &renewal.after)?;
        ui.bytes(&diffs.into_values().flat_map(|diff| diff.text).collect::<Vec<u8>>())?;
    }
    if renewal.before == renewal.after && renewal.plan.conflicts.is_empty() {
        ui.done("nothing to do");
        return Ok(ExitCode::SUCCESS);
    }
    if !renewal.plan.conflicts.is_empty() && arguments.conflicts != OnConflict::Markers {
        return Err(report.conflicts());
    }
    if arguments.dry_run || !agreed(ui, arguments.yes)? {
        return Ok(ExitCode::SUCCESS);
    }
    land(ui, arguments, &generated, &renewal)
}

/// Markers go into the work tree and wait there for a commit.
fn refuse_markers_elsewhere(arguments: &Upgrade) -> Result<()> {
    let other = match (&arguments.branch, arguments.no_commit) {
        (Some(_), _) => "--branch",
        (None, true) => "--no-commit",
        (None, false) => return Ok(()),
    };
    if arguments.conflicts != OnConflict::Markers {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, format!("--conflicts=markers does not go with {other}"))
        .hint("markers are left in the work tree, and what you resolve is committed there"))
}

/// What the merge starts from.
fn base_from(arguments: &Upgrade) -> BaseFrom<'_> {
    match &arguments.base {
        Some(revision) => BaseFrom::Revision(revision),
        None if arguments.two_way => BaseFrom::Nowhere,
        None => BaseFrom::Recorded,
    }
}

/// What was asked for on the command line.
fn wishes(arguments: &Upgrade) -> Result<Wishes> {
    let overrides: BTreeMap<String, Given> =
        given::collect(arguments.answers.as_deref(), &arguments.sets, BTreeMap::new())?;
    Ok(Wishes {
        overrides,
        defaults: if arguments.adopt_defaults { Defaults::Adopt } else { Defaults::Keep },
        prefer: match arguments.conflicts {
            OnConflict::Fail | OnConflict::Markers => Prefer::Neither,
            OnConflict::Ours => Prefer::Ours,
            OnConflict::Theirs => Prefer::Theirs,
        },
        allow_downgrade: arguments.allow_downgrade,
    })
}

/// Whether to go on; asked only where somebody is there to answer.
pub(super) fn agreed(ui: &Ui, yes: bool) -> Result<bool> {
    if yes || !ui.interactive() {
        return Ok(true);
    }
    let items = ["Write it".to_owned(), "Leave everything as it is".to_owned()];
    match ui.choose("What now?", &items)? {
        Some(0) => Ok(true),
        _ => Err(Error::cancelled()),
    }
}

fn land(ui: &Ui, arguments: &Upgrade, generated: &Generated, renewal: &Renewal) -> Result<ExitCode> {
    // In place, what is not committed is in the way in any case.
    if arguments.branch.is_some() && !generated.is_in(&renewal.before) {
        return Err(Error::precondition(format!("`{FOLDER}` has changes that are not committed"))
            .hint("commit them first, for the branch starts from the last commit"));
    }
    let message = report::message(generated, renewal);
    let destination = match (&arguments.branch, arguments.no_commit) {
        (Some(branch), _) => Where::Branch(branch),
        (None, true) => Where::NoCommit,
        (None, false) => Where::InPlace,
    };
    let mut update = Update {
        root: &generated.root,
        prefix: &generated.prefix,
        changes: changes(&renewal.before, &renewal.after)?,
        edit: None,
        message: &message,
        r#where: destination,
    };
    if renewal.plan.conflicts.is_empty() {
        let ready = update::preflight(&update)?;
        let landed = ui.during("writing", || update::land(ready, &|_| {}, &interrupt::cancelled))?;
        return Ok(finish(ui, &landed));
    }
    let found = &renewal.plan.conflicts;
    let conflicts: Vec<_> =
        found.iter().map(|found| conflict(found, &renewal.before)).collect::<Result<_>>()?;
    update.changes.retain(|change| found.iter().all(|found| found.path != change.path));
    for (path, entry) in found.iter().filter_map(leaves) {
        update.changes.push(PathChange { path, before: Some(blob(entry)?), after: None });
    }
    update::conflict(&update, &conflicts, &|_| {}, &interrupt::cancelled)?;
    Err(Error::new(Kind::Conflict, "resolve the conflicts, `git add` the files, then go on")
        .hint("`treenail upgrade --continue` commits what you resolved, `treenail upgrade --abort` gives up")
        .hint("plain Git does as well: `git status`, `git mergetool`, `git cherry-pick --continue` or `--abort`"))
}

fn finish(ui: &Ui, landed: &Landed) -> ExitCode {
    ui.done(&match (&landed.commit, &landed.branch) {
        (Some(commit), branch) => {
            let branch = branch.as_deref().unwrap_or("a detached HEAD");
            format!("upgraded, commit {} on {branch}", &commit[..commit.len().min(10)])
        }
        (None, _) => "upgraded, committed nothing".to_owned(),
    });
    ExitCode::SUCCESS
}

/// The paths that differ, as the landing takes them.
///
/// # Errors
/// An object is too large to be one.
pub(super) fn changes<'a>(before: &'a Tree, after: &'a Tree) -> Result<Vec<PathChange<'a>>> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    paths
        .into_iter()
        .filter(|path| before.get(*path) != after.get(*path))
        .map(|path| {
            let before = before.get(path).map(blob).transpose()?;
            Ok(PathChange { path, before, after: after.get(path).map(file) })
        })
        .collect()
}

/// The path that a file in conflict leaves, and that file.
fn leaves(conflict: &merge::Conflict) -> Option<(&str, &merge::Entry)> {
    // One that cannot move stays where it is.
    let stays = matches!(conflict.kind, ConflictKind::MoveTargetTaken { .. });
    Some((conflict.from.as_deref().filter(|_| !stays)?, conflict.ours.as_ref()?))
}

fn conflict<'a>(conflict: &'a merge::Conflict, before: &'a Tree) -> Result<Conflict<'a>> {
    let here = before.get(&conflict.path);
    if matches!(conflict.kind, ConflictKind::MoveTargetTaken { .. }) {
        let ours = here.map(blob).transpose()?;
        let theirs = conflict.theirs.as_ref().map(file);
        return Ok(Conflict {
            path: &conflict.path,
            base: None,
            here: ours,
            ours,
            theirs,
            work: here.map(file),
        });
    }
    let work = match (&conflict.marked, &conflict.ours) {
        (Some(marked), Some(ours)) => Some(File { content: marked, mode: ours.mode }),
        (Some(marked), None) => Some(File { content: marked, mode: Mode::File }),
        (None, ours) => ours.as_ref().map(file),
    };
    Ok(Conflict {
        path: &conflict.path,
        base: conflict.base.as_ref().map(file),
        here: here.map(blob).transpose()?,
        ours: conflict.ours.as_ref().map(blob).transpose()?,
        theirs: conflict.theirs.as_ref().map(file),
        work,
    })
}

fn blob(entry: &merge::Entry) -> Result<Blob> {
    Blob::of(&entry.content, entry.mode)
}

fn file(entry: &merge::Entry) -> File<'_> {
    File { content: &entry.content, mode: entry.mode }
}
