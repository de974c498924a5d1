//! Jobs: `pkg/apis/batch/validation`.

use std::collections::BTreeSet;

use super::{Refusals, each, has_object, numbers};
use crate::check::model::BuiltObject;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::schema::formats;

/// The controller appends 11 characters to the name of a `CronJob`.
const LONGEST_CRON_JOB: usize = 52;

const MOST_PARALLEL: i128 = 100_000;

const COUNTS: [&str; 7] = [
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
];

/// Checks the spec of a Job.
pub(super) fn job(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    numbers::counts(refusals, spec, &COUNTS);
    if spec.str_at(&["completionMode"]) == Some("Indexed") {
        indexed(refusals, spec);
    } else {
        for entry in ["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"]
            .iter()
            .filter_map(|it| spec.entry(it))
        {
            let message = format!("`{}` needs `completionMode: Indexed`", entry.key);
            refusals.at(entry.location, message, "requires indexed completion mode");
        }
    }
    selector(refusals, spec);
    if let Some(by) = spec.get("managedBy").filter(|by| !is_placeholder(by.text())) {
        refusals.domain_path(by);
    }
    let Some(policy) = spec.get("podFailurePolicy").filter(|policy| !policy.is_null()) else { return };
    let restart = spec.dig(&["template", "spec", "restartPolicy"]);
    if let Some(restart) = restart.filter(|it| it.text() == "OnFailure") {
        let words = "only \"Never\" is supported when podFailurePolicy is specified";
        refusals.add(restart, "`podFailurePolicy` needs `restartPolicy: Never`", words);
    }
    if let Some(value) = spec.get("podReplacementPolicy").filter(|it| it.text() == "TerminatingOrFailed") {
        let words = "Unsupported value: \"TerminatingOrFailed\": supported values: \"Failed\"";
        refusals.add(value, "`podFailurePolicy` needs `podReplacementPolicy: Failed`", words);
    }
    for rule in policy.items_at(&["rules"]) {
        failure_rule(refusals, rule, spec);
    }
}

fn indexed(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let number = |field: &str| spec.get(field).and_then(RenderedValue::as_int);
    // Without `parallelism`, both are 1.
    let lacks_count = !has_object(spec, "completions") && has_object(spec, "parallelism");
    if let Some(mode) = spec.get("completionMode").filter(|_| lacks_count) {
        let words = "completions: Required value: when completion mode is Indexed";
        refusals.add(mode, "`completionMode: Indexed` needs `completions`", words);
    }
    if let Some(value) = spec.get("parallelism").filter(|it| it.as_int() > Some(MOST_PARALLEL)) {
        let words = "must be less than or equal to 100000 when completion mode is Indexed";
        refusals.add(value, "more than 100000 pods at the same time", words);
    }
    if let Some(value) = spec.get("maxFailedIndexes").filter(|value| !value.is_null()) {
        if !has_object(spec, "backoffLimitPerIndex") {
            let words = "backoffLimitPerIndex: Required value: when maxFailedIndexes is specified";
            refusals.add(value, "`maxFailedIndexes` needs `backoffLimitPerIndex`", words);
        }
        if number("completions").is_some_and(|all| value.as_int() > Some(all)) {
            let words = "must be less than or equal to completions";
            refusals.add(value, "`maxFailedIndexes` is more than `completions`", words);
        }
    }
    let Some(policy) = spec.get("successPolicy").filter(|policy| !policy.is_null()) else { return };
    let rules = policy.items_at(&["rules"]);
    if rules.is_empty() {
        let words = "at least one rules must be specified when the successPolicy is specified";
        refusals.add(policy, "`successPolicy` has no rules", words);
    }
    for rule in rules {
        success_rule(refusals, rule, number("completions"));
    }
}

fn success_rule(refusals: &mut Refusals<'_>, rule: &RenderedValue<'_>, completions: Option<i128>) {
    let [count, indexes] = ["succeededCount", "succeededIndexes"].map(|field| rule.get(field));
    if count.is_none() && indexes.is_none() {
        let words = "at least one of succeededCount or succeededIndexes must be specified";
        refusals.add(rule, "the rule says nothing: `succeededCount` or `succeededIndexes`", words);
    }
    if let (Some(count), Some(all)) = (count, completions)
        && count.as_int() > Some(all)
    {
        let words = format!("must be less than or equal to {all} (the number of specified completions)");
        refusals.add(count, "more than all completions", words);
    }
    if let Some(indexes) = indexes.filter(|it| !is_placeholder(it.text())) {
        let is_number = |text: &str| text.parse::<u32>().is_ok();
        if !indexes.text().split([',', '-']).all(is_number) {
            let message = format!("`{}` is not a list of indexes", indexes.text());
            refusals.add(
                indexes,
                message,
                "error parsing succeededIndexes: cannot convert string to integer",
            );
        }
    }
}

/// Checks that the selector is left to the controller, or fits the pods.
fn selector(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let is_manual = spec.get("manualSelector").filter(|it| it.as_bool() == Some(true));
    match (spec.get("selector").filter(|selector| !selector.is_null()), is_manual) {
        (Some(selector), None) if is_own(selector) => {
            let message = "the selector of a Job is generated; remove it, or set `manualSelector`";
            refusals.add(selector, message, "`selector` not auto-generated");
        }
        (None, Some(manual)) => {
            refusals.add(manual, "`manualSelector` needs a `selector`", "spec.selector: Required value");
        }
        (Some(selector), Some(_)) => {
            let wanted = selector.get("matchLabels").map_or(&[][..], RenderedValue::entries);
            let is_missing = |key: &str, value: &str| {
                spec.dig(&["template", "metadata", "labels", key]).is_none_or(|it| it.text() != value)
            };
            if let Some(entry) = wanted.iter().find(|entry| is_missing(&entry.key, entry.value.text())) {
                let words = "`selector` does not match template `labels`";
                refusals.at(entry.location, "the pods do not have this label", words);
            }
        }
        _ => {}
    }
}

/// Whether the selector is not one that the controller made.
fn is_own(selector: &RenderedValue<'_>) -> bool {
    let labels = selector.get("matchLabels").map_or(&[][..], RenderedValue::entries);
    !labels.iter().any(|entry| entry.key.ends_with("controller-uid"))
}

fn failure_rule(refusals: &mut Refusals<'_>, rule: &RenderedValue<'_>, spec: &RenderedValue<'_>) {
    let [codes, conditions] =
        ["onExitCodes", "onPodConditions"].map(|field| rule.get(field).filter(|it| !it.is_null()));
    match (codes, conditions.filter(|list| !list.items().is_empty())) {
        (None, None) => {
            let words = "specifying one of OnExitCodes and OnPodConditions is required";
            refusals.add(rule, "the rule is for nothing: `onExitCodes` or `onPodConditions`", words);
        }
        (Some(_), Some(conditions)) => {
            let words = "specifying both OnExitCodes and OnPodConditions is not supported";
            refusals.add(conditions, "a rule has `onExitCodes` or `onPodConditions`, not both", words);
        }
        _ => {}
    }
    let per_index = has_object(spec, "backoffLimitPerIndex");
    if let Some(action) = rule.get("action").filter(|it| it.text() == "FailIndex" && !per_index) {
        let words = "requires the backoffLimitPerIndex to be set";
        refusals.add(action, "`FailIndex` needs `backoffLimitPerIndex`", words);
    }
    for status in each(conditions.map_or(&[][..], RenderedValue::items), "status") {
        if !matches!(status.text(), "True" | "False" | "Unknown") && !is_placeholder(status.text()) {
            let words = format!(
                "Unsupported value: \"{}\": supported values: \"False\", \"True\", \"Unknown\"",
                status.text()
            );
            refusals.add(status, format!("the status of a condition is not `{}`", status.text()), words);
        }
    }
    if let Some(codes) = codes {
        exit_codes(refusals, codes, spec);
    }
}

fn exit_codes(refusals: &mut Refusals<'_>, codes: &RenderedValue<'_>, spec: &RenderedValue<'_>) {
    let values = codes.items_at(&["values"]);
    if let Some(list) = codes.get("values").filter(|_| values.is_empty()) {
        refusals.add(list, "the rule names no exit code", "at least one value is required");
    }
    if codes.str_at(&["operator"]) == Some("In") {
        for zero in values.iter().filter(|value| value.as_int() == Some(0)) {
            refusals.add(zero, "0 is not a failure", "must not be 0 for the In operator");
        }
    }
    let mut seen = BTreeSet::new();
    for value in values {
        if !seen.insert(value.text()) {
            refusals.add(
                value,
                format!("{} again", value.text()),
                format!("Duplicate value: {}", value.text()),
            );
        }
    }
    let numbers: Vec<_> = values.iter().filter_map(RenderedValue::as_int).collect();
    if let Some(list) = codes.get("values").filter(|_| !numbers.is_sorted()) {
        refusals.add(list, "the exit codes are not in order", "must be ordered");
    }
    let Some(name) = codes.get("containerName").filter(|name| !is_placeholder(name.text())) else { return };
    let containers = ["containers", "initContainers"];
    let mut names =
        containers.iter().flat_map(|list| each(spec.items_at(&["template", "spec", list]), "name"));
    if !names.any(|known| known.text() == name.text()) {
        let message = format!("the pod has no container `{}`", name.text());
        let words = "must be one of the container or initContainer names in the pod template";
        refusals.add(name, message, words);
    }
}

/// Checks the spec of a `CronJob`.
pub(super) fn cron_job(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, resource: BuiltObject<'_>) {
    let counts = ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"];
    numbers::counts(refusals, spec, &counts);
    if let Some(job) = spec.dig(&["jobTemplate", "spec"]) {
        self::job(refusals, job);
        let is_generated = job.get("selector").is_none_or(RenderedValue::is_null);
        if let Some(manual) =
            job.get("manualSelector").filter(|it| it.as_bool() == Some(true) && !is_generated)
        {
            let words = "Unsupported value: true: supported values: \"nil\", \"false\"";
            refusals.add(manual, "the Jobs of a CronJob cannot have a selector of their own", words);
        }
    }
    if resource.name().len() > LONGEST_CRON_JOB {
        let message = format!("the name of the CronJob has {} characters", resource.name().len());
        refusals.at(resource.name_location(), message, "must be no more than 52 characters");
    }
    time_zone(refusals, spec);
    let Some(schedule) = spec.get("schedule").filter(|it| !is_placeholder(it.text())) else { return };
    if schedule.text().contains("TZ") {
        let words = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        refusals.add(schedule, "the schedule names a time zone", words);
    } else if let Some(words) = schedule_mistake(schedule.text()) {
        refusals.add(schedule, format!("`{}` is not a schedule", schedule.text()), words);
    }
}

fn time_zone(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let Some(zone) = spec.get("timeZone").filter(|zone| !zone.is_null()) else { return };
    if zone.text().is_empty() {
        refusals.add(zone, "`timeZone` is empty", "timeZone must be nil or non-empty string");
    } else if zone.text().eq_ignore_ascii_case("local") {
        let words = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        refusals.add(zone, format!("`{}` is not a time zone of its own", zone.text()), words);
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
fn schedule_mistake(schedule: &str) -> Option<String> {
    let Some(descriptor) = schedule.strip_prefix('@') else { return fields_mistake(schedule) };
    let known = ["yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly"];
    match descriptor.strip_prefix("every ") {
        Some(span) if formats::is_duration(span) => None,
        Some(_) => Some(format!("failed to parse duration @{descriptor}")),
        None if known.contains(&descriptor) => None,
        None => Some(format!("unrecognized descriptor: @{descriptor}")),
    }
}

/// Returns what the parser says about a schedule without descriptors, such as `@daily`.
pub(in super::super) fn fields_mistake(schedule: &str) -> Option<String> {
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
