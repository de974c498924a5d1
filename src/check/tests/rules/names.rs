//! Names that several resources have: what is reported depends neither on the one that is meant, nor on how folders are
//! called.

use super::*;

/// Returns the findings in `c/`, which refers to a name, beside `a/` and `b/`, which each build an object of
/// that name.
fn findings(first: &str, second: &str, user: &str) -> Vec<String> {
    let kustomization = "resources: [object.yaml]\n";
    found(&[
        ("a/kustomization.yaml", kustomization),
        ("a/object.yaml", first),
        ("b/kustomization.yaml", kustomization),
        ("b/object.yaml", second),
        ("c/kustomization.yaml", kustomization),
        ("c/object.yaml", user),
    ])
}

fn pipeline(param: &str, timeout: &str) -> String {
    format!(
        "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {{name: release}}\nspec:\n  params: [{{name: {param}}}]\n  \
         tasks:\n  - name: build\n    taskRef: {{resolver: git, params: [{{name: url, value: $(params.{param})}}]}}\n    \
         timeout: {timeout}\n"
    )
}

/// A run of the Pipeline `release` that gives it the param `tag`.
const RUN: &str = "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: run, namespace: shop}\nspec:\n  pipelineRef: {name: release}\n  \
                   params: [{name: tag, value: '1'}]\n";

#[test]
fn an_ambiguous_name_is_wrong_only_if_every_meaning_is() {
    let missing =
        "c/object.yaml:5:23 TN033 Pipeline `release` requires the param `digest`, which is missing here";
    let unknown = "c/object.yaml:6:19 TN033 Pipeline `release` has no param `tag`";
    let stopped =
        "c/object.yaml:5:23 TN082 the task `build` may take `2h`, but its run is stopped after 60 minutes";
    for (first, second, expected) in [
        (("tag", "10m"), ("tag", "10m"), &[][..]),
        (("tag", "10m"), ("tag", "2h"), &[]),
        (("tag", "2h"), ("tag", "2h"), &[stopped]),
        (("tag", "2h"), ("tag", "3h"), &[]),
        (("tag", "10m"), ("digest", "10m"), &[]),
        (("digest", "10m"), ("digest", "10m"), &[missing, unknown]),
        (("digest", "10m"), ("digest", "2h"), &[missing, unknown]),
    ] {
        let [one, two] = [first, second].map(|(param, timeout)| pipeline(param, timeout));
        assert_eq!(findings(&one, &two, RUN), expected, "{first:?} {second:?}");
        assert_eq!(findings(&two, &one, RUN), expected, "{second:?} {first:?}");
    }
}

#[test]
fn keys_are_missing_only_if_no_config_map_of_the_name_has_them() {
    let map = |key: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\ndata: {{{key}: x}}\n")
    };
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n    image: acme/web:1\n    \
               env:\n    - name: PORT\n      valueFrom: {configMapKeyRef: {name: settings, key: port}}\n";
    let codes = |first: &str, second: &str| {
        let found = findings(&map(first), &map(second), pod);
        found.iter().any(|line| line.contains("TN025 ConfigMap `settings` has no key `port`"))
    };
    for (first, second, expected) in
        [("port", "port", false), ("port", "host", false), ("host", "port", false), ("host", "name", true)]
    {
        assert_eq!(codes(first, second), expected, "{first} {second}");
    }
}

#[test]
fn the_nearest_one_is_meant() {
    let pipelines = [("tag", "10m"), ("digest", "10m")].map(|(param, timeout)| pipeline(param, timeout));
    let [right, wrong] = &pipelines;
    let same_build = [
        ("a/p.yaml", &**wrong),
        ("b/run/kustomization.yaml", "resources: [run.yaml, ../pipeline]\n"),
        ("b/run/run.yaml", RUN),
        ("b/pipeline/kustomization.yaml", "resources: [p.yaml]\n"),
        ("b/pipeline/p.yaml", right),
    ];
    let same_file = format!("{right}---\n{RUN}");
    let same_file = [("a/p.yaml", &**wrong), ("a/both.yaml", &same_file)];
    let same_folder = [("a/p.yaml", &**wrong), ("b/p.yaml", right), ("b/run.yaml", RUN)];
    for files in [&same_build[..], &same_file, &same_folder] {
        assert_eq!(found(files), Vec::<String>::new(), "{files:#?}");
    }
}
