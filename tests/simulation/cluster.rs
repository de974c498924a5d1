//! Objects in a cluster, and what their controllers and Argo CD's health checks
//! (`gitops-engine/pkg/health/health_*.go`) say of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::render::{Key, Manifest};

/// What Argo CD thinks of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// As it should be, or of a kind without a check.
    Healthy,
    /// May become healthy.
    Progressing,
    /// Will not.
    Degraded,
}

/// Who wrote an object last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// Argo CD.
    ArgoCd,
    /// A person.
    User,
    /// A Task.
    Pipeline,
}

/// An object that is there.
#[derive(Clone, Debug)]
pub struct Live {
    /// What it says.
    pub manifest: Manifest,
    /// The Application that tracks it.
    pub owner: String,
    /// Who wrote it last.
    pub writer: Writer,
    /// When that was.
    pub since: u64,
    /// What became of it: a rollout that is complete, a Job that ended.
    pub end: Option<Result<(), ()>>,
}

/// The cluster, and the registry that it pulls from.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// The objects.
    pub objects: BTreeMap<Key, Live>,
    /// Every image that was pushed, with tag and with digest.
    pub images: BTreeSet<String>,
    /// Seconds since the beginning.
    pub now: u64,
}

impl Cluster {
    /// Creates or changes an object.
    ///
    /// # Errors
    /// Where the object is a Job of that name with another template, which is immutable.
    pub fn apply(&mut self, manifest: &Manifest, owner: &str, writer: Writer) -> Result<(), String> {
        let old = self.objects.get(&manifest.key);
        if old.is_some_and(|old| old.manifest == *manifest) {
            return Ok(());
        }
        if old.is_some() && manifest.kind() == "Job" {
            return Err(format!("Job {}: field is immutable", manifest.key.2));
        }
        let live =
            Live { manifest: manifest.clone(), owner: owner.to_owned(), writer, since: self.now, end: None };
        self.objects.insert(manifest.key.clone(), live);
        Ok(())
    }

    /// The objects of a kind.
    pub fn of<'c>(&'c self, kind: &'c str) -> impl Iterator<Item = &'c Live> {
        self.objects.values().filter(move |live| live.manifest.kind() == kind)
    }

    /// The object of that kind, namespace and name.
    pub fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<&Manifest> {
        let live = self.objects.get(&(kind.to_owned(), namespace.to_owned(), name.to_owned()))?;
        Some(&live.manifest)
    }

    /// Whether the images of a workload can be pulled.
    fn can_pull(&self, live: &Live) -> bool {
        images(&live.manifest).iter().all(|image| self.images.contains(*image))
    }

    /// The workloads whose new pods have yet to come up, and can.
    pub fn starting(&self) -> impl Iterator<Item = &Key> {
        let starts = |live: &Live| is_workload(&live.manifest) && live.end.is_none() && self.can_pull(live);
        self.objects.iter().filter(move |(_, live)| starts(live)).map(|(key, _)| key)
    }

    /// The Jobs whose pod has yet to run.
    pub fn waiting_jobs(&self) -> impl Iterator<Item = &Key> {
        let waits = |(key, live): &(&Key, &Live)| key.0 == "Job" && live.end.is_none();
        self.objects.iter().filter(waits).map(|(key, _)| key)
    }

    /// How an object is; of one that is gone nothing can be said.
    pub fn health(&self, key: &Key) -> Health {
        let Some(live) = self.objects.get(key) else { return Health::Progressing };
        match live.manifest.kind() {
            "Job" | "Deployment" | "Pod" if live.end == Some(Ok(())) => Health::Healthy,
            "Job" if live.end.is_none() => Health::Progressing,
            "Job" => Health::Degraded,
            "Deployment" if replicas(&live.manifest) == 0 => Health::Healthy,
            // health_deployment.go: the condition ProgressDeadlineExceeded.
            "Deployment" if self.deadline(key).is_some_and(|deadline| self.now >= deadline) => {
                Health::Degraded
            }
            // health_pod.go: ImagePullBackOff is an error.
            "Pod" if !self.can_pull(live) => Health::Degraded,
            "Deployment" | "Pod" => Health::Progressing,
            // health_pvc.go: pending until a pod mounts it, with the binding mode WaitForFirstConsumer.
            "PersistentVolumeClaim" if !self.is_mounted(key) => Health::Progressing,
            _ => Health::Healthy,
        }
    }

    /// When a rollout that does not get on is given up.
    pub fn deadline(&self, key: &Key) -> Option<u64> {
        let live = self.objects.get(key).filter(|live| live.end.is_none() && key.0 == "Deployment")?;
        Some(live.since + live.manifest.at("/spec/progressDeadlineSeconds").as_u64().unwrap_or(600))
    }

    fn is_mounted(&self, claim: &Key) -> bool {
        self.objects.values().filter(|live| is_workload(&live.manifest)).any(|live| {
            let volumes = live.manifest.at("/spec/template/spec/volumes").as_array();
            volumes.into_iter().flatten().any(|it| it["persistentVolumeClaim"]["claimName"] == *claim.2)
        })
    }
}

fn is_workload(manifest: &Manifest) -> bool {
    matches!(manifest.kind(), "Deployment" | "Pod") && replicas(manifest) > 0
}

/// How many pods there should be.
pub fn replicas(manifest: &Manifest) -> u64 {
    manifest.at("/spec/replicas").as_u64().unwrap_or(1)
}

/// The images of a workload's containers.
pub fn images(manifest: &Manifest) -> Vec<&str> {
    let lists =
        ["/spec/template/spec/containers", "/spec/containers"].map(|list| manifest.at(list).as_array());
    lists.into_iter().flatten().flatten().filter_map(|it| it.get("image").and_then(Value::as_str)).collect()
}
