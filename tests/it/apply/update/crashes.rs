//! Updates that are killed, and what comes after.

use std::cell::Cell;
use std::env;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Command;

use treenail::apply::{
    Destination, Recovery, Update, abort, apply, apply_with_conflicts, preflight, recover,
};

use super::conflicts::conflicts;
use super::{
    NEW, OLD, OWN_WORK, STAGING, Target, assert_committed, assert_files, assert_updated, refusal, repository,
    target,
};
use crate::apply::sandbox::{Sandbox, message_of};

/// A process that updates the repository `top`, `how` it is message, and dies where `TREENAIL_DIE_AT` says.
pub fn victim(sandbox: &Sandbox, top: &str, how: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["apply::update::crashes::the_victim", "--exact", "--nocapture", "--test-threads=1"])
        .current_dir(sandbox.path("."))
        .env("TREENAIL_VICTIM_UPDATE", sandbox.path(top))
        .env("TREENAIL_VICTIM_HOW", how);
    command
}

/// Only does something when started by [`victim`].
#[test]
fn the_victim() {
    let Some(root) = env::var_os("TREENAIL_VICTIM_UPDATE").map(PathBuf::from) else { return };
    let die_at = env::var("TREENAIL_DIE_AT").map_or(0, |number| number.parse().unwrap());
    let step = Cell::new(0);
    let die = || {
        step.set(step.get() + 1);
        if step.get() == die_at {
            std::process::abort();
        }
        false
    };
    let target = Target { root, prefix: String::new() };
    let how = env::var("TREENAIL_VICTIM_HOW").unwrap();
    let mut update = target.update(if how.contains("no commit") {
        Destination::WorkTree
    } else {
        Destination::CurrentBranch
    });
    if how.starts_with("edited") {
        update.edit = Some(super::edits::EDIT);
    }
    if how.contains("conflict") {
        apply_with_conflicts(update, &conflicts(), &die).map_err(|error| message_of(&error)).unwrap();
        return;
    }
    let checked = preflight(update).map_err(|error| message_of(&error)).unwrap();
    apply(checked, &die).map_err(|error| message_of(&error)).unwrap();
}

/// Kills an update at its `step`th step; gives whether it was alive until then.
fn kill_at(sandbox: &Sandbox, top: &str, how: &str, step: usize) -> bool {
    let output = victim(sandbox, top, how).env("TREENAIL_DIE_AT", step.to_string()).output().unwrap();
    let killed = output.status.signal().is_some();
    assert!(killed || output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    killed
}

/// Kills updates of new repositories at every step in turn, and has a look `after` each.
pub fn kill_everywhere(
    sandbox: &Sandbox,
    how: &str,
    prepare: &dyn Fn(&str),
    after: &dyn Fn(&str, usize),
) -> usize {
    for step in 1.. {
        let top = format!("shop{step}");
        repository(sandbox, &top, "");
        prepare(&top);
        if !kill_at(sandbox, &top, how, step) {
            return step - 1;
        }
        after(&top, step);
        fs::remove_dir_all(sandbox.path(&top)).unwrap();
    }
    unreachable!()
}

pub fn has_journal(sandbox: &Sandbox, top: &str) -> bool {
    sandbox.path(top).join(".git/treenail/journal").exists()
}

fn files(sandbox: &Sandbox, top: &str) -> treenail::error::Result<Recovery> {
    recover(&sandbox.path(top))
}

sandboxed! {
    fn a_killed_update_is_completed(sandbox) {
        let after = |top: &str, step: usize| {
            let expected = if has_journal(sandbox, top) { Recovery::Completed } else { Recovery::Nothing };
            assert_eq!(files(sandbox, top).unwrap(), expected, "after a kill at step {step}");
            if expected == Recovery::Completed {
                assert_updated(sandbox, top, "");
            } else {
                assert_files(sandbox, top, "", &OLD);
                assert_eq!(sandbox.git(top, &["status", "--porcelain"]), OWN_WORK);
            }
        };
        assert!(kill_everywhere(sandbox, "in target", &|_| {}, &after) > 20);
    }

    #[ignore = "takes long"]
    fn a_killed_update_with_hooks_is_completed(sandbox) {
        let hook = |top: &str| sandbox.write_script(&format!("{top}/.git/hooks/pre-commit"), "#!/bin/sh\n");
        let after = |top: &str, _| {
            if has_journal(sandbox, top) {
                assert_eq!(files(sandbox, top).unwrap(), Recovery::Completed);
                assert_updated(sandbox, top, "");
            }
        };
        assert!(kill_everywhere(sandbox, "in target", &hook, &after) > 20);
    }

    fn a_killed_update_without_commit_is_completed(sandbox) {
        let after = |top: &str, _| {
            if has_journal(sandbox, top) {
                assert_eq!(files(sandbox, top).unwrap(), Recovery::Completed);
                assert_files(sandbox, top, "", &NEW);
                assert_eq!(sandbox.git(top, &["diff", "--cached", "--name-only"]), "app.py");
            }
        };
        assert!(kill_everywhere(sandbox, "no commit", &|_| {}, &after) > 20);
    }

    #[ignore = "takes long"]
    fn a_killed_update_is_given_up_on_demand(sandbox) {
        let before = Cell::new(None);
        let remember = |top: &str| before.set(Some(sandbox.state(top)));
        for how in ["in target", "no commit"] {
            let after = |top: &str, step: usize| {
                if has_journal(sandbox, top) {
                    assert_eq!(abort(&sandbox.path(top)).unwrap(), Recovery::TakenBack);
                    assert_eq!(Some(sandbox.state(top)), before.take(), "after a kill at step {step}");
                    sandbox.git(top, &["fsck", "--strict"]);
                } else {
                    assert!(message_of(&abort(&sandbox.path(top)).unwrap_err()).contains("no upgrade waits"));
                }
            };
            assert!(kill_everywhere(sandbox, how, &remember, &after) > 20);
            sandbox.remove_all("shop");
        }
    }

    fn a_killed_update_with_conflicts_is_taken_back(sandbox) {
        let before = Cell::new(None);
        let prepare = |top: &str| {
            sandbox.git(top, &["reset", "-q"]);
            before.set(Some(sandbox.state(top)));
        };
        let after = |top: &str, step: usize| {
            if has_journal(sandbox, top) {
                assert_eq!(files(sandbox, top).unwrap(), Recovery::TakenBack);
                assert_eq!(Some(sandbox.state(top)), before.take(), "after a kill at step {step}");
                assert!(!sandbox.path(top).join(".git/MERGE_MSG").exists());
            }
        };
        assert!(kill_everywhere(sandbox, "conflict", &prepare, &after) > 10);
    }

    fn the_next_update_says_what_has_become_of_the_killed_one(sandbox) {
        let target = repository(sandbox, "shop", "");
        assert!(kill_at(sandbox, "shop", "in target", 20));
        assert!(has_journal(sandbox, "shop"));
        let error = refusal(&target.in_place());
        assert!(error.message.contains("has been completed now"), "{}", error.message);
        assert_updated(sandbox, "shop", "");
    }

    #[ignore = "takes long"]
    fn an_update_that_was_killed_after_its_commit_is_done(sandbox) {
        let after = |top: &str, step: usize| {
            let journal = sandbox.path(top).join(".git/treenail/journal");
            let Ok(text) = fs::read_to_string(&journal) else { return };
            let commit = text.lines().find_map(|line| line.strip_prefix("ending commit ")).unwrap();
            let commit = commit.split(' ').next().unwrap();
            if step < STAGING {
                return;
            }
            // All files are new. Killed between the branch and the index, the one is new and the other is not.
            sandbox.git(top, &["update-ref", "HEAD", commit]);
            assert!(sandbox.git(top, &["diff", "--cached", "--name-only"]).contains("README.md"));
            let give_up = step.is_multiple_of(2);
            let done = if give_up { abort(&sandbox.path(top)) } else { files(sandbox, top) };
            assert_eq!(done.unwrap(), Recovery::Completed);
            assert_updated(sandbox, top, "");
            fs::write(sandbox.path(&format!("seen{give_up}")), "").unwrap();
        };
        kill_everywhere(sandbox, "in target", &|_| {}, &after);
        assert!(sandbox.path("seentrue").exists() && sandbox.path("seenfalse").exists());
    }

    fn what_the_user_did_after_the_kill_is_kept(sandbox) {
        let edit = |top: &str| sandbox.write(&format!("{top}/deploy/app.yaml"), "mine\n");
        let after = |top: &str, _| {
            if !has_journal(sandbox, top) {
                return;
            }
            edit(top);
            assert_eq!(files(sandbox, top).unwrap(), Recovery::TakenBack);
            assert_eq!(sandbox.read(&format!("{top}/deploy/app.yaml")), "mine\n");
            let status = sandbox.git(top, &["status", "--porcelain"]);
            assert_eq!(status, "M  app.py\n M deploy/app.yaml\n M own/dirty\n?? untracked");
        };
        kill_everywhere(sandbox, "in target", &|_| {}, &after);
    }

    fn a_commit_of_the_users_after_the_kill_is_kept(sandbox) {
        let target = target(sandbox, "shop", "");
        repository(sandbox, "shop", "");
        assert!(kill_at(sandbox, "shop", "in target", 20));
        sandbox.unlock_index("shop");
        sandbox.git("shop", &["commit", "-q", "--only", "-m", "mine", "own/dirty"]);
        assert_eq!(recover(&target.root).unwrap(), Recovery::TakenBack);
        assert_eq!(sandbox.git("shop", &["log", "-1", "--format=%s"]), "mine");
        assert_files(sandbox, "shop", "", &OLD);
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), "M  app.py\n?? untracked");
        super::run(&target.in_place()).unwrap();
        assert_committed(sandbox, "shop", "", "HEAD", &NEW);
    }

    fn what_the_user_staged_after_the_kill_is_kept(sandbox) {
        let after = |top: &str, _| {
            if !has_journal(sandbox, top) {
                return;
            }
            sandbox.unlock_index(top);
            let mine = sandbox.path("mine").display().to_string();
            sandbox.write("mine", "mine\n");
            let blob = sandbox.git(top, &["hash-object", "-w", &mine]);
            sandbox.git(top, &["update-index", "--cacheinfo", &format!("100644,{blob},deploy/app.yaml")]);
            let error = files(sandbox, top).unwrap_err();
            assert!(message_of(&error).contains("`deploy/app.yaml` was staged meanwhile"), "{}", message_of(&error));
            assert_files(sandbox, top, "", &OLD);
            let status = sandbox.git(top, &["status", "--porcelain"]);
            assert_eq!(status, "M  app.py\nMM deploy/app.yaml\n M own/dirty\n?? untracked");
            assert_eq!(files(sandbox, top).unwrap(), Recovery::Nothing);
        };
        kill_everywhere(sandbox, "in target", &|_| {}, &after);
    }

    fn a_lock_of_a_killed_run_keeps_git_out_and_not_the_next_run(sandbox) {
        let target = repository(sandbox, "shop", "");
        assert!(kill_at(sandbox, "shop", "in target", 20));
        for arguments in [&["add", "untracked"][..], &["commit", "-q", "-a", "-m", "half"], &["checkout", "-q", "HEAD~1"]] {
            let refused = sandbox.try_git("shop", arguments);
            assert!(String::from_utf8_lossy(&refused.stderr).contains("index.lock"), "{arguments:?}");
        }
        refusal(&target.in_place());
        assert_updated(sandbox, "shop", "");
        assert!(!sandbox.path("shop/.git/index.lock").exists());
        // Without the journal as well, such as where a person has removed that.
        sandbox.write("shop/.git/index.lock", "treenail\n");
        let back = Update { changes: super::changes(&NEW, &OLD), message: "back", ..target.in_place() };
        super::run(&back).unwrap();
        assert_files(sandbox, "shop", "", &OLD);
    }

    fn it_waits_until_git_is_at_rest(sandbox) {
        // Among these are kills with the index written and without.
        for step in [12, 20, 26, 27, 28] {
            let top = format!("shop{step}");
            repository(sandbox, &top, "");
            if !kill_at(sandbox, &top, "in target", step) {
                continue;
            }
            sandbox.write(&format!("{top}/.git/index.lock"), "");
            let error = files(sandbox, &top).unwrap_err();
            assert!(message_of(&error).contains("index.lock"), "{}", message_of(&error));
            assert!(message_of(&abort(&sandbox.path(&top)).unwrap_err()).contains("index.lock"));
            fs::remove_file(sandbox.path(&top).join(".git/index.lock")).unwrap();
            sandbox.write(&format!("{top}/.git/MERGE_HEAD"), &sandbox.git(&top, &["rev-parse", "HEAD~1"]));
            assert!(message_of(&files(sandbox, &top).unwrap_err()).contains("a merge is in progress"));
            fs::remove_file(sandbox.path(&top).join(".git/MERGE_HEAD")).unwrap();
            assert_eq!(files(sandbox, &top).unwrap(), Recovery::Completed);
            assert_updated(sandbox, &top, "");
        }
    }

    fn a_hook_that_refuses_when_it_is_completed_takes_it_back(sandbox) {
        repository(sandbox, "shop", "");
        let before = sandbox.state("shop");
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\necho not now >&2\nexit 1\n");
        assert!(kill_at(sandbox, "shop", "in target", 20));
        let error = files(sandbox, "shop").unwrap_err();
        assert!(message_of(&error).contains("so it was undone"), "{}", message_of(&error));
        assert_eq!(sandbox.state("shop"), before);
    }
}
