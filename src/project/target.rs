//! The directory that `new` or `adopt` writes to, and the answers that its surroundings suggest.

#![expect(clippy::disallowed_methods, reason = "looks at the surroundings of the target, reading only")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::answers_file;
use crate::answers::detect;
use crate::answers::detect::Surroundings;
use crate::error::{Context, Error, Result};
use crate::fs;
use crate::git;
use crate::git::{Repo, RepoLocation, Worktree};
use crate::values::is_same_repository;

/// Anything much larger is not a Dockerfile.
const DOCKERFILE_LIMIT: u64 = 1 << 20;

#[derive(Debug)]
pub(crate) struct TargetDirectory {
    /// Absolute.
    pub(crate) dir: PathBuf,
    /// As the user named it.
    pub(crate) shown: String,
    /// Folder inside the repository, ending in `/`; empty at the root.
    pub(crate) prefix: String,
    /// The URL that the repository pushes to, if any.
    pub(crate) remote: Option<String>,
    /// The current branch; `None` without a repository, or if HEAD is detached.
    pub(crate) branch: Option<String>,
    /// Root of the enclosing repository, if it exists already.
    repository: Option<PathBuf>,
    /// Whether it is to become a repository inside the enclosing one, which ignores it.
    pub(crate) is_separate: bool,
}

impl TargetDirectory {
    /// Locates the directory that the user named `shown`.
    pub(crate) fn at(shown: &Path) -> Result<Self> {
        // Without the dots that a user may have typed.
        let dir: PathBuf = current()?.join(shown).components().collect();
        let shown = shown.display().to_string();
        Ok(match git::locate(&dir)? {
            RepoLocation::Worktree(Worktree { root, prefix, branch, remote }) => Self {
                dir,
                shown,
                prefix: plain(prefix)?,
                remote,
                branch,
                repository: Some(root),
                is_separate: false,
            },
            RepoLocation::New { .. } => Self {
                dir,
                shown,
                prefix: String::new(),
                remote: None,
                branch: None,
                repository: None,
                is_separate: false,
            },
        })
    }

    /// The same directory, as a repository inside the enclosing one.
    ///
    /// # Errors
    /// A precondition: it is a repository itself; the enclosing one does not ignore it, and would take it for a submodule;
    /// or it is not empty.
    pub(crate) fn separate(self) -> Result<Self> {
        let Some(root) = &self.repository else { return Ok(self) };
        let shown = &self.shown;
        if self.prefix.is_empty() {
            return Err(Error::precondition(format!("`{shown}` is a Git repository already"))
                .hint("leave out `--repository separate`, or choose another directory"));
        }
        if !self.is_ignored()? {
            return Err(Error::precondition(format!(
                "`{}` does not ignore `{}`",
                root.display(),
                self.prefix
            ))
            .hint("a repository there would become a submodule: choose a directory elsewhere")
            .hint(format!(
                "or add `/{}` to `{}`",
                self.prefix,
                root.join(".gitignore").display()
            )));
        }
        git::locate_separate(&self.dir)?;
        Ok(Self {
            prefix: String::new(),
            remote: None,
            branch: None,
            repository: None,
            is_separate: true,
            ..self
        })
    }

    /// Whether the enclosing repository ignores whatever is new in the directory.
    pub(crate) fn is_ignored(&self) -> Result<bool> {
        let Some(root) = &self.repository else { return Ok(false) };
        Ok(Repo::open(root)?.ignores_all_in(&self.prefix))
    }

    /// Whether the enclosing repository is a checkout of the repository `url`.
    pub(crate) fn is_checkout_of(&self, url: &str) -> Result<bool> {
        let Some(root) = &self.repository else { return Ok(false) };
        Ok(Repo::open(root)?.remote_urls().iter().any(|remote| is_same_repository(remote, url)))
    }

    /// Returns what each detector found around the directory.
    pub(crate) fn detect(&self) -> BTreeMap<&'static str, String> {
        let source = self.source();
        let source_remote = match &source {
            // A neighbour that Git cannot read is ignored.
            Some(source) => git::remote_and_branch(source).ok().and_then(|(remote, _)| remote),
            None => None,
        };
        detect::detect(&Surroundings {
            target_name: self.name(),
            target_remote: self.remote.clone(),
            target_branch: self.branch.clone(),
            source_remote,
            source_name: source.as_deref().and_then(file_name),
            dockerfile: source.as_deref().and_then(dockerfile),
        })
    }

    pub(crate) fn root(&self) -> Option<&Path> {
        self.repository.as_deref()
    }

    pub(crate) fn is_in_repository(&self) -> bool {
        self.repository.is_some()
    }

    pub(crate) fn is_generated(&self) -> bool {
        self.dir.join(answers_file::PATH).exists()
    }

    /// The names of what is in the directory.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = self.dir.read_dir().into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    /// What would keep `git push` from working.
    ///
    /// # Errors
    /// A precondition: HEAD is detached, or there is no remote.
    pub(crate) fn check_push(&self) -> Result<()> {
        match (self.is_in_repository(), &self.branch, &self.remote) {
            (false, ..) | (true, Some(_), Some(_)) => Ok(()),
            (true, None, _) => Err(Error::precondition("HEAD is detached, so there is not a branch to push")
                .hint("`git switch` to a branch, or leave out --push")),
            (true, _, None) => Err(Error::precondition("the repository has no remote to push to")
                .hint("`git remote add origin URL`, or leave out --push")),
        }
    }

    fn name(&self) -> Option<String> {
        // `.` and `..` have no name of their own.
        let dir = self.dir.canonicalize().unwrap_or_else(|_| self.dir.clone());
        file_name(&dir)
    }

    /// Returns the root of the application's source: around the current directory, the target's parent, or
    /// its sibling named without a suffix such as `-gitops`, whichever is first.
    fn source(&self) -> Option<PathBuf> {
        let here = std::env::current_dir().ok();
        let around = self.dir.parent().map(Path::to_owned);
        let beside = || self.dir.parent()?.join(detect::without_suffix(&self.name()?)?).into();
        let candidates = [here, around, beside()].into_iter().flatten();
        candidates.filter_map(|dir| source_around(&dir)).find(|dir| self.may_be_source(dir))
    }

    /// A repository around the directory is also the source only if it holds an application.
    fn may_be_source(&self, dir: &Path) -> bool {
        let is_around =
            self.repository.as_deref() == Some(dir) || (self.is_separate && self.dir.starts_with(dir));
        dir != self.dir && (!is_around || has_dockerfile(dir))
    }
}

/// The folder, if its name needs no quotes in manifests and commands.
fn plain(prefix: String) -> Result<String> {
    let unusual = |letter: char| !(letter.is_ascii_alphanumeric() || "/._@+=-".contains(letter));
    if prefix.contains(unusual) || prefix.starts_with('-') || prefix.contains("/-") {
        let message = format!("the folder name `{prefix}` cannot be used in manifests and commands");
        return Err(
            Error::precondition(message).hint("use letters, digits and `._@+=-` only, not `-` at the start")
        );
    }
    Ok(prefix)
}

/// Returns the root of the repository around `dir`, or `dir` itself if it has a Dockerfile.
fn source_around(dir: &Path) -> Option<PathBuf> {
    match git::locate(dir) {
        Ok(RepoLocation::Worktree(worktree)) => Some(worktree.root),
        _ => has_dockerfile(dir).then(|| dir.to_owned()),
    }
}

fn has_dockerfile(dir: &Path) -> bool {
    dir.join("Dockerfile").is_file()
}

/// Where a manifest repository would go, seen from the current directory.
pub(crate) fn suggestion() -> Result<Option<String>> {
    let here = current()?;
    if here.read_dir().is_ok_and(|mut entries| entries.next().is_none()) {
        return Ok(Some(".".to_owned()));
    }
    let is_top = source_around(&here).is_some_and(|source| source == here);
    Ok(is_top.then(|| file_name(&here).map(|name| format!("../{name}-gitops"))).flatten())
}

/// Returns a directory beside the repository that `target` is in.
pub(crate) fn outside(target: &TargetDirectory) -> String {
    let suggestion = suggestion().ok().flatten().filter(|suggestion| suggestion != ".");
    let beside = || {
        let root = target.root()?;
        Some(root.with_file_name(format!("{}-gitops", file_name(root)?)).display().to_string())
    };
    suggestion.or_else(beside).unwrap_or_else(|| "../shop-gitops".to_owned())
}

fn current() -> Result<PathBuf> {
    std::env::current_dir().context(|| "cannot find the current directory".to_owned())
}

fn file_name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_str()?.to_owned())
}

fn dockerfile(source: &Path) -> Option<String> {
    let content = fs::read_linked(&source.join("Dockerfile"), DOCKERFILE_LIMIT).ok()??;
    String::from_utf8(content).ok()
}
