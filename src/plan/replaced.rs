//! Objects that Argo CD deletes and creates anew, by the sync options of their annotations.

use super::desired::Desired;
use super::fields::{Difference, PathStep};
use super::state::AppState;
use crate::check::model::BuiltObject;
use crate::check::rules::hooks::options;

/// When Argo CD deletes an object and creates it anew, instead of changing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replacement {
    Never,
    /// `Force=true`: where the API server refuses the change.
    IfRefused,
    /// `Force=true` with `Replace=true`: with every sync, as `kubectl replace --force` does.
    Always,
}

/// Argo CD reads the options of the manifest and those of the object in the cluster, so one that a change removes still
/// counts with the sync that removes it (`applyObject` in `gitops-engine/pkg/sync/sync_context.go`).
pub(super) fn replacement(app: &AppState<'_>, before: &Desired<'_>, after: &Desired<'_>) -> Replacement {
    let has = |option: &str| {
        options(before.built).any(|own| own == option) || options(after.built).any(|own| own == option)
    };
    let is_replacing = has("Replace=true") || app.has_option("Replace=true");
    match (has("Force=true"), is_replacing && !is_updated(after.built)) {
        (false, _) => Replacement::Never,
        (true, false) => Replacement::IfRefused,
        (true, true) => Replacement::Always,
    }
}

/// Whether Argo CD has replaced the object before, `app` and `before` being of the old side.
pub(super) fn was_replaced(app: &AppState<'_>, before: &Desired<'_>) -> bool {
    let is_replacing =
        options(before.built).any(|own| own == "Replace=true") || app.has_option("Replace=true");
    is_replacing && !is_updated(before.built)
}

/// Whether Argo CD sees no difference of an object that it has replaced before, since the manifest has but lost fields: what
/// the object has besides, it takes for set by others, unless the record of `kubectl apply` names it, which `kubectl replace`
/// does not write (`TwoWayDiff` in `gitops-engine/pkg/diff/diff.go`). With any other difference, all of it is replaced.
pub(super) fn is_unseen(found: &[Difference<'_>]) -> bool {
    // Items of some lists are told apart by a name, and others are compared as a whole.
    let is_lost = |it: &Difference<'_>| {
        it.after.is_none() && it.path.iter().all(|step| matches!(step, PathStep::Key(_)))
    };
    !found.is_empty() && found.iter().all(is_lost)
}

/// Whether Argo CD updates the object rather than replace it, since everything in it would be deleted.
fn is_updated(object: BuiltObject<'_>) -> bool {
    object.is("", "Namespace") || object.is("apiextensions.k8s.io", "CustomResourceDefinition")
}
