//! A scaffold that went through four versions (`tests/fixtures/four-versions`): its answers and paths arrive at the
//! newest one however many steps are taken.

use std::collections::BTreeMap;
use std::path::Path;

use treenail::answers::migrate::migrate;
use treenail::answers::resolve::{Defaults, Given, InvalidAnswer, Policy, Resolver};
use treenail::lint;
use treenail::project::answers_file;
use treenail::project::answers_file::Decisions;
use treenail::project::recorded::Recorded;
use treenail::scaffold::Scaffold;
use treenail::scaffold::definition::Ownership;
use treenail::scaffold::render::Rendered;
use treenail::values::value::{Answers, Provenance};
use walkdir::WalkDir;

type Texts = BTreeMap<String, Given>;

fn scaffold(version: usize) -> Scaffold {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/four-versions/v{version}"));
    let files =
        WalkDir::new(&root).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let file = |path: &Path| {
        let below = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        (below, std::fs::read(path).unwrap())
    };
    Scaffold::from_files(files.map(|entry| file(entry.path())).collect(), "four-versions").unwrap()
}

fn flags(pairs: &[(&str, &str)]) -> Texts {
    let given = |text: &str| Given { text: text.to_owned(), from: Provenance::Flag };
    pairs.iter().map(|(name, text)| ((*name).to_owned(), given(text))).collect()
}

fn first(pairs: &[(&str, &str)]) -> Recorded {
    let given = [&[("app", "shop"), ("repo", "https://github.com/acme/shop.git")], pairs].concat();
    let scaffold = scaffold(1);
    let resolver = Resolver::new(&scaffold);
    let answers = resolver.resolve(&flags(&given), &BTreeMap::new(), Policy::TakeDefaults).unwrap().unwrap();
    record(&scaffold, &answers)
}

/// What an upgrade reads later, by way of the file.
fn record(scaffold: &Scaffold, answers: &Answers) -> Recorded {
    Recorded::read(&answers_file::state(scaffold, answers, "", &Decisions::default())).unwrap()
}

/// The answers of an upgrade to a version; flags for questions that it does not have are left out.
fn upgrade(
    recorded: &Recorded,
    version: usize,
    overrides: &[(&str, &str)],
    defaults: Defaults,
) -> Result<Answers, Vec<InvalidAnswer>> {
    let scaffold = scaffold(version);
    let resolver = Resolver::new(&scaffold);
    let migrated = migrate(&recorded.answers, &recorded.scaffold.version, &scaffold).unwrap().answers;
    let mut overrides = flags(overrides);
    overrides.retain(|name, _| scaffold.definition.question(name).is_some());
    let given = resolver.renew(&migrated, &overrides, defaults).unwrap();
    resolver.resolve(&given, &BTreeMap::new(), Policy::TakeDefaults).unwrap()
}

fn texts(answers: &Answers) -> Vec<(&str, String, Provenance)> {
    answers.iter().map(|answer| (answer.question.as_str(), answer.value.to_text(), answer.from)).collect()
}

fn paths(rendered: &Rendered) -> Vec<&str> {
    rendered.files.iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn every_version_passes_lint() {
    for version in 1..=4 {
        let problems: Vec<_> =
            lint::lint(&scaffold(version)).into_iter().map(|problem| problem.message).collect();
        assert_eq!(problems, Vec::<String>::new(), "version {version}");
    }
}

#[test]
fn one_step_gives_the_answers_of_three() {
    for chosen in [
        &[][..],
        &[("strategy", "bluegreen"), ("pager", "ops"), ("port", "9000")],
        &[("environments", "live")],
    ] {
        let recorded = first(chosen);
        let team = [("team", "payments")];
        let direct = upgrade(&recorded, 4, &team, Defaults::Keep).unwrap();
        let mut stepwise = recorded;
        for version in 2..=4 {
            let answers = upgrade(&stepwise, version, &team, Defaults::Keep).unwrap();
            stepwise = record(&scaffold(version), &answers);
        }
        assert_eq!(record(&scaffold(4), &direct), stepwise, "{chosen:?}");
    }
}

#[test]
fn answers_arrive_under_their_new_names() {
    let recorded = first(&[("strategy", "bluegreen"), ("pager", "ops")]);
    let answers = upgrade(&recorded, 4, &[("team", "payments")], Defaults::Keep).unwrap();
    let expected = [
        ("app", "shop", Provenance::Flag),
        ("source", "https://github.com/acme/shop.git", Provenance::Flag),
        ("environments", "staging,production", Provenance::Default),
        ("strategy", "blue-green", Provenance::Flag),
        // The default was this one; it is 3000 now.
        ("port", "8080", Provenance::Default),
        // Where it was built before anybody was asked; the default is `shop-delivery`.
        ("pipeline-namespace", "shop-ci", Provenance::Default),
        ("team", "payments", Provenance::Flag),
    ];
    assert_eq!(texts(&answers), expected.map(|(name, text, from)| (name, text.to_owned(), from)));
}

#[test]
fn changed_defaults_are_listed_and_adopted() {
    let recorded = first(&[]);
    let newest = scaffold(4);
    let migrated = migrate(&recorded.answers, &recorded.scaffold.version, &newest).unwrap().answers;
    for defaults in [Defaults::Keep, Defaults::Adopt] {
        let answers = upgrade(&recorded, 4, &[("team", "payments")], defaults).unwrap();
        let changed = Resolver::new(&newest).changed_defaults(&migrated, &answers).unwrap();
        let changed: Vec<_> =
            changed.iter().map(|one| (one.question.as_str(), one.old.as_str(), one.new.as_str())).collect();
        assert_eq!(changed, [("port", "8080", "3000"), ("pipeline-namespace", "shop-ci", "shop-delivery")]);
    }
}

#[test]
fn what_is_missing_or_no_longer_valid_is_a_fault() {
    let blamed =
        |faults: Vec<InvalidAnswer>| faults.into_iter().map(|fault| fault.question).collect::<Vec<_>>();
    let faults = upgrade(&first(&[("strategy", "canary")]), 4, &[], Defaults::Keep).unwrap_err();
    assert_eq!(blamed(faults), ["strategy", "team"]);
    let faults = upgrade(&first(&[("strategy", "canary")]), 3, &[], Defaults::Keep).unwrap_err();
    assert_eq!(blamed(faults), ["team"]);
}

#[test]
fn files_arrive_at_their_new_paths() {
    let recorded = first(&[]);
    let newest = scaffold(4);
    let answers = upgrade(&recorded, 4, &[("team", "payments")], Defaults::Keep).unwrap();
    let moves = newest.moves_since(&recorded.scaffold.version, &answers).unwrap();
    let moves: Vec<_> = moves.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
    assert_eq!(
        moves,
        [
            ("deploy.sh", "bin/deploy"),
            ("deploy/base/app.yaml", "deploy/base/workload/deployment.yaml"),
            ("deploy/production.yaml", "deploy/overlays/production/kustomization.yaml"),
            ("deploy/staging.yaml", "deploy/overlays/staging/kustomization.yaml"),
            ("release.env", "release/release.env"),
        ]
    );
    let rendered = newest.render(&answers, "").unwrap();
    let old = scaffold(1);
    let before = Resolver::new(&old)
        .resolve(&recorded.answers, &BTreeMap::new(), Policy::TakeDefaults)
        .unwrap()
        .unwrap();
    let before = old.render(&before, "").unwrap();
    for (from, to) in &moves {
        assert!(paths(&before).contains(from) && paths(&rendered).contains(to), "{from} {to}");
    }
    // The fixture is of use only as long as it has all of these.
    assert!(paths(&before).contains(&"docs/legacy.md") && !paths(&rendered).contains(&"docs/legacy.md"));
    assert!(!paths(&before).contains(&"deploy/base/service.yaml"));
    assert!(rendered.files.iter().any(|file| file.file.is_executable()));
    assert!(rendered.files.iter().any(|file| file.ownership == Ownership::Seeded));
}

#[test]
fn moves_start_at_the_recorded_version() {
    let newest = scaffold(4);
    let answers = upgrade(&first(&[]), 4, &[("team", "payments")], Defaults::Keep).unwrap();
    let moved = |from: &str| newest.moves_since(&from.parse().unwrap(), &answers).unwrap();
    let one = |(old, new): (&str, &str)| (old.to_owned(), new.to_owned());
    assert_eq!(moved("4.0.0"), []);
    assert_eq!(
        moved("3.0.0"),
        [("deploy.sh", "bin/deploy"), ("release.env", "release/release.env")].map(one)
    );
    let workload = ("deploy/base/deployment.yaml", "deploy/base/workload/deployment.yaml");
    assert!(moved("2.0.0").contains(&one(workload)));
}
