//! `--watch`: what was pushed is followed in the cluster.

use clap::Args;
use serde_json::Value;

use super::json::Done;
use super::{ChangeArgs, ChangeFacts, OpenService};
use crate::cluster::kubectl::Kubectl;
use crate::cluster::live::LiveCluster;
use crate::commands::follow::{self, FollowTarget, NamedService, Pace};
use crate::delivery::image::Image;
use crate::error::{Error, Result};
use crate::ui::{Ui, visible};

/// Options of the verbs that push what is followed then.
#[derive(Debug, Args)]
pub(crate) struct WatchFlags {
    /// Push the commit, and follow it in the cluster until it runs or fails, as `treenail watch` does
    ///
    /// Where it cannot be followed, as without `kubectl`, nothing is committed.
    #[arg(long, conflicts_with_all = ["pr", "no_commit"])]
    pub(super) watch: bool,
    /// Context of `kubectl` to follow it in [default: the current one]
    #[arg(long, value_name = "NAME", requires = "watch")]
    context: Option<String>,
    /// How long to follow it, in seconds
    #[arg(long, value_name = "SECONDS", requires = "watch", default_value_t = Pace::default().timeout)]
    timeout: u64,
    /// How long to wait between two looks at the cluster, in seconds
    #[arg(long, value_name = "SECONDS", requires = "watch", default_value_t = Pace::default().interval)]
    interval: u64,
}

impl WatchFlags {
    /// Returns the cluster to follow it in, if it is to be followed. Asks the cluster nothing.
    pub(super) fn cluster(&self) -> Result<Option<LiveCluster>> {
        let find = || Ok(LiveCluster { kubectl: Kubectl::find(self.context.as_deref())? });
        self.watch.then(find).transpose()
    }
}

impl ChangeFacts {
    /// What can be followed in the cluster; `None` if nothing changes there.
    fn target(&self) -> Option<FollowTarget> {
        let text = |key: &str| self.release[key].as_str().map(str::to_owned);
        let image = Image { tag: text("tag"), revision: text("revision"), reference: text("image") };
        let release = (image != Image::default()).then(|| image.title());
        match &self.environment {
            Some(environment) => Some(FollowTarget::Rollout { environment: environment.clone(), release }),
            None => release.map(|tag| FollowTarget::Requested(Some(tag))),
        }
    }
}

impl OpenService {
    /// Checks that what `facts` say can be followed, if it is to be.
    ///
    /// # Errors
    /// A precondition: it is not the branch that is deployed, or the cluster lacks the Applications. The cluster does not
    /// answer.
    pub(super) fn check_watch(&self, facts: &ChangeFacts) -> Result<()> {
        let Some(cluster) = &self.cluster else { return Ok(()) };
        let branch = &self.standing.remote()?.branch;
        let deployed = self.service.delivery.branch.as_ref().filter(|deployed| *deployed != branch);
        if let Some(deployed) = deployed {
            let what = visible::line(&format!("`{branch}` is not the branch that is deployed"));
            let hint = format!("`git switch {deployed}` first, or leave --watch out");
            return Err(Error::precondition(what).hint(visible::line(&hint)));
        }
        let environment = facts.environment.as_ref();
        let environment = environment.map(|name| self.service.delivery.position(name)).transpose()?;
        follow::check(cluster, &self.service, environment)
    }

    /// Ends a change, of which `facts` and `done` tell: follows it if that is wanted, and prints the JSON if that is.
    ///
    /// # Errors
    /// What was followed has failed, or takes too long.
    pub(crate) fn conclude(
        &self,
        ui: &Ui,
        arguments: &ChangeArgs,
        facts: &ChangeFacts,
        done: Done,
    ) -> Result<()> {
        let (report, end) = match (&self.cluster, facts.target()) {
            (Some(cluster), Some(_)) if arguments.dry_run => {
                let context = visible::line(&cluster.kubectl.context);
                ui.message(&format!("then it is followed in the cluster of the context `{context}`"));
                (Value::Null, Ok(()))
            }
            (Some(cluster), Some(target)) => self.follow(ui, arguments, cluster, &target),
            _ => (Value::Null, Ok(())),
        };
        self.print_json(ui, arguments, facts, &done, &report)?;
        done.refusal.map_or(end, Err)
    }

    /// Returns the report, as far as there is one: what was pushed is printed even where it cannot be followed.
    fn follow(
        &self,
        ui: &Ui,
        arguments: &ChangeArgs,
        cluster: &LiveCluster,
        target: &FollowTarget,
    ) -> (Value, Result<()>) {
        let named = NamedService {
            service: &self.service,
            dir: &arguments.dir,
            scaffold: arguments.scaffold.as_deref(),
        };
        let pace = Pace { timeout: arguments.watch.timeout, interval: arguments.watch.interval };
        match follow::follow(ui, cluster, &named, target, pace) {
            Ok(outcome) => (outcome.report, outcome.end),
            Err(error) => (Value::Null, Err(error)),
        }
    }
}
