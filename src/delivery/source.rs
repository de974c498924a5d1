//! The commit of the source that a release is built from: of a checkout beside the manifests, or asked of its remote.

#![expect(clippy::disallowed_methods, reason = "looks at the surroundings of the repository, reading only")]

use std::path::{Path, PathBuf};

use super::service::Service;
use super::tag;
use crate::answers::detect;
use crate::error::{Error, ErrorKind, Result};
use crate::git::{self, Repo, RepoLocation, remote_refs};
use crate::shell;
use crate::values::{RepoUrl, is_same_repository};

/// A work tree of the source.
pub(crate) struct Checkout {
    pub(crate) repo: Repo,
    /// The name of the remote that is the source.
    remote: String,
}

/// The commit to build.
pub(crate) struct Revision {
    /// The full id.
    pub(crate) id: String,
    /// Where it comes from, for the end of a sentence.
    pub(crate) from: String,
    /// What the user should know about it.
    pub(crate) notes: Vec<String>,
}

impl Checkout {
    /// Finds the checkout in `given`, or around the current directory and beside the manifests.
    ///
    /// # Errors
    /// `given` is not a checkout of the source.
    pub(crate) fn find(service: &Service, given: Option<&Path>) -> Result<Option<Self>> {
        let url = &service.delivery.source;
        if let Some(dir) = given {
            return match Self::of(dir, url) {
                Some(checkout) => Ok(Some(checkout)),
                None => Err(Error::precondition(format!("`{}` is not a checkout of {url}", dir.display()))
                    .hint("one of its remotes must be that repository")
                    .hint("or name the commit by its full id with --revision")),
            };
        }
        let found = candidates(service.repo.root(), url, &service.delivery.name);
        Ok(found.iter().find_map(|dir| Self::of(dir, url)))
    }

    fn of(dir: &Path, url: &str) -> Option<Self> {
        let Ok(RepoLocation::Worktree(worktree)) = git::locate(dir) else { return None };
        let repo = Repo::open(&worktree.root).ok()?;
        let remote = repo.remote_that(|address| is_same_repository(address, url))?;
        Some(Self { repo, remote })
    }

    /// Returns the path for people and commands.
    pub(crate) fn shown(&self) -> String {
        shell::path(&self.repo.root().display().to_string())
    }

    /// Returns the commit that `named` is here, or the last one that changes the source.
    ///
    /// # Errors
    /// A precondition: there is no such commit; it is not pushed, or not on the source's branch.
    fn revision(&self, service: &Service, named: Option<&str>, may_ask: bool) -> Result<Revision> {
        let (url, branch) = (&service.delivery.source, service.delivery.source_branch.as_deref());
        let shown = self.shown();
        let name = named.unwrap_or("HEAD");
        let head = self.repo.commit_named(name);
        let id = match &head {
            // The requests and promotions that are committed beside the source change nothing of it.
            Some(head) if named.is_none() && self.holds(service) => {
                let manifests = service.manifests_in(&self.repo, head)?;
                Some(self.repo.newest_change(head, |path| !manifests.has(path))?)
            }
            _ => head.clone(),
        };
        let Some(id) = id else {
            return Err(Error::precondition(format!("`{name}` is not a commit of {shown}"))
                .hint(format!("`git -C {shown} fetch` brings new ones")));
        };
        // Git may not have heard of a push from elsewhere.
        let is_pushed = self.repo.is_on_remote(&id, &self.remote, branch)?
            || (branch.is_none() && is_tip(self.repo.root(), url, &id, may_ask));
        if !is_pushed {
            let to = branch.map_or_else(|| url.to_owned(), |branch| format!("`{branch}` of {url}"));
            return Err(Error::precondition(format!("the commit {id:.10} of {shown} is not pushed to {to}"))
                .hint(format!("push it: `git -C {shown} push`"))
                .hint(format!("if it is there, `git -C {shown} fetch` lets Git know")));
        }
        let mut notes = Vec::new();
        if named.is_none() && self.repo.has_changes()? {
            notes.push(format!("what is not committed in {shown} is no part of the release"));
        }
        let from = if head.as_ref() == Some(&id) {
            format!("{name} of {shown}")
        } else {
            format!("the last one of {shown} that changes more than manifests")
        };
        Ok(Revision { id, from, notes })
    }

    /// Whether the manifests are in the repository of the source.
    fn holds(&self, service: &Service) -> bool {
        let common = |repo: &Repo| git::common_dir(repo.root());
        common(&self.repo).is_some_and(|own| Some(own) == common(&service.repo))
    }
}

/// Returns the directories in which the checkout may be.
fn candidates(root: &Path, url: &str, name: &str) -> Vec<PathBuf> {
    let mut names = vec![name.to_owned()];
    names.extend(RepoUrl::parse(url).ok().map(|url| url.name().to_owned()));
    let own = root.file_name().and_then(|name| name.to_str());
    names.extend(own.and_then(detect::without_suffix));
    let beside = root.parent().into_iter().flat_map(|parent| names.iter().map(|name| parent.join(name)));
    // The manifests may be in a folder of the source.
    std::env::current_dir().into_iter().chain(beside).chain([root.to_owned()]).collect()
}

/// Whether a branch or tag of the remote is at the commit. A remote that cannot be reached does not say so.
fn is_tip(dir: &Path, url: &str, id: &str, may_ask: bool) -> bool {
    RepoUrl::parse(url).is_ok()
        && remote_refs(dir, url, may_ask).is_ok_and(|refs| refs.iter().any(|found| found.id == id))
}

/// Returns the commit to build: `named`, or else the last one of `checkout`, or of the source's branch.
///
/// # Errors
/// It does not exist, is not pushed, or is not on the source's branch.
pub(crate) fn revision(
    service: &Service,
    checkout: Option<&Checkout>,
    named: Option<&str>,
    may_ask: bool,
) -> Result<Revision> {
    let delivery = &service.delivery;
    let (url, branch) = (&delivery.source, delivery.source_branch.as_deref());
    if let Some(checkout) = checkout {
        return checkout.revision(service, named, may_ask);
    }
    // It goes to Git as an address; a scaffold can make it of any text.
    RepoUrl::parse(url).map_err(|invalid| {
        Error::new(ErrorKind::Answers, format!("the source repository is not valid: {}", invalid.reason))
    })?;
    let refs = remote_refs(service.repo.root(), url, may_ask);
    let at = |name: &str| {
        refs.as_ref().ok()?.iter().find(|found| found.name == name).map(|found| found.id.clone())
    };
    match named {
        Some(id) if tag::is_full_id(id) => Ok(of_full_id(id, branch, refs.as_ref().ok(), url)),
        Some(name) => {
            let found =
                [format!("refs/heads/{name}"), format!("refs/tags/{name}")].iter().find_map(|name| at(name));
            match (found, refs) {
                (Some(id), _) => Ok(Revision { id, from: format!("{name} of {url}"), notes: Vec::new() }),
                (None, Ok(_)) => Err(Error::precondition(format!("{url} has no branch or tag `{name}`"))
                    .hint("name a commit by its full id, or a checkout of the source with --source DIR")),
                (None, Err(error)) => Err(error),
            }
        }
        None => {
            let name = branch.map_or_else(|| "HEAD".to_owned(), |branch| format!("refs/heads/{branch}"));
            match (at(&name), refs) {
                (Some(id), _) => {
                    let from = format!("{} of {url}", branch.unwrap_or("the default branch"));
                    Ok(Revision { id, from, notes: Vec::new() })
                }
                (None, Ok(_)) => Err(Error::precondition(format!("{url} has no commit on `{name}`"))
                    .hint("name the commit with --revision")),
                (None, Err(error)) => Err(error.hint("or name a checkout of the source with --source DIR")),
            }
        }
    }
}

/// Without a checkout, only the ends of branches and tags are known.
fn of_full_id(id: &str, branch: Option<&str>, refs: Option<&Vec<git::RemoteRef>>, url: &str) -> Revision {
    let name = branch.map(|branch| format!("refs/heads/{branch}"));
    let is_it =
        |found: &git::RemoteRef| found.id == id && name.as_ref().is_none_or(|name| found.name == *name);
    let is_certain = refs.is_some_and(|refs| refs.iter().any(is_it));
    let unknown =
        || format!("without a checkout of {url}, it is not known whether {id:.10} is pushed: --source DIR");
    let notes = if is_certain { Vec::new() } else { vec![unknown()] };
    Revision { id: id.to_owned(), from: "--revision".to_owned(), notes }
}
