//! What scales, protects or switches workloads, selectors that miss their own pods, and bare pods.

mod scaling;

use super::hooks;
use crate::check::finding::{Finding, Severity};
use crate::check::model::lookup::{SERVICE, is_placeholder};
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN029, TN035, TN067};

const ROLLOUT_SERVICES: [&[&str]; 5] = [
    &["blueGreen", "activeService"],
    &["blueGreen", "previewService"],
    &["canary", "stableService"],
    &["canary", "canaryService"],
    &["canary", "pingPong", "pingService"],
];

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    scaling::findings(model, found);
    for &resource in &model.resources {
        match (resource.group(), resource.kind()) {
            ("autoscaling", "HorizontalPodAutoscaler") => found.extend(scaled(model, resource)),
            ("policy", "PodDisruptionBudget") => found.extend(protected(model, resource)),
            ("argoproj.io", "Rollout") if model.is_whole_around(resource) => {
                found.extend(missing_for_rollout(model, resource));
            }
            _ => {}
        }
        if resource.workload_kind().is_some_and(|kind| kind.has_selector) {
            found.extend(own_selector(resource));
        }
    }
    for application in &model.applications {
        found.extend(application.rendered.iter().filter_map(|resource| bare_pod(*resource)));
    }
}

fn scaled(model: &Model<'_>, scaler: BuiltObject<'_>) -> Option<Finding> {
    let target = scaler.content().dig(&["spec", "scaleTargetRef"])?;
    let name = target.get("name").filter(|name| !is_placeholder(name.text()))?;
    let group = target.str_at(&["apiVersion"])?.split_once('/').map_or("", |(group, _)| group);
    let id = (group, target.str_at(&["kind"])?);
    if !model.is_whole_around(scaler) || !model.meant_by(scaler, id, name.text()).is_empty() {
        return None;
    }
    let message = format!("{} `{}` does not exist here", id.1, name.text());
    let hint = format!("nothing is scaled{}", scaler.suggestion(id, name.text()));
    Some(name.location().finding(&TN029, message).hint(hint))
}

fn protected(model: &Model<'_>, budget: BuiltObject<'_>) -> Option<Finding> {
    let selector = budget.content().dig(&["spec", "selector"])?;
    let labels = selector.get("matchLabels").filter(|labels| !labels.entries().is_empty())?;
    let has_more = !selector.items_at(&["matchExpressions"]).is_empty();
    if has_more || !model.is_whole_around(budget) || !model.selected_pods(budget, labels).is_empty() {
        return None;
    }
    let message = format!("no Pod has the labels `{}`", super::labels(labels));
    let finding = labels.location().finding(&TN029, message).severity(Severity::Warning);
    Some(finding.hint("the budget protects nothing; use labels of the Pod template"))
}

fn own_selector(workload: BuiltObject<'_>) -> Option<Finding> {
    let selector = workload.content().dig(&["spec", "selector", "matchLabels"])?;
    if workload.pod_template()?.has_labels(selector) {
        return None;
    }
    let message =
        format!("the Pods of this {} lack the labels `{}`", workload.kind(), super::labels(selector));
    let hint = "the cluster rejects it; set the same labels in `spec.template.metadata.labels`";
    Some(selector.location().finding(&TN029, message).hint(hint))
}

fn missing_for_rollout(model: &Model<'_>, rollout: BuiltObject<'_>) -> Vec<Finding> {
    let Some(strategy) = rollout.content().dig(&["spec", "strategy"]) else { return Vec::new() };
    let services = ROLLOUT_SERVICES.iter().filter_map(|path| strategy.dig(path)).map(|name| (SERVICE, name));
    let analyses = analysis_templates(strategy).into_iter().filter_map(|template| {
        let is_shared = template.get("clusterScope").and_then(RenderedValue::as_bool) == Some(true);
        let kind = if is_shared { "ClusterAnalysisTemplate" } else { "AnalysisTemplate" };
        Some((("argoproj.io", kind), template.get("templateName")?))
    });
    let named = services.chain(analyses).filter(|(_, name)| !is_placeholder(name.text()));
    let missing = named.filter(|(id, name)| model.meant_by(rollout, *id, name.text()).is_empty());
    let finding = |(id, name): ((&str, &str), &RenderedValue<'_>)| {
        let message = format!("{} `{}` does not exist here", id.1, name.text());
        let hint = format!("the Rollout does not start without it{}", rollout.suggestion(id, name.text()));
        name.location().finding(&TN035, message).hint(hint)
    };
    missing.map(finding).collect()
}

fn analysis_templates<'a>(strategy: &'a RenderedValue<'a>) -> Vec<&'a RenderedValue<'a>> {
    let blue_green = ["prePromotionAnalysis", "postPromotionAnalysis"].into_iter();
    let analyses = blue_green.filter_map(|key| strategy.dig(&["blueGreen", key]));
    let steps = strategy.items_at(&["canary", "steps"]).iter();
    let steps = steps
        .flat_map(|step| step.get("analysis").into_iter().chain(step.items_at(&["experiment", "analyses"])));
    let analyses = analyses.chain(strategy.dig(&["canary", "analysis"])).chain(steps);
    analyses.flat_map(|analysis| analysis.items_at(&["templates"]).iter().chain([analysis])).collect()
}

fn bare_pod(pod: BuiltObject<'_>) -> Option<Finding> {
    if !pod.is("", "Pod") || !hooks::phases(pod).is_empty() {
        return None;
    }
    let message = "nothing restarts a bare Pod when its node fails, and most of its fields are immutable: most commits that \
                   change it fail to sync";
    let location = pod.content().entry("kind").map_or(pod.location(), |entry| entry.location);
    let hint = "use a Deployment with this as its `template`, or a Job for work that ends";
    Some(location.finding(&TN067, message).hint(hint))
}
