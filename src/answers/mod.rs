//! From flags, files, surroundings and prompts to values that cannot be wrong.

pub(crate) mod changes;
pub(crate) mod detect;
pub(crate) mod infer;
pub mod migrate;
pub mod resolve;
