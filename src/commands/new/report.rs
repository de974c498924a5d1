//! What `new` prints: the tree and contents of a dry run, the result, and the next steps.

use std::fmt::Write;

use clap::ValueEnum;
use serde_json::{Value, json};

use super::NewArgs;
use super::repository::RepositoryChoice;
use crate::apply::Applied;
use crate::commands::answers::{self, Spelling};
use crate::error::Result;
use crate::project::target::TargetDirectory;
use crate::scaffold::Scaffold;
use crate::scaffold::render::RenderedFile;
use crate::shell;
use crate::ui::style::{bold, dim};
use crate::ui::{Ui, file_tree};
use crate::values::value::{Answers, Provenance};

pub(crate) struct NewReport<'a> {
    pub(crate) ui: &'a Ui,
    pub(crate) scaffold: &'a Scaffold,
    pub(crate) answers: &'a Answers,
    pub(crate) target: &'a TargetDirectory,
    /// Sorted by path.
    pub(crate) files: &'a [RenderedFile],
    /// What became of files that existed, and of answers that are recorded differently.
    pub(crate) notes: &'a [String],
    pub(crate) arguments: &'a NewArgs,
    pub(crate) choice: Option<RepositoryChoice>,
    pub(crate) spelling: Spelling<'a>,
}

impl NewReport<'_> {
    /// Prints what would be written.
    pub(crate) fn dry_run(&self) -> Result<()> {
        if self.arguments.json {
            return self.ui.print(&pretty(&self.json(None)));
        }
        let mut text = file_tree::draw(&self.target.shown, self.files.iter().map(|file| file.path.as_str()));
        for file in self.files {
            let _ = write!(text, "\n==> {} <==\n{}", file.path, String::from_utf8_lossy(&file.file.content));
        }
        self.ui.show(&text)
    }

    /// Reports what was written.
    pub(crate) fn written(&self, applied: &Applied) -> Result<()> {
        let count = self.files.len();
        let dir = &self.target.shown;
        self.ui.printed_by_git(&applied.printed);
        self.ui.done(&format!("wrote {count} files to {dir}, {}", applied.summary()));
        for note in self.notes {
            self.ui.message(&format!("  note: {note}"));
        }
        let wanted = self.answer("branch");
        if let (Some(wanted), Some(current)) = (wanted, &self.target.branch)
            && wanted != *current
        {
            self.ui.message(&format!(
                "  note: the repository is on `{current}`, but Argo CD will follow `{wanted}`"
            ));
        }
        if self.arguments.json { self.ui.print(&pretty(&self.json(Some(applied)))) } else { Ok(()) }
    }

    /// Prints how to repeat this, and the next steps; `steps` are the scaffold's, seen from the target.
    pub(crate) fn next_steps(&self, applied: &Applied, steps: &[String], is_pushed: bool) {
        let ui = self.ui;
        ui.message("");
        ui.message(&dim("To repeat this without questions:"));
        ui.message(&format!("  {}", self.command_line()));
        ui.message("");
        ui.message(&bold("Next"));
        let mut all = Vec::new();
        if self.target.shown != "." {
            all.push(format!("cd {}", shell::path(&self.target.shown)));
        }
        all.extend(self.git_steps(applied, is_pushed));
        all.extend_from_slice(steps);
        for (number, step) in (1..).zip(&all) {
            ui.messages(&format!("  {number}. {step}"));
        }
    }

    /// The remaining steps with Git, seen from the target.
    fn git_steps(&self, applied: &Applied, is_pushed: bool) -> Vec<String> {
        let mut steps = Vec::new();
        let has_repository = applied.repository_created || self.target.is_in_repository();
        if applied.commit.is_none() {
            let branch = self.answer("branch").unwrap_or_else(|| "main".to_owned());
            let init = if has_repository { String::new() } else { format!("git init -b {branch} && ") };
            steps.push(format!("{init}git add . && git commit"));
        }
        if !(applied.repository_created || self.target.remote.is_some()) {
            let url = self.answer("manifest-repo");
            steps.push(format!(
                "git remote add origin {}",
                shell::word(&url.unwrap_or_else(|| "URL".to_owned()))
            ));
        }
        if !is_pushed {
            steps.push("git push -u origin HEAD".to_owned());
        }
        steps
    }

    fn answer(&self, question: &str) -> Option<String> {
        self.answers.get(question).map(|answer| answer.value.to_text())
    }

    fn command_line(&self) -> String {
        let mut line = format!("treenail new {} --defaults", shell::path(&self.target.shown));
        if let Some(choice) = self.choice.and_then(|choice| choice.to_possible_value()) {
            let _ = write!(line, " --repository {}", choice.get_name());
        }
        if !self.arguments.interview.has_question_flags() {
            let _ = write!(line, " --scaffold {}", shell::path(&self.arguments.interview.scaffold));
        }
        for answer in self.answers.iter().filter(|answer| answer.from != Provenance::Default) {
            let _ = write!(line, " {}", self.spelling.answer(&answer.question, &answer.value.to_text()));
        }
        line
    }

    /// Formats the documented JSON: see `docs/files.md`.
    fn json(&self, applied: Option<&Applied>) -> Value {
        let definition = &self.scaffold.definition;
        let files: Vec<Value> = self.files.iter().map(|file| self.json_file(file)).collect();
        json!({
            "schema": "treenail.new/1",
            "directory": self.target.shown,
            "prefix": self.target.prefix,
            "scaffold": { "name": definition.name, "version": definition.version.to_string(), "digest": self.scaffold.digest() },
            "dryRun": applied.is_none(),
            "commit": applied.and_then(|applied| applied.commit.clone()),
            "branch": applied.and_then(|applied| applied.branch.clone()),
            "answers": answers::json(self.answers),
            "files": files,
        })
    }

    fn json_file(&self, file: &RenderedFile) -> Value {
        let mut shape = json!({
            "path": file.path,
            "mode": if file.file.is_executable() { "755" } else { "644" },
            "ownership": file.ownership.as_str(),
        });
        if self.arguments.dry_run {
            shape["content"] = Value::from(String::from_utf8_lossy(&file.file.content));
        }
        shape
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
