//! Which service a folder belongs to: the nearest one around it, as Git finds its repository.

use std::fs;

use crate::daily::shop::{MANIFESTS, SOURCE, Shop, url};

/// Two services below the one of [`Shop::new`].
fn shop() -> Shop {
    let shop = Shop::new();
    for name in ["api", "web"] {
        let new = format!("new services/{name} --defaults --source-repo {} --quiet", url(name));
        shop.treenail(&new).run().ends_with(0);
    }
    shop
}

#[test]
#[ignore = "takes long"]
fn every_command_finds_the_service_around_a_folder() {
    let shop = shop();
    for (folder, name, prefix) in [
        ("services/api", "api", "services/api"),
        ("services/api/deploy/overlays/staging", "api", "services/api"),
        ("services/web/delivery", "web", "services/web"),
        ("services", "shop", ""),
        ("deploy", "shop", ""),
    ] {
        let json = |line: &str| -> serde_json::Value {
            let output = shop.treenail(line).run().ends_with(0);
            serde_json::from_str(&output.stdout).unwrap()
        };
        let releases = json(&format!("releases -C {folder} --json"));
        assert_eq!((&releases["name"], &releases["directory"]), (&name.into(), &prefix.into()), "{folder}");
        let inside = shop.home.treenail("releases --json").inside(&format!("{MANIFESTS}/{folder}")).run();
        assert_eq!(inside.stdout, format!("{releases:#}\n"));
        let top = if prefix.is_empty() { "." } else { prefix };
        for line in ["status --json", "diff --json", "upgrade --dry-run --json"] {
            assert_eq!(json(&format!("{line} {folder}")), json(&format!("{line} {top}")), "{line} {folder}");
        }
        let dry = format!("release 1.0.0 --source ../{SOURCE} -C {folder} --dry-run");
        let dry = if name == SOURCE { dry } else { format!("rollback staging -C {folder}") };
        let output = shop.treenail(&dry).run();
        let expected =
            if name == SOURCE { "delivery/release/release.env" } else { "`staging` has no release yet" };
        assert!(output.stderr.contains(expected), "{folder}: {}", output.stderr);
    }
}

/// A folder whose `.treenail` is lost is not a part of the project around it; nor is one that does not exist.
#[test]
fn a_folder_of_its_own_is_not_taken_for_another_one() {
    let shop = shop();
    fs::remove_dir_all(shop.home.path(&format!("{MANIFESTS}/services/api/.treenail"))).unwrap();
    let output = shop.treenail("status services/api/deploy").run();
    assert!(
        output.stderr.contains("services/api/.treenail") || output.stderr.contains("adopt"),
        "{}",
        output.stderr
    );
    shop.treenail("status servces/web").run().ends_with(5);
    shop.treenail("releases -C servces/web").run().ends_with(5);
}
