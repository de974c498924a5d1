//! Changes that only a comparison with an earlier commit shows: `--since`.

use serde_json::Value;

use crate::common::home::Home;

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, annotations: {note: none}}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
      - {name: shop, image: 'registry.example.com/acme/shop:1.0.0'}
";

const JOB: &str = "apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {note: none}}
spec:
  backoffLimit: 2
  template:
    spec:
      restartPolicy: Never
      containers:
      - {name: migrate, image: 'registry.example.com/acme/shop:1.0.0'}
";

const KUSTOMIZATION: &str = "apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [deployment.yaml, job.yaml]
";

/// A repository on the branch `change`, which has left `main` and changed nothing yet.
fn repository() -> Home {
    let home = Home::new();
    home.repository("shop");
    home.write("shop/deploy/deployment.yaml", DEPLOYMENT);
    home.write("shop/deploy/job.yaml", JOB);
    home.write("shop/deploy/kustomization.yaml", KUSTOMIZATION);
    home.git("shop", "add .");
    home.git("shop", "commit -qm base");
    home.git("shop", "branch -M main");
    home.git("shop", "checkout -qb change");
    home
}

/// Returns what is reported since `main`, as path, line and what it is about.
#[track_caller]
fn changes(home: &Home) -> Vec<String> {
    let mut command = home.command("treenail");
    command.args(["check", "--json", "--only", "TN104", "--since", "main"]);
    let output = command.current_dir(home.path("shop")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let shape: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    let text = |finding: &Value| {
        let message = finding["message"].as_str().unwrap().split(' ').next().unwrap().to_owned();
        format!("{}:{} {message}", finding["path"].as_str().unwrap(), finding["line"])
    };
    shape["findings"].as_array().unwrap().iter().map(text).collect()
}

#[test]
fn what_is_rendered_is_compared() {
    let home = repository();
    assert_eq!(changes(&home), [] as [&str; 0]);
    // The selector comes from elsewhere.
    home.write(
        "shop/deploy/kustomization.yaml",
        format!("{KUSTOMIZATION}labels:\n- pairs: {{team: shop}}\n  includeSelectors: true\n"),
    );
    let found = changes(&home);
    assert!(found.iter().any(|it| it.ends_with("`spec.selector`")), "{found:?}");
    home.write("shop/deploy/kustomization.yaml", KUSTOMIZATION);
    home.write("shop/deploy/job.yaml", JOB.replace("1.0.0", "2.0.0"));
    assert_eq!(changes(&home), ["deploy/job.yaml:10 `spec.template`"]);
    // A commit changes nothing about it.
    home.git("shop", "commit -qam job");
    assert_eq!(changes(&home), ["deploy/job.yaml:10 `spec.template`"]);
}

#[test]
fn what_main_did_since_is_no_change_of_the_branch() {
    let home = repository();
    home.git("shop", "checkout -q main");
    home.write("shop/deploy/job.yaml", JOB.replace("1.0.0", "2.0.0"));
    home.git("shop", "commit -qam job");
    home.git("shop", "checkout -q change");
    assert_eq!(changes(&home), [] as [&str; 0]);
}

#[test]
fn what_the_cluster_makes_anew_may_change() {
    let home = repository();
    let changed = JOB.replace("1.0.0", "2.0.0");
    for (text, with) in [
        ("note: none", "argocd.argoproj.io/hook: PreSync"),
        ("note: none", "argocd.argoproj.io/sync-options: 'Replace=true, Force=true'"),
        ("name: migrate,", "name: migrate-2,"),
        ("name: migrate, ann", "generateName: migrate-, ann"),
        ("backoffLimit: 2", "ttlSecondsAfterFinished: 60"),
    ] {
        assert!(changed.contains(text), "{text}");
        home.write("shop/deploy/job.yaml", changed.replacen(text, with, 1));
        assert_eq!(changes(&home), [] as [&str; 0], "{with}");
    }
    home.write("shop/deploy/job.yaml", changed.replace("note: none", "note: some"));
    assert_eq!(changes(&home).len(), 1);
    home.git("shop", "mv deploy manifests");
    assert_eq!(changes(&home), [] as [&str; 0], "a folder that moved is another one");
}

#[test]
fn the_commit_has_to_exist() {
    let home = repository();
    home.treenail("check --since gone").inside("shop").run().ends_with(2);
    home.write("elsewhere/a.yaml", DEPLOYMENT);
    home.treenail("check --since main").inside("elsewhere").run().ends_with(5);
}
