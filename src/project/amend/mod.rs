//! Brings `.treenail/answers.yaml` up to date without losing what people wrote into it: comments, the order of keys, quotes
//! and unknown keys stay, and only entries whose content differs change.

use std::collections::BTreeMap;
use std::ops::Range;

use super::answers_file::{self, MOVED, REMOVED};
use super::recorded::Recorded;
use crate::yaml::comments::{self, Comment};
use crate::yaml::node::Node;
use crate::yaml::reader;

/// Keys that the file only has while there is something to list.
const LISTS: [&str; 3] = ["removed", "moved", "ignore"];

/// The new text of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Amended {
    pub(crate) text: String,
    /// Whether people's comments and unknown keys are lost, because `old` is written in a way that cannot be edited.
    pub(crate) is_rewritten: bool,
}

/// Returns `old` with the content of `new`, which treenail wrote from scratch.
pub(crate) fn amended(old: &str, new: &str) -> Amended {
    if answers_file::is_as_written(old) {
        return Amended { text: new.to_owned(), is_rewritten: false };
    }
    let expected = Recorded::read(new).ok();
    let is_right = |text: &String| Recorded::read(text).ok() == expected;
    match edited(old, new).filter(is_right) {
        // What people had written was with entries that are gone. The order alone is not kept: another upgrade would not.
        Some(text) if answers_file::is_as_written(&text) => {
            Amended { text: new.to_owned(), is_rewritten: false }
        }
        Some(text) => Amended { text, is_rewritten: false },
        None => Amended { text: new.to_owned(), is_rewritten: Recorded::read(old).is_ok() },
    }
}

fn edited(old: &str, new: &str) -> Option<String> {
    // Every line that may be added to has an end.
    let is_ended = old.is_empty() || old.ends_with('\n');
    let ended = if is_ended { old.to_owned() } else { format!("{old}\n") };
    let (before, after) = (reader::read(&ended), reader::read(new));
    let [document] = before.documents.as_slice() else { return None };
    if !before.errors.is_empty() || document.duplicates().next().is_some() {
        return None;
    }
    let mut editor = Editor {
        old: &ended,
        new,
        comments: comments::of(&ended).comments,
        replaced: Vec::new(),
        added: BTreeMap::new(),
    };
    editor.mapping(document.root(), after.documents.first()?.root(), Level::Top)?;
    let mut text = editor.applied();
    if !is_ended {
        text.truncate(text.trim_end_matches(['\n', '\r']).len());
    }
    Some(text)
}

/// What becomes of keys that the new text does not have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// Unknown ones stay.
    Top,
    Scaffold,
    /// There are no unknown ones.
    Inner,
}

impl Level {
    fn drops(self, key: &str) -> bool {
        match self {
            Self::Top => LISTS.contains(&key),
            Self::Scaffold => false,
            Self::Inner => true,
        }
    }

    fn of_value(self, key: &str) -> Self {
        if self == Self::Top && key == "scaffold" { Self::Scaffold } else { Self::Inner }
    }
}

/// A key, its value, and the lines that hold both.
struct Entry<'a> {
    key: Node<'a>,
    value: Node<'a>,
    lines: Range<usize>,
}

struct Editor<'t> {
    old: &'t str,
    new: &'t str,
    comments: Vec<Comment>,
    replaced: Vec<(Range<usize>, String)>,
    added: BTreeMap<usize, String>,
}

/// `None` stands for a text in a form that is not understood.
impl Editor<'_> {
    fn mapping(&mut self, old: Node<'_>, new: Node<'_>, level: Level) -> Option<()> {
        let olds = entries(self.old, old)?;
        let news = entries(self.new, new)?;
        let indent = indent(self.old, olds.first()?.lines.start);
        let mut at = olds.first()?.lines.start;
        // Where the lines of a new entry begin: with the comment above it.
        let mut lead = news.first()?.lines.start;
        for entry in &news {
            let key = entry.key.text();
            if let Some(old) = olds.iter().find(|old| old.key.text() == key) {
                self.entry(old, entry, level)?;
                at = old.lines.end;
            } else {
                let lines = reindented(&self.new[lead..entry.lines.end], indent);
                self.added.entry(at).or_default().push_str(&lines);
            }
            lead = entry.lines.end;
        }
        let is_gone = |old: &&Entry| {
            level.drops(old.key.text()) && !news.iter().any(|new| new.key.text() == old.key.text())
        };
        for gone in olds.iter().filter(is_gone) {
            let kept = self.comments_in(&gone.lines);
            let above = self.heading(gone.lines.start);
            self.replaced.push((above..gone.lines.end, kept));
        }
        Some(())
    }

    fn entry(&mut self, old: &Entry<'_>, new: &Entry<'_>, level: Level) -> Option<()> {
        if is_same(old.value, new.value) {
            return Some(());
        }
        let inner = level.of_value(old.key.text());
        let written = (self.old, self.new);
        let in_line = is_in_line(self.old, old);
        match (Shape::of(written.0, old.value), Shape::of(written.1, new.value)) {
            (Shape::Block, Shape::Block) if old.value.is_mapping() && new.value.is_mapping() => {
                return self.mapping(old.value, new.value, inner);
            }
            (Shape::Block, Shape::Block) if old.value.is_sequence() && new.value.is_sequence() => {
                if let Some(lines) = items(self.old, old.value) {
                    self.sequence(old.value, &lines, new.value, old.key.text() == "removed");
                    return Some(());
                }
            }
            (Shape::Flow, _)
                if in_line && new.value.is_mapping() && self.flow(old.value, new.value, inner) =>
            {
                return Some(());
            }
            (_, Shape::Block) if in_line && new.value.is_sequence() => {
                let items: Vec<&str> = new.value.items().map(|item| &self.new[item.span()]).collect();
                self.replaced.push((old.value.span(), format!("[{}]", items.join(", "))));
                return Some(());
            }
            (_, Shape::Scalar | Shape::Flow) if in_line => {
                self.replaced.push((old.value.span(), self.new[new.value.span()].to_owned()));
                return Some(());
            }
            _ => {}
        }
        let indent = indent(self.old, old.lines.start);
        let lines = self.comments_in(&old.lines) + &reindented(&self.new[new.lines.clone()], indent);
        self.replaced.push((old.lines.clone(), lines));
        Some(())
    }

    /// Edits the values of a mapping in braces, if it has the right keys.
    fn flow(&mut self, old: Node<'_>, new: Node<'_>, level: Level) -> bool {
        let has = |node: Node<'_>, key: Node<'_>| node.get(key.text()).is_some();
        let is_gone = |key: Node<'_>| level.drops(key.text()) && !has(new, key);
        let is_scalar = |value: Node<'_>| !value.is_mapping() && !value.is_sequence();
        if old.entries().any(|(key, _)| is_gone(key)) || new.entries().any(|(key, _)| !has(old, key)) {
            return false;
        }
        if old.entries().chain(new.entries()).any(|(_, value)| !is_scalar(value) || value.span().is_empty()) {
            return false;
        }
        for (key, value) in new.entries() {
            if let Some(found) = old.get(key.text())
                && !is_same(found, value)
            {
                self.replaced.push((found.span(), self.new[value.span()].to_owned()));
            }
        }
        true
    }

    /// Edits a list of texts, of which `lines` are the lines. The order of a set is the user's.
    fn sequence(&mut self, old: Node<'_>, lines: &[Range<usize>], new: Node<'_>, is_set: bool) {
        let olds: Vec<&str> = old.items().map(Node::text).collect();
        let news: Vec<&str> = new.items().map(Node::text).collect();
        let pairs = if is_set { found(&olds, &news) } else { common(&olds, &news) };
        let Some(first) = lines.first() else { return };
        let indent = indent(self.old, first.start);
        let mut at = first.start;
        for (index, item) in new.items().enumerate() {
            if let Some((here, _)) = pairs.iter().find(|(_, there)| *there == index) {
                at = lines[*here].end;
            } else {
                let line = format!("{indent}- {}\n", &self.new[item.span()]);
                self.added.entry(at).or_default().push_str(&line);
            }
        }
        for (index, lines) in lines.iter().enumerate() {
            let stays = pairs.iter().any(|(here, _)| *here == index) || is_set && news.contains(&olds[index]);
            if !stays {
                self.replaced.push((lines.clone(), self.comments_in(lines)));
            }
        }
    }

    /// Returns the comments among `lines`, each on a line, which outlive what they stood beside.
    fn comments_in(&self, lines: &Range<usize>) -> String {
        let indent = indent(self.old, lines.start);
        let inside = self.comments.iter().filter(|comment| lines.contains(&comment.span.start));
        inside.flat_map(|comment| [indent, &self.old[comment.span.clone()], "\n"]).collect()
    }

    /// Returns the start of the comment that treenail wrote above the line at `start`, else `start`.
    fn heading(&self, start: usize) -> usize {
        let above = self.old[..start].strip_suffix('\n').map_or(0, |text| line_start(text, text.len()));
        let text = self.old[above..start].trim_end().strip_prefix("# ");
        if text.is_some_and(|text| [REMOVED, MOVED].contains(&text)) { above } else { start }
    }

    fn applied(self) -> String {
        let line_end = if self.old.contains("\r\n") { "\r\n" } else { "\n" };
        let added = self.added.into_iter().map(|(at, lines)| (at..at, lines));
        let mut edits: Vec<_> = added.chain(self.replaced).collect();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut text = self.old.to_owned();
        for (range, lines) in edits.into_iter().rev() {
            text.replace_range(range, &lines.replace("\r\n", "\n").replace('\n', line_end));
        }
        text
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Scalar,
    /// In brackets or braces.
    Flow,
    Block,
}

impl Shape {
    fn of(text: &str, node: Node<'_>) -> Self {
        match (node.is_mapping() || node.is_sequence(), text[node.span().start..].starts_with(['{', '['])) {
            (false, _) => Self::Scalar,
            (true, true) => Self::Flow,
            (true, false) => Self::Block,
        }
    }
}

/// Returns the entries of a block mapping; `None` if a line holds several, or part of something else.
fn entries<'a>(text: &str, mapping: Node<'a>) -> Option<Vec<Entry<'a>>> {
    let entry = |(key, value): (Node<'a>, Node<'a>)| {
        let start = line_start(text, key.span().start);
        let end = line_end(text, end(text, value).max(key.span().end));
        let is_alone = text.get(start..key.span().start)?.trim_matches(' ').is_empty();
        is_alone.then_some(Entry { key, value, lines: start..end })
    };
    let entries: Vec<_> = mapping.entries().map(entry).collect::<Option<_>>()?;
    // Merged mappings are elsewhere.
    entries.is_sorted_by(|one, next| one.lines.end <= next.lines.start).then_some(entries)
}

/// Returns the lines of each item of a block sequence.
fn items(text: &str, sequence: Node<'_>) -> Option<Vec<Range<usize>>> {
    let item = |item: Node<'_>| {
        let start = line_start(text, item.span().start);
        let is_alone = text.get(start..item.span().start)?.trim_matches(' ') == "-";
        (is_alone && !item.is_mapping() && !item.is_sequence())
            .then(|| start..line_end(text, end(text, item)))
    };
    let items: Vec<_> = sequence.items().map(item).collect::<Option<_>>()?;
    items.is_sorted_by(|one, next| one.end <= next.start).then_some(items)
}

/// Returns the end of what is written of `node`, without the white space and comments that follow; 0 for nothing.
fn end(text: &str, node: Node<'_>) -> usize {
    let span = node.span();
    if Shape::of(text, node) == Shape::Block {
        let values = node.entries().flat_map(|(key, value)| [key, value]);
        return values.chain(node.items()).map(|node| end(text, node)).max().unwrap_or_default();
    }
    let written = text.get(span.clone()).unwrap_or_default().trim_end().len();
    if written == 0 { 0 } else { span.start + written }
}

/// Whether the value is written on the line of its key.
fn is_in_line(text: &str, entry: &Entry<'_>) -> bool {
    let (key, value) = (entry.key.span(), entry.value.span());
    let written = text.get(key.end..value.end).unwrap_or_default();
    let is_block = text[key.end..value.start.max(key.end)].contains(['|', '>', '&', '!']);
    !value.is_empty() && value.start >= key.end && !written.contains('\n') && !is_block
}

/// Whether the values mean the same: a list may be written as a text.
fn is_same(one: Node<'_>, other: Node<'_>) -> bool {
    match (one.is_mapping(), other.is_mapping()) {
        (true, true) => {
            let has_all = |one: Node<'_>, other: Node<'_>| {
                one.entries().all(|(key, value)| other.get(key.text()).is_some_and(|it| is_same(value, it)))
            };
            has_all(one, other) && has_all(other, one)
        }
        (false, false) => flat(one) == flat(other),
        _ => false,
    }
}

fn flat(node: Node<'_>) -> String {
    if node.is_sequence() {
        return node.items().map(flat).collect::<Vec<_>>().join(",");
    }
    if node.is_null() { String::new() } else { node.text().to_owned() }
}

/// Returns the first place in `olds` of every item of `news`.
fn found(olds: &[&str], news: &[&str]) -> Vec<(usize, usize)> {
    let place = |item: &str| olds.iter().position(|old| *old == item);
    news.iter().enumerate().filter_map(|(index, item)| Some((place(item)?, index))).collect()
}

/// Returns the places of a longest common subsequence.
pub(super) fn common(olds: &[&str], news: &[&str]) -> Vec<(usize, usize)> {
    let mut lengths = vec![vec![0_usize; news.len() + 1]; olds.len() + 1];
    for (i, old) in olds.iter().enumerate().rev() {
        for (j, new) in news.iter().enumerate().rev() {
            lengths[i][j] =
                if old == new { lengths[i + 1][j + 1] + 1 } else { lengths[i + 1][j].max(lengths[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < olds.len() && j < news.len() {
        if olds[i] == news[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[i + 1][j] >= lengths[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// Returns the spaces at the start of the line.
fn indent(text: &str, line: usize) -> &str {
    let rest = &text[line..];
    &rest[..rest.len() - rest.trim_start_matches(' ').len()]
}

/// Returns `lines` with `wanted` in place of the indentation of the first.
fn reindented(lines: &str, wanted: &str) -> String {
    let written = indent(lines, 0);
    let line = |line: &str| format!("{wanted}{}", line.strip_prefix(written).unwrap_or(line));
    lines.split_inclusive('\n').map(line).collect()
}

#[cfg(test)]
mod tests;
