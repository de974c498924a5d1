//! `treenail promote`: has an environment run what another one runs, by one commit that copies files.

mod step;

use std::fmt::Write;
use std::process::ExitCode;

use clap::Args;

use super::delivery_change::{self, ChangeArgs, ChangeFacts, DeliveryChange, Guard, Origin};
use super::downtime::DowntimeArgs;
use super::source_commits;
use crate::delivery::carried::CarriedFiles;
use crate::delivery::declared::Environment;
use crate::delivery::history::{EnvironmentStatus, Releases};
use crate::delivery::image::Image;
use crate::delivery::service::Service;
use crate::delivery::source::Checkout;
use crate::error::{Error, Problem, Result};
use crate::git;
use crate::ui::{Ui, visible};

use step::Step;

const VERB: &str = "promote";

/// Promote a release to the next environment: copy its image, and commit that
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done or nothing to do, 1 failed, with --watch also in the cluster, 2 wrong usage, 4 answers no longer valid, \
                  5 something in the way, 6 recorded state damaged, 130 cancelled."
)]
pub(crate) struct PromoteArgs {
    /// Environment to copy from; alone, to the one after it, or to the last one [default: the step that is due]
    from: Option<String>,
    /// Environment to copy to [default: the one after FROM]
    to: Option<String>,
    /// Allow to skip environments between FROM and TO
    #[arg(long)]
    skip: bool,
    /// Allow a release that is older than the one in TO
    #[arg(long)]
    back: bool,
    /// Allow to undo edits that were made to the manifests of TO alone
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    downtime: DowntimeArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

/// # Errors
/// A step that is not due, without the flag for it; whatever is in the way. Nothing has been written then.
pub(crate) fn run(ui: &Ui, arguments: &PromoteArgs) -> Result<ExitCode> {
    git::keeping_open(|| {
        let open = arguments.change.open(ui)?;
        let service = &open.service;
        let environments = service.environments(&Releases::of_first(service)?)?;
        let asks = arguments.change.asks(ui);
        let Some(Step { from, to }) = step::choose(ui, asks, arguments, service, &environments)? else {
            ui.done("nothing to promote: every environment runs what the one before it runs");
            let facts = ChangeFacts { verb: VERB, ..ChangeFacts::default() };
            open.push_waiting(ui, &arguments.change, &facts)?;
            return Ok(ExitCode::SUCCESS);
        };
        let (from, to) = (&environments[from], &environments[to]);
        let image = image(from).cloned().unwrap_or_default();
        let files = service.promotion(from.environment, to.environment)?;
        if !arguments.overwrite {
            refuse_own_edits(service, (from.environment, to.environment), &files)?;
        }
        let description = description(service, from, to, &image)?;
        let change = change(service, (from, to), &image, files, description);
        let guard = Guard { change: "promotion", arguments: arguments.downtime };
        let done = open.carry_out(ui, &arguments.change, &change, Some(guard))?;
        open.conclude(ui, &arguments.change, &change.facts, done)?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Refuses to replace what was edited in `to` alone, such as a hotfix.
fn refuse_own_edits(
    service: &Service,
    (from, to): (&Environment, &Environment),
    files: &CarriedFiles,
) -> Result<()> {
    let edited = service.own_edits(from, to, files)?;
    if edited.is_empty() {
        return Ok(());
    }
    let paths = edited.into_iter().map(|path| Problem::new(format!("`{}`", service.rooted(&path)), ""));
    let name = visible::line(&to.name);
    let mut error =
        Error::precondition(format!("`{name}` has edits of its own, which the promotion would undo"))
            .problems(paths);
    if let Some(base) = &service.delivery.environments[0].base {
        let folder = service.rooted(&base.folder);
        error = error.hint(format!("make the same edits in `{folder}`, so that they are promoted"));
    }
    Err(error.hint("or undo them with --overwrite"))
}

fn image<'a>(status: &'a EnvironmentStatus) -> Option<&'a Image> {
    status.deployment.as_ref()?.image.as_ref()
}

/// Says what changes, and what stays different.
fn description(
    service: &Service,
    from: &EnvironmentStatus,
    to: &EnvironmentStatus,
    image_after: &Image,
) -> Result<String> {
    let names = [from, to].map(|status| visible::line(&status.environment.name));
    let name = visible::line(&service.delivery.name);
    let mut text =
        format!("promote {name} {} from {} to {}\n", visible::line(&image_after.title()), names[0], names[1]);
    let before = image(to).cloned().unwrap_or_default();
    let title = if image(to).is_some() { before.title() } else { "no release yet".to_owned() };
    if before == *image_after {
        let _ = writeln!(text, "  release  {}, as before", visible::line(&title));
    } else {
        line(&mut text, "release", &title, &image_after.title());
    }
    if let (Some(old), Some(new)) = (&before.revision, &image_after.revision)
        && old != new
    {
        let short = |id: &str| id.chars().take(10).collect::<String>();
        line(&mut text, "commit", &short(old), &short(new));
        if let Some(checkout) = Checkout::find(service, None)? {
            text.push_str(&source_commits::between(&checkout, &before.title(), old, new));
        }
    }
    let carried = service.unpromoted(from.environment, to.environment)?;
    text.push_str(&delivery_change::listed(
        "promoted as well",
        carried.iter().map(|path| service.rooted(path)),
    ));
    let differing = service.differing(from.environment, to.environment)?;
    text.push_str(&delivery_change::listed(
        &format!("not promoted, and different in {}", names[1]),
        differing.iter().map(|path| service.rooted(path)),
    ));
    Ok(text)
}

fn line(text: &mut String, what: &str, old: &str, new: &str) {
    let _ = writeln!(text, "  {what:<8} {} -> {}", visible::line(old), visible::line(new));
}

fn change(
    service: &Service,
    (from, to): (&EnvironmentStatus, &EnvironmentStatus),
    release: &Image,
    files: CarriedFiles,
    description: String,
) -> DeliveryChange {
    let origins = files.origins.into_iter().map(|(path, source)| (path, Origin::File(source)));
    let (name, title) = (&service.delivery.name, release.title());
    // The same release a second time, so not the same message and branch.
    let what = if image(to) == Some(release) { "manifests of " } else { "" };
    let (from, to) = (from.environment, to.environment);
    let words = ["promote", what.split(' ').next().unwrap_or_default(), name, &title, &to.name];
    DeliveryChange {
        before: files.before,
        after: files.after,
        read: from.carried().map(|path| service.rooted(path)).collect(),
        description,
        body: None,
        branch: words.into_iter().filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        message: format!("promote: {what}{name} {} to {}", visible::line(&title), to.name),
        origins: origins.collect(),
        facts: ChangeFacts {
            verb: VERB,
            release: delivery_change::release(release),
            from: Some(from.name.clone()),
            environment: Some(to.name.clone()),
        },
    }
}
