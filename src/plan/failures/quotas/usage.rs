//! What the Pods of a workload use of a quota, in thousandths: as Kubernetes counts it, but at least.

use super::pod_of;
use crate::check::kustomize::RenderedValue;
use crate::plan::desired::Desired;
use crate::plan::restarts;
use crate::plan::state::AppState;
use crate::values::quantity;

/// Thousandths of a Pod, or of what it uses.
const ONE: u128 = 1000;

#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    pods: u128,
    /// CPU and memory that are requested, then their limits.
    amounts: [u128; 4],
}

/// The kinds of amounts.
const AMOUNTS: [(&str, &str); 4] =
    [("requests", "cpu"), ("requests", "memory"), ("limits", "cpu"), ("limits", "memory")];

/// Returns what the key of a quota limits, if Pods use it.
pub(super) fn named(key: &str) -> Option<impl Fn(&Usage) -> u128> {
    let at = match key {
        "pods" | "count/pods" => None,
        "cpu" | "requests.cpu" => Some(0),
        "memory" | "requests.memory" => Some(1),
        "limits.cpu" => Some(2),
        "limits.memory" => Some(3),
        _ => return None,
    };
    Some(move |usage: &Usage| at.map_or(usage.pods, |at: usize| usage.amounts[at]))
}

/// A workload that keeps Pods.
pub(super) struct Workload {
    count: u32,
    of_pod: Usage,
    /// The Pods that a rolling update may take away before it starts others.
    unavailable: u32,
}

impl Workload {
    pub(super) fn of(app: &AppState<'_>, desired: &Desired<'_>) -> Option<Self> {
        desired.built.workload_kind().filter(|kind| kind.keeps_pods())?;
        let count = if desired.built.is("", "Pod") { Some(1) } else { restarts::count(app, desired) };
        let count = count.unwrap_or_default();
        Some(Self {
            count,
            of_pod: Usage::of_pod(pod_of(desired)?),
            unavailable: unavailable(desired, count),
        })
    }

    /// What all of its Pods use.
    pub(super) fn all(&self) -> Usage {
        self.of_pod.times(self.count)
    }

    /// What is used once a rolling update starts its first Pod.
    pub(super) fn rolling_from(&self, earlier: &Self) -> Usage {
        earlier.of_pod.times(earlier.count.saturating_sub(self.unavailable)).plus(&self.of_pod)
    }
}

/// Returns how many Pods of a Deployment may be away; all of them for another kind, which starts none before.
fn unavailable(desired: &Desired<'_>, count: u32) -> u32 {
    let spec = |keys: &[&str]| desired.content.get("spec")?.dig(keys);
    let is_rolling = spec(&["strategy", "type"]).is_none_or(|it| it.text() == "RollingUpdate");
    if desired.built.kind() != "Deployment" || desired.built.group() != "apps" || !is_rolling {
        return u32::MAX;
    }
    // Of percentages, the surge is rounded up and the other down; one of them has to be more than 0.
    let number = |key: &str, is_up: bool| {
        let text = spec(&["strategy", "rollingUpdate", key]).map_or("25%", RenderedValue::text);
        match text.strip_suffix('%').map(str::parse::<u32>) {
            Some(percent) => {
                let hundredths = count.saturating_mul(percent.unwrap_or_default());
                if is_up { hundredths.div_ceil(100) } else { hundredths / 100 }
            }
            None => text.parse().unwrap_or_default(),
        }
    };
    match (number("maxSurge", true), number("maxUnavailable", false)) {
        (0, 0) => 1,
        (_, unavailable) => unavailable,
    }
}

impl Usage {
    /// What one Pod uses: its containers together, or more if an init container needs that.
    fn of_pod(pod: &RenderedValue<'_>) -> Self {
        let of = |list: &str, (kind, what): (&str, &str)| -> Vec<u128> {
            let containers = pod.items_at(&[list]).iter();
            containers.map(|container| amount(container, kind, what).unwrap_or_default()).collect()
        };
        let total = |at: (&str, &str)| {
            let first = of("initContainers", at).into_iter().max().unwrap_or_default();
            of("containers", at).into_iter().sum::<u128>().max(first)
        };
        Self { pods: ONE, amounts: AMOUNTS.map(total) }
    }

    fn times(&self, count: u32) -> Self {
        let times = |amount: u128| amount.saturating_mul(u128::from(count));
        Self { pods: times(self.pods), amounts: self.amounts.map(times) }
    }

    fn plus(&self, other: &Self) -> Self {
        let mut sum = self.clone();
        sum.pods += other.pods;
        for (amount, more) in sum.amounts.iter_mut().zip(other.amounts) {
            *amount = amount.saturating_add(more);
        }
        sum
    }
}

/// Returns what a container requests, or its limit; without a request, that is its limit.
pub(super) fn amount(container: &RenderedValue<'_>, kind: &str, what: &str) -> Option<u128> {
    let of = |kind: &str| quantity::amount_or_zero(container.dig(&["resources", kind, what])?.text());
    of(kind).or_else(|| of("limits").filter(|_| kind == "requests"))
}
