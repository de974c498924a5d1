//! Selectors of labels and annotations: `app=shop,tier in (web, api),!canary`
//! (`k8s.io/apimachinery/pkg/labels/selector.go`).

use crate::check::rendered_value::RenderedValue;
use crate::check::schema::formats::{key_mistake, label_mistake};

/// What one key must be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Debug, PartialEq, Eq)]
enum Operator {
    Exists,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
    Greater(i64),
    Less(i64),
}

/// Parses a selector; `None` if it is not valid.
pub(super) fn parse(text: &str) -> Option<Vec<Requirement>> {
    let mut words = Words { rest: text.trim_start() };
    let mut requirements = Vec::new();
    if words.rest.is_empty() {
        return Some(requirements);
    }
    loop {
        requirements.push(requirement(&mut words)?);
        match words.next() {
            None => return Some(requirements),
            // A comma at the end is an error, too.
            Some(",") => {}
            Some(_) => return None,
        }
    }
}

impl Requirement {
    pub(super) fn is_met(&self, map: Option<&RenderedValue<'_>>) -> bool {
        let known = map.and_then(|map| map.get(&self.key)).map(RenderedValue::text);
        let number = || known.and_then(|known| known.parse::<i64>().ok());
        match &self.operator {
            Operator::Exists => known.is_some(),
            Operator::Absent => known.is_none(),
            Operator::In(values) => known.is_some_and(|known| values.iter().any(|value| value == known)),
            Operator::NotIn(values) => known.is_none_or(|known| values.iter().all(|value| value != known)),
            Operator::Greater(bound) => number().is_some_and(|number| number > *bound),
            Operator::Less(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

/// The words of a selector: marks, and what is between them.
struct Words<'t> {
    rest: &'t str,
}

impl<'t> Words<'t> {
    fn next(&mut self) -> Option<&'t str> {
        let word = self.peek()?;
        self.rest = self.rest[word.len()..].trim_start();
        Some(word)
    }

    fn peek(&self) -> Option<&'t str> {
        let is_mark = |letter: char| matches!(letter, '=' | '!' | '(' | ')' | ',' | '>' | '<');
        let length = match self.rest.as_bytes() {
            [] => return None,
            [b'=' | b'!', b'=', ..] => 2,
            [first, ..] if is_mark(char::from(*first)) => 1,
            _ => {
                self.rest.find(|letter| is_mark(letter) || letter.is_whitespace()).unwrap_or(self.rest.len())
            }
        };
        Some(&self.rest[..length])
    }

    /// Returns the next word if it is not a mark.
    fn name(&mut self) -> Option<&'t str> {
        let word = self.next()?;
        (!word.starts_with(['=', '!', '(', ')', ',', '>', '<'])).then_some(word)
    }

    fn is_at_end(&self) -> bool {
        matches!(self.peek(), None | Some(","))
    }
}

fn requirement(words: &mut Words<'_>) -> Option<Requirement> {
    let is_absent = words.peek() == Some("!");
    if is_absent {
        words.next();
    }
    let key = words.name().filter(|key| key_mistake(key).is_none())?.to_owned();
    if is_absent || words.is_at_end() {
        let operator = if is_absent { Operator::Absent } else { Operator::Exists };
        return Some(Requirement { key, operator });
    }
    let operator = match words.next()? {
        "in" => Operator::In(list(words)?),
        "notin" => Operator::NotIn(list(words)?),
        "=" | "==" => Operator::In(vec![value(words)?]),
        "!=" => Operator::NotIn(vec![value(words)?]),
        ">" => Operator::Greater(words.name()?.parse().ok()?),
        "<" => Operator::Less(words.name()?.parse().ok()?),
        _ => return None,
    };
    Some(Requirement { key, operator })
}

/// Reads a value, which may be missing.
fn value(words: &mut Words<'_>) -> Option<String> {
    let text = if words.is_at_end() { "" } else { words.name()? };
    label_mistake(text).is_none().then(|| text.to_owned())
}

/// Reads values in parentheses.
fn list(words: &mut Words<'_>) -> Option<Vec<String>> {
    if words.next()? != "(" {
        return None;
    }
    let mut values = Vec::new();
    loop {
        let text = if matches!(words.peek()?, "," | ")") { "" } else { words.name()? };
        values.push(label_mistake(text).is_none().then(|| text.to_owned())?);
        match words.next()? {
            "," => {}
            ")" => return Some(values),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_read_as_by_kubernetes() {
        let one = |key: &str, operator| Some(vec![Requirement { key: key.to_owned(), operator }]);
        let of = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        for (text, expected) in [
            ("app", one("app", Operator::Exists)),
            ("! app ", one("app", Operator::Absent)),
            ("app=shop", one("app", Operator::In(of(&["shop"])))),
            ("app == shop", one("app", Operator::In(of(&["shop"])))),
            ("app=", one("app", Operator::In(of(&[""])))),
            ("acme.example.com/tier!=web", one("acme.example.com/tier", Operator::NotIn(of(&["web"])))),
            ("tier in (web, api)", one("tier", Operator::In(of(&["web", "api"])))),
            ("tier notin (web)", one("tier", Operator::NotIn(of(&["web"])))),
            ("size > 3", one("size", Operator::Greater(3))),
            ("size<3", one("size", Operator::Less(3))),
            ("", Some(Vec::new())),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        assert_eq!(parse("app=shop,tier in (web),!canary").map(|all| all.len()), Some(3));
        for wrong in [
            "app=the shop",
            "app in shop",
            "=x",
            "app,",
            "app=a=b",
            "!app=x",
            "a b",
            "app in (",
            "app in (a b)",
            "-a=b",
            "app>x",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
