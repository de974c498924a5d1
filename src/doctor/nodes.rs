//! The nodes, and the volumes of runs.

use std::collections::BTreeSet;

use serde_json::Value;

use super::facts::Facts;
use super::verdict::{Verdict, listed};
use crate::excerpt::counted;

/// Provisions nothing: somebody makes every volume by hand.
const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

const NO_VOLUME: &str = "a claim stays Pending, and so does the run that waits for it";

/// The `StorageClasses` that volumes name; `None` for the default one.
fn claimed(facts: &Facts) -> BTreeSet<Option<String>> {
    let mut claims: Vec<&Value> = Vec::new();
    for object in facts.wanted.all().chain(&facts.wanted.objects.run_templates) {
        let spec = &object["spec"];
        match object["kind"].as_str() {
            Some("PersistentVolumeClaim") => claims.push(spec),
            Some("StatefulSet") => {
                let templates = spec["volumeClaimTemplates"].as_array().into_iter().flatten();
                claims.extend(templates.map(|template| &template["spec"]));
            }
            Some("PipelineRun") => {
                let workspaces = spec["workspaces"].as_array().into_iter().flatten();
                claims.extend(
                    workspaces.filter_map(|one| one.get("volumeClaimTemplate")).map(|one| &one["spec"]),
                );
            }
            _ => {}
        }
    }
    claims.into_iter().map(|spec| spec["storageClassName"].as_str().map(str::to_owned)).collect()
}

pub(super) fn storage_class(facts: &Facts) -> Verdict {
    let claimed = claimed(facts);
    if claimed.is_empty() {
        return Verdict::not_needed("nothing claims a volume");
    }
    if let Some(unseen) = facts.without_destination() {
        return (&unseen).into();
    }
    let classes = match &facts.storage_classes {
        Ok(classes) => classes,
        Err(unseen) => return unseen.into(),
    };
    let chosen = claimed.iter().flatten().filter(|name| !name.is_empty());
    let missing: Vec<&str> =
        chosen.map(String::as_str).filter(|name| !classes.iter().any(|class| class.name == **name)).collect();
    if !missing.is_empty() {
        let known = listed(classes.iter().map(|class| &*class.name));
        let known = if classes.is_empty() { "none".to_owned() } else { known };
        return Verdict::error(
            format!("the cluster has no StorageClass {}; it has {known}", listed(missing)),
            NO_VOLUME,
        )
        .advice("create it, or name another one")
        .commands(facts.change_answer("storage-class"));
    }
    let defaults: Vec<&str> =
        classes.iter().filter(|class| class.is_default).map(|class| &*class.name).collect();
    if claimed.contains(&None) && defaults.is_empty() {
        let verdict = Verdict::error("the cluster has no default StorageClass", NO_VOLUME);
        let Some(first) = classes.first() else {
            return verdict.advice("install something that provides volumes, with a StorageClass");
        };
        let patch = r#"{"metadata":{"annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}"#
            .to_owned();
        return verdict
            .advice(format!(
                "make one the default, of {}, or have the claim name one",
                listed(classes.iter().map(|class| &*class.name))
            ))
            .command(facts.kubectl(&["patch", "storageclass", &first.name, "-p", &patch]))
            .commands(facts.change_answer("storage-class"));
    }
    if claimed.contains(&None) && defaults.len() > 1 {
        return Verdict::warning(
            format!("the cluster has several default StorageClasses: {}", listed(defaults)),
            "the newest of them counts, which may not be the one that you mean",
        )
        .advice("leave the annotation `storageclass.kubernetes.io/is-default-class` on one of them");
    }
    let is_used = |name: &str| {
        let is_default = claimed.contains(&None) && defaults.contains(&name);
        is_default || claimed.iter().flatten().any(|claimed| claimed == name)
    };
    let used: Vec<_> = classes.iter().filter(|class| is_used(&class.name)).collect();
    if let Some(class) = used.iter().find(|class| class.provisioner == NO_PROVISIONER) {
        return Verdict::warning(
            format!("the StorageClass `{}` provides no volumes", class.name),
            "each run needs a volume of its own, which somebody would have to make by hand",
        )
        .advice("use a StorageClass with a provisioner");
    }
    let names = used.iter().map(|class| format!("{} by {}", class.name, class.provisioner));
    Verdict::fine(names.collect::<Vec<_>>().join(", "))
}

pub(super) fn architecture(facts: &Facts) -> Verdict {
    if let Some(unseen) = facts.without_destination() {
        return (&unseen).into();
    }
    let nodes = match &facts.nodes {
        Ok(nodes) => nodes,
        Err(unseen) => return unseen.into(),
    };
    let linux = nodes.iter().filter(|node| node.system != "windows");
    let found: BTreeSet<&str> = linux.map(|node| &*node.architecture).collect();
    let windows = nodes.iter().filter(|node| node.system == "windows").count();
    if found.len() > 1 {
        let count = |name: &&str| nodes.iter().filter(|node| node.architecture == **name).count();
        let details = found.iter().map(|name| format!("{}: {}", name, counted(count(name), "node")));
        let details: Vec<String> = details.collect();
        return Verdict::warning(
            format!("the nodes have several architectures: {}", listed(found.iter().copied())),
            "an image has that of the node that built it, and its Pods fail on the others with `exec format error`",
        )
        .details(details)
        .advice(
            "choose one for the builds and the Pods: `nodeSelector: {kubernetes.io/arch: NAME}` in the Pod template of the \
             PipelineRun and in those of the workloads",
        );
    }
    if windows > 0 {
        return Verdict::warning(
            format!("{} of the cluster run Windows", counted(windows, "node")),
            "a Pod without a node selector may be placed there, and never starts",
        )
        .advice("taint these nodes, or add `nodeSelector: {kubernetes.io/os: linux}` to the Pods");
    }
    let name = found.first().copied().unwrap_or("no node");
    Verdict::fine(format!(
        "{} of {name}; whether every image is made for that is not known",
        counted(nodes.len(), "node")
    ))
}

/// The names of the Tasks with a step that maps users, which needs a user namespace, and whether it has a seccomp profile.
fn builders(facts: &Facts) -> Vec<(String, bool)> {
    let applications = facts.wanted.objects.applications.iter();
    let tasks = applications.flat_map(|app| &app.objects).filter(|object| object["kind"] == "Task");
    let mut found = Vec::new();
    for task in tasks {
        for step in task["spec"]["steps"].as_array().into_iter().flatten() {
            let context = &step["securityContext"];
            let added = context["capabilities"]["add"].as_array().into_iter().flatten();
            let is_privileged = context["privileged"] == true;
            if added.into_iter().any(|name| name == "SETUID") && !is_privileged {
                let name = task["metadata"]["name"].as_str().unwrap_or_default().to_owned();
                let profile = context.get("seccompProfile");
                found.push((name, profile.is_some_and(|profile| profile["type"] != "RuntimeDefault")));
            }
        }
    }
    found
}

const NO_BUILD: &str = "no step of a Task needs user namespaces";

pub(super) fn user_namespaces(facts: &Facts) -> Verdict {
    let builders = builders(facts);
    if builders.is_empty() {
        return Verdict::not_needed(NO_BUILD);
    }
    if let Some(unseen) = facts.without_destination() {
        return (&unseen).into();
    }
    let nodes = match &facts.nodes {
        Ok(nodes) => nodes,
        Err(unseen) => return unseen.into(),
    };
    let limited: Vec<_> =
        nodes.iter().filter_map(|node| Some((node, node.limits_user_namespaces()?))).collect();
    let Some((first, (why, fix))) = limited.first() else {
        return Verdict::fine(
            "no distribution of the nodes is known to forbid them; whether a node does, only a build shows",
        );
    };
    Verdict::warning(
        format!("{} of {} run {}: {why}", limited.len(), counted(nodes.len(), "node"), first.image),
        format!(
            "the Task {} may fail there with `this node allows no user namespaces in this Pod`",
            listed(builders.iter().map(|(name, _)| &**name))
        ),
    )
    .advice(*fix)
    .details(limited.iter().map(|(node, _)| format!("{}: {}", node.name, node.image)))
}

pub(super) fn seccomp(facts: &Facts) -> Verdict {
    let builders = builders(facts);
    if builders.is_empty() {
        return Verdict::not_needed(NO_BUILD);
    }
    if builders.iter().all(|(_, has_profile)| *has_profile) {
        return Verdict::not_needed("the image build has a seccomp profile of its own");
    }
    if let Some(unseen) = facts.without_destination() {
        return (&unseen).into();
    }
    let kubelets = match &facts.kubelets {
        Ok(kubelets) => kubelets,
        Err(unseen) => return unseen.into(),
    };
    let strict: Vec<&str> =
        kubelets.iter().filter(|one| one.has_seccomp_default).map(|one| &*one.node).collect();
    if strict.is_empty() {
        let nodes = facts.nodes.as_ref().map_or(kubelets.len(), Vec::len);
        return Verdict::fine(format!(
            "{} of {} looked at: none sets it",
            kubelets.len(),
            counted(nodes, "kubelet")
        ));
    }
    let task = listed(builders.iter().map(|(name, _)| &**name));
    Verdict::error(
        format!("the kubelets of {} set `seccompDefault`", listed(strict)),
        format!("the Task {task} cannot make user namespaces there, and no image is built"),
    )
    .advice(
        "give the step a profile that permits them, in its `securityContext`: `seccompProfile: {type: Localhost, \
         localhostProfile: FILE}`, and put FILE on the nodes",
    )
}
