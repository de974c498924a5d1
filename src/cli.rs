//! The command line: the options of every command, and the list of verbs. What a verb takes stands in its own file.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::answers::flags::{self, QuestionFlags};
use crate::commands::{
    adopt, check, completions, diff, doctor, explain, man, new, plan, promote, release, releases, restore,
    rollback, scaffold, setup, status, upgrade, watch,
};
use crate::error::{EXIT_CODES, Error, ErrorKind, Result};
use crate::scaffold::definition::Definition;
use crate::scaffold::{catalog, source};
use crate::ui::{ColorChoice, Ui, crash, interrupt};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "treenail", version, about, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

/// Options of every command.
#[derive(Debug, Args)]
struct Global {
    /// Print errors only
    #[arg(long, short, global = true)]
    quiet: bool,
    /// When to use colours; `NO_COLOR` is respected
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
}

#[derive(Debug, Subcommand)]
enum Verb {
    New(Box<new::NewArgs>),
    Upgrade(Box<upgrade::UpgradeArgs>),
    Adopt(Box<adopt::AdoptArgs>),
    Setup(setup::SetupArgs),
    Doctor(doctor::DoctorArgs),
    Release(release::ReleaseArgs),
    Watch(watch::WatchArgs),
    Promote(promote::PromoteArgs),
    Rollback(rollback::RollbackArgs),
    Releases(releases::ReleasesArgs),
    Status(status::StatusArgs),
    Diff(diff::DiffArgs),
    Restore(restore::RestoreArgs),
    Check(check::CheckArgs),
    Explain(explain::ExplainArgs),
    Plan(plan::PlanArgs),
    Scaffold(scaffold::ScaffoldArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// Runs the program with `arguments` (its own name first) and gives its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    crash::install();
    let mut ui = Ui::default();
    let code = try_run(&mut ui, arguments).unwrap_or_else(|error| {
        ui.error(&error);
        error.exit_code()
    });
    // A write can be past its last safe point when a signal comes, or Git can fail of it.
    let is_cancelled = interrupt::cancelled();
    if is_cancelled && code == ExitCode::SUCCESS {
        ui.error(&Error::new(ErrorKind::Cancelled, interrupt::STAYS));
    }
    if is_cancelled { Error::cancelled().exit_code() } else { code }
}

fn try_run(ui: &mut Ui, arguments: impl IntoIterator<Item = OsString>) -> Result<ExitCode> {
    let service = source::load(catalog::DEFAULT)?;
    let mut command = command(&service.definition);
    let (cli, flags) = match parse(&mut command, arguments) {
        Ok(parsed) => parsed,
        Err(error) => return help_or_usage(ui, &error),
    };
    ui.configure(cli.global.color, cli.global.quiet);
    interrupt::install()?;
    match cli.verb {
        Verb::New(arguments) => new::run(ui, &arguments, &flags, service),
        Verb::Upgrade(arguments) => upgrade::run(ui, &arguments, &flags),
        Verb::Adopt(arguments) => adopt::run(ui, &arguments, &flags, service),
        Verb::Setup(arguments) => setup::run(ui, &arguments),
        Verb::Doctor(arguments) => doctor::run(ui, &arguments),
        Verb::Release(arguments) => release::run(ui, &arguments),
        Verb::Watch(arguments) => watch::run(ui, &arguments),
        Verb::Promote(arguments) => promote::run(ui, &arguments),
        Verb::Rollback(arguments) => rollback::run(ui, &arguments),
        Verb::Releases(arguments) => releases::run(ui, &arguments),
        Verb::Status(arguments) => status::run(ui, &arguments),
        Verb::Diff(arguments) => diff::run(ui, &arguments),
        Verb::Restore(arguments) => restore::run(ui, &arguments),
        Verb::Check(arguments) => check::run(ui, &arguments),
        Verb::Explain(arguments) => explain::run(ui, &arguments, &service.definition),
        Verb::Plan(arguments) => plan::run(ui, &arguments),
        Verb::Scaffold(arguments) => scaffold::run(ui, &arguments),
        Verb::Completions(arguments) => completions::run(ui, &arguments, &mut command),
        Verb::Man(arguments) => man::run(ui, &arguments, command),
    }
}

/// The command with a flag for each question of `definition`.
pub fn command(definition: &Definition) -> Command {
    flags::add(Cli::command().after_long_help(exit_codes()), definition)
}

fn exit_codes() -> String {
    let lines = EXIT_CODES.iter().map(|(code, meaning)| format!("{code:>5}  {meaning}"));
    format!("Exit codes:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

fn parse(
    command: &mut Command,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<(Cli, QuestionFlags), clap::Error> {
    let mut matches = command.try_get_matches_from_mut(arguments)?;
    let flags = QuestionFlags::read(command, &matches);
    Ok((Cli::from_arg_matches_mut(&mut matches)?, flags))
}

/// Prints clap's output; help and version are errors too, but exit with the code of a success.
fn help_or_usage(ui: &Ui, error: &clap::Error) -> Result<ExitCode> {
    ui.usage(error)?;
    Ok(ExitCode::from(if error.exit_code() == 0 { 0 } else { ErrorKind::Usage as u8 }))
}
