//! Git's lock of the index, held until the branch has moved, as by `git commit`: the new index is prepared beside the old
//! one, then the branch moves, then the new index takes the place of the old one. So nobody else commits, or stages, what
//! is not committed yet.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use git2::{Index, IndexEntry};

use super::index::{bare_entry, blob, entry_at, has_stages, unreadable};
use super::{Blob, Delta, Repo, Unmerged};
use crate::error::{Context, Error, Problem, Result};
use crate::fs;

/// The content of the lock, which tells it from one of Git's. Only treenail's own lock decides who writes it.
const MARK: &[u8] = b"treenail\n";

const SUBMODULE: u32 = 0o160_000;

/// The lock, held until dropped. A killed run leaves it behind, and with it a journal.
pub(crate) struct IndexLock<'a> {
    repo: &'a Repo,
    index: PathBuf,
}

/// A new index, which nobody sees yet. Dropped, it is gone.
pub(crate) struct PreparedIndex<'a> {
    lock: &'a IndexLock<'a>,
    path: PathBuf,
}

impl Repo {
    /// Locks the index. The caller holds treenail's own lock.
    ///
    /// # Errors
    /// A precondition while another Git holds it.
    pub(crate) fn lock_index(&self) -> Result<IndexLock<'_>> {
        let index = self.index_path();
        let lock = lock_path(&index);
        match fs::create_atomically(&prepared_path(&index), MARK, &lock) {
            Ok(()) => Ok(IndexLock { repo: self, index }),
            Err(_) if fs::is_there(&lock) => {
                let Problem { message, fix } = another_git(&lock);
                Err(Error::precondition(message).hint(fix))
            }
            Err(error) => Err(error).context(|| format!("cannot create `{}`", lock.display())),
        }
    }

    /// Removes what a killed run has left of its lock. The caller holds treenail's own lock.
    pub(crate) fn remove_left_index_lock(&self) {
        let index = self.index_path();
        let lock = lock_path(&index);
        if is_ours(&lock) {
            // If it stays, locking fails, which says so.
            let _ = fs::remove_optional(&lock);
        }
        let prepared = prepared_path(&index);
        for path in [lock_path(&prepared), prepared] {
            let _ = fs::remove_optional(&path);
        }
    }

    /// Returns the problem that another Git holds the lock.
    pub(crate) fn index_locked_by_git(&self) -> Option<Problem> {
        let lock = lock_path(&self.index_path());
        (fs::is_there(&lock) && !is_ours(&lock)).then(|| another_git(&lock))
    }

    /// Returns where the index is. As Git does, it follows a link there.
    fn index_path(&self) -> PathBuf {
        fs::resolved(&self.git.path().join("index"))
    }

    /// Returns the changes that bring the index up to date with the last commit, for those of `deltas` that are committed
    /// and not in the index: a run was killed, or failed, between the two.
    pub(crate) fn lagging(&self, deltas: &[Delta]) -> Result<Vec<Delta>> {
        let Some(head) = self.head_tree()? else { return Ok(Vec::new()) };
        let index = self.index()?;
        let mut lagging = Vec::new();
        for delta in deltas {
            let committed = super::tree::blob_at(&head, &delta.path)?;
            let staged = entry_at(&index, &delta.path, 0).and_then(|entry| blob(&entry));
            let is_old = staged == delta.in_index() && !has_stages(&index, &delta.path);
            if committed != delta.before && staged != committed && is_old {
                lagging.push(Delta { before: staged, after: committed, edited: None, ..delta.clone() });
            }
        }
        Ok(lagging)
    }
}

impl IndexLock<'_> {
    /// Prepares an index that matches `deltas` in the work tree, with the `unmerged` paths as a merge leaves them; other
    /// entries are unchanged.
    ///
    /// # Errors
    /// Somebody has staged one of these files since; it cannot be written.
    pub(crate) fn stage(&self, deltas: &[Delta], unmerged: &[Unmerged]) -> Result<PreparedIndex<'_>> {
        self.prepare(|index| {
            for delta in deltas {
                refuse_staged(index, delta)?;
                self.repo.set(index, &delta.path, delta.after)?;
            }
            unmerged.iter().try_for_each(|path| self.set_unmerged(index, path))
        })
    }

    /// Like [`IndexLock::stage`], but without file system metadata: Git reads the files when it commits, and only Git
    /// knows the result of its filters.
    pub(crate) fn stage_for_command(&self, deltas: &[Delta]) -> Result<PreparedIndex<'_>> {
        self.prepare(|index| {
            for delta in deltas {
                refuse_staged(index, delta)?;
                match delta.after {
                    Some(blob) => add(index, &bare_entry(&delta.path, blob), &delta.path)?,
                    None => self.repo.set(index, &delta.path, None)?,
                }
            }
            Ok(())
        })
    }

    /// Reverts `deltas` in the index where the entries are still those that [`IndexLock::stage`] made; also unmerged ones,
    /// if `with_unmerged`.
    pub(crate) fn unstage(&self, deltas: &[Delta], with_unmerged: bool) -> Result<()> {
        let index = self.repo.index()?;
        let is_ours = |delta: &&Delta| {
            if has_stages(&index, &delta.path) {
                return with_unmerged;
            }
            let staged = entry_at(&index, &delta.path, 0).and_then(|entry| blob(&entry));
            staged == delta.after && staged != delta.in_index()
        };
        let ours: Vec<&Delta> = deltas.iter().filter(is_ours).collect();
        if ours.is_empty() {
            return Ok(());
        }
        let prepared = self.prepare(|index| {
            for delta in ours {
                self.put_back(index, delta)?;
            }
            Ok(())
        })?;
        prepared.publish()
    }

    /// Sets the entries of `deltas` to those before, whatever they are now.
    pub(crate) fn reset(&self, deltas: &[Delta]) -> Result<()> {
        self.prepare(|index| deltas.iter().try_for_each(|delta| self.put_back(index, delta)))?.publish()
    }

    fn put_back(&self, index: &mut Index, delta: &Delta) -> Result<()> {
        if has_stages(index, &delta.path) {
            index.conflict_remove(Path::new(&delta.path)).context(|| not_updated(&delta.path))?;
        }
        self.repo.set(index, &delta.path, delta.in_index())
    }

    /// Whether nobody has removed the lock since. Git suggests that to people whom it keeps waiting.
    pub(crate) fn is_held(&self) -> bool {
        is_ours(&lock_path(&self.index))
    }

    fn prepare(&self, change: impl FnOnce(&mut Index) -> Result<()>) -> Result<PreparedIndex<'_>> {
        let failed = || "cannot write the index".to_owned();
        let prepared = PreparedIndex { lock: self, path: prepared_path(&self.index) };
        let known = fs::copy_new(&self.index, &prepared.path).context(failed)?;
        let mut index = Index::open(&prepared.path).map_err(unreadable)?;
        if let Some(known) = &known {
            let written = known.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            forget_racy_sizes(&mut index, written.map_or(0, |time| time.as_secs()))?;
        }
        change(&mut index)?;
        index.write().context(failed)?;
        if let Some(known) = known {
            // In a shared repository the group may write it.
            fs::permit_as(&prepared.path, &known).context(failed)?;
        }
        Ok(prepared)
    }

    fn set_unmerged(&self, index: &mut Index, path: &Unmerged) -> Result<()> {
        self.repo.set(index, &path.path, None)?;
        for (stage, blob) in [(1, path.base), (2, path.ours), (3, path.theirs)] {
            let Some(blob) = blob else { continue };
            add(index, &IndexEntry { flags: stage << 12, ..bare_entry(&path.path, blob) }, &path.path)?;
        }
        Ok(())
    }
}

impl Drop for IndexLock<'_> {
    fn drop(&mut self) {
        if self.is_held() {
            // If it stays, the next run removes it.
            let _ = fs::remove_optional(&lock_path(&self.index));
        }
    }
}

impl PreparedIndex<'_> {
    /// Where it is until it is published, for a Git that commits with it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Fails if the lock was removed, so that somebody else may have written the index since.
    pub(crate) fn refuse_lost(&self) -> Result<()> {
        if self.lock.is_held() {
            return Ok(());
        }
        let lock = lock_path(&self.lock.index);
        Err(Error::failure(format!("`{}` was removed meanwhile, so nothing was written", lock.display()))
            .hint("run the command again"))
    }

    /// Puts it in the place of the index.
    ///
    /// # Errors
    /// As for [`PreparedIndex::refuse_lost`]; it cannot be renamed.
    pub(crate) fn publish(self) -> Result<()> {
        self.refuse_lost()?;
        fs::replace(&self.path, &self.lock.index).context(|| "cannot write the index".to_owned())
    }
}

impl Drop for PreparedIndex<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_optional(&self.path);
    }
}

pub(super) fn another_git(lock: &Path) -> Problem {
    Problem::new(
        format!("another Git is at work (`{}` exists)", lock.display()),
        "wait until it is done; remove that file if no Git is running",
    )
}

fn is_ours(lock: &Path) -> bool {
    fs::read_own(lock, MARK.len() as u64).is_ok_and(|found| found.as_deref() == Some(MARK))
}

fn lock_path(index: &Path) -> PathBuf {
    index.with_added_extension("lock")
}

/// On the same file system as the index, wherever a link leads.
fn prepared_path(index: &Path) -> PathBuf {
    index.with_added_extension("treenail")
}

/// Fails if the entry of `delta` is neither the old nor the new one.
fn refuse_staged(index: &Index, delta: &Delta) -> Result<()> {
    let staged: Option<Blob> = entry_at(index, &delta.path, 0).and_then(|entry| blob(&entry));
    if has_stages(index, &delta.path) || (staged != delta.in_index() && staged != delta.after) {
        return Err(Error::failure(format!("`{}` was staged meanwhile, so nothing was written", delta.path))
            .hint("run the command again"));
    }
    Ok(())
}

/// Makes Git compare the content of files that were changed in the same second as the index, or later. It would do so
/// anyway, since nothing else shows a second change within that second; but from now on the index is younger.
fn forget_racy_sizes(index: &mut Index, written: u64) -> Result<()> {
    let is_racy = |entry: &IndexEntry| {
        let changed = u64::from(entry.mtime.seconds().cast_unsigned());
        entry.file_size != 0 && entry.mode != SUBMODULE && changed >= written
    };
    let racy: Vec<_> = index.iter().filter(is_racy).collect();
    for mut entry in racy {
        entry.file_size = 0;
        let path = String::from_utf8_lossy(&entry.path).into_owned();
        add(index, &entry, &path)?;
    }
    Ok(())
}

fn add(index: &mut Index, entry: &IndexEntry, path: &str) -> Result<()> {
    index.add(entry).context(|| not_updated(path))
}

fn not_updated(path: &str) -> String {
    format!("cannot update `{path}` in the index")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Mode;
    use git2::IndexTime;

    fn repository() -> (tempfile::TempDir, Repo) {
        let folder = tempfile::tempdir().unwrap();
        git2::Repository::init(folder.path()).unwrap();
        let repo = Repo::open(folder.path()).unwrap();
        (folder, repo)
    }

    fn new(path: &str) -> Delta {
        let after = Some(Blob::of(b"new\n", Mode::Regular).unwrap());
        Delta { path: path.to_owned(), before: None, after, edited: None }
    }

    fn names(repo: &Repo) -> Vec<String> {
        let mut names = fs::entry_names(&repo.git_dir()).unwrap();
        names.retain(|name| name.as_encoded_bytes().starts_with(b"index"));
        names.into_iter().map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn a_prepared_index_shows_when_it_is_published() {
        let (_folder, repo) = repository();
        let lock = repo.lock_index().unwrap();
        assert_eq!(lock.repo.lock_index().err().unwrap().hints.len(), 1);
        lock.stage(&[new("a")], &[]).unwrap().publish().unwrap();
        drop(lock.stage(&[new("b")], &[]).unwrap());
        assert_eq!(repo.index().unwrap().len(), 1);
        assert_eq!(names(&repo), ["index", "index.lock"]);
        drop(lock);
        assert_eq!(names(&repo), ["index"]);
    }

    #[test]
    fn only_our_lock_is_removed() {
        let (_folder, repo) = repository();
        let path = repo.git_dir().join("index.lock");
        for (content, left) in [(&b""[..], true), (b"DIRC", true), (b"treenail\nx", true), (MARK, false)] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(repo.index_locked_by_git().is_some(), left);
            repo.remove_left_index_lock();
            assert_eq!(path.exists(), left);
            let _ = std::fs::remove_file(&path);
        }
        let lock = repo.lock_index().unwrap();
        let prepared = lock.stage(&[new("a")], &[]).unwrap();
        std::fs::write(&path, "another Git\n").unwrap();
        prepared.publish().unwrap_err();
        drop(lock);
        assert!(path.exists() && !repo.git_dir().join("index").exists());
    }

    #[test]
    fn what_others_have_staged_is_not_replaced() {
        let (_folder, repo) = repository();
        let lock = repo.lock_index().unwrap();
        lock.stage(&[new("a")], &[]).unwrap().publish().unwrap();
        lock.stage(&[new("a")], &[]).unwrap();
        let other = Delta { after: Some(Blob::of(b"other\n", Mode::Regular).unwrap()), ..new("a") };
        let error = lock.stage(&[other], &[]).err().unwrap();
        assert!(error.message.contains("`a` was staged meanwhile"), "{}", error.message);
        lock.unstage(&[new("a")], false).unwrap();
        assert_eq!(repo.index().unwrap().len(), 0);
    }

    #[test]
    fn entries_are_reset_whatever_they_are() {
        let (_folder, repo) = repository();
        let lock = repo.lock_index().unwrap();
        let old = Some(Blob::of(b"old\n", Mode::Regular).unwrap());
        let unmerged = Unmerged { path: "b".to_owned(), base: None, ours: old, theirs: new("b").after };
        lock.stage(&[new("a"), new("b"), new("c")], &[unmerged]).unwrap().publish().unwrap();
        assert!(has_stages(&repo.index().unwrap(), "b"));
        let other = Some(Blob::of(b"other\n", Mode::Regular).unwrap());
        let deltas = ["a", "b"].map(|path| Delta { before: old, after: other, ..new(path) });
        lock.reset(&deltas).unwrap();
        let index = repo.index().unwrap();
        assert!(!has_stages(&index, "b"));
        for (path, expected) in [("a", old), ("b", old), ("c", new("c").after)] {
            assert_eq!(repo.staged(path).unwrap(), expected, "{path}");
        }
    }

    /// Entries as old as the index lose their size, and nothing else that Git keeps of them.
    #[test]
    fn racy_entries_are_compared_again() {
        let (_folder, repo) = repository();
        let skipped = git2::IndexEntryExtendedFlag::SKIP_WORKTREE.bits();
        let mut index = repo.index().unwrap();
        let now = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        for (path, seconds) in [("old", now - 60), ("racy", now + 60)] {
            let blob = repo.store(b"x", Mode::Executable).unwrap();
            let mtime = IndexTime::new(i32::try_from(seconds).unwrap(), 7);
            let entry = IndexEntry { mtime, file_size: 1, flags_extended: skipped, ..bare_entry(path, blob) };
            index.add(&entry).unwrap();
        }
        index.write().unwrap();
        let lock = repo.lock_index().unwrap();
        lock.stage(&[new("a")], &[]).unwrap().publish().unwrap();
        let index = repo.index().unwrap();
        for (path, size) in [("old", 1), ("racy", 0)] {
            let entry = entry_at(&index, path, 0).unwrap();
            assert_eq!((entry.file_size, entry.mode, entry.mtime.nanoseconds()), (size, 0o100_755, 7));
            assert_eq!(entry.flags_extended & skipped, skipped);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let (folder, repo) = repository();
        repo.lock_index().unwrap().stage(&[new("a")], &[]).unwrap().publish().unwrap();
        let (index, elsewhere) = (repo.git_dir().join("index"), folder.path().join("elsewhere"));
        std::fs::rename(&index, &elsewhere).unwrap();
        std::fs::set_permissions(&elsewhere, std::fs::Permissions::from_mode(0o660)).unwrap();
        symlink(&elsewhere, &index).unwrap();
        let lock = repo.lock_index().unwrap();
        // Where Git looks for it.
        assert!(folder.path().join("elsewhere.lock").exists());
        lock.stage(&[new("b")], &[]).unwrap().publish().unwrap();
        drop(lock);
        assert!(index.is_symlink() && names(&repo) == ["index"]);
        assert_eq!(repo.index().unwrap().len(), 2);
        assert_eq!(elsewhere.metadata().unwrap().permissions().mode() & 0o777, 0o660);
    }
}
