//! What the rules from TN043 on report and, as important, what they accept. One small repository, an Application a
//! folder, to which each test adds its subject.

mod access;
mod admission;
mod application_sets;
mod changes;
mod credentials;
mod git_owner;
mod hooks;
mod images;
mod mounted;
mod names;
mod order;
mod pipelines;
mod push_loops;
mod secrets;
mod triggers;
mod workloads;

use super::*;

/// An Application `name` that renders the folder `name` into the namespace `name`.
fn application(name: &str, policy: &str) -> (String, String) {
    let text = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  \
         project: shop\n  source: {{repoURL: 'https://git.example.com/shop', path: {name}}}\n  \
         destination: {{namespace: {name}, server: 'https://kubernetes.default.svc'}}\n  syncPolicy: {policy}\n"
    );
    (format!("argocd/{name}.yaml"), text)
}

/// A hook Job that runs `script` after a sync of `delivery`.
fn hook(script: &str) -> (String, String) {
    let text = format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: trigger\n  annotations: {{argocd.argoproj.io/hook: PostSync}}\n\
         spec:\n  activeDeadlineSeconds: 60\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - name: trigger\n        \
         image: acme/kubectl:1\n        command: [sh, -c, {script:?}]\n"
    );
    ("delivery/hook.yaml".to_owned(), text)
}

/// A hook Job that starts a pipeline.
fn trigger() -> (String, String) {
    hook("kubectl create -f pipelinerun.yaml")
}

/// A Task `name` in `delivery` with one step that runs `script`; `step` has further fields of it.
fn task(script: &str, step: &str) -> (String, String) {
    let text = format!(
        "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {{name: work}}\nspec:\n  params:\n  - {{name: file, default: delivery/image.yaml}}\n  \
         steps:\n  - name: work\n    image: acme/git:1\n    script: {script:?}\n{step}"
    );
    ("delivery/task.yaml".to_owned(), text)
}

/// Returns the findings of the rules from TN043 on, except advice that nearly every pod and image gets: code,
/// severity and message.
fn of_rules(files: &[(String, String)]) -> Vec<(&'static str, Severity, String)> {
    let mut tree = Files::below([""]);
    for (path, text) in files {
        tree.insert(&**path, FileContent::of(text.clone().into_bytes()));
    }
    let findings = run(&tree).findings.into_iter();
    let ours = findings.filter(|finding| finding.rule.code >= "TN043" && !is_advice(finding.rule.code));
    ours.map(|finding| (finding.rule.code, finding.severity, finding.message)).collect()
}

fn is_advice(code: &str) -> bool {
    matches!(code, "TN073" | "TN087" | "TN091")
}

fn codes(files: &[(String, String)]) -> Vec<&'static str> {
    of_rules(files).into_iter().map(|(code, ..)| code).collect()
}

fn file(path: &str, text: &str) -> (String, String) {
    (path.to_owned(), text.to_owned())
}

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  \
                          template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - name: web\n        \
                          image: registry.example.com/acme/web:1\n";
