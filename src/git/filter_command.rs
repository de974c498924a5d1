//! Runs Git to convert contents.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::filters::Storing;
use super::{Repo, command};
use crate::error::{Context, Error, Result};
use crate::fs;
use crate::shell;

/// The settings of a driver that name a program.
const PROGRAMS: [&str; 3] = ["clean", "smudge", "process"];

/// Git where it finds the attributes that count.
pub(super) struct FilterCommand {
    dir: PathBuf,
    /// The Git directory, if `dir` is a folder with nothing but attributes, which goes with this value.
    scratch: Option<(PathBuf, TempDir)>,
    settings: Vec<String>,
}

impl FilterCommand {
    /// Git in the work tree of `repo`. A filter that fails counts as required: Git would store or write the bytes that
    /// it should have changed.
    pub(super) fn here<'d>(repo: &Repo, drivers: impl Iterator<Item = &'d str>) -> Self {
        let drivers: BTreeSet<_> = drivers.collect();
        let settings = drivers.iter().map(|name| format!("filter.{name}.required=true")).collect();
        Self { dir: repo.root().to_owned(), scratch: None, settings }
    }

    /// Git in a folder that has the attributes in `files` only. Git looks for them where it runs, and runs filters there;
    /// the filters are to run in the work tree.
    pub(super) fn elsewhere<'d>(
        repo: &Repo,
        drivers: impl Iterator<Item = &'d str>,
        files: &[(String, Vec<u8>)],
    ) -> Result<Self> {
        let drivers: BTreeSet<_> = drivers.collect();
        let Self { mut settings, .. } = Self::here(repo, drivers.iter().copied());
        for name in &drivers {
            for program in PROGRAMS {
                let key = format!("filter.{name}.{program}");
                let found = repo.settings().and_then(|config| config.get_string(&key).ok());
                if let Some(line) = found.filter(|line| !line.is_empty()) {
                    settings.push(format!("{key}={}", in_work_tree(repo, &line, program != "process")));
                }
            }
        }
        let folder = tempfile::tempdir().context(|| "cannot create a temporary folder".to_owned())?;
        for (path, content) in files {
            fs::write_new(&folder.path().join(path), content, false)
                .context(|| format!("cannot write `{}`", folder.path().join(path).display()))?;
        }
        Ok(Self { dir: folder.path().to_owned(), scratch: Some((repo.git_dir(), folder)), settings })
    }

    fn git(&self, arguments: &[&str]) -> Command {
        let settings = self.settings.iter().flat_map(|setting| ["-c", setting.as_str()]);
        let all: Vec<OsString> = settings.chain(arguments.iter().copied()).map(OsString::from).collect();
        let mut command = command::git(&self.dir, all);
        if let Some((git_dir, folder)) = &self.scratch {
            command.env("GIT_DIR", git_dir).env("GIT_WORK_TREE", folder.path());
        }
        command
    }

    /// Returns the id of the blob that Git makes of `content` at `path`.
    pub(super) fn clean(&self, path: &str, content: &[u8], storing: Storing) -> Result<String> {
        let mut arguments = vec!["hash-object", "--stdin", "--path", path];
        if storing == Storing::Written {
            arguments.push("-w");
        }
        let output =
            command::output_of(self.git(&arguments), content).map_err(|error| failed(path, error))?;
        Ok(command::trimmed(&output))
    }

    /// Returns the ids under which Git would store the files at `paths`, in the same order.
    pub(super) fn clean_files<'p>(&self, paths: impl Iterator<Item = &'p str>) -> Result<Vec<String>> {
        let list = paths.map(quoted).collect::<Vec<_>>().join("\n");
        if list.is_empty() {
            return Ok(Vec::new());
        }
        let output = command::output_of(self.git(&["hash-object", "--stdin-paths"]), list.as_bytes());
        let output = output.map_err(|error| {
            Error::failure("Git cannot convert files of the work tree")
                .because(error)
                .hint("fix the filter that fails, or its settings: `git config --get-regexp '^filter'`")
        })?;
        Ok(command::trimmed(&output).lines().map(str::to_owned).collect())
    }

    /// Returns what Git writes for each of `blobs`, by path and id.
    pub(super) fn smudge(&self, blobs: &[(&str, String)]) -> Result<Vec<Vec<u8>>> {
        // Git takes white space at the start of a path for more of the space before it.
        if let [(path, id)] = blobs {
            let path_option = format!("--path={path}");
            let arguments = ["cat-file", "--filters", &path_option, id];
            return Ok(vec![
                command::output_of(self.git(&arguments), b"").map_err(|error| failed(path, error))?,
            ]);
        }
        if blobs.iter().any(|(path, _)| path.starts_with([' ', '\t'])) {
            return blobs.iter().map(|blob| Ok(self.smudge(std::slice::from_ref(blob))?.remove(0))).collect();
        }
        // Git prints the size of what it stores, not of what follows. So an object that does not exist comes after each.
        let end = fs::staging_name()?;
        let list =
            blobs.iter().map(|(path, id)| format!("{id} {path}\n{end} -\n")).collect::<Vec<_>>().concat();
        let output = command::output_of(self.git(&["cat-file", "--batch", "--filters"]), list.as_bytes())?;
        parts(&output, &end, blobs).ok_or_else(|| Error::failure("cannot read what `git cat-file` prints"))
    }
}

/// Returns the contents in the `output` of `git cat-file --batch` for `blobs`, each followed by the missing object `end`.
fn parts(output: &[u8], end: &str, blobs: &[(&str, String)]) -> Option<Vec<Vec<u8>>> {
    let end = format!("\n{end} missing\n");
    let mut rest = output;
    let mut contents = Vec::with_capacity(blobs.len());
    for (_, id) in blobs {
        rest = rest.strip_prefix(format!("{id} blob ").as_bytes())?;
        let start = rest.iter().position(|byte| *byte == b'\n')? + 1;
        let length = rest[start..].windows(end.len()).position(|part| part == end.as_bytes())?;
        contents.push(rest[start..start + length].to_vec());
        rest = &rest[start + length + end.len()..];
    }
    rest.is_empty().then_some(contents)
}

/// Returns the shell command `line` of a filter, run in the work tree of `repo`.
fn in_work_tree(repo: &Repo, line: &str, has_placeholders: bool) -> String {
    let root = shell::word(&repo.root().display().to_string());
    // `%f` stands for the path.
    let root = if has_placeholders { root.replace('%', "%%") } else { root };
    let work_tree = if repo.is_bare() {
        "unset GIT_WORK_TREE".to_owned()
    } else {
        format!("export GIT_WORK_TREE={root}")
    };
    format!("cd {root} && {work_tree} && {line}")
}

/// Quotes a path for a list read by Git, which unquotes a path that starts with a quotation mark.
fn quoted(path: &str) -> String {
    if path.starts_with('"') {
        format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        path.to_owned()
    }
}

fn failed(path: &str, error: Error) -> Error {
    Error::failure(format!("Git cannot convert `{path}`"))
        .because(error)
        .hint(format!("`git check-attr -a {}` shows the attributes that apply to it", shell::path(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_told_apart_whatever_is_in_them() {
        let blobs = [("a", "1111".to_owned()), ("b", "2222".to_owned())];
        let output = b"1111 blob 3\none\n\nEND missing\n2222 blob 0\n\nEND missing\n";
        assert_eq!(parts(output, "END", &blobs).unwrap(), [b"one\n".to_vec(), Vec::new()]);
        assert_eq!(parts(b"1111 missing\nEND missing\n", "END", &blobs[..1]), None);
        assert_eq!(parts(b"1111 blob 3\none", "END", &blobs[..1]), None);
    }
}
