use proptest::prelude::*;

use super::*;
use crate::project::answers_file::Decisions;
use crate::scaffold::sample;
use crate::values::value::{Answer, Answers, Item, Provenance, Value};

fn answer(question: &str, value: Value, from: Provenance) -> Answer {
    Answer { question: question.to_owned(), value, from }
}

fn items(names: &[&str]) -> Value {
    Value::Items(names.iter().map(|name| Item { name: (*name).to_owned(), value: None }).collect())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn written(answers: &[Answer], removed: &[&str], moved: &[(&str, &str)]) -> String {
    let decisions = Decisions {
        removed: removed.iter().map(|path| (*path).to_owned()).collect(),
        moved: moved.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned())).collect(),
        ignore: vec!["TN012 deploy/**".to_owned()],
    };
    answers_file::state(&sample::scaffold(), &answers.iter().cloned().collect::<Answers>(), "", &decisions)
}

fn old() -> String {
    let answers = [
        answer("app", text("shop"), Provenance::Flag),
        answer("environments", items(&["staging", "production"]), Provenance::Default),
        answer("port", Value::Number(8080), Provenance::Default),
        answer("gone", text("x"), Provenance::Default),
    ];
    written(&answers, &["a.txt", "b.txt"], &[("old", "new")])
}

fn new() -> String {
    let answers = [
        answer("app", text("shop"), Provenance::Flag),
        answer("image", text("ghcr.io/acme/shop"), Provenance::Default),
        answer("environments", items(&["staging", "qa", "production"]), Provenance::File),
        answer("port", Value::Number(9090), Provenance::File),
        answer("team", text(""), Provenance::Default),
    ];
    written(&answers, &["b.txt", "c.txt"], &[])
}

fn amend(old: &str, new: &str) -> String {
    let amended = amended(old, new);
    assert!(!amended.is_rewritten, "{old}");
    amended.text
}

#[test]
fn a_file_that_nobody_edited_is_as_if_written_anew() {
    assert!(answers_file::is_as_written(&old()) && answers_file::is_as_written(&new()));
    assert_eq!(amend(&old(), &new()), new());
    let value = old().replace("  port: 8080\n", "  port: 9090\n");
    assert_eq!(amend(&value, &new()), new());
}

#[test]
fn what_people_wrote_stays() {
    let edited = old()
        .replace("schema: 1\n", "# ours\nschema: 1 # a\n\n")
        .replace("  version: 1.2.3\n", "  version: '1.2.3' # b\n  x-own: 1\n")
        .replace("  port: 8080\n", "  # why\n  port: \"8080\"   # c\n")
        .replace("  - production\n", "  - 'production' # d\n")
        .replace("  gone: x\n", "  gone: x # e\n")
        .replace("- a.txt\n", "- a.txt # f\n")
        + "# g\nx-team: {a: 1}\n";
    let expected = "  app: shop
  image: ghcr.io/acme/shop
  environments:
  - staging
  - qa
  - 'production' # d
  # why
  port: 9090   # c
  team: \"\"
  # e
";
    let amended = amend(&edited, &new());
    let (_, answers) = amended.split_once("answers:\n").unwrap();
    let (answers, rest) = answers.split_once("# Where").unwrap();
    assert_eq!(answers, expected);
    let (_, rest) = rest.split_once("  team: {default: \"\"}\n").unwrap();
    assert_eq!(
        rest,
        format!(
            "# {REMOVED}\nremoved:\n# f\n- b.txt\n- c.txt\n# Rules that a check leaves out.\nignore:\n\
             - TN012 deploy/**\n# g\nx-team: {{a: 1}}\n"
        )
    );
    assert!(amended.contains("# ours\nschema: 1 # a\n\ntreenail"), "{amended}");
    assert!(amended.contains("  version: '1.2.3' # b\n  x-own: 1\n"), "{amended}");
}

#[test]
fn other_ways_of_writing_are_kept() {
    for (find, replace, expected) in [
        (
            "  environments:\n  - staging\n  - production\n",
            "  environments: [staging, production] # x\n",
            "  environments: [staging, qa, production] # x\n",
        ),
        (
            "  environments:\n  - staging\n  - production\n",
            "  environments: staging,production # x\n",
            "  environments: [staging, qa, production] # x\n",
        ),
        (
            "  environments:\n  - staging\n  - production\n",
            "  environments:\n    - staging # x\n    - production\n",
            "  environments:\n    - staging # x\n    - qa\n    - production\n",
        ),
        (
            "  environments:\n  - staging\n  - production\n",
            "  environments:\n    - production # x\n    - staging\n",
            "    # x\n    - staging\n    - qa\n    - production\n",
        ),
        (
            "  environments:\n  - staging\n  - production\n",
            "  environments: [staging, # x\n    production]\n",
            "  # x\n  environments:\n  - staging\n  - qa\n  - production\n",
        ),
        ("  port: {default: 8080}\n", "  port: {default: 8080} # x\n", "  port: file # x\n"),
        ("  port: {default: 8080}\n", "  port:\n    default: 8080 # x\n", "  # x\n  port: file\n"),
        ("  port: 8080\n", "  port: >- # x\n    8080\n", "  # x\n  port: 9090\n"),
        ("directory: \"\"\n", "directory: '' # x\n", "directory: '' # x\n"),
        ("removed:\n- a.txt\n- b.txt\n", "removed: [b.txt, a.txt] # x\n", "removed: [b.txt, c.txt] # x\n"),
        ("moved:\n  old: new\n", "moved: {old: new} # x\n", "# x\n"),
    ] {
        let text = old();
        assert!(text.contains(find), "{find}");
        let amended = amend(&text.replace(find, replace), &new());
        assert!(amended.contains(expected), "{expected} is not in\n{amended}");
    }
}

#[test]
fn line_ends_and_a_missing_one_at_the_end_are_kept() {
    let windows = (old() + "# x\n").replace('\n', "\r\n");
    let amended = amend(&windows, &new());
    assert!(!amended.replace("\r\n", "").contains('\n'), "{amended:?}");
    let open = old() + "x-own: 1";
    assert!(amend(&open, &new()).ends_with("x-own: 1"));
    assert_eq!(amend(&open, &old()), open);
}

#[test]
fn a_form_that_cannot_be_edited_is_written_anew() {
    let flow = format!("{{{}}}", r#"schema: 1, treenail: 0.1.0, scaffold: {name: sample, version: 1.2.3, digest: DIGEST}, directory: "", answers: {app: shop}, from: {app: flag}"#)
        .replace("DIGEST", sample::scaffold().digest());
    assert_eq!(amended(&flow, &new()), Amended { text: new(), is_rewritten: true });
    assert_eq!(amended("<<<<<<< x\n", &new()), Amended { text: new(), is_rewritten: false });
}

#[test]
fn an_order_is_kept_only_with_something_else() {
    let (app, environments) = ("  app: flag\n", "  environments: {default: \"staging,production\"}\n");
    let swapped = old().replace(&format!("{app}{environments}"), &format!("{environments}{app}"));
    assert_ne!(swapped, old());
    assert_eq!(amend(&swapped, &new()), new());
    // The empty line goes with the entry below it.
    assert_eq!(amend(&swapped.replace("moved:\n", "\nmoved:\n"), &new()), new());
    let kept = amend(&format!("{swapped}# ours\n"), &new());
    assert!(kept.contains("  environments: file\n  app: flag\n"), "{kept}");
}

#[test]
fn what_is_damaged_is_repaired() {
    let text = old().replace("schema: 1\n", "# ours\n").replace("  port: 8080\n", "  port: [[1]] # x\n");
    let amended = amend(&text, &new());
    assert!(amended.contains("# ours\n") && amended.contains("# x\n"), "{amended}");
}

/// One edit that somebody makes: where, and what.
type Edit = (prop::sample::Index, u8);

/// Makes `edits` of the lines of `text` that keep its meaning, each with comments that are not there yet.
fn edited(text: &str, edits: &[Edit]) -> (String, Vec<String>) {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut notes = Vec::new();
    for (number, (at, what)) in edits.iter().enumerate() {
        let at = at.index(lines.len());
        let note = format!("note {number}");
        let indent = lines[at].len() - lines[at].trim_start().len();
        match what {
            0 => lines.insert(at, format!("{}# {note}", " ".repeat(indent))),
            1 => lines[at] = format!("{} # {note}", lines[at]),
            2 => lines.insert(at, String::new()),
            3 if indent == 0 && lines[at].starts_with(char::is_alphabetic) => {
                lines.insert(at, format!("x-own-{number}: [1] # {note}"));
            }
            4 => {
                let key = |line: &str| line.starts_with("  ") && line.contains(": ") && !line.contains('#');
                if at + 1 < lines.len() && key(&lines[at]) && key(&lines[at + 1]) {
                    lines.swap(at, at + 1);
                }
                continue;
            }
            _ => continue,
        }
        if *what != 2 {
            notes.push(note);
        }
    }
    (lines.join("\n") + "\n", notes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_written_into_it_survives(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..5), 1..8)
    ) {
        let (text, notes) = edited(&old(), &edits);
        prop_assert!(Recorded::read(&text).is_ok(), "{}", text);
        let amended = amended(&text, &new());
        prop_assert!(!amended.is_rewritten, "{}", text);
        prop_assert_eq!(Recorded::read(&amended.text).unwrap(), Recorded::read(&new()).unwrap());
        let found = comments::of(&amended.text).comments;
        for note in notes {
            prop_assert!(found.iter().any(|comment| comment.text.contains(&note)), "{} in\n{}", note, amended.text);
        }
        prop_assert_eq!(text.matches("x-own").count(), amended.text.matches("x-own").count());
        // A second upgrade finds nothing to change.
        prop_assert_eq!(&super::amended(&amended.text, &new()).text, &amended.text);
    }
}
