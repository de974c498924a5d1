//! The port that a Dockerfile exposes. Not a parser of Dockerfiles: it reads just enough of
//! <https://docs.docker.com/reference/dockerfile/> not to be fooled.

use std::collections::BTreeMap;

use crate::values;

/// Returns the first TCP port of the last `EXPOSE` in the last build stage, if it is a single port or a
/// variable with a known value.
pub(super) fn port(text: &str) -> Option<u16> {
    let mut stage = Stage::default();
    for (keyword, rest) in instructions(text) {
        stage.read(&keyword, &rest);
    }
    values::port(&stage.exposed?)
}

#[derive(Default)]
struct Stage {
    /// Whether a `FROM` has been read.
    started: bool,
    /// `ARG`s before the first `FROM`; a stage sees only those it declares again.
    global: BTreeMap<String, String>,
    args: BTreeMap<String, String>,
    env: BTreeMap<String, String>,
    exposed: Option<String>,
}

impl Stage {
    fn read(&mut self, keyword: &str, rest: &str) {
        match keyword {
            "FROM" => {
                *self = Self { started: true, global: std::mem::take(&mut self.global), ..Self::default() }
            }
            "ARG" => rest.split_whitespace().for_each(|word| self.read_arg(word)),
            "ENV" => self.read_env(rest),
            "EXPOSE" => {
                let first = rest.split_whitespace().find_map(|word| self.tcp(unquoted(word)));
                self.exposed = first.or(self.exposed.take());
            }
            _ => {}
        }
    }

    fn read_arg(&mut self, word: &str) {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(unquoted(value).to_owned())),
            None => (word, self.global.get(word).cloned()),
        };
        let args = if self.started { &mut self.args } else { &mut self.global };
        if let Some(value) = value {
            args.insert(name.to_owned(), value);
        }
    }

    /// Reads `ENV NAME=value ...`, or the legacy `ENV NAME value`.
    fn read_env(&mut self, rest: &str) {
        let old = rest.split_once(char::is_whitespace).filter(|(name, _)| !name.contains('='));
        if let Some((name, value)) = old {
            self.env.insert(name.to_owned(), unquoted(value.trim()).to_owned());
            return;
        }
        for (name, value) in rest.split_whitespace().filter_map(|word| word.split_once('=')) {
            self.env.insert(name.to_owned(), unquoted(value).to_owned());
        }
    }

    /// Returns the port of an `EXPOSE` word with its variable replaced; `None` if the protocol is not TCP.
    fn tcp(&self, word: &str) -> Option<String> {
        let (port, protocol) = word.rsplit_once('/').unwrap_or((word, "tcp"));
        let port = if port.starts_with('$') { self.value(port) } else { Some(port) };
        protocol.eq_ignore_ascii_case("tcp").then(|| port.unwrap_or_default().to_owned())
    }

    /// Returns the value of `$NAME`, `${NAME}` or `${NAME:-default}`. `ENV` wins over `ARG` in any order.
    fn value<'a>(&'a self, reference: &'a str) -> Option<&'a str> {
        let bare = reference.strip_prefix('$')?;
        let bare = bare.strip_prefix('{').and_then(|bare| bare.strip_suffix('}')).unwrap_or(bare);
        let (name, default) =
            bare.split_once(":-").map_or((bare, None), |(name, default)| (name, Some(default)));
        self.env.get(name).or_else(|| self.args.get(name)).map(String::as_str).or(default)
    }
}

/// Splits into instructions: upper-case keyword and arguments, without comments, line continuations and
/// heredocs.
fn instructions(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    let mut open = String::new();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if line.starts_with('#') || (line.is_empty() && !open.is_empty()) {
            continue;
        }
        if let Some(start) = line.strip_suffix('\\') {
            open.push_str(start);
            open.push(' ');
            continue;
        }
        open.push_str(line);
        let whole = std::mem::take(&mut open);
        let (keyword, rest) = whole.split_once(char::is_whitespace).unwrap_or((&whole, ""));
        let keyword = keyword.to_uppercase();
        if matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
            for end in heredocs(rest) {
                // Skips its text; `-` lets the end be indented, and trimming is close enough otherwise.
                lines.by_ref().find(|line| line.trim() == end);
            }
        }
        found.push((keyword, rest.trim().to_owned()));
    }
    found
}

/// Returns the delimiters of the heredocs that an instruction starts.
fn heredocs(rest: &str) -> Vec<String> {
    let name = |word: &str| {
        let word = word.trim_start_matches(|letter: char| letter.is_ascii_digit()).strip_prefix("<<")?;
        let word = word.strip_prefix('-').unwrap_or(word).trim_start_matches(['"', '\'']);
        let name: String =
            word.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        (!name.is_empty()).then_some(name)
    };
    rest.split_whitespace().filter_map(name).collect()
}

fn unquoted(word: &str) -> &str {
    let inside = |quote: char| word.strip_prefix(quote).and_then(|word| word.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(word)
}
