//! Credentials that push beside code that anybody can change, and logins that tools do not find.

use super::*;

fn is_found(code: &str, text: &str) -> bool {
    codes(&[file("ci/all.yaml", text)]).contains(&code)
}

/// A run that binds the Secret `push` to the one task of its Pipeline, with `steps`.
fn run_of(steps: &str) -> String {
    format!(
        "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {{name: a}}\nspec:\n  workspaces: [{{name: login, secret: {{secretName: push, items: [{{key: a, path: b}}]}}}}]\n  \
         pipelineSpec:\n    workspaces: [{{name: login}}]\n    tasks:\n    - name: a\n      workspaces: [{{name: git, workspace: login}}]\n      taskSpec:\n        \
         workspaces: [{{name: git}}]\n        steps: [{steps}]\n"
    )
}

fn step(script: &str, more: &str) -> String {
    format!("{{image: 'acme/a:1', script: {script:?}{more}}}")
}

const PUSH: &str = "cp $(workspaces.git.path)/.git-credentials ~\ngit push origin main";

#[test]
fn foreign_code_beside_a_workspace() {
    let two = |code: &str, push: &str| format!("{}, {}", step(code, ""), step(push, ""));
    for (code, push, expected) in [
        ("buildah build -t a .", "buildah push a", true),
        ("npm test", "cp $(workspaces.git.path)/.git-credentials ~\ngit push origin main", true),
        ("make", "crane --config $(workspaces.git.path) push a b", true),
        // The Secret may be that of the tests.
        ("npm test", "git push origin main", false),
        ("npm test", "git fetch", false),
        ("echo", "git push origin main", false),
        ("buildah build -t a .", "git status", false),
    ] {
        assert_eq!(is_found("TN076", &run_of(&two(code, push))), expected, "{code}; {push}");
    }
    let mine = ", workspaces: [{name: git}]";
    let isolated = format!("{}, {}", step("npm test", ""), step(PUSH, mine));
    assert!(!is_found("TN076", &run_of(&isolated)));
    let both = format!("{}, {}", step("npm test", mine), step(PUSH, mine));
    assert!(is_found("TN076", &run_of(&both)));
}

#[test]
fn foreign_code_beside_a_volume() {
    let task = |first: &str, second: &str| {
        format!(
            "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {{name: a}}\nspec:\n  volumes: [{{name: key, secret: {{secretName: push}}}}]\n  steps: [{first}, {second}]\n"
        )
    };
    let mounted = ", volumeMounts: [{name: key, mountPath: /key}]";
    let push = "GIT_SSH_COMMAND='ssh -i /key/id' git push origin main";
    let (test, push) = (step("npm test", mounted), step(push, mounted));
    assert!(is_found("TN076", &task(&test, &push)));
    assert!(is_found(
        "TN076",
        &task(&step("npm ci\nssh-add /key/id\ngit push origin main", mounted), &step("echo", ""))
    ));
    assert!(!is_found("TN076", &task(&step("npm test", ""), &push)));
    assert!(!is_found("TN076", &task(&test, &step("git push origin main", ""))));
    assert!(
        !is_found("TN076", &task(&test, &step("git push origin main", mounted))),
        "with another credential"
    );
}

#[test]
fn names_of_docker_hub() {
    let secret = |key: &str| {
        format!(
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {{name: login}}\nspec: {{target: {{template: {{data: {{.dockerconfigjson: '{{\"auths\": \
             {{\"{key}\": {{\"password\": \"x\"}}}}}}'}}}}}}}}\n"
        )
    };
    for (key, expected) in [
        ("hub.docker.com", true),
        ("https://registry-1.docker.io/", true),
        ("https://index.docker.io/v1/", false),
        ("docker.io", false),
        ("ghcr.io", false),
        ("registry.example.com", false),
    ] {
        assert_eq!(is_found("TN079", &secret(key)), expected, "{key}");
    }
    // The kubelet finds `docker.io`, and so does Buildah; kaniko does not.
    let pod = |image: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  volumes: [{{name: a, secret: {{secretName: login}}}}]\n  containers: [{{name: a, image: {image}}}]\n"
        )
    };
    assert!(is_found("TN079", &format!("{}{}", secret("docker.io"), pod("ghcr.io/acme/kaniko:1"))));
    assert!(is_found("TN079", &format!("{}{}", secret("index.docker.io"), pod("ghcr.io/acme/kaniko:1"))));
    assert!(!is_found("TN079", &format!("{}{}", secret("docker.io"), pod("quay.io/buildah/stable:v1"))));
    assert!(!is_found(
        "TN079",
        &format!("{}{}", secret("https://index.docker.io/v1/"), pod("ghcr.io/acme/kaniko:1"))
    ));
}

#[test]
fn a_login_in_a_file_of_another_name() {
    let all = |kind: &str, items: &str, script: &str| {
        format!(
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {{name: login}}\nspec: {{target: {{template: {{type: {kind}}}}}}}\n---\n\
             apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {{name: a}}\nspec:\n  workspaces: [{{name: login, secret: {{secretName: login{items}}}}}]\n  \
             pipelineSpec:\n    workspaces: [{{name: login}}]\n    tasks:\n    - name: a\n      workspaces: [{{name: docker, workspace: login}}]\n      taskSpec:\n        \
             workspaces: [{{name: docker}}]\n        steps: [{}]\n",
            step(script, "")
        )
    };
    let typed = "kubernetes.io/dockerconfigjson";
    let script = "cp $(workspaces.docker.path)/config.json ~/.docker/\ncrane copy a b";
    assert!(is_found("TN079", &all(typed, "", script)));
    assert!(!is_found(
        "TN079",
        &all(typed, ", items: [{key: .dockerconfigjson, path: config.json}]", script)
    ));
    assert!(!is_found("TN079", &all("Opaque", "", script)));
    assert!(!is_found("TN079", &all(typed, "", &script.replace("config.json", ".dockerconfigjson"))));
    assert!(!is_found("TN079", &all(typed, "", "cat $(workspaces.docker.path)/token")));
}
