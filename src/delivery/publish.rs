//! Takes a commit to the remote, as the pipeline does it: nothing of others is forced away, and a push that came second is
//! tried again on top of the other one, where that leaves our files alone.

use crate::error::{Error, Result};
use crate::git::{Push, Repo, Upstream};
use crate::shell;

/// As often a push is tried.
const ATTEMPTS: usize = 5;

/// Where the current branch stands.
pub(crate) struct Standing {
    /// The short name of the current branch.
    pub(crate) branch: String,
    /// `None` without a remote.
    pub(crate) upstream: Option<Upstream>,
    /// The commit of the upstream; `None` if the remote does not have the branch.
    at: Option<String>,
    /// How many commits are not pushed yet.
    pub(crate) ahead: usize,
}

impl Standing {
    /// Looks at the current branch, as of the last fetch.
    ///
    /// # Errors
    /// A precondition: HEAD is detached, or the upstream has commits that the branch does not have.
    pub(crate) fn known(repo: &Repo) -> Result<Self> {
        let head = repo.head()?;
        let Some(branch) = head.branch() else {
            return Err(Error::precondition("HEAD is detached, so the commit would be on no branch")
                .hint("`git switch` to a branch first"));
        };
        let upstream = repo.upstream_of(branch);
        let at = upstream.as_ref().and_then(|upstream| repo.known_upstream(upstream));
        let mut standing = Self { branch: branch.to_owned(), upstream, at, ahead: 0 };
        standing.compare(repo)?;
        Ok(standing)
    }

    /// As [`Standing::known`], as the remote is now.
    ///
    /// # Errors
    /// As there; there is no remote, or it cannot be reached.
    pub(crate) fn fetched(repo: &Repo, may_ask: bool) -> Result<Self> {
        let mut standing = Self::known(repo)?;
        let upstream = standing.remote()?;
        standing.at = repo
            .fetch(upstream, may_ask)
            .map_err(|error| error.hint(format!("`{}` must be reachable to push to it", upstream.remote)))?;
        standing.compare(repo)?;
        Ok(standing)
    }

    /// Whether the upstream has every commit of the branch.
    pub(crate) fn is_pushed(&self) -> bool {
        self.at.is_some() && self.ahead == 0
    }

    /// Returns the upstream.
    ///
    /// # Errors
    /// A precondition: there is no remote.
    pub(crate) fn remote(&self) -> Result<&Upstream> {
        self.upstream.as_ref().ok_or_else(|| {
            Error::precondition("the repository has no remote to push to").hint("`git remote add origin URL`")
        })
    }

    /// Checks that a pull request can be made of one commit on top of the current branch.
    ///
    /// # Errors
    /// A precondition: it is not the branch that is `deployed`, or has commits that are not pushed.
    pub(crate) fn check_pull_request(&self, deployed: Option<&str>) -> Result<()> {
        let upstream = self.remote()?;
        if let Some(deployed) = deployed.filter(|deployed| *deployed != upstream.branch) {
            return Err(Error::precondition(format!("`{}` is not the branch that is deployed", self.branch))
                .hint(format!("`git switch {deployed}` first: the pull request starts there")));
        }
        if self.at.is_none() {
            return Err(Error::precondition(format!("`{}` does not exist", upstream.shown()))
                .hint(format!("push it first: `git push {} {}`", upstream.remote, self.branch)));
        }
        if self.ahead > 0 {
            let shown = upstream.shown();
            return Err(Error::precondition(format!(
                "`{}` has commits that `{shown}` does not have",
                self.branch
            ))
            .hint("they would become a part of the pull request: push them first")
            .hint(format!("or take them off the branch: `git branch NAME` keeps them, `git reset --keep {shown}` removes them")));
        }
        Ok(())
    }

    /// Pushes the branch of a pull request, over nothing but what treenail itself has pushed there. Returns whether the remote
    /// had the branch already.
    ///
    /// # Errors
    /// Somebody else has pushed to it; the push fails. The branch stays.
    pub(crate) fn push_branch(
        &self,
        repo: &Repo,
        branch: &str,
        options: &[String],
        may_ask: bool,
    ) -> Result<bool> {
        let remote = &self.remote()?.remote;
        let there = repo.remote_branch(remote, branch, may_ask)?;
        let replaces = replaced(repo, branch, there.as_deref());
        let push = Push { remote, branch, to: branch, options, replaces };
        let pushed = repo.push(&push).map(|()| there.is_some());
        pushed.map_err(|error| {
            let error = Error::failure(format!(
                "the branch `{branch}` was made, but could not be pushed: {error}"
            ));
            match &there {
                Some(there) if replaces.is_none() && !repo.is_in_history(branch, there) => error
                    .hint(format!("`{remote}` has `{branch}` with the commit {there:.10}, which is not of this repository's treenail"))
                    .hint(format!("choose another name with --pr=NAME, or delete that branch: `git push {remote} --delete {branch}`")),
                _ => error.hint("fix what Git reports, then run the command again"),
            }
        })
    }

    /// Returns the commit on the remote that a push of the pull request's branch would replace, as of the last fetch or push.
    pub(crate) fn known_replaced(&self, repo: &Repo, branch: &str) -> Option<String> {
        let there = repo.known_remote_branch(&self.upstream.as_ref()?.remote, branch)?;
        replaced(repo, branch, Some(&there)).map(str::to_owned)
    }

    fn compare(&mut self, repo: &Repo) -> Result<()> {
        let (Some(upstream), Some(at)) = (&self.upstream, &self.at) else { return Ok(()) };
        let Some(head) = repo.head_commit()? else { return Ok(()) };
        let (ahead, behind) = repo.ahead_behind(&head, at)?;
        self.ahead = ahead;
        if behind == 0 {
            return Ok(());
        }
        let count = if behind == 1 { "1 commit".to_owned() } else { format!("{behind} commits") };
        let pull = if ahead == 0 { "git pull --ff-only" } else { "git pull --rebase --autostash" };
        Err(Error::precondition(format!("`{}` is {count} behind `{}`", self.branch, upstream.shown()))
            .hint(format!("`{pull}` brings them, then run the command again")))
    }

    /// Whether the upstream does not have the commit `id`; not without an upstream.
    ///
    /// # Errors
    /// The history cannot be read.
    pub(crate) fn is_ahead(&self, repo: &Repo, id: &str) -> Result<bool> {
        match &self.at {
            Some(at) => Ok(repo.ahead_behind(id, at)?.0 > 0),
            None => Ok(false),
        }
    }

    /// Pushes the current branch, whose last commit was just made from the files and folders in `read`. Calls `retrying`
    /// with the commit of somebody else before it is made again on top of that. Returns the commit that was pushed.
    ///
    /// # Errors
    /// The push was refused, or lost against changes that it cannot be put on top of. The commit stays.
    pub(crate) fn push(
        &self,
        repo: &Repo,
        read: &[String],
        may_ask: bool,
        retrying: impl Fn(&str),
    ) -> Result<String> {
        let upstream = self.remote()?;
        let mut before = self.at.clone();
        let mut commit = repo.head_commit()?.unwrap_or_default();
        let push = Push {
            remote: &upstream.remote,
            branch: &self.branch,
            to: &upstream.branch,
            options: &[],
            replaces: None,
        };
        for attempt in 1.. {
            let Err(error) = repo.push(&push) else { break };
            let error = self.not_pushed(repo, &error);
            let now = repo.fetch(upstream, may_ask)?;
            let (Some(old), Some(now)) = (&before, now) else { return Err(error) };
            if *old == now {
                return Err(error);
            }
            if attempt == ATTEMPTS {
                return Err(error.hint("others push all the time: try again later"));
            }
            commit = self.reapply(repo, read, &commit, (old, &now))?;
            retrying(&now);
            before = Some(now);
        }
        Ok(commit)
    }

    /// Makes the commit again on top of what others have pushed meanwhile.
    fn reapply(
        &self,
        repo: &Repo,
        read: &[String],
        commit: &str,
        (old, now): (&str, &str),
    ) -> Result<String> {
        let shown = self.remote()?.shown();
        let lost = |why: String| {
            Error::failure(format!(
                "the commit {commit:.10} was made, but `{shown}` has moved meanwhile, and {why}"
            ))
            .hint("`git pull --rebase --autostash` puts it on top; look at the result before you push it")
        };
        if self.ahead > 0 {
            return Err(lost(format!("`{}` has other commits that are not pushed", self.branch)));
        }
        let ours = repo.paths_between(old, commit)?;
        let theirs = repo.paths_between(old, now)?;
        if let Some(both) = ours.iter().find(|path| theirs.contains(path)) {
            return Err(lost(format!("`{both}` has changed there, too")));
        }
        let is_read = |path: &&String| {
            read.iter().any(|read| read == *path || read.ends_with('/') && path.starts_with(read.as_str()))
        };
        if let Some(path) = theirs.iter().find(is_read) {
            return Err(lost(format!("`{path}`, which it was made from, has changed there")));
        }
        repo.recommit(&self.branch, now, &ours)
            .map_err(|error| lost("it cannot be put on top".into()).because(error))
    }

    fn not_pushed(&self, repo: &Repo, error: &Error) -> Error {
        let root = shell::path(&repo.root().display().to_string());
        let shown = self.upstream.as_ref().map(Upstream::shown).unwrap_or_default();
        Error::failure(format!("the commit was made, but could not be pushed to `{shown}`: {error}"))
            .hint(format!("if the branch takes no pushes, undo the commit with `git -C {root} reset --keep HEAD~1`, and use --pr"))
            .hint(format!("else fix what Git reports, then run `git -C {root} push`"))
    }
}

/// Returns the commit `there` on the remote if treenail has made it for `branch`.
fn replaced<'a>(repo: &Repo, branch: &str, there: Option<&'a str>) -> Option<&'a str> {
    there.filter(|there| repo.made_on(branch).iter().any(|made| made == there))
}
