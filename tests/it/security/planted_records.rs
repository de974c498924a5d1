//! Archives whose Git directory holds what treenail keeps there: records of runs that never took place.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{Victim, generated, link, treenail};
use crate::common::home::Home;

const WRITERS: [&str; 6] = [
    "upgrade",
    "upgrade --set port=9090 -y",
    "upgrade --abort",
    "upgrade --continue",
    "adopt --defaults -y",
    "new sub --defaults --source-repo https://github.com/acme/shop.git",
];

/// Kills an upgrade of `shop` before its commit, and gives the journal that it leaves.
fn killed(home: &Home) -> String {
    home.kill_at_commit("shop", "upgrade shop --set port=9090 -y");
    home.read("shop/.git/treenail/journal")
}

/// Copies `shop` with all that is in its Git directory, as unpacking an archive would.
fn copy(home: &Home, name: &str) {
    let mut copy = home.command("cp");
    assert!(copy.args(["-a", "shop", name]).status().unwrap().success());
}

#[test]
fn a_run_that_was_killed_is_recovered_by_its_user() {
    let home = generated();
    let journal = killed(&home);
    assert!(journal.lines().last().unwrap().starts_with("signed "), "{journal}");
    let key = home.path("../home/.local/state/treenail/key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let ended = treenail(&home, "shop", "upgrade");
    assert!(ended.said.contains("an earlier run was interrupted here while it changed `"), "{}", ended.said);
    assert!(ended.said.contains("completed the interrupted run"), "{}", ended.said);
    assert_eq!((ended.code, home.git("shop", "status --porcelain")), (0, String::new()));
}

#[test]
#[ignore = "takes long"]
fn a_record_that_the_user_did_not_write_here_is_inert() {
    let home = generated();
    let journal = killed(&home);
    let (text, _) = journal.trim_end().rsplit_once('\n').unwrap();
    let forged = [
        journal.replace("README.md", "other.md"),
        format!("{text}\nnot signed\n"),
        format!("{text}\nsigned {}\n", "0".repeat(64)),
        format!("{text}\n"),
        String::new(),
        "\n".to_owned(),
        // Right for the folder in which it was written, and for no other.
        journal.clone(),
    ];
    for (number, journal) in forged.iter().enumerate() {
        let name = format!("copy{number}");
        copy(&home, &name);
        home.write(&format!("{name}/.git/treenail/journal"), journal);
        let before = (home.tree(&name), home.git(&name, "rev-parse HEAD"));
        for arguments in WRITERS {
            let ended = treenail(&home, &name, arguments);
            let what = format!("`{arguments}`, {journal:?}: {}", ended.said);
            assert_eq!(ended.code, 5, "{what}");
            assert!(ended.said.contains("is not a record that you wrote for this folder"), "{what}");
            assert_eq!((home.tree(&name), home.git(&name, "rev-parse HEAD")), before, "{what}");
        }
        for arguments in ["status", "diff", "check", "upgrade --dry-run", "restore README.md --dry-run"] {
            treenail(&home, &name, arguments);
            assert_eq!((home.tree(&name), home.git(&name, "rev-parse HEAD")), before, "{arguments}");
        }
    }
}

#[test]
fn another_users_key_and_a_lost_one_sign_nothing() {
    let home = generated();
    killed(&home);
    let key = home.path("../home/.local/state/treenail/key");
    fs::rename(&key, home.path("kept")).unwrap();
    assert_eq!(treenail(&home, "shop", "upgrade").code, 5);
    fs::write(&key, [1; 32]).unwrap();
    assert_eq!(treenail(&home, "shop", "upgrade").code, 5);
    fs::rename(home.path("kept"), &key).unwrap();
    assert_eq!(treenail(&home, "shop", "upgrade").code, 0);
}

#[test]
fn without_a_place_for_a_key_runs_and_recoveries_work() {
    let home = generated();
    // A file where the folder of the key would be.
    home.write("../home/.local", "");
    let journal = killed(&home);
    assert!(journal.ends_with("\nnot signed\n"), "{journal}");
    let ended = treenail(&home, "shop", "upgrade");
    assert_eq!((ended.code, home.git("shop", "status --porcelain")), (0, String::new()), "{}", ended.said);
}

#[test]
#[ignore = "takes long"]
fn edits_that_the_user_did_not_make_are_not_put_back() {
    let home = generated();
    let victim = Victim::new(&home);
    let blob = home.git("shop", "rev-parse HEAD:README.md");
    let head = home.git("shop", "rev-parse HEAD");
    for path in ["README.md", "../victim/known", ".git/hooks/post-checkout"] {
        let change = format!("change 100644:{blob},100644:{blob},100644:{blob} 100644:{blob} {path}");
        for last in ["not signed\n", "signed 00\n", ""] {
            home.write(
                "shop/.git/treenail/edits",
                format!("treenail journal 3\nstaging -\nending pick {head}\n{change}\n{last}"),
            );
            let before = home.tree("shop");
            for arguments in ["upgrade", "upgrade --abort", "upgrade --set port=9090 -y"] {
                let ended = treenail(&home, "shop", arguments);
                assert_eq!(
                    (ended.code, home.tree("shop")),
                    (5, before.clone()),
                    "{arguments}: {}",
                    ended.said
                );
            }
            victim.is_untouched(path);
        }
    }
}

#[test]
#[ignore = "takes long"]
fn links_and_pipes_where_treenail_keeps_its_records_lead_nowhere() {
    type Plant = fn(&Home);
    let plants: [(&str, Plant); 7] = [
        ("the folder", |home| link(home.path("victim"), &home.path("shop/.git/treenail"))),
        ("the lock", |home| link(home.path("victim/known"), &home.path("shop/.git/treenail/lock"))),
        ("the journal", |home| link(home.path("victim/known"), &home.path("shop/.git/treenail/journal"))),
        ("the new journal", |home| {
            link(home.path("victim/known"), &home.path("shop/.git/treenail/journal.new"));
        }),
        ("the staging folder", |home| link(home.path("victim"), &home.path("shop/.git/treenail/staging"))),
        ("a staged folder", |home| {
            link(home.path("victim/old"), &home.path("shop/.git/treenail/staging/old"));
        }),
        ("pipes", |home| {
            fs::create_dir(home.path("shop/.git/treenail")).unwrap();
            for name in ["lock", "journal", "edits"] {
                let mut pipe = home.command("mkfifo");
                assert!(pipe.arg(home.path("shop/.git/treenail").join(name)).status().unwrap().success());
            }
        }),
    ];
    for (what, plant) in plants {
        let home = generated();
        let victim = Victim::new(&home);
        plant(&home);
        for arguments in WRITERS.into_iter().chain(["status", "diff", "restore README.md --force", "check"]) {
            let ended = treenail(&home, "shop", arguments);
            victim.is_untouched(&format!("{what}, `{arguments}`: {}", ended.said));
        }
    }
}

#[test]
fn a_folder_that_has_become_a_link_is_not_followed() {
    let home = generated();
    killed(&home);
    home.write("victim/known", "");
    fs::rename(home.path("shop/deploy"), home.path("victim/deploy")).unwrap();
    let before = home.tree("victim");
    link(home.path("victim/deploy"), &home.path("shop/deploy"));
    for arguments in ["upgrade", "upgrade --abort"] {
        let ended = treenail(&home, "shop", arguments);
        assert!(ended.code == 5 && ended.said.contains("is a symbolic link now"), "{}", ended.said);
        assert_eq!(home.tree("victim"), before);
    }
}
