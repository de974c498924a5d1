//! Annotations of pods: `ValidatePodSpecificAnnotations`.

use super::super::QUALIFIED;
use super::Refusals;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::schema::formats;

const SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/pod";

const SECCOMP_OF_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// Checks the annotations of a pod. The keys of an object's own are checked with its name.
pub(super) fn check(refusals: &mut Refusals<'_>, annotations: &RenderedValue<'_>, is_own: bool) {
    for entry in annotations.entries().iter().filter(|entry| !is_placeholder(&entry.key)) {
        // Their case does not matter.
        if let Some(mistake) = formats::key_mistake(&entry.key.to_lowercase()).filter(|_| !is_own) {
            let message = format!("`{}` cannot be the key of an annotation: it {mistake}", entry.key);
            refusals.at(entry.location, message, QUALIFIED);
        }
        let value = &entry.value;
        if is_placeholder(value.text()) {
            continue;
        }
        if entry.key == SECCOMP || entry.key.starts_with(SECCOMP_OF_CONTAINER) {
            seccomp(refusals, value);
        } else if entry.key == "controller.kubernetes.io/pod-deletion-cost" && !is_cost(value.text()) {
            let message = format!("`{}` is not a number of 32 bits", value.text());
            refusals.add(value, message, "must be a 32bit integer");
        }
    }
}

fn seccomp(refusals: &mut Refusals<'_>, profile: &RenderedValue<'_>) {
    let text = profile.text();
    if text.strip_prefix("localhost/").is_some_and(|path| path.split('/').any(|part| part == "..")) {
        refusals.add(profile, "the path has the part `..`", "must not contain '..'");
    } else if !text.starts_with("localhost/")
        && !matches!(text, "runtime/default" | "docker/default" | "unconfined")
    {
        let message = format!("`{text}` is not a seccomp profile, such as `runtime/default`");
        refusals.add(profile, message, "must be a valid seccomp profile");
    }
}

/// Whether the text is a number, without a plus or zeros before it.
fn is_cost(text: &str) -> bool {
    text.parse::<i32>().is_ok_and(|cost| cost.to_string() == text)
}
