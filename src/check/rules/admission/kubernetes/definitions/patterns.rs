//! Regular expressions of Go: the syntax that `regexp/syntax` accepts.

use std::iter::Peekable;
use std::str::CharIndices;

/// The most repetitions that a pattern may ask for.
const MOST_REPETITIONS: u32 = 1000;

const POSIX_CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// Returns why Go cannot compile `pattern`, in its words.
pub(super) fn mistake(pattern: &str) -> Option<String> {
    let mut scanner = Scanner { text: pattern, letters: pattern.char_indices().peekable() };
    scanner.expression().err()
}

/// What the last token was, for what may follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing that could be repeated.
    Nothing,
    Atom,
    Repetition,
}

struct Scanner<'t> {
    text: &'t str,
    letters: Peekable<CharIndices<'t>>,
}

type Scanned = Result<(), String>;

impl Scanner<'_> {
    fn expression(&mut self) -> Scanned {
        // For each open group, whether it follows something that could be repeated.
        let mut open = 0_usize;
        let mut last = Last::Nothing;
        while let Some((at, letter)) = self.letters.next() {
            last = match letter {
                '(' => {
                    if self.group(at)? {
                        open += 1;
                        Last::Nothing
                    } else {
                        last
                    }
                }
                ')' if open == 0 => return Err(format!("unexpected ): `{}`", self.text)),
                ')' => {
                    open -= 1;
                    Last::Atom
                }
                '|' => Last::Nothing,
                '*' | '+' | '?' => self.repeated(at, last)?,
                '{' if self.count(at)? => self.repeated(at, last)?,
                '[' => {
                    self.class(at)?;
                    Last::Atom
                }
                '\\' => self.escaped(at)?,
                _ => Last::Atom,
            };
        }
        if open > 0 { Err(format!("missing closing ): `{}`", self.text)) } else { Ok(()) }
    }

    /// Returns the text from the byte `at` to where the scanner is.
    fn since(&mut self, at: usize) -> String {
        let end = self.letters.peek().map_or(self.text.len(), |(end, _)| *end);
        self.text[at..end].to_owned()
    }

    fn rest(&mut self) -> &str {
        let at = self.letters.peek().map_or(self.text.len(), |(at, _)| *at);
        &self.text[at..]
    }

    fn skip(&mut self, bytes: usize) {
        let Some(end) = self.letters.peek().map(|(at, _)| at + bytes) else { return };
        while self.letters.next_if(|(at, _)| *at < end).is_some() {}
    }

    /// Reads what repeats the last token, after its sign at `at`.
    fn repeated(&mut self, at: usize, last: Last) -> Result<Last, String> {
        let _ = self.letters.next_if(|(_, letter)| *letter == '?');
        match last {
            Last::Nothing => Err(format!("missing argument to repetition operator: `{}`", self.since(at))),
            Last::Repetition => Err(format!("invalid nested repetition operator: `{}`", self.since(at))),
            Last::Atom => Ok(Last::Repetition),
        }
    }

    /// Reads `{2}`, `{2,}` or `{2,5}` after its brace, and returns whether it is one.
    fn count(&mut self, at: usize) -> Result<bool, String> {
        let Some((inner, _)) = self.rest().split_once('}') else { return Ok(false) };
        let (least, most) = inner.split_once(',').map_or((inner, None), |(least, most)| (least, Some(most)));
        let is_number = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_digit())
                && (text.len() == 1 || !text.starts_with('0'))
        };
        if !is_number(least) || !most.is_none_or(|most| most.is_empty() || is_number(most)) {
            return Ok(false);
        }
        let number = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
        let (least, most) = (number(least), most.filter(|most| !most.is_empty()).map(number));
        let is_valid =
            least <= MOST_REPETITIONS && most.is_none_or(|most| (least..=MOST_REPETITIONS).contains(&most));
        let length = inner.len() + 1;
        self.skip(length);
        if is_valid { Ok(true) } else { Err(format!("invalid repeat count: `{}`", self.since(at))) }
    }

    /// Reads the beginning of a group after its parenthesis at `at`; `false` if it only sets flags.
    fn group(&mut self, at: usize) -> Result<bool, String> {
        if !self.rest().starts_with('?') {
            return Ok(true);
        }
        self.skip(1);
        let rest = self.rest();
        let named = rest.strip_prefix("P<").or_else(|| rest.strip_prefix('<'));
        if let Some(named) = named {
            let is_name = |name: &&str| {
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            };
            let name = named.split_once('>').map(|(name, _)| name).filter(is_name);
            let length = rest.len() - named.len() + name.map_or(0, str::len) + 1;
            let is_lookbehind = name.is_none() && rest.starts_with(['<']);
            return match name {
                Some(_) => {
                    self.skip(length);
                    Ok(true)
                }
                None if is_lookbehind => {
                    self.skip(2);
                    Err(format!("invalid or unsupported Perl syntax: `{}`", self.since(at)))
                }
                None => Err(format!("invalid named capture: `{}`", &self.text[at..])),
            };
        }
        while let Some((_, letter)) = self.letters.next() {
            match letter {
                'i' | 'm' | 's' | 'U' | '-' => {}
                ':' => return Ok(true),
                ')' => return Ok(false),
                _ => return Err(format!("invalid or unsupported Perl syntax: `{}`", self.since(at))),
            }
        }
        Err(format!("missing argument to repetition operator: `{}`", self.text))
    }

    /// Reads what follows a backslash at `at`, outside of a class.
    fn escaped(&mut self, at: usize) -> Result<Last, String> {
        match self.letters.peek().map(|(_, letter)| *letter) {
            Some('A' | 'b' | 'B' | 'z' | 'd' | 's' | 'w' | 'D' | 'S' | 'W') => self.skip(1),
            Some('Q') => {
                let literal = self.rest().find("\\E").map_or(self.rest().len(), |end| end + 2);
                self.skip(literal);
            }
            Some('p' | 'P') => self.unicode(at)?,
            _ => drop(self.letter(at)?),
        }
        Ok(Last::Atom)
    }

    /// Reads `\pL` or `\p{Greek}` after the backslash at `at`; which names exist is not known here.
    fn unicode(&mut self, at: usize) -> Scanned {
        self.skip(1);
        match self.letters.next() {
            Some((_, '{')) => match self.rest().find('}') {
                Some(end) => {
                    self.skip(end + 1);
                    Ok(())
                }
                None => Err(format!("invalid character class range: `{}`", &self.text[at..])),
            },
            Some(_) => Ok(()),
            None => Err(format!("invalid character class range: `{}`", &self.text[at..])),
        }
    }

    /// Reads one escaped letter after the backslash at `at`.
    fn letter(&mut self, at: usize) -> Result<char, String> {
        let Some((_, letter)) = self.letters.next() else {
            return Err("trailing backslash at end of expression: ``".to_owned());
        };
        let octal = |scanner: &mut Self| scanner.letters.next_if(|(_, digit)| digit.is_digit(8)).is_some();
        let is_valid = match letter {
            // One digit alone refers to a group.
            '1'..='7' if !octal(self) => false,
            '1'..='7' => {
                let _ = octal(self);
                true
            }
            '0' => {
                let _ = octal(self) && octal(self);
                true
            }
            'x' => self.hexadecimal(),
            'a' | 'f' | 'n' | 'r' | 't' | 'v' => true,
            other => other.is_ascii() && !other.is_ascii_alphanumeric(),
        };
        // What a code stands for does not matter: a range with one counts as valid.
        let means = if letter.is_ascii_alphanumeric() { '\0' } else { letter };
        if is_valid { Ok(means) } else { Err(format!("invalid escape sequence: `{}`", self.since(at))) }
    }

    fn hexadecimal(&mut self) -> bool {
        let rest = self.rest();
        let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let length = match rest.strip_prefix('{').map(|inner| inner.split_once('}')) {
            Some(Some((digits, _))) if is_hex(digits) => digits.len() + 2,
            None if rest.get(..2).is_some_and(is_hex) => 2,
            _ => return false,
        };
        self.skip(length);
        true
    }

    /// Reads a class after its bracket at `at`.
    fn class(&mut self, at: usize) -> Scanned {
        let _ = self.letters.next_if(|(_, letter)| *letter == '^');
        let mut is_first = true;
        loop {
            let Some((start, letter)) = self.letters.next() else {
                return Err(format!("missing closing ]: `{}`", &self.text[at..]));
            };
            if letter == ']' && !is_first {
                return Ok(());
            }
            is_first = false;
            if letter == '[' && self.posix(start)? {
                continue;
            }
            let next = self.letters.peek().map(|(_, letter)| *letter);
            if letter == '\\' && matches!(next, Some('d' | 's' | 'w' | 'D' | 'S' | 'W')) {
                self.skip(1);
                continue;
            }
            if letter == '\\' && matches!(next, Some('p' | 'P')) {
                self.unicode(start)?;
                continue;
            }
            let low = if letter == '\\' { self.letter(start)? } else { letter };
            let rest = self.rest();
            if !rest.starts_with('-') || rest[1..].starts_with(']') || rest.len() < 2 {
                continue;
            }
            self.skip(1);
            let Some((end, letter)) = self.letters.next() else { continue };
            let high = if letter == '\\' { self.letter(end)? } else { letter };
            if low != '\0' && high != '\0' && high < low {
                return Err(format!("invalid character class range: `{}`", self.since(start)));
            }
        }
    }

    /// Reads `[:alpha:]` after its bracket at `at`, and returns whether it is one.
    fn posix(&mut self, at: usize) -> Result<bool, String> {
        let Some((name, _)) = self.rest().strip_prefix(':').and_then(|rest| rest.split_once(":]")) else {
            return Ok(false);
        };
        let (is_known, length) = (POSIX_CLASSES.contains(&name.trim_start_matches('^')), name.len() + 3);
        self.skip(length);
        if is_known { Ok(true) } else { Err(format!("invalid character class range: `{}`", self.since(at))) }
    }
}

#[cfg(test)]
mod tests {
    use super::mistake;

    #[test]
    fn patterns_of_go() {
        for good in [
            "",
            "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
            r"^(\d+|\*)(/\d+)?$",
            "a{,5}|{|}|]|a{01}|x{2,1000}",
            "[]a]|[^]]|[a-]|[-a]|[[]|[a[:alpha:]]",
            r"\Qa(b\E|\Q[",
            r"(?P<a>E)(?<b>x)(?:U|[^()\]])(?i:r)(?i)x",
            r"^*|a|\pL\p{Greek}[\p{L}\d-]|\x41\x{1F600}\012\0",
            "a*?b+?c??d{2}?",
            "(|a)*",
            r"[\w.-]+@[\w-]+",
        ] {
            assert_eq!(mistake(good), None, "{good}");
        }
        for (bad, words) in [
            ("[A-Z", "missing closing ]: `[A-Z`"),
            ("^(?!EUR)$", "invalid or unsupported Perl syntax: `(?!`"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("(?<=a)b", "invalid or unsupported Perl syntax: `(?<=`"),
            ("(?<!a)b", "invalid or unsupported Perl syntax: `(?<!`"),
            ("(?P<a-b>c)", "invalid named capture: `(?P<a-b>c)`"),
            (r"(A)\1", r"invalid escape sequence: `\1`"),
            (r"\i", r"invalid escape sequence: `\i`"),
            (r"\xg", r"invalid escape sequence: `\x`"),
            ("A)", "unexpected ): `A)`"),
            ("(A", "missing closing ): `(A`"),
            ("*A", "missing argument to repetition operator: `*`"),
            ("(?i)*", "missing argument to repetition operator: `*`"),
            ("a|+", "missing argument to repetition operator: `+`"),
            ("a**", "invalid nested repetition operator: `*`"),
            ("A{1001}", "invalid repeat count: `{1001}`"),
            ("A{3,2}", "invalid repeat count: `{3,2}`"),
            ("[z-a]", "invalid character class range: `z-a`"),
            ("[[:word-like:]]", "invalid character class range: `[:word-like:]`"),
            ("A\\", "trailing backslash at end of expression: ``"),
            ("[A\\", "trailing backslash at end of expression: ``"),
        ] {
            assert_eq!(mistake(bad).as_deref(), Some(words), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_pattern_is_read(pattern in "[\\[\\]\\\\(){}?*+|^$a-cpPxQE:<>=!0-9, é-]{0,24}") {
            mistake(&pattern);
        }
    }
}
