use super::*;
use crate::check::{FileContent, Files, Manifests, run};

fn files(files: &[(&str, &str)]) -> Files {
    let mut tree = Files::below([""]);
    for (path, text) in files {
        tree.insert(*path, FileContent::of(text.as_bytes().to_vec()));
    }
    tree
}

/// Returns the findings as `path:line:column code`; wiring is tested elsewhere.
fn found(list: &[(&str, &str)]) -> Vec<String> {
    let findings = run(&files(list)).findings;
    let shown = findings
        .iter()
        .filter(|it| it.rule.code < "TN050")
        .map(|it| format!("{}:{}:{} {}", it.path, it.start.line, it.start.column, it.rule.code));
    shown.collect()
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {a: x}\n";

#[test]
fn a_value_knows_which_patch_it_is_from() {
    let files = files(&[
        ("base/kustomization.yaml", "resources: [map.yaml]\n"),
        ("base/map.yaml", MAP),
        (
            "kustomization.yaml",
            "resources: [base]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata:\n      \
             name: map\n    data:\n      b: 'é y'\n- path: more.yaml\n  target: {kind: ConfigMap}\n",
        ),
        ("more.yaml", "- op: add\n  path: /data/c\n  value: z\n"),
    ]);
    let manifests = Manifests::read(&files);
    let mut builder = Builder::new(&manifests);
    let rendered = builder.build("");
    assert!(rendered.is_whole() && builder.notes().matches.iter().all(|target| target.is_met));
    let data = rendered.objects[0].content().get("data").unwrap();
    let places = data.entries().iter().map(|entry| {
        let location = entry.value.location();
        let text = &location.source().text[location.span()];
        format!(
            "{} {}:{}:{} {text}",
            entry.key,
            location.path(),
            location.position().line,
            location.position().column
        )
    });
    let expected = ["a base/map.yaml:4:11 x", "b kustomization.yaml:9:10 'é y'", "c more.yaml:3:10 z"];
    assert_eq!(places.collect::<Vec<_>>(), expected);
}

#[test]
fn circles_and_diamonds_come_to_an_end() {
    let circle =
        [("a/kustomization.yaml", "resources: [../b]\n"), ("b/kustomization.yaml", "resources: [../a]\n")];
    assert_eq!(found(&circle), ["b/kustomization.yaml:1:13 TN023"]);
    let own = [
        ("a/kustomization.yaml", "kind: Component\ncomponents: [.]\n"),
        ("kustomization.yaml", "components: [a]\n"),
    ];
    assert_eq!(found(&own), ["a/kustomization.yaml:2:14 TN023"]);
    let mut diamonds = vec![("d0/map.yaml".to_owned(), MAP.to_owned())];
    diamonds.push(("d0/kustomization.yaml".to_owned(), "resources: [map.yaml]\n".to_owned()));
    for level in 1..60 {
        let below = level - 1;
        let text = format!("resources: [../d{below}, ../p{below}]\n");
        diamonds.push((format!("d{level}/kustomization.yaml"), text));
        let prefix = format!("resources: [../d{below}]\nnamePrefix: p-\n");
        diamonds.push((format!("p{below}/kustomization.yaml"), prefix));
    }
    let mut tree = Files::below([""]);
    for (path, text) in diamonds {
        tree.insert(path, FileContent::of(text.into_bytes()));
    }
    run(&tree);
}

#[test]
fn one_entry_may_be_for_one_overlay_only() {
    let image =
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages: [{name: one, newTag: '2'}]\n";
    let pod = |image| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, image: {image}}}]}}\n"
        )
    };
    let (one, two) = (pod("one"), pod("two"));
    let list = [
        ("part/kustomization.yaml", image),
        ("a/kustomization.yaml", "resources: [pod.yaml]\ncomponents: [../part]\n"),
        ("a/pod.yaml", &one),
        ("b/kustomization.yaml", "resources: [pod.yaml]\ncomponents: [../part]\n"),
        ("b/pod.yaml", &two),
    ];
    assert_eq!(found(&list), Vec::<String>::new());
    assert_eq!(found(&[list[0], list[3], list[4]]), ["part/kustomization.yaml:3:17 TN024"]);
}

#[test]
fn what_is_out_of_sight_is_not_missed() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: x}}\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: q}}\nspec: {serviceAccountName: z, containers: []}\n";
    let with =
        |resources: &'static str| [("kustomization.yaml", resources), ("s.yaml", service), ("p.yaml", pod)];
    assert_eq!(found(&with("resources: [s.yaml, p.yaml]\n")), ["p.yaml:4:28 TN028", "s.yaml:4:18 TN026"]);
    let remote = with("resources: [s.yaml, p.yaml, 'https://example.com/x']\n");
    assert_eq!(found(&remote), ["kustomization.yaml:1:29 TN040"]);
}

#[test]
fn what_a_patch_takes_out_is_selected_still() {
    let budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\nspec: {maxUnavailable: 1, selector: {matchLabels: {app: x}}}\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: x}}\nspec: {containers: []}\n";
    let base = [
        ("base/kustomization.yaml", "resources: [b.yaml, p.yaml]\n"),
        ("base/b.yaml", budget),
        ("base/p.yaml", pod),
    ];
    let live = ("live/kustomization.yaml", "namespace: live\nresources: [../base]\n");
    let empty = |resource| format!("namespace: empty\nresources: [{resource}]\n");
    let delete = "patches:\n- patch: '{$patch: delete, apiVersion: v1, kind: Pod, metadata: {name: p}}'\n";
    let (patched, alone) = (empty("../base") + delete, empty("b.yaml"));
    let [all, b, p] = base;
    assert_eq!(found(&[all, b, p, live, ("empty/kustomization.yaml", &patched)]), Vec::<String>::new());
    let without = [all, b, p, live, ("empty/kustomization.yaml", &*alone), ("empty/b.yaml", budget)];
    assert_eq!(found(&without), ["empty/b.yaml:4:51 TN029"]);
}

#[test]
fn an_application_gives_its_namespace() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {project: default, source: \
                       {repoURL: 'https://example.com/x.git', path: deploy}, destination: {namespace: live}}\n";
    let files = files(&[("a.yaml", application), ("deploy/map.yaml", MAP), ("deploy/deep/map.yaml", MAP)]);
    let manifests = Manifests::read(&files);
    let builds = Builds::of(&manifests);
    let root = &builds.roots[0];
    assert!(root.application().is_some() && root.rendered.objects.len() == 1);
    assert_eq!(root.rendered.objects[0].identity().to_string(), "ConfigMap `live/map`");
    let loose: Vec<_> = builds.roots[1..].iter().map(|root| &*root.folder).collect();
    assert_eq!(loose, ["", "deploy/deep"]);
}

/// The rules judge what is built.
#[test]
fn a_patch_may_change_the_kind() {
    let binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: shop}\n\
                   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\n\
                   subjects: [{kind: ServiceAccount, name: shop, namespace: shop}]\n";
    let of = |patch: &str| {
        let kustomization =
            format!("resources: [binding.yaml]\npatches:\n- target: {{kind: ClusterRoleBinding}}\n{patch}");
        let all = files(&[("kustomization.yaml", &kustomization), ("binding.yaml", binding)]);
        let findings = run(&all).findings.into_iter().filter(|it| it.rule.code == "TN100");
        let manifests = Manifests::read(&all);
        let rendered = Builder::new(&manifests).build("");
        let codes: Vec<_> = findings.map(|it| it.rule.code).collect();
        (rendered.objects[0].kind().to_owned(), rendered.objects[0].namespace().map(str::to_owned), codes)
    };
    let json = "  patch: |-\n    - {op: replace, path: /kind, value: RoleBinding}\n    \
                - {op: add, path: /metadata/namespace, value: shop}\n    - {op: replace, path: /roleRef/kind, value: Role}\n";
    assert_eq!(of(json), ("RoleBinding".to_owned(), Some("shop".to_owned()), vec![]));
    let without = json.replace("    - {op: replace, path: /kind, value: RoleBinding}\n", "");
    assert_eq!(of(&without).2, ["TN100"]);
    let merged = "  options: {allowKindChange: true}\n  patch: |-\n    kind: RoleBinding\n    \
                  metadata: {name: any, labels: {a: b}}\n";
    assert_eq!(of(merged).0, "RoleBinding");
    assert_eq!(of(&merged.replace("true", "false")).0, "ClusterRoleBinding");
}

/// A patch before the one that changes the kind may have fields of the new kind.
#[test]
fn a_patch_is_compared_with_the_kind_in_the_end() {
    let shop = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  selector: {matchLabels: {app: shop}}\n  \
                template: {metadata: {labels: {app: shop}}, spec: {containers: [{name: a, image: 'example.com/a:1'}]}}\n";
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec: {serviceName: shop, replica: 2}\n";
    let of = |change: &str| {
        let kustomization = format!("resources: [shop.yaml]\npatches:\n- path: patch.yaml\n{change}");
        found(&[("kustomization.yaml", &kustomization), ("patch.yaml", patch), ("shop.yaml", shop)])
    };
    let change =
        "- target: {kind: Deployment}\n  patch: '[{op: replace, path: /kind, value: StatefulSet}]'\n";
    assert_eq!(of(change), ["patch.yaml:4:27 TN010"]);
    assert_eq!(of(""), ["patch.yaml:4:8 TN010", "patch.yaml:4:27 TN010"]);
}
