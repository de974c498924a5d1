//! Files for a directory that holds none yet. In an existing repository they are an [`Update`]; a new or empty
//! directory gets a whole repository, built aside and moved into place.
//!
//! A new directory appears by one rename. An empty one must stay the same directory (it may be the shell's current
//! one), so its entries are moved in one by one, `.git` last: until then it is no repository. If a run is killed
//! between two of these moves, the next one completes them from the sealed staging folder.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::record::{self, Purpose};
use super::work_tree::write_files;
use super::{
    Applied, Cancelled, Checked, Destination, Ready, Update, check, state_attributes, stop_if, transaction,
};
use crate::error::{Context, Error, Problem, Result};
use crate::fs;
use crate::fs::{Staging, Target};
use crate::git;
use crate::git::{AttributeFiles, CommitMethod, Delta, Repo, RepoLocation};
use crate::tree::{Change, Tree};

/// Files to create.
#[derive(Clone, Debug)]
pub struct Creation<'a> {
    /// The target directory.
    pub dir: &'a Path,
    /// The files, by their paths in it.
    pub files: &'a Tree,
    /// The committed files among them that are replaced; none outside of a repository.
    pub before: &'a Tree,
    /// The message of the commit.
    pub message: &'a str,
    /// The first branch, if a repository is created.
    pub branch: &'a str,
    /// The URL of `origin`, if a repository is created.
    pub remote: Option<&'a str>,
    /// Whether to commit; otherwise files are written and Git is left alone.
    pub commit: bool,
    /// Whether `dir` is to be a repository even inside the work tree of another one.
    pub separate: bool,
}

/// As [`super::preflight`]. If a killed run left a directory half moved into place, that is completed first.
///
/// # Errors
/// As for [`super::preflight`].
pub fn preflight_creation<'a>(creation: &'a Creation<'a>) -> Result<Checked<'a>> {
    let target = Target::resolve(creation.dir)?;
    // In a work tree, such folders are files like any other.
    let is_new = matches!(creation.location(&target)?, RepoLocation::New { .. });
    if is_new {
        Staging::refuse_busy(&target)?;
    }
    let completed = is_new && complete_interrupted(&target)?;
    let checked = check_creation(creation, target);
    if !completed {
        return checked;
    }
    checked.map_err(|error| error.hint("an earlier run was interrupted here; what it wrote is now in place"))
}

fn check_creation<'a>(creation: &'a Creation<'a>, target: Target) -> Result<Checked<'a>> {
    match creation.location(&target)? {
        RepoLocation::New { .. } => {
            let identity = if creation.commit { git::check_identity() } else { Ok(()) };
            check::all(problems(creation, &target), identity, || refusal(creation.dir))?;
            Ok(Checked(Ready::Creation(creation, target)))
        }
        RepoLocation::Worktree(worktree) => {
            let repo = Repo::open(&worktree.root)?;
            transaction::recover_if_needed(&repo)?;
            let mut update = creation.update(worktree.root, worktree.prefix);
            update.protect_state(&repo)?;
            check::check(&update, &repo, &[], transaction::lock_held(&repo).into_iter().collect())?;
            Ok(Checked(Ready::Update(Box::new((update, repo)))))
        }
    }
}

const SEALED: &str = "treenail staging 1\n";

pub(super) fn refusal(dir: &Path) -> Error {
    Error::precondition(format!("cannot write to `{}`", dir.display())).hint("or choose another directory")
}

impl<'a> Creation<'a> {
    fn location(&self, target: &Target) -> Result<RepoLocation> {
        if self.separate { git::locate_separate(&target.dir) } else { git::locate(&target.dir) }
    }

    fn update(&self, root: PathBuf, prefix: String) -> Update<'a> {
        let change =
            |(path, file): (&'a String, _)| Change { path, before: self.before.get(path), after: Some(file) };
        Update {
            root,
            prefix,
            changes: self.files.iter().map(change).collect(),
            stored: BTreeMap::new(),
            edit: None,
            message: self.message,
            destination: if self.commit { Destination::CurrentBranch } else { Destination::WorkTree },
            is_initial: true,
        }
    }
}

fn problems(creation: &Creation, target: &Target) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !fs::is_writable(&target.anchor) {
        problems.push(git::not_writable(&target.anchor));
    }
    if creation.commit && !git::is_branch_name(creation.branch) {
        let message = format!("`{}` cannot be a branch", creation.branch);
        problems.push(Problem::new(message, "choose another name"));
    }
    problems
}

/// Whether an interrupted run was moving a new repository into the directory `dir`.
pub(crate) fn is_half_created(dir: &Path) -> Result<bool> {
    let target = Target::resolve(dir)?;
    Ok(Staging::resumable(&target).is_some())
}

/// Completes what [`is_half_created`] found.
///
/// # Errors
/// A precondition while that run is active, or if its record is not one that this user wrote here; something is in the way.
pub(crate) fn complete_creation(dir: &Path) -> Result<()> {
    complete_interrupted(&Target::resolve(dir)?).map(drop)
}

/// Finishes moving a killed run's files into an empty directory; returns whether there was such a run.
fn complete_interrupted(target: &Target) -> Result<bool> {
    let Some(base) = Staging::resumable(target) else { return Ok(false) };
    let seal = Staging::seal_in(&base);
    record::read(&seal, Purpose::Seal, &target.dir)?;
    let staging = Staging::resume(base)?;
    let moved = names(&staging).and_then(|names| fs::move_entries(&staging.tree(), &target.dir, &names));
    if let Err(error) = moved {
        staging.leave();
        return Err(error)
            .context(|| format!("cannot complete the interrupted run in `{}`", target.dir.display()))
            .map_err(|error| error.hint("move away what is in the way, then run the command again"));
    }
    Ok(true)
}

/// Builds everything in a staging folder, then moves it to the target.
pub(super) fn apply(creation: &Creation, target: &Target, cancelled: Cancelled) -> Result<Applied> {
    let staging = Staging::for_new(target)?;
    write_files(&staging.tree(), creation.files, cancelled)?;
    let (commit, printed) =
        if creation.commit { commit(creation, &staging.tree(), cancelled)? } else { (None, String::new()) };
    stop_if(cancelled)?;
    if target.exists() { fill(&staging, &target.dir) } else { appear(&staging, &target.dir) }?;
    let branch = commit.is_some().then(|| creation.branch.to_owned());
    Ok(Applied { commit, repository_created: creation.commit, branch, printed })
}

/// Turns the directory `root` with the files into a repository with one commit. Returns its id, and what hooks printed.
fn commit(creation: &Creation, root: &Path, cancelled: Cancelled) -> Result<(Option<String>, String)> {
    stop_if(cancelled)?;
    let repo = Repo::create(root, creation.branch, creation.remote)?;
    let head = repo.head()?;
    let files = &with_state_attributes(&repo, root, creation.files)?;
    let paths = || files.keys().map(String::as_str);
    let conversions = repo.conversions_with(paths(), &AttributeFiles::new(), false)?;
    let store = || {
        let stored = files.iter().map(|(path, file)| {
            let after = Some(conversions.store(path, file)?);
            Ok(Delta { path: path.clone(), before: None, after, edited: None })
        });
        let stored = stored.collect::<Result<Vec<Delta>>>()?;
        rewrite(root, files, &conversions.files_to_add(&stored, files)?)?;
        Ok(stored)
    };
    match repo.commit_method()? {
        CommitMethod::Direct(signatures) => {
            let (stored, commit) = repo.as_one_pack(|| {
                let stored = store()?;
                let commit = repo.create_commit(&head, &stored, &signatures, creation.message)?;
                Ok((stored, commit))
            })?;
            stop_if(cancelled)?;
            let index = repo.lock_index()?;
            let prepared = index.stage(&stored, &[])?;
            stop_if(cancelled)?;
            repo.advance(&head, commit, creation.message)?;
            prepared.publish()?;
        }
        CommitMethod::Command => {
            let stored = store()?;
            stop_if(cancelled)?;
            repo.lock_index()?.stage_for_command(&stored)?.publish()?;
            stop_if(cancelled)?;
            repo.commit_by_command(&head, None, &stored, creation.message)?;
        }
    }
    Ok((repo.head_commit()?, repo.take_printed()))
}

/// Returns `files`, with attributes that keep filters away from the state if those in `root` would convert it.
fn with_state_attributes(repo: &Repo, root: &Path, files: &Tree) -> Result<Tree> {
    let mut files = files.clone();
    let disturbed = |files: &Tree| -> Result<bool> {
        let conversions =
            repo.conversions_with(files.keys().map(String::as_str), &AttributeFiles::new(), false)?;
        Ok(files.keys().any(|path| conversions.disturb(path)))
    };
    if disturbed(&files)? {
        let attributes =
            Tree::from([(state_attributes::PATH.to_owned(), state_attributes::ATTRIBUTES.clone())]);
        write_files(root, &attributes, &|| false)?;
        files.extend(attributes);
        if disturbed(&files)? {
            return Err(state_attributes::disturbed(repo, "", false));
        }
    }
    Ok(files)
}

/// Replaces those of the files `before` below `root` that are others in `after`.
fn rewrite(root: &Path, before: &Tree, after: &Tree) -> Result<()> {
    for (path, file) in after.iter().filter(|(path, file)| before.get(*path) != Some(file)) {
        let goal = root.join(path);
        let written = fs::remove_optional(&goal).and_then(|()| fs::write_file(&goal, file));
        written.context(|| format!("cannot write `{path}`"))?;
    }
    Ok(())
}

fn appear(staging: &Staging, dir: &Path) -> Result<()> {
    fs::move_folder(&staging.tree(), dir).context(|| format!("cannot create `{}`", dir.display()))
}

fn fill(staging: &Staging, dir: &Path) -> Result<()> {
    let failed = || format!("cannot write to `{}`", dir.display());
    let names = names(staging).context(failed)?;
    record::write(&staging.seal(), Purpose::Seal, dir, SEALED)?;
    // The directory was empty, so everything that came from the staging folder goes back there.
    fs::move_entries(&staging.tree(), dir, &names)
        .inspect_err(|_| fs::move_back(&staging.tree(), dir, &names))
        .context(failed)
}

/// Returns the entries of the staging folder in the order of moving: `.git` last.
fn names(staging: &Staging) -> io::Result<Vec<OsString>> {
    let mut names = fs::entry_names(&staging.tree())?;
    names.sort_by_key(|name| name == ".git");
    Ok(names)
}
