//! Reads `.treenail/answers.yaml`. People may edit that file, and Git may leave it half merged, so nothing in it is
//! trusted, and every problem is reported.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_yaml::{Mapping, Value as Yaml};

use super::answers_file;
use super::answers_file::{Decisions, MOST_PROBLEMS, PATH, SCHEMA};
use crate::answers::migrate::{Migrated, migrate};
use crate::answers::resolve::Given;
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::excerpt;
use crate::scaffold::definition::Version;
use crate::scaffold::render::paths;
use crate::scaffold::{Scaffold, catalog, source};
use crate::shell;
use crate::suggest;
use crate::values::shown;
use crate::values::value::Provenance;
use crate::yaml;

/// The setting of Git with the folder of a scaffold that is not built in.
fn setting(name: &str) -> String {
    format!("treenail.{name}.scaffold")
}

/// How a project was generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub(crate) treenail: Version,
    /// The scaffold that the files are of.
    pub scaffold: ScaffoldId,
    /// The target's folder inside its repository, without a `/` at its end; empty at the root.
    pub directory: String,
    /// Question -> answer. One that was edited by hand counts as read from a file, so as chosen.
    pub answers: BTreeMap<String, Given>,
    /// The questions whose recorded default is no longer the answer: somebody has edited it since.
    pub(crate) edited: BTreeSet<String>,
    pub(crate) decisions: Decisions,
}

/// Which scaffold, exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScaffoldId {
    pub(crate) name: String,
    /// Its version.
    pub version: Version,
    /// Digest of the content: `sha256:` and 64 hexadecimal digits.
    pub(crate) digest: String,
}

impl Recorded {
    /// The questions whose answers differ from `earlier`, or are in one of the two only.
    pub(crate) fn answered_otherwise(&self, earlier: &Self) -> BTreeSet<String> {
        let text = |recorded: &Self, name| recorded.answers.get(name).map(|given| given.text.clone());
        let names = self.answers.keys().chain(earlier.answers.keys());
        names.filter(|name| text(self, *name) != text(earlier, *name)).cloned().collect()
    }

    /// The scaffold to upgrade to: `wanted`, else the built-in one of the recorded name, else the one in the `known` folder.
    pub(crate) fn scaffold(&self, wanted: Option<&str>, known: Option<&Path>) -> Result<Scaffold> {
        let name = &self.scaffold.name;
        let scaffold = match (wanted, catalog::embedded(name), known) {
            (Some(wanted), ..) => source::load(wanted)?,
            (None, Some(embedded), _) => embedded?,
            // Never a folder that happens to have that name, nor one that a commit names.
            (None, None, Some(folder)) => source::load_folder(folder).map_err(|error| {
                error.hint(format!("its folder is set by `git config {}`", shell::word(&setting(name))))
            })?,
            (None, None, None) => {
                return Err(Error::precondition(format!(
                    "these files are of the scaffold `{name}`, which is not built in"
                ))
                .hint("name its folder with --scaffold")
                .hint(format!("or once for this clone: `git config {} DIR`", shell::word(&setting(name)))));
            }
        };
        if scaffold.definition.name == *name {
            return Ok(scaffold);
        }
        let other = &scaffold.definition.name;
        Err(Error::precondition(format!("these files are of the scaffold `{name}`, not of `{other}`")))
    }

    /// The recorded answers, migrated to `scaffold`.
    ///
    /// # Errors
    /// A downgrade that is not allowed; a template of the scaffold that cannot be evaluated.
    pub(crate) fn migrated(&self, scaffold: &Scaffold, allow_downgrade: bool) -> Result<Migrated> {
        let (old, new) = (&self.scaffold.version, &scaffold.definition.version);
        if new < old && !allow_downgrade {
            return Err(Error::precondition(format!(
                "the files are of scaffold version {old}, newer than {new}"
            ))
            .hint("install a newer treenail, or pass --allow-downgrade"));
        }
        migrate(&self.answers, old, scaffold)
    }

    /// Reads the text of `.treenail/answers.yaml`. Keys that are not known are passed over, so that a later
    /// version may add some.
    ///
    /// # Errors
    /// [`ErrorKind::State`], with everything that is wrong; how to fix it depends on Git's history. For a file of a newer
    /// treenail, a hint says which version is needed.
    pub fn read(text: &str) -> Result<Self> {
        refuse_merge_markers(text)?;
        let documents = yaml::documents(text)
            .map_err(|error| damaged().problem(format!("it is not YAML: {error}"), ""))?;
        let [Yaml::Mapping(mapping)] = documents.as_slice() else {
            return Err(damaged().problem("it is not one mapping of keys to values", ""));
        };
        refuse_other_schema(mapping)?;
        let mut reader = Reader { problems: Vec::new() };
        let recorded = reader.recorded(mapping);
        match recorded {
            Some(recorded) if reader.problems.is_empty() => Ok(recorded),
            _ => Err(damaged().problems(reader.problems)),
        }
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::State, format!("`{PATH}` is damaged"))
}

fn refuse_merge_markers(text: &str) -> Result<()> {
    match super::merge_marker(text.as_bytes()) {
        Some(line) => Err(damaged().problem(format!("line {line}: it holds merge markers"), "")),
        None => Ok(()),
    }
}

/// A newer format is not damage.
fn refuse_other_schema(mapping: &Mapping) -> Result<()> {
    let schema = match mapping.get("schema") {
        None => return Err(damaged().problem("it has no `schema`", "")),
        Some(schema) if schema.as_u64() == Some(SCHEMA) => return Ok(()),
        Some(schema) => schema,
    };
    match (schema.as_u64(), mapping.get("treenail").and_then(answers_file::flag_text)) {
        (Some(newer), Some(writer)) if newer > SCHEMA => {
            let message = format!(
                "`{PATH}` was written by a newer treenail, {writer}; this is {}",
                env!("CARGO_PKG_VERSION")
            );
            Err(Error::new(ErrorKind::State, message).hint(format!("use treenail {writer} or later")))
        }
        _ => Err(damaged().problem(format!("`schema` is not {SCHEMA}"), "")),
    }
}

struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn recorded(&mut self, mapping: &Mapping) -> Option<Recorded> {
        // All are read before any is missed, so that every problem is found.
        let treenail = self.version(mapping, "treenail", "treenail");
        let scaffold = self.section(mapping, "scaffold").and_then(|section| self.scaffold(section));
        let directory = self.text(mapping, "directory", "directory");
        if let Some(directory) = directory.as_deref().filter(|directory| !directory.is_empty()) {
            self.check_path("directory", directory);
        }
        let origins = self.section(mapping, "from").map(|section| self.origins(section));
        let origins = origins.unwrap_or_default();
        let answers = self.section(mapping, "answers").map(|section| self.answers(section, &origins));
        let edited = answers.as_ref().map(|answers| edited(answers, &origins)).unwrap_or_default();
        let decisions = Decisions {
            removed: self.paths(mapping, "removed").into_iter().collect(),
            moved: self.moved(mapping),
            ignore: self.list(mapping, "ignore"),
        };
        Some(Recorded {
            treenail: treenail?,
            scaffold: scaffold?,
            directory: directory?,
            answers: answers?,
            edited,
            decisions,
        })
    }

    fn scaffold(&mut self, section: &Mapping) -> Option<ScaffoldId> {
        let name = self.text(section, "name", "scaffold.name");
        let version = self.version(section, "version", "scaffold.version");
        let digest = self.text(section, "digest", "scaffold.digest");
        if digest.as_deref().is_some_and(|digest| !is_digest(digest)) {
            self.problem("`scaffold.digest` is not `sha256:` and 64 hexadecimal digits");
        }
        Some(ScaffoldId { name: name?, version: version?, digest: digest? })
    }

    /// An answer keeps its origin only while it equals what was recorded; else somebody has edited it.
    fn answers(&mut self, section: &Mapping, origins: &BTreeMap<String, Origin>) -> BTreeMap<String, Given> {
        let texts = answers_file::texts(section).unwrap_or_else(|wrong| {
            for reason in wrong {
                self.problem(format!("`answers`: {reason}"));
            }
            BTreeMap::new()
        });
        let answer = |(name, text): (String, String)| {
            let from = match origins.get(&name) {
                Some(Origin { from, text: recorded }) if recorded.as_ref().is_none_or(|it| *it == text) => {
                    *from
                }
                _ => Provenance::File,
            };
            (name, Given { text, from })
        };
        texts.into_iter().map(answer).collect()
    }

    fn origins(&mut self, section: &Mapping) -> BTreeMap<String, Origin> {
        let mut origins = BTreeMap::new();
        for (name, value) in section {
            match (name.as_str(), Origin::read(value)) {
                (Some(name), Ok(origin)) => {
                    origins.insert(name.to_owned(), origin);
                }
                (Some(name), Err(reason)) => self.problem(format!("`from`: `{name}` {reason}")),
                (None, _) => self.problem("`from`: a question's name is not a string"),
            }
        }
        origins
    }

    fn moved(&mut self, mapping: &Mapping) -> BTreeMap<String, String> {
        if mapping.get("moved").is_none() {
            return BTreeMap::new();
        }
        let mut moved = BTreeMap::new();
        for (old, new) in self.section(mapping, "moved").into_iter().flatten() {
            match (old.as_str(), new.as_str()) {
                (Some(old), Some(new)) => {
                    self.check_path("moved", old);
                    self.check_path("moved", new);
                    moved.insert(old.to_owned(), new.to_owned());
                }
                _ => self.problem("`moved` is not a mapping of paths to paths"),
            }
        }
        moved
    }

    fn paths(&mut self, mapping: &Mapping, key: &str) -> Vec<String> {
        let paths = self.list(mapping, key);
        for path in &paths {
            self.check_path(key, path);
        }
        paths
    }

    fn list(&mut self, mapping: &Mapping, key: &str) -> Vec<String> {
        let texts = match mapping.get(key) {
            None | Some(Yaml::Null) => return Vec::new(),
            Some(Yaml::Sequence(values)) => {
                values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
            }
            Some(_) => None,
        };
        texts.unwrap_or_else(|| {
            self.problem(format!("`{key}` is not a list of strings"));
            Vec::new()
        })
    }

    fn check_path(&mut self, key: &str, path: &str) {
        if let Some(refusal) = paths::refusal(path) {
            self.problem(format!("`{key}`: {} {refusal}", shown(path)));
        }
    }

    fn version(&mut self, mapping: &Mapping, key: &str, shown: &str) -> Option<Version> {
        let text = self.text(mapping, key, shown)?;
        text.parse().map_err(|reason| self.problem(format!("`{shown}`: {reason}"))).ok()
    }

    fn text(&mut self, mapping: &Mapping, key: &str, shown: &str) -> Option<String> {
        let text = self.value(mapping, key, shown)?;
        self.expect(text.as_str().map(str::to_owned), shown, "a text")
    }

    fn section<'m>(&mut self, mapping: &'m Mapping, key: &str) -> Option<&'m Mapping> {
        let section = self.value(mapping, key, key)?;
        self.expect(section.as_mapping(), key, "a mapping")
    }

    fn value<'m>(&mut self, mapping: &'m Mapping, key: &str, shown: &str) -> Option<&'m Yaml> {
        let value = mapping.get(key);
        if value.is_none() {
            self.problem(format!("it has no `{shown}`"));
        }
        value
    }

    fn expect<T>(&mut self, value: Option<T>, shown: &str, what: &str) -> Option<T> {
        if value.is_none() {
            self.problem(format!("`{shown}` is not {what}"));
        }
        value
    }

    fn problem(&mut self, message: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Problem::new(excerpt::cut(&message.into()), ""));
        }
    }
}

fn is_digest(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|hash| {
        hash.len() == 64 && hash.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit))
    })
}

/// The questions whose answers differ from those recorded, as far as these are known.
fn edited(answers: &BTreeMap<String, Given>, origins: &BTreeMap<String, Origin>) -> BTreeSet<String> {
    let is_same = |(name, given): &(&String, &Given)| {
        origins.get(*name).is_some_and(|origin| origin.text.as_ref().is_none_or(|text| *text == given.text))
    };
    let changed = answers.iter().filter(|answer| !is_same(answer)).map(|(name, _)| name);
    let taken_out = origins.keys().filter(|name| !answers.contains_key(*name));
    changed.chain(taken_out).cloned().collect()
}

/// Origin of an answer, with its text at the time if nobody chose it.
struct Origin {
    from: Provenance,
    text: Option<String>,
}

impl Origin {
    /// Reads `flag` or `{default: TEXT}`.
    fn read(value: &Yaml) -> Result<Self, String> {
        let shape = "is neither a word such as `flag` nor `{default: VALUE}`";
        match value {
            Yaml::String(word) => Ok(Self { from: provenance(word)?, text: None }),
            Yaml::Mapping(mapping) if mapping.len() == 1 => {
                let (word, text) = mapping.iter().next().ok_or(shape)?;
                let from = provenance(word.as_str().ok_or(shape)?)?;
                let text = answers_file::flag_text(text).ok_or(shape)?;
                Ok(Self { from, text: Some(text) })
            }
            _ => Err(shape.to_owned()),
        }
    }
}

fn provenance(word: &str) -> Result<Provenance, String> {
    Provenance::ALL.into_iter().find(|from| from.as_str() == word).ok_or_else(|| {
        let words = Provenance::ALL.map(Provenance::as_str);
        format!("is `{word}`, not one of `{}`{}", words.join("`, `"), suggest::hint(word, words))
    })
}

#[cfg(test)]
mod tests;
