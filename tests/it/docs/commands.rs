//! Whatever the documentation tells to type, the program understands. Only the words are looked at, not whether
//! `DIR` is a directory.

use clap::error::ErrorKind;
use treenail::check::rule;
use treenail::cli;
use treenail::scaffold::catalog;

use crate::docs::page::{self, Page};

/// Stand for an answer in a command of the documentation.
const PLACEHOLDERS: &[ErrorKind] = &[
    ErrorKind::InvalidValue,
    ErrorKind::ValueValidation,
    ErrorKind::MissingRequiredArgument,
    ErrorKind::DisplayHelp,
    ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
];

#[test]
fn every_command_is_understood() {
    let definition = catalog::embedded("service").unwrap().unwrap().definition;
    let mut found = Vec::new();
    let mut tried = 0;
    for page in page::all() {
        for (index, command) in commands(&page) {
            tried += 1;
            let words = command.split_whitespace().map(|word| word.trim_matches(['\'', '"']));
            match cli::command(&definition).try_get_matches_from(words) {
                Err(error) if !PLACEHOLDERS.contains(&error.kind()) => {
                    found.push(format!("{}: `{command}`: {error}", page.place(index)));
                }
                _ => {}
            }
        }
    }
    crate::docs::assert_none(&found);
    assert!(tried > 50, "only {tried} commands were found");
}

/// An option that is mentioned by itself belongs to some command.
#[test]
fn every_option_is_one() {
    let definition = catalog::embedded("service").unwrap().unwrap().definition;
    let mut known = Vec::new();
    options(&cli::command(&definition), &mut known);
    let mut found = Vec::new();
    for page in page::all() {
        for (index, code) in page.code() {
            let option = code.split(['=', ' ', '[']).next().unwrap_or_default();
            if option.starts_with("--") && !known.iter().any(|known| known == option) {
                found.push(format!("{}: treenail has no `{option}`", page.place(index)));
            }
        }
    }
    crate::docs::assert_none(&found);
}

/// A rule that is mentioned is there. `TN123` stands for any.
#[test]
fn every_rule_is_one() {
    let mut found = Vec::new();
    for page in page::all() {
        for (index, line) in page.lines.iter().enumerate() {
            let words = line.split(|letter: char| !letter.is_ascii_alphanumeric());
            let codes = words.filter(|word| word.len() == 5 && word.starts_with("TN") && *word != "TN123");
            let unknown = codes.filter(|code| rule::find(code).is_none());
            found.extend(unknown.map(|code| format!("{}: there is no rule {code}", page.place(index))));
        }
    }
    crate::docs::assert_none(&found);
}

/// Every command of treenail on a page, in its prose and in its blocks, with the index of the line.
fn commands(page: &Page) -> Vec<(usize, String)> {
    let code = page.code().into_iter();
    let blocks = page.blocks.iter().filter(|block| block.info != "text").flat_map(|block| {
        let lines = (block.start..).zip(&block.lines);
        lines.map(|(index, line)| (index, line.trim_start().trim_start_matches("$ ").to_owned()))
    });
    let commands = code.chain(blocks).filter(|(_, text)| text.starts_with("treenail "));
    commands
        .map(|(index, text)| (index, one_command(&text).to_owned()))
        .filter(|(_, text)| is_command(text))
        .collect()
}

/// Without what the shell does with it, and without a comment.
fn one_command(text: &str) -> &str {
    let end = [" # ", " | ", " && ", " > ", " \\"].iter().filter_map(|mark| text.find(mark)).min();
    text[..end.unwrap_or(text.len())].trim_end()
}

/// Not what a tree or a file starts with that is named like the program.
fn is_command(text: &str) -> bool {
    text.split_whitespace()
        .nth(1)
        .is_some_and(|word| word.starts_with(|letter: char| letter.is_ascii_lowercase()))
}

fn options(command: &clap::Command, known: &mut Vec<String>) {
    let mut command = command.clone();
    command.build();
    known.extend(
        command.get_arguments().filter_map(|argument| argument.get_long()).map(|long| format!("--{long}")),
    );
    for below in command.get_subcommands() {
        options(below, known);
    }
}
