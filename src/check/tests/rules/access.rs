use super::*;

fn role(rule: &str) -> Vec<&'static str> {
    let text = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: a}}\nrules: [{{{rule}}}]\n"
    );
    codes(&[file("a.yaml", &text)])
}

#[test]
fn rules_that_permit_more_than_they_seem_to() {
    for (rule, expected) in [
        ("apiGroups: [''], resources: ['*'], verbs: [get]", &["TN070"][..]),
        ("apiGroups: [''], resources: [pods], verbs: ['*']", &["TN070"]),
        ("apiGroups: ['*'], resources: [pods], verbs: [get]", &["TN070"]),
        ("nonResourceURLs: ['/metrics'], verbs: [get]", &["TN100"]),
        ("apiGroups: [''], resources: [secrets], verbs: [list]", &["TN072"]),
        ("apiGroups: [''], resources: [secrets], verbs: [create]", &[]),
        ("apiGroups: [''], resources: [secrets], resourceNames: [a], verbs: [get]", &[]),
        ("apiGroups: [''], resources: [pods/exec], verbs: [create]", &["TN072"]),
        ("apiGroups: [''], resources: [pods/log], verbs: [get]", &[]),
        ("apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]", &["TN072"]),
        (
            "apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [bind, escalate]",
            &["TN072", "TN072"],
        ),
        ("apiGroups: [tekton.dev], resources: [pipelineruns], verbs: [create, get]", &[]),
    ] {
        assert_eq!(role(rule), expected, "{rule}");
    }
}

#[test]
fn bindings_that_reach_the_whole_cluster() {
    let run = "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: a}\nspec: {pipelineRef: {resolver: git}, taskRunTemplate: {serviceAccountName: builder}}\n";
    let bind = |kind: &str, role: &str, account: &str| {
        let text = format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: a}}\nroleRef: {{kind: ClusterRole, name: {role}}}\n\
             subjects: [{{kind: ServiceAccount, name: {account}, namespace: a}}]\n"
        );
        codes(&[file("a.yaml", &text), file("b.yaml", run)])
    };
    let has = |found: Vec<&str>| found.contains(&"TN071");
    assert!(has(bind("ClusterRoleBinding", "cluster-admin", "other")));
    assert!(has(bind("RoleBinding", "cluster-admin", "other")));
    assert!(has(bind("ClusterRoleBinding", "view", "builder")));
    assert!(!has(bind("RoleBinding", "view", "builder")));
    assert!(!has(bind("ClusterRoleBinding", "view", "other")));
}

#[test]
fn tokens_without_use() {
    let pod = |spec: &str, command: &str| {
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\nspec:\n  template:\n    spec:\n      {spec}\n      \
             containers: [{{name: a, image: 'a/b:1', command: [{command}]}}]\n"
        );
        let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: known}\n";
        let mut files = Files::below([""]);
        files.insert("a.yaml", FileContent::Bytes(text.into_bytes()));
        files.insert("b.yaml", FileContent::Bytes(account.into()));
        run(&files).findings.iter().any(|finding| finding.rule.code == "TN073")
    };
    assert!(pod("restartPolicy: Always", "./serve"));
    assert!(pod("serviceAccountName: known", "./serve"));
    assert!(!pod("serviceAccountName: elsewhere", "./serve"));
    assert!(!pod("automountServiceAccountToken: false", "./serve"));
    assert!(!pod("restartPolicy: Always", "kubectl, get, pods"));
}

#[test]
fn pods_and_what_they_take_from_their_node() {
    let pod = |pod: &str, container: &str| {
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\nspec:\n  template:\n    spec:\n      restartPolicy: Always\n      \
             {pod}\n      containers: [{{name: a, image: 'a/b:1', {container}}}]\n"
        );
        codes(&[file("a.yaml", &text)])
    };
    for (spec, container, count) in [
        ("hostNetwork: true", "", 1),
        ("hostNetwork: false", "", 0),
        ("volumes: [{name: a, hostPath: {path: /var/run/docker.sock}}]", "", 1),
        ("hostPID: true", "ports: [{containerPort: 80, hostPort: 80}]", 2),
        ("", "securityContext: {privileged: true}", 1),
        ("", "securityContext: {capabilities: {add: [SYS_ADMIN, NET_BIND_SERVICE]}}", 1),
        ("", "securityContext: {capabilities: {add: [SETUID, SETGID]}}", 0),
        ("", "securityContext: {seccompProfile: {type: Unconfined}}", 1),
    ] {
        let found = pod(spec, container);
        assert_eq!(found, vec!["TN090"; count], "{spec} {container}");
    }
}
