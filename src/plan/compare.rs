//! Compares the Applications of two revisions.

use std::collections::{BTreeMap, BTreeSet};

use super::changed;
use super::desired::Desired;
use super::failures::builds;
use super::fields::{self, Difference};
use super::findings::Errors;
use super::state::{AppState, RevisionState};
use super::{
    Action, ApplicationPlan, ClusterPlan, Merge, ObjectPlan, Presence, SyncState, Unknown, hooks, words,
};
use crate::check::Files;
use crate::check::kustomize::RenderedValue;
use crate::check::model::Application;
use crate::check::model::lookup::is_below;
use crate::check::rules::hooks::compare_options;
use crate::check::rules::order::moment::is_skipped;

/// Words in names, labels and namespaces of Applications for production.
const PRODUCTION: [&str; 4] = ["production", "prod", "prd", "live"];

pub(super) fn plan<'a>(
    before: &RevisionState<'a>,
    after: &RevisionState<'a>,
    merge: Merge<'_>,
    errors: &Errors,
) -> ClusterPlan {
    let mut plan = ClusterPlan::default();
    let keys: BTreeSet<_> = before.applications.keys().chain(after.applications.keys()).collect();
    for key in keys {
        let pair = Pair {
            old: before.applications.get(key),
            new: after.applications.get(key),
            changed: merge.changed,
            files: merge.after,
            errors,
        };
        if !pair.is_below(merge.below) {
            continue;
        }
        if let Some(application) = pair.plan() {
            plan.applications.push(application);
        } else {
            plan.unaffected += 1;
            let production = pair.new.filter(|app| is_production(app.application));
            plan.production_unaffected.extend(production.map(|app| app.name().to_owned()));
        }
    }
    plan.applications.sort_by(|one, other| one.name.cmp(&other.name).then_with(|| one.path.cmp(&other.path)));
    note_moves(&mut plan);
    let unknown = after.unknown.iter().chain(before.unknown.iter().filter(|it| !after.unknown.contains(it)));
    plan.unknown = unknown.map(|what| Unknown { what: what.clone(), files: Vec::new() }).collect();
    plan
}

/// Notes objects that one Application gives up and another takes.
fn note_moves(plan: &mut ClusterPlan) {
    let mut created = BTreeMap::new();
    for application in &plan.applications {
        for object in application.objects.iter().filter(|object| object.action == Action::Create) {
            created.insert(object.id.clone(), application.name.clone());
        }
    }
    for application in &mut plan.applications {
        for object in application.objects.iter_mut().filter(|object| object.action == Action::Prune) {
            if let Some(other) = created.get(&object.id) {
                object.remarks.push(format!(
                    "Application `{other}` takes it over: it is deleted if this one syncs first, and then created again"
                ));
            }
        }
    }
}

pub(super) struct Pair<'s, 'a> {
    pub(super) old: Option<&'s AppState<'a>>,
    pub(super) new: Option<&'s AppState<'a>>,
    pub(super) changed: &'s BTreeSet<String>,
    /// Those after the change.
    pub(super) files: &'s Files,
    /// Those of `check`, after the change.
    errors: &'s Errors,
}

impl Pair<'_, '_> {
    /// Whether it is declared in the folder, or made of a file in it.
    fn is_below(&self, folder: &str) -> bool {
        let is_in = |app: &AppState<'_>| {
            is_below(&app.path, folder) || app.inputs.iter().any(|path| is_below(path, folder))
        };
        folder.is_empty() || [self.old, self.new].into_iter().flatten().any(is_in)
    }

    /// Returns what happens to the Application; `None` if the change does not concern it.
    fn plan(&self) -> Option<ApplicationPlan> {
        let app = self.new.or(self.old)?;
        let presence = match (self.old, self.new) {
            (Some(_), Some(_)) => Presence::Kept,
            (None, _) => Presence::Added,
            (_, None) => Presence::Removed,
        };
        let mut remarks = self.spec_remarks();
        remarks.extend(self.left_fields());
        let broken = self.new.map(|app| builds::broken(app, &self.errors.new)).unwrap_or_default();
        let mut objects = if app.elsewhere.is_some() { Vec::new() } else { self.objects() };
        let inputs: BTreeSet<_> =
            [self.old, self.new].into_iter().flatten().flat_map(|it| &it.inputs).collect();
        let touched = inputs.iter().any(|path| self.changed.contains(path.as_str()));
        let may_differ = self.changes_unknown(&inputs);
        let unknown: Vec<Unknown> =
            if may_differ && touched || !remarks.is_empty() || presence != Presence::Kept {
                self.unknown()
            } else {
                Vec::new()
            };
        if let Some(revision) = &app.elsewhere
            && (touched || presence != Presence::Kept)
        {
            remarks.push(format!("it follows `{revision}`, which this change does not move"));
        }
        // A chart that is not rendered may have changed in any way.
        let is_blind = app.elsewhere.is_none()
            && may_differ
            && !unknown.is_empty()
            && (self.is_open() || objects.is_empty());
        let is_broken = !broken.is_empty();
        if is_broken {
            objects.clear();
        }
        let is_concerned = !objects.is_empty()
            || is_broken && touched
            || !remarks.is_empty()
            || presence != Presence::Kept
            || is_blind && touched
            || self.hooks_changed();
        if !is_concerned {
            return None;
        }
        if let Some(app) = self.new.filter(|_| !is_broken) {
            let known = builds::broken(app, &self.errors.known).into_iter();
            remarks
                .extend(known.map(|why| format!("it was broken before, and nothing may be synced: {why}")));
        }
        let sync = if is_broken { SyncState::Broken } else { self.sync(app, &objects, is_blind) };
        let is_syncing = !matches!(sync, SyncState::Unchanged) && self.new.is_some();
        if sync == SyncState::Manual && app.is_automated() {
            remarks.extend(not_automatic(app, &objects).map(str::to_owned));
        }
        if self.new.is_some() && !is_syncing {
            objects.iter_mut().for_each(leave_extraneous);
        }
        if objects.is_empty() && self.hooks_changed() && matches!(sync, SyncState::Unchanged) {
            remarks.push(
                "only hooks change: they run with the next sync, which this change does not start".to_owned(),
            );
        }
        objects.sort_by(changed::order);
        Some(ApplicationPlan {
            name: app.name().to_owned(),
            path: app.path.clone(),
            made_by: app.made_by.clone(),
            folders: app.application.folders.iter().map(|folder| (*folder).to_owned()).collect(),
            namespace: app.namespace().to_owned(),
            presence,
            sync,
            is_production: is_production(app.application),
            hooks: if is_syncing && !objects.is_empty() { hooks::of(app) } else { Vec::new() },
            objects,
            refused: if is_broken { Vec::new() } else { self.refused() },
            failures: broken,
            remarks,
            unknown,
        })
    }

    /// Whether parts that are not evaluated may change the objects on either side.
    fn is_open(&self) -> bool {
        [self.old, self.new].into_iter().flatten().any(|app| app.is_open)
    }

    /// What is not evaluated after the change, or was not before it.
    fn unknown(&self) -> Vec<Unknown> {
        let [mut found, earlier] =
            [self.new, self.old].map(|app| app.map(|app| app.unknown(self.changed)).unwrap_or_default());
        for unknown in earlier {
            if let Some(known) = found.iter_mut().find(|known| known.what == unknown.what) {
                known.files.extend(unknown.files);
            } else {
                let what = format!("{} (before the change)", unknown.what);
                found.push(Unknown { what, ..unknown });
            }
        }
        for unknown in &mut found {
            unknown.files.sort();
            unknown.files.dedup();
        }
        found
    }

    /// Whether the change touches more than manifests that are evaluated: what the other parts are made of.
    fn changes_unknown(&self, inputs: &BTreeSet<&String>) -> bool {
        let is_plain = |path: &String| {
            let mut apps = [self.old, self.new].into_iter().flatten();
            apps.any(|app| app.manifests.contains(path))
        };
        self.old.is_none()
            || self.new.is_none()
            || self.is_open()
            || inputs.iter().any(|path| self.changed.contains(*path) && !is_plain(path))
    }

    fn sync(&self, app: &AppState<'_>, objects: &[ObjectPlan], is_blind: bool) -> SyncState {
        if self.new.is_none() {
            return SyncState::Unchanged;
        }
        let is_out_of_sync = objects.iter().any(|object| !self.is_extraneous(object));
        match (is_out_of_sync, is_blind) {
            (true, _) if app.is_automated() && not_automatic(app, objects).is_none() => SyncState::Automatic,
            (true, _) => SyncState::Manual,
            (false, true) => SyncState::Unknown,
            (false, false) => SyncState::Unchanged,
        }
    }

    /// Whether the object is gone from the manifests, and Argo CD does not count that as a difference.
    fn is_extraneous(&self, object: &ObjectPlan) -> bool {
        let before = self.old.and_then(|app| app.objects.get(&object.id));
        let ignores =
            |gone: &Desired<'_>| compare_options(gone.built).any(|option| option == "IgnoreExtraneous");
        !object.action.is_applied() && before.is_some_and(ignores)
    }

    /// Returns what the project refuses now; a sync fails of any of it.
    fn refused(&self) -> Vec<String> {
        self.new.map(|app| app.refused.clone()).unwrap_or_default()
    }

    fn hooks_changed(&self) -> bool {
        let (Some(old), Some(new)) = (self.old, self.new) else { return false };
        let is_same = |(old, new): (&Desired<'_>, &Desired<'_>)| {
            old.id == new.id && old.content.content_eq(&new.content)
        };
        old.hooks.len() != new.hooks.len() || !old.hooks.iter().zip(&new.hooks).all(is_same)
    }

    fn spec_remarks(&self) -> Vec<String> {
        let (Some(old), Some(new)) = (self.old, self.new) else { return Vec::new() };
        let found =
            fields::differences(new.application.resource.object, old.application.spec, new.application.spec);
        let change = |difference: &Difference<'_>| {
            let words = words::change(new.application.resource.object, difference).words;
            format!("the Application itself changes: {words}")
        };
        found.iter().map(change).collect()
    }
}

/// Returns why Argo CD starts no sync by itself, although the Application is out of sync (`autoSync` in
/// `controller/appcontroller.go` of Argo CD).
fn not_automatic(app: &AppState<'_>, objects: &[ObjectPlan]) -> Option<&'static str> {
    // What is to be skipped is no hook, and counts as out of sync.
    let skips = app.hooks.iter().any(|hook| is_skipped(hook.built));
    if !app.prunes() && !skips && objects.iter().all(|object| !object.action.is_applied()) {
        return Some("Argo CD starts no sync by itself that would only prune, since `prune` is off");
    }
    let is_emptied = app.prunes() && !skips && app.objects.is_empty() && !app.allows_empty();
    is_emptied.then_some("Argo CD does not delete all objects by itself without `allowEmpty: true`")
}

/// Notes that an object stays, since no sync starts for it alone.
fn leave_extraneous(object: &mut ObjectPlan) {
    if object.action == Action::Prune {
        object.action = Action::Keep;
        object.remarks.push("`IgnoreExtraneous`: no sync starts because of it".to_owned());
    }
}

pub(super) fn has_finalizer(application: &Application<'_>) -> bool {
    let finalizers = application.resource.content().items_at(&["metadata", "finalizers"]);
    finalizers.iter().any(|one| one.text().starts_with("resources-finalizer.argocd.argoproj.io"))
}

/// Whether its name, its namespace or one of its labels has a word for production.
fn is_production(application: &Application<'_>) -> bool {
    let has_word = |text: &str| {
        let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
        words.any(|word| PRODUCTION.iter().any(|known| word.eq_ignore_ascii_case(known)))
    };
    let content = application.resource.content();
    let labels = content.dig(&["metadata", "labels"]).map_or(&[][..], RenderedValue::entries);
    let namespace = application.spec.str_at(&["destination", "namespace"]).unwrap_or_default();
    has_word(application.resource.object.name())
        || has_word(namespace)
        || labels.iter().any(|entry| has_word(entry.value.text()))
}
