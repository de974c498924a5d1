//! `treenail scaffold`: list, show, lint or export scaffolds.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::apply;
use crate::apply::Creation;
use crate::error::{Error, ErrorKind, Result};
use crate::scaffold::definition::Question;
use crate::scaffold::source;
use crate::scaffold::{Scaffold, catalog};
use crate::tree::{File, Tree};
use crate::ui::Ui;
use crate::ui::style::bold;

/// List, show, lint or export scaffolds
#[derive(Debug, Args)]
pub(crate) struct ScaffoldArgs {
    #[command(subcommand)]
    verb: ScaffoldVerb,
}

#[derive(Debug, Subcommand)]
enum ScaffoldVerb {
    /// List the built-in scaffolds
    List,
    /// Show a scaffold's questions and files
    Show {
        /// Name of a built-in scaffold, or a folder
        #[arg(default_value = catalog::DEFAULT)]
        scaffold: String,
    },
    /// Find mistakes in a scaffold
    Lint {
        /// Name of a built-in scaffold, or a folder
        #[arg(default_value = catalog::DEFAULT)]
        scaffold: String,
    },
    /// Copy a built-in scaffold into a folder, as a start for your own
    Export {
        /// Name of a built-in scaffold
        scaffold: String,
        /// The folder; it must not exist, or be empty
        dir: PathBuf,
    },
}

pub(crate) fn run(ui: &Ui, arguments: &ScaffoldArgs) -> Result<ExitCode> {
    match &arguments.verb {
        ScaffoldVerb::List => list(ui)?,
        ScaffoldVerb::Show { scaffold } => ui.show(&describe(&source::load(scaffold)?))?,
        ScaffoldVerb::Lint { scaffold } => lint(ui, scaffold)?,
        ScaffoldVerb::Export { scaffold, dir } => export(ui, scaffold, dir)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(ui: &Ui) -> Result<()> {
    let mut text = String::new();
    for name in catalog::names() {
        let definition = source::load(name)?.definition;
        let _ = writeln!(text, "{name}  {}  {}", definition.version, definition.summary);
    }
    ui.show(&text)
}

fn describe(scaffold: &Scaffold) -> String {
    let definition = &scaffold.definition;
    let mut text =
        format!("{} {}: {}\n\nQuestions\n", definition.name, definition.version, definition.summary);
    for question in &definition.questions {
        let _ = writeln!(text, "  {}", describe_question(question));
    }
    text.push_str("\nFiles\n");
    for rule in &definition.files {
        let condition = rule.when.as_ref().map(|when| format!(", when {when}")).unwrap_or_default();
        let _ = writeln!(text, "  {}  ({}{condition})", rule.path, rule.ownership.as_str());
    }
    text
}

fn describe_question(question: &Question) -> String {
    let default = match &question.default {
        Some(default) => format!(", default {default}"),
        None => String::new(),
    };
    format!("--{}  {} ({}{default})", question.name, question.prompt, question.kind.noun())
}

fn lint(ui: &Ui, wanted: &str) -> Result<()> {
    let scaffold = source::load(wanted)?;
    let problems = crate::lint::lint(&scaffold);
    if problems.is_empty() {
        ui.done(&format!("{} {}: no problems", scaffold.definition.name, scaffold.definition.version));
        return Ok(());
    }
    let count = problems.len();
    let found = if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") };
    Err(Error::failure(format!("scaffold `{}` has {found}", scaffold.definition.name)).problems(problems))
}

/// Copies a built-in scaffold into a new or empty folder, completely or not at all.
fn export(ui: &Ui, name: &str, dir: &Path) -> Result<()> {
    let files = catalog::files(name).ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("unknown built-in scaffold `{name}`"))
            .hint("`treenail scaffold list` lists them")
    })?;
    let files = files.iter().map(|(path, content)| (path.clone(), File::new(&**content, false))).collect();
    let creation = Creation {
        dir,
        files: &files,
        before: &Tree::new(),
        message: "",
        branch: "main",
        remote: None,
        commit: false,
        separate: false,
    };
    ui.write(|cancelled| apply::apply(apply::preflight_creation(&creation)?, cancelled))?;
    ui.done(&format!("copied `{name}` to {}", dir.display()));
    ui.message(&format!("  edit it, then: {}", bold(&format!("treenail scaffold lint {}", dir.display()))));
    Ok(())
}
