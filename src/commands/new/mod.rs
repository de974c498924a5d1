//! `treenail new`: ask, render, check, show, write, commit.

mod report;

use super::words::Words;
use crate::answers::resolve::{Fault, Policy, Resolver};
use crate::apply;
use crate::apply::{Landed, NewFile, Plan};
use crate::check;
use crate::cli::{Flags, New};
use crate::error::{Error, Result};
use crate::git;
use crate::project::recorded::Decisions;
use crate::project::{answers_file, base};
use crate::scaffold::Scaffold;
use crate::scaffold::definition::Ownership;
use crate::scaffold::render::{Rendered, RenderedFile};
use crate::tree::File;
use crate::ui::interview::Interview;
use crate::ui::review::{Preview, Subject};
use crate::ui::{Ui, interrupt};
use crate::values::value::Answers;

use crate::project::target::Place;
use report::Report;

/// Does what `arguments` say; `flags` are those of the questions of `built_in`.
///
/// # Errors
/// Answers that are missing or invalid, all at once; whatever is in the way in the target directory; a
/// cancelled interview; a failure to write. Nothing has been written then.
pub(crate) fn run(ui: &Ui, arguments: &New, flags: &Flags, built_in: Scaffold) -> Result<()> {
    let scaffold = if arguments.has_question_flags() {
        built_in
    } else {
        crate::scaffold::source::load(&arguments.scaffold)?
    };
    let resolver = Resolver::new(&scaffold);
    let given = super::answers::collect(arguments.answers.as_deref(), &arguments.sets, flags.given.clone())?;
    let words = Words::new(flags, arguments.has_question_flags(), arguments.answers.as_deref());
    let place = Place::find(ui, arguments)?;
    let writes = !(arguments.print_answers || arguments.dry_run);
    if arguments.push {
        place.check_push()?;
    }
    if writes && ui.interactive() {
        // What is in the way anyhow should not wait for the end of an interview.
        let nothing = plan(&place, arguments, Vec::new(), "", "main", None);
        apply::preflight(&nothing)?;
    }

    let mut interview = Interview {
        ui,
        resolver: &resolver,
        questions: &scaffold.definition.questions,
        given,
        detected: place.detect(),
    };
    let answers = if ui.interactive() && !arguments.print_answers {
        converse(&mut interview, arguments, &words, &scaffold, &place)?
    } else {
        answer(&interview, arguments, &words)?
    };
    if arguments.print_answers {
        return ui.data(&answers_file::print(&answers));
    }

    let Rendered { files, next } = generate(&scaffold, &answers, &place.prefix)?;
    let report =
        Report { ui, scaffold: &scaffold, answers: &answers, place: &place, files: &files, arguments, words };
    if arguments.dry_run {
        return report.dry_run();
    }
    let landed = write(ui, arguments, &scaffold, &answers, &place, &files)?;
    report.written(&landed)?;
    if arguments.push {
        let branch = landed.branch.as_deref().unwrap_or("HEAD");
        git::push(&place.dir, branch)?;
        ui.done(&format!("pushed {branch}"));
    }
    report.next_steps(&landed, &next);
    Ok(())
}

/// Asks, where somebody is there to answer.
fn converse(
    interview: &mut Interview<'_>,
    arguments: &New,
    words: &Words<'_>,
    scaffold: &Scaffold,
    place: &Place,
) -> Result<Answers> {
    reject_bad(interview, arguments, words)?;
    if arguments.defaults {
        interview.ask_missing()?;
        return answer(interview, arguments, words);
    }
    let definition = &scaffold.definition;
    interview.ui.say(&format!("{} {}: {}", definition.name, definition.version, definition.summary));
    interview.conduct()?;
    let action = match (arguments.dry_run, arguments.no_commit) {
        (true, _) => "Show every file",
        (false, true) => "Write",
        (false, false) => "Write and commit",
    };
    let render = |answers: &Answers| Ok(preview(generate(scaffold, answers, &place.prefix)?.files));
    interview.review(&Subject { dir: &place.shown, action, render: &render, note: &|_| Ok(String::new()) })
}

/// What was given on the command line is not asked again, so it must be right from the start.
fn reject_bad(interview: &Interview<'_>, arguments: &New, words: &Words<'_>) -> Result<()> {
    let faults = interview.resolver.faults_of(&interview.given)?;
    if faults.is_empty() { Ok(()) } else { Err(refusal(&faults, interview, arguments, words)) }
}

/// Answers without asking.
fn answer(interview: &Interview<'_>, arguments: &New, words: &Words<'_>) -> Result<Answers> {
    let policy = if arguments.defaults { Policy::TakeDefaults } else { Policy::EssentialsMustBeGiven };
    interview
        .resolver
        .resolve(&interview.given, &interview.detected, policy)?
        .map_err(|faults| refusal(&faults, interview, arguments, words))
}

fn refusal(faults: &[Fault], interview: &Interview<'_>, arguments: &New, words: &Words<'_>) -> Error {
    let error = words.refusal(faults, &interview.given);
    if arguments.defaults {
        return error;
    }
    error.hint("--defaults takes the default of every question that has one")
}

/// Every file that the answers give, checked, with treenail's own state among them; sorted by path.
fn generate(scaffold: &Scaffold, answers: &Answers, prefix: &str) -> Result<Rendered> {
    let Rendered { mut files, next } = scaffold.render(answers, prefix)?;
    check::before_writing(&files)?;
    let own = |path: &str, content: Vec<u8>| RenderedFile {
        path: path.to_owned(),
        file: File::new(content, false),
        ownership: Ownership::Managed,
    };
    let base = own(base::PATH, base::write(&files));
    let state = answers_file::state(scaffold, answers, prefix, &Decisions::default()).into_bytes();
    files.push(own(answers_file::PATH, state));
    files.push(base);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Rendered { files, next })
}

fn preview(files: Vec<RenderedFile>) -> Vec<Preview> {
    let text = |content: Vec<u8>| String::from_utf8_lossy(&content).into_owned();
    files.into_iter().map(|file| Preview { path: file.path, text: text(file.file.content) }).collect()
}

fn write(
    ui: &Ui,
    arguments: &New,
    scaffold: &Scaffold,
    answers: &Answers,
    place: &Place,
    files: &[RenderedFile],
) -> Result<Landed> {
    let definition = &scaffold.definition;
    let text = |question| answers.get(question).map(|answer| answer.value.to_text());
    let app = text("app").unwrap_or_else(|| definition.name.clone());
    let message = format!(
        "{app}: scaffold {} {}\n\nGenerated by treenail {}.",
        definition.name,
        definition.version,
        env!("CARGO_PKG_VERSION")
    );
    let (branch, remote) = (text("branch"), text("manifest-repo"));
    let files = files
        .iter()
        .map(|file| NewFile {
            path: &file.path,
            content: &file.file.content,
            executable: file.file.is_executable(),
        })
        .collect();
    let plan =
        plan(place, arguments, files, &message, branch.as_deref().unwrap_or("main"), remote.as_deref());
    let ready = apply::preflight(&plan).map_err(|error| {
        if place.is_generated() {
            error.hint(
                "treenail has written to this directory before: `treenail upgrade` brings it up to date",
            )
        } else {
            error
        }
    })?;
    ui.during("writing", || apply::land(ready, &|_| {}, &interrupt::cancelled))
}

fn plan<'a>(
    place: &'a Place,
    arguments: &New,
    files: Vec<NewFile<'a>>,
    message: &'a str,
    branch: &'a str,
    remote: Option<&'a str>,
) -> Plan<'a> {
    Plan { dir: &place.dir, files, message, branch, remote, commit: !arguments.no_commit }
}
