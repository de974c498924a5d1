//! Git's locks of the references that treenail moves. Git neither removes a lock that a killed process has left, nor says
//! in it whose it was. So each of ours has a second name in treenail's private directory: the next run that holds
//! treenail's own lock knows by it that nobody lives who holds the other one.

use std::path::{Path, PathBuf};

use git2::{Oid, Reference, Transaction};

use super::{Repo, index_lock};
use crate::error::Problem;
use crate::fs;

/// What the second names begin with. The name of the reference follows.
const RECORD: &str = "locked-";

/// Locks of references, held until dropped.
pub(crate) struct ReferenceLocks<'a> {
    transaction: Transaction<'a>,
    // Dropped after the locks: whoever finds a lock finds its record.
    _records: Records,
}

/// The second names of locks, which are removed when dropped.
struct Records(Vec<PathBuf>);

impl ReferenceLocks<'_> {
    /// Points the reference `name` to `commit`, and lets go of all.
    pub(super) fn point(mut self, name: &str, commit: Oid, log: &str) -> Result<(), git2::Error> {
        self.transaction.set_target(name, commit, None, log)?;
        self.transaction.commit()
    }
}

impl Drop for Records {
    fn drop(&mut self) {
        for record in &self.0 {
            let _ = fs::remove_optional(record);
        }
    }
}

impl Repo {
    /// Locks the references `names`, as Git does it. The caller holds treenail's own lock.
    ///
    /// # Errors
    /// Somebody else has locked one.
    pub(super) fn lock_references(&self, names: &[&str]) -> Result<ReferenceLocks<'_>, git2::Error> {
        let mut transaction = self.git.transaction()?;
        let mut records = Records(Vec::new());
        for name in names {
            let record = self.private_dir().join(record_name(name));
            let _ = fs::remove_optional(&record);
            transaction.lock_ref(name)?;
            // On a file system without hard links, what a kill leaves is the user's to remove.
            if fs::name_again(&lock_path(&self.reference_path(name)), &record).is_ok() {
                records.0.push(record);
            }
        }
        Ok(ReferenceLocks { transaction, _records: records })
    }

    /// Removes the locks that a killed run has left. The caller holds treenail's own lock.
    pub(crate) fn remove_left_reference_locks(&self) {
        for (name, record) in self.lock_records() {
            let lock = lock_path(&self.reference_path(&name));
            if fs::is_same_file(&lock, &record) {
                // If it stays, it is in the way, which is said then.
                let _ = fs::remove_optional(&lock);
            }
            let _ = fs::remove_optional(&record);
        }
    }

    /// Whether a run of treenail holds references, or was killed while it did.
    pub(crate) fn has_reference_locks(&self) -> bool {
        !self.lock_records().is_empty()
    }

    /// Returns the problem that somebody else has locked the reference `name`.
    pub(crate) fn reference_locked_by_git(&self, name: &str) -> Option<Problem> {
        let lock = lock_path(&self.reference_path(name));
        let is_ours = || fs::is_same_file(&lock, &self.private_dir().join(record_name(name)));
        (fs::is_there(&lock) && !is_ours()).then(|| index_lock::another_git(&lock))
    }

    /// Returns the file of a reference, whether or not it exists.
    pub(super) fn reference_path(&self, name: &str) -> PathBuf {
        let top = if name == "HEAD" { self.git.path() } else { self.git.commondir() };
        top.join(name)
    }

    /// Returns the names of references with the records of their locks.
    fn lock_records(&self) -> Vec<(String, PathBuf)> {
        let private = self.private_dir();
        let files = fs::entry_names(&private).unwrap_or_default();
        let known = files.iter().filter_map(|file| {
            let name = file.to_str()?.strip_prefix(RECORD)?.replace("%2F", "/").replace("%25", "%");
            Reference::is_valid_name(&name).then(|| (name, private.join(file)))
        });
        known.collect()
    }
}

fn record_name(reference: &str) -> String {
    format!("{RECORD}{}", reference.replace('%', "%25").replace('/', "%2F"))
}

fn lock_path(reference: &Path) -> PathBuf {
    reference.with_added_extension("lock")
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    const BRANCH: &str = "refs/heads/a%2Fb/c";

    fn repository() -> (tempfile::TempDir, Repo) {
        let folder = tempfile::tempdir().unwrap();
        git2::Repository::init(folder.path()).unwrap();
        let repo = Repo::open(folder.path()).unwrap();
        std::fs::create_dir(repo.private_dir()).unwrap();
        (folder, repo)
    }

    #[test]
    fn a_lock_goes_with_its_record() {
        let (_folder, repo) = repository();
        let locks = repo.lock_references(&["HEAD", BRANCH]).unwrap();
        assert!(repo.has_reference_locks() && repo.git_dir().join("HEAD.lock").exists());
        assert_eq!(repo.reference_locked_by_git(BRANCH), None);
        assert!(repo.lock_references(&["HEAD"]).is_err());
        drop(locks);
        assert!(!repo.has_reference_locks() && !repo.git_dir().join("HEAD.lock").exists());
    }

    #[test]
    fn what_a_killed_run_left_is_removed() {
        let (_folder, repo) = repository();
        std::mem::forget(repo.lock_references(&["HEAD", BRANCH]).unwrap());
        repo.remove_left_reference_locks();
        assert!(!repo.has_reference_locks());
        drop(repo.lock_references(&["HEAD", BRANCH]).unwrap());
    }

    #[test]
    fn the_lock_of_somebody_else_stays() {
        let (_folder, repo) = repository();
        let lock = repo.git_dir().join("HEAD.lock");
        std::mem::forget(repo.lock_references(&["HEAD"]).unwrap());
        // Removed by hand, and locked by Git.
        std::fs::remove_file(&lock).unwrap();
        std::fs::write(&lock, "").unwrap();
        assert!(repo.reference_locked_by_git("HEAD").unwrap().message.contains("HEAD.lock"));
        repo.remove_left_reference_locks();
        assert!(lock.exists() && !repo.has_reference_locks());
        // No name leads out of the Git directory.
        std::fs::write(repo.private_dir().join("locked-refs%2F..%2F..%2Fx"), "").unwrap();
        assert!(!repo.has_reference_locks());
    }
}
