//! What the rules look at: the manifests, every resource as a cluster would get it, and the Applications that bring
//! it there.

pub(crate) mod lookup;
pub(crate) mod pods;
pub(crate) mod scripts;
pub(crate) mod workloads;

use std::collections::BTreeSet;
use std::ops::Deref;

use super::kustomize::{self, Builds, Object, Root};
use super::rendered_value::RenderedValue;

pub(crate) struct Model<'a> {
    pub(crate) builds: &'a Builds<'a>,
    /// Every object of every build, and objects outside any build as written.
    pub(crate) resources: Vec<BuiltObject<'a>>,
    /// The Applications and `ApplicationSets`, each once.
    pub(crate) applications: Vec<Application<'a>>,
}

#[derive(Clone, Copy)]
pub(crate) struct BuiltObject<'a> {
    pub(crate) build: &'a Root<'a>,
    pub(crate) object: &'a Object<'a>,
}

/// An Application, or the template of an `ApplicationSet`.
pub(crate) struct Application<'a> {
    pub(crate) resource: BuiltObject<'a>,
    pub(crate) spec: &'a RenderedValue<'a>,
    /// The rendered objects; empty if its source is elsewhere.
    pub(crate) rendered: Vec<BuiltObject<'a>>,
    pub(crate) folders: Vec<&'a str>,
    pub(crate) files: BTreeSet<&'a str>,
}

impl<'a> Model<'a> {
    pub(crate) fn of(builds: &'a Builds<'a>) -> Self {
        let resources: Vec<_> =
            builds.objects().map(|(build, object)| BuiltObject { build, object }).collect();
        let mut seen = BTreeSet::new();
        let declared = resources.iter().filter(|resource| seen.insert(resource.location().key()));
        let applications = declared.filter_map(|resource| Application::of(*resource, builds)).collect();
        Self { builds, resources, applications }
    }

    pub(crate) fn of_kind(&self, group: &str, kind: &str) -> impl Iterator<Item = BuiltObject<'a>> {
        self.resources.iter().copied().filter(move |resource| resource.is(group, kind))
    }

    /// Whether everything that may accompany `resource` in the cluster is known. Only then is a missing
    /// resource an error.
    pub(crate) fn is_whole_around(&self, resource: BuiltObject<'_>) -> bool {
        self.builds.is_whole() && resource.build.rendered.is_whole()
    }
}

impl<'a> BuiltObject<'a> {
    pub(crate) fn content(self) -> &'a RenderedValue<'a> {
        self.object.content()
    }

    pub(crate) fn annotation(self, name: &str) -> Option<&'a RenderedValue<'a>> {
        self.object.annotation(name)
    }

    pub(crate) fn is_tekton(self) -> bool {
        self.group().ends_with("tekton.dev")
    }

    /// Returns kind and name, for messages.
    pub(crate) fn title(self) -> String {
        format!("{} `{}`", self.kind(), self.name())
    }
}

impl<'a> Deref for BuiltObject<'a> {
    type Target = Object<'a>;

    fn deref(&self) -> &Self::Target {
        self.object
    }
}

impl<'a> Application<'a> {
    fn of(resource: BuiltObject<'a>, builds: &'a Builds<'a>) -> Option<Self> {
        let path: &[&str] = match (resource.group(), resource.kind()) {
            ("argoproj.io", "Application") => &["spec"],
            ("argoproj.io", "ApplicationSet") => &["spec", "template", "spec"],
            _ => return None,
        };
        let spec = resource.content().dig(path)?;
        let (mut rendered, mut folders) = (Vec::new(), Vec::new());
        for build in builds.of_application(resource.location()) {
            rendered.extend(build.rendered.objects.iter().map(|object| BuiltObject { build, object }));
            folders.push(&*build.folder);
        }
        let files = rendered.iter().map(|resource: &BuiltObject<'a>| resource.location().path()).collect();
        Some(Self { resource, spec, rendered, folders, files })
    }

    /// Returns the objects that patches remove from what it renders.
    pub(crate) fn removed(&self) -> impl Iterator<Item = BuiltObject<'a>> {
        let mut folders = BTreeSet::new();
        let builds = self
            .rendered
            .iter()
            .map(|object| object.build)
            .filter(move |build| folders.insert(&*build.folder));
        builds
            .flat_map(|build| build.rendered.removed.iter().map(move |object| BuiltObject { build, object }))
    }

    /// Whether Argo CD reverts changes in the cluster.
    pub(crate) fn is_self_healed(&self) -> bool {
        let heals = self.spec.dig(&["syncPolicy", "automated", "selfHeal"]);
        heals.and_then(RenderedValue::as_bool) == Some(true)
    }

    pub(crate) fn sources(&self) -> impl Iterator<Item = &'a RenderedValue<'a>> + use<'a> {
        kustomize::sources(self.spec)
    }
}
