//! Objects that Argo CD deletes and creates anew, by the sync options of their annotations.

use super::desired::Desired;
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

/// Whether Argo CD updates the object rather than replace it, since everything in it would be deleted.
fn is_updated(object: BuiltObject<'_>) -> bool {
    object.is("", "Namespace") || object.is("apiextensions.k8s.io", "CustomResourceDefinition")
}
