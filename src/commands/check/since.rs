//! `--since`: the files as they were in an earlier commit.

use std::collections::BTreeMap;
use std::path::Path;

use super::earlier::commit;
use crate::check::{FileContent, Files, MAX_SIZE, Unread, has_yaml_name};
use crate::error::{Error, Result};
use crate::git::{Blob, Repo};
use crate::tree::Mode;
use crate::yaml::is_kustomization;

/// Bytes of manifests that are read of a commit: a few kilobytes in a pack can stand for more than any machine holds.
const MOST: u64 = 1 << 30;

/// Returns the files of the commit that `revision` names, or of the one where this branch left its history, for a
/// comparison with `files`.
///
/// # Errors
/// No commit has that name, or it cannot be read.
pub(super) fn read(root: &Path, revision: &str, files: &Files) -> Result<Files> {
    let repository = Repo::open(root)?;
    let commit = repository.fork_point(&commit(&repository, "--since", revision)?)?;
    let settings = files.settings();
    let blobs: BTreeMap<_, _> = repository
        .all_blobs_in(&commit)?
        .into_iter()
        .filter(|(path, _)| !settings.covers(path, false))
        .collect();
    let mut reading = Reading { repository, left: MOST };
    let mut earlier = Files::below([""]);
    for (path, blob) in &blobs {
        let is_read = has_yaml_name(path) || is_kustomization(path);
        earlier.insert(path.as_str(), if is_read { reading.content(*blob)? } else { FileContent::Unread });
    }
    let mut unread = Unread::default();
    loop {
        let paths = unread.next(&earlier);
        if paths.is_empty() {
            break;
        }
        for (path, blob) in paths.iter().filter_map(|path| blobs.get_key_value(path)) {
            earlier.insert(path.as_str(), reading.content(*blob)?);
        }
    }
    for url in files.remotes() {
        earlier.add_remote(url);
    }
    Ok(earlier)
}

struct Reading {
    repository: Repo,
    left: u64,
}

impl Reading {
    fn content(&mut self, blob: Blob) -> Result<FileContent> {
        let size = self.repository.size_of(blob)?;
        if blob.mode == Mode::Link {
            return Ok(FileContent::Link);
        }
        if size > MAX_SIZE {
            return Ok(FileContent::TooLarge(size));
        }
        self.left = self.left.checked_sub(size).ok_or_else(|| {
            let most = MOST >> 20;
            Error::failure(format!("`--since`: the manifests of that commit have more than {most} MiB"))
        })?;
        Ok(FileContent::Bytes(self.repository.content(blob)?))
    }
}
