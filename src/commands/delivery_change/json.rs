//! What `release`, `promote` and `rollback` print with `--json`.

use serde_json::{Value, json};

use super::{ChangeArgs, OpenService};
use crate::check::StoppedWorkload;
use crate::commands::downtime;
use crate::delivery::image::Image;
use crate::error::{Error, Result};
use crate::ui::Ui;

/// What the JSON says about a change, whether or not it is made.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChangeFacts {
    /// The verb, which the schema is named after.
    pub(crate) verb: &'static str,
    /// What [`release`] makes of the release; null if there is none.
    pub(crate) release: Value,
    /// The environment that a promotion copies from.
    pub(crate) from: Option<String>,
    /// The environment that changes.
    pub(crate) environment: Option<String>,
}

/// What came of a change.
#[derive(Default)]
pub(crate) struct Done {
    /// By their paths in the repository.
    pub(super) files: Vec<String>,
    pub(super) message: String,
    pub(super) commit: Option<String>,
    pub(super) branch: Option<String>,
    pub(super) pushed_to: Option<String>,
    pub(super) request: Option<Value>,
    pub(super) patch: Option<String>,
    /// Of a dry run.
    pub(super) effect: Option<Value>,
    pub(super) commands: Vec<String>,
    pub(super) stops: Vec<StoppedWorkload>,
    /// What would keep a run that is no dry run from being made.
    pub(super) refusal: Option<Error>,
}

/// Returns a release as the JSON has it.
pub(crate) fn release(image: &Image) -> Value {
    json!({ "tag": image.tag, "revision": image.revision, "image": image.reference })
}

impl OpenService {
    /// Prints the documented JSON, if that is wanted: see `docs/files.md`. `watch` is how following the change has ended.
    pub(super) fn print_json(
        &self,
        ui: &Ui,
        arguments: &ChangeArgs,
        facts: &ChangeFacts,
        done: &Done,
        watch: &Value,
    ) -> Result<()> {
        if !arguments.json {
            return Ok(());
        }
        let message = (!done.files.is_empty()).then_some(&done.message);
        let shape = json!({
            "schema": format!("treenail.{}/1", facts.verb),
            "name": self.service.delivery.name,
            "directory": self.service.prefix.trim_end_matches('/'),
            "dryRun": arguments.dry_run,
            "release": facts.release,
            "from": facts.from,
            "environment": facts.environment,
            "files": done.files,
            "message": message,
            "commit": done.commit,
            "branch": done.branch,
            "pushedTo": done.pushed_to,
            "pullRequest": done.request,
            "patch": done.patch,
            "effect": done.effect,
            "commands": done.commands,
            "stops": downtime::json(&done.stops),
            "watch": watch,
        });
        ui.print(&format!("{shape:#}\n"))
    }
}
