//! Infers answers from generated files, for repositories that lost `.treenail/`. The result is a suggestion: files are
//! edited, and not every answer leaves a trace.

mod slots;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::resolve::{Given, Resolver};
use crate::error::Result;
use crate::scaffold::Scaffold;
use crate::tree::Tree;
use crate::values::value::{Answers, Item, Provenance, Value};

pub(crate) struct Reader<'a> {
    pub(crate) scaffold: &'a Scaffold,
    /// The files, by path relative to the target.
    pub(crate) files: &'a Tree,
    /// The target's folder in its repository, empty or ending in `/`.
    pub(crate) prefix: &'a str,
    pub(crate) detected: &'a BTreeMap<&'static str, String>,
}

impl Reader<'_> {
    /// `given`, completed from the files as [`Provenance::Detected`]. Texts that are not valid are left out, and so are
    /// those equal to the default, except for essential questions, which must be answered.
    ///
    /// # Errors
    /// An expression or a template of the scaffold that cannot be evaluated.
    pub(crate) fn complete(&self, given: &BTreeMap<String, Given>) -> Result<BTreeMap<String, Given>> {
        let resolver = Resolver::new(self.scaffold);
        let mut known = given.clone();
        for (name, text) in slots::texts(self.scaffold, self.files) {
            let question = self.scaffold.definition.question(&name);
            let makes_sense = question.is_some_and(|question| question.parse(&text).is_ok());
            if makes_sense && !given.contains_key(&name) {
                known.insert(name, detected(text));
            }
        }
        self.read_lists(&resolver, &mut known)?;
        for question in &self.scaffold.definition.questions {
            let name = &question.name;
            if question.essential || given.contains_key(name) || !known.contains_key(name) {
                continue;
            }
            let before = resolver.settle(&known, self.detected)?;
            let taken = known.remove(name);
            let is_same = |after: &Answers| value(after, name) == value(&before, name);
            if let Some(taken) = taken
                && !is_same(&resolver.settle(&known, self.detected)?)
            {
                known.insert(name.clone(), taken);
            }
        }
        for problem in resolver.invalid_among(&known)? {
            if !given.contains_key(&problem.question) {
                known.remove(&problem.question);
            }
        }
        Ok(known)
    }

    /// Infers the items of every list question: names from paths, values and order by comparing rendered
    /// files.
    fn read_lists(&self, resolver: &Resolver, known: &mut BTreeMap<String, Given>) -> Result<()> {
        for question in self.scaffold.definition.questions.iter().filter(|question| question.is_list) {
            let found = slots::items(self.scaffold, self.files, question);
            if known.contains_key(&question.name) || found.is_empty() {
                continue;
            }
            let given = |items: &[Item]| detected(Value::Items(items.to_vec()).to_text());
            let items: Vec<Item> =
                found.iter().map(|item| Item { name: item.name.clone(), value: None }).collect();
            let likeness = |items: &[Item]| {
                let mut known = known.clone();
                known.insert(question.name.clone(), given(items));
                self.likeness(resolver, known)
            };
            let mut best = Best { likeness: likeness(&items)?, items };
            best.take_values(&found, &likeness)?;
            best.take_order(&likeness)?;
            known.insert(question.name.clone(), given(&best.items));
        }
        Ok(())
    }

    /// Counts the lines of the files that the scaffold would generate from the `known` answers.
    fn likeness(&self, resolver: &Resolver, mut known: BTreeMap<String, Given>) -> Result<usize> {
        for question in &self.scaffold.definition.questions {
            let answers = resolver.settle(&known, self.detected)?;
            if answers.get(&question.name).is_none() && resolver.applies(question, &answers)? {
                // Any value will do: only the effect of the lists is compared.
                known.insert(question.name.clone(), detected(question.example().to_owned()));
            }
        }
        let answers = resolver.settle(&known, self.detected)?;
        // Answers that conflict explain nothing.
        let Ok(rendered) = self.scaffold.render(&answers, self.prefix) else { return Ok(0) };
        let lines = rendered.files.iter().filter_map(|file| {
            let there = self.files.get(&file.path)?;
            Some(common_lines(&there.content, &file.file.content))
        });
        Ok(lines.sum())
    }
}

struct Best {
    items: Vec<Item>,
    likeness: usize,
}

type Likeness<'a> = dyn Fn(&[Item]) -> Result<usize> + 'a;

impl Best {
    fn take_values(&mut self, found: &[slots::FoundItem], likeness: &Likeness) -> Result<()> {
        for (index, item) in found.iter().enumerate() {
            for value in &item.values {
                let mut tried = self.items.clone();
                tried[index].value = Some(value.clone());
                self.take_if_better(tried, likeness)?;
            }
        }
        Ok(())
    }

    fn take_order(&mut self, likeness: &Likeness) -> Result<()> {
        loop {
            let before = self.likeness;
            for place in 0..self.items.len() {
                for other in place + 1..self.items.len() {
                    let mut tried = self.items.clone();
                    let moved = tried.remove(other);
                    tried.insert(place, moved);
                    self.take_if_better(tried, likeness)?;
                }
            }
            // A move may be an improvement only after a later one.
            if self.likeness == before {
                return Ok(());
            }
        }
    }

    fn take_if_better(&mut self, items: Vec<Item>, likeness: &Likeness) -> Result<()> {
        let now = likeness(&items)?;
        if now > self.likeness {
            *self = Self { items, likeness: now };
        }
        Ok(())
    }
}

fn detected(text: String) -> Given {
    Given { text, from: Provenance::Detected }
}

fn value<'a>(answers: &'a Answers, question: &str) -> Option<&'a Value> {
    answers.get(question).map(|answer| &answer.value)
}

/// Returns the length of the longest common subsequence of lines.
fn common_lines(one: &[u8], other: &[u8]) -> usize {
    let [one, other] = [one, other].map(|text| text.split(|byte| *byte == b'\n').collect::<Vec<_>>());
    if one == other {
        return one.len();
    }
    let mut row = vec![0; other.len() + 1];
    for line in &one {
        let mut diagonal = 0;
        for (at, candidate) in other.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if line == candidate { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or_default()
}
