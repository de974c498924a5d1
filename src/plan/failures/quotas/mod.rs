//! What a `ResourceQuota` or `LimitRange` of the namespace refuses, as far as the manifests show it: counted is what they have,
//! which is the least that the cluster has.

mod limits;
mod usage;

use std::collections::BTreeMap;

use super::found::refuse_pods;
use super::note;
use crate::check::kustomize::RenderedValue;
use crate::check::model::BuiltObject;
use crate::plan::desired::Desired;
use crate::plan::state::{AppState, RevisionState};
use crate::plan::{Action, ClusterPlan, ObjectPlan, PodsPlan};
use crate::values::quantity;
use crate::yaml::ResourceId;
use usage::{Usage, Workload};

pub(super) fn add(plan: &mut ClusterPlan, before: &RevisionState<'_>, after: &RevisionState<'_>) {
    let bounds: Vec<_> = bounds(after);
    if bounds.is_empty() {
        return;
    }
    let (old, new) = (Namespaces::of(before), Namespaces::of(after));
    for application in &mut plan.applications {
        let Some(app) = after.planned(application) else { continue };
        for object in application.objects.iter_mut().filter(|object| object.action.is_applied()) {
            let Some(desired) = app.objects.get(&object.id) else { continue };
            let own: Vec<_> = bounds.iter().filter(|bound| bound.is_of(app, &object.id)).collect();
            for bound in own {
                if bound.object.kind() == "LimitRange" {
                    if let Some(why) = limits::broken(bound.object, desired) {
                        refuse_pods(object, app, desired, &why);
                    }
                } else if let Some(why) = exceeded_by_pods(bound, object, (&old, &new)) {
                    refuse_pods(object, app, desired, &why);
                } else if let Some(why) = exceeded_by_objects(bound, object, (&old, &new)) {
                    note(&mut object.failures, why);
                }
            }
        }
    }
}

/// A `ResourceQuota` or `LimitRange`, with the Application that applies it, or `None` if a person does.
struct Bound<'s, 'a> {
    of: Option<&'s AppState<'a>>,
    object: BuiltObject<'a>,
}

impl Bound<'_, '_> {
    /// Whether it is about the objects of an Application in the namespace of one of them.
    fn is_of(&self, app: &AppState<'_>, id: &ResourceId) -> bool {
        let cluster = self.of.map_or("", AppState::cluster);
        self.object.namespace() == Some(&*id.namespace) && cluster == app.cluster()
    }

    /// Returns each amount that a quota permits, unless it is only for some Pods.
    fn hard(&self) -> impl Iterator<Item = (&str, &str)> {
        let spec = self.object.content().get("spec");
        let is_for_all = |spec: &&RenderedValue<'_>| {
            spec.items_at(&["scopes"]).is_empty() && spec.get("scopeSelector").is_none()
        };
        let hard = spec.filter(is_for_all).and_then(|spec| spec.get("hard"));
        hard.into_iter().flat_map(RenderedValue::entries).map(|entry| (&*entry.key, entry.value.text()))
    }
}

fn bounds<'s, 'a>(state: &'s RevisionState<'a>) -> Vec<Bound<'s, 'a>> {
    let is_one = |object: BuiltObject<'_>| {
        object.group().is_empty() && matches!(object.kind(), "ResourceQuota" | "LimitRange")
    };
    let mut found = Vec::<Bound<'_, '_>>::new();
    for app in state.applications.values().filter(|app| app.elsewhere.is_none()) {
        let own = app.objects.values().map(|it| it.built).filter(|it| is_one(*it));
        found.extend(own.map(|object| Bound { of: Some(app), object }));
    }
    for object in state.model.resources.iter().copied().filter(|object| is_one(*object)) {
        let is_new = found.iter().all(|known| known.object.identity() != object.identity());
        if object.namespace().is_some() && is_new {
            found.push(Bound { of: None, object });
        }
    }
    found
}

/// What a revision has in each namespace, by cluster.
struct Namespaces<'s> {
    workloads: BTreeMap<(&'s str, &'s ResourceId), Workload>,
    objects: Vec<(&'s str, &'s ResourceId)>,
}

impl<'s> Namespaces<'s> {
    fn of(state: &'s RevisionState<'_>) -> Self {
        let mut found = Self { workloads: BTreeMap::new(), objects: Vec::new() };
        for app in state.applications.values().filter(|app| app.elsewhere.is_none()) {
            for (id, desired) in &app.objects {
                found.objects.push((app.cluster(), id));
                if let Some(workload) = Workload::of(app, desired) {
                    found.workloads.insert((app.cluster(), id), workload);
                }
            }
        }
        found.objects.sort_unstable();
        found.objects.dedup();
        found
    }

    fn workload<'w>(&'w self, cluster: &'w str, id: &'w ResourceId) -> Option<&'w Workload> {
        self.workloads.get(&(cluster, id))
    }
}

/// Returns why a quota refuses Pods that the change makes of the object; `None` if it makes none, or they fit in.
fn exceeded_by_pods(
    bound: &Bound<'_, '_>,
    object: &ObjectPlan,
    (old, new): (&Namespaces<'_>, &Namespaces<'_>),
) -> Option<String> {
    let cluster = bound.of.map_or("", AppState::cluster);
    let own = new.workload(cluster, &object.id)?;
    let earlier = old.workload(cluster, &object.id);
    let others = |quantity: &dyn Fn(&Usage) -> u128| -> u128 {
        let others = new.workloads.iter().filter(|((at, id), _)| {
            *at == cluster && id.namespace == object.id.namespace && **id != object.id
        });
        // What is certainly there meanwhile.
        others
            .filter_map(|((_, id), after)| Some((old.workload(cluster, id)?, after)))
            .map(|(before, after)| quantity(&before.all()).min(quantity(&after.all())))
            .sum()
    };
    let is_rolling = object.action == Action::Change && object.pods.as_ref().is_some_and(PodsPlan::restarts);
    let name = bound.object.name();
    for (key, text) in bound.hard() {
        let (Some(quantity), Some(hard)) = (usage::named(key), quantity::amount_or_zero(text)) else {
            continue;
        };
        let others = others(&|usage| quantity(usage));
        let meanwhile = earlier.filter(|_| is_rolling).map(|earlier| own.rolling_from(earlier));
        let rolling = meanwhile.as_ref().map_or(0, |usage| others + quantity(usage));
        let all = others + quantity(&own.all());
        let needed = all.max(rolling);
        if needed <= hard {
            continue;
        }
        let pods = |thousandths: u128| thousandths / 1000;
        let needs = match (key.ends_with("pods"), rolling > all) {
            (true, true) => format!("a rolling update needs {}", pods(needed)),
            (true, false) => format!("{} are needed", pods(needed)),
            (false, true) => "a rolling update needs more".to_owned(),
            (false, false) => "more is needed".to_owned(),
        };
        return Some(format!("ResourceQuota `{name}` permits `{key}: {text}`, and {needs}"));
    }
    None
}

/// Returns why a quota refuses an object that the change creates: what is there already uses it up.
fn exceeded_by_objects(
    bound: &Bound<'_, '_>,
    object: &ObjectPlan,
    (old, new): (&Namespaces<'_>, &Namespaces<'_>),
) -> Option<String> {
    if object.action != Action::Create {
        return None;
    }
    let cluster = bound.of.map_or("", AppState::cluster);
    let id = &object.id;
    let is_like = |(at, other): &&(&str, &ResourceId)| {
        *at == cluster && other.namespace == id.namespace && other.kind == id.kind && other.group == id.group
    };
    let plural = plural(&id.kind);
    let full = if id.group.is_empty() { plural.clone() } else { format!("{plural}.{}", id.group) };
    for (key, text) in bound.hard() {
        let is_its = key == plural && id.group.is_empty() || key.strip_prefix("count/") == Some(&*full);
        let Some(hard) = quantity::amount_or_zero(text).filter(|_| is_its && plural != "pods") else {
            continue;
        };
        let existing = old.objects.iter().filter(is_like).count() + made_by_kubernetes(&id.kind);
        let created = new.objects.iter().filter(is_like).filter(|it| !old.objects.contains(it)).count();
        let room = usize::try_from(hard / 1000).unwrap_or(usize::MAX).saturating_sub(existing);
        if created > room {
            let name = bound.object.name();
            let rest = if room == 0 {
                String::new()
            } else {
                format!(", so that only {room} of {created} new ones fit in")
            };
            return Some(format!("ResourceQuota `{name}` permits `{key}: {text}`{rest}"));
        }
    }
    None
}

/// The number of objects of the kind that every namespace has.
fn made_by_kubernetes(kind: &str) -> usize {
    usize::from(matches!(kind, "ConfigMap" | "ServiceAccount"))
}

fn plural(kind: &str) -> String {
    let kind = kind.to_lowercase();
    match kind.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if kind.ends_with(['s', 'x']) || kind.ends_with("ch") => format!("{kind}es"),
        _ => format!("{kind}s"),
    }
}

/// The Pod of a workload.
fn pod_of<'a>(desired: &Desired<'a>) -> Option<&'a RenderedValue<'a>> {
    if desired.built.is("", "Pod") {
        return desired.built.content().get("spec");
    }
    desired.built.pod_template().map(|pod| pod.spec)
}
