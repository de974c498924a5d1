//! Repositories of all kinds: what else is in them, and how they came about.

use std::fs;

use crate::common::home::Home;
use crate::upgrade::project::{Place, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

fn v1() -> Scaffold {
    Scaffold::new("1.0.0").file("a.txt", "one\ntwo\nthree\n").file("docs/b.txt", "b\n")
}

fn v2() -> Scaffold {
    v1().version("2.0.0").file("a.txt", "one\ntwo\nTHREE\n").file("docs/new.txt", "new\n")
}

/// A place with an edit that version 2 can be merged with.
fn outdated() -> Place {
    let place = Place::of(&v1());
    place.edit("a.txt", "mine\ntwo\nthree\n");
    place.offer(&v2());
    place
}

const MERGED: &str = "mine\ntwo\nTHREE\n";

/// The repository `dir`, upgraded.
fn upgraded(place: &Place, dir: &str) {
    place.treenail(&format!("upgrade {dir} --scaffold scaffold")).ends_with(0);
    assert_eq!(place.home.read(&format!("{dir}/a.txt")), MERGED);
    assert_eq!(place.home.git(dir, "status --porcelain"), "");
    place.home.git(dir, "fsck --strict --no-dangling");
}

#[test]
fn a_shallow_clone() {
    let place = outdated();
    let url = format!("file://{}", place.home.path("shop").display());
    place.home.git(".", &format!("clone -q --depth 1 {url} shallow"));
    upgraded(&place, "shallow");
    assert_eq!(place.home.git("shallow", "log --format=%h").lines().count(), 2);
}

#[test]
fn a_squashed_and_collected_history() {
    let place = outdated();
    place.git("checkout -q --orphan squashed");
    place.git("commit -q -m squashed");
    place.git("branch -D trunk");
    place.git("reflog expire --expire=now --all");
    place.git("gc -q --prune=now");
    upgraded(&place, "shop");
}

#[test]
fn a_linked_worktree() {
    let place = outdated();
    let files = place.files();
    place.git("worktree add -q ../linked -b linked");
    upgraded(&place, "linked");
    assert_unchanged(&files, &place.files());
    place.home.write("linked/a.txt", "ours\n");
    place.home.git("linked", "commit -qam edit");
    place.offer(&v2().version("3.0.0").file("a.txt", "theirs\n"));
    place.treenail("upgrade linked --scaffold scaffold --conflicts=markers").ends_with(3);
    place.treenail("upgrade linked --abort").ends_with(0);
    assert_eq!(place.home.git("linked", "status --porcelain"), "");
}

#[test]
fn a_repository_whose_git_directory_is_elsewhere() {
    let place = outdated();
    place.home.git(".", "clone -q --separate-git-dir elsewhere shop separate");
    upgraded(&place, "separate");
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let place = outdated();
    place.home.repository("product");
    place.home.git("product", "-c protocol.file.allow=always submodule --quiet add ../shop gitops");
    place.home.git("product", "commit -q -m submodule");
    let outer = place.home.git("product", "rev-parse HEAD");
    upgraded(&place, "product/gitops");
    assert_eq!(place.home.git("product", "status --porcelain"), " M gitops");
    assert_eq!(place.home.git("product", "rev-parse HEAD"), outer);
    place.treenail("upgrade product/gitops --scaffold scaffold").ends_with(0).says("nothing to do");
    place.treenail("upgrade product --scaffold scaffold").ends_with(5).says("was not written by treenail");
}

/// Whatever is in it belongs to another repository.
#[test]
fn a_submodule_of_the_user_s_is_not_written_into() {
    let place = outdated();
    place.home.repository("library");
    place.home.write("library/mine.txt", "mine\n");
    place.home.git("library", "add .");
    place.home.git("library", "commit -q -m mine");
    for (gone, folder) in [(None, "lib"), (Some("docs/b.txt"), "docs")] {
        let place = &place;
        if let Some(path) = gone {
            place.git(&format!("rm -q {path}"));
            place.git("commit -q -m gone");
        }
        place.git(&format!("-c protocol.file.allow=always submodule --quiet add ../library {folder}"));
        place.git("commit -q -m submodule");
        place.offer(&v2().file("lib/new.txt", "new\n"));
        for arguments in ["", "--conflicts=theirs", "--conflicts=markers", "--no-commit"] {
            place.refused(arguments, 5).says(&format!("`{folder}`"));
        }
    }
    place.assert_clean();
}

#[test]
fn a_detached_head() {
    let place = outdated();
    place.git("checkout -q --detach");
    let trunk = place.git("rev-parse trunk");
    upgraded(&place, "shop");
    assert_eq!(place.git("rev-parse trunk HEAD~1"), format!("{trunk}\n{trunk}"));
}

#[test]
fn a_folder_inside_the_repository() {
    let place = Place::at("shop/deploy/web", &v1());
    place.home.write("shop/a.txt", "not ours\n");
    place.edit("a.txt", "mine\ntwo\nthree\n");
    place.home.write("shop/dirty.txt", "dirty\n");
    place.offer(&v2());
    place.upgrade("").ends_with(0);
    assert_eq!(place.read("a.txt"), MERGED);
    assert_eq!(place.home.read("shop/a.txt"), "not ours\n");
    assert_eq!(place.status(), "?? dirty.txt");
    let touched = place.git("show --format= --name-only HEAD");
    assert!(touched.lines().all(|path| path.starts_with("deploy/web/")), "{touched}");
}

#[test]
fn two_scaffolds_in_one_repository() {
    let place = Place::at("shop/one", &v1());
    place.treenail("new shop/two --scaffold scaffold --defaults --set app=two").ends_with(0);
    place.edit("a.txt", "mine\ntwo\nthree\n");
    place.home.write("shop/two/a.txt", "one\ntwo\ntwo's\n");
    place.commit();
    let two = place.home.tree("shop/two");
    place.upgrade_to(&v2());
    assert_eq!(place.read("a.txt"), MERGED);
    assert_eq!(place.home.tree("shop/two"), two);
    place.treenail("upgrade shop/two --scaffold scaffold").ends_with(3);
    place.treenail("upgrade shop/two --scaffold scaffold --conflicts=ours").ends_with(0);
    place.assert_clean();
}

#[test]
fn nothing_is_left_outside_of_the_repository() {
    let place = outdated();
    let all = |home: &Home| -> Vec<String> {
        let shop = home.path("shop").display().to_string();
        home.everything().into_iter().filter(|path| !path.starts_with(&shop)).collect()
    };
    let before = all(&place.home);
    place.upgrade("").ends_with(0);
    assert_eq!(all(&place.home), before);
    assert!(fs::metadata(place.path(".git/treenail")).is_err());
}
