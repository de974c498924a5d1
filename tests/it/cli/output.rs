//! Quiet, colours, and a standard output that goes nowhere.

use std::fs::OpenOptions;
use std::io;

use crate::cli::new::SHOP;
use crate::common::home::Home;

#[test]
fn quiet_says_nothing() {
    let home = Home::new();
    let output = home.treenail(&format!("{SHOP} --quiet")).run().ends_with(0);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
    assert!(home.path("shop/.git").exists());
}

#[test]
fn quiet_still_says_what_is_wrong() {
    Home::new().treenail("--quiet new shop --defaults").run().ends_with(4).snapshot("quiet-error");
}

#[test]
fn colours_when_wanted() {
    Home::new().treenail("new shop --defaults --color always").run().ends_with(4).snapshot("color-always");
    Home::new().treenail(&format!("{SHOP} --color always")).run().ends_with(0).snapshot("color-always-new");
}

#[test]
fn no_colours_when_nobody_sees_them() {
    for (flag, variable, value) in
        [("auto", "TERM", "xterm-256color"), ("never", "CLICOLOR_FORCE", "1"), ("auto", "NO_COLOR", "1")]
    {
        let home = Home::new();
        let output =
            home.treenail(&format!("{SHOP} --color {flag}")).with(variable, value).run().ends_with(0);
        assert!(!output.stderr.contains('\x1b'), "{flag} {variable}\n{}", output.stderr);
    }
}

#[test]
fn the_flag_wins_over_the_variable() {
    let output = Home::new()
        .treenail(&format!("{SHOP} --color always"))
        .with("NO_COLOR", "1")
        .run()
        .ends_with(0)
        .stderr;
    assert!(output.contains('\x1b'), "{output}");
}

#[test]
fn data_has_no_colours() {
    for arguments in ["scaffold list", "scaffold show", &format!("{SHOP} --dry-run")] {
        let home = Home::new();
        let output = home.treenail(&format!("{arguments} --color always")).run().ends_with(0);
        assert!(!output.stdout.contains('\x1b'), "{arguments}");
    }
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    for arguments in [&format!("{SHOP} --dry-run"), "scaffold show", "completions bash", "--help"] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = Home::new().treenail(arguments).run_into_pipe(writer).ends_with(0).stderr;
        assert_eq!(output, "", "{arguments}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let home = Home::new();
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    home.treenail("scaffold list").run_into(full()).ends_with(1).snapshot("full-disk");
    home.treenail(&format!("{SHOP} --dry-run")).run_into(full()).ends_with(1);
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_written_is_an_error() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    Home::new().treenail("--help").run_into(full).ends_with(1);
}
