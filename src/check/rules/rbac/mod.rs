//! What service accounts may do: Roles that permit more than their name says, and identities with the whole cluster.

mod bindings;

pub(crate) use bindings::missing_account;

use std::collections::BTreeSet;

use super::hooks;
use crate::check::finding::Finding;
use crate::check::kustomize::{Object, RenderedValue};
use crate::check::model::Model;
use crate::check::model::pods::{Pod, pods};
use crate::check::registry::{TN070, TN071, TN072, TN073};

const RBAC: &str = "rbac.authorization.k8s.io";

/// Programs that need the token of the pod's service account.
const CLIENTS: [&str; 10] =
    ["kubectl", "helm", "argocd", "tkn", "kustomize", "k8s", "oc", "flux", "kubernetes", "serviceaccount"];

/// Adds what is wrong.
pub(crate) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    bindings::findings(model.builds, found);
    let runners = runners(model);
    for object in &model.objects {
        if object.group() == RBAC {
            for rule in object.content().items_at(&["rules"]) {
                found.extend(everything(rule));
                found.extend(powers(rule));
            }
            found.extend(whole_cluster(object, &runners));
        }
        for pod in pods(object) {
            found.extend(idle_token(model, pod));
        }
    }
}

/// The bindings that name the service account `name`.
fn bindings<'s, 'a>(model: &'s Model<'a>, name: &str) -> impl Iterator<Item = &'s Object<'a>> {
    model.objects.iter().filter(|object| object.group() == RBAC).filter(move |object| {
        let subjects = object.content().items_at(&["subjects"]);
        let mut accounts = subjects.iter().filter(|one| one.str_at(&["kind"]) == Some("ServiceAccount"));
        accounts.any(|one| one.str_at(&["name"]) == Some(name))
    })
}

/// Whether any Role is bound to the service account `name`.
pub(crate) fn is_bound(model: &Model<'_>, name: &str) -> bool {
    bindings(model, name).next().is_some()
}

/// The rules of all Roles that are bound to the service account `name`.
pub(crate) fn rules_of<'s, 'a>(model: &'s Model<'a>, name: &str) -> Vec<&'s RenderedValue<'a>> {
    let roles: BTreeSet<_> =
        bindings(model, name).filter_map(|binding| binding.content().str_at(&["roleRef", "name"])).collect();
    let is_role =
        |object: &&Object<'_>| object.group() == RBAC && roles.iter().any(|role| object.is_called(role));
    model.objects.iter().filter(is_role).flat_map(|role| role.content().items_at(&["rules"])).collect()
}

/// Whether a rule permits `verb` on `resource`.
pub(crate) fn permits(rule: &RenderedValue<'_>, verb: &str, resource: &str) -> bool {
    let has = |list: &str, wanted: &str| {
        rule.items_at(&[list]).iter().any(|one| one.text() == wanted || one.text() == "*")
    };
    has("verbs", verb) && has("resources", resource)
}

/// The service accounts that pipelines and hooks run as.
fn runners<'s>(model: &'s Model<'_>) -> BTreeSet<&'s str> {
    let mut names = BTreeSet::new();
    for object in &model.objects {
        let content = object.content();
        match object.kind() {
            "PipelineRun" => {
                names.extend(content.str_at(&["spec", "taskRunTemplate", "serviceAccountName"]));
                names.extend(content.str_at(&["spec", "serviceAccountName"]));
                let tasks = content.items_at(&["spec", "taskRunSpecs"]).iter();
                names.extend(tasks.filter_map(|task| task.str_at(&["serviceAccountName"])));
            }
            "TaskRun" => names.extend(content.str_at(&["spec", "serviceAccountName"])),
            "Job" if !hooks::phases(object).is_empty() => {
                names.extend(content.str_at(&["spec", "template", "spec", "serviceAccountName"]));
            }
            _ => {}
        }
    }
    names
}

/// `*` as a verb or as a resource.
fn everything(rule: &RenderedValue<'_>) -> Option<Finding> {
    // What is no API of Kubernetes, as `/metrics`, has no resources.
    let lists = ["verbs", "resources", "apiGroups"]
        .map(|list| rule.items_at(&[list]).iter().find(|one| one.text() == "*"));
    let (star, message) = match lists {
        [_, Some(resources), _] => {
            (resources, "`*` permits this on every kind of resource, Secrets and Roles included")
        }
        [Some(verbs), ..] => {
            (verbs, "`*` permits every verb, deletion included, and each that a later version adds")
        }
        [_, _, Some(groups)] => {
            (groups, "`*` permits this for resources of that name in every API group, now and later")
        }
        _ => return None,
    };
    let hint = "list what is used, as in `verbs: [create, get]` and `resources: [pipelineruns]`";
    Some(star.location().finding(&TN070, message).hint(hint))
}

/// Verbs and resources that lead to more than they seem to.
fn powers(rule: &RenderedValue<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let list = |name: &str| {
        rule.items_at(&[name]).iter().map(|one| (one.text(), one.location())).collect::<Vec<_>>()
    };
    for (verb, location) in list("verbs") {
        let effect = match verb {
            "escalate" => "whoever may `escalate` can write itself any right into a Role",
            "bind" => "whoever may `bind` can give itself any Role, up to `cluster-admin`",
            "impersonate" => "whoever may `impersonate` can act as any user that the rule does not exclude",
            _ => continue,
        };
        found.push(
            location.finding(&TN072, effect).hint("take the verb out; only controllers of access need it"),
        );
    }
    let reads = ["get", "list", "watch"].iter().any(|verb| list("verbs").iter().any(|(one, _)| one == verb));
    let creates = ["create", "get"].iter().any(|verb| list("verbs").iter().any(|(one, _)| one == verb));
    let is_narrow = !rule.items_at(&["resourceNames"]).is_empty();
    for (resource, location) in list("resources") {
        let (effect, hint) = match resource {
            "secrets" if reads && !is_narrow => (
                "whoever may read Secrets reads every password and token in reach, that of other service accounts included",
                "name the Secrets that are needed in `resourceNames`, with the verb `get` only; or mount them instead",
            ),
            "pods/exec" | "pods/attach" if creates => (
                "whoever may run commands in pods has whatever these pods have: their Secrets, tokens and network",
                "take it out; a pipeline changes Git, and Argo CD changes the cluster",
            ),
            "serviceaccounts/token" if creates && !is_narrow => (
                "whoever may create tokens can act as any service account in reach",
                "name the service accounts in `resourceNames`, or take it out",
            ),
            _ => continue,
        };
        found.push(location.finding(&TN072, effect).hint(hint));
    }
    found
}

/// Bindings that reach beyond a namespace.
fn whole_cluster(binding: &Object<'_>, runners: &BTreeSet<&str>) -> Option<Finding> {
    let content = binding.content();
    let role = content.dig(&["roleRef", "name"])?;
    let subjects = content.items_at(&["subjects"]);
    let accounts = subjects.iter().filter(|one| one.str_at(&["kind"]) == Some("ServiceAccount"));
    let names: Vec<_> = accounts.filter_map(|one| one.str_at(&["name"])).collect();
    let account = names.first()?;
    if role.text() == "cluster-admin" {
        let reach = if binding.kind() == "RoleBinding" {
            "everything in this namespace"
        } else {
            "the whole cluster"
        };
        let message = format!(
            "`cluster-admin` gives the service account `{account}` {reach}, Secrets and Roles included"
        );
        let hint = "write a Role with the verbs and resources that are used, and bind that";
        return Some(role.location().finding(&TN071, message).hint(hint));
    }
    let runner = names.iter().find(|name| runners.contains(*name))?;
    (binding.kind() == "ClusterRoleBinding").then(|| {
        let message = format!(
            "pipelines or hooks run as `{runner}`, and this gives it `{}` in every namespace of the cluster",
            role.text()
        );
        let hint = "use a RoleBinding in the one namespace that it works in; it may name a ClusterRole too";
        role.location().finding(&TN071, message).hint(hint)
    })
}

/// A token in a pod that has no use for it.
fn idle_token(model: &Model<'_>, pod: Pod<'_, '_>) -> Option<Finding> {
    let mounts =
        |tree: &RenderedValue<'_>| tree.get("automountServiceAccountToken").and_then(RenderedValue::as_bool);
    if pod.is_task || mounts(pod.spec).is_some() {
        return None;
    }
    let name = pod.spec.str_at(&["serviceAccountName"]).unwrap_or("default");
    let account =
        model.objects.iter().find(|object| object.is("", "ServiceAccount") && object.is_called(name));
    // Of an account that is written elsewhere nothing is known.
    if name != "default" && account.is_none_or(|account| mounts(account.content()) == Some(false)) {
        return None;
    }
    let is_client =
        pod.spec.scalars().iter().any(|one| CLIENTS.iter().any(|client| one.text().contains(client)));
    if is_client || is_bound(model, name) {
        return None;
    }
    let message = format!(
        "this pod gets a token for the cluster's API as `{name}`, and nothing here gives that any use: whoever breaks into \
         the pod has it"
    );
    let location = pod.spec.entry("serviceAccountName").or(pod.spec.entry("containers"))?.location;
    Some(
        location
            .finding(&TN073, message)
            .hint("write `automountServiceAccountToken: false` beside `containers`"),
    )
}
