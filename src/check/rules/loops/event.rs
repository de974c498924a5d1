//! Pushes to a repository that start a run: triggers of an `EventListener`, and the annotations of Pipelines-as-Code.
//! What a filter says is read only where all of it is understood; an event with any other filter is left out.

use std::collections::BTreeMap;

use crate::check::model::lookup::only;
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;

const TRIGGERS: &str = "triggers.tekton.dev";

/// A push that starts a run.
pub(super) struct Event<'a> {
    /// What hears of it, for messages.
    pub(super) heard_by: String,
    /// The object that the names in the run belong to.
    pub(super) resource: BuiltObject<'a>,
    /// The whole run.
    pub(super) run: &'a RenderedValue<'a>,
    /// The branches whose pushes count; `None` if all do.
    pub(super) branches: Option<Vec<String>>,
    /// The params of the template, with the parts of the event that they are given.
    pub(super) params: BTreeMap<String, String>,
    pub(super) source: EventSource,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum EventSource {
    Listener,
    PipelinesAsCode,
}

impl EventSource {
    /// Whether the text is the address of the repository that was pushed to.
    pub(super) fn is_repository(self, text: &str) -> bool {
        match self {
            Self::Listener => {
                ["$(body.repository.", "$(body.project."].iter().any(|part| text.contains(part))
            }
            Self::PipelinesAsCode => {
                let text = text.replace(' ', "");
                text.contains("{{repo_url}}") || text.contains("{{source_url}}")
            }
        }
    }

    /// Whether the text comes from the event, as the ID of a commit does.
    pub(super) fn is_of_event(self, text: &str) -> bool {
        match self {
            Self::Listener => text.contains("$(body.") || text.contains("$(extensions."),
            Self::PipelinesAsCode => text.contains("{{"),
        }
    }
}

/// Returns every push that starts a run.
pub(super) fn of<'a>(model: &Model<'a>) -> Vec<Event<'a>> {
    let mut found = Vec::new();
    for listener in model.of_kind(TRIGGERS, "EventListener") {
        for trigger in listener.content().items_at(&["spec", "triggers"]) {
            let Some(name) = trigger.str_at(&["triggerRef"]) else {
                found.extend(of_trigger(model, listener, trigger));
                continue;
            };
            if let Some(meant) = only(&model.meant_by(listener, (TRIGGERS, "Trigger"), name))
                && let Some(spec) = meant.content().get("spec")
            {
                found.extend(of_trigger(model, listener, spec));
            }
        }
    }
    for run in model.of_kind("tekton.dev", "PipelineRun") {
        found.extend(of_annotations(run));
    }
    found
}

fn of_trigger<'a>(
    model: &Model<'a>,
    listener: BuiltObject<'a>,
    trigger: &'a RenderedValue<'a>,
) -> Vec<Event<'a>> {
    let Some(filter) = Filter::of_interceptors(trigger.items_at(&["interceptors"])) else {
        return Vec::new();
    };
    let named = trigger.str_at(&["template", "ref"]).or_else(|| trigger.str_at(&["template", "name"]));
    let template =
        named.and_then(|name| only(&model.meant_by(listener, (TRIGGERS, "TriggerTemplate"), name)));
    let spec = template.and_then(|template| template.content().get("spec"));
    let Some(spec) = spec.or_else(|| trigger.dig(&["template", "spec"])) else { return Vec::new() };
    let params = bound(model, listener, trigger, spec);
    let runs = spec.items_at(&["resourcetemplates"]).iter();
    let runs = runs.filter(|run| matches!(run.str_at(&["kind"]), Some("PipelineRun" | "TaskRun")));
    let event = |run| Event {
        heard_by: format!("EventListener `{}`", listener.name()),
        resource: template.unwrap_or(listener),
        run,
        branches: filter.branches.clone(),
        params: params.clone(),
        source: EventSource::Listener,
    };
    runs.map(event).collect()
}

/// Returns what the bindings of a trigger give to the params of its template.
fn bound<'a>(
    model: &Model<'a>,
    listener: BuiltObject<'a>,
    trigger: &RenderedValue<'a>,
    template: &RenderedValue<'a>,
) -> BTreeMap<String, String> {
    let pair = |param: &RenderedValue<'_>, key: &str| {
        Some((format!("tt.params.{}", param.str_at(&["name"])?), param.get(key)?.text().to_owned()))
    };
    let defaults = template.items_at(&["params"]).iter();
    let mut known: BTreeMap<_, _> = defaults.filter_map(|param| pair(param, "default")).collect();
    for binding in trigger.items_at(&["bindings"]) {
        known.extend(pair(binding, "value"));
        known.extend(binding.items_at(&["spec", "params"]).iter().filter_map(|param| pair(param, "value")));
        let kind = binding.str_at(&["kind"]).unwrap_or("TriggerBinding");
        let named = binding.str_at(&["ref"]);
        let meant = named.and_then(|name| only(&model.meant_by(listener, (TRIGGERS, kind), name)));
        let params = meant.map_or(&[][..], |meant| meant.content().items_at(&["spec", "params"])).iter();
        known.extend(params.filter_map(|param| pair(param, "value")));
    }
    known
}

fn of_annotations(run: BuiltObject<'_>) -> Option<Event<'_>> {
    let annotation = |name: &str| {
        let name = format!("pipelinesascode.tekton.dev/{name}");
        run.annotation(&name).map(RenderedValue::text)
    };
    let filter = if let Some(expression) = annotation("on-cel-expression") {
        Filter::of_expression(expression)?
    } else {
        let list = |text: &str| {
            let words = text.trim_matches(['[', ']']).split(',').map(|word| word.trim().to_owned());
            words.filter(|word| !word.is_empty()).collect::<Vec<_>>()
        };
        if !list(annotation("on-event")?).iter().any(|event| event == "push") {
            return None;
        }
        Filter { branches: Some(list(annotation("on-target-branch")?)) }
    };
    let is_narrow = ["on-path-change", "on-path-change-ignore", "on-comment", "on-label"];
    if is_narrow.iter().any(|name| annotation(name).is_some()) {
        return None;
    }
    Some(Event {
        heard_by: format!("PipelineRun `{}` of Pipelines-as-Code", run.name()),
        resource: run,
        run: run.content(),
        branches: filter.branches,
        params: BTreeMap::new(),
        source: EventSource::PipelinesAsCode,
    })
}

/// What a filter lets through of the pushes.
#[derive(Default)]
struct Filter {
    branches: Option<Vec<String>>,
}

impl Filter {
    /// Returns the filter of all interceptors; `None` if one lets no push through, or may look at something else than
    /// event, repository and branch.
    fn of_interceptors(interceptors: &[RenderedValue<'_>]) -> Option<Self> {
        let mut filter = Self::default();
        for interceptor in interceptors {
            let params = interceptor.items_at(&["params"]);
            let param = |name: &str| {
                let param = params.iter().find(|param| param.str_at(&["name"]) == Some(name));
                param.and_then(|param| param.get("value"))
            };
            let old = ["github", "gitlab", "bitbucket", "cel"]
                .into_iter()
                .find(|name| interceptor.get(name).is_some());
            let name = interceptor.str_at(&["ref", "name"]).or(old)?;
            match name {
                "github" | "gitlab" | "bitbucket" => {
                    let types = param("eventTypes").or_else(|| interceptor.dig(&[name, "eventTypes"]));
                    let types = types.map_or(&[][..], RenderedValue::items);
                    let is_push = |event: &RenderedValue<'_>| {
                        matches!(event.text(), "push" | "Push Hook" | "repo:push" | "repo:refs_changed")
                    };
                    if !types.is_empty() && !types.iter().any(is_push) {
                        return None;
                    }
                    if param("addChangedFiles").is_some() || param("githubOwners").is_some() {
                        return None;
                    }
                }
                "cel" => {
                    let text = param("filter").or_else(|| interceptor.dig(&["cel", "filter"]));
                    let found =
                        text.map_or_else(|| Some(Self::default()), |text| Self::of_expression(text.text()));
                    filter.branches = found?.branches.or(filter.branches);
                }
                _ => return None,
            }
        }
        Some(filter)
    }

    /// Reads a CEL expression that compares the event, the repository and the branch with texts.
    fn of_expression(expression: &str) -> Option<Self> {
        const KNOWN: [&str; 10] = [
            "body.ref",
            "body.repository",
            "body.project",
            "body.object_kind",
            "body.event_name",
            "header",
            "event",
            "target_branch",
            "source_branch",
            "body.ref.split",
        ];
        const FUNCTIONS: [&str; 9] =
            ["in", "match", "canonical", "split", "startsWith", "endsWith", "matches", "has", "true"];
        let (code, texts) = without_texts(expression);
        // What is denied may be anything.
        if code.contains('!') {
            return None;
        }
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.');
        let words = code.split(|letter: char| !is_part(letter)).map(|word| word.trim_matches('.'));
        let is_known = |word: &str| {
            FUNCTIONS.contains(&word)
                || word.bytes().all(|byte| byte.is_ascii_digit())
                || KNOWN.iter().any(|known| word == *known || word.starts_with(&format!("{known}.")))
        };
        if !words.filter(|word| !word.is_empty()).all(is_known) {
            return None;
        }
        let mut branches = Vec::new();
        let mut is_push = None;
        for text in texts {
            match text {
                "push" | "Push Hook" | "repo:push" | "repo:refs_changed" => is_push = Some(true),
                // The name of a header, or of a repository.
                text if text.starts_with("X-") || text.contains("://") || text == "/" => {}
                text if is_event(text) => is_push = is_push.or(Some(false)),
                text if text.starts_with("refs/") || !text.contains('/') => branches.push(text.to_owned()),
                _ => {}
            }
        }
        let has_branch = code.contains("ref") || code.contains("branch");
        (is_push != Some(false)).then(|| Self { branches: has_branch.then_some(branches) })
    }
}

fn is_event(text: &str) -> bool {
    text.contains("pull_request")
        || text.contains("merge_request")
        || text.ends_with(" Hook")
        || text.starts_with("pullrequest:")
}

/// Returns an expression without its texts in quotes, and those.
fn without_texts(expression: &str) -> (String, Vec<&str>) {
    let (mut code, mut texts, mut rest) = (String::new(), Vec::new(), expression);
    while let Some(start) = rest.find(['\'', '"']) {
        let quote = &rest[start..=start];
        code.push_str(&rest[..start]);
        code.push(' ');
        let inner = &rest[start + 1..];
        let end = inner.find(quote).unwrap_or(inner.len());
        texts.push(&inner[..end]);
        rest = inner.get(end + 1..).unwrap_or_default();
    }
    code.push_str(rest);
    (code, texts)
}

/// Whether a push to `branch` is one of those that the patterns take.
pub(super) fn takes(patterns: &[String], branch: &str) -> bool {
    patterns.iter().any(|pattern| {
        let pattern = pattern.strip_prefix("refs/heads/").unwrap_or(pattern);
        let (start, end) = pattern.split_once('*').unwrap_or((pattern, ""));
        if pattern.starts_with("refs/tags") {
            return false;
        }
        pattern == branch || pattern.contains('*') && branch.starts_with(start) && branch.ends_with(end)
    })
}
