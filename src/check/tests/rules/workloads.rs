//! Every kind of workload, with every rule that looks for its pods.

use super::*;
use crate::check::model::workloads::{WORKLOADS, WorkloadKind};

const POD: &str = "{metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: acme/web:1}]}}";

/// Returns a workload whose pods have the label `app: web`; its selector wants `app: SELECTED`.
fn workload(kind: &WorkloadKind, selected: &str) -> String {
    let version = if kind.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", kind.group) };
    let head = format!(
        "apiVersion: {version}\nkind: {}\nmetadata: {{name: web, labels: {{app: web}}}}\n",
        kind.kind
    );
    let Some((last, above)) = kind.template.split_last() else {
        return format!("{head}spec: {{containers: [{{name: web, image: acme/web:1}}]}}\n");
    };
    let spec = format!("{{selector: {{matchLabels: {{app: {selected}}}}}, {last}: {POD}}}");
    let outer = above.iter().skip(1).rev().fold(spec, |inner, key| format!("{{{key}: {inner}}}"));
    format!("{head}spec: {outer}\n")
}

/// Returns the codes about selectors in a build with `workload`, a Service that selects `app: SELECTED`, and `more`.
fn of_build(workload: &str, selected: &str, more: &str) -> Vec<String> {
    let service = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{selector: {{app: {selected}}}}}\n"
    );
    let found = found(&[
        ("k/kustomization.yaml", "resources: [service.yaml, workload.yaml, more.yaml]\n"),
        ("k/service.yaml", &service),
        ("k/workload.yaml", workload),
        ("k/more.yaml", more),
    ]);
    let codes = found.iter().filter_map(|line| line.split(' ').nth(1));
    codes.filter(|code| matches!(*code, "TN026" | "TN029")).map(str::to_owned).collect()
}

#[test]
fn the_pods_of_every_kind_are_found() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    for kind in WORKLOADS {
        let fitting = workload(kind, "web");
        assert_eq!(of_build(&fitting, "web", map), [""; 0], "{kind:?}");
        assert_eq!(of_build(&fitting, "other", map), ["TN026"], "{kind:?}");
        let expected = if kind.has_selector { &["TN029"][..] } else { &[] };
        assert_eq!(of_build(&workload(kind, "other"), "web", map), expected, "{kind:?}");
    }
}

/// Pods that the Service selects may come from a controller that is not known.
#[test]
fn kinds_of_unknown_groups_may_create_pods() {
    let deployment = &WORKLOADS[1];
    for (version, may) in [
        ("example.com/v1", true),
        ("v1", false),
        ("policy/v1", false),
        ("networking.k8s.io/v1", false),
        ("argoproj.io/v1alpha1", false),
        ("triggers.tekton.dev/v1beta1", false),
    ] {
        let more = format!("apiVersion: {version}\nkind: Fleet\nmetadata: {{name: a}}\n");
        let expected = if may { &[][..] } else { &["TN026"] };
        assert_eq!(of_build(&workload(deployment, "web"), "other", &more), expected, "{version}");
    }
}

#[test]
fn a_trigger_waits_for_every_kind_that_argo_cd_waits_for() {
    for kind in WORKLOADS {
        let files =
            [trigger(), application("delivery", "{}"), file("delivery/web.yaml", &workload(kind, "web"))];
        assert_eq!(codes(&files).contains(&"TN056"), kind.waits_until.is_some(), "{kind:?}");
    }
}

/// An Application `live` with `policy` and `more` in its spec, a workload with `replicas`, and a scaler.
fn scaled(policy: &str, more: &str, replicas: &str, scaler: &str) -> Vec<&'static str> {
    let (path, text) = application("live", policy);
    let web = DEPLOYMENT.replace("spec:\n  selector", &format!("spec:\n  {replicas}\n  selector"));
    codes(&[(path, format!("{text}{more}")), file("live/web.yaml", &web), file("live/scaler.yaml", scaler)])
}

#[test]
fn replicas_that_an_autoscaler_changes() {
    const HEALS: &str = "{automated: {selfHeal: true}}";
    let autoscaler = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 2, maxReplicas: 9}\n";
    let keda = "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a}\nspec: {scaleTargetRef: {name: web}, maxReplicaCount: 9}\n";
    assert_eq!(scaled(HEALS, "", "replicas: 2", autoscaler), ["TN047"]);
    assert_eq!(scaled(HEALS, "", "replicas: 2", keda), ["TN047"]);
    for (policy, more, replicas) in [
        (HEALS, "", "minReadySeconds: 1"),
        (HEALS, "", "replicas: 0"),
        ("{automated: {selfHeal: false}}", "", "replicas: 2"),
        ("{automated: {}}", "", "replicas: 2"),
        (
            HEALS,
            "  ignoreDifferences: [{group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}]\n",
            "replicas: 2",
        ),
        (
            HEALS,
            "  ignoreDifferences: [{group: '*', kind: '*', jqPathExpressions: [.spec.replicas]}]\n",
            "replicas: 2",
        ),
        (
            HEALS,
            "  ignoreDifferences: [{kind: Deployment, managedFieldsManagers: [kube-controller-manager]}]\n",
            "replicas: 2",
        ),
    ] {
        let found = scaled(policy, more, replicas, autoscaler);
        assert!(!found.contains(&"TN047"), "{policy} {more} {replicas}: {found:?}");
    }
    let of_another = "  ignoreDifferences: [{group: apps, kind: Deployment, name: other, jsonPointers: [/spec/replicas]}]\n";
    assert_eq!(scaled(HEALS, of_another, "replicas: 2", autoscaler), ["TN047"]);
    assert_eq!(
        scaled(HEALS, "", "replicas: 2", &autoscaler.replace("maxReplicas: 9", "maxReplicas: 2")),
        [""; 0]
    );
    assert!(
        !scaled(HEALS, "", "replicas: 2", &autoscaler.replace("name: web", "name: api")).contains(&"TN047")
    );
}
