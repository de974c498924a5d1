//! The Argo CD Application: when it syncs, and what.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::Value;

use crate::simulation::cluster::Cluster;
use crate::simulation::git::Git;
use crate::simulation::operation::Operation;
use crate::simulation::render::{Key, Manifest, Renderer, Rendering};

/// An Application, and how far it is.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// The folder it renders.
    pub path: String,
    /// The namespace of what names none.
    pub namespace: String,
    /// Whether what left Git leaves the cluster.
    pub prune: bool,
    /// Whether that is the last thing to be done (`PruneLast`).
    pub prune_last: bool,
    /// Whether drift is reverted.
    pub self_heal: bool,
    /// What is done about an operation that failed.
    pub retry: Retry,
    /// The operation that is under way: nothing else starts meanwhile (`appcontroller.go` autoSync, `app.Operation != nil`).
    pub operation: Option<Operation>,
    /// The commit of the last operation that ended, and whether that went well.
    pub last: Option<(usize, bool)>,
    /// The newest commit when that operation ended, if it came while the operation was under way.
    pub came_meanwhile: Option<usize>,
}

/// `syncPolicy.retry`.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// How often; without end where there is none.
    pub limit: Option<u64>,
    /// Whether to go for the newest commit then.
    pub refresh: bool,
}

/// What an Application would sync, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Everything, hooks as well.
    Full,
    /// These objects alone, which drifted from Git.
    Heal(BTreeSet<Key>),
}

impl Application {
    /// As a manifest describes it.
    pub fn of(manifest: &Manifest) -> Self {
        let policy = manifest.at("/spec/syncPolicy");
        let automated = &policy["automated"];
        assert!(automated.is_object() && automated["enabled"] != false, "{manifest:?} is not automated");
        let mut options = policy["syncOptions"].as_array().into_iter().flatten();
        let text = |keys: &str| manifest.at(keys).as_str().expect(keys).to_owned();
        // Without a word on retries an automated sync has five (`appcontroller.go` autoSync).
        let limit = policy["retry"]["limit"].as_i64().unwrap_or(5);
        Self {
            name: manifest.key.2.clone(),
            path: text("/spec/source/path"),
            namespace: text("/spec/destination/namespace"),
            prune: automated["prune"] == true,
            prune_last: options.any(|option| option == "PruneLast=true"),
            self_heal: automated["selfHeal"] == true,
            retry: Retry { limit: u64::try_from(limit).ok(), refresh: policy["retry"]["refresh"] == true },
            operation: None,
            last: None,
            came_meanwhile: None,
        }
    }

    /// What it renders of a commit.
    pub fn render(&self, renderer: &Renderer, git: &Git, commit: usize) -> Rendering {
        renderer.render(git.commit(commit), &self.path, &self.namespace)
    }

    /// What automated sync would do now; none where there is nothing to do. See `appcontroller.go` autoSync and
    /// `docs/user-guide/auto_sync.md`.
    pub fn wanted(&self, renderer: &Renderer, git: &Git, cluster: &Cluster) -> Option<Wanted> {
        if self.operation.is_some() {
            return None;
        }
        let out_of_sync = self.out_of_sync(&self.render(renderer, git, git.head())?, cluster);
        match self.last {
            _ if out_of_sync.is_empty() => None,
            // "Automatic sync will only attempt one synchronization per unique combination of commit and parameters":
            // another commit is another attempt, and no drift.
            Some((commit, is_ok)) if commit == git.head() => {
                (is_ok && self.self_heal).then_some(Wanted::Heal(out_of_sync))
            }
            _ => Some(Wanted::Full),
        }
    }

    /// What a mistake of Argo CD would do now, which was seen in a cluster: it takes a commit that came during an operation
    /// for drift, and so heals single resources, without hooks.
    pub fn mistaken(&self, renderer: &Renderer, git: &Git, cluster: &Cluster) -> Option<Wanted> {
        let is_possible = self.self_heal
            && self.came_meanwhile == Some(git.head())
            && self.last.is_some_and(|(commit, is_ok)| is_ok && commit != git.head());
        match self.wanted(renderer, git, cluster) {
            Some(Wanted::Full) if is_possible => {
                Some(Wanted::Heal(self.out_of_sync(&self.render(renderer, git, git.head())?, cluster)))
            }
            _ => None,
        }
    }

    /// What differs between Git and the cluster. Hooks do not count (`controller/state.go`, the sync status leaves them
    /// out), nor what is not to be pruned.
    pub fn out_of_sync(&self, desired: &[Rc<Manifest>], cluster: &Cluster) -> BTreeSet<Key> {
        let desired: Vec<_> = desired.iter().filter(|manifest| !is_hook(manifest)).collect();
        let differs = |manifest: &&&Rc<Manifest>| {
            cluster.objects.get(&manifest.key).is_none_or(|live| live.manifest != ***manifest)
        };
        let differing = desired.iter().filter(differs).map(|manifest| manifest.key.clone());
        differing.chain(self.prunable(&desired, cluster)).collect()
    }

    /// What is tracked in the cluster, but no longer in Git.
    pub fn prunable(&self, desired: &[&Rc<Manifest>], cluster: &Cluster) -> BTreeSet<Key> {
        let is_gone = |key: &Key| !desired.iter().any(|manifest| manifest.key == *key);
        let tracked = cluster.objects.iter().filter(|(_, live)| live.owner == self.name);
        let tracked = tracked.filter(|(_, live)| self.prune && !is_hook(&live.manifest));
        tracked.map(|(key, _)| key).filter(|key| is_gone(key)).cloned().collect()
    }
}

/// Whether it is a hook (`gitops-engine/pkg/sync/hook/hook.go`).
pub fn is_hook(manifest: &Manifest) -> bool {
    !matches!(manifest.at("/metadata/annotations"), Value::Null) && !manifest.argocd("hook").is_empty()
}
