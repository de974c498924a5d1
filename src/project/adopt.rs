//! What is there, held against what the scaffold writes.

use std::path::Path;

use super::answers_file::Decisions;
use super::{base, generate, is_state};
use crate::error::{Error, Result};
use crate::fs;
use crate::git::Repo;
use crate::scaffold::Scaffold;
use crate::scaffold::definition::Ownership;
use crate::scaffold::render::{self, RenderedFile};
use crate::tree::{File, Tree};
use crate::values::value::Answers;

/// Says how Git is to treat the state; without it the base may not survive a checkout elsewhere.
const ATTRIBUTES: &str = ".gitattributes";

/// The folder as it is committed.
pub(crate) struct CommittedFiles {
    /// The user's files.
    files: Tree,
    /// What is in `.treenail/`.
    state: Tree,
    /// The files as the scaffold made them, where that is still recorded.
    base: Option<Vec<RenderedFile>>,
    written: Tree,
}

impl CommittedFiles {
    /// Reads the folder `prefix` of the last commit.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn read(root: &Path, prefix: &str) -> Result<Self> {
        let tree = Repo::open(root)?.tree_at_head(prefix)?;
        let (state, files): (Tree, Tree) = tree.into_iter().partition(|(path, _)| is_state(path));
        let base = state.get(base::PATH).and_then(|entry| base::read(&entry.content).ok());
        let written = match &base {
            Some(base) => render::tree(base),
            None => files.clone(),
        };
        Ok(Self { files, state, base, written })
    }

    /// The files that are most like what the scaffold wrote.
    pub(crate) fn written(&self) -> &Tree {
        &self.written
    }
}

/// What became of a file of the scaffold's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AdoptStatus {
    /// It is as the scaffold writes it.
    Pristine,
    /// It is another.
    Edited,
    /// It is not there.
    Absent,
    /// It is not there, and is written.
    Added,
    /// It is the user's in any case.
    Yours,
}

impl AdoptStatus {
    /// The word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pristine => "pristine",
            Self::Edited => "edited",
            Self::Absent => "absent",
            Self::Added => "added",
            Self::Yours => "yours",
        }
    }
}

/// What adopting would do.
pub(crate) struct Adoption {
    /// Every file of the scaffold's, sorted by path.
    pub(crate) files: Vec<(String, AdoptStatus)>,
    /// Everything as it is committed.
    pub(crate) before: Tree,
    /// Everything afterwards.
    pub(crate) after: Tree,
}

impl Adoption {
    /// Compares the `committed` files with those that `answers` give.
    ///
    /// # Errors
    /// The scaffold cannot be rendered.
    pub(crate) fn make(
        scaffold: &Scaffold,
        answers: &Answers,
        committed: &CommittedFiles,
        prefix: &str,
    ) -> Result<Self> {
        let rendered = scaffold.render(answers, prefix)?.files;
        // What is recorded is exact; what is rendered now may be of a later version.
        let base = committed.base.as_ref().unwrap_or(&rendered);
        let files: Vec<_> =
            base.iter().map(|file| (file.path.clone(), status(file, &committed.files))).collect();

        let before: Tree = committed.files.clone().into_iter().chain(committed.state.clone()).collect();
        let mut after = before.clone();
        let absent = files.iter().filter(|(_, status)| *status == AdoptStatus::Absent);
        let decisions =
            Decisions { removed: absent.map(|(path, _)| path.clone()).collect(), ..Decisions::default() };
        let state = generate::state(scaffold, answers, prefix, &decisions, &rendered);
        after.extend(state.into_iter().filter(|(path, _)| path != base::PATH || committed.base.is_none()));
        let added = files.iter().any(|(path, status)| path == ATTRIBUTES && *status == AdoptStatus::Added);
        if let Some(file) = base.iter().find(|file| added && file.path == ATTRIBUTES) {
            after.insert(file.path.clone(), file.file.clone());
        }
        Ok(Self { files, before, after })
    }

    /// How many files are as `status` says.
    pub(crate) fn count(&self, status: AdoptStatus) -> usize {
        self.files.iter().filter(|(_, found)| *found == status).count()
    }

    /// The files that are written, with their contents.
    pub(crate) fn written(&self) -> Vec<(String, Vec<u8>)> {
        let is_new = |(path, entry): &(&String, &File)| self.before.get(*path) != Some(entry);
        self.after.iter().filter(is_new).map(|(path, entry)| (path.clone(), entry.content.clone())).collect()
    }

    /// Refuses what would be misunderstood: a folder that holds something else, and files that Git does not have, which
    /// would count as deleted. `dir` is the folder.
    ///
    /// # Errors
    /// A precondition.
    pub(crate) fn refuse_strangers(&self, scaffold: &Scaffold, dir: &Path) -> Result<()> {
        let name = &scaffold.definition.name;
        let missing = self
            .files
            .iter()
            .filter(|(_, status)| matches!(status, AdoptStatus::Absent | AdoptStatus::Added));
        // An odd thing in the place of a file is as much in the way as a file.
        let is_there = |path: &str| !matches!(fs::read_optional(&dir.join(path)), Ok(None));
        let loose: Vec<&str> = missing.map(|(path, _)| path.as_str()).filter(|path| is_there(path)).collect();
        if !loose.is_empty() {
            let error = Error::precondition("files are not committed, and would count as deleted");
            return Err(loose.into_iter().fold(error, |error, path| {
                error.problem(format!("`{path}` is not committed"), "commit them first: git add, git commit")
            }));
        }
        if self.count(AdoptStatus::Pristine) + self.count(AdoptStatus::Edited) > 0 {
            return Ok(());
        }
        Err(Error::precondition(format!(
            "`{}` holds none of the files that the scaffold `{name}` writes",
            dir.display()
        ))
        .hint("name the folder that holds them, or the scaffold with --scaffold")
        .hint("`treenail new` writes new ones"))
    }
}

fn status(file: &RenderedFile, files: &Tree) -> AdoptStatus {
    match files.get(&file.path) {
        None if file.path == ATTRIBUTES => AdoptStatus::Added,
        None => AdoptStatus::Absent,
        Some(_) if file.ownership == Ownership::Seeded => AdoptStatus::Yours,
        Some(found) if *found == file.file => AdoptStatus::Pristine,
        Some(_) => AdoptStatus::Edited,
    }
}
