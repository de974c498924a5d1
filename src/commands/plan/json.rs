//! `--format json`: the shape that `docs/files.md` describes.

use serde_json::{Value, json};

use super::revisions::Revisions;
use crate::plan::{Action, ApplicationPlan, ClusterPlan, ObjectPlan, Presence, SyncState, Unknown};

pub(super) fn print(plan: &ClusterPlan, revisions: &Revisions) -> String {
    let applications: Vec<_> = plan.applications.iter().map(application).collect();
    let chain: Vec<_> =
        plan.chain.iter().map(|step| json!({ "startsRun": step.starts_run, "words": step.words })).collect();
    let errors: Vec<_> = plan
        .errors
        .iter()
        .map(|error| {
            json!({
                "line": error.start.line,
                "message": error.message,
                "path": error.path,
                "rule": error.rule.code,
            })
        })
        .collect();
    let shape = json!({
        "schema": "treenail.plan/1",
        "applications": applications,
        "base": revisions.base,
        "branch": revisions.branch,
        "byHand": plan.by_hand,
        "chain": chain,
        "errors": errors,
        "head": revisions.head,
        "summary": plan.summary,
        "unaffected": plan.unaffected,
        "unknown": unknown(&plan.unknown),
    });
    format!("{shape:#}\n")
}

fn application(application: &ApplicationPlan) -> Value {
    let hooks: Vec<_> = application
        .hooks
        .iter()
        .map(|hook| json!({ "hook": hook.title, "phase": hook.phase, "wave": wave(hook.wave) }))
        .collect();
    json!({
        "fails": application.fails(),
        "failures": application.failures,
        "folders": application.folders,
        "hooks": hooks,
        "madeBy": application.made_by,
        "name": application.name,
        "namespace": application.namespace,
        "objects": application.objects.iter().map(object).collect::<Vec<_>>(),
        "path": application.path,
        "presence": match application.presence {
            Presence::Kept => "kept",
            Presence::Added => "added",
            Presence::Removed => "removed",
        },
        "production": application.is_production,
        "refused": application.refused,
        "remarks": application.remarks,
        "sync": match application.sync {
            SyncState::Unchanged => "in-sync",
            SyncState::Automatic => "automatic",
            SyncState::Manual => "manual",
            SyncState::Unknown => "unknown",
            SyncState::Broken => "error",
        },
        "unknown": unknown(&application.unknown),
    })
}

fn object(object: &ObjectPlan) -> Value {
    let fields: Vec<_> = object
        .fields
        .iter()
        .map(|field| {
            json!({ "after": field.after, "before": field.before, "path": field.path, "words": field.words })
        })
        .collect();
    let pods = object.pods.as_ref().map(|pods| {
        json!({
            "atOnce": pods.ends_at_once(),
            "refused": pods.is_refused(),
            "replicas": pods.replicas,
            "restart": pods.restarts(),
            "words": pods.words,
        })
    });
    json!({
        "action": match object.action {
            Action::Create => "create",
            Action::Change => "change",
            Action::Replace => "replace",
            Action::Prune => "prune",
            Action::Keep => "keep",
        },
        "failures": object.failures,
        "fields": fields,
        "group": object.id.group,
        "kind": object.id.kind,
        "name": object.id.name,
        "namespace": object.id.namespace,
        "pods": pods,
        "refused": object.refused,
        "remarks": object.remarks,
        "renewed": object.is_renewed,
        "wave": wave(object.wave),
    })
}

fn unknown(unknown: &[Unknown]) -> Vec<Value> {
    unknown.iter().map(|unknown| json!({ "files": unknown.files, "what": unknown.what })).collect()
}

fn wave(wave: i128) -> i64 {
    i64::try_from(wave).unwrap_or_default()
}
