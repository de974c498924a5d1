//! Projects of Argo CD, which bound what an Application may do.

mod glob;
mod permitted;

use crate::check::finding::Finding;
use crate::check::kustomize::RenderedValue;
use crate::check::model::Model;
use crate::check::registry::{TN065, TN066};

/// Adds what is wrong.
pub(crate) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    permitted::findings(model.builds, found);
    for application in &model.applications {
        found.extend(default_project(&application.spec));
    }
    for project in model.objects.iter().filter(|object| object.is("argoproj.io", "AppProject")) {
        found.extend(project.content().get("spec").into_iter().flat_map(permits_all));
    }
}

fn default_project(spec: &RenderedValue<'_>) -> Option<Finding> {
    let project = spec.get("project").filter(|project| matches!(project.text(), "default" | ""))?;
    let message = "the project `default` permits every repository, cluster, namespace and kind: whoever can push to this \
                   repository can change anything that Argo CD can";
    let hint =
        "write an AppProject with the repository, namespaces and kinds that are needed, and name it here";
    Some(project.location().finding(&TN066, message).hint(hint))
}

fn permits_all(spec: &RenderedValue<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut report = |tree: &RenderedValue<'_>, message: &str, hint: &str| {
        found.push(tree.location().finding(&TN065, message).hint(hint));
    };
    for repository in spec.items_at(&["sourceRepos"]).iter().filter(|one| one.text() == "*") {
        let message = "`*` lets Applications of this project deploy from any repository in the world";
        report(
            repository,
            message,
            "list the repositories, such as `https://github.com/acme/shop-gitops.git`",
        );
    }
    for destination in spec.items_at(&["destinations"]) {
        let namespace = destination.get("namespace").filter(|one| one.text() == "*");
        if let Some(namespace) = namespace {
            let message =
                "`*` lets this project write into every namespace, those of Argo CD and Kubernetes included";
            report(
                namespace,
                message,
                "list the namespaces, one destination each; a pattern such as `shop-*` works too",
            );
        }
    }
    for allowed in spec.items_at(&["clusterResourceWhitelist"]) {
        let kind = allowed.get("kind").filter(|one| one.text() == "*");
        if let Some(kind) = kind {
            let message = "`*` lets this project create whatever is in no namespace: ClusterRoles, webhooks, custom resources";
            let hint = "list the kinds, mostly `Namespace` alone, best with its `name`; without the field there are none";
            report(kind, message, hint);
        }
    }
    found
}
