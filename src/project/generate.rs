//! Everything that a scaffold and answers give: the rendered files, checked, and the two files of `.treenail/`.

use super::answers_file::{self, Decisions};
use super::base;
use crate::check;
use crate::error::Result;
use crate::scaffold::Scaffold;
use crate::scaffold::definition::Ownership;
use crate::scaffold::render::{Rendered, RenderedFile};
use crate::tree::File;
use crate::values::value::Answers;

/// The files of a new project, sorted by path. `prefix` is its folder in the repository.
///
/// # Errors
/// The scaffold cannot be rendered, or what it gives has mistakes.
pub(crate) fn generate(scaffold: &Scaffold, answers: &Answers, prefix: &str) -> Result<Rendered> {
    let Rendered { mut files, next } = scaffold.render(answers, prefix)?;
    check::before_writing(&files)?;
    let state = state(scaffold, answers, prefix, &Decisions::default(), &files);
    let managed = |(path, file)| RenderedFile { path, file, ownership: Ownership::Managed };
    files.extend(state.into_iter().map(managed));
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Rendered { files, next })
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
