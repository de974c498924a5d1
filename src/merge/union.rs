//! Two sides that append to the same list of a kustomization conflict as text, though nothing needs a decision. Here the
//! list is merged as a set, by editing text, so that every comment and everything outside of the list stays.

use super::{Prefer, TextMerge};
use crate::error::Result;
use crate::yaml;
use crate::yaml::is_kustomization;
use serde_yaml::Value as Yaml;

const LISTS: [&str; 2] = ["resources", "components"];

/// The merge of `[base, ours, theirs]` with their lists united: in the user's order, with what is new in theirs at its
/// position there; what one side removed stays removed. `None` if a list is written in an unknown way, or the rest
/// conflicts.
pub(super) fn merge(path: &str, texts: [&str; 3], text: &TextMerge) -> Result<Option<String>> {
    if !is_kustomization(path) {
        return Ok(None);
    }
    let mut sides = texts.map(str::to_owned);
    let mut united = false;
    for key in LISTS {
        if let Some(next) = unite(key, &sides) {
            sides = next;
            united = true;
        }
    }
    if !united {
        return Ok(None);
    }
    let [base, ours, theirs] = &sides;
    let merged = text(base, ours, theirs, Prefer::Neither)?;
    Ok(merged.clean.then_some(merged.content))
}

/// Returns the three texts with one united list at `key`, which leaves nothing there to merge; `None` if that
/// is unnecessary or unsafe.
fn unite(key: &str, [base, ours, theirs]: &[String; 3]) -> Option<[String; 3]> {
    let [in_base, in_ours, in_theirs] =
        [List::read(base, key)?, List::read(ours, key)?, List::read(theirs, key)?];
    if in_ours.values() == in_base.values() || in_theirs.values() == in_base.values() {
        return None;
    }
    if in_ours.items.is_empty() || in_theirs.items.is_empty() {
        return None;
    }
    let block = united(&in_base, &in_ours, &in_theirs);
    if block.is_empty() {
        return None;
    }
    Some([in_base.replaced(&block), in_ours.replaced(&block), in_theirs.replaced(&block)])
}

/// A block sequence of plain texts at the top level of a document.
struct List<'a> {
    text: &'a str,
    /// The start of the first line after the key.
    start: usize,
    /// The end of the last entry's line.
    end: usize,
    /// The text before each dash.
    indent: &'a str,
    items: Vec<Item<'a>>,
}

struct Item<'a> {
    /// Comments and blank lines above it.
    lead: Vec<&'a str>,
    /// The line, starting at its dash.
    line: &'a str,
    value: String,
}

impl<'a> Item<'a> {
    /// The comment behind the value.
    fn comment(&self) -> Option<&'a str> {
        let entry = self.line.strip_prefix('-')?;
        let mut starts = entry.match_indices('#').map(|(at, _)| entry.split_at(at));
        let is_value = |text: &str| plain(text).as_ref() == Some(&self.value);
        let (_, comment) = starts.find(|(text, _)| text.ends_with([' ', '\t']) && is_value(text))?;
        Some(comment.trim_end())
    }
}

impl<'a> List<'a> {
    /// Finds the list; it is empty if the document does not have the key.
    fn read(text: &'a str, key: &str) -> Option<Self> {
        let mut documents = yaml::documents(text).ok()?;
        let document = documents.pop().filter(|_| documents.is_empty())?;
        let Some(value) = document.get(key) else {
            return Some(Self { text, start: 0, end: 0, indent: "", items: Vec::new() });
        };
        let list = Self::scan(text, key)?;
        // The YAML reader decides whether the lines were understood.
        let values: Option<Vec<_>> = value.as_sequence()?.iter().map(Yaml::as_str).collect();
        (values? == list.values()).then_some(list)
    }

    fn scan(text: &'a str, key: &str) -> Option<Self> {
        let mut lines = text.split_inclusive('\n');
        let mut at = 0;
        for line in lines.by_ref() {
            at += line.len();
            let rest = line.strip_prefix(key).and_then(|rest| rest.strip_prefix(':'));
            if rest.is_some_and(is_filler) {
                break;
            }
        }
        let mut list = Self { text, start: at, end: at, indent: "", items: Vec::new() };
        let mut lead = Vec::new();
        for line in lines {
            at += line.len();
            let body = line.trim_start_matches(' ');
            let indent = &line[..line.len() - body.len()];
            if is_filler(body) {
                lead.push(line);
            } else if let Some(entry) = body.strip_prefix("- ") {
                if list.items.is_empty() {
                    list.indent = indent;
                }
                list.items.push(Item { lead: std::mem::take(&mut lead), line: body, value: plain(entry)? });
                list.end = at;
            } else if indent.is_empty() && !body.starts_with(['-', '\t']) {
                break;
            } else {
                return None;
            }
        }
        Some(list)
    }

    fn values(&self) -> Vec<&str> {
        self.items.iter().map(|item| item.value.as_str()).collect()
    }

    fn has(&self, value: &str) -> bool {
        self.items.iter().any(|item| item.value == value)
    }

    /// Returns the text with `block` in place of the entries; unchanged without entries.
    fn replaced(&self, block: &str) -> String {
        if self.items.is_empty() {
            return self.text.to_owned();
        }
        format!("{}{block}{}", &self.text[..self.start], &self.text[self.end..])
    }
}

/// Whether a line, or the rest of one, is blank or a comment.
fn is_filler(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// Returns the text of a one-line entry; `None` for anything else (anchors, aliases, tags, nested lists,
/// mappings).
fn plain(entry: &str) -> Option<String> {
    if entry.trim_start().starts_with(['&', '*', '!', '|', '>']) {
        return None;
    }
    match yaml::documents(entry).ok()?.as_slice() {
        [Yaml::String(value)] => Some(value.clone()),
        _ => None,
    }
}

/// Returns the lines of the united list, with the user's indentation.
fn united(base: &List, ours: &List, theirs: &List) -> String {
    // Each entry's value with its lines; comments that outlive their entry have no value.
    let mut kept: Vec<(Option<&str>, String)> = Vec::new();
    for item in &ours.items {
        let former = base.items.iter().find(|former| former.value == item.value);
        let removed = former.is_some() && !theirs.has(&item.value);
        let mut lines = String::new();
        // The scaffold's comments go with the entries that it removes; the user's stay.
        if !removed || former.is_some_and(|former| former.lead != item.lead) {
            lines.extend(item.lead.iter().copied());
        }
        if !removed {
            lines.extend([ours.indent, item.line]);
        } else if let Some(comment) = item.comment()
            && former.and_then(Item::comment) != Some(comment)
        {
            lines.extend([ours.indent, comment, "\n"]);
        }
        kept.push(((!removed).then_some(item.value.as_str()), lines));
    }
    let is_known =
        |line: &str| [base, ours].iter().any(|list| list.text.lines().any(|known| known.trim() == line));
    for (index, item) in theirs.items.iter().enumerate() {
        if base.has(&item.value) || ours.has(&item.value) {
            continue;
        }
        let mut lines = String::new();
        for line in item.lead.iter().filter(|line| line.trim().is_empty() || !is_known(line.trim())) {
            let comment = line.trim_start_matches(' ');
            lines.extend([if comment.trim().is_empty() { "" } else { ours.indent }, comment]);
        }
        lines.extend([ours.indent, item.line]);
        let (before, after) = theirs.items.split_at(index);
        let position = position_between(before, after, &kept, base);
        kept.insert(position, (Some(&item.value), lines));
    }
    kept.into_iter().map(|(_, lines)| lines).collect()
}

/// Returns the position in `kept` of an entry that stands between `before` and `after` on its own side: after the nearest
/// of those before it and other additions there; before the nearest of the others if none of them is left; else at the end.
fn position_between(before: &[Item], after: &[Item], kept: &[(Option<&str>, String)], base: &List) -> usize {
    let position = |item: &Item| kept.iter().position(|(value, _)| *value == Some(item.value.as_str()));
    let Some(nearest) = before.iter().rev().find_map(position) else {
        return after.iter().find_map(position).unwrap_or(kept.len());
    };
    let added =
        kept[nearest + 1..].iter().take_while(|(value, _)| value.is_none_or(|value| !base.has(value)));
    nearest + 1 + added.count()
}
