//! Paths to fields of a custom resource, such as `.spec.color` or `.spec['color']`: `ValidFieldPath`.

use crate::check::rendered_value::RenderedValue;

/// A path that exists in a schema.
pub(super) struct FieldPath<'v, 'a> {
    pub(super) names: Vec<String>,
    /// The schema of the field; `None` if any value fits.
    pub(super) schema: Option<&'v RenderedValue<'a>>,
}

/// Follows `path` through the schema `root`; `allows_brackets` says whether `['name']` may be a step. Returns the words of
/// the API server if the path leads nowhere.
pub(super) fn resolve<'v, 'a>(
    path: &str,
    root: &'v RenderedValue<'a>,
    allows_brackets: bool,
) -> Result<FieldPath<'v, 'a>, String> {
    let mut found = FieldPath { names: Vec::new(), schema: Some(root) };
    let mut tokens = tokens(path).into_iter();
    let end = || "unexpected end of JSON path".to_owned();
    while let Some(token) = tokens.next() {
        let name = match token {
            "." => tokens.next().ok_or_else(end)?.to_owned(),
            "[" if !allows_brackets => return Err("array notation is not allowed".to_owned()),
            "[" => {
                let quoted = tokens.next().ok_or_else(end)?;
                let inner = quoted.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
                let inner = inner.filter(|_| quoted.len() > 1);
                inner
                    .ok_or_else(|| format!("expected single quoted string but got {quoted}"))?
                    .replace('\\', "")
            }
            other => return Err(format!("expected [ or . but got: {other}")),
        };
        found.step(name)?;
        if token == "[" {
            match tokens.next() {
                Some("]") => {}
                Some(other) => return Err(format!("expected ] but got {other}")),
                None => return Err(end()),
            }
        }
    }
    Ok(found)
}

impl FieldPath<'_, '_> {
    fn step(&mut self, name: String) -> Result<(), String> {
        let lost = || "does not refer to a valid field".to_owned();
        let Some(schema) = self.schema else { return Ok(()) };
        let properties = schema.get("properties").filter(|properties| !properties.entries().is_empty());
        self.schema = match (properties, schema.get("additionalProperties")) {
            (Some(properties), _) => Some(properties.get(&name).ok_or_else(lost)?),
            (None, Some(values)) if values.is_mapping() => Some(values),
            (None, Some(values)) if !values.is_null() => None,
            _ => return Err(lost()),
        };
        self.names.push(name);
        Ok(())
    }
}

/// Returns the dots and brackets, and what is between them. Dots and brackets in quotes are a part of the text.
fn tokens(path: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let end = if rest.starts_with('\'') {
            let closing = rest.match_indices('\'').skip(1).find(|(at, _)| !rest[..*at].ends_with('\\'));
            closing.map_or(rest.len(), |(at, _)| at + 1)
        } else {
            rest.find(['.', '[', ']']).map_or(rest.len(), |at| at.max(1))
        };
        let (token, tail) = rest.split_at(end);
        all.push(token);
        rest = tail;
    }
    all
}
