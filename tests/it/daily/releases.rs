//! `treenail releases`.

use serde_json::Value;

use crate::daily::shop::{MANIFESTS, SOURCE, Shop, image, image_file, revision, url};

fn json(shop: &Shop, arguments: &str) -> Value {
    let output = shop.treenail(&format!("releases --json {arguments}")).run().ends_with(0);
    serde_json::from_str(&output.stdout).unwrap()
}

/// Three releases at the first of four environments; the others have what is older, the last one nothing.
fn four() -> Shop {
    let shop = Shop::with("--environments dev,test,staging,production");
    for number in 1..4 {
        shop.deploy("dev", &format!("1.{number}.0"), &revision(number));
    }
    shop.deploy("test", "1.2.0", &revision(2));
    shop.deploy("staging", "1.1.0", &revision(1));
    shop.request("1.4.0", &revision(4));
    shop
}

#[test]
fn before_the_first_release() {
    let shop = Shop::new();
    let output = shop.treenail("releases").run().ends_with(0);
    assert_eq!(
        output.stdout,
        "environment  release  revision  commit  by  when  behind\nstaging      no release yet\n\
         production   no release yet\n"
    );
    assert_eq!(output.stderr, "");
}

#[test]
fn of_four_environments() {
    let shop = four();
    let output = shop.treenail("releases").run().ends_with(0);
    let lines: Vec<Vec<&str>> = output
        .stdout
        .lines()
        .map(|line| line.split("  ").filter(|cell| !cell.is_empty()).map(str::trim).collect())
        .collect();
    assert_eq!(lines[1][..2], ["(requested)", "1.4.0"]);
    assert_eq!(lines[2][..2], ["dev", "1.3.0"]);
    assert_eq!(lines[2].last(), Some(&"2026-01-02 03:04"));
    assert_eq!(lines[3].last(), Some(&"1 release"));
    assert_eq!(lines[4].last(), Some(&"2 releases"));
    assert_eq!(lines[5], ["production", "no release yet"]);
    // The short form of `deployments` is the same command.
    assert_eq!(shop.treenail("deployments").run().ends_with(0).stdout, output.stdout);
}

#[test]
fn the_json_has_everything() {
    let shop = four();
    let found = json(&shop, "");
    assert_eq!(found["schema"], "treenail.releases/1");
    assert_eq!(found["commit"], shop.head(MANIFESTS));
    assert_eq!(found["requested"]["tag"], "1.4.0");
    let test = &found["environments"][1];
    assert_eq!(test["name"], "test");
    assert_eq!(test["imageFile"], image_file("test"));
    assert_eq!(test["release"]["revision"], revision(2));
    assert_eq!(test["change"]["author"], "Acme");
    assert_eq!(test["change"]["date"], "2026-01-02T03:04:05+00:00");
    assert_eq!(test["behind"], 1);
    assert_eq!(found["environments"][3]["release"], Value::Null);
    assert_eq!(found["history"], Value::Null);
}

#[test]
fn the_history_of_one_environment() {
    let shop = four();
    let found = json(&shop, "dev");
    let tags: Vec<_> = found["history"]["releases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["release"]["tag"])
        .collect();
    assert_eq!(
        tags,
        ["1.3.0", "1.2.0", "1.1.0"].map(Value::from).iter().chain([&Value::Null]).collect::<Vec<_>>()
    );
    let output = shop.treenail("releases dev").run().ends_with(0);
    assert!(output.stdout.lines().nth(1).unwrap().starts_with("1.3.0 "), "{}", output.stdout);
    assert!(output.stdout.contains("deploy: shop 1.2.0\n"), "{}", output.stdout);
    let output = shop.treenail("releases produktion").run().ends_with(2);
    assert_eq!(
        output.stderr,
        "error: `produktion` is not an environment; there are `dev`, `test`, `staging`, `production`; did you mean \
         `production`?\n"
    );
}

#[test]
fn of_any_revision() {
    let shop = Shop::new();
    shop.deploy("staging", "1.1.0", &revision(1));
    shop.home.git(MANIFESTS, "push -q");
    shop.deploy("staging", "1.2.0", &revision(2));
    for (arguments, tag) in [("", "1.2.0"), ("--revision origin/main", "1.1.0"), ("--ref HEAD~1", "1.1.0")] {
        assert_eq!(json(&shop, arguments)["environments"][0]["release"]["tag"], tag, "{arguments}");
    }
    let output = shop.treenail("releases --revision nowhere").run().ends_with(2);
    assert!(
        output.stderr.starts_with("error: `nowhere` is not a revision of this repository\n"),
        "{}",
        output.stderr
    );
}

/// As `git log` does, it names the commit of the merged branch, not the merge.
#[test]
fn a_promotion_by_pull_request_is_its_own_commit() {
    let shop = Shop::new();
    shop.deploy("staging", "1.1.0", &revision(1));
    shop.home.git(MANIFESTS, "switch -q -c promote");
    let promotion = shop.deploy("production", "1.1.0", &revision(1));
    shop.home.git(MANIFESTS, "switch -q main");
    shop.commit(MANIFESTS, "notes.txt", "x\n", "notes");
    shop.home.git(MANIFESTS, "merge -q --no-ff --no-edit promote");
    let found = json(&shop, "");
    assert_eq!(found["environments"][1]["change"]["commit"], promotion);
    let logged = shop.home.git(MANIFESTS, &format!("log -1 --format=%H -- {}", image_file("production")));
    assert_eq!(logged, promotion);
}

#[test]
fn a_release_that_came_back_is_not_behind() {
    let shop = Shop::new();
    for (tag, number) in [("1.1.0", 1), ("1.2.0", 2), ("1.1.0", 1)] {
        shop.deploy("staging", tag, &revision(number));
    }
    shop.deploy("production", "1.1.0", &revision(1));
    assert_eq!(json(&shop, "")["environments"][1]["behind"], 0);
    shop.deploy("production", "0.9.0", &revision(9));
    assert_eq!(json(&shop, "")["environments"][1]["behind"], Value::Null);
    let output = shop.treenail("releases").run().ends_with(0);
    assert!(output.stdout.ends_with("never in the first\n"), "{}", output.stdout);
}

#[test]
fn of_a_folder_of_a_larger_repository() {
    let shop = Shop::new();
    let new = format!(
        "new {MANIFESTS}/services/cart --defaults --source-repo https://github.com/acme/cart.git --quiet"
    );
    shop.home.treenail(&new).run().ends_with(0);
    let path = format!("services/cart/{}", image_file("staging"));
    shop.commit(MANIFESTS, &path, &image("3.0.0", &revision(3)), "deploy: cart 3.0.0");
    for run in [
        shop.treenail("releases --json -C services/cart"),
        shop.home.treenail("releases --json").inside(&format!("{MANIFESTS}/services/cart/deploy")),
    ] {
        let output = run.run().ends_with(0);
        let found: Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!(found["directory"], "services/cart");
        assert_eq!(found["environments"][0]["release"]["tag"], "3.0.0");
    }
    assert_eq!(json(&shop, "")["environments"][0]["release"], Value::Null);
    // As Git finds its repository.
    let output = shop.treenail("releases --json -C services").run().ends_with(0);
    assert_eq!(serde_json::from_str::<Value>(&output.stdout).unwrap()["directory"], "");
    let new = format!("new {SOURCE}/services/cart --defaults --source-repo {} --quiet", url("cart"));
    shop.home.treenail(&new).run().ends_with(0);
    let output = shop.home.treenail("releases -C services").inside(SOURCE).run().ends_with(5);
    assert!(output.stderr.contains("hint: there is one in services/cart\n"), "{}", output.stderr);
}

/// Whoever may commit to the repository cannot send commands to the terminal of those who look.
#[test]
fn what_others_wrote_cannot_command_the_terminal() {
    let shop = Shop::new();
    shop.deploy("staging", "1.0\u{1b}[2J\u{202e}", &revision(1));
    let output = shop.treenail("releases").run().ends_with(0);
    assert!(output.stdout.contains("1.0·[2J·"), "{}", output.stdout);
}

#[test]
fn a_moved_file_is_followed() {
    let shop = Shop::new();
    shop.home.git(MANIFESTS, "mv deploy/overlays/staging deploy/overlays/stage");
    let answers = shop.home.read(&format!("{MANIFESTS}/.treenail/answers.yaml"));
    let old = image_file("staging");
    let new = old.replace("staging", "stage");
    shop.home
        .write(&format!("{MANIFESTS}/.treenail/answers.yaml"), format!("{answers}moved:\n  {old}: {new}\n"));
    shop.home.git(MANIFESTS, "commit -q -a -m moved");
    shop.commit(MANIFESTS, &new, &image("2.0.0", &revision(2)), "deploy: shop 2.0.0");
    let found = json(&shop, "");
    assert_eq!(found["environments"][0]["imageFile"], new);
    assert_eq!(found["environments"][0]["release"]["tag"], "2.0.0");
}

#[test]
fn in_a_shallow_clone_it_says_so() {
    let shop = Shop::new();
    shop.deploy("staging", "1.1.0", &revision(1));
    shop.commit(MANIFESTS, "notes.txt", "x\n", "notes");
    shop.home.git(MANIFESTS, "push -q");
    let remote = shop.home.path(&format!("{MANIFESTS}.git"));
    shop.home.git(".", &format!("clone -q --depth=1 file://{} shallow", remote.display()));
    let output = shop.home.treenail("releases").inside("shallow").run().ends_with(0);
    assert!(output.stdout.contains("staging      1.1.0"), "{}", output.stdout);
    assert!(output.stderr.contains("this is a shallow clone"), "{}", output.stderr);
}

/// What is missing is not taken for what never was.
#[test]
fn in_a_shallow_clone_it_does_not_guess() {
    let shop = Shop::new();
    for (environment, number) in [("staging", 1), ("production", 1), ("staging", 2)] {
        shop.deploy(environment, &format!("1.{number}.0"), &revision(number));
    }
    shop.home.git(MANIFESTS, "push -q");
    let remote = shop.home.path(&format!("{MANIFESTS}.git"));
    shop.home.git(".", &format!("clone -q --depth=1 file://{} shallow", remote.display()));
    let output = shop.home.treenail("releases").inside("shallow").run().ends_with(0);
    assert!(output.stdout.ends_with("  not known\n"), "{}", output.stdout);
}
