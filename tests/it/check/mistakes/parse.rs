//! Reads mistakes, and makes them.

use std::collections::BTreeSet;

use treenail::check::rule;

use super::Texts;

/// Where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub code: String,
    pub path: String,
    pub line: usize,
}

impl Place {
    /// The line at that index.
    fn new(code: &str, path: &str, index: usize) -> Self {
        Self { code: code.to_owned(), path: path.to_owned(), line: index + 1 }
    }
}

/// A change of one file, and what is to be found then.
#[derive(Debug)]
pub struct Mistake {
    /// What is wrong.
    pub title: String,
    /// The rules that are broken in the marked lines.
    here: Vec<String>,
    path: String,
    /// The lines to change, each with what happens to it in front.
    lines: Vec<(char, String)>,
    /// Rules that are broken elsewhere: code, path, line.
    there: Vec<(String, String, String)>,
}

/// All mistakes in `text`.
pub fn mistakes(text: &str) -> Vec<Mistake> {
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let blocks = lines.split(|line| line.is_empty());
    blocks.filter(|block| !block.is_empty()).map(mistake).collect()
}

fn mistake(block: &[&str]) -> Mistake {
    let [title, path, rest @ ..] = block else { panic!("half a mistake: {block:?}") };
    let codes = title.split(' ').take_while(|word| rule::is_code(word)).map(str::to_owned);
    let (there, lines): (Vec<&str>, Vec<&str>) = rest.iter().partition(|line| line.starts_with('@'));
    Mistake {
        title: (*title).to_owned(),
        here: codes.collect(),
        path: (*path).to_owned(),
        lines: lines.into_iter().map(|line| (line.chars().next().unwrap(), line[1..].to_owned())).collect(),
        there: there.into_iter().map(elsewhere).collect(),
    }
}

fn elsewhere(line: &str) -> (String, String, String) {
    let parts = line.strip_prefix("@ ").and_then(|line| line.split_once(' '));
    let parts = parts.and_then(|(code, rest)| Some((code, rest.split_once(": ")?)));
    let (code, (path, text)) = parts.unwrap_or_else(|| panic!("no place: {line}"));
    (code.to_owned(), path.to_owned(), text.to_owned())
}

impl Mistake {
    /// The rules that it breaks.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.here.iter().chain(self.there.iter().map(|(code, ..)| code)).map(String::as_str)
    }

    /// Makes it in `texts`, and says what is to be found.
    ///
    /// # Errors
    /// What the repository no longer has, or has twice.
    pub fn make(&self, texts: &mut Texts) -> Result<BTreeSet<Place>, String> {
        let text = texts.get_mut(&self.path).ok_or_else(|| format!("there is no {}", self.path))?;
        let only = |kinds: &str| -> Vec<&str> {
            let lines = self.lines.iter().filter(|(kind, _)| kinds.contains(*kind));
            lines.map(|(_, line)| line.as_str()).collect()
        };
        let (before, after) = (only(" -="), only(" +>="));
        let mut lines: Vec<_> = text.lines().collect();
        let start = only_one(lines.windows(before.len()).map(|window| window == before), &before.join("\n"))?;
        lines.splice(start..start + before.len(), after);
        *text = lines.join("\n") + "\n";

        let kept = self.lines.iter().filter(|(kind, _)| *kind != '-').enumerate();
        let marked = kept.filter(|(_, (kind, _))| matches!(kind, '>' | '=')).map(|(at, _)| start + at);
        let here = marked.flat_map(|at| self.here.iter().map(move |code| Place::new(code, &self.path, at)));
        let mut expected: BTreeSet<_> = here.collect();
        for (code, path, wanted) in &self.there {
            let lines: Vec<_> =
                texts.get(path).ok_or_else(|| format!("there is no {path}"))?.lines().collect();
            let wanted: Vec<_> = wanted.split("\\n").collect();
            let start =
                only_one(lines.windows(wanted.len()).map(|window| window == wanted), &wanted.join("\n"))?;
            expected.insert(Place::new(code, path, start + wanted.len() - 1));
        }
        Ok(expected)
    }
}

/// The number of the only item that is wanted.
fn only_one(are_wanted: impl Iterator<Item = bool>, what: &str) -> Result<usize, String> {
    let found: Vec<_> =
        are_wanted.enumerate().filter_map(|(at, is_wanted)| is_wanted.then_some(at)).collect();
    match found[..] {
        [at] => Ok(at),
        _ => Err(format!("{} times there:\n{what}", found.len())),
    }
}
