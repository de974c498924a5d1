//! The Tasks of a generated repository: their scripts, and the environment that Tekton gives them.

use serde_yaml::Value;

use crate::common::rendered::Repository;
use crate::scripts::container::Container;

/// The step of a Task.
pub struct Task {
    task: Value,
}

impl Task {
    /// The Task of that name.
    pub fn of(repository: &Repository, name: &str) -> Self {
        let task = repository.yaml(&format!("delivery/pipeline/{name}.yaml"));
        assert_eq!(task["spec"]["steps"].as_sequence().expect(name).len(), 1, "{name}");
        Self { task }
    }

    /// Its only step.
    pub fn step(&self) -> &Value {
        &self.task["spec"]["steps"][0]
    }

    /// Its script.
    pub fn script(&self) -> &str {
        self.step()["script"].as_str().expect("it has a script")
    }

    /// Gives a container the environment that Tekton would, with these parameters: every workspace is bound,
    /// and empty until something is put there.
    pub fn declare(&self, container: &mut Container, params: &[(&str, &str)]) {
        let names = |kind: &str| {
            let declared = self.task["spec"][kind].as_sequence().cloned().unwrap_or_default();
            declared.iter().map(|item| item["name"].as_str().expect(kind).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("params"), params.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        let mut known: Vec<_> =
            params.iter().map(|(name, value)| (format!("$(params.{name})"), (*value).to_owned())).collect();
        for name in names("workspaces") {
            let path = format!("/workspace/{name}");
            container.mkdir(&path);
            known.push((format!("$(workspaces.{name}.path)"), container.place(&path)));
        }
        container.mkdir("/tekton/results");
        for name in names("results") {
            known.push((
                format!("$(results.{name}.path)"),
                container.place(&format!("/tekton/results/{name}")),
            ));
        }
        let step = self.step().clone();
        container.declare(&step, |variable| {
            let value = variable["value"].as_str().expect("it is a text");
            let (reference, replacement) =
                known.iter().find(|(reference, _)| value.contains(reference)).expect(value);
            Some(value.replace(reference, replacement))
        });
    }
}

/// The result that a Task left.
pub fn result(container: &Container, name: &str) -> Option<String> {
    container.read(&format!("/tekton/results/{name}"))
}

#[test]
fn no_value_is_put_into_the_text_of_a_script() {
    let answers = [("test-image", "docker.io/library/golang:1.25"), ("test-command", "go test ./...")];
    let repository = Repository::service(&answers, "");
    for name in ["clone-repo", "build-image", "push-image", "deploy-app", "run-tests", "report"] {
        let task = Task::of(&repository, name);
        let step = task.step();
        let texts =
            [&step["script"], &step["command"], &step["args"]].map(|text| format!("{text:?}")).concat();
        assert!(texts.contains("/bin/sh"), "{texts}");
        for reference in ["params", "tasks", "context", "workspaces", "results", "steps", "inputs", "outputs"]
        {
            assert!(!texts.contains(&format!("$({reference}")), "{name}: {reference}");
        }
    }
}
