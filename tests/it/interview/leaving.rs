//! Ways out before the end: each leaves the terminal as it was and nothing on the disk.

use crate::common::home::Home;
use crate::common::terminal::{CTRL_C, DOWN, LARGE, SMALL, Terminal, essential, home_with_source};

/// Asserts that the run was cancelled, said so once, and left nothing.
#[track_caller]
fn assert_left(terminal: Terminal, home: &Home) {
    let shown = terminal.ends_with(130);
    assert_eq!(shown.matches("cancelled, nothing was written").count(), 1, "{shown}");
    assert!(!home.path("shop-gitops").exists());
    let left: Vec<_> =
        std::fs::read_dir(home.path(".")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["shop"]);
}

#[test]
fn at_the_first_question() {
    let home = home_with_source();
    let mut terminal = Terminal::start(&home, SMALL, "new shop-gitops");
    terminal.is_asked("app");
    terminal.reads_keys(&home);
    terminal.press(CTRL_C);
    assert_left(terminal, &home);
}

#[test]
fn when_asked_for_the_directory() {
    let home = home_with_source();
    let mut terminal = Terminal::start(&home, SMALL, "new");
    terminal.is_prompted("Directory to write to");
    terminal.reads_keys(&home);
    terminal.press(CTRL_C);
    assert_left(terminal, &home);
}

#[test]
fn in_the_middle_of_an_answer() {
    let home = home_with_source();
    let mut terminal = Terminal::start(&home, LARGE, "new shop-gitops");
    terminal.accepts(&essential()[..3]);
    terminal.is_asked("image");
    terminal.press("ghcr.io/ac");
    terminal.sees("ghcr.io/ac");
    terminal.reads_keys(&home);
    terminal.press(CTRL_C);
    assert_left(terminal, &home);
}

#[test]
fn in_the_review() {
    for size in [SMALL, LARGE] {
        let home = home_with_source();
        let mut terminal = Terminal::start(&home, size, "new shop-gitops");
        terminal.accepts(&essential());
        terminal.declines_to_customise();
        terminal.sees("What now?");
        terminal.sees("Leave without writing anything");
        terminal.press(DOWN);
        terminal.sees("Leave without writing anything");
        terminal.reads_keys(&home);
        terminal.press(CTRL_C);
        assert_left(terminal, &home);
    }
}

#[test]
fn in_a_menu_of_answers() {
    let home = home_with_source();
    let mut terminal = Terminal::start(&home, SMALL, "new shop-gitops");
    terminal.accepts(&essential());
    terminal.declines_to_customise();
    terminal.chooses("What now?", "Change an answer");
    terminal.sees("Which one?");
    terminal.sees("health-path");
    terminal.reads_keys(&home);
    terminal.press(CTRL_C);
    assert_left(terminal, &home);
}

#[test]
fn by_a_signal_from_elsewhere() {
    for signal in ["TERM", "HUP", "INT"] {
        let home = home_with_source();
        let mut terminal = Terminal::start(&home, SMALL, "new shop-gitops");
        terminal.is_asked("app");
        let kill = format!("kill -{signal} {}", home.read("../tmp/pid"));
        assert!(home.command("sh").args(["-c", &kill]).status().unwrap().success());
        assert_left(terminal, &home);
    }
}

/// Git gets Ctrl-C, too, and ends. Its hook may survive: a shell takes no signal between two commands.
#[test]
fn while_a_hook_runs() {
    let home = home_with_source();
    let new = home.command("treenail").args(["new", "shop-gitops", "--defaults"]).output();
    assert!(new.unwrap().status.success());
    home.write("shop-gitops/.git/hooks/pre-commit", "#!/bin/sh\necho begun > /dev/tty\nsleep 60\n");
    let hook = home.path("shop-gitops/.git/hooks/pre-commit");
    assert!(home.command("chmod").arg("+x").arg(hook).status().unwrap().success());
    let before = home.tree("shop-gitops");
    let mut terminal = Terminal::start(&home, SMALL, "upgrade shop-gitops --yes --set port=9090");
    terminal.sees("begun");
    terminal.press(CTRL_C);
    let shown = terminal.ends_with(130);
    assert_eq!(shown.matches("cancelled, nothing was written").count(), 1, "{shown}");
    assert_eq!(home.tree("shop-gitops"), before);
    assert_eq!(home.git("shop-gitops", "status --porcelain"), "");
}

/// The driver turns Ctrl-C into a signal where no question is open.
#[test]
fn while_a_pipe_is_read() {
    let home = home_with_source();
    assert!(home.command("mkfifo").arg(home.path("pipe")).status().unwrap().success());
    let mut terminal = Terminal::start(&home, SMALL, "new shop-gitops --defaults --answers pipe");
    // Opens as soon as the other side reads.
    let writer = std::fs::OpenOptions::new().write(true).open(home.path("pipe")).unwrap();
    terminal.press(CTRL_C);
    let shown = terminal.ends_with(130);
    drop(writer);
    assert_eq!(shown.matches("cancelled, nothing was written").count(), 1, "{shown}");
}

/// Ctrl-C that comes before the prompt reads keys is the driver's to turn into a signal.
#[test]
fn as_soon_as_a_question_is_seen() {
    for _ in 0..10 {
        let home = home_with_source();
        let mut terminal = Terminal::start(&home, SMALL, "new shop-gitops");
        terminal.is_asked("app");
        terminal.press(CTRL_C);
        assert_left(terminal, &home);
    }
}
