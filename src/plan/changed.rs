//! What happens to each object of an Application.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::compare::{Pair, has_finalizer};
use super::desired::Desired;
use super::fields::{self, PathStep};
use super::replaced::{Replacement, is_unseen, replacement, was_replaced};
use super::state::AppState;
use super::{Action, FieldChange, ObjectPlan, restarts, waves, words};
use crate::check::FileContent;
use crate::check::kustomize::RenderedValue;
use crate::check::rules::changes;
use crate::check::rules::hooks::options;
use crate::check::rules::order::moment::wave;
use crate::check::rules::secrets::base64;
use crate::yaml::ResourceId;

impl<'s, 'a> Pair<'s, 'a> {
    pub(super) fn objects(&self) -> Vec<ObjectPlan> {
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
        // No cluster has accepted what lacks a version.
        let gone = old.iter().filter(|(id, gone)| !new.contains_key(*id) && gone.has_version());
        found.extend(gone.map(|(id, gone)| self.gone(id, gone)));
        if !found.is_empty() {
            found.extend(self.replaced_with_every_sync(&found));
        }
        waves::set(self.new, old, &mut found);
        found
    }

    /// Returns the objects that do not differ, and that the sync replaces all the same.
    fn replaced_with_every_sync(&self, known: &[ObjectPlan]) -> Vec<ObjectPlan> {
        let (Some(old), Some(new)) = (self.old, self.new) else { return Vec::new() };
        if new.has_option("ApplyOutOfSyncOnly=true") {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (id, after) in &new.objects {
            let Some(before) = old.objects.get(id) else { continue };
            if replacement(new, before, after) == Replacement::Always && known.iter().all(|it| it.id != *id) {
                let mut plan = object(id, Action::Replace, after);
                plan.pods = restarts::of_replaced(new, after);
                plan.remarks
                    .push("`Force=true,Replace=true`: every sync deletes it and creates it anew".to_owned());
                found.push(plan);
            }
        }
        found
    }

    /// Says which fields stay in the cluster, since Argo CD does not see that they are gone from the manifests.
    pub(super) fn left_fields(&self) -> Vec<String> {
        let (Some(old), Some(new)) = (self.old, self.new) else { return Vec::new() };
        let mut said = Vec::new();
        for (id, after) in &new.objects {
            let Some(before) = old.objects.get(id).filter(|it| was_replaced(old, it)) else { continue };
            let (earlier, later) = (compared(before), compared(after));
            let mut found = fields::differences(after.built.object, &earlier, &later);
            found.retain(|difference| !new.ignored.covers(after.built.object, difference));
            if is_unseen(&found) {
                let paths: Vec<_> = found.iter().map(|it| format!("`{}`", fields::shown(&it.path))).collect();
                said.push(format!(
                    "{} of {id} stays in the cluster until somebody takes it away: after `Replace=true`, Argo CD does not \
                     see that a field is gone",
                    paths.join(", ")
                ));
            }
        }
        said
    }

    fn created(&self, id: &ResourceId, after: &Desired<'a>) -> ObjectPlan {
        let mut plan = object(id, Action::Create, after);
        let is_renewed = after.generator.as_deref().is_some_and(|name| has_generator(self.old, after, name));
        if is_renewed && let Some(before) = self.earlier(after) {
            let (earlier, later) = (compared(before), compared(after));
            let found = fields::differences(after.built.object, &earlier, &later);
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
        let [old, new] = [before, after].map(compared);
        let mut found = fields::differences(after.built.object, &old, &new);
        let all = found.len();
        found.retain(|difference| !app.ignored.covers(after.built.object, difference));
        let mut unseen = self.unseen_files(before, after);
        unseen.retain(|change| found.iter().all(|it| fields::shown(&it.path) != change.path));
        let is_quiet = found.is_empty() || was_replaced(self.old?, before) && is_unseen(&found);
        if unseen.is_empty() && is_quiet {
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
        let replacement = replacement(app, before, after);
        let refused = if changes::is_kept(before.built) && changes::is_kept(after.built) {
            changes::changes(before.built.object, after.built.object)
        } else {
            Vec::new()
        };
        if replacement == Replacement::Always || replacement == Replacement::IfRefused && !refused.is_empty()
        {
            plan.action = Action::Replace;
            plan.pods = restarts::of_replaced(app, after);
        } else if refused.is_empty() {
            plan.pods = restarts::of(app, after, &found);
        } else {
            plan.refused = refused.into_iter().map(|finding| finding.message).collect();
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
        let mut keep = |why: &str| {
            plan.action = Action::Keep;
            plan.remarks.push(why.to_owned());
        };
        let Some(app) = self.new else {
            if let Some(why) = self.old.and_then(|app| kept_without(app, gone)) {
                keep(why);
            }
            return plan;
        };
        let option = own_option(gone, "Prune").or(app.option("Prune"));
        let is_off = app.is_automated() && !app.prunes();
        match option {
            Some("false") => keep("`Prune=false` keeps it"),
            _ if is_off => keep("automated syncs of this Application do not prune"),
            _ => {}
        }
        if option == Some("confirm") {
            plan.remarks.push("waits until somebody confirms it (`Prune=confirm`)".to_owned());
        }
        plan
    }
}

/// Returns why an object stays when its Application goes (`shouldBeDeleted` in `controller/appcontroller.go` of Argo CD).
fn kept_without(app: &AppState<'_>, gone: &Desired<'_>) -> Option<&'static str> {
    let has_policy = gone
        .built
        .annotation("helm.sh/resource-policy")
        .is_some_and(|policy| policy.text().split(',').any(|word| word.trim() == "keep"));
    if app.managed_by.is_none() {
        Some("its Application stays in the cluster until somebody deletes it")
    } else if !has_finalizer(app.application) {
        Some("its Application goes, without the finalizer that deletes what it has made")
    } else if own_option(gone, "Delete").or(app.option("Delete")) == Some("false") {
        Some("`Delete=false` keeps it")
    } else if gone.built.is("apiextensions.k8s.io", "CustomResourceDefinition") {
        Some("Argo CD deletes no CustomResourceDefinition with its Application")
    } else if has_policy {
        Some("`helm.sh/resource-policy: keep` keeps it")
    } else {
        None
    }
}

/// Returns the value of a sync option in the annotations of the object; the first one counts.
fn own_option<'d>(desired: &'d Desired<'_>, name: &str) -> Option<&'d str> {
    options(desired.built).find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
}

/// Returns the content as Argo CD compares it: a Secret with all of its texts in `data`.
fn compared<'d, 'a>(desired: &'d Desired<'a>) -> Cow<'d, RenderedValue<'a>> {
    let texts = desired.content.get("stringData").filter(|_| desired.built.is("", "Secret"));
    let Some(texts) = texts.filter(|texts| texts.is_mapping()) else {
        return Cow::Borrowed(&desired.content);
    };
    let mut content = desired.content.clone().into_owned();
    content.remove("stringData");
    if content.get("data").is_none_or(|data| !data.is_mapping()) {
        content.set("data", RenderedValue::empty_mapping(texts.location()));
    }
    for entry in texts.entries().iter().filter(|entry| !entry.value.is_null()) {
        if let Some(data) = content.get_mut("data") {
            let encoded = base64::encode(entry.value.text().as_bytes());
            data.set(&entry.key, RenderedValue::string(entry.value.location(), encoded));
        }
    }
    Cow::Owned(content)
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
        failures: Vec::new(),
        remarks: Vec::new(),
    }
}

/// Those that are applied, and then those that go, by wave.
pub(super) fn order(one: &ObjectPlan, other: &ObjectPlan) -> std::cmp::Ordering {
    let key = |object: &ObjectPlan| (!object.action.is_applied(), object.wave);
    key(one).cmp(&key(other)).then_with(|| one.id.cmp(&other.id))
}

fn is_like(one: &Desired<'_>, other: &Desired<'_>) -> bool {
    one.id.kind == other.id.kind && one.id.namespace == other.id.namespace
}
