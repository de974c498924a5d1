//! The kinds that create pods: the one place that a new one is added to.

use super::BuiltObject;

/// A kind of Kubernetes, or of another project, that creates pods from a template.
#[derive(Debug)]
pub(crate) struct WorkloadKind {
    pub(crate) group: &'static str,
    pub(crate) kind: &'static str,
    /// The path of the pod template, which has `metadata` and `spec`; empty for a pod.
    pub(crate) template: &'static [&'static str],
    /// Whether `spec.selector.matchLabels` has to fit the template.
    pub(crate) has_selector: bool,
    /// What Argo CD waits for until the object is healthy, as the rest of a sentence about it; `None` if it does not wait.
    pub(crate) waits_until: Option<&'static str>,
}

const READY: Option<&str> = Some("runs and is ready");

/// Every workload kind. No other kind of their API groups counts as one.
pub(crate) const WORKLOADS: &[WorkloadKind] = &[
    WorkloadKind::with_selector("apps", "DaemonSet"),
    WorkloadKind::with_selector("apps", "Deployment"),
    WorkloadKind::with_selector("apps", "ReplicaSet"),
    WorkloadKind::with_selector("apps", "StatefulSet"),
    WorkloadKind::with_selector("argoproj.io", "Rollout"),
    WorkloadKind { waits_until: Some("is done"), ..WorkloadKind::without_selector("batch", "Job") },
    WorkloadKind {
        template: &["spec", "jobTemplate", "spec", "template"],
        waits_until: Some("has not failed the last time it ran"),
        ..WorkloadKind::without_selector("batch", "CronJob")
    },
    WorkloadKind { template: &[], ..WorkloadKind::without_selector("", "Pod") },
    WorkloadKind::without_selector("", "ReplicationController"),
];

impl WorkloadKind {
    const fn with_selector(group: &'static str, kind: &'static str) -> Self {
        Self { has_selector: true, ..Self::without_selector(group, kind) }
    }

    const fn without_selector(group: &'static str, kind: &'static str) -> Self {
        Self { group, kind, template: &["spec", "template"], has_selector: false, waits_until: READY }
    }

    /// Whether its pods run until somebody stops them.
    pub(crate) fn keeps_pods(&self) -> bool {
        self.waits_until == READY
    }
}

impl BuiltObject<'_> {
    /// Returns its kind, if that creates pods.
    pub(crate) fn workload_kind(self) -> Option<&'static WorkloadKind> {
        WORKLOADS.iter().find(|known| self.is(known.group, known.kind))
    }
}

/// Whether kinds of this API group may create pods in ways that are not known here.
pub(crate) fn may_create_pods(group: &str) -> bool {
    let is_of_kubernetes = !group.contains('.') || group.ends_with(".k8s.io");
    let is_known = group.ends_with("tekton.dev") || WORKLOADS.iter().any(|workload| workload.group == group);
    !is_of_kubernetes && !is_known
}
