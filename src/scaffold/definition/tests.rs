use crate::scaffold::{Scaffold, sample};

/// Returns the problems after one replacement, one per line.
fn problems(find: &str, replace: &str) -> String {
    sample::messages(&sample::changed(find, replace).unwrap_err()).join("\n")
}

/// Returns the line of a text in the sample.
fn line(text: &str) -> usize {
    sample::DEFINITION.lines().position(|line| line == text).unwrap() + 1
}

#[test]
fn reads_a_definition() {
    let definition = sample::scaffold().definition;
    assert_eq!((definition.name.as_str(), definition.version.to_string()), ("sample", "1.2.3".to_owned()));
    let app = definition.question("app").unwrap();
    assert!(app.essential && !app.optional && !app.is_list);
    assert_eq!((app.variable(), app.example()), ("app".to_owned(), "shop"));
    assert!(definition.question("environments").unwrap().is_list);
    assert_eq!(definition.files[2].template(), "deploy/overlays/ENVIRONMENT/kustomization.yaml");
}

#[test]
fn unknown_keys_are_refused_with_their_line() {
    let number = line("  prompt: Name");
    let found = problems("  prompt: Name\n", "  propmt: Name\n");
    assert!(
        found.starts_with(&format!(
            "scaffold.yaml: line {number}, column 3: questions[1]: unknown field `propmt`"
        )),
        "{found}"
    );
    assert!(problems("schema: 1", "schema: 1\nshcema: 2").contains("unknown field `shcema`"));
    assert!(
        problems("  about: a picture", "  about: a picture\n  abuot: x").contains("unknown field `abuot`")
    );
    assert!(
        problems("  prompt: Name\n", "  prompt: Name\n  prompt: Name\n").contains("duplicate field `prompt`")
    );
    assert!(problems("  about: a picture", "").contains("missing field `about`"));
}

#[test]
fn another_schema_is_said_first() {
    for found in [problems("schema: 1", "schema: 2"), problems("schema: 1", "schema: 2\nnew: key")] {
        assert_eq!(found, "scaffold.yaml: `schema` is 2, but this version of treenail understands 1");
    }
}

#[test]
fn what_must_agree_is_reported_with_its_line() {
    let question = line("- name: app");
    for (find, replace, expected) in [
        ("version: 1.2.3", "version: 1.2", "scaffold.yaml:4: version: `1.2` is not a version".to_owned()),
        ("name: sample", "name: My Sample", "scaffold.yaml:3: name: `My Sample` is not a valid name".to_owned()),
        ("- name: app", "- name: source-repo", format!("scaffold.yaml:{question}: question `source-repo`: the variable `source_repo` is already taken")),
        ("- name: app", "- name: App", format!("scaffold.yaml:{question}: question `App`: `App` is not a valid name")),
        ("- name: app", "- name: prefix", "question `prefix`: the variable `prefix` is already taken".to_owned()),
        ("  type: label", "  type: lable", format!("scaffold.yaml:{question}: question `app`: unknown type `lable`")),
        ("  detect: app", "  detect: ap", "unknown detector `ap`; known detectors are `app`, `source-repo`, `manifest-repo`, `branch`, `port`, `user-id`; did you mean `app`?".to_owned()),
        ("- name: delivery", "- name: app", "derived `app`: the variable `app` is already taken".to_owned()),
        ("  from: app", "  from: apps", "derived `delivery`: from: unknown question `apps`; did you mean `app`?".to_owned()),
        ("- name: namespace", "- name: name", "the items of `environments` already have a field `name`".to_owned()),
        ("  each: environments", "  each: app", "each: the answer to `app` is not a list".to_owned()),
        ("  as: env", "  as: app", "as: the variable `app` is already taken".to_owned()),
        ("  as: env", "", "`each` needs `as`".to_owned()),
        ("- path: logo.png", "- path: logo.pgn", "template `files/logo.pgn` does not exist; did you mean `logo.png`?".to_owned()),
        ("- path: logo.png\n  about: a picture\n", "", "`files/logo.png` has no rule".to_owned()),
        ("- path: logo.png", "- path: other\n  from: README.md", "`files/README.md` has more than one rule".to_owned()),
        ("  default: staging,production", "  distinct: namespace", "a list is not one value".to_owned()),
    ] {
        let found = problems(find, replace);
        assert!(found.contains(&expected), "{found}\nhas not: {expected}");
    }
}

#[test]
fn several_problems_come_together() {
    let found = problems("version: 1.2.3", "version: x\n#");
    assert_eq!(found.lines().count(), 1);
    let mut files = sample::files("  detect: app", "  detect: ap");
    files.remove("files/logo.png");
    files.insert("files/new".to_owned(), Vec::new());
    let found = sample::messages(&Scaffold::from_files(files, "sample").unwrap_err());
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn expressions_are_checked_when_the_scaffold_is_loaded() {
    for (find, replace, expected) in [
        (
            "\"[= app =]-delivery\"",
            "\"[= ap =]-delivery\"",
            "scaffold.yaml, value of `delivery`:1: unknown variable `ap`; did you mean `app`?",
        ),
        ("\"[= app =]-delivery\"", "\"[= app =\"", "scaffold.yaml, value of `delivery`:1:"),
        (
            "default: make test",
            "default: \"[= pipeline_namespace =]\"",
            "default of `test-command`: it needs the answer to `pipeline-namespace`, which is not asked before `test-command`",
        ),
        (
            "default: staging,production",
            "default: \"[= environments =]\"",
            "it needs the answer to `environments`",
        ),
        (
            "when: \"test_image != ''\"",
            "when: test_imag",
            "condition of `test-command`:1: unknown variable `test_imag`",
        ),
        (
            "  about: a picture",
            "  about: \"[= env.name =]\"",
            "description of the rule for `logo.png`:1: unknown variable `env`",
        ),
        ("  as: env", "  as: stage", "unknown variable `env`"),
    ] {
        let found = problems(find, replace);
        assert!(found.contains(expected), "{found}\nhas not: {expected}");
    }
}

#[test]
fn a_scaffold_needs_its_definition() {
    let mut files = sample::files("", "");
    files.insert("scaffold.yaml".to_owned(), vec![0xff]);
    assert_eq!(
        sample::messages(&Scaffold::from_files(files.clone(), "x").unwrap_err()),
        ["`scaffold.yaml` is not UTF-8"]
    );
    files.remove("scaffold.yaml");
    assert_eq!(
        sample::messages(&Scaffold::from_files(files, "x").unwrap_err()),
        ["it has no `scaffold.yaml`"]
    );
}

#[test]
fn the_digest_tells_contents_apart() {
    let digest = |files| Scaffold::from_files(files, "sample").unwrap().digest().to_owned();
    let first = digest(sample::files("", ""));
    assert_eq!(first.len(), "sha256:".len() + 64);
    assert_eq!(first, digest(sample::files("", "")));
    assert_ne!(first, digest(sample::files("A sample", "B sample")));
    let mut moved = sample::files("", "");
    moved.insert("LICENSE".to_owned(), Vec::new());
    assert_ne!(first, digest(moved));
}

#[test]
fn invisible_characters_are_refused_with_their_place() {
    let question = line("- name: app");
    for (find, replace, expected) in [
        (
            "prompt: Name",
            "prompt: \"Na\\u202Eme\"",
            format!(":{question}: question `app`: prompt: contains the invisible character U+202E"),
        ),
        (
            "summary: A sample",
            "summary: \"A\\rsample\"",
            ":5: summary: contains the invisible character U+000D".to_owned(),
        ),
        (
            "  about: a picture",
            "  about: \"a\\u200Bpicture\"",
            "rule for `logo.png`: about: contains the invisible character U+200B".to_owned(),
        ),
        ("next: []", "next: [\"a\\u001B[2J\"]", "next: contains the invisible character U+001B".to_owned()),
        (
            "next: []",
            "versions:\n- version: 1.0.0\n  moves: [{from: \"a\\uFEFF\", to: logo.png}]",
            "from: contains the invisible character U+FEFF".to_owned(),
        ),
    ] {
        let found = problems(find, replace);
        assert!(found.contains(&expected), "{replace}: {found}");
    }
    assert!(sample::changed("prompt: Name", "prompt: größe 漢字 ❤\u{fe0f}").is_ok());
}

/// What a definition says about the set-up, before its other sections.
const SETUP: &str = "setup:
  apply: argocd/
  argocd-namespace: argocd
  secrets:
  - {name: push, namespace: '[= app =]', form: git, access-to: '[= source_repo =]', writes: true, about: pushes}
  - {name: pull, namespace: '[= env.name =]', form: registry, access-to: '[= image =]', about: pulls, each: environments, as: env}
next: []";

#[test]
fn mistakes_in_the_section_about_the_set_up_are_found() {
    let definition = sample::changed("next: []", SETUP).unwrap().definition;
    assert_eq!(definition.setup.unwrap().secrets.len(), 2);
    for (find, replace, expected) in [
        ("form: git", "form: token", "unknown variant `token`"),
        ("[= app =]", "[= ap =]", "unknown variable `ap`"),
        ("each: environments", "each: app", "each: the answer to `app` is not a list"),
        (", as: env", "", "`each` needs `as`, the variable for the item"),
        (
            "about: pushes",
            "about: \"a\\u200B\"",
            "about of secret 1: contains the invisible character U+200B",
        ),
        ("apply: argocd/", "applies: argocd/", "unknown field `applies`"),
    ] {
        let found = problems("next: []", &SETUP.replacen(find, replace, 1));
        assert!(found.contains(expected), "{replace}\n{found}");
    }
}

/// What a definition says about releases, before its other sections.
const DELIVERY: &str = "delivery:
  name: '[= app =]'
  source: {repository: '[= source_repo =]'}
  release: {file: release.env, tag: TAG, revision: REVISION}
  environments: environments
  as: env
  image: {file: 'deploy/[= env.name =].yaml', line: '# {tag} of {revision}'}
next: []";

#[test]
fn mistakes_in_the_section_about_releases_are_found() {
    assert!(sample::changed("next: []", DELIVERY).unwrap().definition.delivery.is_some());
    for (find, replace, expected) in [
        (
            "tag: TAG",
            "tag: MY-TAG",
            "release.tag: `MY-TAG` is not the name of a variable, such as `IMAGE_TAG`",
        ),
        ("tag: TAG", "tag: REVISION", "release: `tag` and `revision` name the same variable"),
        ("{tag} of", "tag of", "image.line: it must have `{tag}` exactly once"),
        ("{tag} of ", "{tag}", "image.line: something must stand between its two placeholders"),
        ("environments: environments", "environments: app", "each: the answer to `app` is not a list"),
        ("as: env", "as: image", "as: the variable `image` is already taken"),
        ("as: env", "as: stage", "unknown variable `env`"),
        ("[= app =]", "[= ap =]", "unknown variable `ap`"),
        ("  as: env", "  promote: []\n  as: env", "unknown field `promote`"),
    ] {
        let found = problems("next: []", &DELIVERY.replacen(find, replace, 1));
        assert!(found.contains(expected), "{replace}\n{found}");
    }
}
