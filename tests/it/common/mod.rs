//! What the tests share: homes and processes that see nothing of the machine they run on, a terminal, and a generated
//! repository in memory.

#[cfg(unix)]
pub mod home;
pub mod programs;
pub mod rendered;
#[cfg(unix)]
pub mod terminal;
