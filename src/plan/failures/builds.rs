//! Applications that Argo CD cannot compare: a kustomization does not build, a folder is missing, or the Application itself
//! is invalid. Nothing of them is synced.

use crate::check::Finding;
use crate::check::files;
use crate::plan::state::AppState;
use crate::yaml::is_kustomization;

/// The most errors that are named for an Application.
const MOST: usize = 3;

/// Returns why Argo CD cannot compare the Application, as far as `errors` of `check` say so.
pub(in crate::plan) fn broken(app: &AppState<'_>, errors: &[Finding]) -> Vec<String> {
    if app.elsewhere.is_some() {
        return Vec::new();
    }
    let words = |finding: &Finding| {
        let condition = condition(app, finding)?;
        let Finding { path, start, message, rule, .. } = finding;
        Some(format!("{condition}: `{path}:{}`: {message} [{}]", start.line, rule.code))
    };
    let mut found: Vec<_> = errors.iter().filter_map(words).collect();
    found.dedup();
    found.truncate(MOST);
    found
}

/// Returns the condition that the error gives the Application in Argo CD.
fn condition(app: &AppState<'_>, finding: &Finding) -> Option<&'static str> {
    let resource = app.application.resource.location();
    let is_own = finding.path == resource.path() && resource.holds_line(finding.start.line);
    match finding.rule.code {
        "TN036" if is_own => Some("ComparisonError"),
        "TN037" | "TN102" if is_own => Some("InvalidSpecError"),
        _ if stops_build(app, finding) => Some("ComparisonError"),
        // Of what the Application changes of its kustomization.
        "TN024" | "TN042" if is_own && is_kustomized(app) => Some("ComparisonError"),
        _ => None,
    }
}

fn is_kustomized(app: &AppState<'_>) -> bool {
    app.inputs.iter().any(|path| is_kustomization(path))
}

/// Whether kustomize, or Argo CD where there is no kustomization, cannot read what the Application is made of.
fn stops_build(app: &AppState<'_>, finding: &Finding) -> bool {
    let path = &*finding.path;
    let is_kustomized = is_kustomized(app);
    let is_manifest = app.manifests.contains(path);
    match finding.rule.code {
        "TN001" if is_kustomized => is_manifest || app.inputs.contains(path) && is_kustomization(path),
        "TN001" => is_manifest && app.application.folders.contains(&files::split(path).0),
        "TN020" => is_kustomized && is_manifest,
        "TN021" | "TN022" | "TN023" | "TN024" | "TN042" => is_kustomized && app.inputs.contains(path),
        _ => false,
    }
}
