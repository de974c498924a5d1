//! What the kubelet does to `command` and `args` before a container starts, after `Expand` in
//! k8s.io/kubernetes `third_party/forked/golang/expansion`.

/// Replaces `$(NAME)` by the variable's value and `$$` by `$`; a name that is not known stays as it is.
pub fn expand(text: &str, lookup: impl Fn(&str) -> Option<String>) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            expanded.push('$');
            rest = after;
        } else if let Some((name, after)) = after.strip_prefix('(').and_then(|after| after.split_once(')')) {
            expanded.push_str(&lookup(name).unwrap_or_else(|| format!("$({name})")));
            rest = after;
        } else {
            expanded.push('$');
            rest = after;
        }
    }
    expanded + rest
}

#[test]
fn expands_as_the_kubelet_does() {
    let lookup = |name: &str| match name {
        "VAR_A" => Some("A".to_owned()),
        "VAR_EMPTY" => Some(String::new()),
        "VAR_REF" => Some("$(VAR_A)".to_owned()),
        _ => None,
    };
    // Cases of the original's own tests.
    let cases = [
        ("$(VAR_A)", "A"),
        ("___$(VAR_A)___", "___A___"),
        ("$(VAR_REF)", "$(VAR_A)"),
        ("foo-$(VAR_A", "foo-$(VAR_A"),
        ("$$(VAR_A)_$(VAR_A)", "$(VAR_A)_A"),
        ("$$$(VAR_A)", "$A"),
        ("$$$$(VAR_A)", "$$(VAR_A)"),
        ("f000-$$VAR_A", "f000-$VAR_A"),
        ("foo\\$(VAR_A)", "foo\\A"),
        ("$(VAR_DNE)", "$(VAR_DNE)"),
        ("$(VAR_EMPTY)", ""),
        ("$?_boo_$!", "$?_boo_$!"),
        ("$VAR_A", "$VAR_A"),
        ("$", "$"),
        ("$(", "$("),
        ("$()", "$()"),
        ("", ""),
    ];
    for (text, expanded) in cases {
        assert_eq!(expand(text, lookup), expanded, "{text}");
    }
}
