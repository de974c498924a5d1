//! The shell of a generated repository, run for real: the Tasks' scripts and the release trigger, taken out of
//! rendered manifests, in every shell the machine has, with nothing on `PATH` but what each is said to need.
//! The cluster, the registry and the network are stubs; Git is real.

mod build_image;
mod checks;
mod clone_repo;
pub mod container;
mod credentials;
mod deploy_app;
mod deploy_races;
mod deploy_refusals;
mod expansion;
mod lint;
mod manifests;
mod push_image;
mod report;
mod run_tests;
mod sync_failed;
mod trigger;
mod trigger_values;
pub mod upstream;
