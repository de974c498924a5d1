//! Finds and reads `.treenail/check.yaml` in the folders that are checked, and those around them.

#![expect(clippy::disallowed_methods, reason = "asks whether a folder has settings")]

use std::path::{Path, PathBuf};

use super::work_tree;
use crate::check::{MAX_SETTINGS, SETTINGS_PATH, Settings};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::fs;
use crate::git::Repo;
use crate::project;

/// The settings that are known so far.
#[derive(Default)]
pub(super) struct FoundSettings {
    base: PathBuf,
    settings: Settings,
    /// Whether those of the folders count.
    is_looking: bool,
    problems: Vec<Problem>,
}

impl FoundSettings {
    /// Uses `given`, or else what the folders below `base` have.
    pub(super) fn new(base: &Path, given: Option<Settings>) -> Self {
        let is_looking = given.is_none();
        Self { base: base.to_owned(), settings: given.unwrap_or_default(), is_looking, problems: Vec::new() }
    }

    /// Reads the settings of all folders around `top`, outermost first.
    pub(super) fn enter_above(&mut self, top: &Path) {
        let mut folders: Vec<_> = top.ancestors().skip(1).filter(|it| it.starts_with(&self.base)).collect();
        folders.reverse();
        for folder in folders {
            self.enter(folder);
        }
    }

    /// Reads the settings of `folder`, if it has any.
    pub(super) fn enter(&mut self, folder: &Path) {
        if !self.is_looking {
            return;
        }
        // Almost no folder has one, so nothing else is asked.
        let state = folder.join(project::FOLDER);
        let Ok(found) = state.symlink_metadata() else { return };
        let Ok(name) = work_tree::name(&self.base, folder) else { return };
        let name = if name.is_empty() { name } else { name + "/" };
        if self.settings.has(&name) {
            return;
        }
        let misnamed = SETTINGS_PATH.replace(".yaml", ".yml");
        if fs::is_there(&folder.join(&misnamed)) {
            let message = format!("`{name}{misnamed}` has no effect");
            self.problems.push(Problem::new(message, format!("rename it to `{name}{SETTINGS_PATH}`")));
        }
        let path = folder.join(SETTINGS_PATH);
        let shown = format!("{name}{SETTINGS_PATH}");
        if found.is_symlink() && fs::is_there(&path) {
            self.problems.push(Problem::new(format!("`{shown}`: its folder is a symbolic link"), ""));
            return;
        }
        match fs::read_own(&path, MAX_SETTINGS) {
            Ok(Some(content)) => self.add(&name, &shown, &content),
            Err(error) if found.is_dir() => {
                let is_large = path.symlink_metadata().is_ok_and(|found| found.is_file());
                let why =
                    if fs::is_refused(&error) && is_large { TOO_LARGE.to_owned() } else { error.to_string() };
                self.problems.push(Problem::new(format!("`{shown}`: {why}"), ""));
            }
            Ok(None) | Err(_) => {}
        }
    }

    fn add(&mut self, folder: &str, shown: &str, content: &[u8]) {
        match std::str::from_utf8(content) {
            Ok(text) => self.problems.extend(self.settings.add(folder, text).err().into_iter().flatten()),
            Err(_) => self.problems.push(Problem::new(format!("`{shown}`: it is not UTF-8"), "")),
        }
    }

    pub(super) fn excludes(&self, path: &str, is_folder: bool) -> bool {
        self.settings.excludes_any() && self.settings.excludes(path, is_folder)
    }

    pub(super) fn covers(&self, path: &str, is_folder: bool) -> bool {
        self.settings.excludes_any() && self.settings.covers(path, is_folder)
    }

    /// # Errors
    /// Lists everything that is wrong.
    pub(super) fn finish(self) -> Result<Settings> {
        if self.problems.is_empty() {
            return Ok(self.settings);
        }
        Err(Error::new(ErrorKind::State, "the settings of `check` are invalid; nothing was checked")
            .problems(self.problems))
    }
}

const TOO_LARGE: &str = "it is larger than 64 KiB";

/// Returns the settings in the commit `commit`. Invalid ones do not count: what is wrong with them cannot be changed any more.
///
/// # Errors
/// The commit cannot be read.
pub(crate) fn of_commit(repository: &Repo, commit: &str) -> Result<Settings> {
    let mut settings = Settings::default();
    for path in repository.paths_in(commit, SETTINGS_PATH)? {
        let Some(folder) = path.strip_suffix(SETTINGS_PATH) else { continue };
        let content = repository.file_in(commit, &path)?.unwrap_or_default();
        if content.len() as u64 <= MAX_SETTINGS
            && let Ok(text) = std::str::from_utf8(&content)
        {
            let _ = settings.add(folder, text);
        }
    }
    Ok(settings)
}
