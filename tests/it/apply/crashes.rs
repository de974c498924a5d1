//! Runs that are killed, and the runs after them.

use std::cell::Cell;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use treenail::apply::{apply, preflight_creation};

use crate::apply::sandbox::{Sandbox, creation, message_of, refusal, run, skip};
use crate::common::home::Home;
use crate::common::programs;

/// A process that writes to `dir`, and dies where `TREENAIL_DIE_AT` says.
pub fn victim(sandbox: &Sandbox, dir: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["apply::crashes::the_victim", "--exact", "--nocapture", "--test-threads=1"])
        .current_dir(sandbox.path("."))
        .env("TREENAIL_VICTIM_DIR", dir);
    command
}

/// Only does something when started by [`victim`].
#[test]
fn the_victim() {
    let Some(dir) = env::var_os("TREENAIL_VICTIM_DIR").map(PathBuf::from) else { return };
    let die_at = env::var("TREENAIL_DIE_AT").map_or(0, |number| number.parse().unwrap());
    let step = Cell::new(0);
    let creation = creation(&dir);
    let die = || {
        step.set(step.get() + 1);
        if step.get() == die_at {
            std::process::abort();
        }
        false
    };
    let checked = preflight_creation(&creation).map_err(|error| message_of(&error)).unwrap();
    apply(checked, &die).unwrap();
}

/// Kills a run in `dir` at its `step`th step; gives whether it was alive until then.
fn kill_at(sandbox: &Sandbox, dir: &Path, step: usize) -> bool {
    let output = victim(sandbox, dir).env("TREENAIL_DIE_AT", step.to_string()).output().unwrap();
    std::os::unix::process::ExitStatusExt::signal(&output.status).is_some()
}

sandboxed! {
    fn a_run_after_a_kill_at_any_step_writes_to_a_repository(sandbox) {
        let mut step = 1;
        loop {
            let top = format!("shop{step}");
            sandbox.repository(&top);
            sandbox.write(&format!("{top}/staged"), "1");
            sandbox.git(&top, &["add", "staged"]);
            let dir = sandbox.path(&top).join("services/shop");
            let killed = kill_at(sandbox, &dir, step);
            if !killed {
                break;
            }
            run(&creation(&dir)).unwrap();
            sandbox.assert_applied(&top, "services/shop/", "A  staged");
            assert!(!sandbox.path(&top).join(".git/treenail").exists());
            step += 1;
        }
        assert!(step > 8, "only {step} steps");
    }

    fn a_preflight_after_a_kill_at_any_step_restores_a_repository(sandbox) {
        sandbox.repository("shop");
        fs::create_dir(sandbox.path("shop/deploy")).unwrap();
        sandbox.write("shop/staged", "1");
        sandbox.git("shop", &["add", "staged"]);
        let before = sandbox.state("shop");
        let mut step = 1;
        while kill_at(sandbox, &sandbox.path("shop"), step) {
            // The user's next wish is another one; all the same the first thing done is to clear up.
            run_elsewhere(sandbox);
            let mut after = sandbox.state("shop");
            if step == 1 {
                // Killed before anything was recorded: only the lock file is there, which the next run takes over.
                after.insert("private".into(), "false".into());
            }
            assert_eq!(after, before, "after a kill at step {step}");
            step += 1;
        }
        assert!(step > 8, "only {step} steps");
    }

    fn a_run_after_a_kill_at_any_step_makes_the_directory(sandbox) {
        for kind in ["new", "empty"] {
            let mut step = 1;
            loop {
                let name = format!("{kind}{step}");
                let dir = sandbox.path(&name);
                if kind == "empty" {
                    fs::create_dir(&dir).unwrap();
                }
                if !kill_at(sandbox, &dir, step) {
                    break;
                }
                let left: Vec<_> = sandbox.tree(".").into_keys().filter(|path| path.contains("README")).collect();
                assert!(left.iter().all(|path| path.contains("treenail-") || !path.starts_with(&name)), "{left:?}");
                run(&creation(&dir)).unwrap();
                sandbox.assert_applied(&name, "", "");
                step += 1;
            }
            assert!(step > 8, "only {step} steps");
        }
    }

    fn a_killed_run_that_had_committed_is_left_as_it_is(sandbox) {
        let last = last_step(sandbox);
        for (top, is_index_old) in [("shop", false), ("late", true)] {
            sandbox.repository(top);
            let dir = sandbox.path(top);
            // The last step before the commit is reached; the commit is made by hand.
            assert!(kill_at(sandbox, &dir, last));
            sandbox.unlock_index(top);
            sandbox.git(top, &["add", "--all"]);
            sandbox.git(top, &["commit", "-q", "-m", "shop: scaffold"]);
            if is_index_old {
                sandbox.git(top, &["read-tree", "HEAD~1"]);
            }
            let error = refusal(&creation(&dir));
            assert_eq!(error.problems.len(), 5);
            sandbox.assert_applied(top, "", "");
            assert!(!sandbox.path(top).join(".git/treenail").exists());
        }
    }

    fn what_the_user_did_after_the_kill_is_kept(sandbox) {
        sandbox.repository("shop");
        let dir = sandbox.path("shop");
        let last = last_step(sandbox);
        assert!(kill_at(sandbox, &dir, last));
        sandbox.write("shop/README.md", "rewritten by hand\n");
        sandbox.write("shop/deploy/own.yaml", "mine\n");
        let error = refusal(&creation(&dir));
        assert_eq!(message_of(&error).matches("already exists").count(), 1, "{}", message_of(&error));
        assert_eq!(sandbox.git("shop", &["status", "--porcelain", "-uall"]), "?? README.md\n?? deploy/own.yaml");
    }

    fn of_several_runs_at_once_one_writes(sandbox) {
        fs::create_dir(sandbox.path("empty")).unwrap();
        sandbox.repository("shop");
        for (top, prefix) in [("new", ""), ("empty", ""), ("shop", "sub/")] {
            let dir = sandbox.path(top).join(prefix);
            let start = || victim(sandbox, &dir).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
            let mut runs: Vec<_> = (0..4).map(|_| start()).collect();
            let applied = runs.iter_mut().filter_map(|run| run.wait().unwrap().success().then_some(())).count();
            assert_eq!(applied, 1, "{top}");
            sandbox.assert_applied(top, prefix, "");
            assert!(!sandbox.path(top).join(".git/treenail").exists());
        }
        assert_eq!(fs::read_dir(sandbox.path(".")).unwrap().count(), 4, "home and three repositories");
    }

    fn a_damaged_journal_is_named_not_guessed_at(sandbox) {
        sandbox.repository("shop");
        sandbox.write("shop/.git/treenail/journal", "something else\n");
        let error = refusal(&creation(&sandbox.path("shop")));
        assert!(error.message.contains("is not a record that you wrote"), "{}", error.message);
        assert!(!error.hints.is_empty());
    }
}

fn run_elsewhere(sandbox: &Sandbox) {
    let dir = sandbox.path("shop/app.py-like");
    preflight_creation(&creation(&dir)).map(drop).unwrap();
}

/// The number of the last step at which a run can be killed, found out in repositories of its own.
fn last_step(sandbox: &Sandbox) -> usize {
    let mut step = 0;
    loop {
        let top = format!("copy{step}");
        sandbox.repository(&top);
        if !kill_at(sandbox, &sandbox.path(&top), step + 1) {
            return step;
        }
        step += 1;
    }
}

/// The calls that move something into place, or remove what is left. Each is counted on its own.
const MOVES: [&str; 6] = ["?rename", "?renameat", "?renameat2", "?linkat", "?unlink", "?unlinkat"];

#[test]
#[ignore = "takes long"]
fn half_moved_entries_are_completed() {
    let home = Home::new();
    let new = ["new", "shop", "--defaults", "--source-repo", "https://github.com/acme/shop.git"];
    let run = || home.command("treenail").args(new).stdin(Stdio::null()).output().unwrap();
    if programs::find("strace").is_none() {
        return skip("strace is not installed");
    }
    fs::create_dir(home.path("shop")).unwrap();
    assert!(run().status.success());
    let (model, head) = (home.tree("shop"), home.git("shop", "rev-parse HEAD"));
    let mut completed = 0;
    for calls in MOVES {
        for number in 1.. {
            fs::remove_dir_all(home.path("shop")).unwrap();
            fs::create_dir(home.path("shop")).unwrap();
            let mut strace = home.command("strace");
            strace.args(["-qq", "-o", "/dev/null", "-e", &format!("trace={calls}")]);
            strace
                .args(["-e", &format!("inject={calls}:signal=SIGKILL:when={number}"), "treenail"])
                .args(new);
            if strace.stdin(Stdio::null()).output().unwrap().status.success() {
                break;
            }
            let output = run();
            let said = String::from_utf8_lossy(&output.stderr);
            let is_completed = said.contains("completed the interrupted run");
            completed += usize::from(is_completed);
            let is_known = is_completed || output.status.success() || said.contains("already exists");
            assert!(is_known, "{calls} {number}: {said}");
            // If all was moved when it was killed, the empty staging folder is left, which Git ignores.
            let mut found = (home.tree("shop"), home.git("shop", "rev-parse HEAD"));
            found.0.retain(|path, _| !path.starts_with(".treenail-"));
            assert_eq!(found, (model.clone(), head.clone()), "{calls} {number}");
            assert_eq!(home.git("shop", "status --porcelain"), "", "{calls} {number}");
        }
    }
    assert!(completed >= model.keys().filter(|path| !path.contains('/')).count(), "{completed} completed");
}
