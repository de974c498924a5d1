//! When Argo CD applies an object: `syncPhases` and `syncwaves.Wave` of its gitops-engine.

use crate::check::model::BuiltObject;
use crate::check::rendered_value::RenderedValue;
use crate::check::rules::hooks::{HOOK, SYNC_WAVE, phases};

/// A wave of a phase. The next begins once all that this one applied is healthy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    pub(crate) phase: Phase,
    pub(crate) wave: i128,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    PreSync,
    Sync,
    PostSync,
}

impl Moment {
    /// Returns the first moment of a sync in which the object is applied; `None` for one that waits for another event, or
    /// is never applied.
    pub(crate) fn of(object: BuiltObject<'_>) -> Option<Self> {
        Self::all(object).into_iter().next()
    }

    /// Returns all of these moments, of which only hooks have several.
    pub(crate) fn all(object: BuiltObject<'_>) -> Vec<Self> {
        let wave = wave(object);
        all_phases(object).into_iter().map(|phase| Self { phase, wave }).collect()
    }

    /// Returns the wave or, if `other` is in another phase, the phase; for messages.
    pub(crate) fn shown_beside(self, other: Self) -> String {
        if self.phase == other.phase {
            return format!("wave {}", self.wave);
        }
        format!("the phase `{}`", self.phase.as_str())
    }
}

impl Phase {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::PreSync => "PreSync",
            Self::Sync => "Sync",
            Self::PostSync => "PostSync",
        }
    }
}

/// The phases of a sync that succeeds, and the other types of hooks.
const TYPES: [&str; 7] = ["PreSync", "Sync", "PostSync", "SyncFail", "Skip", "PreDelete", "PostDelete"];

/// Whether Argo CD applies it in no phase, and does not count it among the hooks either (`IsHook` in
/// `gitops-engine/pkg/sync/hook/hook.go`).
pub(crate) fn is_skipped(object: BuiltObject<'_>) -> bool {
    let mut own = phases(object);
    own.retain(|word| TYPES.contains(word));
    own == ["Skip"]
}

/// Returns the phases in which an object is applied.
fn all_phases(object: BuiltObject<'_>) -> Vec<Phase> {
    let own = phases(object);
    if own.iter().any(|word| TYPES.contains(word)) {
        let phase = |word: &str| match word {
            "PreSync" => Some(Phase::PreSync),
            "Sync" => Some(Phase::Sync),
            "PostSync" => Some(Phase::PostSync),
            _ => None,
        };
        return sorted(own.into_iter().filter_map(phase));
    }
    // Argo CD takes the hooks of Helm for its own.
    match object.annotation("helm.sh/hook").map(RenderedValue::text) {
        None | Some("crd-install") if object.annotation(HOOK).is_none() => vec![Phase::Sync],
        None => Vec::new(),
        Some(words) => {
            let phase = |word: &str| match word.trim() {
                "pre-install" | "pre-upgrade" => Some(Phase::PreSync),
                "post-install" | "post-upgrade" => Some(Phase::PostSync),
                _ => None,
            };
            sorted(words.split(',').filter_map(phase))
        }
    }
}

fn sorted(phases: impl Iterator<Item = Phase>) -> Vec<Phase> {
    let mut found: Vec<_> = phases.collect();
    found.sort();
    found.dedup();
    found
}

/// Returns the wave, which Argo CD reads without blanks around it.
pub(crate) fn wave(object: BuiltObject<'_>) -> i128 {
    let annotations = [SYNC_WAVE, "helm.sh/hook-weight"].into_iter();
    let mut waves = annotations.filter_map(|name| object.annotation(name)?.text().parse::<i64>().ok());
    waves.next().map(i128::from).unwrap_or_default()
}
