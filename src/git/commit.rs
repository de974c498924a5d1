//! Makes a commit whose tree is HEAD's tree plus changes. The index plays no part, so what the user has staged neither
//! leaks in nor gets lost.

use std::io::Write;
use std::iter;
use std::path::PathBuf;

use git2::{Buf, Commit, Oid, Tree};

use super::reference_lock::ReferenceLocks;
use super::{Delta, Head, PreparedIndex, Repo, Signatures, command, tree};
use crate::error::{Context, Error, Result};
use crate::fs;

const HEAD: &str = "HEAD";

/// As many commits as hooks may make in one.
const MOST_OF_HOOKS: usize = 100;

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
        let references = self.lock_head(head)?;
        let kind = if head.commit.is_some() { "commit" } else { "commit (initial)" };
        let log = format!("{kind}: {}", message.lines().next().unwrap_or_default());
        match references.point(&head.name, commit, &log) {
            Err(_) if self.head()? == head.moved_to(CommitId(commit)) => Ok(()),
            done => done.context(|| format!("cannot update `{}`", head.name)),
        }
    }

    /// Locks HEAD and its branch, as Git does to move it: nobody moves or switches it until the returned value is dropped.
    ///
    /// # Errors
    /// It is not where `head` says any more, or somebody else has locked it.
    pub(crate) fn lock_head(&self, head: &Head) -> Result<ReferenceLocks<'_>> {
        let branch = (head.name != HEAD).then_some(head.name.as_str());
        let names: Vec<&str> = [HEAD].into_iter().chain(branch).collect();
        let references = self.lock_references(&names);
        if self.head()? != *head {
            return Err(moved());
        }
        references.context(|| format!("cannot lock `{}`", head.name))
    }

    /// Commits `deltas`, which are in the work tree, on top of `head` by `git commit`.
    ///
    /// # Errors
    /// HEAD has moved meanwhile; Git, a hook or the signing program fails; then nothing has been committed.
    pub(crate) fn commit_changes_by_command(
        &self,
        head: &Head,
        deltas: &[Delta],
        message: &str,
    ) -> Result<()> {
        let before = head.commit.map(|commit| self.tree_of(commit)).transpose()?;
        let tree = self.changed_tree(before.as_ref(), deltas)?;
        let scratch = self.scratch_index();
        let done = command::read_tree(&self.root, &scratch, &tree.to_string()).and_then(|()| {
            // As late as possible: Git takes whatever HEAD is for the parent.
            self.refuse_moved(head)?;
            command::commit_index(&self.root, &scratch, message)
        });
        // If it stays, the next commit overwrites it.
        let _ = fs::remove_optional(&scratch);
        match done {
            Ok(messages) => {
                self.keep_printed(&messages);
                self.refuse_other_parent(head, tree, message)
            }
            Err(error) => self.unless_committed(error, head, deltas, message),
        }
    }

    pub(crate) fn scratch_index(&self) -> PathBuf {
        self.private_dir().join("index")
    }

    /// Commits `deltas`, which are in the index, with the contents of the work tree by `git commit`, which reads and
    /// writes `prepared` in the place of the index, if given.
    ///
    /// # Errors
    /// HEAD has moved meanwhile; Git, a hook or the signing program fails; then nothing has been committed.
    pub(crate) fn commit_by_command(
        &self,
        head: &Head,
        prepared: Option<&PreparedIndex>,
        deltas: &[Delta],
        message: &str,
    ) -> Result<()> {
        self.refuse_moved(head)?;
        let paths = deltas.iter().map(|delta| delta.path.as_str());
        match command::commit(&self.root, prepared.map(PreparedIndex::path), message, paths) {
            Ok(messages) => {
                self.keep_printed(&messages);
                Ok(())
            }
            Err(error) => self.unless_committed(error, head, deltas, message),
        }
    }

    /// Returns `deltas` with what the last commit has in their places, which hooks may have changed.
    pub(crate) fn committed(&self, deltas: &[Delta]) -> Result<Vec<Delta>> {
        let mut committed = deltas.to_vec();
        if let Some(now) = self.head_tree()? {
            for delta in &mut committed {
                delta.after = tree::blob_at(&now, &delta.path)?;
            }
        }
        Ok(committed)
    }

    fn refuse_moved(&self, head: &Head) -> Result<()> {
        if self.head()? == *head { Ok(()) } else { Err(moved()) }
    }

    /// Ignores the `error` of `git commit` after it made the commit: it can still fail, for example when it writes the index.
    fn unless_committed(&self, error: Error, head: &Head, deltas: &[Delta], message: &str) -> Result<()> {
        let now = self.head()?;
        let found = now.commit.and_then(|commit| self.git.find_commit(commit).ok());
        let is_made = found.is_some_and(|commit| {
            commit.parent_ids().next() == head.commit
                && commit.summary().ok().flatten() == message.lines().next()
                && commit.tree().is_ok_and(|tree| is_any_in(&tree, deltas))
        });
        match is_made {
            true => Ok(()),
            false if now != *head => Err(moved().because(error)),
            false => Err(error),
        }
    }

    /// Takes the commit back that `git commit` has made of `tree` on top of another commit than `head`: somebody moved HEAD
    /// in that moment, and what they committed would be undone.
    fn refuse_other_parent(&self, head: &Head, tree: Oid, message: &str) -> Result<()> {
        let Ok(now @ Head { commit: Some(last), .. }) = self.head() else { return Ok(()) };
        // Hooks may change the one or the other.
        let is_ours = |commit: &Commit| {
            commit.tree_id() == tree || commit.summary().ok().flatten() == message.lines().next()
        };
        let parents = |commit: &Commit| self.git.find_commit(commit.parent_ids().next()?).ok();
        let Ok(last) = self.git.find_commit(last) else { return Ok(()) };
        // Hooks may also commit, on top of ours.
        let mut line = iter::successors(Some(last.clone()), parents).take(MOST_OF_HOOKS);
        let is_on_head = |commit: &Commit| commit.parent_ids().next() == head.commit;
        if is_on_head(&last)
            || line.find(is_on_head).is_some_and(|commit| is_ours(&commit))
            || !is_ours(&last)
        {
            return Ok(());
        }
        if self.take_commit_back(&now.name, &last).is_ok() {
            return Err(moved());
        }
        let id = last.id();
        Err(Error::failure(format!("the branch moved during the commit `{id}`, which undoes that"))
            .hint("look at `git log`, and take the commit back with `git revert`"))
    }

    /// Moves the branch `name` from `last` to its parent.
    fn take_commit_back(&self, name: &str, last: &Commit) -> Result<(), git2::Error> {
        let log = "reset: the branch moved during the commit";
        let mut branch = self.git.find_reference(name)?;
        match last.parent_ids().next() {
            Some(parent) => self.git.reference_matching(name, parent, true, last.id(), log).map(drop),
            None if branch.target() == Some(last.id()) => branch.delete(),
            None => Err(git2::Error::from_str("it has moved again")),
        }
    }
}

/// Whether `tree` has other content than before in any place of `deltas`.
fn is_any_in(tree: &Tree, deltas: &[Delta]) -> bool {
    deltas.iter().any(|delta| tree::blob_at(tree, &delta.path).is_ok_and(|found| found != delta.before))
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
