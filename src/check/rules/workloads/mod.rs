//! What scales or protects workloads that are not there, and selectors that miss their own pods.

mod rollouts;

use crate::check::finding::{Finding, Severity};
use crate::check::kustomize::{Builds, Object, Root};
use crate::check::model::Model;
use crate::check::model::lookup::{find, is_known, is_open, meant, selects, shown};
use crate::check::model::templates;
use crate::check::registry::TN029;

/// Adds what is wrong.
pub(crate) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    rollouts::findings(model.builds, found);
    let builds = model.builds;
    for (root, object) in builds.objects() {
        found.extend(match (object.group(), object.kind()) {
            ("autoscaling", "HorizontalPodAutoscaler") => target(builds, root, object),
            ("policy", "PodDisruptionBudget") => budget(builds, root, object),
            ("apps", _) | ("argoproj.io", "Rollout") => own_selector(object),
            _ => None,
        });
    }
}

fn target(builds: &Builds<'_>, root: &Root<'_>, scaler: &Object<'_>) -> Option<Finding> {
    let target = scaler.content().dig(&["spec", "scaleTargetRef"])?;
    let name = target.get("name").filter(|name| !is_open(name.text()))?;
    let group = target.str_at(&["apiVersion"])?.split_once('/').map_or("", |(group, _)| group);
    let id = (group, target.str_at(&["kind"])?);
    if !is_known(builds, root) || find(builds, root, scaler, id, name.text()).is_some() {
        return None;
    }
    let message = format!("no {} `{}` is rendered here to be scaled", id.1, name.text());
    let hint = format!("nothing is scaled{}", meant(root, id, name.text()));
    Some(name.location().finding(&TN029, message).hint(hint))
}

fn budget(builds: &Builds<'_>, root: &Root<'_>, budget: &Object<'_>) -> Option<Finding> {
    let selector = budget.content().dig(&["spec", "selector"])?;
    let labels = selector.get("matchLabels").filter(|labels| !labels.entries().is_empty())?;
    let has_more = !selector.items_at(&["matchExpressions"]).is_empty();
    if has_more || !is_known(builds, root) || !templates::selected(builds, root, budget, labels).is_empty() {
        return None;
    }
    let message = format!("no pod has the labels `{}`", shown(labels));
    let finding = labels.location().finding(&TN029, message).severity(Severity::Warning);
    Some(finding.hint("this budget protects nothing; take labels that the pod template has"))
}

fn own_selector(workload: &Object<'_>) -> Option<Finding> {
    let selector = workload.content().dig(&["spec", "selector", "matchLabels"])?;
    let template = templates::template(workload)?;
    if selects(selector, template.labels) {
        return None;
    }
    let message = format!("the pods of this {} lack the labels `{}`", workload.kind(), shown(selector));
    let hint = "it is refused; write the same labels in `spec.template.metadata.labels`";
    Some(selector.location().finding(&TN029, message).hint(hint))
}
