//! A small scaffold that uses everything the format has, for tests.

use std::collections::BTreeMap;

use super::Scaffold;
use crate::error::{Error, Result};

pub(crate) const DEFINITION: &str = r#"
schema: 1
name: sample
version: 1.2.3
summary: A sample
questions:
- name: source-repo
  type: repository
  prompt: Source repository
  help: Where the source is.
  detect: source-repo
  essential: true
- name: app
  type: label
  limits: {max-length: 40}
  prompt: Name
  help: |
    What it is called.
  example: shop
  detect: app
  essential: true
- name: environments
  type: environments
  prompt: Environments
  help: Where it runs.
  default: staging,production
- name: image
  type: image
  prompt: Image
  help: Where the image is pushed.
  default: "[= source_repo | default_image =]"
- name: port
  type: integer
  prompt: Port
  help: The port.
  default: "8080"
  detect: port
- name: test-image
  type: image
  prompt: Test image
  help: What runs the tests.
  optional: true
- name: test-command
  type: text
  prompt: Test command
  help: Runs the tests.
  default: make test
  when: "test_image != ''"
- name: pipeline-namespace
  type: dns-label
  prompt: Pipeline namespace
  help: Where it is built.
  default: "[= delivery =]"
  distinct: namespace
derived:
- name: delivery
  value: "[= app =]-delivery"
  type: label
  limits: {max-length: 30}
  about: name of the Application that builds
  from: app
  distinct: application
- name: namespace
  each: environments
  value: "[% if item.value %][= item.value =][% else %][= app =]-[= item.name =][% endif %]"
  type: dns-label
  about: namespace
  from: environments
  distinct: namespace
files:
- path: README.md
  about: what all this is
- path: argocd/delivery.yaml
  about: Application that builds
- path: deploy/overlays/[= env.name =]/kustomization.yaml
  from: deploy/overlays/ENVIRONMENT/kustomization.yaml
  each: environments
  as: env
  about: "what is particular to [= env.name =]"
- path: test.sh
  about: runs the tests
  ownership: seeded
  executable: true
  when: test_image != ''
- path: logo.png
  about: a picture
next: []
"#;

pub(crate) const TEMPLATES: [(&str, &[u8]); 5] = [
    (
        "README.md",
        b"# [= app =] ([= scaffold.name =] [= scaffold.version =])\n[% for file in files -%]\n- [= file.path =] ([= file.ownership =]): [= file.about =]\n[% endfor %]\n\n",
    ),
    (
        "argocd/delivery.yaml",
        b"name: [= delivery | yaml =]\npath: [= (prefix ~ 'delivery') | yaml =]\nrepo: [= source_repo | yaml =]\nimage: [= image | yaml =]\nport: [= port | yaml =]\nnamespace: [= pipeline_namespace | yaml =]\n",
    ),
    (
        "deploy/overlays/ENVIRONMENT/kustomization.yaml",
        b"namespace: [= env.namespace | yaml =]\n[%- if env.first %]\nfirst: true\n[%- endif %]\n",
    ),
    ("test.sh", b"#!/bin/sh\n# [= test_image =]\n[= test_command =]\n"),
    ("logo.png", b"\x89PNG\xff[= no template =]\r\n"),
];

/// Returns the files, with one text of the definition replaced.
pub(crate) fn files(find: &str, replace: &str) -> BTreeMap<String, Vec<u8>> {
    assert!(DEFINITION.contains(find), "{find}");
    let definition = DEFINITION.replacen(find, replace, 1);
    let templates = TEMPLATES.iter().map(|(path, content)| (format!("files/{path}"), content.to_vec()));
    templates.chain([("scaffold.yaml".to_owned(), definition.into_bytes())]).collect()
}

pub(crate) fn scaffold() -> Scaffold {
    Scaffold::from_files(files("", ""), "sample").unwrap()
}

/// Returns the scaffold, with one text of the definition replaced.
pub(crate) fn changed(find: &str, replace: &str) -> Result<Scaffold> {
    Scaffold::from_files(files(find, replace), "sample")
}

pub(crate) fn with_template(path: &str, content: &str) -> Scaffold {
    let mut files = files("", "");
    files.insert(format!("files/{path}"), content.as_bytes().to_vec());
    Scaffold::from_files(files, "sample").unwrap()
}

pub(crate) fn messages(error: &Error) -> Vec<String> {
    error.problems.iter().map(|problem| problem.message.clone()).collect()
}
