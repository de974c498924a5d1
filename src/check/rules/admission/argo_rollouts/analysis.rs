//! Analyses: `utils/analysis/factory.go`.

use super::{Refusals, each, has, has_object};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::schema::formats;

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

/// Checks the spec of a template.
pub(super) fn template(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
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

/// Checks the metrics of a template or a run.
pub(super) fn metrics(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
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
