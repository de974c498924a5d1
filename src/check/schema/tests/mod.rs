mod defined;
mod fields;
mod naming;
mod outdated;
mod patching;
mod robust;
mod scalars;

use crate::check::files::{FileContent, Files};
use crate::check::finding::Finding;
use crate::check::kustomize::Builds;
use crate::check::manifests::Manifests;
use crate::check::model::Model;

/// Returns the findings of these rules alone.
fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
    let mut tree = Files::below([""]);
    for (path, text) in files {
        tree.insert(*path, FileContent::of(text.as_bytes().to_vec()));
    }
    let mut found = Vec::new();
    super::findings(&Model::of(&Builds::of(&Manifests::read(&tree))), &mut found);
    found.sort_by(Finding::order);
    found
}

/// The findings in these files, as `path:line:column code message; hint`.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    findings(files)
        .iter()
        .map(|Finding { path, start, rule, message, hint, .. }| {
            let hint = if hint.is_empty() { String::new() } else { format!("; {hint}") };
            format!("{path}:{}:{} {} {message}{hint}", start.line, start.column, rule.code)
        })
        .collect()
}

/// The findings in the one manifest `text`, without its path.
fn of(text: &str) -> Vec<String> {
    found(&[("a.yaml", text)]).iter().map(|line| line.trim_start_matches("a.yaml:").to_owned()).collect()
}

/// Returns `text` with its fixes applied.
fn fixed(text: &str) -> String {
    let mut fixes: Vec<_> =
        findings(&[("a.yaml", text)]).into_iter().filter_map(|finding| finding.fix).collect();
    fixes.sort_by_key(|fix| fix.range.start);
    let mut text = text.to_owned();
    for fix in fixes.into_iter().rev() {
        text.replace_range(fix.range, &fix.text);
    }
    text
}

/// A Pod whose container has `rest`, lines at the depth of a container's fields.
fn pod(rest: &str) -> String {
    let rest: Vec<_> = rest.lines().map(|line| format!("    {line}")).collect();
    let rest = rest.join("\n");
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - name: a\n{rest}\n")
}

const NOTHING: [&str; 0] = [];
