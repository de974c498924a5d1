use crate::scaffold::sample;

/// Returns the problems of the sample with `history` added.
fn problems(history: &str) -> String {
    match sample::changed("next: []\n", &format!("versions:\n{history}")) {
        Ok(_) => String::new(),
        Err(error) => sample::messages(&error).join("\n"),
    }
}

#[test]
fn a_history_that_agrees_is_taken() {
    let good = "- version: 1.0.0
  moves:
  - {from: LIESMICH.md, to: READ.md}
  - {from: test.sh, to: logo.png}
  - {from: logo.png, to: test.sh}
  - from: overlays/[= env.name =].yaml
    to: deploy/overlays/[= env.name =]/kustomization.yaml
    each: environments
    as: env
  migrations:
  - rename: {from: repo, to: source}
  - map-value: {question: repo-of-source, from: a, to: https://example.com/a/b.git}
- version: 1.2.3
  moves:
  - {from: READ.md, to: README.md}
  migrations:
  - rename: {from: source, to: source-repo}
";
    assert_eq!(problems(&good.replace("repo-of-source", "source")), "");
    assert!(problems(good).contains("that version has no question `repo-of-source`"));
}

#[test]
fn what_does_not_agree_is_reported() {
    let first = sample::DEFINITION.lines().position(|line| line == "next: []").unwrap() + 2;
    for (entry, expected) in [
        ("version: 2.0.0\n  migrations: [drop: x]", format!("scaffold.yaml:{first}: version 2.0.0: it is newer than the scaffold, which is 1.2.3")),
        ("version: one\n  migrations: [drop: x]", "version `one`: `one` is not a version like `1.4.0`".to_owned()),
        ("version: 1.0.0", "version 1.0.0: it has neither `moves` nor `migrations`".to_owned()),
        ("version: 1.0.0\n  migrations: [drop: x]\n- version: 1.0.0\n  migrations: [drop: y]", format!("scaffold.yaml:{}: version 1.0.0: it follows 1.0.0; list each version once, newest last", first + 2)),
        ("version: 1.0.0\n  migrations: [{}]", "each migration is one of `rename`, `drop`, `map-value` and `set`".to_owned()),
        ("version: 1.0.0\n  migrations: [{drop: x, set: {question: a, value: b}}]", "each migration is one of".to_owned()),
        ("version: 1.0.0\n  migrations: [remove: x]", "unknown field `remove`".to_owned()),
        ("version: 1.0.0\n  migrations: [rename: {from: repo, to: source-rep}]", "version 1.0.0: rename: that version has no question `source-rep`; did you mean `source-repo`?".to_owned()),
        ("version: 1.0.0\n  migrations: [rename: {from: image, to: app}]", "rename: the question `image` still exists".to_owned()),
        ("version: 1.0.0\n  migrations: [drop: image]", "drop: the question `image` still exists".to_owned()),
        ("version: 1.0.0\n  migrations: [map-value: {question: port, from: a, to: b}]", "map-value: `b` is not a valid answer to `port`".to_owned()),
        ("version: 1.0.0\n  migrations: [set: {question: prot, value: b}]", "set: unknown question `prot`; did you mean `port`?".to_owned()),
        ("version: 1.0.0\n  migrations: [set: {question: app, value: '[= image =]'}]", "version 1.0.0, value set for `app`: it needs the answer to `image`, which is not asked before `app`".to_owned()),
        ("version: 1.0.0\n  migrations: [set: {question: app, value: '[= imag =]'}]", "value set for `app`:1: unknown variable `imag`; did you mean `image`?".to_owned()),
        ("version: 1.0.0\n  moves: [{from: a, to: README}]", "version 1.0.0: move of `a`: no rule has the path `README`, and no later version moves it on".to_owned()),
        ("version: 1.0.0\n  moves: [{from: logo.png, to: logo.png}]", "both paths are the same".to_owned()),
        ("version: 1.0.0\n  moves: [{from: a, to: logo.png}, {from: a, to: README.md}]", "`a` has two moves".to_owned()),
        ("version: 1.0.0\n  moves: [{from: a, to: logo.png}, {from: b, to: logo.png}]", "two files are moved to `logo.png`".to_owned()),
        ("version: 1.0.0\n  moves: [{from: a, to: logo.png, each: app, as: env}]", "each: the answer to `app` is not a list".to_owned()),
        ("version: 1.0.0\n  moves: [{from: '[= env.name =]', to: logo.png}]", "version 1.0.0, `from` in move 1:1: unknown variable `env`".to_owned()),
        ("version: 1.0.0\n  moves: [{from: a, to: logo.png, as: env}]", "`as` needs `each`".to_owned()),
    ] {
        let found = problems(&format!("- {entry}\n"));
        assert!(found.contains(&expected), "{found}\nhas not: {expected}");
    }
}

#[test]
fn a_mapping_may_lead_to_what_a_later_one_turns_on() {
    let entry = |text: &str| {
        format!(
            "- version: 1.0.0\n  migrations:\n  - map-value: {{question: port, from: a, to: b}}\n  \
             - map-value: {{question: port, from: {text}, to: '80'}}\n"
        )
    };
    assert_eq!(problems(&entry("b")), "");
    assert!(problems(&entry("c")).contains("`b` is not a valid answer to `port`"));
}
