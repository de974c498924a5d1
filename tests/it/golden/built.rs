//! The build of `treenail check` against `kubectl kustomize`: the same objects, with the same images, replicas, labels
//! and annotations.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;

use serde_yaml::Value;
use treenail::check::kustomize::{Builder, Object};
use treenail::check::{FileContent, Files, Manifests};

use crate::common::programs;
use crate::golden::kustomize::kubectl;
use crate::support::documents;

/// What is compared of an object.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    kind: String,
    namespace: String,
    name: String,
    images: BTreeSet<String>,
    replicas: Option<String>,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    template_labels: BTreeMap<String, String>,
    selector: BTreeMap<String, String>,
    keys: BTreeSet<String>,
}

/// Asserts that both build `folder` of `files`, which are also in `root`, to the same.
pub fn assert_same(kubectl: &OsString, root: &Path, files: &BTreeMap<String, Vec<u8>>, folder: &str) {
    let output =
        programs::command(kubectl, root).current_dir(root).arg("kustomize").arg(folder).output().unwrap();
    assert!(output.status.success(), "{folder}: {}", String::from_utf8_lossy(&output.stderr));
    let documents = documents(folder, &String::from_utf8(output.stdout).unwrap());
    let mut theirs: Vec<_> = documents.iter().map(seen_by_kustomize).collect();
    theirs.sort();

    let mut tree = Files::below([""]);
    for (path, content) in files {
        tree.insert(path, FileContent::of(content.clone()));
    }
    let manifests = Manifests::read(&tree);
    let mut builder = Builder::new(&manifests);
    let rendered = builder.build(folder);
    let notes = builder.notes();
    assert!(rendered.is_whole() && notes.findings.is_empty(), "{folder}: {notes:#?}");
    let mut ours: Vec<_> = rendered.objects.iter().map(seen_by_us).collect();
    ours.sort();
    similar(&ours, &theirs, folder);
}

fn similar(ours: &[Seen], theirs: &[Seen], folder: &str) {
    for (one, other) in ours.iter().zip(theirs) {
        assert_eq!(one, other, "{folder}: ours and that of kustomize");
    }
    assert_eq!(ours.len(), theirs.len(), "{folder}");
}

fn seen_by_kustomize(value: &Value) -> Seen {
    let name = text(&value["metadata"]["name"]);
    let has_hash = matches!(value["kind"].as_str(), Some("ConfigMap" | "Secret"));
    let name = match name.rsplit_once('-').filter(|(_, hash)| has_hash && hash.len() == 10) {
        Some((name, _)) => format!("{name}-HASH"),
        None => name,
    };
    let spec = &value["spec"];
    let selector = if spec["selector"]["matchLabels"].is_mapping() {
        &spec["selector"]["matchLabels"]
    } else {
        &spec["selector"]
    };
    let mut images = BTreeSet::new();
    collect_images(value, &mut images);
    Seen {
        kind: format!(
            "{}/{}",
            text(&value["apiVersion"]).rsplit_once('/').map_or("", |(group, _)| group),
            text(&value["kind"])
        ),
        namespace: text(&value["metadata"]["namespace"]),
        name,
        images,
        replicas: Some(text(&spec["replicas"])).filter(|text| !text.is_empty()),
        labels: map(&value["metadata"]["labels"]),
        annotations: map(&value["metadata"]["annotations"]),
        template_labels: map(&spec["template"]["metadata"]["labels"]),
        selector: map(selector),
        keys: value["data"].as_mapping().into_iter().flat_map(|map| map.keys().map(text)).collect(),
    }
}

fn seen_by_us(object: &Object<'_>) -> Seen {
    let content = object.content();
    let at = |keys: &[&str]| {
        let entries = content.dig(keys).map_or(&[][..], |tree| tree.entries());
        entries
            .iter()
            .map(|entry| (entry.key.to_string(), entry.value.text().to_owned()))
            .collect::<BTreeMap<_, _>>()
    };
    let selector = if content.dig(&["spec", "selector", "matchLabels"]).is_some() {
        at(&["spec", "selector", "matchLabels"])
    } else {
        at(&["spec", "selector"])
    };
    Seen {
        kind: format!("{}/{}", object.group(), object.kind()),
        namespace: object.namespace().unwrap_or_default().to_owned(),
        name: if object.is_generated() {
            format!("{}-HASH", object.name())
        } else {
            object.name().to_owned()
        },
        images: images(object),
        replicas: content.dig(&["spec", "replicas"]).map(|tree| tree.text().to_owned()),
        labels: at(&["metadata", "labels"]),
        annotations: at(&["metadata", "annotations"]),
        template_labels: at(&["spec", "template", "metadata", "labels"]),
        selector,
        keys: at(&["data"]).into_keys().collect(),
    }
}

/// The images of all containers, Tekton steps and sidecars.
fn images(object: &Object<'_>) -> BTreeSet<String> {
    const LISTS: [&str; 5] = ["containers", "initContainers", "ephemeralContainers", "steps", "sidecars"];
    let (mut found, mut open) = (BTreeSet::new(), vec![object.content()]);
    while let Some(value) = open.pop() {
        let lists = value.entries().iter().filter(|entry| LISTS.contains(&&*entry.key));
        let items = lists.flat_map(|entry| entry.value.items());
        found.extend(items.filter_map(|item| item.dig(&["image"])).map(|image| image.text().to_owned()));
        open.extend(value.entries().iter().map(|entry| &entry.value));
        open.extend(value.items());
    }
    found
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        _ => String::new(),
    }
}

fn map(value: &Value) -> BTreeMap<String, String> {
    value.as_mapping().into_iter().flatten().map(|(key, value)| (text(key), text(value))).collect()
}

fn collect_images(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Mapping(map) => {
            for (key, value) in map {
                let is_list = ["containers", "initContainers", "steps", "sidecars"].contains(&&*text(key));
                for item in value.as_sequence().into_iter().flatten().filter(|_| is_list) {
                    found.extend(item["image"].as_str().map(str::to_owned));
                }
                collect_images(value, found);
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| collect_images(item, found)),
        _ => {}
    }
}

/// A repository that uses everything that the build knows.
const FEATURES: &[(&str, &str)] = &[
    (
        "base/kustomization.yaml",
        "resources: [all.yaml, rbac.json]\nnamePrefix: shop-\ncommonLabels: {team: acme}\nconfigMapGenerator:\n- name: settings\n  literals: [A=1, 'B=\"2\"']\n  envs: [more.env]\n- name: files\n  files: [more.env, other=more.env]\n  options: {disableNameSuffixHash: true, labels: {kind: files}}\nsecretGenerator:\n- name: keys\n  literals: [K=v]\n",
    ),
    ("base/more.env", "# no\nC=3\nD=4=5\n"),
    (
        "base/rbac.json",
        "{\"apiVersion\": \"rbac.authorization.k8s.io/v1\", \"kind\": \"ClusterRole\", \"metadata\": {\"name\": \"reader\"}, \"rules\": []}",
    ),
    (
        "base/all.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {app: web}}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      initContainers:\n      - {name: init, image: 'example.com/acme/init:1'}\n      containers:\n      - name: web\n        image: example.com/acme/web:1\n        env: [{name: A, value: '1'}, {name: B, value: '2'}]\n      - {name: side, image: 'example.com:5000/acme/side@sha256:1111'}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web, labels: {gone: x}}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec:\n  jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: example.com/acme/web}]}}}}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: old}\n---\napiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: build}\nspec: {steps: [{name: a, image: example.com/acme/web}]}\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: plain}, data: {x: y}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: tool, annotations: {config.kubernetes.io/local-config: 'true'}}\n",
    ),
    (
        "part/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [extra.yaml]\nreplicas: [{name: web, count: 7}]\nlabels:\n- pairs: {part: 'yes'}\n- pairs: {deep: 'yes'}\n  includeTemplates: true\n- pairs: {deeper: 'yes'}\n  includeSelectors: true\n",
    ),
    ("part/extra.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: extra}\n"),
    (
        "overlay/kustomization.yaml",
        "resources: [../base]\ncomponents: [../part]\nnamespace: live\nnameSuffix: -live\ncommonAnnotations: {note: here}\nimages:\n- {name: example.com/acme/web, newName: mirror.example.com/web, newTag: '2'}\n- {name: 'example.com:5000/acme/side', digest: 'sha256:2222'}\n- {name: example.com/acme/init, newTag: '3', digest: 'sha256:3333'}\nconfigMapGenerator:\n- name: shop-settings\n  behavior: merge\n  literals: [A=9, E=5]\n- name: shop-files\n  behavior: replace\n  literals: [Z=1]\npatches:\n- path: merge.yaml\n- target: {kind: Deployment, name: shop-w.*, labelSelector: 'app=web,!none'}\n  patch: |-\n    - op: add\n      path: /metadata/annotations\n      value: {example.com~1x: yy}\n    - op: add\n      path: /metadata/annotations/example.com~1z\n      value: w\n    - op: replace\n      path: /spec/template/spec/containers/0/image\n      value: example.com/acme/web:9\n- target: {kind: Service}\n  patch: |-\n    kind: Service\n    apiVersion: v1\n    metadata: {name: any, labels: {patched: 'yes'}}\n- patch: |-\n    $patch: delete\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: shop-plain}\n",
    ),
    (
        "overlay/merge.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop-web}\nspec:\n  template:\n    spec:\n      containers:\n      - {name: side, $patch: delete}\n      - name: web\n        env: [{name: B, $patch: delete}]\n      - {name: new, image: 'example.com/acme/new:1'}\n---\napiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: shop-build}\nspec: {steps: [{name: b, image: example.com/acme/other}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: shop-web, labels: {gone: null}}\n",
    ),
    (
        "old/kustomization.yaml",
        "bases: [../base]\npatchesStrategicMerge:\n- |-\n  apiVersion: v1\n  kind: Service\n  metadata: {name: shop-web}\n  spec: {selector: {app: other}}\npatchesJson6902:\n- target: {version: v1, kind: Service, name: shop-web}\n  patch: '[{\"op\": \"move\", \"from\": \"/spec/selector/app\", \"path\": \"/spec/selector/moved\"}]'\n",
    ),
];

#[test]
fn everything_that_kustomize_does_is_done_alike() {
    let Some(kubectl) = kubectl() else { return };
    let temporary = tempfile::tempdir().unwrap();
    let files = FEATURES.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let files: BTreeMap<_, _> = files.collect();
    for (path, content) in &files {
        let path = temporary.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    for folder in ["base", "overlay", "old"] {
        assert_same(kubectl, temporary.path(), &files, folder);
    }
}
