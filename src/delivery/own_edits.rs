//! Edits that were made in an environment itself, such as a hotfix in production: a promotion would undo them.

use std::collections::BTreeSet;

use super::carried::CarriedFiles;
use super::declared::Environment;
use super::service::Service;
use crate::error::Result;
use crate::git::{Blob, Labels, merge_text};
use crate::merge::Prefer;
use crate::tree::File;

impl Service {
    /// Returns the files of the copy that `to` is built on which were edited there, and whose edits `promotion` from `from` does
    /// not bring along; sorted. None in a shallow clone, which does not know where a file is from.
    ///
    /// # Errors
    /// The history cannot be read.
    pub(crate) fn own_edits(
        &self,
        from: &Environment,
        to: &Environment,
        promotion: &CarriedFiles,
    ) -> Result<Vec<String>> {
        let Some(copy) = to.base.as_ref().filter(|base| base.is_copy) else { return Ok(Vec::new()) };
        if self.repo.is_shallow() {
            return Ok(Vec::new());
        }
        let first = self.delivery.environments.first();
        let sources = [first, Some(from)].into_iter().flatten().filter_map(|source| source.base.as_ref());
        // Mostly, the promotion is from the first one, whose history is read once.
        let sources: BTreeSet<&str> = sources.map(|base| base.folder.as_str()).collect();
        let mut edited = Vec::new();
        for (path, file) in &promotion.before {
            let after = promotion.after.get(path);
            if let Some(rest) = path.strip_prefix(&copy.folder)
                && after != Some(file)
                && self.is_edit(path, sources.iter().map(|folder| format!("{folder}{rest}")), file, after)?
            {
                edited.push(path.clone());
            }
        }
        Ok(edited)
    }

    /// Whether the content of `path` never was at one of the `sources`, and is not part of what comes `after` either.
    fn is_edit(
        &self,
        path: &str,
        sources: impl Iterator<Item = String>,
        file: &File,
        after: Option<&File>,
    ) -> Result<bool> {
        let now = Blob::of(&file.content, file.mode)?;
        let mut promoted = Vec::new();
        for source in sources {
            for version in self.repo.file_versions(&self.commit, &self.rooted(&source))? {
                let Some(blob) = version?.blob else { continue };
                if blob == now {
                    return Ok(false);
                }
                promoted.push(blob);
            }
        }
        // What was promoted before the edit was made: a rollback may have put the edit back since.
        let mut before = None;
        for version in self.repo.file_versions(&self.commit, &self.rooted(path))? {
            let blob = version?.blob;
            if blob == Some(now) {
                before = None;
            } else if before.is_none() {
                before = blob.filter(|blob| promoted.contains(blob));
            }
        }
        Ok(match before {
            Some(before) => !self.brings(before, file, after)?,
            None => true,
        })
    }

    /// Whether `after` has the edit that made `file` of `blob`.
    fn brings(&self, blob: Blob, file: &File, after: Option<&File>) -> Result<bool> {
        let Some(after) = after else { return Ok(false) };
        let before = self.repo.content(blob)?;
        let texts = [&before, &file.content, &after.content].map(|content| std::str::from_utf8(content));
        let [Ok(before), Ok(file), Ok(after)] = texts else { return Ok(false) };
        let merged = merge_text(before, file, after, &Labels::default(), Prefer::Neither)?;
        Ok(merged.clean && merged.content == after)
    }
}
