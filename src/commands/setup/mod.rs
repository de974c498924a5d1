//! `treenail setup`: the one-time set-up of a service in a cluster. Each step is skipped when it is done, so that the command
//! can be run again at any time.

mod applications;
mod plain;
mod push;
mod secrets;
mod values;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cluster::declared::{DeclaredSecret, Setup};
use crate::cluster::kubectl::Kubectl;
use crate::delivery::service::Service;
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::git;
use crate::project::location::ProjectLocation;
use crate::ui::recovery::Settle;
use crate::ui::style::dim;
use crate::ui::{Ui, interrupt, visible};
use values::GivenValue;

/// Set up a cluster for the service: push, apply the Applications, create the Secrets, and wait until all is well
///
/// Every step is skipped if it is done, so run it again whenever something was in the way. Values of Secrets are asked for, or
/// read from a file or the environment. They go to `kubectl` on its standard input, and are kept nowhere.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done or nothing to do, 1 failed, 2 wrong usage, 4 answers no longer valid, \
                  5 something in the way, 6 recorded state damaged, 130 cancelled."
)]
pub(crate) struct SetupArgs {
    /// Folder of the service, or one inside it
    #[arg(long = "directory", short = 'C', value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Scaffold of the files: the name of a built-in one, or a folder [default: the recorded one]
    #[arg(long, value_name = "NAME|DIR")]
    scaffold: Option<String>,
    /// Context of `kubectl` [default: the current one]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Take only these steps
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    only: Vec<Step>,
    /// Where a value of a Secret is, such as `git-push.password=env:GIT_TOKEN` or `git-push.private-key=file:KEY`
    ///
    /// NAME may be NAMESPACE/NAME where two namespaces have a Secret of that name.
    #[arg(long = "secret", value_name = "NAME.VALUE=SOURCE")]
    values: Vec<GivenValue>,
    /// Do not create this Secret, because nothing needs it: NAME, or NAMESPACE/NAME
    #[arg(long, value_name = "NAME")]
    skip: Vec<String>,
    /// Replace this Secret if it exists: NAME, or NAMESPACE/NAME
    #[arg(long, value_name = "NAME")]
    replace: Vec<String>,
    /// How long to wait for Argo CD, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timeout: u64,
    /// Print the plain commands, and run none
    #[arg(long)]
    dry_run: bool,
    /// Do not ask whether it is the right cluster
    #[arg(long, short)]
    yes: bool,
}

/// A step of the set-up, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Push the repository
    Push,
    /// Give Argo CD access to the repository
    Repository,
    /// Apply the namespaces, the projects and the Applications
    Applications,
    /// Create the Secrets of the pipeline and the environments
    Secrets,
    /// Wait until the Applications are Synced and Healthy
    Wait,
}

/// What all steps need.
struct Run<'a> {
    ui: &'a Ui,
    arguments: &'a SetupArgs,
    service: Service,
    setup: Setup,
    kubectl: Kubectl,
}

/// # Errors
/// A step fails, or something is in the way of one; the steps before it stay done.
pub(crate) fn run(ui: &Ui, arguments: &SetupArgs) -> Result<ExitCode> {
    git::keeping_open(|| {
        let location = ProjectLocation::of(&arguments.dir)?;
        if location.is_bare {
            return Err(Error::precondition(format!("`{}` has no work tree", arguments.dir.display()))
                .hint("use a clone of it"));
        }
        ui.settle_interrupted(&location.root, Settle::new(arguments.dry_run, arguments.yes))?;
        let service = Service::read(&arguments.dir, arguments.scaffold.as_deref(), None)?;
        let setup = service.scaffold.setup(&service.answers)?;
        arguments.refuse_unknown(&setup)?;
        if arguments.dry_run {
            ui.show(&plain::commands(arguments, &service, &setup))?;
            return Ok(ExitCode::SUCCESS);
        }
        let kubectl = Kubectl::find(arguments.context.as_deref())
            .map_err(|error| error.hint("`--dry-run` prints the commands without running any"))?;
        let run = Run { ui, arguments, service, setup, kubectl };
        run.confirm_cluster()?;
        run.take_steps()?;
        Ok(ExitCode::SUCCESS)
    })
}

impl SetupArgs {
    fn takes(&self, step: Step) -> bool {
        self.only.is_empty() || self.only.contains(&step)
    }

    fn uses_cluster(&self) -> bool {
        [Step::Repository, Step::Applications, Step::Secrets, Step::Wait]
            .into_iter()
            .any(|step| self.takes(step))
    }

    fn skips(&self, secret: &DeclaredSecret) -> bool {
        self.skip.iter().any(|name| secret.is_called(name))
    }

    fn replaces(&self, secret: &DeclaredSecret) -> bool {
        self.replace.iter().any(|name| secret.is_called(name))
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// Refuses flags about Secrets or values that the scaffold does not declare.
    fn refuse_unknown(&self, setup: &Setup) -> Result<()> {
        let known = |name: &str| setup.secrets.iter().find(|secret| secret.is_called(name));
        let names: Vec<&str> = setup.secrets.iter().map(|secret| secret.name.as_str()).collect();
        let unknown = |flag: &str, name: &str| {
            let hint = crate::suggest::hint(name, names.iter().copied());
            Problem::new(
                format!("{flag} {name}: there is no such Secret{hint}"),
                format!("it is one of {}", names.join(", ")),
            )
        };
        let mut problems = Vec::new();
        for (flag, name) in self
            .skip
            .iter()
            .map(|name| ("--skip", name))
            .chain(self.replace.iter().map(|name| ("--replace", name)))
        {
            if known(name).is_none() {
                problems.push(unknown(flag, name));
            }
        }
        for given in &self.values {
            match known(&given.secret) {
                None => problems.push(unknown("--secret", &given.secret)),
                Some(secret) if !secret.values().iter().any(|value| value.name == given.value) => {
                    let values: Vec<_> = secret.values().iter().map(|value| value.name).collect();
                    problems.push(Problem::new(
                        format!("--secret {}.{}: the Secret has no such value", given.secret, given.value),
                        format!("it has {}", values.join(" and ")),
                    ));
                }
                Some(_) => {}
            }
        }
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Usage, "nothing was done").problems(problems))
    }
}

impl Run<'_> {
    fn asks(&self) -> bool {
        self.ui.interactive()
    }

    /// Says which cluster it is, and asks whether that is the right one, unless it was named.
    fn confirm_cluster(&self) -> Result<()> {
        let Kubectl { context, server } = &self.kubectl;
        if !self.arguments.uses_cluster() {
            return Ok(());
        }
        let name = visible::line(&self.service.delivery.name);
        self.ui.message(&format!(
            "set up {name} in the cluster of the context `{}`, {}",
            visible::line(context),
            visible::line(server)
        ));
        if self.arguments.yes || self.arguments.context.is_some() {
            return Ok(());
        }
        if !self.asks() {
            return Err(Error::precondition("nobody can be asked whether that is the right cluster")
                .hint(format!("name it with `--context {}`, or say `--yes`", crate::shell::word(context))));
        }
        let items = ["This is the right cluster", "Leave everything as it is"].map(str::to_owned);
        match self.ui.choose("What now?", &items)? {
            Some(0) => Ok(()),
            _ => Err(Error::cancelled()),
        }
    }

    fn take_steps(&self) -> Result<()> {
        let takes = |step| self.arguments.takes(step);
        let plan = self.plan()?;
        if takes(Step::Push) {
            self.push()?;
        }
        if takes(Step::Repository) {
            self.create_secrets(&plan, Step::Repository)?;
        }
        if takes(Step::Applications) {
            self.apply()?;
        }
        if takes(Step::Secrets) {
            self.create_secrets(&plan, Step::Secrets)?;
        }
        if takes(Step::Wait) {
            self.wait()?;
        }
        let place = if self.service.prefix.is_empty() {
            String::new()
        } else {
            format!(" -C {}", crate::shell::path(&self.service.prefix))
        };
        self.ui.message(&format!("  next: `treenail release{place} --push` requests the first release"));
        Ok(())
    }

    /// Runs a command that changes the cluster, and says which it is.
    fn change(&self, arguments: &[&str], input: &[u8]) -> Result<String> {
        self.ui.message(&dim(&format!("  $ {}", visible::line(&self.kubectl.shown(arguments)))));
        interrupt::writing(|_| self.kubectl.run(arguments, input))
    }

    /// Looks at everything that can be in the way, before anything is changed.
    fn plan(&self) -> Result<secrets::SecretPlan> {
        let mut problems = Vec::new();
        if self.arguments.takes(Step::Applications) {
            problems.extend(self.uncommitted()?);
        }
        if self.arguments.uses_cluster() {
            problems.extend(self.missing_in_cluster()?);
        }
        if !problems.is_empty() {
            return Err(Error::precondition("the set-up cannot begin; nothing was done").problems(problems));
        }
        self.plan_secrets()
    }
}
