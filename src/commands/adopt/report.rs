//! What there is to tell about an adoption.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::apply::Landed;
use crate::project::adopt::{Comparison, Fate};
use crate::project::recovery;
use crate::project::recovery::Remains;
use crate::scaffold::Scaffold;
use crate::values::value::Answers;

/// What it is about.
pub(crate) struct Report<'a> {
    /// The folder, as the user named it.
    pub(crate) shown: &'a str,
    /// The folder in its repository.
    pub(crate) prefix: &'a str,
    /// The scaffold.
    pub(crate) scaffold: &'a Scaffold,
    /// What is left of the state.
    pub(crate) remains: &'a Remains,
}

impl Report<'_> {
    /// For people.
    pub(crate) fn text(&self, comparison: &Comparison) -> String {
        let definition = &self.scaffold.definition;
        let (all, yours) = (comparison.files.len(), comparison.count(Fate::Yours));
        let (pristine, all) = (comparison.count(Fate::Pristine), all - yours);
        let mut text = format!(
            "scaffold {} {}: {pristine} of {all} files are as it writes them\n",
            definition.name, definition.version
        );
        for (path, fate) in comparison.files.iter().filter(|(_, fate)| *fate != Fate::Pristine) {
            let _ = writeln!(text, "{:8} {path}", fate.as_str());
        }
        if comparison.count(Fate::Absent) > 0 {
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
    pub(crate) fn json(&self, answers: &Answers, comparison: &Comparison, landed: Option<&Landed>) -> String {
        let definition = &self.scaffold.definition;
        let given = |answer: &crate::values::value::Answer| {
            (answer.question.clone(), json!({ "value": answer.value.to_text(), "from": answer.from }))
        };
        let answers: serde_json::Map<String, Value> = answers.iter().map(given).collect();
        let files = comparison.files.iter();
        let files: Vec<_> =
            files.map(|(path, fate)| json!({ "path": path, "state": fate.as_str() })).collect();
        let written: Vec<_> = comparison.written().into_iter().map(|(path, _)| path).collect();
        let shape = json!({
            "schema": "treenail.adopt/1",
            "directory": self.shown,
            "prefix": self.prefix,
            "scaffold": {
                "name": definition.name,
                "version": definition.version.to_string(),
                "digest": self.scaffold.digest(),
            },
            "dryRun": landed.is_none(),
            "commit": landed.and_then(|landed| landed.commit.clone()),
            "branch": landed.and_then(|landed| landed.branch.clone()),
            "answers": answers,
            "files": files,
            "written": written,
        });
        format!("{shape:#}\n")
    }
}
