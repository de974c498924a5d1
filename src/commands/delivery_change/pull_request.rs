//! `--pr`: a branch is pushed, and a pull request opened for it.

use serde_json::{Value, json};

use super::{DeliveryChange, OpenService};
use crate::apply::Applied;
use crate::delivery::forge::{self, Forge, PullRequest};
use crate::error::Result;
use crate::git::{self, Repo};
use crate::ui::{Ui, visible};
use crate::values::RepoUrl;

/// Where the pull request is, or is to be opened.
pub(super) enum Opened {
    /// At this address, as `gh` says.
    At(String),
    /// The page to open it on.
    Page(String),
    /// The server opens it.
    ByServer,
    /// It is not known how.
    Unknown,
}

impl OpenService {
    pub(super) fn pull_request(
        &self,
        branch: Option<&str>,
        change: &DeliveryChange,
        message: &str,
    ) -> PullRequest {
        let words: Vec<&str> = change.branch.iter().map(String::as_str).collect();
        PullRequest {
            branch: branch.map_or_else(|| forge::branch_name(&words), str::to_owned),
            base: self.standing.upstream.as_ref().map(|upstream| upstream.branch.clone()).unwrap_or_default(),
            title: message.lines().next().unwrap_or_default().to_owned(),
            body: format!("```text\n{}```\n", change.body.as_ref().unwrap_or(&change.description)),
            effect: None,
        }
    }

    /// Returns the address of the remote, and the kind of server that it is on.
    pub(super) fn forge(&self) -> Option<(RepoUrl, Forge)> {
        let upstream = self.standing.upstream.as_ref()?;
        let url = RepoUrl::parse(&self.service.repo.url_of(&upstream.remote)?).ok()?;
        let forge = Forge::of(&url)?;
        Some((url, forge))
    }

    /// Pushes the branch of `request`, and opens that, or updates the one that there is.
    ///
    /// # Errors
    /// The push fails.
    pub(super) fn open_pull_request(
        &self,
        ui: &Ui,
        request: &PullRequest,
        applied: &Applied,
    ) -> Result<Opened> {
        let repo = &self.service.repo;
        let hooks = repo.commit_hooks();
        if !hooks.is_empty() {
            let hooks = hooks.join(", ");
            ui.message(&format!("note: hooks that are not run for a commit on a branch: {hooks}"));
        }
        let forge = self.forge();
        let options = forge.as_ref().map(|(_, forge)| forge.push_options(request)).unwrap_or_default();
        let was_there = self.standing.push_branch(repo, &request.branch, &options, ui.interactive())?;
        ui.done(&format!("{}, pushed", applied.summary()));
        let (url, forge) = match forge {
            Some((url, Forge::GitHub)) => match by_gh(ui, repo, request, &url, was_there) {
                Some(address) => return Ok(Opened::At(visible::lines(&address))),
                None => (url, Forge::GitHub),
            },
            Some((_, Forge::GitLab)) => {
                ui.message("  GitLab opens the merge request, or updates it, and says above where it is");
                return Ok(Opened::ByServer);
            }
            Some(found) => found,
            None => {
                let (branch, base) = (&request.branch, &request.base);
                let unless = if was_there { ", unless there is one" } else { "" };
                ui.message(&format!("  next: open a pull request of `{branch}` into `{base}`{unless}"));
                return Ok(Opened::Unknown);
            }
        };
        ui.message(if was_there {
            "  next: look at the pull request, or open it, here"
        } else {
            "  next: open the pull request here"
        });
        Ok(Opened::Page(forge.page(&url, request)))
    }
}

impl Opened {
    /// Returns what is printed for people on standard output.
    pub(super) fn address(&self) -> Option<&str> {
        match self {
            Self::At(address) | Self::Page(address) => Some(address),
            Self::ByServer | Self::Unknown => None,
        }
    }

    pub(super) fn json(&self, request: &PullRequest) -> Value {
        let (url, page) = match self {
            Self::At(address) => (Some(address), None),
            Self::Page(page) => (None, Some(page)),
            Self::ByServer | Self::Unknown => (None, None),
        };
        json!({ "branch": request.branch, "base": request.base, "url": url, "page": page })
    }
}

/// Has `gh` open the pull request, or update the one that the branch has. Returns its address; `None` if `gh` cannot do it.
fn by_gh(ui: &Ui, repo: &Repo, request: &PullRequest, url: &RepoUrl, was_there: bool) -> Option<String> {
    if was_there && let Ok(Some(address)) = git::gh(repo.root(), &request.gh_edit(url), true) {
        return Some(address);
    }
    git::gh(repo.root(), &request.gh(url), false).unwrap_or_else(|error| {
        ui.message(&format!("note: {error}"));
        None
    })
}
