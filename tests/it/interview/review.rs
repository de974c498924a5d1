//! The review at the end.

use crate::common::home::Home;
use crate::common::terminal::{ESCAPE, LARGE, SMALL, Size, Terminal, essential, home_with_source};

fn at_the_review(home: &Home, size: Size) -> Terminal {
    let mut terminal = Terminal::start(home, size, "new shop-gitops");
    terminal.accepts(&essential());
    terminal.declines_to_customise();
    terminal
}

#[test]
fn shows_the_files_and_the_answers() {
    let home = home_with_source();
    let mut terminal = at_the_review(&home, SMALL);
    for text in
        ["Files", "shop-gitops", "release.env", "Answers", "app  ", "(detected)", "port  ", "(default)"]
    {
        terminal.sees(text);
    }
    terminal.chooses("What now?", "Leave");
    terminal.ends_with(130);
}

#[test]
fn a_changed_answer_takes_its_followers_along() {
    for size in [SMALL, LARGE] {
        let home = home_with_source();
        let mut terminal = at_the_review(&home, size);
        terminal.chooses("What now?", "Change an answer");
        terminal.chooses("Which one?", "app ");
        terminal.is_asked_suggesting("app", "shop");
        terminal.types("web");
        terminal.settles("app", "web");
        terminal.sees("Answers");
        terminal.sees("https://github.com/acme/web-gitops.git");
        terminal.sees("web-delivery");
        terminal.chooses("What now?", "Write and commit");
        terminal.ends_with(0);
        let application = home.read("shop-gitops/argocd/staging.yaml");
        assert!(application.contains("namespace: web-staging"), "{application}");
        assert_eq!(
            home.git("shop-gitops", "log --format=%s"),
            "treenail: create web from scaffold service 2.0.0"
        );
    }
}

#[test]
fn the_last_answers_are_reached_by_scrolling() {
    let home = home_with_source();
    let mut terminal = at_the_review(&home, SMALL);
    terminal.chooses("What now?", "Change an answer");
    terminal.chooses("Which one?", "push-image ");
    terminal.is_asked("push-image");
    terminal.types("<");
    terminal.chooses("What now?", "Change an answer");
    terminal.chooses("Which one?", "Back");
    terminal.chooses("What now?", "Leave");
    terminal.ends_with(130);
}

/// A change can clash with another answer; then it is asked for again at once.
#[test]
fn a_change_that_clashes_must_be_mended() {
    let home = home_with_source();
    let mut terminal = at_the_review(&home, SMALL);
    terminal.chooses("What now?", "Change an answer");
    terminal.chooses("Which one?", "pipeline-namespace");
    terminal.is_asked("pipeline-namespace");
    terminal.types("shop-staging");
    terminal.sees("would both be `shop-staging`");
    terminal.is_asked_suggesting("pipeline-namespace", "shop-delivery");
    terminal.types("build");
    terminal.settles("pipeline-namespace", "build");
    terminal.chooses("What now?", "Write and commit");
    terminal.ends_with(0);
    assert!(home.read("shop-gitops/.treenail/answers.yaml").contains("  pipeline-namespace: build\n"));
}

#[test]
fn a_file_can_be_looked_at() {
    let home = home_with_source();
    let mut terminal = at_the_review(&home, LARGE);
    terminal.chooses("What now?", "Look at a file");
    terminal.chooses("Which one?", "delivery/release/release.env");
    terminal.sees("IMAGE_TAG=");
    terminal.chooses("What now?", "Look at a file");
    terminal.sees("Which one?");
    terminal.sees("README.md");
    terminal.press(ESCAPE);
    terminal.chooses("What now?", "Leave");
    terminal.ends_with(130);
}

#[test]
fn leaving_writes_nothing() {
    let home = home_with_source();
    let mut terminal = at_the_review(&home, SMALL);
    let before = home.everything();
    terminal.chooses("What now?", "Leave without writing anything");
    let shown = terminal.ends_with(130);
    assert_eq!(shown.matches("cancelled, nothing was written").count(), 1, "{shown}");
    assert_eq!(home.everything(), before);
    assert!(!home.path("shop-gitops").exists());
}

/// Without an image for them the tests' command is not asked; an answer to it would be lost.
#[test]
fn what_does_not_apply_cannot_be_changed() {
    let home = home_with_source();
    let mut terminal = at_the_review(&home, LARGE);
    terminal.chooses("What now?", "Change an answer");
    terminal.sees("Which one?");
    terminal.sees("workspace-size");
    terminal.press(ESCAPE);
    terminal.chooses("What now?", "Leave");
    let shown = terminal.ends_with(130);
    assert!(!shown.contains("test-command"), "{shown}");
}
