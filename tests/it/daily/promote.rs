//! `treenail promote`.

use std::process::Command;

use crate::common::programs;
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

const BASE: &str = "deploy/base/deployment.yaml";
const COPY: &str = "deploy/base-production/deployment.yaml";

fn base(shop: &Shop, path: &str) -> String {
    shop.home.read(&format!("{MANIFESTS}/{path}"))
}

#[test]
fn the_manifests_of_the_base_are_promoted_with_the_release_that_they_were_tested_with() {
    let shop = two();
    shop.treenail("promote").run().ends_with(0);
    let before = base(&shop, COPY);
    shop.treenail("upgrade --set port=9090").run().ends_with(0);
    let service = base(&shop, "deploy/base/service.yaml");
    shop.commit(MANIFESTS, "deploy/base/extra.yaml", &service.replace("name: shop", "name: extra"), "extra");
    assert_eq!(base(&shop, COPY), before);

    let output = shop.treenail("releases").run().ends_with(0);
    assert!(output.stdout.trim_end().ends_with("2 files"), "{}", output.stdout);
    let output = shop.treenail("promote").run().ends_with(0);
    assert_eq!(
        output.stdout,
        "promote shop 1.1.0 from staging to production\n  release  1.1.0, as before\n  promoted as well:\n    \
         deploy/base-production/deployment.yaml\n    deploy/base-production/extra.yaml\n"
    );
    assert_eq!(base(&shop, COPY), base(&shop, BASE));
    assert_eq!(base(&shop, "deploy/base-production/extra.yaml"), base(&shop, "deploy/base/extra.yaml"));
    let subject = shop.home.git(MANIFESTS, "log -1 --format=%s");
    assert_eq!(subject, "promote: manifests of shop 1.1.0 to production");
    let output = shop.treenail("releases production").run().ends_with(0);
    assert_eq!(output.stdout.matches("promote: ").count(), 2, "{}", output.stdout);

    // It is rolled back like a release, and so is a release to the manifests that it last had.
    shop.treenail("rollback production").run().ends_with(0);
    assert_eq!(base(&shop, COPY), before);
    assert_eq!(image_of(&shop, "production"), image("1.1.0", &revision(1)));
    shop.treenail("promote").run().ends_with(0);
    shop.deploy("staging", "1.1.1", &revision(3));
    shop.treenail("upgrade --set port=7070").run().ends_with(0);
    shop.treenail("promote").run().ends_with(0);
    assert!(base(&shop, COPY).contains("containerPort: 7070"));
    shop.treenail("rollback production").run().ends_with(0);
    assert!(base(&shop, COPY).contains("containerPort: 9090"));
    assert_eq!(image_of(&shop, "production"), image("1.1.0", &revision(1)));
    shop.treenail("promote").run().ends_with(0);
    let output = shop.treenail("promote").run().ends_with(0);
    assert!(output.stderr.contains("nothing to promote"), "{}", output.stderr);

    // What the first environment no longer has goes as well.
    shop.home.git(MANIFESTS, "rm -q deploy/base/extra.yaml");
    shop.home.git(MANIFESTS, "commit -qm gone");
    shop.deploy("staging", "1.2.0", &revision(2));
    shop.treenail("promote").run().ends_with(0);
    assert!(!shop.home.path(&format!("{MANIFESTS}/deploy/base-production/extra.yaml")).exists());
    assert_eq!(image_of(&shop, "production"), image("1.2.0", &revision(2)));
}

#[test]
fn a_step_back_leaves_the_base_of_the_first_environment() {
    let shop = two();
    shop.treenail("promote").run().ends_with(0);
    shop.treenail("upgrade --set port=9090").run().ends_with(0);
    shop.deploy("staging", "1.2.0", &revision(2));
    shop.treenail("promote production staging --back").run().ends_with(0);
    assert_eq!(image_of(&shop, "staging"), image("1.1.0", &revision(1)));
    assert!(base(&shop, BASE).contains("containerPort: 9090"));
}

#[test]
fn environments_that_share_the_base_promote_the_image_only() {
    let shop = Shop::with("--promotion image");
    shop.deploy("staging", "1.1.0", &revision(1));
    shop.treenail("promote").run().ends_with(0);
    shop.treenail("upgrade --set port=9090").run().ends_with(0);
    let output = shop.treenail("promote").run().ends_with(0);
    assert!(output.stderr.contains("nothing to promote"), "{}", output.stderr);
    assert!(!shop.home.path(&format!("{MANIFESTS}/deploy/base-production")).exists());
}

#[test]
fn whoever_begins_to_promote_manifests_keeps_what_runs() {
    let shop = Shop::with("--promotion image");
    shop.deploy("staging", "1.1.0", &revision(1));
    shop.treenail("promote").run().ends_with(0);
    let edited = base(&shop, BASE).replace("minReadySeconds: 5", "minReadySeconds: 7");
    shop.commit(MANIFESTS, BASE, &edited, "edit");
    let service = base(&shop, "deploy/base/service.yaml");
    shop.commit(MANIFESTS, "deploy/base/extra.yaml", &service, "extra");

    // The first environment alone gets the new port.
    let output = shop.treenail("upgrade --set promotion=everything --set port=9090").run().ends_with(0);
    let added = "added    deploy/base-production/extra.yaml  (a copy, which promotions replace from now on)";
    assert!(output.stdout.contains(added), "{}", output.stdout);
    assert_eq!(base(&shop, COPY), edited);
    let upgraded = edited.replace("containerPort: 8080", "containerPort: 9090");
    assert_eq!(base(&shop, BASE), upgraded.replace("  replicas: 1\n", "  replicas: 0\n"));
    assert_eq!(base(&shop, "deploy/base-production/extra.yaml"), service);
    assert_eq!(shop.home.git(MANIFESTS, "status --porcelain"), "");

    // An upgrade leaves the copy alone, and a rollback finds what production was built on before it had one.
    shop.treenail("upgrade --set port=7070").run().ends_with(0);
    assert_eq!(base(&shop, COPY), edited);
    shop.deploy("staging", "1.2.0", &revision(2));
    shop.treenail("promote").run().ends_with(0);
    assert!(base(&shop, COPY).contains("containerPort: 7070"));
    let output = shop.treenail("rollback production").run().ends_with(0);
    assert!(output.stdout.contains("  rolled back as well:\n    deploy/base-production/deployment.yaml\n"));
    assert_eq!(base(&shop, COPY), edited);
    shop.home.git(MANIFESTS, "push -q");
    shop.treenail("rollback production").run().ends_with(0);
    assert!(!shop.home.path(&format!("{MANIFESTS}/deploy/base-production/extra.yaml")).exists());
    assert_eq!(base(&shop, COPY), edited);
}

#[test]
fn a_new_environment_begins_with_the_base_of_the_first() {
    let shop = two();
    shop.treenail("promote").run().ends_with(0);
    shop.treenail("upgrade --set port=9090 --set environments=staging,test,production").run().ends_with(0);
    assert_eq!(base(&shop, "deploy/base-test/deployment.yaml"), base(&shop, BASE));
    assert!(base(&shop, COPY).contains("containerPort: 8080"));
    let output = shop.treenail("promote").run().ends_with(0);
    assert!(output.stdout.starts_with("promote shop 1.1.0 from staging to test\n"), "{}", output.stdout);
    shop.treenail("promote test").run().ends_with(0);
    assert_eq!(base(&shop, COPY), base(&shop, BASE));

    // It goes with the environment, unless it has something that is nowhere else.
    let leave = "upgrade --set environments=staging,production --allow-downtime";
    let output = shop.treenail(leave).run().ends_with(0);
    let deleted =
        "deleted  deploy/base-test/service.yaml  (a copy, which no environment is built on any more)";
    assert!(output.stdout.contains(deleted), "{}", output.stdout);
    assert!(!shop.home.path(&format!("{MANIFESTS}/deploy/base-test")).exists());
    shop.home.git(MANIFESTS, "reset -q --hard HEAD~1");
    let path = "deploy/base-test/service.yaml";
    shop.commit(MANIFESTS, path, &format!("{}# mine\n", base(&shop, path)), "mine");
    let output = shop.treenail(leave).run().ends_with(0);
    let kept = "deploy/base-test/: no environment is built on it any more: `git rm -r` deletes it";
    assert!(output.stdout.contains(kept), "{}", output.stdout);
    assert!(base(&shop, path).ends_with("# mine\n"));
}

/// Each environment keeps its workload, and before its first release has no Pods, whatever the first one changes to.
#[test]
fn another_strategy_is_promoted_like_any_change() {
    let Some(kubectl) = programs::find_or_notice("kubectl", "what another strategy changes") else { return };
    let shop = Shop::with("--environments staging,test,production");
    shop.deploy("staging", "1.1.0", &revision(1));
    shop.treenail("promote").run().ends_with(0);
    let rendered = |environment: &str| {
        let folder = shop.home.path(&format!("{MANIFESTS}/deploy/overlays/{environment}"));
        let output = Command::new(&kubectl).arg("kustomize").arg(folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let before = ["test", "production"].map(rendered);
    assert!(before[0].contains("kind: Deployment\n") && before[0].contains("replicas: 2\n"));
    assert!(!before[1].contains("kind: Deployment\n"));
    for strategy in ["canary", "blue-green", "canary", "rolling"] {
        shop.treenail(&format!("upgrade --set strategy={strategy}")).run().ends_with(0);
        assert_eq!(rendered("staging").contains("kind: Rollout\n"), strategy != "rolling", "{strategy}");
        assert_eq!(["test", "production"].map(rendered), before, "{strategy}");
    }
    shop.treenail("upgrade --set strategy=canary").run().ends_with(0);
    shop.treenail("promote staging").run().ends_with(0);
    let promoted = rendered("test");
    assert!(promoted.contains("kind: Rollout\n") && promoted.contains("replicas: 2\n"), "{promoted}");
    assert!(!promoted.contains("kind: Deployment\n"), "{promoted}");
}

#[test]
fn a_hotfix_is_not_undone_unasked() {
    let shop = two();
    shop.treenail("promote").run().ends_with(0);
    let hotfix = |file: &str| {
        let text = base(&shop, file).replace("memory: 256Mi", "memory: 512Mi");
        shop.commit(MANIFESTS, file, &text, "more memory");
    };
    hotfix(COPY);
    let edited = base(&shop, COPY);
    shop.treenail("upgrade --set port=9090").run().ends_with(0);
    shop.deploy("staging", "1.2.0", &revision(2));
    shop.home.git(MANIFESTS, "push -q");
    for how in ["", " --dry-run", " --pr"] {
        let output = shop.treenail(&format!("promote staging{how}")).run().ends_with(5);
        assert_eq!(
            output.stderr,
            "error: `production` has edits of its own, which the promotion would undo\n  \
             `deploy/base-production/deployment.yaml`\nhint: make the same edits in `deploy/base/`, so that they are \
             promoted\nhint: or undo them with --overwrite\n",
            "{how}"
        );
        assert_eq!(base(&shop, COPY), edited, "{how}");
    }

    // Beside other changes, the same edit is no longer its own; nor is what a rollback put back.
    hotfix(BASE);
    shop.treenail("promote").run().ends_with(0);
    assert_eq!(base(&shop, COPY), base(&shop, BASE));
    shop.treenail("rollback production").run().ends_with(0);
    shop.treenail("promote").run().ends_with(0);

    let extra = "deploy/base-production/extra.yaml";
    shop.commit(MANIFESTS, extra, "# ours\n", "a file of its own");
    let output = shop.treenail("promote").run().ends_with(5);
    assert!(output.stderr.contains("  `deploy/base-production/extra.yaml`\n"), "{}", output.stderr);
    shop.treenail("promote --overwrite").run().ends_with(0);
    assert!(!shop.home.path(&format!("{MANIFESTS}/{extra}")).exists());
}

/// With the Rollout of blue-green goes the selector that its Service has.
#[test]
fn what_would_stop_the_pods_is_refused() {
    let shop = Shop::with("--environments staging,production --strategy blue-green");
    shop.deploy("staging", "1.1.0", &revision(1));
    shop.treenail("promote").run().ends_with(0);
    shop.treenail("upgrade --strategy rolling --allow-downtime").run().ends_with(0);
    shop.home.git(MANIFESTS, "push -q");
    let head = shop.head(MANIFESTS);
    for how in ["", " --dry-run", " --pr", " --dry-run --json"] {
        let output = shop.treenail(&format!("promote staging{how}")).run().ends_with(5);
        assert!(
            output.stderr.contains(
                "error: the promotion would stop a workload that runs; nothing was written\n  Rollout `shop` in namespace \
                 `shop-production`: replaced, and its Service has no Pods meanwhile\nhint: if you want that, pass \
                 --allow-downtime\n"
            ),
            "{how}: {}",
            output.stderr
        );
        let said = if how.ends_with("--json") {
            "\"why\": \"replaced, "
        } else {
            "the promotion would stop:\n    Rollout `shop`"
        };
        assert!(output.stdout.contains(said), "{how}: {}", output.stdout);
        assert_eq!(shop.head(MANIFESTS), head, "{how}");
        assert_eq!(shop.home.git(MANIFESTS, "status --porcelain"), "", "{how}");
    }
    shop.treenail("promote staging --allow-downtime").run().ends_with(0);
    assert!(shop.home.path(&format!("{MANIFESTS}/deploy/base-production/deployment.yaml")).exists());
    // Back to blue-green: the Deployment serves until the Rollout does.
    shop.treenail("rollback production").run().ends_with(0);
    assert!(shop.home.path(&format!("{MANIFESTS}/deploy/base-production/rollout.yaml")).exists());
    let output = shop.treenail("rollback production --to 1.1.0 --dry-run").run().ends_with(5);
    assert!(
        output.stderr.contains("error: the rollback would stop a workload that runs;"),
        "{}",
        output.stderr
    );
}

/// Nothing is moved into a copy, and a base that is gone is not promoted.
#[test]
fn what_happens_to_the_base_leaves_its_copies_alone() {
    let shop = two();
    shop.treenail("promote").run().ends_with(0);
    let before = base(&shop, COPY);
    shop.home.git(MANIFESTS, "rm -q deploy/base/deployment.yaml");
    shop.home.git(MANIFESTS, "commit -qm gone");
    let kustomization = base(&shop, "deploy/base/kustomization.yaml").replace("- deployment.yaml\n", "");
    shop.commit(MANIFESTS, "deploy/base/kustomization.yaml", &kustomization, "not listed");
    let output = shop.treenail("upgrade --set port=9090 --allow-downtime").run().ends_with(0);
    assert!(!output.stdout.contains("you moved it"), "{}", output.stdout);
    assert_eq!(base(&shop, COPY), before);

    shop.home.git(MANIFESTS, "mv deploy/base deploy/common");
    shop.home.git(MANIFESTS, "commit -qm moved");
    let output = shop.treenail("promote").run().ends_with(5);
    assert!(output.stderr.starts_with("error: `deploy/base/` has no committed files to promote\n"));
}

/// What is there already is not taken for a copy.
#[test]
fn a_folder_in_the_place_of_a_copy_is_refused() {
    let shop = Shop::with("--promotion image");
    shop.commit(MANIFESTS, "deploy/base-production/notes.txt", "mine", "notes");
    let output = shop.treenail("upgrade --set promotion=everything").run().ends_with(5);
    assert_eq!(
        output.stderr,
        "error: a folder for the base of an environment exists already\n  `deploy/base-production/` is not a copy \
         that an environment is built on\n    move it away, or delete it if it is left over: git rm -r \
         deploy/base-production/\n"
    );
    assert_eq!(shop.home.git(MANIFESTS, "status --porcelain"), "");
}
