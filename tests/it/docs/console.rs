//! Runs the console blocks of a page, one after the other, in one shell and a home of their own, as a reader would.
//!
//! A line `$ command` is run, lines `> more` go on with it, and what follows is what it must print; nothing there
//! means that any output will do. A command must succeed; the last one of a block `console exits=CODE` ends with that
//! code. What a comment `<!-- setup` holds is run as well, and not shown to readers. `https://github.com/acme/*.git` are repositories that can be pushed
//! to.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};

use crate::common::home::Home;
use crate::docs::matching::matches;
use crate::docs::page::{self, Page};

/// A command of a page.
struct Step {
    /// Index of its line.
    at: usize,
    command: String,
    /// The code that it must end with.
    code: String,
    /// Where what it prints is shown, and what that is; `None` for what readers do not see.
    shown: Option<(usize, Vec<String>)>,
    indent: usize,
}

/// What a command did.
struct Result {
    code: String,
    printed: Vec<String>,
}

#[test]
fn every_console_block_does_what_it_shows() {
    let mut found = Vec::new();
    for page in page::all() {
        let steps = steps(&page);
        if steps.is_empty() {
            continue;
        }
        let results = run(&steps);
        let wrong: Vec<_> =
            steps.iter().zip(&results).filter(|(step, result)| !is_right(step, result)).collect();
        let failed = failed(&page, &steps, &results);
        if crate::docs::blesses() && failed.is_empty() {
            rewrite(page, &wrong);
        } else {
            found.extend(failed);
            found.extend(wrong.iter().map(|(step, result)| {
                let printed = result.printed.join("\n");
                format!("{}: this does not print what is shown, but:\n{printed}\n", page.place(step.at))
            }));
        }
    }
    crate::docs::assert_none(&found);
}

/// The commands of a page.
fn steps(page: &Page) -> Vec<Step> {
    let mut steps = Vec::new();
    for block in &page.blocks {
        let code = match block.info.split_once(' ').unwrap_or((&block.info, "exits=0")) {
            ("console", attribute) => attribute.strip_prefix("exits=").unwrap().to_owned(),
            ("setup", _) => {
                let command = format!("set -e\n{}\nset +e", block.lines.join("\n"));
                let code = "0".to_owned();
                steps.push(Step { at: block.start, command, code, shown: None, indent: 0 });
                continue;
            }
            _ => continue,
        };
        for (at, line) in (block.start..).zip(&block.lines) {
            let last = steps.last_mut().filter(|step| step.at >= block.start);
            match (line.strip_prefix("$ "), line.strip_prefix("> "), last) {
                (Some(command), ..) => steps.push(Step {
                    at,
                    command: command.to_owned(),
                    code: "0".to_owned(),
                    shown: Some((at + 1, Vec::new())),
                    indent: block.indent,
                }),
                (None, Some(more), Some(Step { command, shown: Some((start, lines)), .. }))
                    if lines.is_empty() =>
                {
                    let _ = write!(command, "\n{more}");
                    *start = at + 1;
                }
                (None, _, Some(Step { shown: Some((_, lines)), .. })) => lines.push(line.clone()),
                _ => panic!("{}: no command before this", page.place(at)),
            }
        }
        steps.last_mut().expect("a block has a command").code = code;
    }
    steps
}

/// Runs all of them in one shell; one that it does not come to has no result.
fn run(steps: &[Step]) -> Vec<Result> {
    let home = home();
    let out = home.path("../tmp/out");
    fs::create_dir(&out).unwrap();
    let mut script = String::new();
    for (number, step) in steps.iter().enumerate() {
        let _ = writeln!(
            script,
            "exec > {0}/{number}.txt 2>&1\n{1}\necho $? > {0}/{number}.code",
            out.display(),
            step.command
        );
    }
    fs::write(home.path("../tmp/script"), script).unwrap();
    let mut shell = home.command("sh");
    shell.arg(home.path("../tmp/script")).stdin(Stdio::null());
    said(&mut shell);
    let scratch = home.path("").display().to_string();
    (0..steps.len())
        .map(|number| {
            let code = fs::read_to_string(out.join(format!("{number}.code"))).unwrap_or_default();
            let printed = fs::read_to_string(out.join(format!("{number}.txt"))).unwrap_or_default();
            let printed = printed.trim_end().replace(&scratch, "/home/acme/");
            Result {
                code: code.trim().to_owned(),
                printed: printed.lines().map(|line| line.trim_end().to_owned()).collect(),
            }
        })
        .collect()
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// A home in which `https://github.com/acme/` leads to repositories that are there.
fn home() -> Home {
    let home = Home::new();
    let hub = home.path("../hub");
    for name in ["shop", "shop-gitops"] {
        let repository = hub.join(format!("{name}.git"));
        fs::create_dir_all(&repository).unwrap();
        said(home.command("git").args(["init", "-q", "--bare", "-b", "main"]).arg(repository));
    }
    home.set_git_config(&format!(
        "[user]\n\tname = Acme\n\temail = acme@example.com\n\
         [url \"file://{}/\"]\n\tinsteadOf = https://github.com/acme/\n",
        hub.display()
    ));
    home
}

fn is_right(step: &Step, result: &Result) -> bool {
    match &step.shown {
        Some((_, shown)) if !trimmed(shown).is_empty() => matches(trimmed(shown), &result.printed),
        _ => true,
    }
}

/// Without empty lines at the end.
fn trimmed(lines: &[String]) -> &[String] {
    let length = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    &lines[..length]
}

/// The first command that did not end as it must: those after it may build on it.
fn failed(page: &Page, steps: &[Step], results: &[Result]) -> Vec<String> {
    let wrong = steps.iter().zip(results).find(|(step, result)| result.code != step.code);
    let failure = wrong.map(|(step, result)| {
        let Result { code, printed } = result;
        format!("{}: this ends with {code}, not {}: {}", page.place(step.at), step.code, printed.join("\n"))
    });
    failure.into_iter().collect()
}

/// Puts what was printed in the place of what was shown.
fn rewrite(page: Page, wrong: &[(&Step, &Result)]) {
    let mut lines = page.lines;
    for (step, result) in wrong.iter().rev() {
        let Some((start, shown)) = &step.shown else { continue };
        let indent = " ".repeat(step.indent);
        let printed = result.printed.iter().map(|line| format!("{indent}{line}").trim_end().to_owned());
        lines.splice(*start..start + trimmed(shown).len(), printed);
    }
    if !wrong.is_empty() {
        fs::write(page::project().join(page.path), lines.join("\n") + "\n").unwrap();
    }
}
