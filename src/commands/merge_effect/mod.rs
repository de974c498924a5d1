//! What merging a change does to the cluster, as `treenail plan` tells it, for the verbs that make such changes; and the forms
//! in which a plan is printed. A change comes about whether or not its plan does.

pub(crate) mod markdown;
pub(crate) mod people;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::manifest_files::revision;
use crate::delivery::forge::EffectText;
use crate::error::Result;
use crate::excerpt;
use crate::git::Repo;
use crate::plan::{ClusterPlan, Merge, plan};
use crate::tree::Change;

/// The most lines of each kind.
const MOST: usize = 10;

/// What merging does, or why that is not known.
pub(crate) enum MergeEffect {
    Known(Box<ClusterPlan>),
    Unknown(String),
}

impl MergeEffect {
    /// Plans the merge of `changes` on top of HEAD; their paths are below `prefix`. `branch` is the one that is deployed, if that
    /// is known.
    pub(crate) fn of(repo: &Repo, prefix: &str, changes: &[Change<'_>], branch: Option<&str>) -> Self {
        match planned(repo, prefix, changes, branch) {
            Ok(Some(plan)) => Self::Known(Box::new(plan)),
            Ok(None) => Self::Unknown("nothing is committed yet".to_owned()),
            Err(error) => Self::Unknown(excerpt::cut(&error.to_string())),
        }
    }

    /// Whether the repository has an Application, or it is not known what it has.
    pub(crate) fn is_of_a_cluster(&self) -> bool {
        match self {
            Self::Known(plan) => plan.unaffected > 0 || !plan.applications.is_empty(),
            Self::Unknown(_) => true,
        }
    }

    /// The sentence, what fails, what follows and what is left to do by hand, a line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        let plan = match self {
            Self::Known(plan) => plan,
            Self::Unknown(why) => return vec![unknown(why)],
        };
        let labelled = |label: &str, texts: Vec<String>| {
            let more = texts.len().saturating_sub(MOST);
            let rest = (more > 0).then(|| format!("  {label} and {more} more (see `treenail plan`)"));
            let lines = texts.into_iter().take(MOST).map(|text| format!("  {label} {text}"));
            lines.chain(rest).collect::<Vec<_>>()
        };
        let mut lines = vec![plan.summary.clone()];
        lines.extend(labelled("fails:", failing(plan)));
        lines.extend(labelled("then:", then(plan)));
        lines.extend(labelled("by hand:", plan.by_hand.clone()));
        lines
    }

    /// The same with folded details, for a pull request.
    pub(crate) fn told(&self) -> EffectText {
        let (line, text) = match self {
            Self::Known(plan) => (plan.summary.clone(), markdown::body(plan)),
            Self::Unknown(why) => (unknown(why), markdown::escaped(&unknown(why)) + "\n"),
        };
        EffectText { headline: markdown::escaped(&line).replace('\n', " "), text }
    }

    /// What the JSON of a verb has of it: see `docs/files.md`.
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Known(plan) => json!({
                "summary": plan.summary,
                "fails": failing(plan),
                "then": then(plan),
                "byHand": plan.by_hand,
            }),
            Self::Unknown(_) => Value::Null,
        }
    }
}

fn unknown(why: &str) -> String {
    format!("what merging this does to the cluster is not known: {why}")
}

fn planned(
    repo: &Repo,
    prefix: &str,
    changes: &[Change<'_>],
    branch: Option<&str>,
) -> Result<Option<ClusterPlan>> {
    let Some(head) = repo.head_commit()? else { return Ok(None) };
    let mut before = revision::with_own_settings(repo, &head)?;
    if let Some(url) = repo.remote() {
        before.add_remote(url);
    }
    let after = revision::changed(repo, &head, &before, prefix, changes)?;
    let paths: BTreeSet<String> = changes.iter().map(|change| format!("{prefix}{}", change.path)).collect();
    let restored = revision::restored(repo, &head, &paths, &after)?;
    let merge =
        Merge { before: &before, after: &after, changed: &paths, restored: &restored, branch, below: "" };
    Ok(Some(plan(merge)))
}

fn then(plan: &ClusterPlan) -> Vec<String> {
    plan.chain.iter().map(|step| step.words.clone()).collect()
}

/// What of the plan fails, with the Application and the object.
fn failing(plan: &ClusterPlan) -> Vec<String> {
    let mut found = Vec::new();
    for application in &plan.applications {
        let name = &application.name;
        let whole = application.refused.iter().chain(&application.failures);
        found.extend(whole.map(|why| format!("`{name}`: {why}")));
        for object in &application.objects {
            let pods = object.pods.iter().filter(|pods| pods.is_refused()).map(|pods| &pods.words);
            let all = object.refused.iter().chain(&object.failures).chain(pods);
            found.extend(all.map(|why| format!("`{name}`: {}: {why}", object.id)));
        }
    }
    found
}
