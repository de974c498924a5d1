//! Merges `.treenail/answers.yaml` answer by answer. Git merges it line by line, and so finds a conflict where both sides
//! changed neighbouring answers, or where both were upgraded to another version.

mod lists;
mod side;

use std::collections::BTreeMap;

use serde_yaml::Value as Yaml;

use self::side::Side;
use super::amend::amended;
use super::answers_file::{self, AnswersHead, Decisions};
use super::recorded::{Recorded, ScaffoldId};
use crate::answers::resolve::Given;
use crate::error::{Error, ErrorKind, Result};
use crate::git;
use crate::git::Labels;
use crate::merge::Prefer;
use crate::scaffold::Scaffold;
use crate::values::value::Provenance;

/// The name of our side, as Git has it.
pub(crate) const OURS: &str = "ours";

/// The file on both sides, and where they parted, if that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnswerTexts {
    pub(crate) base: Option<String>,
    pub(crate) ours: String,
    pub(crate) theirs: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MergedAnswers {
    /// The new file. Where an answer is open, it has that of `ours`.
    pub(crate) text: String,
    /// Every answer that differed: where its value comes from.
    pub(crate) decided: Vec<DecidedAnswer>,
    pub(crate) open: Vec<OpenAnswer>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DecidedAnswer {
    pub(crate) question: String,
    pub(crate) value: String,
    /// `ours`, `theirs`, `both` or `--set`.
    pub(crate) side: &'static str,
}

/// An answer that both sides changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenAnswer {
    pub(crate) question: String,
    pub(crate) ours: String,
    pub(crate) theirs: String,
}

/// Merges `texts`. `scaffold` tells the questions that one of the sides has under a newer name, if it is known; `set`
/// decides answers.
///
/// # Errors
/// A side is damaged, or they are of different scaffolds.
pub(crate) fn merge(
    texts: &AnswerTexts,
    scaffold: Option<&Scaffold>,
    set: &BTreeMap<String, Given>,
) -> Result<MergedAnswers> {
    let (mut ours, mut theirs) = (Side::read(&texts.ours)?, Side::read(&texts.theirs)?);
    // Where it cannot be read, it is as if it were not known.
    let mut base = texts.base.as_ref().and_then(|text| Side::read(text).ok());
    let id = scaffold_of(base.as_ref(), &ours, &theirs)?;
    for side in [&mut ours, &mut theirs].into_iter().chain(&mut base) {
        side.translate(&id, scaffold);
    }
    let merge = Merge { base, ours, theirs, id, set };
    let mut answers = Vec::new();
    let mut merged = MergedAnswers { text: String::new(), decided: Vec::new(), open: Vec::new() };
    for question in merge.questions() {
        match merge.decide(question) {
            Choice::Gone => {}
            Choice::Same(answer) => answers.push((question, answer)),
            Choice::Decided(answer, side) => {
                let value = answer.given.text.clone();
                merged.decided.push(DecidedAnswer { question: question.to_owned(), value, side });
                answers.push((question, answer));
            }
            Choice::Open(answer, theirs) => {
                let ours = answer.given.text.clone();
                merged.open.push(OpenAnswer { question: question.to_owned(), ours, theirs });
                answers.push((question, answer));
            }
        }
    }
    merged.text = merge.written(texts, &answers)?;
    Ok(merged)
}

/// An answer as one of the files has it.
#[derive(Clone, Debug)]
struct WrittenAnswer {
    given: Given,
    value: Yaml,
    origin: Yaml,
}

impl WrittenAnswer {
    fn has_value_of(&self, other: &Self) -> bool {
        self.given.text == other.given.text
    }

    /// Whether somebody chose it, and the file says so.
    fn is_recorded_choice(&self) -> bool {
        self.given.from.is_chosen() && !self.origin.is_mapping()
    }

    /// Returns the items of a list.
    fn items(&self) -> Option<Vec<String>> {
        let Yaml::Sequence(items) = &self.value else { return None };
        items.iter().map(answers_file::flag_text).collect()
    }

    /// Returns it with another text, written as before.
    fn with(&self, given: Given) -> Self {
        let text = &given.text;
        let item = |item: &str| Yaml::String(item.trim().to_owned());
        let value = match (&self.value, text.parse::<u64>()) {
            (Yaml::Sequence(_), _) if text.is_empty() => Yaml::Sequence(Vec::new()),
            (Yaml::Sequence(_), _) => Yaml::Sequence(text.split(',').map(item).collect()),
            (Yaml::Number(_), Ok(number)) => Yaml::Number(number.into()),
            _ => Yaml::String(text.clone()),
        };
        let origin = side::origin(given.from, &value, text);
        Self { given, value, origin }
    }
}

enum Choice {
    Same(WrittenAnswer),
    Decided(WrittenAnswer, &'static str),
    /// With the text of theirs.
    Open(WrittenAnswer, String),
    Gone,
}

struct Merge<'a> {
    base: Option<Side>,
    ours: Side,
    theirs: Side,
    id: ScaffoldId,
    set: &'a BTreeMap<String, Given>,
}

impl Merge<'_> {
    /// The questions of both sides, in the order of ours.
    fn questions(&self) -> impl Iterator<Item = &str> {
        let only_theirs = self.theirs.names().filter(|name| self.ours.get(name).is_none());
        self.ours.names().chain(only_theirs)
    }

    fn decide(&self, question: &str) -> Choice {
        let base = self.base.as_ref().and_then(|base| base.get(question));
        let (ours, theirs) = (self.ours.get(question), self.theirs.get(question));
        if let (Some(given), Some(known)) = (self.set.get(question), ours.or(theirs)) {
            return Choice::Decided(known.with(given.clone()), "--set");
        }
        let is_changed = |side: &WrittenAnswer| base.is_none_or(|base| !base.has_value_of(side));
        match (ours, theirs) {
            (Some(ours), Some(theirs)) if ours.has_value_of(theirs) => {
                // Whoever chose it keeps it from being replaced.
                let is_theirs = theirs.is_recorded_choice() && !ours.is_recorded_choice();
                Choice::Same(if is_theirs { theirs.clone() } else { ours.clone() })
            }
            (Some(ours), Some(theirs)) => match (is_changed(ours), is_changed(theirs)) {
                (true, false) => Choice::Decided(ours.clone(), OURS),
                (false, _) => Choice::Decided(theirs.clone(), "theirs"),
                (true, true) => self.both_changed(base, ours, theirs),
            },
            (Some(ours), None) if is_changed(ours) => Choice::Decided(ours.clone(), OURS),
            (None, Some(theirs)) if is_changed(theirs) => Choice::Decided(theirs.clone(), "theirs"),
            _ => Choice::Gone,
        }
    }

    fn both_changed(
        &self,
        base: Option<&WrittenAnswer>,
        ours: &WrittenAnswer,
        theirs: &WrittenAnswer,
    ) -> Choice {
        match (ours.given.from.is_chosen(), theirs.given.from.is_chosen()) {
            (true, true) => {}
            (false, true) => return Choice::Decided(theirs.clone(), "theirs"),
            // Defaults of two versions.
            (false, false) if self.theirs.recorded.scaffold == self.id => {
                return Choice::Decided(theirs.clone(), "theirs");
            }
            (_, false) => return Choice::Decided(ours.clone(), OURS),
        }
        let lists = (base.and_then(WrittenAnswer::items), ours.items(), theirs.items());
        if let (Some(base), Some(our_items), Some(their_items)) = lists
            && let Some(items) = lists::merge(&base, &our_items, &their_items)
        {
            let given = Given { text: items.join(","), from: ours.given.from };
            return Choice::Decided(ours.with(given), "both");
        }
        Choice::Open(ours.clone(), theirs.given.text.clone())
    }

    /// Returns the text of ours, and what Git can merge of the text of theirs, with the merged content.
    fn written(&self, texts: &AnswerTexts, answers: &[(&str, WrittenAnswer)]) -> Result<String> {
        let (mut values, mut origins) = (String::new(), String::new());
        for (question, WrittenAnswer { value, origin, .. }) in answers {
            answers_file::write_yaml(&mut values, question, value)
                .and_then(|()| answers_file::write_yaml_origin(&mut origins, question, origin))
                .ok_or_else(|| {
                    Error::new(ErrorKind::State, format!("the answer `{question}` cannot be merged"))
                })?;
        }
        let treenail = self.ours.recorded.treenail.max(self.theirs.recorded.treenail).to_string();
        let head = AnswersHead {
            treenail: &treenail,
            name: &self.id.name,
            version: &self.id.version.to_string(),
            digest: &self.id.digest,
            directory: &self.ours.recorded.directory,
        };
        let new = head.write(&values, &origins, &self.decisions());
        Ok(amended(&lines_of_both(texts)?, &new).text)
    }

    fn decisions(&self) -> Decisions {
        let none = Decisions::default();
        let base = self.base.as_ref().map_or(&none, |base| &base.recorded.decisions);
        let (ours, theirs) = (&self.ours.recorded.decisions, &self.theirs.recorded.decisions);
        let removed = ours.removed.union(&theirs.removed).filter(|path| {
            let [base, ours, theirs] = [base, ours, theirs].map(|side| side.removed.contains(*path));
            three_way(base, ours, theirs)
        });
        let moved = ours.moved.keys().chain(theirs.moved.keys()).filter_map(|old| {
            let [base, ours, theirs] = [base, ours, theirs].map(|side| side.moved.get(old));
            Some((old.clone(), three_way(base, ours, theirs)?.clone()))
        });
        let is_kept = |rule: &&String| !base.ignore.contains(rule) || theirs.ignore.contains(rule);
        let is_new = |rule: &&String| !base.ignore.contains(rule) && !ours.ignore.contains(rule);
        let ignore = ours.ignore.iter().filter(is_kept).chain(theirs.ignore.iter().filter(is_new));
        Decisions {
            removed: removed.cloned().collect(),
            moved: moved.collect(),
            ignore: ignore.cloned().collect(),
        }
    }
}

/// What the side that changed it has; ours if both did.
fn three_way<T: PartialEq + Copy>(base: T, ours: T, theirs: T) -> T {
    if base == ours { theirs } else { ours }
}

/// Returns the scaffold that the merged files are of: that of the side that changed it, or the newer one, since the next
/// upgrade generates everything anew.
fn scaffold_of(base: Option<&Side>, ours: &Side, theirs: &Side) -> Result<ScaffoldId> {
    let (ours, theirs) = (&ours.recorded.scaffold, &theirs.recorded.scaffold);
    if ours.name != theirs.name {
        return Err(Error::new(
            ErrorKind::State,
            format!("the two sides are of different scaffolds, `{}` and `{}`", ours.name, theirs.name),
        ));
    }
    let base = base.map(|base| &base.recorded.scaffold);
    let is_theirs = if base == Some(ours) {
        true
    } else if base == Some(theirs) {
        false
    } else {
        theirs.version > ours.version
    };
    Ok(if is_theirs { theirs.clone() } else { ours.clone() })
}

/// The lines of both where Git can merge them, so that comments and unknown keys of both stay; else those of ours.
fn lines_of_both(texts: &AnswerTexts) -> Result<String> {
    let AnswerTexts { base: Some(base), ours, theirs } = texts else { return Ok(texts.ours.clone()) };
    let label = String::new;
    let labels = Labels { ours: label(), base: label(), theirs: label() };
    let merged = git::merge_text(base, ours, theirs, &labels, Prefer::Ours)?.content;
    Ok(if Recorded::read(&merged).is_ok() { merged } else { ours.clone() })
}

#[cfg(test)]
mod tests;
