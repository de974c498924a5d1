//! Whatever goes wrong, the old state is back.

use std::cell::Cell;
use std::fs;

use treenail::apply::{Plan, Step, land, preflight};
use treenail::error::ErrorKind;

use crate::apply::sandbox::{Mount, Sandbox, plan, run, run_meddling, told};

fn prepare(sandbox: &Sandbox) {
    sandbox.repository("shop");
    sandbox.write("shop/app.py", "changed by hand\n");
    sandbox.write("shop/staged", "1");
    sandbox.git("shop", &["add", "staged"]);
    fs::create_dir(sandbox.path("shop/deploy")).unwrap();
}

/// Cancels at every single step; gives how many there are.
fn cancel_everywhere(sandbox: &Sandbox, top: &str, plan: &Plan) -> usize {
    let before = sandbox.state(top);
    for count in 1.. {
        let asked = Cell::new(0);
        let result = land(preflight(plan).unwrap(), &|_| {}, &|| {
            asked.set(asked.get() + 1);
            asked.get() >= count
        });
        match result {
            Ok(_) => return count - 1,
            Err(error) => assert_eq!(error.kind, ErrorKind::Cancelled, "{}", told(&error)),
        }
        assert_eq!(sandbox.state(top), before, "after cancelling at question {count}");
    }
    unreachable!()
}

sandboxed! {
    fn cancelling_at_any_step_restores_a_repository(sandbox) {
        prepare(sandbox);
        assert!(cancel_everywhere(sandbox, "shop", &plan(&sandbox.path("shop"))) >= 9);
        sandbox.assert_landed("shop", "", " M app.py\nA  staged");
        assert!(cancel_everywhere(sandbox, "shop", &plan(&sandbox.path("shop/a/b"))) >= 9);
    }

    fn cancelling_at_any_step_restores_a_repository_with_hooks(sandbox) {
        prepare(sandbox);
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\n");
        assert!(cancel_everywhere(sandbox, "shop", &plan(&sandbox.path("shop"))) >= 9);
    }

    fn cancelling_at_any_step_leaves_no_new_directory(sandbox) {
        assert!(cancel_everywhere(sandbox, ".", &plan(&sandbox.path("a/b/shop"))) >= 9);
        fs::create_dir(sandbox.path("empty")).unwrap();
        assert!(cancel_everywhere(sandbox, ".", &plan(&sandbox.path("empty"))) >= 9);
        fs::create_dir(sandbox.path("plain")).unwrap();
        let dir = sandbox.path("plain");
        assert!(cancel_everywhere(sandbox, ".", &Plan { commit: false, ..plan(&dir) }) >= 6);
    }

    fn a_hook_that_refuses_restores_everything(sandbox) {
        prepare(sandbox);
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\necho lint says no >&2\nexit 1\n");
        let before = sandbox.state("shop");
        let error = run(&plan(&sandbox.path("shop"))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Failure);
        assert!(told(&error).contains("lint says no"), "{}", told(&error));
        assert_eq!(sandbox.state("shop"), before);
    }

    fn a_signature_that_fails_restores_everything(sandbox) {
        prepare(sandbox);
        sandbox.git("shop", &["config", "commit.gpgSign", "true"]);
        sandbox.git("shop", &["config", "gpg.program", "false"]);
        let before = sandbox.state("shop");
        let error = run(&plan(&sandbox.path("shop"))).unwrap_err();
        assert!(told(&error).contains("gpg failed to sign"), "{}", told(&error));
        assert_eq!(sandbox.state("shop"), before);
    }

    fn a_branch_that_moves_meanwhile_is_not_overwritten(sandbox) {
        prepare(sandbox);
        let other = || drop(sandbox.git("shop", &["commit", "-q", "--allow-empty", "--only", "-m", "other"]));
        let before = sandbox.tree("shop");
        let dir = sandbox.path("shop");
        let error = run_meddling(&plan(&dir), Step::Committing, &other).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Failure);
        assert!(told(&error).contains("has moved meanwhile"), "{}", told(&error));
        assert!(told(&error).contains("run the command again"));
        assert_eq!(sandbox.tree("shop"), before);
        assert_eq!(sandbox.git("shop", &["log", "-1", "--format=%s"]), "other");
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), " M app.py\nA  staged");
        let switch = || drop(sandbox.git("shop", &["checkout", "-q", "-b", "side"]));
        run_meddling(&plan(&dir), Step::Committing, &switch).unwrap_err();
        assert_eq!(sandbox.tree("shop"), before);
    }

    fn files_that_appear_meanwhile_are_not_overwritten(sandbox) {
        prepare(sandbox);
        let dir = sandbox.path("shop");
        run_meddling(&plan(&dir), Step::Placing, &|| sandbox.write("shop/deploy/run.sh", "mine")).unwrap_err();
        assert_eq!(sandbox.read("shop/deploy/run.sh"), "mine");
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), " M app.py\nA  staged\n?? deploy/");
        assert_eq!(sandbox.git("shop", &["ls-files", "--others"]), "deploy/run.sh");
    }

    fn files_edited_meanwhile_are_not_removed(sandbox) {
        prepare(sandbox);
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\necho edited > README.md\nexit 1\n");
        run(&plan(&sandbox.path("shop"))).unwrap_err();
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), " M app.py\nA  staged\n?? README.md");
    }

    fn an_index_locked_meanwhile_restores_everything(sandbox) {
        prepare(sandbox);
        let before = sandbox.state("shop");
        let dir = sandbox.path("shop");
        let lock = || sandbox.write("shop/.git/index.lock", "");
        run_meddling(&plan(&dir), Step::Staging, &lock).unwrap_err();
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
                let result = run(&plan(&sandbox.path(dir)));
                for path in &ballast {
                    let _ = fs::remove_file(path);
                }
                let Err(error) = result else { break };
                assert_eq!(error.kind, ErrorKind::Failure, "{}", told(&error));
                assert_eq!(sandbox.state(top), before, "{dir} with {free} blocks: {}", told(&error));
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
