//! The fields that the API server keeps as they are once an object exists (`pkg/apis/*/validation/validation.go` of
//! Kubernetes, and the one rule in CEL that the CRDs of Argo and Tekton have).

use crate::check::rendered_value::RenderedValue;
use crate::yaml::scalar::ScalarValue;

/// A field that cannot change.
pub(super) struct ImmutableField {
    pub(super) group: &'static str,
    pub(super) kind: &'static str,
    pub(super) path: &'static [&'static str],
    pub(super) missing: Missing,
    /// What the API server says.
    pub(super) words: &'static str,
}

/// What it means that a field is not given.
#[derive(Clone, Copy)]
pub(super) enum Missing {
    /// It is empty.
    Empty,
    /// It has this value.
    Default(&'static str),
    /// The cluster fills it in, so that it is not known here.
    Unknown,
    /// The cluster fills it in, and refuses to be without it later.
    FilledIn,
}

const IMMUTABLE: &str = "field is immutable";

const STATEFUL_SET: &str = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
                            'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
                            'minReadySeconds' are forbidden";

const CLAIM: &str = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

const VOLUME: &str = "spec.persistentvolumesource is immutable after creation";

const POD: &str = "pod updates may not change fields other than";

const ONCE_SET: &str = "may not change once set";

pub(super) const SEALED: &str = "field is immutable when `immutable` is set";

const RBAC: &str = "rbac.authorization.k8s.io";

pub(super) const FIELDS: &[ImmutableField] = &[
    field("apps", "DaemonSet", &["spec", "selector"], Missing::Empty, IMMUTABLE),
    field("apps", "Deployment", &["spec", "selector"], Missing::Empty, IMMUTABLE),
    field("apps", "ReplicaSet", &["spec", "selector"], Missing::Empty, IMMUTABLE),
    field("argoproj.io", "Rollout", &["spec", "selector"], Missing::Unknown, ".spec.selector is immutable"),
    field("apps", "StatefulSet", &["spec", "selector"], Missing::Empty, STATEFUL_SET),
    field("apps", "StatefulSet", &["spec", "serviceName"], Missing::Default(""), STATEFUL_SET),
    field(
        "apps",
        "StatefulSet",
        &["spec", "podManagementPolicy"],
        Missing::Default("OrderedReady"),
        STATEFUL_SET,
    ),
    field("batch", "Job", &["spec", "selector"], Missing::Unknown, IMMUTABLE),
    field("batch", "Job", &["spec", "completions"], Missing::Default("1"), IMMUTABLE),
    field("batch", "Job", &["spec", "completionMode"], Missing::Default("NonIndexed"), IMMUTABLE),
    field("batch", "Job", &["spec", "podFailurePolicy"], Missing::Empty, IMMUTABLE),
    field("batch", "Job", &["spec", "successPolicy"], Missing::Empty, IMMUTABLE),
    field("batch", "Job", &["spec", "backoffLimitPerIndex"], Missing::Empty, IMMUTABLE),
    field("batch", "Job", &["spec", "managedBy"], Missing::Unknown, IMMUTABLE),
    field("", "PersistentVolume", &["spec", "hostPath", "path"], Missing::Empty, VOLUME),
    field("", "PersistentVolume", &["spec", "volumeMode"], Missing::Default("Filesystem"), IMMUTABLE),
    field("", "PersistentVolumeClaim", &["spec", "accessModes"], Missing::Empty, CLAIM),
    field("", "PersistentVolumeClaim", &["spec", "dataSource"], Missing::Unknown, CLAIM),
    field("", "PersistentVolumeClaim", &["spec", "selector"], Missing::Empty, CLAIM),
    field("", "PersistentVolumeClaim", &["spec", "storageClassName"], Missing::FilledIn, CLAIM),
    field("", "PersistentVolumeClaim", &["spec", "volumeMode"], Missing::Default("Filesystem"), CLAIM),
    field("", "PersistentVolumeClaim", &["spec", "volumeName"], Missing::FilledIn, CLAIM),
    field("", "ResourceQuota", &["spec", "scopes"], Missing::Empty, IMMUTABLE),
    field("", "Secret", &["type"], Missing::Default("Opaque"), IMMUTABLE),
    field("", "Service", &["spec", "clusterIP"], Missing::Unknown, ONCE_SET),
    field("", "Service", &["spec", "loadBalancerClass"], Missing::Unknown, ONCE_SET),
    field("discovery.k8s.io", "EndpointSlice", &["addressType"], Missing::Empty, IMMUTABLE),
    field("networking.k8s.io", "IngressClass", &["spec", "controller"], Missing::Empty, IMMUTABLE),
    field("node.k8s.io", "RuntimeClass", &["handler"], Missing::Empty, IMMUTABLE),
    field(
        "scheduling.k8s.io",
        "PriorityClass",
        &["preemptionPolicy"],
        Missing::Default("PreemptLowerPriority"),
        IMMUTABLE,
    ),
    field(
        "scheduling.k8s.io",
        "PriorityClass",
        &["value"],
        Missing::Default("0"),
        "may not be changed in an update.",
    ),
    field("storage.k8s.io", "CSIDriver", &["spec", "attachRequired"], Missing::Default("true"), IMMUTABLE),
    field("storage.k8s.io", "CSIDriver", &["spec", "volumeLifecycleModes"], Missing::Unknown, IMMUTABLE),
    field("storage.k8s.io", "StorageClass", &["parameters"], Missing::Empty, IMMUTABLE),
    field("storage.k8s.io", "StorageClass", &["provisioner"], Missing::Empty, IMMUTABLE),
    field("storage.k8s.io", "StorageClass", &["reclaimPolicy"], Missing::Default("Delete"), IMMUTABLE),
    field("storage.k8s.io", "StorageClass", &["volumeBindingMode"], Missing::Default("Immediate"), IMMUTABLE),
];

const fn field(
    group: &'static str,
    kind: &'static str,
    path: &'static [&'static str],
    missing: Missing,
    words: &'static str,
) -> ImmutableField {
    ImmutableField { group, kind, path, missing, words }
}

/// Fields whose whole value cannot change, except that the API server fills in what is left out of it.
pub(super) const TEMPLATES: &[ImmutableField] = &[
    field("apps", "StatefulSet", &["spec", "volumeClaimTemplates"], Missing::Empty, STATEFUL_SET),
    field("batch", "Job", &["spec", "template"], Missing::Empty, IMMUTABLE),
    field("", "PersistentVolume", &["spec", "csi"], Missing::Empty, VOLUME),
    field("", "PersistentVolume", &["spec", "local"], Missing::Empty, VOLUME),
    field("", "PersistentVolume", &["spec", "nfs"], Missing::Empty, VOLUME),
    field("", "Pod", &["spec"], Missing::Empty, POD),
    field(RBAC, "ClusterRoleBinding", &["roleRef"], Missing::Empty, "cannot change roleRef"),
    field(RBAC, "RoleBinding", &["roleRef"], Missing::Empty, "cannot change roleRef"),
];

/// Values that the API server fills in where a Pod or a claim leaves the field out.
pub(crate) const DEFAULTS: &[(&str, &str)] = &[
    ("apiGroup", "rbac.authorization.k8s.io"),
    ("apiVersion", "v1"),
    ("dnsPolicy", "ClusterFirst"),
    ("enableServiceLinks", "true"),
    ("failureThreshold", "3"),
    ("initialDelaySeconds", "0"),
    ("kind", "PersistentVolumeClaim"),
    ("periodSeconds", "10"),
    ("protocol", "TCP"),
    ("readOnly", "false"),
    ("schedulerName", "default-scheduler"),
    ("scheme", "HTTP"),
    ("successThreshold", "1"),
    ("terminationGracePeriodSeconds", "30"),
    ("terminationMessagePath", "/dev/termination-log"),
    ("terminationMessagePolicy", "File"),
    ("timeoutSeconds", "1"),
    ("value", ""),
    ("volumeMode", "Filesystem"),
];

/// Fields whose zero, or `false`, the API server does not tell from none: in Go, they are no pointers.
const ZEROS: &[&str] = &[
    "failureThreshold",
    "globalDefault",
    "healthCheckNodePort",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostPort",
    "initialDelaySeconds",
    "minReadySeconds",
    "nodePort",
    "paused",
    "periodSeconds",
    "publishNotReadyAddresses",
    "readOnly",
    "stdin",
    "stdinOnce",
    "successThreshold",
    "timeoutSeconds",
    "tty",
];

/// Texts that may be empty: in Go, they are pointers. The API server takes any other empty text for none.
const MAY_BE_EMPTY: &[&str] =
    &["reclaimPolicy", "resourceClaimName", "storageClassName", "volumeAttributesClassName"];

/// Whether the value of the field is as good as none to the API server.
pub(crate) fn is_zero(key: &str, value: &RenderedValue<'_>) -> bool {
    match value.scalar() {
        Some(ScalarValue::Bool(false)) => ZEROS.contains(&key),
        Some(ScalarValue::Int(_)) => value.text() == "0" && ZEROS.contains(&key),
        Some(ScalarValue::Text(text)) => text.is_empty() && !key.is_empty() && !MAY_BE_EMPTY.contains(&key),
        _ => false,
    }
}

/// Fields that the API server or the cluster fills in with what is not known here.
pub(super) const UNKNOWN: &[&str] = &[
    "defaultMode",
    "creationTimestamp",
    "imagePullPolicy",
    "priority",
    "requests",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "status",
    "storageClassName",
    "tolerations",
    "type",
];
