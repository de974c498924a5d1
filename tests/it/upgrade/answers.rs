//! Answers over time: changed by hand, and changed by the scaffold's questions.

use crate::upgrade::project::{Project, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const ANSWERS: &str = ".treenail/answers.yaml";
const CHOICES: &str = "  limits: {choices: [rolling, blue-green]}\n  default: rolling\n";

/// A scaffold whose only file tells the answers to `questions`.
fn printing(version: &'static str, questions: &[&str]) -> Scaffold {
    let line = |name: &&str| format!("{name}: [= {} | yaml =]\n", name.replace('-', "_"));
    let lines = questions.iter().map(line).collect::<Vec<_>>().join("\n\n");
    Scaffold::new(version).file("values.yaml", lines)
}

fn port(version: &'static str, default: &str) -> Scaffold {
    printing(version, &["port"]).question("port", "integer", &format!("  default: \"{default}\"\n"))
}

#[test]
fn an_answer_edited_by_hand_and_committed_is_taken() {
    let project = Project::of(&port("1.0.0", "8080"));
    project.replace(ANSWERS, "  port: 8080\n", "  port: 9090\n");
    project.commit();
    project.upgrade("").ends_with(0);
    project.assert_clean();
    assert!(project.read("values.yaml").contains("port: 9090"));
    project.upgrade_to(&port("2.0.0", "3000"));
    assert!(project.read("values.yaml").contains("port: 9090"));
}

#[test]
fn an_answer_edited_by_hand_may_be_wrong() {
    let project = Project::of(&port("1.0.0", "8080"));
    project.replace(ANSWERS, "  port: 8080\n", "  port: many\n");
    project.commit();
    project.refused("", 4).says("`port`");
}

#[test]
fn a_flag_changes_an_answer_and_the_commit_tells() {
    let project = Project::of(&port("1.0.0", "8080"));
    project.upgrade("--set port=9090").ends_with(0);
    project.assert_clean();
    assert!(project.read("values.yaml").contains("port: 9090"));
    let message = project.git("log -1 --format=%B");
    assert!(message.contains("Answers that changed:\n- port: 8080 -> 9090\n"), "{message}");
}

#[test]
fn a_changed_default_is_reported_and_kept_until_it_is_adopted() {
    let project = Project::of(&port("1.0.0", "8080"));
    project
        .upgrade_to(&port("2.0.0", "3000"))
        .prints("port: 8080 -> 3000 (kept; accept it with --adopt-defaults");
    assert!(project.read("values.yaml").contains("port: 8080"));
    project.upgrade("--adopt-defaults").ends_with(0).prints("port: 8080 -> 3000 (accepted)");
    assert!(project.read("values.yaml").contains("port: 3000"));
    project.assert_clean();
}

#[test]
fn a_chosen_answer_is_kept_when_defaults_are_adopted() {
    let project = Project::of(&port("1.0.0", "8080"));
    project.upgrade("--set port=9090").ends_with(0);
    project.offer(&port("2.0.0", "3000"));
    project.upgrade("--adopt-defaults").ends_with(0);
    assert!(project.read("values.yaml").contains("port: 9090"));
}

#[test]
fn a_renamed_question_keeps_its_answer() {
    let project = Project::of(&port("1.0.0", "8080"));
    project.upgrade("--set port=9090").ends_with(0);
    let new = printing("2.0.0", &["listen"]).question("listen", "integer", "  default: \"8080\"\n");
    let new = new.history("  migrations:\n  - rename: {from: port, to: listen}\n");
    project.upgrade_to(&new);
    assert!(project.read("values.yaml").contains("listen: 9090"));
    assert!(!project.read(ANSWERS).contains("port:"));
}

#[test]
fn a_mapped_value_becomes_the_new_one() {
    let old = printing("1.0.0", &["strategy"]).question(
        "strategy",
        "text",
        "  limits: {choices: [rolling, bluegreen]}\n  default: rolling\n",
    );
    let project = Project::of(&old);
    project.upgrade("--set strategy=bluegreen").ends_with(0);
    let new = printing("2.0.0", &["strategy"]).question("strategy", "text", CHOICES);
    let new =
        new.history("  migrations:\n  - map-value: {question: strategy, from: bluegreen, to: blue-green}\n");
    project.upgrade_to(&new);
    assert!(project.read("values.yaml").contains("strategy: blue-green"));
}

#[test]
fn a_choice_that_is_gone_is_never_replaced() {
    let choices = "  limits: {choices: [rolling, blue-green, canary]}\n  default: rolling\n";
    let project = Project::of(&printing("1.0.0", &["strategy"]).question("strategy", "text", choices));
    project.upgrade("--set strategy=canary").ends_with(0);
    project.offer(&printing("2.0.0", &["strategy"]).question("strategy", "text", CHOICES));
    project.refused("", 4).says("`strategy`").says("canary");
    project.upgrade("--set strategy=rolling").ends_with(0);
    project.assert_clean();
}

#[test]
fn a_new_question_takes_its_default_or_must_be_answered() {
    let project = Project::of(&printing("1.0.0", &["app"]));
    project.upgrade_to(&port("2.0.0", "8080"));
    assert!(project.read("values.yaml").contains("port: 8080"));

    let team = port("3.0.0", "8080").question("team", "label", "  example: payments\n  essential: true\n");
    let team = team.file("team.txt", "[= team =]\n");
    project.offer(&team);
    project.refused("", 4).says("`team`").says("--set team=payments");
    project.upgrade("--set team=orders").ends_with(0);
    assert_eq!(project.read("team.txt"), "orders\n");
    project.assert_clean();
}

#[test]
fn an_answer_that_nobody_asks_for_any_more_is_reported() {
    let project = Project::of(&port("1.0.0", "8080"));
    let new = printing("2.0.0", &["app"]).history("  migrations:\n  - drop: port\n");
    project.upgrade_to(&new).prints("`port` is no longer asked");
    let message = project.git("log -1 --format=%B");
    assert!(message.contains("- `port` is no longer asked; the answer was `8080`\n"), "{message}");
    assert!(!project.read(ANSWERS).contains("port:"));
}

#[test]
fn an_answer_that_changes_nothing_written_is_recorded_once() {
    let project = Project::of(&port("1.0.0", "8080"));
    project.upgrade("--set port=8080").ends_with(0);
    project.assert_clean();
    let before = project.files();
    project.refused("--set port=8080", 0).says("nothing to do");
    assert_unchanged(&before, &project.files());
}

#[test]
fn a_chosen_answer_that_no_longer_applies_is_reported() {
    let tests = |version| {
        printing(version, &["app", "tests"])
            .question("tests", "text", "  limits: {choices: [some, none]}\n  default: some\n")
            .question("command", "text", "  when: tests == \"some\"\n  default: make test\n")
    };
    let project = Project::of(&tests("1.0.0"));
    project.upgrade("--set command=true").ends_with(0);
    let notice = "`command` no longer applies; the answer was `true`";
    project.refused("--set tests=none --dry-run", 0).prints(notice);
    project.upgrade("--set tests=none").ends_with(0).prints(notice).prints("tests: some -> none");
    let message = project.git("log -1 --format=%B");
    assert!(message.contains(&format!("- tests: some -> none\n- {notice}\n")), "{message}");
    project.assert_clean();
}

#[test]
fn new_answers_are_reported() {
    let project = Project::of(&printing("1.0.0", &["app"]));
    let new = port("2.0.0", "8080").question("team", "label", "  example: payments\n");
    project.offer(&new);
    let report = project.refused("--set team=orders --dry-run --json", 0).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let expected = serde_json::json!([
        {"question": "port", "value": "8080", "from": "default"},
        {"question": "team", "value": "orders", "from": "flag"},
    ]);
    assert_eq!(report["newAnswers"], expected);
    let outcome = project.upgrade("--set team=orders").ends_with(0);
    outcome.prints("new answers\n  port = 8080 (default)\n  team = orders (flag)\n");
    let message = project.git("log -1 --format=%B");
    assert!(
        message.contains("\nNew answers:\n- port = 8080 (default)\n- team = orders (flag)\n"),
        "{message}"
    );
}

#[test]
fn all_that_is_missing_is_reported_at_once() {
    let project = Project::of(&printing("1.0.0", &["app"]));
    let new = port("2.0.0", "8080")
        .question("team", "label", "  example: payments\n  essential: true\n")
        .question("room", "label", "  example: lobby\n");
    project.offer(&new);
    project.refused("--yes", 4).says("--set team=payments").says("--set room=lobby");
    let both = project.home.path("answers.yaml");
    std::fs::write(&both, "team: no_label\nroom: hall\n").unwrap();
    project.refused("--answers answers.yaml", 4).says("`team` in `answers.yaml`");
}
