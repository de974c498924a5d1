//! The Task that fetches the source, from real repositories.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::common::programs::{Shell, shells};
use crate::common::rendered::{Repository, SOURCE_REPO};
use crate::scripts::container::{Container, Outcome};
use crate::scripts::manifests::{Task, result};
use crate::scripts::upstream::{Change, Upstream, file};

/// What the image must have beside a shell.
const TOOLS: [&str; 3] = ["cat", "git", "rm"];
/// What `git submodule` uses, which is a shell script itself.
const TOOLS_OF_SUBMODULES: [&str; 6] = ["cat", "git", "rm", "basename", "sed", "uname"];

/// A source repository and a container that knows it by its public address.
pub struct Source {
    pub container: Container,
    pub upstream: Upstream,
    /// What must contain the commit.
    pub branch: &'static str,
    pub submodules: &'static str,
}

impl Source {
    pub fn new(shell: &'static Shell) -> Self {
        Self::with(Container::new(shell, &TOOLS), "sha1")
    }

    pub fn with(mut container: Container, format: &str) -> Self {
        let upstream = Upstream::with_format(container.path("/upstream"), format);
        let instead = format!("url.{}.insteadOf", upstream.url());
        container.git_settings(&[(&instead, SOURCE_REPO)]);
        Self { container, upstream, branch: "", submodules: "public" }
    }

    pub fn fetch(&mut self, revision: &str) -> Outcome {
        self.fetch_from(SOURCE_REPO, revision)
    }

    pub fn fetch_from(&mut self, url: &str, revision: &str) -> Outcome {
        let task = Task::of(&Repository::service(&[], ""), "clone-repo");
        let params =
            [("url", url), ("revision", revision), ("branch", self.branch), ("submodules", self.submodules)];
        task.declare(&mut self.container, &params);
        // The repositories of these tests are folders.
        let allowed = self.container.env.insert("GIT_ALLOW_PROTOCOL".to_owned(), "file:ssh".to_owned());
        assert_eq!(allowed.as_deref(), Some("https:ssh"));
        self.container.run(task.script())
    }

    fn fetched(&self, path: &str) -> Option<String> {
        self.container.read(&format!("/workspace/source/source/{path}"))
    }

    #[track_caller]
    fn assert_fetched(&self, commit: &str, version: &str) {
        assert_eq!(self.fetched("version").as_deref(), Some(version));
        assert_eq!(self.fetched(".git/HEAD"), Some(format!("{commit}\n")));
        assert_eq!(result(&self.container, "commit").as_deref(), Some(commit));
        assert_eq!(result(&self.container, "url").as_deref(), Some(SOURCE_REPO));
    }
}

#[test]
fn fetches_the_exact_commit_wherever_it_is() {
    for shell in shells() {
        let mut source = Source::new(shell);
        let old = source.upstream.push(&[file("version", "old"), file("gone", "")]);
        let head = source.upstream.push(&[file("version", "new"), Change::Removed("gone".to_owned())]);
        let tagged = source.upstream.commit("refs/tags/v1", Some(&old), &[file("version", "tagged")]);
        source.upstream.commit("refs/tags/v1", Some(&tagged), &[file("version", "after")]);
        // The second kind of server hands out only what a branch or tag points to.
        for protocol in ["2", "0"] {
            let instead = format!("url.{}.insteadOf", source.upstream.url());
            source.container.git_settings(&[(&instead, SOURCE_REPO), ("protocol.version", protocol)]);
            for (commit, version) in [(&old, "old"), (&head, "new"), (&tagged, "tagged")] {
                source.fetch(commit).said(&format!("fetched {commit}"));
                source.assert_fetched(commit, version);
                assert_eq!(source.fetched("gone").is_some(), version != "new");
            }
        }
    }
}

#[test]
fn fetches_from_a_repository_with_long_ids() {
    for shell in shells() {
        let mut source = Source::with(Container::new(shell, &TOOLS), "sha256");
        let commit = source.upstream.push(&[file("version", "long")]);
        assert_eq!(commit.len(), 64);
        source.fetch(&commit).said(&commit);
        source.assert_fetched(&commit, "long");
    }
}

#[test]
fn a_retry_starts_from_nothing() {
    for shell in shells() {
        let mut source = Source::new(shell);
        let commit = source.upstream.push(&[file("version", "1")]);
        source.container.write("/workspace/source/source/.git/config", "broken [");
        source.container.write("/workspace/source/source/leftover", "");
        source.fetch(&commit).said("fetched");
        source.assert_fetched(&commit, "1");
        assert_eq!(source.fetched("leftover"), None);
    }
}

#[test]
fn a_commit_that_was_not_pushed_is_said_to_be_missing() {
    for shell in shells() {
        let mut source = Source::new(shell);
        source.upstream.push(&[file("version", "1")]);
        let missing = "f".repeat(40);
        let refusal = format!("commit {missing} not found in {SOURCE_REPO}: check that it is pushed");
        source.fetch(&missing).failed(&refusal);
        assert_eq!(result(&source.container, "commit"), None);
    }
}

#[test]
fn the_id_of_something_else_is_refused() {
    for shell in shells() {
        let mut source = Source::new(shell);
        let commit = source.upstream.push(&[file("version", "1")]);
        source.upstream.git(&[
            "-c",
            "user.name=Dev",
            "-c",
            "user.email=dev@example.com",
            "tag",
            "-am1",
            "v1",
            &commit,
        ]);
        let tag = source.upstream.git(&["rev-parse", "v1"]);
        source.fetch(&tag).failed(&format!("'{tag}' is a tag object, not a commit"));
        let tree = source.upstream.git(&["rev-parse", "v1^{tree}"]);
        source.fetch(&tree).failed(&tree);
        assert_eq!(result(&source.container, "commit"), None);
    }
}

#[test]
fn what_is_no_full_id_is_refused() {
    let bad = [
        "",
        "main",
        "v1.4.0",
        "--upload-pack=: > pwned",
        "$(: > pwned)",
        "0123456",
        "HEAD~1",
        "../x",
        "a\nb",
    ];
    let sized =
        ["a".repeat(39), "a".repeat(41), "A".repeat(40), "a".repeat(65), format!("{}\n", "a".repeat(40))];
    for shell in shells() {
        let mut source = Source::new(shell);
        for revision in bad.into_iter().chain(sized.iter().map(String::as_str)) {
            source.fetch(revision).failed(&format!("'{revision}' is not a full commit ID"));
        }
        source.container.assert_nothing_executed();
        assert!(!source.container.path("/workspace/source/source").exists());
    }
}

#[test]
fn an_unreachable_repository_names_the_secret() {
    for shell in shells() {
        let mut source = Source::new(shell);
        source.container.git_settings(&[("url.file:///nowhere/.insteadOf", "https://github.com/acme/")]);
        let outcome = source.fetch(&"a".repeat(40));
        outcome.failed("could not fetch from https://github.com/acme/shop.git: a private repository needs the Secret git-source");
        outcome.failed("Secret git-source");
    }
}

#[test]
fn with_the_secret_an_unreachable_repository_is_its_fault() {
    for shell in shells() {
        let mut source = Source::new(shell);
        source.container.git_settings(&[("url.file:///nowhere/.insteadOf", "https://github.com/acme/")]);
        for (name, value) in [("username", "bot"), ("password", "token")] {
            source.container.write(&format!("/workspace/credentials/{name}"), value);
        }
        let outcome = source.fetch(&"a".repeat(40));
        outcome.failed("could not fetch from https://github.com/acme/shop.git: check that the Secret git-source has read access");
    }
}

#[test]
fn only_commits_of_the_branch_are_released() {
    for shell in shells() {
        let mut source = Source::new(shell);
        source.upstream.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
        let first = source.upstream.push(&[file("version", "1")]);
        let second = source.upstream.push(&[file("version", "2")]);
        let proposed = source.upstream.commit("refs/heads/proposed", Some(&second), &[file("version", "3")]);
        for (branch, commit, version) in [
            ("HEAD", &first, "1"),
            ("HEAD", &second, "2"),
            ("refs/heads/main", &first, "1"),
            ("refs/heads/proposed", &proposed, "3"),
            ("", &proposed, "3"),
        ] {
            source.branch = branch;
            source.fetch(commit).said("fetched");
            source.assert_fetched(commit, version);
            assert!(!source.container.path("/workspace/source/source.history").exists());
        }
        // Its name ends like that of the branch.
        let other =
            source.upstream.commit("refs/heads/a/refs/heads/main", Some(&second), &[file("version", "4")]);
        for (branch, said) in [
            ("HEAD", "is not on the default branch of"),
            ("refs/heads/main", "is not on the branch main of"),
            ("refs/heads/gone", "could not find the branch gone of"),
        ] {
            source.branch = branch;
            source.fetch(&proposed).failed(said);
            source.fetch(&other).failed(said);
        }
    }
}

#[test]
fn the_history_comes_from_whatever_server() {
    for shell in shells() {
        for settings in [
            &[][..],
            &[("uploadpack.allowFilter", "true")],
            &[("uploadpack.allowFilter", "true"), ("uploadpackfilter.tree.allow", "false")],
        ] {
            let mut source = Source::new(shell);
            source.upstream.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
            let commits: Vec<_> =
                ["1", "2", "3"].map(|version| source.upstream.push(&[file("version", version)])).into();
            let proposed = source.upstream.commit("refs/heads/proposed", Some(&commits[2]), &[file("a", "")]);
            for (name, value) in settings {
                source.upstream.git(&["config", name, value]);
            }
            source.branch = "HEAD";
            source.fetch(&commits[0]).said("fetched");
            source.fetch(&proposed).failed("is not on the default branch of");
            // A mirror that has the newest commits only.
            fs::write(source.container.path("/upstream/shallow"), format!("{}\n", commits[1])).unwrap();
            source.fetch(&commits[1]).said("fetched");
            source.fetch(&proposed).failed("is not on the default branch of");
        }
    }
}

/// The text of `.gitmodules` with one at that address.
fn module_at(url: &str) -> String {
    format!("[submodule \"lib\"]\n\tpath = lib\n\turl = {url}\n")
}

#[test]
fn submodules_get_no_credentials_unless_they_are_of_the_owner() {
    for shell in shells() {
        for (submodules, expected) in [
            ("public", Some("could not fetch the submodules: they are fetched without credentials")),
            ("same-owner", Some("could not fetch the submodules: see the answer submodules")),
            ("none", None),
        ] {
            let mut source = Source::with(Container::new(shell, &TOOLS_OF_SUBMODULES), "sha1");
            source.container.stub("ssh", "#!/bin/sh\nprintf '%s\\n' \"$@\" >> \"${0%/*}/../ssh\"\nexit 1\n");
            source.container.write("/workspace/credentials/ssh-privatekey", "the key\n");
            source
                .container
                .write("/workspace/credentials/known_hosts", "git.example.com ssh-ed25519 AAAA\n");
            let library = Change::Submodule("lib".to_owned(), "a".repeat(40));
            let modules = module_at("ssh://git@git.example.com/acme/library.git");
            let commit =
                source.upstream.push(&[file("version", "1"), file(".gitmodules", &modules), library]);
            source.submodules = submodules;
            let outcome = source.fetch(&commit);
            let asked = source.container.read("/ssh");
            if let Some(said) = expected {
                outcome.failed(said);
                let asked = asked.expect("ssh is run");
                assert_eq!(asked.contains("git-key"), submodules == "same-owner", "{asked}");
            } else {
                outcome.said("fetched");
                assert_eq!(asked, None);
            }
        }
    }
}

#[test]
fn submodules_come_along() {
    for (shell, named) in shells().iter().flat_map(|shell| [(shell, "absolutely"), (shell, "relatively")]) {
        let mut source = Source::with(Container::new(shell, &TOOLS_OF_SUBMODULES), "sha1");
        let library = Upstream::create(source.container.path("/library"));
        let inner = library.push(&[file("text", "inside")]);
        let url = if named == "relatively" { "../library.git".to_owned() } else { library.url() };
        let modules = module_at(&url);
        let submodule = Change::Submodule("lib".to_owned(), inner);
        let commit = source.upstream.push(&[file("version", "1"), file(".gitmodules", &modules), submodule]);
        let [shop, lib] =
            [&source.upstream, &library].map(|upstream| format!("url.{}.insteadOf", upstream.url()));
        let lib_repo = "https://github.com/acme/library.git";
        let settings = [(&*shop, SOURCE_REPO), (&*lib, lib_repo), ("protocol.file.allow", "always")];
        source.container.git_settings(&settings);
        source.fetch(&commit).said("fetched");
        source.assert_fetched(&commit, "1");
        assert_eq!(source.fetched("lib/text").as_deref(), Some("inside"));
    }
}

#[test]
fn ssh_gets_the_key_and_the_known_hosts_and_asks_nothing() {
    for shell in shells() {
        let mut source = Source::new(shell);
        source.container.stub("ssh", include_str!("stubs/ssh"));
        source.container.write("/workspace/credentials/ssh-privatekey", "the key\n");
        source.container.write("/workspace/credentials/known_hosts", "git.example.com ssh-ed25519 AAAA\n");
        let commit = source.upstream.push(&[file("version", "1")]);
        source.fetch_from("ssh://git@git.example.com:2222/acme/shop.git", &commit).said("fetched");
        assert_eq!(source.fetched("version").as_deref(), Some("1"));

        let arguments = source.container.read("/ssh").unwrap();
        let key = source.container.place("/tekton/home/git-key");
        let known_hosts = source.container.place("/workspace/credentials/known_hosts");
        let known_hosts = format!("UserKnownHostsFile={known_hosts}");
        let options = ["IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=yes", &known_hosts];
        for option in options {
            assert!(arguments.contains(&format!("-o\n{option}\n")), "no {option} in {arguments}");
        }
        assert!(arguments.contains(&format!("-i\n{key}\n")), "{arguments}");
        assert!(
            arguments.contains("-p\n2222\ngit@git.example.com\ngit-upload-pack '/acme/shop.git'"),
            "{arguments}"
        );
        assert_eq!(source.container.read("/tekton/home/git-key").as_deref(), Some("the key\n"));
        let mode = fs::metadata(key).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn ssh_without_known_hosts_is_refused() {
    for shell in shells() {
        let mut source = Source::new(shell);
        source.container.stub("ssh", include_str!("stubs/ssh"));
        source.container.write("/workspace/credentials/ssh-privatekey", "the key\n");
        let outcome = source.fetch_from("git@git.example.com:acme/shop.git", &"a".repeat(40));
        outcome.failed("the Secret git-source contains ssh-privatekey but not known_hosts");
        assert_eq!(source.container.read("/ssh"), None);
    }
}
