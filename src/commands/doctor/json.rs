//! `--json`: the shape that `docs/files.md` describes.

use serde_json::{Value, json};

use super::Diagnosis;
use crate::cluster::kubectl::Kubectl;
use crate::doctor::{Facts, Health};

pub(super) fn print(found: &[Diagnosis], facts: &Facts, kubectl: &Kubectl) -> String {
    let checks: Vec<Value> = found.iter().map(check).collect();
    let count = |health: Health| found.iter().filter(|one| one.verdict.health == health).count();
    let shape = json!({
        "schema": "treenail.doctor/1",
        "checks": checks,
        "context": kubectl.context,
        "directory": facts.wanted.prefix.trim_end_matches('/'),
        "name": facts.wanted.name,
        "server": kubectl.server,
        "summary": {
            "error": count(Health::Error),
            "notNeeded": count(Health::NotNeeded),
            "ok": count(Health::Fine),
            "unknown": count(Health::Unknown),
            "warning": count(Health::Warning),
        },
    });
    format!("{shape:#}\n")
}

fn check(one: &Diagnosis) -> Value {
    let verdict = &one.verdict;
    json!({
        "advice": verdict.advice,
        "commands": verdict.commands,
        "details": verdict.details,
        "effect": verdict.effect,
        "link": one.check.link,
        "name": one.check.name,
        "seen": verdict.seen,
        "state": verdict.health.as_str(),
    })
}
