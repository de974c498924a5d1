//! `treenail release`.

use std::fs;
use std::process::Command;

use crate::daily::shop::{MANIFESTS, SOURCE, Shop, revision, url};

const RELEASE_FILE: &str = "delivery/release/release.env";

fn release_file(shop: &Shop) -> String {
    shop.home.read(&format!("{MANIFESTS}/{RELEASE_FILE}"))
}

/// Asserts that the last commit requests this release, and does nothing else.
#[track_caller]
fn assert_released(shop: &Shop, tag: &str, revision: &str) {
    let text = release_file(shop);
    assert!(text.ends_with(&format!("\nIMAGE_TAG={tag}\nSOURCE_REVISION={revision}\n")), "{text}");
    assert!(text.starts_with("# The release to build and deploy."), "{text}");
    assert_eq!(
        shop.home.git(MANIFESTS, "show --format=%s --name-only HEAD"),
        format!("release: shop {tag}\n\n{RELEASE_FILE}")
    );
    assert_eq!(shop.home.git(MANIFESTS, "status --porcelain"), "");
}

#[test]
fn the_commit_of_the_checkout_beside_it() {
    let shop = Shop::new();
    let head = shop.head(SOURCE);
    let output = shop.treenail("release 1.0.0").run().ends_with(0);
    assert_released(&shop, "1.0.0", &head);
    assert_eq!(
        shop.home.normalised(&output.stdout),
        format!("release shop 1.0.0: commit {head:.10}, HEAD of [DIR]/shop\n")
    );
    let commit = shop.head(MANIFESTS);
    assert_eq!(output.stderr, format!("\u{2713} commit {commit:.10} on main\n  next: git push\n"));
}

/// What `--dry-run` prints are plain commands with the same result.
#[test]
fn the_plain_commands_do_the_same() {
    let shop = Shop::new();
    let output = shop.treenail("release 1.0.0 --dry-run").run().ends_with(0);
    assert!(output.stdout.contains("+IMAGE_TAG=1.0.0\n"), "{}", output.stdout);
    assert_eq!(shop.home.git(MANIFESTS, "rev-list --count HEAD"), "1");
    shop.assert_same_as_plain("release 1.0.0 --push");
}

#[test]
fn a_date_that_is_none_is_named() {
    let shop = Shop::new();
    for variable in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
        let output = shop.treenail("release 1.0.0").with(variable, "garbage").run().ends_with(5);
        assert!(
            output.stderr.contains(&format!("`{variable}` is not a date: `garbage`")),
            "{}",
            output.stderr
        );
        assert!(!output.stderr.contains("who you are"), "{}", output.stderr);
    }
}

#[test]
fn pushes_it() {
    let shop = Shop::new();
    let output = shop.treenail("release 1.0.0 --push --quiet").run().ends_with(0);
    assert_eq!(output.stdout, "");
    assert_eq!(shop.home.git(&format!("{MANIFESTS}.git"), "rev-parse main"), shop.head(MANIFESTS));
    // Once more has nothing to do.
    shop.treenail("release 1.0.0 --push").run().ends_with(0);
    assert_eq!(shop.home.git(MANIFESTS, "rev-list --count HEAD"), "2");
}

#[test]
fn a_commit_that_was_not_pushed_is_pushed_by_the_same_command() {
    let shop = Shop::new();
    shop.treenail("release 1.0.0").run().ends_with(0);
    shop.treenail("release 1.0.0 --push").run().ends_with(0);
    assert_eq!(shop.home.git(&format!("{MANIFESTS}.git"), "rev-parse main"), shop.head(MANIFESTS));
}

/// Without a tag, the same commit is not a new release.
#[test]
fn a_commit_is_not_released_twice_by_accident() {
    let shop = Shop::new();
    let first = shop.head(SOURCE);
    shop.treenail("release 1.0.0").run().ends_with(0);
    let commit = shop.head(MANIFESTS);
    let output = shop.treenail("release --push").run().ends_with(0);
    assert!(output.stdout.starts_with("release shop 1.0.0: "), "{}", output.stdout);
    assert_eq!(shop.home.git(&format!("{MANIFESTS}.git"), "rev-parse main"), commit);
    let output = shop.treenail("release 1.0.1").run().ends_with(0);
    let note = format!("note: this commit was requested as `1.0.0` before, in commit {commit:.10}\n");
    assert!(output.stderr.starts_with(&note), "{}", output.stderr);
    assert_released(&shop, "1.0.1", &first);
}

#[test]
fn the_tag_follows_from_git_or_from_the_last_release() {
    let shop = Shop::new();
    let output = shop.treenail("release").run().ends_with(2);
    assert!(output.stderr.contains("hint: name it: `treenail release 1.0.0`\n"), "{}", output.stderr);
    shop.home.git(SOURCE, "tag v1.3.0");
    shop.treenail("release").run().ends_with(0);
    assert_released(&shop, "1.3.0", &shop.head(SOURCE));
    shop.commit(SOURCE, "a", "b", "second");
    shop.commit(SOURCE, "a", "c", "third");
    shop.home.git(SOURCE, "push -q");
    let output = shop.treenail("release").run().ends_with(0);
    assert_released(&shop, "1.3.1", &shop.head(SOURCE));
    assert!(output.stdout.contains("  2 commits since 1.3.0:\n    "), "{}", output.stdout);
    assert!(output.stdout.contains(" third\n") && output.stdout.contains(" second\n"), "{}", output.stdout);
}

#[test]
fn a_commit_by_any_name() {
    let shop = Shop::new();
    let first = shop.head(SOURCE);
    shop.commit(SOURCE, "a", "b", "second");
    shop.home.git(SOURCE, "push -q");
    shop.treenail("release 1.0.0 --revision HEAD~1").run().ends_with(0);
    assert_released(&shop, "1.0.0", &first);
    let output = shop.treenail("release 1.1.0 --revision nothing").run().ends_with(5);
    assert!(output.stderr.starts_with("error: `nothing` is not a commit of "), "{}", output.stderr);
}

#[test]
fn without_a_checkout_the_remote_is_asked() {
    let shop = Shop::new();
    let head = shop.head(SOURCE);
    shop.home.git(SOURCE, "tag -a -m x v7");
    shop.home.git(SOURCE, "push -q origin v7");
    fs::remove_dir_all(shop.home.path(SOURCE)).unwrap();
    let output = shop.treenail("release 1.0.0").run().ends_with(0);
    assert_released(&shop, "1.0.0", &head);
    assert!(
        output.stdout.ends_with(&format!("the default branch of {}\n", url(SOURCE))),
        "{}",
        output.stdout
    );
    shop.treenail("release 1.0.1 --revision v7").run().ends_with(0);
    assert_released(&shop, "1.0.1", &head);
    shop.treenail("release 1.0.2 --revision main").run().ends_with(0);
    let unknown = revision(7);
    let output = shop.treenail(&format!("release 1.0.3 --revision {unknown}")).run().ends_with(0);
    assert!(output.stderr.contains("it is not known whether 0000000000 is pushed"), "{}", output.stderr);
    let output = shop.treenail("release 1.0.4 --revision nothing").run().ends_with(5);
    assert!(output.stderr.contains("has no branch or tag `nothing`\n"), "{}", output.stderr);
    fs::remove_dir_all(shop.home.path(&format!("{SOURCE}.git"))).unwrap();
    shop.treenail("release 1.0.4").run().ends_with(1);
}

/// Whatever the pipeline would refuse later is refused now, and nothing is written.
#[test]
fn what_would_be_refused_later() {
    let shop = Shop::new();
    shop.treenail("release 1.0.0").run().ends_with(0);
    shop.treenail("release 1.0.1").run().ends_with(0);
    shop.deploy("staging", "0.9.0", &revision(9));
    shop.commit(SOURCE, "a", "b", "second");
    shop.home.git(SOURCE, "push -q");
    let before = shop.head(MANIFESTS);
    for (arguments, code, expected) in [
        ("release 1.0.0", 5, "`1.0.0` is the release of another commit"),
        ("release 1.0.0 --revision HEAD~1", 5, "`1.0.0` was requested before"),
        ("release 0.9.0", 5, "`0.9.0` is the release of another commit"),
        ("release V2", 2, "`V2` cannot be a tag: a tag has lower-case letters and digits"),
        ("release -- -1", 2, "`-1` cannot be a tag"),
        ("release 1.0.2 --source .", 5, "`.` is not a checkout of"),
        ("release 1.0.2 --revision=--upload-pack=x", 5, "`--upload-pack=x` is not a commit of"),
    ] {
        let output = shop.treenail(arguments).run().ends_with(code);
        assert!(output.stderr.starts_with(&format!("error: {expected}")), "{arguments}\n{}", output.stderr);
    }
    let long = "1".repeat(50);
    let output = shop.treenail(&format!("release {long}")).run().ends_with(2);
    assert!(output.stderr.contains("at most 49 characters"), "{}", output.stderr);
    assert_eq!(shop.head(MANIFESTS), before);
    assert_eq!(shop.home.git(MANIFESTS, "status --porcelain"), "");
}

#[test]
fn a_commit_that_is_not_pushed() {
    let shop = Shop::new();
    let head = shop.commit(SOURCE, "a", "b", "second");
    let output = shop.treenail("release 1.0.0").run().ends_with(5);
    let expected = format!(
        "error: the commit {head:.10} of [DIR]/shop is not pushed to {}\nhint: push it: `git -C [DIR]/shop push`\nhint: if \
         it is there, `git -C [DIR]/shop fetch` lets Git know\n",
        url(SOURCE)
    );
    assert_eq!(shop.home.normalised(&output.stderr), expected);
    // Pushed from elsewhere, which this clone does not know.
    shop.home.git(SOURCE, &format!("push -q {} HEAD:refs/heads/topic", shop.home.path("shop.git").display()));
    shop.treenail("release 1.0.0").run().ends_with(0);
    shop.home.write(&format!("{SOURCE}/a"), "not committed");
    let output = shop.treenail("release 1.0.1").run().ends_with(0);
    assert!(output.stderr.contains("note: what is not committed in "), "{}", output.stderr);
}

#[test]
fn of_a_folder_of_a_larger_repository() {
    let shop = Shop::new();
    let new =
        format!("new {MANIFESTS}/services/cart --defaults --source-repo {} --app cart --quiet", url(SOURCE));
    shop.home.treenail(&new).run().ends_with(0);
    shop.home.write(&format!("{MANIFESTS}/README.md"), "edited, and not committed\n");
    shop.treenail("release 2.0.0 -C services/cart").run().ends_with(0);
    let path = format!("services/cart/{RELEASE_FILE}");
    assert_eq!(
        shop.home.git(MANIFESTS, "show --format=%s --name-only HEAD"),
        format!("release: cart 2.0.0\n\n{path}")
    );
    assert!(release_file(&shop).ends_with("SOURCE_REVISION=\n"));
    let inside = shop
        .home
        .treenail("release 2.0.1 --message")
        .arg("a word\n\n\nof mine ")
        .inside(&format!("{MANIFESTS}/services/cart"));
    inside.run().ends_with(0);
    assert_eq!(shop.home.git(MANIFESTS, "log -1 --format=%B"), "a word\n\nof mine");
    shop.treenail("release 2.0.2 -m").arg("  ").run().ends_with(2);
}

#[test]
fn bad_states_are_named_before_anything_is_written() {
    let shop = Shop::new();
    let before = shop.head(MANIFESTS);
    let fails = |expected: &str| {
        for flags in ["", " --dry-run"] {
            let output = shop.treenail(&format!("release 1.0.0{flags}")).run().ends_with(5);
            assert!(output.stderr.contains(expected), "{}", output.stderr);
            assert_eq!(shop.head(MANIFESTS), before);
        }
    };
    shop.home.write(&format!("{MANIFESTS}/{RELEASE_FILE}"), "edited\n");
    fails(RELEASE_FILE);
    shop.home.git(MANIFESTS, "checkout -q -- .");
    shop.home.git(MANIFESTS, "checkout -q --detach");
    fails(
        "error: HEAD is detached, so the commit would be on no branch\nhint: `git switch` to a branch first\n",
    );
    shop.home.git(MANIFESTS, "checkout -q main");
    shop.push_from_elsewhere("notes.txt", "x\n");
    shop.home.git(MANIFESTS, "fetch -q");
    fails("error: `main` is 1 commit behind `origin/main`\nhint: `git pull --ff-only` brings them");
    shop.home.git(MANIFESTS, "pull -q --ff-only");
    shop.treenail("release 1.0.0").run().ends_with(0);
}

#[test]
fn behind_a_remote_that_was_not_fetched() {
    let shop = Shop::new();
    shop.push_from_elsewhere("notes.txt", "x\n");
    let output = shop.treenail("release 1.0.0 --push").run().ends_with(5);
    assert!(output.stderr.contains("error: `main` is 1 commit behind `origin/main`"), "{}", output.stderr);
    assert_eq!(shop.home.git(MANIFESTS, "rev-list --count HEAD"), "1");
    shop.home.git(MANIFESTS, "remote remove origin");
    let output = shop.treenail("release 1.0.0 --push").run().ends_with(5);
    assert!(output.stderr.contains("error: the repository has no remote to push to\n"), "{}", output.stderr);
}

/// A hook that pushes something else just before the first `times` pushes.
fn race(shop: &Shop, path: &str, times: usize) {
    let remote = shop.home.path(&format!("{MANIFESTS}.git"));
    let script = format!(
        "unset GIT_DIR\ncd '{}'\nn=$(cat n 2> /dev/null || echo 0)\n[ $n -lt {times} ] || exit 0\necho $((n + 1)) > n\n\
         rm -rf racer && git clone -q {} racer && cd racer && echo $n > {path} && git add {path} && \
         git commit -q -m racer && git push -q",
        shop.home.path("").display(),
        remote.display()
    );
    shop.hook(MANIFESTS, ".git/hooks/pre-push", &script);
}

#[test]
fn a_lost_race_is_run_again() {
    let shop = Shop::new();
    race(&shop, "notes.txt", 2);
    shop.home.write(&format!("{MANIFESTS}/README.md"), "edited, and not committed\n");
    shop.home.write(&format!("{MANIFESTS}/new.txt"), "staged\n");
    shop.home.git(MANIFESTS, "add new.txt");
    let output = shop.treenail("release 1.0.0 --push").run().ends_with(0);
    assert_eq!(
        output.stderr.matches("somebody pushed first: trying again on top of").count(),
        2,
        "{}",
        output.stderr
    );
    assert_eq!(shop.home.git(&format!("{MANIFESTS}.git"), "rev-parse main"), shop.head(MANIFESTS));
    let subjects = shop.home.git(MANIFESTS, "log --format=%s");
    assert!(subjects.starts_with("release: shop 1.0.0\nracer\nracer\n"), "{subjects}");
    assert_eq!(shop.home.git(MANIFESTS, "show --format= --name-only HEAD"), RELEASE_FILE);
    assert_eq!(shop.home.git(MANIFESTS, "status --porcelain"), " M README.md\nA  new.txt");
    assert_eq!(shop.home.read(&format!("{MANIFESTS}/notes.txt")), "1\n");
}

#[test]
#[ignore = "takes long"]
fn a_race_that_cannot_be_won() {
    let shop = Shop::new();
    race(&shop, RELEASE_FILE, 1);
    let output = shop.treenail("release 1.0.0 --push").run().ends_with(1);
    let expected =
        format!("and `{RELEASE_FILE}` has changed there, too\nhint: `git pull --rebase --autostash`");
    assert!(output.stderr.contains(&expected), "{}", output.stderr);
    assert_eq!(shop.home.git(MANIFESTS, "log --format=%s -1"), "release: shop 1.0.0");

    let shop = Shop::new();
    race(&shop, "notes.txt", 100);
    let output = shop.treenail("release 1.0.0 --push").run().ends_with(1);
    assert!(output.stderr.contains("hint: others push all the time"), "{}", output.stderr);

    let shop = Shop::new();
    shop.commit(MANIFESTS, "mine.txt", "x\n", "mine");
    race(&shop, "notes.txt", 1);
    let output = shop.treenail("release 1.0.0 --push").run().ends_with(1);
    assert!(
        output.stderr.contains("note: commits that were not pushed yet go along: 1\n"),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("`main` has other commits that are not pushed\n"), "{}", output.stderr);
}

#[test]
fn hooks_that_refuse() {
    let shop = Shop::new();
    let before = shop.head(MANIFESTS);
    shop.hook(MANIFESTS, ".git/hooks/pre-commit", "echo 'not on a Friday' >&2; exit 1");
    let output = shop.treenail("release 1.0.0 --push").run().ends_with(1);
    assert!(output.stderr.contains("not on a Friday"), "{}", output.stderr);
    assert_eq!(shop.head(MANIFESTS), before);
    assert_eq!(shop.home.git(MANIFESTS, "status --porcelain"), "");
    fs::remove_file(shop.home.path(&format!("{MANIFESTS}/.git/hooks/pre-commit"))).unwrap();

    shop.hook(&format!("{MANIFESTS}.git"), "hooks/pre-receive", "echo 'main is protected'; exit 1");
    let output = shop.treenail("release 1.0.0 --push").run().ends_with(1);
    assert!(output.stderr.contains("main is protected"), "{}", output.stderr);
    assert!(
        output.stderr.contains("error: the commit was made, but could not be pushed to `origin/main`"),
        "{}",
        output.stderr
    );
    assert_eq!(shop.home.git(MANIFESTS, "log --format=%s -1"), "release: shop 1.0.0");
    assert_eq!(shop.home.git(&format!("{MANIFESTS}.git"), "rev-parse main"), before);
}

/// The release that is requested is the one that the pipeline's own script accepts.
#[test]
fn the_trigger_takes_it() {
    let shop = Shop::new();
    shop.treenail("release 1.0.0-2.a").run().ends_with(0);
    let script = shop.home.path(&format!("{MANIFESTS}/delivery/release/trigger.sh"));
    shop.hook(".", "kubectl", "exit 0");
    let path = format!("{}:{}", shop.home.path(".").display(), std::env::var("PATH").unwrap());
    let template = shop.home.path(&format!("{MANIFESTS}/delivery/release/pipelinerun.yaml"));
    let mut trigger = Command::new("sh");
    trigger
        .arg(script)
        .env_clear()
        .env("PATH", path)
        .env("HOME", shop.home.path("."))
        .env("APP", "shop")
        .env("TEMPLATE", template);
    for line in release_file(&shop).lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.split_once('=').unwrap();
        trigger.env(name, value);
    }
    let output = trigger.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn another_branch_than_the_deployed_one_is_noted() {
    let shop = Shop::new();
    shop.home.git(MANIFESTS, "switch -q -c topic");
    let output = shop.treenail("release 1.0.0").run().ends_with(0);
    assert!(
        output.stderr.starts_with("note: `topic` is not the branch that is deployed, which is `main`\n"),
        "{}",
        output.stderr
    );
}

#[test]
fn unusual_repositories() {
    let shop = Shop::new();
    shop.home.git(MANIFESTS, "config extensions.worktreeConfig true");
    shop.home.git(MANIFESTS, "worktree add -q ../linked -b linked");
    shop.home.treenail("release 1.0.0").inside("linked").run().ends_with(0);
    assert_eq!(shop.home.git("linked", "log -1 --format=%s"), "release: shop 1.0.0");
    // A bare repository can be read.
    let bare = format!("{MANIFESTS}.git");
    shop.home.treenail(&format!("releases -C {bare}")).run().ends_with(0);
    let output = shop.home.treenail(&format!("release 1.0.0 -C {bare}")).run().ends_with(5);
    assert!(output.stderr.ends_with("has no work tree\nhint: use a clone of it\n"), "{}", output.stderr);
    // Nothing is committed yet, or nothing was generated.
    shop.home.repository("empty");
    let output = shop.home.treenail("release 1.0.0").inside("empty").run().ends_with(5);
    assert!(output.stderr.starts_with("error: nothing is committed yet\n"), "{}", output.stderr);
    let output = shop.home.treenail("release 1.0.0").inside(SOURCE).run().ends_with(5);
    assert!(output.stderr.starts_with("error: `.` was not generated by treenail\n"), "{}", output.stderr);
    // A merge that is not finished would take the commit in.
    shop.home.git(MANIFESTS, "switch -q -c side");
    shop.commit(MANIFESTS, "notes.txt", "one\n", "one");
    shop.home.git(MANIFESTS, "switch -q main");
    shop.commit(MANIFESTS, "notes.txt", "two\n", "two");
    let mut merge = shop.home.command("git");
    merge.arg("-C").arg(shop.home.path(MANIFESTS)).args(["merge", "-q", "side"]);
    assert!(!merge.status().unwrap().success());
    let output = shop.treenail("release 1.0.0").run().ends_with(5);
    assert!(output.stderr.contains("a merge is in progress in "), "{}", output.stderr);
}

/// Whoever wrote the repository may want Git to take their text for an option, or for a program to run.
#[test]
fn text_of_others_is_never_an_option() {
    let shop = Shop::new();
    fs::remove_dir_all(shop.home.path(SOURCE)).unwrap();
    let path = format!("{MANIFESTS}/.treenail/answers.yaml");
    let answers = shop.home.read(&path);
    let trap = shop.home.path("trap").display().to_string();
    for address in
        [format!("--upload-pack=touch {trap}"), format!("ext::touch {trap}"), format!("file://{trap}")]
    {
        shop.home.write(&path, answers.replace(&url(SOURCE), &address));
        shop.home.git(MANIFESTS, "commit -q -a -m trap");
        shop.treenail("release 1.0.0").run().ends_with(4);
        assert!(!shop.home.path("trap").exists(), "{address}");
    }
}
