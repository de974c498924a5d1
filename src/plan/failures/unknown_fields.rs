//! Fields that a kind does not have. Tekton's webhook refuses the object, and so does the API server with server-side apply.
//! Otherwise the API server drops the field, and the object is never in sync.

use super::note;
use crate::check::Finding;
use crate::check::model::BuiltObject;
use crate::check::rules::hooks::options;
use crate::plan::desired::Desired;
use crate::plan::state::AppState;
use crate::plan::{Action, ApplicationPlan, ObjectPlan};

const CODE: &str = "TN010";

/// Says of the objects which the change applies that the field is dropped; returns whether that is all that comes of the error.
pub(super) fn are_dropped(
    application: &mut ApplicationPlan,
    app: &AppState<'_>,
    finding: &Finding,
    is_about: impl Fn(&Desired<'_>) -> bool,
) -> bool {
    let Some(name) = finding.message.split('`').nth(1).filter(|_| finding.rule.code == CODE) else {
        return false;
    };
    if app.has_option("ServerSideApply=true") {
        return false;
    }
    let mut is_told = app.hooks.iter().any(|hook| is_about(hook) && !is_refused(hook.built));
    for object in &mut application.objects {
        let Some(desired) = app.objects.get(&object.id).filter(|it| !is_refused(it.built)) else { continue };
        if object.action.is_applied() {
            is_told |= drop_field(object, name, is_about(desired));
        }
    }
    is_told
}

fn is_refused(built: BuiltObject<'_>) -> bool {
    built.is_tekton() || options(built).any(|own| own == "ServerSideApply=true")
}

fn drop_field(object: &mut ObjectPlan, name: &str, is_about: bool) -> bool {
    let mut is_told = is_about;
    for field in object.fields.iter_mut().filter(|field| field.after.is_some() && is_last(&field.path, name))
    {
        field.words.push_str("; the API server drops it");
        is_told = true;
    }
    if is_told {
        note(&mut object.remarks, format!("`{name}` is not a field of it: the object never is in sync"));
        if object.fields.iter().all(|field| is_last(&field.path, name)) && object.action == Action::Change {
            object.pods = None;
        }
    }
    is_told
}

/// Whether a path such as `spec.replicas` ends with the name.
fn is_last(path: &str, name: &str) -> bool {
    let end = path.strip_suffix(']').unwrap_or(path).strip_suffix(name);
    end.is_some_and(|rest| rest.is_empty() || rest.ends_with(['.', '[']))
}
