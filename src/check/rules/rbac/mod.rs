//! Service accounts and Roles: missing ones, Roles that permit more than their name says, and identities that reach
//! the whole cluster.

use std::collections::BTreeSet;

use super::hooks;
use crate::check::finding::{Finding, Severity};
use crate::check::model::lookup::{SERVICE_ACCOUNT, is_placeholder};
use crate::check::model::pods::Pod;
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN028, TN070, TN071, TN072, TN073};
use crate::suggest;

const RBAC: &str = "rbac.authorization.k8s.io";

/// Programs that need the token of the pod's service account.
const CLIENTS: [&str; 10] =
    ["kubectl", "helm", "argocd", "tkn", "kustomize", "k8s", "oc", "flux", "kubernetes", "serviceaccount"];

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let runners = runners(model);
    for &resource in &model.resources {
        if model.is_whole_around(resource) {
            if resource.is(RBAC, "RoleBinding") {
                found.extend(missing_role(model, resource));
                found.extend(subjects(resource).filter_map(|name| missing_account(model, resource, name)));
            }
            let account = resource.pod_template().and_then(|pod| pod.spec.get("serviceAccountName"));
            found.extend(account.and_then(|account| missing_account(model, resource, account)));
        }
        if resource.group() == RBAC {
            for rule in resource.content().items_at(&["rules"]) {
                found.extend(everything(rule));
                found.extend(powers(rule));
            }
            found.extend(whole_cluster(resource, &runners));
        }
        found.extend(resource.pods().filter_map(|pod| idle_token(model, pod)));
    }
}

fn missing_role(model: &Model<'_>, binding: BuiltObject<'_>) -> Option<Finding> {
    let role = binding.content().get("roleRef").filter(|role| role.str_at(&["kind"]) == Some("Role"))?;
    let name = role.get("name").filter(|name| !is_placeholder(name.text()))?;
    if !model.meant_by(binding, (RBAC, "Role"), name.text()).is_empty() {
        return None;
    }
    let message = format!("Role `{}` does not exist in this namespace", name.text());
    let hint = format!("the binding permits nothing{}", binding.suggestion((RBAC, "Role"), name.text()));
    Some(name.location().finding(&TN028, message).severity(Severity::Warning).hint(hint))
}

/// Returns the names of a binding's service accounts in its own namespace: others belong to other teams.
fn subjects(binding: BuiltObject<'_>) -> impl Iterator<Item = &RenderedValue<'_>> {
    let is_ours = move |subject: &&RenderedValue<'_>| {
        let namespace = subject.str_at(&["namespace"]);
        subject.str_at(&["kind"]) == Some("ServiceAccount")
            && namespace.is_none_or(|namespace| Some(namespace) == binding.namespace())
    };
    binding.content().items_at(&["subjects"]).iter().filter(is_ours).filter_map(|subject| subject.get("name"))
}

/// Reports the ServiceAccount `name` if no build creates it in the namespace of `from`.
pub(super) fn missing_account(
    model: &Model<'_>,
    from: BuiltObject<'_>,
    name: &RenderedValue<'_>,
) -> Option<Finding> {
    let text = name.text();
    // OpenShift Pipelines creates the account `pipeline` in every namespace.
    let exists = ["default", "pipeline"].contains(&text);
    let is_fine = is_placeholder(text) || exists || !model.builds.is_whole();
    if is_fine || !model.meant_by(from, SERVICE_ACCOUNT, text).is_empty() {
        return None;
    }
    let known: Vec<_> =
        model.of_kind("", "ServiceAccount").map(|account| account.object.written_name()).collect();
    let message = format!("ServiceAccount `{text}` does not exist in this namespace");
    let hint = format!(
        "Pods that use it are rejected until someone creates it by hand{}",
        suggest::hint(text, known)
    );
    Some(name.location().finding(&TN028, message).severity(Severity::Warning).hint(hint))
}

fn bindings<'m, 'a>(
    model: &'m Model<'a>,
    name: &'m str,
) -> impl Iterator<Item = BuiltObject<'a>> + use<'m, 'a> {
    model.resources.iter().copied().filter(move |resource| {
        let is_it = |subject: &RenderedValue<'_>| {
            subject.str_at(&["kind"]) == Some("ServiceAccount") && subject.str_at(&["name"]) == Some(name)
        };
        resource.group() == RBAC && resource.content().items_at(&["subjects"]).iter().any(is_it)
    })
}

pub(super) fn is_bound(model: &Model<'_>, name: &str) -> bool {
    bindings(model, name).next().is_some()
}

/// Whether a Role bound to the service account `account` permits `verb` on any of `resources`.
pub(super) fn permits(model: &Model<'_>, account: &str, verb: &str, resources: &[&str]) -> bool {
    let has = |rule: &RenderedValue<'_>, list: &str, wanted: &[&str]| {
        rule.items_at(&[list]).iter().any(|one| one.text() == "*" || wanted.contains(&one.text()))
    };
    bindings(model, account).any(|binding| {
        let role = |key| binding.content().str_at(&["roleRef", key]).unwrap_or_default();
        let roles = model.meant_by(binding, (RBAC, role("kind")), role("name"));
        let permits = |role: &BuiltObject<'_>| {
            let granted = role.content().items_at(&["rules"]);
            granted.iter().any(|rule| has(rule, "verbs", &[verb]) && has(rule, "resources", resources))
        };
        !roles.is_empty() && roles.iter().all(permits)
    })
}

fn runners<'a>(model: &Model<'a>) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for &resource in &model.resources {
        let content = resource.content();
        match resource.kind() {
            "PipelineRun" => {
                names.extend(content.str_at(&["spec", "taskRunTemplate", "serviceAccountName"]));
                names.extend(content.str_at(&["spec", "serviceAccountName"]));
                let tasks = content.items_at(&["spec", "taskRunSpecs"]).iter();
                names.extend(tasks.filter_map(|task| task.str_at(&["serviceAccountName"])));
            }
            "TaskRun" => names.extend(content.str_at(&["spec", "serviceAccountName"])),
            "Job" if !hooks::phases(resource).is_empty() => {
                names.extend(content.str_at(&["spec", "template", "spec", "serviceAccountName"]));
            }
            _ => {}
        }
    }
    names
}

/// Reports `*` as a verb, resource or API group.
fn everything(rule: &RenderedValue<'_>) -> Option<Finding> {
    // A rule for a URL such as `/metrics` has no resources.
    let lists = ["verbs", "resources", "apiGroups"]
        .map(|list| rule.items_at(&[list]).iter().find(|one| one.text() == "*"));
    let (star, message) = match lists {
        [_, Some(resources), _] => {
            (resources, "`*` permits this on every kind of resource, including Secrets and Roles")
        }
        [Some(verbs), ..] => {
            (verbs, "`*` permits every verb, including deletion and any verb that a later version adds")
        }
        [_, _, Some(groups)] => {
            (groups, "`*` permits this for resources of that name in every API group, now and later")
        }
        _ => return None,
    };
    let hint = "list what is used, as in `verbs: [create, get]` and `resources: [pipelineruns]`";
    Some(star.location().finding(&TN070, message).hint(hint))
}

/// Reports verbs and resources that permit more than they seem to.
fn powers(rule: &RenderedValue<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let list = |name: &str| {
        rule.items_at(&[name]).iter().map(|one| (one.text(), one.location())).collect::<Vec<_>>()
    };
    for (verb, location) in list("verbs") {
        let effect = match verb {
            "escalate" => "anyone who may `escalate` can add any permission to a Role",
            "bind" => "anyone who may `bind` can take any Role, up to `cluster-admin`",
            "impersonate" => {
                "anyone who may `impersonate` can act as any user that the rule does not exclude"
            }
            _ => continue,
        };
        found.push(location.finding(&TN072, effect).hint(
            "remove the verb; only controllers that manage access need \
                                                   it",
        ));
    }
    let reads = ["get", "list", "watch"].iter().any(|verb| list("verbs").iter().any(|(one, _)| one == verb));
    let creates = ["create", "get"].iter().any(|verb| list("verbs").iter().any(|(one, _)| one == verb));
    let is_narrow = !rule.items_at(&["resourceNames"]).is_empty();
    for (resource, location) in list("resources") {
        let (effect, hint) = match resource {
            "secrets" if reads && !is_narrow => (
                "anyone who may read Secrets has every password and token within reach, including those of \
                 other ServiceAccounts",
                "list the needed Secrets in `resourceNames`, with only the verb `get`; or mount them instead",
            ),
            "pods/exec" | "pods/attach" if creates => (
                "anyone who may run commands in Pods can use their Secrets, tokens and network",
                "remove it; a pipeline changes Git, and Argo CD changes the cluster",
            ),
            "serviceaccounts/token" if creates && !is_narrow => (
                "anyone who may create tokens can act as any ServiceAccount within reach",
                "list the ServiceAccounts in `resourceNames`, or remove it",
            ),
            _ => continue,
        };
        found.push(location.finding(&TN072, effect).hint(hint));
    }
    found
}

fn whole_cluster(binding: BuiltObject<'_>, runners: &BTreeSet<&str>) -> Option<Finding> {
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
            "`cluster-admin` gives the ServiceAccount `{account}` {reach}, including Secrets and Roles"
        );
        let hint = "create a Role with the verbs and resources that it uses, and bind that instead";
        return Some(role.location().finding(&TN071, message).hint(hint));
    }
    let runner = names.iter().find(|name| runners.contains(*name))?;
    (binding.kind() == "ClusterRoleBinding").then(|| {
        let message = format!(
            "pipelines or hooks run as `{runner}`, and this gives it `{}` in every namespace of the cluster",
            role.text()
        );
        let hint = "use a RoleBinding in the namespace where it works; a RoleBinding may refer to a \
                    ClusterRole";
        role.location().finding(&TN071, message).hint(hint)
    })
}

fn idle_token(model: &Model<'_>, pod: Pod<'_>) -> Option<Finding> {
    let mounts = |value: &RenderedValue<'_>| {
        value.get("automountServiceAccountToken").and_then(RenderedValue::as_bool)
    };
    if pod.is_task || mounts(pod.spec).is_some() {
        return None;
    }
    let name = pod.spec.str_at(&["serviceAccountName"]).unwrap_or("default");
    let accounts = model.meant_by(pod.resource, SERVICE_ACCOUNT, name);
    let refuses = accounts.iter().any(|account| mounts(account.content()) == Some(false));
    // Nothing is known of an account that is declared elsewhere.
    if name != "default" && (accounts.is_empty() || refuses) {
        return None;
    }
    let is_client =
        pod.spec.scalars().iter().any(|one| CLIENTS.iter().any(|client| one.text().contains(client)));
    if is_client || is_bound(model, name) {
        return None;
    }
    let message = format!(
        "this Pod gets an API token of `{name}` that it does not use: anyone who breaks into the Pod can use \
         it"
    );
    let location = pod.spec.entry("serviceAccountName").or(pod.spec.entry("containers"))?.location;
    Some(
        location
            .finding(&TN073, message)
            .hint("set `automountServiceAccountToken: false` next to `containers`"),
    )
}
