//! Repositories whose Git configuration names programs. Commands that only read run none that `git status` would not run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::{generated, script, treenail};
use crate::common::home::Home;

const READERS: [&str; 13] = [
    "status",
    "status --json",
    "diff",
    "diff --upgrade",
    "diff README.md",
    "check",
    "check --fix --dry-run",
    "upgrade --dry-run",
    "upgrade --dry-run --diff --set port=9090",
    "upgrade --dry-run --branch=up --set port=9090",
    "restore README.md --dry-run",
    "adopt --dry-run --defaults",
    "new sub --dry-run --defaults --source-repo https://github.com/acme/shop.git",
];

/// Settings that make Git run a program; `RUN NAME` stands for one that leaves its name.
const SETTINGS: [&str; 19] = [
    "core.fsmonitor=RUN fsmonitor",
    "core.pager=RUN pager",
    "pager.status=RUN pager-status",
    "pager.diff=RUN pager-diff",
    "core.editor=RUN editor",
    "sequence.editor=RUN sequence-editor",
    "core.sshCommand=RUN ssh",
    "core.askPass=RUN askpass",
    "core.gitProxy=RUN proxy",
    "core.alternateRefsCommand=RUN alternates",
    "credential.helper=!RUN credential",
    "diff.external=RUN external-diff",
    "diff.mine.command=RUN diff-command",
    "diff.mine.textconv=RUN textconv",
    "merge.mine.driver=RUN merge",
    "filter.mine.clean=RUN clean",
    "filter.mine.smudge=RUN smudge",
    "gpg.program=RUN gpg",
    "trailer.x.command=RUN trailer",
];

const HOOKS: [&str; 8] = [
    "reference-transaction",
    "post-index-change",
    "pre-commit",
    "commit-msg",
    "post-commit",
    "post-checkout",
    "pre-auto-gc",
    "fsmonitor-watchman",
];

/// Makes `shop` run programs wherever Git would, by its own configuration and by one that it includes.
fn arm(home: &Home) {
    let run = home.path("run");
    script(
        &run,
        &format!(
            "#!/bin/sh\n: > '{}/'\"$1\"\n[ \"$1\" != clean ] || cat\nexit 0\n",
            home.path("ran").display()
        ),
    );
    fs::create_dir(home.path("ran")).unwrap();
    for (number, setting) in SETTINGS.iter().enumerate() {
        let (name, value) = setting.split_once('=').unwrap();
        let value = value.replace("RUN", run.to_str().unwrap());
        let mut git = home.command("git");
        git.arg("-C").arg(home.path("shop")).args(["config", "--file"]);
        git.arg(if number % 2 == 0 { ".git/config" } else { ".git/included" }).args([name, &value]);
        assert!(git.status().unwrap().success());
    }
    for (name, value) in
        [("include.path", "included"), ("commit.gpgSign", "true"), ("status.submoduleSummary", "true")]
    {
        let mut git = home.command("git");
        git.arg("-C").arg(home.path("shop")).args(["config", "--file", ".git/config", name, value]);
        assert!(git.status().unwrap().success());
    }
    for hook in HOOKS {
        script(&home.path("shop/.git/hooks").join(hook), &format!("#!/bin/sh\n'{}' {hook}\n", run.display()));
    }
    home.write("shop/.git/info/attributes", "* filter=mine diff=mine merge=mine\n");
    // Of the same size, so that Git has to read them to know that they changed.
    for file in ["README.md", "deploy/base/deployment.yaml"] {
        let text = home.read(&format!("shop/{file}"));
        home.write(&format!("shop/{file}"), text.replacen('e', "E", 1));
    }
}

/// The programs that have run since, by their names.
fn ran(home: &Home) -> BTreeSet<String> {
    let entries = fs::read_dir(home.path("ran")).unwrap().flatten();
    let names: BTreeSet<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    for name in &names {
        fs::remove_file(home.path("ran").join(name)).unwrap();
    }
    names
}

/// The files that Git keeps, except the cache of file times.
fn kept(home: &Home) -> BTreeMap<String, Vec<u8>> {
    let files = walkdir::WalkDir::new(home.path("shop")).into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    files.map(|entry| (entry.path().display().to_string(), fs::read(entry.path()).unwrap())).collect()
}

#[test]
#[ignore = "takes long"]
fn a_command_that_reads_runs_only_what_git_status_runs() {
    let home = generated();
    arm(&home);
    home.git("shop", "--no-optional-locks status --porcelain");
    let known = ran(&home);
    assert!(known.contains("fsmonitor") && known.contains("clean"), "{known:?}");
    let before = kept(&home);
    for arguments in READERS {
        let ended = treenail(&home, "shop", arguments);
        let others: Vec<_> = ran(&home).difference(&known).cloned().collect();
        assert!(others.is_empty(), "`{arguments}` runs {others:?}: {}", ended.said);
        let after = kept(&home);
        let changed: Vec<_> = after
            .iter()
            .filter(|(path, text)| before.get(*path) != Some(text))
            .map(|(path, _)| path)
            .collect();
        assert!(changed.is_empty() && after.len() == before.len(), "`{arguments}` changes {changed:?}");
    }
}
