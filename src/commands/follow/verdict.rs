//! How following a release ends.

use crate::error::{Error, Problem};
use crate::ui::visible;

/// The end of a release, as far as it is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WatchVerdict {
    /// It runs.
    Deployed,
    /// A person has to decide whether its rollout goes on; by which commands.
    Paused {
        go_on: String,
        abort: String,
    },
    /// It was deployed, and the environment has this release now.
    Replaced(String),
    /// Another release was requested before this one was deployed.
    Superseded(String),
    Failed(WatchFailure),
}

/// The first failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WatchFailure {
    /// The stage.
    pub(super) stage: String,
    pub(super) cause: String,
    /// The end of the log that tells more.
    pub(super) log: Vec<String>,
    /// Whose log that is.
    pub(super) log_of: String,
    pub(super) hints: Vec<String>,
}

impl WatchVerdict {
    /// As the JSON calls it.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::Paused { .. } => "paused",
            Self::Replaced(_) => "replaced",
            Self::Superseded(_) => "superseded",
            Self::Failed(_) => "failed",
        }
    }
}

impl WatchFailure {
    pub(super) fn new(stage: &str, cause: impl Into<String>) -> Self {
        Self { stage: stage.to_owned(), cause: cause.into(), ..Self::default() }
    }

    pub(super) fn with_log(self, of: impl Into<String>, log: Vec<String>) -> Self {
        Self { log, log_of: of.into(), ..self }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The error of a release, whose name and tag are `title`.
    pub(super) fn error(&self, title: &str) -> Error {
        let mut error = Error::failure(format!("{title} failed at {}: {}", self.stage, self.cause));
        if !self.log.is_empty() {
            let log: Vec<String> = self.log.iter().map(|line| visible::line(line)).collect();
            let of = visible::line(&self.log_of);
            error = error
                .problems([Problem::new(format!("the end of the log of {of}:\n{}", log.join("\n")), "")]);
        }
        self.hints.iter().fold(error, Error::hint)
    }
}
