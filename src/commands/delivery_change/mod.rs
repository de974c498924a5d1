//! What `release`, `promote` and `rollback` share: they change a few files of one service, commit exactly these, and push.

mod guard;
mod json;
mod plain;
mod pull_request;
mod watch;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

pub(crate) use self::guard::Guard;
pub(crate) use self::json::{ChangeFacts, Done, release};
pub(crate) use self::plain::Origin;
use self::watch::WatchFlags;
use crate::apply::{self, Applied, Destination, Update};
use crate::cluster::live::LiveCluster;
use crate::commands::downtime;
use crate::commands::merge_effect::MergeEffect;
use crate::delivery::forge::{Forge, PullRequest};
use crate::delivery::publish::Standing;
use crate::delivery::service::Service;
use crate::error::{Error, ErrorKind, Result};
use crate::git::{self, Blob, Push};
use crate::project::location::ProjectLocation;
use crate::shell;
use crate::tree::{self, Change, Tree};
use crate::ui::recovery::Settle;
use crate::ui::{Ui, visible};

/// As many paths are listed.
const MOST_LISTED: usize = 10;

/// Options of the verbs that change what runs.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct ChangeArgs {
    /// Folder of the service, or one inside it
    #[arg(long = "directory", short = 'C', value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Scaffold of the files: the name of a built-in one, or a folder [default: the recorded one]
    #[arg(long, value_name = "NAME|DIR")]
    scaffold: Option<String>,
    /// Commit message
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,
    /// Push the commit; if somebody else pushes first, try again on top of that
    #[arg(long)]
    push: bool,
    #[command(flatten)]
    watch: WatchFlags,
    /// Commit to a new branch, push that, and open a pull request [default: treenail/VERB-NAME-TAG]
    ///
    /// On GitHub by `gh` if that is installed, on GitLab by the push itself; else the page is printed on which to open it.
    /// The work tree stays as it is, so the hooks of `git commit` are not run.
    #[arg(long, value_name = "BRANCH", num_args = 0..=1, require_equals = true, conflicts_with = "push")]
    #[expect(clippy::option_option, reason = "the flag is given, with or without a name")]
    pr: Option<Option<String>>,
    /// Print the change and the plain commands for it, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write the files but do not commit them
    #[arg(long, conflicts_with_all = ["push", "pr"])]
    no_commit: bool,
    /// Do not ask: take what would be suggested
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A change of some files of a service.
pub(crate) struct DeliveryChange {
    /// The files before and after, by their paths below the folder of the service.
    pub(crate) before: Tree,
    pub(crate) after: Tree,
    /// Files and folders that the change was read from, by their paths in the repository: if others change them, it has to be
    /// made anew.
    pub(crate) read: Vec<String>,
    /// What it is about, in lines for people.
    pub(crate) description: String,
    /// The same for a pull request, if that must not say everything.
    pub(crate) body: Option<String>,
    /// The words that name the branch of its pull request.
    pub(crate) branch: Vec<String>,
    /// The message of the commit, unless the user has another one.
    pub(crate) message: String,
    /// Where the new content of each file is from, by its path.
    pub(crate) origins: BTreeMap<String, Origin>,
    /// What the JSON says about it: the release, and the environments.
    pub(crate) facts: ChangeFacts,
}

/// A service whose files can be changed.
pub(crate) struct OpenService {
    pub(crate) service: Service,
    standing: Standing,
    /// The cluster to follow the change in, if it is to be followed.
    cluster: Option<LiveCluster>,
}

impl ChangeArgs {
    /// Whether the commit is pushed, for which `--watch` is enough.
    pub(crate) fn pushes(&self) -> bool {
        self.push || self.watch.watch
    }

    /// Whether questions are asked.
    pub(crate) fn asks(&self, ui: &Ui) -> bool {
        ui.interactive() && !self.yes
    }

    /// Reads the service, with all that others have pushed if the change is to be pushed as well.
    ///
    /// # Errors
    /// It cannot be read; HEAD is detached; the branch is behind its upstream; the remote cannot be reached.
    pub(crate) fn open(&self, ui: &Ui) -> Result<OpenService> {
        let location = ProjectLocation::of(&self.dir)?;
        if location.is_bare {
            return Err(Error::precondition(format!("`{}` has no work tree", self.dir.display()))
                .hint("use a clone of it"));
        }
        ui.settle_interrupted(&location.root, Settle::new(self.dry_run, !self.asks(ui)))?;
        let service = Service::read(&self.dir, self.scaffold.as_deref(), None)?;
        ui.note_scaffold(service.scaffold_folder.as_deref());
        let cluster = self.watch.cluster()?;
        let goes_out = self.pushes() || self.pr.is_some();
        let standing = if goes_out && !self.dry_run {
            ui.during("fetching", || Standing::fetched(&service.repo, ui.interactive()))?
        } else {
            Standing::known(&service.repo)?
        };
        if goes_out {
            standing.remote()?;
        }
        if self.pr.is_some() {
            standing.check_pull_request(service.delivery.branch.as_deref())?;
        }
        Ok(OpenService { service, standing, cluster })
    }

    fn message(&self, standard: &str) -> Result<String> {
        match &self.message {
            None => Ok(standard.to_owned()),
            Some(message) => match git::tidy_message(message)? {
                tidy if tidy.is_empty() => Err(Error::new(ErrorKind::Usage, "the commit message is empty")),
                tidy => Ok(tidy),
            },
        }
    }
}

impl OpenService {
    /// Makes the change, or prints it for a dry run. What it would stop needs consent where there is a `guard`.
    /// [`OpenService::conclude`] comes next.
    ///
    /// # Errors
    /// What is in the way; a hook that refuses; the push fails. Before the push, nothing is left half done.
    pub(crate) fn carry_out(
        &self,
        ui: &Ui,
        arguments: &ChangeArgs,
        change: &DeliveryChange,
        guard: Option<Guard>,
    ) -> Result<Done> {
        self.check_watch(&change.facts)?;
        let stops = if guard.is_some() { self.stopped_by(change)? } else { Vec::new() };
        if !arguments.json {
            let title = guard.map(|guard| downtime::title(guard.change)).unwrap_or_default();
            let stopped = listed(&title, stops.iter().map(ToString::to_string));
            ui.report(&format!("{}{stopped}", change.description))?;
        }
        let message = arguments.message(&change.message)?;
        let request =
            arguments.pr.as_ref().map(|branch| self.pull_request(branch.as_deref(), change, &message));
        if request.is_none() {
            self.note_branch(ui);
        }
        let update = Update {
            root: self.service.repo.root().to_owned(),
            prefix: self.service.prefix.clone(),
            changes: tree::changes(&change.before, &change.after),
            stored: BTreeMap::new(),
            edit: None,
            message: &message,
            destination: match &request {
                Some(request) => Destination::OwnBranch(&request.branch),
                None if arguments.no_commit => Destination::WorkTree,
                None => Destination::CurrentBranch,
            },
            is_initial: false,
        };
        let files = update.changes.iter().map(|change| self.service.rooted(change.path)).collect();
        let mut done = Done { files, message: message.clone(), ..Done::default() };
        if update.changes.is_empty() {
            ui.done("nothing to change");
            if request.is_none() {
                self.push(ui, arguments, None, &mut done)?;
            }
            return Ok(done);
        }
        // Of an earlier run whose push failed.
        let earlier = apply::already_applied(&update)?;
        let refusal = guard.filter(|_| earlier.is_none()).and_then(|guard| guard.refusal(&stops));
        done.stops = stops;
        if arguments.dry_run {
            if earlier.is_none() {
                apply::rehearse(&update)?;
            }
            self.show(ui, arguments, change, (&update, request.as_ref()), &mut done)?;
            done.refusal = refusal;
            return Ok(done);
        }
        match refusal {
            Some(error) if !arguments.asks(ui) => return Err(error),
            Some(_) => ui.confirm_downtime()?,
            None => {}
        }
        let effect = request.is_some().then(|| self.effect(&update.changes));
        let applied = match earlier {
            Some(applied) => applied,
            None => ui.write(|cancelled| apply::apply(apply::preflight(update)?, cancelled))?,
        };
        ui.printed_by_git(&applied.printed);
        (done.commit, done.branch) = (applied.commit.clone(), applied.branch.clone());
        let request =
            request.map(|request| PullRequest { effect: effect.map(|effect| effect.told()), ..request });
        self.send(ui, arguments, change, &applied, request.as_ref(), &mut done)?;
        Ok(done)
    }

    /// Pushes what was `applied` if that is wanted, or opens the pull request for it.
    fn send(
        &self,
        ui: &Ui,
        arguments: &ChangeArgs,
        change: &DeliveryChange,
        applied: &Applied,
        request: Option<&PullRequest>,
        done: &mut Done,
    ) -> Result<()> {
        let Some(request) = request else {
            return self.push(ui, arguments, Some((applied, &change.read)), done);
        };
        let opened = self.open_pull_request(ui, request, applied)?;
        done.request = Some(opened.json(request));
        match opened.address() {
            Some(address) if !arguments.json => ui.report(address),
            _ => Ok(()),
        }
    }

    /// Shows what the update would change.
    fn show(
        &self,
        ui: &Ui,
        arguments: &ChangeArgs,
        change: &DeliveryChange,
        (update, request): (&Update, Option<&PullRequest>),
        done: &mut Done,
    ) -> Result<()> {
        let effect = self.effect(&update.changes);
        // As seen from where the commands are run.
        let rooted = |files: &Tree| -> Tree {
            files.iter().map(|(path, file)| (self.service.rooted(path), file.clone())).collect()
        };
        let (before, after) = (rooted(&change.before), rooted(&change.after));
        let diffs = git::diff(&tree::changes(&before, &after))?;
        let patch = diffs.into_values().flat_map(|diff| diff.text).collect::<Vec<u8>>();
        done.commands = self.plain_commands(arguments, update, change, request)?;
        if arguments.json {
            done.patch = Some(String::from_utf8_lossy(&patch).into_owned());
            done.effect = Some(effect.json());
            return Ok(());
        }
        ui.report(&effect.lines().join("\n"))?;
        ui.print_patch(&patch)?;
        let lines: Vec<String> = done.commands.iter().map(|command| format!("$ {command}")).collect();
        ui.messages(&lines.join("\n"));
        Ok(())
    }

    /// What merging the changes does to the cluster.
    fn effect(&self, changes: &[Change<'_>]) -> MergeEffect {
        let Service { repo, prefix, delivery, .. } = &self.service;
        MergeEffect::of(repo, prefix, changes, delivery.branch.as_deref())
    }

    fn note_branch(&self, ui: &Ui) {
        let branch =
            self.standing.upstream.as_ref().map_or(&self.standing.branch, |upstream| &upstream.branch);
        if let Some(deployed) = self.service.delivery.branch.as_ref().filter(|deployed| *deployed != branch) {
            ui.message(&format!(
                "note: `{branch}` is not the branch that is deployed, which is `{deployed}`"
            ));
        }
    }

    /// Whether the commit `id` is not on the remote yet, as far as is known; not without a remote.
    ///
    /// # Errors
    /// The history cannot be read.
    pub(crate) fn is_waiting(&self, id: &str) -> Result<bool> {
        self.standing.is_ahead(&self.service.repo, id)
    }

    /// Ends a run that has nothing to change, of which the JSON says `facts`: pushes the commits of earlier runs that were not
    /// pushed, if the change was to be pushed.
    ///
    /// # Errors
    /// The push fails.
    pub(crate) fn push_waiting(&self, ui: &Ui, arguments: &ChangeArgs, facts: &ChangeFacts) -> Result<()> {
        let mut done = Done::default();
        self.push(ui, arguments, None, &mut done)?;
        self.conclude(ui, arguments, facts, done)
    }

    /// Pushes what was `applied`, which was read from the files beside it.
    fn push(
        &self,
        ui: &Ui,
        arguments: &ChangeArgs,
        applied: Option<(&Applied, &[String])>,
        done: &mut Done,
    ) -> Result<()> {
        let (applied, read) =
            (applied.map(|(applied, _)| applied), applied.map_or(&[][..], |(_, read)| read));
        let is_waiting = applied.is_some() || self.standing.ahead > 0;
        if !arguments.pushes() || !is_waiting || arguments.dry_run {
            if let Some(applied) = applied {
                ui.done(&applied.summary());
                ui.message(if arguments.no_commit {
                    "  next: commit and push it"
                } else {
                    "  next: git push"
                });
            }
            return Ok(());
        }
        if self.standing.ahead > 0 && applied.is_some() {
            ui.message(&format!("note: commits that were not pushed yet go along: {}", self.standing.ahead));
        }
        let shown = self.standing.remote()?.shown();
        let commit = self.standing.push(&self.service.repo, read, ui.interactive(), |onto| {
            ui.message(&format!("somebody pushed first: trying again on top of {onto:.10}"));
        })?;
        ui.done(&format!("commit {commit:.10}, pushed to {shown}"));
        done.commit = Some(commit);
        done.pushed_to = Some(shown);
        Ok(())
    }

    /// What to type without treenail.
    fn plain_commands(
        &self,
        arguments: &ChangeArgs,
        update: &Update,
        change: &DeliveryChange,
        request: Option<&PullRequest>,
    ) -> Result<Vec<String>> {
        let service = &self.service;
        let root = shell::path(&update.root.display().to_string());
        // What is edited in the work tree is no part of the branch, and stays.
        let aside = match request {
            Some(_) if self.has_edits(update)? => {
                Some(shell::path(&format!("{}-pull-request", update.root.display())))
            }
            _ => None,
        };
        let mut commands = vec![format!("cd {root}")];
        if let Some(PullRequest { branch, .. }) = request {
            let option = if service.repo.has_branch(branch) { ["-C", "-B"] } else { ["-c", "-b"] };
            let branch = shell::word(branch);
            match &aside {
                Some(aside) => {
                    commands.push(format!("git worktree add -q {} {branch} {aside}", option[1]));
                    commands.push(format!("cd {aside}"));
                }
                None => commands.push(format!("git switch {} {branch}", option[0])),
            }
        }
        for one in &update.changes {
            let origin =
                change.origins.get(one.path).ok_or_else(|| Error::failure("a file has no origin"))?;
            commands.extend(plain::of_change(service, one, origin)?);
        }
        if !arguments.no_commit {
            let paths: Vec<String> = update.changes.iter().map(|one| service.rooted(one.path)).collect();
            commands.push(plain::commit(update.message, &paths));
        }
        if arguments.pushes() {
            commands.push("git push".to_owned());
        }
        if let Some(request) = request {
            commands.extend(self.plain_request(request));
            match &aside {
                Some(aside) => {
                    commands.extend([format!("cd {root}"), format!("git worktree remove {aside}")]);
                }
                None => commands.push("git switch -".to_owned()),
            }
        }
        Ok(commands)
    }

    /// Whether a file of the update has been edited, or staged, since the last commit.
    fn has_edits(&self, update: &Update) -> Result<bool> {
        let repo = &self.service.repo;
        for change in &update.changes {
            let path = self.service.rooted(change.path);
            let before = change.before.map(|file| Blob::of(&file.content, file.mode)).transpose()?;
            if !repo.has(&path, before)? || repo.staged(&path)? != before {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn plain_request(&self, request: &PullRequest) -> Vec<String> {
        let Some(upstream) = &self.standing.upstream else { return Vec::new() };
        let forge = self.forge();
        let options = forge.as_ref().map(|(_, forge)| forge.push_options(request)).unwrap_or_default();
        let (branch, remote) = (&request.branch, &upstream.remote);
        let words = |arguments: Vec<String>| {
            arguments.iter().map(|argument| shell::word(argument)).collect::<Vec<_>>().join(" ")
        };
        let replaced = self.standing.known_replaced(&self.service.repo, branch);
        let push = Push { remote, branch, to: branch, options: &options, replaces: replaced.as_deref() };
        let mut commands = vec![format!("git {}", words(push.arguments(true)))];
        if let Some((url, Forge::GitHub)) = &forge {
            commands.push(format!("gh {}", words(request.gh(url))));
        }
        commands
    }
}

/// Lists paths under a title; nothing if there are none.
pub(crate) fn listed(title: &str, paths: impl ExactSizeIterator<Item = String>) -> String {
    let count = paths.len();
    let mut text = if count == 0 { String::new() } else { format!("  {title}:\n") };
    for path in paths.take(MOST_LISTED) {
        let _ = writeln!(text, "    {}", visible::line(&path));
    }
    if count > MOST_LISTED {
        let _ = writeln!(text, "    and {} more", count - MOST_LISTED);
    }
    text
}

/// Returns the committed file of the service at `path`, and the tree that has only that.
///
/// # Errors
/// A precondition: it is not committed.
pub(crate) fn committed(service: &Service, path: &str) -> Result<tree::File> {
    service.repo.file_at_head(&service.rooted(path))?.filter(|file| !file.is_link()).ok_or_else(|| {
        Error::precondition(format!("`{}` is not a committed file", service.rooted(path)))
            .hint("`treenail restore PATH` brings back what the scaffold wrote")
    })
}
