//! Updates of a file that the user has edited and not committed: whatever goes wrong, the edit is there again.

use std::cell::Cell;
use std::fs;

use treenail::apply::{
    Applied, Destination, Edit, Recovery, Update, abort, apply_with_conflicts, preflight, recover, resume,
};
use treenail::error::Result;

use super::conflicts::{assert_resolved, conflicts, resolve, unstaged};
use super::crashes::{has_journal, kill_everywhere};
use super::rollback::cancel_everywhere;
use super::{MOVING, NEW, Target, assert_files, assert_updated, refusal, repository, run, run_meddling};
use crate::apply::sandbox::{Sandbox, message_of};

const PATH: &str = ".treenail/answers.yaml";

pub const EDIT: Edit = Edit { path: PATH, content: b"version: mine\n" };

/// Edits the file; `staged` says what `git add` has been given before, if anything.
fn edit(sandbox: &Sandbox, top: &str, staged: Option<&str>) {
    let file = format!("{top}/{PATH}");
    if let Some(text) = staged {
        sandbox.write(&file, text);
        sandbox.git(top, &["add", PATH]);
    }
    sandbox.write(&file, "version: mine\n");
}

/// What may be staged of an edit: nothing, all of it, or an earlier one.
const STAGED: [Option<&str>; 3] = [None, Some("version: mine\n"), Some("version: earlier\n")];

fn edited<'a>(target: &'a Target, destination: Destination<'a>) -> Update<'a> {
    Update { edit: Some(EDIT), ..target.update(destination) }
}

/// Leaves the conflicts.
fn begin(target: &Target, cancelled: &dyn Fn() -> bool) -> Result<Applied> {
    apply_with_conflicts(edited(target, Destination::CurrentBranch), &conflicts(), cancelled)
}

sandboxed! {
    fn an_edit_need_not_be_committed(sandbox) {
        for (top, staged) in ["one", "two", "three"].into_iter().zip(STAGED) {
            let target = repository(sandbox, top, "");
            edit(sandbox, top, staged);
            run(&edited(&target, Destination::CurrentBranch)).unwrap();
            assert_updated(sandbox, top, "");
        }
        let target = repository(sandbox, "files", "");
        edit(sandbox, "files", None);
        run(&edited(&target, Destination::WorkTree)).unwrap();
        assert_files(sandbox, "files", "", &NEW);
    }

    fn another_branch_leaves_the_edit_alone(sandbox) {
        let target = repository(sandbox, "shop", "");
        edit(sandbox, "shop", None);
        let before = sandbox.state("shop");
        run(&edited(&target, Destination::Branch("up"))).unwrap();
        assert_eq!(sandbox.state("shop"), before);
        assert_eq!(sandbox.git("shop", &["show", &format!("up:{PATH}")]), "version: 2");
    }

    fn another_edit_than_the_one_that_is_known_is_in_the_way(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.write(&format!("shop/{PATH}"), "version: later\n");
        let message = message_of(&refusal(&edited(&target, Destination::CurrentBranch)));
        assert!(message.contains(&format!("`{PATH}` has changes that are not committed")), "{message}");
        edit(sandbox, "shop", None);
        let later = || sandbox.write(&format!("shop/{PATH}"), "version: later\n");
        run_meddling(&edited(&target, Destination::CurrentBranch), MOVING, &later).unwrap_err();
        assert_eq!(sandbox.read(&format!("shop/{PATH}")), "version: later\n");
        sandbox.git("shop", &["rm", "-q", "--cached", PATH]);
        edit(sandbox, "shop", None);
        preflight(edited(&target, Destination::CurrentBranch)).err().expect("it is not in the index");
    }

    #[ignore = "takes long"]
    fn cancelling_at_any_step_brings_the_edit_back(sandbox) {
        for staged in STAGED {
            let target = repository(sandbox, "shop", "");
            edit(sandbox, "shop", staged);
            assert!(cancel_everywhere(sandbox, &edited(&target, Destination::CurrentBranch)) > 20);
            assert_updated(sandbox, "shop", "");
            fs::remove_dir_all(sandbox.path("shop")).unwrap();
        }
        let target = repository(sandbox, "shop", "");
        edit(sandbox, "shop", None);
        assert!(cancel_everywhere(sandbox, &edited(&target, Destination::WorkTree)) > 20);
    }

    fn a_hook_that_refuses_brings_the_edit_back(sandbox) {
        let target = repository(sandbox, "shop", "");
        edit(sandbox, "shop", STAGED[2]);
        let before = sandbox.state("shop");
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
        run(&edited(&target, Destination::CurrentBranch)).unwrap_err();
        assert_eq!(sandbox.state("shop"), before);
    }

    fn an_edit_with_other_line_ends_comes_back_byte_by_byte(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.write("shop/.git/info/attributes", "*.yaml text eol=crlf\n");
        let mixed = "version: mine\r\nmore: lines\n";
        sandbox.write(&format!("shop/{PATH}"), mixed);
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
        let edit = Some(Edit { path: PATH, content: mixed.as_bytes() });
        run(&Update { edit, ..target.in_place() }).unwrap_err();
        assert_eq!(sandbox.read(&format!("shop/{PATH}")), mixed);
    }

    #[ignore = "takes long"]
    fn giving_a_killed_run_up_brings_the_edit_back(sandbox) {
        for (how, staged) in [("edited", STAGED[0]), ("edited", STAGED[2]), ("edited no commit", STAGED[0])] {
            let before = Cell::new(None);
            let prepare = |top: &str| {
                edit(sandbox, top, staged);
                before.set(Some(sandbox.state(top)));
            };
            let given_up = |top: &str, step: usize| {
                if has_journal(sandbox, top) {
                    assert_eq!(abort(&sandbox.path(top)).unwrap(), Recovery::TakenBack);
                    assert_eq!(Some(sandbox.state(top)), before.take(), "{how}, after a kill at step {step}");
                }
                assert_eq!(sandbox.read(&format!("{top}/{PATH}")), "version: mine\n");
            };
            assert!(kill_everywhere(sandbox, how, &prepare, &given_up) > 20);
            sandbox.remove_all("shop");
        }
    }

    fn a_killed_run_is_completed_in_spite_of_the_edit(sandbox) {
        let after = |top: &str, _| {
            if has_journal(sandbox, top) {
                assert_eq!(recover(&sandbox.path(top)).unwrap(), Recovery::Completed);
                assert_updated(sandbox, top, "");
            }
        };
        assert!(kill_everywhere(sandbox, "edited", &|top| edit(sandbox, top, STAGED[2]), &after) > 20);
    }

    fn a_kill_on_the_way_to_conflicts_brings_the_edit_back(sandbox) {
        let before = Cell::new(None);
        let prepare = |top: &str| {
            sandbox.git(top, &["reset", "-q"]);
            edit(sandbox, top, STAGED[2]);
            before.set(Some(sandbox.state(top)));
        };
        let after = |top: &str, step: usize| {
            if has_journal(sandbox, top) {
                recover(&sandbox.path(top)).unwrap();
                assert_eq!(Some(sandbox.state(top)), before.take(), "after a kill at step {step}");
            }
            assert_eq!(sandbox.read(&format!("{top}/{PATH}")), "version: mine\n");
        };
        assert!(kill_everywhere(sandbox, "edited conflict", &prepare, &after) > 10);
    }

    fn giving_conflicts_up_brings_the_edit_back(sandbox) {
        for (top, staged) in ["one", "two", "three"].into_iter().zip(STAGED) {
            let target = unstaged(sandbox, top, "");
            edit(sandbox, top, staged);
            let before = sandbox.state(top);
            begin(&target, &|| false).unwrap();
            assert_eq!(sandbox.read(&format!("{top}/{PATH}")), "version: 2\n");
            assert_eq!(recover(&target.root).unwrap(), Recovery::Nothing);
            assert_eq!(sandbox.read(&format!("{top}/{PATH}")), "version: 2\n");
            assert_eq!(abort(&target.root).unwrap(), Recovery::TakenBack);
            assert_eq!(sandbox.state(top), before);
        }
    }

    fn where_git_gives_conflicts_up_the_next_run_brings_the_edit_back(sandbox) {
        let target = unstaged(sandbox, "shop", "");
        edit(sandbox, "shop", None);
        let before = sandbox.state("shop");
        begin(&target, &|| false).unwrap();
        sandbox.git("shop", &["cherry-pick", "--abort"]);
        assert_eq!(sandbox.read(&format!("shop/{PATH}")), "version: 1\n");
        recover(&target.root).unwrap();
        assert_eq!(sandbox.state("shop"), before);
        // What the user has committed since is not touched.
        begin(&target, &|| false).unwrap();
        sandbox.git("shop", &["cherry-pick", "--abort"]);
        sandbox.git("shop", &["commit", "-q", "--allow-empty", "-m", "mine"]);
        let before = sandbox.tree("shop");
        recover(&target.root).unwrap();
        assert_eq!(sandbox.tree("shop"), before);
        assert!(!sandbox.path("shop/.git/treenail").exists());
    }

    fn conflicts_that_are_resolved_leave_nothing_of_the_edit(sandbox) {
        for (top, by_git) in [("one", false), ("two", true)] {
            let target = unstaged(sandbox, top, "");
            let head = sandbox.git(top, &["rev-parse", "HEAD"]);
            edit(sandbox, top, None);
            begin(&target, &|| false).unwrap();
            resolve(sandbox, top);
            if by_git {
                sandbox.git(top, &["-c", "core.editor=true", "cherry-pick", "--continue"]);
                recover(&target.root).unwrap();
            } else {
                resume(&target.root).unwrap();
            }
            assert_resolved(sandbox, top, &head);
            assert!(!sandbox.path(top).join(".git/treenail").exists());
        }
    }

    fn conflicts_that_are_cancelled_on_the_way_bring_the_edit_back(sandbox) {
        let target = unstaged(sandbox, "shop", "");
        edit(sandbox, "shop", None);
        let before = sandbox.state("shop");
        for count in 1.. {
            let asked = Cell::new(0);
            let cancelled = || {
                asked.set(asked.get() + 1);
                asked.get() >= count
            };
            if begin(&target, &cancelled).is_ok() {
                assert!(count > 10);
                break;
            }
            assert_eq!(sandbox.state("shop"), before, "after cancelling at question {count}");
        }
    }
}
