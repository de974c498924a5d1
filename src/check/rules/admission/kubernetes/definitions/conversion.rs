//! How objects of one version become those of another.

use super::super::super::SUBDOMAIN;
use super::super::{has_object, numbers};
use super::{Refusals, label, one_of};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::schema::formats;

pub(super) fn check(refusals: &mut Refusals<'_>, conversion: &RenderedValue<'_>) {
    // The schema reports a missing strategy.
    let Some(strategy) = conversion.get("strategy").filter(|strategy| strategy.as_str().is_some()) else {
        return;
    };
    one_of(refusals, strategy, "strategy", &["None", "Webhook"]);
    let webhook = conversion.get("webhook").filter(|webhook| !webhook.is_null());
    if strategy.text() == "Webhook" {
        let Some(webhook) = webhook else {
            let words = "required when strategy is set to Webhook";
            return refusals.add(strategy, "the webhook that converts is missing", words);
        };
        client(refusals, webhook);
        review_versions(refusals, webhook);
    } else if let Some(webhook) = webhook.filter(|_| !is_placeholder(strategy.text())) {
        for field in ["clientConfig", "conversionReviewVersions"] {
            let given = webhook
                .entry(field)
                .filter(|entry| entry.value.is_mapping() || !entry.value.items().is_empty());
            if let Some(given) = given {
                let message = format!("`{field}` has no effect without `strategy: Webhook`");
                refusals.at(given.location, message, "should not be set when strategy is not set to Webhook");
            }
        }
    }
}

fn client(refusals: &mut Refusals<'_>, webhook: &RenderedValue<'_>) {
    let Some(client) = webhook.entry("clientConfig").filter(|client| !client.value.is_null()) else {
        let words = "required when strategy is set to Webhook";
        return refusals.add(webhook, "the address of the webhook is missing", words);
    };
    let has_url = has_object(&client.value, "url");
    if has_url == has_object(&client.value, "service") {
        let words = "exactly one of url or service is required";
        refusals.at(client.location, "the webhook has either a `url` or a `service`", words);
    } else if let Some(url) = client.value.get("url").filter(|_| has_url) {
        address(refusals, url);
    } else if let Some(service) = client.value.get("service") {
        refusals.filled(service, &["name", "namespace"]);
        if let Some(port) = service.get("port") {
            numbers::port(refusals, port);
        }
        if let Some(path) = service.get("path") {
            path_of_service(refusals, path);
        }
    }
}

fn address(refusals: &mut Refusals<'_>, url: &RenderedValue<'_>) {
    let text = url.text();
    if is_placeholder(text) {
        return;
    }
    let form = "desired format: https://host[/path]";
    let Some(rest) = text.strip_prefix("https://") else {
        let words = format!("'https' is the only allowed URL scheme; {form}");
        return refusals.add(url, format!("`{text}` does not begin with `https://`"), words);
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.is_empty() {
        refusals.add(url, format!("`{text}` has no host"), format!("host must be specified; {form}"));
    } else if host.contains([' ', '<', '>', '"', '^', '|', '\\']) {
        refusals.add(url, format!("`{host}` is not a host"), format!("url must be a valid URL; {form}"));
    } else if authority.contains('@') {
        let words = "user information is not permitted in the URL";
        refusals.add(url, format!("`{text}` has a user"), words);
    } else if let Some((_, fragment)) = tail.split_once('#').filter(|(_, fragment)| !fragment.is_empty()) {
        let message = format!("`{text}` has the fragment `{fragment}`");
        refusals.add(url, message, "fragments are not permitted in the URL");
    } else if let Some((_, query)) = tail.split_once('?').filter(|(_, query)| !query.is_empty()) {
        let message = format!("`{text}` has the query `{query}`");
        refusals.add(url, message, "query parameters are not permitted in the URL");
    }
}

fn path_of_service(refusals: &mut Refusals<'_>, path: &RenderedValue<'_>) {
    let text = path.text();
    if matches!(text, "" | "/") || is_placeholder(text) {
        return;
    }
    let Some(rest) = text.strip_prefix('/') else {
        return refusals.add(
            path,
            format!("the path `{text}` does not begin with `/`"),
            "must start with a '/'",
        );
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    for (at, segment) in rest.split('/').enumerate() {
        if segment.is_empty() {
            let words = format!("segment[{at}] may not be empty");
            return refusals.add(path, format!("the path `{text}` has an empty part"), words);
        }
        if let Some(mistake) = formats::subdomain_mistake(segment) {
            let message = format!("`{segment}` cannot be a part of the path: it {mistake}");
            return refusals.add(path, message, format!("segment[{at}]: {SUBDOMAIN}"));
        }
    }
}

/// Versions of the reviews that the API server sends to webhooks.
const UNDERSTOOD: [&str; 2] = ["v1", "v1beta1"];

fn review_versions(refusals: &mut Refusals<'_>, webhook: &RenderedValue<'_>) {
    let Some(entry) = webhook.entry("conversionReviewVersions").filter(|entry| entry.value.is_sequence())
    else {
        return;
    };
    let versions = entry.value.items();
    if versions.is_empty() {
        let words = "conversionReviewVersions: Required value";
        return refusals.at(entry.location, "`conversionReviewVersions` is empty", words);
    }
    refusals.unique(versions, "version", |_| "duplicate version".to_owned());
    for version in versions {
        label(refusals, version, "a version");
    }
    let is_understood =
        |version: &RenderedValue<'_>| UNDERSTOOD.contains(&version.text()) || is_placeholder(version.text());
    if !versions.iter().any(is_understood) {
        let words = "must include at least one of v1, v1beta1";
        refusals.at(entry.location, "the API server sends none of these versions", words);
    }
}
