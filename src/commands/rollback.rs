//! `treenail rollback`: has an environment run again what it ran before, by one commit that puts back the files of then.
//! Not `git revert`, which conflicts as soon as something came after.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::process::ExitCode;

use clap::Args;

use super::delivery_change::{self, ChangeArgs, ChangeFacts, DeliveryChange, Guard, OpenService, Origin};
use super::downtime::DowntimeArgs;
use crate::delivery::carried::CarriedFiles;
use crate::delivery::declared::Environment;
use crate::delivery::history::Deployment;
use crate::delivery::image::Image;
use crate::delivery::request::ReleaseRequest;
use crate::delivery::service::Service;
use crate::error::{Error, Result};
use crate::git;
use crate::shell;
use crate::tree::{self, File};
use crate::ui::{Ui, visible};

/// As many earlier releases are offered.
const MOST_OFFERED: usize = 20;

/// Roll an environment back to what it ran before: put back its image, and commit that
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done or nothing to do, 1 failed, with --watch also in the cluster, 2 wrong usage, 4 answers no longer valid, \
                  5 something in the way, 6 recorded state damaged, 130 cancelled."
)]
pub(crate) struct RollbackArgs {
    /// Environment to roll back
    #[arg(value_name = "ENV")]
    environment: String,
    /// Release to put back, of those that the environment had [default: the one before]
    #[arg(long, value_name = "TAG")]
    to: Option<String>,
    #[command(flatten)]
    downtime: DowntimeArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

/// # Errors
/// The environment had nothing before, or not that; whatever is in the way. Nothing has been written then.
pub(crate) fn run(ui: &Ui, arguments: &RollbackArgs) -> Result<ExitCode> {
    git::keeping_open(|| {
        let open = arguments.change.open(ui)?;
        let service = &open.service;
        let at = service.delivery.position(&arguments.environment)?;
        let environment = &service.delivery.environments[at];
        let candidates = Candidates::of(service, environment)?;
        let asks = arguments.change.asks(ui);
        let is_same_again =
            arguments.to.is_none() && candidates.is_back() && (arguments.change.pushes() || !asks);
        if is_same_again && open.is_waiting(&candidates.current.by.id)? {
            return again(ui, &open, arguments, &candidates);
        }
        let chosen = match &arguments.to {
            Some(tag) => candidates.tagged(tag)?,
            None if asks => candidates.ask(ui)?,
            None => candidates.before()?,
        };
        let image = chosen.image.clone().unwrap_or_default();
        let files = service.rollback(environment, &chosen.by.id)?;
        let description = description(service, chosen, &candidates, &files)?;
        let change = change(service, environment, at == 0, (chosen, &image), files, description)?;
        let guard = Guard { change: "rollback", arguments: arguments.downtime };
        let done = open.carry_out(ui, &arguments.change, &change, Some(guard))?;
        if at == 0 {
            note_pipeline(ui, service, &change);
        }
        open.conclude(ui, &arguments.change, &change.facts, done)?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Pushes the rollback of a run before this one, which was not pushed: doing it once more would go further back.
fn again(ui: &Ui, open: &OpenService, arguments: &RollbackArgs, candidates: &Candidates) -> Result<ExitCode> {
    let name = &candidates.environment.name;
    let (tag, by) = (title(&candidates.current), &candidates.current.by.id);
    let done = format!("`{name}` is rolled back to `{tag}` already, by commit {by:.10}, which is not pushed");
    if !arguments.change.pushes() || arguments.change.dry_run {
        return Err(Error::precondition(done)
            .hint("push it with the same command and --push, or with `git push`")
            .hint("--to TAG goes further back"));
    }
    ui.message(&format!("note: {}", visible::line(&done)));
    let image = candidates.current.image.clone().unwrap_or_default();
    open.push_waiting(ui, &arguments.change, &facts(candidates.environment, &image))?;
    Ok(ExitCode::SUCCESS)
}

/// What an environment has and had, the newest first.
struct Candidates<'a> {
    environment: &'a Environment,
    current: Deployment,
    /// Each release with each base once, at the newest place that it had; without the current one.
    others: Vec<Deployment>,
    /// How many of `others` came after the current one first ran.
    newer: usize,
    /// Whether there may have been more.
    is_shallow: bool,
}

impl<'a> Candidates<'a> {
    fn of(service: &Service, environment: &'a Environment) -> Result<Self> {
        let mut deployments = service.deployments(environment)?;
        let name = &environment.name;
        let current = deployments.next().transpose()?.filter(|deployment| deployment.image.is_some());
        let current = current.ok_or_else(|| Error::precondition(format!("`{name}` has no release yet")))?;
        let (mut others, mut newer, mut seen) = (Vec::new(), 0, HashSet::new());
        for deployment in deployments {
            let deployment = deployment?;
            let is_same = deployment.is_same(&current) && deployment.base == current.base;
            if is_same {
                newer = others.len();
            } else if deployment.image.is_some() && seen.insert((deployment.key(), deployment.base.clone())) {
                others.push(deployment);
            }
        }
        let is_shallow = service.repo.is_shallow();
        Ok(Self { environment, current, others, newer, is_shallow })
    }

    /// Whether the current release was put back: the environment had it before another one.
    fn is_back(&self) -> bool {
        self.newer > 0
    }

    /// Returns the release before the current one.
    fn before(&self) -> Result<&Deployment> {
        self.others.get(self.newer).ok_or_else(|| self.none("nothing else before"))
    }

    fn tagged(&self, tag: &str) -> Result<&Deployment> {
        let mut others = self.others.iter().map(title);
        if title(&self.current) == tag && !others.any(|other| other == tag) {
            return Err(Error::precondition(format!("`{}` has `{tag}` now", self.environment.name)));
        }
        let found = self.others.iter().find(|deployment| title(deployment) == tag);
        found.ok_or_else(|| self.none(&format!("no release `{tag}` before")))
    }

    fn ask(&self, ui: &Ui) -> Result<&Deployment> {
        if self.others.is_empty() {
            return Err(self.none("nothing else before"));
        }
        // The one before comes first, since it is meant most often.
        let order = (self.newer..self.others.len()).chain(0..self.newer).take(MOST_OFFERED);
        let order: Vec<&Deployment> = order.map(|at| &self.others[at]).collect();
        let mut titles: Vec<String> = order.iter().map(|deployment| line(deployment)).collect();
        titles.push("Leave everything as it is".to_owned());
        let prompt = format!("What does {} go back to?", self.environment.name);
        match ui.choose(&prompt, &titles)?.and_then(|at| order.get(at)) {
            Some(deployment) => Ok(deployment),
            None => Err(Error::cancelled()),
        }
    }

    fn none(&self, what: &str) -> Error {
        let error = Error::precondition(format!("`{}` had {what}", self.environment.name));
        let shown = self.others.iter().take(MOST_OFFERED);
        let error = shown.fold(error, |error, deployment| error.problem(line(deployment), ""));
        let error = if self.is_shallow {
            error.hint("the clone is shallow: `git fetch --unshallow` brings the rest of its history")
        } else {
            error
        };
        error.hint(if self.others.is_empty() {
            "`treenail releases` shows what each environment has"
        } else {
            "choose one of these with --to TAG"
        })
    }
}

fn title(deployment: &Deployment) -> String {
    deployment.image.as_ref().map(Image::title).unwrap_or_default()
}

fn line(deployment: &Deployment) -> String {
    let by = &deployment.by;
    let date = by.date.get(..10).unwrap_or_default();
    visible::line(&format!("{}, by {} on {date}, commit {:.10}", title(deployment), by.author, by.id))
}

fn description(
    service: &Service,
    chosen: &Deployment,
    candidates: &Candidates,
    files: &CarriedFiles,
) -> Result<String> {
    let (id, prefix, environment) = (&chosen.by.id, &service.prefix, candidates.environment);
    let mut text = visible::line(&format!(
        "roll {} back in {} from {} to {}",
        service.delivery.name,
        environment.name,
        title(&candidates.current),
        line(chosen)
    ));
    text.push('\n');
    let restored = tree::changes(&files.before, &files.after);
    let restored = restored.iter().map(|change| change.path).filter(|path| *path != environment.image_file);
    let restored: Vec<String> = restored.map(|path| service.rooted(path)).collect();
    text.push_str(&delivery_change::listed("rolled back as well", restored.into_iter()));
    let changed = service.changed_since(environment, id)?;
    let paths: Vec<String> = changed.iter().map(|path| service.rooted(path)).collect();
    text.push_str(&delivery_change::listed("not rolled back, and changed since then", paths.into_iter()));
    if !changed.is_empty() {
        let folders: Vec<String> =
            environment.manifests.iter().map(|path| shell::word(&format!(":/{prefix}{path}"))).collect();
        let _ = writeln!(text, "    git diff {id:.10} HEAD -- {}", folders.join(" "));
    }
    Ok(text)
}

/// Puts back the files of then. In the first environment, it takes back the request for another release as well: a run of the
/// pipeline that is late would deploy it again, as would one that starts anew once Tekton has forgotten the first.
fn change(
    service: &Service,
    environment: &Environment,
    is_first: bool,
    (chosen, image): (&Deployment, &Image),
    files: CarriedFiles,
    description: String,
) -> Result<DeliveryChange> {
    let id = &chosen.by.id;
    let (mut before, mut after) = (files.before, files.after);
    let origins = files.origins.into_iter();
    let mut origins: BTreeMap<String, Origin> =
        origins.map(|(path, then)| (path, Origin::Commit { id: id.clone(), path: then })).collect();
    if is_first {
        let (path, names) = (&service.delivery.release_file, &service.delivery.variables);
        let file = delivery_change::committed(service, path)?;
        let request = ReleaseRequest::read(&file.content, names);
        let is_same =
            Some(&request.tag) == image.tag.as_ref() && Some(&request.revision) == image.revision.as_ref();
        if !request.is_empty() && !is_same {
            let nothing = ReleaseRequest::default();
            let content = nothing.written_into(&file.content, names);
            origins.insert(path.clone(), Origin::Request(nothing));
            after.insert(path.clone(), File { mode: file.mode, content });
            before.insert(path.clone(), file);
        }
    }
    let title = visible::line(&image.title());
    let message = format!("rollback: {} to {title} in {}", service.delivery.name, environment.name);
    let branch = ["rollback", &service.delivery.name, &image.title(), &environment.name];
    let branch = branch.map(str::to_owned).into();
    let read = Vec::new();
    let facts = facts(environment, image);
    Ok(DeliveryChange { before, after, read, description, body: None, branch, message, origins, facts })
}

fn facts(environment: &Environment, image: &Image) -> ChangeFacts {
    let release = delivery_change::release(image);
    ChangeFacts { verb: "rollback", release, from: None, environment: Some(environment.name.clone()) }
}

fn note_pipeline(ui: &Ui, service: &Service, change: &DeliveryChange) {
    let path = &service.delivery.release_file;
    if change.after.contains_key(path) {
        ui.message(&format!(
            "note: this empties `{}` as well, so that the pipeline does not deploy the newer release again; the next \
             `treenail release` fills it",
            service.rooted(path)
        ));
    }
}
