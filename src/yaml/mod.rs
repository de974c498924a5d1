//! YAML documents. Only this module uses YAML libraries, so that their traps are avoided once: a multi-document stream of
//! `serde_yaml` never ends after an error, and duplicate keys vanish when they are decoded into a map. Code that needs
//! positions, or reads files that it cannot trust, uses `reader`.

pub(crate) mod comments;
pub(crate) mod compare;
pub(crate) mod node;
pub(crate) mod reader;
mod resource_id;
pub mod scalar;

pub(crate) use resource_id::{ResourceId, duplicates, identity};

use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Why a text is not valid YAML, or not of the expected shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// Begins with the path of keys, if known.
    pub(crate) message: String,
    /// From 1; 0 if unknown.
    pub(crate) line: usize,
    /// From 1; 0 if unknown.
    pub(crate) column: usize,
}

impl fmt::Display for YamlError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(formatter, "line {}, column {}: ", self.line, self.column)?;
        }
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for YamlError {}

impl From<serde_yaml::Error> for YamlError {
    fn from(error: serde_yaml::Error) -> Self {
        let text = error.to_string();
        let (line, column) = error.location().map_or((0, 0), |at| (at.line(), at.column()));
        let message = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text);
        Self { message: message.to_owned(), line, column }
    }
}

pub(crate) fn is_yaml(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml")))
}

/// File names of a kustomization, in the order in which kustomize looks for them.
pub(crate) const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

pub(crate) fn is_kustomization(path: &str) -> bool {
    KUSTOMIZATIONS.contains(&path.rsplit_once('/').map_or(path, |(_, name)| name))
}

/// Reads every document of a YAML stream; an empty document is null.
///
/// # Errors
/// The first syntax error or duplicate key.
pub fn documents(text: &str) -> Result<Vec<serde_yaml::Value>, YamlError> {
    refuse_bombs(text)?;
    serde_yaml::Deserializer::from_str(text)
        .map(|document| serde_yaml::Value::deserialize(document).map_err(YamlError::from))
        .collect()
}

/// Reads a text with one document.
///
/// # Errors
/// Invalid YAML, a second document, or a document that does not fit the type.
pub(crate) fn decode<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    refuse_bombs(text)?;
    serde_yaml::from_str(text).map_err(YamlError::from)
}

const MOST_DIRECTIVES: usize = 100;

/// The time that `serde_yaml` takes is quadratic in the nesting, and it follows aliases many times, so it gets a text only if
/// the reader, which bounds both, can read it too.
fn refuse_bombs(text: &str) -> Result<(), YamlError> {
    // Each is compared with all before it.
    if text.lines().filter(|line| line.starts_with('%')).nth(MOST_DIRECTIVES).is_some() {
        return Err(YamlError {
            message: format!("more than {MOST_DIRECTIVES} directives"),
            line: 0,
            column: 0,
        });
    }
    match reader::read(text).errors.into_iter().next() {
        None => Ok(()),
        Some(error) => Err(YamlError {
            message: error.message,
            line: error.position.line,
            column: error.position.column,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_all_documents() {
        let documents = documents("a: 1\n---\n- b\n").unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[0]["a"], serde_yaml::Value::from(1));
    }

    #[test]
    fn stops_at_the_first_error() {
        let error = documents("a: 1\n---\nb: [\n---\nc: 2\n").unwrap_err();
        assert!(error.line >= 3, "{error}");
    }

    #[test]
    fn refuses_duplicate_keys() {
        let error = documents("a:\n  b: 1\n  b: 2\n").unwrap_err();
        assert_eq!(error.to_string(), "line 2, column 3: a: duplicate entry with key \"b\"");
    }

    #[test]
    fn refuses_what_takes_quadratic_time() {
        let nested = |depth: usize| format!("a: {}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(documents(&nested(100)).is_ok());
        let deep = documents(&nested(100_000)).unwrap_err();
        assert_eq!(deep.to_string(), "line 1, column 204: nested deeper than 200 levels");
        assert!(
            decode::<serde_yaml::Value>(&"- ".repeat(100_000))
                .unwrap_err()
                .message
                .starts_with("nested deeper")
        );
        let directives = |count: usize| {
            (0..count)
                .map(|n| format!("%TAG !a{n}! tag:x{n}\n"))
                .chain(["--- a".to_owned()])
                .collect::<String>()
        };
        assert!(documents(&directives(100)).is_ok());
        assert_eq!(documents(&directives(100_000)).unwrap_err().message, "more than 100 directives");
        let laughs = (1..60).map(|n| format!("a{n}: &a{n} [*a{},*a{}]\n", n - 1, n - 1));
        let laughs: String = ["a0: &a0 [x,x]\n".to_owned()].into_iter().chain(laughs).collect();
        assert!(documents(&laughs).unwrap_err().message.starts_with("more than 1000000 values"));
    }

    #[test]
    fn locates_unknown_keys() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Shape {
            #[serde(rename = "a")]
            _a: u8,
        }
        let error = decode::<Shape>("a: 1\nb: 2\n").unwrap_err();
        assert_eq!((error.line, error.column), (2, 1));
        assert!(error.message.contains("unknown field `b`"), "{error}");
    }
}
