//! What is asked of a cluster to follow a release. Each question is one command, and asks for as little as answers it.

use serde_json::Value;

use super::kubectl::Kubectl;
use super::log;
use super::pods::{PodTrouble, is_silent};
use super::rollout::LiveWorkload;
use super::runs::{LiveRun, LiveTask};
use super::sync::LiveSync;
use crate::error::{Error, ErrorKind, Result};

/// Asks Argo CD to compare an Application with Git now, instead of in a few minutes.
const REFRESH: &str = "argocd.argoproj.io/refresh=normal";

/// The most bytes of a log.
const MOST_OF_LOG: &str = "--limit-bytes=65536";

/// What `kubectl` says where asking again does not help.
const FINAL: [&str; 6] = [
    "forbidden",
    "unauthorized",
    "must be logged in",
    "doesn't have a resource type",
    "could not find the requested resource",
    "unknown flag",
];

/// Whether a question failed for a reason that may pass, such as an API server that is away.
pub(crate) fn may_pass(error: &Error) -> bool {
    let cause =
        std::error::Error::source(error).map(|cause| cause.to_string().to_lowercase()).unwrap_or_default();
    error.kind == ErrorKind::Failure && !FINAL.iter().any(|word| cause.contains(word))
}

/// Returns nothing where a question is refused that only tells more, and the error where it may be asked again.
///
/// # Errors
/// See [`may_pass`].
pub(crate) fn if_allowed<T: Default>(answer: Result<T>) -> Result<T> {
    match answer {
        Err(error) if !may_pass(&error) => Ok(T::default()),
        answer => answer,
    }
}

/// A cluster, to be asked.
#[derive(Clone)]
pub(crate) struct LiveCluster {
    pub(crate) kubectl: Kubectl,
}

impl LiveCluster {
    /// Returns an Application; `None` if it does not exist.
    ///
    /// # Errors
    /// The cluster does not answer, or refuses, as of every question.
    pub(crate) fn application(&self, namespace: &str, name: &str) -> Result<Option<LiveSync>> {
        let found = self.kubectl.objects(&["-n", namespace, "applications.argoproj.io", name])?;
        Ok(found.iter().find_map(LiveSync::of))
    }

    /// # Errors
    /// As above.
    pub(crate) fn refresh(&self, namespace: &str, name: &str) -> Result<()> {
        let words = ["-n", namespace, "annotate", "--overwrite", "applications.argoproj.io", name, REFRESH];
        self.kubectl.run(&words, b"").map(drop)
    }

    /// Returns the run of a release, the newest of several.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn run_of(&self, namespace: &str, tag: &str, revision: &str) -> Result<Option<LiveRun>> {
        let all = self.kubectl.objects(&["-n", namespace, "pipelineruns.tekton.dev"])?;
        let own = all.iter().filter(|run| LiveRun::is_of(run, tag, revision)).filter_map(LiveRun::of);
        Ok(own.max_by_key(|run| run.created))
    }

    /// Returns a run by its name; `None` if it does not exist any more.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn run(&self, namespace: &str, name: &str) -> Result<Option<LiveRun>> {
        let found = self.kubectl.objects(&["-n", namespace, "pipelineruns.tekton.dev", name])?;
        Ok(found.iter().find_map(LiveRun::of))
    }

    /// Returns the Tasks of a run that have begun, and their Pods.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn tasks(&self, namespace: &str, run: &str) -> Result<(Vec<LiveTask>, Vec<Value>)> {
        let label = format!("tekton.dev/pipelineRun={run}");
        let mut found = self.kubectl.objects(&["-n", namespace, "taskruns.tekton.dev,pods", "-l", &label])?;
        let tasks = found.iter().filter_map(LiveTask::of).collect();
        found.retain(|object| object["kind"] == "Pod");
        Ok((tasks, found))
    }

    /// Returns the Job; `None` if it does not exist.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn job(&self, namespace: &str, name: &str) -> Result<Option<Value>> {
        Ok(self.kubectl.objects(&["-n", namespace, "jobs.batch", name])?.into_iter().next())
    }

    /// Returns the Pods with these labels.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn pods(&self, namespace: &str, selector: &str) -> Result<Vec<Value>> {
        self.kubectl.objects(&["-n", namespace, "pods", "-l", selector])
    }

    /// Returns workloads by their kinds and names.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn workloads(&self, namespace: &str, names: &[String]) -> Result<Vec<LiveWorkload>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut words = vec!["-n", namespace];
        words.extend(names.iter().map(String::as_str));
        Ok(self.kubectl.objects(&words)?.iter().filter_map(LiveWorkload::of).collect())
    }

    /// Returns what is in the way of the first of `pods` that something is in the way of. What a Pod does not say itself, such
    /// as a Secret that its volume misses, its events say.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn trouble(&self, namespace: &str, pods: &[Value]) -> Result<Option<PodTrouble>> {
        if let Some(trouble) = pods.iter().find_map(PodTrouble::of) {
            return Ok(Some(trouble));
        }
        let silent = pods.iter().find(|pod| is_silent(pod));
        let Some(name) = silent.and_then(|pod| pod["metadata"]["name"].as_str()) else { return Ok(None) };
        let selector = format!("involvedObject.name={name},type=Warning");
        let words = ["-n", namespace, "events", "--field-selector", &selector];
        let events = if_allowed(self.kubectl.objects(&words))?;
        let last =
            events.iter().max_by_key(|event| event["lastTimestamp"].as_str().unwrap_or_default().to_owned());
        Ok(last.map(|event| PodTrouble::of_event(name, event)))
    }

    /// Returns the last lines of a log, as far as there is one: a Pod that is gone has none.
    pub(crate) fn log(
        &self,
        namespace: &str,
        of: &str,
        container: Option<&str>,
        count: usize,
    ) -> Vec<String> {
        let tail = format!("--tail={count}");
        let mut words = vec!["-n", namespace, "logs", of, &tail, MOST_OF_LOG];
        match container {
            Some(container) => words.extend(["-c", container]),
            None => words.push("--all-containers"),
        }
        match self.kubectl.output(&words, b"") {
            Ok(output) if output.status.success() => log::lines(&String::from_utf8_lossy(&output.stdout)),
            _ => Vec::new(),
        }
    }

    /// As [`LiveCluster::log`], of a container that has ended and was started again.
    pub(crate) fn log_before(&self, namespace: &str, trouble: &PodTrouble, count: usize) -> Vec<String> {
        let Some(container) = trouble.container.as_deref() else { return Vec::new() };
        let tail = format!("--tail={count}");
        let words =
            ["-n", namespace, "logs", &trouble.pod, "--previous", &tail, MOST_OF_LOG, "-c", container];
        match self.kubectl.output(&words, b"") {
            Ok(output) if output.status.success() => log::lines(&String::from_utf8_lossy(&output.stdout)),
            _ => self.log(namespace, &trouble.pod, Some(container), count),
        }
    }
}
