//! The state of a folder that a merge, a rebase, a cherry-pick or a revert has left in conflict, and what follows from its
//! two sides.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::base;
use super::merged_answers::{self, AnswerTexts, MergedAnswers};
use super::recorded::Recorded;
use super::{answers_file, merge_marker};
use crate::answers::resolve::Given;
use crate::error::{Context, Error, ErrorKind, Result};
use crate::fs;
use crate::git::{ConflictStages, Repo};
use crate::scaffold::Scaffold;
use crate::scaffold::render::RenderedFile;
use crate::tree::Mode;

/// What is in conflict, with the sides of each.
pub(crate) struct StateConflict<'a> {
    repo: &'a Repo,
    prefix: &'a str,
    answers: Option<AnswerTexts>,
    base: Option<BaseSides>,
    /// Paths that the user has resolved by hand, and not yet added.
    by_hand: Vec<&'static str>,
}

struct BaseSides {
    base: Vec<RenderedFile>,
    ours: Vec<RenderedFile>,
    theirs: Vec<RenderedFile>,
}

/// What becomes of the files in conflict; `None` for one that is not.
pub(crate) struct MergedState {
    pub(crate) answers: Option<MergedAnswers>,
    pub(crate) base: Option<Vec<RenderedFile>>,
}

impl MergedState {
    /// Returns the new contents of the files that are to be written.
    pub(crate) fn contents(&self) -> Vec<(&'static str, Vec<u8>)> {
        let base = self.base.as_ref().map(|files| (base::PATH, base::write(files)));
        let answers = self.answers.as_ref().map(|answers| answers.text.clone().into_bytes());
        base.into_iter().chain(answers.map(|text| (answers_file::PATH, text))).collect()
    }
}

impl<'a> StateConflict<'a> {
    /// Finds what is unmerged in the index.
    ///
    /// # Errors
    /// [`ErrorKind::State`]: one of the sides is damaged.
    pub(crate) fn unmerged(repo: &'a Repo, prefix: &'a str) -> Result<Option<Self>> {
        let mut conflict = Self { repo, prefix, answers: None, base: None, by_hand: Vec::new() };
        if repo.is_bare() {
            return Ok(None);
        }
        if let Some(stages) = conflict.stages(answers_file::PATH)? {
            conflict.answers = Some(AnswerTexts {
                base: stages.base.as_deref().map(text),
                ours: text(&side(stages.ours, answers_file::PATH)?),
                theirs: text(&side(stages.theirs, answers_file::PATH)?),
            });
        }
        if let Some(stages) = conflict.stages(base::PATH)? {
            conflict.base = Some(BaseSides {
                // Where it is of no use, both sides added everything.
                base: stages.base.and_then(|base| base::read(&base).ok()).unwrap_or_default(),
                ours: base::read(&side(stages.ours, base::PATH)?)?,
                theirs: base::read(&side(stages.theirs, base::PATH)?)?,
            });
        }
        Ok(Some(conflict).filter(|found| found.is_any() || !found.by_hand.is_empty()))
    }

    /// Finds conflict markers in the files of the work tree that the index does not know of, since somebody has added or
    /// committed them.
    pub(crate) fn marked(repo: &'a Repo, prefix: &'a str) -> Result<Option<Self>> {
        let mut conflict = Self { repo, prefix, answers: None, base: None, by_hand: Vec::new() };
        if let Some(marked) = conflict.marked_sides(answers_file::PATH)? {
            let sides = AnswerTexts {
                base: marked.base.as_deref().map(text),
                ours: text(&marked.ours),
                theirs: text(&marked.theirs),
            };
            if [&sides.ours, &sides.theirs].iter().any(|side| Recorded::read(side).is_err()) {
                return Ok(None);
            }
            conflict.answers = Some(sides);
        }
        if let Some(marked) = conflict.marked_sides(base::PATH)? {
            let (Ok(ours), Ok(theirs)) = (base::read(&marked.ours), base::read(&marked.theirs)) else {
                return Ok(None);
            };
            let base = marked.base.and_then(|base| base::read(&base).ok()).unwrap_or_default();
            conflict.base = Some(BaseSides { base, ours, theirs });
        }
        Ok(Some(conflict).filter(Self::is_any))
    }

    fn is_any(&self) -> bool {
        self.answers.is_some() || self.base.is_some()
    }

    /// The name of the scaffold, as far as it can be known.
    pub(crate) fn scaffold_name(&self) -> Option<String> {
        let recorded = Recorded::read(&self.answers.as_ref()?.ours).ok()?;
        Some(recorded.scaffold.name)
    }

    /// # Errors
    /// The sides cannot be merged.
    pub(crate) fn merged(
        &self,
        scaffold: Option<&Scaffold>,
        set: &BTreeMap<String, Given>,
    ) -> Result<MergedState> {
        let answers = self.answers.as_ref().map(|texts| merged_answers::merge(texts, scaffold, set));
        let base = self.base.as_ref().map(|sides| base::merge(&sides.base, &sides.ours, &sides.theirs));
        Ok(MergedState { answers: answers.transpose()?, base: base.transpose()? })
    }

    /// The folder in the work tree.
    pub(crate) fn folder(&self) -> PathBuf {
        self.repo.root().join(self.prefix)
    }

    /// The paths of the files of the state, from the root of the repository.
    pub(crate) fn paths(&self) -> [String; 2] {
        [answers_file::PATH, base::PATH].map(|path| format!("{}{path}", self.prefix))
    }

    /// Whether the last commit has the same markers.
    pub(crate) fn is_committed(&self) -> Result<bool> {
        let Some(head) = self.repo.head_commit()? else { return Ok(false) };
        let marked = [(answers_file::PATH, self.answers.is_some()), (base::PATH, self.base.is_some())];
        for (path, _) in marked.into_iter().filter(|(_, is_marked)| *is_marked) {
            if self.repo.file_in(&head, &format!("{}{path}", self.prefix))? != self.read(path)? {
                return Ok(false);
            }
        }
        Ok(self.repo.finishing_command().is_none())
    }

    /// Returns what is in the work tree.
    ///
    /// # Errors
    /// It is not there, or not a plain file.
    pub(crate) fn in_work_tree(&self, path: &str) -> Result<Vec<u8>> {
        self.read(path)?.ok_or_else(|| {
            let shown = super::recovery::rooted(self.prefix, path);
            Error::new(ErrorKind::State, format!("`{path}` is missing"))
                .hint(format!("bring it back as the merge left it: git checkout -m -- {shown}"))
        })
    }

    /// Enters the files into the index: `written`, and what the user has resolved.
    pub(crate) fn mark_resolved(&self, written: &[(&str, Vec<u8>)]) -> Result<()> {
        let mut files = Vec::new();
        for (path, content) in written {
            files.push((format!("{}{path}", self.prefix), self.repo.store(content, Mode::Regular)?));
        }
        for path in &self.by_hand {
            let content = self.in_work_tree(path)?;
            files.push((format!("{}{path}", self.prefix), self.repo.store(&content, Mode::Regular)?));
        }
        self.repo.mark_resolved(&files)
    }

    /// The sides of `path`, unless it is merged, or the user has resolved it.
    fn stages(&mut self, path: &'static str) -> Result<Option<ConflictStages>> {
        let Some(stages) = self.repo.conflict_stages(&format!("{}{path}", self.prefix))? else {
            return Ok(None);
        };
        let content = self.read(path)?;
        let is_sound = content.as_deref().is_some_and(|content| match path {
            base::PATH => base::read(content).is_ok(),
            _ => Recorded::read(&text(content)).is_ok(),
        });
        // Git leaves ours where it cannot write markers.
        if is_sound && content != stages.ours {
            self.by_hand.push(path);
            return Ok(None);
        }
        Ok(Some(stages))
    }

    fn marked_sides(&self, path: &str) -> Result<Option<MarkedSides>> {
        let Some(content) = self.read(path)?.filter(|content| merge_marker(content).is_some()) else {
            return Ok(None);
        };
        let is_marked = |content: &[u8]| merge_marker(content).is_some();
        let path = format!("{}{path}", self.prefix);
        if let Some(joined) = self.repo.merge_that_marked(&path, &is_marked)? {
            let ours = self.repo.file_in(&joined.ours, &path)?;
            let theirs = self.repo.file_in(&joined.theirs, &path)?;
            let base = joined.base.map(|base| self.repo.file_in(&base, &path)).transpose()?.flatten();
            if let (Some(ours), Some(theirs)) = (ours, theirs) {
                return Ok(Some(MarkedSides { base, ours, theirs }));
            }
        }
        Ok(Some(MarkedSides::of(&content)))
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let limit = if path == base::PATH { fs::limit::BASE } else { fs::limit::ANSWERS };
        let folder = self.folder();
        let read = fs::read_below(&folder, path, limit);
        read.context(|| format!("cannot read `{}`", folder.join(path).display()))
    }
}

/// The answers of a merge commit that took the whole file of one side.
pub(crate) struct OneSided {
    /// The full ID of the commit.
    pub(crate) commit: String,
    /// The answers of that side, and those that only the other changed.
    pub(crate) merged: MergedAnswers,
    /// Whether the files that both sides generated were merged all the same, so that the answers do not fit them.
    pub(crate) has_files_of_both: bool,
}

impl OneSided {
    /// Finds answers that the last commit has left out, where it is a merge of two.
    ///
    /// # Errors
    /// A commit cannot be read.
    pub(crate) fn find(
        repo: &Repo,
        prefix: &str,
        scaffold: impl Fn() -> Option<Scaffold>,
    ) -> Result<Option<Self>> {
        let (Some(commit), Some(joined)) = (repo.head_commit()?, repo.joined_by_head()?) else {
            return Ok(None);
        };
        let answers = |commit: &str| repo.file_in(commit, &format!("{prefix}{}", answers_file::PATH));
        let (Some(taken), Some(ours), Some(theirs)) =
            (answers(&commit)?, answers(&joined.ours)?, answers(&joined.theirs)?)
        else {
            return Ok(None);
        };
        let Some(base) = joined.base.map(|base| answers(&base)).transpose()?.flatten() else {
            return Ok(None);
        };
        let (side, other) = if taken == ours { (joined.ours, theirs) } else { (joined.theirs, ours) };
        // What follows line by line was merged as it should be.
        if answers(&side)?.is_none_or(|side| side != taken) || other == taken || other == base {
            return Ok(None);
        }
        let texts = AnswerTexts { base: Some(text(&base)), ours: text(&taken), theirs: text(&other) };
        let Ok(merged) = merged_answers::merge(&texts, scaffold().as_ref(), &BTreeMap::new()) else {
            return Ok(None);
        };
        if !merged.decided.iter().any(|answer| answer.side != merged_answers::OURS) {
            return Ok(None);
        }
        let archive = format!("{prefix}{}", base::PATH);
        let has_files_of_both = repo.file_in(&commit, &archive)? != repo.file_in(&side, &archive)?;
        Ok(Some(Self { commit, merged, has_files_of_both }))
    }
}

fn text(content: &[u8]) -> String {
    String::from_utf8_lossy(content).into_owned()
}

fn side(content: Option<Vec<u8>>, path: &str) -> Result<Vec<u8>> {
    content.ok_or_else(|| {
        Error::new(ErrorKind::State, format!("one side of the merge deleted `{path}`"))
            .hint("decide whether the folder is to stay generated: `git add` the file, or `git rm` it")
    })
}

/// The sides of a file with conflict markers, each with what Git has merged.
#[derive(Debug, PartialEq, Eq)]
struct MarkedSides {
    /// Only where the markers show it.
    base: Option<Vec<u8>>,
    ours: Vec<u8>,
    theirs: Vec<u8>,
}

impl MarkedSides {
    fn of(content: &[u8]) -> Self {
        let (mut base, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        let mut has_base = true;
        let mut part = Part::Both;
        for line in content.split_inclusive(|byte| *byte == b'\n') {
            if let Some(next) = part.after(line) {
                has_base &= (part, next) != (Part::Ours, Part::Theirs);
                part = next;
                continue;
            }
            let into: &mut [&mut Vec<u8>] = match part {
                Part::Both => &mut [&mut base, &mut ours, &mut theirs],
                Part::Ours => &mut [&mut ours],
                Part::Base => &mut [&mut base],
                Part::Theirs => &mut [&mut theirs],
            };
            for side in into {
                side.extend_from_slice(line);
            }
        }
        Self { base: has_base.then_some(base), ours, theirs }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Both,
    Ours,
    Base,
    Theirs,
}

impl Part {
    /// The part that begins after `line`, if that is a marker.
    fn after(self, line: &[u8]) -> Option<Self> {
        let is = |marker: &[u8]| line.starts_with(marker);
        match self {
            Self::Both if is(b"<<<<<<<") => Some(Self::Ours),
            Self::Ours if is(b"|||||||") => Some(Self::Base),
            Self::Ours | Self::Base if is(b"=======") => Some(Self::Theirs),
            Self::Theirs if is(b">>>>>>>") => Some(Self::Both),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_hold_two_sides_or_three() {
        let sides = |text: &str| {
            let MarkedSides { base, ours, theirs } = MarkedSides::of(text.as_bytes());
            (base.map(|base| super::text(&base)), super::text(&ours), super::text(&theirs))
        };
        let expected =
            |base: Option<&str>| (base.map(str::to_owned), "a\no\nz\n".to_owned(), "a\nt\nz\n".to_owned());
        assert_eq!(sides("a\n<<<<<<< HEAD\no\n=======\nt\n>>>>>>> x\nz\n"), expected(None));
        assert_eq!(
            sides("a\n<<<<<<< HEAD\no\n||||||| b\nb\n=======\nt\n>>>>>>> x\nz\n"),
            expected(Some("a\nb\nz\n"))
        );
    }
}
