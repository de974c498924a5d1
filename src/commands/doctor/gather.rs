//! Asks what the chosen checks need to know, all at once where nothing depends on the answer to something else.

use std::collections::{BTreeMap, BTreeSet};
use std::thread::{self, Scope, ScopedJoinHandle};

use serde_json::Value;

use super::{dry_runs, questions};
use crate::cluster::argocd_settings::ConfigMaps;
use crate::cluster::declared::DeclaredSecret;
use crate::cluster::inquiry::{Inquiry, Seen, Unseen};
use crate::cluster::nodes::{ClusterNode, KubeletSettings, StorageClass};
use crate::cluster::secret_state::SecretState;
use crate::cluster::versions::Controller;
use crate::commands::manifest_files::revision;
use crate::delivery::service::Service;
use crate::doctor::{Facts, KindName, LastRun, RemoteFacts, Topic, Wanted, tekton_namespace};
use crate::error::Result;
use crate::git;
use crate::plan;
use crate::values::{RepoUrl, is_same_repository};

/// What is known of Git before anything is asked.
///
/// # Errors
/// The commit cannot be read, or the scaffold declares no set-up.
pub(super) fn wanted(service: &Service) -> Result<Wanted> {
    let setup = service.scaffold.setup(&service.answers)?;
    let mut files = revision::with_own_settings(&service.repo, &service.commit)?;
    if let Some(url) = service.repo.remote() {
        files.add_remote(url);
    }
    let objects = plan::committed(&files, &service.rooted(&setup.apply), &service.prefix);
    Ok(Wanted {
        name: service.delivery.name.clone(),
        prefix: service.prefix.clone(),
        branch: service.delivery.branch.clone(),
        questions: service
            .scaffold
            .definition
            .questions
            .iter()
            .map(|question| question.name.clone())
            .collect(),
        setup,
        objects,
    })
}

/// What the questions are about.
pub(super) struct Questions<'a> {
    pub(super) service: &'a Service,
    pub(super) inquiry: &'a Inquiry,
    pub(super) topics: &'a BTreeSet<Topic>,
    pub(super) context: Option<&'a str>,
}

impl Questions<'_> {
    /// Asks them. What nobody wants to know is left out.
    pub(super) fn ask(&self, wanted: Wanted, kubernetes: String) -> Facts {
        let mut facts = self.nothing_seen(wanted, kubernetes);
        self.ask_first(&mut facts);
        self.ask_then(&mut facts);
        facts
    }

    fn nothing_seen(&self, wanted: Wanted, kubernetes: String) -> Facts {
        let kubectl = &self.inquiry.kubectl;
        let words = kubectl.words(&[]);
        // The current context is named only where the user has named it.
        let words = if self.context.is_some() { words } else { vec![words[0]] };
        Facts {
            kubectl: words.into_iter().map(str::to_owned).collect(),
            context: self.context.map(str::to_owned),
            server: kubectl.server.clone(),
            kubernetes: Ok(kubernetes),
            controllers: not_asked(),
            nodes: not_asked(),
            kubelets: not_asked(),
            storage_classes: not_asked(),
            argocd: not_asked(),
            tekton: not_asked(),
            unserved: not_asked(),
            namespaces: not_asked(),
            applied: not_asked(),
            secrets: BTreeMap::new(),
            objects: not_asked(),
            pods: not_asked(),
            runs: not_asked(),
            remote: self.remote(&wanted),
            wanted,
        }
    }

    /// Whether a topic is wanted.
    fn wants(&self, topic: Topic) -> bool {
        self.topics.contains(&topic)
    }

    /// What is known of the remote without a network.
    fn remote(&self, wanted: &Wanted) -> RemoteFacts {
        let repo = &self.service.repo;
        let branch = repo.head().ok().and_then(|head| head.branch().map(str::to_owned));
        let upstream = repo.upstream_of(branch.as_deref().unwrap_or_default());
        let name = upstream.map(|upstream| upstream.remote);
        let url = name.as_ref().and_then(|name| repo.url_of(name));
        let is_other = |url: &String| {
            let known = RepoUrl::parse(url).is_ok();
            known && wanted.repository().is_some_and(|read| !is_same_repository(url, read))
        };
        RemoteFacts {
            name,
            other: url.filter(is_other),
            tip: not_asked(),
            head: self.service.commit.clone(),
            is_pushed: false,
            push: not_asked(),
            is_protected: None,
            public: BTreeSet::new(),
        }
    }

    /// What depends on no other answer.
    fn ask_first(&self, facts: &mut Facts) {
        let inquiry = self.inquiry;
        let root = self.service.repo.root();
        let argocd = facts.without_argocd();
        let destination = facts.without_destination();
        let here = |topic: Topic, unseen: &Option<Unseen>| match unseen {
            _ if !self.wants(topic) => not_asked(),
            Some(unseen) => Err(unseen.clone()),
            None => Ok(()),
        };
        let anywhere = |topic: Topic| here(topic, &None);
        let wanted = &facts.wanted;
        let remote = &facts.remote;
        let first = thread::scope(|scope| {
            let (may_controllers, may_nodes) =
                (anywhere(Topic::Controllers), here(Topic::Nodes, &destination));
            let (may_flags, may_kubelets) =
                (here(Topic::TektonSettings, &destination), here(Topic::Kubelets, &destination));
            let installed = scope.spawn(move || {
                let controllers = may_controllers.and_then(|()| questions::controllers(inquiry, wanted));
                let tekton = may_flags.and_then(|()| {
                    let namespace = tekton_namespace(&controllers);
                    questions::config_maps(inquiry, namespace, &["feature-flags", "pipelines-info"])
                });
                (controllers, tekton)
            });
            let nodes = scope.spawn(move || {
                let nodes = may_nodes.and_then(|()| questions::read(inquiry, &["nodes"], ClusterNode::of));
                let kubelets = may_kubelets.and_then(|()| questions::kubelets(inquiry, &nodes));
                (nodes, kubelets)
            });
            let classes = asking(scope, here(Topic::StorageClasses, &destination), || {
                questions::read(inquiry, &["storageclasses"], StorageClass::of)
            });
            let settings = asking(scope, here(Topic::ArgocdSettings, &argocd), || {
                questions::argocd_settings(inquiry, wanted)
            });
            let kinds = asking(scope, anywhere(Topic::Kinds), || {
                questions::unserved(
                    inquiry,
                    &questions::kinds(wanted, argocd.is_some(), destination.is_some()),
                )
            });
            let namespaces = asking(scope, here(Topic::Namespaces, &destination), || {
                questions::namespaces(inquiry, wanted)
            });
            let applied =
                asking(scope, here(Topic::Applied, &argocd), || questions::applied(inquiry, wanted));
            let secrets = asking(scope, anywhere(Topic::Secrets), || Ok(questions::secrets(inquiry, wanted)));
            let runs = asking(scope, here(Topic::Runs, &destination), || questions::runs(inquiry, wanted));
            let tip = asking(scope, anywhere(Topic::Remote), || questions::tip(root, remote, wanted));
            let push = asking(scope, anywhere(Topic::Push), || questions::push(root, remote));
            let protected =
                asking(scope, anywhere(Topic::Protection), || Ok(questions::is_protected(root, wanted)));
            let (controllers, tekton) = installed.join().unwrap_or_else(|_| (Err(crashed()), Err(crashed())));
            let (nodes, kubelets) = nodes.join().unwrap_or_else(|_| (Err(crashed()), Err(crashed())));
            FirstAnswers {
                tekton,
                kubelets,
                storage_classes: joined(classes),
                argocd: joined(settings),
                unserved: joined(kinds),
                namespaces: joined(namespaces),
                applied: joined(applied),
                secrets: joined(secrets).unwrap_or_default(),
                runs: joined(runs),
                tip: joined(tip),
                push: joined(push),
                is_protected: joined(protected).ok().flatten(),
                controllers,
                nodes,
            }
        });
        facts.remote.is_pushed = self.is_pushed(&first.tip, remote.name.as_deref(), wanted);
        first.put_into(facts);
    }

    /// Whether the remote has the commit, as far as is fetched.
    fn is_pushed(&self, tip: &Seen<Option<String>>, remote: Option<&str>, wanted: &Wanted) -> bool {
        let repo = &self.service.repo;
        let known = remote
            .zip(wanted.branch.as_deref())
            .and_then(|(remote, branch)| repo.known_remote_branch(remote, branch));
        let tips = tip.as_ref().ok().and_then(Option::as_ref).into_iter().chain(known.as_ref());
        let mut has_it =
            tips.map(|tip| repo.ahead_behind(&self.service.commit, tip).is_ok_and(|(ahead, _)| ahead == 0));
        has_it.any(|has_it| has_it)
    }

    /// What depends on the first answers.
    fn ask_then(&self, facts: &mut Facts) {
        let (inquiry, root) = (self.inquiry, self.service.repo.root());
        let urls = maybe_public(facts);
        let is_here = facts.is_set_up();
        let seen = &*facts;
        let (objects, pods, public) = thread::scope(|scope| {
            let may = |topic: Topic| match seen.without_destination() {
                _ if !self.wants(topic) => not_asked(),
                Some(unseen) => Err(unseen),
                None if !is_here => Err(Unseen::BeforeSetup),
                None => Ok(()),
            };
            let objects = asking(scope, may(Topic::Objects), || Ok(dry_runs::objects(inquiry, seen)));
            let pods = asking(scope, may(Topic::Pods), || Ok(dry_runs::pods(inquiry, seen)));
            let public: Vec<_> = urls
                .iter()
                .map(|url| scope.spawn(move || git::is_public(root, url).then(|| url.clone())))
                .collect();
            let public = public.into_iter().filter_map(|one| one.join().ok().flatten()).collect();
            (joined(objects), joined(pods), public)
        });
        facts.objects = objects;
        facts.pods = pods;
        facts.remote.public = public;
    }
}

/// The answers to what is asked first.
struct FirstAnswers {
    controllers: Seen<Vec<Controller>>,
    nodes: Seen<Vec<ClusterNode>>,
    kubelets: Seen<Vec<KubeletSettings>>,
    storage_classes: Seen<Vec<StorageClass>>,
    argocd: Seen<ConfigMaps>,
    tekton: Seen<ConfigMaps>,
    unserved: Seen<BTreeMap<KindName, Vec<String>>>,
    namespaces: Seen<BTreeSet<String>>,
    applied: Seen<Vec<Value>>,
    secrets: BTreeMap<(String, String), Seen<SecretState>>,
    runs: Seen<Vec<LastRun>>,
    tip: Seen<Option<String>>,
    push: Seen<Result<(), String>>,
    is_protected: Option<bool>,
}

impl FirstAnswers {
    fn put_into(self, facts: &mut Facts) {
        facts.controllers = self.controllers;
        facts.nodes = self.nodes;
        facts.kubelets = self.kubelets;
        facts.storage_classes = self.storage_classes;
        facts.argocd = self.argocd;
        facts.tekton = self.tekton;
        facts.unserved = self.unserved;
        facts.namespaces = self.namespaces;
        facts.applied = self.applied;
        facts.secrets = self.secrets;
        facts.runs = self.runs;
        facts.remote.tip = self.tip;
        facts.remote.push = self.push;
        facts.remote.is_protected = self.is_protected;
    }
}

fn not_asked<T>() -> Seen<T> {
    Err(Unseen::Failed("it was not asked for".to_owned()))
}

/// Asks a question in a thread of its own, if it `may` be asked.
fn asking<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    may: Seen<()>,
    question: impl FnOnce() -> Seen<T> + Send + 'scope,
) -> ScopedJoinHandle<'scope, Seen<T>> {
    scope.spawn(move || may.and_then(|()| question()))
}

fn joined<T>(thread: ScopedJoinHandle<'_, Seen<T>>) -> Seen<T> {
    thread.join().unwrap_or_else(|_| Err(crashed()))
}

fn crashed() -> Unseen {
    Unseen::Failed("the question crashed".to_owned())
}

/// The repositories of Secrets that are missing, and not needed if everybody can read.
fn maybe_public(facts: &Facts) -> BTreeSet<String> {
    let is_missing = |secret: &&DeclaredSecret| {
        secret.namespaces.iter().any(|namespace| {
            let key = (namespace.clone(), secret.name.clone());
            facts.secrets.get(&key) == Some(&Ok(SecretState::Missing))
        })
    };
    let secrets = facts.wanted.setup.secrets.iter().filter(|secret| {
        secret.unless.is_some() && !secret.writes && secret.form.is_of_repository() && !secret.is_ssh()
    });
    secrets.filter(is_missing).map(|secret| secret.access_to.clone()).collect()
}
