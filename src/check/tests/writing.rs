//! Files that are about to be written.

use super::*;
use crate::scaffold::definition::Ownership;
use crate::tree::File;

fn problems(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<_> = files
        .iter()
        .map(|(path, content)| RenderedFile {
            path: (*path).to_owned(),
            file: File::new(*content, false),
            ownership: Ownership::Managed,
            slot: (*path).to_owned(),
        })
        .collect();
    match before_writing(&files) {
        Ok(()) => Vec::new(),
        Err(error) => error.problems.into_iter().map(|problem| problem.message).collect(),
    }
}

#[test]
fn accepts_what_works() {
    let kustomization = "resources: [a.yaml, sub]\ncomponents:\n- ../c\nconfigMapGenerator:\n- name: a\n  files: [k=x.sh]\n  envs: [y.env]\n";
    let files = [
        ("d/kustomization.yaml", kustomization),
        (
            "d/a.yaml",
            "apiVersion: example.com/v1\nkind: A\nmetadata: {name: a}\n---\napiVersion: example.com/v1\nkind: B\nmetadata: {name: b}\n",
        ),
        ("d/sub/kustomization.yaml", "namePrefix: a-\n"),
        ("c/kustomization.yaml", "kind: Component\nnamePrefix: a-\n"),
        ("d/x.sh", "not: [yaml"),
        ("d/y.env", ""),
    ];
    assert_eq!(problems(&files), Vec::<String>::new());
}

#[test]
fn reports_everything_at_once() {
    let twice =
        "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: a, namespace: shop}\n";
    let twice = format!("{twice}---\n{twice}");
    let files = [
        ("bad.yaml", "a: [\n"),
        ("key.yaml", "a: 1\na: 2\n"),
        ("twice.yaml", twice.as_str()),
        ("k/kustomization.yaml", "resources: [gone.yaml]\npatches:\n- path: p.yaml\n"),
    ];
    assert_eq!(
        problems(&files),
        [
            "bad.yaml:1:4: unclosed bracket `[` [TN001]",
            "k/kustomization.yaml:1:13: `gone.yaml` in `resources` is neither a file nor a folder with a kustomization \
             [TN021]",
            "k/kustomization.yaml:3:9: `p.yaml` in `patches` is not a file [TN021]",
            "key.yaml:2:1: key `a` is already on line 1 [TN002]",
            "twice.yaml:7:18: duplicate IngressClass (networking.k8s.io) `shop/a` [TN020]",
        ]
    );
}
