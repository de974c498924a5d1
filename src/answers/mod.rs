//! Turns flags, files, surroundings and prompts into valid answers.

pub(crate) mod changes;
pub(crate) mod detect;
pub(crate) mod infer;
pub mod migrate;
pub mod resolve;
