//! Golden repositories: for some sets of answers, every file that `treenail new` writes, byte for byte. They show in
//! a review what a change of the scaffold does, and `kubectl kustomize` builds them as a cluster would.
//!
//! `TREENAIL_BLESS=1 cargo test --test it golden::` writes them anew.
#![cfg(unix)]

mod built;
mod files;
mod generate;
mod kustomize;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::{self, Facts, Tree};
use treenail::answers::resolve::{Given, Policy, Resolver};
use treenail::project::answers_file;
use treenail::scaffold::catalog;
use treenail::values::value::Provenance;

/// Declares golden repositories: the test's name (that of the folder, with `_` for `-`), and the folder inside its
/// repository that the scaffold is put into.
macro_rules! goldens {
    ($($name:ident in $prefix:literal;)*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                check(stringify!($name), $prefix);
            }
        )*
    };
}

goldens! {
    minimal in "";
    everything in "";
    one_environment in "";
    four_environments in "";
    sub_folder in "services/shop/";
    ssh_gitlab in "";
    hostile_no in "";
    longest in "";
    blue_green in "";
    canary in "";
}

#[test]
fn every_golden_repository_has_its_test() {
    let folders = files::folders(&home()).into_iter().map(|name| name.replace('-', "_"));
    let mut names: Vec<_> = NAMES.iter().map(ToString::to_string).collect();
    names.sort();
    assert_eq!(folders.collect::<Vec<_>>(), names);
}

/// Image files are the user's: they stay as they are when `strategy` is answered otherwise.
#[test]
#[ignore = "takes long"]
fn an_image_file_goes_with_every_strategy() {
    let strategies =
        ["minimal", "blue-green", "canary"].map(|name| files::read(&home().join(name).join("repository")));
    for from in &strategies {
        let images = from.files.iter().filter(|(path, _)| path.ends_with("/image/kustomization.yaml"));
        for to in &strategies {
            let mut files = to.files.clone();
            let before = files.len();
            files.extend(images.clone().map(|(path, entry)| (path.clone(), entry.clone())));
            assert_eq!(files.len(), before, "they have the same environments");
            let facts = Facts::new(answers_file::parse(to.text(answers_file::PATH)).unwrap(), "");
            kustomize::assert_rests(&Tree::new(files), &facts);
        }
    }
}

#[test]
fn everything_answers_every_question_otherwise() {
    let text = std::fs::read_to_string(home().join("everything/answers.yaml")).unwrap();
    let given = answers_file::parse(&text).unwrap();
    let scaffold = catalog::embedded("service").unwrap().unwrap();
    let required = ["app", "source-repo", "manifest-repo", "image"];
    let bare = given.iter().filter(|(name, _)| required.contains(&name.as_str()));
    let bare = bare.map(|(name, text)| (name.clone(), Given { text: text.clone(), from: Provenance::File }));
    let defaults = Resolver::new(&scaffold)
        .resolve(&bare.collect(), &BTreeMap::new(), Policy::TakeDefaults)
        .unwrap()
        .unwrap();
    // With another health check, the questions about its paths would not be asked.
    let others = defaults.iter().filter(|answer| answer.question != "health-check");
    for answer in others.filter(|answer| answer.from == Provenance::Default) {
        assert!(given.contains_key(&answer.question), "`{}` is not answered", answer.question);
        assert_ne!(given[&answer.question], answer.value.to_text(), "`{}` is the default", answer.question);
    }
}

/// The folder of the golden repositories.
fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn check(test: &str, prefix: &str) {
    let golden = home().join(test.replace('_', "-"));
    let repository = golden.join("repository");
    let generated = generate::from(&golden.join("answers.yaml"), prefix);
    if std::env::var_os("TREENAIL_BLESS").is_some() {
        files::replace(&repository, &generated);
    }
    let tree = files::read(&repository);
    assert_same(&repository, &tree, &generated);

    assert_stable(&tree, &generate::from(&repository.join(answers_file::PATH), prefix));
    let answers = answers_file::parse(tree.text(answers_file::PATH)).unwrap();
    let facts = Facts::new(answers, prefix);
    support::assert_sound(&tree, &facts);
    support::assert_checked(&tree);
    kustomize::assert_builds(&tree, &facts);
}

fn assert_same(golden: &Path, tree: &Tree, generated: &Tree) {
    if tree.files != generated.files {
        let difference = files::difference(tree, generated);
        panic!(
            "{} is no longer what treenail writes. If it should not be, run\n\n    \
             TREENAIL_BLESS=1 cargo test --test it golden::\n\n{difference}",
            golden.display()
        );
    }
}

/// Asserts that a repository's own answers give it again. Where they came from is another story each time.
fn assert_stable(tree: &Tree, again: &Tree) {
    let paths = |tree: &Tree| tree.files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(paths(tree), paths(again));
    for (path, entry) in tree.files.iter().filter(|(path, _)| *path != answers_file::PATH) {
        assert!(again.files[path] == *entry, "{path} differs when made from the recorded answers");
    }
    let answers = |tree: &Tree| tree.text(answers_file::PATH).split_once("\nfrom:\n").unwrap().0.to_owned();
    assert_eq!(answers(tree), answers(again));
}
