//! Manifests whose lines merge, and whether their meaning does.

use super::*;
use crate::merge::resources::{Resource, declared};
use crate::yaml::ResourceId;

/// Merges the file at `path`; `Err` holds the message of the conflict.
#[track_caller]
fn at(path: &str, [base, ours, theirs]: [&str; 3]) -> Result<String, String> {
    let plan =
        Case { base: &[(path, base)], ours: &[(path, ours)], theirs: &[(path, theirs)], ..CASE }.plan();
    match plan.conflicts.first() {
        Some(conflict) => {
            assert_eq!(plan.result, tree(&[(path, ours)]));
            Err(conflict.kind.to_string())
        }
        None => Ok(String::from_utf8(plan.result[path].content.clone()).unwrap()),
    }
}

const TEXT_CONFLICT: &str = "you and the scaffold changed the same lines";

#[test]
fn a_duplicate_key_after_a_clean_merge() {
    let sides = ["a: 1\nb: 2\nc: 3\n", "x: mine\na: 1\nb: 2\nc: 3\n", "a: 1\nb: 2\nc: 3\nx: new\n"];
    let error = at("f.yaml", sides).unwrap_err();
    assert_eq!(
        error,
        "the merged lines do not fit together: line 1, column 1: duplicate entry with key \"x\""
    );
    assert_eq!(at("f.txt", sides).unwrap(), "x: mine\na: 1\nb: 2\nc: 3\nx: new\n");
    let plan = |prefer| {
        let [base, ours, theirs] = sides.map(|text| [("f.yml", text)]);
        Case { base: &base, ours: &ours, theirs: &theirs, prefer, ..CASE }.plan()
    };
    // A preference decides for the whole file.
    assert!(plan(Prefer::Theirs).conflicts.is_empty() && plan(Prefer::Ours).conflicts.is_empty());
    let plan = plan(Prefer::Neither);
    assert!(matches!(plan.conflicts[0].kind, ConflictKind::Structure { .. }));
    assert_eq!(plan.conflicts[0].marked.as_deref(), Some(&b"x: mine\na: 1\nb: 2\nc: 3\nx: new\n"[..]));
    assert_eq!(plan.conflicts[0].hunks, "");
}

fn config(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: shop\n")
}

#[test]
fn a_resource_declared_twice_after_a_clean_merge() {
    let [a, b, c] = ["a", "b", "c"].map(config);
    let base = format!("{a}---\n{b}");
    let ours = format!("{c}---\n{a}---\n{b}");
    let theirs = format!("{a}---\n{b}---\n{c}");
    let error = at("f.yaml", [&base, &ours, &theirs]).unwrap_err();
    assert_eq!(error, "the merged lines do not fit together: ConfigMap `shop/c` is declared twice");
}

#[test]
fn what_was_broken_before_is_not_the_merges_fault() {
    // The user's file has its duplicate already, or is a template that never could be read.
    let a = config("a");
    let (base, ours) = (format!("# 1\n{a}# 2\n"), format!("# 1\n{a}# 2\n---\n{a}"));
    assert!(at("f.yaml", [&base, &ours, &base.replace("# 1", "# one")]).is_ok());
    let template = "{{ if x }}\na: 1\nb: 2\nc: 3\n{{ end }}\n";
    let sides = [template, &template.replace("a: 1", "a: 9"), &template.replace("c: 3", "c: 9")];
    assert_eq!(at("f.yaml", sides).unwrap(), "{{ if x }}\na: 9\nb: 2\nc: 9\n{{ end }}\n");
}

#[test]
fn comments_anchors_and_documents_keep_their_bytes() {
    let base = "# top\na: &x  {k: 1}   # odd\n---\nb:   'q'\n\n\nc: 1\n...\n---\nd: |\n  1\n  2\nlast: 1\n";
    let (ours, theirs) = (base.replace("# odd", "# mine"), base.replace("last: 1", "last: 2"));
    let expected = ours.replace("last: 1", "last: 2");
    assert_eq!(at("f.yaml", [base, &ours, &theirs]).unwrap(), expected);
}

const K: &str = "app/kustomization.yaml";

#[test]
fn both_append_to_resources() {
    let sides = [
        "kind: Kustomization\nresources:\n- a.yaml\n- b.yaml # bee\n\nnamespace: shop\n",
        "kind: Kustomization\nresources:\n- a.yaml\n- b.yaml # bee\n# my own\n- mine.yaml # keep\n\nnamespace: mine\n",
        "kind: Kustomization\nresources:\n- a.yaml\n- b.yaml # bee\n# of 2.0\n- 'new.yaml' # why\n\nnamespace: shop\n",
    ];
    assert_eq!(
        at(K, sides).unwrap(),
        "kind: Kustomization\nresources:\n- a.yaml\n- b.yaml # bee\n# my own\n- mine.yaml # keep\n# of 2.0\n- 'new.yaml' # why\n\nnamespace: mine\n"
    );
    for path in ["kustomization.yml", "x/Kustomization"] {
        assert!(at(path, sides).is_ok(), "{path}");
    }
    assert_eq!(at("app/other.yaml", sides).unwrap_err(), TEXT_CONFLICT);
}

#[test]
fn both_append_to_components_and_resources_with_other_indentation() {
    let sides = [
        "resources:\n  - a\n  - b\ncomponents:\n- x\n",
        "resources:\n    - a\n    - b\n    - mine\ncomponents:\n- x\n- y\n",
        "resources:\n  - a\n  - b\n  # because\n  - new\ncomponents:\n- x\n- z\n",
    ];
    assert_eq!(
        at(K, sides).unwrap(),
        "resources:\n    - a\n    - b\n    - mine\n    # because\n    - new\ncomponents:\n- x\n- y\n- z\n"
    );
}

#[test]
fn what_is_new_in_the_scaffold_stands_where_the_scaffold_has_it() {
    let sides = [
        "resources:\n- a\n- old\n- c\n",
        "resources:\n- a\n- old\n- c\n- mine\n",
        "resources:\n- a\n- renamed\n- c\n",
    ];
    assert_eq!(at(K, sides).unwrap(), "resources:\n- a\n- renamed\n- c\n- mine\n");
    // Nothing is left of what it stands after.
    let sides = [
        "resources:\n- old\n- b\n- c\n",
        "resources:\n- old\n# my own\n- b\n- c\n- mine\n",
        "resources:\n- one\n- two\n- b\n- c\n",
    ];
    assert_eq!(at(K, sides).unwrap(), "resources:\n- one\n- two\n# my own\n- b\n- c\n- mine\n");
}

#[test]
fn what_one_side_removed_stays_removed() {
    let sides = [
        "resources:\n- a\n# about b\n- b\n# about c\n- c\n",
        "resources:\n- a\n# about c, mine\n- c\n- mine\n",
        "resources:\n- a\n# about b\n- b\n- new\n",
    ];
    assert_eq!(at(K, sides).unwrap(), "resources:\n- a\n# about c, mine\n- mine\n- new\n");
    let sides = [
        "resources:\n- a\n# about b\n- b\n",
        "resources:\n- a\n# about b\n- b\n- mine\n",
        "resources:\n- a\n- new\n",
    ];
    assert_eq!(at(K, sides).unwrap(), "resources:\n- a\n- mine\n- new\n");
}

#[test]
fn a_comment_of_the_user_outlives_an_entry_that_the_scaffold_removed() {
    for (old, mine, kept) in [
        ("- b", "- b # why", "# why\n"),
        ("- b # as is", "- b # why", "# why\n"),
        ("- b # as is", "- b # as is", ""),
        ("- b # as is", "- b", ""),
        ("- 'b # x'", "- 'b # x' # why", "# why\n"),
        ("- b#x", "- b#x\t# why # not", "# why # not\n"),
        ("- b", "# above\n- b # why", "# above\n# why\n"),
    ] {
        let sides = [
            format!("resources:\n- a\n{old}\n"),
            format!("resources:\n- a\n{mine}\n- mine\n"),
            "resources:\n- a\n- new\n".to_owned(),
        ];
        let expected = format!("resources:\n- a\n{kept}- mine\n- new\n");
        assert_eq!(at(K, sides.each_ref().map(String::as_str)).unwrap(), expected, "{mine}");
    }
}

#[test]
fn the_same_entry_at_different_places_is_listed_once() {
    let sides = [
        "resources:\n- a\n- b\n- c\n",
        "resources:\n- new\n- a\n- b\n- c\n",
        "resources:\n- a\n- b\n- c\n- new\n",
    ];
    assert_eq!(at(K, sides).unwrap(), sides[1]);
}

#[test]
fn lists_that_both_sides_start() {
    let base = "kind: Kustomization\nresources:\n- a\n";
    let [ours, theirs] = ["mine", "new"].map(|entry| format!("{base}components:\n- {entry}\n"));
    assert_eq!(at(K, [base, &ours, &theirs]).unwrap(), format!("{base}components:\n- mine\n- new\n"));
}

#[test]
fn a_comment_below_the_list_is_not_doubled() {
    let sides = [
        "resources:\n- a\n# the end\n",
        "resources:\n- a\n# the end\n- mine\n",
        "resources:\n- a\n# the end\n- new\n",
    ];
    assert_eq!(at(K, sides).unwrap(), "resources:\n- a\n# the end\n- mine\n- new\n");
}

#[test]
fn unions_keep_the_users_line_endings() {
    let sides = ["resources:\n- a\n", "resources:\r\n- a\r\n- mine", "resources:\n- a\n- new\n"];
    assert_eq!(at(K, sides).unwrap(), "resources:\r\n- a\r\n- mine\r\n- new");
}

#[test]
fn what_is_not_understood_is_a_conflict() {
    for [base, ours, theirs] in [
        ["resources: [a]\n", "resources: [a, mine]\n", "resources: [a, new]\n"],
        ["resources:\n- a\n", "resources:\n- a\n- &x mine\n", "resources:\n- a\n- new\n"],
        ["resources:\n- a\n", "resources:\n- a\n- !!str mine\n", "resources:\n- a\n- new\n"],
        ["resources:\n- a\n", "resources:\n- a\n- mi\n  ne\n", "resources:\n- a\n- new\n"],
        ["resources:\n- a\n", "resources:\n- a\n  - mine\n", "resources:\n- a\n- new\n"],
        ["resources:\n- a\n", "resources:\n- a\n- k: v\n", "resources:\n- a\n- new\n"],
        ["resources:\n- a\n", "resources:\n- a\n- mine\n---\nresources:\n- b\n", "resources:\n- a\n- new\n"],
        ["resources:\n- a\n", "resources:\n- a\n-\n  mine\n", "resources:\n- a\n- new\n"],
        ["resources:\n- a\n", "resources:\n- a\n- mine\nresources:\n- b\n", "resources:\n- a\n- new\n"],
        ["resources:\n- a\n", "resources:\n- |-\n  mine\n", "resources:\n- a\n- new\n"],
    ] {
        assert_eq!(at(K, [base, ours, theirs]).unwrap_err(), TEXT_CONFLICT, "{ours}");
    }
}

#[test]
fn a_text_that_looks_like_the_list_is_not_taken_for_it() {
    let lists = ["- a\n", "- a\n- mine\n", "- a\n- new\n"];
    let sides = lists.map(|list| format!("note: '\nresources:\n{list}'\nresources:\n- b\n"));
    assert_eq!(at(K, sides.each_ref().map(String::as_str)).unwrap_err(), TEXT_CONFLICT);
}

#[test]
fn a_conflict_beside_the_list_is_still_one() {
    let sides = [
        "resources:\n- a\n\n\nnamespace: x\n",
        "resources:\n- a\n- mine\n\n\nnamespace: mine\n",
        "resources:\n- a\n- new\n\n\nnamespace: new\n",
    ];
    assert_eq!(at(K, sides).unwrap_err(), TEXT_CONFLICT);
}

#[test]
fn resources_that_come_and_go() {
    let [a, b, c, d] = ["a", "b", "c", "d"].map(config);
    let (two, other) = (format!("{a}---\n{b}"), format!("{a}---\n{c}"));
    let secret = config("s").replace("ConfigMap", "Secret");
    let before = tree(&[("f.yaml", &two), ("g.yaml", &d), ("s.yaml", &secret), ("same.yaml", "x: [\n")]);
    let after =
        tree(&[("f.yaml", &other), ("h.yaml", &d), ("same.yaml", "x: [\n"), ("t.yaml", &config("t"))]);
    let resource = |path: &str, kind: &str, name: &str| Resource {
        identity: ResourceId {
            kind: kind.to_owned(),
            group: String::new(),
            namespace: "shop".to_owned(),
            name: name.to_owned(),
        },
        path: path.to_owned(),
    };
    assert_eq!(
        resource_changes(&before, &after),
        [
            ResourceChange::Renamed {
                from: resource("f.yaml", "ConfigMap", "b"),
                to: resource("f.yaml", "ConfigMap", "c").identity
            },
            ResourceChange::Moved { from: resource("g.yaml", "ConfigMap", "d"), to: "h.yaml".to_owned() },
            ResourceChange::Removed(resource("s.yaml", "Secret", "s")),
            ResourceChange::Added(resource("t.yaml", "ConfigMap", "t")),
        ]
    );
    assert_eq!(before.iter().flat_map(|(path, file)| declared(path, file)).collect::<BTreeSet<_>>().len(), 4);
    assert_eq!(resource_changes(&before, &before), []);
}
