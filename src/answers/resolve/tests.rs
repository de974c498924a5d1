use super::*;
use crate::scaffold::sample;

const SOURCE: (&str, &str) = ("source-repo", "https://github.com/acme/shop.git");

fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, Given> {
    let given = |text: &str| Given { text: text.to_owned(), from: Provenance::Flag };
    pairs.iter().map(|(name, text)| ((*name).to_owned(), given(text))).collect()
}

fn resolve(pairs: &[(&str, &str)]) -> Result<Answers, Vec<InvalidAnswer>> {
    let scaffold = sample::scaffold();
    Resolver::new(&scaffold).resolve(&given(pairs), &BTreeMap::new(), Policy::TakeDefaults).unwrap()
}

fn problems(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    resolve(pairs).unwrap_err().into_iter().map(|problem| (problem.question, problem.reason)).collect()
}

fn pair(question: &str, reason: &str) -> (String, String) {
    (question.to_owned(), reason.to_owned())
}

#[test]
fn defaults_follow_from_earlier_answers() {
    let answers = resolve(&[SOURCE, ("app", "shop")]).unwrap();
    let texts: Vec<_> = answers
        .iter()
        .map(|answer| (answer.question.as_str(), answer.value.to_text(), answer.from))
        .collect();
    let expected = [
        ("source-repo", SOURCE.1, Provenance::Flag),
        ("app", "shop", Provenance::Flag),
        ("environments", "staging,production", Provenance::Default),
        ("image", "ghcr.io/acme/shop", Provenance::Default),
        ("port", "8080", Provenance::Default),
        ("test-image", "", Provenance::Default),
        ("test-command", "", Provenance::Default),
        ("pipeline-namespace", "shop-delivery", Provenance::Default),
    ];
    assert_eq!(texts, expected.map(|(question, text, from)| (question, text.to_owned(), from)));
}

#[test]
fn a_question_whose_condition_holds_takes_its_default() {
    let answers = resolve(&[SOURCE, ("app", "shop"), ("test-image", "docker.io/library/rust")]).unwrap();
    assert_eq!(answers.get("test-command").unwrap().value, Value::Text("make test".to_owned()));
}

#[test]
fn what_would_have_no_effect_is_a_fault_only_when_typed() {
    let pairs = [SOURCE, ("app", "shop"), ("test-command", "cargo test")];
    let reason = "`cargo test` has no effect with the current answer to `test-image`";
    assert_eq!(problems(&pairs), [pair("test-command", reason)]);
    let scaffold = sample::scaffold();
    let mut from_file = given(&pairs);
    from_file.get_mut("test-command").unwrap().from = Provenance::File;
    let answers = Resolver::new(&scaffold)
        .resolve(&from_file, &BTreeMap::new(), Policy::TakeDefaults)
        .unwrap()
        .unwrap();
    assert_eq!(answers.get("test-command").unwrap().value.to_text(), "");
}

#[test]
fn every_fault_is_reported_and_none_that_only_follows() {
    let found = problems(&[("source-rep", "x"), ("app", "Shop"), ("port", "http")]);
    assert_eq!(
        found,
        [
            pair("source-rep", "scaffold `sample` has no question `source-rep`; did you mean `source-repo`?"),
            // Neither `image`, whose default needs it, nor the namespace, which needs `app`, are mentioned.
            pair("source-repo", "not answered"),
            pair(
                "app",
                "`Shop` has an upper-case letter; only lower-case letters, digits and `-` are allowed"
            ),
            pair("port", "`http` has the character `h`; a whole number has only decimal digits"),
        ]
    );
}

#[test]
fn a_default_that_comes_out_empty_is_none() {
    let found = problems(&[("source-repo", "https://git.example.com/acme/shop.git"), ("app", "shop")]);
    assert_eq!(found, [pair("image", "not answered")]);
}

#[test]
fn detected_answers_come_before_defaults_and_invalid_ones_are_passed_over() {
    let scaffold = sample::scaffold();
    let detected = BTreeMap::from([
        ("app", "Not A Label".to_owned()),
        ("source-repo", SOURCE.1.to_owned()),
        ("port", "9090".to_owned()),
    ]);
    let resolver = Resolver::new(&scaffold);
    let answers = resolver
        .resolve(&given(&[("app", "shop")]), &detected, Policy::EssentialsMustBeGiven)
        .unwrap()
        .unwrap();
    let port = answers.get("port").unwrap();
    assert_eq!((&port.value, port.from), (&Value::Number(9090), Provenance::Detected));
    let found = resolver.resolve(&given(&[]), &detected, Policy::TakeDefaults).unwrap().unwrap_err();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].question.as_str(), found[0].reason.as_str()), ("app", "not answered"));
    assert_eq!(found[0].example, "shop");
}

#[test]
fn essentials_must_be_given_even_if_they_have_a_default() {
    let scaffold = sample::changed("  prompt: Name\n", "  prompt: Name\n  default: shop\n").unwrap();
    let resolver = Resolver::new(&scaffold);
    let resolve = |policy| resolver.resolve(&given(&[SOURCE]), &BTreeMap::new(), policy).unwrap();
    assert!(resolve(Policy::TakeDefaults).is_ok());
    let found = resolve(Policy::EssentialsMustBeGiven).unwrap_err();
    assert_eq!((found[0].question.as_str(), found[0].reason.as_str()), ("app", "not answered"));
}

#[test]
fn a_name_too_long_as_a_whole_says_how_much_fits() {
    let app = "a-very-long-name-for-an-app";
    let reason = format!(
        "the name of the Application that builds would be `{app}-delivery`, which has 36 characters; at most 30 are allowed, so \
         `app` may have at most 21"
    );
    assert_eq!(problems(&[SOURCE, ("app", app)]), [pair("app", &reason)]);
}

#[test]
fn only_the_tightest_of_several_long_names_is_reported() {
    let more = "- name: other\n  value: \"[= app =]-x\"\n  type: label\n  limits: {max-length: 10}\n  about: other name\n  from: app\nfiles:";
    let scaffold = sample::changed("files:", more).unwrap();
    let found = Resolver::new(&scaffold)
        .resolve(
            &given(&[SOURCE, ("app", "a-very-long-name-for-an-app")]),
            &BTreeMap::new(),
            Policy::TakeDefaults,
        )
        .unwrap()
        .unwrap_err();
    assert_eq!(found.len(), 1);
    assert!(found[0].reason.ends_with("`app` may have at most 8"), "{}", found[0].reason);
}

#[test]
fn a_name_wrong_for_another_reason_says_which() {
    let more =
        "- name: other\n  value: \"[= app =]_x\"\n  type: label\n  about: other name\n  from: app\nfiles:";
    let scaffold = sample::changed("files:", more).unwrap();
    let given = given(&[SOURCE, ("app", "shop")]);
    let found = Resolver::new(&scaffold).resolve(&given, &BTreeMap::new(), Policy::TakeDefaults);
    let reason = "the other name would not be valid: `shop_x` has the character `_`; \
                  only lower-case letters, digits and `-` are allowed";
    assert_eq!(found.unwrap().unwrap_err()[0].reason, reason);
}

#[test]
fn looking_for_what_fits_survives_an_answer_that_cannot_be_shortened() {
    let find = "- name: namespace\n";
    let more = "- name: host\n  value: \"[= source_repo | default_image =]\"\n  type: label\n  about: image\n  from: source-repo\n";
    let scaffold = sample::changed(find, &format!("{more}{find}")).unwrap();
    let given = given(&[SOURCE, ("app", "shop")]);
    let found = Resolver::new(&scaffold)
        .resolve(&given, &BTreeMap::new(), Policy::TakeDefaults)
        .unwrap()
        .unwrap_err();
    let reason = "the image would not be valid: `ghcr.io/acme/shop` has the character `.`; \
                  only lower-case letters, digits and `-` are allowed";
    assert_eq!(found[0].reason, reason);
}

#[test]
fn names_of_one_group_must_differ() {
    let pairs = [SOURCE, ("app", "shop"), ("environments", "staging,live=shop-staging")];
    let reason = "the namespace of `staging` and the namespace of `live` would both be `shop-staging`; they must differ";
    assert_eq!(problems(&pairs), [pair("environments", reason)]);
    let pairs = [SOURCE, ("app", "shop"), ("pipeline-namespace", "shop-staging")];
    let reason =
        "`pipeline-namespace` and the namespace of `staging` would both be `shop-staging`; they must differ";
    assert_eq!(problems(&pairs), [pair("pipeline-namespace", reason)]);
}

#[test]
fn a_field_waits_for_the_fields_it_is_made_of() {
    let more = "- name: long\n  each: environments\n  value: \"[= item.name =]-[= pipeline_namespace =]\"\n  type: label\n  \
                about: x\n  from: app\n- name: longer\n  each: environments\n  value: \"[= item.long =]-x\"\n  type: label\n  \
                about: y\n  from: app\nfiles:";
    let scaffold = sample::changed("files:", more).unwrap();
    let given = given(&[SOURCE, ("app", "shop")]);
    let resolver = Resolver::new(&scaffold);
    assert!(resolver.resolve(&given, &BTreeMap::new(), Policy::TakeDefaults).unwrap().is_ok());
}

#[test]
fn nothing_is_an_answer_only_where_it_is_allowed() {
    let scaffold = sample::scaffold();
    let _resolver = Resolver::new(&scaffold);
    let question = |name| scaffold.definition.question(name).unwrap();
    assert_eq!(question("test-image").parse(" ").unwrap(), Value::Text(String::new()));
    let invalid = question("app").parse("").unwrap_err();
    assert_eq!((invalid.reason.as_str(), invalid.example.as_str()), ("an answer is required", "shop"));
}

#[test]
fn the_interview_asks_step_by_step() {
    let scaffold = sample::scaffold();
    let resolver = Resolver::new(&scaffold);
    let question = |name| scaffold.definition.question(name).unwrap();
    let text = |question: &str, text: &str| Answer {
        question: question.to_owned(),
        value: Value::Text(text.to_owned()),
        from: Provenance::Asked,
    };
    let mut answers = Answers::default();
    assert_eq!(resolver.default_for(question("image"), &answers).unwrap(), None);
    assert!(!resolver.applies(question("test-command"), &answers).unwrap());
    assert!(resolver.applies(question("image"), &answers).unwrap());
    answers.insert(text("source-repo", SOURCE.1));
    answers.insert(text("test-image", "docker.io/library/rust"));
    assert_eq!(
        resolver.default_for(question("image"), &answers).unwrap().as_deref(),
        Some("ghcr.io/acme/shop")
    );
    assert!(resolver.applies(question("test-command"), &answers).unwrap());
    answers.insert(text("app", "a-very-long-name-for-an-app"));
    assert_eq!(resolver.check(&answers).unwrap().len(), 1);
    answers.insert(text("app", "shop"));
    assert_eq!(resolver.check(&answers).unwrap(), []);
    assert_eq!(answers.iter().count(), 3);
}
