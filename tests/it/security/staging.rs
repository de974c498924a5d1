//! Folders that somebody put where treenail builds: links to the user's own folders, and complete ones that wait to be moved
//! into place.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};

use super::{NEW, Victim, generated, link, script, treenail};
use crate::apply::sandbox::{Mount, skip};
use crate::common::home::Home;

/// Names under which versions of treenail have built, or might.
const NAMES: [&str; 4] =
    [".treenail-new", ".treenail-0123456789ab", ".x.treenail-new", ".x.treenail-0123456789ab"];

#[test]
#[ignore = "takes long"]
fn what_a_clone_brings_is_neither_used_nor_followed() {
    for inside in [true, false] {
        let home = generated();
        let victim = Victim::new(&home);
        for name in NAMES {
            let base = home.path("clone").join(name);
            if inside {
                link(home.path("victim/tree"), &base.join("tree"));
                link(home.path("victim/old"), &base.join("old"));
                for file in ["sealed", "lock"] {
                    fs::write(base.join(file), "").unwrap();
                }
            } else {
                link(home.path("victim"), &base);
            }
        }
        // In an archive without a repository, in a clone, and in one that treenail has generated.
        let commands = ["new .", "new x", "new services/x", "new . --no-commit", "new x --no-commit"];
        for arguments in commands {
            let ended = treenail(&home, "clone", &format!("{arguments} {NEW}"));
            victim.is_untouched(&format!("`{arguments}`: {}", ended.said));
        }
        home.repository("clone");
        home.git("clone", "add -A");
        home.git("clone", "commit -q -m x");
        for arguments in commands {
            let ended = treenail(&home, "clone", &format!("{arguments} {NEW}"));
            victim.is_untouched(&format!("`{arguments}`: {}", ended.said));
            if arguments == "new ." {
                assert_eq!(ended.code, 0, "`{arguments}`: {}", ended.said);
            }
        }
        for name in NAMES {
            let mut copy = home.command("cp");
            let done =
                copy.arg("-a").args([home.path("clone").join(name), home.path("shop").join(name)]).status();
            assert!(done.unwrap().success());
        }
        home.git("shop", "add -A");
        home.git("shop", "commit -q -m x");
        for arguments in [
            "upgrade --set port=9090 -y",
            "restore README.md --force",
            "upgrade --set port=9091 -y --branch=up",
        ] {
            let ended = treenail(&home, "shop", arguments);
            assert_eq!(ended.code, 0, "{}", ended.said);
            victim.is_untouched(&format!("`{arguments}`: {}", ended.said));
        }
    }
}

#[test]
fn a_complete_folder_of_somebody_else_is_not_moved_into_place() {
    let home = Home::new();
    for name in NAMES {
        home.write(&format!("x/{name}/tree/.git/hooks/pre-commit"), "#!/bin/sh\n");
        home.write(&format!("x/{name}/sealed"), "treenail staging 1\nnot signed\n");
        home.write(&format!("x/{name}/lock"), "");
        for arguments in ["new x", "new ./x --no-commit"] {
            let ended = treenail(&home, ".", &format!("{arguments} {NEW}"));
            assert_eq!(ended.code, 5, "{name}: {}", ended.said);
            assert!(!home.path("x/.git").exists(), "{name}: {}", ended.said);
        }
        fs::remove_dir_all(home.path("x")).unwrap();
    }
}

#[test]
fn in_a_folder_of_everybody_another_user_does_not_get_in_first() {
    let home = Home::new();
    fs::create_dir_all(home.path("shared/x")).unwrap();
    fs::set_permissions(home.path("shared"), fs::Permissions::from_mode(0o1777)).unwrap();
    for name in NAMES {
        for folder in ["shared", "shared/x"] {
            let base = home.path(folder).join(name);
            fs::create_dir_all(base.join("tree")).unwrap();
            for file in ["lock", "sealed"] {
                fs::write(base.join(file), "").unwrap();
            }
            fs::set_permissions(&base, fs::Permissions::from_mode(0o777)).unwrap();
            if chown(&base, Some(12_345), None).is_err() {
                return skip("only root can give a directory away");
            }
        }
    }
    assert_eq!(treenail(&home, ".", &format!("new shared/x {NEW}")).code, 5);
    fs::rename(home.path("shared/x"), home.path("shared/theirs")).unwrap();
    let refused = treenail(&home, ".", &format!("new shared/x {NEW}"));
    assert!(refused.code == 5 && refused.said.contains("belongs to another user"), "{}", refused.said);
    let ended = treenail(&home, ".", &format!("new shared/y {NEW}"));
    assert_eq!(
        (ended.code, home.git("shared/y", "status --porcelain")),
        (0, String::new()),
        "{}",
        ended.said
    );
    for name in NAMES {
        let left = fs::read_dir(home.path("shared").join(name)).unwrap().count();
        assert_eq!(left, 3, "{name}");
    }
}

#[test]
fn while_a_repository_is_built_nobody_else_can_enter() {
    let home = Home::new();
    let seen = home.path("seen").display().to_string();
    script(
        &home.path("template/hooks/pre-commit"),
        &format!("#!/bin/sh\nstat -c '%a %n' .. ../tree > '{seen}'\n"),
    );
    home.git(".", &format!("config --global init.templateDir {}", home.path("template").display()));
    fs::create_dir(home.path("empty")).unwrap();
    for dir in ["x", "empty"] {
        let ended = treenail(&home, ".", &format!("new {dir} {NEW}"));
        assert_eq!(ended.code, 0, "{}", ended.said);
        assert_eq!(home.read("seen"), "700 ..\n755 ../tree\n");
        assert_eq!(home.git(dir, "status --porcelain --ignored"), "");
    }
}

#[test]
fn beside_a_git_directory_elsewhere_a_private_folder_that_git_ignores_is_used() {
    let home = generated();
    fs::create_dir(home.path("mounted")).unwrap();
    let Some(mount) = Mount::try_new(home.path("mounted"), "size=8m") else { return };
    home.git(".", "clone -q --separate-git-dir mounted/git shop far");
    let ended = treenail(&home, "far", "upgrade --set port=9090 -y");
    assert_eq!(
        (ended.code, home.git("far", "status --porcelain --ignored")),
        (0, String::new()),
        "{}",
        ended.said
    );
    assert!(
        fs::read_dir(home.path("far"))
            .unwrap()
            .flatten()
            .all(|entry| { !entry.file_name().to_string_lossy().starts_with(".treenail-") })
    );
    drop(mount);
}
