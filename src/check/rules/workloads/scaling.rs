//! Workloads whose replicas two write: Git and an autoscaler.

use crate::check::finding::Finding;
use crate::check::model::{Application, BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN047;

const FIELD: &str = "replicas";

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    if is_ignored_everywhere(model) {
        return;
    }
    for application in model.applications.iter().filter(|application| application.is_self_healed()) {
        for scaler in application.rendered.iter().copied() {
            found.extend(fought_over(application, scaler));
        }
    }
}

fn fought_over(application: &Application<'_>, scaler: BuiltObject<'_>) -> Option<Finding> {
    let (minimum, maximum) = match (scaler.group(), scaler.kind()) {
        ("autoscaling", "HorizontalPodAutoscaler") => ("minReplicas", "maxReplicas"),
        ("keda.sh", "ScaledObject") => ("minReplicaCount", "maxReplicaCount"),
        _ => return None,
    };
    let spec = scaler.content().get("spec")?;
    let target = spec.get("scaleTargetRef")?;
    let (kind, name) = (target.str_at(&["kind"]).unwrap_or("Deployment"), target.str_at(&["name"])?);
    let group =
        target.str_at(&["apiVersion"]).and_then(|version| version.split_once('/')).map(|(group, _)| group);
    let is_target = |object: &&BuiltObject<'_>| {
        object.kind() == kind
            && object.is_called(name)
            && group.is_none_or(|group| group == object.group())
            && object.namespace() == scaler.namespace()
    };
    let workload = application.rendered.iter().find(is_target)?;
    let replicas = workload.content().get("spec")?.get(FIELD)?;
    let count = replicas.as_int()?;
    let bound = |key: &str| spec.get(key).and_then(RenderedValue::as_int);
    // Nothing scales a workload that is switched off, nor between two equal bounds.
    let is_fixed = bound(minimum) == Some(count) && bound(maximum) == Some(count);
    if count == 0 || is_fixed || is_ignored(application, *workload) {
        return None;
    }
    let message = format!(
        "{} changes the replicas of {}, and the Application `{}` has `selfHeal` on: within seconds, Argo CD sets them back \
         to {count}",
        scaler.title(),
        workload.title(),
        application.resource.name()
    );
    let hint = "remove `replicas` here, or list `/spec/replicas` in `ignoreDifferences` of the Application";
    Some(replicas.location().finding(&TN047, message).hint(hint))
}

/// Whether the Application does not compare the replicas of the workload.
fn is_ignored(application: &Application<'_>, workload: BuiltObject<'_>) -> bool {
    application.spec.items_at(&["ignoreDifferences"]).iter().any(|entry| {
        let fits = |key: &str, text: &str| {
            entry.str_at(&[key]).is_none_or(|one| matches!(one, "" | "*") || one == text)
        };
        let is_it =
            fits("group", workload.group()) && fits("kind", workload.kind()) && fits("name", workload.name());
        let pointers = entry.items_at(&["jsonPointers"]).iter().chain(entry.items_at(&["jqPathExpressions"]));
        let mut pointers = pointers.map(RenderedValue::text);
        is_it
            && (pointers.any(|path| path.contains(FIELD))
                || !entry.items_at(&["managedFieldsManagers"]).is_empty())
    })
}

/// Whether a setting of Argo CD itself leaves out replicas.
fn is_ignored_everywhere(model: &Model<'_>) -> bool {
    let maps = model.of_kind("", "ConfigMap").filter(|map| map.is_called("argocd-cm"));
    let data = maps.filter_map(|map| map.content().get("data"));
    let mut entries = data.flat_map(RenderedValue::entries);
    entries.any(|entry| entry.key.contains("ignoreDifferences") && entry.value.text().contains(FIELD))
}
