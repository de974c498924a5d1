//! The verbs of the day in real repositories: a manifest repository and a source repository, each with a remote that is a
//! folder. What the pipeline commits is written as it writes it.
#![cfg(unix)]

mod again;
mod conversation;
mod folders;
mod json;
mod killed;
pub mod kubectl;
mod one_repository;
mod plain;
mod promote;
mod pull_request;
mod readme;
mod release;
mod releases;
mod rollback;
mod scaffold;
pub mod shop;
