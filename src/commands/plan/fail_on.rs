//! `--fail-on`: what of a plan ends the command with an exit code of its own, so that CI can ask for an approval.

use clap::ValueEnum;

use crate::plan::{Action, ApplicationPlan, ClusterPlan, Presence, SyncState};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailCause {
    /// Something changes in production
    Production,
    /// Objects are deleted
    Prune,
    /// A sync fails, or Pods are refused
    Refused,
    /// Pods restart
    Restart,
    /// Something is not evaluated
    Unknown,
}

impl FailCause {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Prune => "prune",
            Self::Refused => "refused",
            Self::Restart => "restart",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the plan has it.
    pub(super) fn is_in(self, plan: &ClusterPlan) -> bool {
        !self.concerned(plan).is_empty() || self == Self::Unknown && !plan.unknown.is_empty()
    }

    /// The Applications that have it.
    pub(super) fn reason(self, plan: &ClusterPlan) -> String {
        let names: Vec<_> = self.concerned(plan).iter().map(|it| format!("`{}`", it.name)).collect();
        if names.is_empty() { "an ApplicationSet is not evaluated".to_owned() } else { names.join(", ") }
    }

    fn concerned(self, plan: &ClusterPlan) -> Vec<&ApplicationPlan> {
        plan.applications.iter().filter(|application| self.concerns(application)).collect()
    }

    fn concerns(self, application: &ApplicationPlan) -> bool {
        match self {
            Self::Production => {
                let is_concerned =
                    application.sync != SyncState::Unchanged || application.presence != Presence::Kept;
                application.is_production && is_concerned
            }
            Self::Prune => application
                .objects
                .iter()
                .any(|object| matches!(object.action, Action::Prune | Action::Replace) && !object.is_renewed),
            Self::Refused => {
                let is_refused = application.fails() || application.refuses_pods();
                application.sync != SyncState::Unchanged && is_refused
            }
            Self::Restart => application.restarts(),
            Self::Unknown => !application.unknown.is_empty(),
        }
    }
}
