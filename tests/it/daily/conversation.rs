//! The verbs on a terminal: what is asked, and what leaving does.

use crate::common::terminal::{ENTER, ESCAPE, SMALL, Size, Terminal};
use crate::daily::shop::{MANIFESTS, Shop, image_file, revision};

fn terminal(shop: &Shop, arguments: &str) -> Terminal {
    Terminal::start(&shop.home, SMALL, &format!("{arguments} -C {MANIFESTS}"))
}

fn subject(shop: &Shop) -> String {
    shop.home.git(MANIFESTS, "log -1 --format=%s")
}

#[test]
fn a_release_asks_for_its_tag() {
    let shop = Shop::new();
    shop.request("1.4.0", &revision(4));
    let mut asked = terminal(&shop, "release");
    asked.is_prompted_suggesting("Tag of the release", "1.4.1");
    asked.types("V2");
    asked.sees("a tag has lower-case letters and digits");
    asked.is_prompted_suggesting("Tag of the release", "1.4.1");
    asked.press(ENTER);
    asked.ends_with(0);
    assert_eq!(subject(&shop), "release: shop 1.4.1");
    let mut asked = terminal(&shop, "release");
    asked.is_prompted("Tag of the release");
    asked.types("<");
    asked.ends_with(130);
    // The same commit is the same release, unless it is given another tag.
    terminal(&shop, "release --yes").ends_with(0);
    assert_eq!(subject(&shop), "release: shop 1.4.1");
    terminal(&shop, "release 1.4.2 --yes").ends_with(0);
    assert_eq!(subject(&shop), "release: shop 1.4.2");
}

#[test]
fn a_promotion_asks_for_the_step() {
    let shop = Shop::with("--environments dev,test,live");
    shop.deploy("dev", "1.1.0", &revision(1));
    shop.deploy("test", "1.1.0", &revision(1));
    shop.deploy("dev", "1.2.0", &revision(2));
    let mut asked = terminal(&shop, "promote");
    asked.sees("What is promoted?");
    asked.press(ESCAPE);
    asked.ends_with(130);
    assert_eq!(subject(&shop), "deploy: shop 1.2.0");
    let mut asked = terminal(&shop, "promote");
    asked.chooses("What is promoted?", "1.2.0 from dev to test");
    asked.ends_with(0);
    assert_eq!(subject(&shop), "promote: shop 1.2.0 to test");
}

#[test]
fn a_rollback_offers_what_was_there_before() {
    let shop = Shop::new();
    for number in 1..4 {
        shop.deploy("production", &format!("1.{number}.0"), &revision(number));
    }
    let mut asked = terminal(&shop, "rollback production");
    asked.chooses("What does production go back to?", "1.1.0, by Acme");
    asked.ends_with(0);
    assert_eq!(subject(&shop), "rollback: shop to 1.1.0 in production");
    let mut asked = terminal(&shop, "rollback production");
    asked.chooses("What does production go back to?", "Leave everything");
    asked.ends_with(130);
}

#[test]
fn what_would_stop_the_pods_is_asked() {
    let shop = Shop::with("--strategy blue-green");
    shop.deploy("staging", "1.1.0", &revision(1));
    shop.treenail("promote").run().ends_with(0);
    shop.treenail("upgrade --strategy rolling --allow-downtime").run().ends_with(0);
    let before = subject(&shop);
    let mut asked = terminal(&shop, "promote staging");
    asked.sees("  running workloads that the promotion would stop:");
    asked.sees("    Rollout `shop` in namespace `shop-production`: replaced");
    asked.chooses("What now?", "Leave everything as it is");
    asked.ends_with(130);
    assert_eq!(subject(&shop), before);
    let mut asked = terminal(&shop, "promote staging");
    asked.chooses("What now?", "Write it, and stop these workloads");
    asked.ends_with(0);
    assert_eq!(subject(&shop), "promote: manifests of shop 1.1.0 to production");
}

/// Nothing of the release or the environment is cut off.
#[test]
fn narrow_terminals_show_fewer_columns() {
    let shop = Shop::with("--environments staging,production");
    for environment in ["staging", "production"] {
        shop.deploy(environment, "1.14.0-2026", &revision(1));
    }
    for columns in [40, 60, 80] {
        for arguments in ["releases", "releases production"] {
            let size = Size { rows: 24, columns };
            let shown =
                Terminal::start(&shop.home, size, &format!("{arguments} -C {MANIFESTS}")).ends_with(0);
            let table: Vec<&str> = shown.lines().filter(|line| line.contains("1.14.0-2026")).collect();
            assert!(table.len() >= 2 - usize::from(arguments != "releases"), "{shown}");
            // Of a message, the beginning says something.
            let is_cut = shown.contains('\u{2026}');
            assert!(!is_cut || (columns == 80 && arguments != "releases"), "{columns}\n{shown}");
            assert_eq!(shown.contains("the terminal is too narrow for the column"), columns < 80, "{shown}");
        }
    }
}

#[test]
fn the_releases_are_drawn() {
    let shop = Shop::new();
    shop.deploy("staging", "1.1.0", &revision(1));
    shop.deploy("production", "1.1.0", &revision(1));
    shop.deploy("staging", "1.2.0", &revision(2));
    let shown = terminal(&shop, "releases").ends_with(0);
    assert!(shown.contains("● ") && shown.contains("  production\r\n"), "{shown}");
    assert!(shop.home.path(&format!("{MANIFESTS}/{}", image_file("staging"))).is_file());
}
