//! `treenail plan`, on real repositories: each kind of change has a test.

mod applications;
mod failures;
mod formats;
mod generated;
mod objects;
mod revisions;
mod verbs;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::home::Home;

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 2
  selector:
    matchLabels:
      app: shop
  template:
    metadata:
      labels:
        app: shop
    spec:
      containers:
      - name: shop
        image: registry.example.com/acme/shop:1.0.0
        env:
        - name: MODE
          value: plain
        envFrom:
        - configMapRef:
            name: settings
        resources:
          requests:
            cpu: 500m
            memory: 1Gi
";

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata:
  name: shop
spec:
  selector:
    app: shop
  ports:
  - port: 80
";

const KUSTOMIZATION: &str = "apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- deployment.yaml
- service.yaml
configMapGenerator:
- name: settings
  files:
  - settings.properties
";

const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  namespace: argocd
spec:
  project: shop
  source:
    repoURL: https://git.example.com/acme/shop-gitops.git
    targetRevision: HEAD
    path: deploy
  destination:
    server: https://kubernetes.default.svc
    namespace: shop
  syncPolicy:
    automated:
      prune: true
";

const PROJECT: &str = "apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: shop
  namespace: argocd
spec:
  sourceRepos:
  - https://git.example.com/acme/shop-gitops.git
  destinations:
  - server: https://kubernetes.default.svc
    namespace: shop
";

/// A repository on the branch `change`, which has left `main`.
struct Change {
    home: Home,
}

impl Change {
    /// With an Application that syncs by itself, and the folder that it renders.
    fn new() -> Self {
        Self::with(&[])
    }

    /// With more files, or others.
    fn with(files: &[(&str, &str)]) -> Self {
        let home = Home::new();
        home.repository("repo");
        let own = [
            ("deploy/deployment.yaml", DEPLOYMENT),
            ("deploy/service.yaml", SERVICE),
            ("deploy/kustomization.yaml", KUSTOMIZATION),
            ("deploy/settings.properties", "color=red\n"),
            ("argocd/shop.yaml", APPLICATION),
            ("argocd/project.yaml", PROJECT),
        ];
        for (path, text) in own.iter().chain(files) {
            home.write(&format!("repo/{path}"), text);
        }
        home.git("repo", "add .");
        home.git("repo", "commit -qm base");
        home.git("repo", "branch -M main");
        home.git("repo", "checkout -qb change");
        Self { home }
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        self.home.write(&format!("repo/{path}"), text);
        self
    }

    /// Replaces a part of a file.
    fn edit(&self, path: &str, old: &str, new: &str) -> &Self {
        let path = format!("repo/{path}");
        let text = self.home.read(&path);
        assert!(text.contains(old), "{path} has no `{old}`");
        self.home.write(&path, text.replace(old, new));
        self
    }

    fn remove(&self, path: &str) -> &Self {
        self.home.git("repo", &format!("rm -q {path}"));
        self
    }

    /// The plan of merging the work tree into `main`.
    #[track_caller]
    fn plan(&self) -> Planned {
        let outcome = self.home.treenail("plan main --json").inside("repo").run().ends_with(0);
        Planned(serde_json::from_str(&outcome.stdout).unwrap())
    }
}

struct Planned(Value);

impl Planned {
    fn summary(&self) -> &str {
        self.0["summary"].as_str().unwrap()
    }

    #[track_caller]
    fn application(&self, name: &str) -> &Value {
        let applications = self.0["applications"].as_array().unwrap();
        applications.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("{:#}", self.0))
    }

    fn names(&self) -> Vec<&str> {
        let applications = self.0["applications"].as_array().unwrap();
        applications.iter().map(|it| it["name"].as_str().unwrap()).collect()
    }

    /// What happens to the objects of `shop`, each with its words. The hashes of names are left out.
    #[track_caller]
    fn objects(&self) -> BTreeMap<String, Vec<String>> {
        self.objects_of("shop")
    }

    #[track_caller]
    fn objects_of(&self, application: &str) -> BTreeMap<String, Vec<String>> {
        let objects = self.application(application)["objects"].as_array().unwrap();
        let line = |object: &Value| {
            let name = object["name"].as_str().unwrap();
            let name = if name.starts_with("settings-") { "settings-HASH" } else { name };
            let title =
                format!("{} {} {name}", object["action"].as_str().unwrap(), object["kind"].as_str().unwrap());
            let pods = object["pods"]["words"].as_str().into_iter().map(str::to_owned);
            let mut words: Vec<_> = pods.collect();
            words.extend(texts(&object["refused"]).map(|text| format!("fails: {text}")));
            words.extend(
                object["fields"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|field| field["words"].as_str().unwrap().to_owned()),
            );
            (title, words)
        };
        objects.iter().map(line).collect()
    }

    fn by_hand(&self) -> Vec<String> {
        texts(&self.0["byHand"]).map(str::to_owned).collect()
    }

    fn errors(&self) -> Vec<&str> {
        self.0["errors"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect()
    }
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap())
}

/// Asserts what happens to the objects.
#[track_caller]
fn same(found: &BTreeMap<String, Vec<String>>, expected: &[(&str, &[&str])]) {
    let found: Vec<_> = found
        .iter()
        .map(|(title, words)| (title.as_str(), words.iter().map(String::as_str).collect::<Vec<_>>()))
        .collect();
    let expected: Vec<_> = expected.iter().map(|(title, words)| (*title, words.to_vec())).collect();
    assert_eq!(found, expected);
}
