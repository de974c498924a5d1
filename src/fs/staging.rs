//! The folder in which everything is built before any of it becomes visible. Nobody else can have put anything into it: it
//! is made anew, for the user alone, and what an interrupted run left there is only used where a signed record says so.
//!
//! An update of a work tree stages below the Git directory, which no commit reaches and `git add` never takes up. A new
//! repository is built beside its directory, or inside if that exists already, under a name that cannot be foreseen.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::{Lock, Target, create_private, entry_names, is_folder, is_own, remove_any};
use crate::error::{Context, Error, Result};
use crate::hex;

/// How the names of staging folders outside of Git directories begin; scaffolds may not use it.
pub(crate) const PREFIX: &str = ".treenail-";

const LOCK: &str = "lock";
const TREE: &str = "tree";
const SEAL: &str = "sealed";
const IGNORE: &str = ".gitignore";

/// All that the staging folder of a new repository ever holds.
const NAMES: [&str; 5] = [LOCK, TREE, SEAL, "sealed.new", IGNORE];

/// With 5 ms between two of them, one second.
const CHOOSING_TRIES: u32 = 200;

/// A folder on the same file system as the target; removed when dropped.
#[derive(Debug)]
pub(crate) struct Staging {
    base: PathBuf,
    /// Held while a new repository is built; the repository's lock protects an update.
    lock: Option<Lock>,
    /// Whether the folder outlives this value.
    stays: bool,
}

impl Staging {
    /// Creates the staging folder `base` of an update, and first removes whatever is there.
    ///
    /// # Errors
    /// It cannot be created.
    pub(crate) fn begin(base: PathBuf) -> Result<Self> {
        let staging = Self { base, lock: None, stays: false };
        remove_any(&staging.base).and_then(|()| staging.create()).context(|| staging.failed())?;
        Ok(staging)
    }

    /// Takes over the staging folder `base` with the old files of an interrupted update, and discards the new ones.
    ///
    /// # Errors
    /// It cannot be created, or changed.
    pub(crate) fn revisit(base: PathBuf) -> Result<Self> {
        if !is_folder(&base) || !is_own(&base) {
            return Self::begin(base);
        }
        let staging = Self { base, lock: None, stays: false };
        let discard = || {
            remove_any(&staging.tree())?;
            if is_folder(&staging.old()) { Ok(()) } else { remove_any(&staging.old()) }
        };
        discard().context(|| staging.failed())?;
        Ok(staging)
    }

    /// Makes a staging folder for the new repository `target`, after removing what interrupted runs left.
    ///
    /// # Errors
    /// A precondition while another run builds the same repository; it cannot be created.
    pub(crate) fn for_new(target: &Target) -> Result<Self> {
        let (folder, prefix) = place(target);
        // Of several runs that start at once, one sees the other.
        let choosing = choose_alone(folder);
        for left in leftovers(target) {
            if is_busy(&left) {
                return Err(Self::busy(&left));
            }
            if is_sealed(&left) && target.exists() {
                return Err(
                    Error::precondition("an earlier run was interrupted here").hint("run the command again")
                );
            }
            remove_any(&left).context(|| format!("cannot remove `{}`", left.display()))?;
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).rand_bytes(12);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o700));
        }
        let made = builder.tempdir_in(folder);
        let base = made.context(|| format!("cannot write to `{}`", folder.display()))?.keep();
        let mut staging = Self { base, lock: None, stays: false };
        staging.lock()?;
        drop(choosing);
        staging.fill().context(|| staging.failed())?;
        Ok(staging)
    }

    /// Returns the staging folder from which an interrupted run was moving files into the existing directory `target`.
    pub(crate) fn resumable(target: &Target) -> Option<PathBuf> {
        let is_sound = |base: &PathBuf| is_sealed(base) && is_folder(&base.join(TREE)) && !is_busy(base);
        if target.exists() { leftovers(target).into_iter().find(is_sound) } else { None }
    }

    /// Takes over the staging folder `base`, which is [`Staging::resumable`].
    ///
    /// # Errors
    /// A precondition while another run uses it.
    pub(crate) fn resume(base: PathBuf) -> Result<Self> {
        let mut staging = Self { base, lock: None, stays: true };
        staging.lock()?;
        staging.stays = false;
        Ok(staging)
    }

    /// # Errors
    /// A precondition while another run, or another user, builds the new repository `target`.
    pub(crate) fn refuse_busy(target: &Target) -> Result<()> {
        // Whether their run is active, was killed or never was, is not for us to find out.
        if let Some(folder) = named_as_staging(target).into_iter().find(|folder| !is_own(folder)) {
            let message = format!("`{}` belongs to another user, who may be writing", folder.display());
            return Err(
                Error::precondition(message).hint("wait until it is gone, or choose another directory")
            );
        }
        leftovers(target).iter().find(|base| is_busy(base)).map_or(Ok(()), |base| Err(Self::busy(base)))
    }

    fn lock(&mut self) -> Result<()> {
        self.lock = Lock::take(&self.base.join(LOCK)).context(|| self.failed())?;
        if self.lock.is_some() { Ok(()) } else { Err(Self::busy(&self.base)) }
    }

    pub(crate) fn busy(base: &Path) -> Error {
        Error::precondition(format!("another treenail is writing (it holds `{}`)", base.display()))
            .hint("wait until it is done, then run the command again")
    }

    /// Returns the folder for the new content of the target.
    pub(crate) fn tree(&self) -> PathBuf {
        self.base.join(TREE)
    }

    /// Returns the folder for the old content of the target.
    pub(crate) fn old(&self) -> PathBuf {
        self.base.join("old")
    }

    /// Returns where the record goes that declares the content complete, so that a later run completes the move.
    pub(crate) fn seal(&self) -> PathBuf {
        Self::seal_in(&self.base)
    }

    pub(crate) fn seal_in(base: &Path) -> PathBuf {
        base.join(SEAL)
    }

    /// Leaves the folder for the next run.
    pub(crate) fn leave(mut self) {
        self.stays = true;
    }

    fn create(&self) -> io::Result<()> {
        create_private(&self.base)?;
        self.fill()
    }

    fn fill(&self) -> io::Result<()> {
        if self.is_outside_git() {
            // Should the run be killed, `git add` passes it over.
            fs::write(self.base.join(IGNORE), "*\n")?;
        }
        fs::create_dir(self.tree())
    }

    fn is_outside_git(&self) -> bool {
        self.base.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(PREFIX.as_bytes()))
    }

    fn failed(&self) -> String {
        format!("cannot prepare `{}`", self.base.display())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if self.stays {
            self.lock = None;
            return;
        }
        // The seal goes first: a half-removed tree must not pass for a complete one. The next run removes what cannot
        // be removed now.
        let _ = super::remove_optional(&self.seal());
        for path in [self.tree(), self.old(), super::temporary_path(&self.seal())] {
            let _ = remove_any(&path);
        }
        self.lock = None;
        // Last, so that Git ignores the folder as long as it holds anything.
        let _ = super::remove_optional(&self.base.join(IGNORE));
        let _ = fs::remove_dir(&self.base);
    }
}

/// Returns a name that cannot be foreseen, for the staging folder of an update in the work tree.
pub(crate) fn staging_name() -> Result<String> {
    let mut id = [0; 8];
    getrandom::fill(&mut id).context(|| "cannot get random numbers".to_owned())?;
    Ok(format!("{PREFIX}{}", hex::encode(&id)))
}

/// Whether everything in the existing directory `target` was left by an interrupted run, or is being moved there by one.
pub(crate) fn is_under_construction(target: &Target) -> io::Result<bool> {
    let left = leftovers(target);
    let mut names = entry_names(&target.dir)?.into_iter().map(|name| target.dir.join(name));
    Ok(left.iter().any(|base| is_sealed(base)) || names.all(|path| left.contains(&path)))
}

/// Whether a run has declared the content of the staging folder `base` complete.
fn is_sealed(base: &Path) -> bool {
    fs::symlink_metadata(base.join(SEAL)).is_ok_and(|found| found.is_file())
}

/// Where the staging folder of a new repository goes, and how its name begins.
fn place(target: &Target) -> (&Path, OsString) {
    let mut prefix = OsString::from(".");
    if !target.exists() {
        prefix.push(target.dir.file_name().unwrap_or_default());
        prefix.push(".");
    }
    prefix.push(&PREFIX[1..]);
    (&target.anchor, prefix)
}

/// Locks `folder` while a staging folder in it is chosen, as far as the file system and other users let us.
fn choose_alone(folder: &Path) -> Option<fs::File> {
    let file = fs::File::open(folder).ok()?;
    for _ in 0..CHOOSING_TRIES {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(fs::TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(5)),
            Err(fs::TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// Returns the staging folders that this user's runs have left for `target`.
fn leftovers(target: &Target) -> Vec<PathBuf> {
    let is_known = |name: &OsString| NAMES.iter().any(|known| name == known);
    let is_staging =
        |path: &PathBuf| is_own(path) && entry_names(path).is_ok_and(|names| names.iter().all(is_known));
    named_as_staging(target).into_iter().filter(is_staging).collect()
}

fn named_as_staging(target: &Target) -> Vec<PathBuf> {
    let (folder, prefix) = place(target);
    let is_named = |name: &OsString| name.as_encoded_bytes().starts_with(prefix.as_encoded_bytes());
    let names = entry_names(folder).unwrap_or_default().into_iter().filter(is_named);
    names.map(|name| folder.join(name)).filter(|path| is_folder(path)).collect()
}

fn is_busy(base: &Path) -> bool {
    Lock::is_held(&base.join(LOCK))
}
