//! The cluster, through the user's own `kubectl`: the domain of `setup` and `doctor`. What belongs in it is declared by the scaffold
//! ([`crate::scaffold::definition::setup`]).
//!
//! ```text
//! scaffold + committed answers -> Setup (folder, Secrets)      declared
//! a Secret + values            -> a manifest for kubectl       secret
//! arguments                    -> what the cluster answers     kubectl
//! questions                    -> what is seen, or why not     inquiry
//! live Applications            -> synced, healthy, or why not  application
//! committed Applications       -> those of a release           chain
//! their last syncs             -> commit seen, hook            sync
//! PipelineRun, TaskRuns        -> how the build stands         runs
//! workloads, Pods              -> ready, or why not            rollout, pods
//! live objects                 -> what `doctor` looks at       argocd_settings, difference, nodes, secret_state, versions
//! objects, and their Pods      -> what the API server refuses  task_pods, server_dry_run
//! ```

pub(crate) mod application;
pub(crate) mod argocd_settings;
pub(crate) mod chain;
pub(crate) mod declared;
pub(crate) mod difference;
pub(crate) mod inquiry;
pub(crate) mod kubectl;
pub(crate) mod live;
mod log;
pub(crate) mod moment;
pub(crate) mod nodes;
pub(crate) mod pods;
pub(crate) mod rollout;
pub(crate) mod runs;
pub(crate) mod secret;
pub(crate) mod secret_state;
pub(crate) mod server_dry_run;
pub(crate) mod ssh;
pub(crate) mod sync;
pub(crate) mod task_pods;
pub(crate) mod versions;
pub(crate) mod wait;

use crate::excerpt;

/// The most characters of a text of the cluster that are shown.
const LONGEST: usize = 300;

/// A text of the cluster, as far as a message shows it.
fn cut(text: &str) -> String {
    excerpt::start(text.trim(), LONGEST).into_owned()
}
