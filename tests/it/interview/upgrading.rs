//! The questions that an upgrade brings.

use crate::common::home::Home;
use crate::common::terminal::{CTRL_C, ENTER, LARGE, SMALL, Terminal};

/// A scaffold of `version` that asks `questions`: name, and further lines of YAML.
fn offer(home: &Home, version: &str, questions: &[(&str, &str)]) {
    let question = |(name, more): &(&str, &str)| {
        format!("- name: {name}\n  type: text\n  prompt: The {name}\n  help: What it is for.\n{more}")
    };
    let questions: String = questions.iter().map(question).collect();
    home.write(
        "scaffold/scaffold.yaml",
        format!(
            "schema: 1\nname: web\nversion: {version}\nsummary: made for a test\nquestions:\n{questions}\
             files:\n- path: app.txt\n  about: a file\n"
        ),
    );
}

const APP: (&str, &str) = ("app", "  essential: true\n");

/// A repository of the version before the questions that are new: of these `team` is essential, `room` has no default,
/// `floor` is only asked of those who are not on the ground, and `port` is neither.
fn outdated() -> Home {
    let home = Home::new();
    home.repository("shop");
    home.write("scaffold/files/app.txt", "web\n");
    offer(&home, "1.0.0", &[APP]);
    let output = home
        .command("treenail")
        .args(["new", "shop", "--scaffold", "scaffold", "--defaults", "--set", "app=shop"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let floor = "  essential: true\n  when: room == \"upstairs\"\n  default: first\n";
    let new = [
        APP,
        ("team", "  essential: true\n  default: \"[= app =]-team\"\n"),
        ("port", "  default: \"8080\"\n"),
        ("room", ""),
        ("floor", floor),
    ];
    offer(&home, "2.0.0", &new);
    home
}

const UPGRADE: &str = "upgrade shop --scaffold scaffold";

#[test]
fn new_questions_are_asked_where_nobody_should_decide_for_the_user() {
    let home = outdated();
    let mut terminal = Terminal::start(&home, SMALL, UPGRADE);
    terminal.is_prompted_suggesting("The team", "shop-team");
    terminal.press(ENTER);
    terminal.is_prompted("The room");
    terminal.press(ENTER);
    terminal.sees("this needs an answer");
    terminal.types("cellar");
    terminal.sees("new answers");
    terminal.sees("team = shop-team (default)");
    terminal.sees("port = 8080 (default)");
    terminal.sees("room = cellar (asked)");
    terminal.chooses("What now?", "Write it");
    let shown = terminal.ends_with(0);
    assert!(
        !shown.contains("The app") && !shown.contains("The port") && !shown.contains("The floor"),
        "{shown}"
    );
    let state = home.read("shop/.treenail/answers.yaml");
    assert!(state.contains("  room: asked\n") && state.contains("  port: {default:"), "{state}");
    assert_eq!(home.git("shop", "status --porcelain"), "");
}

#[test]
fn one_step_back_and_what_follows_from_an_answer() {
    let home = outdated();
    let mut terminal = Terminal::start(&home, SMALL, UPGRADE);
    terminal.is_prompted("The team");
    terminal.types("blue");
    terminal.is_prompted("The room");
    terminal.types("<");
    terminal.is_prompted_suggesting("The team", "blue");
    terminal.types("red");
    terminal.is_prompted("The room");
    terminal.types("upstairs");
    terminal.is_prompted_suggesting("The floor", "first");
    terminal.press(ENTER);
    terminal.chooses("What now?", "Write it");
    terminal.ends_with(0);
    let state = home.read("shop/.treenail/answers.yaml");
    assert!(state.contains("  team: red\n") && state.contains("  floor: first\n"), "{state}");
}

#[test]
fn what_is_given_is_not_asked() {
    let home = outdated();
    let mut terminal = Terminal::start(&home, SMALL, &format!("{UPGRADE} --set team=blue --set room=cellar"));
    terminal.chooses("What now?", "Write it");
    let shown = terminal.ends_with(0);
    assert!(!shown.contains("The "), "{shown}");
}

#[test]
fn with_yes_nothing_is_asked() {
    let home = outdated();
    let mut terminal = Terminal::start(&home, SMALL, &format!("{UPGRADE} --yes"));
    terminal.sees("`room`: not answered");
    terminal.ends_with(4);
    let mut terminal = Terminal::start(&home, SMALL, &format!("{UPGRADE} --yes --set room=cellar"));
    terminal.sees("team = shop-team (default)");
    terminal.ends_with(0);
}

#[test]
fn what_is_wrong_is_said_before_the_first_question() {
    let home = outdated();
    let mut terminal = Terminal::start(&home, SMALL, &format!("{UPGRADE} --set nope=1"));
    terminal.sees("has no question `nope`");
    let shown = terminal.ends_with(4);
    assert!(!shown.contains("The team"), "{shown}");
}

#[test]
fn leaving_one_of_several_leaves_the_others_too() {
    let home = outdated();
    home.git(".", "clone -q shop other");
    let mut terminal = Terminal::start(&home, SMALL, "upgrade shop other --scaffold scaffold");
    terminal.is_prompted("The team");
    terminal.reads_keys(&home);
    terminal.press(CTRL_C);
    terminal.ends_with(130);
    assert_eq!(home.git("other", "rev-list --count HEAD"), "1");

    let mut terminal = Terminal::start(
        &home,
        SMALL,
        "upgrade shop other --scaffold scaffold --set room=cellar --set team=blue",
    );
    terminal.chooses("What now?", "Stop here");
    terminal.sees("summary");
    terminal.sees("other   not started");
    terminal.ends_with(130);
}

#[test]
fn stopping_what_runs_is_a_question_even_if_everything_else_is_answered() {
    let home = Home::new();
    home.repository("shop");
    let new = ["new", "shop", "--defaults", "--source-repo", "https://github.com/acme/shop.git"];
    assert!(home.command("treenail").args(new).output().unwrap().status.success());
    let released = "kind: Component\nimages:\n- {name: app-image, newTag: '1'}\n";
    home.write("shop/deploy/overlays/staging/image/kustomization.yaml", released);
    home.git("shop", "commit -q -a -m release");
    let head = home.git("shop", "rev-parse HEAD");
    let upgrade = "upgrade shop --app cart";

    let mut terminal = Terminal::start(&home, SMALL, upgrade);
    terminal.chooses("What now?", "Leave everything as it is");
    terminal.ends_with(130);
    let mut terminal = Terminal::start(&home, SMALL, &format!("{upgrade} --yes"));
    terminal.sees("pass --allow-downtime");
    terminal.ends_with(5);
    // A preview says what the question would be about.
    let mut terminal = Terminal::start(&home, SMALL, &format!("{upgrade} --dry-run"));
    terminal.sees("running workloads that the upgrade would stop");
    terminal.ends_with(0);
    assert_eq!(home.git("shop", "rev-parse HEAD"), head);

    let mut terminal = Terminal::start(&home, SMALL, upgrade);
    terminal.chooses("What now?", "Write it, and stop these workloads");
    terminal.ends_with(0);
    assert_ne!(home.git("shop", "rev-parse HEAD"), head);
    let mut terminal = Terminal::start(&home, SMALL, "upgrade shop --app basket --allow-downtime");
    terminal.chooses("What now?", "Write it");
    terminal.ends_with(0);
}

/// Nobody would know that it waits for a file.
#[test]
fn answers_are_not_read_from_a_terminal() {
    let home = outdated();
    for command in ["new other --answers -", "upgrade shop --answers -", "adopt shop --answers -"] {
        if command.starts_with("adopt") {
            home.git("shop", "rm -q -r .treenail");
            home.git("shop", "commit -q -m lost");
        }
        let mut terminal = Terminal::start(&home, SMALL, command);
        terminal.sees("`--answers -` reads the standard input, which is a terminal");
        terminal.ends_with(2);
    }
}

/// They are recorded nowhere, and nobody wants to give them again.
#[test]
fn new_answers_survive_a_conflict_as_the_next_command() {
    for (mine, code) in [("mine\n", 3), ("web\n", 5)] {
        let home = outdated();
        home.write("scaffold/files/app.txt", "new\n");
        home.write("shop/app.txt", mine);
        home.git("shop", "add -A");
        home.git("shop", "commit -q --allow-empty -m edit");
        if code == 5 {
            home.write("shop/app.txt", "dirty\n");
        }
        let mut terminal =
            Terminal::start(&home, LARGE, &format!("{UPGRADE} --set port=81 --adopt-defaults"));
        terminal.is_prompted("The team");
        terminal.types("it's \"$HOME\"");
        terminal.is_prompted("The room");
        terminal.types("cellar");
        if code == 5 {
            terminal.chooses("What now?", "Write it");
        }
        terminal.sees("your new answers: `");
        let shown = terminal.ends_with(code);
        let (_, command) = shown.rsplit_once("your new answers: `").unwrap();
        let (command, _) = command.split_once("`\r").unwrap();
        let set = "--set port=81 --set room=cellar --set 'team=it'\\''s \"$HOME\"'";
        assert_eq!(command, format!("treenail upgrade shop --scaffold scaffold --adopt-defaults {set}"));
        let command = format!("{command} --conflicts=theirs");
        if code == 5 {
            home.git("shop", "restore app.txt");
        }
        let output = home.command("sh").args(["-c", &command]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let state = home.read("shop/.treenail/answers.yaml");
        assert!(state.contains("  team: it's \"$HOME\"\n") && state.contains("  room: cellar\n"), "{state}");
    }
}
