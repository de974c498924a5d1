//! What is found before the first write, all of it at once.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use treenail::apply::{Destination, Update};
use treenail::error::ErrorKind;
use treenail::fs::Lock;
use treenail::tree::{Change, Mode};

use super::{OWN_WORK, assert_updated, file, refusal, repository, run};
use crate::apply::sandbox::{Mount, Sandbox, message_of};

/// Asserts that `update` is refused with exactly `expected` as the problems, and that nothing has changed in `shop`.
fn assert_refused(sandbox: &Sandbox, update: &Update, expected: &[&str]) {
    let before = sandbox.state("shop");
    let error = refusal(update);
    let message = message_of(&error);
    assert_eq!(error.kind, ErrorKind::Precondition, "{message}");
    for text in expected {
        assert!(message.contains(text), "`{text}` is missing in:\n{message}");
    }
    assert_eq!(error.problems.len(), expected.len(), "{message}");
    assert_eq!(sandbox.state("shop"), before);
}

sandboxed! {
    fn touched_paths_must_be_clean(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.write("shop/README.md", "mine\n");
        sandbox.write("shop/deploy/app.yaml", "mine\n");
        sandbox.git("shop", &["add", "deploy/app.yaml"]);
        sandbox.git("shop", &["rm", "-q", "--cached", "deploy/run.sh"]);
        fs::remove_file(sandbox.path("shop/same.yaml")).unwrap();
        fs::set_permissions(sandbox.path("shop/.treenail/base"), fs::Permissions::from_mode(0o755)).unwrap();
        assert_refused(sandbox, &target.in_place(), &[
            "`README.md` has changes that are not committed (commit them, or put them aside with `git stash push -- README.md`)",
            "`deploy/app.yaml` has changes that are not committed",
            "`deploy/run.sh` is not in the index as in the last commit (commit it, or take it back with `git restore --staged deploy/run.sh`)",
            "`same.yaml` is deleted, which is not committed (commit that, or bring it back with `git restore same.yaml`)",
            "`.treenail/base` has changes that are not committed",
        ]);
        // Staged on one side only is not lost without a commit.
        sandbox.git("shop", &["checkout", "-q", "HEAD", "--", "README.md", "deploy/app.yaml", "same.yaml", ".treenail/base"]);
        run(&target.update(Destination::WorkTree)).unwrap();
    }

    fn an_edit_within_one_tick_is_seen(sandbox) {
        let target = repository(sandbox, "shop", "");
        let path = sandbox.path("shop/README.md");
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, "# SHOP\n").unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        assert_refused(sandbox, &target.in_place(), &["`README.md` has changes"]);
    }

    fn what_is_in_the_way_of_new_files_is_never_overwritten(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.write("shop/.gitignore", "zone.yaml\n");
        sandbox.write("shop/zone.yaml", "ignored\n");
        sandbox.write("shop/deploy/NEW", "mine\n");
        sandbox.write("shop/to-file/mine", "mine\n");
        assert_refused(sandbox, &target.in_place(), &[
            "`zone.yaml` already exists (move it away",
            "`deploy/NEW` differs only in case from the new `new`",
            "`to-file` already exists",
        ]);
        sandbox.git("shop", &["add", "-f", "zone.yaml", "to-file/mine"]);
        for path in ["zone.yaml", "to-file/mine", "deploy/NEW"] {
            fs::remove_file(sandbox.path("shop").join(path)).unwrap();
        }
        assert_refused(sandbox, &target.in_place(), &["`zone.yaml` is tracked by Git", "`to-file` is tracked by Git"]);
    }

    fn links_are_not_followed_out_of_the_repository(sandbox) {
        let target = repository(sandbox, "shop", "");
        fs::rename(sandbox.path("shop/deploy"), sandbox.path("elsewhere")).unwrap();
        symlink("../elsewhere", sandbox.path("shop/deploy")).unwrap();
        let before = sandbox.tree("elsewhere");
        assert_refused(sandbox, &target.in_place(), &["`deploy` is a symbolic link where a folder must go"]);
        assert_eq!(sandbox.tree("elsewhere"), before);
    }

    fn a_path_that_leads_out_is_refused_everywhere(sandbox) {
        let target = repository(sandbox, "shop", "");
        for path in ["../out", "/out", ".git/config", "a/.GIT/x", "a//b", "./a", "a/", "a\nb", "..", "C:\\x"] {
            let change = Change { path, before: None, after: Some(file(b"x", Mode::Regular)) };
            for destination in [Destination::CurrentBranch, Destination::WorkTree, Destination::Branch("up")] {
                let update = Update { changes: vec![change], ..target.update(destination) };
                assert_refused(sandbox, &update, &["cannot be the path of a file here"]);
            }
        }
        let change = |path| Change { path, before: None, after: Some(file(b"x", Mode::Regular)) };
        for (one, other, count) in [("twice", "twice", 1), ("case", "CASE", 1), ("a", "a/b", 1), ("A/b", "a", 1)] {
            let update = Update { changes: vec![change(one), change(other)], ..target.in_place() };
            let error = refusal(&update);
            assert_eq!(error.problems.len(), count, "{}", message_of(&error));
            assert!(message_of(&error).contains("cannot be the path of a file here"), "{}", message_of(&error));
        }
    }

    fn a_file_that_stays_is_no_folder_and_no_other_case(sandbox) {
        let target = repository(sandbox, "shop", "");
        for path in ["README.md/x", "readme.md", "deploy"] {
            let mut changes = super::changes(&super::OLD, &super::OLD);
            changes.push(Change { path, before: None, after: Some(file(b"x", Mode::Regular)) });
            let before = sandbox.state("shop");
            refusal(&Update { changes, ..target.in_place() });
            assert_eq!(sandbox.state("shop"), before);
        }
    }

    fn a_last_commit_that_is_another_than_expected(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.write("shop/README.md", "mine\n");
        sandbox.git("shop", &["commit", "-q", "-m", "mine", "--only", "README.md"]);
        assert_refused(sandbox, &target.update(Destination::Branch("up")), &["`README.md` changed in HEAD"]);
    }

    fn operations_in_progress_are_not_disturbed(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.git("shop", &["stash", "-q"]);
        for (branch, content) in [("side", "side\n"), ("trunk", "trunk\n")] {
            sandbox.git("shop", &["checkout", "-q", "-B", branch]);
            sandbox.write("shop/own/dirty", content);
            sandbox.git("shop", &["commit", "-q", "-a", "-m", branch]);
            sandbox.git("shop", &["checkout", "-q", "--detach", "HEAD~1"]);
        }
        sandbox.git("shop", &["checkout", "-q", "trunk"]);
        for (start, abort, name) in [
            (&["merge", "side"][..], &["merge", "--abort"][..], "merge"),
            (&["rebase", "side"], &["rebase", "--abort"], "rebase"),
            (&["cherry-pick", "side"], &["cherry-pick", "--abort"], "cherry-pick"),
            (&["bisect", "start"], &["bisect", "reset"], "bisect"),
        ] {
            sandbox.try_git("shop", start);
            if name == "bisect" {
                // As soon as Git has checked out a commit to try.
                sandbox.git("shop", &["checkout", "-q", "--detach"]);
            }
            assert_refused(sandbox, &target.in_place(), &[&format!("a {name} is in progress")]);
            sandbox.git("shop", abort);
        }
        sandbox.write("shop/.git/index.lock", "");
        assert_refused(sandbox, &target.in_place(), &["another Git is at work"]);
    }

    fn nobody_commits_without_an_identity(sandbox) {
        let target = repository(sandbox, "shop", "");
        fs::remove_file(sandbox.path("home/.gitconfig")).unwrap();
        for destination in [Destination::CurrentBranch, Destination::Branch("up")] {
            let error = refusal(&target.update(destination));
            assert!(message_of(&error).contains("Git does not know who you are"), "{}", message_of(&error));
        }
        run(&target.update(Destination::WorkTree)).unwrap();
    }

    fn another_run_is_waited_for(sandbox) {
        let target = repository(sandbox, "shop", "");
        fs::create_dir_all(sandbox.path("shop/.git/treenail")).unwrap();
        let lock = Lock::take(&sandbox.path("shop/.git/treenail/lock")).unwrap().unwrap();
        assert_refused(sandbox, &target.in_place(), &["another treenail is writing"]);
        drop(lock);
        run(&target.in_place()).unwrap();
        assert_updated(sandbox, "shop", "");
    }

    fn folders_that_cannot_be_written_to_are_named(sandbox) {
        let target = repository(sandbox, "shop", "");
        let mut mounts = Vec::new();
        fs::set_permissions(sandbox.path("shop/deploy"), fs::Permissions::from_mode(0o555)).unwrap();
        // Permissions do not bind root, read-only file systems do.
        if fs::write(sandbox.path("shop/deploy/probe"), "").is_ok() {
            fs::remove_file(sandbox.path("shop/deploy/probe")).unwrap();
            fs::rename(sandbox.path("shop/deploy"), sandbox.path("model")).unwrap();
            fs::create_dir(sandbox.path("shop/deploy")).unwrap();
            let Some(mount) = Mount::try_new(sandbox.path("shop/deploy"), "") else { return };
            mounts.push(mount);
            let copy = format!("cp -a {0}/model/. {0}/shop/deploy && mount -o remount,ro {0}/shop/deploy", sandbox.path(".").display());
            assert!(std::process::Command::new("sh").args(["-c", &copy]).status().unwrap().success());
        }
        assert_refused(sandbox, &target.in_place(), &["deploy` cannot be written to (fix its permissions)"]);
        drop(mounts);
        fs::set_permissions(sandbox.path("shop/deploy"), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn a_sparse_checkout_is_left_alone(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.git("shop", &["sparse-checkout", "set", "own", "deploy"]);
        let error = refusal(&target.in_place());
        let expected = "`old/deep/gone.yaml` is outside the sparse checkout (run `git sparse-checkout add old/deep`";
        assert!(message_of(&error).contains(expected), "{}", message_of(&error));
        run(&target.update(Destination::Branch("up"))).unwrap();
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), OWN_WORK);
    }
}
