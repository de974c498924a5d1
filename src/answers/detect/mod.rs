//! Suggests answers from the surroundings of the target directory. Pure: the caller collects the surroundings.

mod dockerfile;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::values::{AnswerType, Limits, RepoUrl, harmless_label, without_credentials};

/// Suffixes that a manifest directory adds to the name of the service.
const SUFFIXES: [&str; 9] =
    ["-gitops", "-manifests", "-manifest", "-deploy", "-delivery", "-config", "-infra", "-k8s", "-env"];

/// Names that describe the purpose of a directory, not the service in it.
const GENERIC: [&str; 24] = [
    "app",
    "argocd",
    "code",
    "config",
    "delivery",
    "deploy",
    "deployment",
    "env",
    "environments",
    "gitops",
    "infra",
    "infrastructure",
    "k8s",
    "kubernetes",
    "manifest",
    "manifests",
    "project",
    "repo",
    "repository",
    "source",
    "src",
    "temp",
    "tmp",
    "workspace",
];

#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// The target directory's name.
    pub(crate) target_name: Option<String>,
    pub(crate) target_remote: Option<String>,
    pub(crate) target_branch: Option<String>,
    pub(crate) source_remote: Option<String>,
    /// The name of the source repository's directory.
    pub(crate) source_name: Option<String>,
    pub(crate) dockerfile: Option<String>,
}

/// Returns the detected texts by detector (`app`, `branch`, `manifest-repo`, `port`, `source-repo`, `user-id`), each
/// valid for the type of question that it serves. The `user-id` is empty where the image has one of its own.
pub(crate) fn detect(around: &Surroundings) -> BTreeMap<&'static str, String> {
    let source = around.source_remote.as_deref().and_then(remote);
    let target = around.target_remote.as_deref().and_then(remote);
    let dockerfile = around.dockerfile.as_deref().map(dockerfile::read).unwrap_or_default();
    let found = [
        ("app", app(around, source.as_ref(), target.as_ref())),
        ("branch", around.target_branch.as_deref().and_then(branch)),
        ("manifest-repo", target.map(|url| url.to_string())),
        ("port", dockerfile.port.map(|port| port.to_string())),
        ("source-repo", source.map(|url| url.to_string())),
        ("user-id", dockerfile.has_numeric_user.then(String::new)),
    ];
    found.into_iter().filter_map(|(detector, text)| Some((detector, text?))).collect()
}

/// Returns the first name that identifies the service: from the target directory, the source, then the
/// target's remote.
fn app(around: &Surroundings, source: Option<&RepoUrl>, target: Option<&RepoUrl>) -> Option<String> {
    let directory = around.target_name.as_deref().and_then(without_suffix);
    let source_remote = source.and_then(|url| service(url.name()));
    let source_directory = || around.source_name.as_deref().and_then(service);
    let target_remote = || target.and_then(|url| without_suffix(url.name()));
    directory.or(source_remote).or_else(source_directory).or_else(target_remote)
}

fn service(name: &str) -> Option<String> {
    harmless_label(name).filter(|name| !GENERIC.contains(&name.as_str()))
}

/// Returns the application's name from that of a directory or repository: `shop` for `shop-gitops`.
pub(crate) fn without_suffix(name: &str) -> Option<String> {
    let name = harmless_label(name)?;
    service(SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(&name))
}

fn remote(url: &str) -> Option<RepoUrl> {
    let open = without_credentials(url);
    RepoUrl::parse(open.as_deref().unwrap_or(url)).ok()
}

fn branch(name: &str) -> Option<String> {
    let kind = AnswerType::new("branch", Limits::default()).ok()?;
    kind.parse(name).ok().map(|branch| branch.to_text())
}
