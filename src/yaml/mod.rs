//! YAML documents. The only user of the YAML readers, so that their traps are avoided once: of `serde_yaml` a
//! multi-document stream never ends after an error, and duplicate keys vanish when decoded straight into a map.
//! What needs positions, or must not trust the file, goes through [`reader`].

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

/// Why a text is no YAML, or not the YAML that was expected, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// What is wrong; the path of keys comes first where it is known.
    pub(crate) message: String,
    /// Line, from 1; 0 where it is not known.
    pub(crate) line: usize,
    /// Column, from 1; 0 where it is not known.
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

/// Whether a path is that of a YAML file.
pub(crate) fn is_yaml(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml")))
}

/// What kustomize looks for in a folder.
pub(crate) const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Whether a path is that of a kustomization.
pub(crate) fn is_kustomization(path: &str) -> bool {
    KUSTOMIZATIONS.contains(&path.rsplit_once('/').map_or(path, |(_, name)| name))
}

/// Reads every document of a YAML stream; empty documents come as null.
///
/// # Errors
/// The first thing that is no YAML, or a key that occurs twice in one mapping.
pub fn documents(text: &str) -> Result<Vec<serde_yaml::Value>, YamlError> {
    serde_yaml::Deserializer::from_str(text)
        .map(|document| serde_yaml::Value::deserialize(document).map_err(YamlError::from))
        .collect()
}

/// Reads a text of one document into a type whose unknown keys are errors.
///
/// # Errors
/// Text that is no YAML, is more than one document, or does not have the type's shape.
pub(crate) fn decode<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    serde_yaml::from_str(text).map_err(YamlError::from)
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
    fn says_where_a_key_is_unknown() {
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
