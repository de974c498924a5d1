//! Answers over time: changed by hand, and changed by the scaffold's questions.

use crate::upgrade::project::{Place, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const ANSWERS: &str = ".treenail/answers.yaml";
const CHOICES: &str = "  limits: {choices: [rolling, blue-green]}\n  default: rolling\n";

/// A scaffold whose only file tells the answers to `questions`.
fn telling(version: &'static str, questions: &[&str]) -> Scaffold {
    let line = |name: &&str| format!("{name}: [= {} | yaml =]\n", name.replace('-', "_"));
    let lines = questions.iter().map(line).collect::<Vec<_>>().join("\n\n");
    Scaffold::new(version).file("told.yaml", lines)
}

fn port(version: &'static str, default: &str) -> Scaffold {
    telling(version, &["port"]).question("port", "integer", &format!("  default: \"{default}\"\n"))
}

#[test]
fn an_answer_edited_by_hand_and_committed_is_taken() {
    let place = Place::of(&port("1.0.0", "8080"));
    place.replace(ANSWERS, "  port: 8080\n", "  port: 9090\n");
    place.commit();
    place.upgrade("").ends_with(0);
    place.assert_clean();
    assert!(place.read("told.yaml").contains("port: 9090"));
    place.upgrade_to(&port("2.0.0", "3000"));
    assert!(place.read("told.yaml").contains("port: 9090"));
}

#[test]
fn an_answer_edited_by_hand_may_be_wrong() {
    let place = Place::of(&port("1.0.0", "8080"));
    place.replace(ANSWERS, "  port: 8080\n", "  port: many\n");
    place.commit();
    place.refused("", 4).says("`port`");
}

#[test]
fn a_flag_changes_an_answer_and_the_commit_tells() {
    let place = Place::of(&port("1.0.0", "8080"));
    place.upgrade("--set port=9090").ends_with(0);
    place.assert_clean();
    assert!(place.read("told.yaml").contains("port: 9090"));
    let message = place.git("log -1 --format=%B");
    assert!(message.contains("Answers that changed:\n- port: 8080 -> 9090\n"), "{message}");
}

#[test]
fn a_changed_default_is_told_and_kept_until_it_is_adopted() {
    let place = Place::of(&port("1.0.0", "8080"));
    place
        .upgrade_to(&port("2.0.0", "3000"))
        .says("port: 8080 -> 3000 (kept; accept it with --adopt-defaults");
    assert!(place.read("told.yaml").contains("port: 8080"));
    place.upgrade("--adopt-defaults").ends_with(0).says("port: 8080 -> 3000 (accepted)");
    assert!(place.read("told.yaml").contains("port: 3000"));
    place.assert_clean();
}

#[test]
fn a_chosen_answer_is_kept_when_defaults_are_adopted() {
    let place = Place::of(&port("1.0.0", "8080"));
    place.upgrade("--set port=9090").ends_with(0);
    place.offer(&port("2.0.0", "3000"));
    place.upgrade("--adopt-defaults").ends_with(0);
    assert!(place.read("told.yaml").contains("port: 9090"));
}

#[test]
fn a_renamed_question_keeps_its_answer() {
    let place = Place::of(&port("1.0.0", "8080"));
    place.upgrade("--set port=9090").ends_with(0);
    let new = telling("2.0.0", &["listen"]).question("listen", "integer", "  default: \"8080\"\n");
    let new = new.history("  migrations:\n  - rename: {from: port, to: listen}\n");
    place.upgrade_to(&new);
    assert!(place.read("told.yaml").contains("listen: 9090"));
    assert!(!place.read(ANSWERS).contains("port:"));
}

#[test]
fn a_mapped_value_becomes_the_new_one() {
    let old = telling("1.0.0", &["strategy"]).question(
        "strategy",
        "text",
        "  limits: {choices: [rolling, bluegreen]}\n  default: rolling\n",
    );
    let place = Place::of(&old);
    place.upgrade("--set strategy=bluegreen").ends_with(0);
    let new = telling("2.0.0", &["strategy"]).question("strategy", "text", CHOICES);
    let new =
        new.history("  migrations:\n  - map-value: {question: strategy, from: bluegreen, to: blue-green}\n");
    place.upgrade_to(&new);
    assert!(place.read("told.yaml").contains("strategy: blue-green"));
}

#[test]
fn a_choice_that_is_gone_is_never_replaced() {
    let choices = "  limits: {choices: [rolling, blue-green, canary]}\n  default: rolling\n";
    let place = Place::of(&telling("1.0.0", &["strategy"]).question("strategy", "text", choices));
    place.upgrade("--set strategy=canary").ends_with(0);
    place.offer(&telling("2.0.0", &["strategy"]).question("strategy", "text", CHOICES));
    place.refused("", 4).says("`strategy`").says("canary");
    place.upgrade("--set strategy=rolling").ends_with(0);
    place.assert_clean();
}

#[test]
fn a_new_question_takes_its_default_or_must_be_answered() {
    let place = Place::of(&telling("1.0.0", &["app"]));
    place.upgrade_to(&port("2.0.0", "8080"));
    assert!(place.read("told.yaml").contains("port: 8080"));

    let team = port("3.0.0", "8080").question("team", "label", "  example: payments\n  essential: true\n");
    let team = team.file("team.txt", "[= team =]\n");
    place.offer(&team);
    place.refused("", 4).says("`team`").says("--set team=payments");
    place.upgrade("--set team=orders").ends_with(0);
    assert_eq!(place.read("team.txt"), "orders\n");
    place.assert_clean();
}

#[test]
fn an_answer_that_nobody_asks_for_any_more_is_told() {
    let place = Place::of(&port("1.0.0", "8080"));
    let new = telling("2.0.0", &["app"]).history("  migrations:\n  - drop: port\n");
    place.upgrade_to(&new).says("`port` is no longer asked");
    let message = place.git("log -1 --format=%B");
    assert!(message.contains("- `port` is no longer asked; the answer was `8080`\n"), "{message}");
    assert!(!place.read(ANSWERS).contains("port:"));
}

#[test]
fn an_answer_that_changes_nothing_written_is_recorded_once() {
    let place = Place::of(&port("1.0.0", "8080"));
    place.upgrade("--set port=8080").ends_with(0);
    place.assert_clean();
    let before = place.files();
    place.refused("--set port=8080", 0).says("nothing to do");
    assert_unchanged(&before, &place.files());
}

#[test]
fn a_chosen_answer_that_no_longer_applies_is_told() {
    let tests = |version| {
        telling(version, &["app", "tests"])
            .question("tests", "text", "  limits: {choices: [some, none]}\n  default: some\n")
            .question("command", "text", "  when: tests == \"some\"\n  default: make test\n")
    };
    let place = Place::of(&tests("1.0.0"));
    place.upgrade("--set command=true").ends_with(0);
    let told = "`command` no longer applies; the answer was `true`";
    place.refused("--set tests=none --dry-run", 0).prints(told);
    place.upgrade("--set tests=none").ends_with(0).says(told).says("tests: some -> none");
    let message = place.git("log -1 --format=%B");
    assert!(message.contains(&format!("- tests: some -> none\n- {told}\n")), "{message}");
    place.assert_clean();
}

#[test]
fn new_answers_are_told() {
    let place = Place::of(&telling("1.0.0", &["app"]));
    let new = port("2.0.0", "8080").question("team", "label", "  example: payments\n");
    place.offer(&new);
    let report = place.refused("--set team=orders --dry-run --json", 0).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let expected = serde_json::json!([
        {"question": "port", "value": "8080", "from": "default"},
        {"question": "team", "value": "orders", "from": "flag"},
    ]);
    assert_eq!(report["newAnswers"], expected);
    let told = place.upgrade("--set team=orders").ends_with(0);
    told.says("new answers\n  port = 8080 (default)\n  team = orders (flag)\n");
    let message = place.git("log -1 --format=%B");
    assert!(
        message.contains("\nNew answers:\n- port = 8080 (default)\n- team = orders (flag)\n"),
        "{message}"
    );
}

#[test]
fn all_that_is_missing_is_told_at_once() {
    let place = Place::of(&telling("1.0.0", &["app"]));
    let new = port("2.0.0", "8080")
        .question("team", "label", "  example: payments\n  essential: true\n")
        .question("room", "label", "  example: lobby\n");
    place.offer(&new);
    place.refused("--yes", 4).says("--set team=payments").says("--set room=lobby");
    let both = place.home.path("answers.yaml");
    std::fs::write(&both, "team: no_label\nroom: hall\n").unwrap();
    place.refused("--answers answers.yaml", 4).says("`team` in `answers.yaml`");
}
