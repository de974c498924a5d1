//! A repository as a hosting service creates it: one commit with a README, a licence and rules for Git.

use std::os::unix::fs::PermissionsExt;

use crate::common::home::Home;

const NEW: &str = "new . --defaults --app shop --source-repo https://github.com/acme/shop.git";

const README: &str = "# shop-gitops\n\nManifests of the shop.\n";
const LICENSE: &str = "Apache License\n";

/// `shop-gitops`, cloned, with these files.
fn cloned(files: &[(&str, &str)]) -> Home {
    let home = Home::new();
    home.repository("shop-gitops");
    home.git("shop-gitops", "remote add origin https://github.com/acme/shop-gitops.git");
    for (path, content) in files {
        home.write(&format!("shop-gitops/{path}"), content);
    }
    home.git("shop-gitops", "add -f .");
    home.git("shop-gitops", "commit -q --allow-empty -m initial");
    home
}

fn read(home: &Home, path: &str) -> String {
    home.read(&format!("shop-gitops/{path}"))
}

#[test]
fn nothing_of_it_is_lost() {
    let home = cloned(&[
        ("README.md", README),
        ("LICENSE", LICENSE),
        (".gitignore", "*.log\n.treenail-local\n"),
        (".gitattributes", "* text=auto\n*.png binary\n"),
    ]);
    home.treenail(NEW).inside("shop-gitops").run().ends_with(0).snapshot("hosted-repository");
    assert_eq!(read(&home, "README.md"), README);
    assert_eq!(read(&home, "LICENSE"), LICENSE);
    assert_eq!(read(&home, ".gitignore"), "*.log\n.treenail-local\n");
    assert!(read(&home, "README.treenail.md").starts_with("# shop: delivery\n"));
    let attributes = read(&home, ".gitattributes");
    assert!(attributes.starts_with("* text=auto eol=lf\n* text=auto\n*.png binary\n# "), "{attributes}");
    let attribute = |of: &str| home.git("shop-gitops", &format!("check-attr -a {of}"));
    assert!(attribute(".treenail/base").contains("text: unset"), "{}", attribute(".treenail/base"));
    assert!(attribute("x.png").contains("binary: set"), "{}", attribute("x.png"));
    assert!(attribute("deploy/base/deployment.yaml").contains("eol: lf"));
    assert_eq!(home.git("shop-gitops", "status --porcelain"), "");
    assert_eq!(home.git("shop-gitops", "rev-list --count HEAD"), "2");
    let status = home.treenail("status").inside("shop-gitops").run().ends_with(0).stdout.clone();
    assert!(status.ends_with(" files unchanged\nedited   .gitattributes\n"), "{status}");
    home.treenail("check").inside("shop-gitops").run().ends_with(0);
}

/// The generated README changes where it is; the user's stays, whatever they do to it.
#[test]
fn upgrades_tell_the_two_readmes_apart() {
    let home = cloned(&[("README.md", README), (".gitattributes", "* text=auto\n")]);
    home.treenail(NEW).inside("shop-gitops").run().ends_with(0);
    let idle = home.treenail("upgrade --yes").inside("shop-gitops").run().ends_with(0).stderr.clone();
    assert!(idle.contains("nothing to do"), "{idle}");
    home.write("shop-gitops/README.md", "# mine\n");
    home.git("shop-gitops", "commit -q -a -m mine");
    let upgrade = |answer: &str| {
        let arguments = format!("upgrade --yes --allow-downtime {answer}");
        home.treenail(&arguments).inside("shop-gitops").run().ends_with(0);
        assert_eq!(read(&home, "README.md"), "# mine\n");
        assert_eq!(home.git("shop-gitops", "status --porcelain"), "");
        assert!(read(&home, ".treenail/answers.yaml").contains("README.md: README.treenail.md"));
    };
    upgrade("--app cart");
    assert!(read(&home, "README.treenail.md").starts_with("# cart: delivery\n"));
    assert!(read(&home, ".gitattributes").starts_with("* text=auto eol=lf\n* text=auto\n"));

    // An edit of the generated one is merged.
    let edited = format!("{}\nAsk the team first.\n", read(&home, "README.treenail.md"));
    home.write("shop-gitops/README.treenail.md", &edited);
    home.git("shop-gitops", "commit -q -a -m edit");
    upgrade("--app till");
    assert!(read(&home, "README.treenail.md").starts_with("# till: delivery\n"));
    assert!(read(&home, "README.treenail.md").ends_with("\nAsk the team first.\n"));

    // It is followed once more.
    home.git("shop-gitops", "mv README.treenail.md DELIVERY.md");
    home.git("shop-gitops", "commit -q -m elsewhere");
    home.treenail("upgrade --yes --allow-downtime --app cart").inside("shop-gitops").run().ends_with(0);
    assert!(read(&home, "DELIVERY.md").starts_with("# cart: delivery\n"));
    assert_eq!(read(&home, "README.md"), "# mine\n");
    home.git("shop-gitops", "mv DELIVERY.md README.treenail.md");
    home.git("shop-gitops", "commit -q -m back");
    upgrade("--app till");

    // Once deleted, it stays so.
    home.git("shop-gitops", "rm -q README.treenail.md");
    home.git("shop-gitops", "commit -q -m less");
    for app in ["shop", "cart"] {
        upgrade(&format!("--app {app}"));
        assert!(!home.path("shop-gitops/README.treenail.md").exists());
    }
    let status = home.treenail("status").inside("shop-gitops").run().ends_with(0).stdout.clone();
    assert!(status.contains("deleted  README.treenail.md (moved from README.md)"), "{status}");
}

#[test]
fn other_spellings_of_the_name() {
    let home = cloned(&[("readme.md", README)]);
    home.treenail(NEW).inside("shop-gitops").run().ends_with(0);
    assert_eq!(read(&home, "readme.md"), README);
    assert!(home.path("shop-gitops/README.treenail.md").exists());
    assert!(!home.path("shop-gitops/README.md").exists());

    // A README in another format is no obstacle.
    let home = cloned(&[("README.rst", README)]);
    home.treenail(NEW).inside("shop-gitops").run().ends_with(0);
    assert!(home.path("shop-gitops/README.md").exists());
}

/// What comes next names the file where it is.
#[test]
fn the_next_step_names_the_readme_that_was_written() {
    let home = cloned(&[("README.md", README)]);
    home.treenail("scaffold export service mine").run().ends_with(0);
    let definition = home.read("mine/scaffold.yaml");
    home.write("mine/scaffold.yaml", format!("{definition}- read README.md\n"));
    let written =
        home.treenail(NEW).arg("--scaffold").arg("../mine").inside("shop-gitops").run().ends_with(0);
    assert!(written.stderr.ends_with(". read README.treenail.md\n"), "{}", written.stderr);
}

/// What is not committed is not replaced, and a README is not touched in any case.
#[test]
fn files_that_are_not_committed() {
    let home = cloned(&[(".gitattributes", "* text=auto\n")]);
    home.write("shop-gitops/README.md", README);
    home.write("shop-gitops/.gitattributes", "* text\n");
    let before = home.everything();
    let refused = home.treenail(NEW).inside("shop-gitops").run().ends_with(5);
    assert!(
        refused.stderr.contains("`.gitattributes` has changes that are not committed"),
        "{}",
        refused.stderr
    );
    assert_eq!(home.everything(), before);
    home.git("shop-gitops", "checkout -q .gitattributes");
    home.treenail(NEW).inside("shop-gitops").run().ends_with(0);
    assert_eq!(home.git("shop-gitops", "status --porcelain"), "?? README.md");
}

#[test]
fn files_that_are_written_without_a_commit() {
    let home = cloned(&[("README.md", README), (".gitattributes", "* text=auto\n")]);
    home.treenail(&format!("{NEW} --no-commit")).inside("shop-gitops").run().ends_with(0);
    assert_eq!(read(&home, "README.md"), README);
    assert!(read(&home, ".gitattributes").contains(".treenail/base"));
    assert_eq!(home.git("shop-gitops", "rev-list --count HEAD"), "1");
    assert!(home.git("shop-gitops", "status --porcelain").contains(" M .gitattributes"));
}

/// Hooks see what is committed, and one that refuses brings everything back.
#[test]
fn a_hook_that_refuses() {
    let home = cloned(&[("README.md", README), (".gitattributes", "* text=auto\n")]);
    home.write("shop-gitops/.git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    let hook = home.path("shop-gitops/.git/hooks/pre-commit");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    home.treenail(NEW).inside("shop-gitops").run().ends_with(1);
    assert_eq!(home.git("shop-gitops", "status --porcelain"), "");
    assert_eq!(read(&home, ".gitattributes"), "* text=auto\n");
    std::fs::remove_file(hook).unwrap();
    home.treenail(NEW).inside("shop-gitops").run().ends_with(0);
    assert_eq!(home.git("shop-gitops", "status --porcelain"), "");
}

/// Both names are taken: nothing is overwritten.
#[test]
fn a_readme_that_cannot_be_beside() {
    let home = cloned(&[("README.md", README), ("README.treenail.md", "mine\n")]);
    let before = home.everything();
    let refused = home.treenail(NEW).inside("shop-gitops").run().ends_with(5);
    assert!(refused.stderr.contains("`README.md` already exists"), "{}", refused.stderr);
    assert_eq!(home.everything(), before);
}

#[test]
fn a_folder_with_a_readme() {
    let home = cloned(&[("services/shop/README.md", README), ("README.md", README)]);
    home.treenail(&NEW.replace("new .", "new services/shop")).inside("shop-gitops").run().ends_with(0);
    assert_eq!(read(&home, "services/shop/README.md"), README);
    assert!(home.path("shop-gitops/services/shop/README.treenail.md").exists());
    home.treenail("upgrade --yes --allow-downtime --app cart")
        .inside("shop-gitops/services/shop")
        .run()
        .ends_with(0);
    assert_eq!(read(&home, "services/shop/README.md"), README);
}
