//! Checks the positions of tags in a YAML template. A value is only safe as a whole scalar, written by the quoting filter:
//! glued to other text, inside quotes or inside a block scalar, the filter's quotes would become part of the text, or the
//! value would break out of it. In a script it would also be code.

mod scan;

use std::path::Path;

use crate::error::Problem;
use crate::excerpt;
use crate::scaffold::template_tags;
use crate::scaffold::template_tags::Tag;

use scan::{Cell, Scanner, TagPosition, TemplateLine};

pub(super) fn is_yaml(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

pub(super) fn problems(path: &str, source: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(at) = source.find('\r') {
        let message = format!("files/{path}:{}: a line ends with CR LF", template_tags::line_of(source, at));
        problems.push(Problem::new(message, "save the file with LF line endings"));
    }
    if is_yaml(path) {
        let tags = template_tags::all(source);
        let found = Layout { path, tags: &tags, problems: Vec::new(), scanner: Scanner::default() };
        problems.extend(found.check(&scan::lines(source, &tags)));
    }
    problems
}

/// Nobody reads more of one template.
const MOST_PROBLEMS: usize = 100;

struct Layout<'t> {
    path: &'t str,
    tags: &'t [Tag<'t>],
    problems: Vec<Problem>,
    scanner: Scanner,
}

impl Layout<'_> {
    fn check(mut self, lines: &[TemplateLine]) -> Vec<Problem> {
        // Which line with text follows each.
        let mut following = vec![None; lines.len()];
        for index in (1..lines.len()).rev() {
            following[index - 1] = if lines[index].is_bare() { following[index] } else { Some(index) };
        }
        for (index, line) in lines.iter().enumerate() {
            if line.is_bare() {
                self.check_bare(line, following[index].map(|next: usize| &lines[next]));
            } else if self.scanner.enter(line) {
                self.refuse_in_block(line);
            } else {
                self.check_line(line);
            }
        }
        self.problems
    }

    /// Checks a line with only statements, which is in a block scalar if the next line with text is.
    fn check_bare(&mut self, line: &TemplateLine, next: Option<&TemplateLine>) {
        if next.is_some_and(|next| self.scanner.is_inside_block(next)) {
            self.refuse_in_block(line);
        }
    }

    fn refuse_in_block(&mut self, line: &TemplateLine) {
        if line.cells.iter().any(|cell| !matches!(cell, Cell::Text(_))) {
            self.report(
                line,
                "a template tag inside a block scalar, where its value would become part of a script or text",
                "pass the value through `env` or another separate field",
            );
        }
    }

    fn check_line(&mut self, line: &TemplateLine) {
        if line.cells.contains(&Cell::Text('\t')) {
            self.report(line, "a tab; YAML is indented with spaces", "write spaces");
        }
        let places = self.scanner.line(line, |tag| branch(&self.tags[tag]));
        for (tag, place) in places {
            let inner = self.tags[tag].inner;
            if !is_quoted(inner) {
                let message = format!("`[= {inner} =]` is not quoted for YAML");
                self.report(
                    line,
                    &message,
                    "end it with `| yaml`, or `| yaml_string` where a string is needed",
                );
            }
            let trouble = match place {
                TagPosition::Alone | TagPosition::Comment => continue,
                TagPosition::Quotes => "inside quotes",
                TagPosition::Glued => "glued to other text",
            };
            let message =
                format!("`[= {inner} =]` is {trouble}, where its own quotes would break the scalar");
            self.report(
                line,
                &message,
                "join the parts in the expression (`~`) or in a derived name, then quote the whole",
            );
        }
    }

    fn report(&mut self, line: &TemplateLine, message: &str, fix: &str) {
        if self.problems.len() < MOST_PROBLEMS {
            let message = format!("files/{}:{}: {message}", self.path, line.number);
            self.problems.push(Problem::new(excerpt::cut(&message), fix));
        }
    }
}

fn branch(tag: &Tag<'_>) -> scan::Branch {
    match tag.keyword() {
        "if" | "for" => scan::Branch::Open,
        "elif" | "else" => scan::Branch::Next,
        "endif" | "endfor" => scan::Branch::Close,
        _ => scan::Branch::None,
    }
}

/// Whether quoting is the last operation on the whole value. An operator outside brackets binds weaker than a filter, so
/// its left side would not be quoted.
fn is_quoted(expression: &str) -> bool {
    let parts = split_filters(expression);
    let Some((last, rest)) = parts.split_last() else {
        return false;
    };
    let simple = |part: &&String| {
        !part.is_empty()
            && part.chars().all(|character| character.is_alphanumeric() || "_.?$".contains(character))
    };
    matches!(last.as_str(), "yaml" | "yaml_string")
        && !rest.is_empty()
        && rest.iter().all(|part| simple(&part))
}

/// Splits at `|`; brackets and strings are replaced by `$`.
fn split_filters(expression: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for character in expression.chars() {
        let mut shown = None;
        match (quote, character) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if character == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => {
                quote = Some(character);
                shown = Some('$');
            }
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => {
                depth = depth.saturating_sub(1);
                shown = Some('$');
            }
            (None, '|') if depth == 0 => parts.push(String::new()),
            (None, _) => shown = Some(character),
        }
        if let (Some(shown), 0, Some(part)) = (shown, depth, parts.last_mut()) {
            part.push(shown);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_must_be_last_and_of_the_whole() {
        for good in [
            "x | yaml",
            "a.b | yaml_string",
            "x | k8s_literal | yaml",
            "x | add_minutes(minutes=5) | yaml",
            "(a ~ '-' ~ b) | yaml",
            "'a | b' | yaml",
            "items[0].name | yaml",
            "[a, b ~ c] | yaml",
        ] {
            assert!(is_quoted(good), "{good}");
        }
        for bad in [
            "x",
            "yaml",
            "x | yaml | upper",
            "x | upper",
            "a ~ b | yaml",
            "a if c else b | yaml",
            "x | yaml if c else y | yaml",
            "x | default(value='a | yaml')",
            "",
        ] {
            assert!(!is_quoted(bad), "{bad}");
        }
    }
}
