//! Compares the Applications of two revisions.

use std::collections::{BTreeMap, BTreeSet};

use super::desired::Desired;
use super::fields::{self, Difference, PathStep};
use super::state::{AppState, RevisionState};
use super::{
    Action, ApplicationPlan, ClusterPlan, FieldChange, Merge, ObjectPlan, Presence, SyncState, Unknown,
    hooks, restarts, words,
};
use crate::check::kustomize::RenderedValue;
use crate::check::model::Application;
use crate::check::model::lookup::is_below;
use crate::check::rules::changes;
use crate::check::rules::hooks::options;
use crate::check::rules::order::moment::wave;
use crate::check::{FileContent, Files};
use crate::yaml::ResourceId;

/// Words in names, labels and namespaces of Applications for production.
const PRODUCTION: [&str; 4] = ["production", "prod", "prd", "live"];

pub(super) fn plan<'a>(
    before: &RevisionState<'a>,
    after: &RevisionState<'a>,
    merge: Merge<'_>,
) -> ClusterPlan {
    let mut plan = ClusterPlan::default();
    let keys: BTreeSet<_> = before.applications.keys().chain(after.applications.keys()).collect();
    for key in keys {
        let pair = Pair {
            old: before.applications.get(key),
            new: after.applications.get(key),
            changed: merge.changed,
            files: merge.after,
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

struct Pair<'s, 'a> {
    old: Option<&'s AppState<'a>>,
    new: Option<&'s AppState<'a>>,
    changed: &'s BTreeSet<String>,
    /// Those after the change.
    files: &'s Files,
}

impl<'s, 'a> Pair<'s, 'a> {
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
        let is_concerned = !objects.is_empty()
            || !remarks.is_empty()
            || presence != Presence::Kept
            || is_blind && touched
            || self.hooks_changed();
        if !is_concerned {
            return None;
        }
        let sync = self.sync(app, &objects, is_blind);
        let is_syncing = !matches!(sync, SyncState::Unchanged) && self.new.is_some();
        if objects.is_empty() && self.hooks_changed() && matches!(sync, SyncState::Unchanged) {
            remarks.push(
                "only hooks change: they run with the next sync, which this change does not start".to_owned(),
            );
        }
        objects.sort_by(order);
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
            refused: self.refused(),
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
            || inputs.iter().any(|path| self.changed.contains(*path) && !is_plain(path))
    }

    fn sync(&self, app: &AppState<'_>, objects: &[ObjectPlan], is_blind: bool) -> SyncState {
        if self.new.is_none() {
            return SyncState::Unchanged;
        }
        let is_out_of_sync = !objects.is_empty();
        match (is_out_of_sync, is_blind) {
            (true, _) if app.is_automated() => SyncState::Automatic,
            (true, _) => SyncState::Manual,
            (false, true) => SyncState::Unknown,
            (false, false) => SyncState::Unchanged,
        }
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

    fn objects(&self) -> Vec<ObjectPlan> {
        let empty = BTreeMap::new();
        let old = self.old.map_or(&empty, |app| &app.objects);
        let new = self.new.map_or(&empty, |app| &app.objects);
        let mut found = Vec::new();
        for (id, after) in new {
            match old.get(id) {
                Some(before) => found.extend(self.changed_object(id, before, after)),
                None => found.push(self.created(id, after)),
            }
        }
        found.extend(
            old.iter().filter(|(id, _)| !new.contains_key(*id)).map(|(id, gone)| self.gone(id, gone)),
        );
        found
    }

    fn created(&self, id: &ResourceId, after: &Desired<'a>) -> ObjectPlan {
        let mut plan = object(id, Action::Create, after);
        let is_renewed = after.generator.as_deref().is_some_and(|name| has_generator(self.old, after, name));
        if is_renewed && let Some(before) = self.earlier(after) {
            let found = fields::differences(after.built.object, &before.content, &after.content);
            plan.fields = found.iter().map(|it| words::change(after.built.object, it)).collect();
            plan.remarks.push(format!("takes the place of `{}`", before.id.name));
        }
        plan
    }

    /// Returns the object that the same generator made before.
    fn earlier(&self, after: &Desired<'a>) -> Option<&'s Desired<'a>> {
        self.old?.objects.values().find(|it| it.generator == after.generator && is_like(it, after))
    }

    fn changed_object(
        &self,
        id: &ResourceId,
        before: &Desired<'a>,
        after: &Desired<'a>,
    ) -> Option<ObjectPlan> {
        let app = self.new?;
        let mut found = fields::differences(after.built.object, &before.content, &after.content);
        let all = found.len();
        found.retain(|difference| !app.ignored.covers(after.built.object, difference));
        let mut unseen = self.unseen_files(before, after);
        unseen.retain(|change| found.iter().all(|it| fields::shown(&it.path) != change.path));
        if found.is_empty() && unseen.is_empty() {
            return None;
        }
        let mut plan = object(id, Action::Change, after);
        plan.fields = found.iter().map(|it| words::change(after.built.object, it)).collect();
        plan.fields.extend(unseen);
        if found.len() < all {
            let fate = if app.has_option("RespectIgnoreDifferences=true") {
                "stay"
            } else {
                "are applied with this sync"
            };
            plan.remarks.push(format!("more fields differ, which `ignoreDifferences` names: they {fate}"));
        }
        let unknown = app.ignored.unknown(after.built.object);
        plan.remarks.extend(unknown.into_iter().map(|what| format!("not evaluated: {what}")));
        if changes::is_kept(before.built) && changes::is_kept(after.built) {
            let refused = changes::changes(before.built.object, after.built.object);
            if refused.is_empty() {
                plan.pods = restarts::of(app, after, &found);
            } else if changes::is_forced(after.built) {
                plan.action = Action::Replace;
            } else {
                plan.refused = refused.into_iter().map(|finding| finding.message).collect();
            }
        } else {
            plan.pods = restarts::of(app, after, &found);
        }
        Some(plan)
    }

    /// Returns the keys of a generated object whose files differ and are not read.
    fn unseen_files(&self, before: &Desired<'a>, after: &Desired<'a>) -> Vec<FieldChange> {
        if before.generator.is_some() && after.generator.is_some() {
            return Vec::new();
        }
        // What is read has been compared.
        let is_read = |path: &str| matches!(self.files.get(path), Some(FileContent::Bytes(_)));
        let is_changed = |path: &String| self.changed.contains(path) && !is_read(path);
        let files = after.built.object.files().iter().filter(|(_, path)| is_changed(path));
        files
            .map(|(key, path)| FieldChange {
                path: fields::shown(&[PathStep::Key("data".to_owned()), PathStep::Key(key.clone())]),
                before: None,
                after: None,
                words: format!("`{key}`: the file `{path}` changes"),
            })
            .collect()
    }

    fn gone(&self, id: &ResourceId, gone: &Desired<'a>) -> ObjectPlan {
        let mut plan = object(id, Action::Prune, gone);
        plan.is_renewed = gone.generator.as_deref().is_some_and(|name| has_generator(self.new, gone, name));
        let mut is_kept = |why: &str| {
            plan.action = Action::Keep;
            plan.remarks.push(why.to_owned());
        };
        let has = |option: &str| options(gone.built).any(|own| own == option);
        let own = options(gone.built).any(|option| option.starts_with("Prune="));
        match self.new {
            None if self.old.is_some_and(|app| app.managed_by.is_none()) => {
                is_kept("its Application stays in the cluster until somebody deletes it");
            }
            None => {
                let is_cascading = self.old.is_some_and(|app| has_finalizer(app.application));
                if !is_cascading {
                    is_kept("its Application goes, without the finalizer that deletes what it has made");
                } else if has("Delete=false") {
                    is_kept("`Delete=false` keeps it");
                }
            }
            Some(app) => {
                let is_off = has("Prune=false") || !own && app.has_option("Prune=false");
                let waits = has("Prune=confirm") || !own && app.has_option("Prune=confirm");
                if is_off {
                    is_kept("`Prune=false` keeps it");
                } else if app.is_automated() && !app.prunes() {
                    is_kept("automated syncs of this Application do not prune");
                } else if waits {
                    plan.remarks.push("waits until somebody confirms it (`Prune=confirm`)".to_owned());
                }
            }
        }
        plan
    }
}

/// Whether the generator of that name makes an object of the kind.
fn has_generator(app: Option<&AppState<'_>>, like: &Desired<'_>, name: &str) -> bool {
    let is_its = |it: &Desired<'_>| it.generator.as_deref() == Some(name) && is_like(it, like);
    app.is_some_and(|app| app.objects.values().any(is_its))
}

fn object(id: &ResourceId, action: Action, desired: &Desired<'_>) -> ObjectPlan {
    ObjectPlan {
        id: id.clone(),
        action,
        is_renewed: false,
        wave: wave(desired.built),
        fields: Vec::new(),
        pods: None,
        refused: Vec::new(),
        remarks: Vec::new(),
    }
}

/// Argo CD applies by wave, then prunes in the opposite order.
fn order(one: &ObjectPlan, other: &ObjectPlan) -> std::cmp::Ordering {
    let key = |object: &ObjectPlan| {
        let is_pruned = matches!(object.action, Action::Prune | Action::Keep);
        (is_pruned, if is_pruned { -object.wave } else { object.wave })
    };
    key(one).cmp(&key(other)).then_with(|| one.id.cmp(&other.id))
}

fn is_like(one: &Desired<'_>, other: &Desired<'_>) -> bool {
    one.id.kind == other.id.kind && one.id.namespace == other.id.namespace
}

fn has_finalizer(application: &Application<'_>) -> bool {
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
