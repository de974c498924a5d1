//! What a repository was made from, and the names that follow from it: worked out here once more, by hand, so that
//! the scaffold's own way can be held against it.

use std::collections::BTreeMap;

/// Answers as texts, and where in its repository the scaffold was put.
#[derive(Debug)]
pub struct Facts {
    answers: BTreeMap<String, String>,
    pub prefix: String,
    pub environments: Vec<Environment>,
}

/// One environment.
#[derive(Debug)]
pub struct Environment {
    pub name: String,
    pub namespace: String,
    pub application: String,
}

impl Facts {
    /// Works out the names; `prefix` is empty or ends in `/`.
    pub fn new(answers: BTreeMap<String, String>, prefix: &str) -> Self {
        let app = &answers["app"];
        let environments = answers["environments"].split(',').map(|item| {
            let (name, namespace) = item.split_once('=').unwrap_or((item, ""));
            let application = format!("{app}-{name}");
            let namespace = if namespace.is_empty() { application.clone() } else { namespace.to_owned() };
            Environment { name: name.to_owned(), namespace, application }
        });
        let environments = environments.collect();
        Self { answers, prefix: prefix.to_owned(), environments }
    }

    /// The answer to a question.
    pub fn get(&self, question: &str) -> &str {
        self.answers.get(question).unwrap_or_else(|| panic!("`{question}` was not answered"))
    }

    /// The answer to a question for a number.
    pub fn number(&self, question: &str) -> u64 {
        self.get(question).parse().unwrap()
    }

    /// The application's name.
    pub fn app(&self) -> &str {
        self.get("app")
    }

    /// The Application of the pipeline.
    pub fn delivery(&self) -> String {
        format!("{}-delivery", self.app())
    }

    /// Whether the file at `path` declares what runs, in one of the bases.
    pub fn is_workload(&self, path: &str) -> bool {
        let file = self.workload().1.strip_prefix("deploy/base/").unwrap();
        self.bases().any(|base| path.strip_prefix(&base) == Some(file))
    }

    /// The folders that environments are built on, each once; the first environment on the first.
    pub fn bases(&self) -> impl Iterator<Item = String> {
        let is_copied = self.get("promotion") == "everything";
        let copies = self.environments[1..].iter().filter(move |_| is_copied);
        let copies = copies.map(|environment| format!("deploy/base-{}/", environment.name));
        ["deploy/base/".to_owned()].into_iter().chain(copies)
    }

    /// The kind of what runs, and the file that declares it.
    pub fn workload(&self) -> (&'static str, &'static str) {
        match self.get("strategy") {
            "rolling" => ("Deployment", "deploy/base/deployment.yaml"),
            _ => ("Rollout", "deploy/base/rollout.yaml"),
        }
    }

    /// What a probe of the workload asks.
    pub fn probe(&self, probe: &str) -> String {
        match (self.get("health-check"), probe, self.get("liveness-path")) {
            ("none", ..) => "nothing".to_owned(),
            ("tcp", ..) | (_, "livenessProbe", "") => "tcp http".to_owned(),
            ("grpc", ..) => format!("grpc {}", self.get("port")),
            (_, "livenessProbe", path) => format!("http {path}"),
            _ => format!("http {}", self.get("health-path")),
        }
    }

    /// The Services, by the name of their file.
    pub fn services(&self) -> Vec<(&'static str, String)> {
        let preview = ("preview-service", format!("{}-preview", self.app()));
        let preview = (self.get("strategy") == "blue-green").then_some(preview);
        [("service", self.app().to_owned())].into_iter().chain(preview).collect()
    }

    /// Whether a release runs tests.
    pub fn has_tests(&self) -> bool {
        !self.get("test-image").is_empty()
    }

    /// A path of the scaffold as the repository knows it.
    pub fn in_repository(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }
}
