//! `--pr`.

use std::fs;

use crate::cli::run::Run;
use crate::common::programs;
use crate::daily::shop::{MANIFESTS, SOURCE, Shop, image, image_file, revision};

const RELEASE: &str = "treenail/release-shop-1.0.0";

/// With a `gh` that keeps its arguments, prints `answer` and ends with `code`.
fn with_gh<'a>(shop: &'a Shop, arguments: &str, answer: &str, code: u8) -> Run<'a> {
    let kept = shop.home.path("gh-arguments");
    let script = format!(
        "printf '%s\\n' \"$@\" > '{}'\n[ -z '{answer}' ] || echo '{answer}'\nexit {code}",
        kept.display()
    );
    shop.hook("bin", "gh", &script);
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_treenail")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{}:{path}", shop.home.path("bin").display(), binary.display());
    shop.treenail(arguments).with("PATH", &path)
}

fn remote(shop: &Shop, revision: &str) -> String {
    shop.home.git(&format!("{MANIFESTS}.git"), &format!("rev-parse {revision}"))
}

/// Has the repository be on another server.
fn move_to(shop: &Shop, url: &str) {
    shop.home.git(MANIFESTS, &format!("remote set-url origin {url}"));
    let remote = shop.home.path(&format!("{MANIFESTS}.git"));
    shop.home.git(MANIFESTS, &format!("config url.{}.insteadOf {url}", remote.display()));
}

#[test]
fn on_github_with_gh() {
    let shop = Shop::new();
    let before = shop.head(MANIFESTS);
    let address = "https://github.com/acme/shop-gitops/pull/1";
    let output = with_gh(&shop, "release 1.0.0 --pr", address, 0).run().ends_with(0);
    assert!(output.stdout.ends_with(&format!("{address}\n")), "{}", output.stdout);
    // The current branch stays, and the work tree.
    assert_eq!(shop.head(MANIFESTS), before);
    assert_eq!(shop.home.git(MANIFESTS, "status --porcelain --branch"), "## main...origin/main");
    assert_eq!(remote(&shop, "main"), before);
    assert_eq!(remote(&shop, &format!("{RELEASE}~1")), before);
    let head = shop.head(SOURCE);
    let arguments = shop.home.normalised(&shop.home.read("gh-arguments"));
    let expected = format!(
        "pr\ncreate\n--repo=github.com/acme/shop-gitops\n--head={RELEASE}\n--base=main\n--title=release: shop \
         1.0.0\n--body=```text\nrelease shop 1.0.0: commit {head:.10}\n```\n\n**merging this builds shop 1.0.0 once, then syncs \
         shop-staging, leaves production alone**\n"
    );
    assert!(arguments.starts_with(&expected), "{arguments}");
    assert!(
        arguments.contains("\n**Then**\n\n- Job `release-trigger` of `shop-delivery` starts"),
        "{arguments}"
    );
    // Once more finds the branch.
    with_gh(&shop, "release 1.0.0 --pr", address, 0).run().ends_with(0);
}

#[test]
fn on_github_without_gh_or_its_login() {
    let shop = Shop::new();
    let page = format!("https://github.com/acme/shop-gitops/compare/main...{RELEASE}?expand=1\n");
    let output = with_gh(&shop, "release 1.0.0 --pr", "", 4).run().ends_with(0);
    assert!(output.stdout.ends_with(&page), "{}", output.stdout);
    assert!(output.stderr.contains("note: `gh pr create` failed\n"), "{}", output.stderr);
    if programs::find("gh").is_none() {
        let output = shop.treenail("release 1.0.0 --pr").run().ends_with(0);
        assert!(output.stdout.ends_with(&page), "{}", output.stdout);
    }
}

#[test]
fn on_gitlab_the_push_opens_it() {
    let shop = Shop::new();
    move_to(&shop, "git@gitlab.com:acme/shop-gitops.git");
    let server = format!("{MANIFESTS}.git");
    shop.home.git(&server, "config receive.advertisePushOptions true");
    shop.hook(
        &server,
        "hooks/pre-receive",
        "printf '%s\\n' \"$GIT_PUSH_OPTION_0\" \"$GIT_PUSH_OPTION_1\" \"$GIT_PUSH_OPTION_2\" \"$GIT_PUSH_OPTION_3\" > ../options",
    );
    let output =
        shop.treenail("release 1.0.0 --pr=mine").arg("--message=--force me\n\nmore").run().ends_with(0);
    assert_eq!(
        shop.home.read("options"),
        "merge_request.create\nmerge_request.target=main\nmerge_request.title=--force me\nmerge_request.description=merging this builds \
         shop 1.0.0 once, then syncs shop-staging, leaves production alone\n"
    );
    assert!(output.stderr.contains("GitLab opens the merge request"), "{}", output.stderr);
    assert_eq!(shop.home.git(&server, "log -1 --format=%B mine"), "--force me\n\nmore");
}

#[test]
#[ignore = "takes long"]
fn elsewhere_the_page_or_the_branch_is_named() {
    let shop = Shop::new();
    move_to(&shop, "https://codeberg.org/acme/shop-gitops.git");
    let output = shop.treenail("release 1.0.0 --pr").run().ends_with(0);
    let page = format!("https://codeberg.org/acme/shop-gitops/compare/main...{RELEASE}\n");
    assert!(output.stdout.ends_with(&page), "{}", output.stdout);
    let shop = Shop::new();
    move_to(&shop, "https://git.example.com/acme/shop-gitops.git");
    let output = shop.treenail("release 1.0.0 --pr").run().ends_with(0);
    assert!(
        output.stderr.ends_with(&format!("  next: open a pull request of `{RELEASE}` into `main`\n")),
        "{}",
        output.stderr
    );
}

#[test]
fn of_a_promotion_and_a_rollback() {
    let shop = Shop::new();
    for number in 1..3 {
        let tag = format!("1.{number}.0");
        shop.request(&tag, &revision(number));
        shop.deploy("staging", &tag, &revision(number));
    }
    shop.home.git(MANIFESTS, "push -q");
    with_gh(&shop, "promote --pr", "", 0).run().ends_with(0);
    with_gh(&shop, "rollback staging --pr", "", 0).run().ends_with(0);
    let content_at =
        |revision: &str| shop.home.git(&format!("{MANIFESTS}.git"), &format!("cat-file blob {revision}"));
    let promoted =
        content_at(&format!("treenail/promote-shop-1.2.0-production:{}", image_file("production")));
    assert_eq!(format!("{promoted}\n"), image("1.2.0", &revision(2)));
    let back = content_at(&format!("treenail/rollback-shop-1.1.0-staging:{}", image_file("staging")));
    assert_eq!(format!("{back}\n"), image("1.1.0", &revision(1)));
}

#[test]
#[ignore = "takes long"]
fn the_plain_commands_do_the_same() {
    let shop = Shop::new();
    move_to(&shop, "https://git.example.com/acme/shop-gitops.git");
    shop.assert_same_as_plain("release 1.0.0 --pr");
}

const ADDRESS: &str = "https://github.com/acme/shop-gitops/pull/1";

/// Has the branch that a pull request goes into move on.
fn move_on(shop: &Shop) {
    shop.push_from_elsewhere("notes.txt", &shop.head(MANIFESTS));
    shop.home.git(MANIFESTS, "pull -q --ff-only");
}

#[test]
#[ignore = "takes long"]
fn the_same_again_on_another_base_replaces_the_branch() {
    let shop = Shop::new();
    move_to(&shop, "https://git.example.com/acme/shop-gitops.git");
    let output = shop.treenail("release 1.0.0 --pr").run().ends_with(0);
    assert!(output.stderr.ends_with("into `main`\n"), "{}", output.stderr);
    move_on(&shop);
    shop.assert_same_as_plain("release 1.0.0 --pr");
    assert_eq!(remote(&shop, &format!("{RELEASE}~1")), remote(&shop, "main"));
    // A push that failed in between.
    move_on(&shop);
    let hook = format!("{MANIFESTS}.git");
    shop.hook(&hook, "hooks/pre-receive", "exit 1");
    shop.treenail("release 1.0.0 --pr").run().ends_with(1);
    shop.hook(&hook, "hooks/pre-receive", "exit 0");
    let output = shop.treenail("release 1.0.0 --pr").run().ends_with(0);
    assert!(output.stderr.ends_with("into `main`, unless there is one\n"), "{}", output.stderr);
    assert_eq!(remote(&shop, &format!("{RELEASE}~1")), remote(&shop, "main"));
}

#[test]
fn the_request_on_github_is_updated() {
    let shop = Shop::new();
    with_gh(&shop, "release 1.0.0 --pr", ADDRESS, 0).run().ends_with(0);
    move_on(&shop);
    let output = with_gh(&shop, "release 1.0.0 --pr", ADDRESS, 0).run().ends_with(0);
    assert!(output.stdout.ends_with(&format!("{ADDRESS}\n")), "{}", output.stdout);
    let arguments = shop.home.read("gh-arguments");
    assert!(arguments.starts_with(&format!("pr\nedit\n{RELEASE}\n")), "{arguments}");
}

#[test]
#[ignore = "takes long"]
fn what_somebody_else_has_pushed_to_the_request_stays() {
    let shop = Shop::new();
    with_gh(&shop, "release 1.0.0 --pr", ADDRESS, 0).run().ends_with(0);
    let server = shop.home.path(&format!("{MANIFESTS}.git"));
    shop.home.git(".", &format!("clone -q -b {RELEASE} {} elsewhere", server.display()));
    let theirs = shop.commit("elsewhere", "review.txt", "x\n", "review");
    shop.home.git("elsewhere", "push -q");
    fs::remove_dir_all(shop.home.path("elsewhere")).unwrap();
    move_on(&shop);
    let output = shop.treenail("release 1.0.0 --pr").run().ends_with(1);
    assert!(
        output.stderr.contains(&format!("`origin` has `{RELEASE}` with the commit {theirs:.10}")),
        "{}",
        output.stderr
    );
    assert_eq!(remote(&shop, RELEASE), theirs);
    // Nor is it lost here, once it is fetched.
    shop.home.git(MANIFESTS, &format!("fetch -q origin {RELEASE}"));
    shop.home.git(MANIFESTS, &format!("branch -q -f {RELEASE} FETCH_HEAD"));
    let output = shop.treenail("release 1.0.0 --pr").run().ends_with(5);
    assert!(output.stderr.contains(&format!("the branch `{RELEASE}` has commits")), "{}", output.stderr);
}

/// A name for two requests does not replace one by the other.
#[test]
fn another_change_on_the_same_branch_is_refused() {
    let shop = Shop::new();
    shop.deploy("staging", "1.0.0", &revision(1));
    shop.home.git(MANIFESTS, "push -q");
    with_gh(&shop, "promote --pr=mine", ADDRESS, 0).run().ends_with(0);
    let output = shop.treenail("release 2.0.0 --pr=mine").run().ends_with(5);
    assert!(output.stderr.contains("the branch `mine` has commits"), "{}", output.stderr);
    for name in ["@", "HEAD"] {
        let output = shop.treenail(&format!("release 2.0.0 --pr={name}")).run().ends_with(5);
        assert!(output.stderr.contains(&format!("`{name}` cannot be a branch")), "{}", output.stderr);
    }
}

#[test]
fn states_that_a_pull_request_cannot_start_from() {
    let shop = Shop::new();
    shop.home.git(MANIFESTS, "switch -q -c topic");
    let output = shop.treenail("release 1.0.0 --pr").run().ends_with(5);
    assert!(
        output.stderr.starts_with("error: `topic` is not the branch that is deployed\n"),
        "{}",
        output.stderr
    );
    shop.home.git(MANIFESTS, "switch -q main");
    shop.commit(MANIFESTS, "mine.txt", "x\n", "mine");
    let output = shop.treenail("release 1.0.0 --pr").run().ends_with(5);
    assert!(output.stderr.contains("hint: they would become a part of the pull request: push them first\n"));
    shop.home.git(MANIFESTS, "push -q");
    shop.home.git(MANIFESTS, &format!("branch {RELEASE} HEAD~1"));
    shop.home.git(MANIFESTS, &format!("checkout -q {RELEASE}"));
    shop.commit(MANIFESTS, "other.txt", "x\n", "other");
    shop.home.git(MANIFESTS, "checkout -q main");
    let output = shop.treenail("release 1.0.0 --pr").run().ends_with(5);
    assert!(output.stderr.contains(&format!("the branch `{RELEASE}` has commits")), "{}", output.stderr);
    shop.treenail("release 1.0.0 --pr=a..b").run().ends_with(5);
    let hooks = "echo 'no branches here'; exit 1";
    shop.hook(&format!("{MANIFESTS}.git"), "hooks/pre-receive", hooks);
    let output = shop.treenail("release 1.0.0 --pr=other").run().ends_with(1);
    assert!(
        output.stderr.contains("error: the branch `other` was made, but could not be pushed"),
        "{}",
        output.stderr
    );
}

#[test]
fn an_edit_in_the_work_tree_is_no_concern_of_the_branch() {
    let shop = Shop::new();
    let path = format!("{MANIFESTS}/delivery/release/release.env");
    shop.home.write(&path, "edited\n");
    shop.hook(MANIFESTS, ".git/hooks/pre-commit", "exit 1");
    let output = with_gh(&shop, "release 1.0.0 --pr", "", 0).run().ends_with(0);
    assert_eq!(shop.home.read(&path), "edited\n");
    assert!(
        output.stderr.contains("note: hooks that are not run for a commit on a branch: pre-commit\n"),
        "{}",
        output.stderr
    );
}
