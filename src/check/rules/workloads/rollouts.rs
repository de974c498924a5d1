//! Services and analyses that a Rollout of Argo Rollouts names.

use crate::check::finding::Finding;
use crate::check::kustomize::{Builds, Object, RenderedValue, Root};
use crate::check::model::lookup::{find, is_known, is_open, meant};
use crate::check::registry::TN035;

const SERVICES: [&[&str]; 5] = [
    &["blueGreen", "activeService"],
    &["blueGreen", "previewService"],
    &["canary", "stableService"],
    &["canary", "canaryService"],
    &["canary", "pingPong", "pingService"],
];

/// Adds what is wrong.
pub(crate) fn findings(builds: &Builds<'_>, found: &mut Vec<Finding>) {
    let rollouts = builds.objects().filter(|(_, object)| object.is("argoproj.io", "Rollout"));
    for (root, rollout) in rollouts.filter(|(root, _)| is_known(builds, root)) {
        let Some(strategy) = rollout.content().dig(&["spec", "strategy"]) else { continue };
        let services = SERVICES.iter().filter_map(|path| strategy.dig(path));
        found.extend(services.filter_map(|name| missing(builds, root, rollout, ("", "Service"), name)));
        for template in templates(strategy) {
            let is_shared = template.get("clusterScope").and_then(RenderedValue::as_bool) == Some(true);
            let kind = if is_shared { "ClusterAnalysisTemplate" } else { "AnalysisTemplate" };
            let name = template.get("templateName");
            found.extend(name.and_then(|name| missing(builds, root, rollout, ("argoproj.io", kind), name)));
        }
    }
}

fn missing(
    builds: &Builds<'_>,
    root: &Root<'_>,
    rollout: &Object<'_>,
    id: (&str, &str),
    name: &RenderedValue<'_>,
) -> Option<Finding> {
    let text = name.text();
    if is_open(text) || find(builds, root, rollout, id, text).is_some() {
        return None;
    }
    let message = format!("no {} `{text}` is rendered here", id.1);
    let hint = format!("the Rollout does not begin without it{}", meant(root, id, text));
    Some(name.location().finding(&TN035, message).hint(hint))
}

/// Every `templates` of an analysis below `strategy`.
fn templates<'o, 'a>(strategy: &'o RenderedValue<'a>) -> Vec<&'o RenderedValue<'a>> {
    let blue_green = ["prePromotionAnalysis", "postPromotionAnalysis"].into_iter();
    let analyses = blue_green.filter_map(|key| strategy.dig(&["blueGreen", key]));
    let steps = strategy.items_at(&["canary", "steps"]).iter();
    let steps = steps
        .flat_map(|step| step.get("analysis").into_iter().chain(step.items_at(&["experiment", "analyses"])));
    let analyses = analyses.chain(strategy.dig(&["canary", "analysis"])).chain(steps);
    analyses.flat_map(|analysis| analysis.items_at(&["templates"]).iter().chain([analysis])).collect()
}
