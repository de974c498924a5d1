//! A commit on a branch that is not checked out: objects and one reference.

use std::collections::BTreeSet;
use std::path::Path;

use git2::{ErrorCode, Oid, Repository};

use super::{CommitId, CommitMethod, Delta, Head, Repo, command, is_branch_name, tree};
use crate::error::{Context, Error, Problem, Result};

/// What the log of a branch says before the subject of a commit that treenail made for it.
const MADE: &[u8] = b"treenail: ";

/// A branch that can be created at HEAD or moved there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewBranch {
    name: String,
    /// `None` if the branch does not exist.
    old: Option<Oid>,
}

impl NewBranch {
    pub(crate) fn name(&self) -> &str {
        self.name.strip_prefix("refs/heads/").unwrap_or(&self.name)
    }
}

impl Repo {
    /// The branch `name`, if it is new or an ancestor of HEAD, and not checked out. It may also be a commit
    /// that treenail itself has made for it, and that changes nothing but the paths that are `replaced`.
    ///
    /// # Errors
    /// HEAD or a reference cannot be read; `Ok(Err)` is the problem with the branch.
    pub(crate) fn new_branch(
        &self,
        name: &str,
        replaced: Option<&[String]>,
    ) -> Result<Result<NewBranch, Problem>> {
        if !is_branch_name(name) {
            return Ok(Err(Problem::new(format!("`{name}` cannot be a branch"), "choose another name")));
        }
        let full = format!("refs/heads/{name}");
        let old = match self.git.refname_to_id(&full) {
            Ok(old) => Some(old),
            Err(error) if error.code() == ErrorCode::NotFound => None,
            Err(error) => return Err(error).context(|| format!("cannot read the branch `{name}`")),
        };
        if let Some(checkout) = self.checkout_of(&full)? {
            return Ok(Err(Problem::new(
                format!("the branch `{name}` is checked out in `{checkout}`"),
                "choose another name, or switch to another branch there",
            )));
        }
        if let (Some(old), Some(head)) = (old, self.head()?.commit)
            && old != head
            && !self.git.graph_descendant_of(head, old).context(|| "cannot compare commits".to_owned())?
            && !self.is_replaced(name, old, replaced)?
        {
            return Ok(Err(Problem::new(
                format!("the branch `{name}` has commits that the current one does not have"),
                format!("choose another name, or remove it with `git branch -D {name}`"),
            )));
        }
        Ok(Ok(NewBranch { name: full, old }))
    }

    /// Whether the branch is at a commit that treenail has made there, and that changes only the paths that are `replaced`.
    fn is_replaced(&self, name: &str, tip: Oid, replaced: Option<&[String]>) -> Result<bool> {
        let Some(replaced) = replaced.filter(|_| self.made_on(name).contains(&tip.to_string())) else {
            return Ok(false);
        };
        let tip = self.git.find_commit(tip).context(|| format!("cannot read the branch `{name}`"))?;
        let Some(parent) = tip.parent_ids().next() else { return Ok(false) };
        let changed = self.paths_between(&parent.to_string(), &tip.id().to_string())?;
        Ok(changed.iter().all(|path| replaced.contains(path)))
    }

    /// Returns the ids of the commits that treenail has made for the branch `name`, the newest first. Git keeps them for as
    /// long as it keeps the branch; `git branch -D` forgets them.
    pub(crate) fn made_on(&self, name: &str) -> Vec<String> {
        let Ok(log) = self.git.reflog(&format!("refs/heads/{name}")) else { return Vec::new() };
        let made = log.iter().filter(|entry| entry.message_bytes().is_some_and(|it| it.starts_with(MADE)));
        made.map(|entry| entry.id_new().to_string()).collect()
    }

    /// Whether the local branch `name` has the commit `id`.
    pub(crate) fn is_in_history(&self, name: &str, id: &str) -> bool {
        let tip = self.git.refname_to_id(&format!("refs/heads/{name}"));
        let both = tip.and_then(|tip| Ok((tip, Oid::from_str(id)?)));
        both.is_ok_and(|(tip, id)| tip == id || self.git.graph_descendant_of(tip, id).unwrap_or(false))
    }

    pub(crate) fn has_branch(&self, name: &str) -> bool {
        self.git.find_reference(&format!("refs/heads/{name}")).is_ok()
    }

    /// Returns the commit of the branch `name`, if its parent is HEAD and it makes exactly `deltas`.
    pub(crate) fn commit_on(&self, name: &str, deltas: &[Delta]) -> Result<Option<CommitId>> {
        let found = self.git.find_reference(&format!("refs/heads/{name}"));
        let Ok(commit) = found.and_then(|branch| branch.peel_to_commit()) else { return Ok(None) };
        let parents: Vec<Oid> = commit.parent_ids().collect();
        if self.head()?.commit.as_slice() != parents {
            return Ok(None);
        }
        let wanted = deltas.iter().filter(|delta| delta.before != delta.after);
        let wanted: BTreeSet<&Path> = wanted.map(|delta| Path::new(&delta.path)).collect();
        let unreadable = || format!("cannot read the branch `{name}`");
        let tree = commit.tree().context(unreadable)?;
        let diff = self.git.diff_tree_to_tree(self.head_tree()?.as_ref(), Some(&tree), None);
        let diff = diff.context(unreadable)?;
        let touched = diff.deltas().flat_map(|delta| [delta.old_file().path(), delta.new_file().path()]);
        if touched.flatten().collect::<BTreeSet<_>>() != wanted {
            return Ok(None);
        }
        for delta in deltas {
            if tree::blob_at(&tree, &delta.path)? != delta.after {
                return Ok(None);
            }
        }
        Ok(Some(CommitId(commit.id())))
    }

    fn checkout_of(&self, full: &str) -> Result<Option<String>> {
        let unreadable = || "cannot look at the linked work trees".to_owned();
        let mut repositories = vec![Repository::open(self.git.commondir()).context(unreadable)?];
        let names = self.git.worktrees().context(unreadable)?;
        for name in names.iter().filter_map(|name| name.ok().flatten()) {
            let linked = self.git.find_worktree(name).and_then(|tree| Repository::open_from_worktree(&tree));
            // A linked work tree whose folder is gone holds nothing.
            repositories.extend(linked.ok());
        }
        let holder = repositories.into_iter().find(|repository| {
            let head = repository.find_reference("HEAD").ok();
            let target = head.as_ref().and_then(|head| head.symbolic_target().ok().flatten());
            !repository.is_bare() && target == Some(full)
        });
        Ok(holder.and_then(|holder| holder.workdir().map(|root| root.display().to_string())))
    }

    /// Creates the commit that makes `deltas` on top of `head`, signed if so configured. [`Repo::commit_hooks`] do not run:
    /// they look at an index and a work tree, which this commit does not have.
    pub(crate) fn commit_on_branch(
        &self,
        head: &Head,
        deltas: &[Delta],
        method: &CommitMethod,
        message: &str,
    ) -> Result<CommitId> {
        let before = head.commit.map(|commit| self.tree_of(commit)).transpose()?;
        let tree = self.changed_tree(before.as_ref(), deltas)?;
        self.commit_tree(tree, head.commit, method, message, true)
    }

    pub(super) fn commit_tree(
        &self,
        tree: Oid,
        parent: Option<Oid>,
        method: &CommitMethod,
        message: &str,
        may_sign: bool,
    ) -> Result<CommitId> {
        match (method, parent) {
            (CommitMethod::Direct(signatures), _) => self.record(tree, parent, signatures, message),
            (CommitMethod::Command, None) => Err(Error::precondition("there is no commit yet to build on")),
            (CommitMethod::Command, Some(parent)) => {
                let sign = may_sign && self.setting("commit.gpgSign", false);
                let (tree, parent) = (tree.to_string(), parent.to_string());
                let made = command::commit_tree(&self.root, &tree, &parent, sign, message)?;
                CommitId::parse(&made).ok_or_else(|| Error::failure("`git commit-tree` gave no commit"))
            }
        }
    }

    /// Makes `branch` point to `commit`, if it is still where it was.
    ///
    /// # Errors
    /// It has moved meanwhile, cannot be written, or a hook refuses; then nothing has changed.
    pub(crate) fn start(
        &self,
        branch: &NewBranch,
        commit: CommitId,
        method: &CommitMethod,
        message: &str,
    ) -> Result<()> {
        let NewBranch { name, old } = branch;
        let CommitId(new) = commit;
        let log = format!("{}{}", String::from_utf8_lossy(MADE), message.lines().next().unwrap_or_default());
        let done = match (method, old) {
            // The hooks about references are Git's to run.
            (CommitMethod::Command, _) => {
                let old = old.map_or_else(|| "0".repeat(40), |old| old.to_string());
                command::update_ref(&self.root, name, &new.to_string(), &old, &log)
                    .map(|messages| self.keep_printed(&messages))
            }
            (CommitMethod::Direct(_), Some(old)) => {
                self.point(name, Some(*old), new, &log).context(|| format!("cannot update `{name}`"))
            }
            (CommitMethod::Direct(_), None) => {
                self.point(name, None, new, &log).context(|| format!("cannot create `{name}`"))
            }
        };
        done.map_err(|error| {
            error.hint("nothing was written; run the command again, or choose another branch")
        })
    }

    /// Points the branch `name` from `old`, or from nothing, to `new`.
    fn point(&self, name: &str, old: Option<Oid>, new: Oid, log: &str) -> Result<(), git2::Error> {
        let references = self.lock_references(&[name])?;
        if self.git.refname_to_id(name).ok() != old {
            return Err(git2::Error::from_str("the branch has moved meanwhile"));
        }
        if old.is_none() {
            self.refuse_nested(name)?;
        }
        references.point(name, new, log)
    }

    /// Refuses a branch that would be a folder of another one, or the other way round.
    fn refuse_nested(&self, name: &str) -> Result<(), git2::Error> {
        for other in self.git.references()?.names() {
            let other = other?;
            let is_below =
                |one: &str, two: &str| one.strip_prefix(two).is_some_and(|rest| rest.starts_with('/'));
            if is_below(name, other) || is_below(other, name) {
                return Err(git2::Error::from_str(&format!("`{other}` exists")));
            }
        }
        Ok(())
    }
}
