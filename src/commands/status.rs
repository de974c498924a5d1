//! `treenail status`: which version of the scaffold the files are of, and which of them the user has changed.

use std::fmt::Write;
use std::path::Path;

use serde_json::json;

use super::renewal::Generated;
use crate::cli::Status;
use crate::disk;
use crate::error::{Context, Result};
use crate::scaffold::definition::Ownership;
use crate::state::base::BaseFile;
use crate::ui::Ui;

/// What became of a file since the scaffold wrote it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Pristine,
    Edited,
    Deleted,
    /// Handed over to the user when it was written.
    Yours,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pristine => "pristine",
            Self::Edited => "edited",
            Self::Deleted => "deleted",
            Self::Yours => "yours",
        }
    }
}

/// Does what `arguments` say.
///
/// # Errors
/// The folder was not written by treenail, or its state is damaged; a scaffold that is not there.
pub fn run(ui: &Ui, arguments: &Status) -> Result<()> {
    let generated = Generated::read(&arguments.dir)?;
    let scaffold = generated.scaffold(arguments.scaffold.as_deref())?;
    let top = generated.root.join(&generated.prefix);
    let files: Vec<(&BaseFile, State)> =
        generated.base.iter().map(|file| Ok((file, state(&top, file)?))).collect::<Result<_>>()?;

    let recorded = &generated.recorded.scaffold;
    let newest = &scaffold.definition.version;
    // The version tells people, the digest tells the truth.
    let is_current = scaffold.digest() == recorded.digest;
    if arguments.json {
        let files: Vec<_> =
            files.iter().map(|(file, state)| json!({ "path": file.path, "state": state.as_str() })).collect();
        let shape = json!({
            "schema": "treenail.status/1",
            "scaffold": {
                "name": recorded.name,
                "version": recorded.version.to_string(),
                "newest": newest.to_string(),
                "upToDate": is_current,
            },
            "files": files,
        });
        return ui.data(&format!("{shape:#}\n"));
    }
    let mut text = format!("scaffold {} {}, ", recorded.name, recorded.version);
    let _ = match (is_current, newest == &recorded.version) {
        (true, _) => writeln!(text, "up to date"),
        (false, true) => writeln!(text, "changed since, under the same version"),
        (false, false) => writeln!(text, "{newest} is there"),
    };
    let pristine = files.iter().filter(|(_, state)| *state == State::Pristine).count();
    let _ = writeln!(text, "{pristine} files as they were written");
    for (file, state) in files.iter().filter(|(_, state)| *state != State::Pristine) {
        let _ = writeln!(text, "{:8} {}", state.as_str(), file.path);
    }
    ui.data(&text)
}

fn state(top: &Path, file: &BaseFile) -> Result<State> {
    if file.ownership == Ownership::Seeded {
        return Ok(State::Yours);
    }
    let path = top.join(&file.path);
    let content = disk::read_if_there(&path).context(|| format!("cannot read `{}`", path.display()))?;
    Ok(match content {
        None => State::Deleted,
        Some(content) if without_carriage_returns(&content) == without_carriage_returns(&file.content) => {
            State::Pristine
        }
        Some(_) => State::Edited,
    })
}

/// A checkout with Windows line ends is no edit.
fn without_carriage_returns(content: &[u8]) -> Vec<u8> {
    let mut bytes = content.iter().copied().peekable();
    let mut kept = Vec::with_capacity(content.len());
    while let Some(byte) = bytes.next() {
        if byte != b'\r' || bytes.peek() != Some(&b'\n') {
            kept.push(byte);
        }
    }
    kept
}
