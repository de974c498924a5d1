//! One revision: its Applications, and what each gives to the cluster.

use std::collections::{BTreeMap, BTreeSet};

use super::application_sets::Expanded;
use super::desired::{self, Desired};
use super::ignored::Ignored;
use super::inputs;
use super::{ApplicationPlan, Unknown};
use crate::check::files;
use crate::check::kustomize::{
    EffectiveSource, RENDERING_FIELDS, RenderedValue, folder_of, revision_of, source_files, sources,
};
use crate::check::manifests::Manifest;
use crate::check::model::{Application, Model};
use crate::check::rules::projects::IN_CLUSTER;
use crate::check::rules::{hooks, projects};
use crate::yaml::ResourceId;

pub(super) struct RevisionState<'a> {
    pub(super) model: &'a Model<'a>,
    pub(super) applications: BTreeMap<AppKey, AppState<'a>>,
    /// What is not evaluated for any Application, such as a generator.
    pub(super) unknown: Vec<String>,
    /// The Applications and the like that each Application renders.
    managed: BTreeMap<ResourceId, String>,
}

/// What an Application is known by: its namespace, its name, and its file where several have that name.
pub(super) type AppKey = (String, String, String);

pub(super) struct AppState<'a> {
    pub(super) application: &'a Application<'a>,
    pub(super) path: String,
    pub(super) made_by: Option<String>,
    /// The Application that renders it, or its `ApplicationSet`.
    pub(super) managed_by: Option<String>,
    pub(super) objects: BTreeMap<ResourceId, Desired<'a>>,
    pub(super) hooks: Vec<Desired<'a>>,
    /// The files that it is made of, without those of sources elsewhere.
    pub(super) inputs: BTreeSet<String>,
    /// Those of them that are manifests, which give their own objects and change no others.
    pub(super) manifests: BTreeSet<String>,
    /// What of its own sources is not evaluated.
    pub(super) unknown: Vec<String>,
    /// Whether parts that are not evaluated may change the objects.
    pub(super) is_open: bool,
    pub(super) ignored: Ignored,
    pub(super) refused: Vec<String>,
    /// The revision that it follows, if that is not what is merged into.
    pub(super) elsewhere: Option<String>,
}

impl<'a> RevisionState<'a> {
    pub(super) fn of(model: &'a Model<'a>, expanded: &'a Expanded<'_>, branch: Option<&str>) -> Self {
        let mut managed = BTreeMap::new();
        for application in &model.applications {
            for object in application.rendered.iter().filter(|object| object.group() == "argoproj.io") {
                managed.entry(nameless(object.identity())).or_insert(application.resource.name().to_owned());
            }
        }
        let has_global_projects = projects::has_global_projects(model);
        let mut state =
            Self { model, applications: BTreeMap::new(), unknown: expanded.unknown.clone(), managed };
        let is_one = |application: &&Application<'_>| application.resource.kind() == "Application";
        let mut counts = BTreeMap::<_, usize>::new();
        for application in model.applications.iter().filter(is_one) {
            *counts.entry(name(application)).or_default() += 1;
        }
        for application in model.applications.iter().filter(is_one) {
            let app = state.app(application, expanded, has_global_projects, branch);
            let (namespace, name) = name(application);
            let is_only = counts[&(namespace.clone(), name.clone())] == 1;
            let key = (namespace, name, if is_only { String::new() } else { app.path.clone() });
            state.applications.entry(key).or_insert(app);
        }
        state
    }

    /// Returns the Application that a plan is about.
    pub(super) fn planned(&self, plan: &ApplicationPlan) -> Option<&AppState<'a>> {
        self.applications.values().find(|app| app.name() == plan.name && app.path == plan.path)
    }

    fn app(
        &self,
        application: &'a Application<'a>,
        expanded: &'a Expanded<'_>,
        has_global_projects: bool,
        branch: Option<&str>,
    ) -> AppState<'a> {
        let written = application.resource.location().path();
        let set = expanded.sets.get(written);
        let managed_by = match set {
            Some(set) => Some(format!("ApplicationSet {}", set.name)),
            None => self.managed.get(&nameless(application.resource.identity())).cloned(),
        };
        let files = self.model.builds.manifests().files();
        let mut app = AppState {
            application,
            path: set.map_or(written, |set| &set.path).to_owned(),
            made_by: set.map(|set| set.name.clone()),
            managed_by,
            objects: BTreeMap::new(),
            hooks: Vec::new(),
            inputs: BTreeSet::new(),
            manifests: BTreeSet::new(),
            unknown: Vec::new(),
            is_open: false,
            ignored: Ignored::of(application.spec),
            refused: Vec::new(),
            elsewhere: None,
        };
        for build in self.model.builds.of_application(application.resource.location()) {
            app.is_open |= build.rendered.has_unseen_changes || build.rendered.lacks_patch;
            if build.application().is_some_and(|written| is_changed(written, application.spec)) {
                app.is_open = true;
                app.unknown.push("what another build changes of its source".to_owned());
            }
            for desired in desired::of(build, files) {
                if desired.built.annotation(hooks::HOOK).is_some()
                    || desired.built.annotation("helm.sh/hook").is_some_and(|it| it.text() != "crd-install")
                {
                    app.hooks.push(desired);
                } else {
                    app.objects.entry(desired.id.clone()).or_insert(desired);
                }
            }
        }
        for source in application.sources() {
            self.value_files(&mut app, source);
            self.source(&mut app, source, branch);
        }
        let resource = application.resource.location();
        for note in &self.model.builds.notes.skipped {
            let (path, line) = (note.location.path(), note.location.position().line);
            let is_own = path == resource.path() && resource.holds_line(line);
            if (is_own || app.inputs.contains(path)) && !app.unknown.contains(&note.what) {
                app.unknown.push(note.what.clone());
            }
        }
        let refusals = projects::refusals(self.model, application, has_global_projects);
        app.refused = refusals.into_iter().map(|finding| finding.message).collect();
        app
    }

    fn source(&self, app: &mut AppState<'a>, source: &RenderedValue<'_>, branch: Option<&str>) {
        let url = source.str_at(&["repoURL"]).unwrap_or_default();
        let Some(folder) = folder_of(source) else { return };
        let manifests = self.model.builds.manifests();
        if !self.model.builds.is_local(source) {
            // The same folder in a fork, or by an address that only the cluster knows.
            if manifests.files().has_folder(&folder) && !folder.is_empty() {
                app.inputs.extend(inputs::of(manifests, &folder, source).all);
                app.unknown.push(format!("its source `{url}` is not taken for this repository"));
            }
            return;
        }
        let folder = manifests.files().resolve(&folder).into_owned();
        let effective = EffectiveSource::of(manifests.files(), source, &folder, app.name());
        let source = &*effective.value;
        let found = inputs::of(manifests, &folder, source);
        app.inputs.extend(found.all);
        app.manifests.extend(found.manifests);
        let own = source_files(&folder, app.name());
        app.inputs.extend(own.filter(|path| manifests.files().contains(path)));
        if inputs::kustomization(manifests.files(), &folder).is_none() {
            let unread = inputs::unread(manifests, &folder, source);
            app.unknown.extend(unread.map(|file| format!("`{}` is not read ({})", file.path, file.why)));
        }
        let revision = revision_of(source);
        let is_head = revision.is_empty() || revision == "HEAD";
        let is_other = branch.is_some_and(|branch| revision.trim_start_matches("refs/heads/") != branch);
        if !is_head && (is_other || is_fixed(revision)) && !url.is_empty() {
            app.elsewhere = Some(revision.to_owned());
        }
    }

    /// Adds the values of a chart that another source has, which is this repository.
    fn value_files(&self, app: &mut AppState<'a>, source: &RenderedValue<'_>) {
        let files = self.model.builds.manifests().files();
        for value in source.items_at(&["helm", "valueFiles"]) {
            let Some((_, path)) = value.text().strip_prefix('$').and_then(|text| text.split_once('/')) else {
                continue;
            };
            if let Some(path) = files::join("", path).filter(|path| files.contains(path)) {
                app.inputs.insert(path);
                let chart = source.str_at(&["chart"]).or(source.str_at(&["repoURL"])).unwrap_or_default();
                app.unknown.push(format!("the Helm chart `{chart}` is not rendered"));
            }
        }
    }

    /// The Application that renders an object of Argo CD, if any.
    pub(super) fn manager(&self, id: &ResourceId) -> Option<&str> {
        self.managed.get(&nameless(id.clone())).map(String::as_str)
    }
}

/// Whether the folders of an Application are rendered in another way than it is `written`, by which they are built.
fn is_changed(written: Manifest<'_>, spec: &RenderedValue<'_>) -> bool {
    let content = written.content();
    let written = content.get("spec").into_iter().flat_map(sources);
    written.zip(sources(spec)).any(|(written, rendered)| {
        RENDERING_FIELDS.iter().any(|field| match (written.get(field), rendered.get(field)) {
            (Some(one), Some(other)) => !one.content_eq(other),
            (one, other) => one.is_some() != other.is_some(),
        })
    })
}

/// Objects of Argo CD are in its own namespace, whether or not they say so.
fn nameless(id: ResourceId) -> ResourceId {
    let namespace = if id.namespace == "argocd" { String::new() } else { id.namespace };
    ResourceId { namespace, ..id }
}

fn name(application: &Application<'_>) -> (String, String) {
    let id = nameless(application.resource.identity());
    (id.namespace, id.name)
}

/// Whether a revision is a commit or a version, which a merge does not move.
fn is_fixed(revision: &str) -> bool {
    let is_commit = revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    let version = revision.trim_start_matches("refs/tags/").trim_start_matches('v');
    let is_version = version.split('.').count() > 2
        && version
            .split('.')
            .take(2)
            .all(|part| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit()));
    is_commit || is_version || revision.starts_with("refs/tags/")
}

impl<'a> AppState<'a> {
    pub(super) fn name(&self) -> &'a str {
        self.application.resource.object.name()
    }

    /// The cluster that it deploys to; empty for that of Argo CD.
    pub(super) fn cluster(&self) -> &'a str {
        let spec = self.application.spec;
        let name = spec.str_at(&["destination", "server"]).or(spec.str_at(&["destination", "name"]));
        name.filter(|name| !IN_CLUSTER.contains(name)).unwrap_or_default()
    }

    pub(super) fn namespace(&self) -> &'a str {
        self.application.spec.str_at(&["destination", "namespace"]).unwrap_or_default()
    }

    fn automated(&self) -> Option<&'a RenderedValue<'a>> {
        let automated = self.application.spec.dig(&["syncPolicy", "automated"]).filter(|it| !it.is_null())?;
        let is_on = automated.get("enabled").and_then(RenderedValue::as_bool) != Some(false);
        is_on.then_some(automated)
    }

    pub(super) fn is_automated(&self) -> bool {
        self.automated().is_some()
    }

    /// Whether a sync by itself deletes what Git no longer has.
    pub(super) fn prunes(&self) -> bool {
        self.automated().and_then(|it| it.get("prune")).and_then(RenderedValue::as_bool) == Some(true)
    }

    /// Whether a sync by itself may delete all that there is.
    pub(super) fn allows_empty(&self) -> bool {
        self.automated().and_then(|it| it.get("allowEmpty")).and_then(RenderedValue::as_bool) == Some(true)
    }

    pub(super) fn has_option(&self, option: &str) -> bool {
        let options = self.application.spec.items_at(&["syncPolicy", "syncOptions"]);
        options.iter().any(|one| one.text() == option)
    }

    /// Returns the value of a sync option; the first one counts.
    pub(super) fn option(&self, name: &str) -> Option<&'a str> {
        let options = self.application.spec.items_at(&["syncPolicy", "syncOptions"]);
        options.iter().find_map(|one| one.text().strip_prefix(name)?.strip_prefix('='))
    }

    pub(super) fn unknown(&self, changed: &BTreeSet<String>) -> Vec<Unknown> {
        let files: Vec<_> = self.inputs.intersection(changed).cloned().collect();
        self.unknown.iter().map(|what| Unknown { what: what.clone(), files: files.clone() }).collect()
    }
}
