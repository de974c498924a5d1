//! Finds what is wrong with manifests, without a cluster: a pure function from files to findings.
//!
//! ```text
//! Files -> Manifests (each file read once) -> Builds -> one module a concern -> findings, sorted
//! ```
//!
//! less what comments (`allow`) and repositories (`ignored`) leave out; `mend` makes the changes that mend them.
//!
//! A rule is a page in `rules/`; a concern is a module with a function `findings`, listed in `CONCERNS`.

mod embedded;
mod files;
mod finding;
mod fix;
pub mod kustomize;
mod manifests;
mod parallel;
mod reading;
mod references;
mod rendered_value;
mod rendering;
mod report;
pub mod rules;
mod schema;
mod severity;
mod source;
mod suppress;
mod surprises;
mod tekton;
mod twice;
mod wiring;

pub use files::{FileContent, Files, MAX_SIZE, has_generator_name, has_yaml_name};
pub use finding::{Finding, Fix};
pub use fix::{FixedFile, fix};
pub use manifests::{Manifest, Manifests};
pub use report::{Filter, Report, SkippedFile};
pub(crate) use rules::Rule;
pub(crate) use schema::modules;
pub use severity::Severity;

use std::collections::BTreeMap;

use crate::error::{Error, Problem, Result};
use crate::scaffold::render::RenderedFile;
use crate::yaml::is_kustomization;
use kustomize::Builds;

/// What looks for mistakes: each gets all manifests, and what is rendered from them, and adds what it finds, in any
/// order. Those that take longest come first, since they may run side by side.
const CONCERNS: &[fn(&Builds<'_>, &mut Vec<Finding>)] = &[
    wiring::findings,
    schema::findings,
    references::findings,
    tekton::findings,
    rendering::findings,
    reading::findings,
    surprises::findings,
    twice::findings,
];

/// Checks all manifests among `files`.
pub fn run(files: &Files) -> Report {
    let manifests = Manifests::read(files);
    let builds = Builds::of(&manifests);
    let threads = parallel::threads_for(manifests.sources().len());
    let mut findings = parallel::map(threads, CONCERNS, |concern| {
        let mut found = Vec::new();
        concern(&builds, &mut found);
        found
    })
    .concat();
    keep_graver(&mut findings);
    let allowed = suppress::comments::apply(&manifests, &mut findings);
    let ignored = suppress::ignore_list::apply(files, &mut findings);
    findings.sort_by(Finding::order);
    findings.dedup();
    let paths = manifests.sources().iter().map(|source| source.path.to_owned()).collect();
    Report { findings, files: paths, skipped: manifests.skipped().to_vec(), allowed, ignored, less_severe: 0 }
}

/// Of findings whose fixes change the same place of a file, keeps the gravest: a value of the wrong type is no mere
/// surprise.
fn keep_graver(findings: &mut Vec<Finding>) {
    let location = |finding: &Finding| {
        finding.fix.as_ref().map(|fix| (finding.path.clone(), fix.range.start, fix.range.end))
    };
    let mut gravest = BTreeMap::new();
    for finding in findings.iter() {
        if let Some(location) = location(finding) {
            let known = gravest.entry(location).or_insert(finding.severity);
            *known = finding.severity.min(*known);
        }
    }
    findings
        .retain(|finding| location(finding).is_none_or(|location| finding.severity <= gravest[&location]));
}

/// Checks `files`, the whole tree that is about to be written; every YAML file in it has to be sound, manifest or
/// not.
///
/// # Errors
/// Every error that `check` finds in them.
pub fn before_writing(rendered: &[RenderedFile]) -> Result<()> {
    let mut files = Files::below([""]);
    for file in rendered {
        let is_read = has_yaml_name(&file.path) || is_kustomization(&file.path);
        let has_text = is_read || has_generator_name(&file.path);
        let content =
            if has_text { FileContent::Bytes(file.file.content.clone()) } else { FileContent::Unread };
        files.insert(&*file.path, content);
        if is_read {
            files.expect(&*file.path);
        }
    }
    let findings = run(&files).findings;
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let problems: Vec<_> = errors.map(problem).collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::failure("the scaffold gives manifests that cannot work; nothing was written")
        .problems(problems)
        .hint("`treenail explain` with the code in brackets says more")
        .hint("`treenail scaffold lint` looks at the scaffold itself"))
}

fn problem(finding: &Finding) -> Problem {
    let Finding { path, start, message, rule, hint, .. } = finding;
    Problem::new(format!("{path}:{}:{}: {message} [{}]", start.line, start.column, rule.code), hint)
}

#[cfg(test)]
mod tests;
