//! Keeps Git's filters away from `.treenail/`: what is recorded there must be readable in every clone, with or without the
//! programs and keys of the filters.

use std::sync::LazyLock;

use super::{Destination, Update};
use crate::error::{Error, Result};
use crate::git::Repo;
use crate::tree::{Change, File};

/// The attributes of `.treenail/`, where others would convert its files.
pub(super) const PATH: &str = ".treenail/.gitattributes";

pub(super) static ATTRIBUTES: LazyLock<File> = LazyLock::new(|| {
    let text = "# treenail reads these files as they are committed, so no filter may convert them.\n\
                * !filter !ident !working-tree-encoding\n";
    File::new(text, false)
});

const RECORDS: [&str; 2] = [".treenail/answers.yaml", ".treenail/base"];

impl Update<'_> {
    /// Adds attributes that keep filters away from the state, if the update writes it and they are needed.
    ///
    /// # Errors
    /// A precondition: they would not help.
    pub(super) fn protect_state(&mut self, repo: &Repo) -> Result<()> {
        // `restore` takes entries out of the answers, and is not committed.
        let records = if self.destination == Destination::WorkTree { &RECORDS[1..] } else { &RECORDS[..] };
        let writes_state = self.changes.iter().any(|change| records.contains(&change.path));
        if !writes_state || !self.disturbs_state(repo)? {
            return Ok(());
        }
        let is_there = repo.is_committed(&format!("{}{PATH}", self.prefix))?;
        if !is_there {
            self.changes.push(Change { path: PATH, before: None, after: Some(&ATTRIBUTES) });
            if !self.disturbs_state(repo)? {
                return Ok(());
            }
        }
        Err(disturbed(repo, &self.prefix, is_there))
    }

    fn disturbs_state(&self, repo: &Repo) -> Result<bool> {
        let conversions = self.conversions(repo)?;
        Ok(RECORDS.iter().any(|path| conversions.disturb(&format!("{}{path}", self.prefix))))
    }
}

/// The error where attributes that treenail must not change convert its files.
pub(super) fn disturbed(repo: &Repo, prefix: &str, is_there: bool) -> Error {
    let record = format!("{prefix}{}", RECORDS[1]);
    let file =
        if is_there { format!("{prefix}{PATH}") } else { repo.info_attributes().display().to_string() };
    let line = if is_there {
        "* !filter !ident !working-tree-encoding".to_owned()
    } else {
        format!("/{prefix}.treenail/** !filter !ident !working-tree-encoding")
    };
    Error::precondition(format!("Git's attributes convert `{record}`, which must be committed as it is"))
        .hint(format!("add the line `{line}` at the end of `{file}`"))
        .hint(format!("`git check-attr -a {record}` shows the attributes that apply to it"))
}
