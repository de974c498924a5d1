//! Applying the Applications, and waiting for them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Run;
use crate::cluster::application::LiveApplication;
use crate::cluster::kubectl;
use crate::cluster::wait;
use crate::error::{Error, Problem, Result};
use crate::git::WorktreeStatus;
use crate::ui::visible;

/// What has to be installed: the path of an API group, who serves it, and where that is explained.
const INSTALLED: [[&str; 3]; 2] = [
    ["/apis/argoproj.io/v1alpha1", "Argo CD", "https://argo-cd.readthedocs.io/en/stable/getting_started/"],
    ["/apis/tekton.dev/v1", "Tekton Pipelines", "https://tekton.dev/docs/installation/pipelines/"],
];

impl Run<'_> {
    /// What the cluster lacks.
    pub(super) fn missing_in_cluster(&self) -> Result<Vec<Problem>> {
        let mut problems = Vec::new();
        for [path, who, page] in INSTALLED {
            let output = self.kubectl.output(&["get", "--raw", path], b"")?;
            let said = String::from_utf8_lossy(&output.stderr);
            if output.status.success() {
                continue;
            }
            if said.contains("NotFound") || said.contains("could not find the requested resource") {
                problems.push(Problem::new(
                    format!("{who} is not installed in this cluster"),
                    format!("install it first: {page}"),
                ));
            } else {
                // Without an answer there is no more to learn.
                return Err(kubectl::failed(&["get"], &output)
                    .hint("check the context, and that you are logged in: `kubectl get namespaces`"));
            }
        }
        let namespace = &self.setup.argocd_namespace;
        if problems.is_empty() && !self.has_namespace(namespace)? {
            problems.push(Problem::new(
                format!("the cluster has no namespace `{namespace}`, where Argo CD should be"),
                "set the answer to the namespace that it is in: `treenail upgrade --set argocd-namespace=NAME`",
            ));
        }
        Ok(problems)
    }

    pub(super) fn has_namespace(&self, name: &str) -> Result<bool> {
        Ok(!self.kubectl.objects(&["namespace", name])?.is_empty())
    }

    /// What is applied has to be what others read in Git.
    pub(super) fn uncommitted(&self) -> Result<Vec<Problem>> {
        let repo = &self.service.repo;
        let folder = self.service.rooted(&self.setup.apply);
        let files = repo.tree_at_head(&folder)?;
        if files.is_empty() {
            return Ok(vec![Problem::new(
                format!("`{}` is not committed", visible::line(&folder)),
                "`treenail restore` brings back what the scaffold wrote",
            )]);
        }
        let expected: Vec<_> = files.iter().map(|(path, file)| (format!("{folder}{path}"), file)).collect();
        let compared = repo.compare_all(&expected)?;
        let changed =
            expected.iter().zip(compared).filter(|(_, compared)| compared.status != WorktreeStatus::Same);
        Ok(changed
            .map(|((path, _), _)| {
                let message = format!("`{}` has changes that are not committed", visible::line(path));
                Problem::new(message, "commit them, or take them back with `git restore`")
            })
            .collect())
    }

    /// Applies the folder, unless the cluster has all of it.
    ///
    /// # Errors
    /// The cluster refuses it.
    pub(super) fn apply(&self) -> Result<()> {
        let folder = self.applied_folder();
        let shown = visible::line(&self.service.rooted(&self.setup.apply));
        let diff = self.ui.during("comparing", || self.kubectl.output(&["diff", "-k", &folder], b""))?;
        match diff.status.code() {
            Some(0) => {
                self.skipped(&format!("the cluster has all of `{shown}`"));
                return Ok(());
            }
            // What differs.
            Some(1) if diff.stderr.is_empty() || !diff.stdout.is_empty() => {}
            // A namespace is yet to be created.
            _ if String::from_utf8_lossy(&diff.stderr).contains("(NotFound)") => {}
            // An error of the comparison, which applying would give again.
            _ => return Err(kubectl::failed(&["diff"], &diff)),
        }
        let applied = self
            .change(&["apply", "-k", &folder], b"")
            .map_err(|error| error.hint("applying needs the rights of an administrator of the cluster"))?;
        for line in applied.lines() {
            self.ui.done(&visible::line(line));
        }
        Ok(())
    }

    /// Waits until every Application is Synced and Healthy. Has Argo CD look at Git now, which it else does every few minutes.
    ///
    /// # Errors
    /// It takes too long; the error says how each stands, and what Argo CD complains of.
    pub(super) fn wait(&self) -> Result<()> {
        let folder = self.applied_folder();
        let mut states: BTreeMap<String, String> = BTreeMap::new();
        let mut last = Vec::new();
        let found = wait::until(self.arguments.timeout(), || {
            let is_first = last.is_empty();
            last = self.live(&folder)?;
            if is_first {
                self.refresh(&last)?;
            }
            for application in &last {
                self.note(application, &mut states);
            }
            Ok(last.iter().all(LiveApplication::is_well).then_some(()))
        })?;
        found.ok_or_else(|| not_well(&last, self.arguments.timeout))?;
        self.ui.done("every Application is Synced and Healthy");
        Ok(())
    }

    fn live(&self, folder: &str) -> Result<Vec<LiveApplication>> {
        let objects = self.ui.during("waiting for Argo CD", || self.kubectl.objects(&["-k", folder]))?;
        let live: Vec<LiveApplication> = objects.iter().filter_map(LiveApplication::of).collect();
        if live.is_empty() {
            return Err(Error::precondition("the cluster has none of the Applications")
                .hint("apply them: `treenail setup --only applications`"));
        }
        Ok(live)
    }

    /// Says how an Application stands, where that has changed.
    fn note(&self, application: &LiveApplication, states: &mut BTreeMap<String, String>) {
        let state = application.state();
        let known = states.insert(application.name.clone(), state.clone());
        if known.as_ref() != Some(&state) {
            self.ui.message(&format!("  {} is {}", visible::line(&application.name), visible::line(&state)));
        }
    }

    fn refresh(&self, live: &[LiveApplication]) -> Result<()> {
        let mut words = vec!["-n", &*self.setup.argocd_namespace, "annotate", "--overwrite", "application"];
        words.extend(live.iter().map(|application| &*application.name));
        words.push("argocd.argoproj.io/refresh=normal");
        self.kubectl.run(&words, b"").map(drop)
    }

    /// The folder to apply, where it is on this machine.
    fn applied_folder(&self) -> String {
        let folder: PathBuf = self.service.repo.root().join(self.service.rooted(&self.setup.apply));
        folder.display().to_string()
    }
}

fn not_well(live: &[LiveApplication], seconds: u64) -> Error {
    let problems = live.iter().filter(|application| !application.is_well()).map(|application| {
        let said = application.complaints.iter().map(|said| format!(": {}", visible::line(said)));
        Problem::new(
            format!("{} is {}{}", application.name, application.state(), said.collect::<String>()),
            "",
        )
    });
    Error::failure(format!("not every Application is Synced and Healthy after {seconds} seconds"))
        .problems(problems)
        .hint("run the command again once the cause is gone, or wait longer with --timeout")
}
