//! `treenail adopt`: recreate a lost `.treenail/`. The files stay as they are; from then on their differences from the
//! scaffold count as the user's edits.

mod report;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::answers::InterviewArgs;
use super::answers::flags::QuestionFlags;
use crate::answers::infer::Reader;
use crate::answers::resolve::{Given, Resolver};
use crate::apply;
use crate::apply::{Destination, Update};
use crate::error::{Error, Result};
use crate::project::commit_message::MessageFields;
use crate::project::recovery;
use crate::project::recovery::Remains;
use crate::project::target::TargetDirectory;
use crate::scaffold::Scaffold;
use crate::tree::changes;
use crate::ui::Ui;
use crate::ui::interview::Interview;
use crate::ui::recovery::Settle;
use crate::ui::review::{Preview, Subject};
use crate::values::value::{Answers, Provenance};

use crate::project::adopt::{Adoption, CommittedFiles};
use report::AdoptReport;

/// Recreate a lost `.treenail/` for existing files
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 4 answers missing or invalid, \
                        5 something in the way, 6 the recorded state can be brought back, 130 cancelled.")]
pub(crate) struct AdoptArgs {
    /// Folder of the files
    #[arg(default_value = ".")]
    dir: PathBuf,
    #[command(flatten)]
    interview: InterviewArgs,
    /// Print what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what was (or would be) found and written as JSON
    #[arg(long)]
    json: bool,
    /// Do not ask before writing
    #[arg(long, short)]
    yes: bool,
    /// Write the files but do not commit them
    #[arg(long)]
    no_commit: bool,
}

/// `flags` are those of the questions of the `default` scaffold.
///
/// # Errors
/// A state that is not lost; files that are not the scaffold's, or not committed; answers that are missing or
/// invalid; a failure to write. Nothing has been written then.
pub(crate) fn run(
    ui: &Ui,
    arguments: &AdoptArgs,
    flags: &QuestionFlags,
    default: Scaffold,
) -> Result<ExitCode> {
    let target = TargetDirectory::at(&arguments.dir)?;
    let Some(root) = target.root() else {
        return Err(Error::precondition(format!("`{}` is not in a Git repository", target.shown))
            .hint("`treenail new` creates one"));
    };
    ui.settle_interrupted(root, Settle::new(arguments.dry_run, arguments.yes))?;
    let remains = recovery::remains(&arguments.dir, root, &target.prefix)?;
    let scaffold = arguments.interview.scaffold(default)?;
    let committed = CommittedFiles::read(root, &target.prefix)?;
    let given = arguments.interview.answers.collect(flags)?;
    let spelling = arguments.interview.spelling(flags);
    let resolver = Resolver::new(&scaffold);
    let (questions, detected) = (&*scaffold.definition.questions, target.detect());
    let mut interview = Interview { ui, resolver: &resolver, questions, given, detected };
    spelling.refuse_invalid(&interview)?;
    read_answers(&mut interview, &scaffold, &committed, &target.prefix, &remains)?;

    let compare = |answers: &Answers| Adoption::make(&scaffold, answers, &committed, &target.prefix);
    let report =
        AdoptReport { shown: &target.shown, prefix: &target.prefix, scaffold: &scaffold, remains: &remains };
    let defaults = arguments.interview.defaults;
    match (ui.interactive(), defaults) {
        (true, false) => interview.conduct()?,
        (true, true) => interview.ask_missing()?,
        (false, _) => {}
    }
    let reviewed = ui.interactive() && !defaults && !arguments.yes;
    let answers = if reviewed {
        let action = if arguments.dry_run { "Show" } else { "Adopt" };
        review(&mut interview, &report, action, &compare)?
    } else {
        spelling.resolve(&interview, defaults || ui.interactive())?
    };
    let adoption = compare(&answers)?;
    adoption.refuse_strangers(&scaffold, &target.dir)?;
    if arguments.dry_run {
        if arguments.json {
            ui.print(&report.json(&answers, &adoption, None))?;
        } else {
            ui.show(&report.text(&adoption))?;
        }
    } else if !reviewed {
        if arguments.json {
            ui.messages(report.text(&adoption).trim_end());
        } else {
            ui.report(&report.text(&adoption))?;
        }
        if !arguments.yes {
            ui.confirm_writing()?;
        }
    }
    let fields = MessageFields::new(&scaffold.definition, &answers, &target.prefix).summarised("adopt");
    let message = fields.message(None)?;
    let update = update(arguments, &target, &adoption, &message);
    if arguments.dry_run {
        return apply::rehearse(&update).map(|()| ExitCode::SUCCESS);
    }
    let applied = ui.write(|cancelled| apply::apply(apply::preflight(update)?, cancelled))?;
    ui.printed_by_git(&applied.printed);
    ui.done(&format!("adopted, {}", applied.summary()));
    if arguments.json {
        ui.print(&report.json(&answers, &adoption, Some(&applied)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Adds the answers that a damaged state still has, and those that can be inferred from the files.
fn read_answers(
    interview: &mut Interview<'_>,
    scaffold: &Scaffold,
    committed: &CommittedFiles,
    prefix: &str,
    remains: &Remains,
) -> Result<()> {
    for question in interview.questions {
        if let Some(text) = remains.answers.get(&question.name)
            && question.parse(text).is_ok()
        {
            let left = Given { text: text.clone(), from: Provenance::File };
            interview.given.entry(question.name.clone()).or_insert(left);
        }
    }
    let reader = Reader { scaffold, files: committed.written(), prefix, detected: &interview.detected };
    interview.given = reader.complete(&interview.given)?;
    Ok(())
}

fn review(
    interview: &mut Interview<'_>,
    report: &AdoptReport<'_>,
    action: &str,
    compare: &dyn Fn(&Answers) -> Result<Adoption>,
) -> Result<Answers> {
    let render = |answers: &Answers| {
        let written = compare(answers)?.written();
        Ok(written.into_iter().map(|(path, content)| Preview::new(path, &content)).collect())
    };
    let note = |answers: &Answers| Ok(report.text(&compare(answers)?));
    interview.review(&Subject { dir: report.shown, action, render: &render, note: &note })
}

fn update<'a>(
    arguments: &AdoptArgs,
    target: &TargetDirectory,
    adoption: &'a Adoption,
    message: &'a str,
) -> Update<'a> {
    Update {
        root: target.root().unwrap_or(&target.dir).to_owned(),
        prefix: target.prefix.clone(),
        changes: changes(&adoption.before, &adoption.after),
        stored: BTreeMap::new(),
        edit: None,
        message,
        destination: if arguments.no_commit { Destination::WorkTree } else { Destination::CurrentBranch },
        is_initial: false,
    }
}
