//! One object as a cluster is given it.

use std::sync::Arc;

use crate::check::manifests::Manifest;
use crate::check::rendered_value::{Location, RenderedValue};
use crate::yaml::ResourceId;

/// An object of a build.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    /// What it is made from; `None` where a generator makes it.
    manifest: Option<Manifest<'a>>,
    location: Location<'a>,
    api_version: String,
    kind: String,
    pub(super) namespace: Option<String>,
    /// Every name that it has had, the last of which it has in the cluster.
    names: Vec<String>,
    /// The first namespace, which a patch may still name.
    written_namespace: Option<String>,
    pub(super) is_generated: bool,
    /// Whether `content` has every key that the object has.
    pub(super) is_complete: bool,
    weight: usize,
    pub(super) content: Arc<RenderedValue<'a>>,
}

/// Kinds of Kubernetes itself that are in no namespace.
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

/// Widespread kinds of others that are in no namespace.
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
    /// The object that `manifest` describes; `None` where it has no name.
    pub(crate) fn of(manifest: Manifest<'a>) -> Option<Self> {
        let name = manifest.name().or_else(|| manifest.root().str_at(&["metadata", "generateName"]))?;
        let source = manifest.source();
        Some(Self {
            manifest: Some(manifest),
            location: Location::of(source, manifest.root()),
            api_version: manifest.api_version().to_owned(),
            kind: manifest.kind().to_owned(),
            namespace: manifest.namespace().map(str::to_owned),
            names: vec![name.to_owned()],
            written_namespace: manifest.namespace().map(str::to_owned),
            is_generated: false,
            is_complete: true,
            weight: 1 + manifest.root().span().len() / 1024,
            content: Arc::new(RenderedValue::of(source, manifest.root())),
        })
    }

    /// An object of the core group that a generator at `place` makes.
    pub(super) fn generated(
        location: Location<'a>,
        (kind, name, namespace): (&str, &str, Option<&str>),
        content: RenderedValue<'a>,
    ) -> Self {
        Self {
            manifest: None,
            location,
            api_version: "v1".to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            names: vec![name.to_owned()],
            written_namespace: namespace.map(str::to_owned),
            is_generated: true,
            is_complete: true,
            weight: 1,
            content: Arc::new(content),
        }
    }

    /// The manifest that it is made from, as it is written; `None` where a generator makes it.
    pub(crate) fn manifest(&self) -> Option<Manifest<'a>> {
        self.manifest
    }

    /// Where it is written: its manifest, or the entry of the generator.
    pub fn location(&self) -> Location<'a> {
        self.location
    }

    /// Where its name is written, or else the object.
    pub(crate) fn name_location(&self) -> Location<'a> {
        self.content.dig(&["metadata", "name"]).map_or(self.location, RenderedValue::location)
    }

    /// The `apiVersion`.
    pub(crate) fn api_version(&self) -> &str {
        &self.api_version
    }

    /// The group; empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The version.
    pub(crate) fn version(&self) -> &str {
        self.api_version.split_once('/').map_or(&*self.api_version, |(_, version)| version)
    }

    /// The kind.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Whether it is of this group and kind, in any version.
    pub(crate) fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group() == group
    }

    /// The namespace that the build gives it; `None` where nothing says which, and for what is in none.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref().filter(|_| !self.is_cluster_wide())
    }

    /// The name in the cluster. That of a generated object lacks the hash behind it, see [`Self::is_generated`].
    pub fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    /// The name in the manifest, before any prefix.
    pub(crate) fn written_name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// Whether `name` is its name, or was before a prefix: kustomize corrects such references.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// Whether a generator makes it. Its name in the cluster then ends in a hash.
    pub fn is_generated(&self) -> bool {
        self.is_generated
    }

    /// Whether all its keys are known, which those of a generator that reads files of variables are not.
    pub(crate) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Whether it is of a kind that is in no namespace.
    pub(crate) fn is_cluster_wide(&self) -> bool {
        is_cluster_wide(&self.kind) || CLUSTER_WIDE_OF_OTHERS.contains(&&*self.kind)
    }

    /// What it says after all patches, save for name and namespace.
    pub fn content(&self) -> &RenderedValue<'a> {
        &self.content
    }

    /// The value of a label; `None` where it has none or this is no string.
    pub(crate) fn label(&self, name: &str) -> Option<&str> {
        self.content.str_at(&["metadata", "labels", name])
    }

    /// The value of an annotation.
    pub(crate) fn annotation(&self, name: &str) -> Option<&RenderedValue<'a>> {
        self.content.dig(&["metadata", "annotations", name])
    }

    /// What tells it from others in a cluster.
    pub(crate) fn identity(&self) -> ResourceId {
        ResourceId {
            kind: self.kind.clone(),
            group: self.group().to_owned(),
            namespace: self.namespace().unwrap_or_default().to_owned(),
            name: self.name().to_owned(),
        }
    }

    /// The images of its containers, or of its Tekton steps and sidecars, wherever they are.
    pub fn images(&self) -> Vec<&RenderedValue<'a>> {
        const LISTS: [&str; 5] = ["containers", "initContainers", "ephemeralContainers", "steps", "sidecars"];
        let (mut found, mut open) = (Vec::new(), vec![self.content()]);
        while let Some(tree) = open.pop() {
            for entry in tree.entries() {
                if LISTS.contains(&&*entry.key) {
                    found.extend(entry.value.items().iter().filter_map(|item| item.get("image")));
                }
            }
            open.extend(tree.entries().iter().rev().map(|entry| &entry.value));
            open.extend(tree.items().iter().rev());
        }
        found
    }

    pub(super) fn rename(&mut self, name: String) {
        self.names.push(name);
    }

    /// Its namespace, and the one in the manifest.
    pub(super) fn namespaces(&self) -> [String; 2] {
        [&self.namespace, &self.written_namespace]
            .map(|it| it.clone().unwrap_or_else(|| "default".to_owned()))
    }

    /// What it costs to keep another copy.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn content_mut(&mut self) -> &mut RenderedValue<'a> {
        Arc::make_mut(&mut self.content)
    }
}

/// Whether Kubernetes itself has a kind of this name that is in no namespace.
pub(super) fn is_cluster_wide(kind: &str) -> bool {
    CLUSTER_WIDE.contains(&kind)
}
