//! The tables that scaffold authors go by, and what they leave in a repository: complete, and with nothing in them
//! that is not there.

use std::collections::BTreeSet;
use std::fs;

use treenail::values::{AnswerType, Limits};
use treenail::yaml;

use crate::docs::page::{Page, project};

#[test]
fn every_type_is_documented() {
    let unknown = AnswerType::new("?", Limits::default()).unwrap_err();
    let (_, types) = unknown.split_once("the types are ").unwrap();
    let types: BTreeSet<_> = types.split(", ").map(|name| name.trim_matches('`').to_owned()).collect();
    assert_eq!(rows("docs/scaffolds.md", "Types"), types);
}

#[test]
fn every_filter_is_documented() {
    let code = fs::read_to_string(project().join("src/scaffold/render/filters.rs")).unwrap();
    let names =
        code.split("register_filter(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    let documented = rows("docs/scaffolds.md", "Templates");
    let documented: BTreeSet<_> =
        documented.iter().map(|row| row.split('(').next().unwrap().to_owned()).collect();
    assert_eq!(documented, names.collect());
}

#[test]
fn every_key_of_the_answers_is_documented() {
    let golden = project().join("tests/golden/minimal/repository/.treenail/answers.yaml");
    let documents = yaml::documents(&fs::read_to_string(golden).unwrap()).unwrap();
    let documented = rows("docs/files.md", "`.treenail/answers.yaml`");
    for key in documents[0].as_mapping().unwrap().keys() {
        assert!(documented.contains(key.as_str().unwrap()), "docs/files.md does not tell of {key:?}");
    }
}

/// The first code in each row of the table below a heading.
fn rows(path: &str, heading: &str) -> BTreeSet<String> {
    let page = Page::read(&project().join(path));
    let below = page.prose.iter().map(|(_, line)| line).skip_while(|line| **line != format!("## {heading}"));
    let section = below.skip(1).take_while(|line| !line.starts_with("## "));
    section.filter_map(|line| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned())).collect()
}
