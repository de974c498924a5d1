//! Whatever goes wrong, the old state is back.

use std::cell::Cell;
use std::fs;

use treenail::apply::{Destination, Update, apply, preflight};
use treenail::error::ErrorKind;

use super::{
    COMMITTING, MOVING, OLD, OWN_WORK, STAGING, assert_files, assert_updated, repository, run, run_meddling,
};
use crate::apply::sandbox::{Mount, Sandbox, message_of};

/// Cancels `update` at every single step; gives how many there are.
pub fn cancel_everywhere(sandbox: &Sandbox, update: &Update) -> usize {
    let before = sandbox.state("shop");
    for count in 1.. {
        let asked = Cell::new(0);
        let result = apply(preflight(update.clone()).unwrap(), &|| {
            asked.set(asked.get() + 1);
            asked.get() >= count
        });
        match result {
            Ok(_) => return count - 1,
            Err(error) => assert_eq!(error.kind, ErrorKind::Cancelled, "{}", message_of(&error)),
        }
        assert_eq!(sandbox.state("shop"), before, "after cancelling at question {count}");
    }
    unreachable!()
}

sandboxed! {
    fn cancelling_at_any_step_restores_everything(sandbox) {
        let target = repository(sandbox, "shop", "");
        assert!(cancel_everywhere(sandbox, &target.in_place()) > 20);
        assert_updated(sandbox, "shop", "");
    }

    #[ignore = "takes long"]
    fn cancelling_at_any_step_restores_everything_with_hooks_and_without_commit(sandbox) {
        let target = repository(sandbox, "shop", "");
        assert!(cancel_everywhere(sandbox, &target.update(Destination::Branch("up"))) >= 2);
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\n");
        let mut files = target.update(Destination::WorkTree);
        assert!(cancel_everywhere(sandbox, &files) > 20);
        files.changes = super::changes(&super::NEW, &OLD);
        run(&files).unwrap();
        assert!(cancel_everywhere(sandbox, &target.in_place()) > 20);
        assert_updated(sandbox, "shop", "");
    }

    fn a_hook_or_a_signature_that_fails_restores_everything(sandbox) {
        let target = repository(sandbox, "shop", "");
        let before = sandbox.state("shop");
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\necho lint says no >&2\nexit 1\n");
        let error = run(&target.in_place()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Failure);
        assert!(message_of(&error).contains("lint says no"), "{}", message_of(&error));
        assert_eq!(sandbox.state("shop"), before);
        fs::remove_file(sandbox.path("shop/.git/hooks/pre-commit")).unwrap();
        sandbox.git("shop", &["config", "commit.gpgSign", "true"]);
        sandbox.git("shop", &["config", "gpg.program", "false"]);
        let error = run(&target.in_place()).unwrap_err();
        assert!(message_of(&error).contains("gpg failed to sign"), "{}", message_of(&error));
        assert_eq!(sandbox.state("shop"), before);
    }

    fn a_branch_that_moves_meanwhile_is_not_overwritten(sandbox) {
        let other = || sandbox.commit_past_the_lock("shop");
        let target = repository(sandbox, "shop", "");
        for hook in [false, true] {
            if hook {
                sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\n");
            }
            for step in [MOVING, COMMITTING] {
                let error = run_meddling(&target.in_place(), step, &other).unwrap_err();
                assert!(message_of(&error).contains("the branch has moved meanwhile"), "{}", message_of(&error));
                assert_files(sandbox, "shop", "", &OLD);
                assert_eq!(sandbox.git("shop", &["log", "-1", "--format=%s"]), "other");
                assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), OWN_WORK);
            }
        }
        let made = || drop(sandbox.git("shop", &["branch", "up", "HEAD~1"]));
        let error = run_meddling(&target.update(Destination::Branch("up")), 2, &made).unwrap_err();
        assert!(!error.hints.is_empty());
        assert_eq!(sandbox.git("shop", &["rev-parse", "up"]), sandbox.git("shop", &["rev-parse", "HEAD~1"]));
    }

    fn what_comes_up_after_the_preflight_is_found(sandbox) {
        let target = repository(sandbox, "shop", "");
        let checked = preflight(target.in_place()).unwrap();
        sandbox.write("shop/README.md", "mine\n");
        sandbox.write("shop/zone.yaml", "mine\n");
        let before = sandbox.state("shop");
        let error = apply(checked, &|| false).unwrap_err();
        assert_eq!((error.kind, error.problems.len()), (ErrorKind::Precondition, 2), "{}", message_of(&error));
        assert_eq!(sandbox.state("shop"), before);
    }

    fn an_edit_before_the_index_is_written_shows_after_the_commit(sandbox) {
        let target = repository(sandbox, "shop", "");
        let path = sandbox.path("shop/README.md");
        let edit = || {
            let time = fs::metadata(&path).unwrap().modified().unwrap() - std::time::Duration::from_mins(1);
            fs::write(&path, "# SHOP 2\n").unwrap();
            fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        };
        run_meddling(&target.in_place(), STAGING, &edit).unwrap();
        assert!(sandbox.git("shop", &["status", "--porcelain"]).contains(" M README.md"));
    }

    fn a_disk_that_others_fill_midway_does_not_keep_the_old_files_away(sandbox) {
        fs::create_dir(sandbox.path("shop")).unwrap();
        let Some(_mount) = Mount::try_new(sandbox.path("shop"), "size=1m") else { return };
        let target = repository(sandbox, "shop", "");
        let before = sandbox.state("shop");
        let ballast = sandbox.path("shop/.git/ballast");
        let fill = || {
            let mut file = fs::File::create(&ballast).unwrap();
            while std::io::Write::write(&mut file, &[0; 4096]).is_ok() {}
        };
        for step in [MOVING, STAGING] {
            let result = run_meddling(&target.in_place(), step, &fill);
            fs::remove_file(&ballast).unwrap();
            assert_eq!(result.unwrap_err().problems, []);
            assert_eq!(sandbox.state("shop"), before);
        }
    }

    fn a_file_that_is_edited_meanwhile_is_kept(sandbox) {
        let target = repository(sandbox, "shop", "");
        for (path, content) in [("deploy/app.yaml", "mine\n"), ("zone.yaml", "new\n")] {
            let edit = || sandbox.write(&format!("shop/{path}"), content);
            run_meddling(&target.in_place(), MOVING, &edit).unwrap_err();
            assert_eq!(sandbox.read(&format!("shop/{path}")), content);
            let status = sandbox.git("shop", &["status", "--porcelain"]);
            assert_eq!(status.lines().filter(|line| !OWN_WORK.contains(line)).count(), 1, "{status}");
            if path == "zone.yaml" {
                fs::remove_file(sandbox.path("shop/zone.yaml")).unwrap();
            } else {
                sandbox.git("shop", &["checkout", "-q", "--", path]);
            }
        }
        // Between the renames and the commit: the edit of what is new stays, all else goes back.
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\necho edited >README.md\nexit 1\n");
        run(&target.in_place()).unwrap_err();
        assert_eq!(sandbox.read("shop/README.md"), "edited\n");
        let status = sandbox.git("shop", &["status", "--porcelain"]);
        assert!(status.contains(" M README.md") && status.lines().count() == 4, "{status}");
    }

    fn an_index_locked_meanwhile_restores_everything(sandbox) {
        let target = repository(sandbox, "shop", "");
        let before = sandbox.state("shop");
        let lock = || sandbox.write("shop/.git/index.lock", "");
        run_meddling(&target.in_place(), STAGING, &lock).unwrap_err();
        fs::remove_file(sandbox.path("shop/.git/index.lock")).unwrap();
        assert_eq!(sandbox.state("shop"), before);
    }

    fn a_folder_that_becomes_read_only_midway_restores_everything(sandbox) {
        let target = repository(sandbox, "shop", "");
        let before = sandbox.state("shop");
        let blocked = Cell::new(None);
        let block = || {
            // A mount point cannot be renamed over or removed, whoever asks.
            fs::create_dir(sandbox.path("empty")).unwrap();
            let bind = std::process::Command::new("mount")
                .args(["--bind", "-o", "ro"])
                .args([sandbox.path("shop/deploy/run.sh"), sandbox.path("shop/deploy/run.sh")])
                .output();
            blocked.set(Some(bind.is_ok_and(|output| output.status.success())));
        };
        let result = run_meddling(&target.in_place(), MOVING, &block);
        if blocked.get() != Some(true) {
            return crate::apply::sandbox::skip("a mount cannot be made here");
        }
        let unmount = std::process::Command::new("umount").arg(sandbox.path("shop/deploy/run.sh")).status();
        assert!(unmount.unwrap().success());
        assert_eq!(result.unwrap_err().kind, ErrorKind::Failure);
        assert_eq!(sandbox.state("shop"), before);
    }

    fn a_full_disk_at_any_moment_restores_everything(sandbox) {
        fs::create_dir(sandbox.path("shop")).unwrap();
        let Some(_mount) = Mount::try_new(sandbox.path("shop"), "size=1m") else { return };
        let target = repository(sandbox, "shop", "");
        let before = sandbox.state("shop");
        let (mut failures, mut free) = (0, 0);
        loop {
            let ballast = |number: usize| sandbox.path(&format!("shop/.git/ballast{number}"));
            let count = (0..1000).take_while(|number| fs::write(ballast(*number), [0; 4096]).is_ok()).count();
            let _ = fs::remove_file(ballast(count));
            (count.saturating_sub(free)..count).for_each(|number| fs::remove_file(ballast(number)).unwrap());
            let result = run(&target.in_place());
            (0..count).for_each(|number| drop(fs::remove_file(ballast(number))));
            let Err(error) = result else { break };
            assert_eq!(sandbox.state("shop"), before, "with {free} blocks: {}", message_of(&error));
            // Objects that are left must not make the next attempt smaller.
            sandbox.git("shop", &["prune", "--expire=now"]);
            failures += 1;
            free += 1;
        }
        assert!(failures > 20, "only {failures} failures");
        assert_updated(sandbox, "shop", "");
    }

    fn of_several_updates_at_once_one_is_applied(sandbox) {
        repository(sandbox, "shop", "");
        let victim = || {
            let mut command = super::crashes::victim(sandbox, "shop", "in target");
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap()
        };
        let mut runs: Vec<_> = (0..4).map(|_| victim()).collect();
        let applied = runs.iter_mut().filter_map(|run| run.wait().unwrap().success().then_some(())).count();
        assert_eq!(applied, 1);
        assert_updated(sandbox, "shop", "");
    }
}
