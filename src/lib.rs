//! treenail.
pub mod answers;
pub mod error;
