//! Everything together: whatever can happen next, in any order, and what it changes.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use crate::simulation::argo::{Application, Wanted};
use crate::simulation::cluster::{Cluster, Live, Writer, images};
use crate::simulation::git::{Author, Change, Git};
use crate::simulation::job;
use crate::simulation::machine::Machine;
use crate::simulation::operation::{Operation, Step};
use crate::simulation::render::{Key, Manifest, Renderer};
use crate::simulation::tekton::{Build, Run, Texts, Work};

/// What outlives a world: results of work that would be done alike in another one.
#[derive(Debug, Default)]
pub struct Shared {
    /// Renders folders.
    pub renderer: Renderer,
    /// Runs scripts.
    pub machine: Machine,
}

/// One thing that can happen.
#[derive(Clone, Debug)]
pub enum Action {
    /// An Application finds that it is out of sync, and starts an operation.
    Sync(usize, Wanted),
    /// Its operation gets on.
    Operate(usize),
    /// A workload gets on: its new pods are up, or a pause of its begins or ends.
    GetOn(Key),
    /// The pod of a Job runs.
    Job(Key),
    /// A run does its next Task.
    Task(usize),
}

/// What goes wrong, and how often.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Pods that find the API server away.
    pub api: usize,
    /// Tasks that fail, by their name in the Pipeline.
    pub tasks: BTreeMap<String, usize>,
    /// What somebody pushes just before a Task does.
    pub race: Vec<Change>,
}

/// What happened, for the verdict.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What happened, in words.
    pub log: Vec<String>,
    /// What was built.
    pub builds: Vec<Build>,
    /// The Applications that reverted what a Task had written into the cluster.
    pub fights: Vec<String>,
    /// The hooks that started only because the pipeline had made a commit.
    pub echoes: Vec<String>,
    /// How often hooks started.
    pub hooks: usize,
    /// How often drift was reverted.
    pub heals: usize,
}

/// The state of everything.
#[derive(Clone, Debug)]
pub struct World {
    /// What it shares with others.
    pub shared: Rc<Shared>,
    /// The branch.
    pub git: Git,
    /// The cluster.
    pub cluster: Cluster,
    /// Argo CD's Applications.
    pub applications: Vec<Application>,
    /// Tekton's runs.
    pub runs: Vec<Run>,
    /// What is still to go wrong.
    pub faults: Faults,
    /// What happened.
    pub history: History,
}

impl World {
    /// Nothing but a branch and Applications.
    pub fn new(shared: Rc<Shared>, git: Git, applications: Vec<Application>) -> Self {
        let (cluster, runs) = (Cluster::default(), Vec::new());
        let (faults, history) = (Faults::default(), History::default());
        Self { shared, git, cluster, applications, runs, faults, history }
    }

    /// Adds to the log.
    pub fn note(&mut self, words: impl AsRef<str>) {
        let line = format!("{:>5}s  {}", self.cluster.now, words.as_ref());
        self.history.log.push(line);
    }

    /// Whatever can happen now.
    pub fn enabled(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        for (at, app) in self.applications.iter().enumerate() {
            let wanted = app.wanted(&self.shared.renderer, &self.git, &self.cluster);
            let mistaken = app.mistaken(&self.shared.renderer, &self.git, &self.cluster);
            actions.extend(wanted.into_iter().chain(mistaken).map(|wanted| Action::Sync(at, wanted)));
            let can_step = app.operation.as_ref().is_some_and(|operation| operation.can_step(&self.cluster));
            actions.extend(can_step.then_some(Action::Operate(at)));
        }
        actions.extend(self.cluster.moving().cloned().map(Action::GetOn));
        actions.extend(self.cluster.waiting_jobs().cloned().map(Action::Job));
        let open = self.runs.iter().enumerate().filter(|(_, run)| run.end.is_none());
        actions.extend(open.map(|(at, _)| Action::Task(at)));
        actions
    }

    /// Lets time pass until it changes something; none where nothing waits for it.
    pub fn wait(&mut self) -> Option<()> {
        let operations = self.applications.iter().filter_map(|app| app.operation.as_ref());
        let timers = operations.filter_map(|operation| operation.timer(&self.cluster));
        self.cluster.now = timers.chain(self.cluster.pauses()).min()?;
        Some(())
    }

    /// Lets one thing happen.
    pub fn perform(&mut self, action: Action) {
        match action {
            Action::Sync(at, wanted) => self.sync(at, wanted),
            Action::Operate(at) => self.operate(at),
            Action::GetOn(key) => {
                let what = self.cluster.get_on(&key);
                self.note(format!("{}/{}: {what}", key.1, key.2));
            }
            Action::Job(key) => self.job(&key),
            Action::Task(at) => self.task(at),
        }
    }

    /// Somebody promotes the Rollouts that wait for it; says whether any does.
    pub fn promote(&mut self) -> bool {
        let waiting: Vec<_> = self.cluster.unpromoted().cloned().collect();
        for key in &waiting {
            self.note(format!("somebody promotes {}/{}", key.1, key.2));
            let live = self.cluster.objects.get_mut(key).and_then(|live| live.rollout.as_mut());
            live.expect("it is a Rollout").promote(self.cluster.now);
        }
        !waiting.is_empty()
    }

    /// Starts an operation.
    pub fn sync(&mut self, at: usize, wanted: Wanted) {
        let app = self.applications[at].clone();
        let commit = self.git.head();
        let desired = app.render(&self.shared.renderer, &self.git, commit).unwrap_or_default();
        let is_pipelines =
            |key: &Key| self.cluster.objects.get(key).is_some_and(|live| live.writer == Writer::Pipeline);
        if app.out_of_sync(&desired, &self.cluster).iter().any(is_pipelines) {
            self.history.fights.push(app.name.clone());
        }
        match &wanted {
            Wanted::Full => self.note(format!("{} syncs commit {commit}", app.name)),
            Wanted::Heal(keys) => {
                let is_drift = app.last.is_some_and(|(last, _)| last == commit);
                self.history.heals += usize::from(is_drift);
                let names: Vec<_> = keys.iter().map(|key| format!("{} {}", key.0, key.2)).collect();
                self.note(format!("{} reverts the drift of {}", app.name, names.join(", ")));
            }
        }
        self.applications[at].operation = Some(self.begin(&app, commit, wanted));
    }

    fn begin(&self, app: &Application, commit: usize, wanted: Wanted) -> Operation {
        let desired = app.render(&self.shared.renderer, &self.git, commit).unwrap_or_default();
        Operation::begin(app, commit, wanted, &desired, &self.cluster)
    }

    fn operate(&mut self, at: usize) {
        let Some(mut operation) = self.applications[at].operation.take() else { return };
        let name = self.applications[at].name.clone();
        let step = operation.step(&name, &mut self.cluster);
        if operation.has_hook_running() && step == Step::Going {
            self.history.hooks += 1;
            self.hook_started(at, operation.commit);
        }
        match step {
            Step::Going => self.applications[at].operation = Some(operation),
            Step::Done => {
                self.note(format!("{name} is done with commit {}", operation.commit));
                let head = self.git.head();
                self.applications[at].last = Some((operation.commit, true));
                self.applications[at].came_meanwhile = (head != operation.commit).then_some(head);
            }
            Step::Failed(why) => self.failed(at, &operation, &why),
        }
    }

    /// Takes note where the pipeline's own commits are all that made a hook start.
    fn hook_started(&mut self, at: usize, commit: usize) {
        let app = &self.applications[at];
        let renders = |commit| app.render(&self.shared.renderer, &self.git, commit);
        let since = app.last.map_or(commit, |(last, _)| last);
        let changing: Vec<_> = (since + 1..=commit).filter(|at| renders(*at) != renders(*at - 1)).collect();
        let is_pipelines = |at: &usize| self.git.commit(*at).author == Author::Pipeline;
        if changing.iter().any(is_pipelines) && changing.iter().all(is_pipelines) {
            self.history.echoes.push(app.name.clone());
        }
        self.note(format!("{} starts its hook for commit {commit}", self.applications[at].name));
    }

    fn failed(&mut self, at: usize, operation: &Operation, why: &str) {
        let app = self.applications[at].clone();
        self.note(format!("{} fails with commit {}: {why}", app.name, operation.commit));
        if app.retry.limit.is_none_or(|limit| operation.failures < limit) {
            let commit = if app.retry.refresh { self.git.head() } else { operation.commit };
            let fresh = self.begin(&app, commit, operation.what.clone());
            self.applications[at].operation = Some(operation.again(fresh, self.cluster.now));
        } else {
            self.note(format!("{} gives up", app.name));
            self.applications[at].last = Some((operation.commit, false));
        }
    }

    fn end(&mut self, key: &Key, how: Result<(), ()>) {
        if let Some(live) = self.cluster.objects.get_mut(key) {
            live.end = Some(how);
        }
    }

    fn job(&mut self, key: &Key) {
        let manifest = self.cluster.objects[key].manifest.clone();
        let mut call = job::call(&manifest, &self.cluster);
        let ours = self.runs.iter().filter(|run| run.namespace == key.1);
        call.runs = ours.map(|run| (run.name.clone(), run.shown())).collect();
        let pods = 1 + manifest.at("/spec/backoffLimit").as_u64().unwrap_or(6);
        for _ in 0..pods {
            call.is_down = self.faults.api > 0;
            self.faults.api = self.faults.api.saturating_sub(1);
            let answer = self.shared.machine.run(&call, self.git.tree());
            self.note(format!("the Job {}: {}", key.2, answer.said));
            answer.asked.iter().for_each(|manifest| self.create_run(manifest));
            if answer.is_ok {
                return self.end(key, Ok(()));
            }
            if job::gives_up(&manifest, answer.code) {
                break;
            }
        }
        self.end(key, Err(()));
    }

    fn create_run(&mut self, manifest: &str) {
        let manifest: Value = serde_yaml::from_str(manifest).expect(manifest);
        let metadata = &manifest["metadata"];
        let name = metadata["name"].as_str().map_or_else(
            || format!("{}{}", metadata["generateName"].as_str().expect("a run has a name"), self.runs.len()),
            str::to_owned,
        );
        self.note(format!("PipelineRun {name} is created"));
        self.runs.push(Run::of(&manifest, name));
    }

    fn task(&mut self, at: usize) {
        let name = self.runs[at].name.clone();
        let task = match self.runs[at].next(&self.cluster) {
            Ok(Some(task)) => task,
            Ok(None) => {
                self.note(format!("{name} is done"));
                self.runs[at].end = Some(Ok(()));
                return;
            }
            Err(why) => return self.run_failed(at, why),
        };
        if let Some(left) = self.faults.tasks.get_mut(&task.name).filter(|left| **left > 0) {
            *left -= 1;
            return self.run_failed(at, format!("{} failed", task.name));
        }
        let results = match &task.work {
            Work::Quiet | Work::Build(_) => Ok(Texts::new()),
            Work::Push(build) => Ok(self.push(build)),
            Work::Script(call) => {
                let mut call = call.clone();
                call.raced = std::mem::take(&mut self.faults.race);
                let answer = self.shared.machine.run(&call, self.git.tree());
                self.note(format!("{name}: {}", answer.said));
                if !call.raced.is_empty() {
                    self.git.push(Author::User, &call.raced);
                }
                if !answer.pushed.is_empty() {
                    self.git.push(Author::Pipeline, &answer.pushed);
                    self.note(format!("the pipeline makes commit {}", self.git.head()));
                }
                answer.asked.iter().for_each(|line| self.set_image(line));
                if answer.is_ok { Ok(answer.results.clone()) } else { Err(answer.said.clone()) }
            }
        };
        match results {
            Ok(results) => self.runs[at].leave(&task, results),
            Err(why) => self.run_failed(at, why),
        }
    }

    fn run_failed(&mut self, at: usize, why: String) {
        self.note(format!("{} fails: {why}", self.runs[at].name));
        self.runs[at].end = Some(Err(why));
    }

    fn push(&mut self, build: &Build) -> Texts {
        let Build { image, tag, revision } = build;
        let digest = build.digest(self.history.builds.len());
        self.note(format!("{image}:{tag} is built from {revision:.8}"));
        self.cluster.images.extend([format!("{image}:{tag}"), format!("{image}@{digest}")]);
        self.history.builds.push(build.clone());
        [("IMAGE_URL".to_owned(), image.clone()), ("IMAGE_DIGEST".to_owned(), digest)].into()
    }

    /// `set image deployment/NAME CONTAINER=IMAGE -n NAMESPACE`, as a Task asks for it.
    fn set_image(&mut self, line: &str) {
        let words: Vec<_> = line.split_whitespace().collect();
        let ["set", "image", workload, image, "-n", namespace] = words[..] else { panic!("{line}") };
        let (_, name) = workload.split_once('/').expect(line);
        let (_, image) = image.split_once('=').expect(line);
        let key = ("Deployment".to_owned(), namespace.to_owned(), name.to_owned());
        self.edit(&key, Writer::Pipeline, "/spec/template/spec/containers/0/image", image.into());
    }

    /// Changes an object in the cluster, past Git.
    pub fn edit(&mut self, key: &Key, writer: Writer, pointer: &str, value: Value) {
        let live = &self.cluster.objects[key];
        let (mut manifest, owner) = (Manifest::clone(&live.manifest), live.owner.clone());
        *manifest.body.pointer_mut(pointer).expect(pointer) = value;
        let images = images(&manifest).join(", ");
        let live = Live::written(Some(live), Rc::new(manifest), owner, writer, self.cluster.now);
        self.cluster.objects.insert(key.clone(), live);
        self.note(format!("{writer:?} changes {} {} by hand ({images})", key.0, key.2));
    }
}
