//! What goes over the network, by the user's `git` command, so that its credentials and settings are used. Nothing is
//! forced, except over a commit that treenail itself has made for the branch of a pull request.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use git2::{BranchType, Oid};

use super::{Repo, command, tree};
use crate::error::{Context, Error, Result};
use crate::subprocess;

/// How long a server may take to say that everybody can read.
const LIMIT: Duration = Duration::from_secs(15);

/// A branch or tag of a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteRef {
    /// The full id of its commit.
    pub(crate) id: String,
    /// `HEAD`, or like `refs/heads/main`.
    pub(crate) name: String,
}

/// The branch of a remote that a local branch belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upstream {
    pub(crate) remote: String,
    /// Its short name there.
    pub(crate) branch: String,
    /// Whether the local branch is set up to follow it.
    is_configured: bool,
}

/// The branch that something is merged into.
pub(crate) struct MergeTarget {
    /// Its short name.
    pub(crate) branch: String,
    /// The full id of its commit.
    pub(crate) commit: String,
}

impl Upstream {
    /// As people write it.
    pub(crate) fn shown(&self) -> String {
        format!("{}/{}", self.remote, self.branch)
    }
}

/// What is to be pushed.
pub(crate) struct Push<'a> {
    pub(crate) remote: &'a str,
    /// The short name of the local branch.
    pub(crate) branch: &'a str,
    /// The short name of the branch there.
    pub(crate) to: &'a str,
    /// For the server, such as `merge_request.create`.
    pub(crate) options: &'a [String],
    /// The commit there that may be replaced, if it is still there.
    pub(crate) replaces: Option<&'a str>,
}

impl Push<'_> {
    /// Returns the arguments of `git`.
    pub(crate) fn arguments(&self, sets_upstream: bool) -> Vec<String> {
        let mut arguments = vec!["push".to_owned()];
        arguments.extend(sets_upstream.then(|| "--set-upstream".to_owned()));
        let lease = |old: &str| format!("--force-with-lease=refs/heads/{}:{old}", self.to);
        arguments.extend(self.replaces.map(lease));
        arguments.extend(self.options.iter().map(|option| format!("--push-option={option}")));
        let refspec = format!("refs/heads/{}:refs/heads/{}", self.branch, self.to);
        arguments.extend(["--".to_owned(), self.remote.to_owned(), refspec]);
        arguments
    }
}

/// Returns the branches and tags of the repository at `url`, a tag with the commit that it names.
///
/// # Errors
/// Git cannot reach it; its own message has gone to standard error.
pub(crate) fn remote_refs(dir: &Path, url: &str, may_ask: bool) -> Result<Vec<RemoteRef>> {
    list(dir, &["ls-remote", "--", url], may_ask)
        .map_err(|error| error.hint("check the address, and that you have access"))
}

/// Whether everybody can read the repository at `url`: asked without any credentials of the user.
pub(crate) fn is_public(dir: &Path, url: &str) -> bool {
    let arguments =
        ["-c", "credential.helper=", "-c", "http.extraHeader=", "ls-remote", "--heads", "--", url];
    let mut git = command::git(dir, arguments);
    git.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ASKPASS", "true").env("SSH_ASKPASS", "true");
    subprocess::run_within(&mut git, b"", LIMIT)
        .is_ok_and(|ended| ended.is_some_and(|output| output.status.success()))
}

fn list(dir: &Path, arguments: &[&str], may_ask: bool) -> Result<Vec<RemoteRef>> {
    let mut git = command::git(dir, arguments);
    git.stdin(Stdio::null()).stderr(Stdio::inherit());
    if !may_ask {
        git.env("GIT_TERMINAL_PROMPT", "0");
    }
    let output = git.output().map_err(command::cannot_run)?;
    if !output.status.success() {
        return Err(Error::failure(format!("`git {}` failed", arguments.join(" "))));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut refs: Vec<RemoteRef> = Vec::new();
    for line in text.lines() {
        let Some((id, name)) = line.split_once('\t') else { continue };
        // The line after that of an annotated tag.
        let (name, is_peeled) = name.strip_suffix("^{}").map_or((name, false), |name| (name, true));
        match refs.last_mut().filter(|last| is_peeled && last.name == name) {
            Some(tag) => id.clone_into(&mut tag.id),
            None => refs.push(RemoteRef { id: id.to_owned(), name: name.to_owned() }),
        }
    }
    Ok(refs)
}

impl Repo {
    /// Returns where the local branch is pushed to: its upstream, else the branch of that name of `origin` or of the only
    /// remote; `None` without a remote.
    pub(crate) fn upstream_of(&self, branch: &str) -> Option<Upstream> {
        let setting = |key: &str| self.settings()?.get_string(&format!("branch.{branch}.{key}")).ok();
        if let (Some(remote), Some(merge)) = (setting("remote"), setting("merge"))
            && let Some(name) = merge.strip_prefix("refs/heads/").filter(|_| remote != ".")
        {
            return Some(Upstream { remote, branch: name.to_owned(), is_configured: true });
        }
        let names = self.git.remotes().ok()?;
        let names: Vec<&str> = names.iter().filter_map(|name| name.ok().flatten()).collect();
        let remote = match names.as_slice() {
            [only] => only,
            several => several.iter().find(|name| **name == "origin")?,
        };
        Some(Upstream { remote: (*remote).to_owned(), branch: branch.to_owned(), is_configured: false })
    }

    /// Returns the URL of a remote, as it is written.
    pub(crate) fn url_of(&self, remote: &str) -> Option<String> {
        self.settings()?.get_string(&format!("remote.{remote}.url")).ok()
    }

    /// Returns the commit of the upstream as of the last fetch.
    pub(crate) fn known_upstream(&self, upstream: &Upstream) -> Option<String> {
        self.known_remote_branch(&upstream.remote, &upstream.branch)
    }

    /// Returns the commit of a branch of a remote, as that says; `None` if there is no such branch.
    ///
    /// # Errors
    /// Git cannot reach the remote; its own message has gone to standard error.
    pub(crate) fn remote_branch(&self, remote: &str, branch: &str, may_ask: bool) -> Result<Option<String>> {
        let name = format!("refs/heads/{branch}");
        let listed = list(&self.root, &["ls-remote", "--", remote, &name], may_ask)?;
        Ok(listed.into_iter().find(|found| found.name == name).map(|found| found.id))
    }

    /// Returns the commit of a branch of a remote, as of the last fetch or push.
    pub(crate) fn known_remote_branch(&self, remote: &str, branch: &str) -> Option<String> {
        let branch = self.git.find_branch(&format!("{remote}/{branch}"), BranchType::Remote).ok()?;
        branch.get().target().map(|id| id.to_string())
    }

    /// Returns the branch of a remote that the current one is merged into, as of the last fetch: what it follows under
    /// another name, else the default branch of the remote, else the branch of the same name there.
    ///
    /// # Errors
    /// HEAD cannot be read.
    pub(crate) fn merge_target(&self) -> Result<Option<MergeTarget>> {
        let head = self.head()?;
        let local = head.branch().unwrap_or_default();
        let Some(upstream) = self.upstream_of(local) else { return Ok(None) };
        let of = |branch: &str| {
            let upstream = Upstream { branch: branch.to_owned(), ..upstream.clone() };
            let commit = self.known_upstream(&upstream)?;
            Some(MergeTarget { branch: upstream.branch, commit })
        };
        let own = || of(&upstream.branch);
        if upstream.branch != local
            && let Some(target) = own()
        {
            return Ok(Some(target));
        }
        Ok(self.default_branches(&upstream.remote).iter().find_map(|branch| of(branch)).or_else(own))
    }

    /// Returns what the default branch of a remote may be called: what it says, or else the usual names.
    fn default_branches(&self, remote: &str) -> Vec<String> {
        let prefix = format!("refs/remotes/{remote}/");
        let head = self.git.find_reference(&format!("{prefix}HEAD")).ok();
        let target = head.as_ref().and_then(|head| head.symbolic_target().ok().flatten());
        match target.and_then(|target| target.strip_prefix(&prefix)) {
            Some(branch) => vec![branch.to_owned()],
            None => vec!["main".to_owned(), "master".to_owned()],
        }
    }

    /// Returns the short name of the branch that `revision` names, without that of its remote.
    pub(crate) fn short_branch(&self, revision: &str) -> Option<String> {
        if self.git.find_branch(revision, BranchType::Local).is_ok() {
            return Some(revision.to_owned());
        }
        self.git.find_branch(revision, BranchType::Remote).ok()?;
        let remotes = self.git.remotes().ok()?;
        let mut names = remotes.iter().filter_map(|name| name.ok().flatten());
        names.find_map(|remote| revision.strip_prefix(remote)?.strip_prefix('/').map(str::to_owned))
    }

    /// Fetches the upstream. Returns its commit; `None` if the remote does not have that branch.
    ///
    /// # Errors
    /// Git cannot reach the remote; its own message has gone to standard error.
    pub(crate) fn fetch(&self, upstream: &Upstream, may_ask: bool) -> Result<Option<String>> {
        let Some(found) = self.remote_branch(&upstream.remote, &upstream.branch, may_ask)? else {
            return Ok(None);
        };
        let is_known = self.known_upstream(upstream).as_ref() == Some(&found);
        if !is_known || Oid::from_str(&found).is_ok_and(|id| self.git.find_commit(id).is_err()) {
            self.network(&[
                "fetch".to_owned(),
                "--quiet".to_owned(),
                "--".into(),
                upstream.remote.clone(),
                format!("refs/heads/{}", upstream.branch),
            ])?;
        }
        Ok(Some(found))
    }

    /// Pushes a branch. Git's conversation goes through the terminal.
    ///
    /// # Errors
    /// The push fails.
    pub(crate) fn push(&self, push: &Push) -> Result<()> {
        let is_configured = self.upstream_of(push.branch).is_some_and(|upstream| upstream.is_configured);
        let mut arguments = push.arguments(!is_configured);
        // What went where is said by us; what the server and its hooks say is shown all the same.
        arguments.insert(1, "--quiet".to_owned());
        self.network(&arguments)
    }

    fn network(&self, arguments: &[String]) -> Result<()> {
        let status = command::git(&self.root, arguments).stdout(io::stderr()).status();
        if status.map_err(command::cannot_run)?.success() {
            return Ok(());
        }
        let name = arguments.first().map(String::as_str).unwrap_or_default();
        Err(Error::failure(format!("`git {name}` failed")))
    }

    /// Returns how many commits `one` has that `other` does not have, and the other way round.
    pub(crate) fn ahead_behind(&self, one: &str, other: &str) -> Result<(usize, usize)> {
        let counted = Oid::from_str(one)
            .and_then(|one| Ok((one, Oid::from_str(other)?)))
            .and_then(|(one, other)| self.git.graph_ahead_behind(one, other));
        counted.context(|| "cannot compare commits".to_owned())
    }

    /// Returns the paths that differ between two commits.
    pub(crate) fn paths_between(&self, old: &str, new: &str) -> Result<Vec<String>> {
        let failed = || "cannot compare commits".to_owned();
        let tree = |id: &str| self.tree_of(Oid::from_str(id).context(failed)?);
        let diff = self.git.diff_tree_to_tree(Some(&tree(old)?), Some(&tree(new)?), None).context(failed)?;
        let mut paths: Vec<String> = diff
            .deltas()
            .flat_map(|delta| [delta.old_file().path_bytes(), delta.new_file().path_bytes()])
            .flatten()
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .collect();
        paths.sort();
        paths.dedup();
        Ok(paths)
    }

    /// Makes the last commit again on top of `onto`, whose files at `paths` are those before it, and has the branch and the
    /// work tree follow. What is not committed stays as it is.
    ///
    /// # Errors
    /// The commit cannot be made; an uncommitted file is in the way. Then nothing has changed.
    pub(crate) fn recommit(&self, branch: &str, onto: &str, paths: &[String]) -> Result<String> {
        let failed = || "cannot make the commit again".to_owned();
        let commit = self.git.head().and_then(|head| head.peel_to_commit()).context(failed)?;
        let made = commit.tree().context(failed)?;
        let onto_id = Oid::from_str(onto).context(failed)?;
        let mut deltas = Vec::new();
        for path in paths {
            let (before, after) = (None, tree::blob_at(&made, path)?);
            deltas.push(super::Delta { path: path.clone(), before, after, edited: None });
        }
        let tree = self.changed_tree(Some(&self.tree_of(onto_id)?), &deltas)?;
        let message = String::from_utf8_lossy(commit.message_raw_bytes()).into_owned();
        let again =
            self.commit_tree(tree, Some(onto_id), &self.commit_method()?, &message, true)?.to_string();
        command::switch(&self.root, branch, &again)?;
        Ok(again)
    }
}
