//! One sync operation of Argo CD, after `gitops-engine/pkg/sync/sync_context.go`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::simulation::argo::{Application, Wanted, is_hook};
use crate::simulation::cluster::{Cluster, Health, Writer};
use crate::simulation::render::{Key, Manifest};

/// Phase and wave.
type Group = (usize, i64);

const PHASES: [&str; 3] = ["PreSync", "Sync", "PostSync"];
const SYNC: usize = 1;

/// An operation that is under way.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The commit it brings into the cluster.
    pub commit: usize,
    /// Everything, or some objects.
    pub what: Wanted,
    /// How often it failed.
    pub failures: u64,
    /// When it goes on.
    pub not_before: u64,
    /// What is still to be applied, the next group last.
    groups: Vec<(Group, Vec<Rc<Manifest>>)>,
    pruned: BTreeSet<Key>,
    /// Whether the next group is applied, and waited for.
    is_applied: bool,
    /// Whether health matters at all (`multiStep`): not to an operation of a single group.
    is_multi_step: bool,
    /// Whether what is to be pruned is a group of its own, behind the last wave of the phase Sync (`PruneLast`).
    is_pruned_last: bool,
}

/// What a step of an operation came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It goes on.
    Going,
    /// It is over.
    Done,
    /// Something cannot be, or did not become healthy.
    Failed(String),
}

impl Operation {
    /// Begins an operation.
    pub fn begin(
        app: &Application,
        commit: usize,
        what: Wanted,
        desired: &[Rc<Manifest>],
        cluster: &Cluster,
    ) -> Self {
        let mut groups = BTreeMap::<Group, Vec<Rc<Manifest>>>::new();
        for manifest in desired {
            let is_taken = match &what {
                Wanted::Full => true,
                // Selective syncs skip hooks (`controller/sync.go`, `skipHooks`), and healing is selective.
                Wanted::Heal(keys) => !is_hook(manifest) && keys.contains(&manifest.key),
            };
            if let Some(group) = group(manifest).filter(|_| is_taken) {
                groups.entry(group).or_default().push(Rc::clone(manifest));
            }
        }
        let desired: Vec<_> = desired.iter().filter(|manifest| !is_hook(manifest)).collect();
        let mut pruned = app.prunable(&desired, cluster);
        if let Wanted::Heal(keys) = &what {
            pruned.retain(|key| keys.contains(key));
        }
        let is_pruned_last = app.prune_last;
        let is_multi_step = groups.len() > 1 || is_pruned_last && !pruned.is_empty();
        let groups = groups.into_iter().rev().collect();
        let (failures, not_before, is_applied) = (0, 0, false);
        Self { commit, what, failures, not_before, groups, pruned, is_applied, is_multi_step, is_pruned_last }
    }

    /// Begins again after a failure: the whole operation, with what is rendered now.
    #[must_use]
    pub fn again(&self, fresh: Self, now: u64) -> Self {
        let failures = self.failures + 1;
        // Seconds between tries do not matter here, only that there are some.
        Self { failures, not_before: now + 10 * failures, ..fresh }
    }

    /// Whether [`Self::step`] would get on.
    pub fn can_step(&self, cluster: &Cluster) -> bool {
        cluster.now >= self.not_before && (!self.is_applied || self.verdict(cluster) != Step::Going)
    }

    /// When time alone will make it get on.
    pub fn timer(&self, cluster: &Cluster) -> Option<u64> {
        let deadlines = self.next().iter().filter_map(|manifest| cluster.deadline(&manifest.key));
        deadlines.chain([self.not_before]).filter(|at| *at > cluster.now).min()
    }

    /// Whether the group that was applied last has a hook.
    pub fn has_hook_running(&self) -> bool {
        self.is_applied && self.next().iter().any(|manifest| is_hook(manifest))
    }

    fn next(&self) -> &[Rc<Manifest>] {
        self.groups.last().map_or(&[], |(_, manifests)| manifests)
    }

    /// Applies the next group, or leaves one behind that is done.
    pub fn step(&mut self, app: &str, cluster: &mut Cluster) -> Step {
        if self.is_applied {
            let verdict = self.verdict(cluster);
            if verdict != Step::Done {
                return verdict;
            }
            self.leave(cluster);
        }
        let is_prune_due = |phase: usize| phase > SYNC || phase == SYNC && !self.is_pruned_last;
        if self.groups.last().is_none_or(|((phase, _), _)| is_prune_due(*phase)) {
            for key in std::mem::take(&mut self.pruned) {
                cluster.objects.remove(&key);
            }
        }
        if self.groups.is_empty() {
            return Step::Done;
        }
        for manifest in self.next() {
            if is_hook(manifest) && deletes(manifest, "BeforeHookCreation") {
                cluster.objects.remove(&manifest.key);
            }
            if let Err(error) = cluster.apply(manifest, app, Writer::ArgoCd) {
                return Step::Failed(error);
            }
        }
        self.is_applied = true;
        Step::Going
    }

    /// What the group that was applied came to.
    fn verdict(&self, cluster: &Cluster) -> Step {
        let waits = self.is_multi_step && !self.is_final();
        let is_waited_for = |manifest: &&Rc<Manifest>| is_hook(manifest) || waits;
        let health = |manifest: &Rc<Manifest>| (manifest.key.2.clone(), cluster.health(&manifest.key));
        let healths: Vec<_> = self.next().iter().filter(is_waited_for).map(health).collect();
        if let Some((name, _)) = healths.iter().find(|(_, health)| *health == Health::Degraded) {
            return Step::Failed(format!("{name} is degraded"));
        }
        let is_open = healths.iter().any(|(_, health)| *health != Health::Healthy);
        if is_open { Step::Going } else { Step::Done }
    }

    /// Whether the next group is the last one and has no hooks: then "we are successful EVEN if those objects
    /// subsequently degrades".
    fn is_final(&self) -> bool {
        self.groups.len() == 1
            && self.pruned.is_empty()
            && !self.next().iter().any(|manifest| is_hook(manifest))
    }

    fn leave(&mut self, cluster: &mut Cluster) {
        self.is_applied = false;
        let (_, group) = self.groups.pop().unwrap_or_default();
        for hook in group.iter().filter(|manifest| is_hook(manifest) && deletes(manifest, "HookSucceeded")) {
            cluster.objects.remove(&hook.key);
        }
    }
}

/// Where a manifest belongs; none for a hook whose phase is misspelt, which never runs.
fn group(manifest: &Manifest) -> Option<Group> {
    let wave = manifest.argocd("sync-wave").parse().unwrap_or_default();
    let phase = if is_hook(manifest) {
        PHASES.iter().position(|phase| *phase == manifest.argocd("hook"))?
    } else {
        SYNC
    };
    Some((phase, wave))
}

/// Whether a hook is deleted then; without a policy it is before its next creation
/// (`gitops-engine/pkg/sync/hook/delete_policy.go`).
fn deletes(hook: &Manifest, when: &str) -> bool {
    let policy = hook.argocd("hook-delete-policy");
    policy.split(',').any(|policy| policy.trim() == when) || policy.is_empty() && when == "BeforeHookCreation"
}
