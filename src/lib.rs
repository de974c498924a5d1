//! treenail.
pub mod answers;
pub mod error;
pub mod suggest;
