//! What a promotion or a rollback would stop, because it brings manifests along.

use super::{DeliveryChange, OpenService};
use crate::check::{self, StoppedWorkload, has_yaml_name};
use crate::commands::downtime::{self, DowntimeArgs};
use crate::delivery::service::Service;
use crate::error::{Error, Result};
use crate::tree::{File, Tree};
use crate::yaml::is_kustomization;

/// How a change is called in messages, and whether it may stop what runs.
#[derive(Clone, Copy)]
pub(crate) struct Guard {
    pub(crate) change: &'static str,
    pub(crate) arguments: DowntimeArgs,
}

impl Guard {
    /// Returns what keeps the change from being made without a question, if anything does.
    pub(super) fn refusal(self, stops: &[StoppedWorkload]) -> Option<Error> {
        downtime::refusal(self.change, stops).filter(|_| !self.arguments.allow_downtime)
    }
}

impl OpenService {
    /// Returns the workloads that run and that `change` would stop.
    ///
    /// # Errors
    /// The commit cannot be read.
    pub(super) fn stopped_by(&self, change: &DeliveryChange) -> Result<Vec<StoppedWorkload>> {
        let before = manifests(&self.service)?;
        let mut after = before.clone();
        after.retain(|path, _| !change.before.contains_key(path));
        after.extend(change.after.clone());
        Ok(check::stopped(&before, &after, &self.service.prefix))
    }
}

/// Returns the YAML files of the service, by their paths below its folder.
fn manifests(service: &Service) -> Result<Tree> {
    let Service { repo, commit, prefix, .. } = service;
    let blobs = repo.all_blobs_in(commit)?.into_iter();
    let own = blobs.filter_map(|(path, blob)| Some((path.strip_prefix(prefix)?.to_owned(), blob)));
    own.filter(|(path, _)| has_yaml_name(path) || is_kustomization(path))
        .map(|(path, blob)| Ok((path, File { mode: blob.mode, content: repo.content(blob)? })))
        .collect()
}
