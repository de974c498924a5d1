//! The nodes of a cluster, as far as an image build depends on them, and what provides volumes.

use serde_json::Value;

use super::cut;

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClusterNode {
    pub(crate) name: String,
    pub(crate) architecture: String,
    /// `linux` or `windows`.
    pub(crate) system: String,
    /// Its distribution, such as `Ubuntu 24.04.1 LTS`.
    pub(crate) image: String,
    pub(crate) kubelet: String,
}

/// A setting of a kubelet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KubeletSettings {
    pub(crate) node: String,
    pub(crate) has_seccomp_default: bool,
}

/// A `StorageClass`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StorageClass {
    pub(crate) name: String,
    pub(crate) provisioner: String,
    pub(crate) is_default: bool,
}

impl ClusterNode {
    pub(crate) fn of(object: &Value) -> Option<Self> {
        let info = &object["status"]["nodeInfo"];
        let text = |key: &str| cut(info[key].as_str().unwrap_or_default());
        Some(Self {
            name: object["metadata"]["name"].as_str()?.to_owned(),
            architecture: text("architecture"),
            system: text("operatingSystem"),
            image: text("osImage"),
            kubelet: text("kubeletVersion"),
        })
    }

    /// Why this distribution may allow a Pod no user namespaces, and how that is changed.
    pub(crate) fn limits_user_namespaces(&self) -> Option<(&'static str, &'static str)> {
        let first = self.image.split([' ', '.']).find_map(|word| word.parse::<u32>().ok());
        let image = self.image.to_lowercase();
        if image.starts_with("ubuntu") && first.is_some_and(|version| version >= 24) {
            return Some((
                "AppArmor may forbid user namespaces there",
                "on those nodes, set `kernel.apparmor_restrict_unprivileged_userns=0`, or load an AppArmor profile that \
                 has `userns,` and name it in the step's `securityContext`",
            ));
        }
        if image.starts_with("bottlerocket") || image.starts_with("talos") {
            return Some((
                "it allows no user namespaces unless it is told to",
                "on those nodes, set `user.max_user_namespaces` to 16384 in the settings of the node",
            ));
        }
        None
    }
}

impl KubeletSettings {
    /// Reads what a kubelet says at `configz`.
    pub(crate) fn of(node: &str, settings: &Value) -> Self {
        let has_seccomp_default = settings["kubeletconfig"]["seccompDefault"] == true;
        Self { node: node.to_owned(), has_seccomp_default }
    }
}

impl StorageClass {
    pub(crate) fn of(object: &Value) -> Option<Self> {
        const DEFAULTS: [&str; 2] = [
            "storageclass.kubernetes.io/is-default-class",
            "storageclass.beta.kubernetes.io/is-default-class",
        ];
        let annotations = &object["metadata"]["annotations"];
        Some(Self {
            name: object["metadata"]["name"].as_str()?.to_owned(),
            provisioner: cut(object["provisioner"].as_str().unwrap_or_default()),
            is_default: DEFAULTS.iter().any(|name| annotations[name] == "true"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_that_limit_user_namespaces() {
        let limits = |image: &str| {
            ClusterNode { image: image.to_owned(), ..ClusterNode::default() }
                .limits_user_namespaces()
                .is_some()
        };
        for image in
            ["Ubuntu 24.04.1 LTS", "Ubuntu 25.10", "Bottlerocket OS 1.20.0 (aws-k8s-1.33)", "Talos (v1.9.0)"]
        {
            assert!(limits(image), "{image}");
        }
        for image in
            ["Ubuntu 22.04.5 LTS", "Debian GNU/Linux 13 (trixie)", "Container-Optimized OS from Google", ""]
        {
            assert!(!limits(image), "{image}");
        }
    }
}
