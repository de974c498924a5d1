//! The verbs: each file holds the arguments, the run and the report of one. They tie the other modules together, and
//! no verb uses another; what they share is in `answers`, `folders` and the modules below.

pub(crate) mod adopt;
pub(crate) mod answers;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod delivery_change;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod downtime;
pub(crate) mod explain;
pub(crate) mod folders;
pub(crate) mod follow;
pub(crate) mod man;
pub(crate) mod manifest_files;
pub(crate) mod merge_effect;
pub(crate) mod new;
pub(crate) mod plan;
pub(crate) mod promote;
pub(crate) mod release;
pub(crate) mod releases;
pub(crate) mod restore;
pub(crate) mod rollback;
pub(crate) mod scaffold;
pub(crate) mod setup;
pub(crate) mod source_commits;
pub(crate) mod status;
pub(crate) mod upgrade;
pub(crate) mod watch;
