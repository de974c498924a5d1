//! Scaffolds that are not built in.

use std::fs;

use crate::daily::shop::{MANIFESTS, Shop, revision};

/// With a service of the scaffold `mine`.
fn shop() -> Shop {
    let shop = Shop::new();
    shop.home.treenail("scaffold export service mine").run().ends_with(0);
    let definition = shop.home.read("mine/scaffold.yaml");
    shop.home.write("mine/scaffold.yaml", definition.replacen("name: service\n", "name: mine\n", 1));
    fs::remove_dir_all(shop.home.path(MANIFESTS)).unwrap();
    let new =
        format!("new {MANIFESTS} --scaffold mine --defaults --source-repo https://github.com/acme/shop.git");
    shop.home.treenail(&format!("{new} --quiet")).run().ends_with(0);
    shop.deploy("staging", "1.0.0", &revision(1));
    shop
}

#[test]
#[ignore = "takes long"]
fn its_folder_is_set_once_for_a_clone() {
    let shop = shop();
    let output = shop.treenail("releases").run().ends_with(5);
    let hint = "hint: or once for this clone: `git config treenail.mine.scaffold DIR`\n";
    assert!(output.stderr.contains(hint), "{}", output.stderr);
    shop.home.git(MANIFESTS, "config treenail.mine.scaffold ../mine");
    for arguments in ["releases", "promote", "rollback production --to 0", "upgrade --dry-run"] {
        let output = shop.treenail(arguments).run();
        let note = "mine, as `git config` says\n";
        assert!(output.stderr.contains(note) && !output.stderr.contains("not built in"), "{}", output.stderr);
    }
    shop.treenail("diff --upgrade").run().ends_with(0);
    let status = shop.treenail("status --json").run().ends_with(0);
    assert!(!status.stdout.contains("not built in"), "{}", status.stdout);
    fs::remove_dir_all(shop.home.path("mine")).unwrap();
    let output = shop.treenail("releases").run().ends_with(2);
    assert!(
        output.stderr.contains("its folder is set by `git config treenail.mine.scaffold`"),
        "{}",
        output.stderr
    );
}

/// What a commit says does not choose a folder; nor is a built-in scaffold replaced.
#[test]
#[ignore = "takes long"]
fn no_commit_names_a_folder() {
    let shop = shop();
    for name in ["../mine", ".", "mine"] {
        let answers = shop.home.read(&format!("{MANIFESTS}/.treenail/answers.yaml"));
        shop.home.treenail("scaffold export service shop-gitops/mine").run();
        let line = answers.lines().find(|line| line.starts_with("  name: ")).unwrap().to_owned();
        let planted = answers.replacen(&line, &format!("  name: {name}"), 1);
        shop.commit(MANIFESTS, ".treenail/answers.yaml", &format!("{planted}# {name}\n"), "planted");
        shop.treenail("releases").run().ends_with(5);
    }
    let builtin = Shop::new();
    builtin.home.git(MANIFESTS, "config treenail.service.scaffold ../gone");
    builtin.treenail("releases").run().ends_with(0);
}
