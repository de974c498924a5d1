//! Has the API server judge objects without storing them: validation, admission webhooks, Pod Security, quotas.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::inquiry::{Inquiry, Seen, Unseen, complaint, missing_right};

/// So many objects are asked about a second time, each by itself, to learn why it was refused.
const MOST: usize = 12;

/// An object, and what it is for people.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) title: String,
    pub(crate) object: Value,
}

/// What the server made of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerRefusal {
    pub(crate) title: String,
    pub(crate) namespace: String,
    pub(crate) why: String,
}

/// What came of the objects that were tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DryRunResult {
    pub(crate) tried: usize,
    pub(crate) refused: Vec<ServerRefusal>,
    /// Why some could not be tried.
    pub(crate) unseen: Option<Unseen>,
}

/// How objects are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DryRunVerb {
    /// As Argo CD applies what may exist already.
    Apply,
    /// As a controller creates what is new.
    Create,
}

impl DryRunVerb {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            // What others own is only looked at, so there is nothing to lose.
            Self::Apply => {
                &["apply", "--server-side", "--force-conflicts", "--dry-run=server", "-o", "name", "-f", "-"]
            }
            Self::Create => &["create", "--dry-run=server", "-o", "name", "-f", "-"],
        }
    }
}

impl DryRunResult {
    pub(crate) fn add(&mut self, other: Self) {
        self.tried += other.tried;
        self.refused.extend(other.refused);
        self.unseen = self.unseen.take().or(other.unseen);
    }
}

/// Tries all of `candidates` at once, and again each that was refused.
pub(crate) fn try_out(inquiry: &Inquiry, verb: DryRunVerb, candidates: &[Candidate]) -> DryRunResult {
    let mut result = DryRunResult::default();
    if candidates.is_empty() {
        return result;
    }
    result.tried = candidates.len();
    let objects: Vec<&Value> = candidates.iter().map(|candidate| &candidate.object).collect();
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects }).to_string();
    let output = match inquiry.run(verb.arguments(), list.as_bytes()) {
        Ok(output) => output,
        Err(unseen) => return DryRunResult { unseen: Some(unseen), ..DryRunResult::default() },
    };
    if output.status.success() {
        return result;
    }
    let passed = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed = failed(candidates, &passed);
    for (at, candidate) in failed.iter().enumerate() {
        if at == MOST {
            // Those that could not be tried say nothing about the rest.
            if !result.refused.is_empty() {
                let rest = failed.len() - MOST;
                result.refused.push(refusal(candidate, format!("and {rest} more are refused")));
            }
            break;
        }
        match refused(inquiry, verb, candidate) {
            Ok(Some(why)) => result.refused.push(refusal(candidate, why)),
            Ok(None) => {}
            Err(unseen) => {
                result.tried -= 1;
                result.unseen.get_or_insert(unseen);
            }
        }
    }
    result
}

fn refusal(candidate: &Candidate, why: String) -> ServerRefusal {
    let namespace = candidate.object["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
    ServerRefusal { title: candidate.title.clone(), namespace, why }
}

/// Why the server refuses one object; `None` if it does not.
fn refused(inquiry: &Inquiry, verb: DryRunVerb, candidate: &Candidate) -> Seen<Option<String>> {
    let output = inquiry.run(verb.arguments(), candidate.object.to_string().as_bytes())?;
    if output.status.success() {
        return Ok(None);
    }
    let why = complaint(&output);
    if let Some(right) = missing_right(&why) {
        return Err(Unseen::Right(right));
    }
    if why.contains("does not support dry run") || why.contains("dryRun is not supported") {
        return Err(Unseen::Failed(why));
    }
    if why.starts_with("namespaces \"") && why.ends_with("not found") {
        return Err(Unseen::Failed(why));
    }
    Ok(Some(why))
}

/// Those that are not among the names that were printed. Names are printed without their namespaces, so where one of two is
/// missing, both count.
fn failed<'a>(candidates: &'a [Candidate], printed: &str) -> Vec<&'a Candidate> {
    let mut passed = BTreeMap::<&str, usize>::new();
    for name in printed.lines() {
        *passed.entry(name.trim()).or_default() += 1;
    }
    let mut wanted = BTreeMap::<String, usize>::new();
    for candidate in candidates {
        *wanted.entry(printed_name(&candidate.object)).or_default() += 1;
    }
    let is_passed = |candidate: &&Candidate| {
        let name = printed_name(&candidate.object);
        passed.get(&*name).copied().unwrap_or_default() >= wanted[&name]
    };
    candidates.iter().filter(|candidate| !is_passed(candidate)).collect()
}

/// What `kubectl -o name` prints, such as `task.tekton.dev/build-image`.
fn printed_name(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (kind, name) = (text(&object["kind"]).to_lowercase(), text(&object["metadata"]["name"]));
    match text(&object["apiVersion"]).split_once('/') {
        Some((group, _)) => format!("{kind}.{group}/{name}"),
        None => format!("{kind}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_printed_has_failed() {
        let candidate = |api: &str, kind: &str, name: &str, namespace: &str| Candidate {
            title: format!("{kind} {name} {namespace}"),
            object: json!({ "apiVersion": api, "kind": kind, "metadata": { "name": name, "namespace": namespace } }),
        };
        let all = [
            candidate("v1", "Service", "shop", "a"),
            candidate("v1", "Service", "shop", "b"),
            candidate("tekton.dev/v1", "Task", "build", "c"),
            candidate("apps/v1", "Deployment", "shop", "a"),
        ];
        let failed = failed(&all, "service/shop\ntask.tekton.dev/build\n");
        let titles: Vec<_> = failed.iter().map(|one| &*one.title).collect();
        assert_eq!(titles, ["Service shop a", "Service shop b", "Deployment shop a"]);
    }
}
