//! What the cluster does if a change is merged: a pure function from the files before and after to a [`ClusterPlan`].
//!
//! ```text
//! Files -> application_sets -> Manifests -> Builds -> Model -> state (each Application and its objects)  \
//!                                                                                                          compare -> ClusterPlan
//! Files -> ...                                              -> state                                     /
//! ```
//!
//! Git alone is compared: what somebody has changed in the cluster is not known. Whatever is not evaluated is named in the
//! plan as unknown, and never shown as a fact.

mod application_sets;
mod by_hand;
mod chain;
mod changed;
mod compare;
mod defaults;
mod desired;
mod failures;
mod fields;
mod findings;
mod hash;
mod hooks;
mod ignored;
mod inputs;
mod objects;
mod replaced;
mod restarts;
mod state;
mod summary;
mod template;
mod waves;
mod words;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::check::kustomize::{Builder, Builds};
use crate::check::model::Model;
use crate::check::{self, Files, Finding, Manifests, parallel};
use crate::yaml::ResourceId;
pub(crate) use objects::{ApplicationObjects, CommittedObjects, committed};
use state::RevisionState;

/// What is merged into what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Merge<'f> {
    /// The files before.
    pub(crate) before: &'f Files,
    /// The files after.
    pub(crate) after: &'f Files,
    /// The paths that differ, also of files that are no manifests.
    pub(crate) changed: &'f BTreeSet<String>,
    /// Those of them that are variables for a hook, and have again what they had in an earlier commit.
    pub(crate) restored: &'f BTreeSet<String>,
    /// The branch that is merged into, if that is known.
    pub(crate) branch: Option<&'f str>,
    /// The folder whose Applications are wanted; empty for all.
    pub(crate) below: &'f str,
}

/// What the cluster does.
#[derive(Debug, Default)]
pub(crate) struct ClusterPlan {
    /// One sentence.
    pub(crate) summary: String,
    /// Those that the change concerns, by name.
    pub(crate) applications: Vec<ApplicationPlan>,
    /// The number of Applications that stay as they are.
    pub(crate) unaffected: usize,
    /// Those of them for production, by name.
    pub(crate) production_unaffected: Vec<String>,
    /// What is not evaluated for any Application.
    pub(crate) unknown: Vec<Unknown>,
    /// What pipelines do after the syncs.
    pub(crate) chain: Vec<ChainStep>,
    /// What a person must do.
    pub(crate) by_hand: Vec<String>,
    /// The errors of `check` that the change brings.
    pub(crate) errors: Vec<Finding>,
}

/// What happens to one Application.
#[derive(Debug)]
pub(crate) struct ApplicationPlan {
    /// Its name.
    pub(crate) name: String,
    /// The file that declares it, or its `ApplicationSet`.
    pub(crate) path: String,
    /// The `ApplicationSet` that makes it.
    pub(crate) made_by: Option<String>,
    /// The folders of this repository that it renders.
    pub(crate) folders: Vec<String>,
    /// The namespace that it syncs to, or else nothing.
    pub(crate) namespace: String,
    /// Whether the change adds or removes it.
    pub(crate) presence: Presence,
    /// Whether Argo CD syncs.
    pub(crate) sync: SyncState,
    /// Whether that is an environment for production, by its name, labels or namespace.
    pub(crate) is_production: bool,
    /// What happens to each object: those that are applied, then those that go, each by wave.
    pub(crate) objects: Vec<ObjectPlan>,
    /// The hooks that run with the sync, in order.
    pub(crate) hooks: Vec<HookPlan>,
    /// Why the project refuses the sync.
    pub(crate) refused: Vec<String>,
    /// Why else it fails as a whole.
    pub(crate) failures: Vec<String>,
    /// Other remarks.
    pub(crate) remarks: Vec<String>,
    /// What is not evaluated.
    pub(crate) unknown: Vec<Unknown>,
}

/// Whether the change adds or removes an Application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It is there before and after.
    Kept,
    /// Only after.
    Added,
    /// Only before.
    Removed,
}

/// Whether an Application is in sync after the merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SyncState {
    /// Nothing differs.
    Unchanged,
    /// Argo CD syncs by itself.
    Automatic,
    /// It waits until a person syncs.
    Manual,
    /// Something that is not evaluated decides.
    Unknown,
    /// Argo CD cannot compare it, and syncs nothing of it.
    Broken,
}

/// What is not evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    /// A clause.
    pub(crate) what: String,
    /// The files that the change touches there.
    pub(crate) files: Vec<String>,
}

/// What happens to an object.
#[derive(Debug)]
pub(crate) struct ObjectPlan {
    pub(crate) id: ResourceId,
    /// What Argo CD does with it.
    pub(crate) action: Action,
    /// Whether it makes place for one of the same generator under another name.
    pub(crate) is_renewed: bool,
    /// The wave in which that happens.
    pub(crate) wave: i128,
    /// The fields that differ.
    pub(crate) fields: Vec<FieldChange>,
    /// What its Pods do.
    pub(crate) pods: Option<PodsPlan>,
    /// The changes of fields that the API server refuses.
    pub(crate) refused: Vec<String>,
    /// Why else it cannot be applied.
    pub(crate) failures: Vec<String>,
    /// Remarks.
    pub(crate) remarks: Vec<String>,
}

/// What Argo CD does with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    /// It is created.
    Create,
    /// It is changed.
    Change,
    /// It is deleted and created anew.
    Replace,
    /// It is deleted.
    Prune,
    /// It stays, although Git no longer has it.
    Keep,
}

impl Action {
    /// Whether the object of the manifests is applied.
    pub(crate) fn is_applied(self) -> bool {
        matches!(self, Self::Create | Self::Change | Self::Replace)
    }
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldChange {
    /// Like `spec.replicas`; an item of a list is in brackets.
    pub(crate) path: String,
    /// `None` if it is not set, or its value is secret.
    pub(crate) before: Option<String>,
    /// `None` if it is not set, or its value is secret.
    pub(crate) after: Option<String>,
    /// The change in words.
    pub(crate) words: String,
}

/// What the Pods of a workload do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PodsPlan {
    pub(crate) fate: PodsFate,
    /// How many it has afterwards, if that is known.
    pub(crate) replicas: Option<u32>,
    /// A clause such as `2 Pods restart, one after the other`.
    pub(crate) words: String,
}

/// What becomes of Pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PodsFate {
    /// None is started.
    Stay,
    /// More are started.
    Grow,
    /// All are replaced.
    Restart,
    /// All end before new ones run.
    EndAtOnce,
    /// The cluster refuses those that the change makes.
    Refused,
}

/// A hook that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HookPlan {
    /// Such as `PostSync`.
    pub(crate) phase: &'static str,
    /// Its wave.
    pub(crate) wave: i128,
    /// Its kind and name.
    pub(crate) title: String,
}

/// What a pipeline does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChainStep {
    /// The Application whose sync is the reason.
    pub(crate) application: String,
    /// A sentence without full stop.
    pub(crate) words: String,
    /// Its part of the summary, if it has one.
    pub(crate) short: Option<String>,
    /// Whether it starts a run.
    pub(crate) starts_run: bool,
}

/// Returns what merging does.
pub(crate) fn plan(merge: Merge<'_>) -> ClusterPlan {
    let expanded = [merge.before, merge.after].map(application_sets::expand);
    let after = Manifests::read(&expanded[1].files);
    let mut builder = Builder::new(&after);
    let (before, built) =
        parallel::both(2, || Manifests::read_beside(&expanded[0].files, &after), || Builds::by(&mut builder));
    let builds = [Builds::by(&mut Builder::beside(&before, &builder)), built];
    drop(builder);
    let sides = [&before, &after];
    let models = [Model::of(&builds[0]), Model::of(&builds[1])];
    // What sets make is in no file, and is not checked.
    let report = |at: usize, files| match expanded[at].files {
        Cow::Borrowed(_) => check::run_on(sides[at], &models[at]),
        Cow::Owned(_) => check::run(files),
    };
    let states = || [0, 1].map(|at| RevisionState::of(&models[at], &expanded[at], merge.branch));
    let (errors, [before, after]) = parallel::both(2, || findings::errors(report(1, merge.after)), states);
    let errors = findings::compare(|| report(0, merge.before), errors);
    let mut plan = compare::plan(&before, &after, merge, &errors);
    plan.errors = errors.new.into_iter().filter(findings::is_error).collect();
    failures::add(&mut plan, &before, &after);
    plan.by_hand = by_hand::steps(&before, &after, &plan);
    plan.chain = chain::steps(&before, &after, &plan, merge.restored);
    plan.summary = summary::sentence(&plan);
    plan
}
