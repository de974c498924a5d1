//! What the rules look at: every object as a cluster would get it, and which Application brings it there.

pub(crate) mod lookup;
pub(crate) mod pods;
mod scripts;
pub(crate) mod shell;
pub(crate) mod templates;

use std::collections::BTreeSet;

use super::kustomize::{Builds, Object, RenderedValue};
use super::manifests::Manifest;

/// All objects and Applications of a repository.
pub(crate) struct Model<'a> {
    /// What is rendered.
    pub(crate) builds: &'a Builds<'a>,
    /// Every object of every build; what is in no build as it is written.
    pub(crate) objects: Vec<Object<'a>>,
    /// The Applications, and what each renders.
    pub(crate) applications: Vec<Application<'a>>,
}

/// An Application, or the template of an `ApplicationSet`.
pub(crate) struct Application<'a> {
    /// The object that declares it.
    pub(crate) object: Object<'a>,
    /// Its `spec`.
    pub(crate) spec: RenderedValue<'a>,
    /// What it renders; nothing where its source is elsewhere.
    pub(crate) rendered: Vec<Object<'a>>,
    /// The folders of this repository that it renders.
    pub(crate) folders: Vec<String>,
    /// The files that what it renders is written in.
    pub(crate) files: BTreeSet<String>,
}

impl<'a> Model<'a> {
    /// Sorts what `builds` has rendered.
    pub(crate) fn of(builds: &'a Builds<'a>) -> Self {
        let objects: Vec<_> = builds.objects().map(|(_, object)| object.clone()).collect();
        let mut seen = BTreeSet::new();
        let declared = objects.iter().filter(|object| seen.insert(object.location().key()));
        let applications = declared.filter_map(|object| Application::of(object, builds)).collect();
        Self { builds, objects, applications }
    }

    /// The `spec` of the Pipeline that a `PipelineRun` names, or carries.
    pub(crate) fn pipeline_of<'s>(&'s self, run: &'s Object<'a>) -> Option<&'s RenderedValue<'a>> {
        if let Some(spec) = run.content().dig(&["spec", "pipelineSpec"]) {
            return Some(spec);
        }
        let name = run.content().str_at(&["spec", "pipelineRef", "name"])?;
        self.known_to(run, ("tekton.dev", "Pipeline"), name)?.content().get("spec")
    }

    /// The object of a group and kind that `other` knows by `name`. A repository can hold several of that name; the
    /// one that lies nearest is meant.
    pub(crate) fn known_to(
        &self,
        other: &Object<'a>,
        (group, kind): (&str, &str),
        name: &str,
    ) -> Option<&Object<'a>> {
        let is_it = |object: &&Object<'_>| {
            let is_elsewhere = || {
                let namespaces = (object.namespace(), other.namespace());
                matches!(namespaces, (Some(one), Some(other)) if one != other)
            };
            object.is(group, kind) && object.is_called(name) && !is_elsewhere()
        };
        let nearness = |object: &&Object<'_>| shared(object.location().path(), other.location().path());
        self.objects.iter().filter(is_it).max_by_key(nearness)
    }
}

impl<'a> Application<'a> {
    fn of(object: &Object<'a>, builds: &Builds<'a>) -> Option<Self> {
        let path: &[&str] = match (object.group(), object.kind()) {
            ("argoproj.io", "Application") => &["spec"],
            ("argoproj.io", "ApplicationSet") => &["spec", "template", "spec"],
            _ => return None,
        };
        let spec = object.content().dig(path)?.clone();
        let is_its =
            |manifest: Manifest<'_>| object.manifest().is_some_and(|own| own.root() == manifest.root());
        let (mut rendered, mut folders) = (Vec::new(), Vec::new());
        for root in builds.roots.iter().filter(|root| root.application().is_some_and(is_its)) {
            rendered.extend(root.rendered.objects.iter().cloned());
            folders.push(root.folder.clone());
        }
        let files = rendered.iter().map(|object: &Object<'_>| object.location().path().to_owned()).collect();
        Some(Self { object: object.clone(), spec, rendered, folders, files })
    }

    /// Whether a sync option such as `ServerSideApply=true` is set; where it is written.
    pub(crate) fn sync_option(&self, option: &str) -> Option<&RenderedValue<'a>> {
        self.spec.items_at(&["syncPolicy", "syncOptions"]).iter().find(|one| one.text() == option)
    }
}

/// How many folders two paths have in common.
fn shared(one: &str, other: &str) -> usize {
    one.split('/').zip(other.split('/')).take_while(|(one, other)| one == other).count()
}

/// Whether `path` is `folder` or in it.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| folder.is_empty() || rest.is_empty() || rest.starts_with('/'))
}
