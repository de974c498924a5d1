//! Git in a folder that another user has cloned.

use super::*;

/// A Task that clones as `users[0]` and runs `script` as `users[1]`; `more` are fields of the second step.
fn task_of([one, other]: [&str; 2], script: &str, more: &str) -> String {
    let context =
        |user: &str| if user.is_empty() { "{}".to_owned() } else { format!("{{runAsUser: {user}}}") };
    format!(
        "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {{name: a}}\nspec:\n  workspaces: [{{name: source}}]\n  steps:\n  - name: clone\n    image: acme/git:1\n    \
         securityContext: {}\n    workingDir: $(workspaces.source.path)\n    script: git clone --depth 1 https://example.com/acme/shop.git .\n  \
         - name: work\n    image: acme/git:1\n    securityContext: {}\n    workingDir: $(workspaces.source.path)\n    script: {script:?}\n{more}",
        context(one),
        context(other)
    )
}

fn is_found(text: &str) -> bool {
    found(&[("ci/task.yaml", text)]).iter().any(|line| line.contains(" TN092 "))
}

#[test]
fn steps_of_a_task() {
    for (users, expected) in [
        (["65532", "0"], true),
        (["0", "65532"], true),
        (["1000", "1000"], false),
        (["", "1000"], false),
        (["1000", ""], false),
    ] {
        assert_eq!(is_found(&task_of(users, "git describe --tags", "")), expected, "{users:?}");
    }
    for (script, expected) in [
        ("git -C . log -1", true),
        ("version=$(git describe --tags)", true),
        ("cd deploy\ngit status", true),
        ("git -c user.name=a commit -m a", true),
        ("git config --global --add safe.directory '*'\ngit status", false),
        ("chown -R 0 .\ngit status", false),
        ("git ls-remote https://example.com/acme/shop.git", false),
        ("git clone https://example.com/acme/other.git /tmp/a\ncd /tmp/a\ngit log", false),
        ("cd /tmp\ngit init\ngit status", false),
        ("git --version", false),
        ("make", false),
    ] {
        assert_eq!(is_found(&task_of(["65532", "0"], script, "")), expected, "{script}");
    }
    let setting =
        "    env: [{name: GIT_CONFIG_COUNT, value: '1'}, {name: GIT_CONFIG_KEY_0, value: safe.directory}]\n";
    assert!(!is_found(&task_of(["65532", "0"], "git status", setting)));
    let template = task_of(["", ""], "git status", "  stepTemplate: {securityContext: {runAsUser: 1000}}\n");
    assert!(!is_found(&template));
    assert!(is_found(&template.replacen("securityContext: {}", "securityContext: {runAsUser: 0}", 1)));
}

#[test]
fn containers_of_a_pod() {
    let pod = |user: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  securityContext: {{runAsUser: {user}}}\n  automountServiceAccountToken: false\n  \
             containers:\n  - {{name: a, image: 'acme/git:1', command: [sh, -c, 'git -C /src pull']}}\n  initContainers:\n  \
             - {{name: b, image: 'acme/git:1', securityContext: {{runAsUser: 1000}}, command: [sh, -c, 'git clone https://example.com/a.git /src']}}\n"
        )
    };
    assert!(is_found(&pod("0")));
    assert!(!is_found(&pod("1000")));
}

#[test]
fn tasks_of_a_pipeline() {
    let pipeline = |user: &str, workspace: &str, script: &str| {
        format!(
            "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {{name: a}}\nspec:\n  workspaces: [{{name: shared}}, {{name: other}}]\n  tasks:\n  - name: clone\n    \
             workspaces: [{{name: output, workspace: shared}}]\n    taskSpec:\n      workspaces: [{{name: output}}]\n      steps:\n      - {{name: a, image: 'acme/git:1', \
             securityContext: {{runAsUser: 65532}}, script: 'git clone https://example.com/a.git $(workspaces.output.path)'}}\n  - name: describe\n    runAfter: [clone]\n    \
             workspaces: [{{name: source, workspace: {workspace}}}]\n    taskSpec:\n      workspaces: [{{name: source}}]\n      steps:\n      - {{name: a, image: 'acme/git:1', \
             securityContext: {{runAsUser: {user}}}, workingDir: $(workspaces.source.path), script: {script:?}}}\n"
        )
    };
    assert!(is_found(&pipeline("0", "shared", "git describe")));
    assert!(!is_found(&pipeline("65532", "shared", "git describe")));
    assert!(!is_found(&pipeline("0", "other", "git describe")));
    assert!(!is_found(&pipeline(
        "0",
        "shared",
        "git config --global --add safe.directory '*'; git describe"
    )));
    assert!(!is_found(&pipeline("0", "shared", "git clone https://example.com/b.git .\ngit describe")));
}
