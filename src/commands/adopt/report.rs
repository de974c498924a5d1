//! What `adopt` prints.

use std::fmt::Write;
use std::path::Path;

use serde_json::json;

use crate::apply::Applied;
use crate::commands::answers;
use crate::project::adopt::{AdoptStatus, Adoption};
use crate::project::recovery;
use crate::project::recovery::Remains;
use crate::scaffold::Scaffold;
use crate::values::value::Answers;

pub(crate) struct AdoptReport<'a> {
    /// The folder, as the user named it.
    pub(crate) shown: &'a str,
    pub(crate) prefix: &'a str,
    pub(crate) scaffold: &'a Scaffold,
    pub(crate) remains: &'a Remains,
}

impl AdoptReport<'_> {
    pub(crate) fn text(&self, adoption: &Adoption) -> String {
        let definition = &self.scaffold.definition;
        let (all, yours) = (adoption.files.len(), adoption.count(AdoptStatus::Yours));
        let (pristine, all) = (adoption.count(AdoptStatus::Pristine), all - yours);
        let mut text = format!(
            "scaffold {} {}: {pristine} of {all} files unchanged\n",
            definition.name, definition.version
        );
        for (path, status) in adoption.files.iter().filter(|(_, status)| *status != AdoptStatus::Pristine) {
            let _ = writeln!(text, "{:8} {path}", status.as_str());
        }
        if adoption.count(AdoptStatus::Absent) > 0 {
            text.push_str("absent files count as deleted by you; an upgrade does not recreate them\n");
        }
        if let Some(commit) = &self.remains.commit {
            let _ = writeln!(
                text,
                "commit {commit:.10} still has the lost state; `treenail upgrade --base {commit:.10}{}` uses it",
                recovery::shown(Path::new(self.shown))
            );
        }
        text
    }

    /// Formats the documented JSON: see `docs/files.md`.
    pub(crate) fn json(&self, answers: &Answers, adoption: &Adoption, applied: Option<&Applied>) -> String {
        let definition = &self.scaffold.definition;
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
            "answers": answers::json(answers),
            "files": files,
            "written": written,
        });
        format!("{shape:#}\n")
    }
}
