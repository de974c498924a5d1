//! Whatever goes wrong, the old state is back.

use std::cell::Cell;
use std::fs;

use treenail::apply::{Creation, apply, preflight_creation};
use treenail::error::ErrorKind;

use crate::apply::sandbox::{FILES, Mount, Sandbox, creation, message_of, run, run_meddling};

/// The question before the first file is moved into target: after those before the objects and before each file.
const MOVING: usize = FILES.len() + 2;
const STAGING: usize = MOVING + FILES.len();
const COMMITTING: usize = STAGING + 1;

fn prepare(sandbox: &Sandbox) {
    sandbox.repository("shop");
    sandbox.write("shop/app.py", "changed by hand\n");
    sandbox.write("shop/staged", "1");
    sandbox.git("shop", &["add", "staged"]);
    fs::create_dir(sandbox.path("shop/deploy")).unwrap();
}

/// Cancels at every single step; gives how many there are.
fn cancel_everywhere(sandbox: &Sandbox, top: &str, creation: &Creation) -> usize {
    let before = sandbox.state(top);
    for count in 1.. {
        let asked = Cell::new(0);
        let result = apply(preflight_creation(creation).unwrap(), &|| {
            asked.set(asked.get() + 1);
            asked.get() >= count
        });
        match result {
            Ok(_) => return count - 1,
            Err(error) => assert_eq!(error.kind, ErrorKind::Cancelled, "{}", message_of(&error)),
        }
        assert_eq!(sandbox.state(top), before, "after cancelling at question {count}");
    }
    unreachable!()
}

sandboxed! {
    fn cancelling_at_any_step_restores_a_repository(sandbox) {
        prepare(sandbox);
        assert!(cancel_everywhere(sandbox, "shop", &creation(&sandbox.path("shop"))) >= 9);
        sandbox.assert_applied("shop", "", " M app.py\nA  staged");
        assert!(cancel_everywhere(sandbox, "shop", &creation(&sandbox.path("shop/a/b"))) >= 9);
    }

    fn cancelling_at_any_step_restores_a_repository_with_hooks(sandbox) {
        prepare(sandbox);
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\n");
        assert!(cancel_everywhere(sandbox, "shop", &creation(&sandbox.path("shop"))) >= 9);
    }

    fn cancelling_at_any_step_leaves_no_new_directory(sandbox) {
        assert!(cancel_everywhere(sandbox, ".", &creation(&sandbox.path("a/b/shop"))) >= 9);
        fs::create_dir(sandbox.path("empty")).unwrap();
        assert!(cancel_everywhere(sandbox, ".", &creation(&sandbox.path("empty"))) >= 9);
        fs::create_dir(sandbox.path("plain")).unwrap();
        let dir = sandbox.path("plain");
        assert!(cancel_everywhere(sandbox, ".", &Creation { commit: false, ..creation(&dir) }) >= 6);
    }

    fn a_hook_that_refuses_restores_everything(sandbox) {
        prepare(sandbox);
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\necho lint says no >&2\nexit 1\n");
        let before = sandbox.state("shop");
        let error = run(&creation(&sandbox.path("shop"))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Failure);
        assert!(message_of(&error).contains("lint says no"), "{}", message_of(&error));
        assert_eq!(sandbox.state("shop"), before);
    }

    fn a_signature_that_fails_restores_everything(sandbox) {
        prepare(sandbox);
        sandbox.git("shop", &["config", "commit.gpgSign", "true"]);
        sandbox.git("shop", &["config", "gpg.program", "false"]);
        let before = sandbox.state("shop");
        let error = run(&creation(&sandbox.path("shop"))).unwrap_err();
        assert!(message_of(&error).contains("gpg failed to sign"), "{}", message_of(&error));
        assert_eq!(sandbox.state("shop"), before);
    }

    fn a_branch_that_moves_meanwhile_is_not_overwritten(sandbox) {
        prepare(sandbox);
        let other = || sandbox.commit_past_the_lock("shop");
        let before = sandbox.tree("shop");
        let dir = sandbox.path("shop");
        let error = run_meddling(&creation(&dir), COMMITTING, &other).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Failure);
        assert!(message_of(&error).contains("has moved meanwhile"), "{}", message_of(&error));
        assert!(message_of(&error).contains("run the command again"));
        assert_eq!(sandbox.tree("shop"), before);
        assert_eq!(sandbox.git("shop", &["log", "-1", "--format=%s"]), "other");
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), " M app.py\nA  staged");
        let switch = || {
            sandbox.git("shop", &["branch", "side"]);
            sandbox.git("shop", &["symbolic-ref", "HEAD", "refs/heads/side"]);
        };
        run_meddling(&creation(&dir), COMMITTING, &switch).unwrap_err();
        assert_eq!(sandbox.tree("shop"), before);
    }

    fn files_that_appear_meanwhile_are_not_overwritten(sandbox) {
        prepare(sandbox);
        let dir = sandbox.path("shop");
        run_meddling(&creation(&dir), MOVING, &|| sandbox.write("shop/deploy/run.sh", "mine")).unwrap_err();
        assert_eq!(sandbox.read("shop/deploy/run.sh"), "mine");
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), " M app.py\nA  staged\n?? deploy/");
        assert_eq!(sandbox.git("shop", &["ls-files", "--others"]), "deploy/run.sh");
    }

    fn files_edited_meanwhile_are_not_removed(sandbox) {
        prepare(sandbox);
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\necho edited > README.md\nexit 1\n");
        run(&creation(&sandbox.path("shop"))).unwrap_err();
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), " M app.py\nA  staged\n?? README.md");
    }

    fn an_index_locked_meanwhile_restores_everything(sandbox) {
        prepare(sandbox);
        let before = sandbox.state("shop");
        let dir = sandbox.path("shop");
        let lock = || sandbox.write("shop/.git/index.lock", "");
        run_meddling(&creation(&dir), STAGING, &lock).unwrap_err();
        fs::remove_file(sandbox.path("shop/.git/index.lock")).unwrap();
        assert_eq!(sandbox.state("shop"), before);
    }

    fn a_full_disk_at_any_moment_restores_everything(sandbox) {
        fs::create_dir(sandbox.path("disk")).unwrap();
        let Some(_mount) = Mount::try_new(sandbox.path("disk"), "size=1m") else { return };
        prepare_on_disk(sandbox);
        let (mut failures, mut free) = (0, 0);
        for (top, dir) in [("disk/shop", "disk/shop/sub"), ("disk", "disk/new"), ("disk", "disk/empty")] {
            let before = sandbox.state(top);
            loop {
                let filler = vec![0; 4096];
                let mut ballast = Vec::new();
                while fs::write(sandbox.path(&format!("disk/shop/.git/ballast{}", ballast.len())), &filler).is_ok() {
                    ballast.push(sandbox.path(&format!("disk/shop/.git/ballast{}", ballast.len())));
                }
                let _ = fs::remove_file(sandbox.path(&format!("disk/shop/.git/ballast{}", ballast.len())));
                for path in ballast.iter().rev().take(free) {
                    fs::remove_file(path).unwrap();
                }
                let result = run(&creation(&sandbox.path(dir)));
                for path in &ballast {
                    let _ = fs::remove_file(path);
                }
                let Err(error) = result else { break };
                assert_eq!(error.kind, ErrorKind::Failure, "{}", message_of(&error));
                assert_eq!(sandbox.state(top), before, "{dir} with {free} blocks: {}", message_of(&error));
                failures += 1;
                free += 1;
            }
            free = 0;
        }
        assert!(failures > 20, "only {failures} failures");
    }
}

fn prepare_on_disk(sandbox: &Sandbox) {
    sandbox.repository("disk/shop");
    sandbox.write("disk/shop/staged", "1");
    sandbox.git("disk/shop", &["add", "staged"]);
    fs::create_dir(sandbox.path("disk/empty")).unwrap();
}
