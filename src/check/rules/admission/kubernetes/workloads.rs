//! What creates pods: `pkg/apis/apps/validation`, `pkg/apis/batch/validation`.

use super::pods::{self, Creator};
use super::{Refusals, has, has_object, numbers};
use crate::check::model::BuiltObject;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;

/// Checks the workload, and the pods that it creates.
pub(super) fn check(refusals: &mut Refusals<'_>, resource: BuiltObject<'_>) {
    let Some(kind) = resource.workload_kind() else { return };
    let content = resource.content();
    let Some(spec) = content.get("spec") else { return };
    let claims = spec.items_at(&["volumeClaimTemplates"]);
    let creator = match (resource.group(), resource.kind()) {
        ("apps", _) | ("", "ReplicationController") => Creator::Always,
        ("batch", _) => Creator::Job,
        _ => Creator::Other,
    };
    if let Some(pod) = content.dig(kind.template).and_then(|template| template.entry("spec")) {
        pods::spec(refusals, pod, creator, claims);
    }
    match (resource.group(), resource.kind()) {
        ("apps", kind) => {
            numbers::counts(refusals, spec, &["replicas", "minReadySeconds", "revisionHistoryLimit"]);
            selector(refusals, spec, kind);
            strategy(refusals, spec, kind);
        }
        ("batch", "Job") => job(refusals, spec),
        ("batch", "CronJob") => cron_job(refusals, spec, resource),
        _ => {}
    }
}

fn selector(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, kind: &str) {
    if let Some(selector) = spec.get("selector").filter(|selector| !selector.is_null()) {
        empty_selector(refusals, selector, &kind.to_lowercase());
        label_selector(refusals, selector);
    }
}

/// Checks that the selector of a workload selects something.
pub(in super::super) fn empty_selector(
    refusals: &mut Refusals<'_>,
    selector: &RenderedValue<'_>,
    kind: &str,
) {
    if !has(selector, "matchLabels") && !has(selector, "matchExpressions") {
        let words = format!("empty selector is invalid for {kind}");
        refusals.add(selector, "the selector is empty", words);
    }
}

/// Checks the expressions of a selector: `ValidateLabelSelector`.
pub(in super::super) fn label_selector(refusals: &mut Refusals<'_>, selector: &RenderedValue<'_>) {
    for expression in selector.items_at(&["matchExpressions"]) {
        let values = !expression.items_at(&["values"]).is_empty();
        match expression.str_at(&["operator"]) {
            Some("In" | "NotIn") if !values => {
                let words = "must be specified when `operator` is 'In' or 'NotIn'";
                refusals.add(expression, "the expression has no `values`", words);
            }
            Some("Exists" | "DoesNotExist") if values => {
                let words = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                refusals.add(expression, "the expression has `values`, which it does not use", words);
            }
            Some("In" | "NotIn" | "Exists" | "DoesNotExist") | None => {}
            Some(operator) if is_placeholder(operator) => {}
            Some(operator) => {
                let at = expression.get("operator").unwrap_or(expression);
                let message = format!("`{operator}` is not an operator of a selector");
                refusals.add(at, message, "not a valid selector operator");
            }
        }
    }
}

fn strategy(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, kind: &str) {
    let field = if kind == "Deployment" { "strategy" } else { "updateStrategy" };
    let Some(strategy) = spec.get(field) else { return };
    let rolling = strategy.entry("rollingUpdate").filter(|entry| !entry.value.is_null());
    let chosen = strategy.str_at(&["type"]).unwrap_or("RollingUpdate");
    if let Some(entry) = rolling.filter(|_| matches!(chosen, "Recreate" | "OnDelete")) {
        let words = match kind {
            "Deployment" => "may not be specified when strategy `type` is 'Recreate'",
            _ => "only allowed for updateStrategy 'RollingUpdate'",
        };
        return refusals.at(entry.location, format!("`rollingUpdate` with the strategy `{chosen}`"), words);
    }
    let Some(rolling) = rolling.map(|entry| &entry.value) else { return };
    let [unavailable, surge] =
        ["maxUnavailable", "maxSurge"].map(|field| rolling.get(field).filter(|it| !it.is_null()));
    if let Some(value) = unavailable {
        numbers::share(refusals, value, true);
    }
    if let Some(value) = surge {
        numbers::share(refusals, value, false);
    }
    if let Some(value) = unavailable.filter(|it| numbers::is_zero(it))
        && surge.is_some_and(numbers::is_zero)
    {
        let message = "`maxUnavailable` and `maxSurge` are both 0, so no pod can be replaced";
        refusals.add(value, message, "may not be 0 when `maxSurge` is 0");
    }
    let [deadline, ready] = ["progressDeadlineSeconds", "minReadySeconds"].map(|field| spec.get(field));
    if let Some(value) = deadline
        && value.as_int().is_some_and(|it| it <= ready.and_then(RenderedValue::as_int).unwrap_or_default())
    {
        refusals.add(
            value,
            "the deadline is over before a Pod can be ready",
            "must be greater than minReadySeconds",
        );
    }
}

fn job(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let counts = [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ];
    numbers::counts(refusals, spec, &counts);
    if spec.str_at(&["completionMode"]) == Some("Indexed") {
        // Without `parallelism`, both are 1.
        let lacks_count = !has_object(spec, "completions") && has_object(spec, "parallelism");
        if let Some(mode) = spec.get("completionMode").filter(|_| lacks_count) {
            let words = "completions: Required value: when completion mode is Indexed";
            refusals.add(mode, "`completionMode: Indexed` needs `completions`", words);
        }
    } else {
        for entry in ["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"]
            .iter()
            .filter_map(|it| spec.entry(it))
        {
            let message = format!("`{}` needs `completionMode: Indexed`", entry.key);
            refusals.at(entry.location, message, "requires indexed completion mode");
        }
    }
    let policy = spec.dig(&["template", "spec", "restartPolicy"]);
    if let Some(policy) = policy.filter(|it| it.text() == "OnFailure" && has_object(spec, "podFailurePolicy"))
    {
        let words = "only \"Never\" is supported when podFailurePolicy is specified";
        refusals.add(policy, "`podFailurePolicy` needs `restartPolicy: Never`", words);
    }
}

/// The controller appends 11 characters to the name of a `CronJob`.
const LONGEST_CRON_JOB: usize = 52;

fn cron_job(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, resource: BuiltObject<'_>) {
    numbers::counts(
        refusals,
        spec,
        &["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"],
    );
    if let Some(job) = spec.dig(&["jobTemplate", "spec"]) {
        self::job(refusals, job);
    }
    if resource.name().len() > LONGEST_CRON_JOB {
        let message = format!("the name of the CronJob has {} characters", resource.name().len());
        refusals.at(resource.name_location(), message, "must be no more than 52 characters");
    }
    let Some(schedule) = spec.get("schedule").filter(|it| !is_placeholder(it.text())) else { return };
    if schedule.text().contains("TZ") {
        let words = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        refusals.add(schedule, "the schedule names a time zone", words);
    } else if let Some(words) = schedule_mistake(schedule.text()) {
        refusals.add(schedule, format!("`{}` is not a schedule", schedule.text()), words);
    }
}

/// The fields of a schedule, with their least and greatest values and the names of some values.
const FIELDS: [(&str, u32, u32, &[&str]); 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of month", 1, 31, &[]),
    ("month", 1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    ("day of week", 0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

/// Returns what the parser of the `CronJob` controller (`github.com/robfig/cron`) says about `schedule`.
pub(in super::super) fn schedule_mistake(schedule: &str) -> Option<String> {
    if let Some(descriptor) = schedule.strip_prefix('@') {
        let known = ["yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly"];
        let is_known = known.contains(&descriptor) || descriptor.starts_with("every ");
        return (!is_known).then(|| format!("unrecognized descriptor: @{descriptor}"));
    }
    let fields: Vec<_> = schedule.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Some(format!("expected exactly 5 fields, found {}", fields.len()));
    }
    fields
        .iter()
        .zip(FIELDS)
        .find_map(|(text, field)| text.split(',').find_map(|part| range_mistake(part, field)))
}

fn range_mistake(part: &str, (field, least, greatest, names): (&str, u32, u32, &[&str])) -> Option<String> {
    let number = |text: &str| {
        let name = names.iter().position(|name| text.eq_ignore_ascii_case(name));
        name.and_then(|at| u32::try_from(at).ok()).map(|at| at + least).or_else(|| text.parse().ok())
    };
    let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
    if step.is_some_and(|step| step.parse::<u32>().map_or(true, |step| step == 0)) {
        return Some(format!("step of range should be a positive number: {part} ({field})"));
    }
    if matches!(range, "*" | "?") {
        return None;
    }
    let (begin, end) = range.split_once('-').unwrap_or((range, range));
    let (Some(begin), Some(end)) = (number(begin), number(end)) else {
        return Some(format!("failed to parse int from {range} ({field})"));
    };
    if begin < least {
        return Some(format!("beginning of range ({begin}) below minimum ({least}): {part} ({field})"));
    }
    if end > greatest {
        return Some(format!("end of range ({end}) above maximum ({greatest}): {part} ({field})"));
    }
    (begin > end)
        .then(|| format!("beginning of range ({begin}) beyond end of range ({end}): {part} ({field})"))
}

#[cfg(test)]
mod tests {
    use super::schedule_mistake;

    #[test]
    fn schedules_are_read_as_the_controller_reads_them() {
        let good =
            ["* * * * *", "*/5 0-6 1,15 * mon-fri", "@daily", "@every 1h", "0 0 1 jan ?", "1-59/2 * * * 0"];
        for text in good {
            assert_eq!(schedule_mistake(text), None, "{text}");
        }
        let wrong = [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
        ];
        for text in
            wrong.into_iter().chain(["*/0 * * * *", "5-1 * * * *", "a * * * *", "@dayly", "* * * * mo"])
        {
            assert!(schedule_mistake(text).is_some(), "{text}");
        }
    }
}
