//! From flags, files, surroundings and prompts to values that cannot be wrong.

pub mod changes;
pub mod detect;
pub mod kind;
pub mod migrate;
pub mod reading;
pub mod resolve;
pub mod value;
