//! What a scaffold did otherwise in earlier versions, so that repositories made then can follow: files that have
//! another path now, and questions and answers that are called something else.

use serde::Deserialize;

use super::Version;

/// What a version changed that an upgrade from an older one cannot see for itself.
pub(crate) struct Changes {
    /// The version that changed it.
    pub(crate) version: Version,
    /// The files that it moved, all at once.
    pub(crate) moves: Vec<Move>,
    /// What it did to the answers, in order.
    pub(crate) migrations: Vec<Migration>,
}

/// A file that has another path now.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Move {
    /// Its path before; a template like a file rule's.
    pub(crate) from: String,
    /// Its path since; a template like a file rule's.
    pub(crate) to: String,
    /// The list question over whose items the move is repeated.
    pub(crate) each: Option<String>,
    /// The variable that holds the item.
    #[serde(rename = "as")]
    pub(crate) item: Option<String>,
}

/// What happens to a recorded answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Migration {
    /// A question is called otherwise.
    Rename {
        /// Its name before.
        from: String,
        /// Its name since.
        to: String,
    },
    /// A question is no longer asked.
    Drop {
        /// Its name.
        question: String,
    },
    /// An answer is written otherwise.
    MapValue {
        /// The question's name at that time.
        question: String,
        /// The answer's text before.
        from: String,
        /// The answer's text since.
        to: String,
    },
    /// A question that is new at that time has another default for repositories that are older.
    Set {
        /// The question's name today.
        question: String,
        /// Template of the answer, over today's earlier answers and derived names.
        value: String,
    },
}

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangesSource {
    version: String,
    #[serde(default)]
    moves: Vec<Move>,
    #[serde(default)]
    migrations: Vec<MigrationSource>,
}

/// The kinds of migration are keys, of which each entry has one.
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
