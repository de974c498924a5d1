//! What the program says about itself.

use crate::common::home::Home;
use treenail::scaffold::catalog;

#[test]
fn help() {
    Home::new().treenail("--help").run().ends_with(0).snapshot("help");
}

#[test]
fn no_arguments() {
    Home::new().treenail("").run().ends_with(2).snapshot("no-arguments");
}

#[test]
fn version() {
    Home::new().treenail("--version").run().ends_with(0).snapshot("version");
}

#[test]
fn short_help_of_new() {
    Home::new().treenail("new -h").run().ends_with(0).snapshot("new-help-short");
}

#[test]
fn short_help_of_adopt() {
    Home::new().treenail("adopt -h").run().ends_with(0).snapshot("adopt-help-short");
}

#[test]
fn every_question_is_a_flag() {
    let home = Home::new();
    let output = home.treenail("new --help").run().ends_with(0).snapshot("new-help");
    let definition = catalog::embedded("service").unwrap().unwrap().definition;
    assert!(!definition.questions.is_empty());
    for question in &definition.questions {
        let flag = format!("      --{} <", question.name);
        assert!(output.stdout.lines().any(|line| line.starts_with(&flag)), "{flag}");
        assert!(output.stdout.contains(&question.prompt), "{}", question.prompt);
    }
}

#[test]
fn help_of_upgrade() {
    let home = Home::new();
    let output = home.treenail("upgrade -h").run().ends_with(0).snapshot("upgrade-help-short");
    // Its own option of that name.
    assert_eq!(output.stdout.matches("--branch").count(), 1, "{}", output.stdout);
    assert!(output.stdout.contains("the only way for `branch`"), "{}", output.stdout);
}

#[test]
fn unknown_command() {
    Home::new().treenail("nwe").run().ends_with(2).snapshot("unknown-command");
}

#[test]
fn unknown_flag() {
    Home::new().treenail("new shop --prot 80").run().ends_with(2).snapshot("unknown-flag");
}

#[test]
fn flags_that_exclude_each_other() {
    let home = Home::new();
    home.treenail("new shop --no-commit --push").run().ends_with(2).snapshot("conflicting-flags");
    for pair in
        ["--dry-run --push", "--print-answers --json", "--print-answers --dry-run", "--print-answers --push"]
    {
        home.treenail(&format!("new shop {pair}")).run().ends_with(2);
    }
}

#[test]
fn completions() {
    let home = Home::new();
    for (shell, start) in [("bash", "_treenail() {"), ("zsh", "#compdef treenail"), ("fish", "# Print an")] {
        let script = home.treenail(&format!("completions {shell}")).run().ends_with(0);
        assert!(script.stdout.starts_with(start), "{shell}: {}", script.stdout);
        assert!(script.stdout.contains("manifest-repo"), "{shell}");
        assert_eq!(script.stderr, "");
    }
}

/// Completions are data for a shell: it must be able to read them.
#[test]
fn bash_reads_its_completions() {
    let home = Home::new();
    let check = "eval \"$(treenail completions bash)\" && complete -p treenail";
    let output = home.command("bash").args(["-c", check]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(String::from_utf8_lossy(&output.stdout).contains("-F _treenail"));
}

#[test]
fn unknown_shell() {
    Home::new().treenail("completions csh").run().ends_with(2).snapshot("unknown-shell");
}

#[test]
fn manual_pages() {
    let home = Home::new();
    std::fs::create_dir(home.path("man")).unwrap();
    home.treenail("man man").run().ends_with(0).snapshot("man");
    let pages = home.tree("man");
    for page in ["treenail.1", "treenail-new.1", "treenail-scaffold-lint.1"] {
        assert!(pages.get(page).is_some_and(|text| text.contains(".TH treenail")), "{page}");
    }
    assert!(pages["treenail-new.1"].contains("source\\-repo"));
}

#[test]
fn manual_pages_need_a_folder() {
    Home::new().treenail("man nowhere").run().ends_with(1).snapshot("man-no-folder");
}
