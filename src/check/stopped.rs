//! Workloads that run, and that a change of the repository would stop. Kustomize renders both sides, so it does not matter how
//! the change comes about: a new name, a new namespace, a folder that goes, or a file that scales them to zero.

use std::collections::BTreeMap;
use std::fmt;

use super::files::{FileContent, Files, has_yaml_name};
use super::kustomize::{Builds, RootOrigin};
use super::manifests::Manifests;
use super::model::BuiltObject;
use super::model::workloads::WorkloadKind;
use crate::tree::{File, Tree};
use crate::yaml::is_kustomization;

/// A workload that is declared with Pods before a change and without them afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoppedWorkload {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) reason: StopReason,
}

/// Its text completes a sentence about the workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    Removed,
    ScaledToZero,
    /// Argo Rollouts leaves the Service with the selector of Pods that go with the Rollout.
    BlueGreenReplaced,
}

impl StopReason {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::ScaledToZero => "scaled to zero",
            Self::BlueGreenReplaced => "replaced, and its Service has no Pods meanwhile",
        }
    }
}

impl fmt::Display for StoppedWorkload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} `{}`", self.kind, self.name)?;
        if let Some(namespace) = &self.namespace {
            write!(formatter, " in namespace `{namespace}`")?;
        }
        write!(formatter, ": {}", self.reason.as_str())
    }
}

/// Namespace and name: a workload of another kind takes over the Pods of the same name.
type Key = (Option<String>, String);

struct Workload {
    kind: String,
    has_pods: bool,
    is_blue_green: bool,
}

/// Returns the workloads that run as declared in `before`, and not as in `after`. Both are the files of the folder `prefix`
/// (empty, or ending in `/`) of the repository.
pub(crate) fn stopped(before: &Tree, after: &Tree, prefix: &str) -> Vec<StoppedWorkload> {
    let mut running = workloads(before, prefix);
    running.retain(|_, found| found.iter().any(|workload| workload.has_pods));
    if running.is_empty() {
        return Vec::new();
    }
    let left = workloads(after, prefix);
    let stopped = running.into_iter().filter_map(|(key, was)| {
        let was = was.into_iter().find(|workload| workload.has_pods)?;
        let reason = reason(&was, left.get(&key).map(Vec::as_slice).unwrap_or_default())?;
        let (namespace, name) = key;
        Some(StoppedWorkload { kind: was.kind, name, namespace, reason })
    });
    stopped.collect()
}

/// Why `was` stops where `now` is declared under its name; `None` if it does not.
fn reason(was: &Workload, now: &[Workload]) -> Option<StopReason> {
    if now.is_empty() {
        return Some(StopReason::Removed);
    }
    // If two builds declare it, the one without Pods may win.
    if now.iter().any(|workload| !workload.has_pods) {
        return Some(StopReason::ScaledToZero);
    }
    let is_replaced = now.iter().all(|workload| workload.kind != was.kind);
    // As a canary it releases the Service before it goes.
    (was.is_blue_green && is_replaced).then_some(StopReason::BlueGreenReplaced)
}

fn workloads(tree: &Tree, prefix: &str) -> BTreeMap<Key, Vec<Workload>> {
    let mut files = Files::below([""]);
    for (path, file) in tree {
        files.insert(format!("{prefix}{path}"), content(path, file));
    }
    let manifests = Manifests::read(&files);
    let builds = Builds::of(&manifests);
    let mut workloads = BTreeMap::<Key, Vec<Workload>>::new();
    // Nothing is known to deploy what is in no build.
    let deployed = builds.objects().filter(|(build, _)| !matches!(build.origin, RootOrigin::Folder));
    for (build, object) in deployed {
        let built = BuiltObject { build, object };
        if built.workload_kind().is_some_and(WorkloadKind::keeps_pods) {
            let key = (object.namespace().map(str::to_owned), object.name().to_owned());
            workloads.entry(key).or_default().push(Workload::of(built));
        }
    }
    workloads
}

fn content(path: &str, file: &File) -> FileContent {
    if file.is_link() {
        FileContent::Link
    } else if has_yaml_name(path) || is_kustomization(path) {
        FileContent::of(file.content.clone())
    } else {
        FileContent::Unread
    }
}

impl Workload {
    fn of(object: BuiltObject<'_>) -> Self {
        let spec = |keys: &[&str]| object.content().get("spec")?.dig(keys);
        let replicas = spec(&["replicas"]).and_then(super::kustomize::RenderedValue::as_int);
        Self {
            kind: object.kind().to_owned(),
            has_pods: replicas != Some(0),
            is_blue_green: spec(&["strategy", "blueGreen"]).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repository with an overlay for each namespace: its folder, and what comes after the fields that all have.
    fn tree(base: &str, overlays: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::new();
        let mut add = |path: String, text: String| tree.insert(path, File::new(text, false));
        add("deploy/base/kustomization.yaml".to_owned(), "resources: [app.yaml]\n".to_owned());
        add("deploy/base/app.yaml".to_owned(), base.to_owned());
        for (namespace, more) in overlays {
            let text = format!("namespace: {namespace}\nresources: [../base]\n{more}");
            add(format!("deploy/{namespace}/kustomization.yaml"), text);
        }
        tree
    }

    fn object(kind: &str, name: &str, spec: &str) -> String {
        format!("{{apiVersion: {kind}, metadata: {{name: {name}}}, spec: {{{spec}}}}}\n")
    }

    const DEPLOYMENT: &str = "apps/v1, kind: Deployment";
    const ROLLOUT: &str = "argoproj.io/v1alpha1, kind: Rollout";

    #[track_caller]
    fn stops(before: &Tree, after: &Tree, expected: &[&str]) {
        let found: Vec<_> = stopped(before, after, "").iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    const NONE: &str = "replicas: [{name: shop, count: 0}]\n";

    #[test]
    fn running_workloads_that_go_or_scale_to_zero() {
        let shop = object(DEPLOYMENT, "shop", "replicas: 2");
        let before = tree(&shop, &[("live", ""), ("dev", NONE)]);
        stops(&before, &before, &[]);
        stops(&before, &tree(&shop, &[("live", ""), ("dev", ""), ("qa", NONE)]), &[]);
        stops(&before, &tree(&shop, &[("live", "")]), &[]);
        let removed = "Deployment `shop` in namespace `live`: removed";
        stops(&before, &tree(&shop, &[("dev", NONE)]), &[removed]);
        stops(&before, &tree(&shop, &[("other", ""), ("dev", NONE)]), &[removed]);
        stops(&before, &tree(&object(DEPLOYMENT, "cart", ""), &[("live", "")]), &[removed]);
        let zero = "Deployment `shop` in namespace `live`: scaled to zero";
        stops(&before, &tree(&shop, &[("live", NONE)]), &[zero]);
        // Nothing ran there.
        stops(&tree(&shop, &[("dev", NONE)]), &tree(&shop, &[]), &[]);
        stops(&Tree::new(), &before, &[]);
    }

    #[test]
    fn a_second_environment_in_the_same_namespace_may_stop_the_first() {
        let shop = object(DEPLOYMENT, "shop", "");
        let before = tree(&shop, &[("live", "")]);
        let mut after = before.clone();
        let text = format!("namespace: live\nresources: [../base]\n{NONE}");
        after.insert("deploy/qa/kustomization.yaml".to_owned(), File::new(text, false));
        stops(&before, &after, &["Deployment `shop` in namespace `live`: scaled to zero"]);
    }

    #[test]
    fn another_kind_of_the_same_name_takes_over() {
        let only = |base: &str| tree(base, &[("live", "")]);
        let [deployment, canary, blue_green] = [
            object(DEPLOYMENT, "shop", ""),
            object(ROLLOUT, "shop", "strategy: {canary: {}}"),
            object(ROLLOUT, "shop", "strategy: {blueGreen: {}}"),
        ]
        .map(|base| only(&base));
        stops(&deployment, &canary, &[]);
        stops(&canary, &deployment, &[]);
        stops(&deployment, &blue_green, &[]);
        stops(&blue_green, &canary, &[]);
        stops(
            &blue_green,
            &deployment,
            &["Rollout `shop` in namespace `live`: replaced, and its Service has no Pods meanwhile"],
        );
    }

    #[test]
    fn jobs_end_anyway_and_loose_manifests_run_nowhere() {
        let job = tree(&object("batch/v1, kind: Job", "shop", ""), &[("live", "")]);
        stops(&job, &Tree::new(), &[]);
        let cron = tree(&object("batch/v1, kind: CronJob", "shop", ""), &[("live", "")]);
        stops(&cron, &Tree::new(), &[]);
        let mut loose = Tree::new();
        loose.insert("docs/app.yaml".to_owned(), File::new(object(DEPLOYMENT, "shop", ""), false));
        stops(&loose, &Tree::new(), &[]);
    }

    #[test]
    fn an_application_deploys_a_plain_folder_into_its_namespace() {
        let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n  source: \
                           {repoURL: https://example.com/a/b, path: sub/apps}\n  destination: {namespace: live}\n";
        let mut before = Tree::new();
        before.insert("apps/app.yaml".to_owned(), File::new(object(DEPLOYMENT, "shop", ""), false));
        before.insert("shop.yaml".to_owned(), File::new(application, false));
        let mut after = before.clone();
        after.remove("apps/app.yaml");
        let found = stopped(&before, &after, "sub/");
        assert_eq!(found[0].to_string(), "Deployment `shop` in namespace `live`: removed");
        assert_eq!(found.len(), 1);
    }
}
