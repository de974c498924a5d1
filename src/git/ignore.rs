//! The files that Git ignores in a work tree.

use std::path::{Path, PathBuf};

use git2::Repository;

use super::open::discover;
use super::{Repo, index};
use crate::error::Result;

pub(crate) struct Ignore {
    git: Repository,
    root: PathBuf,
}

impl Ignore {
    pub(crate) fn around(dir: &Path) -> Result<Option<Self>> {
        let Some(git) = discover(dir)? else { return Ok(None) };
        let root = git.workdir().and_then(|workdir| workdir.canonicalize().ok());
        Ok(root.map(|root| Self { git, root }))
    }

    /// Absolute and free of symbolic links.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether Git ignores `path`, relative to the root. A tracked file is not ignored.
    pub(crate) fn ignores(&self, path: &Path) -> bool {
        // In this order, since most files are tracked, and evaluating the rules takes long.
        !self.is_tracked(path) && self.git.is_path_ignored(path).unwrap_or(false)
    }

    fn is_tracked(&self, path: &Path) -> bool {
        // A folder is not in the index, but its files sort right behind its name.
        let below = path.join("");
        self.git.index().is_ok_and(|index| {
            path.to_str().is_some_and(|path| index::entry_at(&index, path, 0).is_some())
                || below.to_str().is_some_and(|below| index.find_prefix(below).is_ok())
        })
    }

    /// Returns the paths of all submodules, checked out or not.
    pub(crate) fn submodules(&self) -> Vec<String> {
        const SUBMODULE: u32 = 0o160_000;
        let Ok(index) = self.git.index() else { return Vec::new() };
        let entries = index.iter().filter(|entry| entry.mode == SUBMODULE);
        entries.filter_map(|entry| String::from_utf8(entry.path).ok()).collect()
    }

    /// Returns the URLs of all remotes.
    pub(crate) fn remotes(&self) -> Vec<String> {
        let names = self.git.remotes().ok();
        let names = names.iter().flatten().filter_map(|name| name.ok().flatten());
        let urls = names.filter_map(|name| Some(self.git.find_remote(name).ok()?.url().ok()?.to_owned()));
        urls.collect()
    }
}

impl Repo {
    /// Whether Git ignores whatever is new in `folder`, which is relative to the root: empty, or ending in `/`.
    pub(crate) fn ignores_all_in(&self, folder: &str) -> bool {
        // A name that no other rule is about.
        self.git.is_path_ignored(format!("{folder}any-name-at-all")).unwrap_or(false)
    }

    /// Returns the URLs of all remotes, as they are written, and as Git rewrites them.
    pub(crate) fn remote_urls(&self) -> Vec<String> {
        let Ok(names) = self.git.remotes() else { return Vec::new() };
        let config = self.git.config().ok();
        let urls = |name: &str| {
            let key = format!("remote.{name}.url");
            let written = config.as_ref().and_then(|config| config.get_string(&key).ok());
            let remote = self.git.find_remote(name).ok();
            let rewritten = remote.and_then(|remote| remote.url().ok().map(str::to_owned));
            written.into_iter().chain(rewritten)
        };
        names.iter().filter_map(|name| name.ok().flatten()).flat_map(urls).collect()
    }
}
