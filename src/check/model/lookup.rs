//! Names that lead nowhere: what one object says of another, looked up in what is rendered.
//!
//! Precision comes before completeness: where a part of a build is out of sight, nothing is said about what may be
//! there.

use crate::check::kustomize::{Builds, Object, RenderedValue, Root};
use crate::suggest;

/// Whether all that could be in the same namespace as the objects of `root` is known.
pub(crate) fn is_known(builds: &Builds<'_>, root: &Root<'_>) -> bool {
    builds.is_whole() && root.rendered.is_whole()
}

/// The object that `name` refers to in the namespace of `from`: in the same build, or in any other.
pub(crate) fn find<'b, 'a>(
    builds: &'b Builds<'a>,
    root: &'b Root<'a>,
    from: &Object<'_>,
    (group, kind): (&str, &str),
    name: &str,
) -> Option<&'b Object<'a>> {
    let here = |found: &&Root<'_>| std::ptr::eq(*found, root);
    let fits = || builds.called((group, kind), name).filter(|(_, object)| shares(object, from));
    let first = fits().find(|(found, _)| here(found)).or_else(|| fits().next());
    first.map(|(_, object)| object)
}

/// Whether both may be in the same namespace.
pub(crate) fn shares(one: &Object<'_>, other: &Object<'_>) -> bool {
    one.namespace().zip(other.namespace()).is_none_or(|(one, other)| one == other)
}

/// ``; did you mean `...`?`` for a name that is like one of the objects of that kind in the build.
pub(crate) fn meant(root: &Root<'_>, (group, kind): (&str, &str), name: &str) -> String {
    suggest::hint(name, root.rendered.of(group, kind).map(Object::written_name))
}

/// Whether a text still has to be filled in.
pub(crate) fn is_open(text: &str) -> bool {
    text.is_empty() || text.contains("$(") || text.contains("{{") || text.contains("${")
}

/// Labels that controllers give the pods they make.
const GIVEN: [&str; 5] = [
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/job-name",
    "job-name",
    "rollouts-pod-template-hash",
];

/// Whether the labels of `selector` are all among `labels`, or given later.
pub(crate) fn selects(selector: &RenderedValue<'_>, labels: Option<&RenderedValue<'_>>) -> bool {
    let mut written = selector.entries().iter().filter(|entry| !GIVEN.contains(&&*entry.key));
    written.all(|entry| {
        labels.and_then(|labels| labels.get(&entry.key)).is_some_and(|value| value.content_eq(&entry.value))
    })
}

/// `a=b,c=d`.
pub(crate) fn shown(labels: &RenderedValue<'_>) -> String {
    let pairs: Vec<_> = labels.entries().iter().map(|it| format!("{}={}", it.key, it.value.text())).collect();
    pairs.join(",")
}
