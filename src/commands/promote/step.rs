//! Which step a promotion takes.

use super::{PromoteArgs, image};
use crate::delivery::history::{Deployment, EnvironmentStatus};
use crate::delivery::service::Service;
use crate::error::{Error, ErrorKind, Result};
use crate::ui::Ui;
use crate::ui::visible;

/// The positions of two environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) from: usize,
    pub(super) to: usize,
}

/// Returns the step that the user names, or chooses among those that are due; `None` if none is.
///
/// # Errors
/// Wrong usage: an environment does not exist, or it is not clear which step is meant. A precondition: the step needs a
/// flag, or there is nothing to promote.
pub(super) fn choose(
    ui: &Ui,
    asks: bool,
    arguments: &PromoteArgs,
    service: &Service,
    environments: &[EnvironmentStatus],
) -> Result<Option<Step>> {
    let step = match named(arguments, service)? {
        Some(step) => {
            check(step, arguments, environments)?;
            Some(step)
        }
        None => among_due(ui, asks, environments)?,
    };
    if let Some(step) = step {
        refuse_unknown(step, arguments, service, environments)?;
    }
    Ok(step)
}

/// Returns the step that is due, or the one that the user chooses if several are.
fn among_due(ui: &Ui, asks: bool, environments: &[EnvironmentStatus]) -> Result<Option<Step>> {
    let due = due(environments);
    let titles: Vec<String> = due.iter().map(|step| title(*step, environments)).collect();
    match due.as_slice() {
        [] if image(&environments[0]).is_none() => Err(no_release(&environments[0])),
        [] => Ok(None),
        [step] if !asks => Ok(Some(*step)),
        steps if asks => Ok(Some(steps[ask(ui, titles)?])),
        _ => {
            let error = Error::new(ErrorKind::Usage, "several steps are due");
            Err(titles
                .into_iter()
                .fold(error, |error, title| error.problem(title, ""))
                .hint("name the environment to promote from: `treenail promote ENV`"))
        }
    }
}

fn named(arguments: &PromoteArgs, service: &Service) -> Result<Option<Step>> {
    let last = service.delivery.environments.len() - 1;
    let position = |name: &String| service.delivery.position(name);
    let from = arguments.from.as_ref().map(position).transpose()?;
    let to = arguments.to.as_ref().map(position).transpose()?;
    match (from, to) {
        (None, _) => Ok(None),
        (Some(_), None) if last == 0 => {
            Err(Error::precondition("there is only one environment, and the pipeline deploys to it"))
        }
        // Nothing comes after the last one, so it can only be where to.
        (Some(from), None) if from == last => Ok(Some(Step { from: from - 1, to: from })),
        (Some(from), None) => Ok(Some(Step { from, to: from + 1 })),
        (Some(from), Some(to)) if from == to => {
            Err(Error::new(ErrorKind::Usage, "both environments are the same"))
        }
        (Some(from), Some(to)) => Ok(Some(Step { from, to })),
    }
}

/// Refuses what is rarely meant.
fn check(step: Step, arguments: &PromoteArgs, environments: &[EnvironmentStatus]) -> Result<()> {
    let (from, to) = (&environments[step.from], &environments[step.to]);
    let [from_name, to_name] = [from, to].map(|status| &status.environment.name);
    if image(from).is_none() {
        return Err(no_release(from));
    }
    if step.to > step.from + 1 && !arguments.skip {
        let skipped: Vec<_> = environments[step.from + 1..step.to]
            .iter()
            .map(|status| format!("`{}`", status.environment.name))
            .collect();
        return Err(Error::precondition(format!("this skips {}", skipped.join(", ")))
            .hint(format!("promote from `{from_name}` to the next one first, or pass --skip")));
    }
    if arguments.back {
        return Ok(());
    }
    if step.to < step.from {
        return Err(Error::precondition(format!("`{to_name}` comes before `{from_name}`"))
            .hint("pass --back to copy a release against the order of promotion"));
    }
    if is_back(from, to) {
        return Err(Error::precondition(format!("`{to_name}` has a newer release than `{from_name}`"))
            .hint(format!("`treenail rollback {to_name}` puts back what it had before, or pass --back")));
    }
    Ok(())
}

/// Refuses a step of which a shallow clone does not know whether it goes back.
fn refuse_unknown(
    step: Step,
    arguments: &PromoteArgs,
    service: &Service,
    environments: &[EnvironmentStatus],
) -> Result<()> {
    let (from, to) = (&environments[step.from], &environments[step.to]);
    let is_known = from.place.is_some() && to.place.is_some();
    if arguments.back || is_known || image(to).is_none() || !service.repo.is_shallow() {
        return Ok(());
    }
    let [from, to] = [from, to].map(|status| &status.environment.name);
    Err(Error::precondition(format!(
        "the clone is shallow, so it is not known whether `{to}` has a newer release than `{from}`"
    ))
    .hint("`git fetch --unshallow` brings the rest of its history")
    .hint("or pass --back to promote whatever it is"))
}

/// Whether the release of `from` is older than that of `to`.
fn is_back(from: &EnvironmentStatus, to: &EnvironmentStatus) -> bool {
    matches!((from.place, to.place), (Some(from), Some(to)) if from > to)
}

/// Returns the steps to the next environment that bring it a newer release or other manifests, the first ones last: what has been tested longest
/// goes first.
fn due(environments: &[EnvironmentStatus]) -> Vec<Step> {
    let is_same = |one: &Option<Deployment>, other: &Option<Deployment>| match (one, other) {
        (Some(one), Some(other)) => one.is_same(other),
        _ => false,
    };
    let steps = (1..environments.len()).rev().map(|to| Step { from: to - 1, to });
    let is_due = |step: &Step| {
        let (from, to) = (&environments[step.from], &environments[step.to]);
        let is_new = !is_same(&from.deployment, &to.deployment) || !to.unpromoted.is_empty();
        image(from).is_some() && is_new && !is_back(from, to)
    };
    steps.filter(is_due).collect()
}

fn title(step: Step, environments: &[EnvironmentStatus]) -> String {
    let (from, to) = (&environments[step.from], &environments[step.to]);
    let title =
        |status| image(status).map_or_else(|| "nothing".to_owned(), |image| visible::line(&image.title()));
    let [from_name, to_name] = [from, to].map(|status| visible::line(&status.environment.name));
    format!("{} from {from_name} to {to_name}, which has {}", title(from), title(to))
}

fn ask(ui: &Ui, mut titles: Vec<String>) -> Result<usize> {
    let count = titles.len();
    titles.push("Leave everything as it is".to_owned());
    match ui.choose("What is promoted?", &titles)? {
        Some(at) if at < count => Ok(at),
        _ => Err(Error::cancelled()),
    }
}

fn no_release(status: &EnvironmentStatus) -> Error {
    Error::precondition(format!("`{}` has no release yet", status.environment.name))
        .hint("`treenail release` requests one; `treenail releases` shows what each environment has")
}
