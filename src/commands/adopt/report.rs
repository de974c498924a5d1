//! What there is to tell about an adoption.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::apply::Applied;
use crate::project::adopt::{AdoptStatus, Adoption};
use crate::project::recovery;
use crate::project::recovery::Remains;
use crate::scaffold::Scaffold;
use crate::values::value::Answers;

/// What it is about.
pub(crate) struct AdoptReport<'a> {
    /// The folder, as the user named it.
    pub(crate) shown: &'a str,
    /// The folder in its repository.
    pub(crate) prefix: &'a str,
    /// The scaffold.
    pub(crate) scaffold: &'a Scaffold,
    /// What is left of the state.
    pub(crate) remains: &'a Remains,
}

impl AdoptReport<'_> {
    /// For people.
    pub(crate) fn text(&self, adoption: &Adoption) -> String {
        let definition = &self.scaffold.definition;
        let (all, yours) = (adoption.files.len(), adoption.count(AdoptStatus::Yours));
        let (pristine, all) = (adoption.count(AdoptStatus::Pristine), all - yours);
        let mut text = format!(
            "scaffold {} {}: {pristine} of {all} files are as it writes them\n",
            definition.name, definition.version
        );
        for (path, status) in adoption.files.iter().filter(|(_, status)| *status != AdoptStatus::Pristine) {
            let _ = writeln!(text, "{:8} {path}", status.as_str());
        }
        if adoption.count(AdoptStatus::Absent) > 0 {
            text.push_str("what is absent counts as deleted by you, and an upgrade does not bring it back\n");
        }
        if let Some(commit) = &self.remains.commit {
            let _ = writeln!(
                text,
                "commit {commit:.10} still has what is lost; `treenail upgrade --base {commit:.10}{}` knows more than this",
                recovery::shown(Path::new(self.shown))
            );
        }
        text
    }

    /// The documented shape: see `docs/files.md`.
    pub(crate) fn json(&self, answers: &Answers, adoption: &Adoption, applied: Option<&Applied>) -> String {
        let definition = &self.scaffold.definition;
        let given = |answer: &crate::values::value::Answer| {
            (answer.question.clone(), json!({ "value": answer.value.to_text(), "from": answer.from }))
        };
        let answers: serde_json::Map<String, Value> = answers.iter().map(given).collect();
        let files = adoption.files.iter();
        let files: Vec<_> =
            files.map(|(path, status)| json!({ "path": path, "state": status.as_str() })).collect();
        let written: Vec<_> = adoption.written().into_iter().map(|(path, _)| path).collect();
        let shape = json!({
            "schema": "treenail.adopt/1",
            "directory": self.shown,
            "prefix": self.prefix,
            "scaffold": {
                "name": definition.name,
                "version": definition.version.to_string(),
                "digest": self.scaffold.digest(),
            },
            "dryRun": applied.is_none(),
            "commit": applied.and_then(|applied| applied.commit.clone()),
            "branch": applied.and_then(|applied| applied.branch.clone()),
            "answers": answers,
            "files": files,
            "written": written,
        });
        format!("{shape:#}\n")
    }
}
