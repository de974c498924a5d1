//! The flags that answer questions, made from the questions of the built-in scaffold, so that a question and its flag
//! cannot drift apart.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use clap::{Arg, ArgMatches, Command};

use crate::scaffold::definition::{Definition, Question};

/// The commands that have these flags; each has `--set` as well.
const COMMANDS: [&str; 3] = ["new", "upgrade", "adopt"];

/// Keeps the ids of these arguments apart from those of the command.
const PREFIX: &str = "answer ";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct QuestionFlags {
    pub(crate) names: BTreeSet<String>,
    /// Maps questions to text, for each flag that was given.
    pub(crate) given: BTreeMap<String, String>,
}

impl QuestionFlags {
    pub(crate) fn read(command: &Command, matches: &ArgMatches) -> Self {
        let mut flags = Self::default();
        let Some((verb, matches)) = matches.subcommand() else { return flags };
        let arguments = command.find_subcommand(verb).into_iter().flat_map(Command::get_arguments);
        for (id, name) in arguments.filter_map(|argument| {
            let id = argument.get_id().as_str();
            id.strip_prefix(PREFIX).map(|name| (id, name.to_owned()))
        }) {
            if let Some(text) = matches.get_one::<String>(id) {
                flags.given.insert(name.clone(), text.clone());
            }
            flags.names.insert(name);
        }
        flags
    }
}

pub(crate) fn add(program: Command, definition: &Definition) -> Command {
    let everywhere = longs(&program);
    COMMANDS.into_iter().fold(program, |program, verb| {
        program.mut_subcommand(verb, |command| add_to(command, definition, &everywhere))
    })
}

/// A question with the name of an option is left to `--set`.
fn add_to(command: Command, definition: &Definition, everywhere: &BTreeSet<String>) -> Command {
    let own = longs(&command);
    let is_taken = |name: &String| name == "help" || own.contains(name) || everywhere.contains(name);
    let (taken, free): (Vec<_>, Vec<_>) =
        definition.questions.iter().partition(|question| is_taken(&question.name));
    let command = match taken.as_slice() {
        [] => command,
        taken => command.mut_arg("sets", |sets| explain(sets, taken)),
    };
    command.next_help_heading("Answers").args(free.into_iter().map(flag))
}

fn longs(command: &Command) -> BTreeSet<String> {
    command.get_arguments().filter_map(Arg::get_long).map(str::to_owned).collect()
}

/// Adds to the help of `--set` the questions that have no flag.
fn explain(sets: Arg, taken: &[&Question]) -> Arg {
    let names: Vec<_> = taken.iter().map(|question| format!("`{}`", question.name)).collect();
    let are = if taken.len() == 1 { "is an option" } else { "are options" };
    let help = sets.get_help().map(ToString::to_string).unwrap_or_default();
    sets.help(format!("{help}; the only way for {}, which {are} here", names.join(" and ")))
}

fn flag(question: &Question) -> Arg {
    let mut long_help = format!("{}\n\n{}", question.prompt, question.help.trim_end());
    if let Some(default) = &question.default {
        // A template would not help; the text above it says where such a default comes from.
        if !default.contains("[=") {
            let _ = write!(long_help, "\n\n[default: {default}]");
        }
    }
    Arg::new(format!("{PREFIX}{}", question.name))
        .long(question.name.clone())
        .value_name(question.name.to_uppercase())
        .help(question.prompt.clone())
        .long_help(long_help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;
    use crate::scaffold::catalog;

    #[test]
    fn a_question_that_is_called_like_an_option_has_no_flag() {
        let mut definition = catalog::embedded(catalog::DEFAULT).unwrap().unwrap().definition;
        let taken = ["dry-run", "set", "quiet", "help"];
        for (question, name) in definition.questions.iter_mut().zip(taken) {
            name.clone_into(&mut question.name);
        }
        let mut command = command(&definition);
        command.clone().debug_assert();
        let words = ["treenail", "upgrade", "--branch=x", "--port", "9"];
        let matches = command.try_get_matches_from_mut(words).unwrap();
        let flags = QuestionFlags::read(&command, &matches);
        assert_eq!(flags.given, BTreeMap::from([("port".to_owned(), "9".to_owned())]));
        for name in taken.into_iter().chain(["branch"]) {
            assert!(!flags.names.contains(name), "{name}");
            assert!(definition.question(name).is_some(), "{name}");
        }
        let upgrade = command.find_subcommand_mut("upgrade").unwrap();
        let help = upgrade.render_help().to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        let hint = "the only way for `dry-run` and `set` and `quiet` and `help` and `branch`, which are options here";
        assert!(help.contains(hint), "{help}");
    }
}
