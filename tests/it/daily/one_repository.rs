//! Manifests in a folder of the source repository.

use crate::daily::shop::{SOURCE, Shop, url};

const FOLDER: &str = "gitops";

/// With a second service beside it.
fn shop() -> Shop {
    let shop = Shop::new();
    for (folder, name) in [(FOLDER, SOURCE), ("other", "api")] {
        let new = format!(
            "new {folder} --defaults --repository enclosing --app {name} --source-repo {} --quiet",
            url(SOURCE)
        );
        shop.home.treenail(&new).inside(SOURCE).run().ends_with(0);
    }
    shop.home.git(SOURCE, "push -q");
    shop
}

fn run(shop: &Shop, arguments: &str) -> String {
    let folder = format!("{SOURCE}/{FOLDER}");
    shop.home.treenail(arguments).inside(&folder).run().ends_with(0).stderr
}

#[test]
#[ignore = "takes long"]
fn the_same_tag_is_not_released_twice() {
    let shop = shop();
    let source = shop.home.git(SOURCE, "rev-parse HEAD~2");
    for arguments in ["release 1.0.0 --push", "release 1.0.0 --push", "release --push", "release 1.0.0"] {
        run(&shop, arguments);
        assert_eq!(shop.home.git(SOURCE, "log -1 --format=%s"), "release: shop 1.0.0", "{arguments}");
        assert_eq!(shop.home.git(SOURCE, "rev-list --count HEAD"), "4", "{arguments}");
    }
    let requested = shop.home.read(&format!("{SOURCE}/{FOLDER}/delivery/release/release.env"));
    assert!(requested.contains(&source), "{requested}");
    assert!(run(&shop, "release 1.0.0").contains("nothing to change"));
}

#[test]
fn a_change_of_the_source_is_another_release() {
    let shop = shop();
    run(&shop, "release 1.0.0 --push");
    shop.commit(SOURCE, "other/notes.txt", "of another service\n", "notes");
    shop.home.git(SOURCE, "push -q");
    assert!(run(&shop, "release").contains("nothing to change"));
    let id = shop.commit(SOURCE, "main.c", "int main;\n", "code");
    shop.home.git(SOURCE, "push -q");
    run(&shop, "release");
    assert_eq!(shop.home.git(SOURCE, "log -1 --format=%s"), "release: shop 1.0.1");
    let requested = shop.home.read(&format!("{SOURCE}/{FOLDER}/delivery/release/release.env"));
    assert!(requested.contains(&id), "{requested}");
}
