//! Finds and reads the files to check.

#![expect(clippy::disallowed_methods, reason = "the folders that the user names are read here")]

use std::env;
use std::io;
use std::mem;
use std::path::{Component, Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::settings::FoundSettings;
use crate::check::{
    FileContent, Files, MAX_SIZE, Settings, Unread, has_yaml_name, parallel, secret_files, split,
};
use crate::error::{Context, Error, ErrorKind, Problem, Result};
use crate::fs;
use crate::git::Ignore;
use crate::project::answers_file;
use crate::yaml::is_kustomization;

/// The argument that stands for the standard input, and its path in reports.
pub(crate) const STANDARD_INPUT: &str = "-";

/// What to check.
pub(crate) struct Located {
    /// The folder that all paths are relative to.
    pub(crate) base: PathBuf,
    /// What the user names.
    tops: Vec<PathBuf>,
    ignore: Option<Ignore>,
    /// The path that the standard input is read as, if that is checked.
    pub(crate) standard_input: Option<String>,
}

/// Finds `paths`; without any, the repository, or else the current folder.
///
/// # Errors
/// Lists every path that cannot be read.
pub(crate) fn locate(paths: &[PathBuf]) -> Result<Located> {
    let here = env::current_dir().context(|| "cannot determine the current folder".to_owned())?;
    let tops = resolve(paths, &here)?;
    let shared = shared_folder(&tops, &here);
    let ignore = Ignore::around(&shared)?;
    let (base, tops) = match &ignore {
        Some(ignore) if paths.is_empty() => (ignore.root().to_owned(), vec![ignore.root().to_owned()]),
        Some(ignore) => (ignore.root().to_owned(), tops),
        None => (shared, tops),
    };
    Ok(Located { base, tops, ignore, standard_input: None })
}

/// Has the standard input checked, as if it were the file `name`.
///
/// # Errors
/// `name` is not below the folder that all paths are relative to.
pub(crate) fn locate_standard_input(name: Option<&str>) -> Result<Located> {
    let here = env::current_dir().context(|| "cannot determine the current folder".to_owned())?;
    let here = here.canonicalize().unwrap_or(here);
    let ignore = Ignore::around(&here)?;
    let base = ignore.as_ref().map_or_else(|| here.clone(), |ignore| ignore.root().to_owned());
    let path = match name {
        None => STANDARD_INPUT.to_owned(),
        Some(given) => below(&base, &here, given).ok_or_else(|| {
            let message = format!("`--stdin-name`: `{given}` is not a file below `{}`", base.display());
            Error::new(ErrorKind::Usage, message)
        })?,
    };
    let top = base.join(&path);
    Ok(Located { base, tops: vec![top], ignore, standard_input: Some(path) })
}

/// Returns the path `given` in the folder `here` relative to `base`, whether or not it exists.
fn below(base: &Path, here: &Path, given: &str) -> Option<String> {
    let full = here.join(given);
    let mut path = PathBuf::new();
    for part in full.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(path.pop()),
            part => path.push(part),
        }
    }
    let path = path.strip_prefix(base).ok()?;
    name(base, path).ok().filter(|path| !path.is_empty() && !given.ends_with('/'))
}

impl Located {
    pub(crate) fn is_repository(&self) -> bool {
        self.ignore.is_some()
    }

    /// Reads the files, and what they name. Links that leave the base are not followed, and files that Git ignores are
    /// skipped unless they are named. `settings` apply, or else those beside the files.
    ///
    /// # Errors
    /// Lists every file that cannot be read, or everything that is wrong with the settings.
    pub(crate) fn read(self, settings: Option<Settings>) -> Result<Files> {
        let Self { base, tops, ignore, standard_input } = self;
        let roots = tops.iter().map(|top| name(&base, top)).collect::<Result<Vec<_>>>()?;
        let settings = FoundSettings::new(&base, settings);
        let mut gathering = Gathering {
            files: Files::below(roots),
            base,
            tops,
            ignore,
            settings,
            pending: Vec::new(),
            problems: Vec::new(),
        };
        for top in gathering.tops.clone() {
            match &standard_input {
                Some(path) => gathering.standard_input(path, &top)?,
                None => gathering.below(&top)?,
            }
            gathering.answers_above(&top)?;
            gathering.submodules(&top);
        }
        gathering.finish()
    }
}

fn resolve(paths: &[PathBuf], here: &Path) -> Result<Vec<PathBuf>> {
    let (mut tops, mut problems) = (Vec::new(), Vec::new());
    let given = if paths.is_empty() { &[PathBuf::from(".")][..] } else { paths };
    for path in given {
        match here.join(path).canonicalize() {
            Ok(top) => tops.push(top),
            Err(error) => problems.push(Problem::new(format!("`{}`: {error}", path.display()), "")),
        }
    }
    if problems.is_empty() {
        return Ok(tops);
    }
    Err(Error::new(ErrorKind::Usage, "some paths cannot be read").problems(problems))
}

/// Returns the current folder if it contains all of `tops`, so that paths are printed as typed; else the
/// innermost folder that does.
fn shared_folder(tops: &[PathBuf], here: &Path) -> PathBuf {
    let here = here.canonicalize().unwrap_or_else(|_| here.to_owned());
    let holds_all =
        |folder: &Path| tops.iter().all(|top| top.starts_with(folder) && (folder != top || top.is_dir()));
    let inner = tops.first().into_iter().flat_map(|top| top.ancestors());
    [&*here].into_iter().chain(inner).find(|folder| holds_all(folder)).unwrap_or(&here).to_owned()
}

struct Gathering {
    files: Files,
    base: PathBuf,
    /// What the user names.
    tops: Vec<PathBuf>,
    ignore: Option<Ignore>,
    settings: FoundSettings,
    /// Files to read, all at once.
    pending: Vec<String>,
    problems: Vec<Problem>,
}

impl Gathering {
    fn finish(mut self) -> Result<Files> {
        for url in self.ignore.iter().flat_map(Ignore::remotes) {
            self.files.add_remote(url);
        }
        self.files.set_settings(mem::take(&mut self.settings).finish()?);
        let mut unread = Unread::default();
        loop {
            let paths = unread.next(&self.files);
            if paths.is_empty() {
                break;
            }
            paths.iter().try_for_each(|path| self.named(path))?;
        }
        if self.files.iter().any(|(_, content)| lifts_restriction(content)) {
            self.files.lift_restriction();
        }
        for path in secret_files(&self.files) {
            if self.base.join(&path).symlink_metadata().is_err() && self.is_ignored(&path) {
                self.files.expect_made(path);
            }
        }
        if self.problems.is_empty() {
            return Ok(self.files);
        }
        Err(Error::failure("some files cannot be read; nothing was checked").problems(self.problems))
    }

    fn below(&mut self, top: &Path) -> Result<()> {
        let is_named = top.is_file();
        self.settings.enter_above(top);
        let top_name = name(&self.base, top)?;
        if self.settings.covers(&top_name, !is_named) {
            self.files.exclude(if is_named { top_name } else { top_name + "/" });
            return Ok(());
        }
        let Self { files, base, ignore, settings, .. } = self;
        let entries = WalkDir::new(top).into_iter().filter_entry(|entry| {
            if !entry.file_type().is_dir() {
                return true;
            }
            if entry.depth() > 0 && is_skipped(entry, base, ignore.as_ref()) {
                return false;
            }
            let folder = name(base, entry.path()).unwrap_or_default();
            if entry.depth() > 0 && settings.excludes(&folder, true) {
                files.exclude(folder + "/");
                return false;
            }
            settings.enter(entry.path());
            true
        });
        // The closure borrows `self`, so it must be done before files are inserted.
        for entry in entries.collect::<Vec<_>>() {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) => self.entry(&entry, is_named)?,
                Err(error) => self.problems.push(Problem::new(error.to_string(), "")),
            }
        }
        self.read_pending();
        Ok(())
    }

    fn read_pending(&mut self) {
        let paths = mem::take(&mut self.pending);
        let read =
            parallel::map(parallel::threads_for(paths.len()), &paths, |path| read(&self.base.join(path)));
        for (path, content) in paths.iter().zip(read) {
            self.insert(path, path, content);
        }
    }

    /// Reads the standard input as `path`, whatever is there.
    fn standard_input(&mut self, path: &str, full: &Path) -> Result<()> {
        self.settings.enter_above(full);
        let content = fs::read_standard_input(MAX_SIZE)
            .context(|| "cannot read the standard input; nothing was checked".to_owned())?;
        if self.settings.covers(path, false) {
            self.files.exclude(path);
        } else {
            self.files.insert(path, FileContent::of(content));
            self.files.expect(path);
        }
        Ok(())
    }

    fn entry(&mut self, entry: &DirEntry, is_named: bool) -> Result<()> {
        let path = name(&self.base, entry.path())?;
        let is_read = is_named || has_yaml_name(&path) || is_kustomization(&path);
        if !is_named && self.settings.excludes(&path, false) {
            self.files.exclude(path);
        } else if entry.file_type().is_symlink() {
            self.follow(&path)?;
        } else if !is_read || !entry.file_type().is_file() {
            // What cannot be read says nothing.
            let is_script = is_build_script(&path) && entry.file_type().is_file();
            if is_script && read(entry.path()).is_ok_and(|content| lifts_restriction(&content)) {
                self.files.lift_restriction();
            }
            self.files.insert(path, FileContent::Unread);
        } else if is_named || !self.is_ignored(&path) {
            if is_named {
                self.files.expect(&*path);
            }
            self.pending.push(path);
        }
        Ok(())
    }

    /// Adds the link `path`, if it leads to a file or folder below the base. A kustomization is read as if the link were
    /// the file, since what it names is relative to its folder.
    fn follow(&mut self, path: &str) -> Result<()> {
        let Some(target) = self.target(path)? else {
            self.files.insert(path, FileContent::Link);
            return Ok(());
        };
        if self.base.join(&target).is_dir() {
            self.files.link(path, target);
        } else if is_kustomization(path) {
            self.read(path, &target);
        } else {
            if !self.files.contains(&target) {
                self.files.insert(&*target, FileContent::Unread);
            }
            self.files.link(path, target);
        }
        Ok(())
    }

    /// Returns `path` without links; `None` if it leaves the base, leads nowhere, or into Git's own files.
    fn target(&self, path: &str) -> Result<Option<String>> {
        let full = self.base.join(path);
        let Ok(target) = full.canonicalize() else { return Ok(None) };
        let is_own = |below: &Path| below.iter().all(|part| part != ".git");
        // Without a repository, a link must not leave the folders to check.
        let is_near = self.ignore.is_some() || self.tops.iter().any(|top| target.starts_with(top));
        let is_inside = target.strip_prefix(&self.base).is_ok_and(is_own) && (is_near || target == full);
        if is_inside { name(&self.base, &target).map(Some) } else { Ok(None) }
    }

    /// Adds `path`, which a kustomization names: a file, whatever it is called, even if Git ignores it, or a folder.
    fn named(&mut self, path: &str) -> Result<()> {
        if self.files.contains(path) {
            // It was found without a link on its way.
            self.add(path, path);
            return Ok(());
        }
        let full = self.base.join(path);
        if full.symlink_metadata().is_err() {
            self.files.miss(path);
            if self.is_ignored(path) {
                self.files.expect_made(path);
            }
            return Ok(());
        }
        let Some(target) = self.target(path)? else {
            self.files.insert(path, FileContent::Link);
            return Ok(());
        };
        let (parent, last) = split(path);
        let own = self.target(parent)?.map(|parent| join(&parent, last));
        let place =
            if is_kustomization(path) { own.unwrap_or_else(|| target.clone()) } else { target.clone() };
        if place != path {
            self.files.link(path, &*place);
        }
        if !full.is_dir() {
            self.add(&place, &target);
        }
        Ok(())
    }

    /// Reads the file at `target` as `path`, even if Git ignores it.
    fn add(&mut self, path: &str, target: &str) {
        self.read(path, target);
        if self.is_ignored(target) {
            self.files.ignore(path);
        }
    }

    fn is_ignored(&self, path: &str) -> bool {
        self.ignore.as_ref().is_some_and(|ignore| ignore.ignores(Path::new(path)))
    }

    /// Adds the file at `target`, which has no link on its way, as `path`.
    fn read(&mut self, path: &str, target: &str) {
        self.insert(path, target, read(&self.base.join(target)));
    }

    fn insert(&mut self, path: &str, target: &str, content: io::Result<FileContent>) {
        match content {
            Ok(content) if path != target => self.files.copy(path, content),
            Ok(content) => self.files.insert(path, content),
            Err(error) => self.problems.push(Problem::new(format!("`{path}`: {error}"), "")),
        }
    }

    /// Adds a note for each submodule below `top` that is not checked out.
    fn submodules(&mut self, top: &Path) {
        for path in self.ignore.iter().flat_map(Ignore::submodules) {
            let folder = self.base.join(&path);
            let is_empty = folder.read_dir().is_ok_and(|mut entries| entries.next().is_none());
            if folder.starts_with(top) && is_empty {
                self.files.skip(path, "a submodule that is not checked out");
            }
        }
    }

    /// Adds the answers files of the folders that contain `top`, since they list ignored rules.
    fn answers_above(&mut self, top: &Path) -> Result<()> {
        let base = self.base.clone();
        for folder in top.ancestors().skip(1).take_while(|folder| folder.starts_with(&base)) {
            let path = folder.join(answers_file::PATH);
            let name = name(&base, &path)?;
            let is_plain = path.symlink_metadata().is_ok_and(|found| found.is_file());
            if is_plain && !self.files.contains(&name) {
                self.read(&name, &name);
            }
        }
        Ok(())
    }
}

/// # Errors
/// Lists every one of `paths` that is a symbolic link.
pub(crate) fn refuse_links(paths: &[PathBuf]) -> Result<()> {
    let is_link = |path: &&PathBuf| path.symlink_metadata().is_ok_and(|found| found.is_symlink());
    let links: Vec<_> = paths.iter().filter(is_link).collect();
    if links.is_empty() {
        return Ok(());
    }
    let problems =
        links.iter().map(|path| Problem::new(format!("`{}` is a link", path.display()), "name its target"));
    Err(Error::new(ErrorKind::Usage, "refusing to fix files through symbolic links").problems(problems))
}

/// Whether the file may say how the kustomizations of the repository are built.
fn is_build_script(path: &str) -> bool {
    let name = split(path).1;
    let is_of_make = name.eq_ignore_ascii_case("makefile") || name == "GNUmakefile";
    is_of_make
        || name.eq_ignore_ascii_case("justfile")
        || name == "Tiltfile"
        || matches!(name.rsplit_once('.'), Some((_, "sh" | "bash" | "mk" | "md")))
}

/// Whether a file has kustomize read files outside of a kustomization's folder.
fn lifts_restriction(content: &FileContent) -> bool {
    const OPTIONS: [&str; 2] = ["LoadRestrictionsNone", "load_restrictor none"];
    let FileContent::Bytes(bytes) = content else { return false };
    let text = String::from_utf8_lossy(bytes);
    OPTIONS.iter().any(|option| text.contains(option))
}

fn is_skipped(entry: &DirEntry, base: &Path, ignore: Option<&Ignore>) -> bool {
    let path = entry.path().strip_prefix(base).unwrap_or(entry.path());
    entry.file_name() == ".git" || ignore.is_some_and(|ignore| ignore.ignores(path))
}

/// Reads the regular file `path`, which must not be a link, up to [`MAX_SIZE`].
fn read(path: &Path) -> io::Result<FileContent> {
    match fs::read_own(path, MAX_SIZE) {
        Ok(content) => Ok(content.map_or(FileContent::Unread, FileContent::of)),
        Err(error) if fs::is_refused(&error) => {
            let found = path.symlink_metadata()?;
            let is_large = found.is_file() && found.len() > MAX_SIZE;
            Ok(if is_large { FileContent::TooLarge(found.len()) } else { FileContent::Unread })
        }
        Err(error) => Err(error),
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Returns `path` relative to `base`, with `/` on every platform.
pub(crate) fn name(base: &Path, path: &Path) -> Result<String> {
    let below = path.strip_prefix(base).unwrap_or(path);
    let name = below.to_str().ok_or_else(|| {
        Error::precondition(format!("the name of `{}` is not UTF-8", path.display())).hint("rename it")
    })?;
    Ok(name.replace(std::path::MAIN_SEPARATOR, "/"))
}
