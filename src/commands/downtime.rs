//! Changes that would stop workloads that run: `upgrade`, `promote` and `rollback` say so, and want a flag for it.

use clap::Args;
use serde_json::{Value, json};

use crate::check::StoppedWorkload;
use crate::error::Error;

/// The flag for it.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct DowntimeArgs {
    /// Accept that workloads that run are removed or scaled to zero
    #[arg(long)]
    pub(crate) allow_downtime: bool,
}

/// Returns the title of a list of what `change` stops, such as `upgrade`.
pub(crate) fn title(change: &str) -> String {
    format!("running workloads that the {change} would stop")
}

/// Returns what keeps `change` from being written without a question; `None` if it stops nothing.
pub(crate) fn refusal(change: &str, stops: &[StoppedWorkload]) -> Option<Error> {
    let count = match stops.len() {
        0 => return None,
        1 => "a workload that runs".to_owned(),
        count => format!("{count} workloads that run"),
    };
    let mut error = Error::precondition(format!("the {change} would stop {count}; nothing was written"));
    for stopped in stops {
        error = error.problem(stopped.to_string(), "");
    }
    Some(error.hint("if you want that, pass --allow-downtime"))
}

/// Returns the shape documented in `docs/files.md`.
pub(crate) fn json(stops: &[StoppedWorkload]) -> Vec<Value> {
    let entries = stops.iter().map(|stopped| {
        json!({
            "kind": stopped.kind,
            "name": stopped.name,
            "namespace": stopped.namespace,
            "why": stopped.reason.as_str(),
        })
    });
    entries.collect()
}
