//! What is known of a patch after the build, for the field tables to check.

use std::collections::BTreeSet;

use crate::check::rendered_value::RenderedValue;
use crate::check::source::Source;
use crate::yaml::node::Node;

/// Where a patch is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PatchSource<'a> {
    pub(crate) source: &'a Source<'a>,
    /// The scalar of a kustomization that holds the patch; `None` where the file holds patches only.
    pub(crate) text: Option<Node<'a>>,
    /// The index of its document, not counting empty ones.
    pub(crate) index: usize,
}

/// A patch that was applied.
#[derive(Clone, Debug)]
pub(crate) struct AppliedPatch<'a> {
    pub(crate) source: PatchSource<'a>,
    /// `apiVersion` and kind of every object that it changed.
    pub(crate) kinds: BTreeSet<(String, String)>,
}

impl<'a> PatchSource<'a> {
    /// Pairs each of the `bodies` of one scalar or file with its source.
    pub(super) fn all(
        source: &'a Source<'a>,
        text: Option<Node<'a>>,
        bodies: Vec<RenderedValue<'a>>,
    ) -> Vec<(Self, RenderedValue<'a>)> {
        let bodies = bodies.into_iter().enumerate();
        bodies.map(|(index, body)| (Self { source, text, index }, body)).collect()
    }

    /// Orders and identifies patches.
    pub(crate) fn key(self) -> (&'a str, usize, usize) {
        (self.source.path, self.text.map_or(0, |text| text.span().start), self.index)
    }
}
