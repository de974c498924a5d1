//! Is the cluster fit for the service: pure functions from [`Facts`] to a [`Verdict`], one for each check.
//!
//! ```text
//! commit  -> Wanted  \
//!                      Facts -> CHECKS -> Verdict
//! kubectl -> Seen<_> /
//! ```
//!
//! What the user may not see is said to be unknown, and is never an error.

mod access;
mod argocd;
mod facts;
mod kubernetes;
mod nodes;
mod objects;
mod runs;
mod tekton;
mod verdict;

pub(crate) use facts::{Facts, KindName, LastRun, RemoteFacts, Wanted, tekton_flags, tekton_namespace};
pub(crate) use verdict::{Health, Verdict};

/// What has to be asked for a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    Controllers,
    Nodes,
    Kubelets,
    StorageClasses,
    ArgocdSettings,
    TektonSettings,
    Kinds,
    Namespaces,
    Applied,
    Secrets,
    Objects,
    Pods,
    Runs,
    Remote,
    Push,
    Protection,
}

/// A check.
pub(crate) struct DoctorCheck {
    /// How it is called, for good.
    pub(crate) name: &'static str,
    /// What it looks at.
    pub(crate) about: &'static str,
    pub(crate) link: &'static str,
    pub(crate) topics: &'static [Topic],
    pub(crate) judge: fn(&Facts) -> Verdict,
}

/// Every check, in the order in which they are reported.
pub(crate) static CHECKS: &[DoctorCheck] = &[
    DoctorCheck {
        name: "kubernetes-version",
        about: "the version of Kubernetes",
        link: "https://kubernetes.io/releases/",
        topics: &[],
        judge: kubernetes::version,
    },
    DoctorCheck {
        name: "argocd-version",
        about: "the version of Argo CD",
        link: "https://argo-cd.readthedocs.io/en/stable/operator-manual/upgrading/overview/",
        topics: &[Topic::Controllers],
        judge: argocd::version,
    },
    DoctorCheck {
        name: "argocd-running",
        about: "Argo CD's controllers",
        link: "https://argo-cd.readthedocs.io/en/stable/operator-manual/architecture/",
        topics: &[Topic::Controllers],
        judge: argocd::running,
    },
    DoctorCheck {
        name: "tekton-version",
        about: "the version of Tekton Pipelines",
        link: "https://github.com/tektoncd/pipeline/blob/main/releases.md",
        topics: &[Topic::Controllers, Topic::TektonSettings],
        judge: tekton::version,
    },
    DoctorCheck {
        name: "tekton-running",
        about: "Tekton's controller and webhook",
        link: "https://tekton.dev/docs/installation/pipelines/",
        topics: &[Topic::Controllers],
        judge: tekton::running,
    },
    DoctorCheck {
        name: "rollouts",
        about: "Argo Rollouts, where manifests need it",
        link: "https://argo-rollouts.readthedocs.io/en/stable/installation/",
        topics: &[Topic::Controllers],
        judge: kubernetes::rollouts,
    },
    DoctorCheck {
        name: "kinds",
        about: "whether the cluster serves every kind and version of the manifests",
        link: "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/",
        topics: &[Topic::Kinds],
        judge: kubernetes::kinds,
    },
    DoctorCheck {
        name: "argocd-tracking",
        about: "how Argo CD knows its objects",
        link: "https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/",
        topics: &[Topic::ArgocdSettings],
        judge: argocd::tracking,
    },
    DoctorCheck {
        name: "argocd-exclusions",
        about: "the kinds that Argo CD is told to leave out",
        link: "https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#resource-exclusioninclusion",
        topics: &[Topic::ArgocdSettings],
        judge: argocd::exclusions,
    },
    DoctorCheck {
        name: "argocd-notifications",
        about: "what the Applications subscribe to",
        link: "https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/subscriptions/",
        topics: &[Topic::ArgocdSettings, Topic::Controllers],
        judge: argocd::notifications,
    },
    DoctorCheck {
        name: "argocd-known-hosts",
        about: "the keys of the Git server, for repositories that are reached by ssh",
        link: "https://argo-cd.readthedocs.io/en/stable/user-guide/private-repositories/#unknown-ssh-hosts",
        topics: &[Topic::ArgocdSettings],
        judge: argocd::known_hosts,
    },
    DoctorCheck {
        name: "tekton-security-context",
        about: "Tekton's flag `set-security-context`",
        link: "https://tekton.dev/docs/pipelines/additional-configs/",
        topics: &[Topic::TektonSettings, Topic::Controllers],
        judge: tekton::security_context,
    },
    DoctorCheck {
        name: "tekton-coschedule",
        about: "Tekton's flag `coschedule`",
        link: "https://tekton.dev/docs/pipelines/affinityassistants/",
        topics: &[Topic::TektonSettings, Topic::Controllers, Topic::Nodes],
        judge: tekton::coschedule,
    },
    DoctorCheck {
        name: "storage-class",
        about: "the StorageClass of the volumes of runs",
        link: "https://kubernetes.io/docs/tasks/administer-cluster/change-default-storage-class/",
        topics: &[Topic::StorageClasses],
        judge: nodes::storage_class,
    },
    DoctorCheck {
        name: "node-architecture",
        about: "the architectures of the nodes",
        link: "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/",
        topics: &[Topic::Nodes],
        judge: nodes::architecture,
    },
    DoctorCheck {
        name: "node-user-namespaces",
        about: "whether the nodes may forbid the user namespaces that an image build needs",
        link: "https://rootlesscontaine.rs/getting-started/common/apparmor/",
        topics: &[Topic::Nodes],
        judge: nodes::user_namespaces,
    },
    DoctorCheck {
        name: "node-seccomp",
        about: "the setting `seccompDefault` of kubelets, which stops an image build",
        link: "https://kubernetes.io/docs/tutorials/security/seccomp/",
        topics: &[Topic::Nodes, Topic::Kubelets],
        judge: nodes::seccomp,
    },
    DoctorCheck {
        name: "repository-read",
        about: "whether you can read the repository, and what you have not pushed",
        link: "https://git-scm.com/docs/git-ls-remote",
        topics: &[Topic::Remote],
        judge: access::repository_read,
    },
    DoctorCheck {
        name: "repository-push",
        about: "whether the server lets you push",
        link: "https://git-scm.com/docs/git-push",
        topics: &[Topic::Remote, Topic::Push],
        judge: access::repository_push,
    },
    DoctorCheck {
        name: "branch-protection",
        about: "whether the branch refuses the push of the pipeline",
        link: "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches",
        topics: &[Topic::Protection, Topic::Applied, Topic::Runs],
        judge: access::branch_protection,
    },
    DoctorCheck {
        name: "applied",
        about: "whether what an administrator applies is in the cluster as in Git",
        link: "https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/",
        topics: &[Topic::Applied],
        judge: objects::applied,
    },
    DoctorCheck {
        name: "secrets",
        about: "whether the Secrets exist, with the right type and keys",
        link: "https://kubernetes.io/docs/concepts/configuration/secret/#secret-types",
        topics: &[Topic::Applied, Topic::Secrets],
        judge: access::secrets,
    },
    DoctorCheck {
        name: "dry-run",
        about: "whether the API server accepts every object",
        link: "https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run",
        topics: &[Topic::Applied, Topic::Namespaces, Topic::Kinds, Topic::Objects],
        judge: objects::dry_run,
    },
    DoctorCheck {
        name: "pod-security",
        about: "whether the namespaces admit every Pod: Pod Security, quotas, other policies",
        link: "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
        topics: &[Topic::Applied, Topic::Namespaces, Topic::TektonSettings, Topic::Controllers, Topic::Pods],
        judge: objects::pod_security,
    },
    DoctorCheck {
        name: "drift",
        about: "whether Argo CD reads Git, and the cluster is as it says",
        link: "https://argo-cd.readthedocs.io/en/stable/faq/",
        topics: &[Topic::Applied],
        judge: runs::drift,
    },
    DoctorCheck {
        name: "last-run",
        about: "how the last run of the pipeline ended, and why",
        link: "https://tekton.dev/docs/pipelines/pipelineruns/#monitoring-execution-status",
        topics: &[Topic::Applied, Topic::Runs],
        judge: runs::last_run,
    },
];

/// Returns the check `name`.
pub(crate) fn check(name: &str) -> Option<&'static DoctorCheck> {
    CHECKS.iter().find(|check| check.name == name)
}
