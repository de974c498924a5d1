//! What the controller of Argo Rollouts refuses: `pkg/apis/rollouts/validation/validation.go` and
//! `utils/analysis/factory.go` of Argo Rollouts 1.9. The API server accepts the object; then a Rollout has the condition
//! `InvalidSpec`, and an analysis ends with an error.

mod analysis;
mod steps;
mod strategy;

use super::kubernetes::{empty_selector, label_selector, numbers};
use super::{Refusals, each, has, has_object};
use crate::check::finding::{Finding, Severity};
use crate::check::model::BuiltObject;
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN103;
use strategy::Strategy;

const DEADLINE: i128 = 600;

pub(super) fn check(resource: BuiltObject<'_>, found: &mut Vec<Finding>) {
    let mut refusals = Refusals { rule: &TN103, by: "Argo Rollouts", found };
    let Some(spec) = resource.content().entry("spec") else { return };
    match (resource.group(), resource.kind()) {
        ("argoproj.io", "Rollout") => {
            if let Some(strategy) = Strategy::of(&mut refusals, resource, &spec.value) {
                strategy.check(&mut refusals);
            }
            rollout(&mut refusals, &spec.value, resource);
        }
        ("argoproj.io", "AnalysisTemplate" | "ClusterAnalysisTemplate") => {
            analysis::template(&mut refusals, &spec.value);
        }
        ("argoproj.io", "AnalysisRun") => analysis::metrics(&mut refusals, &spec.value),
        _ => {}
    }
}

fn rollout(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, resource: BuiltObject<'_>) {
    let counts = ["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"];
    numbers::counts(refusals, spec, &counts);
    let selector = spec.get("selector").filter(|selector| !selector.is_null());
    let by_reference = spec.get("workloadRef").filter(|reference| !reference.is_null());
    match (by_reference, selector) {
        (Some(_), _) => {
            let template = spec.get("template").filter(|template| has_object(template, "spec"));
            if let Some(template) = template {
                // Only the linter refuses it.
                let message = "the Rollout has `workloadRef` and `template`, which is ignored";
                let finding = template.location().finding(&TN103, message).severity(Severity::Warning);
                refusals.found.push(
                    finding.hint(
                        "remove the template (\"template must be empty for workload reference rollout\")",
                    ),
                );
            }
        }
        (None, Some(selector)) => {
            empty_selector(refusals, selector, "deployment");
            label_selector(refusals, selector);
        }
        (None, None) => refusals.at(
            resource.content().entry("spec").map_or(spec.location(), |entry| entry.location),
            "the Rollout has no `selector`",
            "Rollout has missing field '.spec.selector'",
        ),
    }
    let ready = spec.get("minReadySeconds").and_then(RenderedValue::as_int).unwrap_or_default();
    let deadline = spec.get("progressDeadlineSeconds");
    let seconds = deadline.map_or(Some(DEADLINE), RenderedValue::as_int);
    if seconds.is_some_and(|seconds| (0..=ready).contains(&seconds))
        && let Some(at) = deadline.or_else(|| spec.get("minReadySeconds"))
    {
        let message = "the deadline is over before a Pod can be ready";
        refusals.add(at, message, "must be greater than minReadySeconds");
    }
}
