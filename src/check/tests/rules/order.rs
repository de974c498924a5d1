//! What a sync applies too late.

use super::*;

/// A Job `job` with `annotations`, and `spec` as further fields of its pod.
fn job(annotations: &str, spec: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: job, annotations: {{{annotations}}}}}\nspec:\n  activeDeadlineSeconds: 60\n  template:\n    \
         spec:\n      automountServiceAccountToken: false\n      restartPolicy: Never\n      {spec}\n      containers:\n      - {{name: a, image: 'acme/a:1'}}\n"
    )
}

/// An object of a core kind with `annotations`.
fn object(kind: &str, annotations: &str) -> String {
    format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: own, annotations: {{{annotations}}}}}\n")
}

/// Returns the codes of this group, with the line.
fn reported(texts: &[&str]) -> Vec<String> {
    let text = texts.join("---\n");
    let findings = found(&[("deploy/all.yaml", &text)]).into_iter();
    findings.filter(|line| line.contains(" TN043 ") || line.contains(" TN044 ")).collect()
}

fn codes_of(texts: &[&str]) -> Vec<String> {
    reported(texts).iter().filter_map(|line| line.split(' ').nth(1)).map(str::to_owned).collect()
}

const PRE: &str = "argocd.argoproj.io/hook: PreSync";
const ACCOUNT: &str = "serviceAccountName: own";

#[test]
fn a_hook_needs_what_is_no_hook() {
    for (kind, spec) in [
        ("ServiceAccount", ACCOUNT),
        ("Secret", "volumes: [{name: a, secret: {secretName: own}}]"),
        ("ConfigMap", "volumes: [{name: a, configMap: {name: own}}]"),
        ("ConfigMap", "volumes: [{name: a, projected: {sources: [{configMap: {name: own}}]}}]"),
        ("PersistentVolumeClaim", "volumes: [{name: a, persistentVolumeClaim: {claimName: own}}]"),
        (
            "ConfigMap",
            "initContainers: [{name: a, image: 'acme/a:1', envFrom: [{configMapRef: {name: own}}]}]",
        ),
        (
            "Secret",
            "initContainers: [{name: a, image: 'acme/a:1', env: [{name: A, valueFrom: {secretKeyRef: {name: own, key: a}}}]}]",
        ),
    ] {
        assert_eq!(codes_of(&[&job(PRE, spec), &object(kind, "")]), ["TN043"], "{spec}");
        let helm = job("helm.sh/hook: 'pre-install,pre-upgrade'", spec);
        assert_eq!(codes_of(&[&helm, &object(kind, "")]), ["TN043"], "{spec}");
        for fine in [PRE, "argocd.argoproj.io/hook: PreSync, argocd.argoproj.io/sync-wave: '-1'"] {
            assert_eq!(codes_of(&[&job(PRE, spec), &object(kind, fine)]), [""; 0], "{spec}: {fine}");
        }
        for fine in [
            "",
            "argocd.argoproj.io/hook: Sync",
            "argocd.argoproj.io/hook: PostSync",
            "argocd.argoproj.io/hook: SyncFail",
        ] {
            assert_eq!(codes_of(&[&job(fine, spec), &object(kind, "")]), [""; 0], "{spec}: {fine}");
        }
    }
}

#[test]
fn what_no_pod_has_to_wait_for() {
    for (spec, other) in [
        ("volumes: [{name: a, secret: {secretName: own, optional: true}}]", object("Secret", "")),
        (
            "initContainers: [{name: a, image: 'acme/a:1', envFrom: [{secretRef: {name: own, optional: true}}]}]",
            object("Secret", ""),
        ),
        ("serviceAccountName: default", object("ConfigMap", "")),
        // Of another kind, name or namespace, and what is not here at all.
        (ACCOUNT, object("Secret", "")),
        ("serviceAccountName: other", object("ServiceAccount", "")),
        (ACCOUNT, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n".to_owned()),
    ] {
        assert_eq!(codes_of(&[&job(PRE, spec), &other]), [""; 0], "{spec}");
    }
    let [here, there] = ["here", "there"].map(|space| format!("name: own, namespace: {space}, "));
    let account = object("ServiceAccount", "").replace("name: own, ", &there);
    let hook = job(PRE, ACCOUNT).replace("name: job, ", &here.replace("own", "job"));
    assert_eq!(codes_of(&[&hook, &account]), [""; 0]);
    assert_eq!(codes_of(&[&hook, &account.replace("there", "here")]), ["TN043"]);
}

#[test]
fn a_wave_needs_what_comes_in_a_later_one() {
    let map = |wave: &str| object("ConfigMap", &format!("argocd.argoproj.io/sync-wave: '{wave}'"));
    let web = DEPLOYMENT.replace(
        "      containers:",
        "      volumes: [{name: a, configMap: {name: own}}]\n      containers:",
    );
    assert_eq!(codes_of(&[&web, &map("1")]), ["TN043"]);
    assert_eq!(codes_of(&[&web, &map("0")]), [""; 0]);
    assert_eq!(codes_of(&[&web, &map("-1")]), [""; 0]);
    assert_eq!(codes_of(&[&web, &map("first")]), [""; 0], "not a number, so wave 0");
    // Pods that do not run hold nothing up, and Argo CD does not wait for the runs of a CronJob.
    assert_eq!(
        codes_of(&[&web.replace("spec:\n  selector", "spec:\n  replicas: 0\n  selector"), &map("1")]),
        [""; 0]
    );
    let cron = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: cron}\nspec: {schedule: '0 1 * * *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, volumes: [{name: a, configMap: {name: own}}], containers: [{name: a, image: 'acme/a:1'}]}}}}}\n";
    assert_eq!(codes_of(&[cron, &map("1")]), [""; 0]);
    // Argo CD itself moves a Namespace in front of what is in it.
    let space = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {argocd.argoproj.io/sync-wave: '5'}}\n";
    assert_eq!(codes_of(&[&web.replace("{name: web}", "{name: web, namespace: shop}"), space]), [""; 0]);
}

#[test]
fn controllers_that_create_a_secret() {
    let hook = job(PRE, "volumes: [{name: a, secret: {secretName: own}}]");
    for (version, kind, spec) in [
        ("external-secrets.io/v1", "ExternalSecret", "name: a}\nspec: {target: {name: own}}"),
        ("external-secrets.io/v1", "ExternalSecret", "name: own}\nspec: {target: {creationPolicy: Owner}}"),
        ("bitnami.com/v1alpha1", "SealedSecret", "name: own}\nspec: {encryptedData: {}}"),
        ("cert-manager.io/v1", "Certificate", "name: a}\nspec: {secretName: own}"),
    ] {
        let made = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{{spec}\n");
        assert_eq!(codes_of(&[&hook, &made]), ["TN043"], "{made}");
        let plain = hook.replace(PRE, "");
        assert_eq!(codes_of(&[&plain, &made]), [""; 0], "{made}");
    }
}

/// A Job with `annotations` that runs `script`.
fn maker(annotations: &str, script: &str) -> String {
    job(annotations, "").replace("name: job", "name: maker").replace(
        "image: 'acme/a:1'",
        &format!("image: 'acme/kubectl:1', env: [{{name: NAME, value: own}}], command: [sh, -c, {script:?}]"),
    )
}

#[test]
fn a_later_hook_creates_what_pods_need() {
    let web = DEPLOYMENT.replace(
        "      containers:",
        "      volumes: [{name: a, secret: {secretName: own}}]\n      containers:",
    );
    let post = "argocd.argoproj.io/hook: PostSync";
    for (script, expected) in [
        ("kubectl create secret tls own --key k --cert c", true),
        ("kubectl create secret generic --from-literal=a=b own", true),
        (
            "kubectl create secret generic --from-literal a=b \"$NAME\" --dry-run=client -o yaml | kubectl apply -f -",
            true,
        ),
        ("/usr/bin/kubectl --context=a create secret docker-registry own --docker-server=a", true),
        (
            "cat <<EOF | kubectl apply -f -\napiVersion: v1\nkind: Secret\nmetadata:\n  name: own\nstringData: {a: b}\nEOF\n",
            true,
        ),
        ("kubectl create secret tls other --key k --cert c", false),
        ("kubectl create configmap own --from-literal=a=b", false),
        ("kubectl get secret own", false),
        ("kubectl -n \"$SPACE\" create secret tls \"$OTHER\" --key k --cert c", false),
        ("cat <<EOF\napiVersion: v1\nkind: Secret\nmetadata:\n  name: own\nEOF\n", false),
    ] {
        let expected = if expected { &["TN044"][..] } else { &[] };
        assert_eq!(codes_of(&[&web, &maker(post, script)]), expected, "{script}");
        for fine in ["", PRE, "argocd.argoproj.io/hook: Sync"] {
            assert_eq!(codes_of(&[&web, &maker(fine, script)]), [""; 0], "{fine}: {script}");
        }
    }
    let script = "kubectl create secret tls own --key k --cert c";
    let late = maker("argocd.argoproj.io/sync-wave: '1'", script);
    assert_eq!(codes_of(&[&web, &late]), ["TN044"]);
    assert_eq!(codes_of(&[&web, &late, &object("Secret", "")]), [""; 0], "it is in Git too");
    assert_eq!(
        codes_of(&[&web.replace("secretName: own", "secretName: own, optional: true"), &late]),
        [""; 0]
    );
}

#[test]
fn a_job_creates_what_it_mounts() {
    let script = "kubectl create secret generic own --from-literal=a=b";
    for annotations in ["", PRE, "argocd.argoproj.io/hook: PostSync"] {
        let job = maker(annotations, script)
            .replace("containers:", "volumes: [{name: a, secret: {secretName: own}}]\n      containers:");
        assert_eq!(codes_of(&[&job]), ["TN044"], "{annotations}");
    }
    assert_eq!(codes_of(&[&maker("", script)]), [""; 0]);
}
