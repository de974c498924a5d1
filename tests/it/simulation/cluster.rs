//! Objects in a cluster, and what their controllers and Argo CD's health checks
//! (`gitops-engine/pkg/health/health_*.go`) say of them. Rollouts are in [`crate::simulation::rollout`].

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;

use crate::simulation::render::{Key, Manifest};
use crate::simulation::rollout::Progress;

/// What Argo CD thinks of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// As it should be, or of a kind without a check.
    Healthy,
    /// May become healthy.
    Progressing,
    /// May become healthy, once somebody or a time lets it.
    Suspended,
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
    pub manifest: Rc<Manifest>,
    /// The Application that tracks it.
    pub owner: String,
    /// Who wrote it last.
    pub writer: Writer,
    /// When that was.
    pub since: u64,
    /// What became of it: a Deployment whose pods are up, a Job that ended.
    pub end: Option<Result<(), ()>>,
    /// How far it is, if it is a Rollout.
    pub rollout: Option<Progress>,
}

impl Live {
    /// As somebody wrote it over what was there before.
    pub fn written(
        old: Option<&Self>,
        manifest: Rc<Manifest>,
        owner: String,
        writer: Writer,
        now: u64,
    ) -> Self {
        let old = old.and_then(|old| old.rollout.as_ref());
        let is_rollout = manifest.kind() == "Rollout";
        let rollout = is_rollout.then(|| Progress::observe(old, &manifest, now));
        Self { manifest, owner, writer, since: now, end: None, rollout }
    }

    /// The images of the pods that it stands for; midway through an update those of the old and of the new ones.
    pub fn images(&self) -> Vec<&str> {
        match &self.rollout {
            Some(progress) => progress.pods().flat_map(images_of).collect(),
            None => images(&self.manifest),
        }
    }
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
    pub fn apply(&mut self, manifest: &Rc<Manifest>, owner: &str, writer: Writer) -> Result<(), String> {
        let old = self.objects.get(&manifest.key);
        if old.is_some_and(|old| old.manifest == *manifest) {
            return Ok(());
        }
        if old.is_some() && manifest.kind() == "Job" {
            return Err(format!("Job {}: field is immutable", manifest.key.2));
        }
        let live = Live::written(old, Rc::clone(manifest), owner.to_owned(), writer, self.now);
        self.objects.insert(manifest.key.clone(), live);
        Ok(())
    }

    /// The objects of a kind.
    pub fn of<'c>(&'c self, kind: &'c str) -> impl Iterator<Item = &'c Live> {
        self.objects.values().filter(move |live| live.manifest.kind() == kind)
    }

    /// The Deployment or Rollout of an Application.
    pub fn workload(&self, owner: &str) -> Option<&Live> {
        let is_workload = |live: &&Live| matches!(live.manifest.kind(), "Deployment" | "Rollout");
        self.objects.values().filter(is_workload).find(|live| live.owner == owner)
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

    /// The workloads that get on: whose new pods can come up, or whose pause begins or is over.
    pub fn moving(&self) -> impl Iterator<Item = &Key> {
        let moves = |live: &Live| match &live.rollout {
            Some(progress) => progress.can_get_on(&live.manifest, self.can_pull(live), self.now),
            None => has_pods(&live.manifest) && live.end.is_none() && self.can_pull(live),
        };
        self.objects.iter().filter(move |(_, live)| moves(live)).map(|(key, _)| key)
    }

    /// Lets one of these get on; says what happened.
    pub fn get_on(&mut self, key: &Key) -> String {
        let live = self.objects.get_mut(key).expect("it is there");
        if let Some(progress) = &mut live.rollout {
            return progress.get_on(self.now);
        }
        live.end = Some(Ok(()));
        "all pods are up".to_owned()
    }

    /// When pauses of Rollouts end by themselves.
    pub fn pauses(&self) -> impl Iterator<Item = u64> {
        let ends = self.objects.values().filter_map(|live| live.rollout.as_ref()?.end_of_pause());
        ends.filter(|end| *end > self.now)
    }

    /// The Rollouts that wait for somebody to promote them.
    pub fn unpromoted(&self) -> impl Iterator<Item = &Key> {
        let waits = |live: &Live| live.rollout.as_ref().is_some_and(Progress::waits_for_promotion);
        self.objects.iter().filter(move |(_, live)| waits(live)).map(|(key, _)| key)
    }

    /// The Jobs whose pod has yet to run.
    pub fn waiting_jobs(&self) -> impl Iterator<Item = &Key> {
        let waits = |(key, live): &(&Key, &Live)| key.0 == "Job" && live.end.is_none();
        self.objects.iter().filter(waits).map(|(key, _)| key)
    }

    /// How an object is; of one that is gone nothing can be said.
    pub fn health(&self, key: &Key) -> Health {
        let Some(live) = self.objects.get(key) else { return Health::Progressing };
        if let Some(progress) = &live.rollout {
            return progress.health(&live.manifest, self.now);
        }
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

    /// When a workload that does not get on is given up.
    pub fn deadline(&self, key: &Key) -> Option<u64> {
        let live = self.objects.get(key)?;
        if let Some(progress) = &live.rollout {
            return progress.deadline(&live.manifest);
        }
        let is_open = live.end.is_none() && key.0 == "Deployment";
        is_open
            .then_some(live.since + live.manifest.at("/spec/progressDeadlineSeconds").as_u64().unwrap_or(600))
    }

    fn is_mounted(&self, claim: &Key) -> bool {
        self.objects.values().filter(|live| has_pods(&live.manifest)).any(|live| {
            let volumes = live.manifest.at("/spec/template/spec/volumes").as_array();
            volumes.into_iter().flatten().any(|it| it["persistentVolumeClaim"]["claimName"] == *claim.2)
        })
    }
}

fn has_pods(manifest: &Manifest) -> bool {
    matches!(manifest.kind(), "Deployment" | "Rollout" | "Pod") && replicas(manifest) > 0
}

/// How many pods there should be.
pub fn replicas(manifest: &Manifest) -> u64 {
    manifest.at("/spec/replicas").as_u64().unwrap_or(1)
}

/// The images of a workload's containers.
pub fn images(manifest: &Manifest) -> Vec<&str> {
    let specs = ["/spec/template/spec", "/spec"].map(|spec| manifest.at(spec));
    specs.into_iter().flat_map(images_of).collect()
}

fn images_of(spec: &Value) -> Vec<&str> {
    let containers = spec["containers"].as_array().into_iter().flatten();
    containers.filter_map(|it| it.get("image").and_then(Value::as_str)).collect()
}
