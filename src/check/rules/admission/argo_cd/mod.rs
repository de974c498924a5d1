//! What Argo CD refuses: `util/argo/argo.go`, `app_project_types.go` and the reading of sync options and durations, of
//! Argo CD 3.5. An Application is accepted by the API server, and then has the condition `InvalidSpecError`.

mod application_sets;
mod projects;

use super::{Refusals, has, has_object, is_set};
use crate::check::finding::{Finding, Severity};
use crate::check::model::BuiltObject;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN102;
use crate::check::rules::hooks;
use crate::check::schema::formats;
use crate::suggest;

/// Ways of rendering a source, of which it may set one.
const TOOLS: [(&str, &str); 4] =
    [("kustomize", "Kustomize"), ("helm", "Helm"), ("directory", "Directory"), ("plugin", "Plugin")];

/// Options of a sync, with the values that mean something.
const SYNC_OPTIONS: [(&str, &[&str]); 13] = [
    ("ApplyOutOfSyncOnly", BOOLEAN),
    ("ClientSideApplyMigration", BOOLEAN),
    ("CreateNamespace", BOOLEAN),
    ("Delete", &["true", "false", "confirm"]),
    ("FailOnSharedResource", BOOLEAN),
    ("Force", BOOLEAN),
    ("Prune", &["true", "false", "confirm"]),
    ("PruneLast", BOOLEAN),
    ("PrunePropagationPolicy", &["foreground", "background", "orphan"]),
    ("Replace", BOOLEAN),
    ("RespectIgnoreDifferences", BOOLEAN),
    ("ServerSideApply", BOOLEAN),
    ("SkipDryRunOnMissingResource", BOOLEAN),
];

const BOOLEAN: &[&str] = &["true", "false"];

/// An option that is off only in this spelling.
const VALIDATE: &str = "Validate";

pub(super) fn check(resource: BuiltObject<'_>, found: &mut Vec<Finding>) {
    let mut refusals = Refusals { rule: &TN102, by: "Argo CD", found };
    generated_name(&mut refusals, resource);
    let Some(spec) = resource.content().get("spec") else { return };
    match (resource.group(), resource.kind()) {
        ("argoproj.io", "Application") => application(&mut refusals, spec, resource),
        ("argoproj.io", "ApplicationSet") => {
            application_sets::application_set(&mut refusals, spec, resource.name());
        }
        ("argoproj.io", "AppProject") => projects::project(&mut refusals, spec, resource.name()),
        _ => {}
    }
}

/// An object without a name can be created, as a hook is, but not applied again.
fn generated_name(refusals: &mut Refusals<'_>, resource: BuiltObject<'_>) {
    let metadata = resource.content().get("metadata");
    let prefix = metadata.and_then(|metadata| metadata.entry("generateName"));
    let is_named = metadata.is_some_and(|metadata| has(metadata, "name"));
    let is_synced = resource.build.application().is_some() && hooks::phases(resource).is_empty();
    if let Some(entry) = prefix.filter(|_| is_synced && !is_named) {
        let message =
            "an object with `generateName` cannot be synced: give it a `name`, or let a trigger create it";
        refusals.at(entry.location, message, "cannot use generate name with apply");
    }
}

fn application(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, resource: BuiltObject<'_>) {
    sources(refusals, spec, resource);
    hydrator(refusals, spec);
    managed_by(refusals, resource);
    if let Some(destination) = spec.get("destination") {
        let [name, server] =
            ["name", "server"].map(|field| destination.get(field).filter(|it| !it.text().is_empty()));
        if let (Some(name), Some(_)) = (name, server) {
            let words = "application destination can't have both name and server defined";
            refusals.add(name, "the destination has `name` and `server`", words);
        } else if name.is_none() && server.is_none() {
            let words = "Destination server missing from app spec";
            refusals.add(destination, "the destination has neither `server` nor `name`", words);
        }
    }
    if let Some(policy) = spec.get("syncPolicy") {
        options(refusals, policy);
        retry(refusals, policy);
    }
}

fn sources(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, resource: BuiltObject<'_>) {
    let many = spec.items_at(&["sources"]);
    for source in many {
        self::source(refusals, source, true);
    }
    let single = spec.get("source").filter(|source| !source.is_null());
    match single {
        _ if !many.is_empty() || has_object(spec, "sourceHydrator") => {}
        Some(source) => self::source(refusals, source, false),
        None => {
            let at = resource.content().entry("spec").map_or(spec.location(), |entry| entry.location);
            let words = "spec.source.repoURL and either spec.source.path or spec.source.chart are required";
            refusals.at(at, "the Application has neither `source` nor `sources`", words);
        }
    }
}

fn hydrator(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let fields = [("drySource", "repoURL"), ("syncSource", "targetBranch"), ("hydrateTo", "targetBranch")];
    for (part, field) in fields {
        let given = spec.dig(&["sourceHydrator", part]).filter(|part| part.is_mapping());
        if let Some(given) = given.filter(|given| !has(given, field)) {
            let words = format!("spec.sourceHydrator.{part}.{field} is required");
            refusals.add(given, format!("`{part}` lacks `{field}`"), words);
        }
    }
}

fn managed_by(refusals: &mut Refusals<'_>, resource: BuiltObject<'_>) {
    let Some(url) = resource.annotation("argocd.argoproj.io/managed-by-url") else { return };
    let is_web = |url: &str| url.starts_with("http://") || url.starts_with("https://");
    if !is_placeholder(url.text()) && !is_web(url.text()) {
        let words = "invalid managed-by URL: URL must include http or https protocol";
        refusals.add(url, format!("`{}` is not an address of a web server", url.text()), words);
    }
}

fn source(refusals: &mut Refusals<'_>, source: &RenderedValue<'_>, is_one_of_many: bool) {
    let has_content = has(source, "path") || has(source, "chart") || (is_one_of_many && has(source, "ref"));
    // The schema reports a `repoURL` that is not there.
    let is_empty = source.get("repoURL").is_some_and(|url| !is_set(url));
    if is_empty || source.get("repoURL").is_some() && !has_content {
        let missing = if is_empty { "`repoURL`" } else { "`path` or `chart`" };
        let words = "spec.source.repoURL and either spec.source.path or spec.source.chart are required";
        refusals.add(source.get("repoURL").unwrap_or(source), format!("the source lacks {missing}"), words);
    }
    if let Some(chart) =
        source.get("chart").filter(|chart| !chart.text().is_empty() && !has(source, "targetRevision"))
    {
        let words = "spec.source.targetRevision is required if the manifest source is a helm chart";
        refusals.add(chart, "a chart needs its version in `targetRevision`", words);
    }
    let used: Vec<_> = TOOLS.into_iter().filter(|(field, _)| has_object(source, field)).collect();
    if let [_, .., (last, _)] = used[..] {
        let [fields, names] = [0, 1].map(|part| {
            let words: Vec<_> = used.iter().map(|tool| if part == 0 { tool.0 } else { tool.1 }).collect();
            words
        });
        let at = source.get(last).unwrap_or(source);
        let message = format!("the source has `{}`; only one is possible", fields.join("` and `"));
        refusals.add(at, message, format!("multiple application sources defined: {}", names.join(",")));
    }
}

/// Argo CD ignores options that it does not know; what they were meant to do does not happen.
fn options(refusals: &mut Refusals<'_>, policy: &RenderedValue<'_>) {
    for option in policy.items_at(&["syncOptions"]).iter().filter(|option| !is_placeholder(option.text())) {
        let (name, value) = option.text().split_once('=').unwrap_or((option.text(), ""));
        if name == VALIDATE && matches!(value, "true" | "false") {
            continue;
        }
        let known = SYNC_OPTIONS.iter().find(|(known, _)| *known == name);
        let (message, hint) = match known {
            Some((_, values)) if values.contains(&value) => continue,
            Some((_, values)) => (
                format!("Argo CD ignores the sync option `{}`", option.text()),
                format!("write `{name}={}`", values.join(&format!("` or `{name}="))),
            ),
            None => {
                let names = SYNC_OPTIONS.iter().map(|(known, _)| *known).chain([VALIDATE]);
                let near =
                    suggest::nearest(name, names).map(|near| format!("did you mean `{near}={value}`?"));
                let hint = near.unwrap_or_else(|| "see the page \"Sync Options\" of Argo CD".to_owned());
                (format!("Argo CD has no sync option `{name}` and ignores it"), hint)
            }
        };
        let finding = option.location().finding(&TN102, message).severity(Severity::Warning);
        refusals.found.push(finding.hint(hint));
    }
}

fn retry(refusals: &mut Refusals<'_>, policy: &RenderedValue<'_>) {
    let Some(backoff) = policy.dig(&["retry", "backoff"]) else { return };
    for field in ["duration", "maxDuration"] {
        let Some(value) = backoff.get(field).filter(|value| !is_placeholder(value.text())) else { continue };
        // A number is a number of seconds.
        let is_number = !value.text().is_empty() && value.text().bytes().all(|byte| byte.is_ascii_digit());
        if !value.is_null() && !is_number && !formats::is_duration(value.text()) {
            let words = format!("time: invalid duration \"{}\"", value.text());
            refusals.add(
                value,
                format!("`{}` is not a span of time, so no sync is retried", value.text()),
                words,
            );
        }
    }
}
