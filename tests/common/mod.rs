//! What the tests of whole programs share: a generated repository in memory, and processes that see nothing of
//! the machine they run on.

pub mod programs;
pub mod rendered;
