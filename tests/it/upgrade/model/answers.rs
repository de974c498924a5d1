//! The answers that the team has chosen, and how they ought to come through versions and merges.

use std::collections::BTreeMap;

use treenail::yaml;

use super::scaffold::VERSIONS;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    /// Not a default that nobody objected to.
    pub chosen: bool,
}

/// By [`Question::id`].
pub type Choices = BTreeMap<&'static str, Choice>;

pub struct Question {
    pub id: &'static str,
    pub kind: &'static str,
    /// The version that it is new in.
    pub since: usize,
}

pub static QUESTIONS: [Question; 5] = [
    Question { id: "environments", kind: "environments", since: 1 },
    Question { id: "owner", kind: "text", since: 1 },
    Question { id: "port", kind: "integer", since: 1 },
    Question { id: "region", kind: "text", since: 2 },
    Question { id: "tier", kind: "text", since: 1 },
];

impl Question {
    pub fn by_id(id: &str) -> &'static Self {
        QUESTIONS.iter().find(|question| question.id == id).unwrap()
    }

    pub fn name(&self, version: usize) -> &'static str {
        if self.id == "owner" && version >= 3 { "team" } else { self.id }
    }

    pub fn default(&self, version: usize) -> &'static str {
        match self.id {
            "environments" => "staging,production",
            "owner" => "nobody",
            "port" if version >= 4 => "9090",
            "port" => "8080",
            "region" => "eu",
            _ => "silver",
        }
    }

    pub fn values(&self, version: usize) -> &'static [&'static str] {
        match self.id {
            "environments" => {
                &["staging,production", "staging", "staging,qa,production", "dev,staging,qa,production"]
            }
            "owner" => &["nobody", "payments", "checkout", "platform"],
            "port" => &["8080", "9090", "7070", "3000"],
            "region" => &["eu", "us", "asia"],
            _ if version >= VERSIONS => &["premium", "silver", "bronze"],
            _ => &["gold", "silver", "bronze"],
        }
    }
}

/// The defaults of `version`.
pub fn defaults(version: usize) -> Choices {
    let questions = QUESTIONS.iter().filter(|question| version >= question.since);
    questions.map(|question| (question.id, default(question, version))).collect()
}

fn default(question: &Question, version: usize) -> Choice {
    Choice { value: question.default(version).to_owned(), chosen: false }
}

/// Brings `choices` to `version`.
pub fn migrate(choices: &mut Choices, version: usize, adopt_defaults: bool) {
    translate(choices, version);
    choices.retain(|id, _| QUESTIONS.iter().any(|question| question.id == *id && version >= question.since));
    for question in QUESTIONS.iter().filter(|question| version >= question.since) {
        let choice = choices.entry(question.id).or_insert_with(|| default(question, version));
        if adopt_defaults && !choice.chosen {
            *choice = default(question, version);
        }
    }
}

/// Says `choices` in the words of `version`, where they are older.
pub fn translate(choices: &mut Choices, version: usize) {
    if let Some(tier) = choices.get_mut("tier").filter(|tier| version >= VERSIONS && tier.value == "gold") {
        "premium".clone_into(&mut tier.value);
    }
}

/// The answers that are recorded in `text`, by their questions' ids.
pub fn recorded(text: &str) -> (usize, BTreeMap<&'static str, String>) {
    let documents = yaml::documents(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let version = documents[0]["scaffold"]["version"].as_str().unwrap();
    let version = version.split('.').next().unwrap().parse().unwrap();
    let answers = &documents[0]["answers"];
    let value = |name: &str| {
        let value = answers.get(name)?;
        let items = value.as_sequence().map(|items| items.iter().map(plain).collect::<Vec<_>>().join(","));
        Some(items.unwrap_or_else(|| plain(value)))
    };
    let known = QUESTIONS.iter().filter_map(|question| Some((question.id, value(question.name(version))?)));
    (version, known.collect())
}

fn plain(value: &serde_yaml::Value) -> String {
    value.as_str().map_or_else(|| value.as_i64().unwrap().to_string(), str::to_owned)
}

/// `text` with another answer, as an editor changes it.
pub fn edited(text: &str, name: &str, value: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let start = lines.iter().position(|line| line == "answers:").unwrap();
    let key = format!("  {name}:");
    let at = start + 1 + lines[start + 1..].iter().position(|line| line.starts_with(&key)).unwrap();
    while lines[at + 1].starts_with("  - ") {
        lines.remove(at + 1);
    }
    let is_list = value.contains(',') || name == "environments";
    lines[at] = if is_list {
        format!("{key}\n  - {}", value.replace(',', "\n  - "))
    } else {
        format!("{key} {value}")
    };
    lines.join("\n") + "\n"
}
