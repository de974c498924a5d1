//! `treenail adopt`: take over files that a scaffold once wrote, when nothing is recorded of it any more. The files
//! stay as they are; what differs from what the scaffold writes counts as the user's edit from then on.

mod report;

use super::words::Words;
use super::{answers, restore, upgrade};
use crate::answers::infer::Reader;
use crate::answers::resolve::{Given, Policy, Resolver};
use crate::apply::Landed;
use crate::apply::update;
use crate::apply::update::{Update, Where};
use crate::cli::{Adopt, DEFAULT_SCAFFOLD, Flags};
use crate::error::{Error, Result};
use crate::project::recovery;
use crate::project::recovery::Remains;
use crate::project::target::Place;
use crate::scaffold::Scaffold;
use crate::scaffold::source;
use crate::ui::interview::Interview;
use crate::ui::review::{Preview, Subject};
use crate::ui::{Ui, interrupt};
use crate::values::value::{Answers, Provenance};

use crate::project::adopt::{Comparison, Ground};
use report::Report;

/// Does what `arguments` say; `flags` are those of the questions of `built_in`.
///
/// # Errors
/// A state that is not lost; files that are not the scaffold's, or not committed; answers that are missing or
/// invalid; a failure to write. Nothing has been written then.
pub(crate) fn run(ui: &Ui, arguments: &Adopt, flags: &Flags, built_in: Scaffold) -> Result<()> {
    let place = Place::at(&arguments.dir)?;
    let Some(root) = place.root() else {
        return Err(Error::precondition(format!("`{}` is not in a Git repository", place.shown))
            .hint("`treenail new` writes a new one"));
    };
    if arguments.dry_run {
        restore::refuse_unfinished(root)?;
    } else {
        update::recover(root)?;
    }
    let remains = recovery::remains(&arguments.dir, root, &place.prefix)?;
    let is_built_in = arguments.scaffold == DEFAULT_SCAFFOLD;
    let scaffold = if is_built_in { built_in } else { source::load(&arguments.scaffold)? };
    let ground = Ground::read(root, &place.prefix)?;
    let given = answers::collect(arguments.answers.as_deref(), &arguments.sets, flags.given.clone())?;
    let words = Words::new(flags, is_built_in, arguments.answers.as_deref());
    let resolver = Resolver::new(&scaffold);
    let mut interview = Interview {
        ui,
        resolver: &resolver,
        questions: &scaffold.definition.questions,
        given,
        detected: place.detect(),
    };
    reject_bad(&interview, &words)?;
    read_answers(&mut interview, &scaffold, &ground, &place.prefix, &remains)?;

    let compare = |answers: &Answers| Comparison::make(&scaffold, answers, &ground, &place.prefix);
    let report =
        Report { shown: &place.shown, prefix: &place.prefix, scaffold: &scaffold, remains: &remains };
    match (ui.interactive(), arguments.defaults) {
        (true, false) => interview.conduct()?,
        (true, true) => interview.ask_missing()?,
        (false, _) => {}
    }
    let reviewed = ui.interactive() && !arguments.defaults && !arguments.yes;
    let answers = if reviewed {
        let action = if arguments.dry_run { "Show" } else { "Adopt" };
        review(&mut interview, &report, action, &compare)?
    } else {
        answer(&interview, arguments.defaults || ui.interactive(), &words)?
    };
    let comparison = compare(&answers)?;
    comparison.refuse_strangers(&scaffold, &place.dir)?;
    if arguments.dry_run {
        let (text, json) = (report.text(&comparison), || report.json(&answers, &comparison, None));
        return ui.data(&if arguments.json { json() } else { text });
    }
    if !reviewed {
        ui.say(report.text(&comparison).trim_end());
    }
    if !reviewed {
        upgrade::agree(ui, arguments.yes)?;
    }
    let landed = land(ui, arguments, &place, &comparison, &message(&scaffold, &answers))?;
    ui.done(&match &landed.commit {
        Some(commit) => format!("adopted, commit {}", &commit[..commit.len().min(10)]),
        None => "adopted, committed nothing".to_owned(),
    });
    if arguments.json { ui.data(&report.json(&answers, &comparison, Some(&landed))) } else { Ok(()) }
}

/// What was given on the command line is not asked again, so it must be right from the start.
fn reject_bad(interview: &Interview<'_>, words: &Words<'_>) -> Result<()> {
    let faults = interview.resolver.faults_of(&interview.given)?;
    if faults.is_empty() { Ok(()) } else { Err(words.refusal(&faults, &interview.given)) }
}

/// Adds the answers that are left in a damaged state, and those that the files tell.
fn read_answers(
    interview: &mut Interview<'_>,
    scaffold: &Scaffold,
    ground: &Ground,
    prefix: &str,
    remains: &Remains,
) -> Result<()> {
    for question in interview.questions {
        if let Some(text) = remains.answers.get(&question.name)
            && interview.resolver.parse(question, text).is_ok()
        {
            let left = Given { text: text.clone(), from: Provenance::File };
            interview.given.entry(question.name.clone()).or_insert(left);
        }
    }
    let reader = Reader { scaffold, files: ground.written(), prefix, detected: &interview.detected };
    interview.given = reader.complete(&interview.given)?;
    Ok(())
}

/// Lets the user look at everything, and change any answer.
fn review(
    interview: &mut Interview<'_>,
    report: &Report<'_>,
    action: &str,
    compare: &dyn Fn(&Answers) -> Result<Comparison>,
) -> Result<Answers> {
    let render = |answers: &Answers| {
        let text = |content: &[u8]| String::from_utf8_lossy(content).into_owned();
        let written = compare(answers)?.written();
        let previews = written.into_iter().map(|(path, content)| Preview { text: text(&content), path });
        Ok(previews.collect())
    };
    let note = |answers: &Answers| Ok(report.text(&compare(answers)?));
    interview.review(&Subject { dir: report.shown, action, render: &render, note: &note })
}

/// The answers as they stand; `defaults` says whether those of essential questions will do.
fn answer(interview: &Interview<'_>, defaults: bool, words: &Words<'_>) -> Result<Answers> {
    let policy = if defaults { Policy::TakeDefaults } else { Policy::EssentialsMustBeGiven };
    let resolved = interview.resolver.resolve(&interview.given, &interview.detected, policy)?;
    resolved.map_err(|faults| {
        let error = words.refusal(&faults, &interview.given);
        if defaults {
            return error;
        }
        error.hint("--defaults takes the default of every question that has one")
    })
}

fn message(scaffold: &Scaffold, answers: &Answers) -> String {
    let definition = &scaffold.definition;
    let app = answers.get("app").map_or_else(|| definition.name.clone(), |answer| answer.value.to_text());
    format!(
        "{app}: adopt scaffold {} {}\n\nGenerated by treenail {}.",
        definition.name,
        definition.version,
        env!("CARGO_PKG_VERSION")
    )
}

fn land(ui: &Ui, arguments: &Adopt, place: &Place, comparison: &Comparison, message: &str) -> Result<Landed> {
    let update = Update {
        root: place.root().unwrap_or(&place.dir),
        prefix: &place.prefix,
        changes: upgrade::changes(&comparison.before, &comparison.after)?,
        edit: None,
        message,
        r#where: if arguments.no_commit { Where::NoCommit } else { Where::InPlace },
    };
    let ready = update::preflight(&update)?;
    ui.during("writing", || update::land(ready, &|_| {}, &interrupt::cancelled))
}
