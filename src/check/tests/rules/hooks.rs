use super::*;

fn annotated(kind: &str, annotations: &str) -> Vec<(&'static str, Severity, String)> {
    let (version, spec) = match kind {
        "Job" => ("batch/v1", "spec: {template: {spec: {restartPolicy: Never}}}\n"),
        "PipelineRun" => ("tekton.dev/v1", "spec: {pipelineRef: {resolver: git}}\n"),
        _ => ("v1", ""),
    };
    let name = if annotations.contains("generateName") { "" } else { "name: a, " };
    let (annotations, more) = annotations.split_once('|').unwrap_or((annotations, ""));
    let text = format!(
        "apiVersion: {version}\nkind: {kind}\nmetadata: {{{name}{more}annotations: {{{annotations}}}}}\n{spec}"
    );
    of_rules(&[file("a.yaml", &text)])
}

#[test]
fn annotations_are_known_by_their_exact_name() {
    for (annotation, hint) in [
        ("argocd.argoproj.io/hooks: PreSync", "argocd.argoproj.io/hook`"),
        ("argocd.argoproj.io/Hook: PreSync", "argocd.argoproj.io/hook`"),
        ("argocd.argoproj.io/hook-type: PreSync", "argocd.argoproj.io/hook`"),
        ("argocd.argoproj.io/hook_delete_policy: HookFailed", "argocd.argoproj.io/hook-delete-policy`"),
        ("argocd.argoprj.io/sync-wave: '1'", "argocd.argoproj.io/sync-wave`"),
        ("argocd.argoproj.io/syncwave: '1'", "argocd.argoproj.io/sync-wave`"),
        ("argocd.argoproj.io/sync-option: Prune=false", "argocd.argoproj.io/sync-options`"),
        ("argocd.argoproj.io/compare-option: IgnoreExtraneous", "argocd.argoproj.io/compare-options`"),
    ] {
        let mut files = Files::below([""]);
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, annotations: {{{annotation}}}}}\n"
        );
        files.insert("a.yaml", FileContent::of(text.into_bytes()));
        let findings = run(&files).findings;
        let [finding] = &findings[..] else { panic!("{annotation}: {findings:#?}") };
        assert_eq!(finding.rule.code, "TN051");
        assert!(finding.hint.contains(hint), "{annotation}: {}", finding.hint);
    }
    for fine in [
        "argocd.argoproj.io/hook: 'PreSync, PostSync'",
        "argocd.argoproj.io/sync-wave: '-1'",
        "argocd.argoproj.io/refresh: hard",
        "argocd.argoproj.io/tracking-id: a",
        "argocd.argoproj.io/ignore-healthcheck: 'true'",
        "link.argocd.argoproj.io/hook: https://example.com",
        "example.com/hook: PostSync",
        "helm.sh/hook: post-install",
    ] {
        assert_eq!(annotated("ConfigMap", fine), [], "{fine}");
    }
}

#[test]
fn values_are_known_by_their_exact_name() {
    for wrong in ["Postsync", "Synced", "SyncFailed", "'PreSync,After'", "''"] {
        let found = annotated("ConfigMap", &format!("argocd.argoproj.io/hook: {wrong}"));
        assert_eq!(found.iter().map(|(code, ..)| *code).collect::<Vec<_>>(), ["TN052"], "{wrong}");
    }
    assert_eq!(annotated("ConfigMap", "argocd.argoproj.io/sync-wave: first")[0].0, "TN052");
    assert_eq!(annotated("ConfigMap", "argocd.argoproj.io/hook-delete-policy: Always")[0].0, "TN052");
}

#[test]
fn hooks_make_way_for_the_next_one() {
    let with = |policy: &str, more: &str| {
        annotated(
            "Job",
            &format!(
                "argocd.argoproj.io/hook: PreSync, argocd.argoproj.io/hook-delete-policy: '{policy}'{more}"
            ),
        )
    };
    assert_eq!(with("HookSucceeded", "")[0].0, "TN053");
    assert!(with("HookFailed", "")[0].2.contains("succeeds"));
    assert_eq!(with("HookSucceeded,HookFailed", ""), []);
    assert_eq!(with("BeforeHookCreation,HookSucceeded", ""), []);
    assert_eq!(with("HookSucceeded", "|generateName: a-, "), []);
    assert_eq!(annotated("Job", "argocd.argoproj.io/hook: PreSync"), []);
}

#[test]
fn runs_that_are_hooks() {
    let with = |more: &str| {
        let found = annotated("PipelineRun", &format!("argocd.argoproj.io/hook: PostSync{more}")).into_iter();
        found.map(|(code, severity, _)| (code, severity)).collect::<Vec<_>>()
    };
    let policy = |policy: &str| with(&format!(", argocd.argoproj.io/hook-delete-policy: {policy}"));
    assert_eq!(with(""), [("TN054", Severity::Warning)]);
    assert_eq!(policy("HookSucceeded"), [("TN054", Severity::Error)]);
    assert_eq!(policy("HookFailed"), []);
    assert_eq!(with("|generateName: a-, "), [("TN058", Severity::Error)]);
}

/// A hook `sync-failed` with `spec` as further fields of its pod, beside `more`.
fn sync_fail(spec: &str, more: &str) -> Vec<(&'static str, Severity, String)> {
    let job = format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: sync-failed, annotations: {{argocd.argoproj.io/hook: SyncFail}}}}\n\
         spec:\n  activeDeadlineSeconds: 60\n  template:\n    spec:\n      restartPolicy: Never\n      \
         automountServiceAccountToken: false\n      {spec}\n"
    );
    let found = of_rules(&[file("deploy/all.yaml", &format!("{job}---\n{more}"))]);
    found.into_iter().filter(|(code, ..)| *code == "TN045").collect()
}

#[test]
fn what_runs_when_a_sync_fails_starts_nothing() {
    let script =
        |text: &str| format!("containers: [{{name: a, image: 'acme/a:1', command: [sh, -c, '{text}']}}]");
    for starts in [
        "kubectl create -f pipelinerun.yaml",
        "tkn pipeline start release",
        "echo \"kind: TaskRun\" | kubectl apply -f -",
    ] {
        let found = sync_fail(&script(starts), "");
        let [(_, Severity::Warning, message)] = &found[..] else { panic!("{starts}: {found:?}") };
        assert!(message.contains("starts a run whenever a sync fails"), "{message}");
    }
    assert_eq!(sync_fail(&script("curl -d PipelineRun=created https://hooks.example.com"), ""), []);
    let run = annotated("PipelineRun", "argocd.argoproj.io/hook: 'PostSync,SyncFail'").into_iter();
    assert_eq!(run.map(|(code, ..)| code).collect::<Vec<_>>(), ["TN054", "TN045"]);
}

#[test]
fn what_runs_when_a_sync_fails_needs_nothing_of_it() {
    let object = |kind: &str, annotations: &str| {
        format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: own, annotations: {{{annotations}}}}}\n")
    };
    let container = "containers: [{name: a, image: 'acme/a:1'}]";
    for (kind, spec) in [
        (
            "ServiceAccount",
            "serviceAccountName: own\n      containers: [{name: a, image: 'acme/a:1'}]".to_owned(),
        ),
        ("Secret", format!("volumes: [{{name: a, secret: {{secretName: own}}}}]\n      {container}")),
        ("ConfigMap", format!("volumes: [{{name: a, configMap: {{name: own}}}}]\n      {container}")),
    ] {
        let found = sync_fail(&spec, &object(kind, ""));
        let [(_, Severity::Note, message)] = &found[..] else { panic!("{kind}: {found:?}") };
        assert!(message.contains(&format!("cannot start without {kind} `own`")), "{message}");
        assert_eq!(sync_fail(&spec, &object(kind, "argocd.argoproj.io/hook: SyncFail")), [], "{kind}");
        assert_eq!(sync_fail(&spec, &object("Service", "")), [], "{kind}");
    }
    let optional = "volumes: [{name: a, configMap: {name: own, optional: true}}]\n      containers: [{name: a, image: 'acme/a:1'}]";
    assert_eq!(sync_fail(optional, &object("ConfigMap", "")), []);
}
