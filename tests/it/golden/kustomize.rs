//! What a cluster would be given: `kubectl kustomize` builds every folder that Argo CD or an administrator applies,
//! before and after a release.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_yaml::Value;

use crate::common::programs;
use crate::golden::built;
use crate::golden::files;
use crate::support::{Facts, Tree, documents};

const DIGEST: &str = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

/// Builds everything, or says that there is no kubectl.
pub fn assert_builds(tree: &Tree, facts: &Facts) {
    let Some(kubectl) = kubectl() else { return };
    let temporary = tempfile::tempdir().unwrap();
    let built = Built { kubectl, root: temporary.path() };
    files::replace(&built.root.join("repository"), tree);
    built.administration(facts);
    let delivery = built.delivery(facts);
    for environment in &facts.environments {
        let overlay = format!("deploy/overlays/{}", environment.name);
        match built.environment(&overlay, facts, &environment.namespace) {
            Some(deployment) if facts.workload().0 == "Deployment" => {
                assert_eq!(deployment["spec"]["replicas"], 0, "{overlay}");
            }
            workload => assert_eq!(workload, None, "{overlay} runs something before there is a release"),
        }
    }

    built.release(tree, facts);
    for environment in &facts.environments {
        let overlay = format!("deploy/overlays/{}", environment.name);
        let workload = built.environment(&overlay, facts, &environment.namespace).unwrap();
        assert_eq!(workload["spec"]["replicas"], facts.number("replicas"));
        let image = &workload["spec"]["template"]["spec"]["containers"][0]["image"];
        assert_eq!(*image, format!("{}@{DIGEST}", facts.get("image")));
        let version = "app.kubernetes.io/version";
        for labelled in [&workload, &workload["spec"]["template"]] {
            assert_eq!(labelled["metadata"]["labels"][version], "1.4.0", "{overlay}");
        }
        assert_eq!(workload["spec"]["selector"]["matchLabels"].get(version), None, "{overlay}");
    }
    assert_eq!(built.text("delivery"), delivery, "the pipeline's commit would be synced as a new release");

    built.write("delivery/release/release.env", "IMAGE_TAG=1.4.0\nSOURCE_REVISION=\n");
    assert_ne!(built.text("delivery"), delivery, "a new release would not be synced");
}

/// Builds the environments alone, and asserts that nothing runs in them.
pub fn assert_rests(tree: &Tree, facts: &Facts) {
    let Some(kubectl) = kubectl() else { return };
    let temporary = tempfile::tempdir().unwrap();
    let built = Built { kubectl, root: temporary.path() };
    files::replace(&built.root.join("repository"), tree);
    for environment in &facts.environments {
        let overlay = format!("deploy/overlays/{}", environment.name);
        let workload = built.environment(&overlay, facts, &environment.namespace);
        assert!(
            workload.is_none_or(|workload| workload["spec"]["replicas"] == 0),
            "{overlay} runs something"
        );
    }
}

/// The command, looked for once.
pub fn kubectl() -> Option<&'static OsString> {
    static KUBECTL: OnceLock<Option<OsString>> = OnceLock::new();
    let find = || {
        let kubectl = env::var_os("KUBECTL").unwrap_or_else(|| "kubectl".into());
        let answers = Command::new(&kubectl).args(["version", "--client"]).output();
        if answers.is_ok_and(|output| output.status.success()) {
            return Some(kubectl);
        }
        // Past the test harness, which hides what a passing test prints.
        io::stderr().write_all(b"skipped: kubectl not found\n").unwrap();
        None
    };
    KUBECTL.get_or_init(find).as_ref()
}

/// A copy of a repository that can be built.
struct Built<'a> {
    kubectl: &'a OsString,
    root: &'a Path,
}

impl Built<'_> {
    fn text(&self, folder: &str) -> String {
        let files = files::read(&self.root.join("repository")).files;
        let files = files.into_iter().map(|(path, entry)| (path, entry.content)).collect();
        built::assert_same(self.kubectl, &self.root.join("repository"), &files, folder);
        let mut command = programs::command(self.kubectl, self.root);
        let output = command
            .current_dir(self.root)
            .arg("kustomize")
            .arg(format!("repository/{folder}"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{folder}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The resources of a folder, once they are found to be of these kinds and numbers.
    fn resources(&self, folder: &str, wanted: &[(&str, usize)]) -> Vec<Value> {
        let resources = documents(folder, &self.text(folder));
        let mut kinds = BTreeMap::new();
        for resource in &resources {
            *kinds.entry(resource["kind"].as_str().unwrap()).or_default() += 1;
        }
        assert_eq!(kinds, wanted.iter().copied().collect::<BTreeMap<_, _>>(), "{folder}");
        resources
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.root.join("repository").join(path), text).unwrap();
    }

    fn administration(&self, facts: &Facts) {
        let applications = facts.environments.len() + 1;
        let policies = if facts.get("closed-addresses").is_empty() { 1 } else { 2 };
        let limits = [
            ("LimitRange", 1),
            ("Namespace", applications),
            ("NetworkPolicy", policies * applications),
            ("ResourceQuota", applications + 1),
            ("Role", 1),
            ("RoleBinding", 1),
            ("ServiceAccount", 3),
        ];
        let argocd = [("AppProject", 2), ("Application", applications)];
        let in_one_cluster = facts.get("cluster") == "https://kubernetes.default.svc";
        let also = limits.iter().filter(|_| in_one_cluster);
        let resources = self.resources("argocd", &argocd.iter().chain(also).copied().collect::<Vec<_>>());
        let is_argocds = |resource: &&Value| argocd.iter().any(|(kind, _)| resource["kind"] == *kind);
        let (own, others): (Vec<_>, Vec<_>) = resources.iter().partition(is_argocds);
        assert_in(own, facts.get("argocd-namespace"));
        // kubectl creates them in this order.
        let last = others.iter().rposition(|resource| resource["kind"] == "Namespace");
        let first = others.iter().position(|resource| resource["kind"] != "Namespace");
        assert!(last < first || !in_one_cluster, "{others:?}");
        self.resources("argocd/namespaces", &limits);
    }

    /// The text of what the pipeline's Application syncs.
    fn delivery(&self, facts: &Facts) -> String {
        let resources = self.resources(
            "delivery",
            &[("ConfigMap", 2), ("Job", 2), ("Pipeline", 1), ("Task", if facts.has_tests() { 6 } else { 5 })],
        );
        assert_in(&resources, facts.get("pipeline-namespace"));
        let job = |name: &str| {
            let mut jobs = resources.iter().filter(|resource| resource["kind"] == "Job");
            jobs.find(|job| job["metadata"]["name"] == name).unwrap()
        };
        for (name, hook) in [("release-trigger", "PostSync"), ("sync-failed", "SyncFail")] {
            assert_eq!(job(name)["metadata"]["annotations"]["argocd.argoproj.io/hook"], hook);
        }
        assert_reaches_its_maps(job("release-trigger"), &resources);
        self.text("delivery")
    }

    /// What an environment runs: a workload of the kind that the answers ask for, if any.
    fn environment(&self, overlay: &str, facts: &Facts, namespace: &str) -> Option<Value> {
        let mut resources = documents(overlay, &self.text(overlay));
        assert_in(&resources, namespace);
        for resource in &resources {
            let labels = &resource["metadata"]["labels"];
            assert_eq!(labels["app.kubernetes.io/part-of"], facts.app(), "{overlay}: {resource:?}");
        }
        let at = resources.iter().position(|resource| resource["kind"] == facts.workload().0);
        let workload = at.map(|at| resources.swap_remove(at));
        let names = resources.iter().chain(&workload).map(|resource| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&resource["kind"]), text(&resource["metadata"]["name"]))
        });
        let others = ["PodDisruptionBudget", "ServiceAccount"].map(|kind| (kind, facts.app().to_owned()));
        let services = facts.services().into_iter().map(|(_, name)| ("Service", name));
        let itself = workload.is_some().then(|| (facts.workload().0, facts.app().to_owned()));
        let wanted =
            others.into_iter().chain(services).chain(itself).map(|(kind, name)| (kind.to_owned(), name));
        assert_eq!(names.collect::<BTreeSet<_>>(), wanted.collect(), "{overlay}");
        workload
    }

    /// Puts a release into every environment, in the words of the Task that does it.
    fn release(&self, tree: &Tree, facts: &Facts) {
        let task = tree.document("delivery/pipeline/deploy-app.yaml");
        let script = task["spec"]["steps"][0]["script"].as_str().unwrap();
        let start = script.find("image_file() {\n").unwrap();
        let function = &script[start..start + script[start..].find("\n}\n").unwrap() + 3];
        let output = programs::command("sh", self.root)
            .current_dir(self.root)
            .env("APP", facts.app())
            .env("IMAGE", facts.get("image"))
            .env("DIGEST", DIGEST)
            .env("IMAGE_TAG", "1.4.0")
            .env("SOURCE_REVISION", "4f5c0a1be2d3c4b5a69788776655443322110099")
            .args(["-euc", &format!("{function}image_file")])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        for environment in &facts.environments {
            self.write(&format!("deploy/overlays/{}/image/kustomization.yaml", environment.name), &text);
        }
    }
}

/// Asserts that every resource is in one namespace.
fn assert_in<'a>(resources: impl IntoIterator<Item = &'a Value>, namespace: &str) {
    for resource in resources {
        assert_eq!(resource["metadata"]["namespace"], namespace, "{resource:?}");
    }
}

/// Asserts that kustomize gave the Job the hashed names of its maps: else a release would not reach it.
fn assert_reaches_its_maps(job: &Value, resources: &[Value]) {
    let pod = &job["spec"]["template"]["spec"];
    let variables = pod["containers"][0]["env"].as_sequence().unwrap().iter();
    let request = variables.map(|variable| &variable["valueFrom"]["configMapKeyRef"]["name"]);
    let names = request.chain([&pod["volumes"][0]["configMap"]["name"]]).filter_map(Value::as_str);
    let mut reached = 0;
    for name in names {
        let is_it = |one: &&Value| one["kind"] == "ConfigMap" && one["metadata"]["name"] == name;
        assert!(resources.iter().any(|one| is_it(&one)), "nothing is called {name}");
        assert!(!["release-request", "release-trigger"].contains(&name), "{name} has no hash");
        reached += 1;
    }
    assert_eq!(reached, 3, "IMAGE_TAG, SOURCE_REVISION and the trigger's files");
}
