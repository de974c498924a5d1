//! Username and password: they reach Git whole, and no other server.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::common::programs::{self, Shell, shells};
use crate::common::rendered::SOURCE_REPO;
use crate::scripts::clone_repo::Source;
use crate::scripts::upstream::file;

/// A container in which the Task has set up these credentials.
fn set_up(shell: &'static Shell, username: &str, password: &str) -> Source {
    set_up_for(shell, username, password, "public")
}

fn set_up_for(shell: &'static Shell, username: &str, password: &str, submodules: &'static str) -> Source {
    let mut source = Source::new(shell);
    source.submodules = submodules;
    source.container.write("/workspace/credentials/username", username);
    source.container.write("/workspace/credentials/password", password);
    let commit = source.upstream.push(&[file("version", "1")]);
    source.fetch_from(SOURCE_REPO, &commit).said("fetched");
    source
}

/// What Git would send to a server, `USERNAME:PASSWORD`; none where it has nothing.
fn asked(source: &Source, protocol: &str, host: &str, path: &str) -> Option<String> {
    let mut command = Command::new(programs::find("git").expect("the tests need `git`"));
    command
        .args(["credential", "fill"])
        .env_clear()
        .envs(&source.container.env)
        .env("GIT_TERMINAL_PROMPT", "0");
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = piped.spawn().expect("git can be run");
    let question = format!("protocol={protocol}\nhost={host}\npath={path}\n\n");
    child.stdin.take().expect("it is a pipe").write_all(question.as_bytes()).expect("git reads it");
    let output = child.wait_with_output().expect("git ends");
    let text = String::from_utf8_lossy(&output.stdout);
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    Some(format!("{}:{}", field("username")?, field("password")?))
}

#[test]
fn git_answers_the_repository_and_nobody_else() {
    for shell in shells() {
        let source = set_up(shell, "robot", "secret");
        // A server may redirect to the name with `.git`, or without.
        for path in ["acme/shop.git", "acme/shop", "acme/shop.git/info/lfs"] {
            assert_eq!(asked(&source, "https", "github.com", path).as_deref(), Some("robot:secret"));
        }
        for path in ["acme/other.git", "acme/shop-gitops.git", "acme/shop.git/../other.git", "acme", ""] {
            assert_eq!(asked(&source, "https", "github.com", path), None, "{path}");
        }
        let others = [
            ("https", "example.com", "acme/shop.git"),
            ("https", "github.com.example.com", "acme/shop.git"),
            ("https", "github.com:8443", "acme/shop.git"),
            ("http", "github.com", "acme/shop.git"),
        ];
        for (protocol, host, path) in others {
            assert_eq!(asked(&source, protocol, host, path), None, "{protocol}://{host}/{path}");
        }
    }
}

#[test]
fn submodules_of_the_same_owner_are_answered() {
    for shell in shells() {
        let source = set_up_for(shell, "robot", "secret", "same-owner");
        for path in ["acme/shop.git", "acme/other.git"] {
            assert_eq!(asked(&source, "https", "github.com", path).as_deref(), Some("robot:secret"));
        }
        for path in ["acme-2/other.git", "acme/../acme-2/other.git", "acme.git", ""] {
            assert_eq!(asked(&source, "https", "github.com", path), None, "{path}");
        }
    }
}

#[test]
fn a_password_arrives_as_it_is() {
    let passwords = [
        "two  words",
        " edges ",
        "it's",
        "say \"hi\"",
        "100%",
        "%s%n",
        "back\\slash\\n",
        "$HOME",
        "$(: > pwned)",
        "`: > pwned`",
        "a=b",
        "#!;&|",
        "pässwörd",
        "-n",
        "*",
    ];
    for shell in shells() {
        let source = set_up(shell, "robot", "first");
        for password in passwords {
            for end in ["", "\n"] {
                source.container.write("/workspace/credentials/password", &format!("{password}{end}"));
                let answer = asked(&source, "https", "github.com", "acme/shop.git");
                assert_eq!(answer, Some(format!("robot:{password}")));
            }
        }
        source.container.assert_nothing_executed();
    }
}

#[test]
fn nothing_secret_is_written_to_the_home_folder() {
    for shell in shells() {
        let source = set_up(shell, "robot", "a-secret-word");
        let settings = source.container.read("/tekton/home/.gitconfig").unwrap();
        assert!(settings.contains("helper") && !settings.contains("a-secret-word"), "{settings}");
        let own = source.container.read("/workspace/source/source/.git/config").unwrap();
        assert!(!own.contains("a-secret-word"), "{own}");
    }
}
