//! `treenail release`: requests a release of a commit of the source, by one commit of the release file.

mod tag;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::delivery_change::{self, ChangeArgs, ChangeFacts, DeliveryChange, OpenService, Origin};
use super::source_commits;
use crate::delivery::history::Requested;
use crate::delivery::image::Image;
use crate::delivery::request::ReleaseRequest;
use crate::delivery::service::Service;
use crate::delivery::source::{self, Checkout};
use crate::error::{Error, Result};
use crate::git;
use crate::tree::{File, Tree};
use crate::ui::{Ui, visible};

/// Request a release: write its tag and commit into the release file, and commit that
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done or nothing to do, 1 failed, with --watch also in the cluster, 2 wrong usage, 4 answers no longer valid, \
                  5 something in the way, 6 recorded state damaged, 130 cancelled."
)]
pub(crate) struct ReleaseArgs {
    /// Name of the release, such as `1.4.0` [default: the Git tag of the commit, or what follows the last release]
    tag: Option<String>,
    /// Commit to build: its full id, or whatever names it in the checkout of the source [default: the last one]
    #[arg(long, value_name = "REV")]
    revision: Option<String>,
    /// Checkout of the source [default: the one around or beside this repository, if any]
    #[arg(long, value_name = "DIR")]
    source: Option<PathBuf>,
    #[command(flatten)]
    change: ChangeArgs,
}

/// # Errors
/// A tag or a commit that the pipeline would refuse; whatever is in the way. Nothing has been written then.
pub(crate) fn run(ui: &Ui, arguments: &ReleaseArgs) -> Result<ExitCode> {
    git::keeping_open(|| {
        let open = arguments.change.open(ui)?;
        let checkout = Checkout::find(&open.service, arguments.source.as_deref())?;
        let named = arguments.revision.as_deref();
        let revision = source::revision(&open.service, checkout.as_ref(), named, ui.interactive())?;
        let requests = open.service.requests()?.collect::<Result<Vec<_>>>()?;
        let asks = arguments.change.asks(ui);
        let tag = tag::choose(
            ui,
            asks,
            arguments.tag.as_deref(),
            &open.service,
            checkout.as_ref(),
            &revision,
            &requests,
        )?;
        refuse_built(&open.service, &tag, &revision.id, &requests)?;
        let describe =
            |from: &str| description(&open.service, checkout.as_ref(), &tag, (&revision.id, from), &requests);
        // Where the checkout is, is nobody else's business.
        let (description, body) = (describe(&format!(", {}", visible::line(&revision.from))), describe(""));
        for note in &revision.notes {
            ui.message(&format!("note: {note}"));
        }
        if let Some(twin) = requests.iter().find(|one| one.request.is_twin_of(&tag, &revision.id)) {
            let (other, by) = (visible::line(&twin.request.tag), &twin.by.id);
            ui.message(&format!("note: this commit was requested as `{other}` before, in commit {by:.10}"));
        }
        if open.service.repo.is_shallow() {
            ui.message("note: the clone is shallow, so older requests are not known; `git fetch --unshallow` brings them");
        }
        let request = ReleaseRequest { tag: tag.clone(), revision: revision.id.clone() };
        let change = DeliveryChange { body: Some(body), ..change(&open, &request, description)? };
        let done = open.carry_out(ui, &arguments.change, &change, None)?;
        open.conclude(ui, &arguments.change, &change.facts, done)?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Refuses a tag that stands for something else, or was built and is not requested any more.
fn refuse_built(service: &Service, tag: &str, revision: &str, requests: &[Requested]) -> Result<()> {
    let used = requests.iter().find(|used| used.request.tag == tag);
    let is_current = requests.first().is_some_and(|first| first.request.tag == tag);
    match used {
        Some(Requested { request, by }) if request.revision != revision => Err(Error::precondition(format!(
            "`{tag}` is the release of another commit, {:.10}: see commit {:.10}",
            request.revision, by.id
        ))
        .hint("a release is never built twice under the same tag: choose another TAG")),
        Some(Requested { by, .. }) if !is_current => Err(Error::precondition(format!(
            "`{tag}` was requested before, in commit {:.10}",
            by.id
        ))
        .hint("the pipeline does not build it again: `treenail rollback` puts back what an environment had")
        .hint("or choose another TAG to build the commit again")),
        Some(_) => Ok(()),
        None => refuse_deployed(service, tag, revision),
    }
}

/// Refuses a tag that the first environment has had of another commit.
fn refuse_deployed(service: &Service, tag: &str, revision: &str) -> Result<()> {
    for deployment in service.deployments(&service.delivery.environments[0])? {
        let deployment = deployment?;
        let Some(image) = deployment.image else { continue };
        if image.tag.as_deref() == Some(tag) && image.revision.as_deref() != Some(revision) {
            let id = &deployment.by.id;
            return Err(Error::precondition(format!(
                "`{tag}` is the release of another commit: see commit {id:.10}"
            ))
            .hint("choose another TAG"));
        }
    }
    Ok(())
}

/// Says what is released; `from` is where the commit was found.
fn description(
    service: &Service,
    checkout: Option<&Checkout>,
    tag: &str,
    (revision, from): (&str, &str),
    requests: &[Requested],
) -> String {
    let name = visible::line(&service.delivery.name);
    let mut text = format!("release {name} {tag}: commit {revision:.10}{from}\n");
    let last = requests.iter().map(|requested| &requested.request).find(|request| !request.is_empty());
    if let (Some(checkout), Some(last)) = (checkout, last)
        && last.tag != tag
    {
        text.push_str(&source_commits::between(checkout, &last.tag, &last.revision, revision));
    }
    text
}

fn change(open: &OpenService, request: &ReleaseRequest, description: String) -> Result<DeliveryChange> {
    let service = &open.service;
    let (path, names) = (&service.delivery.release_file, &service.delivery.variables);
    let before = delivery_change::committed(service, path)?;
    let after = File { mode: before.mode, content: request.written_into(&before.content, names) };
    Ok(DeliveryChange {
        before: Tree::from([(path.clone(), before)]),
        after: Tree::from([(path.clone(), after)]),
        read: Vec::new(),
        description,
        body: None,
        branch: ["release", &service.delivery.name, &request.tag].map(str::to_owned).into(),
        message: format!("release: {} {}", service.delivery.name, request.tag),
        origins: BTreeMap::from([(path.clone(), Origin::Request(request.clone()))]),
        facts: ChangeFacts {
            verb: "release",
            release: delivery_change::release(&Image {
                tag: Some(request.tag.clone()),
                revision: Some(request.revision.clone()),
                reference: None,
            }),
            ..ChangeFacts::default()
        },
    })
}
