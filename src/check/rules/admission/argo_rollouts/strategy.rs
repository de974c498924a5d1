//! The strategy of a Rollout: its Services, and how traffic reaches them.

use super::{Refusals, has, has_object, numbers};
use crate::check::model::BuiltObject;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;

/// Routers that need `canaryService` and `stableService`, whatever else is set.
const NEED_SERVICES: [&str; 6] = ["smi", "apisix", "ambassador", "nginx", "appMesh", "traefik"];

const REVISIONS: i128 = 10;

/// A Rollout's strategy, with the fields that it is compared with.
pub(super) struct Strategy<'v, 'a> {
    spec: &'v RenderedValue<'a>,
    value: &'v RenderedValue<'a>,
    is_canary: bool,
}

impl<'v, 'a> Strategy<'v, 'a> {
    pub(super) fn of(
        refusals: &mut Refusals<'_>,
        resource: BuiltObject<'_>,
        spec: &'v RenderedValue<'a>,
    ) -> Option<Self> {
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
            (Some(value), None) => Some(Self { spec, value, is_canary: false }),
            (None, Some(value)) => Some(Self { spec, value, is_canary: true }),
        }
    }

    pub(super) fn check(&self, refusals: &mut Refusals<'_>) {
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

    pub(super) fn router(&self) -> Option<&'v RenderedValue<'a>> {
        self.get("trafficRouting")
    }

    pub(super) fn routes_by(&self, router: &str) -> bool {
        self.router().is_some_and(|routing| has_object(routing, router))
    }

    pub(super) fn has_plugin(&self) -> bool {
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
