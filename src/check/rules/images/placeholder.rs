//! Placeholders: image names that a release replaces, in objects that run before there is one.

use std::collections::BTreeSet;

use super::ImageReference;
use crate::check::finding::Finding;
use crate::check::model::pods::Container;
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN093;

/// Returns the names of images that stand for what a release puts in their place: without registry and tag, in a workload
/// that some build keeps from running, or under a name that kustomize replaces and that says so.
pub(super) fn names(model: &Model<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for root in &model.builds.roots {
        let kept = root.rendered.removed.iter().map(|object| BuiltObject { build: root, object });
        let stopped = root.rendered.objects.iter().map(|object| BuiltObject { build: root, object });
        for object in kept.chain(stopped.filter(|object| super::runs_nothing(*object))) {
            let images = object.containers().filter_map(Container::image);
            names.extend(images.map(|image| image.text().to_owned()));
        }
    }
    for kustomization in model.builds.manifests().kustomizations() {
        let content = kustomization.content();
        let replaced = content.items_at(&["images"]).iter().filter_map(|image| image.str_at(&["name"]));
        let replaced = replaced.filter(|name| name.ends_with("-image") || name.contains("placeholder"));
        names.extend(replaced.map(str::to_owned));
    }
    names.retain(|name| is_bare(name));
    names
}

fn is_bare(name: &str) -> bool {
    let ImageReference { repository, tag, digest } = ImageReference::of(name);
    tag.is_none() && digest.is_none() && !repository.is_empty() && !repository.contains(['/', '$', '{'])
}

/// Reports a placeholder in a pod that is to run.
pub(super) fn finding(object: BuiltObject<'_>, image: &RenderedValue<'_>) -> Option<Finding> {
    let suspended = object.content().dig(&["spec", "suspend"]).and_then(RenderedValue::as_bool);
    if super::runs_nothing(object) || suspended == Some(true) {
        return None;
    }
    let message = format!(
        "`{}` stands for the image of a release, and this build has none yet: the Pods of {} cannot pull it until there is \
         one",
        image.text(),
        object.title()
    );
    let hint = "keep it from running until then: 0 replicas for a workload, `suspend: true` for a Job or CronJob, in the file \
                that also stops the others";
    Some(image.location().finding(&TN093, message).hint(hint))
}
