//! Who can lower the level that a namespace enforces: a Namespace that is synced over a stricter one, and a project that
//! lets any commit write such a label.

use crate::check::finding::Finding;
use crate::check::model::{Application, BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN048;

use super::ENFORCE;

/// The levels, from the one that permits most.
const LEVELS: [&str; 3] = ["privileged", "baseline", "restricted"];

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    for application in &model.applications {
        let namespaces = application.rendered.iter().copied().filter(|object| object.is("", "Namespace"));
        found.extend(namespaces.filter_map(|namespace| lowers(model, application, namespace)));
    }
    let has_level =
        model.resources.iter().any(|object| object.is("", "Namespace") && level_of(*object) > Some(0))
            || model
                .applications
                .iter()
                .any(|application| managed(application).is_some_and(|(level, _)| level > 0));
    if has_level {
        let projects = model.of_kind("argoproj.io", "AppProject");
        found.extend(projects.filter_map(|project| permits(project)));
    }
}

/// Reports a synced Namespace that permits more than what else the repository says about it.
fn lowers(model: &Model<'_>, application: &Application<'_>, namespace: BuiltObject<'_>) -> Option<Finding> {
    let label = namespace.content().dig(&["metadata", "labels", ENFORCE]);
    let level = level_of(namespace);
    let is_its =
        |other: &&Application<'_>| other.spec.str_at(&["destination", "namespace"]) == Some(namespace.name());
    let managed = model.applications.iter().filter(is_its).filter_map(|other| {
        let (level, text) = managed(other)?;
        Some((
            level,
            format!(
                "`managedNamespaceMetadata` of the Application `{}` says `{text}`",
                other.resource.name()
            ),
        ))
    });
    let others = model.of_kind("", "Namespace").filter(|other| {
        let is_same = other.location().key() == namespace.location().key();
        other.name() == namespace.name() && !is_same && !is_rendered(model, *other)
    });
    let declared = others.filter_map(|other| {
        let level = level_of(other)?;
        Some((level, format!("`{}` says `{}`", other.location(), LEVELS[level])))
    });
    let (stricter, said) = managed.chain(declared).max_by_key(|(level, _)| *level)?;
    // Without the label, one that somebody else has set stays.
    let level = level?;
    if level >= stricter {
        return None;
    }
    let message = format!(
        "the Application `{}` sets the namespace `{}` to `{}`, and {said}: the label that is synced wins, and lets in what the \
         other was to keep out",
        application.resource.name(),
        namespace.name(),
        LEVELS[level]
    );
    let hint = "keep the Namespace and its labels out of what the Application renders; an administrator applies them";
    Some(label?.location().finding(&TN048, message).hint(hint))
}

/// Whether an Application renders the object.
fn is_rendered(model: &Model<'_>, object: BuiltObject<'_>) -> bool {
    let mut rendered = model.applications.iter().flat_map(|application| &application.rendered);
    rendered.any(|other| other.location().key() == object.location().key())
}

/// Returns the level that a Namespace enforces, as an index of [`LEVELS`]; `None` without the label.
fn level_of(namespace: BuiltObject<'_>) -> Option<usize> {
    let level = namespace.label(ENFORCE)?;
    LEVELS.iter().position(|known| *known == level)
}

/// Returns the level that an Application gives to the namespace that it creates.
fn managed<'a>(application: &Application<'a>) -> Option<(usize, &'a str)> {
    let labels = application.spec.dig(&["syncPolicy", "managedNamespaceMetadata", "labels"])?;
    let text = labels.str_at(&[ENFORCE])?;
    Some((LEVELS.iter().position(|known| *known == text)?, text))
}

/// Reports a project whose Applications may write any Namespace.
fn permits(project: BuiltObject<'_>) -> Option<Finding> {
    let spec = project.content().get("spec")?;
    let is_namespace = |entry: &&RenderedValue<'_>| {
        entry.str_at(&["kind"]) == Some("Namespace")
            && matches!(entry.str_at(&["group"]), Some("" | "*") | None)
    };
    if spec.items_at(&["clusterResourceBlacklist"]).iter().any(|entry| is_namespace(&entry)) {
        return None;
    }
    let mut entries = spec.items_at(&["clusterResourceWhitelist"]).iter().filter(is_namespace);
    let entry = entries.find(|entry| entry.get("name").is_none_or(|name| matches!(name.text(), "" | "*")))?;
    let message = format!(
        "AppProject `{}` lets a commit write any Namespace, and with it the labels by which namespaces of this repository \
         enforce Pod Security",
        project.name()
    );
    let hint = "name the namespace in `name` beside `kind`, or remove the entry and let an administrator apply Namespaces";
    Some(entry.get("kind")?.location().finding(&TN048, message).hint(hint))
}
