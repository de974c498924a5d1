//! Generated repositories, and the usual recipe, in a small simulation of Git, Argo CD, Tekton and a cluster: does every
//! story of a release come to rest, with each release built once and running where Git says, and nothing else?
//!
//! ```text
//! repository -> render -> Application -> Operation -> Job --trigger.sh--> PipelineRun --deploy-app--> commit -> ...
//! golden/       check's    argo.rs       operation.rs job.rs   really run  tekton.rs      really run   git.rs
//! matrix/                                rollout.rs
//! ```
//!
//! [`world::World`] lists whatever can happen next, and dice with a seed choose, so that a failure is played again alike; a
//! failure prints what happened, in words. Stories whose last event is sudden are played once for every moment at which
//! it can come. Every golden repository survives all [`stories`] in one order of things, one of them in several, and with
//! `--ignored` every repository of the matrix. [`controls`] and [`pauses`] play what has to go wrong: a simulation that lets
//! it pass proves nothing.
//!
//! What it leaves out, so that it proves nothing about it:
//! - Time is a sequence. Only deadlines of workloads, pauses of Rollouts and those between retries take any; polling,
//!   webhooks, builds and timeouts are in the order of things. A slow build and a fast one are two orders.
//! - Argo CD compares whole manifests. Fields that a cluster fills in, `ignoreDifferences`, resource customizations, sync
//!   windows and projects are no part of it, nor are `SyncFail` and deletion hooks, or dry runs.
//! - An Application's operation is never stopped by hand, and its deletion leaves its objects.
//! - Of controllers, those of Deployments, Rollouts, Pods, Jobs and claims: pods are up once their images can be pulled.
//! - Of Rollouts, analyses, experiments, traffic routing, aborts, `scaleDownDelaySeconds` and the rollback window.
//!   Somebody promotes those that wait for it once everything else is at rest; in [`pauses`] only where a test says so.
//! - Tekton runs one Task after the other, without retries and `when`; clones and tests succeed unless a story breaks them.
//!   Images are always pushed. The Tasks of `finally` have to be there, and do nothing.
#![cfg(unix)]

mod argo;
mod cluster;
mod controls;
mod git;
mod job;
mod machine;
mod operation;
mod pauses;
mod play;
mod render;
mod repository;
mod rollout;
mod stories;
mod tekton;
mod verdict;
mod world;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::matrix::{CASES, Case};
use repository::Repository;

/// Declares golden repositories that have to survive all stories: the test's name is that of the folder.
macro_rules! goldens {
    ($($(#[$attribute:meta])* $name:ident),*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            $(#[$attribute])*
            fn $name() {
                stories::survive_once(&Repository::golden(&stringify!($name).replace('_', "-")));
            }
        )*
    };
}

goldens! {
    minimal,
    everything,
    canary,
    #[ignore = "takes long"]
    one_environment,
    #[ignore = "takes long"]
    four_environments,
    #[ignore = "takes long"]
    sub_folder,
    #[ignore = "takes long"]
    ssh_gitlab,
    #[ignore = "takes long"]
    hostile_no,
    #[ignore = "takes long"]
    longest,
    #[ignore = "takes long"]
    blue_green
}

#[test]
fn every_golden_repository_has_its_test() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let folders = fs::read_dir(home).expect("it is there").flatten().filter(|entry| entry.path().is_dir());
    let folders: BTreeSet<_> =
        folders.map(|entry| entry.file_name().to_string_lossy().replace('-', "_")).collect();
    assert_eq!(folders, NAMES.iter().map(ToString::to_string).collect());
}

#[test]
#[ignore = "takes long"]
fn in_several_orders_of_things() {
    stories::survive(&Repository::golden("everything"));
}

/// Declares parts of the matrix that have to survive all stories, for several threads to work on. They take long, and
/// `.ci/run` plays them.
macro_rules! parts {
    ($($name:ident),*) => {
        const PARTS: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            #[ignore = "takes long"]
            fn $name() {
                survive_part(stringify!($name));
            }
        )*
    };
}

parts! { matrix_1, matrix_2, matrix_3, matrix_4, matrix_5, matrix_6, matrix_7, matrix_8 }

/// Plays with every so-many-th repository of the matrix; the golden ones have tests of their own.
fn survive_part(name: &str) {
    let part = PARTS.iter().position(|part| *part == name).expect("it is one of them");
    let is_golden = |case: &&Case| case.name.starts_with("golden-");
    let rows = CASES.iter().filter(|case| !is_golden(case));
    for case in rows.skip(part).step_by(PARTS.len()) {
        stories::survive_once(&Repository::of(case));
    }
}
