//! Which versions run in a cluster: of Kubernetes itself, and of the programs that are installed in it.

use serde_json::Value;

use super::cut;

/// A version, as far as it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ReleaseNumber {
    pub(crate) major: u64,
    pub(crate) minor: u64,
}

impl ReleaseNumber {
    pub(crate) const fn new(major: u64, minor: u64) -> Self {
        Self { major, minor }
    }

    /// Reads `v1.33.2`, `1.12`, `v1.34.1-gke.100` and the like.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('v');
        let (major, rest) = text.split_once('.')?;
        let minor = rest.split(|found: char| !found.is_ascii_digit()).next()?;
        Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }
}

/// A Deployment or `StatefulSet` that belongs to an installed program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Controller {
    /// The program, by its label: `argocd`, `tekton-pipelines` or `argo-rollouts`.
    pub(crate) program: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) kind: String,
    /// What its label or the tag of its image says; `None` if that is no version.
    pub(crate) version: Option<String>,
    /// The image, for where there is no version.
    pub(crate) image: String,
    pub(crate) wanted: u64,
    pub(crate) ready: u64,
}

/// The label by which a program's objects are found.
pub(crate) const PART_OF: &str = "app.kubernetes.io/part-of";

impl Controller {
    pub(crate) fn of(object: &Value) -> Option<Self> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let labels = &object["metadata"]["labels"];
        let image = text("/spec/template/spec/containers/0/image").unwrap_or_default();
        let label = labels["app.kubernetes.io/version"].as_str();
        let tag = image.split('@').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        let tag = tag.split_once(':').map(|(_, tag)| tag);
        let version = [label, tag].into_iter().flatten().find(|text| ReleaseNumber::parse(text).is_some());
        Some(Self {
            program: labels[PART_OF].as_str()?.to_owned(),
            name: cut(text("/metadata/name")?),
            namespace: text("/metadata/namespace").unwrap_or_default().to_owned(),
            kind: text("/kind")?.to_owned(),
            version: version.map(cut),
            image: cut(image),
            wanted: object.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1),
            ready: object.pointer("/status/readyReplicas").and_then(Value::as_u64).unwrap_or(0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn versions_are_compared_as_numbers() {
        let read = |text: &str| ReleaseNumber::parse(text).map(|it| (it.major, it.minor));
        assert_eq!(read("v1.33.2"), Some((1, 33)));
        assert_eq!(read("1.9"), Some((1, 9)));
        assert_eq!(read("v1.34.1-gke.100"), Some((1, 34)));
        for other in ["devel", "", "v1", "latest", "1", "stable-v1.2", "99999999999999999999.1", "1-2.3"] {
            assert_eq!(read(other), None, "{other}");
        }
        assert!(ReleaseNumber::new(1, 9) < ReleaseNumber::new(1, 12));
    }

    #[test]
    fn a_label_says_more_than_a_tag() {
        let object = |version: &str, image: &str| {
            json!({
                "kind": "Deployment",
                "metadata": { "name": "server", "namespace": "argocd", "labels": {
                    PART_OF: "argocd", "app.kubernetes.io/version": version } },
                "spec": { "template": { "spec": { "containers": [{ "image": image }] } } },
                "status": { "readyReplicas": 2 }
            })
        };
        let version = |label: &str, image: &str| Controller::of(&object(label, image)).unwrap().version;
        assert_eq!(version("v3.5.1", "quay.io/argoproj/argocd:v3.4.0").as_deref(), Some("v3.5.1"));
        assert_eq!(version("", "localhost:5000/argocd:v3.4.0@sha256:ab").as_deref(), Some("v3.4.0"));
        assert_eq!(version("devel", "localhost:5000/argocd@sha256:ab"), None);
        let found = Controller::of(&object("v3.5.1", "a")).unwrap();
        assert_eq!((found.wanted, found.ready), (1, 2));
        assert_eq!(Controller::of(&json!({ "kind": "Deployment", "metadata": { "name": "a" } })), None);
    }
}
