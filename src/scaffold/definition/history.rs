//! Changes of a scaffold since earlier versions that older repositories must follow: moved files, and renamed or removed
//! questions and answers.

use serde::Deserialize;

use super::Version;

/// The changes of one version that an upgrade cannot detect itself.
pub(crate) struct Changes {
    pub(crate) version: Version,
    /// Applied all at once.
    pub(crate) moves: Vec<Move>,
    /// Applied in order.
    pub(crate) migrations: Vec<Migration>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Move {
    /// Old path; a template as in a file rule.
    pub(crate) from: String,
    /// New path; a template as in a file rule.
    pub(crate) to: String,
    /// The list question over whose items the move is repeated.
    pub(crate) each: Option<String>,
    /// The variable that holds the item.
    #[serde(rename = "as")]
    pub(crate) item: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Migration {
    Rename {
        from: String,
        to: String,
    },
    Drop {
        question: String,
    },
    /// Replaces the text of an answer.
    MapValue {
        /// The question's name in that version.
        question: String,
        from: String,
        to: String,
    },
    /// Gives a new question a different default in older repositories.
    Set {
        /// The question's current name.
        question: String,
        /// Template of the answer, over current earlier answers and derived names.
        value: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangesSource {
    version: String,
    #[serde(default)]
    moves: Vec<Move>,
    #[serde(default)]
    migrations: Vec<MigrationSource>,
}

/// Each entry has exactly one of these keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MigrationSource {
    rename: Option<Pair>,
    drop: Option<String>,
    map_value: Option<Mapped>,
    set: Option<Setting>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    from: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mapped {
    question: String,
    from: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    question: String,
    value: String,
}

impl ChangesSource {
    pub(super) fn entries(&self) -> usize {
        self.moves.len() + self.migrations.len()
    }

    pub(super) fn read(self) -> Result<Changes, String> {
        let describe = |reason: String| format!("version `{}`: {reason}", self.version);
        let version = self.version.parse().map_err(describe)?;
        let migrations = self.migrations.into_iter().map(MigrationSource::read).collect::<Result<_, _>>();
        Ok(Changes { version, moves: self.moves, migrations: migrations.map_err(describe)? })
    }
}

impl MigrationSource {
    fn read(self) -> Result<Migration, String> {
        match self {
            Self { rename: Some(Pair { from, to }), drop: None, map_value: None, set: None } => {
                Ok(Migration::Rename { from, to })
            }
            Self { rename: None, drop: Some(question), map_value: None, set: None } => {
                Ok(Migration::Drop { question })
            }
            Self { rename: None, drop: None, map_value: Some(mapped), set: None } => {
                let Mapped { question, from, to } = mapped;
                Ok(Migration::MapValue { question, from, to })
            }
            Self { rename: None, drop: None, map_value: None, set: Some(Setting { question, value }) } => {
                Ok(Migration::Set { question, value })
            }
            _ => Err("each migration is one of `rename`, `drop`, `map-value` and `set`".to_owned()),
        }
    }
}
