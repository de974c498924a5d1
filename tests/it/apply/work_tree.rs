//! Existing repositories.

use std::fs;

use treenail::apply::Creation;
use treenail::git::{RepoLocation, Worktree, locate, push, remote_and_branch};

use crate::apply::sandbox::{NO_REMOTE, Sandbox, creation, run};

/// Leaves staged, changed, deleted and untracked files of the user's in `dir`; gives the status that shows them.
fn mess_up(sandbox: &Sandbox, dir: &str) -> String {
    for name in ["changed", "both", "gone"] {
        sandbox.write(&format!("{dir}/{name}"), "1\n");
    }
    sandbox.git(dir, &["add", "."]);
    sandbox.git(dir, &["commit", "-q", "-m", "more"]);
    sandbox.write(&format!("{dir}/both"), "2\n");
    sandbox.write(&format!("{dir}/staged"), "something else\n");
    sandbox.git(dir, &["add", "both", "staged"]);
    sandbox.git(dir, &["rm", "-q", "gone"]);
    for name in ["both", "changed", "loose"] {
        sandbox.write(&format!("{dir}/{name}"), "a longer text\n");
    }
    let status = sandbox.git(dir, &["status", "--porcelain"]);
    assert_eq!(status, "MM both\n M changed\nD  gone\nA  staged\n?? loose");
    status
}

sandboxed! {
    fn what_the_user_has_staged_and_changed_stays(sandbox) {
        sandbox.repository("shop");
        let status = mess_up(sandbox, "shop");
        let applied = run(&creation(&sandbox.path("shop"))).unwrap();
        assert_eq!(applied.branch.as_deref(), Some("trunk"));
        assert!(!applied.repository_created);
        assert_eq!(applied.commit, Some(sandbox.git("shop", &["rev-parse", "trunk"])));
        assert_eq!(sandbox.git("shop", &["rev-list", "--count", "HEAD"]), "3");
        sandbox.assert_applied("shop", "", &status);
        assert!(!sandbox.path("shop/.git/treenail").exists());
    }

    fn a_hook_that_passes_changes_nothing_of_that(sandbox) {
        sandbox.repository("shop");
        let status = mess_up(sandbox, "shop");
        sandbox.write_script(
            "shop/.git/hooks/pre-commit",
            "#!/bin/sh\ngit status --porcelain > ../seen\ngit diff --cached --name-only > ../committed\n",
        );
        run(&creation(&sandbox.path("shop/services/shop"))).unwrap();
        sandbox.assert_applied("shop", "services/shop/", &status);
        assert_eq!(sandbox.read("committed").lines().count(), 5);
        assert!(!sandbox.read("seen").contains("treenail-"));
    }

    fn hooks_elsewhere_are_run(sandbox) {
        sandbox.repository("shop");
        sandbox.write_script("shop/tools/hooks/post-commit", "#!/bin/sh\ntouch ../ran\n");
        sandbox.git("shop", &["add", "."]);
        sandbox.git("shop", &["commit", "-q", "-m", "hooks"]);
        sandbox.git("shop", &["config", "core.hooksPath", "tools/hooks"]);
        run(&creation(&sandbox.path("shop"))).unwrap();
        assert!(sandbox.path("ran").exists());
        sandbox.assert_applied("shop", "", "");
    }

    fn commits_are_signed_where_the_user_signs(sandbox) {
        sandbox.write_script(
            "gpg",
            "#!/bin/sh\ncat > /dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\n\
             printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nabc\\n-----END PGP SIGNATURE-----\\n'\n",
        );
        let gpg = sandbox.path("gpg").display().to_string();
        sandbox.git(".", &["config", "--global", "gpg.program", &gpg]);
        sandbox.repository("shop");
        sandbox.git(".", &["config", "--global", "commit.gpgSign", "true"]);
        for (dir, prefix) in [("shop", "sub/"), ("fresh", "")] {
            run(&creation(&sandbox.path(dir).join(prefix))).unwrap();
            sandbox.assert_applied(dir, prefix, "");
            assert!(sandbox.git(dir, &["cat-file", "commit", "HEAD"]).contains("BEGIN PGP SIGNATURE"));
        }
    }

    fn a_folder_of_a_repository_gets_its_files(sandbox) {
        sandbox.repository("mono");
        run(&creation(&sandbox.path("mono/services/shop"))).unwrap();
        sandbox.assert_applied("mono", "services/shop/", "");
        sandbox.write("mono/services/pay/own.txt", "mine");
        run(&creation(&sandbox.path("mono/services/pay"))).unwrap();
        sandbox.assert_applied("mono", "services/pay/", "?? services/pay/own.txt");
    }

    fn a_branch_without_commits_gets_its_first(sandbox) {
        fs::create_dir(sandbox.path("shop")).unwrap();
        sandbox.git("shop", &["init", "-q", "-b", "trunk"]);
        sandbox.write("shop/staged", "1");
        sandbox.git("shop", &["add", "."]);
        let applied = run(&creation(&sandbox.path("shop"))).unwrap();
        assert_eq!(applied.branch.as_deref(), Some("trunk"));
        sandbox.assert_applied("shop", "", "A  staged");
    }

    fn a_branch_without_commits_and_a_hook(sandbox) {
        fs::create_dir(sandbox.path("shop")).unwrap();
        sandbox.git("shop", &["init", "-q", "-b", "trunk"]);
        sandbox.write("shop/staged", "1");
        sandbox.git("shop", &["add", "."]);
        sandbox.write_script("shop/.git/hooks/pre-commit", "#!/bin/sh\n");
        run(&creation(&sandbox.path("shop"))).unwrap();
        sandbox.assert_applied("shop", "", "A  staged");
    }

    fn a_detached_head_moves_on(sandbox) {
        sandbox.repository("shop");
        sandbox.git("shop", &["checkout", "-q", "--detach"]);
        let before = sandbox.git("shop", &["rev-parse", "trunk"]);
        let applied = run(&creation(&sandbox.path("shop"))).unwrap();
        assert_eq!(applied.branch, None);
        sandbox.assert_applied("shop", "", "");
        assert_eq!(sandbox.git("shop", &["rev-parse", "trunk", "HEAD~1"]), format!("{before}\n{before}"));
    }

    fn a_linked_work_tree_is_a_repository(sandbox) {
        sandbox.repository("shop");
        sandbox.git("shop", &["worktree", "add", "-q", "../linked", "-b", "side"]);
        let applied = run(&creation(&sandbox.path("linked"))).unwrap();
        assert_eq!(applied.branch.as_deref(), Some("side"));
        sandbox.assert_applied("linked", "", "");
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), "");
        assert_eq!(sandbox.git("shop", &["log", "-1", "--format=%s", "trunk"]), "app");
        assert!(!sandbox.path("shop/.git/worktrees/linked/treenail").exists());
    }

    fn a_separate_git_directory_and_a_submodule_are_repositories(sandbox) {
        sandbox.repository("lib");
        sandbox.git(".", &["init", "-q", "--separate-git-dir", "elsewhere.git", "shop"]);
        let shop = sandbox.path("lib").display().to_string();
        sandbox.git("shop", &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &shop, "lib"]);
        sandbox.git("shop", &["commit", "-q", "-m", "lib"]);
        run(&creation(&sandbox.path("shop"))).unwrap();
        sandbox.assert_applied("shop", "", "");
        run(&creation(&sandbox.path("shop/lib"))).unwrap();
        sandbox.assert_applied("shop/lib", "", "");
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), " M lib");
    }

    fn without_commit_git_is_left_alone(sandbox) {
        sandbox.repository("shop");
        let mut before = sandbox.state("shop");
        let dir = sandbox.path("shop");
        let applied = run(&Creation { commit: false, ..creation(&dir) }).unwrap();
        assert_eq!((applied.commit, applied.branch), (None, None));
        sandbox.assert_written("shop", "");
        let mut after = sandbox.state("shop");
        assert_eq!(after.remove("status").unwrap().lines().filter(|line| !line.starts_with("??")).count(), 0);
        before.remove("status");
        after.retain(|key, _| before.contains_key(key));
        assert_eq!(after, before);
    }

    fn no_configuration_leaves_a_change(sandbox) {
        for (dir, key, value) in [
            ("crlf", "core.autocrlf", "true"),
            ("safe", "core.safecrlf", "true"),
            ("mode", "core.fileMode", "false"),
            ("case", "core.ignoreCase", "true"),
            ("v4", "index.version", "4"),
        ] {
            sandbox.repository(dir);
            sandbox.git(dir, &["config", key, value]);
            run(&creation(&sandbox.path(dir))).unwrap();
            sandbox.assert_applied(dir, "", "");
        }
    }

    fn a_filter_stores_what_git_add_would(sandbox) {
        sandbox.repository("shop");
        sandbox.write("shop/.gitattributes", "*.md filter=loud\n");
        sandbox.git("shop", &["config", "filter.loud.clean", "tr a-z A-Z"]);
        sandbox.git("shop", &["add", "."]);
        sandbox.git("shop", &["commit", "-q", "-m", "attributes"]);
        run(&creation(&sandbox.path("shop/sub"))).unwrap();
        assert_eq!(sandbox.read("shop/sub/README.md"), "# shop\n");
        assert_eq!(sandbox.git("shop", &["cat-file", "blob", "HEAD:sub/README.md"]), "# SHOP");
        assert_eq!(sandbox.git("shop", &["status", "--porcelain"]), "");
    }

    fn a_repository_is_located_from_within(sandbox) {
        sandbox.repository("mono");
        let site = |dir: &str| locate(&sandbox.path(dir)).unwrap();
        let expected = |prefix: &str, remote: Option<&str>| RepoLocation::Worktree(Worktree {
            root: sandbox.path("mono"),
            prefix: prefix.to_owned(),
            branch: Some("trunk".to_owned()),
            remote: remote.map(str::to_owned),
        });
        assert_eq!(site("mono"), expected("", NO_REMOTE));
        sandbox.git("mono", &["remote", "add", "hub", "https://git.example.com/acme/hub.git"]);
        assert_eq!(site("mono/services/shop"), expected("services/shop/", Some("https://git.example.com/acme/hub.git")));
        sandbox.git("mono", &["remote", "add", "origin", "https://git.example.com/acme/mono.git"]);
        sandbox.git("mono", &["checkout", "-q", "--detach"]);
        assert_eq!(
            remote_and_branch(&sandbox.path("mono")).unwrap(),
            (Some("https://git.example.com/acme/mono.git".to_owned()), None)
        );
    }

    fn a_ceiling_hides_what_is_above(sandbox) with "export GIT_CEILING_DIRECTORIES=$PWD/mono" {
        sandbox.repository("mono");
        fs::create_dir(sandbox.path("mono/empty")).unwrap();
        assert_eq!(locate(&sandbox.path("mono/empty")).unwrap(), RepoLocation::New { exists: true });
    }

    fn a_push_sets_the_upstream(sandbox) {
        sandbox.repository("shop");
        sandbox.git(".", &["init", "-q", "--bare", "hub.git"]);
        sandbox.git("shop", &["remote", "add", "origin", "../hub.git"]);
        push(&sandbox.path("shop"), "trunk").unwrap();
        assert_eq!(sandbox.git("shop", &["rev-parse", "--abbrev-ref", "@{upstream}"]), "origin/trunk");
        let error = push(&sandbox.path("shop"), "nonsense").unwrap_err();
        assert_eq!(error.kind as u8, 1);
    }
}
