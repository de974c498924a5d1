//! What an `AppProject` does not permit of its Applications (`pkg/apis/application/v1alpha1/app_project_types.go`
//! of Argo CD).

use std::collections::BTreeMap;

use super::glob;
use crate::check::finding::Finding;
use crate::check::kustomize::{Builds, Object, RenderedValue, Root, sources};
use crate::check::manifests::Manifest;
use crate::check::registry::{TN038, TN039};
use crate::yaml::node::Node;

/// The cluster that Argo CD runs in, as an address and as a name.
const IN_CLUSTER: [&str; 2] = ["https://kubernetes.default.svc", "in-cluster"];

/// Adds what is wrong.
pub(crate) fn findings(builds: &Builds<'_>, found: &mut Vec<Finding>) {
    let projects = Projects::of(builds);
    for application in builds.manifests().of("argoproj.io", "Application") {
        let Some(project) = projects.of_application(application) else { continue };
        found
            .extend(sources(application).filter_map(|source| forbidden_source(project, application, source)));
        found.extend(forbidden_destination(project, application));
    }
    for root in &builds.roots {
        if let Some((application, project)) =
            root.application().and_then(|it| Some((it, projects.of_application(it)?)))
        {
            found.extend(forbidden_kinds(project, root));
            found.extend(forbidden_namespaces(project, application, root));
        }
    }
}

/// The projects, by name.
struct Projects<'a>(BTreeMap<&'a str, Vec<Manifest<'a>>>);

impl<'a> Projects<'a> {
    fn of(builds: &Builds<'a>) -> Self {
        let mut named = BTreeMap::<_, Vec<_>>::new();
        for project in builds.manifests().of("argoproj.io", "AppProject") {
            if let Some(name) = project.name() {
                named.entry(name).or_default().push(project);
            }
        }
        Self(named)
    }

    /// The one project here that an Application names.
    fn of_application(&self, application: Manifest<'_>) -> Option<Manifest<'a>> {
        match self.0.get(application.root().str_at(&["spec", "project"])?)?[..] {
            [project] => Some(project),
            _ => None,
        }
    }
}

fn forbidden_source(project: Manifest<'_>, application: Manifest<'_>, source: Node<'_>) -> Option<Finding> {
    let url = source.get("repoURL")?;
    let repository = normal(url.as_str()?);
    let mut is_permitted = false;
    for pattern in project.root().items_at(&["spec", "sourceRepos"]) {
        let (mark, rest) = pattern.text().strip_prefix('!').map_or(("", pattern.text()), |rest| ("!", rest));
        let fits = glob::fits(&format!("{mark}{}", normal(rest)), &repository, Some('/'));
        is_permitted |= fits;
        if !fits && !mark.is_empty() {
            is_permitted = false;
            break;
        }
    }
    if is_permitted {
        return None;
    }
    let name = project.name().unwrap_or_default();
    let message = format!("AppProject `{name}` does not permit the repository `{}`", url.text());
    let hint = format!("add it to `spec.sourceRepos` in `{}`", project.path());
    Some(application.finding(&TN038, url, message).hint(hint))
}

/// A repository without what makes no difference to Argo CD.
fn normal(url: &str) -> String {
    url.trim_end_matches('/').trim_end_matches(".git").to_lowercase()
}

fn forbidden_destination(project: Manifest<'_>, application: Manifest<'_>) -> Option<Finding> {
    let destination = application.root().dig(&["spec", "destination"])?;
    let namespace = destination.str_at(&["namespace"]).unwrap_or_default();
    if is_permitted(project, destination, namespace) {
        return None;
    }
    let name = project.name().unwrap_or_default();
    let node = destination.get("namespace").unwrap_or(destination);
    let message =
        format!("AppProject `{name}` does not permit the destination `{namespace}` on this cluster");
    let hint = format!("add namespace and server to `spec.destinations` in `{}`", project.path());
    Some(application.finding(&TN038, node, message).hint(hint))
}

/// Whether the project lets an Application write into `namespace` on the cluster of `destination`.
fn is_permitted(project: Manifest<'_>, destination: Node<'_>, namespace: &str) -> bool {
    let mut is_permitted = false;
    for item in project.root().items_at(&["spec", "destinations"]) {
        let pattern = item.str_at(&["namespace"]).unwrap_or_default();
        let (is_cluster, is_namespace) =
            (is_cluster(item, destination), glob::fits(pattern, namespace, None));
        is_permitted |= is_cluster && is_namespace;
        if is_cluster && !is_namespace && pattern.starts_with('!') {
            return false;
        }
    }
    is_permitted
}

/// Whether an item of `destinations` is for the cluster of `destination`. Which name belongs to which address is
/// only known of the cluster that Argo CD runs in; of others it may be.
fn is_cluster(item: Node<'_>, destination: Node<'_>) -> bool {
    let pattern = |key| item.str_at(&[key]).filter(|text| !text.is_empty());
    let known = |key| destination.str_at(&[key]).filter(|text| !text.is_empty());
    let (server, name) = match (known("server"), known("name")) {
        (Some(server), None) if server == IN_CLUSTER[0] => (Some(server), Some(IN_CLUSTER[1])),
        (None, Some(name)) if name == IN_CLUSTER[1] => (Some(IN_CLUSTER[0]), Some(name)),
        known => known,
    };
    let fits = |pattern: Option<&str>, text: Option<&str>| {
        pattern.is_some_and(|pattern| text.is_none_or(|text| glob::fits(pattern, text, None)))
    };
    fits(pattern("server"), server) || fits(pattern("name"), name)
}

fn forbidden_kinds<'a>(project: Manifest<'a>, root: &Root<'a>) -> Vec<Finding> {
    let is_list_fit = |key, object: &Object<'_>| {
        project.root().items_at(&["spec", key]).any(|item| {
            let fits = |key, text| glob::fits(item.str_at(&[key]).unwrap_or_default(), text, Some('/'));
            fits("group", object.group())
                && fits("kind", object.kind())
                && item
                    .str_at(&["name"])
                    .is_none_or(|name| name.is_empty() || glob::fits(name, object.name(), None))
        })
    };
    let is_forbidden = |object: &&Object<'_>| {
        let (is_listed, is_excluded) = if object.is_cluster_wide() {
            (is_list_fit("clusterResourceWhitelist", object), is_list_fit("clusterResourceBlacklist", object))
        } else {
            let is_open =
                project.root().dig(&["spec", "namespaceResourceWhitelist"]).is_none_or(Node::is_null);
            (
                is_open || is_list_fit("namespaceResourceWhitelist", object),
                is_list_fit("namespaceResourceBlacklist", object),
            )
        };
        !is_listed || is_excluded
    };
    let finding = |object: &Object<'_>| {
        let name = project.name().unwrap_or_default();
        let list = if object.is_cluster_wide() { "clusterResource" } else { "namespaceResource" };
        let message = format!(
            "AppProject `{name}` does not permit {}, which its Application renders",
            object.identity()
        );
        let hint = format!("see `spec.{list}Whitelist` and `spec.{list}Blacklist` in `{}`", project.path());
        object.name_location().finding(&TN038, message).hint(hint)
    };
    root.rendered.objects.iter().filter(is_forbidden).map(finding).collect()
}

fn forbidden_namespaces<'a>(
    project: Manifest<'a>,
    application: Manifest<'a>,
    root: &Root<'a>,
) -> Vec<Finding> {
    let Some(destination) = application.root().dig(&["spec", "destination"]) else { return Vec::new() };
    let own = destination.str_at(&["namespace"]).unwrap_or_default();
    let is_forbidden = |object: &&Object<'_>| {
        object
            .namespace()
            .is_some_and(|namespace| namespace != own && !is_permitted(project, destination, namespace))
    };
    let finding = |object: &Object<'_>| {
        let (name, namespace) = (project.name().unwrap_or_default(), object.namespace().unwrap_or_default());
        let message = format!(
            "{} goes into namespace `{namespace}`, which AppProject `{name}` does not permit",
            object.identity()
        );
        let hint = format!(
            "the Application's own namespace is `{own}`; take that one, or add the other to `spec.destinations` in `{}`",
            project.path()
        );
        let location = object
            .content()
            .dig(&["metadata", "namespace"])
            .map_or(object.name_location(), RenderedValue::location);
        location.finding(&TN039, message).hint(hint)
    };
    root.rendered.objects.iter().filter(is_forbidden).map(finding).collect()
}
