//! `treenail new`: ask, render, check, show, write, commit.

mod report;
mod repository;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::answers::flags::QuestionFlags;
use super::answers::{InterviewArgs, Spelling, left_out};
use crate::answers::resolve::{Given, Resolver};
use crate::apply;
use crate::apply::{Applied, Creation};
use crate::error::{Error, ErrorKind, Result};
use crate::git;
use crate::project::answers_file;
use crate::project::commit_message::{MessageFields, MessageTemplate};
use crate::project::existing::ExistingFiles;
use crate::project::generate::{Generated, generate};
use crate::project::target::{self, TargetDirectory};
use crate::scaffold::Scaffold;
use crate::scaffold::render;
use crate::tree::Tree;
use crate::ui::interview::Interview;
use crate::ui::recovery::Settle;
use crate::ui::review::{Preview, Subject};
use crate::ui::{Ui, interrupt};
use crate::values::is_same_repository;
use crate::values::value::{Answer, Answers};

use report::NewReport;
use repository::{KnownUrls, RepositoryChoice, TargetDecision};

/// Create a GitOps repository, or a folder in one: ask, write and commit
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 4 answers missing or invalid, \
                        5 something in the way, 130 cancelled.")]
pub(crate) struct NewArgs {
    /// Directory to write to: a new one, an empty one, a Git repository or a folder in one
    dir: Option<PathBuf>,
    #[command(flatten)]
    interview: InterviewArgs,
    /// Print the answers as YAML and write nothing
    #[arg(long, conflicts_with_all = ["dry_run", "json", "push", "no_commit"])]
    print_answers: bool,
    /// Print the tree and every file, and write nothing
    #[arg(long, conflicts_with_all = ["push"])]
    dry_run: bool,
    /// Print what was (or would be) written as JSON
    #[arg(long)]
    json: bool,
    /// Write the files but do not commit them
    #[arg(long, conflicts_with = "push")]
    no_commit: bool,
    /// Repository to commit to, if DIR is in a folder that another repository ignores, or in the source repository
    #[arg(long, value_name = "WHICH")]
    repository: Option<RepositoryChoice>,
    /// Commit message; may contain {summary}, {scaffold}, {to}, {app} and {folder}
    #[arg(long, value_name = "TEMPLATE", value_parser = MessageTemplate::of_new)]
    #[arg(conflicts_with_all = ["no_commit", "print_answers"])]
    message: Option<MessageTemplate>,
    /// Push the commit with `git push`
    #[arg(long)]
    push: bool,
}

/// `flags` are those of the questions of the `default` scaffold.
///
/// # Errors
/// Answers that are missing or invalid, all at once; anything in the way in the target directory; a cancelled
/// interview; a failure to write. Nothing has been written then.
pub(crate) fn run(
    ui: &Ui,
    arguments: &NewArgs,
    flags: &QuestionFlags,
    default: Scaffold,
) -> Result<ExitCode> {
    let scaffold = arguments.interview.scaffold(default)?;
    let resolver = Resolver::new(&scaffold);
    let given = arguments.interview.answers.collect(flags)?;
    let spelling = arguments.interview.spelling(flags);
    let (target, choice) = target_directory(ui, arguments, &given)?;
    let writes = !(arguments.print_answers || arguments.dry_run);
    if arguments.push {
        target.check_push()?;
    }
    if writes {
        let how = Settle::new(false, arguments.interview.defaults);
        match target.root() {
            Some(root) => ui.settle_interrupted(root, how)?,
            None => ui.settle_interrupted_creation(&target.dir, how)?,
        }
    }
    if writes && ui.interactive() {
        // Obstacles should show up before the interview, not after it.
        let nothing = Tree::new();
        let creation = creation(&target, arguments, [&nothing, &nothing], "", "main", None);
        interrupt::recovering(|| apply::preflight_creation(&creation).map(drop))?;
    }

    let (questions, detected) = (&*scaffold.definition.questions, target.detect());
    let mut interview = Interview { ui, resolver: &resolver, questions, given, detected };
    let answers = if ui.interactive() && !arguments.print_answers {
        converse(&mut interview, arguments, &spelling, &scaffold, &target)?
    } else {
        spelling.resolve(&interview, arguments.interview.defaults)?
    };
    if arguments.print_answers {
        ui.print(&answers_file::print(&answers))?;
        return Ok(ExitCode::SUCCESS);
    }

    let choice = if choice.is_some() { choice } else { confirm_source(ui, &target, &answers)? };
    let generated = generate(&scaffold, &answers, &target.prefix, &ExistingFiles::read(&target)?)?;
    let notes = [generated.notes.clone(), left_out(&interview.given, &answers)].concat();
    let report = NewReport {
        ui,
        scaffold: &scaffold,
        answers: &answers,
        target: &target,
        files: &generated.files,
        notes: &notes,
        arguments,
        choice,
        spelling,
    };
    if arguments.dry_run {
        report.dry_run()?;
        return Ok(ExitCode::SUCCESS);
    }
    let applied = write(ui, arguments, &scaffold, &answers, &target, &generated)?;
    report.written(&applied)?;
    let is_pushed = arguments.push && !interrupt::cancelled();
    if is_pushed {
        let branch = applied.branch.as_deref().unwrap_or("HEAD");
        git::push(&target.dir, branch)?;
        ui.done(&format!("pushed {branch}"));
    }
    report.next_steps(&applied, &generated.next, is_pushed);
    Ok(ExitCode::SUCCESS)
}

/// The directory that the user named, or names when asked.
fn directory(ui: &Ui, arguments: &NewArgs) -> Result<PathBuf> {
    match &arguments.dir {
        Some(dir) => Ok(dir.clone()),
        None if ui.interactive() => Ok(PathBuf::from(ui.ask_directory(target::suggestion()?.as_deref())?)),
        // Nothing is written, so the directory does not matter.
        None if arguments.print_answers => Ok(PathBuf::from(".")),
        None => Err(Error::new(ErrorKind::Usage, "no directory to write to")
            .hint("name one, for example: treenail new shop-gitops")),
    }
}

/// The directory to write to, and the repository that the user chose for it, if there is a choice.
fn target_directory(
    ui: &Ui,
    arguments: &NewArgs,
    given: &BTreeMap<String, Given>,
) -> Result<(TargetDirectory, Option<RepositoryChoice>)> {
    let mut target = TargetDirectory::at(&directory(ui, arguments)?)?;
    if arguments.print_answers {
        return Ok((target, arguments.repository));
    }
    loop {
        let detected = target.detect();
        let text = |name: &str| given.get(name).map(|given| given.text.as_str());
        let source = text("source-repo").or_else(|| detected.get("source-repo").map(String::as_str));
        let is_shared = |manifests| source.is_some_and(|source| is_same_repository(source, manifests));
        let urls = KnownUrls { source, is_shared: text("manifest-repo").is_some_and(is_shared) };
        match repository::decide(ui, target, arguments.repository, urls)? {
            TargetDecision::Target(target, choice) => return Ok((target, choice)),
            TargetDecision::AnotherDirectory => {
                target =
                    TargetDirectory::at(Path::new(&ui.ask_directory(target::suggestion()?.as_deref())?))?;
            }
        }
    }
}

/// Checks the answers once more: the source repository may have come up in the interview only.
fn confirm_source(ui: &Ui, target: &TargetDirectory, answers: &Answers) -> Result<Option<RepositoryChoice>> {
    let Some(source) = answers.get("source-repo").map(|answer| answer.value.to_text()) else {
        return Ok(None);
    };
    let is_shared = |manifests: &Answer| {
        manifests.from.is_chosen() && is_same_repository(&source, &manifests.value.to_text())
    };
    let urls =
        KnownUrls { source: Some(&source), is_shared: answers.get("manifest-repo").is_some_and(is_shared) };
    repository::confirm_source(ui, target, urls)
}

/// The interview, and the review of its answers.
fn converse(
    interview: &mut Interview<'_>,
    arguments: &NewArgs,
    spelling: &Spelling<'_>,
    scaffold: &Scaffold,
    target: &TargetDirectory,
) -> Result<Answers> {
    spelling.refuse_invalid(interview)?;
    if arguments.interview.defaults {
        interview.ask_missing()?;
        return spelling.resolve(interview, true);
    }
    let definition = &scaffold.definition;
    interview.ui.message(&format!("{} {}: {}", definition.name, definition.version, definition.summary));
    interview.conduct()?;
    let action = match (arguments.dry_run, arguments.no_commit) {
        (true, _) => "Show every file",
        (false, true) => "Write",
        (false, false) => "Write and commit",
    };
    let existing = ExistingFiles::read(target)?;
    let render = |answers: &Answers| {
        let files = generate(scaffold, answers, &target.prefix, &existing)?.files;
        Ok(files.into_iter().map(|file| Preview::new(file.path, &file.file.content)).collect())
    };
    interview.review(&Subject { dir: &target.shown, action, render: &render, note: &|_| Ok(String::new()) })
}

fn write(
    ui: &Ui,
    arguments: &NewArgs,
    scaffold: &Scaffold,
    answers: &Answers,
    target: &TargetDirectory,
    generated: &Generated,
) -> Result<Applied> {
    let fields = MessageFields::new(&scaffold.definition, answers, &target.prefix).summarised("create");
    let message = fields.message(arguments.message.as_ref())?;
    let text = |question| answers.get(question).map(|answer| answer.value.to_text());
    let (branch, remote) = (text("branch"), text("manifest-repo"));
    let files = render::tree(&generated.files);
    let branch = branch.as_deref().unwrap_or("main");
    let creation =
        creation(target, arguments, [&files, &generated.before], &message, branch, remote.as_deref());
    let refused = |error: Error| {
        if target.is_generated() {
            error.hint("this directory was generated by treenail: update it with `treenail upgrade`")
        } else {
            error
        }
    };
    ui.write(|cancelled| apply::apply(apply::preflight_creation(&creation).map_err(refused)?, cancelled))
}

fn creation<'a>(
    target: &'a TargetDirectory,
    arguments: &NewArgs,
    [files, before]: [&'a Tree; 2],
    message: &'a str,
    branch: &'a str,
    remote: Option<&'a str>,
) -> Creation<'a> {
    Creation {
        dir: &target.dir,
        files,
        before,
        message,
        branch,
        remote,
        commit: !arguments.no_commit,
        separate: target.is_separate,
    }
}
