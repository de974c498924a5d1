//! Makes a commit whose tree is HEAD's tree plus new files. The index has no part in it, so what the user has
//! staged neither leaks in nor gets lost.

use std::io::Write;

use git2::build::TreeUpdateBuilder;
use git2::{AttrCheckFlags, AttrValue, Buf, FileMode, ObjectType, Oid};

use super::{Head, Identity, Repo, command};
use crate::error::{Context, Error, Result};

/// A file to commit.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Relative to the root of the work tree, `/`-separated.
    pub path: String,
    /// What is in it.
    pub content: &'a [u8],
    /// Whether it may be executed.
    pub executable: bool,
}

/// A commit that exists, whether or not a reference leads to it.
#[derive(Clone, Copy, Debug)]
pub struct CommitId(Oid);

/// A file as Git knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Relative to the root of the work tree, `/`-separated.
    pub path: String,
    /// The id of its content.
    pub(super) id: Oid,
    /// Whether it may be executed.
    pub executable: bool,
}

impl Stored {
    /// What `entry` will be known as; nothing is stored.
    ///
    /// # Errors
    /// libgit2 cannot compute the id.
    pub fn predict(entry: &Entry) -> Result<Self> {
        let id = Oid::hash_object(ObjectType::Blob, entry.content)
            .context(|| format!("cannot compute the id of `{}`", entry.path))?;
        Ok(Self { path: entry.path.clone(), id, executable: entry.executable })
    }

    /// One line of text that says it all; [`Stored::from_line`] reads it.
    pub fn to_line(&self) -> String {
        format!("{:o} {} {}", u32::from(self.mode()), self.id, self.path)
    }

    /// What [`Stored::to_line`] wrote, or `None` for any other text.
    pub fn from_line(line: &str) -> Option<Self> {
        let mut parts = line.splitn(3, ' ');
        let executable = match parts.next()? {
            "100755" => true,
            "100644" => false,
            _ => return None,
        };
        let id = Oid::from_str(parts.next()?).ok()?;
        Some(Self { path: parts.next()?.to_owned(), id, executable })
    }

    pub(super) fn mode(&self) -> FileMode {
        if self.executable { FileMode::BlobExecutable } else { FileMode::Blob }
    }
}

impl Repo {
    /// Stores the content of `entry` in the object database.
    ///
    /// # Errors
    /// The file system says no.
    pub fn store(&self, entry: &Entry) -> Result<Stored> {
        let id = self.git.blob(entry.content).context(|| format!("cannot store `{}` in Git", entry.path))?;
        Ok(Stored { path: entry.path.clone(), id, executable: entry.executable })
    }

    /// Does `work`, then writes the commit that it created, with all that belongs to it, as one pack file: as after
    /// a clone, and in half the time of one file for each object. For a repository without other commits.
    ///
    /// # Errors
    /// `work` fails, or the file system says no.
    pub fn as_one_pack<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
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

    /// Creates, on top of `head`, the commit that adds `files`. No reference points to it yet.
    ///
    /// # Errors
    /// The file system says no, or a path is taken in `head`.
    pub fn create_commit(
        &self,
        head: &Head,
        files: &[Stored],
        identity: &Identity,
        message: &str,
    ) -> Result<CommitId> {
        let create = || -> Result<Oid, git2::Error> {
            let parent = head.commit.map(|commit| self.git.find_commit(commit)).transpose()?;
            let before = match &parent {
                Some(parent) => parent.tree()?,
                None => self.git.find_tree(self.git.treebuilder(None)?.write()?)?,
            };
            let mut update = TreeUpdateBuilder::new();
            for file in files {
                update.upsert(file.path.as_str(), file.id, file.mode());
            }
            let tree = self.git.find_tree(update.create_updated(&self.git, &before)?)?;
            let parents: Vec<_> = parent.iter().collect();
            self.git.commit(
                None,
                &identity.author,
                &identity.committer,
                &with_newline(message),
                &tree,
                &parents,
            )
        };
        create().context(|| "cannot create the commit".to_owned()).map(CommitId)
    }

    /// Moves the branch (or the detached HEAD) from `head` on to `commit`, if it is still where it was.
    ///
    /// # Errors
    /// HEAD has moved meanwhile, or the file system says no; then nothing has changed.
    pub fn advance(&self, head: &Head, CommitId(commit): CommitId, message: &str) -> Result<()> {
        let moved = || {
            Error::failure("the branch has moved meanwhile, so nothing was written")
                .hint("run the command again")
        };
        // That the branch itself is still where it was is for the reference transaction to find out.
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

    /// Commits `files`, already placed and in the index, by `git commit`.
    ///
    /// # Errors
    /// Git, a hook or the signing program says no; then nothing has been committed.
    pub fn commit_by_command(&self, files: &[Stored], message: &str) -> Result<()> {
        command::commit(&self.root, message, files.iter().map(|file| file.path.as_str()))
    }

    /// Whether Git would store something else than the bytes of `entry`, which is in the work tree: because of
    /// a filter, an encoding, or line endings.
    pub fn is_filtered(&self, entry: &Entry) -> bool {
        let has = |name| {
            let value = self.git.get_attr(entry.path.as_ref(), name, AttrCheckFlags::FILE_THEN_INDEX);
            matches!(value.map(AttrValue::from_string), Ok(AttrValue::True | AttrValue::String(_)))
        };
        entry.content.contains(&b'\r') || has("filter") || has("ident") || has("working-tree-encoding")
    }
}

fn with_newline(message: &str) -> String {
    if message.ends_with('\n') { message.to_owned() } else { format!("{message}\n") }
}
