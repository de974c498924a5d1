//! Projects: `ValidateProject`, which only Argo CD's API runs, and what its controller and its rights need.

use std::collections::BTreeSet;

use super::super::kubernetes::fields_mistake;
use super::super::{Refusals, each, has};
use crate::check::finding::Severity;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::schema::formats;

/// Checks the spec of the project `name`.
pub(super) fn project(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, name: &str) {
    let before = refusals.found.len();
    refusals.by = "Argo CD's API";
    by_api(refusals, spec, name);
    for finding in &mut refusals.found[before..] {
        finding.severity = Severity::Warning;
    }
    refusals.by = "Argo CD";
    for role in spec.items_at(&["roles"]) {
        forms(refusals, role);
    }
    for window in spec.items_at(&["syncWindows"]) {
        self::window(refusals, window);
    }
}

/// What only the API refuses: the controller uses such a project, which nobody can change in the user interface.
fn by_api(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, name: &str) {
    let mut seen = BTreeSet::new();
    for destination in spec.items_at(&["destinations"]) {
        for field in ["name", "server", "namespace"] {
            if let Some(value) = destination.get(field).filter(|value| value.text() == "!*") {
                refusals.add(
                    value,
                    "`!*` refuses everything",
                    format!("{field} has an invalid format, '!*'"),
                );
            }
        }
        let [name, server, namespace] =
            ["name", "server", "namespace"].map(|field| destination.str_at(&[field]).unwrap_or_default());
        let key = (if server.is_empty() { name } else { server }, namespace);
        if !seen.insert(key) {
            let words = format!("destination '{}/{}' already added", key.0, key.1);
            refusals.add(destination, "the same destination again", words);
        }
    }
    let repositories = spec.items_at(&["sourceRepos"]);
    if let Some(all) = repositories.iter().find(|one| one.text() == "!*") {
        refusals.add(all, "`!*` refuses everything", "source repository has an invalid format, '!*'");
    }
    again(refusals, repositories, |text| format!("source repository '{text}' already added"));
    again(refusals, spec.items_at(&["sourceNamespaces"]), |text| {
        format!("source namespace '{text}' already added")
    });
    let roles = spec.items_at(&["roles"]);
    refusals.unique(each(roles, "name"), "role", |name| format!("role '{name}' already exists"));
    for role in roles {
        self::role(refusals, role, name);
    }
    windows(refusals, spec.items_at(&["syncWindows"]));
    accounts(refusals, spec.items_at(&["destinationServiceAccounts"]));
}

fn again(refusals: &mut Refusals<'_>, values: &[RenderedValue<'_>], words: impl Fn(&str) -> String) {
    let mut seen = BTreeSet::new();
    for value in values.iter().filter(|value| !is_placeholder(value.text())) {
        if !seen.insert(value.text()) {
            refusals.add(value, format!("`{}` again", value.text()), words(value.text()));
        }
    }
}

fn role(refusals: &mut Refusals<'_>, role: &RenderedValue<'_>, project: &str) {
    let Some(name) = role.get("name").filter(|name| !is_placeholder(name.text())) else { return };
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_outer = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let text = name.text();
    if !(is_outer(text.bytes().next()) && is_outer(text.bytes().last()) && text.bytes().all(is_inner)) {
        let words = format!(
            "invalid role name '{text}'. Must consist of alphanumeric characters, '-' or '_', and must start and end \
             with an alphanumeric character"
        );
        refusals.add(name, format!("`{text}` cannot be the name of a role"), words);
    }
    again(refusals, role.items_at(&["policies"]), |policy| {
        format!("policy '{policy}' already exists for role '{text}'")
    });
    again(refusals, role.items_at(&["groups"]), |group| {
        format!("group '{group}' already exists for role '{text}'")
    });
    for policy in role
        .items_at(&["policies"])
        .iter()
        .filter(|policy| !is_placeholder(policy.text()) && !is_placeholder(project))
    {
        if let Some(words) = policy_mistake(policy.text(), project, text) {
            let message = format!("the policy `{}` is not valid", policy.text());
            refusals.add(policy, message, format!("invalid policy rule '{}': {words}", policy.text()));
        }
    }
    for group in role.items_at(&["groups"]) {
        if let Some(words) = group_mistake(group.text()) {
            let message = format!("`{}` is not the name of a group", group.text());
            refusals.add(group, message, format!("group '{}' {words}", group.text()));
        }
    }
}

/// Reports policies that cannot be read. Then nobody has rights in the project.
fn forms(refusals: &mut Refusals<'_>, role: &RenderedValue<'_>) {
    let is_read = |policy: &str| policy.split(',').count() == 6 && policy.trim_start().starts_with('p');
    for policy in role.items_at(&["policies"]).iter().filter(|policy| !is_placeholder(policy.text())) {
        if !is_read(policy.text()) {
            let message = format!("the policy `{}` cannot be read", policy.text());
            let words = "must be of the form: 'p, sub, res, act, obj, eft'";
            refusals.add(policy, message, format!("invalid policy rule '{}': {words}", policy.text()));
        }
    }
}

/// What a policy of a project can be about.
const SCOPES: [&str; 6] = ["applications", "applicationsets", "repositories", "exec", "logs", "clusters"];

const ACTIONS: [&str; 7] = ["get", "create", "update", "delete", "sync", "override", "*"];

/// Returns what `validatePolicy` says about a policy.
fn policy_mistake(policy: &str, project: &str, role: &str) -> Option<String> {
    let parts: Vec<_> = policy.split(',').map(|part| part.trim_matches(' ')).collect();
    let &["p", subject, resource, action, object, effect] = &parts[..] else {
        // Another function reports it.
        return None;
    };
    let expected = format!("proj:{project}:{role}");
    if subject != expected {
        return Some(format!("policy subject must be: '{expected}', not '{subject}'"));
    }
    if !SCOPES.contains(&resource) {
        return Some(format!("project resource must be: '{}', not '{resource}'", SCOPES.join("', '")));
    }
    let is_part = ["action/", "update/", "delete/"].iter().any(|start| action.contains(start));
    if !ACTIONS.contains(&action) && !is_part {
        return Some(format!("invalid action '{action}'"));
    }
    if !is_object(object, project) {
        let forms = format!("'{project}/*', '{project}[/<NAMESPACE>]/<APPNAME>' or '{project}/<APPNAME>'");
        return Some(format!("object must be of form {forms}, not '{object}'"));
    }
    (!matches!(effect, "allow" | "deny")).then(|| "effect must be: 'allow' or 'deny'".to_owned())
}

/// Whether the object of a policy is in the project: `PROJECT/APPLICATION` or `PROJECT/NAMESPACE/APPLICATION`.
fn is_object(object: &str, project: &str) -> bool {
    let Some(rest) = object.strip_prefix(project).and_then(|rest| rest.strip_prefix('/')) else {
        return false;
    };
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'_' | b'-' | b'.');
    let parts: Vec<_> = rest.split('/').collect();
    parts.len() <= 2 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(is_inner))
}

/// Returns what `validateGroupName` says about a group.
fn group_mistake(group: &str) -> Option<&'static str> {
    let trimmed = group.trim();
    let quoted = trimmed.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let name = quoted.unwrap_or(trimmed);
    if quoted.is_none() && name.contains(',') {
        Some("must be quoted")
    } else if name.is_empty() {
        Some("is empty")
    } else if name.contains(['"', '\n', '\r', '\t']) {
        Some("contains invalid characters")
    } else if group.starts_with(char::is_whitespace) {
        Some("contains a leading space")
    } else if group.ends_with(char::is_whitespace) {
        Some("contains a trailing space")
    } else {
        None
    }
}

const LONGEST_DESCRIPTION: usize = 255;

fn windows(refusals: &mut Refusals<'_>, windows: &[RenderedValue<'_>]) {
    for (index, window) in windows.iter().enumerate() {
        if ["applications", "namespaces", "clusters"].iter().all(|field| !has(window, field)) {
            let at = window.get("kind").unwrap_or(window);
            let words = "requires one of application, cluster or namespace";
            refusals.add(at, "the sync window is for nothing", words);
        }
        let is_same = |other: &&RenderedValue<'_>| {
            let differs = |field: &str| match (window.get(field), other.get(field)) {
                (Some(one), Some(other)) => !one.content_eq(other),
                (one, other) => one.is_some() || other.is_some(),
            };
            !IDENTITY.into_iter().any(differs)
        };
        if windows[..index].iter().any(|other| is_same(&other)) {
            let at = window.get("schedule").unwrap_or(window);
            refusals.add(at, "the same sync window again", "sync window already exists (duplicate detected)");
        }
    }
}

/// The fields in which sync windows differ.
const IDENTITY: [&str; 8] =
    ["kind", "schedule", "duration", "applications", "namespaces", "clusters", "timeZone", "andOperator"];

/// Checks which account each destination gets.
fn accounts(refusals: &mut Refusals<'_>, accounts: &[RenderedValue<'_>]) {
    let mut seen = BTreeSet::new();
    for account in accounts {
        for field in ["server", "namespace"] {
            let value = account.get(field).filter(|value| !is_placeholder(value.text()));
            if let Some(value) = value.filter(|it| it.text().contains('!') || !is_glob(it.text())) {
                let words = format!("{field} has an invalid format, '{}'", value.text());
                refusals.add(value, format!("`{}` cannot be a pattern here", value.text()), words);
            }
        }
        if let Some(name) =
            account.get("defaultServiceAccount").filter(|name| !formats::is_placeholder(name.text()))
            && (name.text().trim_matches(' ').is_empty() || name.text().contains(NOT_IN_ACCOUNTS))
        {
            let words = format!("defaultServiceAccount has an invalid format, '{}'", name.text());
            refusals.add(name, format!("`{}` is not the name of an account", name.text()), words);
        }
        let [server, namespace] =
            ["server", "namespace"].map(|field| account.str_at(&[field]).unwrap_or_default());
        if !seen.insert((server, namespace)) {
            let words = format!("destinationServiceAccount '{server}/{namespace}' already added");
            refusals.add(account, "the same destination again", words);
        }
    }
}

const NOT_IN_ACCOUNTS: [char; 8] = ['!', '*', '[', ']', '{', '}', '\\', '/'];

/// Whether brackets and braces are closed.
fn is_glob(text: &str) -> bool {
    text.matches('[').count() == text.matches(']').count()
        && text.matches('{').count() == text.matches('}').count()
}

fn window(refusals: &mut Refusals<'_>, window: &RenderedValue<'_>) {
    if let Some(kind) = window.get("kind").filter(|kind| !matches!(kind.text(), "allow" | "deny")) {
        let words = format!("kind '{}' mismatch: can only be allow or deny", kind.text());
        refusals.add(kind, format!("a sync window cannot be `{}`", kind.text()), words);
    }
    if let Some(schedule) = window.get("schedule").filter(|schedule| !is_placeholder(schedule.text()))
        && let Some(mistake) = fields_mistake(schedule.text())
    {
        let words = format!("cannot parse schedule '{}': {mistake}", schedule.text());
        refusals.add(schedule, format!("`{}` is not a schedule", schedule.text()), words);
    }
    if let Some(duration) =
        window.get("duration").filter(|it| !is_placeholder(it.text()) && !formats::is_duration(it.text()))
    {
        let words = format!("cannot parse duration '{}'", duration.text());
        refusals.add(duration, format!("`{}` is not a span of time", duration.text()), words);
    }
    if let Some(text) = window.get("description").filter(|it| it.text().len() > LONGEST_DESCRIPTION) {
        let words = "description must not exceed 255 characters";
        refusals.add(text, "the description has more than 255 characters", words);
    }
}
