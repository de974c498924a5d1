//! Every container says what it needs, gives up what it does not, and runs an image that stays the same.

use serde_yaml::Value;

use crate::support::yaml::{at, entries, list, strings, text};
use crate::support::{Facts, Tree};

pub fn assert_all(tree: &Tree, facts: &Facts) {
    let mut seen = 0;
    for (path, resource) in tree.resources("") {
        for (key, volume) in entries(resource) {
            // Those of Tasks are bounded with their containers, by the namespace.
            let is_bounded = path.starts_with("delivery/pipeline/") || volume.get("sizeLimit").is_some();
            assert!(key != "emptyDir" || is_bounded, "{path}: a volume without a limit");
        }
        for container in containers(resource) {
            seen += 1;
            is_bounded(path, container);
            has_no_privileges(path, container, facts);
            if facts.is_workload(path) {
                assert_eq!(text(container, &["image"]), "app-image", "{path}");
            } else {
                runs_a_fixed_image(path, container);
            }
        }
    }
    let disk = tree.document("argocd/namespaces/delivery/disk.yaml");
    let [limits] = list(disk, &["spec", "limits"]) else { panic!("{disk:?}") };
    for limit in ["default", "max"] {
        assert_eq!(text(limits, &[limit, "ephemeral-storage"]), facts.get("task-storage"));
    }
    let tasks = tree.kind("Task").len();
    let applications = facts.bases().count();
    assert_eq!(
        seen,
        tasks + 2 + applications,
        "a step each, the trigger, the hook of failed syncs and the application"
    );
}

fn containers(resource: &Value) -> Vec<&Value> {
    let holders = ["containers", "initContainers", "ephemeralContainers", "steps", "sidecars"];
    // The steps of a canary are none of a Task.
    let is_canary = |key: &str| key == "steps" && at(resource, &["kind"]) == "Rollout";
    let lists = entries(resource).into_iter().filter(|(key, _)| holders.contains(key) && !is_canary(key));
    lists.filter_map(|(_, value)| value.as_sequence()).flatten().collect()
}

fn is_bounded(path: &str, container: &Value) {
    let key = if container.get("computeResources").is_some() { "computeResources" } else { "resources" };
    for (side, what) in [("requests", "cpu"), ("requests", "memory"), ("limits", "memory")] {
        let amount = text(container, &[key, side, what]);
        assert!(!amount.is_empty(), "{path}: {side}.{what}");
    }
}

fn has_no_privileges(path: &str, container: &Value, facts: &Facts) {
    let security = at(container, &["securityContext"]);
    assert_eq!(strings(security, &["capabilities", "drop"]), ["ALL"], "{path}");
    let added = strings(security, &["capabilities", "add"]);
    let builds = path == "delivery/pipeline/build-image.yaml";
    assert_eq!(added, if builds { vec!["SETGID", "SETUID"] } else { vec![] }, "{path}");
    if !builds {
        assert_eq!(at(security, &["allowPrivilegeEscalation"]), &Value::Bool(false), "{path}");
    }
    // A build and tests may write where their image lets them, and the application if the answers say so.
    let may_write = builds
        || path == "delivery/pipeline/run-tests.yaml"
        || facts.is_workload(path) && facts.get("root-filesystem") == "writable";
    let is_closed = security.get("readOnlyRootFilesystem") == Some(&Value::Bool(true));
    assert_eq!(is_closed, !may_write, "{path}");
    assert_ne!(at(security, &["privileged"]), &Value::Bool(true), "{path}");
}

fn runs_a_fixed_image(path: &str, container: &Value) {
    let image = text(container, &["image"]);
    let (name, digest) = image.split_once('@').map_or((image, ""), |(name, digest)| (name, digest));
    let tag = name.rsplit('/').next().and_then(|last| last.split_once(':')).map_or("", |(_, tag)| tag);
    assert!(digest.starts_with("sha256:") || !tag.is_empty(), "{path}: {image} is not fixed");
    assert_ne!(tag, "latest", "{path}");
}
