//! How Argo CD and Tekton work on each other: what is valid by itself, and yet fails, waits for ever, runs in
//! circles or gives secrets away once both are at it. Each rule is about what an administrator would otherwise learn
//! in production.

mod access;
mod applications;
mod containers;
mod credentials;
mod deadlock;
mod hooks;
mod images;
mod loops;
mod pipelines;
mod pods;
mod projects;
mod scene;
mod scripts;
mod secrets;
mod shell;
mod trigger;

use super::finding::Finding;
use super::kustomize::Builds;
use scene::Scene;

/// One file an idea; each adds what it finds, in any order.
const IDEAS: &[fn(&Scene<'_>, &mut Vec<Finding>)] = &[
    hooks::findings,
    trigger::findings,
    deadlock::findings,
    loops::findings,
    applications::findings,
    projects::findings,
    access::findings,
    credentials::findings,
    pipelines::findings,
    images::findings,
    pods::findings,
];

/// Adds what is wrong.
pub(crate) fn findings(builds: &Builds<'_>, found: &mut Vec<Finding>) {
    let scene = Scene::of(builds);
    for idea in IDEAS {
        idea(&scene, found);
    }
    secrets::findings(builds.manifests(), found);
}
