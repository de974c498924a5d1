//! Folders of a clone that look like a bare repository: ordinary tracked files, so their author wrote their configuration
//! and whatever else Git and treenail keep there.

use super::{NEW, Victim, generated, script, treenail};
use crate::common::home::Home;

const COMMANDS: [(&str, &str); 16] = [
    ("clone", "upgrade svc"),
    ("clone", "upgrade . svc -y"),
    ("clone", "upgrade svc --dry-run"),
    ("clone", "status svc"),
    ("clone", "diff svc"),
    ("clone", "check svc"),
    ("clone", "check"),
    ("clone", "restore svc/README.md"),
    ("clone", "adopt svc --defaults"),
    ("clone", "new svc/x --defaults --source-repo https://github.com/acme/shop.git"),
    ("clone/svc", "upgrade"),
    ("clone/svc", "upgrade --set port=9090 -y --branch=up"),
    ("clone/svc", "upgrade --abort"),
    ("clone/svc", "status"),
    ("clone/svc", "check"),
    ("clone/svc", "new . --defaults --source-repo https://github.com/acme/shop.git"),
];

/// A repository `up` with the folder `svc` that is a bare copy of a generated repository, as plain files.
fn published(home: &Home) {
    home.git(".", "clone -q --bare shop svc");
    home.repository("up");
    std::fs::rename(home.path("svc"), home.path("up/svc")).unwrap();
    // Git itself keeps no empty folders.
    home.write("up/svc/refs/heads/keep", home.git("shop", "rev-parse HEAD") + "\n");
    for hook in ["reference-transaction", "pre-commit", "post-commit", "post-index-change"] {
        script(&home.path("up/svc/hooks").join(hook), &pwn(home));
    }
    script(&home.path("up/svc/run"), &pwn(home));
    let run = home.path("clone/svc/run").display().to_string();
    home.write(
        "up/svc/config",
        format!(
            "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tfsmonitor = {run}\n\tpager = {run}\n\teditor = {run}\n\
             [diff]\n\texternal = {run}\n[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = {run}\n\
             [user]\n\tname = a\n\temail = a@example.com\n"
        ),
    );
}

fn pwn(home: &Home) -> String {
    format!("#!/bin/sh\ntouch '{}'\n", home.path("pwned").display())
}

/// Journals that a clone could bring: each would plant a hook, write outside, or delete folders outside.
fn journals(home: &Home) -> Vec<String> {
    let hook = home.git("up/svc", "--git-dir=. rev-parse HEAD:README.md");
    ["../.git/hooks/post-checkout", "../../victim/new"]
        .iter()
        .flat_map(|path| {
            [
                format!("treenail journal 2\nstaging .x\nending files\nchange - 100755:{hook} {path}\n"),
                format!(
                    "treenail journal 3\nstaging -\nending files\nchange - 100755:{hook} {path}\nnot signed\n"
                ),
            ]
        })
        .chain([
            "treenail journal 2\nstaging ../../victim\nending files\n".to_owned(),
            "treenail journal 3\nstaging ../../victim\nending files\nfolder ..\nnot signed\n".to_owned(),
        ])
        .collect()
}

#[test]
#[ignore = "takes long"]
fn a_folder_of_a_clone_is_never_taken_for_a_repository() {
    for setting in ["all", "explicit"] {
        let home = generated();
        home.git(".", &format!("config --global safe.bareRepository {setting}"));
        published(&home);
        let victim = Victim::new(&home);
        // With `explicit`, the first shows it.
        let count = if setting == "all" { usize::MAX } else { 1 };
        for journal in journals(&home).iter().take(count) {
            home.write("up/svc/treenail/journal", journal);
            home.git("up", "add -A -f");
            home.git("up", "commit -q -m x");
            if home.path("clone").exists() {
                std::fs::remove_dir_all(home.path("clone")).unwrap();
            }
            home.git(".", "clone -q up clone");
            let before = home.tree("clone");
            for (dir, arguments) in COMMANDS {
                let ended = treenail(&home, dir, arguments);
                let what = format!("`{arguments}` in {dir}, {setting}: {}", ended.said);
                home.git("clone", "-c core.fsmonitor= switch -q --detach HEAD");
                assert!(!home.path("pwned").exists(), "{what}");
                victim.is_untouched(&what);
                let hooks = std::fs::read_dir(home.path("clone/.git/hooks")).unwrap();
                assert!(hooks.flatten().all(|hook| hook.path().extension().is_some()), "{what}");
                if arguments.starts_with("new") {
                    home.git("clone", "clean -fdq");
                    home.git("clone", "reset -q --hard origin/HEAD");
                }
                assert_eq!(home.tree("clone"), before, "{what}");
            }
        }
    }
}

#[test]
fn a_bare_repository_that_stands_alone_is_used_as_git_does() {
    let home = generated();
    home.git(".", "clone -q --bare shop shop.git");
    home.git(".", "clone -q --bare shop plain");
    let upgrade =
        |dir: &str| treenail(&home, ".", &format!("upgrade {dir} --set port=9090 -y --branch=up")).code;
    assert_eq!((upgrade("shop.git"), upgrade("plain")), (0, 0));
    home.git(".", "config --global safe.bareRepository explicit");
    let refused = treenail(&home, ".", "upgrade plain --set port=9091 -y --branch=other");
    assert!(
        refused.code == 5 && refused.said.contains("`safe.bareRepository` is `explicit`"),
        "{}",
        refused.said
    );
    assert_eq!(upgrade("shop.git"), 0);
    let inside = treenail(&home, "shop.git", "upgrade --set port=9091 -y --branch=other");
    assert_eq!(inside.code, 5, "{}", inside.said);
}

#[test]
fn a_work_tree_beside_its_bare_repository_is_one() {
    let home = generated();
    home.git(".", "clone -q --bare shop project/.bare");
    home.write("project/.git", "gitdir: ./.bare\n");
    home.git("project", "worktree add -q trunk");
    let ended = treenail(&home, "project/trunk", "upgrade --set port=9090 -y");
    assert_eq!(ended.code, 0, "{}", ended.said);
    let ended = treenail(&home, ".", &format!("new project/trunk/other {NEW}"));
    assert_eq!(ended.code, 0, "{}", ended.said);
}
