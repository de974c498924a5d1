//! One mistake, one finding: no two rules report an error at the same place, unless they say different things about it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_yaml::from_str;
use treenail::check::{self, Files, Finding, Severity};

use super::{CHANGES, KUSTOMIZE, PROJECTS, REFUSALS, Refusals, files_of, trees};
use crate::docs::page::project;

/// Pairs of rules that may report errors at one place, with what each says that the other does not.
const DIFFERENT: [(&str, &str, &str); 0] = [];

#[test]
fn no_two_rules_report_the_same_mistake() {
    let all = cases();
    assert!(all.len() > 1_000, "{}", all.len());
    let twice: Vec<_> = all
        .iter()
        .flat_map(|(title, files)| {
            twice(&check::run(files).findings).into_iter().map(move |pair| format!("{title}\n{pair}"))
        })
        .collect();
    assert!(twice.is_empty(), "{}", twice.join("\n"));
}

/// Returns the places at which several rules report an error.
pub(crate) fn twice(findings: &[Finding]) -> Vec<String> {
    let mut places = BTreeMap::<_, Vec<&Finding>>::new();
    for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
        places.entry((&finding.path, finding.start)).or_default().push(finding);
    }
    let is_different = |codes: &BTreeSet<&str>| {
        DIFFERENT.iter().any(|(one, other, _)| codes.iter().all(|code| code == one || code == other))
    };
    let is_twice = |all: &Vec<&Finding>| {
        let codes: BTreeSet<_> = all.iter().map(|finding| finding.rule.code).collect();
        codes.len() > 1 && !is_different(&codes)
    };
    let show = |finding: &&Finding| {
        format!("  {}:{} {} {}", finding.path, finding.start.line, finding.rule.code, finding.message)
    };
    let twice = places.into_values().filter(is_twice);
    twice.map(|all| all.iter().map(show).collect::<Vec<_>>().join("\n")).collect()
}

/// Every refused object, change and folder, with upstream's words.
fn cases() -> Vec<(String, Files)> {
    let mut all = Vec::new();
    for (name, _) in PROJECTS {
        let folder = project().join(REFUSALS).join(name);
        for file in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if name == KUSTOMIZE {
                all.extend(trees::refused(&file));
                continue;
            }
            let Refusals { base, refused, .. } = from_str(&fs::read_to_string(&file).unwrap()).unwrap();
            all.extend(refused.iter().map(|refusal| {
                let before = (name == CHANGES).then_some(&base);
                (refusal.words.clone(), files_of(&refusal.applied(&base), before))
            }));
        }
    }
    all
}
