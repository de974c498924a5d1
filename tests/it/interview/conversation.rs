//! Questions and answers.

use treenail::scaffold::definition::Question;

use crate::common::home::Home;
use crate::common::terminal::{
    ENTER, LARGE, SMALL, Terminal, essential, home_with_source, prompt_of, questions,
};

const URL: &str = "https://github.com/acme/shop.git";

fn assert_committed(home: &Home, dir: &str) {
    assert_eq!(home.git(dir, "rev-list --count HEAD"), "1");
    assert_eq!(home.git(dir, "status --porcelain"), "");
}

#[test]
fn enter_alone_is_enough() {
    for size in [SMALL, LARGE] {
        let home = home_with_source();
        let mut terminal = Terminal::start(&home, size, "new shop-gitops");
        terminal.accepts(&essential());
        terminal.declines_to_customise();
        terminal.chooses("What now?", "Write and commit");
        let shown = terminal.ends_with(0);
        assert!(shown.contains("https://github.com/acme/shop-gitops.git"), "{shown}");
        assert_committed(&home, "shop-gitops");
    }
}

#[test]
fn typed_answers_are_taken() {
    let home = Home::new();
    let mut terminal = Terminal::start(&home, SMALL, "new target");
    terminal.is_asked_suggesting("app", "target");
    terminal.types("web");
    terminal.is_asked("source-repo");
    terminal.types(URL);
    terminal.is_asked_suggesting("manifest-repo", "https://github.com/acme/web-gitops.git");
    terminal.types("git@gitlab.com:acme/infra/web.git");
    terminal.is_asked_suggesting("image", "ghcr.io/acme/shop");
    terminal.types("registry.example.com:5000/acme/web");
    terminal.is_asked_suggesting("port", "8080");
    terminal.types("9000");
    terminal.is_asked("environments");
    terminal.types("dev, live=web-live");
    terminal.declines_to_customise();
    terminal.chooses("What now?", "Write and commit");
    terminal.ends_with(0);
    let state = home.read("target/.treenail/answers.yaml");
    for line in [
        "  app: web\n",
        "  manifest-repo: git@gitlab.com:acme/infra/web.git\n",
        "  image: registry.example.com:5000/acme/web\n",
        "  port: 9000\n",
        "  - dev\n  - live=web-live\n",
        "  port: asked\n",
        "  cpu: {default: 100m}\n",
    ] {
        assert!(state.contains(line), "{line}\n{state}");
    }
    assert_committed(&home, "target");
}

#[test]
fn every_question_explains_itself() {
    let home = home_with_source();
    let mut terminal = Terminal::start(&home, LARGE, "new shop-gitops");
    for question in essential() {
        terminal.is_asked(&question.name);
        terminal.types("?");
        terminal.sees(question.help.lines().next().unwrap());
        terminal.sees("Example: ");
        terminal.is_asked(&question.name);
        terminal.press(ENTER);
    }
    terminal.sees("Customise everything else");
    terminal.types("?");
    terminal.sees("All of them have defaults");
    terminal.declines_to_customise();
    terminal.chooses("What now?", "Leave");
    terminal.ends_with(130);
}

#[test]
fn a_bad_answer_is_explained_and_asked_again() {
    let home = Home::new();
    let mut terminal = Terminal::start(&home, SMALL, "new target");
    terminal.is_asked("app");
    terminal.types("Web_Shop");
    terminal.sees("`Web_Shop` has an upper-case letter");
    terminal.sees("for example: web-shop");
    terminal.is_asked_suggesting("app", "target");
    terminal.types("web");
    terminal.is_asked("source-repo");
    terminal.press(ENTER);
    terminal.sees("this needs an answer");
    terminal.is_asked("source-repo");
    terminal.types(URL);
    terminal.accepts(&questions(|question| ["manifest-repo", "image"].contains(&&*question.name)));
    terminal.is_asked("port");
    terminal.types("99999");
    terminal.sees("`99999` is more than `65535`");
    terminal.is_asked("port");
    terminal.press(ENTER);
    terminal.is_asked("environments");
    terminal.types("delivery");
    terminal.sees("`delivery` is reserved");
    terminal.is_asked("environments");
    terminal.press(ENTER);
    terminal.declines_to_customise();
    terminal.chooses("What now?", "Write and commit");
    terminal.ends_with(0);
}

/// An answer that is fine by itself can clash with one given before.
#[test]
fn an_answer_that_clashes_is_asked_again() {
    let home = home_with_source();
    let mut terminal = Terminal::start(&home, SMALL, "new shop-gitops --pipeline-namespace shop-live");
    terminal.accepts(&questions(|question| question.essential && question.name != "environments"));
    terminal.is_asked("environments");
    terminal.types("live");
    terminal.sees("would both be `shop-live`; they must differ");
    terminal.is_asked_suggesting("environments", "staging,production");
    terminal.press(ENTER);
    terminal.declines_to_customise();
    terminal.chooses("What now?", "Leave");
    terminal.ends_with(130);
}

#[test]
fn one_can_go_back() {
    let home = home_with_source();
    let mut terminal = Terminal::start(&home, SMALL, "new shop-gitops");
    terminal.is_asked("app");
    terminal.types("<");
    terminal.sees("This is the first question.");
    terminal.is_asked("app");
    terminal.types("web");
    terminal.is_asked("source-repo");
    terminal.press(ENTER);
    terminal.is_asked("manifest-repo");
    // Twice in a row.
    terminal.types("<");
    terminal.is_asked_suggesting("source-repo", URL);
    terminal.types("<");
    terminal.is_asked_suggesting("app", "web");
    terminal.types("store");
    terminal.is_asked("source-repo");
    terminal.press(ENTER);
    terminal.is_asked_suggesting("manifest-repo", "https://github.com/acme/store-gitops.git");
    terminal.press(ENTER);
    terminal.accepts(&questions(|question| ["image", "port", "environments"].contains(&&*question.name)));
    // Over the question whether to customise, in both directions.
    terminal.sees("Customise everything else");
    terminal.types("<");
    terminal.is_asked("environments");
    terminal.press(ENTER);
    terminal.sees("Customise everything else");
    terminal.types("yes");
    terminal.is_asked("branch");
    terminal.types("<");
    terminal.declines_to_customise();
    terminal.chooses("What now?", "Write and commit");
    terminal.ends_with(0);
    assert!(home.read("shop-gitops/.treenail/answers.yaml").contains("  app: store\n"));
}

#[test]
fn everything_can_be_customised() {
    let home = home_with_source();
    let mut terminal = Terminal::start(&home, SMALL, "new shop-gitops");
    terminal.accepts(&essential());
    terminal.sees("Customise everything else");
    terminal.types("maybe");
    terminal.sees("Answer yes or no.");
    terminal.sees("Customise everything else");
    terminal.types("Y");
    // Without an image for them there are no tests to ask about, and without a source of treenail no revision of it.
    let is_asked = |question: &Question| !["test-command", "treenail-revision"].contains(&&*question.name);
    terminal.accepts(&questions(|question| !question.essential && is_asked(question)));
    terminal.chooses("What now?", "Write and commit");
    let shown = terminal.ends_with(0);
    assert!(!shown.contains(&prompt_of("test-command")), "{shown}");
    assert_committed(&home, "shop-gitops");
}

#[test]
fn a_test_image_calls_for_a_test_command() {
    let home = home_with_source();
    let mut terminal = Terminal::start(&home, LARGE, "new shop-gitops");
    terminal.accepts(&essential());
    terminal.sees("Customise everything else");
    terminal.types("y");
    let others = questions(|question| !question.essential && question.name != "treenail-revision");
    let (before, after) =
        others.split_at(others.iter().position(|question| question.name == "test-image").unwrap());
    terminal.accepts(before);
    terminal.is_asked("test-image");
    terminal.types("docker.io/library/golang:1.25");
    terminal.is_asked("test-command");
    terminal.types("go test ./...");
    terminal.accepts(&after[2..]);
    terminal.chooses("What now?", "Write and commit");
    terminal.ends_with(0);
    assert!(home.path("shop-gitops/delivery/pipeline/run-tests.yaml").exists());
}

/// A dash takes back an answer that Enter would keep.
#[test]
fn a_dash_means_none() {
    let home = home_with_source();
    let mut terminal = Terminal::start(&home, LARGE, "new shop-gitops");
    terminal.accepts(&essential());
    terminal.declines_to_customise();
    for (answer, settled) in [("fast", "fast"), ("-", "none")] {
        terminal.chooses("What now?", "Change an answer");
        terminal.chooses("Which one?", "storage-class");
        terminal.is_asked("storage-class");
        terminal.types(answer);
        terminal.settles("storage-class", settled);
    }
    terminal.chooses("What now?", "Write and commit");
    terminal.ends_with(0);
    assert!(home.read("shop-gitops/.treenail/answers.yaml").contains("  storage-class: \"\"\n"));
}
