//! Makes a commit whose tree is HEAD's tree plus changes. The index plays no part, so what the user has staged neither
//! leaks in nor gets lost.

use std::io::Write;
use std::path::PathBuf;

use git2::{Buf, Oid, Tree};

use super::{Delta, Head, Repo, Signatures, command, tree};
use crate::error::{Context, Error, Result};
use crate::fs;

/// The id of an existing commit, whether or not a reference leads to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CommitId(pub(super) Oid);

impl CommitId {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Oid::from_str(text).ok().map(Self)
    }
}

impl std::fmt::Display for CommitId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Repo {
    /// Does `work`, then writes the commit that it created, with all that belongs to it, as one pack file: as after
    /// a clone, and in half the time of one file for each object. For a repository without other commits.
    ///
    /// # Errors
    /// `work` fails, or the pack cannot be written.
    pub(crate) fn as_one_pack<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        const FAILED: &str = "cannot write the Git objects";
        let odb = self.git.odb().context(|| FAILED.to_owned())?;
        // Above the backends on the disk, so that everything goes into memory first.
        let memory = odb.add_new_mempack_backend(1000).context(|| FAILED.to_owned())?;
        let done = work()?;
        let mut pack = Buf::new();
        memory.dump(&self.git, &mut pack).context(|| FAILED.to_owned())?;
        let mut writer = odb.packwriter().context(|| FAILED.to_owned())?;
        writer.write_all(&pack).context(|| FAILED.to_owned())?;
        writer.commit().context(|| FAILED.to_owned())?;
        memory.reset().context(|| FAILED.to_owned())?;
        Ok(done)
    }

    /// Creates, on top of `head`, the commit that makes `deltas`. No reference points to it yet.
    ///
    /// # Errors
    /// A path is taken in `head`, or an object cannot be written.
    pub(crate) fn create_commit(
        &self,
        head: &Head,
        deltas: &[Delta],
        signatures: &Signatures,
        message: &str,
    ) -> Result<CommitId> {
        let before = head.commit.map(|commit| self.tree_of(commit)).transpose()?;
        let tree = self.changed_tree(before.as_ref(), deltas)?;
        self.record(tree, head.commit, signatures, message)
    }

    pub(super) fn record(
        &self,
        tree: Oid,
        parent: Option<Oid>,
        signatures: &Signatures,
        message: &str,
    ) -> Result<CommitId> {
        let create = || -> Result<Oid, git2::Error> {
            let parent = parent.map(|commit| self.git.find_commit(commit)).transpose()?;
            let parents: Vec<_> = parent.iter().collect();
            let tree: Tree = self.git.find_tree(tree)?;
            let Signatures { author, committer } = signatures;
            self.git.commit(None, author, committer, &with_newline(message), &tree, &parents)
        };
        create().context(|| "cannot create the commit".to_owned()).map(CommitId)
    }

    /// The message of `commit`.
    ///
    /// # Errors
    /// The object database does not have it, or it is not text.
    pub(crate) fn message(&self, CommitId(commit): CommitId) -> Result<String> {
        let unreadable = || format!("cannot read the commit `{commit}`");
        let commit = self.git.find_commit(commit).context(unreadable)?;
        commit.message().map(str::to_owned).context(unreadable)
    }

    /// Moves the branch (or the detached HEAD) from `head` on to `commit`, if it is still where it was.
    ///
    /// # Errors
    /// HEAD has moved meanwhile, or cannot be written; then nothing has changed.
    pub(crate) fn advance(&self, head: &Head, CommitId(commit): CommitId, message: &str) -> Result<()> {
        // The reference transaction checks that the branch itself has not moved.
        if self.head()?.name != head.name {
            return Err(moved());
        }
        let kind = if head.commit.is_some() { "commit" } else { "commit (initial)" };
        let log = format!("{kind}: {}", message.lines().next().unwrap_or_default());
        let done = match head.commit {
            Some(before) => self.git.reference_matching(&head.name, commit, true, before, &log),
            None => self.git.reference(&head.name, commit, false, &log),
        };
        match done {
            Ok(_) => Ok(()),
            Err(_) if self.head()? != *head => Err(moved()),
            Err(error) => Err(error).context(|| format!("cannot update `{}`", head.name)),
        }
    }

    /// Commits `deltas`, which are in the work tree and the index, on top of `head` by `git commit`. What hooks make of
    /// them goes into the index too.
    ///
    /// # Errors
    /// HEAD has moved meanwhile; Git, a hook or the signing program fails; then nothing has been committed.
    pub(crate) fn commit_changes_by_command(
        &self,
        head: &Head,
        deltas: &[Delta],
        message: &str,
    ) -> Result<()> {
        if self.head()? != *head {
            return Err(moved());
        }
        let before = head.commit.map(|commit| self.tree_of(commit)).transpose()?;
        let tree = self.changed_tree(before.as_ref(), deltas)?.to_string();
        let scratch = self.scratch_index();
        let done = command::commit_as(&self.root, &scratch, &tree, message);
        // If it stays, the next commit overwrites it.
        let _ = fs::remove_optional(&scratch);
        self.keep_printed(&done?);
        let mut committed = deltas.to_vec();
        if let Some(now) = self.head_tree()? {
            for delta in &mut committed {
                delta.after = tree::blob_at(&now, &delta.path)?;
            }
        }
        // The commit is made; an index that lags behind shows in `git status`, and harms nothing.
        let _ = self.stage(&committed);
        Ok(())
    }

    pub(crate) fn scratch_index(&self) -> PathBuf {
        self.private_dir().join("index")
    }

    /// Commits `deltas`, which are in the index, with the contents of the work tree by `git commit`.
    ///
    /// # Errors
    /// Git, a hook or the signing program fails; then nothing has been committed.
    pub(crate) fn commit_by_command(&self, deltas: &[Delta], message: &str) -> Result<()> {
        let paths = deltas.iter().map(|delta| delta.path.as_str());
        command::commit(&self.root, message, paths).map(|messages| self.keep_printed(&messages))
    }
}

fn moved() -> Error {
    Error::failure("the branch has moved meanwhile, so nothing was written").hint("run the command again")
}

/// Returns `message` as `git commit` cleans it up: without blanks at the ends of lines, and with single empty lines.
pub(crate) fn tidy_message(message: &str) -> Result<String> {
    let tidy =
        git2::message_prettify(message, None).context(|| "cannot read the commit message".to_owned())?;
    Ok(tidy.trim_end().to_owned())
}

fn with_newline(message: &str) -> String {
    if message.ends_with('\n') { message.to_owned() } else { format!("{message}\n") }
}
