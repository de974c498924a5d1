//! What a commit gives to the cluster, as JSON: for those who ask a cluster about it.

use serde_json::{Map, Value, json};

use super::application_sets;
use super::desired::{self, Desired};
use super::state::{AppState, RevisionState};
use crate::check::Files;
use crate::check::Manifests;
use crate::check::kustomize::{Builds, Object, RenderedValue};
use crate::check::model::Model;
use crate::yaml::scalar::ScalarValue;

/// The objects of a commit.
#[derive(Debug, Default)]
pub(crate) struct CommittedObjects {
    /// Those of the folder that a person applies.
    pub(crate) applied: Vec<Value>,
    pub(crate) applications: Vec<ApplicationObjects>,
    /// `PipelineRuns` that no Application applies, such as one that a trigger fills in.
    pub(crate) run_templates: Vec<Value>,
}

/// The objects of an Application.
#[derive(Debug)]
pub(crate) struct ApplicationObjects {
    pub(crate) name: String,
    /// Where it deploys to; empty for what it does not say.
    pub(crate) namespace: String,
    /// The cluster, by its URL or its name in Argo CD.
    pub(crate) server: String,
    /// The address of its first source.
    pub(crate) repository: String,
    pub(crate) annotations: Vec<(String, String)>,
    /// Those that it keeps in sync, each with its namespace if it is not cluster-wide.
    pub(crate) objects: Vec<Value>,
    pub(crate) hooks: Vec<Value>,
    /// Those that a patch takes out for now, such as a workload before its first release.
    pub(crate) dormant: Vec<Value>,
    /// What is not evaluated, as clauses.
    pub(crate) unknown: Vec<String>,
}

/// Returns the objects of the files of a commit: those of the folder `applied`, and those of the Applications in files below
/// `prefix`.
pub(crate) fn committed(files: &Files, applied: &str, prefix: &str) -> CommittedObjects {
    let expanded = application_sets::expand(files);
    let manifests = Manifests::read(&expanded.files);
    let builds = Builds::of(&manifests);
    let model = Model::of(&builds);
    let state = RevisionState::of(&model, &expanded, None);
    let folder = applied.trim_end_matches('/');
    let by_hand = builds.roots.iter().filter(|root| root.folder == folder && root.application().is_none());
    let templates = manifests.of("tekton.dev", "PipelineRun");
    CommittedObjects {
        applied: by_hand
            .flat_map(|root| desired::of(root, files))
            .map(|desired| object(&desired, ""))
            .collect(),
        applications: state
            .applications
            .values()
            .filter(|app| app.path.starts_with(prefix))
            .map(application)
            .collect(),
        run_templates: templates
            .filter(|manifest| manifest.path().starts_with(prefix))
            .map(|manifest| value(&manifest.content()))
            .collect(),
    }
}

fn application(app: &AppState<'_>) -> ApplicationObjects {
    let namespace = app.namespace();
    let spec = app.application.spec;
    let server = spec.str_at(&["destination", "server"]).or(spec.str_at(&["destination", "name"]));
    let first = app.application.sources().next();
    let annotations = app.application.resource.content().dig(&["metadata", "annotations"]);
    let texts = annotations.map(RenderedValue::entries).unwrap_or_default().iter();
    let objects = |list: &mut dyn Iterator<Item = &Desired<'_>>| {
        list.map(|desired| object(desired, namespace)).collect()
    };
    ApplicationObjects {
        name: app.name().to_owned(),
        namespace: namespace.to_owned(),
        server: server.unwrap_or_default().to_owned(),
        repository: first.and_then(|source| source.str_at(&["repoURL"])).unwrap_or_default().to_owned(),
        annotations: texts.map(|entry| (entry.key.to_string(), entry.value.text().to_owned())).collect(),
        objects: objects(&mut app.objects.values()),
        hooks: objects(&mut app.hooks.iter()),
        dormant: app
            .application
            .removed()
            .map(|it| placed(it.object, value(it.content()), it.name(), namespace))
            .collect(),
        unknown: app.unknown.clone(),
    }
}

fn object(desired: &Desired<'_>, namespace: &str) -> Value {
    placed(desired.built.object, value(&desired.content), &desired.id.name, namespace)
}

/// Gives the content of an object its name in the cluster, and `namespace` where it names none.
fn placed(object: &Object<'_>, mut content: Value, name: &str, namespace: &str) -> Value {
    let mut metadata = content["metadata"].take();
    if !metadata.is_object() {
        metadata = json!({});
    }
    // One that the cluster names has no name yet.
    if metadata.get("generateName").is_none() || metadata.get("name").is_some() {
        metadata["name"] = json!(name);
    }
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.remove("namespace");
    }
    if !object.is_cluster_wide() {
        metadata["namespace"] = json!(object.namespace().unwrap_or(namespace));
    }
    content["metadata"] = metadata;
    content
}

// The recursion ends: the reader bounds how deep documents nest.
fn value(rendered: &RenderedValue<'_>) -> Value {
    match rendered.scalar() {
        Some(ScalarValue::Null) => Value::Null,
        Some(ScalarValue::Bool(found)) => json!(found),
        Some(ScalarValue::Int(found)) => {
            i64::try_from(found).map_or_else(|_| json!(u64::try_from(found).ok()), Value::from)
        }
        Some(ScalarValue::Float(found)) => json!(found),
        Some(ScalarValue::Text(text)) => json!(text),
        None if rendered.is_mapping() => {
            let entries = rendered.entries().iter();
            Value::Object(
                entries.map(|entry| (entry.key.to_string(), value(&entry.value))).collect::<Map<_, _>>(),
            )
        }
        None => Value::Array(rendered.items().iter().map(value).collect()),
    }
}
