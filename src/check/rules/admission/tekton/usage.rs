//! Where steps and tasks may use params that are arrays or objects, and results of other steps.

use super::super::{Refusals, each};
use super::kind_of_param;
use crate::check::rendered_value::RenderedValue;

/// Names of declared params, by type.
pub(super) struct Declared<'v> {
    arrays: Vec<&'v str>,
    objects: Vec<&'v str>,
}

impl<'v> Declared<'v> {
    /// Returns the params that `spec` declares.
    pub(super) fn of(spec: &'v RenderedValue<'_>) -> Self {
        let of = |kind: &str| {
            let params = spec.items_at(&["params"]).iter().filter(|param| kind_of_param(param) == kind);
            params.filter_map(|param| param.str_at(&["name"])).collect()
        };
        Self { arrays: of("array"), objects: of("object") }
    }

    /// Reports params in a text that holds one value: no array, and no whole object.
    pub(super) fn in_text(&self, refusals: &mut Refusals<'_>, value: &RenderedValue<'_>) {
        if let Some(used) = self.used(value.text()).or_else(|| self.whole_object(value.text())) {
            invalid(refusals, value, &used);
        }
    }

    /// Reports params in an entry of a list: an array has to be the whole entry.
    pub(super) fn in_list(&self, refusals: &mut Refusals<'_>, value: &RenderedValue<'_>) {
        if let Some(used) = self.used(value.text()).filter(|used| used != value.text()) {
            let message = format!("`{used}` is an array, which has to be an entry of its own");
            let words = format!("variable is not properly isolated in \"{}\"", value.text());
            refusals.at(value.location().within(&used), message, words);
        } else if let Some(used) = self.whole_object(value.text()) {
            invalid(refusals, value, &used);
        }
    }

    fn used(&self, text: &str) -> Option<String> {
        used(text, &self.arrays)
    }

    fn whole_object(&self, text: &str) -> Option<String> {
        used(text, &self.objects)
    }
}

fn invalid(refusals: &mut Refusals<'_>, value: &RenderedValue<'_>, used: &str) {
    let message = format!("`{used}` is not a string, and cannot be used in a text");
    let words = format!("variable type invalid in \"{}\"", value.text());
    refusals.at(value.location().within(used), message, words);
}

/// Returns the variable in `text` for the whole of one of these params.
fn used(text: &str, names: &[&str]) -> Option<String> {
    let forms = |name: &&str| {
        let inner = [name.to_string(), format!("{name}[*]")].map(|inner| format!("$(params.{inner})"));
        inner.into_iter().find(|form| text.contains(form))
    };
    if text.contains("$(params.") { names.iter().find_map(forms) } else { None }
}

/// Checks the variables in a step or a `StepAction`.
pub(super) fn step(refusals: &mut Refusals<'_>, step: &RenderedValue<'_>, declared: &Declared<'_>) {
    let mounts = step.items_at(&["volumeMounts"]);
    let of_mounts = ["name", "mountPath", "subPath"].into_iter().flat_map(|field| each(mounts, field));
    let fields = ["name", "image", "workingDir", "script"].into_iter().filter_map(|field| step.get(field));
    for value in fields.chain(each(step.items_at(&["env"]), "value")).chain(of_mounts) {
        declared.in_text(refusals, value);
    }
    for value in ["command", "args"].into_iter().flat_map(|list| step.items_at(&[list])) {
        declared.in_list(refusals, value);
    }
    results_of_steps(refusals, step);
    own_results(refusals, step);
}

/// Results of other steps are for `env`, `command` and `args`.
fn results_of_steps(refusals: &mut Refusals<'_>, step: &RenderedValue<'_>) {
    let mounts = step.items_at(&["volumeMounts"]);
    let of_mounts = ["name", "mountPath", "subPath"].into_iter().flat_map(|field| each(mounts, field));
    let fields = ["name", "image", "imagePullPolicy", "script", "workingDir"];
    for value in fields.into_iter().filter_map(|field| step.get(field)).chain(of_mounts) {
        let expressions = value.text().split("$(steps.").skip(1).filter_map(|rest| rest.split_once(')'));
        if expressions.into_iter().any(|(inner, _)| inner.contains(".results.")) {
            let message = "the result of another step can be used only in `env`, `command` and `args`";
            let words = "stepResult substitutions are only allowed in env, command and args. Found usage in";
            refusals.at(value.location().within("$(steps."), message, words);
        }
    }
}

/// Checks `$(step.results.NAME.path)` in a script, if the step declares results.
fn own_results(refusals: &mut Refusals<'_>, step: &RenderedValue<'_>) {
    let results = step.items_at(&["results"]);
    let Some(script) = step.get("script").filter(|_| !results.is_empty()) else { return };
    let known: Vec<_> = each(results, "name").map(RenderedValue::text).collect();
    for rest in script.text().split("$(step.results.").skip(1) {
        let name = rest.split(['.', ')', '[']).next().unwrap_or_default();
        if !known.contains(&name) {
            let hint = crate::suggest::hint(name, known.iter().copied());
            let written = format!("$(step.results.{name}");
            let words = format!("non-existent variable in \"{written}.path)\"");
            refusals.at(
                script.location().within(&written),
                format!("this step has no result `{name}`{hint}"),
                words,
            );
        }
    }
}
