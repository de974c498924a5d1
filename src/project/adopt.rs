//! An adoption, computed in memory: the committed files compared with what the scaffold generates.

use std::collections::BTreeMap;
use std::path::Path;

use super::amend::amended;
use super::answers_file::{self, Decisions};
use super::unfiltered::Unfiltered;
use super::{base, generate, is_state};
use crate::error::{Error, Result};
use crate::fs;
use crate::git::{Blob, Repo};
use crate::scaffold::Scaffold;
use crate::scaffold::definition::Ownership;
use crate::scaffold::render::{self, RenderedFile};
use crate::tree::{File, Tree};
use crate::values::value::Answers;

/// Tells Git how to treat the state; without it the base may not survive a checkout elsewhere.
const ATTRIBUTES: &str = ".gitattributes";

/// The committed files of the folder.
pub(crate) struct CommittedFiles {
    repo: Repo,
    prefix: String,
    /// In the form in which the scaffold generates them, as far as it is known.
    files: Tree,
    /// The blobs of those that Git stores in another form.
    stored: BTreeMap<String, Blob>,
    /// The files in `.treenail/`.
    state: Tree,
    /// The recorded base, unless it is lost.
    base: Option<Vec<RenderedFile>>,
    /// What the answers, which may be damaged, say about moved files that are there.
    moved: BTreeMap<String, String>,
    written: Tree,
}

impl CommittedFiles {
    /// Reads the folder `prefix` of the last commit.
    pub(crate) fn read(root: &Path, prefix: &str) -> Result<Self> {
        let repo = Repo::open(root)?;
        let committed = repo.tree_at_head(prefix)?;
        let paths: Vec<String> = committed.keys().filter(|path| !is_state(path)).cloned().collect();
        let candidates = paths.iter().map(|path| (path.as_str(), Vec::new())).collect();
        let Unfiltered { tree, stored, .. } = Unfiltered::of(&repo, prefix, committed, &candidates, false)?;
        let (state, files): (Tree, Tree) = tree.into_iter().partition(|(path, _)| is_state(path));
        let base = state.get(base::PATH).and_then(|entry| base::read(&entry.content).ok());
        let answers = state.get(answers_file::PATH).map(|file| String::from_utf8_lossy(&file.content));
        let mut moved = answers.as_deref().map(answers_file::moved).unwrap_or_default();
        moved.retain(|old, new| old != new && files.contains_key(new));
        let written = match &base {
            Some(base) => render::tree(base),
            None => laid_out(&files, &moved),
        };
        Ok(Self { repo, prefix: prefix.to_owned(), files, stored, state, base, moved, written })
    }

    /// The files most similar to what the scaffold generated.
    pub(crate) fn written(&self) -> &Tree {
        &self.written
    }

    /// Returns where the user has `file`.
    fn path_of<'a>(&'a self, file: &'a RenderedFile) -> &'a str {
        self.moved.get(&file.path).unwrap_or(&file.path)
    }

    fn status(&self, file: &RenderedFile) -> Result<AdoptStatus> {
        let path = self.path_of(file);
        Ok(match self.files.get(path) {
            None if path == ATTRIBUTES => AdoptStatus::Added,
            None => AdoptStatus::Absent,
            Some(found) if *found == file.file => AdoptStatus::Pristine,
            Some(_) if self.is_stored_as(path, &file.file)? => AdoptStatus::Pristine,
            Some(_) if file.ownership == Ownership::Seeded => AdoptStatus::Yours,
            Some(_) => AdoptStatus::Edited,
        })
    }

    /// Whether Git stores the committed file at `path` in another form, and would store `file` as the same blob.
    fn is_stored_as(&self, path: &str, file: &File) -> Result<bool> {
        let Some(stored) = self.stored.get(path) else { return Ok(false) };
        let rooted = format!("{}{path}", self.prefix);
        let conversions = self.repo.conversions_at_head([rooted.as_str()].into_iter())?;
        Ok(conversions.name(&rooted, file)? == *stored)
    }
}

/// Returns `files` with the moved ones at the scaffold's paths.
fn laid_out(files: &Tree, moved: &BTreeMap<String, String>) -> Tree {
    let mut tree = files.clone();
    tree.retain(|path, _| !moved.values().any(|new| new == path));
    tree.extend(moved.iter().filter_map(|(old, new)| Some((old.clone(), files.get(new)?.clone()))));
    tree
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AdoptStatus {
    Pristine,
    Edited,
    Absent,
    /// Missing, so it is written.
    Added,
    /// Seeded, and not as the scaffold writes it.
    Yours,
}

impl AdoptStatus {
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

pub(crate) struct Adoption {
    /// Every file of the scaffold, in the order of its paths, at the user's path.
    pub(crate) files: Vec<(String, AdoptStatus)>,
    pub(crate) before: Tree,
    pub(crate) after: Tree,
}

impl Adoption {
    /// Compares the `committed` files with those that `answers` give.
    pub(crate) fn make(
        scaffold: &Scaffold,
        answers: &Answers,
        committed: &CommittedFiles,
        prefix: &str,
    ) -> Result<Self> {
        let mut rendered = scaffold.render(answers, prefix)?.files;
        rendered.retain(|file| file.ownership != Ownership::Promoted);
        // What is recorded is exact; what is rendered now may be of a later version.
        let base = committed.base.as_ref().unwrap_or(&rendered);
        let files = base.iter().map(|file| Ok((committed.path_of(file).to_owned(), committed.status(file)?)));
        let files = files.collect::<Result<Vec<_>>>()?;

        let before: Tree = committed.files.clone().into_iter().chain(committed.state.clone()).collect();
        let mut after = before.clone();
        let absent = files.iter().filter(|(_, status)| *status == AdoptStatus::Absent);
        let old = committed.state.get(answers_file::PATH).map(|file| String::from_utf8_lossy(&file.content));
        let is_generated = |old: &String| base.iter().any(|file| file.path == *old);
        let moved = committed.moved.iter().filter(|(old, _)| is_generated(old));
        let decisions = Decisions {
            moved: moved.map(|(old, new)| (old.clone(), new.clone())).collect(),
            removed: absent.map(|(path, _)| path.clone()).collect(),
            ignore: old.as_deref().map(answers_file::ignored).unwrap_or_default(),
        };
        let mut state = generate::state(scaffold, answers, prefix, &decisions, &rendered);
        if let Some(old) = old {
            for (_, file) in state.iter_mut().filter(|(path, _)| path == answers_file::PATH) {
                file.content = amended(&old, &String::from_utf8_lossy(&file.content)).text.into_bytes();
            }
        }
        after.extend(state.into_iter().filter(|(path, _)| path != base::PATH || committed.base.is_none()));
        let added = files.iter().any(|(path, status)| path == ATTRIBUTES && *status == AdoptStatus::Added);
        if let Some(file) = base.iter().find(|file| added && file.path == ATTRIBUTES) {
            after.insert(file.path.clone(), file.file.clone());
        }
        Ok(Self { files, before, after })
    }

    pub(crate) fn count(&self, status: AdoptStatus) -> usize {
        self.files.iter().filter(|(_, found)| *found == status).count()
    }

    pub(crate) fn written(&self) -> Vec<(String, Vec<u8>)> {
        let is_new = |(path, entry): &(&String, &File)| self.before.get(*path) != Some(entry);
        self.after.iter().filter(is_new).map(|(path, entry)| (path.clone(), entry.content.clone())).collect()
    }

    /// Refuses a folder `dir` that holds something else, and uncommitted files, which would count as deleted.
    pub(crate) fn refuse_strangers(&self, scaffold: &Scaffold, dir: &Path) -> Result<()> {
        let name = &scaffold.definition.name;
        let missing = self
            .files
            .iter()
            .filter(|(_, status)| matches!(status, AdoptStatus::Absent | AdoptStatus::Added));
        // Anything else than a file at its path counts too.
        let is_there = |path: &str| fs::is_there(&dir.join(path));
        let loose: Vec<&str> = missing.map(|(path, _)| path.as_str()).filter(|path| is_there(path)).collect();
        if !loose.is_empty() {
            let error = Error::precondition("uncommitted files would count as deleted");
            return Err(loose.into_iter().fold(error, |error, path| {
                error.problem(format!("`{path}` is not committed"), "commit them first: git add, git commit")
            }));
        }
        if self.count(AdoptStatus::Pristine) + self.count(AdoptStatus::Edited) > 0 {
            return Ok(());
        }
        Err(Error::precondition(format!(
            "`{}` holds none of the files of the scaffold `{name}`",
            dir.display()
        ))
        .hint("name the folder that holds them, or the scaffold with --scaffold")
        .hint("`treenail new` creates new ones"))
    }
}
