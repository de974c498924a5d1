//! Updates on a branch that is not checked out.

use treenail::apply::Destination;
use treenail::error::ErrorKind;

use super::{NEW, OLD, OWN_WORK, assert_committed, assert_files, refusal, repository, run, target};
use crate::apply::sandbox::message_of;

const UP: Destination = Destination::Branch("treenail/upgrade");

sandboxed! {
    fn a_branch_is_made_and_nothing_else(sandbox) {
        let target = repository(sandbox, "shop", "sub/");
        let before = sandbox.state("shop");
        let applied = run(&target.update(UP)).unwrap();
        assert_eq!(applied.branch.as_deref(), Some("treenail/upgrade"));
        assert_eq!(applied.commit, Some(sandbox.git("shop", &["rev-parse", "treenail/upgrade"])));
        assert_committed(sandbox, "shop", "sub/", "treenail/upgrade", &NEW);
        assert_eq!(sandbox.git("shop", &["rev-parse", "treenail/upgrade~1"]), sandbox.git("shop", &["rev-parse", "trunk"]));
        assert_eq!(sandbox.state("shop"), before);
        sandbox.git("shop", &["merge", "-q", "--ff-only", "--autostash", "treenail/upgrade"]);
        assert_files(sandbox, "shop", "sub/", &NEW);
    }

    fn what_is_dirty_does_not_matter(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.write("shop/README.md", "mine\n");
        sandbox.write("shop/zone.yaml", "untracked\n");
        sandbox.git("shop", &["bisect", "start"]);
        let before = sandbox.state("shop");
        run(&target.update(UP)).unwrap();
        assert_eq!(sandbox.state("shop"), before);
    }

    fn a_bare_repository_gets_a_branch(sandbox) {
        repository(sandbox, "shop", "sub/");
        sandbox.git(".", &["clone", "-q", "--bare", "shop", "hub.git"]);
        let hub = target(sandbox, "hub.git", "sub/");
        run(&hub.update(UP)).unwrap();
        assert_committed(sandbox, "hub.git", "sub/", "treenail/upgrade", &NEW);
        assert!(!sandbox.path("hub.git/treenail").exists());
        for other in [Destination::CurrentBranch, Destination::WorkTree] {
            let message = message_of(&refusal(&hub.update(other)));
            assert!(message.contains("has no work tree") && message.contains("--branch"), "{message}");
        }
    }

    fn a_branch_moves_on_only_from_an_ancestor(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.git("shop", &["branch", "treenail/upgrade", "HEAD~1"]);
        run(&target.update(UP)).unwrap();
        assert_committed(sandbox, "shop", "", "treenail/upgrade", &NEW);
        let error = refusal(&target.update(UP));
        assert_eq!(error.kind, ErrorKind::Precondition);
        assert!(message_of(&error).contains("has commits that the current one does not have"), "{}", message_of(&error));
    }

    fn a_branch_checked_out_anywhere_is_refused(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.git("shop", &["worktree", "add", "-q", "../linked", "-b", "side"]);
        let linked = super::target(sandbox, "linked", "");
        for (target, branch, holder) in
            [(&target, "side", "linked"), (&target, "trunk", "shop"), (&linked, "side", "linked"), (&linked, "trunk", "shop")]
        {
            let message = message_of(&refusal(&target.update(Destination::Branch(branch))));
            assert!(message.contains(&format!("the branch `{branch}` is checked out in")), "{message}");
            assert!(message.contains(&sandbox.path(holder).display().to_string()), "{message}");
        }
        run(&linked.update(UP)).unwrap();
        assert_committed(sandbox, "shop", "", "treenail/upgrade", &NEW);
        assert_files(sandbox, "linked", "", &OLD);
    }

    fn a_name_that_is_none_or_is_taken_by_a_folder_of_names(sandbox) {
        let target = repository(sandbox, "shop", "");
        let message = message_of(&refusal(&target.update(Destination::Branch("a..b"))));
        assert!(message.contains("`a..b` cannot be a branch"), "{message}");
        sandbox.git("shop", &["branch", "treenail"]);
        let before = sandbox.state("shop");
        run(&target.update(UP)).unwrap_err();
        assert_eq!(sandbox.state("shop"), before);
    }

    fn signatures_and_hooks_about_references_are_gits(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.write_script("gpg", "#!/bin/sh\necho '[GNUPG:] SIG_CREATED ' >&2\ncat >/dev/null\necho signature\n");
        sandbox.git("shop", &["config", "commit.gpgSign", "true"]);
        sandbox.git("shop", &["config", "gpg.program", &sandbox.path("gpg").display().to_string()]);
        run(&target.update(UP)).unwrap();
        assert!(sandbox.git("shop", &["cat-file", "commit", "treenail/upgrade"]).contains("gpgsig signature"));
        assert_committed(sandbox, "shop", "", "treenail/upgrade", &NEW);
        sandbox.write_script("shop/.git/hooks/reference-transaction", "#!/bin/sh\necho no new branches >&2\nexit 1\n");
        let error = run(&target.update(Destination::Branch("other"))).unwrap_err();
        assert!(message_of(&error).contains("no new branches"), "{}", message_of(&error));
        assert!(!sandbox.try_git("shop", &["rev-parse", "-q", "--verify", "other"]).status.success());
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), OWN_WORK);
    }
}
