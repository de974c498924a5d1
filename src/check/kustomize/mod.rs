//! What a cluster is given: the objects of a folder as kustomize, or Argo CD without it, would render them.
//!
//! ```text
//! resources -> generators -> components -> patches -> namespace, names, labels, images -> Rendered
//! layer.rs     generate.rs  layer.rs      patches/   edit.rs
//! ```
//!
//! The order is that of kustomize (`api/internal/target/kusttarget.go`). What this build cannot do (remote resources,
//! charts, plugins, replacements) is listed in [`Notes::skipped`] and makes the build partial, so that a rule can hold its
//! tongue.

mod edit;
mod generate;
mod images;
mod labels;
mod layer;
mod object;
mod patches;
mod roots;

pub use super::rendered_value::{KeyValue, Location, RenderedValue};
pub use layer::{Builder, is_remote};
pub use object::Object;
pub(crate) use patches::{AppliedPatch, PatchSource};
pub(crate) use roots::{Builds, Root, folder_of, sources};

use super::finding::Finding;

/// What came of a build.
#[derive(Clone, Debug, Default)]
pub struct RenderedObjects<'a> {
    /// The objects, in the order of the resources.
    pub objects: Vec<Object<'a>>,
    /// What a patch has taken out, as it was then: another commit can leave that patch out.
    pub(crate) removed: Vec<Object<'a>>,
    /// Whether something is missing: not looked into, reported, or outside of what is checked.
    pub(crate) is_partial: bool,
}

/// What is to be said of builds; each kustomization says it once, however many others use it.
#[derive(Clone, Debug, Default)]
pub struct BuildNotes<'a> {
    /// What was not looked into.
    pub(crate) skipped: Vec<SkippedPart<'a>>,
    /// What would stop the real build.
    pub findings: Vec<Finding>,
    /// What entries of kustomizations are meant for.
    pub(crate) matches: Vec<EntryMatch<'a>>,
    /// The patches, in the order in which they were applied; one of a component comes with each build.
    pub(crate) patched: Vec<AppliedPatch<'a>>,
}

/// A part of a build that was not looked into.
#[derive(Clone, Debug)]
pub struct SkippedPart<'a> {
    /// What names it.
    pub(crate) location: Location<'a>,
    /// What it is, as in "`https://...` is not in this repository".
    pub(crate) what: String,
}

/// An entry of a kustomization that is meant for objects, in one build.
#[derive(Clone, Debug)]
pub(crate) struct EntryMatch<'a> {
    /// The entry.
    pub(crate) location: Location<'a>,
    /// Whether there is any such object.
    pub(crate) is_met: bool,
    /// What to say where there is none in any build.
    pub(crate) finding: Finding,
}

impl<'a> RenderedObjects<'a> {
    /// Whether every object of the build is known.
    pub fn is_whole(&self) -> bool {
        !self.is_partial
    }

    /// The objects of a group and kind, of any version.
    pub(crate) fn of<'r>(&'r self, group: &'r str, kind: &'r str) -> impl Iterator<Item = &'r Object<'a>> {
        self.objects.iter().filter(move |object| object.is(group, kind))
    }

    /// The object of a group, kind and namespace that `name` refers to, before or after prefixes.
    pub(crate) fn find(
        &self,
        (group, kind): (&str, &str),
        namespace: Option<&str>,
        name: &str,
    ) -> Option<&Object<'a>> {
        self.objects.iter().find(|object| {
            object.is(group, kind) && object.namespace() == namespace && object.is_called(name)
        })
    }
}

#[cfg(test)]
mod tests;
