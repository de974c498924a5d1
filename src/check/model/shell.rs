//! Shell text in manifests, read as far as rules need it: line by line, without running anything.

use crate::check::kustomize::{Location, RenderedValue};

/// A line of a script.
#[derive(Clone, Copy)]
pub(crate) struct Line<'o, 'a> {
    /// The scalar that it is in.
    script: &'o RenderedValue<'a>,
    /// What it says, without blanks around.
    pub(crate) text: &'o str,
}

impl<'o, 'a> Line<'o, 'a> {
    /// Where it is written.
    pub(crate) fn location(self) -> Location<'a> {
        self.script.location().within(self.text)
    }

    /// Where `part` of it is written.
    pub(crate) fn location_of(self, part: &str) -> Location<'a> {
        self.location().within(part)
    }

    /// Its words, without quotes.
    pub(crate) fn words(self) -> impl Iterator<Item = &'o str> {
        self.text.split_whitespace().map(bare)
    }
}

/// A word without the quotes and separators around it.
pub(crate) fn bare(word: &str) -> &str {
    let word = word.trim_matches(['"', '\'', ';', '`']).trim_start_matches('(');
    // A `)` may end what Tekton fills in.
    if word.contains("$(") { word } else { word.trim_end_matches(')') }
}

/// The lines of a script that say anything.
pub(crate) fn lines<'o, 'a>(script: &'o RenderedValue<'a>) -> impl Iterator<Item = Line<'o, 'a>> {
    let lines = script.text().lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(move |text| Line { script, text })
}
