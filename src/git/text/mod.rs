//! Merges texts as `git merge-file` does, with its diff3 markers.

use git2::{Buf, FileFavor, MergeFileInput, MergeFileOptions};

use crate::error::{Context, Result};
use crate::merge::{Merged, Prefer};

#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    pub(crate) ours: String,
    pub(crate) base: String,
    pub(crate) theirs: String,
}

/// Merges the changes from `base` to `ours` and to `theirs`; the texts must not contain NUL. If both changed
/// the same or adjacent lines, `prefer` decides, or diff3 markers with `labels` (without NUL) show both
/// sides.
pub(crate) fn merge_text(
    base: &str,
    ours: &str,
    theirs: &str,
    labels: &Labels,
    prefer: Prefer,
) -> Result<Merged> {
    let settled = |content: &str| Ok(Merged { content: content.to_owned(), clean: true });
    if ours == theirs || theirs == base {
        return settled(ours);
    }
    if ours == base {
        return settled(theirs);
    }
    if base.is_empty() || ours.is_empty() || theirs.is_empty() {
        // One hunk. libgit2 would forget the label of the empty side.
        return Ok(match prefer {
            Prefer::Ours => Merged { content: ours.to_owned(), clean: true },
            Prefer::Theirs => Merged { content: theirs.to_owned(), clean: true },
            Prefer::Neither => Merged { content: whole(base, ours, theirs, labels), clean: false },
        });
    }
    // Merging files does not initialise libgit2, unlike everything else that it does.
    drop(Buf::new());
    let mut options = MergeFileOptions::new();
    options.style_diff3(true).marker_size(7);
    options
        .our_label(labels.ours.as_str())
        .ancestor_label(labels.base.as_str())
        .their_label(labels.theirs.as_str());
    match prefer {
        Prefer::Neither => {}
        Prefer::Ours => drop(options.favor(FileFavor::Ours)),
        Prefer::Theirs => drop(options.favor(FileFavor::Theirs)),
    }
    merged([base, ours, theirs], &mut options)
}

fn merged(texts: [&str; 3], options: &mut MergeFileOptions) -> Result<Merged> {
    let failed = || "cannot merge two versions of a file".to_owned();
    let [base, ours, theirs] = texts.map(input);
    let merged = git2::merge_file(&base, &ours, &theirs, Some(options)).context(failed)?;
    let content = String::from_utf8(merged.content().to_vec()).context(failed)?;
    Ok(Merged { content, clean: merged.is_automergeable() })
}

/// Like [`merge_text`] without a base: every differing hunk is a conflict.
pub(crate) fn merge_two(ours: &str, theirs: &str, labels: &Labels, prefer: Prefer) -> Result<Merged> {
    if ours.is_empty() || theirs.is_empty() || prefer != Prefer::Neither {
        return merge_text("", ours, theirs, labels, prefer);
    }
    drop(Buf::new());
    let mut options = MergeFileOptions::new();
    // Not in diff3 style, which would not leave out what is equal.
    options.style_standard(true).marker_size(7);
    options.our_label(labels.ours.as_str()).their_label(labels.theirs.as_str());
    merged(["", ours, theirs], &mut options)
}

fn input(text: &str) -> MergeFileInput<'_> {
    let mut input = MergeFileInput::new();
    input.content(text.as_bytes());
    input
}

/// Returns the three texts as one conflict.
fn whole(base: &str, ours: &str, theirs: &str, labels: &Labels) -> String {
    // As Git decides it: by the first line of each, and LF when in doubt.
    let is_crlf = |text: &str| text.split_once('\n').map(|(line, _)| line.ends_with('\r'));
    let sides_allow = is_crlf(ours) != Some(false) && is_crlf(theirs) != Some(false);
    let line_break = if sides_allow && is_crlf(base) == Some(true) { "\r\n" } else { "\n" };
    let mut marked = String::new();
    let sides = [("<<<<<<< ", &labels.ours, ours), ("||||||| ", &labels.base, base)];
    let mut section = |marker: &str, text: &str| {
        marked.extend([marker, line_break, text]);
        if !text.is_empty() && !text.ends_with('\n') {
            marked.push_str(line_break);
        }
    };
    for (marker, label, text) in sides {
        section(&format!("{marker}{label}"), text);
    }
    section("=======", theirs);
    section(&format!(">>>>>>> {}", labels.theirs), "");
    marked
}

#[cfg(test)]
mod tests;
