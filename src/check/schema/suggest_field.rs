//! Suggests what an unknown field was meant to be: a field further up or down, or one with a similar name.

use std::collections::VecDeque;
use std::rc::Rc;

use super::table::{ObjectType, ObjectTypes, Shape, holders};
use crate::suggest;

/// Levels of mappings to search: `spec.template.spec` of a Deployment is two below its `spec`.
const DEPTH: usize = 3;

/// A field of more types than this (`name`, `type`, `path`) does not indicate where it belongs.
const COMMON: usize = 20;

/// Minimum length of a name to compare with the end of others.
const SHORTEST_END: usize = 7;

/// Maximum number of fields to list without a suggestion.
const LISTED: usize = 12;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Suggestion {
    /// In the mapping that is this many steps from the root.
    Above(usize),
    /// In the mapping below these keys.
    Below(Vec<String>),
    /// In this mapping, under another name.
    Renamed {
        name: String,
        /// Whether no other name is equally close, and the field does not exist yet.
        is_certain: bool,
    },
}

/// Suggests where the field `name` in the innermost of the mappings `within` belongs; `is_free` says whether a field does
/// not exist there yet. First comes a name here that differs in case or a final `s`, then the same name elsewhere, then
/// a similar name.
pub(crate) fn suggest_field(
    types: &ObjectTypes,
    within: &[(usize, Rc<ObjectType>)],
    name: &str,
    is_free: impl Fn(&str) -> bool,
) -> Option<Suggestion> {
    let ((_, here), above) = within.split_last()?;
    let names = || here.fields.iter().map(|field| field.name.as_ref());
    let near = suggest::nearest(name, names());
    let is_only = |near: &str| {
        suggest::nearest(name, [near]).is_some()
            && suggest::nearest(name, names().filter(|other| *other != near)).is_none()
    };
    let renamed = |near: &str| Suggestion::Renamed {
        name: near.to_owned(),
        is_certain: is_free(near) && (is_slip(name, near) || is_only(near)),
    };
    if let Some(near) = near.filter(|near| is_slip(name, near)) {
        return Some(renamed(near));
    }
    let holder = above.iter().rev().find(|(_, fields)| fields.field(name).is_some());
    if let Some((steps, _)) = holder {
        return Some(Suggestion::Above(*steps));
    }
    let below = || below(types, here, name).filter(|_| holders(name) <= COMMON);
    below().map(Suggestion::Below).or_else(|| near.or_else(|| longer(name, names())).map(renamed))
}

/// Returns the only name with the same ending, such as `computeResources`, once called `resources`.
fn longer<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let is_same = |long: &str, short: &str| short.len() >= SHORTEST_END && long.ends_with(short);
    let mut hits = names.filter(|other| {
        let other = other.to_lowercase();
        is_same(&other, &name) || is_same(&name, &other)
    });
    hits.next().filter(|_| hits.next().is_none())
}

/// Whether two words differ only in case, a final `s`, `-` and `_`.
fn is_slip(word: &str, other: &str) -> bool {
    let plain = |word: &str| word.to_lowercase().trim_end_matches('s').replace(['-', '_'], "");
    plain(word) == plain(other)
}

/// Returns the path to the nearest mapping below `fields` with a field `name`; `None` if two are equally
/// near.
fn below(types: &ObjectTypes, fields: &Rc<ObjectType>, name: &str) -> Option<Vec<String>> {
    let mut level = VecDeque::from([(Vec::new(), Rc::clone(fields))]);
    for _ in 0..DEPTH {
        let mut next = VecDeque::new();
        for (path, fields) in level {
            for field in fields.fields.iter().filter(|field| !matches!(field.shape, Shape::List(_))) {
                if let Some(inner) = types.of(&field.shape) {
                    let mut path: Vec<String> = path.clone();
                    path.push(field.name.to_string());
                    next.push_back((path, inner));
                }
            }
        }
        let mut hits = next.iter().filter(|(_, fields)| fields.field(name).is_some());
        if let Some((path, _)) = hits.next() {
            return hits.next().is_none().then(|| path.clone());
        }
        level = next;
    }
    None
}

/// Returns a hint that lists the fields, if they are few.
pub(crate) fn choices(fields: &ObjectType) -> String {
    if fields.fields.is_empty() || fields.fields.len() > LISTED {
        return String::new();
    }
    let names: Vec<_> = fields.fields.iter().map(|field| format!("`{}`", field.name)).collect();
    format!("the fields are {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggestion(path: &[&'static str], name: &str) -> Option<Suggestion> {
        let types = ObjectTypes::default();
        let within: Vec<_> = path.iter().enumerate().map(|(steps, name)| (steps, types.get(name))).collect();
        suggest_field(&types, &within, name, |_| true)
    }

    #[test]
    fn a_field_further_up_is_found() {
        let job = ["Job", "JobSpec", "PodTemplateSpec", "PodSpec"];
        assert_eq!(suggestion(&job, "backoffLimit"), Some(Suggestion::Above(1)));
        assert_eq!(suggestion(&["DeploymentSpec"], "type"), None, "too many have it to tell");
    }

    #[test]
    fn a_field_further_down_is_found_where_it_is_the_only_one() {
        let below = |steps: &[&str]| Some(Suggestion::Below(steps.iter().map(ToString::to_string).collect()));
        assert_eq!(suggestion(&["Deployment", "DeploymentSpec"], "containers"), below(&["template", "spec"]));
        assert_eq!(
            suggestion(&["PipelineRun", "PipelineRunSpec"], "serviceAccountName"),
            below(&["taskRunTemplate"])
        );
    }

    #[test]
    fn a_similar_name_is_found() {
        let renamed =
            |name: &str, is_certain| Some(Suggestion::Renamed { name: name.to_owned(), is_certain });
        assert_eq!(suggestion(&["DeploymentSpec"], "replica"), renamed("replicas", true));
        assert_eq!(suggestion(&["Container"], "ImagePullPolicy"), renamed("imagePullPolicy", true));
        assert_eq!(suggestion(&["Container"], "imagePulPolicy"), renamed("imagePullPolicy", true));
        assert_eq!(suggestion(&["Step"], "resources"), renamed("computeResources", false));
        assert_eq!(
            suggestion(&["PipelineTaskRunSpec"], "taskServiceAccountName"),
            renamed("serviceAccountName", false)
        );
        assert_eq!(suggestion(&["Container"], "frobnicate"), None);
    }
}
