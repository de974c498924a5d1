//! An object as a cluster is given it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::check::manifests::Manifest;
use crate::check::rendered_value::{KeyValue, Location, RenderedValue, ValuePath};
use crate::yaml::ResourceId;

/// An object of a build.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    location: Location<'a>,
    api_version: Cow<'a, str>,
    /// The length of the group in `api_version`.
    group: usize,
    kind: Cow<'a, str>,
    pub(super) namespace: Option<String>,
    /// All its names, oldest first; the last is its name in the cluster.
    names: Vec<String>,
    /// The namespace in its manifest, by which a patch may select it.
    written_namespace: Option<Cow<'a, str>>,
    pub(super) is_generated: bool,
    pub(super) is_complete: bool,
    /// The files that a generator puts into it, by their keys.
    pub(super) files: BTreeMap<String, String>,
    weight: usize,
    content: Arc<RenderedValue<'a>>,
    pod_lists: OnceLock<Vec<ValuePath>>,
}

/// Cluster-scoped kinds built into Kubernetes.
const CLUSTER_WIDE: [&str; 25] = [
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterTrustBundle",
    "ComponentStatus",
    "CustomResourceDefinition",
    "DeviceClass",
    "FlowSchema",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
];

const CLUSTER_WIDE_OF_OTHERS: [&str; 8] = [
    "ClusterAnalysisTemplate",
    "ClusterExternalSecret",
    "ClusterInterceptor",
    "ClusterIssuer",
    "ClusterPolicy",
    "ClusterSecretStore",
    "ClusterTask",
    "GatewayClass",
];

impl<'a> Object<'a> {
    /// `None` for a manifest without a name.
    pub(crate) fn of(manifest: Manifest<'a>) -> Option<Self> {
        let name = manifest.name().or_else(|| manifest.root().str_at(&["metadata", "generateName"]))?;
        let source = manifest.source();
        Some(Self {
            location: Location::of(source, manifest.root()),
            api_version: manifest.api_version().into(),
            group: manifest.api_version().find('/').unwrap_or(0),
            kind: manifest.kind().into(),
            namespace: manifest.namespace().map(str::to_owned),
            names: vec![name.to_owned()],
            written_namespace: manifest.namespace().map(Cow::Borrowed),
            is_generated: false,
            is_complete: true,
            files: BTreeMap::new(),
            weight: 1 + manifest.root().span().len() / 1024,
            content: Arc::new(RenderedValue::of(source, manifest.root())),
            pod_lists: OnceLock::new(),
        })
    }

    pub(super) fn generated(
        location: Location<'a>,
        (kind, name, namespace): (&str, &str, Option<&str>),
        content: RenderedValue<'a>,
    ) -> Self {
        Self {
            location,
            api_version: "v1".into(),
            group: 0,
            kind: kind.to_owned().into(),
            namespace: namespace.map(str::to_owned),
            names: vec![name.to_owned()],
            written_namespace: namespace.map(|namespace| namespace.to_owned().into()),
            is_generated: true,
            is_complete: true,
            files: BTreeMap::new(),
            weight: 1,
            content: Arc::new(content),
            pod_lists: OnceLock::new(),
        }
    }

    /// Its manifest, or the entry of its generator.
    pub fn location(&self) -> Location<'a> {
        self.location
    }

    /// Returns the location of its name, or else of the object.
    pub(crate) fn name_location(&self) -> Location<'a> {
        self.content.dig(&["metadata", "name"]).map_or(self.location, RenderedValue::location)
    }

    pub(crate) fn api_version(&self) -> &str {
        &self.api_version
    }

    /// The group; empty for the core group.
    pub fn group(&self) -> &str {
        &self.api_version[..self.group]
    }

    pub(crate) fn version(&self) -> &str {
        self.api_version.split_once('/').map_or(&*self.api_version, |(_, version)| version)
    }

    /// The kind.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    pub(crate) fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group() == group
    }

    /// Its namespace after the build; `None` where none is set, and for cluster-scoped kinds.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref().filter(|_| !self.is_cluster_wide())
    }

    /// The name in the cluster, without the hash that a generated object has (see [`Self::is_generated`]).
    pub fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    /// Returns the name in the manifest, before any prefix.
    pub(crate) fn written_name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// Whether `name` is or was its name: kustomize updates references that use names without the prefix.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// Whether a generator appends a hash to its name.
    pub fn is_generated(&self) -> bool {
        self.is_generated
    }

    /// Whether all its keys are known. A generator may read them from a file outside the checked ones.
    pub(crate) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Returns the files that a generator puts into it, by their keys. Of most, [`Self::content`] has an empty text.
    pub(crate) fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    pub(crate) fn is_cluster_wide(&self) -> bool {
        is_cluster_wide(&self.kind) || CLUSTER_WIDE_OF_OTHERS.contains(&&*self.kind)
    }

    /// Its content after all patches, with name and namespace as written.
    pub fn content(&self) -> &RenderedValue<'a> {
        &self.content
    }

    /// Returns the value of a label, if it is a string.
    pub(crate) fn label(&self, name: &str) -> Option<&str> {
        self.content.str_at(&["metadata", "labels", name])
    }

    pub(crate) fn annotation(&self, name: &str) -> Option<&RenderedValue<'a>> {
        self.content.dig(&["metadata", "annotations", name])
    }

    pub(crate) fn identity(&self) -> ResourceId {
        ResourceId {
            kind: self.kind().to_owned(),
            group: self.group().to_owned(),
            namespace: self.namespace().unwrap_or_default().to_owned(),
            name: self.name().to_owned(),
        }
    }

    pub(super) fn rename(&mut self, name: String) {
        self.names.push(name);
    }

    /// Returns its `apiVersion` and kind.
    pub(super) fn type_meta(&self) -> (String, String) {
        (self.api_version().to_owned(), self.kind().to_owned())
    }

    /// Takes over the `apiVersion` and kind of its content, which a patch has changed.
    pub(super) fn retype(&mut self) {
        let text = |field| self.content.str_at(&[field]).map(str::to_owned);
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        if let Some(api_version) = api_version {
            self.group = api_version.find('/').unwrap_or(0);
            self.api_version = api_version.into();
        }
        if let Some(kind) = kind {
            self.kind = kind.into();
        }
        self.pod_lists = OnceLock::new();
    }

    /// Returns its namespaces after the build and in its manifest; `default` if unset.
    pub(super) fn namespaces(&self) -> [String; 2] {
        [self.namespace.as_deref(), self.written_namespace.as_deref()]
            .map(|it| it.unwrap_or("default").to_owned())
    }

    /// Returns the cost of another copy; a small object costs 1.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the lists of containers and of steps with the mapping around each, wherever they are.
    pub(crate) fn pod_lists(&self) -> impl Iterator<Item = (&RenderedValue<'a>, &KeyValue<'a>)> {
        let find = || match self.kind() {
            "CustomResourceDefinition" => Vec::new(),
            // Its policies say what a pod has to look like, and how to change it.
            _ if self.group() == "kyverno.io" || self.group().ends_with(".kyverno.io") => Vec::new(),
            _ if self.group().ends_with("tekton.dev") => self.content.lists_called(&["containers", "steps"]),
            _ => self.content.lists_called(&["containers"]),
        };
        // Every group of rules asks for them.
        self.pod_lists.get_or_init(find).iter().filter_map(|path| self.content.follow(path))
    }

    pub(super) fn content_mut(&mut self) -> &mut RenderedValue<'a> {
        self.pod_lists = OnceLock::new();
        Arc::make_mut(&mut self.content)
    }
}

pub(super) fn is_cluster_wide(kind: &str) -> bool {
    CLUSTER_WIDE.contains(&kind)
}
