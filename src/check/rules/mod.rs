//! The rules, one folder a group: its `findings` reports them, and each rule has a page beside it. A group
//! is listed only in [`GROUPS`].

mod admission;
mod applications;
pub(crate) mod changes;
mod configmaps;
mod credentials;
mod deadlock;
pub(crate) mod hooks;
mod images;
mod kustomizations;
pub(crate) mod loops;
pub(crate) mod order;
mod pod_security;
pub(crate) mod projects;
mod rbac;
pub(crate) mod secrets;
mod services;
mod steps;
mod syntax;
mod tekton;
pub(crate) mod trigger;
mod workloads;
mod yaml11;

use super::finding::Finding;
use super::manifests::Manifests;
use super::model::Model;
use super::rendered_value::RenderedValue;
use super::rule::{self, Rule};
use super::schema;

/// Rules about one subject.
#[derive(Clone, Copy)]
pub struct Group {
    folder: &'static str,
    /// Its heading in the documentation.
    pub title: &'static str,
    /// What its rules report, as a list of mistakes.
    pub reports: &'static str,
    look: Look,
}

/// What a group looks at. Each function adds the findings of its rules, in any order.
#[derive(Clone, Copy)]
pub(super) enum Look {
    /// The files as they are written, which needs no build.
    Files(fn(&Manifests<'_>, &mut Vec<Finding>)),
    Model(fn(&Model<'_>, &mut Vec<Finding>)),
    /// Nothing: its rules are reported elsewhere.
    Nothing,
}

/// Every group, in the order of the documentation.
pub const GROUPS: &[Group] = &[
    Group {
        folder: "syntax",
        title: "Files",
        reports: "invalid YAML, duplicate keys, and files that cannot be read",
        look: Look::Files(syntax::findings),
    },
    Group {
        folder: "yaml11",
        title: "YAML 1.1",
        reports: "plain values that YAML 1.1 and YAML 1.2 read differently",
        look: Look::Files(yaml11::findings),
    },
    Group {
        folder: "suppress",
        title: "Suppressions",
        reports: "comments and lists that suppress nothing, or give no reason",
        look: Look::Nothing,
    },
    Group {
        folder: "schema",
        title: "Kinds and fields",
        reports: "versions, fields and values that a kind does not have",
        look: Look::Model(schema::findings),
    },
    Group {
        folder: "admission",
        title: "Admission",
        reports: "objects that the API server, Tekton's webhook, Argo CD or Argo Rollouts refuse",
        look: Look::Model(admission::findings),
    },
    Group {
        folder: "changes",
        title: "Changes",
        reports: "changes since an earlier commit that the API server refuses",
        look: Look::Model(changes::findings),
    },
    Group {
        folder: "kustomizations",
        title: "Kustomizations",
        reports: "builds that fail, duplicate resources, and entries without effect",
        look: Look::Model(kustomizations::findings),
    },
    Group {
        folder: "configmaps",
        title: "ConfigMaps",
        reports: "keys that a ConfigMap does not have",
        look: Look::Model(configmaps::findings),
    },
    Group {
        folder: "services",
        title: "Services",
        reports: "Services without pods, and routes and probes to missing ports",
        look: Look::Model(services::findings),
    },
    Group {
        folder: "workloads",
        title: "Workloads",
        reports: "missing workloads, selectors that do not match, replicas that two write, and bare pods",
        look: Look::Model(workloads::findings),
    },
    Group {
        folder: "rbac",
        title: "RBAC",
        reports: "missing accounts and Roles, and permissions that are wider than needed",
        look: Look::Model(rbac::findings),
    },
    Group {
        folder: "applications",
        title: "Applications",
        reports: "missing folders, and options that work against Tekton or Argo Rollouts",
        look: Look::Model(applications::findings),
    },
    Group {
        folder: "projects",
        title: "Projects",
        reports: "Applications that their project does not permit, and projects that permit everything",
        look: Look::Model(projects::findings),
    },
    Group {
        folder: "hooks",
        title: "Hooks",
        reports: "hooks that Argo CD does not recognise, that block the next one, or that run when a sync fails and make it worse",
        look: Look::Model(hooks::findings),
    },
    Group {
        folder: "trigger",
        title: "Triggers",
        reports: "hooks that start a pipeline again, start the wrong one, or never finish, and runs that are synced",
        look: Look::Model(trigger::findings),
    },
    Group {
        folder: "deadlock",
        title: "Deadlocks",
        reports: "hooks that wait for what only they can start",
        look: Look::Model(deadlock::findings),
    },
    Group {
        folder: "order",
        title: "Order of a sync",
        reports: "Pods that wait for what the same sync applies later",
        look: Look::Model(order::findings),
    },
    Group {
        folder: "loops",
        title: "Loops",
        reports: "pipelines that trigger themselves, or fight with self-heal",
        look: Look::Model(loops::findings),
    },
    Group {
        folder: "tekton",
        title: "Tasks, Pipelines and runs",
        reports: "params, workspaces, results, volumes, timeouts and namespaces that do not fit together",
        look: Look::Model(tekton::findings),
    },
    Group {
        folder: "steps",
        title: "Steps",
        reports: "scripts that execute their input, use missing variables, do not push their image, or run Git where it refuses to work",
        look: Look::Model(steps::findings),
    },
    Group {
        folder: "images",
        title: "Images",
        reports: "images without a fixed version, images that were withdrawn, and placeholders that would be pulled",
        look: Look::Model(images::findings),
    },
    Group {
        folder: "credentials",
        title: "Credentials",
        reports: "credentials that untrusted code can read, and logins that tools do not find",
        look: Look::Model(credentials::findings),
    },
    Group {
        folder: "secrets",
        title: "Secrets",
        reports: "secrets in Git",
        look: Look::Files(secrets::findings),
    },
    Group {
        folder: "pod_security",
        title: "Pod security",
        reports: "pods that the Pod Security standards `baseline` and `restricted` refuse, and commits that lower the standard",
        look: Look::Model(pod_security::findings),
    },
];

impl Group {
    /// Its name in `.treenail/check.yaml`.
    pub fn name(self) -> String {
        self.folder.replace('_', "-")
    }

    /// Adds what it finds in the files as they are written.
    pub(super) fn of_files(&self, manifests: &Manifests<'_>, found: &mut Vec<Finding>) {
        if let Look::Files(findings) = self.look {
            findings(manifests, found);
        }
    }

    /// Adds what it finds in what a cluster is given.
    pub(super) fn of_model(&self, model: &Model<'_>, found: &mut Vec<Finding>) {
        if let Look::Model(findings) = self.look {
            findings(model, found);
        }
    }

    /// The folder of its rules, by which [`Rule::group`] names it.
    pub(crate) fn folder(self) -> &'static str {
        self.folder
    }

    /// Its rules, by code.
    pub fn rules(self) -> impl Iterator<Item = &'static Rule> {
        rule::ALL.iter().copied().filter(move |rule| rule.group() == self.folder)
    }
}

/// Formats labels for messages: `a=b,c=d`.
fn labels(labels: &RenderedValue<'_>) -> String {
    let pairs: Vec<_> =
        labels.entries().iter().map(|entry| format!("{}={}", entry.key, entry.value.text())).collect();
    pairs.join(",")
}
