//! Upgrades of several folders at a terminal: what is asked, the bar, and the table.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::common::home::Home;
use crate::common::terminal::{CTRL_C, LARGE, SMALL, Size, Terminal};

const NARROW: Size = Size { rows: 24, columns: 32 };

/// The repositories `cart`, `shop` and `till`, whose scaffold has a newer version. Each of them takes a while to commit.
fn outdated() -> Home {
    let home = Home::new();
    let offer = |version: &str| {
        let definition = format!(
            "schema: 1\nname: web\nversion: {version}\nsummary: made for a test\nquestions:\n\
             - {{name: app, type: text, prompt: Name, help: Of all., essential: true}}\n\
             files:\n- path: app.txt\n  about: a file\n"
        );
        home.write("scaffold/scaffold.yaml", definition);
        home.write("scaffold/files/app.txt", version);
    };
    offer("1.0.0");
    for name in ["cart", "shop", "till"] {
        home.repository(name);
        let mut new = home.command("treenail");
        new.args(["new", name, "--quiet", "--scaffold", "scaffold", "--defaults", "--set", "app=web"]);
        assert!(new.status().unwrap().success());
        let hook = home.path(name).join(".git/hooks/pre-commit");
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        fs::write(&hook, "#!/bin/sh\nsleep 1\n").unwrap();
        fs::set_permissions(&hook, Permissions::from_mode(0o755)).unwrap();
    }
    offer("2.0.0");
    home
}

const UPGRADE: &str = "upgrade cart shop till --scaffold scaffold";

#[track_caller]
fn assert_commits(home: &Home, expected: [&str; 3]) {
    let found = ["cart", "shop", "till"].map(|name| home.git(name, "rev-list --count HEAD"));
    assert_eq!(found, expected);
}

#[test]
fn the_user_can_be_asked_about_one_and_no_more() {
    let home = outdated();
    let mut terminal = Terminal::start(&home, SMALL, UPGRADE);
    terminal.sees("==> cart <==");
    terminal.chooses("What now?", "Write it, and the other folders without asking");
    terminal.sees("upgraded, commit");
    // Those that are left are written with a bar.
    terminal.sees("] 0/2 ");
    terminal.sees("==> shop <==");
    terminal.sees("==> till <==");
    terminal.sees("==> summary <==");
    terminal.sees("till    upgraded  commit ");
    terminal.ends_with(0);
    assert_commits(&home, ["2", "2", "2"]);
}

#[test]
fn the_user_is_asked_about_each() {
    let home = outdated();
    let mut terminal = Terminal::start(&home, LARGE, UPGRADE);
    terminal.sees("==> cart <==");
    terminal.chooses("What now?", "Write it");
    terminal.sees("==> shop <==");
    terminal.chooses("What now?", "Stop here");
    terminal.sees("==> summary <==");
    terminal.sees("cart    upgraded     commit ");
    terminal.sees("shop    cancelled");
    terminal.sees("till    not started");
    terminal.ends_with(130);
    assert_commits(&home, ["2", "1", "1"]);
}

#[test]
fn nothing_is_wider_than_a_narrow_terminal() {
    let home = outdated();
    let mut terminal = Terminal::start(&home, NARROW, &format!("{UPGRADE} --yes"));
    terminal.sees("0/3 ");
    terminal.sees("==> summary <==");
    terminal.sees("cart    upgraded  commit ");
    let shown = terminal.ends_with(0);
    let (_, table) = shown.split_once("==> summary <==").unwrap();
    let lines: Vec<_> = table.lines().filter(|line| line.contains("upgraded")).collect();
    assert!(lines.len() == 3 && lines.iter().all(|line| line.chars().count() <= 32), "{lines:?}");
    let bars: Vec<_> = shown.split(['\r', '\n']).filter(|line| line.contains("/3 ")).collect();
    let width = |line: &&str| console::measure_text_width(line.trim_end_matches("\u{1b}[2K")) <= 32;
    assert!(!bars.is_empty() && bars.iter().all(width), "{bars:?}");
}

#[test]
fn a_signal_beside_the_bar_ends_the_run_with_its_table() {
    let home = outdated();
    let mut terminal = Terminal::start(&home, SMALL, &format!("{UPGRADE} till --yes"));
    terminal.sees("] 0/4 ");
    terminal.press(CTRL_C);
    terminal.sees("==> summary <==");
    terminal.sees("till    not started");
    terminal.ends_with(130);
    for name in ["cart", "shop", "till"] {
        assert_eq!(home.git(name, "status --porcelain"), "");
    }
}
