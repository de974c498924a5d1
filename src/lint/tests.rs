use super::lint;
use crate::scaffold::{Scaffold, sample};

const YAML: &str = "argocd/delivery.yaml";

/// Returns what lint reports for the sample with another YAML template, except what that leaves unused.
fn found(template: &str) -> Vec<String> {
    let messages = messages(&sample::with_template(YAML, template));
    messages.into_iter().filter(|message| !message.starts_with("unused")).collect()
}

fn messages(scaffold: &Scaffold) -> Vec<String> {
    lint(scaffold).into_iter().map(|problem| problem.message).collect()
}

#[test]
fn the_sample_is_clean() {
    assert_eq!(messages(&sample::scaffold()), Vec::<String>::new());
}

#[test]
fn values_that_stand_alone_are_fine() {
    for template in [
        "a: [= app | yaml =]\n",
        "[= app | yaml =]: 1\n",
        "- [= app | yaml =]\n- a: [= port | yaml_string =] # [= app | yaml =] and more\n",
        "a: [ [= app | yaml =], {b: [= port | yaml =]}, x]\n",
        "a: {b: [= app | yaml =], [= image | yaml =]: c}\n",
        "a: [% if test_image %][= app | yaml =][% else %][= image | yaml =][% endif %]\n",
        "a:\n[%- for env in environments %]\n  [= env.name | yaml =]: [= env.namespace | yaml =]\n[%- endfor %]\n",
        "a: [[% for env in environments %][= env.name | yaml =][% if not env.last %], [% endif %][% endfor %]]\n",
        "# about [= app | yaml =], glued\na: 'it''s # no comment'\nb: it's\nc: \"x \\\" y\"\nd: [= app | yaml =]\n",
        "a: |\n  text\nb: [= app | yaml =]\n",
        "- a: >-\n    text\n  b: [= app | yaml =]\n- |\n text\n- [= app | yaml =]\n",
        "a: |\n  text\n[%- if test_image %]\nb: [= app | yaml =]\n[%- endif %]\n",
        "a: b|c\nd: [= app | yaml =]\n",
        "a: [[= app | yaml =]]\n",
        "a: &b [= app | yaml =]\n",
    ] {
        assert_eq!(found(template), Vec::<String>::new(), "{template}");
    }
}

#[test]
fn values_that_do_not_stand_alone_are_found() {
    for template in [
        "a: x-[= app | yaml =]\n",
        "a: x [= app | yaml =]\n",
        "a: [= app | yaml =]-x\n",
        "a: [= app | yaml =] x\n",
        "a: [= app | yaml =][= image | yaml =]\n",
        "a: x, [= app | yaml =]\n",
        "a: [b [= app | yaml =]]\n",
        "a: [% if test_image %]x[% endif %][= app | yaml =]\n",
        "a: http://[= app | yaml =]\n",
        "a-[= app | yaml =]: b\n",
        "a: &[= app | yaml =] b\n",
    ] {
        let found = found(template);
        assert!(found.iter().any(|message| message.contains("glued to other text")), "{template}: {found:?}");
    }
    for template in ["a: \"[= app | yaml =]\"\n", "a: 'x [= app | yaml =]'\n", "a: [\"[= app | yaml =]\"]\n"]
    {
        let found = found(template);
        assert!(found.iter().any(|message| message.contains("inside quotes")), "{template}: {found:?}");
    }
}

#[test]
fn values_that_are_not_quoted_are_found() {
    for template in ["a: [= app =]\n", "# [= app =]\n", "a: [= app | yaml | upper =]\n", "a: b # [= app =]\n"]
    {
        let found = found(template);
        assert!(found[0].starts_with("files/argocd/delivery.yaml:1: `[= app"), "{found:?}");
        assert!(found[0].ends_with("is not quoted for YAML"), "{found:?}");
    }
}

#[test]
fn tags_inside_block_scalars_are_found() {
    for template in [
        "script: |\n  echo [= app | yaml =]\n",
        "script: |\n  a\n\n  [% if test_image %]b[% endif %]\n",
        "script: |\n  a\n[%- if test_image %]\n  b\n[%- endif %]\n",
        "script: &a !!str |\n  echo [= app | yaml =]\n",
        "args:\n- >-\n  [= app | yaml =]\n",
        "- script: |2-\n      [= app | yaml =]\n",
        "- - x: | # comment\n      [= app | yaml =]\n",
    ] {
        let found = found(template);
        assert!(
            found.iter().any(|message| message.contains("inside a block scalar")),
            "{template}: {found:?}"
        );
    }
}

#[test]
fn tabs_and_line_ends_are_found() {
    assert!(found("a:\n\t- b\n")[0].contains(":2: a tab"));
    assert_eq!(found("a: |\n  x\ty\n"), Vec::<String>::new());
    assert!(found("a: b\r\n")[0].contains(":1: a line ends with CR LF"));
    assert!(messages(&sample::with_template("README.md", "[= app =]\r\n"))[0].contains("files/README.md:1"));
}

#[test]
fn a_dry_run_must_give_yaml() {
    let found = found("a: 1\na: 2\n");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("rendered with its defaults: `argocd/delivery.yaml` is not valid YAML: line"),
        "{found:?}"
    );
    assert!(found[1].starts_with("rendered with its examples:"), "{found:?}");
}

#[test]
fn a_dry_run_must_resolve_and_render() {
    let scaffold = sample::changed("  example: shop", "  example: a-very-long-name-for-an-app").unwrap();
    let found = messages(&scaffold);
    assert!(
        found[0].contains("rendered with its defaults: question `app`: the name of the Application"),
        "{found:?}"
    );
    let found = messages(&sample::with_template(
        "test.sh",
        "[= test_image =][= test_command | add_minutes(minutes=1) =]",
    ));
    assert!(found[0].starts_with("rendered with its examples: "), "{found:?}");
}

#[test]
fn what_comes_out_in_any_order_is_found() {
    let template =
        "[% for env in environments %][% for key, value in env %][= key =][% endfor %][% endfor %]";
    let found = messages(&sample::with_template("README.md", &template.repeat(8)));
    assert!(found.iter().any(|message| message.contains("renders differently each time")), "{found:?}");
}

#[test]
fn what_nothing_uses_is_found() {
    let found = messages(&sample::with_template("test.sh", "[= test_image =]"));
    assert_eq!(found, ["unused question `test-command`"]);
    let found = messages(&sample::with_template("deploy/overlays/ENVIRONMENT/kustomization.yaml", "a: 1\n"));
    assert_eq!(found, ["unused derived `namespace`"]);
}

#[test]
fn broken_templates_and_missing_words_are_found() {
    let found = messages(&sample::with_template("README.md", "[= app | nofilter =]"));
    assert!(found[0].contains("nofilter") && found[0].contains("README.md:1"), "{found:?}");
    let found = messages(&sample::with_template("README.md", "[= ap =]"));
    assert_eq!(found, ["README.md:1: unknown variable `ap`; did you mean `app`?"]);
    let found = messages(&sample::changed("  about: a picture", "  about: ' '").unwrap());
    assert_eq!(found, ["the rule for `logo.png` has no `about`"]);
    let found = messages(&sample::changed("  help: The port.", "").unwrap());
    assert_eq!(found, ["question `port` has no `help`"]);
}

#[test]
fn upgrades_of_old_repositories_are_tried() {
    for (history, expected) in [
        (
            "migrations: [set: {question: pipeline-namespace, value: '[= app =]_ci'}]",
            "upgraded from its oldest version: question `pipeline-namespace`: ",
        ),
        (
            "moves: [{from: ../a, to: logo.png}]",
            "upgraded from its oldest version: version 1.0.0: `../a` leaves",
        ),
    ] {
        let history = format!("versions:\n- version: 1.0.0\n  {history}\n");
        let found = messages(&sample::changed("next: []\n", &history).unwrap());
        assert!(found.len() == 1 && found[0].starts_with(expected), "{found:?}");
    }
}

#[test]
fn what_a_release_consists_of_must_be_files_of_the_scaffold() {
    let delivery = "delivery:
  name: '[= app =]'
  source: {repository: '[= source_repo =]'}
  release: {file: release.env, tag: TAG, revision: REVISION}
  environments: environments
  as: env
  image: {file: 'deploy/overlays/[= env.name =]/kustomization.yaml', line: '# {tag} of {revision}'}
  manifests: ['deploy/overlays/[= env.name =]/', deploy/base/]
next: []";
    let found = messages(&sample::changed("next: []", delivery).unwrap()).join("\n");
    for expected in [
        "delivery: `release.env` is not a file of the scaffold",
        "delivery: `deploy/overlays/staging/kustomization.yaml` must have `ownership: seeded`",
        "delivery: the scaffold has nothing at `deploy/base/`",
    ] {
        assert!(found.contains(expected), "{expected}\n{found}");
    }
    assert!(!found.contains("overlays/staging/`"), "{found}");
    let outside = delivery.replace("file: release.env", "file: ../release.env");
    let found = messages(&sample::changed("next: []", &outside).unwrap()).join("\n");
    assert!(found.contains("`../release.env`"), "{found}");
}
