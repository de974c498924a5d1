//! The pages of the reference that are made of the code: the command line, the questions, the
//! exit codes.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory};
use treenail::cli::{self, Cli};
use treenail::error::EXIT_CODES;
use treenail::scaffold::catalog;
use treenail::scaffold::definition::{Definition, Question};
use treenail::values::Limits;

/// Stands on every page that is made.
pub const NOTICE: &str = "<!-- Made by `TREENAIL_BLESS=1 cargo test --test it docs::`. -->";

#[test]
fn the_command_line() {
    let definition = service();
    let mut root = cli::command(&definition);
    root.build();
    let mut text = format!(
        "# Command line\n\n{NOTICE}\n\nCommands print data to standard output and everything else to standard error.\n\
         The [exit code](exit-codes.md) says how a command ended. treenail asks questions only if standard\n\
         input and standard error are terminals.\n\n\
         ## Options of every command\n\n"
    );
    for option in root.get_arguments().filter(|option| option.is_global_set()) {
        describe(&mut text, option);
    }
    // In the order in which they are declared, which adding the questions' options has changed.
    for command in Cli::command().get_subcommands() {
        let command = root.find_subcommand(command.get_name()).unwrap();
        describe_command(&mut text, command.clone(), &definition);
    }
    made("cli", &text);
}

#[test]
fn the_questions() {
    let definition = service();
    let mut text = format!(
        "# Questions\n\n{NOTICE}\n\nThe questions of the scaffold `{}` {}. Each question is an option of `treenail new` and other commands,\n\
         and a key in `.treenail/answers.yaml` and in a file for `--answers`. The essential questions come\n\
         first, the others on request. In a default, `[= =]` is a template over earlier answers; their names\n\
         have `_` for `-`.\n\n\
         | question | prompt | default |\n|---|---|---|\n",
        definition.name, definition.version
    );
    for question in &definition.questions {
        let default = question.default.as_ref().map_or("-".to_owned(), |default| format!("`{default}`"));
        let default = default.replace('|', "\\|");
        let _ = writeln!(text, "| [`{0}`](#{0}) | {1} | {default} |", question.name, question.prompt);
    }
    for question in &definition.questions {
        describe_question(&mut text, question);
    }
    made("questions", &text);
}

#[test]
fn the_exit_codes() {
    let mut text = format!(
        "# Exit codes\n\n{NOTICE}\n\nAll commands use the same exit codes.\n\n| code | meaning |\n|---|---|\n"
    );
    for (code, meaning) in EXIT_CODES {
        let _ = writeln!(text, "| {code} | {meaning} |");
    }
    made("exit-codes", &text);
}

fn service() -> Definition {
    catalog::embedded("service").unwrap().unwrap().definition
}

/// Compares a page with what it should be.
#[track_caller]
fn made(name: &str, text: &str) {
    crate::docs::made(&format!("docs/reference/{name}.md"), text, "");
}

/// A command, and those below it.
fn describe_command(text: &mut String, mut command: Command, definition: &Definition) {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").to_owned();
    let name: Vec<_> = usage.split(' ').take_while(|word| !word.starts_with(['[', '<'])).collect();
    let _ = write!(text, "\n## `{}`\n\n{}.\n", name.join(" "), command.get_about().unwrap());
    let below: Vec<_> =
        command.get_subcommands().filter(|below| below.get_name() != "help").cloned().collect();
    if below.is_empty() {
        let _ = write!(text, "\n```text\n{usage}\n```\n");
    }
    let is_question = |argument: &&Arg| definition.question(argument.get_id().as_str()).is_some();
    let is_own = |argument: &&Arg| {
        !argument.is_global_set() && argument.get_id() != "help" && argument.get_help_heading().is_none()
    };
    let own: Vec<_> = command.get_arguments().filter(is_own).collect();
    if !own.is_empty() {
        text.push('\n');
    }
    for argument in own {
        describe(text, argument);
    }
    let asked: Vec<_> = command
        .get_arguments()
        .filter(|argument| argument.get_help_heading().is_some())
        .filter(is_question)
        .map(|argument| format!("[`--{0}`](questions.md#{0})", argument.get_id()))
        .collect();
    if !asked.is_empty() {
        let _ = write!(text, "\nAnswers: {}.\n", asked.join(", "));
    }
    if let Some(more) = command.get_after_help() {
        let _ = write!(text, "\n{more}\n");
    }
    for command in below {
        describe_command(text, command, definition);
    }
}

/// An option or an argument.
fn describe(text: &mut String, argument: &Arg) {
    let shown = argument.to_string();
    let short = argument.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let _ = write!(text, "- {short}`{shown}`: {}", argument.get_help().unwrap());
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() && argument.get_action().takes_values() {
        let _ = write!(text, " (default `{}`)", defaults.join(" "));
    }
    text.push('\n');
    for value in argument.get_possible_values() {
        if argument.get_action().takes_values() && !value.is_hide_set() {
            let help = value.get_help().map(|help| format!(": {help}")).unwrap_or_default();
            let _ = writeln!(text, "  - `{}`{help}", value.get_name());
        }
    }
}

fn describe_question(text: &mut String, question: &Question) {
    let _ =
        write!(text, "\n## {}\n\n{}.\n\n{}\n\n", question.name, question.prompt, question.help.trim_end());
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "- {name}: {value}");
    };
    let code = |text: &str| format!("`{text}`");
    let (noun, name) = (question.kind.noun(), question.kind.name());
    let limits = limits(question.kind.limits());
    line("type", &format!("{noun} ([`{name}`](../scaffolds.md#types)){limits}"));
    line("example", &code(question.example()));
    if let Some(default) = &question.default {
        line("default", &code(default));
    }
    if question.detect.is_some() {
        line("detected", "if possible; takes precedence over the default");
    }
    if let Some(when) = &question.when {
        line("only asked if", &code(when));
    }
    if question.optional {
        line("optional", "may be empty");
    }
    line("asked", if question.essential { "first" } else { "under \"customise everything\"" });
}

fn limits(limits: &Limits) -> String {
    let mut text = String::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(text, ", {name} {value}");
        }
    };
    add("at least", limits.min.map(|min| min.to_string()));
    add("at most", limits.max.map(|max| max.to_string()));
    add("letters at most", limits.max_length.map(|length| length.to_string()));
    add("but not", (!limits.reserved.is_empty()).then(|| limits.reserved.join(", ")));
    add("one of", (!limits.choices.is_empty()).then(|| limits.choices.join(", ")));
    text
}
