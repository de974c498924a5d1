//! What the controller of `ApplicationSets` refuses.

use super::*;

/// Returns the messages about a set with these generators and this name of its Applications.
fn messages(generators: &str, name: &str, more: &str) -> Vec<String> {
    let text = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: shop, namespace: argocd}}\nspec:\n{more}  \
         generators: {generators}\n  template:\n    metadata: {{{name}}}\n    spec:\n      project: shop\n      source: {{repoURL: \
         'https://git.example.com/acme/shop.git', path: deploy}}\n      destination: {{server: \
         'https://kubernetes.default.svc', namespace: shop}}\n"
    );
    let found = of_rules(&[file("argocd/shop.yaml", &text)]).into_iter();
    found.filter(|(code, ..)| *code == "TN102").map(|(_, _, message)| message).collect()
}

const GO: &str = "  goTemplate: true\n  goTemplateOptions: [missingkey=error]\n";
const LIST: &str = "[{list: {elements: [{name: a, tier: web}, {name: b, tier: web}]}}]";
const ONE: &str = "{list: {elements: [{name: a}]}}";

#[test]
fn what_works_is_accepted() {
    let git = "{git: {repoURL: 'https://git.example.com/a', revision: HEAD, directories: [{path: '*'}]}}";
    for (generators, name, more) in [
        (LIST, "name: 'shop-{{name}}'", ""),
        (LIST, "name: 'shop-{{ name }}-{{tier}}'", ""),
        (LIST, "name: 'shop-{{.name}}'", GO),
        (LIST, "name: '{{ .tier | lower }}'", GO),
        ("[{list: {elements: [{name: a, count: 1}]}}]", "name: '{{.name}}-{{.count}}'", GO),
        ("[{list: {elements: [{name: a, values: {count: '1'}}]}}]", "name: '{{name}}'", ""),
        (&format!("[{{matrix: {{generators: [{ONE}, {git}]}}}}]"), "name: '{{name}}-{{path.basename}}'", ""),
        (&format!("[{{merge: {{mergeKeys: [name], generators: [{ONE}, {ONE}]}}}}]"), "name: '{{name}}'", ""),
        ("[{clusters: {}}]", "name: '{{name}}'", ""),
        (
            "[{list: {elements: [], template: {metadata: {name: a}, spec: {project: '', destination: {}}}}}]",
            "",
            "",
        ),
    ] {
        assert_eq!(messages(generators, name, more), [""; 0], "{generators} {name}");
    }
}

#[test]
fn generators_that_make_nothing() {
    let matrix = |inner: &str| format!("[{{matrix: {{generators: [{inner}]}}}}]");
    let merge =
        |keys: &str, inner: &str| format!("[{{merge: {{mergeKeys: [{keys}], generators: [{inner}]}}}}]");
    let twice = "{list: {elements: [{name: a}, {name: a}]}}";
    for (generators, expected) in [
        (matrix(ONE), "a matrix needs two generators"),
        (matrix(&format!("{ONE}, {ONE}, {ONE}")), "a matrix takes two generators"),
        (matrix(&format!("{ONE}, {{list: {{elements: []}}, clusters: {{}}}}")), "several generators"),
        (matrix(&format!("{ONE}, {{selector: {{}}}}")), "this is not a generator"),
        (merge("name", ONE), "a merge needs two generators"),
        (merge("", &format!("{ONE}, {ONE}")), "a merge needs a key"),
        (merge("name", &format!("{ONE}, {twice}")), "the same values of the merge keys"),
        (
            "[{git: {repoURL: 'https://git.example.com/a', revision: HEAD}}]".to_owned(),
            "neither `directories` nor `files`",
        ),
        ("[{list: {elements: [{name: a, count: 1}]}}]".to_owned(), "`count` is not a string"),
        (
            "[{list: {elements: [{name: a, values: {live: true}}]}}]".to_owned(),
            "`values.live` is not a string",
        ),
        ("[{list: {elements: [{name: a, values: live}]}}]".to_owned(), "`values` is not a mapping"),
    ] {
        let found = messages(&generators, "name: '{{name}}'", "");
        assert!(found.iter().any(|message| message.contains(expected)), "{generators}: {found:#?}");
    }
}

#[test]
fn templates_that_cannot_be_filled() {
    for (name, more, expected) in [
        ("name: 'shop-{{name'", "", "these braces have no end"),
        ("name: 'shop-{{.name'", GO, "these braces have no end"),
        ("name: 'shop-{{name}}'", GO, "calls a function"),
        ("labels: {a: b}", "", "gives its Applications no name"),
        ("name: shop", "", "the name `shop`"),
        ("name: 'shop-{{tier}}'", "", "the name `shop-web`"),
        ("name: 'shop-{{ .tier }}'", GO, "the name `shop-web`"),
        (
            "name: '{{.name}}'",
            "  goTemplate: true\n  goTemplateOptions: [missingkey=fail]\n",
            "not an option",
        ),
    ] {
        let found = messages(LIST, name, more);
        assert!(found.iter().any(|message| message.contains(expected)), "{name}: {found:#?}");
    }
}
