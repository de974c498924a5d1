//! `treenail explain`.

use crate::common::home::Home;
use treenail::check::rule;
use treenail::check::rules::GROUPS;

#[test]
fn a_rule() {
    let home = Home::new();
    let output = home.treenail("explain TN002").run().ends_with(0).snapshot("explain-rule");
    assert_eq!(output.stdout, home.treenail("explain tn002").run().ends_with(0).stdout);
}

#[test]
fn all_rules() {
    let home = Home::new();
    let stdout = home.treenail("explain").run().ends_with(0).snapshot("explain-list").stdout;
    let mut codes = Vec::new();
    for (group, text) in GROUPS.iter().zip(stdout.split("\n\n")) {
        let (heading, lines) = text.split_once('\n').unwrap();
        assert_eq!(heading, format!("{} ({})", group.title, group.name()));
        let listed: Vec<_> = lines.lines().filter_map(|line| line.split(' ').next()).collect();
        assert!(listed.is_sorted(), "{heading}: {listed:?}");
        codes.extend(listed);
    }
    codes.sort_unstable();
    assert_eq!(codes, rule::ALL.iter().map(|rule| rule.code).collect::<Vec<_>>());
}

#[test]
fn a_question() {
    Home::new().treenail("explain environments").run().ends_with(0).snapshot("explain-question");
}

#[test]
fn neither() {
    Home::new().treenail("explain enviroments").run().ends_with(2).snapshot("explain-unknown");
}
