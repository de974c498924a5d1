//! `treenail promote`.

use crate::daily::shop::{MANIFESTS, SOURCE, Shop, image, image_file, revision, url};

fn image_of(shop: &Shop, environment: &str) -> String {
    shop.home.read(&format!("{MANIFESTS}/{}", image_file(environment)))
}

fn two() -> Shop {
    let shop = Shop::new();
    shop.deploy("staging", "1.1.0", &revision(1));
    shop
}

#[test]
fn the_one_step_that_is_due() {
    let shop = two();
    let output = shop.treenail("promote").run().ends_with(0);
    assert_eq!(
        output.stdout,
        "promote shop 1.1.0 from staging to production\n  release  no release yet -> 1.1.0\n"
    );
    assert_eq!(image_of(&shop, "production"), image("1.1.0", &revision(1)));
    let shown = shop.home.git(MANIFESTS, "show --format=%s --name-only HEAD");
    assert_eq!(shown, format!("promote: shop 1.1.0 to production\n\n{}", image_file("production")));
    assert_eq!(shop.home.git(MANIFESTS, "status --porcelain"), "");
    let output = shop.treenail("promote").run().ends_with(0);
    assert_eq!(
        output.stderr,
        "\u{2713} nothing to promote: every environment runs what the one before it runs\n"
    );
}

#[test]
#[ignore = "takes long"]
fn the_plain_commands_do_the_same() {
    let shop = two();
    shop.home.git(MANIFESTS, "push -q");
    shop.assert_same_as_plain("promote --push");
    shop.deploy("staging", "1.2.0", &revision(2));
    shop.home.git(MANIFESTS, "push -q");
    shop.assert_same_as_plain("promote staging production --push");
}

#[test]
fn it_shows_what_changes_and_what_stays_different() {
    let shop = Shop::new();
    let first = shop.head(SOURCE);
    shop.deploy("staging", "1.1.0", &first);
    shop.treenail("promote").run().ends_with(0);
    let second = shop.commit(SOURCE, "a", "b", "Add a");
    shop.home.git(SOURCE, "push -q");
    shop.deploy("staging", "1.2.0", &second);
    let settings = "deploy/overlays/production/settings/kustomization.yaml";
    let text = shop.home.read(&format!("{MANIFESTS}/{settings}"));
    shop.commit(MANIFESTS, settings, &format!("{text}# more\n"), "settings");
    let output = shop.treenail("promote --dry-run").run().ends_with(0);
    assert!(
        output.stdout.starts_with("promote shop 1.2.0 from staging to production\n"),
        "{}",
        output.stdout
    );
    assert!(
        output.stdout.contains(&format!("  commit   {first:.10} -> {second:.10}\n")),
        "{}",
        output.stdout
    );
    assert!(
        output.stdout.contains(&format!("  1 commit since 1.1.0:\n    {second:.10} Add a\n")),
        "{}",
        output.stdout
    );
    // Not what the scaffold has differ.
    let sentence = "merging this rolls shop-production (2 Pods)";
    let differing =
        format!("  not promoted, and different in production:\n    {settings}\n{sentence}\ndiff ");
    assert!(output.stdout.contains(&differing), "{}", output.stdout);
    assert!(output.stdout.contains("-# Release 1.1.0"), "{}", output.stdout);
    assert_eq!(image_of(&shop, "production"), image("1.1.0", &first));
}

/// The files of four environments that have 1.4.0, 1.3.0, 1.2.0 and nothing.
fn four() -> Shop {
    let shop = Shop::with("--environments dev,test,staging,production");
    for number in 1..5 {
        shop.deploy("dev", &format!("1.{number}.0"), &revision(number));
    }
    shop.deploy("test", "1.3.0", &revision(3));
    shop.deploy("staging", "1.2.0", &revision(2));
    shop
}

#[test]
fn of_several_steps_one_is_named() {
    let shop = four();
    let output = shop.treenail("promote").run().ends_with(2);
    assert_eq!(
        output.stderr,
        "error: several steps are due\n  1.2.0 from staging to production, which has nothing\n  1.3.0 from test to \
         staging, which has 1.2.0\n  1.4.0 from dev to test, which has 1.3.0\nhint: name the environment to promote \
         from: `treenail promote ENV`\n"
    );
    shop.treenail("promote test").run().ends_with(0);
    assert_eq!(image_of(&shop, "staging"), image("1.3.0", &revision(3)));
    // Nothing comes after the last one.
    shop.treenail("promote production").run().ends_with(0);
    assert_eq!(image_of(&shop, "production"), image("1.3.0", &revision(3)));
}

#[test]
fn skipping_and_going_back_want_a_flag() {
    let shop = four();
    for (arguments, code, expected) in [
        ("promote dev staging", 5, "error: this skips `test`\n"),
        ("promote test dev", 5, "error: `dev` comes before `test`\n"),
        ("promote test test", 2, "error: both environments are the same\n"),
        ("promote dev nowhere", 2, "error: `nowhere` is not an environment"),
        ("promote production staging", 5, "error: `production` has no release yet\n"),
    ] {
        let output = shop.treenail(arguments).run().ends_with(code);
        assert!(output.stderr.starts_with(expected), "{}", output.stderr);
    }
    shop.treenail("promote dev staging --skip").run().ends_with(0);
    let output = shop.treenail("promote test staging").run().ends_with(5);
    assert!(
        output.stderr.starts_with("error: `staging` has a newer release than `test`\n"),
        "{}",
        output.stderr
    );
    shop.treenail("promote test staging --back").run().ends_with(0);
    assert_eq!(image_of(&shop, "staging"), image("1.3.0", &revision(3)));
    shop.treenail("promote test dev --back").run().ends_with(0);
    assert_eq!(image_of(&shop, "dev"), image("1.3.0", &revision(3)));
}

#[test]
fn before_the_first_release_and_with_one_environment() {
    let shop = Shop::new();
    let output = shop.treenail("promote").run().ends_with(5);
    assert!(output.stderr.starts_with("error: `staging` has no release yet\n"), "{}", output.stderr);
    let shop = Shop::with("--environments live");
    shop.deploy("live", "1.0.0", &revision(1));
    shop.treenail("promote").run().ends_with(0);
    let output = shop.treenail("promote live").run().ends_with(5);
    assert!(output.stderr.starts_with("error: there is only one environment"), "{}", output.stderr);
}

#[test]
fn an_edit_that_is_not_committed_stays() {
    let shop = two();
    let path = format!("{MANIFESTS}/{}", image_file("production"));
    shop.home.write(&path, "edited\n");
    let before = shop.head(MANIFESTS);
    let output = shop.treenail("promote").run().ends_with(5);
    assert!(output.stderr.contains(&image_file("production")), "{}", output.stderr);
    assert_eq!(shop.home.read(&path), "edited\n");
    assert_eq!(shop.head(MANIFESTS), before);
}

/// A scaffold whose promotion carries a folder as well.
#[test]
#[ignore = "takes long"]
fn a_scaffold_says_what_a_promotion_carries() {
    let shop = Shop::new();
    shop.home.treenail("scaffold export service mine").run().ends_with(0);
    let definition = shop.home.read("mine/scaffold.yaml");
    let settings = "deploy/overlays/[= env.name =]/settings/";
    let changed =
        definition.replace("  manifests:\n", &format!("  promotes:\n  - {settings}\n  manifests:\n"));
    assert_ne!(changed, definition);
    shop.home.write("mine/scaffold.yaml", changed);
    shop.home.treenail("scaffold lint mine").run().ends_with(0);
    shop.deploy("staging", "1.1.0", &revision(1));
    shop.commit(MANIFESTS, "deploy/overlays/staging/settings/more.yaml", "a: b\n", "more");
    shop.commit(MANIFESTS, "deploy/overlays/production/settings/gone.yaml", "a: b\n", "gone");
    shop.home.git(MANIFESTS, "push -q");
    shop.assert_same_as_plain("promote --scaffold ../mine --push");
    let folder =
        |name: &str| shop.home.git(MANIFESTS, &format!("rev-parse HEAD:deploy/overlays/{name}/settings"));
    assert_eq!(folder("staging"), folder("production"));
    // Another release, and back again with the settings of then.
    shop.commit(MANIFESTS, "deploy/overlays/staging/settings/more.yaml", "a: c\n", "more");
    shop.deploy("staging", "1.2.0", &revision(2));
    let before = folder("production");
    shop.treenail("promote --scaffold ../mine").run().ends_with(0);
    assert_ne!(folder("production"), before);
    shop.home.git(MANIFESTS, "push -q");
    shop.assert_same_as_plain("rollback production --scaffold ../mine --push");
    assert_eq!(folder("production"), before);
}

#[test]
#[ignore = "takes long"]
fn two_services_in_one_repository() {
    let shop = two();
    let new = format!("new {MANIFESTS}/cart --defaults --source-repo {} --app cart --quiet", url(SOURCE));
    shop.home.treenail(&new).run().ends_with(0);
    let path = |environment| format!("cart/{}", image_file(environment));
    shop.commit(MANIFESTS, &path("staging"), &image("7.0.0", &revision(7)), "deploy: cart 7.0.0");
    shop.treenail("promote -C cart").run().ends_with(0);
    let shown = shop.home.git(MANIFESTS, "show --format=%s --name-only HEAD");
    assert_eq!(shown, format!("promote: cart 7.0.0 to production\n\n{}", path("production")));
    assert!(image_of(&shop, "production").starts_with("# No release yet"));
    // The patch is of the repository, as the commands are.
    let dry = shop.treenail("rollback production -C cart --dry-run").run();
    assert!(dry.stderr.contains("had nothing else before"), "{}", dry.stderr);
    let output = shop.treenail("promote staging production -C cart --dry-run").run().ends_with(0);
    assert!(output.stderr.contains("nothing to change"), "{}", output.stderr);
    shop.commit(MANIFESTS, &path("staging"), &image("8.0.0", &revision(8)), "deploy: cart 8.0.0");
    let output = shop.treenail("promote -C cart --dry-run").run().ends_with(0);
    let saved = shop.home.path("patch");
    let start = output.stdout.find("diff --git").unwrap();
    std::fs::write(&saved, &output.stdout[start..]).unwrap();
    shop.home.git(MANIFESTS, &format!("apply --index {}", saved.display()));
    assert_eq!(shop.home.git(MANIFESTS, "diff --cached --name-only"), path("production"));
}
