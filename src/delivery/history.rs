//! What each environment has, since when, and how far it is behind the first one.

use super::declared::Environment;
use super::image::Image;
use super::request::ReleaseRequest;
use super::service::Service;
use crate::error::Result;
use crate::git::{Blob, CommitInfo, FileVersion};

/// A version of an environment's image file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deployment {
    /// `None` before the first release.
    pub(crate) image: Option<Image>,
    /// The commit that wrote it.
    pub(crate) by: CommitInfo,
    /// The content of the image file.
    pub(crate) blob: Option<Blob>,
}

/// An environment now.
pub(crate) struct EnvironmentStatus<'a> {
    pub(crate) environment: &'a Environment,
    /// `None` if its image file does not exist.
    pub(crate) deployment: Option<Deployment>,
    /// How many releases the first environment had since; `None` if it never had this one.
    pub(crate) behind: Option<usize>,
}

/// A release that was requested.
pub(crate) struct Requested {
    pub(crate) request: ReleaseRequest,
    pub(crate) by: CommitInfo,
}

impl Service {
    /// Returns the environments in order of promotion.
    pub(crate) fn environments(&self) -> Result<Vec<EnvironmentStatus<'_>>> {
        let mut first = Releases::of(self, &self.delivery.environments[0]);
        let status = |environment| {
            let deployment = self.deployments(environment)?.next().transpose()?;
            let deployed = deployment.as_ref().filter(|deployment| deployment.image.is_some());
            let behind = match deployed {
                Some(deployment) => first.position(deployment)?,
                None => None,
            };
            Ok(EnvironmentStatus { environment, deployment, behind })
        };
        self.delivery.environments.iter().map(status).collect()
    }

    /// Returns the versions of the environment's image file, the newest first.
    pub(crate) fn deployments<'s>(
        &'s self,
        environment: &Environment,
    ) -> Result<impl Iterator<Item = Result<Deployment>> + use<'s>> {
        let versions = self.repo.file_versions(&self.commit, &self.rooted(&environment.image_file))?;
        Ok(versions.map(|version| self.deployment(version?)))
    }

    fn deployment(&self, version: FileVersion) -> Result<Deployment> {
        let image = match version.blob {
            Some(blob) => Image::read(&self.repo.content(blob)?, &self.delivery.line),
            None => None,
        };
        Ok(Deployment { image, by: self.repo.commit_info(&version.commit())?, blob: version.blob })
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

/// The releases of an environment, read from its history as far as somebody asks.
pub(crate) struct Releases<'s> {
    service: &'s Service,
    environment: &'s Environment,
    versions: Option<Box<dyn Iterator<Item = Result<Deployment>> + 's>>,
    /// Each release once, at its newest place.
    known: Vec<Deployment>,
}

impl<'s> Releases<'s> {
    pub(crate) fn of(service: &'s Service, environment: &'s Environment) -> Self {
        Self { service, environment, versions: None, known: Vec::new() }
    }

    /// Returns how many releases came after `deployment`; `None` if the environment never had it.
    pub(crate) fn position(&mut self, deployment: &Deployment) -> Result<Option<usize>> {
        if let Some(found) = self.known.iter().position(|known| known.is_same(deployment)) {
            return Ok(Some(found));
        }
        while let Some(next) = self.next()? {
            if next.is_same(deployment) {
                return Ok(Some(self.known.len() - 1));
            }
        }
        Ok(None)
    }

    /// Returns the releases read so far, the newest first.
    pub(crate) fn known(&self) -> &[Deployment] {
        &self.known
    }

    fn next(&mut self) -> Result<Option<Deployment>> {
        let versions = match &mut self.versions {
            Some(versions) => versions,
            unread => unread.insert(Box::new(self.service.deployments(self.environment)?)),
        };
        for version in versions {
            let version = version?;
            if version.image.is_some() && !self.known.iter().any(|known| known.is_same(&version)) {
                self.known.push(version.clone());
                return Ok(Some(version));
            }
        }
        Ok(None)
    }
}

impl Deployment {
    /// Whether both are the same release: the same content, or the same tag of the same commit.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let names = |deployment: &Self| {
            let image = deployment.image.as_ref()?;
            Some((image.tag.clone()?, image.revision.clone()?, image.reference.clone()))
        };
        self.blob == other.blob || (names(self).is_some() && names(self) == names(other))
    }
}
