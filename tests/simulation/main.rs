//! Generated repositories, and the usual recipe, in a small simulation of Git, Argo CD, Tekton and a cluster: does every
//! story of a release come to rest, with each release built once and running where Git says, and nothing else?
//!
//! ```text
//! repository -> render -> Application -> Operation -> Job --trigger.sh--> PipelineRun --deploy-app--> commit -> ...
//! golden/       check's    argo.rs       operation.rs job.rs   really run  tekton.rs      really run   git.rs
//! ```
//!
//! [`world::World`] lists whatever can happen next, and dice with a seed choose, so that a failure is played again alike; a
//! failure prints what happened, in words. Stories whose last event is sudden are played once for every moment at which
//! it can come. [`controls`] plays what has to go wrong: a simulation that lets it pass proves nothing.
//!
//! What it leaves out, so that it proves nothing about it:
//! - Time is a sequence. Only deadlines of rollouts and pauses between retries take any; polling, webhooks, builds and
//!   timeouts are in the order of things. A slow build and a fast one are two orders.
//! - Argo CD compares whole manifests. Fields that a cluster fills in, `ignoreDifferences`, resource customizations, sync
//!   windows and projects are no part of it, nor are `SyncFail` and deletion hooks, or dry runs.
//! - An Application's operation is never stopped by hand, and its deletion leaves its objects.
//! - Of controllers, those of Deployments, Pods, Jobs and claims: a rollout is up once its images can be pulled.
//! - Tekton runs one Task after the other, without retries, `when` and `finally`; clones and tests succeed unless a story
//!   breaks them. Images are always pushed.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "tests use files and processes")]

mod argo;
mod cluster;
#[expect(dead_code, reason = "other tests use the rest")]
#[path = "../common/mod.rs"]
mod common;
#[expect(dead_code, reason = "other tests use the rest")]
#[path = "../scripts/container.rs"]
mod container;
mod controls;
mod git;
mod job;
mod machine;
mod operation;
mod play;
mod render;
mod repository;
mod stories;
mod tekton;
#[expect(dead_code, reason = "other tests use the rest")]
#[path = "../scripts/upstream.rs"]
mod upstream;
mod verdict;
mod world;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use repository::Repository;

/// Declares golden repositories that have to survive all stories: the test's name is that of the folder.
macro_rules! goldens {
    ($($name:ident),*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                stories::survive_once(&Repository::golden(&stringify!($name).replace('_', "-")));
            }
        )*
    };
}

goldens! { minimal, everything, one_environment, four_environments, sub_folder, ssh_gitlab, hostile_no, longest }

#[test]
fn every_golden_repository_has_its_test() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let folders = fs::read_dir(home).expect("it is there").flatten().filter(|entry| entry.path().is_dir());
    let folders: BTreeSet<_> =
        folders.map(|entry| entry.file_name().to_string_lossy().replace('-', "_")).collect();
    assert_eq!(folders, NAMES.iter().map(ToString::to_string).collect());
}

#[test]
fn in_several_orders_of_things() {
    stories::survive(&Repository::golden("everything"));
}

/// The answers that a release's way depends on, so that any two of them meet.
#[test]
fn answers_in_combination() {
    let tested = [("test-image", "docker.io/library/golang:1.25"), ("test-command", "go test ./...")];
    for (environments, is_tested, prefix, branch) in [
        ("live", true, "a/b/", "main"),
        ("live", false, "", "live/eu"),
        ("one,two,three", true, "", "live/eu"),
        ("one,two,three", false, "a/b/", "main"),
    ] {
        let answers = [("environments", environments), ("branch", branch)];
        let tested = if is_tested { &tested[..] } else { &[] };
        stories::survive_once(&Repository::generated(&[&answers, tested].concat(), prefix));
    }
}
