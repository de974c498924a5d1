use super::*;
use crate::scaffold::sample;

const DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A state file with `answers`, each as `NAME: VALUE = ORIGIN`.
fn file(version: &str, answers: &[&str]) -> String {
    let head = format!(
        "schema: 1\ntreenail: 0.1.0\nscaffold:\n  name: sample\n  version: {version}\n  digest: sha256:{DIGEST}\n\
         directory: \"\"\nanswers:\n"
    );
    let lines = answers.iter().map(|answer| {
        let (value, origin) = answer.split_once(" = ").unwrap();
        let (name, _) = value.split_once(':').unwrap();
        (format!("  {value}\n"), format!("  {name}: {origin}\n"))
    });
    let (values, origins): (Vec<_>, Vec<_>) = lines.unzip();
    format!("{head}{}from:\n{}", values.concat(), origins.concat())
}

fn texts(base: &str, ours: &str, theirs: &str) -> AnswerTexts {
    AnswerTexts { base: Some(base.to_owned()), ours: ours.to_owned(), theirs: theirs.to_owned() }
}

fn merged(texts: &AnswerTexts) -> MergedAnswers {
    merge(texts, None, &BTreeMap::new()).unwrap()
}

/// `NAME=VALUE` of all answers.
fn answers(merged: &MergedAnswers) -> String {
    let recorded = Recorded::read(&merged.text).unwrap();
    let answer = |(name, given): (&String, &Given)| format!("{name}={}", given.text);
    recorded.answers.iter().map(answer).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_answer_is_that_of_the_side_that_changed_it() {
    let base = file("1.0.0", &["app: shop = asked", "port: 80 = {default: 80}", "host: a = flag"]);
    let ours = file("1.0.0", &["app: shop = asked", "port: 90 = flag", "host: a = flag"]);
    let theirs = file("1.0.0", &["app: shop = asked", "port: 80 = {default: 80}", "host: b = flag"]);
    for (ours, theirs) in [(&ours, &theirs), (&theirs, &ours)] {
        let merged = merged(&texts(&base, ours, theirs));
        assert_eq!(answers(&merged), "app=shop host=b port=90");
        assert!(merged.open.is_empty() && merged.decided.len() == 2, "{merged:?}");
        assert!(merged.text.contains("\n  port: flag\n"), "{}", merged.text);
    }
}

#[test]
fn an_answer_that_both_changed_is_open_until_somebody_decides() {
    let [base, ours, theirs] =
        ["1", "2", "3"].map(|port| file("1.0.0", &["app: shop = asked", &format!("port: {port} = flag")]));
    let texts = texts(&base, &ours, &theirs);
    let open = OpenAnswer { question: "port".into(), ours: "2".into(), theirs: "3".into() };
    assert_eq!(merged(&texts).open, [open]);
    let set = BTreeMap::from([("port".to_owned(), Given { text: "4".into(), from: Provenance::Flag })]);
    let decided = merge(&texts, None, &set).unwrap();
    assert!(decided.open.is_empty());
    assert!(decided.text.contains("\n  port: 4\n"), "{}", decided.text);
    // Without knowing where they parted, only what somebody chose can be told from a default.
    let unknown = AnswerTexts { base: None, ..texts.clone() };
    assert_eq!(merged(&unknown).open.len(), 1);
    let theirs = file("1.0.0", &["app: shop = asked", "port: 3 = {default: 3}"]);
    assert_eq!(answers(&merged(&AnswerTexts { theirs, ..unknown })), "app=shop port=2");
}

#[test]
fn what_somebody_chose_is_stronger_than_a_new_default() {
    let base = file("1.0.0", &["port: 1 = {default: 1}"]);
    let ours = file("1.0.0", &["port: 2 = flag"]);
    let theirs = file("2.0.0", &["port: 3 = {default: 3}"]);
    assert_eq!(answers(&merged(&texts(&base, &ours, &theirs))), "port=2");
    assert_eq!(answers(&merged(&texts(&base, &theirs, &ours))), "port=2");
    // Of two defaults, that of the newer version.
    let older = file("1.5.0", &["port: 4 = {default: 4}"]);
    assert_eq!(answers(&merged(&texts(&base, &older, &theirs))), "port=3");
    assert_eq!(answers(&merged(&texts(&base, &theirs, &older))), "port=3");
}

/// A revert is a merge with the side before.
#[test]
fn the_version_is_that_of_the_side_that_changed_it_or_the_newer_one() {
    let [one, two, three] = ["1.0.0", "2.0.0", "3.0.0"].map(|version| file(version, &["app: shop = asked"]));
    for (base, ours, theirs, expected) in [
        (&one, &two, &three, "3.0.0"),
        (&one, &three, &two, "3.0.0"),
        (&two, &two, &one, "1.0.0"),
        (&two, &one, &two, "1.0.0"),
        (&three, &three, &three, "3.0.0"),
    ] {
        let merged = merged(&texts(base, ours, theirs));
        let recorded = Recorded::read(&merged.text).unwrap();
        assert_eq!(recorded.scaffold.version.to_string(), expected);
    }
    let other = one.replace("name: sample", "name: other");
    let error = merge(&texts(&one, &one, &other), None, &BTreeMap::new()).unwrap_err();
    assert!(error.message.contains("different scaffolds, `sample` and `other`"), "{error}");
}

#[test]
fn lists_grow_together_and_say_where_the_order_is_open() {
    let list = |items: &str| file("1.0.0", &[&format!("environments: [{items}] = flag")]);
    let sides = |ours, theirs| texts(&list("s, p"), &list(ours), &list(theirs));
    assert_eq!(answers(&merged(&sides("s, qa, p", "s, p, dr"))), "environments=s,qa,p,dr");
    assert_eq!(merged(&sides("s, qa, p", "s, uat, p")).open.len(), 1);
}

#[test]
fn comments_keys_and_lists_of_both_stay() {
    let base = file("1.0.0", &["app: shop = asked", "port: 1 = flag", "host: a = flag"]);
    let ours = base.replace("port: 1", "port: 2 # ours").replace("schema: 1\n", "schema: 1\nteam: red\n");
    let theirs = base.replace("host: a", "host: b") + "# theirs\nremoved:\n- a.txt\nignore:\n- TN001\n";
    let merged = merged(&texts(&base, &(ours + "removed:\n- b.txt\nmoved:\n  c: d\n"), &theirs));
    for part in
        ["  port: 2 # ours\n  host: b\n", "team: red\n", "- a.txt\n", "- b.txt\n", "  c: d\n", "- TN001"]
    {
        assert!(merged.text.contains(part), "{part} is not in\n{}", merged.text);
    }
    let recorded = Recorded::read(&merged.text).unwrap();
    assert_eq!(recorded.decisions.removed.len(), 2);
}

#[test]
fn what_one_side_took_out_of_a_list_stays_out() {
    let base = file("1.0.0", &["port: 1 = flag"])
        + "removed:\n- a\n- b\nmoved:\n  c: d\n  e: f\nignore:\n- TN001\n- TN002\n";
    let ours = base.replace("- a\n", "").replace("  c: d\n", "");
    let theirs = base.replace("- b\n", "- x\n").replace("  e: f\n", "  e: g\n").replace("- TN001\n", "");
    let expected = Decisions {
        removed: ["x".to_owned()].into(),
        moved: [("e".to_owned(), "g".to_owned())].into(),
        ignore: vec!["TN002".to_owned()],
    };
    assert_eq!(Recorded::read(&merged(&texts(&base, &ours, &theirs)).text).unwrap().decisions, expected);
    assert_eq!(Recorded::read(&merged(&texts(&base, &theirs, &ours)).text).unwrap().decisions, expected);
}

#[test]
fn a_damaged_side_is_an_error_and_a_damaged_base_is_none() {
    let good = file("1.0.0", &["port: 1 = flag"]);
    assert!(merge(&texts(&good, &good, "x: ["), None, &BTreeMap::new()).is_err());
    assert_eq!(answers(&merged(&texts("x: [", &good, &good))), "port=1");
    let scaffold = sample::scaffold();
    assert_eq!(merge(&texts(&good, &good, &good), Some(&scaffold), &BTreeMap::new()).unwrap().text, good);
}

#[test]
fn decisions_follow_the_moves_of_a_newer_side() {
    let moved = "versions:\n- version: 1.1.0\n  moves:\n  - {from: NOTES.md, to: README.md}\nnext: []\n";
    let scaffold = sample::changed("next: []\n", moved).unwrap();
    let file = |version: &str, removed: &str| {
        let answers = ["source-repo: https://github.com/acme/shop.git = flag", "app: shop = flag"];
        file(version, &answers) + removed
    };
    // A revert of an upgrade that a later one followed: theirs is the state before it.
    let base = file("1.1.0", "removed:\n- README.md\n");
    let new = file("1.2.3", "removed:\n- README.md\n");
    let old = file("1.0.0", "removed:\n- NOTES.md\nmoved:\n  NOTES.md: docs/notes.md\n");
    let merged = merge(&texts(&base, &new, &old), Some(&scaffold), &BTreeMap::new());
    let recorded = Recorded::read(&merged.unwrap().text).unwrap();
    assert_eq!(recorded.scaffold.version.to_string(), "1.2.3");
    assert_eq!(recorded.decisions.removed, ["README.md".to_owned()].into());
    assert_eq!(recorded.decisions.moved, [("README.md".to_owned(), "docs/notes.md".to_owned())].into());
}
