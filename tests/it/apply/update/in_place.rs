//! Updates of the work tree and the current branch.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use treenail::apply::{Destination, Update, preflight};
use treenail::tree::{Change, Mode};

use super::{
    NEW, OLD, OWN_WORK, assert_committed, assert_files, assert_updated, file, repository, run, target,
};

sandboxed! {
    fn an_update_is_one_commit_and_touches_nothing_else(sandbox) {
        let target = repository(sandbox, "shop", "");
        let before = sandbox.git("shop", &["rev-parse", "HEAD"]);
        let applied = run(&target.in_place()).unwrap();
        assert_eq!(applied.branch.as_deref(), Some("trunk"));
        assert_eq!(applied.commit, Some(sandbox.git("shop", &["rev-parse", "HEAD"])));
        assert_eq!(sandbox.git("shop", &["rev-parse", "HEAD~1"]), before);
        assert_updated(sandbox, "shop", "");
        assert!(sandbox.git("shop", &["reflog", "-1"]).ends_with("commit: shop: upgrade to 2"));
    }

    fn a_folder_of_a_repository_is_updated(sandbox) {
        let target = repository(sandbox, "mono", "services/my shop/");
        run(&target.in_place()).unwrap();
        assert_updated(sandbox, "mono", "services/my shop/");
    }

    fn an_update_and_back_again_gives_the_same_tree(sandbox) {
        let target = repository(sandbox, "shop", "");
        let before = sandbox.git("shop", &["rev-parse", "HEAD^{tree}"]);
        run(&target.in_place()).unwrap();
        run(&Update { changes: super::changes(&NEW, &OLD), ..target.in_place() }).unwrap();
        assert_eq!(sandbox.git("shop", &["rev-parse", "HEAD^{tree}"]), before);
        assert_files(sandbox, "shop", "", &OLD);
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), OWN_WORK);
    }

    fn a_preflight_leaves_every_byte_as_it_is(sandbox) {
        let target = repository(sandbox, "shop", "");
        let bytes = |sandbox: &crate::apply::sandbox::Sandbox| {
            let files = walkdir::WalkDir::new(sandbox.path("shop")).sort_by_file_name();
            let look = |entry: walkdir::DirEntry| {
                let content = if entry.file_type().is_file() { fs::read(entry.path()).unwrap() } else { Vec::new() };
                (entry.path().to_owned(), entry.metadata().unwrap().modified().unwrap(), content)
            };
            files.into_iter().map(|entry| look(entry.unwrap())).collect::<Vec<_>>()
        };
        let before = bytes(sandbox);
        for destination in [Destination::CurrentBranch, Destination::WorkTree, Destination::Branch("up")] {
            preflight(target.update(destination)).map(drop).unwrap();
        }
        assert_eq!(bytes(sandbox), before);
    }

    fn without_commit_only_files_change(sandbox) {
        let target = repository(sandbox, "shop", "");
        let index = sandbox.git("shop", &["ls-files", "--stage"]);
        let head = sandbox.git("shop", &["rev-parse", "HEAD"]);
        let applied = run(&target.update(Destination::WorkTree)).unwrap();
        assert_eq!((applied.commit, applied.branch), (None, None));
        assert_files(sandbox, "shop", "", &NEW);
        assert_eq!(sandbox.git("shop", &["ls-files", "--stage"]), index);
        assert_eq!(sandbox.git("shop", &["rev-parse", "HEAD"]), head);
        assert!(!sandbox.path("shop/.git/treenail").exists());
    }

    fn a_deleted_file_is_restored_without_commit(sandbox) {
        let target = repository(sandbox, "shop", "");
        fs::remove_dir_all(sandbox.path("shop/deploy")).unwrap();
        let (path, content, mode) = OLD[3];
        let restore = Change { path, before: None, after: Some(file(content, mode)) };
        run(&Update { changes: vec![restore], ..target.update(Destination::WorkTree) }).unwrap();
        assert_eq!(fs::read(sandbox.path("shop").join(path)).unwrap(), content);
        assert!(!sandbox.git("shop", &["status", "--porcelain"]).contains(path));
    }

    fn a_detached_head_moves_alone(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.git("shop", &["checkout", "-q", "--detach"]);
        let applied = run(&target.in_place()).unwrap();
        assert_eq!(applied.branch, None);
        assert_updated(sandbox, "shop", "");
        assert_eq!(sandbox.git("shop", &["log", "-1", "--format=%s", "trunk"]), "shop: scaffold");
    }

    fn a_linked_work_tree_is_updated(sandbox) {
        repository(sandbox, "shop", "");
        sandbox.git("shop", &["worktree", "add", "-q", "../linked", "-b", "side"]);
        let applied = run(&target(sandbox, "linked", "").in_place()).unwrap();
        assert_eq!(applied.branch.as_deref(), Some("side"));
        assert_files(sandbox, "linked", "", &NEW);
        assert_committed(sandbox, "linked", "", "side", &NEW);
        assert_eq!(sandbox.git("linked", &["status", "--porcelain"]), "");
        assert_files(sandbox, "shop", "", &OLD);
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), OWN_WORK);
    }

    fn the_executable_bit_is_gits_where_files_have_none(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.git("shop", &["config", "core.fileMode", "false"]);
        // As on a file system without such bits.
        for path in ["shop/deploy/run.sh", "shop/README.md"] {
            let mode = if path.ends_with("sh") { 0o644 } else { 0o755 };
            fs::set_permissions(sandbox.path(path), fs::Permissions::from_mode(mode)).unwrap();
        }
        run(&target.in_place()).unwrap();
        assert_committed(sandbox, "shop", "", "HEAD", &NEW);
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), OWN_WORK);
    }

    fn line_endings_stay_as_git_writes_them(sandbox) {
        for (top, setting) in [("auto", &["core.autocrlf", "true"]), ("eol", &["core.eol", "crlf"])] {
            let target = repository(sandbox, top, "");
            if top == "eol" {
                sandbox.write("eol/.git/info/attributes", "* text=auto\n");
            }
            sandbox.git(top, &["config", setting[0], setting[1]]);
            // As a fresh checkout has it.
            for path in ["README.md", "deploy/app.yaml", "to-folder"] {
                fs::remove_file(sandbox.path(top).join(path)).unwrap();
                sandbox.git(top, &["checkout", "-q", "--", path]);
            }
            assert_eq!(sandbox.read(&format!("{top}/README.md")), "# shop\r\n");
            run(&target.in_place()).unwrap();
            assert_eq!(sandbox.read(&format!("{top}/README.md")), "# shop 2\r\n");
            assert_eq!(sandbox.read(&format!("{top}/to-folder/inner.yaml")), "inner\r\n");
            assert_committed(sandbox, top, "", "HEAD", &NEW);
            assert_eq!(sandbox.git(top, &["status", "--porcelain"]), OWN_WORK);
        }
    }

    fn a_filter_stands_between_git_and_the_files(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.write("shop/.git/info/attributes", "deploy/*.yaml filter=swap\n");
        sandbox.git("shop", &["config", "filter.swap.smudge", "tr a-zA-Z A-Za-z"]);
        sandbox.git("shop", &["config", "filter.swap.clean", "tr a-zA-Z A-Za-z"]);
        fs::remove_file(sandbox.path("shop/deploy/app.yaml")).unwrap();
        sandbox.git("shop", &["checkout", "-q", "--", "deploy/app.yaml"]);
        assert_eq!(sandbox.read("shop/deploy/app.yaml"), "KIND: dEPLOYMENT\nREPLICAS: 1\n");
        run(&target.in_place()).unwrap();
        assert_eq!(sandbox.read("shop/deploy/app.yaml"), "kind: Deployment\nreplicas: 2\n");
        let stored = sandbox.git("shop", &["cat-file", "blob", "HEAD:deploy/app.yaml"]);
        assert_eq!(stored, "KIND: dEPLOYMENT\nREPLICAS: 2");
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), OWN_WORK);
    }

    fn content_with_crlf_is_committed_as_it_is(sandbox) {
        let target = repository(sandbox, "shop", "");
        let crlf = Some(file(b"a\r\nb\r\n", Mode::Regular));
        let change = Change { path: "crlf", before: None, after: crlf };
        run(&Update { changes: vec![change], ..target.in_place() }).unwrap();
        let back = Change { before: crlf, after: None, ..change };
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), OWN_WORK);
        run(&Update { changes: vec![back], ..target.in_place() }).unwrap();
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), OWN_WORK);
    }

    fn hooks_run_and_see_only_the_update(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\ngit status --porcelain >../seen\n");
        sandbox.write_script("shop/.git/hooks/commit-msg", "#!/bin/sh\nprintf '\\nSigned: hook\\n' >>\"$1\"\n");
        run(&target.in_place()).unwrap();
        assert_updated(sandbox, "shop", "");
        assert!(sandbox.git("shop", &["log", "-1", "--format=%B"]).contains("Signed: hook"));
        let seen = sandbox.read("seen");
        assert!(seen.contains("M  README.md") && seen.contains("D  old/deep/gone.yaml"), "{seen}");
        assert!(!seen.contains("treenail-") && !seen.contains("M  app.py"), "{seen}");
    }

    fn what_a_hook_makes_of_the_files_is_what_is_committed(sandbox) {
        let target = repository(sandbox, "shop", "");
        let hook = "#!/bin/sh\necho formatted >>README.md && git add README.md\n";
        sandbox.write_script("shop/.git/hooks/pre-commit", hook);
        run(&target.in_place()).unwrap();
        assert_eq!(sandbox.git("shop", &["show", "HEAD:README.md"]), "# shop 2\nformatted");
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), OWN_WORK);
    }

    fn a_commit_is_signed_where_commits_are(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.write_script("gpg", "#!/bin/sh\necho '[GNUPG:] SIG_CREATED ' >&2\ncat >/dev/null\necho signature\n");
        sandbox.git("shop", &["config", "commit.gpgSign", "true"]);
        sandbox.git("shop", &["config", "gpg.program", &sandbox.path("gpg").display().to_string()]);
        run(&target.in_place()).unwrap();
        assert!(sandbox.git("shop", &["cat-file", "commit", "HEAD"]).contains("gpgsig signature"));
        assert_updated(sandbox, "shop", "");
    }

    fn folders_of_the_user_outlive_the_files_in_them(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.write("shop/old/mine", "mine\n");
        run(&target.in_place()).unwrap();
        assert_eq!(sandbox.read("shop/old/mine"), "mine\n");
        assert!(!sandbox.path("shop/old/deep").exists());
    }

    fn a_stash_made_before_comes_back_after(sandbox) {
        let target = repository(sandbox, "shop", "");
        sandbox.git("shop", &["stash", "-q"]);
        run(&target.in_place()).unwrap();
        sandbox.git("shop", &["stash", "pop", "-q", "--index"]);
        assert_updated(sandbox, "shop", "");
    }
}
