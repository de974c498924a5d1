//! Variables such as `$(params.x)` in texts. Shells have `$(...)` too, so only Tekton's words count.

use crate::check::rendered_value::RenderedValue;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Variable<'t> {
    /// The variable as written, with `$(` and `)`.
    pub(super) text: &'t str,
    /// The parts between dots or in quoted brackets, without indices such as `[*]`.
    pub(super) parts: Vec<&'t str>,
}

/// Names that a variable may begin with.
const FIRST: [&str; 8] = ["params", "workspaces", "tasks", "finally", "results", "context", "tt", "inputs"];

pub(super) fn of(text: &str) -> Vec<Variable<'_>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("$(") {
        // Two dollars stand for one.
        if text[..at].ends_with('$') {
            continue;
        }
        let Some(end) = text[at..].find(')') else { break };
        if let Some(parts) = parts(&text[at + 2..at + end]) {
            found.push(Variable { text: &text[at..=at + end], parts });
        }
    }
    found
}

/// Splits `params.a`, `params["a.b"]` or `params.a[*]`; `None` if it is not a Tekton variable.
fn parts(inner: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let mut rest = inner;
    while !rest.is_empty() {
        if let Some(bracket) = rest.strip_prefix('[') {
            let (index, after) = bracket.split_once(']')?;
            let quoted = |mark| index.strip_prefix(mark).and_then(|index: &str| index.strip_suffix(mark));
            parts.extend(quoted('"').or_else(|| quoted('\'')));
            rest = after.strip_prefix('.').unwrap_or(after);
            continue;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let part = &rest[..end];
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            return None;
        }
        parts.push(part);
        rest = rest[end..].strip_prefix('.').unwrap_or(&rest[end..]);
    }
    (parts.len() > 1 && FIRST.contains(&parts[0])).then_some(parts)
}

/// Returns every variable below `tree` with its scalar, except in descriptions and below the keys `without`.
pub(super) fn below<'t, 'a>(
    tree: &'t RenderedValue<'a>,
    without: &[&str],
) -> Vec<(&'t RenderedValue<'a>, Variable<'t>)> {
    let (mut found, mut open) = (Vec::new(), vec![tree]);
    while let Some(tree) = open.pop() {
        found.extend(of(tree.text()).into_iter().map(|variable| (tree, variable)));
        let is_meant = |key: &str| key != "description" && !without.contains(&key);
        open.extend(tree.entries().iter().rev().filter(|it| is_meant(&it.key)).map(|it| &it.value));
        open.extend(tree.items().iter().rev());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_is_understood() {
        for (text, parts) in [
            ("$(params.a)", &["params", "a"][..]),
            ("$(params.a.b)", &["params", "a", "b"]),
            ("$(params[\"a.b\"])", &["params", "a.b"]),
            ("$(params['a.b'][*])", &["params", "a.b"]),
            ("$(params.a[0])", &["params", "a"]),
            ("$(results[\"x\"].path)", &["results", "x", "path"]),
            ("$(tasks.a.results.b[*])", &["tasks", "a", "results", "b"]),
        ] {
            assert_eq!(of(text), [Variable { text, parts: parts.to_vec() }]);
        }
    }

    #[test]
    fn what_is_the_shells_is_left_to_it() {
        for text in ["$(cat params.a)", "$$(params.a)", "$(params)", "$(params.)x", "$(params.a", "$(step.a)"]
        {
            assert_eq!(of(text), []);
        }
        assert_eq!(of("a $(cat $(params.a)) $(params.b)").len(), 2);
    }
}
