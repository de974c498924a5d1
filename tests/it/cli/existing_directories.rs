//! Places that something is in already.

use std::fs;

use crate::cli::new::SHOP;
use crate::common::home::Home;

#[track_caller]
fn refused(home: &Home, arguments: &str, snapshot: &str) {
    let before = home.everything();
    home.treenail(arguments).run().ends_with(5).snapshot(snapshot);
    assert_eq!(home.everything(), before);
}

/// A repository of one commit, of `app.py`.
fn repository(home: &Home, dir: &str) {
    home.repository(dir);
    home.write(&format!("{dir}/app.py"), "print()\n");
    home.git(dir, "add .");
    home.git(dir, "commit -q -m app");
}

#[test]
fn a_repository() {
    let home = Home::new();
    repository(&home, "shop");
    home.treenail(SHOP).run().ends_with(0).snapshot("existing-repository");
    assert_eq!(home.git("shop", "status --porcelain"), "");
    assert_eq!(home.git("shop", "log --format=%s"), "treenail: create shop from scaffold service 2.0.0\napp");
    assert_eq!(home.git("shop", "branch --show-current"), "trunk");
}

#[test]
fn a_repository_with_one_file_in_the_way() {
    let home = Home::new();
    repository(&home, "shop");
    home.write("shop/delivery/release/release.env", "mine\n");
    refused(&home, SHOP, "file-in-the-way");
    assert_eq!(home.read("shop/delivery/release/release.env"), "mine\n");
}

#[test]
fn a_folder_of_a_repository() {
    let home = Home::new();
    repository(&home, "mono");
    home.write("mono/staged.txt", "staged\n");
    home.git("mono", "add staged.txt");
    home.write("mono/app.py", "print(1)\n");
    let arguments = SHOP.replace("new shop", "new mono/services/shop");
    home.treenail(&arguments).run().ends_with(0).snapshot("folder-of-repository");
    assert_eq!(
        home.git("mono", "status --porcelain"),
        " M app.py
A  staged.txt"
    );
    let added = home.git("mono", "show --name-only --format= HEAD");
    assert!(added.lines().all(|path| path.starts_with("services/shop/")), "{added}");
    for (file, path) in [
        ("delivery", "delivery"),
        ("staging", "deploy/overlays/staging"),
        ("production", "deploy/overlays/production"),
    ] {
        let application = home.read(&format!("mono/services/shop/argocd/{file}.yaml"));
        assert!(application.contains(&format!("\n    path: services/shop/{path}\n")), "{application}");
    }
    assert!(home.read("mono/services/shop/.treenail/answers.yaml").contains("\ndirectory: services/shop\n"));
}

/// The folder's name becomes part of manifests and of commands.
#[test]
fn a_folder_with_an_unusual_name() {
    let home = Home::new();
    repository(&home, "mono");
    let before = home.everything();
    let run = home.treenail("new --defaults --source-repo https://github.com/acme/shop.git --app shop");
    run.arg("mono/my shop").run().ends_with(5).snapshot("folder-with-unusual-name");
    assert_eq!(home.everything(), before);
}

#[test]
fn a_file() {
    let home = Home::new();
    home.write("shop", "mine\n");
    refused(&home, SHOP, "target-is-a-file");
}

#[test]
fn a_path_below_a_file() {
    let home = Home::new();
    home.write("file", "mine\n");
    refused(&home, &SHOP.replace("new shop", "new file/shop"), "target-below-a-file");
}

#[test]
fn a_directory_that_is_not_empty() {
    let home = Home::new();
    home.write("shop/notes.txt", "mine\n");
    refused(&home, SHOP, "target-not-empty");
}

#[test]
fn a_bare_repository() {
    let home = Home::new();
    fs::create_dir(home.path("shop")).unwrap();
    home.git("shop", "init -q --bare");
    refused(&home, SHOP, "target-is-bare");
}

/// What is in the way is said before what is missing: the first is not mended by answering.
#[test]
fn the_place_comes_before_the_answers() {
    let home = Home::new();
    home.write("shop/notes.txt", "mine\n");
    let output = home.treenail("new shop").run().ends_with(5);
    assert!(!output.stderr.contains("--source-repo"), "{}", output.stderr);
}
