//! Patterns for paths, as in `.gitignore`: `*`, `?` and `[a-z]` match within a name, `**` matches any folders. A pattern that
//! matches a folder matches everything below it.

/// Nobody writes a longer one, and the time to match one grows with its length.
const MAX_LENGTH: usize = 200;

/// One pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
    /// Whether it begins with `!`: what it matches is not meant after all.
    is_negated: bool,
    /// Whether it ends in `/`.
    is_for_folders: bool,
}

/// A part of a path between slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    AnyFolders,
    Name(String),
    Glob(Vec<Piece>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Any,
    One,
    Character(char),
    /// Characters from the first to the second of each pair, or all others.
    Set {
        ranges: Vec<(char, char)>,
        is_negated: bool,
    },
}

impl Pattern {
    /// Reads a pattern as Git does: without a slash at its beginning or in its middle, it matches in every folder.
    ///
    /// # Errors
    /// Why it matches nothing, or is refused.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let (is_negated, rest) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let is_anywhere = !rest.trim_end_matches('/').contains('/');
        let mut pattern = Self::relative(rest)?;
        pattern.is_negated = is_negated;
        if is_anywhere && pattern.parts.first() != Some(&Part::AnyFolders) {
            pattern.parts.insert(0, Part::AnyFolders);
        }
        Ok(pattern)
    }

    /// Reads a pattern that is relative to its folder, with or without a slash.
    ///
    /// # Errors
    /// As for [`Self::parse`].
    pub(crate) fn relative(text: &str) -> Result<Self, &'static str> {
        if text.chars().nth(MAX_LENGTH).is_some() {
            return Err("it is longer than 200 characters");
        }
        let names = text.split('/').filter(|name| !matches!(*name, "" | "."));
        let mut parts: Vec<Part> = names.map(part).collect::<Result<_, _>>()?;
        parts.dedup_by(|next, last| *next == Part::AnyFolders && next == last);
        match parts.last() {
            None => return Err("it matches nothing"),
            // What is in a folder, not the folder itself.
            Some(Part::AnyFolders) => parts.push(Part::Glob(vec![Piece::Any])),
            Some(_) => {}
        }
        Ok(Self { parts, is_negated: false, is_for_folders: text.ends_with('/') })
    }

    /// Whether it matches `path` or a folder that contains it.
    pub(crate) fn covers(&self, path: &str) -> bool {
        let names: Vec<&str> = path.split('/').collect();
        (1..=names.len()).any(|length| self.is_match(&names[..length], length < names.len()))
    }

    fn is_match(&self, names: &[&str], is_folder: bool) -> bool {
        (is_folder || !self.is_for_folders)
            && is_match(&self.parts, names, |part| *part == Part::AnyFolders, |part, name| part.is_name(name))
    }
}

/// Patterns of which the last one that matches counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PatternList(Vec<Pattern>);

impl PatternList {
    pub(crate) fn push(&mut self, pattern: Pattern) {
        self.0.push(pattern);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `path` itself is meant; `None` if no pattern is about it.
    pub(crate) fn decide(&self, path: &str, is_folder: bool) -> Option<bool> {
        let names: Vec<&str> = path.split('/').collect();
        let last = self.0.iter().rev().find(|pattern| pattern.is_match(&names, is_folder));
        last.map(|pattern| !pattern.is_negated)
    }

    /// Whether the file `path` or a folder that contains it is meant.
    pub(crate) fn covers(&self, path: &str) -> bool {
        let folders = path.match_indices('/').map(|(at, _)| (&path[..at], true));
        folders.chain([(path, false)]).any(|(path, is_folder)| self.decide(path, is_folder) == Some(true))
    }
}

/// A pattern for a value, in which `*` stands for any characters and `?` for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValuePattern(Vec<Piece>);

impl ValuePattern {
    /// # Errors
    /// Why it matches nothing, or is refused.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        match text.chars().count() {
            0 => Err("it matches nothing"),
            length if length > MAX_LENGTH => Err("it is longer than 200 characters"),
            _ => {
                let piece = |character| match character {
                    '*' => Piece::Any,
                    '?' => Piece::One,
                    character => Piece::Character(character),
                };
                Ok(Self(text.chars().map(piece).collect()))
            }
        }
    }

    pub(crate) fn is_match(&self, value: &str) -> bool {
        is_glob(&self.0, value)
    }
}

fn part(name: &str) -> Result<Part, &'static str> {
    if name == "**" {
        return Ok(Part::AnyFolders);
    }
    if !name.contains(['*', '?', '[', '\\']) {
        return Ok(Part::Name(name.to_owned()));
    }
    let (mut pieces, mut rest) = (Vec::new(), name.chars());
    while let Some(character) = rest.next() {
        pieces.push(match character {
            '*' if pieces.last() == Some(&Piece::Any) => continue,
            '*' => Piece::Any,
            '?' => Piece::One,
            '\\' => Piece::Character(rest.next().ok_or("a `\\` must be followed by a character")?),
            '[' => {
                let (set, after) = set(rest.as_str()).ok_or("a `[` is not closed")?;
                rest = after.chars();
                set
            }
            character => Piece::Character(character),
        });
    }
    Ok(Part::Glob(pieces))
}

/// Reads a set behind its `[`, and returns what follows it.
fn set(text: &str) -> Option<(Piece, &str)> {
    let (is_negated, text) = text.strip_prefix(['!', '^']).map_or((false, text), |rest| (true, rest));
    let (mut ranges, mut rest) = (Vec::new(), text.chars());
    loop {
        let first = match rest.next()? {
            ']' if !ranges.is_empty() => return Some((Piece::Set { ranges, is_negated }, rest.as_str())),
            '\\' => rest.next()?,
            first => first,
        };
        let mut ahead = rest.clone();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(last)) if last != ']' => {
                ranges.push((first, last));
                rest = ahead;
            }
            _ => ranges.push((first, first)),
        }
    }
}

impl Part {
    fn is_name(&self, name: &str) -> bool {
        match self {
            Self::AnyFolders => false,
            Self::Name(own) => own == name,
            Self::Glob(pieces) => is_glob(pieces, name),
        }
    }
}

impl Piece {
    fn is_character(&self, character: char) -> bool {
        match self {
            Self::Any => false,
            Self::One => true,
            Self::Character(own) => *own == character,
            Self::Set { ranges, is_negated } => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&character)) != *is_negated
            }
        }
    }
}

fn is_glob(pieces: &[Piece], text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    is_match(
        pieces,
        &characters,
        |piece| *piece == Piece::Any,
        |piece, character| piece.is_character(*character),
    )
}

/// Whether `items` match `pattern`, in which some items match any number. Backtracks only to the last of
/// these, so that no pattern takes long.
fn is_match<P, T>(
    pattern: &[P],
    items: &[T],
    is_any: impl Fn(&P) -> bool,
    is_one: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut at, mut next, mut back) = (0, 0, None);
    while at < items.len() {
        if pattern.get(next).is_some_and(&is_any) {
            back = Some((next, at));
            next += 1;
        } else if pattern.get(next).is_some_and(|expected| is_one(expected, &items[at])) {
            (at, next) = (at + 1, next + 1);
        } else if let Some((any, taken)) = back {
            back = Some((any, taken + 1));
            (at, next) = (taken + 1, any + 1);
        } else {
            return false;
        }
    }
    pattern[next..].iter().all(is_any)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relative(pattern: &str, path: &str) -> bool {
        Pattern::relative(pattern).is_ok_and(|pattern| pattern.covers(path))
    }

    #[test]
    fn names_and_folders() {
        for (pattern, path) in [
            ("a/b.yaml", "a/b.yaml"),
            ("./a/", "a/b/c.yaml"),
            ("a", "a/b/c.yaml"),
            ("a/*.yaml", "a/b.yaml"),
            ("a/*/c.yaml", "a/b/c.yaml"),
            ("a/?.yaml", "a/ö.yaml"),
            ("**/c.yaml", "c.yaml"),
            ("**/c.yaml", "a/b/c.yaml"),
            ("a/**", "a/b/c.yaml"),
            ("a/**/c.yaml", "a/c.yaml"),
            ("*b*c*", "aabbcc"),
        ] {
            assert!(relative(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("a/b.yaml", "x/a/b.yaml"),
            ("*.yaml", "a/b.yaml"),
            ("a/?.yaml", "a/bc.yaml"),
            ("b", "a/b"),
            ("a/**/c.yaml", "a/b/d.yaml"),
            ("ab", "abc"),
            ("", "a"),
        ] {
            assert!(!relative(pattern, path), "{pattern} {path}");
        }
    }

    /// The cases of Git's documentation of `.gitignore`, as `git check-ignore` decides them.
    #[test]
    fn patterns_are_read_as_git_reads_them() {
        let is_meant = |patterns: &[&str], path: &str| {
            let mut list = PatternList::default();
            for pattern in patterns {
                list.push(Pattern::parse(pattern).unwrap());
            }
            list.covers(path)
        };
        for (patterns, path, expected) in [
            (&["a.yaml"][..], "x/y/a.yaml", true),
            (&["/a.yaml"], "x/a.yaml", false),
            (&["/a.yaml"], "a.yaml", true),
            (&["doc/frotz"], "a/doc/frotz", false),
            (&["doc/frotz/"], "doc/frotz/x", true),
            (&["doc/frotz/"], "doc/frotz", false),
            (&["frotz/"], "a/frotz/x", true),
            (&["*"], "a/b", true),
            (&["foo/*"], "foo/test.json", true),
            (&["foo/*"], "foo/bar/x", true),
            (&["/*", "!/foo", "/foo/*", "!/foo/bar"], "foo/bar/x", false),
            (&["/*", "!/foo/", "/foo/*", "!/foo/bar/"], "foo/bar/x", false),
            (&["/*", "!/foo/", "/foo/*", "!/foo/bar/"], "foo/baz", true),
            (&["a/**", "!a/b.yaml"], "a/b.yaml", false),
            (&["a/**", "!a/b.yaml"], "a/c.yaml", true),
            (&["a/", "!a/b.yaml"], "a/b.yaml", true),
            (&["**/foo"], "a/foo", true),
            (&["**/foo/bar"], "x/foo/bar", true),
            (&["**"], "a", true),
            (&["a/**/**/**/b"], "a/b", true),
            (&["[a-c]x"], "bx", true),
            (&["[!a-c]x"], "bx", false),
            (&["[]-]x"], "]x", true),
            (&["\\!a"], "!a", true),
            (&["\\#a", "b\\*"], "b*", true),
            (&["b\\*"], "bc", false),
        ] {
            assert_eq!(is_meant(patterns, path), expected, "{patterns:?} {path}");
        }
    }

    #[test]
    fn what_matches_nothing_is_refused() {
        for pattern in ["", "/", "!", "./", "[a", "a\\", "[]", &"a".repeat(201)] {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn values_have_no_folders() {
        let is_match = |pattern, value| ValuePattern::parse(pattern).unwrap().is_match(value);
        assert!(is_match("registry.example.com/*", "registry.example.com/acme/shop:1"));
        assert!(is_match("[a]", "[a]") && !is_match("[a]", "a"));
        assert!(!is_match("shop", "shop-db"));
    }

    #[test]
    fn no_pattern_takes_long() {
        let pattern = Pattern::relative(&"*a".repeat(100)).unwrap();
        assert!(!pattern.covers(&"a".repeat(99)));
        let pattern = Pattern::parse(&"**/a/".repeat(40)).unwrap();
        assert!(!pattern.covers(&"a/".repeat(30)));
    }
}
