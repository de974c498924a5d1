//! Everything that a scaffold and answers give: the rendered files, checked, and the two files of `.treenail/`.

use super::answers_file::{self, Decisions};
use super::base;
use super::existing::{ExistingFiles, Fitted};
use crate::check;
use crate::error::Result;
use crate::scaffold::Scaffold;
use crate::scaffold::definition::Ownership;
use crate::scaffold::render::{Rendered, RenderedFile};
use crate::tree::{File, Tree};
use crate::values::value::Answers;

/// The files of a new project.
pub(crate) struct Generated {
    /// The files to write, sorted by path.
    pub(crate) files: Vec<RenderedFile>,
    /// The committed files that they replace.
    pub(crate) before: Tree,
    /// What became of files that existed, one line each.
    pub(crate) notes: Vec<String>,
    /// The next steps, seen from the target.
    pub(crate) next: Vec<String>,
}

/// The files of a new project beside the `existing` ones. `prefix` is its folder in the repository.
///
/// # Errors
/// The scaffold cannot be rendered, or what it gives has mistakes.
pub(crate) fn generate(
    scaffold: &Scaffold,
    answers: &Answers,
    prefix: &str,
    existing: &ExistingFiles,
) -> Result<Generated> {
    let Rendered { files: rendered, mut next, .. } = scaffold.render(answers, prefix)?;
    check::before_writing(&rendered)?;
    let Fitted { mut files, before, moved, notes } = existing.fit(&rendered);
    for (old, new) in &moved {
        for step in &mut next {
            *step = step.replace(old, new);
        }
    }
    let decisions = Decisions { moved, ..Decisions::default() };
    let state = state(scaffold, answers, prefix, &decisions, &rendered);
    let managed = |(path, file): (String, File)| RenderedFile {
        slot: path.clone(),
        path,
        file,
        ownership: Ownership::Managed,
    };
    files.extend(state.into_iter().map(managed));
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Generated { files, before, notes, next })
}

/// Returns the answers file and the base file of `.treenail/`, which record `answers`, `decisions` and the
/// `rendered` files.
pub(crate) fn state(
    scaffold: &Scaffold,
    answers: &Answers,
    prefix: &str,
    decisions: &Decisions,
    rendered: &[RenderedFile],
) -> [(String, File); 2] {
    let text = answers_file::state(scaffold, answers, prefix, decisions);
    [(answers_file::PATH, text.into_bytes()), (base::PATH, base::write(rendered))]
        .map(|(path, content)| (path.to_owned(), File::new(content, false)))
}
