//! Projects of Argo CD: what they do not permit of their Applications, and projects that permit everything
//! (`pkg/apis/application/v1alpha1/app_project_types.go` of Argo CD).

pub(crate) mod glob;

use crate::check::finding::Finding;
use crate::check::model::lookup::{GroupKind, agreed};
use crate::check::model::{Application, BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN037, TN038, TN039, TN065, TN066};
use crate::check::schema::formats;
use crate::check::source::Source;
use crate::suggest;

const PROJECT: GroupKind<'_> = ("argoproj.io", "AppProject");

/// The key of `argocd-cm` that says which projects add to which others.
const GLOBAL_PROJECTS: &str = "globalProjects";

/// The cluster that Argo CD runs in, as an address and as a name.
pub(crate) const IN_CLUSTER: [&str; 2] = ["https://kubernetes.default.svc", "in-cluster"];

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let (group, kind) = PROJECT;
    let declared: Vec<_> = model.of_kind(group, kind).collect();
    let has_global_projects = !declared.is_empty() && has_global_projects(model);
    for application in &model.applications {
        found.extend(default_project(application.spec));
        let name = application.spec.get("project").filter(|name| name.as_str().is_some());
        let Some(name) = name.filter(|_| application.resource.kind() == "Application") else { continue };
        let projects = model.meant_by(application.resource, PROJECT, name.text());
        if projects.is_empty() && !declared.is_empty() && model.builds.is_whole() {
            found.extend(missing_project(name, &declared));
        }
        found.extend(refusals(model, application, has_global_projects));
    }
    found.extend(declared.iter().filter_map(|project| project.content().get("spec")).flat_map(permits_all));
}

/// Returns what the project of the Application does not permit of it and of what it renders; each fails the sync.
/// `has_global_projects` is that of the model.
pub(crate) fn refusals(
    model: &Model<'_>,
    application: &Application<'_>,
    has_global_projects: bool,
) -> Vec<Finding> {
    let name = application.spec.get("project").filter(|name| name.as_str().is_some());
    let Some(name) = name.filter(|_| application.resource.kind() == "Application") else { return Vec::new() };
    let projects = model.meant_by(application.resource, PROJECT, name.text());
    agreed(projects, name.location(), |project| forbidden(project, application, has_global_projects))
}

fn missing_project(name: &RenderedValue<'_>, declared: &[BuiltObject<'_>]) -> Option<Finding> {
    if matches!(name.text(), "default" | "") {
        return None;
    }
    let message = format!("AppProject `{}` does not exist in this repository; others do", name.text());
    let hint = format!(
        "Argo CD rejects an Application whose project does not exist{}",
        suggest::hint(name.text(), declared.iter().map(|project| project.written_name()))
    );
    Some(name.location().finding(&TN037, message).hint(hint))
}

fn forbidden(
    project: BuiltObject<'_>,
    application: &Application<'_>,
    has_global_projects: bool,
) -> Vec<Finding> {
    // Which project adds what depends on labels and lists that may be elsewhere, and a replacement may set what it permits.
    let rendered = &project.build.rendered;
    if has_global_projects || rendered.has_unseen_changes || rendered.lacks_patch {
        return Vec::new();
    }
    let mut found: Vec<_> =
        application.sources().filter_map(|source| forbidden_source(project, source)).collect();
    if let Some(destination) = application.spec.get("destination") {
        found.extend(forbidden_destination(project, destination));
        let namespaces = |resource: &BuiltObject<'_>| forbidden_namespace(project, destination, *resource);
        found.extend(application.rendered.iter().filter_map(namespaces));
    }
    found.extend(application.rendered.iter().filter_map(|resource| forbidden_kind(project, *resource)));
    found
}

fn forbidden_source(project: BuiltObject<'_>, source: &RenderedValue<'_>) -> Option<Finding> {
    let url = source.get("repoURL")?;
    let repository = normal(url.as_str()?);
    let mut is_permitted = false;
    for pattern in project.content().items_at(&["spec", "sourceRepos"]) {
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
    let message = format!("AppProject `{}` does not permit the repository `{}`", project.name(), url.text());
    let without_slash = url.text().trim_end_matches('/');
    let mut others = project.content().items_at(&["spec", "sourceRepos"]).iter();
    let is_same =
        |other: &RenderedValue<'_>| normal(other.text().trim_end_matches('/')) == normal(without_slash);
    let hint = match others.find(|other| is_same(other)) {
        Some(other) => {
            format!("the project permits `{}`: to Argo CD, a `/` at the end is a difference", other.text())
        }
        None => format!("add it to `spec.sourceRepos` in `{}`", project.location().path()),
    };
    Some(url.location().finding(&TN038, message).hint(hint))
}

/// Returns `url` without differences that Argo CD ignores: `.git` at the end, case, and spaces around it. A `/` at the end
/// is a difference (`util/git/git.go`, `NormalizeGitURL`). It escapes braces, so that they are no pattern.
fn normal(url: &str) -> String {
    let lower = url.trim().to_lowercase();
    lower.strip_suffix(".git").unwrap_or(&lower).replace('{', "%7b").replace('}', "%7d")
}

fn forbidden_destination(project: BuiltObject<'_>, destination: &RenderedValue<'_>) -> Option<Finding> {
    let namespace = destination.str_at(&["namespace"]).unwrap_or_default();
    if formats::is_placeholder(namespace) || is_permitted(project, destination, namespace) {
        return None;
    }
    let value = destination.get("namespace").unwrap_or(destination);
    let message = format!(
        "AppProject `{}` does not permit the destination `{namespace}` on this cluster",
        project.name()
    );
    let hint = format!("add namespace and server to `spec.destinations` in `{}`", project.location().path());
    Some(value.location().finding(&TN038, message).hint(hint))
}

/// As `isDestinationMatched` of Argo CD.
fn is_permitted(project: BuiltObject<'_>, destination: &RenderedValue<'_>, namespace: &str) -> bool {
    let (server, name) = cluster(destination);
    let mut is_permitted = false;
    for item in project.content().items_at(&["spec", "destinations"]) {
        let pattern = |key| item.str_at(&[key]).unwrap_or_default();
        let is_denied = |key| pattern(key).starts_with('!');
        let is_server = fits(pattern("server"), server);
        let is_name = fits(pattern("name"), name);
        let is_namespace = glob::fits(pattern("namespace"), namespace, None);
        if is_namespace && (is_server != Some(false) || is_name != Some(false)) {
            is_permitted = true;
        } else if is_denied("name") && is_name == Some(false)
            || is_denied("server") && is_server == Some(false) && is_namespace
            || is_denied("namespace") && is_server == Some(true) && !is_namespace
        {
            return false;
        }
    }
    is_permitted
}

/// Whether a pattern fits the address or the name of a cluster; `None` if that is not known here.
fn fits(pattern: &str, text: Option<&str>) -> Option<bool> {
    match text {
        Some(text) => Some(glob::fits(pattern, text, None)),
        None if pattern.is_empty() => Some(false),
        None => (pattern == "*").then_some(true),
    }
}

/// Returns address and name of the cluster of a destination. Only for the cluster that Argo CD runs in are both known.
fn cluster<'v>(destination: &'v RenderedValue<'_>) -> (Option<&'v str>, Option<&'v str>) {
    let known = |key| destination.str_at(&[key]).filter(|text| !text.is_empty());
    match (known("server"), known("name")) {
        (Some(server), None) if server == IN_CLUSTER[0] => (Some(server), Some(IN_CLUSTER[1])),
        (None, Some(name)) if name == IN_CLUSTER[1] => (Some(IN_CLUSTER[0]), Some(name)),
        known => known,
    }
}

/// Whether Argo CD adds the lists of other projects to this one: `globalProjects` in `argocd-cm`, which a ConfigMap, a
/// generator, the operator or the values of the chart may set.
pub(crate) fn has_global_projects(model: &Model<'_>) -> bool {
    let names = |source: &Source<'_>| {
        source.text.contains(GLOBAL_PROJECTS)
            && source.texts().any(|(_, text)| text.contains(GLOBAL_PROJECTS))
            && !source.manifests().any(|manifest| manifest.kind() == "CustomResourceDefinition")
    };
    model.builds.manifests().sources().iter().any(names)
}

fn forbidden_kind(project: BuiltObject<'_>, resource: BuiltObject<'_>) -> Option<Finding> {
    let is_in = |list: &str| {
        project.content().items_at(&["spec", list]).iter().any(|item| {
            let fits = |key, text| glob::fits_kind(item.str_at(&[key]).unwrap_or_default(), text);
            let name = item.str_at(&["name"]).filter(|name| !name.is_empty());
            fits("group", resource.group())
                && fits("kind", resource.kind())
                && name.is_none_or(|name| glob::fits_kind(name, resource.name()))
        })
    };
    let (list, permits_all) = if resource.is_cluster_wide() {
        ("clusterResource", false)
    } else {
        let whitelist = project.content().dig(&["spec", "namespaceResourceWhitelist"]);
        ("namespaceResource", whitelist.is_none_or(RenderedValue::is_null))
    };
    let [whitelist, blacklist] = ["Whitelist", "Blacklist"].map(|end| format!("{list}{end}"));
    if (permits_all || is_in(&whitelist)) && !is_in(&blacklist) {
        return None;
    }
    let message = format!(
        "AppProject `{}` does not permit {}, which its Application renders",
        project.name(),
        resource.identity()
    );
    let hint = format!("see `spec.{whitelist}` and `spec.{blacklist}` in `{}`", project.location().path());
    Some(resource.name_location().finding(&TN038, message).hint(hint))
}

fn forbidden_namespace(
    project: BuiltObject<'_>,
    destination: &RenderedValue<'_>,
    resource: BuiltObject<'_>,
) -> Option<Finding> {
    let own = destination.str_at(&["namespace"]).unwrap_or_default();
    let namespace = resource.namespace().filter(|namespace| *namespace != own)?;
    if is_permitted(project, destination, namespace) {
        return None;
    }
    let message = format!(
        "{} is in the namespace `{namespace}`, which AppProject `{}` does not permit",
        resource.identity(),
        project.name()
    );
    let hint = format!(
        "use the Application's namespace `{own}`, or add the other to `spec.destinations` in `{}`",
        project.location().path()
    );
    let location = resource.content().dig(&["metadata", "namespace"]);
    let location = location.map_or(resource.name_location(), RenderedValue::location);
    Some(location.finding(&TN039, message).hint(hint))
}

fn default_project(spec: &RenderedValue<'_>) -> Option<Finding> {
    let project = spec.get("project").filter(|project| matches!(project.text(), "default" | ""))?;
    let message = "the project `default` permits every repository, cluster, namespace and kind: anyone who \
                   can push to this repository can change anything that Argo CD can";
    let hint =
        "create an AppProject with the repository, namespaces and kinds that are needed, and name it here";
    Some(project.location().finding(&TN066, message).hint(hint))
}

fn permits_all(spec: &RenderedValue<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut report = |value: &RenderedValue<'_>, message: &str, hint: &str| {
        found.push(value.location().finding(&TN065, message).hint(hint));
    };
    for repository in spec.items_at(&["sourceRepos"]).iter().filter(|one| one.text() == "*") {
        let message = "`*` lets Applications of this project deploy from any repository";
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
                "`*` lets this project write to every namespace, including those of Argo CD and Kubernetes";
            report(
                namespace,
                message,
                "list the namespaces, one per destination; a pattern such as `shop-*` works too",
            );
        }
    }
    for allowed in spec.items_at(&["clusterResourceWhitelist"]) {
        let kind = allowed.get("kind").filter(|one| one.text() == "*");
        if let Some(kind) = kind {
            let message = "`*` lets this project create every cluster-scoped kind: ClusterRoles, webhooks, \
                           custom resources";
            let hint = "list the kinds, usually only `Namespace`, ideally with its `name`; without the \
                        field, none are permitted";
            report(kind, message, hint);
        }
    }
    found
}
