//! Conflicts that are left to the user, and what plain Git makes of them.

use std::fs;

use treenail::apply::{Applied, Recovery, abort, apply_with_conflicts, resume};
use treenail::error::ErrorKind;
use treenail::merge::{Conflict, ConflictKind};
use treenail::tree::File;

use super::{Target, repository};
use crate::apply::sandbox::{Sandbox, message_of};

const MARKED: &[u8] =
    b"kind: Deployment\n<<<<<<< yours\nreplicas: 1\n||||||| scaffold service 1\nreplicas: 0\n=======\n\
replicas: 2\n>>>>>>> scaffold service 2\n";

/// Both changed, both added, deleted by them, deleted by us; what the sides come from differs from what HEAD has.
pub fn conflicts() -> [Conflict; 4] {
    let conflict = |path: &str, kind, sides: [Option<&str>; 3], marked: Option<&[u8]>| {
        let [base, ours, theirs] = sides.map(|side| side.map(|content| File::new(content, false)));
        Conflict {
            path: path.to_owned(),
            from: None,
            kind,
            hunks: String::new(),
            base,
            current: ours.clone(),
            ours,
            theirs,
            marked: marked.map(<[u8]>::to_vec),
        }
    };
    let deployment = |replicas| format!("kind: Deployment\nreplicas: {replicas}\n");
    [
        conflict(
            "deploy/app.yaml",
            ConflictKind::BothChanged,
            [Some(&deployment(0)), Some(&deployment(1)), Some(&deployment(2))],
            Some(MARKED),
        ),
        conflict(
            "README.md",
            ConflictKind::BothAdded,
            [None, Some("# shop\n"), Some("# shop 2\n")],
            Some(b"<<<<<<< yours\n# shop\n=======\n# shop 2\n>>>>>>> scaffold service 2\n"),
        ),
        conflict(
            "same.yaml",
            ConflictKind::DeletedByScaffold,
            [Some("kind: Base\n"), Some("kind: Same\n"), None],
            None,
        ),
        conflict(
            "zone.yaml",
            ConflictKind::BothChanged,
            [Some("zone 0\n"), None, Some("zone\n")],
            Some(b"zone\n"),
        ),
    ]
}

/// A repository with nothing staged.
pub fn unstaged(sandbox: &Sandbox, top: &str, prefix: &str) -> Target {
    let target = repository(sandbox, top, prefix);
    sandbox.git(top, &["reset", "-q"]);
    target
}

fn begin(target: &Target) -> treenail::error::Result<Applied> {
    apply_with_conflicts(target.in_place(), &conflicts(), &|| false)
}

/// Resolves everything with plain Git.
pub fn resolve(sandbox: &Sandbox, top: &str) {
    sandbox.write(&format!("{top}/deploy/app.yaml"), "kind: Deployment\nreplicas: 3\n");
    sandbox.git(top, &["checkout", "-q", "--theirs", "README.md"]);
    sandbox.git(top, &["add", "deploy/app.yaml", "README.md", "zone.yaml"]);
    sandbox.git(top, &["rm", "-q", "same.yaml"]);
}

pub fn assert_resolved(sandbox: &Sandbox, top: &str, before: &str) {
    assert_eq!(sandbox.git(top, &["rev-parse", "HEAD~1"]), before);
    assert_eq!(sandbox.git(top, &["rev-list", "--count", "HEAD", &format!("^{before}")]), "1");
    assert_eq!(
        sandbox.git(top, &["log", "-1", "--format=%an|%ce|%B"]),
        "Acme|acme@example.com|shop: upgrade to 2"
    );
    assert_eq!(sandbox.git(top, &["status", "--porcelain"]), " M app.py\n M own/dirty\n?? untracked");
    assert_eq!(sandbox.git(top, &["show", "HEAD:deploy/app.yaml"]), "kind: Deployment\nreplicas: 3");
    assert_eq!(sandbox.git(top, &["show", "HEAD:README.md"]), "# shop 2");
    assert_eq!(sandbox.git(top, &["show", "HEAD:.treenail/answers.yaml"]), "version: 2");
    assert!(sandbox.git(top, &["ls-tree", "HEAD", "same.yaml"]).is_empty());
    assert!(!sandbox.git(top, &["status"]).contains("cherry-pick"));
    sandbox.git(top, &["fsck", "--strict"]);
}

sandboxed! {
    fn git_knows_what_is_going_on(sandbox) {
        let target = unstaged(sandbox, "shop", "");
        let applied = begin(&target).unwrap();
        assert_eq!((applied.commit, applied.branch.as_deref()), (None, Some("trunk")));
        let status = sandbox.git("shop", &["status"]);
        for text in [
            "You are currently cherry-picking commit",
            "git cherry-pick --abort",
            "both modified:   deploy/app.yaml",
            "both added:      README.md",
            "deleted by them: same.yaml",
            "deleted by us:   zone.yaml",
            "modified:   .treenail/answers.yaml",
            "new file:   deploy/new/check.sh",
        ] {
            assert!(status.contains(text), "`{text}` is missing in:\n{status}");
        }
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]).lines().filter(|line| line.starts_with(" M")).count(), 2);
        assert_eq!(fs::read(sandbox.path("shop/deploy/app.yaml")).unwrap(), MARKED);
        assert_eq!(sandbox.git("shop", &["show", ":1:deploy/app.yaml"]), "kind: Deployment\nreplicas: 0");
        assert_eq!(sandbox.git("shop", &["show", ":3:deploy/app.yaml"]), "kind: Deployment\nreplicas: 2");
        assert!(sandbox.git("shop", &["diff", "CHERRY_PICK_HEAD~1", "CHERRY_PICK_HEAD"]).contains("+replicas: 2"));
        assert!(!sandbox.path("shop/.git/treenail").exists());
        sandbox.git("shop", &["fsck", "--strict"]);
    }

    fn plain_git_resolves_and_commits(sandbox) {
        for (number, command) in [["cherry-pick", "--continue"], ["commit", "--no-edit"]].into_iter().enumerate() {
            let top = format!("shop{number}");
            let target = unstaged(sandbox, &top, "");
            let before = sandbox.git(&top, &["rev-parse", "HEAD"]);
            begin(&target).unwrap();
            resolve(sandbox, &top);
            sandbox.git(&top, &[&["-c", "core.editor=true"][..], &command].concat());
            assert_resolved(sandbox, &top, &before);
        }
    }

    fn a_mergetool_resolves(sandbox) {
        let target = unstaged(sandbox, "shop", "");
        begin(&target).unwrap();
        sandbox.git("shop", &["config", "merge.tool", "take"]);
        sandbox.git("shop", &["config", "mergetool.take.cmd", "cat \"$BASE\" \"$LOCAL\" \"$REMOTE\" >\"$MERGED\""]);
        sandbox.git("shop", &["config", "mergetool.take.trustExitCode", "true"]);
        sandbox.git("shop", &["config", "mergetool.keepBackup", "false"]);
        sandbox.git("shop", &["mergetool", "deploy/app.yaml"]);
        assert_eq!(sandbox.read("shop/deploy/app.yaml").matches("kind").count(), 3);
    }

    fn both_ways_of_giving_up_restore_everything(sandbox) {
        for (top, prefix) in [("plain", ""), ("ours", "sub/")] {
            let target = unstaged(sandbox, top, prefix);
            sandbox.git(top, &["update-ref", "ORIG_HEAD", "HEAD~1"]);
            let before = sandbox.state(top);
            begin(&target).unwrap();
            if top == "plain" {
                sandbox.git(top, &["cherry-pick", "--abort"]);
            } else {
                assert_eq!(abort(&sandbox.path(top)).unwrap(), Recovery::TakenBack);
            }
            assert_eq!(sandbox.state(top), before);
            for left in ["CHERRY_PICK_HEAD", "MERGE_MSG", "sequencer", "treenail"] {
                assert!(!sandbox.path(top).join(".git").join(left).exists(), "{left}");
            }
            begin(&target).unwrap();
        }
    }

    fn giving_up_does_not_overwrite_what_was_changed_once_more(sandbox) {
        let target = unstaged(sandbox, "shop", "");
        begin(&target).unwrap();
        sandbox.write("shop/.treenail/base", "mine\n");
        let error = abort(&sandbox.path("shop")).unwrap_err();
        assert!(message_of(&error).contains("`.treenail/base` has changes on top of the upgrade"), "{}", message_of(&error));
        assert_eq!(sandbox.read("shop/.treenail/base"), "mine\n");
        sandbox.git("shop", &["checkout", "-q", "--", ".treenail/base"]);
        abort(&sandbox.path("shop")).unwrap();
    }

    fn it_is_continued_once_everything_is_resolved(sandbox) {
        let target = unstaged(sandbox, "shop", "");
        let before = sandbox.git("shop", &["rev-parse", "HEAD"]);
        begin(&target).unwrap();
        let root = sandbox.path("shop");
        let error = resume(&root).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Precondition);
        let said = message_of(&error);
        for text in [
            "`README.md` still has a conflict marker in line 1 (resolve it, then run `git add README.md`)",
            "`deploy/app.yaml` still has a conflict marker in line 2",
            "`same.yaml` is not marked as resolved (run `git add same.yaml`, or `git rm same.yaml` if it is to go)",
            "`zone.yaml` is not marked as resolved",
        ] {
            assert!(said.contains(text), "`{text}` is missing in:\n{said}");
        }
        assert_eq!(error.problems.len(), 4, "{said}");
        resolve(sandbox, "shop");
        resume(&root).unwrap();
        assert_resolved(sandbox, "shop", &before);
    }

    fn markers_are_never_committed(sandbox) {
        let target = unstaged(sandbox, "shop", "");
        let before = sandbox.git("shop", &["rev-parse", "HEAD"]);
        begin(&target).unwrap();
        resolve(sandbox, "shop");
        // In the index only, and in the work tree only.
        fs::write(sandbox.path("shop/deploy/app.yaml"), MARKED).unwrap();
        let root = sandbox.path("shop");
        assert!(message_of(&resume(&root).unwrap_err()).contains("`deploy/app.yaml` still has a conflict marker in line 2"));
        sandbox.git("shop", &["add", "deploy/app.yaml"]);
        sandbox.write("shop/deploy/app.yaml", "kind: Deployment\nreplicas: 3\n");
        assert!(message_of(&resume(&root).unwrap_err()).contains("`deploy/app.yaml` still has a conflict marker in line 2"));
        sandbox.git("shop", &["add", "deploy/app.yaml"]);
        let applied = resume(&root).unwrap().applied;
        assert_eq!(applied.commit, Some(sandbox.git("shop", &["rev-parse", "HEAD"])));
        assert_resolved(sandbox, "shop", &before);
    }

    fn a_hook_that_refuses_leaves_it_to_be_continued(sandbox) {
        let target = unstaged(sandbox, "shop", "");
        let before = sandbox.git("shop", &["rev-parse", "HEAD"]);
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
        begin(&target).unwrap();
        resolve(sandbox, "shop");
        resume(&sandbox.path("shop")).unwrap_err();
        fs::remove_file(sandbox.path("shop/.git/hooks/pre-commit")).unwrap();
        resume(&sandbox.path("shop")).unwrap();
        assert_resolved(sandbox, "shop", &before);
    }

    fn a_cherry_pick_of_the_users_is_not_ours(sandbox) {
        unstaged(sandbox, "shop", "");
        sandbox.git("shop", &["stash", "-q"]);
        sandbox.write("shop/own/dirty", "side\n");
        sandbox.git("shop", &["commit", "-q", "-a", "-m", "side"]);
        sandbox.git("shop", &["reset", "-q", "--hard", "HEAD~1"]);
        sandbox.write("shop/own/dirty", "trunk\n");
        sandbox.git("shop", &["commit", "-q", "-a", "-m", "trunk"]);
        sandbox.try_git("shop", &["cherry-pick", "HEAD@{2}"]);
        assert!(sandbox.git("shop", &["status"]).contains("cherry-picking"));
        let root = sandbox.path("shop");
        for error in [resume(&root).unwrap_err(), abort(&root).unwrap_err()] {
            assert_eq!(error.kind, ErrorKind::Precondition);
            assert!(error.message.contains("no upgrade waits in"), "{}", error.message);
        }
        assert!(sandbox.git("shop", &["status"]).contains("cherry-picking"));
    }

    fn what_is_staged_would_be_mixed_in(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.write("shop/zone.yaml", "mine\n");
        let before = sandbox.state("shop");
        let error = begin(&target).unwrap_err();
        let said = message_of(&error);
        assert!(said.contains("`app.py` is staged") && said.contains("git restore --staged app.py"), "{said}");
        assert!(said.contains("`zone.yaml` already exists"), "{said}");
        assert_eq!(error.problems.len(), 2, "{said}");
        assert_eq!(sandbox.state("shop"), before);
    }

    fn cancelling_at_any_step_restores_everything(sandbox) {
        let target = unstaged(sandbox, "shop", "");
        let before = sandbox.state("shop");
        for count in 1.. {
            let step = std::cell::Cell::new(0);
            let cancelled = || {
                step.set(step.get() + 1);
                step.get() >= count
            };
            if apply_with_conflicts(target.in_place(), &conflicts(), &cancelled).is_ok() {
                assert!(count > 20, "only {count} steps");
                return;
            }
            assert_eq!(sandbox.state("shop"), before, "after cancelling at step {count}");
        }
    }

    fn a_state_that_cannot_be_recorded_restores_everything(sandbox) {
        let target = unstaged(sandbox, "shop", "");
        let before = sandbox.state("shop");
        fs::create_dir_all(sandbox.path("shop/.git/CHERRY_PICK_HEAD/in-the-way")).unwrap();
        begin(&target).unwrap_err();
        fs::remove_dir_all(sandbox.path("shop/.git/CHERRY_PICK_HEAD")).unwrap();
        assert_eq!(sandbox.state("shop"), before);
        assert!(!sandbox.path("shop/.git/MERGE_MSG").exists());
    }

    fn signing_and_linked_work_trees(sandbox) {
        repository(sandbox, "main", "");
        sandbox.git("main", &["worktree", "add", "-q", "../shop", "-b", "side"]);
        // Of another size than before: an edit of the same size within one tick of the clock is invisible to Git.
        sandbox.write("shop/app.py", "changed by hand\n");
        sandbox.write("shop/own/dirty", "changed\n");
        sandbox.write("shop/untracked", "mine\n");
        sandbox.write_script("gpg", "#!/bin/sh\necho '[GNUPG:] SIG_CREATED ' >&2\ncat >/dev/null\necho signature\n");
        sandbox.git("main", &["config", "commit.gpgSign", "true"]);
        sandbox.git("main", &["config", "gpg.program", &sandbox.path("gpg").display().to_string()]);
        let before = sandbox.git("shop", &["rev-parse", "HEAD"]);
        begin(&super::target(sandbox, "shop", "")).unwrap();
        resolve(sandbox, "shop");
        resume(&sandbox.path("shop")).unwrap();
        assert_resolved(sandbox, "shop", &before);
        assert!(sandbox.git("shop", &["cat-file", "commit", "HEAD"]).contains("gpgsig signature"));
    }
}
