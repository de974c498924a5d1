//! What a cluster is given: the objects of a folder as kustomize, or Argo CD without it, renders them.
//!
//! ```text
//! resources -> generators -> components -> patches -> namespace, names, labels, replicas, images
//! builder.rs   generate.rs   builder.rs    patches/   transformers.rs, labels.rs, images.rs
//! ```
//!
//! An Application may change its kustomization before (`edits.rs`), and the folder the Application (`source_files.rs`).
//! The order is that of `accumulateTarget` in `api/internal/target/kusttarget.go`, and of the transformers in
//! `api/internal/target/kusttarget_configplugin.go` of <https://github.com/kubernetes-sigs/kustomize>. A build that
//! needs more than this (remote resources, charts, plugins, replacements, variables) is partial:
//! `BuildNotes::skipped` says why, and rules that need the whole build stay silent.

mod application_sets;
mod builder;
mod edits;
mod generate;
mod images;
mod labels;
mod layer;
mod metadata;
mod object;
mod patches;
mod replacements;
pub(crate) mod roots;
mod source_files;
mod transformers;
mod unchanged;
mod variables;

pub use super::rendered_value::{KeyValue, Location, RenderedValue};
pub use builder::Builder;
pub(crate) use generate::env_values;
pub use layer::is_remote;
pub(crate) use metadata::nameless;
pub use object::Object;
pub(crate) use patches::{AppliedPatch, PatchSource, is_pattern};
pub(crate) use roots::{
    Builds, Root, RootOrigin, directory_filters, folder_of, is_chart, is_recursive, revision_of, sources,
};
pub(crate) use source_files::{EffectiveSource, RENDERING_FIELDS, is_source_file, source_files};

use super::finding::Finding;

/// The result of a build.
#[derive(Clone, Debug, Default)]
pub struct RenderedObjects<'a> {
    /// The objects, in the order of the resources.
    pub objects: Vec<Object<'a>>,
    /// Objects as they were before a patch removed them: another commit may drop that patch.
    pub(crate) removed: Vec<Object<'a>>,
    /// Whether objects or parts of them are missing: skipped, reported, or outside the checked files.
    pub(crate) is_partial: bool,
    /// Whether parts of the build that are not evaluated may change its objects.
    pub(crate) has_unseen_changes: bool,
    /// Whether a patch is missing, so that its objects are as they will not be.
    pub(crate) lacks_patch: bool,
}

/// What builds have to report. Each kustomization reports once, however many others use it.
#[derive(Clone, Debug, Default)]
pub struct BuildNotes<'a> {
    pub(crate) skipped: Vec<SkippedPart<'a>>,
    /// What would stop kustomize.
    pub findings: Vec<Finding>,
    pub(crate) matches: Vec<EntryMatch<'a>>,
    /// The patches in the order applied; a component's patch appears in each build.
    pub(crate) patches: Vec<AppliedPatch<'a>>,
}

/// A part of a kustomization that is not rendered.
#[derive(Clone, Debug)]
pub struct SkippedPart<'a> {
    pub(crate) location: Location<'a>,
    /// A clause, such as "`https://...` is not in this repository".
    pub(crate) what: String,
}

/// Whether an entry of a kustomization that selects objects matches any, in one build.
#[derive(Clone, Debug)]
pub(crate) struct EntryMatch<'a> {
    pub(crate) location: Location<'a>,
    pub(crate) is_met: bool,
    /// Reported if the entry matches in no build.
    pub(crate) finding: Finding,
}

impl<'a> RenderedObjects<'a> {
    /// Whether every object of the build is known.
    pub fn is_whole(&self) -> bool {
        !self.is_partial
    }

    /// Whether every object is known, and every change to them was evaluated.
    pub(crate) fn is_certain(&self) -> bool {
        self.is_whole() && !self.has_unseen_changes && !self.lacks_patch
    }

    /// The objects of a group and kind, of any version.
    pub(crate) fn of<'r>(&'r self, group: &'r str, kind: &'r str) -> impl Iterator<Item = &'r Object<'a>> {
        self.objects.iter().filter(move |object| object.is(group, kind))
    }
}

#[cfg(test)]
mod tests;
