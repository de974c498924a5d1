//! `treenail watch`: follows one release from its commit to the Pods that run it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::follow::{FollowTarget, NamedService, Pace, follow};
use crate::cluster::kubectl::Kubectl;
use crate::cluster::live::LiveCluster;
use crate::delivery::service::Service;
use crate::delivery::tag;
use crate::error::{Error, ErrorKind, Result};
use crate::git;
use crate::ui::Ui;

/// Follow one release in the cluster: commit seen, sync, trigger, each Task, digest commit, rollout
///
/// It ends when the release runs, or with the first failure, its cause and the end of the log. It changes nothing, except that
/// it asks Argo CD to look at Git where that would else wait for minutes. A release that has ended is shown as well.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 the release runs, or waits for a person to go on, 1 it failed or takes too long, 2 wrong usage, \
                  4 answers no longer valid, 5 not requested, not pushed, or not set up, 6 recorded state damaged, 130 cancelled."
)]
pub(crate) struct WatchArgs {
    /// Name of the release [default: the one that the branch on the remote requests]
    tag: Option<String>,
    /// Follow what a promotion or a rollback gives to this environment [default: from the request to the first environment]
    #[arg(long, value_name = "ENV")]
    environment: Option<String>,
    /// Folder of the service, or one inside it
    #[arg(long = "directory", short = 'C', value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Scaffold of the files: the name of a built-in one, or a folder [default: the recorded one]
    #[arg(long, value_name = "NAME|DIR")]
    scaffold: Option<String>,
    /// Context of `kubectl` [default: the current one]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// How long to follow it, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = Pace::default().timeout)]
    timeout: u64,
    /// How long to wait between two looks at the cluster, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = Pace::default().interval)]
    interval: u64,
    /// Print JSON at the end
    #[arg(long)]
    json: bool,
}

/// # Errors
/// The release fails, or takes too long; it is not requested; the cluster cannot be asked.
pub(crate) fn run(ui: &Ui, arguments: &WatchArgs) -> Result<ExitCode> {
    git::keeping_open(|| {
        let target = arguments.target()?;
        let service = Service::read(&arguments.dir, arguments.scaffold.as_deref(), None)?;
        ui.note_scaffold(service.scaffold_folder.as_deref());
        let named =
            NamedService { service: &service, dir: &arguments.dir, scaffold: arguments.scaffold.as_deref() };
        let cluster = LiveCluster { kubectl: Kubectl::find(arguments.context.as_deref())? };
        let pace = Pace { timeout: arguments.timeout, interval: arguments.interval };
        let outcome = follow(ui, &cluster, &named, &target, pace)?;
        if arguments.json {
            ui.print(&format!("{:#}\n", outcome.report))?;
        }
        outcome.end.map(|()| ExitCode::SUCCESS)
    })
}

impl WatchArgs {
    fn target(&self) -> Result<FollowTarget> {
        match (&self.environment, &self.tag) {
            // What an environment has need not be a tag.
            (Some(environment), tag) => {
                Ok(FollowTarget::Rollout { environment: environment.clone(), release: tag.clone() })
            }
            (None, None) => Ok(FollowTarget::Requested(None)),
            (None, Some(tag)) => match tag::refusal(tag, None) {
                None => Ok(FollowTarget::Requested(Some(tag.clone()))),
                Some(why) => Err(Error::new(ErrorKind::Usage, format!("`{tag}` cannot be a tag: {why}"))),
            },
        }
    }
}
