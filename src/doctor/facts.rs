//! What is known when checks are judged: of Git all, of the cluster what the user may see.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::cluster::application::LiveApplication;
use crate::cluster::argocd_settings::ConfigMaps;
use crate::cluster::declared::Setup;
use crate::cluster::inquiry::{Seen, Unseen};
use crate::cluster::nodes::{ClusterNode, KubeletSettings, StorageClass};
use crate::cluster::pods::PodTrouble;
use crate::cluster::runs::{LiveRun, LiveTask, RunState};
use crate::cluster::secret_state::SecretState;
use crate::cluster::server_dry_run::DryRunResult;
use crate::cluster::task_pods::TektonFlags;
use crate::cluster::versions::Controller;
use crate::plan::{ApplicationObjects, CommittedObjects};
use crate::shell;

/// Where Argo CD says that it deploys to its own cluster.
const OWN_CLUSTER: [&str; 3] = ["https://kubernetes.default.svc", "in-cluster", ""];

/// The namespace that Tekton is installed in, where nothing says otherwise.
const TEKTON: &str = "tekton-pipelines";

/// What Git says of the service.
pub(crate) struct Wanted {
    pub(crate) name: String,
    /// The folder of the service in its repository: empty, or with a `/` at its end.
    pub(crate) prefix: String,
    pub(crate) setup: Setup,
    /// The branch that is deployed.
    pub(crate) branch: Option<String>,
    /// The names of the questions of its scaffold.
    pub(crate) questions: BTreeSet<String>,
    pub(crate) objects: CommittedObjects,
}

/// A kind, as a manifest names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KindName {
    pub(crate) api_version: String,
    pub(crate) kind: String,
}

/// The newest run of a namespace.
pub(crate) struct LastRun {
    pub(crate) namespace: String,
    pub(crate) run: LiveRun,
    /// Those of its Tasks that failed, or wait for something.
    pub(crate) tasks: Vec<LiveTask>,
    /// What keeps its Pods from running.
    pub(crate) troubles: Vec<PodTrouble>,
}

/// What was seen of the remote repository, from this machine.
pub(crate) struct RemoteFacts {
    pub(crate) name: Option<String>,
    /// Its URL as it is written, if that is another repository than the one that Argo CD reads.
    pub(crate) other: Option<String>,
    /// The commit of the deployed branch; `None` if there is no such branch.
    pub(crate) tip: Seen<Option<String>>,
    /// The commit that is looked at here.
    pub(crate) head: String,
    /// Whether `head` is in the history of `tip`.
    pub(crate) is_pushed: bool,
    /// Whether the server lets the user push; what Git says if not.
    pub(crate) push: Seen<Result<(), String>>,
    /// Whether the forge protects the branch; `None` if nobody says so.
    pub(crate) is_protected: Option<bool>,
    /// The repositories, of those that Secrets are for, that everybody can read.
    pub(crate) public: BTreeSet<String>,
}

/// All that checks are judged by. What no check needs is not asked for.
pub(crate) struct Facts {
    pub(crate) wanted: Wanted,
    /// The words that a command for the cluster begins with.
    pub(crate) kubectl: Vec<String>,
    pub(crate) context: Option<String>,
    /// The URL of the API server.
    pub(crate) server: String,
    pub(crate) kubernetes: Seen<String>,
    pub(crate) controllers: Seen<Vec<Controller>>,
    pub(crate) nodes: Seen<Vec<ClusterNode>>,
    pub(crate) kubelets: Seen<Vec<KubeletSettings>>,
    pub(crate) storage_classes: Seen<Vec<StorageClass>>,
    pub(crate) argocd: Seen<ConfigMaps>,
    pub(crate) tekton: Seen<ConfigMaps>,
    /// The kinds of the manifests that the cluster does not serve, with the versions of their groups that it does.
    pub(crate) unserved: Seen<BTreeMap<KindName, Vec<String>>>,
    /// Those of the namespaces that are deployed to that exist.
    pub(crate) namespaces: Seen<BTreeSet<String>>,
    /// The live objects of the folder that a person applies.
    pub(crate) applied: Seen<Vec<Value>>,
    /// By namespace and name.
    pub(crate) secrets: BTreeMap<(String, String), Seen<SecretState>>,
    pub(crate) objects: Seen<DryRunResult>,
    pub(crate) pods: Seen<DryRunResult>,
    pub(crate) runs: Seen<Vec<LastRun>>,
    pub(crate) remote: RemoteFacts,
}

impl Wanted {
    /// Every object that is applied, by a person, by Argo CD or as a hook.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Value> {
        let applications = self.objects.applications.iter();
        self.objects.applied.iter().chain(applications.flat_map(|app| app.objects.iter().chain(&app.hooks)))
    }

    pub(crate) fn kinds(&self) -> BTreeSet<KindName> {
        let name = |object: &Value| {
            let text = |key: &str| object[key].as_str().map(str::to_owned);
            Some(KindName { api_version: text("apiVersion")?, kind: text("kind")? })
        };
        let dormant = self.objects.applications.iter().flat_map(|app| &app.dormant);
        self.all().chain(dormant).chain(&self.objects.run_templates).filter_map(name).collect()
    }

    pub(crate) fn has(&self, group: &str, kind: &str) -> bool {
        self.kinds().iter().any(|name| name.group() == group && name.kind == kind)
    }

    /// Where pipelines run.
    pub(crate) fn pipeline_namespaces(&self) -> BTreeSet<&str> {
        let has_pipeline =
            |app: &&ApplicationObjects| app.objects.iter().any(|object| object["kind"] == "Pipeline");
        self.objects.applications.iter().filter(has_pipeline).map(|app| &*app.namespace).collect()
    }

    pub(crate) fn namespaces(&self) -> BTreeSet<&str> {
        self.objects.applications.iter().map(|app| &*app.namespace).filter(|name| !name.is_empty()).collect()
    }

    /// The addresses of the clusters that Applications deploy to, other than Argo CD's own.
    pub(crate) fn other_clusters(&self) -> BTreeSet<&str> {
        let servers = self.objects.applications.iter().map(|app| &*app.server);
        servers.filter(|server| !OWN_CLUSTER.contains(server)).collect()
    }

    /// The address of the repository that Argo CD reads.
    pub(crate) fn repository(&self) -> Option<&str> {
        self.objects.applications.first().map(|app| &*app.repository).filter(|url| !url.is_empty())
    }
}

impl LastRun {
    /// Returns the newest of the runs of a namespace.
    pub(crate) fn newest(namespace: &str, runs: &[Value]) -> Option<Self> {
        let run = runs.iter().filter_map(LiveRun::of).max_by_key(|run| run.created)?;
        Some(Self { namespace: namespace.to_owned(), run, tasks: Vec::new(), troubles: Vec::new() })
    }

    /// Adds those of its Tasks and Pods that something is to be said of.
    pub(crate) fn add(&mut self, task_runs: &[Value], pods: &[Value]) {
        let is_telling = |task: &LiveTask| match &task.state {
            RunState::Succeeded => false,
            RunState::Failed(_) => true,
            RunState::Running(what) => !what.is_empty(),
        };
        self.tasks.extend(task_runs.iter().filter_map(LiveTask::of).filter(is_telling));
        self.troubles.extend(pods.iter().filter_map(PodTrouble::of));
    }

    /// Says what failed or waits in it.
    pub(crate) fn details(&self) -> impl Iterator<Item = String> {
        let tasks = self.tasks.iter().map(|task| match &task.state {
            RunState::Failed(why) | RunState::Running(why) => format!("{}: {why}", task.name),
            RunState::Succeeded => task.name.clone(),
        });
        tasks.chain(self.troubles.iter().map(PodTrouble::shown))
    }
}

impl KindName {
    pub(crate) fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }
}

impl Facts {
    /// A command for the cluster as a person types it.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        let words = self.kubectl.iter().map(String::as_str).chain(arguments.iter().copied());
        words.map(shell::word).collect::<Vec<_>>().join(" ")
    }

    /// A command of treenail for this service.
    pub(crate) fn treenail(&self, verb: &str, rest: &str) -> String {
        let mut words = vec!["treenail".to_owned(), verb.to_owned()];
        if !self.wanted.prefix.is_empty() {
            words.extend(["-C".to_owned(), shell::path(&self.wanted.prefix)]);
        }
        if let Some(context) = self.context.as_ref().filter(|_| verb == "setup") {
            words.extend(["--context".to_owned(), shell::word(context)]);
        }
        words.extend((!rest.is_empty()).then(|| rest.to_owned()));
        words.join(" ")
    }

    /// The command that changes an answer, if the scaffold has such a question.
    pub(crate) fn change_answer(&self, question: &str) -> Option<String> {
        let has_it = self.wanted.questions.contains(question);
        let folder = if self.wanted.prefix.is_empty() {
            String::new()
        } else {
            format!(" {}", shell::path(&self.wanted.prefix))
        };
        has_it.then(|| format!("treenail upgrade{folder} --set {question}=NAME"))
    }

    /// Whether this cluster is one that Argo CD deploys to from another, which is not known.
    pub(crate) fn is_only_destination(&self) -> bool {
        let here = self.server.trim_end_matches('/');
        self.wanted.other_clusters().iter().any(|server| server.trim_end_matches('/') == here)
    }

    /// Says why nothing of Argo CD can be seen here, if so.
    pub(crate) fn without_argocd(&self) -> Option<Unseen> {
        let elsewhere = || Unseen::Elsewhere("of Argo CD".to_owned());
        self.is_only_destination().then(elsewhere)
    }

    /// Says why nothing can be seen here of where things are deployed to, if so.
    pub(crate) fn without_destination(&self) -> Option<Unseen> {
        let others = self.wanted.other_clusters();
        let other = others.first().filter(|_| !self.is_only_destination());
        other.map(|server| Unseen::Elsewhere((*server).to_owned()))
    }

    /// Whether anything of the service is applied. What cannot be seen is taken to be.
    pub(crate) fn is_set_up(&self) -> bool {
        if self.without_argocd().is_some() {
            return true;
        }
        let is_application = |object: &Value| object["kind"] == "Application";
        self.applied.as_ref().map_or(true, |live| live.iter().any(is_application))
    }

    pub(crate) fn live_applications(&self) -> Seen<Vec<LiveApplication>> {
        let live = self.applied.as_ref().map_err(Clone::clone)?;
        Ok(live.iter().filter_map(LiveApplication::of).collect())
    }

    /// The objects of a program that is installed.
    pub(crate) fn controllers_of(&self, program: &str) -> Seen<Vec<&Controller>> {
        let all = self.controllers.as_ref().map_err(Clone::clone)?;
        Ok(all.iter().filter(|controller| controller.program == program).collect())
    }

    pub(crate) fn tekton_namespace(&self) -> &str {
        tekton_namespace(&self.controllers)
    }
}

/// Where Tekton is, as far as that is seen.
pub(crate) fn tekton_namespace(controllers: &Seen<Vec<Controller>>) -> &str {
    let all = controllers.as_ref().map(Vec::as_slice).unwrap_or_default();
    let is_its = |one: &&Controller| one.program == "tekton-pipelines" && one.name.ends_with("-controller");
    all.iter().find(is_its).map_or(TEKTON, |one| &one.namespace)
}

/// Reads the flags that decide what Tekton's Pods may do; its defaults where nothing is set.
pub(crate) fn tekton_flags(settings: &ConfigMaps) -> TektonFlags {
    let flag = |key: &str| settings.get("feature-flags", key);
    TektonFlags {
        sets_security_context: flag("set-security-context") == Some("true"),
        has_assistant: flag("coschedule") != Some("disabled"),
    }
}
