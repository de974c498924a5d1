//! The cluster, through the user's own `kubectl`: the domain of `setup`. What belongs in it is declared by the scaffold
//! ([`crate::scaffold::definition::setup`]).
//!
//! ```text
//! scaffold + committed answers -> Setup (folder, Secrets)      declared
//! a Secret + values            -> a manifest for kubectl       secret
//! arguments                    -> what the cluster answers     kubectl
//! live Applications            -> synced, healthy, or why not  application
//! ```

pub(crate) mod application;
pub(crate) mod declared;
pub(crate) mod kubectl;
pub(crate) mod secret;
pub(crate) mod ssh;
pub(crate) mod wait;
