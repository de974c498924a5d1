//! The only user of Git: libgit2 for everything that it does as Git would, the `git` command for the rest (hooks, signing,
//! filters, pushing).
//!
//! The directory decides which repository is used. `GIT_DIR`, `GIT_WORK_TREE`, `GIT_INDEX_FILE` and the like are ignored,
//! here and for every `git` that is started: hooks and `git rebase --exec` set them to another repository than that of the
//! directory that the user named.

mod attributes;
mod blob;
mod branch;
mod cherry_pick;
mod command;
mod commit;
mod diff;
mod file_history;
mod filter_command;
mod filters;
mod github;
mod history;
mod identity;
mod ignore;
mod index;
mod index_lock;
mod kept;
mod locate;
mod open;
pub(crate) mod probe;
mod reference_lock;
mod remote;
mod settings;
mod snapshot;
mod source;
mod text;
mod tree;
mod unmerged;
mod worktree_status;

pub(crate) use attributes::AttributeFiles;
pub use blob::{Blob, Delta, Edited};
pub(crate) use cherry_pick::{Pick, PickedFile, Unmerged};
pub use command::push;
pub(crate) use commit::{CommitId, tidy_message};
pub(crate) use diff::{FileDiff, diff};
pub(crate) use file_history::{CommitInfo, FileVersion};
pub(crate) use filters::{Committed, Conversions};
pub(crate) use github::gh;
pub(crate) use history::Contents;
pub(crate) use identity::{CommitMethod, Signatures, check_identity};
pub(crate) use ignore::Ignore;
pub(crate) use index_lock::{IndexLock, PreparedIndex};
pub(crate) use kept::keeping_open;
pub use locate::{RepoLocation, Worktree, bare, locate, remote_and_branch};
pub(crate) use locate::{check_readable, common_dir, locate_separate};
pub(crate) use remote::{Push, RemoteRef, Upstream, is_public, remote_refs};
pub(crate) use text::{Labels, merge_text, merge_two};
pub(crate) use unmerged::ConflictStages;
pub(crate) use worktree_status::WorktreeStatus;

use std::cell::{OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use git2::{Config, ErrorCode, Oid, Repository, RepositoryInitOptions, RepositoryState};

use crate::error::{Context, Error, Problem, Result};
use crate::fs;

pub(crate) struct Repo {
    git: Rc<Repository>,
    root: PathBuf,
    settings: OnceCell<Option<Config>>,
    /// What Git and its hooks have printed while they did something.
    printed: RefCell<String>,
    /// Whether no program may run that `git status` would not run.
    only_reads: bool,
    clean_ids: RefCell<filters::CleanIds>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The full name of the reference to advance: a branch, or `HEAD` itself when detached.
    name: String,
    /// `None` on a branch without commits.
    commit: Option<Oid>,
}

impl Head {
    /// Returns the full name of the reference.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the short name of the branch; `None` if HEAD is detached.
    pub(crate) fn branch(&self) -> Option<&str> {
        self.name.strip_prefix("refs/heads/")
    }

    /// Returns the full id of the commit.
    pub(crate) fn commit(&self) -> Option<String> {
        self.commit.map(|commit| commit.to_string())
    }

    /// Returns the same branch at `commit`.
    pub(crate) fn moved_to(&self, CommitId(commit): CommitId) -> Self {
        Self { commit: Some(commit), ..self.clone() }
    }

    /// Returns two words, which [`Head::from_words`] parses.
    pub(crate) fn to_words(&self) -> String {
        let commit = self.commit.map_or_else(|| "-".to_owned(), |commit| commit.to_string());
        format!("{} {commit}", self.name)
    }

    pub(crate) fn from_words(text: &str) -> Option<Self> {
        let (name, commit) = text.split_once(' ')?;
        let commit = if commit == "-" { None } else { Some(Oid::from_str(commit).ok()?) };
        Some(Self { name: name.to_owned(), commit })
    }
}

impl Repo {
    /// Opens the repository whose work tree is `root`, or the bare repository `root`.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        Ok(Self::of(kept::repository(root, || Self::configured(open::open(root)?))?, root))
    }

    /// As [`Repo::open`], with nothing shared with others: what is put into its index or object database stays there.
    fn open_apart(root: &Path) -> Result<Self> {
        Ok(Self::of(Rc::new(Self::configured(open::open(root)?)?), root))
    }

    /// As [`Repo::open`], for a run that writes nothing: no program runs that `git status` would not run.
    pub(crate) fn open_to_read(root: &Path) -> Result<Self> {
        Ok(Self { only_reads: true, ..Self::open(root)? })
    }

    /// Creates a repository in the existing directory `root`, with `branch` as its first branch and `remote` as
    /// the URL of `origin`. The user's template directory is honoured, as by `git init`.
    ///
    /// # Errors
    /// It cannot be written, or a name is not valid.
    pub(crate) fn create(root: &Path, branch: &str, remote: Option<&str>) -> Result<Self> {
        let mut options = RepositoryInitOptions::new();
        options.initial_head(branch).no_reinit(true);
        // Git's own templates are samples and comments only; leaving them out is faster.
        let template = settings::template_dir()?;
        options.external_template(template.is_some());
        if let Some(template) = &template {
            options.template_path(template);
        }
        if let Some(url) = remote {
            options.origin_url(url);
        }
        let git = Repository::init_opts(root, &options)
            .context(|| format!("cannot create a repository in `{}`", root.display()))?;
        Ok(Self::of(Rc::new(Self::configured(git)?), root))
    }

    /// Gives `git` the configuration that the `git` command would read.
    fn configured(git: Repository) -> Result<Repository> {
        if let Some(config) = settings::overridden(Some(&git))? {
            git.set_config(&config).context(|| "cannot use the Git configuration".to_owned())?;
        }
        Ok(git)
    }

    fn of(git: Rc<Repository>, root: &Path) -> Self {
        Self {
            git,
            root: root.to_owned(),
            settings: OnceCell::new(),
            printed: RefCell::default(),
            clean_ids: RefCell::default(),
            only_reads: false,
        }
    }

    /// Returns the root of the work tree, or the bare repository itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn is_bare(&self) -> bool {
        self.git.is_bare()
    }

    pub(crate) fn git_dir(&self) -> PathBuf {
        self.git.path().to_owned()
    }

    /// Returns the directory for the lock and the journal of this work tree.
    pub(crate) fn private_dir(&self) -> PathBuf {
        self.git.path().join("treenail")
    }

    /// Returns what Git and the hooks have printed for people since the last call; bounded, but not sanitized.
    pub(crate) fn take_printed(&self) -> String {
        self.printed.take()
    }

    /// Keeps the `messages` of a command for [`Repo::take_printed`].
    fn keep_printed(&self, messages: &str) {
        let mut printed = self.printed.borrow_mut();
        if !printed.is_empty() && !messages.is_empty() {
            printed.push('\n');
        }
        printed.push_str(messages);
    }

    pub(crate) fn head(&self) -> Result<Head> {
        let unreadable = || "cannot read HEAD".to_owned();
        let head = self.git.find_reference("HEAD").context(unreadable)?;
        let name = head.symbolic_target().context(unreadable)?.unwrap_or("HEAD").to_owned();
        let commit = match self.git.refname_to_id("HEAD") {
            Ok(commit) => Some(commit),
            Err(error) if error.code() == ErrorCode::NotFound => None,
            Err(error) => return Err(error).context(unreadable),
        };
        Ok(Head { name, commit })
    }

    pub(crate) fn head_commit(&self) -> Result<Option<String>> {
        Ok(self.head()?.commit())
    }

    /// Returns what prevents a commit now: an operation in progress or another Git process.
    pub(crate) fn operations_in_progress(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(Operation { name, why_not, abort }) = self.operation() {
            problems.push(Problem::new(
                format!("{name} is in progress in `{}`, and {why_not}", self.root.display()),
                format!("finish it, or abort it with `{abort}`"),
            ));
        }
        problems.extend(self.index_locked_by_git());
        problems
    }

    fn operation(&self) -> Option<Operation> {
        const PART: &str = "the commit would become a part of it";
        let operation = |name, abort| Some(Operation { name, why_not: PART, abort });
        match self.git.state() {
            // Between two of its commits, a sequence has left nothing but its list.
            RepositoryState::Clean if self.git.path().join("sequencer/todo").exists() => {
                operation("a cherry-pick or revert of several commits", "git cherry-pick --quit")
            }
            RepositoryState::Clean => None,
            RepositoryState::Merge => operation("a merge", "git merge --abort"),
            RepositoryState::Revert | RepositoryState::RevertSequence => {
                operation("a revert", "git revert --abort")
            }
            RepositoryState::CherryPick | RepositoryState::CherryPickSequence => {
                operation("a cherry-pick", "git cherry-pick --abort")
            }
            // Until Git has checked out the first commit to try, HEAD is still on its branch.
            RepositoryState::Bisect if self.head().is_ok_and(|head| head.branch().is_some()) => None,
            RepositoryState::Bisect => Some(Operation {
                name: "a bisect",
                why_not: "no branch would have the commit when it ends",
                abort: "git bisect reset",
            }),
            RepositoryState::Rebase
            | RepositoryState::RebaseInteractive
            | RepositoryState::RebaseMerge
            | RepositoryState::ApplyMailboxOrRebase => operation("a rebase", "git rebase --abort"),
            RepositoryState::ApplyMailbox => operation("`git am`", "git am --abort"),
        }
    }

    /// Returns what prevents moving the reference `name`: another Git that holds it, or a folder that cannot be written to.
    pub(crate) fn reference_obstacles(&self, name: &str) -> Vec<Problem> {
        let (path, common) = (self.reference_path(name), self.git.commondir());
        let folder = path.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(common);
        let mut problems: Vec<Problem> = self.reference_locked_by_git(name).into_iter().collect();
        for folder in [folder, &common.join("objects")] {
            if !fs::is_writable(folder) {
                problems.push(not_writable(folder));
            }
        }
        problems
    }
}

/// What is going on in a repository.
struct Operation {
    name: &'static str,
    why_not: &'static str,
    abort: &'static str,
}

pub(crate) fn not_writable(folder: &Path) -> Problem {
    Problem::new(format!("`{}` cannot be written to", folder.display()), "fix its permissions")
}

pub(crate) fn is_branch_name(name: &str) -> bool {
    // To Git these two mean the current commit, wherever a branch could be named.
    !matches!(name, "@" | "HEAD") && git2::Branch::name_is_valid(name).unwrap_or(false)
}

fn missing_identity() -> Error {
    Error::precondition("Git does not know who you are, so nothing can be committed")
        .hint("run `git config --global user.name \"YOUR NAME\"`")
        .hint("run `git config --global user.email YOU@example.com`")
        .hint("or only write the files with `--no-commit`")
}
