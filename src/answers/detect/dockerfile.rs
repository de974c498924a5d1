//! The port that a Dockerfile exposes, and its user. Not a parser of Dockerfiles: it reads just enough of
//! <https://docs.docker.com/reference/dockerfile/> not to be fooled.

use std::collections::BTreeMap;

use crate::values;

/// What the last build stage says about the image.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Dockerfile {
    /// The first TCP port of the last `EXPOSE`, if it is a single port or a variable with a known value.
    pub(super) port: Option<u16>,
    /// Whether the last `USER` is a number other than 0, so that Kubernetes knows that it is not root.
    pub(super) has_numeric_user: bool,
}

pub(super) fn read(text: &str) -> Dockerfile {
    let mut stage = Stage::default();
    for (keyword, rest) in instructions(text) {
        stage.read(&keyword, &rest);
    }
    let Image { exposed, user, .. } = stage.image;
    Dockerfile {
        port: exposed.as_deref().and_then(values::port),
        has_numeric_user: user.as_deref().is_some_and(is_numeric_user),
    }
}

/// Whether it is the number of a user other than root, as far as container runtimes support it.
fn is_numeric_user(user: &str) -> bool {
    let digits = user.bytes().all(|byte| byte.is_ascii_digit());
    digits && user.parse::<i32>().is_ok_and(|number| number > 0)
}

/// What an image inherits from the one that it is built on.
#[derive(Clone, Default)]
struct Image {
    env: BTreeMap<String, String>,
    exposed: Option<String>,
    /// The last `USER` without its group.
    user: Option<String>,
}

#[derive(Default)]
struct Stage {
    /// Whether a `FROM` has been read.
    started: bool,
    /// `ARG`s before the first `FROM`; a stage sees only those it declares again.
    global: BTreeMap<String, String>,
    args: BTreeMap<String, String>,
    name: Option<String>,
    image: Image,
    /// The stages before this one, by their names in lower case.
    finished: BTreeMap<String, Image>,
}

impl Stage {
    fn read(&mut self, keyword: &str, rest: &str) {
        match keyword {
            "FROM" => self.start(rest),
            "ARG" => rest.split_whitespace().for_each(|word| self.read_arg(word)),
            "ENV" => self.read_env(rest),
            "EXPOSE" => {
                let first = rest.split_whitespace().find_map(|word| self.tcp(unquoted(word)));
                self.image.exposed = first.or(self.image.exposed.take());
            }
            "USER" => {
                let word = without_group(unquoted(rest.split_whitespace().next().unwrap_or_default()));
                self.image.user = Some(self.replaced(word).unwrap_or_default().to_owned());
            }
            _ => {}
        }
    }

    /// Reads `FROM IMAGE [AS NAME]`, where the image may be an earlier stage.
    fn start(&mut self, rest: &str) {
        if let Some(name) = self.name.take() {
            self.finished.insert(name, std::mem::take(&mut self.image));
        }
        let mut words = rest.split_whitespace().filter(|word| !word.starts_with("--"));
        let from = words.next().unwrap_or_default().to_lowercase();
        let is_named = words.next().is_some_and(|word| word.eq_ignore_ascii_case("as"));
        self.name = words.next().filter(|_| is_named).map(str::to_lowercase);
        self.image = self.finished.get(&from).cloned().unwrap_or_default();
        self.args.clear();
        self.started = true;
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
        let env = &mut self.image.env;
        let old = rest.split_once(char::is_whitespace).filter(|(name, _)| !name.contains('='));
        if let Some((name, value)) = old {
            env.insert(name.to_owned(), unquoted(value.trim()).to_owned());
            return;
        }
        for (name, value) in rest.split_whitespace().filter_map(|word| word.split_once('=')) {
            env.insert(name.to_owned(), unquoted(value).to_owned());
        }
    }

    /// Returns the port of an `EXPOSE` word with its variable replaced; `None` if the protocol is not TCP.
    fn tcp(&self, word: &str) -> Option<String> {
        let (port, protocol) = word.rsplit_once('/').unwrap_or((word, "tcp"));
        protocol.eq_ignore_ascii_case("tcp").then(|| self.replaced(port).unwrap_or_default().to_owned())
    }

    /// Returns the word, or its value if it is a variable.
    fn replaced<'a>(&'a self, word: &'a str) -> Option<&'a str> {
        if word.starts_with('$') { self.value(word) } else { Some(word) }
    }

    /// Returns the value of `$NAME`, `${NAME}` or `${NAME:-default}`. `ENV` wins over `ARG` in any order.
    fn value<'a>(&'a self, reference: &'a str) -> Option<&'a str> {
        let bare = reference.strip_prefix('$')?;
        let bare = bare.strip_prefix('{').and_then(|bare| bare.strip_suffix('}')).unwrap_or(bare);
        let (name, default) =
            bare.split_once(":-").map_or((bare, None), |(name, default)| (name, Some(default)));
        self.image.env.get(name).or_else(|| self.args.get(name)).map(String::as_str).or(default)
    }
}

/// Returns `USER` of `USER:GROUP`; either may be a variable with a default, which has a colon of its own.
fn without_group(word: &str) -> &str {
    let end = word.starts_with("${").then(|| word.find('}')).flatten().unwrap_or_default();
    word[end..].find(':').map_or(word, |colon| &word[..end + colon])
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
