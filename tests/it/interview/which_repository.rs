//! Where it is not obvious which repository gets the manifests.

use crate::common::home::Home;
use crate::common::terminal::{ENTER, LARGE, SMALL, Terminal, essential};

fn source() -> Home {
    let home = Home::new();
    home.repository("shop");
    home.git("shop", "remote add origin git@github.com:acme/shop.git");
    home.write("shop/Dockerfile", "FROM scratch\n");
    home.git("shop", "add .");
    home.git("shop", "commit -q -m source");
    home
}

#[test]
fn another_directory_than_one_in_the_source() {
    let home = source();
    let mut terminal = Terminal::start(&home, SMALL, "new shop/deploy");
    terminal.sees("a checkout of the source repository");
    terminal.chooses("What now?", "Choose another directory");
    terminal.is_prompted("Directory to write to");
    terminal.types("shop-gitops");
    terminal.accepts(&essential());
    terminal.declines_to_customise();
    terminal.chooses("What now?", "Write and commit");
    terminal.ends_with(0);
    assert_eq!(home.git("shop-gitops", "rev-list --count HEAD"), "1");
    assert_eq!(home.git("shop", "rev-list --count HEAD"), "1");
}

#[test]
fn a_folder_in_the_source() {
    let home = source();
    let mut terminal = Terminal::start(&home, LARGE, "new shop/deploy");
    terminal.chooses("What now?", "Keep the manifests in the source repository");
    terminal.accepts(&essential());
    terminal.declines_to_customise();
    terminal.chooses("What now?", "Write and commit");
    let shown = terminal.ends_with(0);
    assert!(shown.contains("--repository enclosing"), "{shown}");
    assert_eq!(home.git("shop", "rev-list --count HEAD"), "2");
}

/// Without a Dockerfile nothing says before the interview that this is the source.
#[test]
fn a_source_that_the_answers_tell() {
    for (wanted, commits) in [("Leave everything as it is", "1"), ("Keep the manifests", "2")] {
        let home = source();
        home.git("shop", "rm -q Dockerfile");
        home.git("shop", "commit -q --amend --allow-empty -m source");
        let mut terminal = Terminal::start(&home, SMALL, "new shop/deploy --defaults");
        terminal.is_asked("source-repo");
        terminal.types("https://github.com/acme/shop");
        terminal.sees("a checkout of the source repository");
        terminal.chooses("What now?", wanted);
        terminal.ends_with(if commits == "1" { 130 } else { 0 });
        assert_eq!(home.git("shop", "rev-list --count HEAD"), commits);
    }
}

#[test]
fn a_separate_repository_in_an_ignored_folder() {
    let home = source();
    home.write("shop/.git/info/exclude", "deploy\n");
    let mut terminal = Terminal::start(&home, SMALL, "new shop/deploy");
    terminal.sees("ignores `shop/deploy`");
    terminal.sees("Create a separate repository there");
    terminal.press(ENTER);
    terminal.accepts(&essential());
    terminal.declines_to_customise();
    terminal.chooses("What now?", "Write and commit");
    let shown = terminal.ends_with(0);
    assert!(shown.contains("--repository separate"), "{shown}");
    assert_eq!(home.git("shop/deploy", "rev-list --count HEAD"), "1");
    assert_eq!(home.git("shop", "status --porcelain"), "");
}
