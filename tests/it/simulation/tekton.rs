//! Runs of Pipelines: one Task after the other, as the Pipeline and Tasks say that are in the cluster when it comes to them.
//!
//! What a Task does follows from its script: one builds an image, another pushes what was built; one that pushes to Git
//! or calls `kubectl` is run for real; any other just succeeds.

use std::collections::BTreeMap;

use serde_json::Value;
use treenail::hex;

use crate::simulation::cluster::Cluster;
use crate::simulation::machine::Call;
use crate::simulation::render::Manifest;

/// Texts by name.
pub type Texts = BTreeMap<String, String>;

/// A `PipelineRun`.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its parameters.
    pub params: Texts,
    pipeline: String,
    /// The results of the Tasks that are done.
    results: BTreeMap<String, Texts>,
    /// The commit of the image that was built and is not pushed.
    built: Option<String>,
    /// How it ended.
    pub end: Option<Result<(), String>>,
}

/// What the next Task is to do.
#[derive(Clone, Debug)]
pub enum Work {
    /// Nothing that anybody else sees.
    Quiet,
    /// Build an image of this commit.
    Build(String),
    /// Push the image that was built.
    Push(Build),
    /// Run this.
    Script(Call),
}

/// What is built and pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// The image, without tag.
    pub image: String,
    /// Its tag.
    pub tag: String,
    /// The commit.
    pub revision: String,
}

impl Build {
    /// The digest of the image that the build with that number gives: no two builds give the same bytes.
    pub fn digest(&self, number: usize) -> String {
        let name = format!("{} {} {number}", self.image, self.revision);
        let name = hex::encode(name.as_bytes());
        format!("sha256:{:0>64}", &name[name.len().saturating_sub(64)..])
    }
}

/// A Task of a Pipeline, ready to run.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name in the Pipeline.
    pub name: String,
    /// What it does.
    pub work: Work,
    params: Texts,
    results: Vec<String>,
}

impl Run {
    /// As a manifest describes it, under this name.
    pub fn of(manifest: &Value, name: String) -> Self {
        let text = |value: &Value| value.as_str().expect("it is a text").to_owned();
        let params = manifest["spec"]["params"].as_array().into_iter().flatten();
        Self {
            name,
            namespace: text(&manifest["metadata"]["namespace"]),
            params: params.map(|param| (text(&param["name"]), text(&param["value"]))).collect(),
            pipeline: text(&manifest["spec"]["pipelineRef"]["name"]),
            results: BTreeMap::new(),
            built: None,
            end: None,
        }
    }

    /// What `kubectl get` is asked to print of it: the commit it builds, and how it is, which is only for people.
    pub fn shown(&self) -> String {
        format!("{} Known", self.params.get("source-revision").map_or("", |revision| revision))
    }

    /// The next Task; none when all are done.
    ///
    /// # Errors
    /// Where the Pipeline or the Task is not there, or nothing was built to push: such a run fails for good.
    pub fn next(&self, cluster: &Cluster) -> Result<Option<Task>, String> {
        let find = |kind: &str, name: &str| {
            cluster.find(kind, &self.namespace, name).ok_or_else(|| format!("there is no {kind} {name}"))
        };
        let pipeline = find("Pipeline", &self.pipeline)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        // Tekton looks for all Tasks before it runs any.
        for last in pipeline.at("/spec/finally").as_array().into_iter().flatten() {
            find("Task", &text(&last["taskRef"]["name"]))?;
        }
        let is_done = |name: &Value| self.results.contains_key(&text(name));
        let is_next = |task: &&Value| {
            let mut before = task["runAfter"].as_array().into_iter().flatten();
            !is_done(&task["name"]) && before.all(is_done)
        };
        let mut tasks = pipeline.at("/spec/tasks").as_array().into_iter().flatten();
        let Some(entry) = tasks.find(is_next) else { return Ok(None) };
        let task = find("Task", &text(&entry["taskRef"]["name"]))?;
        let params = entry["params"].as_array().into_iter().flatten();
        let params: Texts =
            params.map(|param| (text(&param["name"]), self.resolve(&text(&param["value"])))).collect();
        let results = task.at("/spec/results").as_array().into_iter().flatten();
        let results = results.map(|result| text(&result["name"])).collect();
        let work = work(task, &params, self.built.as_deref())?;
        Ok(Some(Task { name: text(&entry["name"]), work, params, results }))
    }

    /// Puts in parameters of the run and results of Tasks.
    fn resolve(&self, text: &str) -> String {
        let params = self.params.iter().map(|(name, value)| (format!("$(params.{name})"), value));
        let results = self.results.iter().flat_map(|(task, results)| {
            results.iter().map(move |(name, value)| (format!("$(tasks.{task}.results.{name})"), value))
        });
        params
            .chain(results)
            .fold(text.to_owned(), |text, (reference, value)| text.replace(&reference, value))
    }

    /// Leaves a Task behind that succeeded.
    pub fn leave(&mut self, task: &Task, results: Texts) {
        match &task.work {
            Work::Build(revision) => self.built = Some(revision.clone()),
            Work::Push(_) => self.built = None,
            Work::Quiet | Work::Script(_) => {}
        }
        // What a quiet Task gives is what it was given: the commit that it fetched.
        let quiet = task.results.iter().map(|name| {
            let given = if name == "commit" { "revision" } else { name.as_str() };
            (name.clone(), task.params.get(given).cloned().unwrap_or_default())
        });
        let results = quiet.chain(results).collect();
        self.results.insert(task.name.clone(), results);
    }
}

fn work(task: &Manifest, params: &Texts, built: Option<&str>) -> Result<Work, String> {
    let step = task.at("/spec/steps/0");
    // Some run a command instead, which is not known to do any of these things.
    let script = step["script"].as_str().unwrap_or_default();
    let variables = step["env"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().expect("it is a text").to_owned();
    let variables: Texts = variables
        .map(|variable| (text(&variable["name"]), with_places(&text(&variable["value"]), params)))
        .collect();
    // Into a volume is not to a registry.
    let pushes =
        script.contains("skopeo copy") || (script.contains("buildah push") && !script.contains("oci:"));
    Ok(if pushes {
        let own = variables.get("REVISION").map(String::as_str);
        let revision = own.or(built).ok_or("there is no image to push")?.to_owned();
        let [image, tag] = ["IMAGE", "TAG"].map(|name| variables[name].clone());
        Work::Push(Build { image, tag, revision })
    } else if script.contains("buildah build") {
        Work::Build(variables["REVISION"].clone())
    } else if script.contains("git push") || script.contains("kubectl ") {
        Work::Script(Call { script: script.to_owned(), variables, ..Call::default() })
    } else {
        Work::Quiet
    })
}

/// Puts in parameters, and where Tekton has workspaces and results.
fn with_places(text: &str, params: &Texts) -> String {
    let text = params
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("$(params.{name})"), value));
    let place = |kind: &str| text.strip_prefix(kind)?.strip_suffix(".path)");
    let place = place("$(workspaces.")
        .map(|name| format!("/workspace/{name}"))
        .or_else(|| place("$(results.").map(|name| format!("/tekton/results/{name}")));
    place.unwrap_or(text)
}
