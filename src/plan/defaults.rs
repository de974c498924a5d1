//! Values that the API server fills in: a manifest that begins or ceases to set one of them changes nothing. Argo CD fills
//! them in on both sides before it compares them (`applyPatch` in `gitops-engine/pkg/diff/diff.go`).

use super::fields::PathStep;
use crate::check::kustomize::{Object, RenderedValue};
use crate::check::rules::changes::DEFAULTS;

/// A field by its last keys, from the outside in, and its default.
const FIELDS: [(&[&str], &str); 22] = [
    (&["spec", "replicas"], "1"),
    (&["spec", "revisionHistoryLimit"], "10"),
    (&["spec", "progressDeadlineSeconds"], "600"),
    (&["spec", "minReadySeconds"], "0"),
    (&["spec", "paused"], "false"),
    (&["spec", "suspend"], "false"),
    (&["spec", "podManagementPolicy"], "OrderedReady"),
    (&["spec", "parallelism"], "1"),
    (&["spec", "completions"], "1"),
    (&["spec", "backoffLimit"], "6"),
    (&["spec", "concurrencyPolicy"], "Allow"),
    (&["spec", "successfulJobsHistoryLimit"], "3"),
    (&["spec", "failedJobsHistoryLimit"], "1"),
    (&["spec", "sessionAffinity"], "None"),
    (&["spec", "internalTrafficPolicy"], "Cluster"),
    (&["rollingUpdate", "maxSurge"], "25%"),
    (&["rollingUpdate", "maxUnavailable"], "25%"),
    (&["template", "spec", "restartPolicy"], "Always"),
    (&["secret", "defaultMode"], "420"),
    (&["configMap", "defaultMode"], "420"),
    (&["projected", "defaultMode"], "420"),
    (&["template", "spec", "hostNetwork"], "false"),
];

/// Fields that only some kinds have, with their defaults.
const OF_KINDS: [(&str, &str, &[&str], &str); 6] = [
    ("", "Service", &["spec", "type"], "ClusterIP"),
    ("apps", "Deployment", &["spec", "strategy", "type"], "RollingUpdate"),
    ("apps", "DaemonSet", &["spec", "updateStrategy", "type"], "RollingUpdate"),
    ("apps", "StatefulSet", &["spec", "updateStrategy", "type"], "RollingUpdate"),
    ("", "Secret", &["type"], "Opaque"),
    ("", "PersistentVolumeClaim", &["spec", "volumeMode"], "Filesystem"),
];

/// Whether the API server fills in `value` where the field at `path` is left out.
pub(super) fn is_default(object: &Object<'_>, path: &[PathStep], value: &RenderedValue<'_>) -> bool {
    let is_builtin = !object.group().contains('.') || object.group().ends_with(".k8s.io");
    if !is_builtin || value.scalar().is_none() {
        return false;
    }
    let keys: Vec<&str> = path.iter().map(PathStep::key).collect();
    let Some(last) = keys.last() else { return false };
    let text = value.text();
    let is_in_pods = keys.iter().any(|key| matches!(*key, "template" | "volumeClaimTemplates"));
    if object.kind() == "Job" && keys.ends_with(&["template", "spec", "restartPolicy"]) {
        return false;
    }
    FIELDS.iter().any(|(end, default)| keys.ends_with(end) && *default == text)
        || OF_KINDS
            .iter()
            .any(|(group, kind, whole, default)| object.is(group, kind) && keys == *whole && *default == text)
        || (is_in_pods || keys.contains(&"ports"))
            && !keys.contains(&"env")
            && !keys.contains(&"labels")
            && !keys.contains(&"annotations")
            && DEFAULTS.iter().any(|(key, default)| key == last && *default == text)
}
