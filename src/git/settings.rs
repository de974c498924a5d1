//! Git's configuration as the `git` command would read it: libgit2 alone overlooks the environment.

use std::env;
use std::path::{Path, PathBuf};

use git2::{Config, ConfigLevel, Repository};

use super::Repo;
use crate::error::{Context, Result};

/// A wrong count must not take for ever.
const MOST_VARIABLES: usize = 10_000;

/// The hooks that `git commit` runs, in their order.
const COMMIT_HOOKS: [&str; 4] = ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"];

const UNREADABLE: &str = "cannot read the Git configuration";

impl Repo {
    pub(super) fn setting(&self, name: &str, default: bool) -> bool {
        self.settings().and_then(|config| config.get_bool(name).ok()).unwrap_or(default)
    }

    pub(super) fn has_setting(&self, name: &str, value: &str) -> bool {
        self.settings().and_then(|config| config.get_string(name).ok()).is_some_and(|found| found == value)
    }

    /// Returns the names of the hooks that `git commit` would run here.
    pub(crate) fn commit_hooks(&self) -> Vec<&'static str> {
        let Some(config) = self.settings() else { return Vec::new() };
        let folder = hooks_folder(&self.git, config, &self.root);
        COMMIT_HOOKS.into_iter().filter(|hook| is_executable(&folder.join(hook))).collect()
    }

    /// Returns the folder of the scaffold `name` that the user has set for this clone, or for all: no commit can hold it.
    pub(crate) fn scaffold_folder(&self, name: &str) -> Option<PathBuf> {
        let folder = self.settings()?.get_path(&format!("treenail.{name}.scaffold")).ok()?;
        (!folder.as_os_str().is_empty()).then(|| self.root.join(folder))
    }

    pub(super) fn settings(&self) -> Option<&Config> {
        let snapshot = || self.git.config().and_then(|mut config| config.snapshot()).ok();
        self.settings.get_or_init(snapshot).as_ref()
    }
}

/// Returns the configuration for `repository`, if given, when the environment overrides the usual files
/// (`GIT_CONFIG_GLOBAL`, `GIT_CONFIG_SYSTEM`, `GIT_CONFIG_NOSYSTEM`); otherwise `None`.
pub(super) fn overridden(repository: Option<&Repository>) -> Result<Option<Config>> {
    let global = env::var_os("GIT_CONFIG_GLOBAL").map(PathBuf::from);
    let system = env::var_os("GIT_CONFIG_SYSTEM").map(PathBuf::from);
    let no_system = Config::find_system().is_ok()
        && env::var("GIT_CONFIG_NOSYSTEM").is_ok_and(|value| Config::parse_bool(value).unwrap_or(true));
    if global.is_none() && system.is_none() && !no_system {
        return Ok(None);
    }
    let mut files = Vec::new();
    if !no_system {
        files.extend(system.or_else(|| Config::find_system().ok()).map(|file| (file, ConfigLevel::System)));
    }
    if global.is_none() {
        files.extend(Config::find_xdg().ok().map(|file| (file, ConfigLevel::XDG)));
    }
    files.extend(global.or_else(|| Config::find_global().ok()).map(|file| (file, ConfigLevel::Global)));
    if let Some(repository) = repository {
        files.push((repository.commondir().join("config"), ConfigLevel::Local));
        files.push((repository.path().join("config.worktree"), ConfigLevel::Worktree));
    }
    build(&files).context(|| UNREADABLE.to_owned()).map(Some)
}

fn build(files: &[(PathBuf, ConfigLevel)]) -> Result<Config, git2::Error> {
    let mut config = Config::new()?;
    for (file, level) in files {
        if file.is_file() {
            config.add_file(file, *level, false)?;
        }
    }
    Ok(config)
}

/// Returns the configuration outside any repository.
pub(super) fn user_wide() -> Result<Config> {
    match overridden(None)? {
        Some(config) => Ok(config),
        None => Config::open_default().context(|| UNREADABLE.to_owned()),
    }
}

/// Returns a setting that only counts where no repository can set it: in the files of the user and the machine, and in the
/// variables of `git -c`.
pub(super) fn protected(name: &str) -> Result<Option<String>> {
    let count = env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
    let of_variable = |at: usize| {
        let key = env::var(format!("GIT_CONFIG_KEY_{at}")).ok()?;
        key.eq_ignore_ascii_case(name).then(|| env::var(format!("GIT_CONFIG_VALUE_{at}")).ok())?
    };
    // The last one counts.
    if let Some(value) = (0..count.min(MOST_VARIABLES)).rev().find_map(of_variable) {
        return Ok(Some(value));
    }
    Ok(user_wide()?.get_string(name).ok())
}

/// Returns the directory that `git init` copies into new repositories, if the user has set one.
pub(super) fn template_dir() -> Result<Option<PathBuf>> {
    let set = env::var_os("GIT_TEMPLATE_DIR").filter(|value| !value.is_empty()).map(PathBuf::from);
    Ok(set.or(user_wide()?.get_path("init.templateDir").ok()).filter(|dir| dir.is_dir()))
}

/// Returns the user's or the machine's attributes file, if it exists.
pub(super) fn attributes_file() -> Result<Option<PathBuf>> {
    let set = user_wide()?.get_path("core.attributesFile").ok();
    let home = env::var_os("XDG_CONFIG_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".config")));
    let usual = home.map(|home| home.join("git/attributes"));
    // Beside the system's `gitconfig`, or where Git is built to look without one.
    let system = Config::find_system().ok().map(|config| config.with_file_name("gitattributes"));
    let system = system.or_else(|| Some(PathBuf::from("/etc/gitattributes")));
    Ok([set, usual, system].into_iter().flatten().find(|file| file.is_file()))
}

/// Whether a setting or variable that only the `git` command understands affects commits in `repository`.
pub(super) fn need_the_command(repository: &Repository, root: &Path) -> Result<bool> {
    let mut config = repository.config().context(|| UNREADABLE.to_owned())?;
    let config = config.snapshot().context(|| UNREADABLE.to_owned())?;
    Ok(config_comes_from_environment()
        || config.get_bool("commit.gpgSign").unwrap_or(false)
        || has(&config, "^(author|committer)\\.")
        || has(&config, "^includeif\\.hasconfig:")
        // Conditions are not evaluated in a configuration that was put together here.
        || (overridden(None)?.is_some() && has(&config, "^includeif\\."))
        || has_commit_hook(repository, &config, root))
}

/// Whether settings come from environment variables, such as those of `git -c`.
pub(super) fn config_comes_from_environment() -> bool {
    ["GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"].iter().any(|name| env::var_os(name).is_some())
}

/// Whether the name of any setting matches the regular expression `names`.
pub(super) fn has(config: &Config, names: &str) -> bool {
    config.entries(Some(names)).is_ok_and(|mut entries| entries.next().is_some())
}

fn has_commit_hook(repository: &Repository, config: &Config, root: &Path) -> bool {
    let folder = hooks_folder(repository, config, root);
    COMMIT_HOOKS.iter().chain(&["reference-transaction"]).any(|hook| is_executable(&folder.join(hook)))
}

fn hooks_folder(repository: &Repository, config: &Config, root: &Path) -> PathBuf {
    match config.get_path("core.hooksPath") {
        Ok(folder) => root.join(folder),
        Err(_) => repository.commondir().join("hooks"),
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}
