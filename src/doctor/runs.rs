//! What has come of it so far: syncs and runs.

use super::facts::{Facts, LastRun};
use super::verdict::{Verdict, listed};
use crate::cluster::application::LiveApplication;
use crate::cluster::inquiry::Unseen;
use crate::cluster::runs::RunState;
use crate::excerpt::counted;

pub(super) fn drift(facts: &Facts) -> Verdict {
    if let Some(unseen) = facts.without_argocd() {
        return (&unseen).into();
    }
    if !facts.is_set_up() {
        return (&Unseen::BeforeSetup).into();
    }
    let live = match facts.live_applications() {
        Ok(live) => live,
        Err(unseen) => return (&unseen).into(),
    };
    let namespace = &facts.wanted.setup.argocd_namespace;
    let shown = |one: &LiveApplication| {
        let said: Vec<&str> = one.complaints.iter().map(String::as_str).collect();
        let said = if said.is_empty() { String::new() } else { format!(": {}", said.join("; ")) };
        format!("{}: {}{said}", one.name, one.state())
    };
    let names = |all: &[&LiveApplication]| listed(all.iter().map(|one| &*one.name));
    let is_broken = |one: &&LiveApplication| {
        one.health == "Degraded" || one.sync == "Unknown" || !one.complaints.is_empty()
    };
    let broken: Vec<_> = live.iter().filter(|one| !one.is_well()).filter(is_broken).collect();
    if let Some(first) = broken.first() {
        return Verdict::error(
            format!("{} cannot be synced, or does not work", names(&broken)),
            "what is pushed is not deployed, or does not run",
        )
        .details(broken.iter().map(|one| shown(one)))
        .advice("fix what Argo CD complains of; it tries again with the next commit")
        .command(facts.kubectl(&["-n", namespace, "describe", "application", &first.name]));
    }
    let drifting: Vec<_> =
        live.iter().filter(|one| one.sync == "OutOfSync" || one.health == "Missing").collect();
    if let Some(first) = drifting.first() {
        let refresh = "argocd.argoproj.io/refresh=normal";
        return Verdict::warning(
            format!("{} is not as Git says", names(&drifting)),
            "somebody has changed the cluster, or a sync is under way or was refused",
        )
        .details(drifting.iter().map(|one| shown(one)))
        .advice("have Argo CD look again; if it stays so, sync the Application")
        .command(facts.kubectl(&[
            "-n",
            namespace,
            "annotate",
            "--overwrite",
            "application",
            &first.name,
            refresh,
        ]));
    }
    let waiting: Vec<String> = live.iter().filter(|one| !one.is_well()).map(shown).collect();
    Verdict::fine(format!("{} Synced", counted(live.len(), "Application"))).details(waiting)
}

pub(super) fn last_run(facts: &Facts) -> Verdict {
    if facts.wanted.pipeline_namespaces().is_empty() {
        return Verdict::not_needed("no Application has a Pipeline");
    }
    if !facts.is_set_up() {
        return (&Unseen::BeforeSetup).into();
    }
    if let Some(unseen) = facts.without_destination() {
        return (&unseen).into();
    }
    let runs = match &facts.runs {
        Ok(runs) => runs,
        Err(unseen) => return unseen.into(),
    };
    let worst = |last: &&LastRun| (matches!(last.run.state, RunState::Failed(_)), last.details().count());
    let Some(last) = runs.iter().max_by_key(worst) else {
        return Verdict::not_needed("nothing has run yet");
    };
    let name = &last.run.name;
    let verdict = match &last.run.state {
        RunState::Failed(why) => Verdict::warning(
            format!("the last run, `{name}`, failed: {}", why.strip_prefix("Failed: ").unwrap_or(why)),
            "its release is not deployed",
        )
        .advice("fix the cause, then delete the run and sync, or request another release"),
        RunState::Running(_) if last.details().count() > 0 => Verdict::warning(
            format!("the run `{name}` waits for something"),
            "it goes on once the cause is gone, until its time is up",
        ),
        RunState::Running(_) => return Verdict::fine(format!("`{name}` is running")),
        RunState::Succeeded => return Verdict::fine(format!("`{name}` succeeded")),
    };
    let log = last.tasks.iter().find_map(|task| Some((task.pod.as_deref()?, task.container.as_deref())));
    let log = log.map(|(pod, container)| {
        let mut words = vec!["-n", &last.namespace, "logs", pod, "--tail=50"];
        match container {
            Some(container) => words.extend(["-c", container]),
            None => words.push("--all-containers"),
        }
        facts.kubectl(&words)
    });
    verdict.details(last.details()).commands(log)
}
