//! A generated folder in a repository, as the verbs of the day see it: what one commit records about it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::declared::Delivery;
use crate::answers::resolve::{Defaults, Policy, Resolver};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::git::Repo;
use crate::project::answers_file;
use crate::project::location::ProjectLocation;
use crate::project::recorded::Recorded;
use crate::project::recovery;
use crate::scaffold::{Scaffold, catalog};
use crate::values::value::Answers;

/// As many folders are named where none was.
const MOST_SHOWN: usize = 10;

pub(crate) struct Service {
    pub(crate) repo: Repo,
    /// The folder inside the repository: empty, or ending in `/`.
    pub(crate) prefix: String,
    /// The full id of the commit that is looked at.
    pub(crate) commit: String,
    pub(crate) delivery: Delivery,
    /// The folder of the scaffold, if the user has set it for this clone.
    pub(crate) scaffold_folder: Option<PathBuf>,
    /// What it was generated from, as far as that is recorded.
    pub(crate) scaffold: Scaffold,
    pub(crate) answers: Answers,
}

impl Service {
    /// Reads the service in `dir`, as of `revision` or the last commit.
    ///
    /// # Errors
    /// A precondition: `dir` was not generated, nothing is committed, or the scaffold is not at hand or declares no
    /// releases. [`ErrorKind::Usage`]: the revision does not exist.
    pub(crate) fn read(dir: &Path, scaffold: Option<&str>, revision: Option<&str>) -> Result<Self> {
        let location = ProjectLocation::of(dir)?;
        let repo = Repo::open(&location.root)?;
        let commit = commit(&repo, revision)?;
        let prefix = location.prefix;
        let Some(answers) = repo.file_in(&commit, &format!("{prefix}{}", answers_file::PATH))? else {
            return Err(not_committed(&repo, &commit, dir, revision));
        };
        let recorded = Recorded::read(&String::from_utf8_lossy(&answers))?;
        let name = &recorded.scaffold.name;
        let is_named = scaffold.is_some() || catalog::names().contains(&name.as_str());
        let folder = if is_named { None } else { repo.scaffold_folder(name) };
        let scaffold = recorded.scaffold(scaffold, folder.as_deref())?;
        let answers = resolved(&recorded, &scaffold)?;
        let delivery = delivery(&recorded, &scaffold, &answers)?;
        Ok(Self { repo, prefix, commit, delivery, scaffold_folder: folder, scaffold, answers })
    }

    /// Returns which files of `commit` are manifests: those in a generated folder, and those that releases and promotions
    /// change.
    ///
    /// # Errors
    /// The commit cannot be read.
    pub(crate) fn manifests_in(&self, repo: &Repo, commit: &str) -> Result<ManifestPaths> {
        let found = repo.paths_in(commit, answers_file::PATH)?;
        let folders = found.iter().filter_map(|path| path.strip_suffix(answers_file::PATH));
        let own = self.delivery.environments.iter().flat_map(|it| it.carried().chain(&it.manifests));
        let own = own.chain([&self.delivery.release_file]).map(|path| self.rooted(path));
        // All that is in a repository whose root is generated cannot be manifests.
        let folders = folders.filter(|folder| !folder.is_empty()).map(str::to_owned);
        Ok(ManifestPaths(folders.chain(own).collect()))
    }

    /// Returns a path of the project as seen from the root of the repository.
    pub(crate) fn rooted(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }
}

/// Files, and folders with a `/` at their end.
pub(crate) struct ManifestPaths(Vec<String>);

impl ManifestPaths {
    pub(crate) fn has(&self, path: &str) -> bool {
        self.0.iter().any(|own| covers(own, path))
    }
}

/// Whether `own` is the file at `path`, or a folder around it, with a `/` at its end.
pub(super) fn covers(own: &str, path: &str) -> bool {
    own == path || own.ends_with('/') && path.starts_with(own)
}

fn commit(repo: &Repo, revision: Option<&str>) -> Result<String> {
    match revision {
        None => repo.head_commit()?.ok_or_else(|| {
            Error::precondition("nothing is committed yet")
                .hint("commit what treenail wrote: git add, git commit")
        }),
        Some(revision) => repo.commit_named(revision).ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("`{revision}` is not a revision of this repository"))
                .hint("name a commit, a branch or a tag, such as `origin/main`; `git fetch` brings new ones")
        }),
    }
}

/// The error for a commit that has no project in `dir`; it names those that it has.
fn not_committed(repo: &Repo, commit: &str, dir: &Path, revision: Option<&str>) -> Error {
    if let Some(revision) = revision {
        return Error::precondition(format!("`{revision}` has no project in `{}`", dir.display()))
            .hint("name another folder with -C, or another revision");
    }
    let error = recovery::not_generated(dir);
    let Ok(paths) = repo.paths_in(commit, answers_file::PATH) else { return error };
    let folders: Vec<&str> = paths
        .iter()
        .filter_map(|path| path.strip_suffix(answers_file::PATH)?.strip_suffix('/'))
        .take(MOST_SHOWN)
        .collect();
    if folders.is_empty() { error } else { error.hint(format!("there is one in {}", folders.join(", "))) }
}

/// The recorded answers, as `scaffold` understands them.
fn resolved(recorded: &Recorded, scaffold: &Scaffold) -> Result<Answers> {
    let resolver = Resolver::new(scaffold);
    let migrated = recorded.migrated(scaffold, false)?;
    let given = resolver.renew(&migrated.answers, &BTreeMap::new(), Defaults::Keep)?;
    resolver.resolve(&given, &BTreeMap::new(), Policy::TakeDefaults)?.map_err(|invalid| {
        let problems = invalid
            .into_iter()
            .map(|invalid| Problem::new(format!("`{}`: {}", invalid.question, invalid.reason), ""));
        Error::new(ErrorKind::Answers, "the recorded answers are not valid")
            .problems(problems)
            .hint("`treenail upgrade` asks for them")
    })
}

/// What `scaffold` declares, with the paths that the files have in this project.
fn delivery(recorded: &Recorded, scaffold: &Scaffold, answers: &Answers) -> Result<Delivery> {
    let mut delivery = scaffold.delivery(answers)?;
    // The scaffold at hand may be newer than the files.
    let moves = scaffold.moves_since(&recorded.scaffold.version, answers)?;
    let old: BTreeMap<&str, &str> = moves.iter().map(|(old, new)| (new.as_str(), old.as_str())).collect();
    delivery.follow(|path| {
        let generated = old.get(path).copied().unwrap_or(path);
        recorded.decisions.moved.get(generated).map_or(generated, |moved| moved).to_owned()
    });
    Ok(delivery)
}
