use std::collections::BTreeMap;

use super::*;
use crate::answers::resolve::{Given, Policy, Resolver};
use crate::scaffold::sample;
use crate::values::value::Provenance;

fn answers(scaffold: &Scaffold, pairs: &[(&str, &str)]) -> Answers {
    let given = [("source-repo", "https://github.com/acme/shop.git"), ("app", "shop")]
        .iter()
        .chain(pairs)
        .map(|(name, text)| ((*name).to_owned(), Given { text: (*text).to_owned(), from: Provenance::Flag }))
        .collect();
    Resolver::new(scaffold).resolve(&given, &BTreeMap::new(), Policy::TakeDefaults).unwrap().unwrap()
}

fn rendered(scaffold: &Scaffold, pairs: &[(&str, &str)], prefix: &str) -> Result<Rendered> {
    scaffold.render(&answers(scaffold, pairs), prefix)
}

fn text<'r>(rendered: &'r Rendered, path: &str) -> &'r str {
    let file = rendered.files.iter().find(|file| file.path == path).unwrap();
    std::str::from_utf8(&file.file.content).unwrap()
}

fn failure(scaffold: &Scaffold, pairs: &[(&str, &str)]) -> String {
    sample::messages(&rendered(scaffold, pairs, "").unwrap_err()).join("\n")
}

#[test]
fn renders_every_file_in_order() {
    let rendered = rendered(&sample::scaffold(), &[], "").unwrap();
    let paths: Vec<_> = rendered.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "README.md",
            "argocd/delivery.yaml",
            "deploy/overlays/production/kustomization.yaml",
            "deploy/overlays/staging/kustomization.yaml",
            "logo.png",
        ]
    );
    assert_eq!(
        text(&rendered, "deploy/overlays/staging/kustomization.yaml"),
        "namespace: shop-staging\nfirst: true\n"
    );
    assert_eq!(
        text(&rendered, "deploy/overlays/production/kustomization.yaml"),
        "namespace: shop-production\n"
    );
}

#[test]
fn every_template_knows_the_whole_tree_and_the_prefix() {
    let rendered = rendered(&sample::scaffold(), &[], "services/shop/").unwrap();
    assert_eq!(
        text(&rendered, "README.md"),
        "# shop (sample 1.2.3)\n\
         - README.md (managed): what all this is\n\
         - argocd/delivery.yaml (managed): Application that builds\n\
         - deploy/overlays/production/kustomization.yaml (managed): what is particular to production\n\
         - deploy/overlays/staging/kustomization.yaml (managed): what is particular to staging\n\
         - logo.png (managed): a picture\n"
    );
    assert!(text(&rendered, "argocd/delivery.yaml").contains("path: services/shop/delivery\n"));
}

#[test]
fn ownership_and_the_executable_bit_come_from_the_rule() {
    let rendered = rendered(&sample::scaffold(), &[("test-image", "docker.io/library/rust")], "").unwrap();
    let file = rendered.files.iter().find(|file| file.path == "test.sh").unwrap();
    assert_eq!((file.file.is_executable(), file.ownership), (true, Ownership::Seeded));
    assert_eq!(file.file.content, b"#!/bin/sh\n# docker.io/library/rust\nmake test\n");
}

#[test]
fn what_is_no_text_is_copied() {
    let rendered = rendered(&sample::scaffold(), &[], "").unwrap();
    let logo = rendered.files.iter().find(|file| file.path == "logo.png").unwrap();
    assert_eq!(logo.file.content, b"\x89PNG\xff[= no template =]\r\n");
}

#[test]
fn a_text_ends_as_its_template_does() {
    let scaffold = sample::with_template("README.md", "[= app =]");
    assert_eq!(text(&rendered(&scaffold, &[], "").unwrap(), "README.md"), "shop");
    let scaffold = sample::with_template("README.md", "a\n[% if false %]x[% endif %]\n\n");
    assert_eq!(text(&rendered(&scaffold, &[], "").unwrap(), "README.md"), "a\n");
}

#[test]
fn a_mistake_in_a_template_is_shown_with_its_line() {
    for (template, expected) in [
        ("a\n[= nam =]\n", "README.md:2: unknown variable `nam`"),
        ("[% if imag %]x[% endif %]", "README.md:1: unknown variable `imag`; did you mean `image`?"),
        ("a\n[= app | yml =]", "README.md:2:"),
        ("a\n[= app", "README.md:2:"),
        ("a\n[= scaffold.nme =]", "README.md:2:"),
        ("[= app }", "expected =]"),
        (
            "[= app | yml =]",
            "unknown filter `yml`\n --> README.md:1:10\n  |\n1 | [= app | yml =]\n  |          ^^^",
        ),
        ("[= env =]", "README.md:1: unknown variable `env`"),
    ] {
        let failure = failure(&sample::with_template("README.md", template), &[]);
        assert!(failure.contains(expected), "{failure}");
    }
}

#[test]
fn every_broken_template_is_reported() {
    let mut files = sample::files("", "");
    for path in ["files/README.md", "files/argocd/delivery.yaml"] {
        files.insert(path.to_owned(), b"[= app".to_vec());
    }
    let failure = failure(&Scaffold::from_files(files, "sample").unwrap(), &[]);
    assert!(failure.contains("README.md:1") && failure.contains("argocd/delivery.yaml:1"), "{failure}");
}

#[test]
fn paths_are_checked_before_anything_is_rendered() {
    let find = "deploy/overlays/[= env.name =]/kustomization.yaml";
    for (path, expected) in [
        (
            "same.yaml",
            "the rules for `deploy/overlays/ENVIRONMENT/kustomization.yaml` and `deploy/overlays/ENVIRONMENT/kustomization.yaml` both write `same.yaml`",
        ),
        ("../[= env.name =]", "leaves its folder through `..`"),
        ("'[= env.name =]/.git/x'", "belongs to Git"),
        (".treenail/[= env.name =]", "belongs to treenail"),
        ("README.md/[= env.name =]", "needs it as a folder"),
    ] {
        let failure = failure(&sample::changed(find, path).unwrap(), &[]);
        assert!(failure.contains(expected), "{failure}");
    }
    let failure = failure(&sample::changed(find, "readme.md").unwrap(), &[("environments", "live")]);
    assert!(failure.contains("differ only in case"), "{failure}");
}

#[test]
fn every_question_must_be_answered() {
    let error = sample::scaffold().render(&Answers::default(), "").unwrap_err();
    assert_eq!(error.problems.len(), 8);
    assert_eq!(error.problems[0].message, "`source-repo` is not answered");
}

#[test]
fn the_same_answers_give_the_same_bytes() {
    let once = rendered(&sample::scaffold(), &[], "").unwrap();
    assert_eq!(once, rendered(&sample::scaffold(), &[], "").unwrap());
}
