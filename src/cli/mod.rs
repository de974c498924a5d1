//! The command line, and nothing else: what may be typed, never what it does.

mod questions;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::error::EXIT_CODES;
use crate::scaffold::definition::Definition;

pub(crate) use questions::Flags;

/// The scaffold that is used where none is named; its questions are flags.
pub(crate) const DEFAULT_SCAFFOLD: &str = "service";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "treenail", version, about, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    /// Options that every command takes.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Verb,
}

/// Options that every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Say nothing but errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// When to use colours; `NO_COLOR` is respected
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Ask, write and commit a new GitOps repository
    New(Box<New>),
    /// Bring in a newer scaffold or changed answers, merged with your edits
    Upgrade(Box<Upgrade>),
    /// Take over files that a scaffold has written, where `.treenail` is lost
    Adopt(Box<Adopt>),
    /// Show which version of the scaffold the files are of, and which of them are edited
    Status(Status),
    /// Show your edits against the scaffold, or what an upgrade would change
    Diff(Diff),
    /// Bring files back as the scaffold wrote them, without committing that
    Restore(Restore),
    /// Find mistakes in manifests, without a cluster
    Check(Check),
    /// Tell the long story behind a rule of `check`, or behind a question
    Explain {
        /// Code of a rule, or name of a question [default: list the rules]
        #[arg(value_name = "CODE|QUESTION")]
        word: Option<String>,
    },
    /// Look at, validate or copy out scaffolds
    Scaffold {
        /// What to do with them.
        #[command(subcommand)]
        verb: ScaffoldVerb,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    Man {
        /// The folder; it must exist
        dir: PathBuf,
    },
}

/// Arguments of `treenail new`, without the questions' flags (see [`Flags`]).
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 4 answers missing or invalid, \
                        5 something in the way, 130 cancelled.")]
pub(crate) struct New {
    /// Directory to write to: a new one, an empty one, a Git repository or a folder in one
    pub(crate) dir: Option<PathBuf>,
    /// Take the default of every question that has one, and ask only the rest
    #[arg(long)]
    pub(crate) defaults: bool,
    /// Answer a question of any scaffold; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) sets: Vec<String>,
    /// Take answers from a YAML file, such as `--print-answers` prints
    #[arg(long, value_name = "FILE")]
    pub(crate) answers: Option<PathBuf>,
    /// Print the answers as YAML and write nothing
    #[arg(long, conflicts_with_all = ["dry_run", "json", "push", "no_commit"])]
    pub(crate) print_answers: bool,
    /// Print the tree and every file, and write nothing
    #[arg(long, conflicts_with_all = ["push"])]
    pub(crate) dry_run: bool,
    /// Print what was (or would be) written as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the files but do not commit them
    #[arg(long, conflicts_with = "push")]
    pub(crate) no_commit: bool,
    /// Push the commit with `git push`
    #[arg(long)]
    pub(crate) push: bool,
    /// Scaffold to use: the name of a built-in one, or a folder
    #[arg(long, value_name = "NAME|DIR", default_value = DEFAULT_SCAFFOLD)]
    pub(crate) scaffold: String,
}

impl New {
    /// Whether the scaffold is the one whose questions are flags.
    pub(crate) fn has_question_flags(&self) -> bool {
        self.scaffold == DEFAULT_SCAFFOLD
    }
}

/// Arguments of `treenail upgrade`, without the questions' flags (see [`Flags`]).
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "Exit codes: 0 done or nothing to do, 1 failed, 2 wrong usage, 3 conflicts, \
                        4 answers missing or invalid, 5 something in the way, 6 recorded state damaged, 130 cancelled. \
                        With several folders it is the highest of their codes; 130 stops at once.")]
pub(crate) struct Upgrade {
    /// Folders that treenail has written to, upgraded one after the other [default: .]
    #[arg(value_name = "DIR")]
    pub(crate) dirs: Vec<PathBuf>,
    /// Scaffold to upgrade to: the name of a built-in one, or a folder [default: the one of the files]
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) scaffold: Option<String>,
    /// Change an answer; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) sets: Vec<String>,
    /// Change the answers that a YAML file has
    #[arg(long, value_name = "FILE")]
    pub(crate) answers: Option<PathBuf>,
    /// Take the scaffold's defaults where they are others now and you have not chosen
    #[arg(long)]
    pub(crate) adopt_defaults: bool,
    /// What to do where you and the scaffold changed the same
    #[arg(long, value_name = "HOW", default_value = "fail")]
    pub(crate) conflicts: OnConflict,
    /// Print what would happen and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the change as a diff as well
    #[arg(long)]
    pub(crate) diff: bool,
    /// Print the report as JSON
    #[arg(long, conflicts_with = "diff")]
    pub(crate) json: bool,
    /// Do not ask: neither new questions nor before writing
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Write the files but do not commit them
    #[arg(long)]
    pub(crate) no_commit: bool,
    /// Commit to this branch and leave the work tree as it is [default: treenail/upgrade-SCAFFOLD-VERSION]
    ///
    /// Without a name the branch is called `treenail/upgrade-SCAFFOLD-VERSION`, or for a folder inside the repository
    /// `treenail/FOLDER/upgrade-SCAFFOLD-VERSION`. A word that follows is the name, so without one put the option last,
    /// or after the folder. Where the branch holds the same upgrade of the same commit already, all is well.
    #[arg(long, value_name = "NAME", conflicts_with = "no_commit")]
    pub(crate) branch: Option<Option<String>>,
    /// Accept an older version of the scaffold
    #[arg(long)]
    pub(crate) allow_downgrade: bool,
    /// Merge against what was recorded in this commit, where `.treenail/base` is lost or damaged
    #[arg(long, value_name = "REV", conflicts_with = "two_way")]
    pub(crate) base: Option<String>,
    /// Merge without a base, where it is lost for good: every file that differs is a conflict
    #[arg(long)]
    pub(crate) two_way: bool,
    /// Commit an upgrade whose conflicts are resolved
    #[arg(long = "continue", conflicts_with = "abort")]
    pub(crate) resume: bool,
    /// Give up an upgrade whose conflicts are not resolved
    #[arg(long)]
    pub(crate) abort: bool,
}

/// What to do where the user and the scaffold changed the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnConflict {
    /// Write nothing
    Fail,
    /// Leave markers in the files, as Git does
    Markers,
    /// Keep your lines
    Ours,
    /// Take the scaffold's lines
    Theirs,
}

/// Arguments of `treenail adopt`, without the questions' flags (see [`Flags`]).
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 4 answers missing or invalid, \
                        5 something in the way, 6 the recorded state can be brought back, 130 cancelled.")]
pub(crate) struct Adopt {
    /// Folder that the files are in
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Take the default of every question that has one, and ask only the rest
    #[arg(long)]
    pub(crate) defaults: bool,
    /// Answer a question of any scaffold; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) sets: Vec<String>,
    /// Take answers from a YAML file, such as `new --print-answers` prints
    #[arg(long, value_name = "FILE")]
    pub(crate) answers: Option<PathBuf>,
    /// Print what would happen and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print what was (or would be) found and written as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Do not ask before writing
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Write the files but do not commit them
    #[arg(long)]
    pub(crate) no_commit: bool,
    /// Scaffold that the files are of: the name of a built-in one, or a folder
    #[arg(long, value_name = "NAME|DIR", default_value = DEFAULT_SCAFFOLD)]
    pub(crate) scaffold: String,
}

/// Arguments of `treenail status`.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Folder that treenail has written to
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Scaffold to compare with: the name of a built-in one, or a folder [default: the one of the files]
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) scaffold: Option<String>,
    /// Print it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `treenail diff`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Diff {
    /// Folder that treenail has written to
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Show what an upgrade to the newest scaffold would change in what is committed
    #[arg(long)]
    pub(crate) upgrade: bool,
    /// Show only how many lines of which file
    #[arg(long)]
    pub(crate) stat: bool,
    /// Print it as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// End with code 7 where there is a difference
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Scaffold to upgrade to: the name of a built-in one, or a folder [default: the one of the files]
    #[arg(long, value_name = "NAME|DIR", requires = "upgrade")]
    pub(crate) scaffold: Option<String>,
}

/// Arguments of `treenail restore`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done or nothing to do, 1 failed, 2 wrong usage, 5 something in the way, \
                        6 recorded state damaged, 130 cancelled."
)]
pub(crate) struct Restore {
    /// Files, also deleted ones, or folders with all that is below them but what is yours from the start
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Overwrite edits that are neither committed nor staged
    #[arg(long, short)]
    pub(crate) force: bool,
    /// Print what would be restored and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `treenail check`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "Exit codes: 0 no errors, 1 failed, 2 wrong usage, 8 errors found.")]
pub(crate) struct Check {
    /// Files and folders to check [default: the repository you are in]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Take warnings for errors
    #[arg(long)]
    pub(crate) strict: bool,
    /// Name the projects and versions whose kinds are known, and check nothing
    #[arg(long, conflicts_with_all = ["paths", "strict"])]
    pub(crate) versions: bool,
    /// Leave out what is less severe [default: warning, with --only: note]
    #[arg(long, value_name = "LEVEL")]
    pub(crate) severity: Option<Level>,
    /// Report only these rules; separated by commas
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Leave out these rules; separated by commas
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// How to print what is found
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: CheckFormat,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
    /// Mend what can be mended for certain, and report the rest
    #[arg(long)]
    pub(crate) fix: bool,
    /// Print what `--fix` would change as a diff, and write nothing
    #[arg(long, requires = "fix", conflicts_with_all = ["format", "json"])]
    pub(crate) dry_run: bool,
}

/// How severe a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// It cannot work
    Error,
    /// It works by luck, or not everywhere
    Warning,
    /// Worth knowing
    Note,
}

/// How `treenail check` prints what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people, with the line and a mark below the place
    Human,
    /// One object of a documented shape
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// JUnit XML, for reports of tests
    Junit,
}

/// What `treenail scaffold` does.
#[derive(Debug, Subcommand)]
pub(crate) enum ScaffoldVerb {
    /// List the built-in scaffolds
    List,
    /// Show a scaffold's questions and files
    Show {
        /// Name of a built-in scaffold, or a folder
        #[arg(default_value = "service")]
        scaffold: String,
    },
    /// Find mistakes in a scaffold
    Lint {
        /// Name of a built-in scaffold, or a folder
        #[arg(default_value = "service")]
        scaffold: String,
    },
    /// Copy a built-in scaffold into a folder, to make another one of it
    Export {
        /// Name of a built-in scaffold
        scaffold: String,
        /// The folder; it must not exist, or be empty
        dir: PathBuf,
    },
}

/// A command line that was understood.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// The fixed part.
    pub(crate) cli: Cli,
    /// The flags that answer questions.
    pub(crate) flags: Flags,
}

/// The command with the flags of `definition`'s questions.
pub fn command(definition: &Definition) -> Command {
    questions::add(Cli::command().after_long_help(exit_codes()), definition)
}

fn exit_codes() -> String {
    let lines = EXIT_CODES.iter().map(|(code, meaning)| format!("{code:>5}  {meaning}"));
    format!("Exit codes:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// Understands `arguments` (the program's name first).
///
/// # Errors
/// Whatever clap finds wrong, and its help and version texts.
pub(crate) fn parse(
    definition: &Definition,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Parsed, clap::Error> {
    let mut command = command(definition);
    let mut matches = command.try_get_matches_from_mut(arguments)?;
    let flags = Flags::read(&command, &matches);
    Ok(Parsed { cli: Cli::from_arg_matches_mut(&mut matches)?, flags })
}
