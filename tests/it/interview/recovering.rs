//! What an interrupted run left, as the next one asks about it.

use crate::common::home::Home;
use crate::common::terminal::{SMALL, Terminal};

const NEW: [&str; 5] = ["new", "shop", "--defaults", "--source-repo", "https://github.com/acme/shop.git"];

/// A repository with an upgrade that was killed before its commit.
fn interrupted() -> Home {
    let home = Home::new();
    assert!(home.command("treenail").args(NEW).output().unwrap().status.success());
    home.kill_at_commit("shop", "upgrade shop --set port=9090 -y");
    home
}

#[test]
fn nothing_is_recovered_without_a_yes() {
    let home = interrupted();
    let before = home.tree("shop");
    for command in ["upgrade shop", "adopt shop --defaults", "new shop/sub"] {
        let mut terminal = Terminal::start(&home, SMALL, command);
        terminal.sees("an earlier run was interrupted here while it changed ");
        terminal.chooses("What now?", "Leave everything as it is");
        terminal.ends_with(130);
        assert_eq!(home.tree("shop"), before, "{command}");
        assert!(home.path("shop/.git/treenail/journal").exists(), "{command}");
    }
}

#[test]
fn a_yes_completes_it() {
    let home = interrupted();
    let mut terminal = Terminal::start(&home, SMALL, "upgrade shop");
    terminal.sees("`.treenail/answers.yaml`");
    terminal.chooses("What now?", "Complete it");
    terminal.sees("completed the interrupted run");
    terminal.ends_with(0);
    assert_eq!(home.git("shop", "status --porcelain"), "");
    assert!(home.read("shop/.treenail/answers.yaml").contains("port: 9090"));
}

#[test]
fn giving_up_is_a_yes_already() {
    let home = interrupted();
    Terminal::start(&home, SMALL, "upgrade shop --abort").ends_with(0);
    assert_eq!(home.git("shop", "status --porcelain"), "");
    assert!(!home.read("shop/.treenail/answers.yaml").contains("9090"));
}
