//! New and empty directories.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use treenail::apply::Creation;
use treenail::git::{RepoLocation, locate};

use crate::apply::sandbox::{FILES, creation, run, run_meddling};

/// The question before everything is moved into target: after those before each file, the objects, the index and the
/// commit.
const MOVING: usize = FILES.len() + 4;

sandboxed! {
    fn a_new_directory_becomes_a_repository(sandbox) {
        let dir = sandbox.path("new/shop");
        let applied = run(&creation(&dir)).unwrap();
        assert!(applied.repository_created);
        assert_eq!(applied.branch.as_deref(), Some("main"));
        assert_eq!(applied.commit, Some(sandbox.git("new/shop", &["rev-parse", "main"])));
        assert_eq!(sandbox.git("new/shop", &["rev-list", "--count", "--all"]), "1");
        assert_eq!(
            sandbox.git("new/shop", &["remote", "get-url", "origin"]),
            "https://git.example.com/acme/shop.git"
        );
        sandbox.assert_applied("new/shop", "", "");
        assert_eq!(fs::read_dir(sandbox.path("new")).unwrap().count(), 1, "the staging folder is gone");
    }

    fn an_empty_current_directory_stays_the_same(sandbox) with "mkdir shop; cd shop" {
        let before = fs::metadata(".").unwrap().ino();
        run(&creation(Path::new("."))).unwrap();
        assert_eq!(fs::metadata(".").unwrap().ino(), before);
        assert!(Path::new("README.md").exists());
        sandbox.assert_applied("shop", "", "");
    }

    fn a_link_to_an_empty_directory_is_followed(sandbox) {
        fs::create_dir(sandbox.path("real")).unwrap();
        std::os::unix::fs::symlink(sandbox.path("real"), sandbox.path("link")).unwrap();
        run(&creation(&sandbox.path("link"))).unwrap();
        sandbox.assert_applied("real", "", "");
    }

    fn without_commit_there_is_no_repository(sandbox) {
        for dir in ["new", "empty"] {
            if dir == "empty" {
                fs::create_dir(sandbox.path(dir)).unwrap();
            }
            let path = sandbox.path(dir);
            let applied = run(&Creation { commit: false, ..creation(&path) }).unwrap();
            assert_eq!((applied.commit, applied.repository_created, applied.branch), (None, false, None));
            sandbox.assert_written(dir, "");
            assert!(!sandbox.path(dir).join(".git").exists());
        }
    }

    fn the_umask_is_respected(sandbox) with "umask 027" {
        run(&creation(&sandbox.path("shop"))).unwrap();
        let mode = |path: &str| sandbox.path(path).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("shop/README.md"), 0o640);
        assert_eq!(mode("shop/deploy/run.sh"), 0o750);
        assert_eq!(mode("shop/deploy"), 0o750);
    }

    fn ignored_everywhere_is_committed_all_the_same(sandbox) {
        sandbox.write("home/.config/git/ignore", "*.md\n.treenail\n");
        run(&creation(&sandbox.path("shop"))).unwrap();
        sandbox.assert_applied("shop", "", "");
    }

    fn stray_git_variables_are_ignored(sandbox)
        with "export GIT_DIR=/nowhere GIT_WORK_TREE=/nowhere GIT_INDEX_FILE=/nowhere/index"
    {
        run(&creation(&sandbox.path("shop"))).unwrap();
        sandbox.assert_applied("shop", "", "");
    }

    fn identity_and_dates_come_from_the_environment(sandbox)
        with "rm home/.gitconfig
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com GIT_AUTHOR_DATE='2001-02-03T04:05:06+00:00'
export GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.com GIT_COMMITTER_DATE='2001-02-03T05:05:06+01:00'"
    {
        run(&creation(&sandbox.path("shop"))).unwrap();
        assert_eq!(
            sandbox.git("shop", &["log", "-1", "--format=%an %ae %at %cn %ce %ct"]),
            "A a@example.com 981173106 C c@example.com 981173106"
        );
    }

    fn dates_in_any_form_of_gits_are_read(sandbox)
        with "export GIT_AUTHOR_DATE='981173106 +0000' GIT_COMMITTER_DATE='Sat, 3 Feb 2001 05:05:06 +0100'"
    {
        run(&creation(&sandbox.path("shop"))).unwrap();
        assert_eq!(sandbox.git("shop", &["log", "-1", "--format=%at %ct"]), "981173106 981173106");
    }

    fn an_impossible_date_is_git_s_to_refuse(sandbox) with "export GIT_AUTHOR_DATE=soon" {
        let error = run(&creation(&sandbox.path("shop"))).unwrap_err();
        assert!(!sandbox.path("shop").exists(), "{error}");
    }

    fn settings_of_git_c_are_heard(sandbox)
        with "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0=Env"
    {
        run(&creation(&sandbox.path("shop"))).unwrap();
        assert_eq!(sandbox.git("shop", &["log", "-1", "--format=%an"]), "Env");
    }

    fn another_global_configuration_is_heard(sandbox) with "export GIT_CONFIG_GLOBAL=$PWD/other" {
        sandbox.write("other", "[user]\nname = Other\nemail = other@example.com\n");
        run(&creation(&sandbox.path("shop"))).unwrap();
        assert_eq!(sandbox.git("shop", &["log", "-1", "--format=%an %ce"]), "Other other@example.com");
    }

    fn a_conditional_identity_is_found(sandbox) {
        let work = sandbox.path("work");
        fs::create_dir(&work).unwrap();
        sandbox.write("home/.gitconfig", &format!(
            "[includeIf \"gitdir:{}/\"]\npath = work.inc\n", work.display()
        ));
        sandbox.write("home/work.inc", "[user]\nname = Work\nemail = work@example.com\n");
        run(&creation(&sandbox.path("work/shop"))).unwrap();
        assert_eq!(sandbox.git("work/shop", &["log", "-1", "--format=%an"]), "Work");
        let error = run(&creation(&sandbox.path("play/shop"))).unwrap_err();
        assert!(error.message.contains("does not know who you are"), "{error}");
        assert!(!sandbox.path("play").exists());
    }

    fn hooks_of_the_template_run(sandbox) {
        sandbox.write_script("template/hooks/commit-msg", "#!/bin/sh\necho 'Signed: hook' >> \"$1\"\n");
        sandbox.git(".", &["config", "--global", "init.templateDir", "~/../template"]);
        run(&creation(&sandbox.path("shop"))).unwrap();
        assert!(sandbox.git("shop", &["log", "-1", "--format=%B"]).contains("Signed: hook"));
        sandbox.assert_applied("shop", "", "");
    }

    fn a_hook_that_refuses_leaves_nothing(sandbox) {
        sandbox.write_script("template/hooks/pre-commit", "#!/bin/sh\necho too early >&2\nexit 1\n");
        sandbox.git(".", &["config", "--global", "init.templateDir", "~/../template"]);
        let before = sandbox.tree(".");
        let error = run(&creation(&sandbox.path("a/shop"))).unwrap_err();
        assert!(crate::apply::sandbox::message_of(&error).contains("too early"));
        fs::create_dir(sandbox.path("empty")).unwrap();
        run(&creation(&sandbox.path("empty"))).unwrap_err();
        fs::remove_dir(sandbox.path("empty")).unwrap();
        assert_eq!(sandbox.tree("."), before);
    }

    fn any_configuration_gives_a_clean_status(sandbox) {
        for (dir, key, value) in [
            ("crlf", "core.autocrlf", "true"),
            ("input", "core.autocrlf", "input"),
            ("safe", "core.safecrlf", "true"),
            ("eol", "core.eol", "crlf"),
            ("log", "core.logAllRefUpdates", "false"),
        ] {
            sandbox.git(".", &["config", "--global", key, value]);
            run(&creation(&sandbox.path(dir))).unwrap();
            sandbox.assert_applied(dir, "", "");
        }
    }

    fn a_directory_that_appears_meanwhile_is_left_alone(sandbox) {
        let dir = sandbox.path("deep/shop");
        run_meddling(&creation(&dir), MOVING, &|| sandbox.write("deep/shop/mine", "mine")).unwrap_err();
        assert_eq!(sandbox.tree("deep").into_keys().collect::<Vec<_>>(), ["shop", "shop/mine"]);
    }

    fn a_file_that_appears_meanwhile_in_an_empty_directory_is_left_alone(sandbox) {
        let dir = sandbox.path("shop");
        fs::create_dir(&dir).unwrap();
        run_meddling(&creation(&dir), MOVING, &|| sandbox.write("shop/README.md", "mine")).unwrap_err();
        assert_eq!(sandbox.tree("shop").into_keys().collect::<Vec<_>>(), ["README.md"]);
        assert_eq!(sandbox.read("shop/README.md"), "mine");
        assert!(!sandbox.path("shop/.git").exists());
    }

    fn nothing_is_located_where_nothing_is(sandbox) {
        assert_eq!(locate(&sandbox.path("no/where")).unwrap(), RepoLocation::New { exists: false });
        fs::create_dir(sandbox.path("empty")).unwrap();
        assert_eq!(locate(&sandbox.path("empty")).unwrap(), RepoLocation::New { exists: true });
        assert!(!sandbox.path("no").exists());
    }
}
