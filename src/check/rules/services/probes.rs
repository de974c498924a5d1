//! Probes and handlers of a container that ask at a port which it does not have.

use crate::check::finding::Finding;
use crate::check::kustomize::{Builds, RenderedValue};
use crate::check::model::lookup::is_open;
use crate::check::model::templates;
use crate::check::registry::TN027;
use crate::suggest;

/// Where a container says what to ask.
const ASKING: [&[&str]; 5] = [
    &["startupProbe"],
    &["readinessProbe"],
    &["livenessProbe"],
    &["lifecycle", "postStart"],
    &["lifecycle", "preStop"],
];

/// Adds what is wrong.
pub(crate) fn findings(builds: &Builds<'_>, found: &mut Vec<Finding>) {
    for template in builds.objects().filter_map(|(_, object)| templates::template(object)) {
        found.extend(template.containers().flat_map(container));
    }
}

fn container(container: &RenderedValue<'_>) -> Vec<Finding> {
    let declared = container.items_at(&["ports"]).iter().filter_map(|port| port.str_at(&["name"]));
    let names: Vec<_> = declared.collect();
    let asking = ASKING.into_iter().filter_map(|path| container.dig(path));
    let ports = asking
        .flat_map(|asking| ["httpGet", "tcpSocket"].into_iter().filter_map(|how| asking.dig(&[how, "port"])));
    // Numbers need not be declared, nor those that are written as texts.
    let is_name = |port: &&RenderedValue<'_>| {
        port.as_str().is_some_and(|text| text.parse::<u16>().is_err() && !is_open(text))
    };
    ports
        .filter(is_name)
        .filter(|port| !names.contains(&port.text()))
        .map(|port| unknown(port, &names))
        .collect()
}

fn unknown(port: &RenderedValue<'_>, names: &[&str]) -> Finding {
    let message =
        format!("this container has no port called `{}`, so asking there always fails", port.text());
    let hint = "give a port of this container this name, or write its number here";
    let hint = format!("{hint}{}", suggest::hint(port.text(), names.iter().copied()));
    port.location().finding(&TN027, message).hint(hint)
}
