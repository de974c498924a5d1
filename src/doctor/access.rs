//! Secrets, and the repository as it is reached from this machine.

use super::facts::{Facts, LastRun};
use super::verdict::Verdict;
use crate::cluster::declared::DeclaredSecret;
use crate::cluster::inquiry::{Seen, Unseen};
use crate::cluster::runs::RunState;
use crate::cluster::secret_state::SecretState;
use crate::excerpt::counted;
use crate::scaffold::definition::setup::SecretForm;
use crate::shell;

pub(super) fn secrets(facts: &Facts) -> Verdict {
    if !facts.is_set_up() {
        return (&Unseen::BeforeSetup).into();
    }
    let mut problems = Vec::new();
    let mut replaced = Vec::new();
    let mut unseen = None;
    let mut count = 0;
    for secret in &facts.wanted.setup.secrets {
        for namespace in &secret.namespaces {
            match state(facts, secret, namespace) {
                Ok(SecretState::Right) => count += 1,
                Ok(SecretState::Missing) if is_optional(facts, secret) => {}
                Ok(SecretState::Missing) => {
                    problems.push(format!("`{}` in `{namespace}` is missing", secret.name));
                }
                Ok(SecretState::Wrong(why)) => {
                    problems.push(format!("`{}` in `{namespace}` {why}", secret.name));
                    replaced.push(format!("--replace {namespace}/{}", secret.name));
                }
                Err(why) => unseen = Some(why),
            }
        }
    }
    if !problems.is_empty() {
        let only = if replaced.is_empty() { String::new() } else { format!(" {}", replaced.join(" ")) };
        let seen = if problems.len() == 1 {
            format!("the Secret {}", problems.remove(0))
        } else {
            format!("{} are missing or wrong", counted(problems.len(), "Secret"))
        };
        return Verdict::error(seen, "what needs them fails: cloning, pulling, or pushing after the build")
            .details(problems)
            .command(facts.treenail("setup", &format!("--only repository,secrets{only}")));
    }
    match unseen {
        Some(unseen) => (&unseen).into(),
        None => Verdict::fine(format!("{} with the right type and keys", counted(count, "Secret"))),
    }
}

fn state(facts: &Facts, secret: &DeclaredSecret, namespace: &str) -> Seen<SecretState> {
    let is_argocd = secret.form == SecretForm::ArgocdRepository;
    if let Some(unseen) = if is_argocd { facts.without_argocd() } else { facts.without_destination() } {
        return Err(unseen);
    }
    let key = (namespace.to_owned(), secret.name.clone());
    facts.secrets.get(&key).cloned().unwrap_or_else(|| Err(Unseen::Failed("it was not asked for".to_owned())))
}

/// Whether a Secret that is missing may not be needed.
fn is_optional(facts: &Facts, secret: &DeclaredSecret) -> bool {
    if secret.unless.is_none() {
        return false;
    }
    match secret.form {
        // Whether everybody may read from a registry, or reports are wanted, only a person knows.
        SecretForm::Registry | SecretForm::Webhook | SecretForm::CommitStatus => true,
        // Argo CD may have a login for the whole server.
        SecretForm::ArgocdRepository => facts.remote.public.contains(&secret.access_to) || is_read(facts),
        SecretForm::Git => facts.remote.public.contains(&secret.access_to),
    }
}

/// Whether Argo CD reads the repository already.
fn is_read(facts: &Facts) -> bool {
    let live = facts.live_applications().unwrap_or_default();
    !live.is_empty() && live.iter().all(|one| one.sync != "Unknown")
}

pub(super) fn repository_read(facts: &Facts) -> Verdict {
    let remote = &facts.remote;
    let url = facts.wanted.repository().unwrap_or("URL");
    let Some(name) = &remote.name else {
        return Verdict::error(
            "the repository has no remote",
            "Argo CD reads what is pushed, and nothing is",
        )
        .command(format!("git remote add origin {}", shell::word(url)));
    };
    if let Some(other) = &remote.other {
        return Verdict::warning(
            format!("the remote `{name}` is {other}, and Argo CD reads {url}"),
            "what you push there is not deployed, unless it is a mirror",
        )
        .command(format!("git remote set-url {} {}", shell::word(name), shell::word(url)));
    }
    let branch = facts.wanted.branch.as_deref().unwrap_or("HEAD");
    let tip = match &remote.tip {
        Ok(tip) => tip,
        Err(Unseen::Failed(why)) => {
            return Verdict::error(
                format!("`git ls-remote {name}` fails: {why}"),
                "you cannot release from here",
            )
            .advice("check the address, and that you have access")
            .command(format!("git ls-remote {}", shell::word(name)));
        }
        Err(unseen) => return unseen.into(),
    };
    let push =
        format!("git push {} {}", shell::word(name), shell::word(&format!("HEAD:refs/heads/{branch}")));
    let Some(tip) = tip else {
        return Verdict::error(
            format!("the remote `{name}` has no branch `{branch}`"),
            "Argo CD has nothing to read",
        )
        .command(push);
    };
    if *tip == remote.head || remote.is_pushed {
        return Verdict::fine(format!("`{name}` has the branch `{branch}` with the commit {tip:.10}"));
    }
    Verdict::warning(
        format!(
            "the commit {:.10} is not in the branch `{branch}` of `{name}`, as far as is fetched",
            remote.head
        ),
        "Argo CD reads what is pushed, and these checks look at what is committed here",
    )
    .advice("fetch, and push what is to be deployed")
    .command("git fetch")
    .command(push)
}

pub(super) fn repository_push(facts: &Facts) -> Verdict {
    let Some(name) = &facts.remote.name else {
        return Verdict::not_needed("the repository has no remote");
    };
    match &facts.remote.push {
        Ok(Ok(())) => {
            Verdict::fine(format!("`{name}` takes pushes of yours, with the credentials of this machine"))
        }
        Ok(Err(why)) => Verdict::warning(
            format!("`git push --dry-run {name}` fails: {why}"),
            "you cannot request a release from here; the pipeline pushes with a credential of its own",
        )
        .advice("get the right to push, or use pull requests")
        .command(facts.treenail("release", "TAG --pr")),
        Err(unseen) => unseen.into(),
    }
}

/// A push that was refused shows in a run only as a Task that failed, so what the forge says is asked for first.
pub(super) fn branch_protection(facts: &Facts) -> Verdict {
    let branch = facts.wanted.branch.as_deref().unwrap_or("HEAD");
    let runs = facts.runs.as_deref().unwrap_or_default();
    let pushing = pushing_tasks(facts);
    let is_pushing = |last: &&LastRun| last.tasks.iter().any(|task| pushing.contains(&task.name));
    let failed = runs.iter().filter(|last| matches!(last.run.state, RunState::Failed(_))).find(is_pushing);
    let has_pushed = !runs.is_empty() && runs.iter().all(|last| last.run.state == RunState::Succeeded);
    let advice = "let the user of the Secret that pushes bypass the protection of the branch, or protect another branch";
    match (facts.remote.is_protected, failed) {
        (Some(true), _) if has_pushed => {
            Verdict::fine(format!("`{branch}` is protected, and the pipeline may push to it"))
        }
        (Some(true), _) => Verdict::warning(
            format!("the branch `{branch}` is protected"),
            "the pipeline pushes to it; unless its user may, a release fails at its end, after the build",
        )
        .advice(advice),
        (_, Some(last)) => Verdict::warning(
            format!("the push of the run `{}` failed", last.run.name),
            "a branch that is protected refuses it, as does a credential without the right to write",
        )
        .advice(advice)
        .details(last.details()),
        (Some(false), None) => Verdict::fine(format!("`{branch}` is not protected")),
        (None, None) => Verdict::not_needed("no push of the pipeline was refused"),
    }
}

/// The Tasks of a Pipeline that get a credential which may push to Git.
fn pushing_tasks(facts: &Facts) -> Vec<String> {
    let is_pushing = |secret: &&DeclaredSecret| secret.writes && secret.form == SecretForm::Git;
    let secrets: Vec<&str> =
        facts.wanted.setup.secrets.iter().filter(is_pushing).map(|secret| &*secret.name).collect();
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let mut workspaces = Vec::new();
    for run in &facts.wanted.objects.run_templates {
        let all = list(&run["spec"]["workspaces"]);
        let own = all
            .iter()
            .filter(|one| one["secret"]["secretName"].as_str().is_some_and(|name| secrets.contains(&name)));
        workspaces.extend(own.map(|one| one["name"].clone()));
    }
    let pipelines = facts.wanted.all().filter(|object| object["kind"] == "Pipeline");
    let tasks = pipelines.flat_map(|pipeline| list(&pipeline["spec"]["tasks"]));
    let pushing = tasks
        .filter(|task| list(&task["workspaces"]).iter().any(|one| workspaces.contains(&one["workspace"])));
    pushing.filter_map(|task| task["name"].as_str().map(str::to_owned)).collect()
}
