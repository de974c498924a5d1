//! The steps of a canary.

use super::strategy::Strategy;
use super::{Refusals, each, has, has_object};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::schema::formats;

const STEPS: [&str; 8] = [
    "setWeight",
    "pause",
    "experiment",
    "analysis",
    "setCanaryScale",
    "setHeaderRoute",
    "setMirrorRoute",
    "plugin",
];

/// The kinds of steps of which one step may have only one; the others are not compared.
const EXCLUSIVE: usize = 4;

impl Strategy<'_, '_> {
    pub(super) fn step(&self, refusals: &mut Refusals<'_>, step: &RenderedValue<'_>) {
        let words =
            "Step must have one of the following set: experiment, setWeight, setCanaryScale, plugin or pause";
        let given: Vec<_> = STEPS.into_iter().filter(|field| has_object(step, field)).collect();
        let exclusive = given.iter().filter(|field| STEPS[..EXCLUSIVE].contains(field)).count();
        // `pause: {}` is a step, `pause:` is nothing.
        if given.is_empty() {
            refusals.add(step, "the step does nothing: set `setWeight`, `pause` or another", words);
        } else if exclusive > 1 {
            let message = format!("the step has `{}`; make each a step", given.join("` and `"));
            refusals.add(step, message, words);
        }
        self.weight(refusals, step);
        if let Some(duration) =
            step.dig(&["pause", "duration"]).filter(|it| !it.is_null() && is_below_zero(it))
        {
            let message = format!("`{}` is not a span of time", duration.text());
            refusals.add(duration, message, "Duration needs to be greater than 0");
        }
        if let Some(scale) = step.get("setCanaryScale").filter(|it| !it.is_null() && self.router().is_none())
        {
            let words = "SetCanaryScale requires TrafficRouting to be set";
            refusals.add(scale, "`setCanaryScale` needs `trafficRouting`", words);
        }
        self.header_route(refusals, step);
        self.mirror_route(refusals, step);
        self.managed_route(refusals, step);
        self.experiment(refusals, step);
        arguments(refusals, step);
    }

    fn weight(&self, refusals: &mut Refusals<'_>, step: &RenderedValue<'_>) {
        let most = self.router().and_then(|routing| routing.get("maxTrafficWeight"));
        let most = most.and_then(RenderedValue::as_int).unwrap_or(100);
        let weight = step.get("setWeight");
        if let Some(weight) = weight.filter(|it| it.as_int().is_some_and(|it| !(0..=most).contains(&it))) {
            let message = format!("the weight {} is not between 0 and {most}", weight.text());
            refusals.add(weight, message, format!("SetWeight needs to be between 0 and {most}"));
        }
    }

    fn header_route(&self, refusals: &mut Refusals<'_>, step: &RenderedValue<'_>) {
        let Some(route) = step.get("setHeaderRoute").filter(|route| !route.is_null()) else { return };
        if !["istio", "alb", "apisix"].iter().any(|router| self.routes_by(router)) && !self.has_plugin() {
            let words = "SetHeaderRoute requires TrafficRouting, supports Istio and ALB and Apisix";
            return refusals.add(
                route,
                "`setHeaderRoute` needs the router `istio`, `alb` or `apisix`",
                words,
            );
        }
        for matched in route.items_at(&["match"]) {
            let value = matched.get("headerValue").filter(|value| !value.is_null());
            if let Some(value) = value.filter(|_| self.routes_by("alb")) {
                if !has(value, "exact") || has(value, "regex") || has(value, "prefix") {
                    let words = "SetHeaderRoute match value invalid. ALB supports 'exact' value only";
                    refusals.add(value, "with `alb`, the value of a header is `exact`", words);
                }
            } else {
                string_match(refusals, matched, value);
            }
        }
    }

    fn mirror_route(&self, refusals: &mut Refusals<'_>, step: &RenderedValue<'_>) {
        let Some(route) = step.get("setMirrorRoute").filter(|route| !route.is_null()) else { return };
        if !self.routes_by("istio") {
            let words = "SetMirrorRoute requires TrafficRouting, supports Istio only";
            refusals.add(route, "`setMirrorRoute` needs the router `istio`", words);
        }
        for matched in route.items_at(&["match"]) {
            for value in ["method", "path"].iter().filter_map(|field| matched.get(field)) {
                string_match(refusals, matched, Some(value).filter(|value| !value.is_null()));
            }
        }
    }

    /// Checks that the route of a step is declared.
    fn managed_route(&self, refusals: &mut Refusals<'_>, step: &RenderedValue<'_>) {
        let Some(routing) = self.router() else { return };
        let routes = ["setHeaderRoute", "setMirrorRoute"].into_iter().filter_map(|field| step.get(field));
        for route in routes.filter(|route| !route.is_null()) {
            let at = route.get("name").unwrap_or(route);
            let Some(managed) = routing.get("managedRoutes").filter(|managed| !managed.is_null()) else {
                let words = "Rollout has missing field 'spec.strategy.canary.trafficRouting.managedRoutes'";
                refusals.add(at, "the route of this step needs an entry in `managedRoutes`", words);
                continue;
            };
            let names: Vec<_> = each(managed.items(), "name").map(RenderedValue::text).collect();
            let name = route.str_at(&["name"]).unwrap_or_default();
            if !names.contains(&name) && !is_placeholder(at.text()) {
                let words = "Steps define a route that does not exist in spec.strategy.canary.trafficRouting.managedRoutes";
                refusals.add(at, format!("`managedRoutes` has no route `{name}`"), words);
            }
        }
    }

    fn experiment(&self, refusals: &mut Refusals<'_>, step: &RenderedValue<'_>) {
        for weight in each(step.items_at(&["experiment", "templates"]), "weight").filter(|it| !it.is_null()) {
            if self.router().is_none() {
                let words = "Experiment template weight cannot be set unless TrafficRouting is enabled";
                refusals.add(weight, "the weight of an experiment needs `trafficRouting`", words);
            } else if !["alb", "smi", "istio"].iter().any(|router| self.routes_by(router))
                && !self.has_plugin()
            {
                let words = "Experiment template weight is only available for TrafficRouting with SMI, ALB, Istio and \
                             Plugins at this time";
                refusals.add(weight, "the weight of an experiment does not work with this router", words);
            }
        }
    }
}

/// What a field reference of an argument can read, beside single labels and annotations.
const FIELDS: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

/// Checks the arguments that the analyses of a step read from the Rollout.
fn arguments(refusals: &mut Refusals<'_>, step: &RenderedValue<'_>) {
    let of_experiment = step.items_at(&["experiment", "analyses"]).iter();
    let lists = of_experiment.chain(step.get("analysis")).map(|analysis| analysis.items_at(&["args"]));
    for path in lists.flatten().filter_map(|it| it.dig(&["valueFrom", "fieldRef", "fieldPath"])) {
        let text = path.text();
        let is_entry = ["metadata.annotations['", "metadata.labels['"].iter().any(|it| text.starts_with(it));
        if text.starts_with("metadata") && !is_entry && !FIELDS.contains(&text) && !is_placeholder(text) {
            let words = "Analyses arguments must refer to valid object metadata supported by downwardAPI";
            refusals.add(path, format!("the Rollout has no `{text}` for an argument"), words);
        }
    }
}

/// Whether a pause is negative, or cannot be read, which counts as negative.
fn is_below_zero(duration: &RenderedValue<'_>) -> bool {
    let text = duration.text();
    let is_number = text.parse::<i64>().is_ok();
    !is_placeholder(text) && (text.starts_with('-') || !is_number && !formats::is_duration(text))
}

fn string_match(refusals: &mut Refusals<'_>, matched: &RenderedValue<'_>, value: Option<&RenderedValue<'_>>) {
    let kinds = ["exact", "regex", "prefix"];
    let count = value.map_or(0, |value| kinds.into_iter().filter(|kind| has(value, kind)).count());
    let at = value.unwrap_or(matched);
    if count == 0 {
        let words =
            "StringMatch value missed, match value must have one of the following: exact, regex, prefix";
        refusals.add(at, "the match has no value: `exact`, `regex` or `prefix`", words);
    } else if count > 1 {
        let words = "StringMatch match value must have exactly one of the following: exact, regex, prefix";
        refusals.add(at, "the match has several values; only one is possible", words);
    }
}
