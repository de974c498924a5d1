//! What is in a cluster once a repository is deployed there, as its files tell, so that a command can be asked whether what it
//! names is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_yaml::Value;
use walkdir::{DirEntry, WalkDir};

use crate::support::yaml::{at, entries, list, text};

/// The namespace of Tekton, from `config/100-namespace/` of Tekton Pipelines. Applications say which one is Argo CD's.
const OF_TEKTON: &str = "tekton-pipelines";

/// Its settings, from `config/config-feature-flags.yaml`.
const FLAGS_OF_TEKTON: &str = "feature-flags";

/// The hosts that Argo CD knows, from its `manifests/install.yaml`.
const HOSTS_OF_ARGO: &str = "argocd-ssh-known-hosts-cm";

/// What Argo CD brings along, with its namespace and kind: from its `manifests/install.yaml`, and, for the Secret,
/// from its `docs/getting_started.md`.
const OF_ARGO: &[(&str, &str, &str)] = &[
    ("argocd", "StatefulSet", "argocd-application-controller"),
    ("argocd", "Service", "argocd-server"),
    ("argocd", "Secret", "argocd-initial-admin-secret"),
];

/// How kinds are called in a command, in the singular.
const KINDS: &[(&str, &str)] = &[
    ("application", "Application"),
    ("configmap", "ConfigMap"),
    ("deployment", "Deployment"),
    ("job", "Job"),
    ("namespace", "Namespace"),
    ("pipeline", "Pipeline"),
    ("pipelinerun", "PipelineRun"),
    ("pod", "Pod"),
    ("pvc", "PersistentVolumeClaim"),
    ("rollout", "Rollout"),
    ("secret", "Secret"),
    ("service", "Service"),
    ("statefulset", "StatefulSet"),
    ("task", "Task"),
    ("taskrun", "TaskRun"),
];

/// Options whose value is the next word.
pub const WITH_VALUE: &[&str] = &["-n", "-o", "-f", "-k", "-l", "-L", "-p", "--type"];

/// What there is.
pub struct Cluster {
    namespaces: BTreeSet<String>,
    /// Namespace, kind and name.
    objects: BTreeSet<(String, String, String)>,
    /// Folders with a kustomization.
    kustomizations: BTreeSet<String>,
}

impl Cluster {
    /// What the repository in `folder` makes of a cluster.
    pub fn of(folder: &Path) -> Self {
        let files = manifests(folder);
        let applications: Vec<_> =
            files.iter().filter(|(_, document)| at(document, &["kind"]) == "Application").collect();
        let mut cluster = Self {
            namespaces: BTreeSet::from([OF_TEKTON.to_owned()]),
            objects: BTreeSet::new(),
            kustomizations: BTreeSet::new(),
        };
        for (namespace, kind, name) in OF_ARGO {
            cluster.add(namespace, kind, name);
        }
        cluster.add(OF_TEKTON, "ConfigMap", FLAGS_OF_TEKTON);
        for (_, application) in &applications {
            cluster.add(text(application, &["metadata", "namespace"]), "ConfigMap", HOSTS_OF_ARGO);
            cluster.namespaces.insert(text(application, &["metadata", "namespace"]).to_owned());
            cluster.namespaces.insert(text(application, &["spec", "destination", "namespace"]).to_owned());
        }
        for (path, document) in &files {
            if let Some(folder) = path.strip_suffix("/kustomization.yaml") {
                cluster.kustomizations.insert(folder.to_owned());
            }
            let by = applications.iter().filter(|(_, application)| renders(application, path));
            let into = by.map(|(_, application)| at(application, &["spec", "destination", "namespace"]));
            let own = at(document, &["metadata", "namespace"]);
            for namespace in into.chain([own]).filter_map(Value::as_str) {
                cluster.add_document(namespace, document);
            }
        }
        cluster
    }

    fn add(&mut self, namespace: &str, kind: &str, name: &str) {
        self.objects.insert((namespace.to_owned(), kind.to_owned(), name.to_owned()));
    }

    /// Adds an object, and the Secrets that it uses.
    fn add_document(&mut self, namespace: &str, document: &Value) {
        if let (Some(kind), Some(name)) =
            (at(document, &["kind"]).as_str(), at(document, &["metadata", "name"]).as_str())
        {
            self.add(namespace, kind, name);
        }
        for (key, value) in entries(document) {
            match (key, value.as_str()) {
                ("secretName", Some(name)) => self.add(namespace, "Secret", name),
                ("imagePullSecrets", _) => {
                    for secret in list(value, &[]) {
                        self.add(namespace, "Secret", text(secret, &["name"]));
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether everything is there that a command of `kubectl` names; `labelled` are names that others find by a label.
    pub fn knows(&self, words: &[String], labelled: &[String]) -> Result<(), String> {
        let namespace = option(words, "-n").unwrap_or("");
        if !namespace.is_empty() && !self.namespaces.contains(namespace) {
            return Err(format!("there is no namespace `{namespace}`"));
        }
        if let Some(folder) = option(words, "-k").filter(|folder| !self.kustomizations.contains(*folder)) {
            return Err(format!("there is no kustomization in `{folder}`"));
        }
        match &plain(words)[..] {
            // A command that is only mentioned, or what a file or a label names.
            [_] | ["rollout" | "set", _] | ["argo", "rollouts"] => Ok(()),
            ["label", _, name, ..] | ["create", "secret", _, name] | ["create", "configmap", name]
                if labelled.iter().any(|other| other == name) =>
            {
                Ok(())
            }
            ["create", "secret", _, name] => self.has(namespace, "secret", name),
            ["create" | "annotate" | "label", kind, name, ..] => self.has(namespace, kind, name),
            ["logs" | "port-forward", object, ..] | ["rollout" | "set", _, object] => {
                let (kind, name) = object.split_once('/').unwrap_or(("pod", object));
                self.has(namespace, kind, name)
            }
            ["argo", "rollouts", "get" | "retry", "rollout", name]
            | ["argo", "rollouts", "promote" | "abort", name] => self.has(namespace, "rollout", name),
            ["get" | "describe" | "delete" | "patch" | "wait", kinds, names @ ..] => {
                let names = if names.is_empty() { &["ANY"] } else { names };
                let mut pairs = kinds.split(',').flat_map(|kind| names.iter().map(move |name| (kind, name)));
                pairs.try_for_each(|(kind, name)| self.has(namespace, kind, name))
            }
            other => Err(format!("it is not known what {other:?} names")),
        }
    }

    /// Whether an object is there. A name in capitals stands for any.
    fn has(&self, namespace: &str, kind: &str, name: &str) -> Result<(), String> {
        let singular = kind.strip_suffix('s').unwrap_or(kind);
        let Some((_, kind)) = KINDS.iter().find(|(known, _)| *known == singular) else {
            return Err(format!("the kind `{kind}` is not known"));
        };
        if *kind == "Namespace" {
            return self.has_namespace(name);
        }
        let object = (namespace.to_owned(), (*kind).to_owned(), name.to_owned());
        if name.bytes().all(|letter| letter.is_ascii_uppercase()) || self.objects.contains(&object) {
            return Ok(());
        }
        Err(format!("there is no {kind} `{name}` in `{namespace}`"))
    }

    fn has_namespace(&self, name: &str) -> Result<(), String> {
        self.namespaces.contains(name).then_some(()).ok_or_else(|| format!("there is no namespace `{name}`"))
    }
}

/// The name of what a command labels.
pub fn labelled(words: &[String]) -> Option<String> {
    match plain(words)[..] {
        ["label", _, name, ..] => Some(name.to_owned()),
        _ => None,
    }
}

/// The words of a command without its options.
fn plain(words: &[String]) -> Vec<&str> {
    let is_value = |index: usize| index > 0 && WITH_VALUE.contains(&words[index - 1].as_str());
    let plain = words.iter().enumerate().filter(|(index, word)| !word.starts_with('-') && !is_value(*index));
    plain.map(|(_, word)| word.as_str()).collect()
}

fn option<'w>(words: &'w [String], name: &str) -> Option<&'w str> {
    let at = words.iter().position(|word| word == name)?;
    words.get(at + 1).map(String::as_str)
}

/// Whether a file is in the part of the repository that an Application renders; overlays have a base beside them.
fn renders(application: &Value, path: &str) -> bool {
    let folder = text(application, &["spec", "source", "path"]);
    let folder = folder.split("/overlays/").next().unwrap();
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The documents of a repository, with the paths of their files. What is for a folder inside of a repository is seen from
/// the root of that.
fn manifests(folder: &Path) -> Vec<(String, Value)> {
    let answers = fs::read_to_string(folder.join(".treenail/answers.yaml")).unwrap();
    let answers = treenail::yaml::documents(&answers).unwrap();
    let root = Path::new(text(&answers[0], &["directory"]));
    let is_seen =
        |entry: &DirEntry| !entry.file_name().to_str().unwrap().starts_with('.') || entry.depth() == 0;
    let entries = WalkDir::new(folder).into_iter().filter_entry(is_seen);
    let files = entries.map(|entry| entry.unwrap().into_path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let documents = files.flat_map(|file| {
        let path = root.join(file.strip_prefix(folder).unwrap()).to_str().unwrap().to_owned();
        let documents = treenail::yaml::documents(&fs::read_to_string(file).unwrap()).unwrap();
        documents.into_iter().map(move |document| (path.clone(), document))
    });
    documents.collect()
}
