//! What each environment has, since when, and how far it is behind the first one.

use std::collections::HashMap;

use super::declared::Environment;
use super::image::Image;
use super::request::ReleaseRequest;
use super::service::Service;
use crate::error::Result;
use crate::git::{Blob, CommitInfo, FileVersion};

/// A version of an environment's image file, and of the base that promotions bring it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deployment {
    /// `None` before the first release.
    pub(crate) image: Option<Image>,
    /// The commit that wrote it.
    pub(crate) by: CommitInfo,
    /// The content of the image file.
    pub(crate) blob: Option<Blob>,
    /// What identifies the content of the base; `None` if promotions do not bring it.
    pub(crate) base: Option<String>,
}

/// An environment now.
pub(crate) struct EnvironmentStatus<'a> {
    pub(crate) environment: &'a Environment,
    /// `None` if its image file does not exist.
    pub(crate) deployment: Option<Deployment>,
    /// How many releases that the first environment has had are newer; `None` if it never had this one.
    pub(crate) place: Option<usize>,
    /// How many releases it is behind what the first environment has now; 0 if it has a newer one.
    pub(crate) behind: Option<usize>,
    /// The manifests that a promotion from the environment before it would change, sorted.
    pub(crate) unpromoted: Vec<String>,
}

/// A release that was requested.
pub(crate) struct Requested {
    pub(crate) request: ReleaseRequest,
    pub(crate) by: CommitInfo,
}

impl Service {
    /// Returns the environments in order of promotion; `releases` are those of the first one.
    pub(crate) fn environments(&self, releases: &Releases) -> Result<Vec<EnvironmentStatus<'_>>> {
        let (mut first, mut before) = (0, None);
        let mut statuses = Vec::new();
        for environment in &self.delivery.environments {
            let deployment = self.deployments(environment)?.next().transpose()?;
            let deployed = deployment.as_ref().filter(|deployment| deployment.image.is_some());
            let place = deployed.and_then(|deployment| releases.position(deployment));
            let unpromoted = if let Some(before) = before {
                self.unpromoted(before, environment)?
            } else {
                first = place.unwrap_or_default();
                Vec::new()
            };
            let behind = place.map(|place| place.saturating_sub(first));
            statuses.push(EnvironmentStatus { environment, deployment, place, behind, unpromoted });
            before = Some(environment);
        }
        Ok(statuses)
    }

    /// Returns the versions of the environment's image file and of its copy of the base, the newest first.
    pub(crate) fn deployments<'s>(
        &'s self,
        environment: &Environment,
    ) -> Result<impl Iterator<Item = Result<Deployment>> + use<'s>> {
        let versions = self.repo.file_versions(&self.commit, &self.rooted(&environment.image_file))?;
        let copy = environment.base.iter().filter(|base| base.is_copy).map(|base| &base.folder);
        let folders: Vec<String> =
            copy.flat_map(|copy| [copy, self.shared_then(copy)]).map(|path| self.rooted(path)).collect();
        Ok(versions.with(folders).map(|version| self.deployment(version?)))
    }

    fn deployment(&self, version: FileVersion) -> Result<Deployment> {
        let image = match version.blob {
            Some(blob) => Image::read(&self.repo.content(blob)?, &self.delivery.line),
            None => None,
        };
        let by = self.repo.commit_info(&version.commit())?;
        Ok(Deployment { image, by, blob: version.blob, base: version.folder() })
    }

    /// Returns the requested releases, the newest first; an empty one where the request was taken back.
    pub(crate) fn requests(&self) -> Result<impl Iterator<Item = Result<Requested>> + use<'_>> {
        let versions = self.repo.file_versions(&self.commit, &self.rooted(&self.delivery.release_file))?;
        Ok(versions.map(|version| {
            let version = version?;
            let request = match version.blob {
                Some(blob) => ReleaseRequest::read(&self.repo.content(blob)?, &self.delivery.variables),
                None => ReleaseRequest::default(),
            };
            Ok(Requested { request, by: self.repo.commit_info(&version.commit())? })
        }))
    }
}

/// The releases of the first environment, by when it first had them: what was put back is as old as it was.
pub(crate) struct Releases(Vec<Deployment>);

impl Releases {
    /// Reads the whole history of the first environment.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn of_first(service: &Service) -> Result<Self> {
        let mut places = HashMap::new();
        let mut all = Vec::new();
        for deployment in service.deployments(&service.delivery.environments[0])? {
            let deployment = deployment?;
            if deployment.image.is_some() {
                // The history begins with the newest, so the oldest place comes last.
                places.insert(deployment.key(), all.len());
                all.push(deployment);
            }
        }
        let mut at = 0;
        all.retain(|deployment| {
            at += 1;
            places.get(&deployment.key()) == Some(&(at - 1))
        });
        Ok(Self(all))
    }

    /// Returns how many releases came after `deployment`; `None` if the environment never had it.
    pub(crate) fn position(&self, deployment: &Deployment) -> Option<usize> {
        let key = deployment.key();
        self.0.iter().position(|known| known.key() == key)
    }

    /// Returns the releases, the newest first.
    pub(crate) fn all(&self) -> &[Deployment] {
        &self.0
    }
}

/// What makes two deployments the same release.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) enum ReleaseKey {
    /// Tag, commit and image.
    Named(String, String, Option<String>),
    /// The content of the image file.
    Content(String),
}

impl Deployment {
    /// Whether both are the same release.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.key() == other.key()
    }

    /// What it has in common with every deployment of the same release: tag, commit and image, or the same content.
    pub(crate) fn key(&self) -> ReleaseKey {
        let named = || {
            let image = self.image.as_ref()?;
            Some(ReleaseKey::Named(image.tag.clone()?, image.revision.clone()?, image.reference.clone()))
        };
        let content = || self.blob.map(|blob| blob.to_string()).unwrap_or_default();
        named().unwrap_or_else(|| ReleaseKey::Content(content()))
    }
}
