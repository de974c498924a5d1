//! Finds what is wrong with manifests, without a cluster: a pure function from files to findings.
//!
//! ```text
//! Files -> Manifests (each file read once) -> Builds -> Model -> the groups of rules -> findings, sorted
//!                                          -> the groups that look at files ------^
//! ```
//!
//! `suppress` removes what comments and repositories suppress; `fix` applies the changes that findings carry.
//!
//! A rule is a page and a function in a folder of `rules/`, which also has the list of all groups.

mod causes;
pub(crate) mod files;
pub(crate) mod finding;
mod fix;
mod inline_patch;
pub mod kustomize;
pub(crate) mod manifests;
pub(crate) mod mentions;
pub(crate) mod model;
pub(crate) mod parallel;
pub(crate) mod rendered_value;
mod report;
pub mod rule;
pub mod rules;
pub(crate) mod schema;
mod severity;
pub(crate) mod source;
mod stopped;
mod suppress;
mod unread;

pub use files::{FileContent, Files, MAX_SIZE, has_yaml_name};
pub(crate) use files::{join, split};
pub use finding::{Finding, Fix};
pub use fix::{FixedFile, fix};
pub(crate) use kustomize::env_values;
pub use manifests::{Manifest, Manifests};
pub use report::{Filter, Report, SkippedFile};
pub(crate) use rule::Rule;
pub(crate) use schema::modules;
pub use severity::Severity;
pub(crate) use stopped::{StoppedWorkload, stopped};
pub use suppress::Suppressions;
pub(crate) use suppress::comments::MARKER as ALLOW_MARKER;
pub(crate) use suppress::ignore_list::ANSWERS_PATH;
pub(crate) use suppress::{
    BASELINE_PATH, Baseline, BaselineEntry, InvalidBaseline, MAX_BASELINE, MAX_ENTRIES,
};
pub(crate) use suppress::{MAX_SETTINGS, SETTINGS_PATH, Settings};
pub use unread::{Unread, secret_files};

use crate::error::{Error, Problem, Result};
use crate::scaffold::render::RenderedFile;
use crate::yaml::is_kustomization;
use kustomize::Builds;
use model::Model;

/// Checks all manifests among `files`; its own comments and lists suppress findings.
pub fn run(files: &Files) -> Report {
    run_with(files, &Suppressions::Current, &|| {})
}

/// Number of steps of a check: reading, rendering, and each group of rules.
pub(crate) const STEPS: usize = 2 + rules::GROUPS.len();

/// Checks all manifests among `files`. Calls `advance` after each step.
pub fn run_with(files: &Files, suppressions: &Suppressions, advance: &(dyn Fn() + Sync)) -> Report {
    let manifests = Manifests::read(files);
    advance();
    let threads = parallel::threads_for(manifests.sources().len());
    let (mut findings, builds) = parallel::both(threads, || of_files(&manifests), || Builds::of(&manifests));
    let model = Model::of(&builds);
    advance();
    findings.extend(of_model(&model, threads, advance));
    drop(model);
    // Thousands of objects take a while to drop.
    let (report, ()) =
        parallel::both(threads, || report(&manifests, suppressions, findings), || drop(builds));
    report
}

/// Checks manifests that are built already, with the suppressions that they contain.
pub(crate) fn run_on(manifests: &Manifests<'_>, model: &Model<'_>) -> Report {
    let mut findings = of_files(manifests);
    findings.extend(of_model(model, parallel::threads_for(manifests.sources().len()), &|| {}));
    report(manifests, &Suppressions::Current, findings)
}

fn of_files(manifests: &Manifests<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for group in rules::GROUPS {
        group.of_files(manifests, &mut found);
    }
    found
}

fn of_model(model: &Model<'_>, threads: usize, advance: &(dyn Fn() + Sync)) -> Vec<Finding> {
    let found = parallel::map(threads, rules::GROUPS, |group| {
        let mut found = Vec::new();
        group.of_model(model, &mut found);
        advance();
        found
    });
    found.concat()
}

/// Removes the findings that are suppressed, and sorts the others.
fn report(manifests: &Manifests<'_>, suppressions: &Suppressions, mut findings: Vec<Finding>) -> Report {
    let files = manifests.files();
    causes::keep(&mut findings);
    let (allowed, ignored) = suppressions.apply(manifests, &mut findings);
    for finding in &mut findings {
        finding.shorten();
        finding.fix.take_if(|_| !files.may_change(&finding.path));
    }
    findings.sort_by(Finding::order);
    findings.dedup();
    let paths = manifests.sources().iter().map(|source| source.path).filter(|path| !files.is_excluded(path));
    Report {
        findings,
        files: paths.map(str::to_owned).collect(),
        skipped: manifests.skipped().to_vec(),
        excluded: files.excluded().map(str::to_owned).collect(),
        allowed,
        ignored,
        known: 0,
        gone: Vec::new(),
        less_severe: 0,
    }
}

/// Checks the whole tree that is about to be written; every YAML file in it must be valid, manifest or not.
///
/// # Errors
/// Every error that `check` finds in them.
pub fn before_writing(rendered: &[RenderedFile]) -> Result<()> {
    let mut files = Files::below([""]);
    for file in rendered {
        files.insert(&*file.path, FileContent::of(file.file.content.clone()));
        if has_yaml_name(&file.path) || is_kustomization(&file.path) {
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
