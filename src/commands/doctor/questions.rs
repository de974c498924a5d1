//! What the cluster and the remote are asked, each question by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread;

use serde_json::Value;

use crate::cluster::argocd_settings::ConfigMaps;
use crate::cluster::declared::DeclaredSecret;
use crate::cluster::inquiry::{Inquiry, Seen, Unseen};
use crate::cluster::nodes::{ClusterNode, KubeletSettings};
use crate::cluster::runs::RunState;
use crate::cluster::secret_state::{KEYS, SecretState};
use crate::cluster::versions::{Controller, PART_OF};
use crate::doctor::{KindName, LastRun, RemoteFacts, Wanted};
use crate::git::probe;
use crate::values::RepoUrl;

/// The programs that are looked for, and where they usually are.
const PROGRAMS: [(&str, &str); 3] =
    [("argocd", "argocd"), ("tekton-pipelines", "tekton-pipelines"), ("argo-rollouts", "argo-rollouts")];

/// API groups that every supported Kubernetes serves.
const BUILT_IN: [&str; 9] = [
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "networking.k8s.io",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// So many kubelets are asked for their settings.
const MOST_KUBELETS: usize = 5;

pub(super) fn read<T>(inquiry: &Inquiry, arguments: &[&str], of: fn(&Value) -> Option<T>) -> Seen<Vec<T>> {
    Ok(inquiry.objects(arguments)?.iter().filter_map(of).collect())
}

pub(super) fn config_maps(inquiry: &Inquiry, namespace: &str, names: &[&str]) -> Seen<ConfigMaps> {
    let mut words = vec!["-n", namespace, "configmap"];
    words.extend(names);
    Ok(ConfigMaps::of(&inquiry.objects(&words)?))
}

pub(super) fn argocd_settings(inquiry: &Inquiry, wanted: &Wanted) -> Seen<ConfigMaps> {
    let names = ["argocd-cm", "argocd-notifications-cm", "argocd-ssh-known-hosts-cm"];
    config_maps(inquiry, &wanted.setup.argocd_namespace, &names)
}

/// Looks for the programs in all namespaces, or, without the right to, where they usually are.
pub(super) fn controllers(inquiry: &Inquiry, wanted: &Wanted) -> Seen<Vec<Controller>> {
    let names: Vec<&str> = PROGRAMS.iter().map(|(program, _)| *program).collect();
    let selector = format!("{PART_OF} in ({})", names.join(","));
    let all =
        read(inquiry, &["deployments,statefulsets", "--all-namespaces", "-l", &selector], Controller::of);
    let Err(Unseen::Right(_)) = all else { return all };
    let mut found = Vec::new();
    for (program, namespace) in PROGRAMS {
        let namespace = if program == "argocd" { &wanted.setup.argocd_namespace } else { namespace };
        found.extend(read(
            inquiry,
            &["-n", namespace, "deployments,statefulsets", "-l", &selector],
            Controller::of,
        )?);
    }
    Ok(found)
}

/// Asks one kubelet of each distribution and version.
pub(super) fn kubelets(inquiry: &Inquiry, nodes: &Seen<Vec<ClusterNode>>) -> Seen<Vec<KubeletSettings>> {
    let nodes = nodes.as_ref().map_err(Clone::clone)?;
    let linux = nodes.iter().filter(|node| node.system != "windows");
    let each: BTreeMap<_, _> = linux.map(|node| ((&node.image, &node.kubelet), node)).collect();
    let mut found = Vec::new();
    for node in each.values().take(MOST_KUBELETS) {
        let settings = inquiry.raw(&format!("/api/v1/nodes/{}/proxy/configz", node.name))?;
        found.extend(settings.map(|settings| KubeletSettings::of(&node.name, &settings)));
    }
    Ok(found)
}

/// The kinds that this cluster should serve.
pub(super) fn kinds(
    wanted: &Wanted,
    is_without_argocd: bool,
    is_without_destination: bool,
) -> BTreeSet<KindName> {
    let of_argocd = |name: &KindName| ["Application", "ApplicationSet", "AppProject"].contains(&&*name.kind);
    let is_here = |name: &KindName| {
        if of_argocd(name) && name.group() == "argoproj.io" {
            !is_without_argocd
        } else {
            !is_without_destination
        }
    };
    let is_built_in = |name: &KindName| !name.group().contains('.') || BUILT_IN.contains(&name.group());
    wanted.kinds().into_iter().filter(|name| is_here(name) && !is_built_in(name)).collect()
}

/// Returns those that are not served, with the versions of their groups that are.
pub(super) fn unserved(
    inquiry: &Inquiry,
    kinds: &BTreeSet<KindName>,
) -> Seen<BTreeMap<KindName, Vec<String>>> {
    let mut found = BTreeMap::new();
    let versions: BTreeSet<&str> = kinds.iter().map(|name| &*name.api_version).collect();
    for version in versions {
        let list = inquiry.raw(&format!("/apis/{version}"))?.unwrap_or_default();
        let served: BTreeSet<&str> = list["resources"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["kind"].as_str())
            .collect();
        let missing = |name: &&KindName| name.api_version == version && !served.contains(&*name.kind);
        let missing: Vec<&KindName> = kinds.iter().filter(missing).collect();
        let Some(first) = missing.first() else { continue };
        let group = inquiry.raw(&format!("/apis/{}", first.group()))?.unwrap_or_default();
        let others = group["versions"].as_array().into_iter().flatten();
        let others: Vec<String> =
            others.filter_map(|one| one["version"].as_str().map(str::to_owned)).collect();
        found.extend(missing.into_iter().map(|name| (name.clone(), others.clone())));
    }
    Ok(found)
}

pub(super) fn namespaces(inquiry: &Inquiry, wanted: &Wanted) -> Seen<BTreeSet<String>> {
    let names = wanted.namespaces();
    if names.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut words = vec!["namespace"];
    words.extend(&names);
    let found = inquiry.objects(&words)?;
    Ok(found.iter().filter_map(|one| one["metadata"]["name"].as_str().map(str::to_owned)).collect())
}

/// Returns the live objects with the names of those that a person applies.
pub(super) fn applied(inquiry: &Inquiry, wanted: &Wanted) -> Seen<Vec<Value>> {
    let mut places = BTreeMap::<&str, Vec<String>>::new();
    for object in &wanted.objects.applied {
        let text = |value: &'_ Value| value.as_str().unwrap_or_default().to_owned();
        let kind = text(&object["kind"]).to_lowercase();
        let group = text(&object["apiVersion"]);
        let group = group.split_once('/').map(|(group, _)| format!(".{group}")).unwrap_or_default();
        let namespace = object["metadata"]["namespace"].as_str().filter(|name| !name.is_empty());
        let namespace = namespace.unwrap_or(&wanted.setup.argocd_namespace);
        places
            .entry(namespace)
            .or_default()
            .push(format!("{kind}{group}/{}", text(&object["metadata"]["name"])));
    }
    let mut live = Vec::new();
    for (namespace, names) in places {
        let mut words = vec!["-n", namespace];
        words.extend(names.iter().map(String::as_str));
        live.extend(inquiry.objects(&words)?);
    }
    Ok(live)
}

pub(super) fn secrets(inquiry: &Inquiry, wanted: &Wanted) -> BTreeMap<(String, String), Seen<SecretState>> {
    let mut places = BTreeMap::<&str, Vec<&DeclaredSecret>>::new();
    for secret in &wanted.setup.secrets {
        for namespace in &secret.namespaces {
            places.entry(namespace).or_default().push(secret);
        }
    }
    let mut states = BTreeMap::new();
    thread::scope(|scope| {
        let asked = places.iter().map(|(namespace, secrets)| {
            let question = move || {
                let mut words = vec!["-n", namespace, "get", "secret"];
                words.extend(secrets.iter().map(|secret| &*secret.name));
                words.extend(["--ignore-not-found", "-o", KEYS]);
                inquiry.text(&words)
            };
            (namespace, secrets, scope.spawn(question))
        });
        for (namespace, secrets, answer) in asked.collect::<Vec<_>>() {
            let printed =
                answer.join().unwrap_or_else(|_| Err(Unseen::Failed("the question crashed".to_owned())));
            for secret in secrets {
                let state = printed.as_ref().map(|printed| secret.state_in(printed)).map_err(Clone::clone);
                states.insert(((*namespace).to_owned(), secret.name.clone()), state);
            }
        }
    });
    states
}

/// The newest run of each namespace with pipelines.
pub(super) fn runs(inquiry: &Inquiry, wanted: &Wanted) -> Seen<Vec<LastRun>> {
    let mut found = Vec::new();
    for namespace in wanted.pipeline_namespaces() {
        let all = inquiry.objects(&["-n", namespace, "pipelineruns.tekton.dev"])?;
        let Some(mut last) = LastRun::newest(namespace, &all) else { continue };
        if last.run.state != RunState::Succeeded {
            let label = format!("tekton.dev/pipelineRun={}", last.run.name);
            let of_run = |kind: &str| inquiry.objects(&["-n", namespace, kind, "-l", &label]);
            last.add(&of_run("taskruns.tekton.dev")?, &of_run("pods")?);
        }
        found.push(last);
    }
    Ok(found)
}

pub(super) fn tip(root: &Path, remote: &RemoteFacts, wanted: &Wanted) -> Seen<Option<String>> {
    let Some(name) = &remote.name else { return no_remote() };
    let branch = wanted.branch.as_deref().unwrap_or("main");
    probe::tip(root, name, branch).map_err(Unseen::Failed)
}

pub(super) fn push(root: &Path, remote: &RemoteFacts) -> Seen<Result<(), String>> {
    let Some(name) = &remote.name else { return no_remote() };
    Ok(probe::may_push(root, name, &remote.head))
}

pub(super) fn is_protected(root: &Path, wanted: &Wanted) -> Option<bool> {
    let url = RepoUrl::parse(wanted.repository()?).ok()?;
    if url.host() != "github.com" {
        return None;
    }
    probe::is_protected(root, &format!("{}/{}", url.owner(), url.name()), wanted.branch.as_deref()?)
}

fn no_remote<T>() -> Seen<T> {
    Err(Unseen::Failed("the repository has no remote".to_owned()))
}
