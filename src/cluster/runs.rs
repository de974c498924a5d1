//! A PipelineRun and its Tasks, as Tekton reports them.

use serde_json::Value;

use super::chain::is_name;
use super::cut;
use super::moment;

/// A PipelineRun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LiveRun {
    pub(crate) name: String,
    pub(crate) state: RunState,
    /// When it was created, in seconds since 1970.
    pub(crate) created: Option<i64>,
    /// The names of its Tasks, in the order of the Pipeline.
    pub(crate) tasks: Vec<String>,
}

/// A Task of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LiveTask {
    /// Its name in the Pipeline.
    pub(crate) name: String,
    pub(crate) state: RunState,
    pub(crate) pod: Option<String>,
    /// The container whose log tells most: of the step that runs, that failed, or else of the last one.
    pub(crate) container: Option<String>,
    started: Option<i64>,
    ended: Option<i64>,
}

/// How a run or a Task stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RunState {
    /// With what it waits for, if anything.
    Running(String),
    Succeeded,
    /// With the reason and the message of Tekton.
    Failed(String),
}

/// So many Tasks are shown.
const MOST_TASKS: usize = 30;

impl LiveRun {
    /// Reads a PipelineRun; `None` if it is another kind.
    pub(crate) fn of(object: &Value) -> Option<Self> {
        let name = object["metadata"]["name"].as_str().filter(|name| is_name(name))?;
        let spec = &object["status"]["pipelineSpec"];
        let tasks = ["tasks", "finally"].iter().flat_map(|list| spec[list].as_array().into_iter().flatten());
        let tasks = tasks.filter_map(|task| task["name"].as_str().map(cut));
        Some(Self {
            name: name.to_owned(),
            state: RunState::of(object),
            created: time(&object["metadata"]["creationTimestamp"]),
            tasks: tasks.take(MOST_TASKS).collect(),
        })
        .filter(|_| object["kind"] == "PipelineRun")
    }

    /// Whether a PipelineRun is of a release: its parameters have both the tag and the commit.
    pub(crate) fn is_of(object: &Value, tag: &str, revision: &str) -> bool {
        let parameters = object["spec"]["params"].as_array().into_iter().flatten();
        let values: Vec<&str> = parameters.filter_map(|parameter| parameter["value"].as_str()).collect();
        values.contains(&tag) && values.contains(&revision)
    }
}

impl LiveTask {
    /// Reads a TaskRun of a PipelineRun; `None` if it is another kind.
    pub(crate) fn of(object: &Value) -> Option<Self> {
        if object["kind"] != "TaskRun" {
            return None;
        }
        let status = &object["status"];
        let name = |value: &Value| value.as_str().filter(|name| is_name(name)).map(str::to_owned);
        let steps = || status["steps"].as_array().into_iter().flatten();
        let failed =
            steps().find(|step| step["terminated"]["exitCode"].as_i64().is_some_and(|code| code != 0));
        let telling = failed.or_else(|| steps().find(|step| step["running"].is_object())).or_else(|| {
            // Those that have not begun say nothing.
            steps().rfind(|step| step["terminated"].is_object())
        });
        Some(Self {
            name: cut(object["metadata"]["labels"]["tekton.dev/pipelineTask"].as_str()?),
            state: RunState::of(object),
            pod: name(&status["podName"]),
            container: telling.and_then(|step| name(&step["container"])),
            started: time(&status["startTime"]),
            ended: time(&status["completionTime"]),
        })
    }

    /// How long it has taken, or takes already.
    pub(crate) fn seconds(&self) -> Option<i64> {
        Some((self.ended.unwrap_or_else(moment::now) - self.started?).max(0))
    }

    pub(crate) fn has_ended(&self) -> bool {
        !matches!(self.state, RunState::Running(_))
    }
}

impl RunState {
    fn of(object: &Value) -> Self {
        let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
        let Some(condition) = conditions.clone().find(|condition| condition["type"] == "Succeeded") else {
            return Self::Running(String::new());
        };
        let text = |key: &str| condition[key].as_str().unwrap_or_default();
        let (reason, message) = (text("reason"), text("message"));
        match condition["status"].as_str() {
            Some("True") => Self::Succeeded,
            Some("False") => Self::Failed(cut(&format!("{reason}: {message}"))),
            // What goes on is said by its Tasks and Pods.
            _ if matches!(reason, "Running" | "Started" | "Pending") => Self::Running(String::new()),
            _ => Self::Running(cut(&format!("{reason}: {message}"))),
        }
    }
}

fn time(value: &Value) -> Option<i64> {
    value.as_str().and_then(moment::parse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_step_that_failed_is_found() {
        let task = LiveTask::of(&json!({
            "kind": "TaskRun",
            "metadata": { "name": "run-build-image", "labels": { "tekton.dev/pipelineTask": "build-image" } },
            "status": {
                "podName": "run-build-image-pod",
                "startTime": "2026-11-30T10:00:00Z", "completionTime": "2026-11-30T10:00:18Z",
                "conditions": [{ "type": "Succeeded", "status": "False", "reason": "Failed", "message": "\"step-build\" exited with code 3" }],
                "steps": [
                    { "container": "step-prepare", "terminated": { "exitCode": 0 } },
                    { "container": "step-build", "terminated": { "exitCode": 3 } },
                    { "container": "step-report", "terminated": { "exitCode": 1, "reason": "Skipped" } }
                ]
            }
        }));
        let task = task.unwrap();
        assert_eq!(
            (&*task.name, task.container.as_deref(), task.seconds()),
            ("build-image", Some("step-build"), Some(18))
        );
        assert_eq!(task.state, RunState::Failed("Failed: \"step-build\" exited with code 3".to_owned()));
    }

    #[test]
    fn a_run_is_known_by_its_parameters() {
        let run = json!({ "kind": "PipelineRun", "spec": { "params": [
            { "name": "image-tag", "value": "1.4.0" }, { "name": "source-revision", "value": "abc" }, { "name": "more", "value": ["x"] }
        ] } });
        assert!(LiveRun::is_of(&run, "1.4.0", "abc"));
        assert!(!LiveRun::is_of(&run, "1.4.0", "def") && !LiveRun::is_of(&run, "1.4", "abc"));
    }
}
