//! `--json` of the verbs.

use serde_json::{Value, json};

use crate::daily::shop::{MANIFESTS, SOURCE, Shop, image_file, revision};

/// The keys of every object, whatever the verb does.
const KEYS: [&str; 18] = [
    "branch",
    "commands",
    "commit",
    "directory",
    "dryRun",
    "effect",
    "environment",
    "files",
    "from",
    "message",
    "name",
    "patch",
    "pullRequest",
    "pushedTo",
    "release",
    "schema",
    "stops",
    "watch",
];

#[track_caller]
fn run(shop: &Shop, arguments: &str) -> Value {
    let output = shop.treenail(&format!("{arguments} --json")).run().ends_with(0);
    let found: Value = serde_json::from_str(&output.stdout).unwrap();
    let mut keys: Vec<&String> = found.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, KEYS, "{arguments}");
    found
}

#[test]
fn what_a_release_did_and_would_do() {
    let shop = Shop::new();
    let source = shop.head(SOURCE);
    let dry = run(&shop, "release 1.0.0 --push --dry-run");
    assert_eq!(dry["schema"], "treenail.release/1");
    assert_eq!(
        (&dry["dryRun"], &dry["commit"], &dry["pushedTo"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
    assert!(dry["patch"].as_str().unwrap().contains("+IMAGE_TAG=1.0.0\n"));
    let script: Vec<&str> =
        dry["commands"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    shop.assert_same("release 1.0.0 --push --quiet", &script.join("\n"));
    // Once more has nothing to do.
    let same = run(&shop, "release 1.0.0 --push");
    assert_eq!((&same["files"], &same["commit"], &same["message"]), (&json!([]), &Value::Null, &Value::Null));
    let done = run(&shop, "release 1.1.0 --push");
    assert_eq!(done["release"], json!({ "tag": "1.1.0", "revision": source, "image": null }));
    assert_eq!(done["files"], json!(["delivery/release/release.env"]));
    assert_eq!(done["commit"], shop.head(MANIFESTS).as_str());
    assert_eq!((&done["branch"], &done["pushedTo"]), (&json!("main"), &json!("origin/main")));
    assert_eq!((&done["patch"], &done["commands"]), (&Value::Null, &json!([])));
}

#[test]
fn promotions_and_rollbacks() {
    let shop = Shop::new();
    for number in 1..3 {
        shop.deploy("staging", &format!("1.{number}.0"), &revision(number));
    }
    let done = run(&shop, "promote");
    assert_eq!(done["schema"], "treenail.promote/1");
    assert_eq!((&done["from"], &done["environment"]), (&json!("staging"), &json!("production")));
    assert_eq!(done["release"]["tag"], "1.2.0");
    assert_eq!(done["message"], "promote: shop 1.2.0 to production");
    let none = run(&shop, "promote");
    assert_eq!((&none["release"], &none["files"]), (&Value::Null, &json!([])));
    let back = run(&shop, "rollback staging");
    assert_eq!(back["schema"], "treenail.rollback/1");
    assert_eq!((&back["environment"], &back["release"]["tag"]), (&json!("staging"), &json!("1.1.0")));
    assert_eq!(back["files"], json!([image_file("staging")]));
    shop.home.git(MANIFESTS, "push -q");
    let request = run(&shop, "release 2.0.0 --pr=mine");
    let branch = &request["pullRequest"];
    assert_eq!(
        (&branch["branch"], &branch["base"], &branch["url"]),
        (&json!("mine"), &json!("main"), &Value::Null)
    );
    assert_eq!(branch["page"], "https://github.com/acme/shop-gitops/compare/main...mine?expand=1");
    assert_eq!(request["branch"], "mine");
}
