//! What a repository has already where a scaffold writes. Hosting services create repositories with a README, a licence and
//! rules for Git; they are the user's, and nothing of them is lost:
//!
//! - A README and the jobs of GitLab stay, and the generated ones go beside them, as if the user had moved them.
//! - The rules in `.gitattributes` and `.gitignore` are merged, which counts as the user's edit.
//! - A licence stays, which counts as an edit too.

use std::collections::{BTreeMap, BTreeSet};

use super::target::TargetDirectory;
use crate::error::Result;
use crate::git::Repo;
use crate::scaffold::render::RenderedFile;
use crate::tree::{File, Tree};

/// The files of the target directory that may stay.
#[derive(Debug, Default)]
pub(crate) struct ExistingFiles {
    /// All names in the directory, in lower case.
    names: BTreeSet<String>,
    /// The committed files of these names.
    committed: Tree,
}

/// The files of a scaffold, beside those that exist.
#[derive(Debug, Default)]
pub(crate) struct Fitted {
    /// The files to write.
    pub(crate) files: Vec<RenderedFile>,
    /// The committed files that they replace.
    pub(crate) before: Tree,
    /// The scaffold's path of a file -> its path here.
    pub(crate) moved: BTreeMap<String, String>,
    /// What was done, one line each.
    pub(crate) notes: Vec<String>,
}

/// What happens to a generated file whose path is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Beside,
    Rules,
    Licence,
    Other,
}

impl ExistingFiles {
    /// Reads the directory `target`. Where treenail has written already, nothing is to be fitted.
    pub(crate) fn read(target: &TargetDirectory) -> Result<Self> {
        let Some(root) = target.root().filter(|_| !target.is_generated()) else { return Ok(Self::default()) };
        let repo = Repo::open(root)?;
        let mut existing = Self::default();
        for name in target.names() {
            if kind(&name) != Kind::Other
                && let Some(file) = repo.file_at_head(&format!("{}{name}", target.prefix))?
            {
                existing.committed.insert(name.clone(), file);
            }
            existing.names.insert(name.to_lowercase());
        }
        Ok(existing)
    }

    /// Fits the `rendered` files in.
    pub(crate) fn fit(&self, rendered: &[RenderedFile]) -> Fitted {
        let mut fitted = Fitted::default();
        let taken = |path: &str| {
            self.names.contains(&path.to_lowercase()) || rendered.iter().any(|file| file.path == path)
        };
        for file in rendered {
            let path = &file.path;
            let is_taken = self.names.contains(&path.to_lowercase());
            let beside = beside(path);
            match (kind(path), self.committed.get(path)) {
                (Kind::Beside, _) if is_taken && !taken(&beside) => {
                    fitted
                        .notes
                        .push(format!("`{path}` is yours and stays; the generated one is `{beside}`"));
                    fitted.moved.insert(path.clone(), beside.clone());
                    fitted.files.push(RenderedFile { path: beside, ..file.clone() });
                }
                (Kind::Rules, Some(there)) => {
                    let Some(merged) = merged(file, there) else {
                        fitted.files.push(file.clone());
                        continue;
                    };
                    if merged != *there {
                        fitted.notes.push(format!("`{path}` is yours; the missing lines were added"));
                        fitted.files.push(RenderedFile { file: merged, ..file.clone() });
                        fitted.before.insert(path.clone(), there.clone());
                    }
                }
                (Kind::Licence, Some(_)) => fitted.notes.push(format!("`{path}` is yours and stays")),
                _ => fitted.files.push(file.clone()),
            }
        }
        fitted
    }
}

fn kind(path: &str) -> Kind {
    let name = path.to_lowercase();
    match name.as_str() {
        _ if path.contains('/') => Kind::Other,
        ".gitattributes" | ".gitignore" => Kind::Rules,
        _ if [".gitlab-ci.yml", "readme"].contains(&&*name) || name.starts_with("readme.") => Kind::Beside,
        _ if ["license", "licence", "copying"].iter().any(|start| name.starts_with(start)) => Kind::Licence,
        _ => Kind::Other,
    }
}

/// Returns the path of the generated file beside the user's: `README.treenail.md` for `README.md`.
fn beside(path: &str) -> String {
    match path.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.treenail.{extension}"),
        None => format!("{path}.treenail"),
    }
}

/// Merges the lines of two files of rules; `None` if they are not text. The last rule counts, so the user's come last,
/// except for those about treenail's own files.
fn merged(generated: &RenderedFile, there: &File) -> Option<File> {
    let text = String::from_utf8(there.content.clone()).ok().filter(|_| !there.is_link())?;
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let known: BTreeSet<&str> = text.lines().map(str::trim_end).collect();
    let (mut first, mut last) = (String::new(), String::new());
    let mut comment = String::new();
    for line in String::from_utf8(generated.file.content.clone()).ok()?.lines() {
        if line.starts_with('#') || line.trim().is_empty() {
            comment.extend([line, end]);
            continue;
        }
        let comment = std::mem::take(&mut comment);
        if known.contains(line.trim_end()) {
            continue;
        }
        let part =
            if line.trim_start_matches('/').starts_with(super::FOLDER) { &mut last } else { &mut first };
        part.extend([comment.as_str(), line, end]);
    }
    let middle = if text.is_empty() || text.ends_with('\n') { text } else { format!("{text}{end}") };
    Some(File { mode: there.mode, content: format!("{first}{middle}{last}").into_bytes() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaffold::definition::Ownership;

    fn rendered(path: &str, text: &str) -> RenderedFile {
        let (path, slot) = (path.to_owned(), path.to_owned());
        RenderedFile { path, file: File::new(text, false), ownership: Ownership::Managed, slot }
    }

    #[test]
    fn rules_are_merged_by_lines() {
        const GENERATED: &str = "* text=auto eol=lf\n# The base.\n.treenail/base -text\n";
        for (there, expected) in [
            ("", GENERATED),
            (GENERATED, GENERATED),
            ("* text=auto\n", "* text=auto eol=lf\n* text=auto\n# The base.\n.treenail/base -text\n"),
            ("*.png binary", "* text=auto eol=lf\n*.png binary\n# The base.\n.treenail/base -text\n"),
            ("*.a b\n* text=auto eol=lf\n", "*.a b\n* text=auto eol=lf\n# The base.\n.treenail/base -text\n"),
            ("*.a b\r\n", "* text=auto eol=lf\r\n*.a b\r\n# The base.\r\n.treenail/base -text\r\n"),
            (".treenail/base -text\n", "* text=auto eol=lf\n.treenail/base -text\n"),
        ] {
            let merged = merged(&rendered(".gitattributes", GENERATED), &File::new(there, false)).unwrap();
            assert_eq!(String::from_utf8(merged.content).unwrap(), expected, "{there:?}");
        }
        assert_eq!(merged(&rendered(".gitignore", "x\n"), &File::new([0xff], false)), None);
    }

    #[test]
    fn every_file_has_its_place() {
        let existing = ExistingFiles {
            names: ["readme.md", "license", ".gitignore", "notes.txt", ".gitlab-ci.yml"]
                .map(str::to_owned)
                .into(),
            committed: [("LICENSE", "mine\n"), (".gitignore", "*.log\n")]
                .map(|(path, text)| (path.to_owned(), File::new(text, false)))
                .into(),
        };
        let files = ["README.md", "LICENSE", ".gitignore", "notes.txt", "sub/README.md", ".gitlab-ci.yml"];
        let fitted = existing.fit(&files.map(|path| rendered(path, "generated\n")));
        let written: Vec<_> = fitted.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(
            written,
            ["README.treenail.md", ".gitignore", "notes.txt", "sub/README.md", ".gitlab-ci.treenail.yml"]
        );
        assert_eq!(fitted.files[1].file.content, b"generated\n*.log\n");
        assert_eq!(fitted.before.keys().collect::<Vec<_>>(), [".gitignore"]);
        assert_eq!(fitted.moved["README.md"], "README.treenail.md");
        assert_eq!(fitted.notes.len(), 4);
        // Both names are taken, so the first one is reported as in the way.
        let both = ["readme.md", "readme.treenail.md"].map(str::to_owned).into();
        let both = ExistingFiles { names: both, committed: Tree::new() };
        assert_eq!(both.fit(&[rendered("README.md", "x")]).files[0].path, "README.md");
    }
}
