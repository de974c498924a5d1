//! Where a patch is written, and what it changed, for those who look at the patch itself.

use std::collections::BTreeSet;

use crate::check::rendered_value::RenderedValue;
use crate::check::source::Source;
use crate::yaml::node::Node;

/// Where a patch is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PatchSource<'a> {
    /// The file.
    pub(crate) source: &'a Source<'a>,
    /// The text in it that holds the patch; `None` where the file is nothing but patches.
    pub(crate) text: Option<Node<'a>>,
    /// Which of the documents there that hold anything.
    pub(crate) index: usize,
}

/// A patch that was applied.
#[derive(Clone, Debug)]
pub(crate) struct AppliedPatch<'a> {
    /// The patch.
    pub(crate) written: PatchSource<'a>,
    /// `apiVersion` and kind of every object that it changed.
    pub(crate) kinds: BTreeSet<(String, String)>,
}

impl<'a> PatchSource<'a> {
    /// The `bodies` of one text or file, each with where it is.
    pub(super) fn all(
        source: &'a Source<'a>,
        text: Option<Node<'a>>,
        bodies: Vec<RenderedValue<'a>>,
    ) -> Vec<(Self, RenderedValue<'a>)> {
        let written = bodies.into_iter().enumerate();
        written.map(|(index, body)| (Self { source, text, index }, body)).collect()
    }

    /// What tells it from others.
    pub(crate) fn key(self) -> (&'a str, usize, usize) {
        (self.source.path, self.text.map_or(0, |text| text.span().start), self.index)
    }
}
