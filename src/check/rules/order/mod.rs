//! What a sync applies too late: a wave begins once all of the one before is healthy, and pods are not healthy without
//! what they mount.

mod created;
pub(crate) mod moment;
pub(crate) mod needs;

use crate::check::finding::Finding;
use crate::check::kustomize::RootOrigin;
use crate::check::model::lookup::may_share_namespace;
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN043, TN044};
use moment::{Moment, Phase};
use needs::Need;

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    for synced in syncs(model) {
        let mut pods: Vec<_> = synced.iter().filter_map(|object| WaitingPod::of(*object)).collect();
        pods.retain(|pod| !pod.needs.is_empty());
        if pods.is_empty() {
            continue;
        }
        found.extend(pods.iter().flat_map(|pod| too_late(pod, &synced)));
        found.extend(made_too_late(model, &pods, &synced));
    }
}

/// Returns what each Application renders, and what each other folder has, which an Application elsewhere may render.
pub(crate) fn syncs<'a>(model: &Model<'a>) -> Vec<Vec<BuiltObject<'a>>> {
    let applications = model.applications.iter().map(|application| application.rendered.clone());
    let roots = model.builds.roots.iter();
    let others = roots.filter(|root| !matches!(root.origin, RootOrigin::Application(..)));
    let others = others
        .map(|build| build.rendered.objects.iter().map(|object| BuiltObject { build, object }).collect());
    applications.chain(others).collect()
}

/// A workload that Argo CD waits for, with what its pods cannot start without.
struct WaitingPod<'a> {
    object: BuiltObject<'a>,
    moment: Moment,
    needs: Vec<Need<'a>>,
}

impl<'a> WaitingPod<'a> {
    fn of(object: BuiltObject<'a>) -> Option<Self> {
        let kind = object.workload_kind()?;
        kind.waits_until?;
        // Its pods come later, and then it does not matter when it was applied.
        if kind.kind == "CronJob" {
            return None;
        }
        let replicas = object.content().dig(&["spec", "replicas"]).and_then(RenderedValue::as_int);
        let is_suspended = object.content().dig(&["spec", "suspend"]).and_then(RenderedValue::as_bool);
        if replicas == Some(0) || is_suspended == Some(true) {
            return None;
        }
        let pod = object.pod_template()?;
        Some(Self { object, moment: Moment::of(object)?, needs: needs::of_pod(pod) })
    }
}

/// Reports what the same sync applies only after the pod has to be ready.
fn too_late(pod: &WaitingPod<'_>, synced: &[BuiltObject<'_>]) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for need in &pod.needs {
        let met = synced
            .iter()
            .filter(|object| need.is_met_by(**object) && may_share_namespace(**object, pod.object));
        let moments = met.filter_map(|object| Some((Moment::of(*object)?, *object)));
        let Some((moment, object)) = moments.min_by_key(|(moment, _)| *moment) else { continue };
        let is_known = found.iter().any(|known| known.message.contains(&object.title()));
        if moment <= pod.moment || is_known {
            continue;
        }
        let (late, early) = (moment.shown_beside(pod.moment), pod.moment.shown_beside(moment));
        let message = format!(
            "{} is in {early} and cannot start without {}, which comes in {late}: {late} begins once {early} is done, so \
             the first sync waits until it fails",
            pod.object.title(),
            object.title(),
        );
        let finding = need.location.finding(&TN043, message);
        let hint = if moment.phase == pod.moment.phase {
            format!("give {} the same wave or an earlier one", object.title())
        } else {
            format!(
                "make {} a hook of the same phase, in the same wave or an earlier one, or make the {} a `Sync` hook in a \
                 later wave",
                object.title(),
                pod.object.kind()
            )
        };
        found.push(finding.hint(hint));
    }
    found
}

/// Reports what only the script of a later pod creates, or of the very pod that cannot start without it.
fn made_too_late<'a>(model: &Model<'a>, pods: &[WaitingPod<'a>], synced: &[BuiltObject<'a>]) -> Vec<Finding> {
    let mut creators = Vec::new();
    for object in synced.iter().copied() {
        let Some(moment) = Moment::of(object).filter(|_| object.workload_kind().is_some()) else { continue };
        let created = object.containers().flat_map(|container| created::by(model, container));
        creators.extend(created.map(|created| (object, moment, created)));
    }
    let mut found = Vec::new();
    for pod in pods {
        for need in &pod.needs {
            let is_it = |(object, _, created): &&(BuiltObject<'a>, Moment, created::Created)| {
                let namespace = created.namespace.as_deref().or(object.namespace());
                created.kind == need.kind
                    && created.name == need.name
                    && namespace.zip(pod.object.namespace()).is_none_or(|(one, other)| one == other)
            };
            let Some((creator, moment, _)) =
                creators.iter().filter(is_it).min_by_key(|(_, moment, _)| *moment)
            else {
                continue;
            };
            let is_itself = creator.location().key() == pod.object.location().key();
            if !(is_itself || *moment > pod.moment) || is_declared(model, pod, *need) {
                continue;
            }
            let message = if is_itself {
                format!(
                    "{} creates the {} `{}` that it cannot start without: it never runs",
                    pod.object.title(),
                    need.kind,
                    need.name
                )
            } else {
                let late = moment.shown_beside(pod.moment);
                format!(
                    "deadlock: {} cannot start without the {} `{}`, which {} creates in {late}, and {late} begins once the \
                     Pods are ready: neither comes about",
                    pod.object.title(),
                    need.kind,
                    need.name,
                    creator.title()
                )
            };
            let hint = if is_itself || pod.moment.phase == Phase::PreSync {
                "create it in a hook of an earlier wave, put it into Git, or make the reference `optional`"
            } else {
                "create it in a PreSync hook or in an earlier wave, put it into Git, or make the reference `optional`"
            };
            found.push(need.location.finding(&TN044, message).hint(hint));
        }
    }
    found
}

/// Whether the repository declares what is needed, here or elsewhere.
fn is_declared(model: &Model<'_>, pod: &WaitingPod<'_>, need: Need<'_>) -> bool {
    let is_it =
        |object: &BuiltObject<'_>| need.is_met_by(*object) && may_share_namespace(*object, pod.object);
    model.resources.iter().any(is_it)
}
