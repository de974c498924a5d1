//! What a scaffold declares in `scaffold.yaml`: its questions, names derived from the answers, a rule for every file, and
//! the changes since earlier versions. Parsed here into types that are well-formed; `check` compares the parts.

mod check;
pub(crate) mod delivery;
pub(crate) mod history;
pub(crate) mod setup;
mod version;

use serde::Deserialize;

use crate::error::Problem;
use crate::excerpt;
use crate::scaffold::limits;
use crate::values::value::Value;
use crate::values::{AnswerType, Invalid, Limits};
use crate::yaml;

use delivery::DeliveryRule;
use history::{Changes, ChangesSource};
use setup::SetupRule;

pub(crate) use version::Version;

pub(crate) const FILE: &str = "scaffold.yaml";

/// Supported version of the [`FILE`] format.
const SCHEMA: u64 = 1;

/// What a scaffold declares.
pub struct Definition {
    /// The scaffold's name.
    pub name: String,
    /// The scaffold's version.
    pub version: Version,
    pub(crate) summary: String,
    /// In the order in which they are resolved.
    pub questions: Vec<Question>,
    /// In the order in which they are computed.
    pub(crate) derived: Vec<Derived>,
    pub(crate) files: Vec<FileRule>,
    /// How releases are made; `None` if the scaffold is about something else.
    pub(crate) delivery: Option<DeliveryRule>,
    pub(crate) setup: Option<SetupRule>,
    pub(crate) next: Vec<String>,
    /// Changes that repositories of older versions need, newest last.
    pub(crate) versions: Vec<Changes>,
}

/// A question; also a flag and a template variable.
pub struct Question {
    /// Its name, as in the flag: `source-repo`.
    pub name: String,
    /// The type of the answer.
    pub kind: AnswerType,
    /// Whether the answer is a list, so that files can be repeated over its items.
    pub(crate) is_list: bool,
    /// A few words for the prompt.
    pub prompt: String,
    /// The long help; may be empty.
    pub help: String,
    /// The scaffold's example; if there is none, the type's is used.
    pub(crate) own_example: Option<String>,
    /// The detector that may suggest an answer.
    pub detect: Option<String>,
    /// Template of the default, over earlier answers and derived names.
    pub default: Option<String>,
    /// Whether the answer may be empty.
    pub optional: bool,
    /// Whether it is always asked; others only under "customise everything".
    pub essential: bool,
    /// Condition over earlier answers; if it is false, the question is not asked and the answer is empty.
    pub when: Option<String>,
    /// Group of answers and derived names that must be distinct.
    pub(crate) distinct: Option<String>,
}

impl Question {
    /// The name of the template variable: `source_repo`.
    pub fn variable(&self) -> String {
        variable(&self.name)
    }

    /// A valid answer.
    pub fn example(&self) -> &str {
        self.own_example.as_deref().unwrap_or_else(|| self.kind.example())
    }

    /// Parses an answer; an optional question may have an empty one.
    ///
    /// # Errors
    /// Why the text is not a valid answer, with an example of one.
    pub(crate) fn parse(&self, text: &str) -> Result<Value, Invalid> {
        if text.trim().is_empty() {
            return if self.optional {
                Ok(Value::Text(String::new()))
            } else {
                let reason = "an answer is required".to_owned();
                Err(Invalid { reason, example: self.example().to_owned() })
            };
        }
        self.kind.parse(text).map_err(|mut invalid| {
            if invalid.example == self.kind.example() {
                self.example().clone_into(&mut invalid.example);
            }
            invalid
        })
    }
}

/// A name computed from answers; a template variable, or a field of every item of a list answer.
pub(crate) struct Derived {
    pub(crate) name: String,
    /// The list question whose items get the name as a field.
    pub(crate) each: Option<String>,
    /// Template of the value.
    pub(crate) value: String,
    pub(crate) kind: AnswerType,
    pub(crate) about: String,
    /// The question to change if the value is invalid.
    pub(crate) from: String,
    /// Group of answers and derived names that must be distinct.
    pub(crate) distinct: Option<String>,
}

impl Derived {
    pub(crate) fn variable(&self) -> String {
        variable(&self.name)
    }
}

/// How a file of the scaffold becomes files of the target.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileRule {
    /// Path in the target; a template.
    pub(crate) path: String,
    /// Path of the template below `files/`, if it differs from `path`.
    from: Option<String>,
    /// The list question over whose items the file is repeated.
    pub(crate) each: Option<String>,
    /// The variable that holds the item.
    #[serde(rename = "as")]
    pub(crate) item: Option<String>,
    /// Description of the file; a template.
    pub(crate) about: String,
    #[serde(default)]
    pub(crate) ownership: Ownership,
    #[serde(default)]
    pub(crate) executable: bool,
    /// Condition over the answers; if it is false, the file is not written.
    pub(crate) when: Option<String>,
}

impl FileRule {
    /// Returns the path of the template below `files/`.
    pub(crate) fn template(&self) -> &str {
        self.from.as_deref().unwrap_or(&self.path)
    }
}

/// Who owns a file after it was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ownership {
    /// The scaffold and the user; upgrades merge.
    #[default]
    Managed,
    /// The user or the pipeline; the scaffold writes the file once.
    Seeded,
    /// Promotions; the file is a copy of what the first environment has. Nothing is recorded about it.
    #[serde(skip)]
    Promoted,
}

impl Ownership {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::Seeded => "seeded",
            Self::Promoted => "promoted",
        }
    }
}

impl Definition {
    /// Reads `scaffold.yaml`; `templates` are the paths below `files/`.
    ///
    /// # Errors
    /// Every problem, with its line if known.
    pub(crate) fn parse(text: &str, templates: &[&str]) -> Result<Self, Vec<Problem>> {
        if text.len() > limits::DEFINITION_BYTES {
            return Err(vec![Problem::new(
                format!("{FILE} is larger than {} MiB", limits::DEFINITION_BYTES >> 20),
                "",
            )]);
        }
        let source: Source = yaml::decode(text).map_err(|error| vec![parse_problem(text, &error)])?;
        let mut report = check::ProblemList::new(text);
        source.refuse_long_lists(&mut report);
        if !report.is_empty() {
            return Err(report.into_problems());
        }
        let definition = source.read(&mut report);
        match definition {
            Some(definition) => {
                check::consistency(&definition, templates, &mut report);
                report.into_result(definition)
            }
            None => Err(report.into_problems()),
        }
    }

    /// The question with that name.
    pub fn question(&self, name: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.name == name)
    }
}

/// Variables cannot have hyphens.
fn variable(name: &str) -> String {
    name.replace('-', "_")
}

fn parse_problem(text: &str, error: &yaml::YamlError) -> Problem {
    #[derive(Deserialize)]
    struct Any {
        schema: u64,
    }
    match yaml::decode::<Any>(text) {
        Ok(Any { schema }) if schema != SCHEMA => other_schema(schema),
        _ => Problem::new(excerpt::cut(&format!("{FILE}: {error}")), ""),
    }
}

fn other_schema(schema: u64) -> Problem {
    Problem::new(
        format!("{FILE}: `schema` is {schema}, but this version of treenail understands {SCHEMA}"),
        "use the version of treenail the scaffold was made for",
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    schema: u64,
    name: String,
    version: String,
    summary: String,
    #[serde(default)]
    questions: Vec<QuestionSource>,
    #[serde(default)]
    derived: Vec<DerivedSource>,
    files: Vec<FileRule>,
    delivery: Option<DeliveryRule>,
    setup: Option<SetupRule>,
    #[serde(default)]
    next: Vec<String>,
    #[serde(default)]
    versions: Vec<ChangesSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionSource {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    limits: Limits,
    prompt: String,
    #[serde(default)]
    help: String,
    example: Option<String>,
    detect: Option<String>,
    default: Option<String>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    essential: bool,
    when: Option<String>,
    distinct: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DerivedSource {
    name: String,
    each: Option<String>,
    value: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    limits: Limits,
    about: String,
    from: String,
    distinct: Option<String>,
}

impl Source {
    /// Each entry is compared with many others, so their number decides how long loading takes.
    fn refuse_long_lists(&self, report: &mut check::ProblemList<'_>) {
        let lists = [
            ("questions", self.questions.len()),
            ("derived", self.derived.len()),
            ("files", self.files.len()),
            ("next", self.next.len()),
            ("versions", self.versions.len()),
        ];
        for (section, entries) in lists {
            report.refuse_long_list(section, entries);
        }
        let entries = self.versions.iter().map(ChangesSource::entries).sum();
        report.refuse_long_list("versions", entries);
        for (list, entries) in self.delivery.iter().flat_map(DeliveryRule::lists) {
            report.refuse_long_list(list, entries);
        }
        report.refuse_long_list("secrets", self.setup.as_ref().map_or(0, |setup| setup.secrets.len()));
    }

    /// Returns the definition, unless a part is invalid; `report` then has the problems.
    fn read(self, report: &mut check::ProblemList<'_>) -> Option<Definition> {
        if self.schema != SCHEMA {
            report.add(other_schema(self.schema));
            return None;
        }
        let version = report.value("version", self.version.parse());
        let questions = report.each("questions", self.questions, QuestionSource::read);
        let derived = report.each("derived", self.derived, DerivedSource::read);
        let versions = report.each("versions", self.versions, ChangesSource::read);
        Some(Definition {
            name: self.name,
            version: version?,
            summary: self.summary,
            questions: questions?,
            derived: derived?,
            files: self.files,
            delivery: self.delivery,
            setup: self.setup,
            next: self.next,
            versions: versions?,
        })
    }
}

impl QuestionSource {
    fn read(self) -> Result<Question, String> {
        let describe = |reason| format!("question `{}`: {reason}", self.name);
        let kind = AnswerType::new(&self.kind, self.limits).map_err(describe)?;
        Ok(Question {
            kind,
            is_list: check::LIST_TYPES.contains(&self.kind.as_str()),
            name: self.name,
            prompt: self.prompt,
            help: self.help,
            own_example: self.example,
            detect: self.detect,
            default: self.default,
            optional: self.optional,
            essential: self.essential,
            when: self.when,
            distinct: self.distinct,
        })
    }
}

impl DerivedSource {
    fn read(self) -> Result<Derived, String> {
        let describe = |reason| format!("derived `{}`: {reason}", self.name);
        let kind = AnswerType::new(&self.kind, self.limits).map_err(describe)?;
        Ok(Derived {
            name: self.name,
            each: self.each,
            value: self.value,
            kind,
            about: self.about,
            from: self.from,
            distinct: self.distinct,
        })
    }
}

#[cfg(test)]
mod tests;
