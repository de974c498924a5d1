//! What treenail records inside the repositories it generates, in `.treenail/`: the answers, and a pristine copy of
//! every file, the base of later merges. Both are committed, so they survive squash merges, shallow clones and
//! the loss of the scaffold. The verbs compute here what they write: `generate`, `upgrade`, `adopt`.

pub(crate) mod adopt;
pub(crate) mod amend;
pub mod answers_file;
pub mod base;
pub(crate) mod file_status;
pub(crate) mod generate;
pub(crate) mod location;
pub mod recorded;
pub(crate) mod recovery;
pub(crate) mod target;
pub(crate) mod upgrade;

use std::path::{Path, PathBuf};

use crate::answers::migrate::{Migrated, migrate};
use crate::apply::Edit;
use crate::error::{Error, Result};
use crate::git::Repo;
use crate::scaffold::definition::Version;
use crate::scaffold::render::RenderedFile;
use crate::scaffold::{Scaffold, catalog, source};
use crate::tree::Tree;

use location::ProjectLocation;
use recorded::Recorded;
use recovery::{BaseSource, ProjectState, StateOrigin};

/// The folder that holds the state; scaffolds may not write to it.
pub(crate) const FOLDER: &str = ".treenail";

/// A generated folder, with what is recorded in it.
pub(crate) struct Project {
    /// The root of the work tree, or the bare repository.
    pub(crate) root: PathBuf,
    /// The folder inside it: empty, or ending in `/`.
    pub(crate) prefix: String,
    /// The recorded answers, with the user's edits of them.
    pub(crate) recorded: Recorded,
    /// The files as the scaffold generated them; none where that is lost.
    pub(crate) base: Vec<RenderedFile>,
    pub(crate) origin: StateOrigin,
    /// The text of the answers in the work tree, unless they come from a commit.
    text: Option<Vec<u8>>,
}

impl Project {
    /// Reads the state of `dir` in a work tree.
    pub(crate) fn read(dir: &Path) -> Result<Self> {
        match ProjectLocation::of(dir)? {
            ProjectLocation { is_bare: true, .. } => {
                Err(Error::precondition(format!("`{}` has no work tree", dir.display())))
            }
            location => Self::at(&location, dir, BaseSource::Recorded),
        }
    }

    /// Reads the state of `dir`, which is at `location`, with the base of the merge from where the user wants it.
    pub(crate) fn at(location: &ProjectLocation, dir: &Path, from: BaseSource) -> Result<Self> {
        let ProjectState { recorded, base, origin, text } = recovery::read(dir, location, from)?;
        let (root, prefix) = (location.root.clone(), location.prefix.clone());
        Ok(Self { root, prefix, recorded, base, origin, text })
    }

    /// The version of the scaffold that wrote the base.
    fn base_version(&self) -> &Version {
        match &self.origin {
            StateOrigin::Commit { version, .. } => version,
            StateOrigin::WorkTree | StateOrigin::Baseless => &self.recorded.scaffold.version,
        }
    }

    /// The scaffold to upgrade to: `wanted`, else the built-in one of the recorded name.
    pub(crate) fn scaffold(&self, wanted: Option<&str>) -> Result<Scaffold> {
        let name = &self.recorded.scaffold.name;
        let scaffold = match wanted {
            Some(wanted) => source::load(wanted)?,
            // Never a folder that happens to have that name.
            None => catalog::embedded(name).unwrap_or_else(|| {
                Err(Error::precondition(format!(
                    "these files are of the scaffold `{name}`, which is not built in"
                ))
                .hint("name its folder with --scaffold"))
            })?,
        };
        if scaffold.definition.name == *name {
            return Ok(scaffold);
        }
        let other = &scaffold.definition.name;
        Err(Error::precondition(format!("these files are of the scaffold `{name}`, not of `{other}`")))
    }

    /// The recorded answers, migrated to `scaffold`.
    ///
    /// # Errors
    /// A downgrade that is not allowed; a template of the scaffold that cannot be evaluated.
    pub(crate) fn migrated(&self, scaffold: &Scaffold, allow_downgrade: bool) -> Result<Migrated> {
        let (old, new) = (&self.recorded.scaffold.version, &scaffold.definition.version);
        if new < old && !allow_downgrade {
            return Err(Error::precondition(format!(
                "the files are of scaffold version {old}, newer than {new}"
            ))
            .hint("install a newer treenail, or pass --allow-downgrade"));
        }
        migrate(&self.recorded.answers, old, scaffold)
    }

    /// Unlike the answers, the base is not for editing: it must be the one in `committed`, the files of the last commit.
    pub(crate) fn check_base(&self, committed: &Tree) -> Result<()> {
        let content = committed.get(base::PATH).map_or(&[][..], |entry| &entry.content);
        if self.origin != StateOrigin::WorkTree || base::read(content).is_ok_and(|base| base == self.base) {
            return Ok(());
        }
        Err(Error::precondition(format!(
            "`{}{}` has changes that are not committed",
            self.prefix,
            base::PATH
        ))
        .hint(format!("restore it: git checkout HEAD -- {}", recovery::rooted(&self.prefix, base::PATH))))
    }

    /// The user's uncommitted edit of the answers.
    pub(crate) fn edit(&self, committed: &Tree) -> Option<Edit<'_>> {
        let committed = committed.get(answers_file::PATH).filter(|file| !file.is_link())?;
        let content = self.text.as_ref().filter(|text| **text != committed.content)?;
        Some(Edit { path: answers_file::PATH, content })
    }

    /// The committed files: the user's, and those in `.treenail/`. Files that were never committed would look deleted.
    fn committed(&self) -> Result<(Tree, Tree)> {
        let tree = Repo::open(&self.root)?.tree_at_head(&self.prefix)?;
        let is_recovered = matches!(self.origin, StateOrigin::Commit { .. });
        if !is_recovered && !tree.contains_key(answers_file::PATH) {
            let path = format!("{}{}", self.prefix, answers_file::PATH);
            return Err(Error::precondition(format!("`{path}` is not committed")).hint(
                "commit what treenail wrote, so that an upgrade can tell your edits from it: git add, git commit",
            ));
        }
        Ok(tree.into_iter().partition(|(path, _)| !is_state(path)))
    }

    /// Where `file` is now, below the folder: the user may have moved it.
    pub(crate) fn current_path<'a>(&'a self, file: &'a RenderedFile) -> &'a str {
        self.recorded.decisions.moved.get(&file.path).unwrap_or(&file.path)
    }
}

/// Whether `path` is in `.treenail/`.
pub(crate) fn is_state(path: &str) -> bool {
    path.strip_prefix(FOLDER).is_some_and(|rest| rest.starts_with('/'))
}

/// The number of the first line in which a merge has left a marker.
pub(crate) fn merge_marker(text: &[u8]) -> Option<usize> {
    let is_marker = |line: &[u8]| line.starts_with(b"<<<<<<<") || line.starts_with(b">>>>>>>");
    text.split(|byte| *byte == b'\n').position(is_marker).map(|index| index + 1)
}
