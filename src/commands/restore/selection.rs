//! Which files the paths on the command line mean.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Context, Error, ErrorKind, Problem, Result};
use crate::fs;
use crate::project::Project;
use crate::project::answers_file;
use crate::project::recovery;
use crate::scaffold::definition::Ownership;
use crate::scaffold::render::RenderedFile;
use crate::suggest;

pub(crate) struct Selection {
    pub(crate) dir: PathBuf,
    /// Each as typed, and relative to the folder.
    paths: Vec<(String, String)>,
}

impl Selection {
    /// Finds the folder of `paths`, which are relative to the current directory.
    ///
    /// # Errors
    /// A precondition where one of them is in no such folder; wrong usage where there are several folders.
    pub(crate) fn of(paths: &[PathBuf]) -> Result<Self> {
        let mut folders: BTreeMap<PathBuf, Vec<(String, String)>> = BTreeMap::new();
        for path in paths {
            let shown = path.display().to_string();
            let found = fs::find_up(path, answers_file::PATH).context(|| format!("cannot find `{shown}`"))?;
            let (folder, rest) = found.ok_or_else(|| recovery::not_generated(path))?;
            folders.entry(folder).or_default().push((shown, rest));
        }
        if folders.len() > 1 {
            let folders: Vec<_> = folders.keys().map(|folder| format!("`{}`", folder.display())).collect();
            let message = format!("these paths are in several folders: {}", folders.join(", "));
            return Err(
                Error::new(ErrorKind::Usage, message).hint("restore the files of one folder at a time")
            );
        }
        let first = folders.pop_first();
        first
            .map(|(dir, paths)| Self { dir, paths })
            .ok_or_else(|| Error::new(ErrorKind::Usage, "name a path"))
    }

    /// The files that are meant, each once. A folder means all that is below it but the seeded files, which are the
    /// user's.
    ///
    /// # Errors
    /// Paths that mean no file, with the nearest one that does.
    pub(crate) fn files<'a>(&self, project: &'a Project) -> Result<Vec<&'a RenderedFile>> {
        let known = || project.base.iter().map(|file| (file, project.current_path(file)));
        let mut chosen: BTreeMap<&str, &RenderedFile> = BTreeMap::new();
        let mut problems = Vec::new();
        for (shown, path) in &self.paths {
            let is_it = |file: &RenderedFile, current: &str| file.path == *path || current == path;
            let is_below = |file: &RenderedFile, current: &str| {
                file.ownership == Ownership::Managed
                    && [&file.path, current].iter().any(|file| below(file, path))
            };
            let mut meant: Vec<_> = known().filter(|(file, current)| is_it(file, current)).collect();
            if meant.is_empty() {
                meant = known().filter(|(file, current)| is_below(file, current)).collect();
            }
            if meant.is_empty() {
                problems.push(self.unknown(shown, path, known().map(|(_, current)| current)));
            }
            chosen.extend(meant.into_iter().map(|(file, current)| (current, file)));
        }
        if problems.is_empty() {
            return Ok(chosen.into_values().collect());
        }
        Err(Error::precondition("cannot restore files that the scaffold did not generate").problems(problems))
    }

    fn unknown<'k>(&self, shown: &str, path: &str, known: impl Iterator<Item = &'k str>) -> Problem {
        let fix = suggest::nearest(path, known).map_or_else(
            || format!("`treenail status {}` lists the files that differ", self.dir.display()),
            |near| format!("did you mean `{}`?", as_typed(near, shown, path)),
        );
        Problem::new(format!("`{shown}` is not a file of the scaffold"), fix)
    }
}

/// `near`, relative to the directory in which `shown` was typed for `path`, if both are in the same folder.
fn as_typed(near: &str, shown: &str, path: &str) -> String {
    let same = shown.bytes().rev().zip(path.bytes().rev()).take_while(|(one, other)| one == other).count();
    let (typed, meant) = (&shown.as_bytes()[..shown.len() - same], &path.as_bytes()[..path.len() - same]);
    let rest = near.as_bytes().strip_prefix(meant).map(|rest| [typed, rest].concat());
    rest.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| near.to_owned())
}

fn below(file: &str, folder: &str) -> bool {
    folder.is_empty() || Path::new(file).starts_with(folder)
}
