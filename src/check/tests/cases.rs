//! Files of repositories that treenail did not write: what works has no findings, and what fails has one at its line.

use super::*;

/// Returns what is not a note, as `path:line CODE`.
pub(super) fn reported(files: &[(&str, &str)]) -> Vec<String> {
    let mut tree = Files::below([""]);
    for (path, text) in files {
        tree.insert(*path, FileContent::of(text.as_bytes().to_vec()));
    }
    let findings = run(&tree).findings.into_iter().filter(|finding| finding.severity != Severity::Note);
    findings.map(|finding| format!("{}:{} {}", finding.path, finding.start.line, finding.rule.code)).collect()
}

/// A Deployment without its selector.
pub(super) const PARTIAL: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\nspec:\n  template:\n    spec:\n      \
                       automountServiceAccountToken: false\n      containers:\n      - name: shop\n        image: registry.example.com/acme/shop:1.4.0\n";

const WHOLE: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\nspec:\n  selector: {matchLabels: {app: shop}}\n  \
                     template:\n    metadata: {labels: {app: shop}}\n    spec:\n      automountServiceAccountToken: false\n      containers:\n      \
                     - name: shop\n        image: registry.example.com/acme/shop:1.4.0\n        args: [--metrics, on]\n";

#[test]
fn placeholders_of_other_programs() {
    for name in [
        "<CLUSTER_NAME>-shop",
        "REPLACEME-stable",
        "ROLLOUT_NAME",
        "$$name$$",
        "'@NAME@'",
        "'{{ name }}'",
        "<path:kv/shop#name>",
    ] {
        let map = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n");
        assert_eq!(reported(&[("a.yaml", &map)]), [""; 0], "{name}");
    }
    for name in ["shop-TIMESTAMP", "NAMESPACE-shop"] {
        let map = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n");
        assert_eq!(reported(&[("a.yaml", &map)]), [""; 0], "{name}");
    }
    for name in ["Shop", "shop_1", "a<b", "API-shop"] {
        let map = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n");
        assert_eq!(reported(&[("a.yaml", &map)]), ["a.yaml:4 TN018"], "{name}");
    }
    let jinja = "resources:\n{% for file in files %}\n- {{ file }}\n{% endfor %}\n";
    assert_eq!(reported(&[("templates/shop/kustomization.yaml", jinja)]), [""; 0]);
}

#[test]
fn what_a_test_runner_reads() {
    let test = "apiVersion: chainsaw.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: a}\nspec: {steps: [{try: [{assert: {file: assert.yaml}}]}]}\n";
    let assert =
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: (join('-', ['a']))}\nspec: {replicas: 1}\n";
    assert_eq!(reported(&[("t/chainsaw-test.yaml", test), ("t/assert.yaml", assert)]), [""; 0]);
    // It is said, so that nobody hides a manifest behind a test.
    let mut tree = Files::below([""]);
    for (path, text) in [("t/chainsaw-test.yaml", test), ("t/assert.yaml", assert)] {
        tree.insert(path, FileContent::of(text.as_bytes().to_vec()));
    }
    let left_out: Vec<_> = run(&tree).skipped.into_iter().map(|file| file.path).collect();
    assert_eq!(left_out, ["t/assert.yaml", "t/chainsaw-test.yaml"]);
    assert_eq!(reported(&[("t/00-assert.yaml", assert), ("t/00-install.yaml", assert)]), [""; 0]);
    assert_eq!(
        reported(&[("p/.chainsaw-test/crd.yaml", assert), ("q/chainsaw-assert-crd.yaml", assert)]),
        [""; 0]
    );
    // What a kustomization names is not only for the test.
    let named = [("t/00-assert.yaml", assert), ("t/kustomization.yaml", "resources: [00-assert.yaml]\n")];
    assert!(!reported(&named).is_empty());
}

#[test]
fn what_a_test_reads() {
    let partial = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec: {replica: 1}\n";
    for path in ["test/expected.yaml", "shop.expected.yaml", "a/shop-golden.yaml", "a/test_release.yaml"] {
        assert_eq!(reported(&[(path, partial)]), [""; 0], "{path}");
    }
    let function = partial.replace(
        "{name: shop}",
        "{name: shop_1, annotations: {config.kubernetes.io/function: 'exec: {path: a}'}}",
    );
    let local = function.replace("function: 'exec: {path: a}'", "local-config: 'true'");
    for text in [&function, &local] {
        assert!(!reported(&[("a.yaml", text)]).iter().any(|line| line.contains("TN01")), "{text}");
    }
    for folder in ["testdata", "pkg/testdata/broken", "web/__fixtures__", "tests/fixtures/a"] {
        let path = format!("{folder}/shop.yaml");
        assert_eq!(reported(&[(&path, partial)]), [""; 0], "{path}");
    }
    for path in ["testdata.yaml", "test/shop.yaml", "testdatabase/shop.yaml"] {
        assert!(!reported(&[(path, partial)]).is_empty(), "{path}");
    }
    let files =
        [("a/testdata/b/shop.yaml", partial), ("a/testdata/c.json", "[1]"), ("a/testdata/map.yaml", partial)];
    let mut tree = Files::below([""]);
    for (path, text) in files {
        tree.insert(path, FileContent::of(text.as_bytes().to_vec()));
    }
    let told: Vec<_> = run(&tree).findings.into_iter().map(|it| (it.path, it.message)).collect();
    let message = "the 2 files in `a/testdata` are not checked: they are test data";
    assert_eq!(told, [("a/testdata/b/shop.yaml".to_owned(), message.to_owned())]);
    // Whoever names one wants it checked.
    let kustomization = ("deploy/kustomization.yaml", "resources: [../a/testdata/b]\n");
    let inner = ("a/testdata/b/kustomization.yaml", "resources: [shop.yaml]\n");
    assert!(!reported(&[files[0], kustomization, inner]).is_empty());
    assert_eq!(reported(&[files[0], inner]), [""; 0]);
    let mut named = Files::below(["a/testdata"]);
    named.insert(files[0].0, FileContent::of(partial.as_bytes().to_vec()));
    assert!(!run(&named).findings.is_empty());
}

#[test]
fn lines_and_names_of_templates() {
    let ingress = |line: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: shop\n  annotations:\n    a: b\n    {line}\nspec: {{}}\n"
        )
    };
    for line in ["<ISSUER_ANNOTATION>", "@LABELS@", "${LABELS}", "$$labels$$", "<% if tls %>", "%{ if tls }"]
    {
        assert_eq!(reported(&[("a.yaml", &ingress(line))]), [""; 0], "{line}");
    }
    for line in ["<html>", "LABELS", "<A or B>"] {
        assert_eq!(reported(&[("a.yaml", &ingress(line))]), ["a.yaml:7 TN001"], "{line}");
    }
    let service =
        "apiVersion: v1\nkind: Service\nmetadata: {name: service_name}\nspec: {ports: [{port: 80}]}\n";
    for name in ["template.yaml", "service.template.yml", "service.tmpl.yaml"] {
        assert_eq!(reported(&[(name, service)]), [""; 0], "{name}");
        let all = [(name, service), ("kustomization.yaml", &*format!("resources: [{name}]\n"))];
        assert!(!reported(&all).is_empty(), "{name}");
    }
    assert!(!reported(&[("service-template.yaml", service)]).is_empty());
    let template = "apiVersion: triggers.tekton.dev/v1beta1\nkind: TriggerTemplate\nmetadata: {name: Shop}\nspec: {resourcetemplates: []}\n";
    assert!(!reported(&[("template.yaml", template)]).is_empty());
}

#[test]
fn the_same_object_again() {
    let severities = |second: &str, more: &[(&str, &str)]| {
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: x}\n";
        let text = format!("{map}---\n{}", map.replace("a: x", second));
        let mut tree = Files::below([""]);
        for (path, text) in [("a.yaml", &*text)].iter().chain(more) {
            tree.insert(*path, FileContent::of(text.as_bytes().to_vec()));
        }
        run(&tree).findings.iter().map(|finding| (finding.rule.code, finding.severity)).collect::<Vec<_>>()
    };
    assert_eq!(severities("a: x", &[]), [("TN020", Severity::Warning)]);
    assert_eq!(severities("a: z", &[]), [("TN020", Severity::Error)]);
    assert_eq!(
        severities("a: x", &[("kustomization.yaml", "resources: [a.yaml]\n")]),
        [("TN020", Severity::Error)]
    );
}

#[test]
fn kinds_of_other_programs() {
    let of = |version: &str, kind: &str| {
        reported(&[("a.yaml", &format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n"))])
    };
    assert_eq!(of("v1beta1", "AgentConfig"), [""; 0]);
    assert_eq!(of("v1alpha1", "HostnameConfig"), [""; 0]);
    assert_eq!(of("v1", "Sercet"), ["a.yaml:2 TN016"]);
    assert_eq!(of("v1beta1", "Deployment"), ["a.yaml:1 TN015", "a.yaml:2 TN012"]);
}

#[test]
fn patches_that_nothing_applies() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec: {replicas: 2}\n";
    let files = |path: &str, kustomization: &str| {
        reported(&[("kustomization.yaml", kustomization), ("shop.yaml", WHOLE), (path, patch)])
    };
    let is_quiet = |found: Vec<String>| found.iter().all(|line| line.ends_with("TN003"));
    assert!(is_quiet(files("patches/replicas.yaml", "resources: [shop.yaml]\n")));
    assert!(is_quiet(files("replicas.yaml", "resources:\n- shop.yaml\n#patches:\n#- path: replicas.yaml\n")));
    assert!(!is_quiet(files("replicas.yaml", "resources: [shop.yaml]\n")));
    for name in ["patch-replicas.yaml", "replicas_patch.yaml", "manager-patch.yaml", "patch.yaml"] {
        assert!(is_quiet(files(name, "resources: [shop.yaml]\n")), "{name}");
        // One that is applied has to fit.
        let applied = files(name, &format!("resources: [shop.yaml]\npatches: [{{path: {name}}}]\n"));
        assert!(is_quiet(applied), "{name}");
    }
    assert!(!is_quiet(files("dispatch.yaml", "resources: [shop.yaml]\n")));
    // Where nothing is built, a name says nothing.
    assert!(!reported(&[("shop-patch.yaml", patch)]).is_empty());
}

#[test]
fn what_kustomize_completes() {
    let labels = "resources: [shop.yaml]\nlabels:\n- {includeSelectors: true, pairs: {app: shop}}\n";
    assert_eq!(reported(&[("kustomization.yaml", labels), ("shop.yaml", PARTIAL)]), [""; 0]);
    let common = "resources: [shop.yaml]\ncommonLabels: {app: shop}\n";
    assert_eq!(reported(&[("kustomization.yaml", common), ("shop.yaml", PARTIAL)]), [""; 0]);
    let plain = "resources: [shop.yaml]\n";
    assert_eq!(reported(&[("kustomization.yaml", plain), ("shop.yaml", PARTIAL)]), ["shop.yaml:5 TN012"]);
    let versionless = "kind: Widget\nmetadata: {name: a}\n---\nkind: WidgetList\nitems: [{kind: Widget, metadata: {name: b}}]\n";
    assert_eq!(
        reported(&[("kustomization.yaml", plain), ("shop.yaml", versionless)]),
        ["shop.yaml:1 TN012", "shop.yaml:5 TN012"]
    );
    assert_eq!(reported(&[("shop.yaml", versionless)]), [""; 0]);
    // A word of YAML 1.1 is a string to kustomize.
    assert_eq!(reported(&[("kustomization.yaml", plain), ("shop.yaml", WHOLE)]), ["shop.yaml:14 TN003"]);
    assert_eq!(reported(&[("shop.yaml", WHOLE)]), ["shop.yaml:14 TN011"]);
    let patch = "resources: [shop.yaml]\npatches:\n- patch: '[{op: replace, path: /spec/template/spec/tolerations, value: []}]'\n  target: {kind: Deployment}\n";
    assert_eq!(reported(&[("kustomization.yaml", patch), ("shop.yaml", WHOLE)]), ["shop.yaml:14 TN003"]);
    let missing = patch.replace("/spec/template/spec/tolerations", "/spec/template/none/tolerations");
    assert!(
        reported(&[("kustomization.yaml", &missing), ("shop.yaml", WHOLE)])
            .contains(&"kustomization.yaml:3 TN024".to_owned())
    );
    let any = "apiVersion: apps/v1\nkind: any\nmetadata: {name: any}\nspec: {template: {spec: {priorityClassName: high}}}\n";
    let targeted = "resources: [shop.yaml]\npatches:\n- {path: any.yaml, target: {kind: Deployment}}\n";
    let files = [("kustomization.yaml", targeted), ("shop.yaml", WHOLE), ("any.yaml", any)];
    assert_eq!(reported(&files), ["shop.yaml:14 TN003"]);
    let odd = format!("patches:\n{}", any.replace("name: any", "name: '*'"));
    let files = [("kustomization.yaml", targeted), ("shop.yaml", WHOLE), ("any.yaml", &odd)];
    assert_eq!(reported(&files), ["shop.yaml:14 TN003"]);
    let wrong = any.replace("priorityClassName", "priorityClass");
    let files = [("kustomization.yaml", targeted), ("shop.yaml", WHOLE), ("any.yaml", &wrong)];
    assert!(reported(&files).contains(&"any.yaml:4 TN010".to_owned()));
}

#[test]
fn what_is_judged_where_it_is_rendered() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: _\n";
    assert_eq!(reported(&[("namespace.yaml", namespace)]), ["namespace.yaml:4 TN018"]);
    let build = |text: &str| reported(&[("kustomization.yaml", text), ("namespace.yaml", namespace)]);
    assert_eq!(build("namespace: shop\nresources: [namespace.yaml]\n"), [""; 0]);
    assert_eq!(build("resources: [namespace.yaml]\n"), ["namespace.yaml:4 TN018"]);
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: _\n";
    let in_shop = [("kustomization.yaml", "namespace: shop\nresources: [a.yaml]\n"), ("a.yaml", map)];
    assert_eq!(reported(&in_shop), [""; 0]);
    // Whatever adds the selector is not evaluated, or is missing.
    for (more, found) in [
        ("", "shop.yaml:5 TN012"),
        ("configurations: [fields.yaml]\n", ""),
        ("transformers: [labels.yaml]\n", ""),
        ("patches: [{path: selector.yaml}]\n", "kustomization.yaml:2 TN021"),
        ("helmCharts: [{name: a}]\n", "shop.yaml:5 TN012"),
    ] {
        let kustomization = format!("resources: [shop.yaml]\n{more}");
        let files = [
            ("kustomization.yaml", &*kustomization),
            ("shop.yaml", PARTIAL),
            ("fields.yaml", "commonLabels: []\n"),
            ("labels.yaml", "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: a}\n"),
        ];
        let expected: Vec<_> = Some(found).filter(|it| !it.is_empty()).into_iter().collect();
        assert_eq!(reported(&files), expected, "{more}");
    }
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {automountServiceAccountToken: false, containers: [{name: a, \
               image: 'example.com/a:1', volumeMounts: [{name: b, mountPath: /b}]}]}\n";
    let with = |more: &str| {
        let text = format!("resources: [a.yaml]\n{more}");
        reported(&[("kustomization.yaml", &text), ("a.yaml", pod)])
    };
    assert_eq!(with(""), ["a.yaml:4 TN100"]);
    assert_eq!(with("patches: [{path: volume.yaml}]\n"), ["kustomization.yaml:2 TN021"]);
}

#[test]
fn an_empty_list_in_a_patch() {
    // kustomize keeps the items of a list that it merges by a key, and takes the place of any other.
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec: {template: {spec: {containers: []}}}\n";
    let json = "- {op: test, path: /spec/template/spec/containers/0/name, value: shop}\n- {op: add, path: /spec/template/spec/priorityClassName, value: high}\n";
    let kustomization = "resources: [shop.yaml]\npatches:\n- path: patch.yaml\n- {path: json.yaml, target: {kind: Deployment}}\n";
    let files = [
        ("kustomization.yaml", kustomization),
        ("shop.yaml", WHOLE),
        ("patch.yaml", patch),
        ("json.yaml", json),
    ];
    assert_eq!(reported(&files), ["shop.yaml:14 TN003"]);
}

#[test]
fn what_kustomize_refuses() {
    for (kustomization, expected) in [
        ("configMapGenerator:\n- name: a\n  literals:\n  - MODE\n", Some("kustomization.yaml:4 TN042")),
        (
            "configMapGenerator:\n- name: a\n  literals:\n  - A=\n  - A=2\n",
            Some("kustomization.yaml:5 TN042"),
        ),
        (
            "configMapGenerator:\n- name: a\n  literals: [A=1]\n- name: a\n  literals: [B=1]\n",
            Some("kustomization.yaml:4 TN042"),
        ),
        (
            "configMapGenerator:\n- name: a\n  literals: [A=1]\n- name: a\n  behavior: merge\n  literals: [B=1]\n",
            None,
        ),
        ("configMapGenerator:\n- name: a\n  files: [a.env, b=a.env]\n", None),
        (
            "configMapGenerator:\n- name: a\n  files:\n  - a.env\n  - a.env=b.env\n",
            Some("kustomization.yaml:5 TN042"),
        ),
        ("configMapGenerator:\n- name: a\n  envs: [a.env]\n", None),
        ("configMapGenerator:\n- name: a\n  envs: [b.env]\n", Some("kustomization.yaml:3 TN100")),
        ("images:\n- name: a\n  digest: 24a0c4b4\n", Some("kustomization.yaml:3 TN042")),
        (
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
            Some("kustomization.yaml:1 TN042"),
        ),
    ] {
        let files =
            [("kustomization.yaml", kustomization), ("a.env", "A=1\n# no key\n"), ("b.env", "A B=1\n")];
        let found = reported(&files);
        let found: Vec<_> =
            found.iter().filter(|line| !line.ends_with("TN024")).map(String::as_str).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{kustomization}");
    }
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let outside = [("shop/kustomization.yaml", "resources:\n- ../common/a.yaml\n"), ("common/a.yaml", map)];
    assert_eq!(reported(&outside), ["shop/kustomization.yaml:2 TN021"]);
    let folder = [
        ("shop/kustomization.yaml", "resources:\n- ../common\n"),
        ("common/a.yaml", map),
        ("common/kustomization.yaml", "resources: [a.yaml]\n"),
    ];
    assert_eq!(reported(&folder), [""; 0]);
    for base in [
        "github.com:acme/manifests.git/nginx?ref=v1",
        "git::https://example.com/a",
        "gh:acme/a",
        "git.example.com:acme/a",
    ] {
        let text = format!("resources:\n- {base}\n");
        assert_eq!(reported(&[("kustomization.yaml", &text)]), [""; 0], "{base}");
    }
}

#[test]
fn encrypted_files() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {password: 'ENC[AES256_GCM,data:abc=,type:str]'}\nsops: {version: 3.9.0}\n";
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: 'ENC[AES256_GCM,data:abc=,type:str]'}\nsops: {version: 3.9.0}\n";
    assert_eq!(reported(&[("secret.enc.yaml", secret), ("map.enc.yaml", map)]), [""; 0]);
}

#[test]
fn settings_in_a_secret() {
    let secret =
        |data: &str| format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  {data}\n");
    for data in [
        "SMTP_PORT: '587'",
        "SMTP_SECURE: 'true'",
        "CRYPTO_KEY_PROVIDER: secret",
        "S3_BUCKET: shop",
        "TRUST_STORE_PATH: /etc/ssl/trust.jks",
        "ENDPOINT: https://s3.example.com",
    ] {
        assert_eq!(reported(&[("a.yaml", &secret(data))]), [""; 0], "{data}");
    }
    for data in [
        "password: hunter2\n  other: s3cr3t-too",
        "API_TOKEN: hunter2a",
        "DSN: postgres://shop:s3cr3t@db/shop",
    ] {
        assert_eq!(reported(&[("a.yaml", &secret(data))]), ["a.yaml:5 TN075"], "{data}");
        for example in ["docs/a.yaml", "shop/test/a.yaml", "examples/v1/a.yaml", "sample-secret.yaml"] {
            let found = reported(&[(example, &secret(data))]);
            // Whatever looks like a real one is worth a look.
            assert_eq!(found.len(), usize::from(data.starts_with("DSN")), "{example}: {data}");
        }
        assert_eq!(reported(&[("testament/a.yaml", &secret(data))]), ["testament/a.yaml:5 TN075"], "{data}");
    }
}

#[test]
fn pods_that_the_namespace_refuses() {
    let files = |level: &str| {
        let namespace = format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{pod-security.kubernetes.io/enforce: {level}}}}}\n"
        );
        let pod = WHOLE
            .replace("name: shop\nspec", "name: shop\n  namespace: shop\nspec")
            .replace("args: [--metrics, on]", "securityContext: {privileged: true}");
        let mut tree = Files::below([""]);
        tree.insert("namespace.yaml", FileContent::of(namespace.into_bytes()));
        tree.insert("shop.yaml", FileContent::of(pod.into_bytes()));
        let findings =
            run(&tree).findings.into_iter().filter(|finding| finding.rule.code.starts_with("TN09"));
        findings.map(|finding| (finding.rule.code, finding.severity)).collect::<Vec<_>>()
    };
    let (error, warning, note) = (Severity::Error, Severity::Warning, Severity::Note);
    assert_eq!(files("restricted"), [("TN091", error), ("TN090", error)]);
    assert_eq!(files("baseline"), [("TN091", note), ("TN090", error)]);
    assert_eq!(files("privileged"), [("TN091", note), ("TN090", warning)]);
}

#[test]
fn what_argo_cd_compares() {
    let application = |url: &str, name: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: shop, namespace: argocd}}\nspec:\n  project: shop\n  source:\n    \
             repoURL: {url}\n    targetRevision: main\n    path: deploy\n  destination: {{server: 'https://kubernetes.default.svc', namespace: shop}}\n  \
             syncPolicy:\n    automated: {name}\n    retry: {{refresh: true}}\n"
        )
    };
    let project = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: shop, namespace: argocd}\nspec:\n  \
                   sourceRepos: [https://github.com/acme/shop-gitops]\n  destinations: [{server: 'https://kubernetes.default.svc', namespace: shop}]\n";
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let with = |application: String| {
        reported(&[("app.yaml", &application), ("project.yaml", project), ("deploy/map.yaml", map)])
    };
    assert_eq!(with(application("https://github.com/acme/shop-gitops", "{}")), [""; 0]);
    assert_eq!(with(application("https://github.com/Acme/shop-gitops.git", "{}")), [""; 0]);
    assert_eq!(with(application("https://github.com/acme/shop-gitops/", "{}")), ["app.yaml:7 TN038"]);
    assert_eq!(with(application("https://github.com/acme/shop-gitops", "")), ["app.yaml:12 TN011"]);
    let run = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  generateName: a-\n";
    let application = application("https://github.com/acme/shop-gitops", "{}");
    let files = [("app.yaml", &*application), ("project.yaml", project), ("deploy/run.yaml", run)];
    assert_eq!(reported(&files), ["deploy/run.yaml:4 TN102"]);
    let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\ndata: {globalProjects: '- projectName: base'}\n";
    let slash = application.replace("shop-gitops\n", "shop-gitops/\n");
    let files =
        [("app.yaml", &*slash), ("project.yaml", project), ("deploy/map.yaml", map), ("cm.yaml", settings)];
    assert_eq!(reported(&files), [""; 0]);
    // Wherever the setting is: a generator, the operator, the values of the chart.
    let generator = "configMapGenerator:\n- name: argocd-cm\n  files: [config/globalProjects]\n";
    let operator = "apiVersion: argoproj.io/v1beta1\nkind: ArgoCD\nmetadata: {name: a}\nspec: {extraConfig: {globalProjects: '- projectName: base'}}\n";
    for (path, text) in [("argocd/kustomization.yaml", generator), ("argocd/argocd.yaml", operator)] {
        let files =
            [("app.yaml", &*slash), ("project.yaml", project), ("deploy/map.yaml", map), (path, text)];
        assert!(!reported(&files).iter().any(|line| line.contains("TN038")), "{path}");
    }
    let comment = "# globalProjects: none\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\n";
    let files =
        [("app.yaml", &*slash), ("project.yaml", project), ("deploy/map.yaml", map), ("cm.yaml", comment)];
    assert_eq!(reported(&files), ["app.yaml:7 TN038"]);
}

#[test]
fn tasks_from_elsewhere() {
    let run = |annotations: &str| {
        format!(
            "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {{name: a, annotations: {{{annotations}}}}}\nspec:\n  pipelineSpec:\n    tasks:\n    \
             - name: fetch\n      taskRef: {{name: git-clone}}\n"
        )
    };
    assert_eq!(reported(&[("ci/run.yaml", &run(""))]), ["ci/run.yaml:8 TN030"]);
    assert_eq!(reported(&[(".tekton/run.yaml", &run(""))]), [""; 0]);
    assert_eq!(reported(&[("ci/run.yaml", &run("pipelinesascode.tekton.dev/task: '[git-clone]'"))]), [""; 0]);
    let task = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: git-clone}\nspec:\n  params: [{name: url}]\n  steps:\n  - {name: a, image: 'acme/git:1', args: [$(params.url)]}\n";
    assert_eq!(reported(&[("ci/run.yaml", &run("")), ("ci/task.yaml", task)]), ["ci/run.yaml:8 TN031"]);
    let in_tests = [("ci/run.yaml", &*run("")), ("tools/testdata/task.yaml", task)];
    assert!(!reported(&in_tests).iter().any(|line| line.contains("TN031")));
}

#[test]
fn annotations_that_a_json_patch_adds() {
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: shop}\n";
    let patch = |path: &str| {
        let operation = format!("- {{op: add, path: {path}, value: x}}");
        format!(
            "resources: [account.yaml]\npatches:\n- target: {{kind: ServiceAccount}}\n  patch: '{operation}'\n"
        )
    };
    // `kubectl kustomize` adds the first, and fails at the second.
    for (path, expected) in [("/metadata/annotations/a", 0), ("/metadata/labels/a", 1)] {
        let files = [("account.yaml", account), ("kustomization.yaml", &patch(path))];
        assert_eq!(reported(&files).len(), expected, "{path}: {:?}", reported(&files));
    }
}

#[test]
fn files_that_flux_loads_from_elsewhere() {
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: shop}\nspec: {path: ./shop}\n";
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\n";
    let outside =
        [("common/map.yaml", map), ("shop/kustomization.yaml", "resources: [../common/map.yaml]\n")];
    assert_eq!(reported(&[outside[0], outside[1], ("flux.yaml", flux)]), [""; 0]);
    assert_eq!(reported(&outside), ["shop/kustomization.yaml:1 TN021"]);
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n  project: shop\n  \
                       source: {repoURL: https://github.com/acme/shop, path: shop}\n  destination: {namespace: shop, name: in-cluster}\n";
    let both = [outside[0], outside[1], ("flux.yaml", flux), ("application.yaml", application)];
    assert!(reported(&both).contains(&"shop/kustomization.yaml:1 TN021".to_owned()));
}

#[test]
fn parts_of_policies() {
    let generator = "apiVersion: policy.open-cluster-management.io/v1\nkind: PolicyGenerator\nmetadata: {name: p}\npolicies:\n\
                     - {name: a, manifests: [{path: parts/}, {path: one.yaml}]}\n";
    let part =
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {namespace: shop}\nstatus: {readyReplicas: 1}\n";
    let named = "generators: [generator.yaml]\n";
    let files = [
        ("kustomization.yaml", named),
        ("generator.yaml", generator),
        ("parts/a.yaml", part),
        ("one.yaml", part),
    ];
    assert_eq!(reported(&files), [""; 0]);
    assert!(
        !reported(&[("kustomization.yaml", named), ("generator.yaml", generator), ("two.yaml", part)])
            .is_empty()
    );
}

#[test]
fn settings_of_programs() {
    let settings = "apiVersion: shop.example.com/v1\nkind: Settings\nport: 8080\n";
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: settings.shop.example.com}\n\
                      spec:\n  group: shop.example.com\n  scope: Namespaced\n  names: {kind: Settings, plural: settings}\n  versions:\n  \
                      - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {port: {type: integer}}}}}\n";
    assert_eq!(reported(&[("crd.yaml", definition), ("settings.yaml", settings)]), [""; 0]);
}

#[test]
fn a_null_is_a_value_where_any_json_fits() {
    let trigger = "apiVersion: triggers.tekton.dev/v1beta1\nkind: Trigger\nmetadata: {name: shop}\nspec:\n  template: {ref: shop}\n  \
                   interceptors:\n  - ref: {name: cel}\n    params:\n    - {name: overlays, value: null}\n";
    assert_eq!(reported(&[("trigger.yaml", trigger)]), [""; 0]);
    let lacking = trigger.replace(", value: null", "");
    assert_eq!(reported(&[("trigger.yaml", &lacking)]), ["trigger.yaml:9 TN012"]);
}

#[test]
fn folders_that_are_copied() {
    let names = "resources: [../base]\n";
    assert_eq!(reported(&[("shop/kustomization.yaml", names)]), ["shop/kustomization.yaml:1 TN021"]);
    let template = run_on("hack/templates/shop/kustomization.yaml", names);
    assert!(template.iter().all(|finding| finding.severity == Severity::Warning), "{template:?}");
}

/// Returns the findings in one file.
fn run_on(path: &str, text: &str) -> Vec<Finding> {
    let mut tree = Files::below([""]);
    tree.insert(path, FileContent::of(text.as_bytes().to_vec()));
    run(&tree).findings
}
