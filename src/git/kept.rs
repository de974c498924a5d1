//! Repositories that stay open while a command works on several folders, or several times on one: to read
//! the index of a large one takes long.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use git2::Repository;

use crate::error::Result;

thread_local! {
    /// The repository that was opened last, by the path that named it; `None` unless it is to be kept.
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Kept {
    last: Option<(PathBuf, Rc<Repository>)>,
}

/// Does `work`, and keeps the repository open that this thread opens last.
pub(crate) fn keeping_open<T>(work: impl FnOnce() -> T) -> T {
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            KEPT.set(None);
        }
    }
    KEPT.set(Some(Kept::default()));
    let _guard = Guard;
    work()
}

/// Returns the kept repository `root`, or the one that `open` opens, and keeps that.
pub(super) fn repository(root: &Path, open: impl FnOnce() -> Result<Repository>) -> Result<Rc<Repository>> {
    let known = KEPT.with_borrow(|kept| {
        let (path, repository) = kept.as_ref()?.last.as_ref()?;
        (path == root).then(|| Rc::clone(repository))
    });
    if let Some(repository) = known {
        return Ok(repository);
    }
    let repository = Rc::new(open()?);
    KEPT.with_borrow_mut(|kept| {
        if let Some(kept) = kept {
            kept.last = Some((root.to_owned(), Rc::clone(&repository)));
        }
    });
    Ok(repository)
}
