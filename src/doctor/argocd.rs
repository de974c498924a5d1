//! Argo CD and its settings.

use super::facts::Facts;
use super::kubernetes::{judged, stopped};
use super::verdict::{Health, Verdict, listed};
use crate::cluster::argocd_settings::{ConfigMaps, ResourceFilters};
use crate::cluster::inquiry::Unseen;
use crate::cluster::versions::ReleaseNumber;
use crate::values::RepoUrl;

const ARGOCD: ReleaseNumber = ReleaseNumber::new(3, 3);

const SETTINGS: &str = "argocd-cm";
const NOTIFICATIONS: &str = "argocd-notifications-cm";
const KNOWN_HOSTS: &str = "argocd-ssh-known-hosts-cm";
const SUBSCRIBE: &str = "notifications.argoproj.io/subscribe.";

/// Without these nothing is synced.
const NEEDED: [&str; 2] = ["application-controller", "repo-server"];

pub(super) fn version(facts: &Facts) -> Verdict {
    if let Some(unseen) = facts.without_argocd() {
        return (&unseen).into();
    }
    let found = match facts.controllers_of("argocd") {
        Ok(found) => found,
        Err(unseen) => return (&unseen).into(),
    };
    let own = found.iter().filter(|one| one.namespace == facts.wanted.setup.argocd_namespace);
    let Some(first) = own.max_by_key(|one| one.name.ends_with("application-controller")) else {
        return not_installed(facts);
    };
    let version = first.version.as_deref().unwrap_or(&first.image);
    judged("Argo CD", version, ARGOCD, "upgrade Argo CD")
}

fn not_installed(facts: &Facts) -> Verdict {
    let namespace = &facts.wanted.setup.argocd_namespace;
    Verdict::error(format!("Argo CD is not in the namespace `{namespace}`"), "nothing is synced")
        .advice("install it, or say in which namespace it is")
        .commands(facts.change_answer("argocd-namespace"))
}

pub(super) fn running(facts: &Facts) -> Verdict {
    if let Some(unseen) = facts.without_argocd() {
        return (&unseen).into();
    }
    let found = match facts.controllers_of("argocd") {
        Ok(found) => found,
        Err(unseen) => return (&unseen).into(),
    };
    let namespace = &facts.wanted.setup.argocd_namespace;
    let own: Vec<_> = found.into_iter().filter(|one| one.namespace == *namespace).collect();
    if own.is_empty() {
        return not_installed(facts);
    }
    stopped("Argo CD", &NEEDED, &own, "Argo CD does not sync what is pushed", facts)
}

/// The settings, if Argo CD is here and they can be seen.
fn settings(facts: &Facts) -> Result<&ConfigMaps, Unseen> {
    match facts.without_argocd() {
        Some(unseen) => Err(unseen),
        None => facts.argocd.as_ref().map_err(Clone::clone),
    }
}

fn no_settings(facts: &Facts) -> Verdict {
    let namespace = &facts.wanted.setup.argocd_namespace;
    Verdict::unknown(format!("not known: the namespace `{namespace}` has no ConfigMap `{SETTINGS}`"))
}

pub(super) fn tracking(facts: &Facts) -> Verdict {
    const KEY: &str = "application.resourceTrackingMethod";
    let settings = match settings(facts) {
        Ok(settings) if settings.has(SETTINGS) => settings,
        Ok(_) => return no_settings(facts),
        Err(unseen) => return (&unseen).into(),
    };
    match settings.get(SETTINGS, KEY) {
        Some("label") => {
            let patch = format!(r#"{{"data":{{"{KEY}":"annotation"}}}}"#);
            Verdict::error(
                "Argo CD knows its objects by a label",
                "Tekton copies labels of a Pipeline to its runs, so Argo CD takes these for its own and deletes them",
            )
            .command(facts.kubectl(&[
                "-n",
                &facts.wanted.setup.argocd_namespace,
                "patch",
                "configmap",
                SETTINGS,
                "--type=merge",
                "-p",
                &patch,
            ]))
        }
        method => Verdict::fine(format!("by {}", method.unwrap_or("annotation, the default"))),
    }
}

pub(super) fn exclusions(facts: &Facts) -> Verdict {
    let settings = match settings(facts) {
        Ok(settings) if settings.has(SETTINGS) => settings,
        Ok(_) => return no_settings(facts),
        Err(unseen) => return (&unseen).into(),
    };
    let filters = |key: &str| {
        let text = settings.get(SETTINGS, key).unwrap_or("[]");
        ResourceFilters::parse(text).map_err(|why| format!("not known: `{key}` cannot be read: {why}"))
    };
    let (excluded, included) = match (filters("resource.exclusions"), filters("resource.inclusions")) {
        (Ok(excluded), Ok(included)) => (excluded, included),
        (Err(why), _) | (_, Err(why)) => return Verdict::unknown(why),
    };
    let has_inclusions = settings.get(SETTINGS, "resource.inclusions").is_some();
    let server =
        facts.wanted.other_clusters().first().map_or("https://kubernetes.default.svc", |server| *server);
    let mut names: Vec<String> = Vec::new();
    let applications = facts.wanted.objects.applications.iter();
    for object in applications.flat_map(|app| app.objects.iter().chain(&app.hooks)) {
        let text = |key: &str| object[key].as_str().unwrap_or_default();
        let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
        let kind = text("kind");
        let is_left_out =
            excluded.fit(group, kind, server) || has_inclusions && !included.fit(group, kind, server);
        if is_left_out && !names.iter().any(|name| name == kind) {
            names.push(kind.to_owned());
        }
    }
    if names.is_empty() {
        return Verdict::fine("Argo CD leaves out no kind of the manifests");
    }
    let namespace = &facts.wanted.setup.argocd_namespace;
    Verdict::error(
        format!("Argo CD is told to leave out the kinds {}", listed(names.iter().map(String::as_str))),
        "Argo CD does not apply them, and says of their Application that something is excluded in the settings",
    )
    .advice("take these kinds out of `resource.exclusions`, or add them to `resource.inclusions`")
    .command(facts.kubectl(&["-n", namespace, "edit", "configmap", SETTINGS]))
}

pub(super) fn notifications(facts: &Facts) -> Verdict {
    let mut subscriptions: Vec<(&str, &str)> = Vec::new();
    let objects = &facts.wanted.objects;
    let of_applications = objects.applications.iter().flat_map(|app| &app.annotations).map(|(key, _)| key);
    // A project subscribes for all of its Applications.
    let projects = objects.applied.iter().filter(|object| object["kind"] == "AppProject");
    let of_projects = projects.filter_map(|project| project["metadata"]["annotations"].as_object());
    for key in of_applications.chain(of_projects.flat_map(serde_json::Map::keys)) {
        if let Some(pair) = key.strip_prefix(SUBSCRIBE).and_then(|rest| rest.split_once('.'))
            && !subscriptions.contains(&pair)
        {
            subscriptions.push(pair);
        }
    }
    if subscriptions.is_empty() {
        return Verdict::not_needed(
            "no Application or project subscribes to notifications, so nobody hears of a sync that fails",
        );
    }
    let settings = match settings(facts) {
        Ok(settings) => settings,
        Err(unseen) => return (&unseen).into(),
    };
    let mut missing: Vec<String> = Vec::new();
    for (trigger, service) in subscriptions {
        // The type of a service, or its type and a name, by which it is subscribed to.
        let is_its = |key: &str| {
            key.strip_prefix("service.").is_some_and(|key| key.rsplit('.').next() == Some(service))
        };
        if !settings.keys(NOTIFICATIONS).any(is_its) {
            missing.push(format!("service.{service}"));
        }
        let trigger = format!("trigger.{trigger}");
        if settings.get(NOTIFICATIONS, &trigger).is_none() {
            missing.push(trigger);
        }
    }
    missing.sort();
    missing.dedup();
    let effect = "nobody is told what the Applications subscribe to";
    let namespace = &facts.wanted.setup.argocd_namespace;
    if !missing.is_empty() {
        let names = listed(missing.iter().map(String::as_str));
        return Verdict::warning(format!("the ConfigMap `{NOTIFICATIONS}` lacks {names}"), effect)
            .command(facts.kubectl(&["-n", namespace, "edit", "configmap", NOTIFICATIONS]));
    }
    let found = match facts.controllers_of("argocd") {
        Ok(found) => found,
        Err(unseen) => return (&unseen).into(),
    };
    let verdict = stopped("Argo CD", &["notifications-controller"], &found, effect, facts);
    // What is deployed does not depend on it.
    if verdict.health == Health::Error { Verdict { health: Health::Warning, ..verdict } } else { verdict }
}

pub(super) fn known_hosts(facts: &Facts) -> Verdict {
    let host = facts.wanted.repository().and_then(|url| {
        let url = RepoUrl::parse(url).ok().filter(|_| !url.starts_with("https://"))?;
        Some((url.host().to_owned(), url.port().map(str::to_owned)))
    });
    let Some((host, port)) = host else {
        return Verdict::not_needed("the repository is not reached by ssh");
    };
    let settings = match settings(facts) {
        Ok(settings) => settings,
        Err(unseen) => return (&unseen).into(),
    };
    let name = match port.as_deref() {
        None | Some("22") => host.clone(),
        Some(port) => format!("[{host}]:{port}"),
    };
    let known = settings.get(KNOWN_HOSTS, "ssh_known_hosts").unwrap_or_default();
    let names = || known.lines().filter_map(|line| line.split_whitespace().next());
    if names().flat_map(|names| names.split(',')).any(|known| known == name) {
        return Verdict::fine(format!("Argo CD knows the keys of `{name}`"));
    }
    if names().any(|name| name.starts_with("|1|")) {
        return Verdict::unknown("not known: the names of the hosts are hashed");
    }
    let namespace = &facts.wanted.setup.argocd_namespace;
    Verdict::error(
        format!("Argo CD does not know the keys of `{name}`"),
        "Argo CD refuses to read the repository, and its Applications stay Unknown",
    )
    .advice("add the keys that the host publishes, a line each; it takes Argo CD some minutes to read them")
    .command(facts.kubectl(&["-n", namespace, "edit", "configmap", KNOWN_HOSTS]))
}
