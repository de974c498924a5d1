//! The Task that runs the user's tests: the command arrives letter by letter, and the source stays as it is.

use crate::common::programs::{Shell, shells};
use crate::common::rendered::Repository;
use crate::scripts::container::{Container, Outcome};
use crate::scripts::expansion::expand;
use crate::scripts::manifests::Task;

/// What the image must have beside a shell.
const TOOLS: [&str; 1] = ["cp"];

/// Runs a test command as Kubernetes would.
fn run(shell: &'static Shell, test_command: &str) -> (Container, Outcome) {
    let answers = [("test-image", "docker.io/library/golang:1.25"), ("test-command", test_command)];
    let task = Task::of(&Repository::service(&answers, ""), "run-tests");
    let mut container = Container::new(shell, &TOOLS);
    task.declare(&mut container, &[]);
    container.mkdir("/copy");
    container.write("/workspace/source/source/version", "committed\n");
    container.write("/workspace/source/source/.hidden/file", "hidden\n");
    let texts = |key: &str| {
        let texts = task.step()[key].as_sequence().expect(key).iter();
        let lookup = |name: &str| container.env.get(name).cloned();
        texts.map(|text| expand(text.as_str().expect(key), lookup)).collect::<Vec<_>>()
    };
    let (command, mut arguments) = (texts("command"), texts("args"));
    assert_eq!(command, ["/bin/sh", "-ec"]);
    assert_eq!(arguments.len(), 3);
    arguments[0] =
        arguments[0].replace("/copy", &container.place("/copy")).replace("/bin/sh", &container.shell());
    arguments.insert(0, command[1].clone());
    let outcome = container.run_with(&arguments);
    (container, outcome)
}

#[test]
fn the_command_arrives_letter_by_letter() {
    let home = "/tekton/home";
    let commands = [
        (r#"echo "it's" '"quoted"'"#, "it's \"quoted\"\n"),
        ("echo $HOME ${HOME}", "@ @\n"),
        ("echo $(echo nested $(echo twice))", "nested twice\n"),
        ("echo '$(HOME) $$(HOME) $$$ $'", "$(HOME) $$(HOME) $$$ $\n"),
        ("echo $(HOME=1; echo $HOME) `echo back`", "1 back\n"),
        ("test $$ -gt 0 && echo $((1 + 2)) $#", "3 0\n"),
        ("for i in a b; do echo \"$i\"; done", "a\nb\n"),
        (
            "echo on: 012 no '# -' '{a: [b, *c]} % | >' \\\\ é # the end",
            "on: 012 no # - {a: [b, *c]} % | > \\ é\n",
        ),
        (
            "echo one\n\techo two \\\n  three\n\n# a comment\nread -r it << END\n$((1 + 1))\nEND\necho $it\n",
            "one\ntwo three\n2\n",
        ),
        ("printf '%s\\n' \"a  b\"", "a  b\n"),
        ("echo - && echo \"---\"", "-\n---\n"),
    ];
    for shell in shells() {
        for (command, printed) in commands {
            let (container, outcome) = run(shell, command);
            outcome.said("");
            assert_eq!(outcome.stdout, printed.replace('@', &container.place(home)), "{command}");
        }
    }
}

#[test]
fn a_command_that_fails_fails_the_task() {
    for shell in shells() {
        for command in
            ["false", "false; echo went on", "exit 1", "cd nowhere 2> /dev/null || exit 1", "(exit 1)"]
        {
            let (_, outcome) = run(shell, command);
            outcome.failed("");
            assert_eq!(outcome.stdout, "", "{command}");
        }
    }
}

#[test]
fn tests_run_on_a_copy() {
    for shell in shells() {
        let command = "read -r was < version; echo \"$was\"; echo changed > version; echo new > made; read -r h < .hidden/file; echo \"$h\"";
        let (container, outcome) = run(shell, command);
        outcome.said("committed\nhidden\n");
        assert_eq!(container.read("/workspace/source/source/version").as_deref(), Some("committed\n"));
        assert_eq!(container.read("/workspace/source/source/made"), None);
        assert_eq!(container.read("/copy/source/version").as_deref(), Some("changed\n"));
    }
}
