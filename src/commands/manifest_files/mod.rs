//! The files that a command reads manifests from: those of the work tree, or those of a commit.

pub(crate) mod revision;
pub(crate) mod settings;
pub(crate) mod work_tree;
