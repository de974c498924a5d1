//! What is found before the first write, all of it at once.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use treenail::apply::Creation;
use treenail::error::ErrorKind;
use treenail::fs::Lock;
use treenail::git::locate;

use crate::apply::sandbox::{Mount, Sandbox, creation, message_of, refusal, run, skip};

/// Asserts that landing in `dir` is refused with `expected` among the problems, and that nothing has changed in `top`.
fn assert_refused(sandbox: &Sandbox, top: &str, dir: &str, expected: &[&str]) {
    let before = sandbox.state(top);
    let error = refusal(&creation(&sandbox.path(dir)));
    let message = message_of(&error);
    assert_eq!(error.kind, ErrorKind::Precondition, "{message}");
    for text in expected {
        assert!(message.contains(text), "`{text}` is missing in:\n{message}");
    }
    assert_eq!(sandbox.state(top), before);
}

sandboxed! {
    fn everything_in_the_way_is_listed_at_once(sandbox) {
        sandbox.repository("shop");
        sandbox.write("shop/README.md", "mine");
        sandbox.write("shop/.gitignore", ".treenail\n");
        sandbox.write("shop/.treenail/base", "ignored");
        sandbox.write("shop/deploy/Base", "a file");
        sandbox.write("shop/deploy/run.sh/deep", "a folder");
        assert_refused(sandbox, "shop", "shop", &[
            "`README.md` already exists (move it away)",
            "`.treenail/base` already exists",
            "`deploy/Base` differs only in case from the new `base`",
            "`deploy/run.sh` already exists",
        ]);
        assert_eq!(refusal(&creation(&sandbox.path("shop"))).problems.len(), 4);
    }

    fn files_and_links_where_folders_must_go(sandbox) {
        sandbox.repository("shop");
        sandbox.write("shop/.treenail", "a file");
        sandbox.write("elsewhere/keep", "mine");
        symlink("../elsewhere", sandbox.path("shop/deploy")).unwrap();
        symlink("nowhere", sandbox.path("shop/README.md")).unwrap();
        assert_refused(sandbox, "shop", "shop", &[
            "`.treenail` is a file where a folder must go",
            "`deploy` is a symbolic link where a folder must go",
            "`README.md` already exists",
        ]);
        assert_eq!(sandbox.tree("elsewhere").len(), 1);
    }

    fn what_git_tracks_is_in_the_way_though_deleted(sandbox) {
        sandbox.repository("shop");
        for path in ["README.md", "deploy", ".gitattributes", ".treenail/base/x"] {
            sandbox.write(&format!("shop/{path}"), "1");
        }
        sandbox.git("shop", &["add", "."]);
        sandbox.git("shop", &["commit", "-q", "-m", "more"]);
        sandbox.git("shop", &["rm", "-q", ".gitattributes"]);
        for path in ["README.md", "deploy"] {
            fs::remove_file(sandbox.path("shop").join(path)).unwrap();
        }
        fs::remove_dir_all(sandbox.path("shop/.treenail")).unwrap();
        assert_refused(sandbox, "shop", "shop", &[
            "`README.md` is tracked by Git",
            "`deploy` is tracked by Git",
            "`.treenail/base` is tracked by Git",
            "`.gitattributes` is in the last commit",
        ]);
    }

    fn an_empty_submodule_is_in_the_way(sandbox) {
        sandbox.repository("lib");
        sandbox.repository("shop");
        let lib = sandbox.path("lib").display().to_string();
        sandbox.git("shop", &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &lib, "lib"]);
        sandbox.git("shop", &["commit", "-q", "-m", "lib"]);
        sandbox.git("shop", &["submodule", "--quiet", "deinit", "--force", "lib"]);
        assert_refused(sandbox, "shop", "shop/lib", &["`lib` is tracked by Git"]);
    }

    fn operations_in_progress_are_not_disturbed(sandbox) {
        sandbox.repository("shop");
        sandbox.git("shop", &["checkout", "-q", "-b", "side"]);
        sandbox.write("shop/app.py", "side\n");
        sandbox.git("shop", &["commit", "-q", "-a", "-m", "side"]);
        sandbox.git("shop", &["checkout", "-q", "trunk"]);
        sandbox.write("shop/app.py", "trunk\n");
        sandbox.git("shop", &["commit", "-q", "-a", "-m", "trunk"]);
        for (start, abort, name) in [
            (&["merge", "side"][..], &["merge", "--abort"][..], "merge"),
            (&["rebase", "side"], &["rebase", "--abort"], "rebase"),
            (&["cherry-pick", "side"], &["cherry-pick", "--abort"], "cherry-pick"),
            (&["revert", "side"], &["revert", "--abort"], "revert"),
            (&["bisect", "start"], &["bisect", "reset"], "bisect"),
        ] {
            sandbox.try_git("shop", start);
            if name == "bisect" {
                // As soon as Git has checked out a commit to try.
                sandbox.git("shop", &["checkout", "-q", "--detach"]);
            }
            assert_refused(sandbox, "shop", "shop", &[&format!("a {name} is in progress"), "git "]);
            sandbox.git("shop", abort);
        }
        sandbox.write("shop/.git/index.lock", "");
        assert_refused(sandbox, "shop", "shop", &["another Git is at work"]);
        fs::remove_file(sandbox.path("shop/.git/index.lock")).unwrap();
        run(&creation(&sandbox.path("shop"))).unwrap();
    }

    fn an_operation_in_progress_does_not_matter_without_commit(sandbox) {
        sandbox.repository("shop");
        sandbox.git("shop", &["bisect", "start"]);
        run(&Creation { commit: false, ..creation(&sandbox.path("shop")) }).unwrap();
        sandbox.assert_written("shop", "");
    }

    fn nobody_commits_without_an_identity(sandbox) with "rm home/.gitconfig" {
        for dir in ["new", "shop"] {
            if dir == "shop" {
                fs::create_dir(sandbox.path(dir)).unwrap();
                sandbox.git(dir, &["init", "-q"]);
                sandbox.write("shop/README.md", "mine");
            }
            let error = refusal(&creation(&sandbox.path(dir)));
            assert_eq!(error.kind, ErrorKind::Precondition);
            let message = message_of(&error);
            assert!(message.contains("Git does not know who you are"), "{message}");
            assert!(message.contains("git config --global user.email"), "{message}");
            assert_eq!(message.contains("`README.md` already exists"), dir == "shop", "{message}");
        }
        run(&Creation { commit: false, ..creation(&sandbox.path("new")) }).unwrap();
    }

    fn nobody_signs_without_an_identity(sandbox) with "rm home/.gitconfig" {
        fs::create_dir(sandbox.path("shop")).unwrap();
        sandbox.git("shop", &["init", "-q"]);
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\n");
        assert_refused(sandbox, "shop", "shop", &["Git does not know who you are"]);
    }

    fn hooks_need_git(sandbox) {
        sandbox.repository("shop");
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\n");
        sandbox.write("victim", "");
        let dir = sandbox.path("shop");
        let said = crate::apply::crashes::victim(sandbox, &dir).env("PATH", "/nowhere").output().unwrap();
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.contains("the `git` command is needed here"), "{said}");
    }

    fn places_that_are_no_places(sandbox) {
        sandbox.repository("shop");
        sandbox.git(".", &["init", "-q", "--bare", "bare.git"]);
        sandbox.write("file", "");
        sandbox.write("full/file", "");
        symlink("nowhere", sandbox.path("dangling")).unwrap();
        for (dir, why) in [
            ("bare.git", "inside a bare repository or a Git directory"),
            ("bare.git/new", "inside a bare repository or a Git directory"),
            ("shop/.git", "inside a bare repository or a Git directory"),
            ("shop/.git/new/deep", "inside a bare repository or a Git directory"),
            ("file", "is a file, not a directory"),
            ("file/new", "is a file, not a directory"),
            ("dangling", "link to nowhere"),
            ("dangling/new", "link to nowhere"),
            ("no/../such", "goes up"),
            ("full", "is not empty and not in a Git repository"),
        ] {
            let before = sandbox.tree(".");
            let error = refusal(&creation(&sandbox.path(dir)));
            assert_eq!(error.kind, ErrorKind::Precondition, "{dir}");
            assert!(error.message.contains(why), "{dir}: {}", error.message);
            assert!(!error.hints.is_empty(), "{dir}");
            assert_eq!(sandbox.tree("."), before);
        }
        let dir = sandbox.path("new");
        let error = refusal(&Creation { branch: "a..b", ..creation(&dir) });
        assert!(message_of(&error).contains("`a..b` cannot be a branch"));
    }

    fn another_run_is_waited_for(sandbox) {
        sandbox.repository("shop");
        fs::create_dir_all(sandbox.path("shop/.git/treenail")).unwrap();
        let lock = Lock::take(&sandbox.path("shop/.git/treenail/lock")).unwrap().unwrap();
        assert_refused(sandbox, "shop", "shop", &["another treenail is writing"]);
        drop(lock);
        run(&creation(&sandbox.path("shop"))).unwrap();

        fs::create_dir(sandbox.path(".new.treenail-0a1b2c")).unwrap();
        let lock = Lock::take(&sandbox.path(".new.treenail-0a1b2c/lock")).unwrap().unwrap();
        assert!(refusal(&creation(&sandbox.path("new"))).message.contains("another treenail is writing"));
        drop(lock);
        run(&creation(&sandbox.path("new"))).unwrap();
        assert!(!sandbox.path(".new.treenail-0a1b2c").exists());
    }

    fn repositories_of_others_are_not_trusted(sandbox) {
        sandbox.repository("shop");
        for path in ["shop", "shop/.git"] {
            if std::os::unix::fs::chown(sandbox.path(path), Some(12345), None).is_err() {
                return skip("only root can give a directory away");
            }
        }
        let error = locate(&sandbox.path("shop/sub")).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Precondition);
        let hint = format!("git config --global --add safe.directory {}", sandbox.path("shop").display());
        assert!(message_of(&error).contains(&hint), "{}", message_of(&error));
        sandbox.git(".", &["config", "--global", "--add", "safe.directory", &sandbox.path("shop").display().to_string()]);
        run(&creation(&sandbox.path("shop/sub"))).unwrap();
    }

    fn unwritable_folders_are_named(sandbox) {
        sandbox.repository("shop");
        sandbox.write("shop/deploy/own", "");
        fs::create_dir(sandbox.path("closed")).unwrap();
        let close = |path: &str| fs::set_permissions(sandbox.path(path), fs::Permissions::from_mode(0o555)).unwrap();
        close("closed");
        close("shop/deploy");
        // Permissions do not bind root, read-only file systems do.
        let mut mounts = Vec::new();
        if fs::write(sandbox.path("closed/probe"), "").is_ok() {
            for path in ["closed", "shop/deploy"] {
                let Some(mount) = Mount::try_new(sandbox.path(path), "ro") else { return };
                mounts.push(mount);
            }
        }
        assert_refused(sandbox, "shop", "shop", &["deploy` cannot be written to"]);
        let error = refusal(&creation(&sandbox.path("closed/new")));
        assert!(message_of(&error).contains("closed` cannot be written to"), "{}", message_of(&error));
    }

    fn an_index_that_cannot_be_kept_is_left_alone(sandbox) {
        sandbox.repository("shop");
        sandbox.git("shop", &["update-index", "--split-index"]);
        assert_refused(sandbox, "shop", "shop", &["cannot read the index", "--no-split-index"]);
    }
}
