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
        files.insert("a.yaml", FileContent::of(text.into_bytes()));
        files.insert("b.yaml", FileContent::of(account.as_bytes()));
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

#[test]
fn commits_that_lower_pod_security() {
    let namespace = |path: &str, level: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: live, labels: {{pod-security.kubernetes.io/enforce: {level}}}}}\n"
        );
        file(path, &text)
    };
    let managed = "{managedNamespaceMetadata: {labels: {pod-security.kubernetes.io/enforce: restricted}}}";
    let found = |files: &[(String, String)]| {
        of_rules(files)
            .into_iter()
            .filter(|(code, ..)| *code == "TN048")
            .map(|(_, _, message)| message)
            .collect::<Vec<_>>()
    };
    for (synced, expected) in [("privileged", 1), ("baseline", 1), ("restricted", 0), ("other", 0)] {
        let files = [application("live", managed), namespace("live/namespace.yaml", synced)];
        assert_eq!(found(&files).len(), expected, "{synced}");
        let beside = [
            application("live", "{}"),
            namespace("live/namespace.yaml", synced),
            namespace("setup/namespace.yaml", "restricted"),
        ];
        assert_eq!(found(&beside).len(), expected, "{synced}");
    }
    // Some pods need it, and nothing says otherwise.
    assert_eq!(found(&[application("live", "{}"), namespace("live/namespace.yaml", "privileged")]), [""; 0]);
    let project = |list: &str| {
        file(
            "argocd/project.yaml",
            &format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {{name: other}}\nspec: {{{list}}}\n"
            ),
        )
    };
    let restricted = namespace("setup/namespace.yaml", "restricted");
    for (list, expected) in [
        ("clusterResourceWhitelist: [{group: '', kind: Namespace}]", 1),
        ("clusterResourceWhitelist: [{group: '', kind: Namespace, name: '*'}]", 1),
        ("clusterResourceWhitelist: [{group: '', kind: Namespace, name: live}]", 0),
        (
            "clusterResourceWhitelist: [{group: '', kind: Namespace}], clusterResourceBlacklist: [{group: '', kind: Namespace}]",
            0,
        ),
        ("clusterResourceWhitelist: [{group: apiextensions.k8s.io, kind: CustomResourceDefinition}]", 0),
        ("sourceRepos: [https://example.com/acme/shop.git]", 0),
    ] {
        assert_eq!(found(&[project(list), restricted.clone()]).len(), expected, "{list}");
        assert_eq!(
            found(&[project(list), namespace("setup/namespace.yaml", "privileged")]),
            [""; 0],
            "{list}"
        );
    }
}
