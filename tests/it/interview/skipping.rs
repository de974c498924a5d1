//! What is given is not asked.

use crate::common::home::Home;
use crate::common::terminal::{
    ENTER, LARGE, SMALL, Terminal, essential, home_with_source, prompt_of, questions,
};

#[test]
fn what_flags_answer_is_not_asked() {
    let home = home_with_source();
    let mut terminal =
        Terminal::start(&home, SMALL, "new shop-gitops --app web --port 9000 --set image=ghcr.io/acme/web");
    terminal.accepts(&questions(|question| {
        question.essential && !["app", "port", "image"].contains(&&*question.name)
    }));
    terminal.declines_to_customise();
    terminal.chooses("What now?", "Write and commit");
    let shown = terminal.ends_with(0);
    for question in ["app", "port", "image"] {
        assert!(!shown.contains(&format!("{}\x1b[0m", prompt_of(question))), "{question}\n{shown}");
    }
    assert!(home.read("shop-gitops/.treenail/answers.yaml").contains("  app: web\n"));
}

#[test]
fn a_bad_flag_is_refused_before_the_first_question() {
    let home = home_with_source();
    let mut terminal = Terminal::start(&home, SMALL, "new shop-gitops --port 99999");
    terminal.sees("--port: `99999` is more than `65535`");
    let shown = terminal.ends_with(4);
    assert!(!shown.contains(&prompt_of("app")), "{shown}");
}

#[test]
fn what_is_in_the_way_is_said_before_the_first_question() {
    let home = home_with_source();
    home.write("target/notes.txt", "mine\n");
    let mut terminal = Terminal::start(&home, SMALL, "new target");
    terminal.sees("is not empty and not in a Git repository");
    let shown = terminal.ends_with(5);
    assert!(!shown.contains(&prompt_of("app")), "{shown}");
}

#[test]
fn defaults_leave_only_what_has_none() {
    let home = Home::new();
    let mut terminal = Terminal::start(&home, SMALL, "new shop --defaults");
    terminal.is_asked("source-repo");
    terminal.types("https://github.com/acme/shop.git");
    let shown = terminal.ends_with(0);
    assert!(!shown.contains(&prompt_of("app")) && !shown.contains("What now?"), "{shown}");
    assert_eq!(home.git("shop", "rev-list --count HEAD"), "1");
}

#[test]
fn defaults_may_leave_nothing() {
    let home = home_with_source();
    let shown = Terminal::start(&home, SMALL, "new shop-gitops --defaults").ends_with(0);
    assert!(!shown.contains(&prompt_of("app")), "{shown}");
    assert_eq!(home.git("shop-gitops", "rev-list --count HEAD"), "1");
}

#[test]
fn the_directory_is_asked() {
    let home = Home::new();
    home.write("notes.txt", "something\n");
    let mut terminal = Terminal::start(&home, SMALL, "new");
    terminal.is_prompted("Directory to write to");
    terminal.press(ENTER);
    terminal.sees("This needs an answer");
    terminal.is_prompted("Directory to write to");
    terminal.types("?");
    terminal.sees("Where the manifest repository goes");
    terminal.is_prompted("Directory to write to");
    terminal.types("shop-gitops");
    terminal.sees("Directory to write to ");
    terminal.is_asked_suggesting("app", "shop");
    terminal.press(ENTER);
    terminal.is_asked("source-repo");
    terminal.types("https://github.com/acme/shop.git");
    terminal.accepts(&essential()[2..]);
    terminal.declines_to_customise();
    terminal.chooses("What now?", "Write and commit");
    terminal.ends_with(0);
    assert!(home.path("shop-gitops/.git").exists());
}

#[test]
fn an_empty_directory_is_suggested() {
    let home = Home::new();
    let mut terminal = Terminal::start(&home, SMALL, "new --defaults --app shop");
    terminal.is_prompted_suggesting("Directory to write to", ".");
    terminal.press(ENTER);
    terminal.is_asked("source-repo");
    terminal.types("https://github.com/acme/shop.git");
    terminal.ends_with(0);
    assert!(home.path(".git").exists());
}

/// With one end of the conversation missing nobody is asked.
#[test]
fn without_input_nothing_is_asked() {
    let home = Home::new();
    home.write("run.sh", "exec treenail \"$@\" </dev/null\n");
    let mut terminal = Terminal::start_with(&home, LARGE, "sh run.sh new shop");
    terminal.sees("--source-repo: not answered");
    let shown = terminal.ends_with(4);
    assert!(!shown.contains(&prompt_of("app")), "{shown}");
    assert!(!home.path("shop").exists());
}

#[test]
fn a_dry_run_asks_and_writes_nothing() {
    let home = home_with_source();
    let before = home.tree(".");
    let mut terminal = Terminal::start(&home, LARGE, "new shop-gitops --dry-run");
    terminal.accepts(&essential());
    terminal.declines_to_customise();
    terminal.chooses("What now?", "Show every file");
    terminal.sees("==> README.md <==");
    terminal.ends_with(0);
    assert_eq!(home.tree("."), before);
}

#[test]
fn plain_prompts_where_colours_are_unwanted() {
    let home = Home::new();
    let mut terminal = Terminal::start(&home, SMALL, "new shop --color never --defaults");
    terminal.sees(&prompt_of("source-repo"));
    terminal.types("https://github.com/acme/shop.git");
    let shown = terminal.ends_with(0);
    assert!(!shown.contains("\x1b[1m") && !shown.contains("\x1b[3"), "{}", shown.escape_debug());
}
