//! Answers that are missing or wrong, and answers from a file.

use crate::common::home::Home;

const URL: &str = "--source-repo https://github.com/acme/shop.git";

/// Runs, and asserts that nothing was written.
#[track_caller]
fn refused(home: &Home, arguments: &str, code: i32, snapshot: &str) {
    let before = home.everything();
    let output = home.treenail(arguments).run().ends_with(code).snapshot(snapshot);
    assert_eq!(output.stdout, "");
    assert_eq!(home.everything(), before);
}

#[test]
fn no_directory() {
    refused(&Home::new(), "new --defaults", 2, "no-directory");
}

#[test]
fn missing_answers_are_all_listed() {
    refused(&Home::new(), "new shop", 4, "missing");
}

#[test]
fn missing_answers_without_a_default() {
    refused(&Home::new(), "new shop --defaults", 4, "missing-defaults");
}

#[test]
fn bad_answers_are_all_listed() {
    let bad = "new shop --defaults --app A_B --port 99999 --environments dev,dev --source-repo shop --memory 1x \
               --manifest-repo https://acme:token@github.com/acme/shop.git --image shop:latest --cpu lots \
               --branch a..b --dockerfile ../Dockerfile --health-path healthz --build-timeout 1s --replicas two";
    refused(&Home::new(), bad, 4, "bad-answers");
}

#[test]
fn answers_that_do_not_fit_together() {
    let arguments = format!("new shop --defaults {URL} --pipeline-namespace argocd --environments delivery");
    refused(&Home::new(), &arguments, 4, "clashing-answers");
}

#[test]
fn a_name_that_is_too_long_for_what_is_made_of_it() {
    let environment = "e".repeat(40);
    let arguments =
        format!("new shop --defaults {URL} --app {} --environments {environment}", "a".repeat(40));
    refused(&Home::new(), &arguments, 4, "too-long");
}

#[test]
fn an_answer_without_effect() {
    let arguments = format!("new shop --defaults {URL} --test-command true");
    refused(&Home::new(), &arguments, 4, "no-effect");
}

#[test]
fn a_secret_in_an_address_is_not_repeated() {
    let home = Home::new();
    let arguments = "new shop --defaults --source-repo https://acme:s3cr3t@github.com/acme/shop.git";
    let output = home.treenail(arguments).run().ends_with(4);
    assert!(!output.stderr.contains("s3cr3t"), "{}", output.stderr);
}

#[test]
fn unknown_question() {
    refused(
        &Home::new(),
        &format!("new shop --defaults {URL} --set prot=80 --set bogus=1"),
        4,
        "unknown-question",
    );
}

#[test]
fn answered_twice() {
    let arguments = format!("new shop --defaults {URL} --set port=80 --port 81 --set cpu=1 --set cpu=2");
    refused(&Home::new(), &arguments, 2, "answered-twice");
}

#[test]
fn set_without_a_name_or_value() {
    refused(&Home::new(), "new shop --set port --set =80", 2, "set-without-value");
}

#[test]
fn a_flag_given_twice() {
    refused(&Home::new(), "new shop --port 80 --port 81", 2, "flag-twice");
}

#[test]
fn answers_from_a_file() {
    let home = Home::new();
    home.write(
        "answers.yaml",
        "source-repo: https://github.com/acme/shop.git\nport: 9000\nenvironments: [dev, live=shop-live]\n",
    );
    let output = home.treenail("new shop --defaults --answers answers.yaml").run().ends_with(0);
    output.snapshot("answers-file");
    let state = home.read("shop/.treenail/answers.yaml");
    assert!(state.contains("  port: 9000\n") && state.contains("  port: file\n"), "{state}");
}

#[test]
fn answers_from_the_state_of_another_repository() {
    let home = Home::new();
    home.treenail(&format!("new shop --defaults {URL} --port 9000")).run().ends_with(0);
    home.treenail("new again --answers shop/.treenail/answers.yaml").run().ends_with(0);
    home.assert_tree("again", &home.tree("shop"));
}

#[test]
fn a_file_with_unknown_questions() {
    let home = Home::new();
    home.write("answers.yaml", "prot: 80\nsource-repo: https://github.com/acme/shop.git\n");
    refused(&home, "new shop --defaults --answers answers.yaml", 4, "answers-file-unknown");
}

#[test]
fn a_file_with_bad_answers() {
    let home = Home::new();
    home.write(
        "answers.yaml",
        "app: 012\nport: 80.5\nbranch: yes\nsource-repo: https://github.com/acme/shop.git\n",
    );
    refused(&home, "new shop --defaults --answers answers.yaml", 4, "answers-file-bad");
}

#[test]
fn a_file_with_the_wrong_types() {
    let home = Home::new();
    home.write("answers.yaml", "port: {a: 1}\n12: x\nenvironments: [[a]]\n");
    refused(&home, "new shop --defaults --answers answers.yaml", 4, "answers-file-types");
}

#[test]
fn a_file_that_is_no_yaml() {
    let home = Home::new();
    home.write("answers.yaml", "app: shop\nport: [80\n");
    refused(&home, "new shop --defaults --answers answers.yaml", 4, "answers-file-broken");
}

#[test]
fn a_file_that_is_a_list() {
    let home = Home::new();
    home.write("answers.yaml", "- app\n");
    refused(&home, "new shop --defaults --answers answers.yaml", 4, "answers-file-list");
}

#[test]
fn a_file_with_one_question_twice() {
    let home = Home::new();
    home.write("answers.yaml", "port: 80\nport: 81\n");
    refused(&home, "new shop --defaults --answers answers.yaml", 4, "answers-file-twice");
}

#[test]
fn a_file_that_is_not_there() {
    refused(&Home::new(), "new shop --defaults --answers nowhere.yaml", 1, "answers-file-missing");
}

#[test]
fn answers_come_from_standard_input_in_every_command_that_takes_them() {
    let home = Home::new();
    let answers = b"app: shop\nsource-repo: https://github.com/acme/shop.git\nport: 9090\n";
    let printed =
        home.treenail("new shop --answers - --print-answers --defaults").run_with_input(answers).ends_with(0);
    let again = home.treenail("new shop --answers - --defaults").run_with_input(printed.stdout.as_bytes());
    again.ends_with(0);
    home.treenail("upgrade shop --answers -").run_with_input(b"port: 7070\n").ends_with(0);
    assert!(home.read("shop/.treenail/answers.yaml").contains("\n  port: 7070\n"));
    // A file of that name is named otherwise.
    home.write("-", "port: 6060\n");
    home.treenail("upgrade shop --answers ./-").run_with_input(b"port: 1\n").ends_with(0);
    assert!(home.read("shop/.treenail/answers.yaml").contains("\n  port: 6060\n"));
    home.git("shop", "rm -q -r .treenail");
    home.git("shop", "commit -q -m lost");
    home.treenail("adopt shop --answers - --defaults").run_with_input(printed.stdout.as_bytes()).ends_with(0);
    assert!(home.read("shop/.treenail/answers.yaml").contains("\n  port: 9090\n"));
}

#[test]
fn what_is_wrong_with_standard_input_is_said_of_it() {
    let home = Home::new();
    let refused = |input: &[u8], code: i32, text: &str| {
        let outcome = home.treenail("new shop --defaults --answers -").run_with_input(input).ends_with(code);
        assert!(outcome.stderr.contains(text), "{}", outcome.stderr);
        assert!(!home.path("shop").exists());
    };
    refused(b"- app\n", 4, "error: the standard input is not an answers file\n");
    refused(
        b"prot: 80\nsource-repo: https://github.com/acme/shop.git\n",
        4,
        "`prot` in the standard input: ",
    );
    refused(b"", 4, "--source-repo");
    refused(b"app: \xff\n", 1, "cannot read the answers in the standard input\n");
    refused(&vec![b'#'; 3 << 20], 1, "it is larger than 1 MiB");
}

/// What is suggested must not be what was refused.
#[test]
fn examples_are_better_than_what_was_given() {
    let home = Home::new();
    let output =
        home.treenail(&format!("new shop --defaults {URL} --pipeline-namespace argocd")).run().ends_with(4);
    assert!(!output.stderr.contains("for example: --argocd-namespace argocd"), "{}", output.stderr);
    let output = home.treenail(&format!("new shop --defaults {URL} --set bogus=1")).run().ends_with(4);
    assert!(!output.stderr.contains("for example: --bogus"), "{}", output.stderr);
}
