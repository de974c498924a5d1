//! `treenail explain`.

use crate::common::home::Home;
use treenail::check::rule;

#[test]
fn a_rule() {
    let home = Home::new();
    let output = home.treenail("explain TN002").run().ends_with(0).snapshot("explain-rule");
    assert_eq!(output.stdout, home.treenail("explain tn002").run().ends_with(0).stdout);
}

#[test]
fn all_rules() {
    let home = Home::new();
    let output = home.treenail("explain").run().ends_with(0);
    let codes: Vec<_> = output.stdout.lines().filter_map(|line| line.split(' ').next()).collect();
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
