use super::*;

const CRD: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ovens.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Oven, plural: ovens}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            required: [heat, mode]
            properties:
              heat: {type: integer}
              mode: {type: string, enum: [fan, grill], default: fan}
              racks: {type: array, items: {type: object, properties: {level: {type: integer}}}}
              notes: {type: object, additionalProperties: {type: string}}
              door: {x-kubernetes-int-or-string: true}
              extra: {type: object, x-kubernetes-preserve-unknown-fields: true}
";

fn oven(spec: &str) -> Vec<String> {
    let oven = format!("apiVersion: example.com/v1\nkind: Oven\nmetadata: {{name: a}}\nspec: {spec}\n");
    found(&[("crd.yaml", CRD), ("oven.yaml", &oven)])
}

#[test]
fn a_kind_of_the_repository_is_checked_too() {
    assert_eq!(oven("{heat: 1, racks: [{level: 2}], notes: {a: b}, door: 1, extra: {a: [1]}}"), NOTHING);
    assert_eq!(
        oven("{heat: a, mode: far, rack: [], notes: {a: 1}}"),
        [
            "oven.yaml:4:14 TN011 `spec.heat` is a string; expected a whole number",
            "oven.yaml:4:23 TN013 `spec.mode` cannot be `far`; did you mean `fan`?",
            "oven.yaml:4:28 TN010 `rack` is not a field of `spec`; did you mean `racks`?",
            "oven.yaml:4:49 TN011 `spec.notes.a` is a number; expected a string; put it in quotes: `\"1\"`"
        ]
    );
    assert_eq!(oven("{}"), ["oven.yaml:4:1 TN012 `spec` lacks `heat`, which is required"]);
}

#[test]
fn a_definition_in_the_repository_counts_for_more_than_the_tables() {
    let crd = CRD.replace("example.com", "argoproj.io").replace("Oven", "Application");
    let application = "apiVersion: argoproj.io/v1\nkind: Application\nmetadata: {name: a}\nspec: {heat: 1}\n";
    assert_eq!(found(&[("crd.yaml", &crd), ("a.yaml", application)]), NOTHING);
}

/// A test of a controller needs only some of the fields.
#[test]
fn an_excerpt_of_a_known_definition_does_not_count() {
    let crd = CRD.replace("example.com", "argoproj.io").replace("Oven", "Application");
    let crd =
        crd.replace("name: v1\n", "name: v1alpha1\n").replace("required: [heat, mode]", "required: [heat]");
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  project: default\n  \
                       source: {repoURL: https://example.com/a.git, path: a}\n  destination: {namespace: a}\n";
    let named =
        |found: Vec<String>| found.into_iter().filter(|line| line.contains("TN01")).collect::<Vec<_>>();
    assert_eq!(named(found(&[("crd.yaml", &crd), ("a.yaml", application)])), NOTHING);
}

/// A repository may keep one for each release.
#[test]
fn a_manifest_may_fit_any_of_several_definitions() {
    let older =
        CRD.replace("heat: {type: integer}", "heat: {type: string}\n              bell: {type: boolean}");
    let older =
        older.replace("required: [heat, mode]", "required: [heat, mode, bell]").replace("grill]", "steam]");
    let with = |spec: &str| {
        let oven = format!("apiVersion: example.com/v1\nkind: Oven\nmetadata: {{name: a}}\nspec: {spec}\n");
        found(&[("v1/crd.yaml", &older), ("v2/crd.yaml", CRD), ("oven.yaml", &oven)])
    };
    assert_eq!(with("{heat: 1, mode: grill}"), NOTHING);
    assert_eq!(with("{heat: high, bell: true, mode: steam}"), NOTHING);
    assert_eq!(
        with("{mode: far, bel: true}"),
        [
            "oven.yaml:4:1 TN012 `spec` lacks `heat`, which is required",
            "oven.yaml:4:14 TN013 `spec.mode` cannot be `far`; did you mean `fan`?",
            "oven.yaml:4:19 TN010 `bel` is not a field of `spec`; did you mean `bell`?",
        ]
    );
}

/// One that allows any fields says nothing about them.
#[test]
fn a_definition_may_leave_fields_open() {
    let open = CRD
        .split("        properties:\n")
        .next()
        .unwrap()
        .replace("required: [spec]", "x-kubernetes-preserve-unknown-fields: true");
    let manifest = "apiVersion: example.com/v1\nkind: Oven\nmetadata: {name: a}\nspec: {bell: true}\n";
    for [one, other] in [[&*open, CRD], [CRD, &*open]] {
        assert_eq!(found(&[("v1/crd.yaml", one), ("v2/crd.yaml", other), ("oven.yaml", manifest)]), NOTHING);
    }
}

#[test]
fn what_webhooks_of_tekton_decide_is_not_read_from_its_definitions() {
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: tasks.tekton.dev}\n\
                      spec:\n  group: tekton.dev\n  names: {kind: Task, plural: tasks}\n  scope: Namespaced\n  versions:\n  \
                      - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        \
                      properties: {spec: {type: object, required: [description], x-kubernetes-preserve-unknown-fields: true}}\n";
    let task = "---\napiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: a}\nspec: {stepz: []}\n";
    let found = of(&format!("{definition}{task}"));
    assert!(matches!(&found[..], [one] if one.contains("`stepz` is not a field")), "{found:?}");
}

#[test]
fn the_pod_of_a_listener_says_only_what_is_special() {
    let text = "apiVersion: triggers.tekton.dev/v1alpha1\nkind: EventListener\nmetadata: {name: a}\nspec:\n  resources:\n    \
                kubernetesResource: {spec: {template: {spec: {tolerations: [], containers: [{env: []}]}}}}\n";
    assert_eq!(of(text), Vec::<String>::new());
}
