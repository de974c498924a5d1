//! Reads `.treenail/` from the work tree, or, where that is lost or damaged, from an earlier commit. Every error names
//! the recoveries that are possible in this repository.

use std::collections::BTreeMap;
use std::path::Path;

use super::base;
use super::location::ProjectLocation;
use super::recorded::Recorded;
use super::{FOLDER, answers_file};
use crate::apply;
use crate::apply::Unfinished;
use crate::error::{Context, Error, ErrorKind, Result};
use crate::fs;
use crate::git::{Contents, Repo};
use crate::scaffold::definition::Version;
use crate::scaffold::render::RenderedFile;
use crate::shell;

/// Finishes or undoes an interrupted run, since only then the last commit is what the user means; a dry run refuses.
///
/// # Errors
/// A precondition where a dry run finds one; it cannot be settled.
pub(crate) fn settle_interrupted(root: &Path, dry_run: bool) -> Result<()> {
    if dry_run { refuse_interrupted(root) } else { apply::recover(root).map(drop) }
}

/// # Errors
/// A precondition where an earlier run in the work tree `root` was killed.
pub(crate) fn refuse_interrupted(root: &Path) -> Result<()> {
    match apply::unfinished(root)? {
        Some(Unfinished::Killed) => Err(Error::precondition("an earlier run was interrupted here").hint(
            "finish it with `treenail upgrade --continue`, or undo it with `treenail upgrade --abort`",
        )),
        Some(Unfinished::Running | Unfinished::Waiting) | None => Ok(()),
    }
}

/// Where the base of a merge is to come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BaseSource<'a> {
    /// The work tree.
    Recorded,
    /// This commit.
    Revision(&'a str),
    /// It is lost: merge without one.
    Nowhere,
}

/// Where the state was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StateOrigin {
    /// All of it in the work tree.
    WorkTree,
    /// The base in an earlier commit.
    Commit {
        /// The full id of the commit.
        id: String,
        /// Whether the answers come from there too.
        answers_too: bool,
        /// The version of the scaffold that the base is of.
        version: Version,
    },
    /// The answers in the work tree, the base nowhere.
    Baseless,
}

pub(crate) struct ProjectState {
    pub(crate) recorded: Recorded,
    /// None where it is lost.
    pub(crate) base: Vec<RenderedFile>,
    pub(crate) origin: StateOrigin,
    /// The text of the answers, unless they come from an earlier commit.
    pub(crate) text: Option<Vec<u8>>,
}

/// Reads the state of the folder that `dir` names.
///
/// # Errors
/// A precondition where there never was one; wrong usage for an unknown commit; [`ErrorKind::State`], with the possible
/// recoveries, where it is lost or damaged.
pub(crate) fn read(dir: &Path, location: &ProjectLocation, from: BaseSource) -> Result<ProjectState> {
    let finder = Finder::new(dir, &location.root, &location.prefix)?;
    match from {
        BaseSource::Recorded => finder.recorded(),
        BaseSource::Revision(revision) => finder.in_commit(revision),
        BaseSource::Nowhere => match finder.answers() {
            Ok(recorded) => Ok(finder.found(recorded, Vec::new(), StateOrigin::Baseless)),
            Err(error) => Err(finder.with_recoveries(error, Lost { answers: true, base: false })),
        },
    }
}

/// What is left of a lost state.
#[derive(Debug, Default)]
pub(crate) struct Remains {
    /// The answers in a damaged file, as far as they can be read.
    pub(crate) answers: BTreeMap<String, String>,
    /// A commit that [`BaseSource::Revision`] takes, its full id.
    pub(crate) commit: Option<String>,
}

/// What is left of the state of a folder that has lost its answers, or never had any.
///
/// # Errors
/// A precondition where nothing is lost; [`ErrorKind::State`] where it can be restored more easily, or was written by a
/// newer treenail.
pub(crate) fn remains(dir: &Path, root: &Path, prefix: &str) -> Result<Remains> {
    let finder = Finder::new(dir, root, prefix)?;
    let lost = Lost { answers: true, base: false };
    let error = match (finder.answers(), finder.recorded()) {
        (Err(error), _) => error,
        (Ok(_), Err(error)) => return Err(error),
        (Ok(_), Ok(_)) => {
            return Err(Error::precondition(format!("`{}` still has its `.treenail/` state", dir.display()))
                .hint(format!("`treenail upgrade{}` brings it up to date", shown(dir))));
        }
    };
    let is_there = is_newer(&error) || finder.is_unmerged(lost) || finder.is_sound_in("HEAD", lost);
    if error.kind != ErrorKind::Precondition && (error.kind != ErrorKind::State || is_there) {
        return Err(finder.with_recoveries(error, lost));
    }
    let text = finder.text.as_deref().unwrap_or_default();
    let answers = answers_file::parse(&String::from_utf8_lossy(text)).unwrap_or_default();
    Ok(Remains { answers, commit: finder.newest_sound(lost) })
}

/// The refusal of a folder that has no state.
pub(crate) fn not_generated(dir: &Path) -> Error {
    Error::precondition(format!("`{}` was not generated by treenail", dir.display()))
        .hint(format!("name the folder that holds `{FOLDER}`"))
        .hint(format!("or recreate a lost one for existing files: `treenail adopt{}`", shown(dir)))
}

/// A folder as the last word of a command; nothing where that is the default.
pub(crate) fn shown(dir: &Path) -> String {
    if dir == Path::new(".") {
        String::new()
    } else {
        format!(" {}", shell::path(&dir.display().to_string()))
    }
}

/// The file `path` of the folder `prefix` for Git's command line, from wherever in the work tree it is run.
pub(crate) fn rooted(prefix: &str, path: &str) -> String {
    if prefix.is_empty() { path.to_owned() } else { shell::word(&format!(":/{prefix}{path}")) }
}

/// Which of the two files cannot be used.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Lost {
    answers: bool,
    base: bool,
}

impl Lost {
    fn paths(self) -> Vec<&'static str> {
        let both = [(self.answers, answers_file::PATH), (self.base, base::PATH)];
        both.into_iter().filter(|(lost, _)| *lost).map(|(_, path)| path).collect()
    }
}

struct Finder<'a> {
    dir: &'a Path,
    root: &'a Path,
    prefix: &'a str,
    repo: Repo,
    /// The answers, where there are any.
    text: Option<Vec<u8>>,
}

impl<'a> Finder<'a> {
    fn new(dir: &'a Path, root: &'a Path, prefix: &'a str) -> Result<Self> {
        let mut finder = Self { dir, root, prefix, repo: Repo::open(root)?, text: None };
        finder.text = finder.read(answers_file::PATH)?;
        Ok(finder)
    }

    fn found(&self, recorded: Recorded, base: Vec<RenderedFile>, origin: StateOrigin) -> ProjectState {
        let is_elsewhere = matches!(origin, StateOrigin::Commit { answers_too: true, .. });
        ProjectState { recorded, base, origin, text: self.text.clone().filter(|_| !is_elsewhere) }
    }

    fn recorded(&self) -> Result<ProjectState> {
        let lost = |answers, base| Lost { answers, base };
        let (error, lost) = match (self.answers(), self.base()) {
            (Ok(recorded), Ok(base)) => return Ok(self.found(recorded, base, StateOrigin::WorkTree)),
            (Err(error), Ok(_)) => (error, lost(true, false)),
            (Ok(_), Err(error)) => (error, lost(false, true)),
            // Where nothing was ever written, nothing is missing either.
            (Err(error), Err(_)) if error.kind == ErrorKind::Precondition => return Err(error),
            (Err(error), Err(other)) => (error.problem(other.message, ""), lost(true, true)),
        };
        Err(self.with_recoveries(error, lost))
    }

    fn in_commit(&self, revision: &str) -> Result<ProjectState> {
        let id = self.repo.commit_named(revision).ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("`{revision}` is not a commit")).hint(format!(
                "`git log --oneline -- {}` lists the commits that changed the state",
                self.rooted(base::PATH)
            ))
        })?;
        let (answers, base) = (self.answers_of(&id)?, self.base_of(&id)?);
        let base = base.map_err(|error| {
            let error = Error::new(
                ErrorKind::State,
                format!("the commit `{revision}` has no usable `.treenail/` state: {}", error.message),
            );
            self.with_recoveries(error, Lost { answers: answers.is_err(), base: true })
        })?;
        let version = answers.as_ref().ok().map(|answers| answers.scaffold.version);
        let (recorded, answers_too) = match (self.answers(), answers) {
            (Ok(recorded), _) => (recorded, false),
            (Err(error), Ok(answers)) if !is_newer(&error) => (answers, true),
            (Err(error), _) => {
                return Err(self.with_recoveries(error, Lost { answers: true, base: false }));
            }
        };
        let version = version.unwrap_or(recorded.scaffold.version);
        Ok(self.found(recorded, base, StateOrigin::Commit { id, answers_too, version }))
    }

    fn answers(&self) -> Result<Recorded> {
        if self.text.is_none() && !self.was_generated() {
            return Err(not_generated(self.dir));
        }
        read_answers(self.text.clone(), "")
    }

    fn base(&self) -> Result<Vec<RenderedFile>> {
        read_base(self.read(base::PATH)?, "")
    }

    fn answers_of(&self, commit: &str) -> Result<Result<Recorded>> {
        let text = self.repo.file_in(commit, &self.in_repository(answers_file::PATH))?;
        Ok(read_answers(text, " there"))
    }

    fn base_of(&self, commit: &str) -> Result<Result<Vec<RenderedFile>>> {
        let archive = self.repo.file_in(commit, &self.in_repository(base::PATH))?;
        Ok(read_base(archive, " there"))
    }

    /// Whether the folder has or had a `.treenail/`.
    fn was_generated(&self) -> bool {
        let is_there = |files: &Contents| files.iter().any(Option::is_some);
        let paths = [answers_file::PATH, base::PATH].map(|path| self.in_repository(path));
        self.read(base::PATH).is_ok_and(|base| base.is_some())
            || self.repo.newest_with(&paths, &is_there).is_ok_and(|commit| commit.is_some())
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        if self.repo.is_bare() {
            // The last commit is all that there is.
            let Some(head) = self.repo.head_commit()? else { return Ok(None) };
            return self.repo.file_in(&head, &self.in_repository(path));
        }
        let path = self.root.join(self.prefix).join(path);
        fs::read_optional(&path).context(|| format!("cannot read `{}`", path.display()))
    }

    fn in_repository(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    fn rooted(&self, path: &str) -> String {
        rooted(self.prefix, path)
    }

    /// `error` with the recoveries that the history allows.
    fn with_recoveries(&self, error: Error, lost: Lost) -> Error {
        // What never existed cannot be restored.
        if error.kind != ErrorKind::State || is_newer(&error) {
            return error;
        }
        let paths = lost.paths();
        let listed: Vec<String> = paths.iter().map(|path| self.rooted(path)).collect();
        let listed = listed.join(" ");
        if self.is_unmerged(lost) {
            let both = [answers_file::PATH, base::PATH].map(|path| self.rooted(path)).join(" ");
            return error
                .hint(format!(
                    "take both files from one side: git checkout --ours -- {both} && git add -- {both}"
                ))
                .hint("finish the merge; `treenail upgrade` then rewrites them");
        }
        if self.is_sound_in("HEAD", lost) {
            return error.hint(format!("restore the committed version: git checkout HEAD -- {listed}"));
        }
        let dir = shown(self.dir);
        let error = match self.newest_sound(lost) {
            Some(commit) => error.hint(format!(
                "merge against an earlier recorded state: treenail upgrade --base {}{dir}",
                &commit[..commit.len().min(10)]
            )),
            None => error,
        };
        if lost.answers {
            return error
                .hint(format!("answer the questions again, and keep all files: treenail adopt{dir}"));
        }
        error.hint(format!(
            "without a base, every file that differs is a conflict: \
             treenail upgrade --two-way{dir}"
        ))
    }

    fn is_unmerged(&self, lost: Lost) -> bool {
        let is_unmerged = |path: &&str| self.repo.is_unmerged(&self.in_repository(path)).unwrap_or(false);
        lost.paths().iter().any(is_unmerged)
    }

    fn is_sound_in(&self, revision: &str, lost: Lost) -> bool {
        let Some(commit) = self.repo.commit_named(revision) else { return false };
        (!lost.answers || self.answers_of(&commit).is_ok_and(|answers| answers.is_ok()))
            && (!lost.base || self.base_of(&commit).is_ok_and(|base| base.is_ok()))
    }

    /// The newest commit that `--base` can be given.
    fn newest_sound(&self, lost: Lost) -> Option<String> {
        let paths = [answers_file::PATH, base::PATH].map(|path| self.in_repository(path));
        let is_sound = |files: &Contents| match files {
            [answers, base] => {
                (!lost.answers || read_answers(answers.clone(), "").is_ok())
                    && read_base(base.clone(), "").is_ok()
            }
            _ => false,
        };
        // A hint is not worth an error of its own.
        self.repo.newest_with(&paths, &is_sound).ok().flatten()
    }
}

/// Whether a newer treenail wrote the file: that is not damage, and the error has its own hint.
fn is_newer(error: &Error) -> bool {
    error.kind == ErrorKind::State && !error.hints.is_empty()
}

fn read_answers(text: Option<Vec<u8>>, suffix: &str) -> Result<Recorded> {
    let text = text.ok_or_else(|| missing(answers_file::PATH, suffix))?;
    Recorded::read(&String::from_utf8_lossy(&text))
}

fn read_base(archive: Option<Vec<u8>>, suffix: &str) -> Result<Vec<RenderedFile>> {
    base::read(&archive.ok_or_else(|| missing(base::PATH, suffix))?)
}

fn missing(path: &str, suffix: &str) -> Error {
    Error::new(ErrorKind::State, format!("`{path}` is missing{suffix}"))
}
