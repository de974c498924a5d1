//! Reads committed files into memory.

use git2::{ObjectType, TreeWalkMode, TreeWalkResult};

use super::Repo;
use crate::error::{Context, Result};
use crate::tree::{File, Mode, Tree};

impl Repo {
    /// Returns the files of HEAD below `prefix` (empty, or ending in `/`), by their path below it; empty on a
    /// branch without commits. Submodules are skipped.
    pub(crate) fn tree_at_head(&self, prefix: &str) -> Result<Tree> {
        const FAILED: &str = "cannot read the last commit";
        let mut found = Tree::new();
        let Some(commit) = self.head()?.commit else { return Ok(found) };
        let failed = || FAILED.to_owned();
        let mut tree = self.git.find_commit(commit).and_then(|commit| commit.tree()).context(failed)?;
        if let Some(folder) = prefix.strip_suffix('/') {
            let Ok(entry) = tree.get_path(folder.as_ref()) else { return Ok(found) };
            tree = self.git.find_tree(entry.id()).context(failed)?;
        }
        let mut files = Vec::new();
        tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
            if let (Some(ObjectType::Blob), Ok(name)) = (entry.kind(), entry.name()) {
                files.push((format!("{folder}{name}"), entry.filemode(), entry.id()));
            }
            TreeWalkResult::Ok
        })
        .context(failed)?;
        for (path, mode, id) in files {
            let mode = Mode::from_bits(mode.cast_unsigned()).unwrap_or(Mode::Regular);
            let content = self.git.find_blob(id).context(failed)?.content().to_vec();
            found.insert(path, File { mode, content });
        }
        Ok(found)
    }
}
