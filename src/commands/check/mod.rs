//! `treenail check`: finds mistakes in manifests, without a cluster.

mod baseline;
mod causes;
mod earlier;
mod fix;
mod github;
mod human;
mod json;
mod junit;
mod sarif;
mod summary;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::check::{self, FileContent, Files, Filter, Report, Rule, Settings, Severity, Suppressions, rule};
use crate::commands::manifest_files::revision;
use crate::commands::manifest_files::work_tree::{self, Located, STANDARD_INPUT};
use crate::error::{Error, ErrorKind, FOUND_ERRORS, Problem, Result};
use crate::ui::Ui;
use baseline::BaselineFile;
use earlier::Earlier;
use fix::Fixing;

/// Find mistakes in manifests, without a cluster
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(
    after_help = "Exit codes: 0 no errors, 1 failed, 2 wrong usage, 6 invalid settings or baseline, 8 errors found."
)]
pub(crate) struct CheckArgs {
    /// Files and folders to check, or `-` for the standard input [default: the repository you are in]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The path of the standard input in reports and settings
    #[arg(long, value_name = "PATH", requires = "paths")]
    stdin_name: Option<String>,
    /// Treat warnings as errors, and what was not checked as a warning
    #[arg(long)]
    strict: bool,
    /// List the supported projects and versions, and exit
    #[arg(long, conflicts_with_all = ["paths", "strict"])]
    versions: bool,
    /// Hide findings below this severity [default: warning, with --only: note]
    #[arg(long, value_name = "LEVEL")]
    severity: Option<Severity>,
    /// Report only these rules, separated by commas
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    only: Vec<String>,
    /// Hide these rules, separated by commas
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Report what comments and the files in `.treenail` suppress or exclude, too
    #[arg(long)]
    no_ignore: bool,
    /// Suppress and exclude only what comments and the files in `.treenail` did in this commit
    #[arg(long, value_name = "REV", conflicts_with = "no_ignore")]
    ignore_from: Option<String>,
    /// Compare with this commit, or where this branch left it: report changes of fields that cannot change
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Report only what this file does not list [default: `.treenail/check-baseline.yaml`, if it exists]
    #[arg(long, value_name = "FILE", conflicts_with = "no_ignore")]
    baseline: Option<PathBuf>,
    /// Write all findings to the baseline instead of reporting them
    #[arg(long, conflicts_with_all = ["no_ignore", "ignore_from", "only", "ignore", "format", "json", "all", "fix"])]
    write_baseline: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: CheckFormat,
    /// Print every finding on its own, also if there are many
    #[arg(long, conflicts_with = "json")]
    all: bool,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Apply fixes that are certainly correct, and report the remaining findings
    #[arg(long)]
    fix: bool,
    /// Print the changes of `--fix` as a diff and write nothing
    #[arg(long, requires = "fix", conflicts_with_all = ["format", "json"])]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CheckFormat {
    /// For people, with the line and a mark below the mistake
    Human,
    /// For people, a line for each rule
    Summary,
    /// One object of a documented shape
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// JUnit XML, for test reports
    Junit,
}

/// Runs the command. The exit code says whether errors were found; with `--strict`, also warnings.
///
/// # Errors
/// A path or rule that does not exist, or a file that cannot be read or written.
pub(crate) fn run(ui: &Ui, arguments: &CheckArgs) -> Result<ExitCode> {
    if arguments.versions {
        ui.show(&versions())?;
        return Ok(ExitCode::SUCCESS);
    }
    let filter = filter(arguments)?;
    let located = locate(ui, arguments)?;
    needs_repository(arguments, &located)?;
    let (base, standard_input) = (located.base.clone(), located.standard_input.clone());
    let earlier = earlier(arguments, &located)?;
    let settings = settings(arguments, earlier.as_ref())?;
    let files = &mut match &standard_input {
        // Somebody may type it.
        Some(_) => located.read(settings)?,
        None => ui.during("reading files", || located.read(settings))?,
    };
    if let Some(revision) = &arguments.since {
        let earlier = ui.during("reading the earlier commit", || revision::since(&base, revision, files))?;
        files.set_earlier(earlier);
    }
    let suppressions = suppressions(arguments, earlier.as_ref(), files)?;
    let baseline_file = BaselineFile::new(&base, arguments.baseline.as_deref());
    let is_used = !arguments.write_baseline && !arguments.no_ignore;
    let baseline = if is_used { baseline_file.read(earlier.as_ref())? } else { None };
    let found = |files: &Files| {
        let progress = ui.progress(check::STEPS);
        progress.name("checking");
        let mut report = check::run_with(files, &suppressions, &|| progress.advance());
        if let Some(baseline) = &baseline {
            report.apply(baseline, files);
        }
        if arguments.strict {
            report.distrust();
        }
        report.narrow(&filter);
        report
    };
    let mut report = found(files);
    if arguments.write_baseline {
        baseline_file.write(ui, &report.findings, files)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut fixed = 0;
    if arguments.fix {
        let (fixing, remaining) = Fixing::run(files, report, found);
        (report, fixed) = (remaining, fixing.fixed);
        if arguments.dry_run {
            ui.print_patch(&fixing.diff()?)?;
        } else if let Some(path) = &standard_input {
            // Also what cannot be fixed, so that this can stand in a pipe.
            if let Some(FileContent::Bytes(content)) = files.get(path) {
                ui.print_bytes(content)?;
            }
        } else {
            ui.write(|cancelled| fixing.write(&base, cancelled))?;
        }
        ui.message(&fixing.summary(arguments.dry_run, report.findings.len()));
    }
    let limit = if arguments.strict { Severity::Warning } else { Severity::Error };
    if !arguments.dry_run {
        let text = print(arguments, &report, files, fixed, limit);
        if arguments.fix && standard_input.is_some() {
            ui.messages(text.trim_end());
        } else if is_for_people(arguments) {
            ui.show(&text)?;
        } else {
            ui.print(&text)?;
        }
        if let Some(omitted) = omitted(arguments.format, &report) {
            ui.message(&omitted);
        }
        if let Some(excluded) = human::excluded(&report).filter(|_| arguments.strict) {
            ui.message(&excluded);
        }
        if let Some(gone) = human::gone(&report) {
            ui.message(&gone);
        }
        ui.message(&human::counts(&report));
    }
    let worst = report.findings.iter().map(|finding| finding.severity).min();
    Ok(ExitCode::from(if worst.is_some_and(|worst| worst <= limit) { FOUND_ERRORS } else { 0 }))
}

/// # Errors
/// A path does not exist, or does not go with the flags.
fn locate(ui: &Ui, arguments: &CheckArgs) -> Result<Located> {
    let CheckArgs { paths, stdin_name, fix, dry_run, .. } = arguments;
    let is_named = paths.iter().any(|path| path.as_os_str() == STANDARD_INPUT);
    let wrong = |message: &str, hint: &str| Err(Error::new(ErrorKind::Usage, message).hint(hint));
    if !is_named {
        if stdin_name.is_some() {
            return wrong(
                "`--stdin-name` names the standard input, which is not checked",
                "add the path `-`",
            );
        }
        if *fix {
            work_tree::refuse_links(paths)?;
        }
        return work_tree::locate(paths);
    }
    if paths.len() > 1 {
        return wrong("`-` must be the only path", "a file of that name is `./-`");
    }
    if *fix && !dry_run && !is_for_people(arguments) {
        let message =
            "`--fix` prints the fixed manifests to the standard output, so the report cannot go there";
        return wrong(message, "drop `--format`, or `--fix`");
    }
    ui.expect_input("reading manifests from the terminal, until Ctrl-D");
    work_tree::locate_standard_input(stdin_name.as_deref())
}

fn is_for_people(arguments: &CheckArgs) -> bool {
    matches!(arguments.format, CheckFormat::Human | CheckFormat::Summary) && !arguments.json
}

fn versions() -> String {
    check::modules().fold(String::new(), |mut lines, (project, module, version)| {
        // Writing to a string does not fail.
        let _ = writeln!(lines, "{project:<16}  {module} {version}");
        lines
    })
}

/// # Errors
/// The commit of `--ignore-from` does not exist.
fn earlier(arguments: &CheckArgs, located: &Located) -> Result<Option<Earlier>> {
    arguments.ignore_from.as_ref().map(|revision| Earlier::find(&located.base, revision)).transpose()
}

/// # Errors
/// A flag names a commit, and there is no repository.
fn needs_repository(arguments: &CheckArgs, located: &Located) -> Result<()> {
    let wrong = |flag: &str| Error::precondition(format!("`{flag}` needs a Git repository"));
    if located.is_repository() {
        return Ok(());
    }
    if arguments.ignore_from.is_some() {
        return Err(wrong("--ignore-from").hint("`--no-ignore` works anywhere"));
    }
    if arguments.since.is_some() {
        return Err(wrong("--since").hint("run it where the manifests are committed"));
    }
    Ok(())
}

/// Returns the settings to use instead of those beside the files.
///
/// # Errors
/// The commit of `--ignore-from` cannot be read.
fn settings(arguments: &CheckArgs, earlier: Option<&Earlier>) -> Result<Option<Settings>> {
    match earlier {
        Some(earlier) => earlier.settings().map(Some),
        None => Ok(arguments.no_ignore.then(Settings::default)),
    }
}

/// # Errors
/// The commit of `--ignore-from` cannot be read.
fn suppressions(arguments: &CheckArgs, earlier: Option<&Earlier>, files: &Files) -> Result<Suppressions> {
    match earlier {
        Some(earlier) => earlier.suppressions(files),
        None if arguments.no_ignore => Ok(Suppressions::None),
        None => Ok(Suppressions::Current),
    }
}

/// Returns what to say if the output does not have all findings.
fn omitted(format: CheckFormat, report: &Report) -> Option<String> {
    let CheckFormat::Sarif = format else { return None };
    let omitted = sarif::omitted(report);
    let left_out =
        || format!("left out the {omitted} mildest findings: code scanning takes {}", sarif::MAX_RESULTS);
    (omitted > 0).then(left_out)
}

fn print(arguments: &CheckArgs, report: &Report, files: &Files, fixed: usize, limit: Severity) -> String {
    match arguments.format {
        _ if arguments.json => json::print(report, fixed),
        CheckFormat::Human if arguments.all => human::all(&report.findings, files),
        CheckFormat::Human => human::findings(&report.findings, files),
        CheckFormat::Summary => summary::print(&report.findings),
        CheckFormat::Json => json::print(report, fixed),
        CheckFormat::Sarif => sarif::print(report, files),
        CheckFormat::Github => github::print(&report.findings),
        CheckFormat::Junit => junit::print(report, limit),
    }
}

/// Formats `shape` as JSON with line breaks. A report may be long, so no `serde_json::Value` is built of it.
fn pretty(shape: &impl Serialize) -> String {
    // Only maps with odd keys cannot be written.
    let text = serde_json::to_string_pretty(shape).unwrap_or_default();
    text + "\n"
}

fn filter(arguments: &CheckArgs) -> Result<Filter> {
    if arguments.strict && arguments.severity == Some(Severity::Error) {
        let message = "`--strict` fails on warnings, which `--severity error` hides";
        return Err(Error::new(ErrorKind::Usage, message).hint("drop one of the two flags"));
    }
    let mut problems = Vec::new();
    let only = named("--only", &arguments.only, &mut problems);
    let ignore = named("--ignore", &arguments.ignore, &mut problems);
    if !problems.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "some rules do not exist").problems(problems));
    }
    // Notes of rules that are asked for by name are wanted.
    let default = if only.is_empty() { Severity::Warning } else { Severity::Note };
    Ok(Filter { only, ignore, least: arguments.severity.unwrap_or(default) })
}

fn named(flag: &str, codes: &[String], problems: &mut Vec<Problem>) -> Vec<&'static Rule> {
    let rule = |code: &String| {
        let rule = rule::find(code.trim());
        if rule.is_none() {
            problems.push(Problem::new(format!("`{flag}`: unknown rule `{code}`"), rule::hint(code)));
        }
        rule
    };
    codes.iter().filter_map(rule).collect()
}
