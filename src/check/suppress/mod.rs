//! What takes findings out of the report: comments beside them, and the list of a repository.

pub(crate) mod comments;
mod glob;
pub(crate) mod ignore_list;
