//! Finds the text in a file where its template has a plain answer: `port: [= port | yaml =]` matches `port: 8080`.

use std::collections::{BTreeMap, BTreeSet};

use crate::scaffold::Scaffold;
use crate::scaffold::definition::{FileRule, Question};
use crate::tree::Tree;
use crate::yaml;

/// A template line with one variable between constant texts.
struct Slot<'a> {
    before: &'a str,
    after: &'a str,
    /// The previous line, if it has no variables.
    above: Option<&'a str>,
    variable: &'a str,
    is_yaml: bool,
}

/// Returns the text that most files contain for each question, unless there is a tie.
pub(super) fn texts(scaffold: &Scaffold, files: &Tree) -> BTreeMap<String, String> {
    let questions = scaffold.definition.questions.iter().filter(|question| !question.is_list);
    let names: BTreeMap<String, &str> =
        questions.map(|question| (question.variable(), question.name.as_str())).collect();
    let mut votes: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    for rule in &scaffold.definition.files {
        let template = scaffold.template(rule.template()).unwrap_or_default();
        for file in files_of(scaffold, rule, files) {
            for slot in slots(template) {
                let Some(question) = names.get(slot.variable) else { continue };
                for value in slot.values(file) {
                    *votes.entry(question).or_default().entry(value).or_default() += 1;
                }
            }
        }
    }
    let elected =
        votes.into_iter().filter_map(|(question, votes)| Some((question.to_owned(), winner(votes)?)));
    elected.collect()
}

fn files_of<'a>(scaffold: &Scaffold, rule: &FileRule, files: &'a Tree) -> Vec<&'a str> {
    let paths = match around_name(rule) {
        None => vec![rule.path.as_str()],
        Some(around) => named(scaffold, files, around).map(|(path, _)| path).collect(),
    };
    paths.into_iter().filter_map(|path| text(files, path)).collect()
}

/// Returns paths with a name between `before` and `after`, each with that name, except paths of other rules.
fn named<'a>(
    scaffold: &Scaffold,
    files: &'a Tree,
    (before, after): (&str, &str),
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let is_taken = |path: &str| scaffold.definition.files.iter().any(|rule| rule.path == path);
    files.keys().filter(move |path| !is_taken(path)).filter_map(move |path| {
        let name = path.strip_prefix(before)?.strip_suffix(after)?;
        (!name.is_empty() && !name.contains('/')).then_some((path.as_str(), name))
    })
}

pub(super) struct FoundItem {
    pub(crate) name: String,
    pub(crate) values: BTreeSet<String>,
}

/// Returns the items of `question` for which more than half of the expected files exist.
pub(super) fn items(scaffold: &Scaffold, files: &Tree, question: &Question) -> Vec<FoundItem> {
    let rules = scaffold.definition.files.iter().filter(|rule| rule.each.as_ref() == Some(&question.name));
    let rules: Vec<_> = rules.filter_map(|rule| Some((rule, around_name(rule)?))).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, around) in &rules {
        for (_, name) in named(scaffold, files, *around) {
            *counts.entry(name).or_default() += 1;
        }
    }
    let present = counts.into_iter().filter(|(_, count)| count * 2 > rules.len());
    present
        .map(|(name, _)| {
            let values = rules.iter().flat_map(|(rule, (before, after))| {
                let file = text(files, &format!("{before}{name}{after}")).unwrap_or_default();
                item_values(scaffold, rule, file)
            });
            FoundItem { name: name.to_owned(), values: values.filter(|value| value != name).collect() }
        })
        .collect()
}

/// Returns the values of the item's fields in `file`, which `rule` generated for one item.
fn item_values(scaffold: &Scaffold, rule: &FileRule, file: &str) -> BTreeSet<String> {
    let item = format!("{}.", rule.item.as_deref().unwrap_or_default());
    let slots = slots(scaffold.template(rule.template()).unwrap_or_default());
    slots.filter(|slot| slot.variable.starts_with(&item)).flat_map(|slot| slot.values(file)).collect()
}

/// Returns the text before and after the item's name in the path of a rule's files.
fn around_name(rule: &FileRule) -> Option<(&str, &str)> {
    let (before, expression, after) = taken_apart(&rule.path)?;
    (expression.strip_prefix(rule.item.as_deref()?)? == ".name").then_some((before, after))
}

fn slots(template: &str) -> impl Iterator<Item = Slot<'_>> {
    let above = [None].into_iter().chain(template.lines().map(Some));
    above.zip(template.lines()).filter_map(|(above, line)| Slot::read(line, above))
}

/// Splits a text with one variable into the parts before, inside and after its brackets.
fn taken_apart(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("[=")?;
    let (expression, after) = rest.split_once("=]")?;
    (is_plain(before) && is_plain(after)).then_some((before, expression.trim(), after))
}

fn is_plain(text: &str) -> bool {
    !["[=", "[%", "[#"].iter().any(|tag| text.contains(tag))
}

impl<'a> Slot<'a> {
    fn read(line: &'a str, above: Option<&'a str>) -> Option<Self> {
        let (before, expression, after) = taken_apart(line)?;
        let mut parts = expression.split('|').map(str::trim);
        let variable = parts.next()?;
        let is_yaml = match (parts.next(), parts.next()) {
            (None, _) => false,
            (Some("yaml" | "yaml_string"), None) => true,
            _ => return None,
        };
        let stays = format!("{before}{after}");
        let tells = stays.contains(|letter: char| letter.is_alphanumeric());
        let above = above.filter(|above| is_plain(above));
        tells.then_some(Self { before, after, above, variable, is_yaml })
    }

    /// Returns the values at every occurrence of the slot in `file`.
    fn values(&self, file: &str) -> BTreeSet<String> {
        let above = [""].into_iter().chain(file.lines());
        let lines =
            above.zip(file.lines()).filter(|(above, _)| self.above.is_none_or(|wanted| wanted == *above));
        lines.filter_map(|(_, line)| self.value(line)).collect()
    }

    fn value(&self, line: &str) -> Option<String> {
        let value = line.strip_prefix(self.before)?.strip_suffix(self.after)?;
        if self.is_yaml && value.starts_with(['"', '\'']) {
            return yaml::decode(value).ok();
        }
        (!value.is_empty()).then(|| value.to_owned())
    }
}

fn text<'a>(files: &'a Tree, path: &str) -> Option<&'a str> {
    std::str::from_utf8(&files.get(path)?.content).ok()
}

fn winner(votes: BTreeMap<String, usize>) -> Option<String> {
    let most = *votes.values().max()?;
    let mut first = votes.into_iter().filter(|(_, count)| *count == most);
    let (text, _) = first.next()?;
    first.next().is_none().then_some(text)
}
