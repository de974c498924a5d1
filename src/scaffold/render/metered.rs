//! Prepares a template for the engine: what cannot be bounded is refused, and what decides how long rendering takes gets a
//! call of the meter. The calls follow tags, so that a place in the result leads back to one in the source.

use std::collections::BTreeSet;
use std::ops::Range;

use super::meter::{KEEP, STEP, Weight};
use crate::scaffold::limits;
use crate::scaffold::template_tags::{self, Tag, TagKind};

/// Brackets and braces inside each other; printing each level escapes the one inside.
const DEEPEST: u32 = 3;

/// A template with calls of the meter.
#[derive(Debug, Default)]
pub(super) struct Metered {
    pub(super) text: String,
    pub(super) weight: Weight,
    pub(super) tags: usize,
    insertions: Vec<Insertion>,
}

#[derive(Debug)]
struct Insertion {
    /// In the source, behind `tag`.
    at: usize,
    /// The start of the tag that it belongs to.
    tag: usize,
    text: String,
}

/// Why a template is refused, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) message: String,
    pub(super) at: Range<usize>,
}

struct Loop {
    insertion: usize,
    weight: Weight,
}

impl Metered {
    /// # Errors
    /// The template uses what a scaffold cannot use.
    pub(super) fn new(source: &str) -> Result<Self, Refusal> {
        let mut metered = Self::default();
        let mut loops: Vec<Loop> = Vec::new();
        let mut names = Names::default();
        let mut branches: Vec<usize> = Vec::new();
        for tag in template_tags::all(source) {
            metered.tags += 1;
            let refuse = |message: String| Refusal { message, at: tag.range.clone() };
            let weight = match tag.kind {
                TagKind::Comment => continue,
                TagKind::Value | TagKind::Statement => weight(tag.inner).map_err(refuse)?,
            };
            metered.weight.add(weight);
            if let Some(open) = loops.last_mut() {
                open.weight.add(weight);
            }
            if metered.tags > limits::TAGS {
                return Err(refuse(format!("a template has at most {} tags", limits::TAGS)));
            }
            if tag.kind == TagKind::Value {
                continue;
            }
            names.learn(&tag).map_err(refuse)?;
            match tag.keyword() {
                "else" | "break" | "continue" | "raw" | "endraw" => {}
                "if" => branches.push(0),
                "elif" => branches.iter_mut().last().map_or((), |count| *count += 1),
                "endif" => drop(branches.pop()),
                "for" => {
                    loops.push(Loop { insertion: metered.insertions.len(), weight: Weight::default() });
                    metered.insert(&tag, source);
                }
                "endfor" => {
                    if let Some(Loop { insertion, weight }) = loops.pop() {
                        // What is inside runs in each round of the loop around, too.
                        if let Some(around) = loops.last_mut() {
                            around.weight.add(weight);
                        }
                        let Weight { words, copies, lists } = weight;
                        let call = format!("{STEP}(words={words},copies={copies},lists={lists})");
                        metered.insertions[insertion].call(&call);
                    }
                }
                "set" | "set_global" => {
                    let name = assigned(&tag).ok_or_else(|| {
                        refuse(
                            "`set` without a value cannot be used in a scaffold; write `[% set x = y %]`"
                                .to_owned(),
                        )
                    })?;
                    metered.insert(&tag, source);
                    if let Some(insertion) = metered.insertions.last_mut() {
                        insertion.call(&format!("{KEEP}(value={name})"));
                    }
                }
                other => {
                    return Err(refuse(format!("`[% {other} %]` cannot be used in a scaffold")));
                }
            }
            if loops.len() > limits::BRANCHES
                || branches.last().is_some_and(|count| *count > limits::BRANCHES)
            {
                return Err(refuse(format!(
                    "more than {} loops in each other, or `elif` of one `if`",
                    limits::BRANCHES
                )));
            }
        }
        metered.text = metered.written(source);
        Ok(metered)
    }

    fn insert(&mut self, tag: &Tag, source: &str) {
        // A tag that takes away the space behind it must still do so.
        let end = if source[..tag.range.end].ends_with("-%]") { "-=]" } else { "=]" };
        self.insertions.push(Insertion { at: tag.range.end, tag: tag.range.start, text: end.to_owned() });
    }

    fn written(&self, source: &str) -> String {
        let mut text = String::with_capacity(source.len() + 64 * self.insertions.len());
        let mut from = 0;
        for insertion in &self.insertions {
            text.push_str(&source[from..insertion.at]);
            text.push_str(&insertion.text);
            from = insertion.at;
        }
        text.push_str(&source[from..]);
        text
    }

    /// Returns the place in the source that `position` in the text stands for.
    pub(super) fn in_source(&self, position: usize) -> usize {
        let mut before = 0;
        for Insertion { at, tag, text } in &self.insertions {
            if position < at + before {
                break;
            }
            if position < at + before + text.len() {
                return *tag;
            }
            before += text.len();
        }
        position - before
    }
}

impl Insertion {
    fn call(&mut self, call: &str) {
        self.text.insert_str(0, &format!("[= {call} "));
    }
}

/// Variables of a template. One that is set everywhere must not be hidden from the meter by another of its name.
#[derive(Default)]
struct Names<'s> {
    local: BTreeSet<&'s str>,
    global: BTreeSet<&'s str>,
}

impl<'s> Names<'s> {
    fn learn(&mut self, tag: &Tag<'s>) -> Result<(), String> {
        let names: Vec<&str> = match tag.keyword() {
            "for" => words(tag.inner).skip(1).take_while(|word| *word != "in").collect(),
            "set" | "set_global" => assigned(tag).into_iter().collect(),
            _ => return Ok(()),
        };
        let is_global = tag.keyword() == "set_global";
        let (own, other) =
            if is_global { (&mut self.global, &self.local) } else { (&mut self.local, &self.global) };
        if let Some(name) = names.iter().find(|name| other.contains(**name)) {
            return Err(format!("`{name}` is assigned with `set_global` and otherwise; use two names"));
        }
        own.extend(names);
        Ok(())
    }
}

/// Returns the variable of `set x = ...`.
fn assigned<'s>(tag: &Tag<'s>) -> Option<&'s str> {
    let rest = tag.inner[tag.keyword().len()..].trim_start();
    let name = words(rest).next().filter(|name| rest.starts_with(name))?;
    let value = rest[name.len()..].trim_start().strip_prefix('=')?;
    (!value.starts_with('=')).then_some(name)
}

/// Returns what a tag costs each time that it runs.
fn weight(inner: &str) -> Result<Weight, String> {
    let (mut count, mut depth, mut deepest) = (0u64, 0u32, 0u32);
    let (mut in_list, mut before, mut uses_files) = (0u32, "", false);
    for token in tokens(inner) {
        match token {
            "[" | "{" => {
                depth += 1;
                deepest = deepest.max(depth);
                in_list += u32::from(token == "[");
            }
            "]" | "}" => {
                depth = depth.saturating_sub(1);
                in_list = in_list.saturating_sub(u32::from(token == "]"));
            }
            "for" if in_list > 0 && before != "." => {
                return Err("a list comprehension cannot be used in a scaffold; write a loop".to_owned());
            }
            word if word.starts_with("__") => return Err(format!("`{word}` cannot be used in a scaffold")),
            word => {
                count += u64::from(is_word(word) || word == TEXT);
                uses_files |= word == "files";
            }
        }
        before = token;
    }
    if deepest > DEEPEST {
        return Err(format!("brackets are nested deeper than {DEEPEST} levels"));
    }
    // Each of `a ~ b ~ c` copies all before it, and printing a list in a list escapes each level once more.
    let copies = count.saturating_mul(count).max(1).saturating_mul(8u64.saturating_pow(deepest));
    let (copies, lists) = if uses_files { (0, copies) } else { (copies, 0) };
    Ok(Weight { words: count, copies, lists })
}

/// What [`tokens`] gives for a string.
const TEXT: &str = "''";

fn words(inner: &str) -> impl Iterator<Item = &str> {
    tokens(inner).filter(|token| is_word(token))
}

fn is_word(token: &str) -> bool {
    token.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
}

/// Returns the words and signs of a tag as the engine reads them; every string is [`TEXT`].
fn tokens(inner: &str) -> impl Iterator<Item = &str> {
    let mut rest = inner;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        if matches!(first, '"' | '\'' | '`') {
            rest = after_string(rest, first);
            return Some(TEXT);
        }
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len()).max(first.len_utf8());
        let (token, left) = rest.split_at(if is_part(first) { length } else { first.len_utf8() });
        rest = left;
        Some(token)
    })
}

fn after_string(text: &str, quote: char) -> &str {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            letter if letter == quote => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}
