//! Where pods are described in objects of any kind.

use super::lookup::{selects, shares};
use crate::check::kustomize::{Builds, Object, RenderedValue, Root};

/// A template of pods: its metadata where it has any, and its spec.
pub(crate) struct Template<'o, 'a> {
    /// The labels of the pods.
    pub(crate) labels: Option<&'o RenderedValue<'a>>,
    /// What is in them.
    pub(crate) spec: &'o RenderedValue<'a>,
}

/// The template of the pods that `object` makes; `None` for what makes none.
pub(crate) fn template<'o, 'a>(object: &'o Object<'a>) -> Option<Template<'o, 'a>> {
    let path: &[&str] = match (object.group(), object.kind()) {
        ("", "Pod") => &[],
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("argoproj.io", "Rollout")
        | ("batch", "Job")
        | ("", "ReplicationController") => &["spec", "template"],
        ("batch", "CronJob") => &["spec", "jobTemplate", "spec", "template"],
        _ => return None,
    };
    let template = object.content().dig(path)?;
    Some(Template { labels: template.dig(&["metadata", "labels"]), spec: template.get("spec")? })
}

impl<'o, 'a> Template<'o, 'a> {
    /// All containers.
    pub(crate) fn containers(&self) -> impl Iterator<Item = &'o RenderedValue<'a>> + use<'o, 'a> {
        let spec = self.spec;
        ["initContainers", "containers"].into_iter().flat_map(|key| spec.items_at(&[key]))
    }
}

/// The templates of pods with the labels of `selector` in the namespace of `from`: those of its own build, even if a patch
/// has taken them out for now, or else those of all others.
pub(crate) fn selected<'b, 'a>(
    builds: &'b Builds<'a>,
    root: &'b Root<'a>,
    from: &Object<'_>,
    selector: &RenderedValue<'_>,
) -> Vec<Template<'b, 'a>> {
    let fits = |object: &'b Object<'a>| {
        template(object).filter(|it| shares(object, from) && selects(selector, it.labels))
    };
    let own: Vec<_> = root.rendered.objects.iter().chain(&root.rendered.removed).filter_map(fits).collect();
    if own.is_empty() { builds.objects().filter_map(|(_, object)| fits(object)).collect() } else { own }
}
