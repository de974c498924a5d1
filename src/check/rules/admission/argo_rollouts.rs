//! What the controller of Argo Rollouts refuses: `pkg/apis/rollouts/validation/validation.go` and
//! `utils/analysis/factory.go` of Argo Rollouts 1.9. The API server accepts the object; then a Rollout has the condition
//! `InvalidSpec`, and an analysis ends with an error.

use super::kubernetes::{empty_selector, label_selector, numbers};
use super::{Refusals, each, has, has_object};
use crate::check::finding::{Finding, Severity};
use crate::check::model::BuiltObject;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN103;
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

const PROVIDERS: [&str; 11] = [
    "prometheus",
    "job",
    "web",
    "wavefront",
    "kayenta",
    "datadog",
    "newRelic",
    "cloudWatch",
    "graphite",
    "influxdb",
    "skywalking",
];

/// Routers that need `canaryService` and `stableService`, whatever else is set.
const NEED_SERVICES: [&str; 6] = ["smi", "apisix", "ambassador", "nginx", "appMesh", "traefik"];

const DEADLINE: i128 = 600;

const REVISIONS: i128 = 10;

pub(super) fn check(resource: BuiltObject<'_>, found: &mut Vec<Finding>) {
    let mut refusals = Refusals { rule: &TN103, by: "Argo Rollouts", found };
    let Some(spec) = resource.content().entry("spec") else { return };
    match (resource.group(), resource.kind()) {
        ("argoproj.io", "Rollout") => {
            if let Some(strategy) = strategy(&mut refusals, resource, &spec.value) {
                strategy.check(&mut refusals);
            }
            rollout(&mut refusals, &spec.value, resource);
        }
        ("argoproj.io", "AnalysisTemplate" | "ClusterAnalysisTemplate") => {
            analysis(&mut refusals, &spec.value);
        }
        ("argoproj.io", "AnalysisRun") => metrics(&mut refusals, &spec.value),
        _ => {}
    }
}

fn rollout(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, resource: BuiltObject<'_>) {
    let counts = ["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"];
    numbers::counts(refusals, spec, &counts);
    let selector = spec.get("selector").filter(|selector| !selector.is_null());
    let by_reference = spec.get("workloadRef").filter(|reference| !reference.is_null());
    match (by_reference, selector) {
        (Some(_), _) => {
            let template = spec.get("template").filter(|template| has_object(template, "spec"));
            if let Some(template) = template {
                // Only the linter refuses it.
                let message = "the Rollout has `workloadRef` and `template`, which is ignored";
                let finding = template.location().finding(&TN103, message).severity(Severity::Warning);
                refusals.found.push(
                    finding.hint(
                        "remove the template (\"template must be empty for workload reference rollout\")",
                    ),
                );
            }
        }
        (None, Some(selector)) => {
            empty_selector(refusals, selector, "deployment");
            label_selector(refusals, selector);
        }
        (None, None) => refusals.at(
            resource.content().entry("spec").map_or(spec.location(), |entry| entry.location),
            "the Rollout has no `selector`",
            "Rollout has missing field '.spec.selector'",
        ),
    }
    let ready = spec.get("minReadySeconds").and_then(RenderedValue::as_int).unwrap_or_default();
    let deadline = spec.get("progressDeadlineSeconds");
    let seconds = deadline.map_or(Some(DEADLINE), RenderedValue::as_int);
    if seconds.is_some_and(|seconds| seconds <= ready)
        && let Some(at) = deadline.or_else(|| spec.get("minReadySeconds"))
    {
        let message = "the deadline is over before a Pod can be ready";
        refusals.add(at, message, "must be greater than minReadySeconds");
    }
}

/// A Rollout's strategy, with the fields that it is compared with.
struct Strategy<'v, 'a> {
    spec: &'v RenderedValue<'a>,
    value: &'v RenderedValue<'a>,
    is_canary: bool,
}

fn strategy<'v, 'a>(
    refusals: &mut Refusals<'_>,
    resource: BuiltObject<'_>,
    spec: &'v RenderedValue<'a>,
) -> Option<Strategy<'v, 'a>> {
    let given = |field: &str| spec.dig(&["strategy", field]).filter(|value| !value.is_null());
    match (given("blueGreen"), given("canary")) {
        (Some(_), Some(canary)) => {
            let message = "the Rollout has the strategies `blueGreen` and `canary`; only one is possible";
            refusals.add(canary, message, "Multiple Strategies can not be listed");
            None
        }
        (None, None) => {
            let content = resource.content();
            let entry = spec.entry("strategy").or_else(|| content.entry("spec"));
            let words = "Rollout has missing field '.spec.strategy.canary or .spec.strategy.blueGreen'";
            let at = entry.map_or(content.location(), |entry| entry.location);
            refusals.at(at, "the Rollout has neither the strategy `canary` nor `blueGreen`", words);
            None
        }
        (Some(value), None) => Some(Strategy { spec, value, is_canary: false }),
        (None, Some(value)) => Some(Strategy { spec, value, is_canary: true }),
    }
}

impl<'v, 'a> Strategy<'v, 'a> {
    fn check(&self, refusals: &mut Refusals<'_>) {
        if self.is_canary {
            self.canary(refusals);
        } else {
            self.blue_green(refusals);
        }
        self.anti_affinity(refusals);
    }

    fn get(&self, field: &str) -> Option<&'v RenderedValue<'a>> {
        self.value.get(field).filter(|value| !value.is_null())
    }

    fn text(&self, field: &str) -> &'v str {
        self.get(field).map_or("", RenderedValue::text)
    }

    fn router(&self) -> Option<&'v RenderedValue<'a>> {
        self.get("trafficRouting")
    }

    fn routes_by(&self, router: &str) -> bool {
        self.router().is_some_and(|routing| has_object(routing, router))
    }

    fn has_plugin(&self) -> bool {
        self.router().is_some_and(|routing| has(routing, "plugins"))
    }

    /// Reports `service`, if it is the Service of both `roles`.
    fn one_service_for_both(
        &self,
        service: Option<&RenderedValue<'_>>,
        roles: [&str; 2],
        refusals: &mut Refusals<'_>,
    ) {
        let is_it = |role: &str, name: &str| self.text(&format!("{role}Service")) == name;
        let Some(service) = service.filter(|service| roles.iter().all(|role| is_it(role, service.text())))
        else {
            return;
        };
        if is_placeholder(service.text()) {
            return;
        }
        let [one, other] = roles;
        let words = format!(
            "This rollout uses the same service for the {one} and {other} services, but two different services are \
             required."
        );
        let message = format!("`{}` is the {one} and the {other} Service", service.text());
        refusals.add(service, message, &words);
    }

    fn blue_green(&self, refusals: &mut Refusals<'_>) {
        self.one_service_for_both(self.get("previewService"), ["active", "preview"], refusals);
        let revisions = self.spec.get("revisionHistoryLimit").map_or(Some(REVISIONS), RenderedValue::as_int);
        if let Some(limit) = self.get("scaleDownDelayRevisionLimit")
            && limit.as_int() > revisions
            && revisions.is_some()
        {
            let words = "This rollout's revision history limit can not be smaller than the rollout's scale down limit";
            refusals.add(limit, "more revisions run than the Rollout keeps", words);
        }
    }

    fn canary(&self, refusals: &mut Refusals<'_>) {
        let [unavailable, surge] = ["maxUnavailable", "maxSurge"].map(|field| self.get(field));
        if let Some(surge) = surge.filter(|surge| numbers::is_zero(surge))
            && unavailable.is_some_and(numbers::is_zero)
        {
            let message = "`maxUnavailable` and `maxSurge` are both 0, so no pod can be replaced";
            refusals.add(surge, message, "MaxSurge and MaxUnavailable both can not be zero");
        }
        self.one_service_for_both(self.get("stableService"), ["stable", "canary"], refusals);
        self.ping_pong(refusals);
        self.services(refusals);
        self.traffic(refusals);
        for step in self.value.items_at(&["steps"]) {
            self.step(refusals, step);
        }
    }

    fn ping_pong(&self, refusals: &mut Refusals<'_>) {
        let Some(pair) = self.get("pingPong") else { return };
        if self.router().is_some() && !self.routes_by("alb") && !self.routes_by("istio") {
            let words = "Ping-pong feature works with the ALB and Istio traffic routers only";
            refusals.add(pair, "`pingPong` works only with the routers `alb` and `istio`", words);
        }
        let [one, other] =
            ["pingService", "pongService"].map(|field| pair.str_at(&[field]).unwrap_or_default());
        if one.is_empty() || other.is_empty() {
            let words = "Ping service and Pong service must to be set to use Ping-Pong feature";
            refusals.add(pair, "`pingPong` needs `pingService` and `pongService`", words);
        } else if one == other && !is_placeholder(one) {
            let words = "This rollout uses the same service for the ping and pong services, but two different services \
                         are required.";
            refusals.add(pair, format!("`{one}` is the ping and the pong Service"), words);
        }
        if let Some(router) = self.router().and_then(|routing| routing.get("alb"))
            && router.is_mapping()
            && !has(router, "rootService")
        {
            let words =
                "Root service field is required for the configuration with ALB and ping-pong feature enabled";
            refusals.add(router, "`pingPong` with `alb` needs `rootService`", words);
        }
    }

    fn services(&self, refusals: &mut Refusals<'_>) {
        let Some(routing) = self.router() else { return };
        let has_pair = self.get("pingPong").is_some();
        let has_rule = routing.dig(&["istio", "destinationRule"]).is_some_and(|rule| !rule.is_null());
        let needs_services = NEED_SERVICES.into_iter().any(|router| self.routes_by(router))
            || !has_pair && (self.routes_by("alb") || self.routes_by("istio") && !has_rule);
        for field in ["stableService", "canaryService"] {
            if needs_services && !has(self.value, field) {
                let words = "Canary service and Stable service must to be set to use Traffic Routing";
                refusals.add(routing, format!("`trafficRouting` needs `{field}`"), words);
            }
        }
    }

    fn traffic(&self, refusals: &mut Refusals<'_>) {
        let is_dynamic = self.get("dynamicStableScale").filter(|it| it.as_bool() == Some(true));
        let delay = self.get("scaleDownDelaySeconds");
        let Some(routing) = self.router() else {
            if let Some(delay) = delay {
                let words = "Canary scaleDownDelaySeconds can only be used with traffic routing";
                refusals.add(delay, "`scaleDownDelaySeconds` needs `trafficRouting`", words);
            }
            if let Some(dynamic) = is_dynamic {
                let words = "Canary dynamicStableScale can only be used with traffic routing";
                refusals.add(dynamic, "`dynamicStableScale` needs `trafficRouting`", words);
            }
            return;
        };
        if let (Some(_), Some(dynamic)) = (delay, is_dynamic) {
            let words = "Canary dynamicStableScale cannot be used with scaleDownDelaySeconds";
            refusals.add(dynamic, "`dynamicStableScale` beside `scaleDownDelaySeconds`", words);
        }
        let most = routing.get("maxTrafficWeight").filter(|most| !most.is_null());
        if let Some(most) = most.filter(|_| !self.routes_by("nginx") && !self.has_plugin()) {
            let words = "Canary maxTrafficWeight in traffic routing only supported in Nginx and Plugins";
            refusals.add(most, "`maxTrafficWeight` works only with `nginx` and plugins", words);
        }
    }

    fn step(&self, refusals: &mut Refusals<'_>, step: &RenderedValue<'_>) {
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

    fn anti_affinity(&self, refusals: &mut Refusals<'_>) {
        let Some(affinity) = self.get("antiAffinity") else { return };
        let [preferred, required] = [
            "preferredDuringSchedulingIgnoredDuringExecution",
            "requiredDuringSchedulingIgnoredDuringExecution",
        ]
        .map(|field| affinity.get(field).filter(|value| !value.is_null()));
        if preferred.is_some() == required.is_some() {
            let words = "AntiAffinity must have exactly one strategy listed";
            refusals.add(affinity, "`antiAffinity` is preferred or required: one of the two", words);
        }
        let weight = preferred.and_then(|preferred| preferred.get("weight"));
        if let Some(weight) = weight.filter(|it| it.as_int().is_some_and(|it| !(1..=100).contains(&it))) {
            let words = "AntiAffinity weight must be between 1-100";
            refusals.add(weight, "the weight is not between 1 and 100", words);
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

fn analysis(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let is_composed = has(spec, "templates");
    if has(spec, "metrics") || !is_composed {
        metrics(refusals, spec);
    }
    for argument in spec.items_at(&["args"]) {
        if has_object(argument, "value")
            && let Some(source) = argument.get("valueFrom").filter(|source| !source.is_null())
        {
            let name = argument.str_at(&["name"]).unwrap_or_default();
            let words = format!("arg '{name}' has both Value and ValueFrom fields");
            refusals.add(source, "the argument has `value` and `valueFrom`", words);
        }
    }
    let lists = [("dryRun", "Dry-Run"), ("measurementRetention", "Measurement Retention")];
    for (list, words) in lists {
        let twice = |name: &str| format!("two {words} metric rules have the same name '{name}'");
        refusals.unique(each(spec.items_at(&[list]), "metricName"), "entry", twice);
    }
}

fn metrics(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let metrics = spec.items_at(&["metrics"]);
    if metrics.is_empty() {
        let at = spec.get("metrics").unwrap_or(spec);
        refusals.add(at, "the analysis has no metrics", "no metrics specified");
    }
    refusals.unique(each(metrics, "name"), "metric", |name| format!("duplicate name '{name}'"));
    for metric in metrics {
        self::metric(refusals, metric);
        limits(refusals, metric);
    }
}

fn metric(refusals: &mut Refusals<'_>, metric: &RenderedValue<'_>) {
    let at = metric.get("name").unwrap_or(metric);
    let provider = metric.get("provider");
    let plugins = provider.and_then(|provider| provider.get("plugin")).map_or(0, |it| it.entries().len());
    let given =
        provider.map_or(0, |provider| PROVIDERS.into_iter().filter(|it| has_object(provider, it)).count());
    match given + plugins {
        0 => refusals.add(at, "the metric has no provider", "no provider specified"),
        1 => {}
        _ => refusals.add(at, "the metric has several providers", "multiple providers specified"),
    }
    for (field, words) in [("interval", "interval"), ("initialDelay", "startDelay")] {
        if let Some(value) = metric.get(field).filter(|value| !is_placeholder(value.text()))
            && !formats::is_duration(value.text())
        {
            let message = format!("`{}` is not a span of time", value.text());
            refusals.add(value, message, format!("invalid {words} string: time: invalid duration"));
        }
    }
}

fn limits(refusals: &mut Refusals<'_>, metric: &RenderedValue<'_>) {
    let number = |field: &str| {
        let value = metric.get(field).filter(|value| !value.is_null());
        value.map_or(Some(0), |value| value.as_int().or_else(|| value.text().parse().ok()))
    };
    for field in ["consecutiveSuccessLimit", "inconclusiveLimit", "consecutiveErrorLimit"] {
        if let Some(value) = metric.get(field).filter(|_| number(field) < Some(0) && number(field).is_some())
        {
            refusals.add(value, format!("`{field}` is negative"), format!("{field} must be >= 0"));
        }
    }
    let (Some(count), Some(failures), Some(successes), Some(inconclusive)) = (
        number("count"),
        number("failureLimit"),
        number("consecutiveSuccessLimit"),
        number("inconclusiveLimit"),
    ) else {
        return;
    };
    if let Some(value) = metric.get("failureLimit").filter(|_| failures < 0) {
        if failures < -1 {
            refusals.add(
                value,
                "`failureLimit` is negative",
                "failureLimit must be >= 0, or -1 to be disabled",
            );
        } else if successes == 0 {
            let words = "failureLimit and consecutiveSuccessLimit cannot both be disabled";
            refusals.add(value, "`failureLimit: -1` needs `consecutiveSuccessLimit`", words);
        }
    }
    let Some(at) = metric.get("count").filter(|_| count > 0) else { return };
    if successes >= 0 && failures >= 0 && count < failures + successes {
        let words = format!(
            "count ({count}) must be >= failureLimit + consecutiveSuccessLimit ({failures} + {successes}) if both >= 0"
        );
        refusals.add(at, "fewer measurements than the limits need", words);
    } else if failures < 0 && count < successes {
        let words = "count must be >= consecutiveSuccessLimit";
        refusals.add(at, "fewer measurements than the limits need", words);
    }
    if count < inconclusive {
        let words = "count must be >= inconclusiveLimit";
        refusals.add(at, "fewer measurements than the limits need", words);
    }
    if count > 1 && metric.get("interval").is_none_or(|interval| interval.text().is_empty()) {
        let message = "several measurements need an `interval`";
        refusals.add(at, message, "interval must be specified when count > 1");
    }
}
