//! Values that the API server fills in, or does not tell from none: a manifest that begins or ceases to set one of them
//! changes nothing. Argo CD reads both sides into the types of Kubernetes, and fills them in before it compares them
//! (`remarshal` and `applyPatch` in `gitops-engine/pkg/diff/diff.go`). Of other kinds it compares what is written.

use super::fields::PathStep;
use crate::check::kustomize::{KeyValue, Object, RenderedValue};
use crate::check::rules::changes::{DEFAULTS, is_zero};

/// The groups whose kinds have such a type (`k8s.io/client-go/kubernetes/scheme`).
const GROUPS: [&str; 20] = [
    "",
    "admissionregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// Fields with their defaults, by all of their keys.
const FIELDS: [(&[&str], &str); 11] = [
    (&["spec", "replicas"], "1"),
    (&["spec", "revisionHistoryLimit"], "10"),
    (&["spec", "progressDeadlineSeconds"], "600"),
    (&["spec", "suspend"], "false"),
    (&["spec", "podManagementPolicy"], "OrderedReady"),
    (&["spec", "parallelism"], "1"),
    (&["spec", "concurrencyPolicy"], "Allow"),
    (&["spec", "successfulJobsHistoryLimit"], "3"),
    (&["spec", "failedJobsHistoryLimit"], "1"),
    (&["spec", "sessionAffinity"], "None"),
    (&["metadata", "namespace"], "default"),
];

/// Fields of Pods, by their last keys.
const OF_PODS: [(&[&str], &str); 6] = [
    (&["spec", "restartPolicy"], "Always"),
    (&["secret", "defaultMode"], "420"),
    (&["configMap", "defaultMode"], "420"),
    (&["projected", "defaultMode"], "420"),
    (&["serviceAccountToken", "expirationSeconds"], "3600"),
    (&["httpGet", "path"], "/"),
];

/// Fields that only some kinds have, by all of their keys.
const OF_KINDS: [(&str, &str, &[&str], &str); 29] = [
    ("", "PersistentVolume", &["spec", "persistentVolumeReclaimPolicy"], "Retain"),
    ("", "PersistentVolume", &["spec", "volumeMode"], "Filesystem"),
    ("", "PersistentVolumeClaim", &["spec", "volumeMode"], "Filesystem"),
    ("", "Secret", &["type"], "Opaque"),
    ("", "Service", &["spec", "type"], "ClusterIP"),
    ("autoscaling", "HorizontalPodAutoscaler", &["spec", "minReplicas"], "1"),
    ("apps", "DaemonSet", &["spec", "updateStrategy", "type"], "RollingUpdate"),
    ("apps", "DaemonSet", &["spec", "updateStrategy", "rollingUpdate", "maxSurge"], "0"),
    ("apps", "DaemonSet", &["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"], "1"),
    ("apps", "Deployment", &["spec", "strategy", "type"], "RollingUpdate"),
    ("apps", "Deployment", &["spec", "strategy", "rollingUpdate", "maxSurge"], "25%"),
    ("apps", "Deployment", &["spec", "strategy", "rollingUpdate", "maxUnavailable"], "25%"),
    ("apps", "StatefulSet", &["spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"], "Retain"),
    ("apps", "StatefulSet", &["spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"], "Retain"),
    ("apps", "StatefulSet", &["spec", "updateStrategy", "type"], "RollingUpdate"),
    ("apps", "StatefulSet", &["spec", "updateStrategy", "rollingUpdate", "partition"], "0"),
    ("batch", "Job", &["spec", "completionMode"], "NonIndexed"),
    ("batch", "Job", &["spec", "manualSelector"], "false"),
    ("batch", "Job", &["spec", "podReplacementPolicy"], "TerminatingOrFailed"),
    ("scheduling.k8s.io", "PriorityClass", &["preemptionPolicy"], "PreemptLowerPriority"),
    ("storage.k8s.io", "CSIDriver", &["spec", "attachRequired"], "true"),
    ("storage.k8s.io", "CSIDriver", &["spec", "fsGroupPolicy"], "ReadWriteOnceWithFSType"),
    ("storage.k8s.io", "CSIDriver", &["spec", "podInfoOnMount"], "false"),
    ("storage.k8s.io", "CSIDriver", &["spec", "requiresRepublish"], "false"),
    ("storage.k8s.io", "CSIDriver", &["spec", "seLinuxMount"], "false"),
    ("storage.k8s.io", "CSIDriver", &["spec", "storageCapacity"], "false"),
    ("storage.k8s.io", "StorageClass", &["reclaimPolicy"], "Delete"),
    ("storage.k8s.io", "StorageClass", &["volumeBindingMode"], "Immediate"),
    ("storage.k8s.io", "CSIDriver", &["spec", "volumeLifecycleModes", ""], "Persistent"),
];

const RBAC: &str = "rbac.authorization.k8s.io";

/// Mappings of texts, whose keys are not fields.
const MAPS: [&str; 10] = [
    "annotations",
    "binaryData",
    "data",
    "labels",
    "matchLabels",
    "nodeSelector",
    "options",
    "parameters",
    "stringData",
    "volumeAttributes",
];

/// Mappings that are as good as none if they are empty: maps in the types of Kubernetes, and structures that are no pointers.
const EMPTY: [&str; 25] = [
    "annotations",
    "binaryData",
    "capacity",
    "data",
    "default",
    "defaultRequest",
    "hard",
    "labels",
    "limits",
    "matchLabels",
    "max",
    "maxLimitRequestRatio",
    "metadata",
    "min",
    "nodeSelector",
    "overhead",
    "parameters",
    "persistentVolumeClaimRetentionPolicy",
    "requests",
    "sessionAffinityConfig",
    "strategy",
    "stringData",
    "updateStrategy",
    "volumeAttributes",
    "resources",
];

/// Whether Argo CD reads the object into a type of Kubernetes.
fn is_typed(object: &Object<'_>) -> bool {
    GROUPS.contains(&object.group())
}

/// Whether Argo CD reads what is at the path into a type of Kubernetes, as it does with the Pods of a Rollout
/// (`util/argo/normalizers/knowntypes_normalizer.go`).
pub(super) fn is_typed_at(object: &Object<'_>, path: &[PathStep]) -> bool {
    let is_in_pod =
        || path.len() > 3 && path.iter().map(PathStep::key).take(3).eq(["spec", "template", "spec"]);
    is_typed(object) || object.is("argoproj.io", "Rollout") && is_in_pod()
}

/// Whether the API server fills in `value` where the field at `path` is left out.
pub(super) fn is_default(object: &Object<'_>, path: &[PathStep], value: &RenderedValue<'_>) -> bool {
    let keys: Vec<&str> = path.iter().map(PathStep::key).collect();
    let Some(last) = keys.last() else { return false };
    // The list is replaced as a whole, without what the API server has filled in.
    if !is_typed(object) || value.scalar().is_none() || keys.contains(&"volumeClaimTemplates") {
        return false;
    }
    let text = value.text();
    let is_pod = object.is("", "Pod") || keys.contains(&"template");
    let is_entry = keys.iter().any(|key| is_map(object, key));
    let is_of_pod = *last != "terminationGracePeriodSeconds" || keys.ends_with(&["spec", last]);
    FIELDS.iter().any(|(whole, default)| keys == *whole && *default == text)
        || conditional(object, &keys) == Some(text)
        || OF_KINDS
            .iter()
            .any(|(group, kind, whole, default)| object.is(group, kind) && keys == *whole && *default == text)
        || is_pod && OF_PODS.iter().any(|(end, default)| keys.ends_with(end) && *default == text)
        || object.group() == RBAC && *last == "apiGroup" && text == RBAC
        || (is_pod || keys.contains(&"ports"))
            && !is_entry
            && is_of_pod
            && DEFAULTS.iter().any(|(key, default)| key == last && *default == text)
}

/// Returns the default of a field that depends on another field (`defaults.go` of `pkg/apis/core/v1` and `pkg/apis/batch/v1` of
/// Kubernetes).
fn conditional(object: &Object<'_>, keys: &[&str]) -> Option<&'static str> {
    let &["spec", field] = keys else { return None };
    let spec = |name| object.content().dig(&["spec", name]);
    let has_type = |types: &[&str]| {
        let own = spec("type").map_or("ClusterIP", RenderedValue::text);
        object.is("", "Service") && types.contains(&own)
    };
    let is_job = object.is("batch", "Job");
    match field {
        "completions" if is_job && spec("parallelism").is_none() => Some("1"),
        "backoffLimit" if is_job && spec("backoffLimitPerIndex").is_none() => Some("6"),
        "internalTrafficPolicy" if has_type(&["ClusterIP", "NodePort", "LoadBalancer"]) => Some("Cluster"),
        "externalTrafficPolicy" if has_type(&["NodePort", "LoadBalancer"]) => Some("Cluster"),
        "allocateLoadBalancerNodePorts" if has_type(&["LoadBalancer"]) => Some("true"),
        _ => None,
    }
}

/// Whether the field of that name is a mapping of texts.
fn is_map(object: &Object<'_>, key: &str) -> bool {
    MAPS.contains(&key) || key == "selector" && has_plain_selector(object)
}

/// Whether the kind selects by labels alone, without `matchLabels`.
fn has_plain_selector(object: &Object<'_>) -> bool {
    object.is("", "Service") || object.is("", "ReplicationController")
}

/// Whether the API server fills in what the entry of `own` has, by what else is in `own`.
pub(super) fn is_derived(object: &Object<'_>, own: &RenderedValue<'_>, entry: &KeyValue<'_>) -> bool {
    let text = entry.value.text();
    let is = |key: &str| own.get(key).is_some_and(|other| other.text() == text);
    is_typed(object)
        && match &*entry.key {
            "imagePullPolicy" => own.get("image").is_some_and(|image| text == pull_policy(image.text())),
            "targetPort" => object.is("", "Service") && is("port"),
            _ => false,
        }
}

fn pull_policy(image: &str) -> &'static str {
    let name = image.rsplit('/').next().unwrap_or_default();
    let (name, has_digest) = name.split_once('@').map_or((name, false), |(name, _)| (name, true));
    let is_latest = name.split_once(':').map_or(!has_digest, |(_, tag)| tag == "latest");
    if is_latest { "Always" } else { "IfNotPresent" }
}

/// Whether Argo CD does not tell the value of the field at `path` from a missing one.
pub(super) fn is_nothing(object: &Object<'_>, path: &[PathStep], value: &RenderedValue<'_>) -> bool {
    let keys: Vec<&str> = path.iter().map(PathStep::key).collect();
    let Some((last, parents)) = keys.split_last() else { return false };
    if value.is_null() || keys.contains(&"creationTimestamp") {
        return true;
    }
    if !is_typed_at(object, path) {
        return keys == ["metadata", "annotations"] && is_empty(value);
    }
    if value.scalar().is_some() {
        return !parents.iter().any(|key| is_map(object, key)) && is_zero(last, value);
    }
    let parent = parents.last().copied().unwrap_or_default();
    let may_be_empty = || match *last {
        "securityContext" => parent == "spec",
        // Those of a Pod are a pointer.
        "resources" => parent != "spec" || object.is("", "PersistentVolumeClaim"),
        "selector" => parent == "spec" && has_plain_selector(object),
        "podSelector" => object.is("networking.k8s.io", "NetworkPolicy") && parent == "spec",
        key => EMPTY.contains(&key),
    };
    is_empty(value) && (value.is_sequence() || may_be_empty())
}

fn is_empty(value: &RenderedValue<'_>) -> bool {
    value.scalar().is_none() && value.entries().is_empty() && value.items().is_empty()
}
