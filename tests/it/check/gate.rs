//! `treenail check --strict` as the gate of a repository: what Argo CD and kustomize read is read, whatever it is called,
//! and what is not read is reported.

use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::common::home::Home;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec:\n  containers:\n  - name: a\n    \
                   image: registry.example.com/a:1.0.0\n    securityContext: {privileged: true}\n";

const SAFE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: safe}\ndata: {a: b}\n";

const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nspec:\n  \
                           project: shop\n  destination: {server: 'https://kubernetes.default.svc', namespace: shop}\n  \
                           source:\n    repoURL: https://example.com/acme/shop.git\n    targetRevision: main\n";

fn repository(files: &[(&str, &str)]) -> Home {
    let home = Home::new();
    home.repository("shop");
    for (path, text) in files {
        home.write(&format!("shop/{path}"), text);
    }
    home
}

/// Returns the findings as `path CODE severity`, and the exit code.
#[track_caller]
fn check(home: &Home, arguments: &str) -> (Vec<String>, i32) {
    let mut command = home.command("treenail");
    let output =
        command.args(["check", "--json"]).args(arguments.split_whitespace()).current_dir(home.path("shop"));
    let output = output.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let shape: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let findings = shape["findings"].as_array().unwrap().iter();
    let findings =
        findings.map(|it| format!("{} {} {}", text(it, "path"), text(it, "rule"), text(it, "severity")));
    (findings.collect(), output.status.code().unwrap())
}

/// The privileged pod in `path` must be found.
#[track_caller]
fn finds_pod(home: &Home, arguments: &str, path: &str) {
    let (found, code) = check(home, arguments);
    let wanted = format!("{path} TN090 ");
    assert_eq!(found.iter().filter(|finding| finding.starts_with(&wanted)).count(), 1, "{path}: {found:#?}");
    assert_eq!(code, 8, "{found:#?}");
}

/// Something must be reported as not checked, with `--strict` only.
#[track_caller]
fn says_unchecked(home: &Home, path: &str) {
    let (found, code) = check(home, "--strict");
    let is_said = |finding: &String| {
        finding == &format!("{path} TN040 warning") || finding == &format!("{path} TN041 warning")
    };
    assert!(found.iter().any(is_said) && code == 8, "{path}: {found:#?}");
    assert_eq!(check(home, "").1, 0, "{path} is quiet without `--strict`");
}

#[test]
fn what_a_kustomization_names_is_read_whatever_it_is_called() {
    for name in ["e.txt", "e", "e.YAML", ".e.yaml", ".e", "e.json5", "a@b.yaml", "https.txt"] {
        for field in ["resources", "bases"] {
            let kustomization = format!("{field}: [{name}]\n");
            let home = repository(&[("kustomization.yaml", &kustomization), (name, POD)]);
            finds_pod(&home, "--strict", name);
        }
    }
    let patch = "resources: [a.yaml]\npatches:\n- path: p.txt\n";
    let pod = POD.replace("    securityContext: {privileged: true}\n", "");
    let home = repository(&[("kustomization.yaml", patch), ("a.yaml", &pod), ("p.txt", POD)]);
    finds_pod(&home, "--strict", "p.txt");
}

#[test]
fn links_within_the_repository_are_followed() {
    for (link, target, folder) in
        [("e.yaml", "e.txt", ""), ("d/e.yaml", "../x/e", "d/"), ("e.yaml", "x/e.yaml", ""), ("e", "x/e", "")]
    {
        let kustomization = format!("resources: [{}]\n", link.trim_start_matches(folder));
        let path = target.trim_start_matches("../");
        let home = repository(&[(&format!("{folder}kustomization.yaml"), &kustomization), (path, POD)]);
        symlink(target, home.path(&format!("shop/{link}"))).unwrap();
        finds_pod(&home, "--strict", path);
    }
    // Argo CD reads links in a directory, too.
    let home = repository(&[("x", POD)]);
    symlink("x", home.path("shop/e.yaml")).unwrap();
    finds_pod(&home, "--strict", "x");
}

#[test]
fn linked_folders_and_kustomizations_are_followed() {
    let home = repository(&[
        ("kustomization.yaml", "resources: [linked, other]\n"),
        ("x/base/kustomization.yaml", "resources: [e]\n"),
        ("x/base/e", POD),
        ("x/k.txt", "resources: [f]\n"),
        ("other/f", &POD.replace("name: a,", "name: b,")),
    ]);
    symlink("x/base", home.path("shop/linked")).unwrap();
    symlink("../x/k.txt", home.path("shop/other/kustomization.yaml")).unwrap();
    finds_pod(&home, "--strict", "x/base/e");
    finds_pod(&home, "--strict", "other/f");
}

#[test]
fn links_that_lead_in_circles_end() {
    let home = repository(&[("kustomization.yaml", "resources: [e.yaml, loop/loop/x]\n"), ("x", POD)]);
    for (link, target) in [("e.yaml", "f.yaml"), ("f.yaml", "e.yaml"), ("loop", ".")] {
        symlink(target, home.path(&format!("shop/{link}"))).unwrap();
    }
    finds_pod(&home, "--strict", "x");
    let (found, _) = check(&home, "--strict");
    assert!(found.contains(&"e.yaml TN041 warning".to_owned()), "{found:#?}");
}

#[test]
fn links_out_of_the_repository_are_not_followed() {
    let home = repository(&[("a.yaml", SAFE)]);
    home.write("elsewhere/pod.yaml", POD);
    home.write("elsewhere/kustomization.yaml", "resources: [pod.yaml]\n");
    symlink(home.path("elsewhere/pod.yaml"), home.path("shop/e.yaml")).unwrap();
    says_unchecked(&home, "e.yaml");
    for name in ["linked", "linked/pod.yaml", "../elsewhere/pod.yaml"] {
        let kustomization = format!("resources: [{name}]\n");
        let home = repository(&[("deploy/kustomization.yaml", &kustomization)]);
        home.write("elsewhere/pod.yaml", POD);
        home.write("elsewhere/kustomization.yaml", "resources: [pod.yaml]\n");
        symlink(home.path("elsewhere"), home.path("shop/deploy/linked")).unwrap();
        symlink(home.path("elsewhere"), home.path("shop/elsewhere")).unwrap();
        says_unchecked(&home, "deploy/kustomization.yaml");
    }
    // Git's own files are not those of the repository.
    let home = repository(&[("kustomization.yaml", "resources: [.git/config]\n")]);
    let (found, code) = check(&home, "--strict");
    assert_eq!((found, code), (vec!["kustomization.yaml TN040 warning".to_owned()], 8));
}

#[test]
fn a_pipe_that_is_named_is_not_waited_for() {
    let home = repository(&[("kustomization.yaml", "resources: [pipe, pipe.yaml]\n")]);
    for name in ["pipe", "pipe.yaml"] {
        assert!(home.command("mkfifo").arg(home.path(&format!("shop/{name}"))).status().unwrap().success());
    }
    says_unchecked(&home, "kustomization.yaml");
    says_unchecked(&home, "pipe.yaml");
}

#[test]
fn what_git_ignores_is_read_if_it_is_tracked_or_named() {
    let files = [(".gitignore", "*\n"), ("deploy/kustomization.yaml", "resources: [e]\n"), ("deploy/e", POD)];
    let home = repository(&files);
    home.git("shop", "add --force deploy");
    finds_pod(&home, "--strict", "deploy/e");
    // Nobody else is given it.
    let home = repository(&files);
    home.git("shop", "add --force deploy/kustomization.yaml");
    finds_pod(&home, "--strict", "deploy/e");
    let (found, _) = check(&home, "--strict");
    assert!(found.contains(&"deploy/kustomization.yaml TN021 error".to_owned()), "{found:#?}");
}

/// A program makes it before a build: a setting of this place, a secret.
#[test]
fn a_missing_file_that_git_ignores_is_a_warning() {
    let kustomization = "secretGenerator: [{name: shop, envs: [secret.env, other.env]}]\n";
    let home = repository(&[(".gitignore", "secret.env\n"), ("deploy/kustomization.yaml", kustomization)]);
    let (found, code) = check(&home, "");
    assert_eq!(found, ["deploy/kustomization.yaml TN021 warning", "deploy/kustomization.yaml TN021 error"]);
    assert_eq!(code, 8);
}

#[test]
fn what_a_checked_folder_uses_is_read() {
    let home = repository(&[
        ("deploy/kustomization.yaml", "resources: [../base, ../other/e]\ncomponents: [../component]\n"),
        ("base/kustomization.yaml", "resources: [pod.yaml]\n"),
        ("base/pod.yaml", POD),
        ("other/e", &POD.replace("name: a,", "name: b,")),
        ("component/Kustomization", "kind: Component\nresources: [c]\n"),
        ("component/c", &POD.replace("name: a,", "name: c,")),
        ("unrelated/pod.yaml", POD),
    ]);
    for path in ["base/pod.yaml", "other/e", "component/c"] {
        finds_pod(&home, "--strict deploy", path);
    }
    let (found, _) = check(&home, "--strict deploy");
    assert!(!found.iter().any(|finding| finding.starts_with("unrelated")), "{found:#?}");
    // It is missing, although nobody asked for that folder.
    let home = repository(&[("deploy/kustomization.yaml", "resources: [../base]\n")]);
    assert_eq!(check(&home, "deploy"), (vec!["deploy/kustomization.yaml TN021 error".to_owned()], 8));
}

#[test]
fn what_looks_like_a_template_is_read_if_it_is_used() {
    let chart = "apiVersion: v2\nname: shop\nversion: 1.0.0\n";
    let home = repository(&[
        ("deploy/Chart.yaml", chart),
        ("deploy/kustomization.yaml", "resources: [templates/e.yaml, templates/more]\n"),
        ("deploy/templates/e.yaml", POD),
        ("deploy/templates/more/Kustomization", "resources: [f]\n"),
        ("deploy/templates/more/f", &POD.replace("name: a,", "name: b,")),
    ]);
    finds_pod(&home, "--strict", "deploy/templates/e.yaml");
    finds_pod(&home, "--strict", "deploy/templates/more/f");
    let application = format!("{APPLICATION}    path: deploy/templates\n");
    for (name, text) in [
        ("e.yaml", POD),
        (
            "e.json",
            r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec":
        {"containers": [{"name": "a", "image": "a:1", "securityContext": {"privileged": true}}]}}"#,
        ),
    ] {
        let path = format!("deploy/templates/{name}");
        let home = repository(&[("deploy/Chart.yaml", chart), ("app.yaml", &application), (&path, text)]);
        finds_pod(&home, "--strict", &path);
    }
    let home =
        repository(&[("deploy/Chart.yaml", chart), ("deploy/templates/e.yaml", POD), ("a.yaml", SAFE)]);
    says_unchecked(&home, "deploy/Chart.yaml");
}

#[test]
fn a_directory_may_have_files_of_any_name() {
    let source = "    path: deploy\n    directory: {recurse: true, disableExtensionFilter: true, include: '*.sealed'}\n";
    let home = repository(&[("app.yaml", &format!("{APPLICATION}{source}")), ("deploy/x/a.sealed", POD)]);
    let (found, code) = check(&home, "--strict");
    assert!(
        found.iter().any(|finding| finding.starts_with("deploy/x/a.sealed TN090")) && code == 8,
        "{found:#?}"
    );
}

#[test]
fn a_manifest_cannot_be_spelled_so_that_it_is_not_seen() {
    let escaped = POD.replace("apiVersion", "\"api\\x56ersion\"");
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: PodList\n  items:\n  - {}",
        indented(POD, 4)
    );
    let other = format!(
        "apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: a}}\nitems:\n- {}",
        indented(POD, 2)
    );
    for text in [&escaped, &list, &other] {
        finds_pod(&repository(&[("a.yaml", text)]), "--strict", "a.yaml");
    }
    let utf_16: Vec<u8> =
        "\u{feff}".encode_utf16().chain(POD.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let home = repository(&[]);
    home.write("shop/a.yaml", utf_16);
    assert_eq!(check(&home, ""), (vec!["a.yaml TN005 error".to_owned()], 8));
    let home = repository(&[("a.yaml", &format!("{SAFE}# harmless\u{2028}immutable: true\n"))]);
    assert_eq!(check(&home, "--strict"), (vec!["a.yaml TN003 warning".to_owned()], 8));
}

fn indented(text: &str, by: usize) -> String {
    text.trim_end().replace('\n', &format!("\n{}", " ".repeat(by))) + "\n"
}

#[test]
fn what_is_not_evaluated_is_said() {
    let base = "resources: [a.yaml]\n";
    for more in [
        "replacements: [{path: r.yaml}]\n",
        "helmCharts: [{name: a}]\n",
        "generators: [g.yaml]\n",
        "transformers: [t.yaml]\n",
        "patches: [{path: 'https://example.com/p.yaml'}]\n",
        "components: ['https://example.com/acme/c?ref=v1']\n",
    ] {
        let kustomization = format!("{base}{more}");
        let plugin = "apiVersion: example.com/v1\nkind: Plugin\nmetadata: {name: a}\n";
        let replacement = "source: {kind: ConfigMap}\ntargets: [{select: {kind: Pod}}]\n";
        let files = [
            ("kustomization.yaml", &*kustomization),
            ("a.yaml", SAFE),
            ("g.yaml", plugin),
            ("r.yaml", replacement),
            ("t.yaml", plugin),
        ];
        let home = repository(&files);
        says_unchecked(&home, "kustomization.yaml");
    }
    for (path, text) in [
        ("t.yaml", "apiVersion: v1\nkind: A\nmetadata: {name: {{ a }}}\n"),
        ("main.jsonnet", "{}"),
        (".argocd-source.yaml", "kustomize: {images: [a=b]}\n"),
        (".argocd-source-shop.yaml", "helm: {}\n"),
        ("e.yaml", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
    ] {
        says_unchecked(&repository(&[(path, text), ("a.yaml", SAFE)]), path);
    }
}

#[test]
fn what_an_application_renders_elsewhere_is_said() {
    let project = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: shop, namespace: argocd}\nspec:\n  \
                   sourceRepos: ['https://example.com/acme/*']\n  destinations: [{server: '*', namespace: shop}]\n";
    let own = format!("{APPLICATION}    path: deploy\n");
    let other = own.replace("name: shop,", "name: other,");
    let files = [("project.yaml", project), ("deploy/a.yaml", SAFE), ("own.yaml", &own)];
    assert_eq!(check(&repository(&files), "--strict"), (Vec::new(), 0));
    let with = |application: &str| {
        let home = repository(&files);
        home.write("shop/other.yaml", application);
        home
    };
    says_unchecked(
        &with(&other.replace("shop.git", "other.git").replace("path: deploy", "path: x")),
        "other.yaml",
    );
    says_unchecked(&with(&other.replace("path: deploy", "chart: shop")), "other.yaml");
    // The same folder in another repository, and another revision of this one.
    let home = with(&other.replace("shop.git", "other.git"));
    home.git("shop", "remote add origin git@example.com:acme/shop.git");
    says_unchecked(&home, "other.yaml");
    let home = with(&other.replace("main", "other"));
    home.write("shop/more.yaml", own.replace("name: shop,", "name: more,"));
    says_unchecked(&home, "other.yaml");
}

#[test]
fn what_an_application_set_renders_elsewhere_is_said() {
    let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: shop, namespace: argocd}\nspec:\n  \
               generators:\n  - git:\n      repoURL: https://example.com/acme/shop.git\n      revision: HEAD\n      \
               directories: [{path: 'apps/*'}]\n  template:\n    metadata: {name: '{{path.basename}}'}\n    spec:\n      \
               project: shop\n      destination: {server: 'https://kubernetes.default.svc', namespace: shop}\n      \
               source:\n        repoURL: https://example.com/acme/shop.git\n        path: '{{path}}'\n";
    let with = |set: &str| repository(&[("set.yaml", set), ("apps/a/a.yaml", SAFE)]);
    let (found, _) = check(&with(set), "--severity note");
    assert!(!found.iter().any(|finding| finding.contains("TN04")), "{found:#?}");
    for (from, to) in [
        ("path: '{{path}}'", "path: '{{path}}'\n        kustomize: {images: ['a=b:1']}"),
        ("path: '{{path}}'", "chart: a"),
        (
            "source:\n        repoURL: https://example.com/acme/shop.git",
            "source:\n        repoURL: '{{url}}'",
        ),
        ("  template:", "  templatePatch: 'spec: {}'\n  template:"),
    ] {
        let (found, code) = check(&with(&set.replace(from, to)), "--strict");
        assert!(found.contains(&"set.yaml TN040 warning".to_owned()) && code == 8, "{to}: {found:#?}");
    }
}

#[test]
fn a_submodule_that_is_not_there_is_said() {
    let home = repository(&[("a.yaml", SAFE)]);
    home.git("shop", "add a.yaml");
    home.git("shop", "commit -qm a");
    let commit = home.git("shop", "rev-parse HEAD");
    home.git("shop", &format!("update-index --add --cacheinfo 160000,{commit},sub"));
    std::fs::create_dir(home.path("shop/sub")).unwrap();
    says_unchecked(&home, "sub");
}
