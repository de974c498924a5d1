//! The interview about files that are there.

use crate::common::terminal::{LARGE, Terminal, home_with_source};

#[test]
fn what_the_files_tell_is_not_asked() {
    let home = home_with_source();
    let new = home.command("treenail").args(["new", "shop-gitops", "--defaults", "--port", "3000"]).output();
    assert!(new.unwrap().status.success());
    home.git("shop-gitops", "rm -q -r .treenail");
    home.write("shop-gitops/deploy/base/service.yaml", "mine: true\n");
    home.git("shop-gitops", "commit -q -a -m lost");

    let mut terminal = Terminal::start(&home, LARGE, "adopt shop-gitops");
    terminal.declines_to_customise();
    terminal.sees("answers.yaml");
    terminal.sees("port                3000");
    terminal.sees("edited   deploy/base/service.yaml");
    terminal.chooses("What now?", "Change an answer");
    terminal.chooses("Which one?", "replicas");
    terminal.is_asked("replicas");
    terminal.types("7");
    terminal.sees("edited   deploy/overlays/production/settings/replicas.yaml");
    terminal.chooses("What now?", "Adopt (2 files)");
    let shown = terminal.ends_with(0);
    assert!(shown.contains("adopted, commit"), "{shown}");
    assert_eq!(home.git("shop-gitops", "status --porcelain"), "");
    assert!(home.read("shop-gitops/.treenail/answers.yaml").contains("replicas: asked\n"));
}

#[test]
fn leaving_changes_nothing() {
    let home = home_with_source();
    let new = home.command("treenail").args(["new", "shop-gitops", "--defaults"]).output();
    assert!(new.unwrap().status.success());
    home.git("shop-gitops", "rm -q -r .treenail");
    home.git("shop-gitops", "commit -q -m lost");
    let before = home.tree("shop-gitops");
    let mut terminal = Terminal::start(&home, LARGE, "adopt shop-gitops --defaults");
    terminal.sees("48 of 48 files unchanged");
    terminal.chooses("What now?", "Leave everything as it is");
    terminal.ends_with(130);
    assert_eq!(home.tree("shop-gitops"), before);
}
