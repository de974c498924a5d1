//! What `new` tells: the tree and contents of a dry run, the result, and what to do next.

use std::fmt::Write;

use serde_json::{Value, json};

use super::context::Place;
use crate::answers::value::{Answers, Provenance};
use crate::cli::New;
use crate::error::Result;
use crate::landing::Landed;
use crate::scaffold::Scaffold;
use crate::scaffold::render::RenderedFile;
use crate::ui::{Ui, bold, dim, tree};

/// Everything that there is to tell about.
pub struct Report<'a> {
    /// Where it is told.
    pub ui: &'a Ui,
    /// The scaffold that was used.
    pub scaffold: &'a Scaffold,
    /// The answers that were agreed on.
    pub answers: &'a Answers,
    /// The target.
    pub place: &'a Place,
    /// Every file, sorted by path.
    pub files: &'a [RenderedFile],
    /// The command line.
    pub arguments: &'a New,
}

impl Report<'_> {
    /// Prints what would be written.
    ///
    /// # Errors
    /// When stdout cannot be written to.
    pub fn dry_run(&self) -> Result<()> {
        if self.arguments.json {
            return self.ui.data(&pretty(&self.json(None)));
        }
        let mut text = tree::draw(&self.place.shown, self.files.iter().map(|file| file.path.as_str()));
        for file in self.files {
            let _ = write!(text, "\n==> {} <==\n{}", file.path, String::from_utf8_lossy(&file.content));
        }
        self.ui.data(&text)
    }

    /// Says what was written.
    ///
    /// # Errors
    /// When stdout cannot be written to.
    pub fn written(&self, landed: &Landed) -> Result<()> {
        let count = self.files.len();
        let dir = &self.place.shown;
        self.ui.done(&match &landed.commit {
            Some(commit) => {
                let branch = landed.branch.as_deref().unwrap_or("a detached HEAD");
                format!("{dir}: wrote {count} files, commit {} on {branch}", &commit[..commit.len().min(10)])
            }
            None => format!("{dir}: wrote {count} files, committed nothing"),
        });
        if self.arguments.json { self.ui.data(&pretty(&self.json(Some(landed)))) } else { Ok(()) }
    }

    /// Says how to get the same again, and what to do now; `steps` are the scaffold's.
    pub fn next_steps(&self, landed: &Landed, steps: &[String]) {
        let ui = self.ui;
        ui.say("");
        ui.say(&dim("The same again, without questions:"));
        ui.say(&format!("  {}", self.command_line()));
        ui.say("");
        ui.say(&bold("Next"));
        let git = format!("git -C {}", shell_word(&self.place.shown));
        let mut all = Vec::new();
        if landed.commit.is_none() {
            all.push("commit the files".to_owned());
        }
        if !self.arguments.push {
            let upstream = if landed.repository_created { " -u origin HEAD" } else { "" };
            all.push(format!("push: {git} push{upstream}"));
        }
        all.extend_from_slice(steps);
        for (number, step) in (1..).zip(&all) {
            ui.say(&format!("  {number}. {step}"));
        }
    }

    /// The command that gives the same files without asking.
    fn command_line(&self) -> String {
        let mut words = vec![
            "treenail".to_owned(),
            "new".to_owned(),
            shell_word(&self.place.shown),
            "--defaults".to_owned(),
        ];
        if self.arguments.scaffold != super::super::DEFAULT_SCAFFOLD {
            words.extend(["--scaffold".to_owned(), shell_word(&self.arguments.scaffold)]);
        }
        for answer in self.answers.iter().filter(|answer| answer.from != Provenance::Default) {
            let text = answer.value.to_text();
            if self.arguments.scaffold == super::super::DEFAULT_SCAFFOLD {
                words.extend([format!("--{}", answer.question), shell_word(&text)]);
            } else {
                words.extend(["--set".to_owned(), shell_word(&format!("{}={text}", answer.question))]);
            }
        }
        words.join(" ")
    }

    /// The documented shape: see `docs/json.md`.
    fn json(&self, landed: Option<&Landed>) -> Value {
        let definition = &self.scaffold.definition;
        let files: Vec<Value> = self.files.iter().map(|file| self.json_file(file)).collect();
        let answers: serde_json::Map<String, Value> = self
            .answers
            .iter()
            .map(|answer| {
                (answer.question.clone(), json!({ "value": answer.value.to_text(), "from": answer.from }))
            })
            .collect();
        json!({
            "schema": "treenail.new/1",
            "directory": self.place.shown,
            "prefix": self.place.prefix,
            "scaffold": { "name": definition.name, "version": definition.version.to_string(), "digest": self.scaffold.digest() },
            "dryRun": landed.is_none(),
            "commit": landed.and_then(|landed| landed.commit.clone()),
            "branch": landed.and_then(|landed| landed.branch.clone()),
            "answers": answers,
            "files": files,
        })
    }

    fn json_file(&self, file: &RenderedFile) -> Value {
        let mut shape = json!({
            "path": file.path,
            "mode": if file.executable { "755" } else { "644" },
            "ownership": file.ownership.as_str(),
        });
        if self.arguments.dry_run {
            shape["content"] = Value::from(String::from_utf8_lossy(&file.content));
        }
        shape
    }
}

/// `text` as one word of a POSIX shell.
pub fn shell_word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_word("a/b:c=1"), "a/b:c=1");
        assert_eq!(shell_word(""), "''");
        assert_eq!(shell_word("it's $HOME"), "'it'\\''s $HOME'");
    }
}
