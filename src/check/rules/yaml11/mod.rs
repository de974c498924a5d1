//! Plain scalars that mean one thing to Kubernetes, which reads YAML 1.1, and another to readers of YAML 1.2.

use crate::check::files::is_json;
use crate::check::finding::{Finding, Fix};
use crate::check::manifests::Manifests;
use crate::check::rule::TN003;
use crate::check::schema;
use crate::check::source::Source;
use crate::yaml::node::{Node, Position};
use crate::yaml::scalar::ScalarValue;

/// Mappings and lists that hold only strings, so that quotes are always correct.
const OF_STRINGS: [&str; 10] = [
    "annotations",
    "args",
    "command",
    "commonAnnotations",
    "commonLabels",
    "data",
    "labels",
    "matchLabels",
    "nodeSelector",
    "stringData",
];

pub(super) fn findings(manifests: &Manifests<'_>, found: &mut Vec<Finding>) {
    for source in manifests.sources() {
        found.extend(line_break(source));
        for root in source.roots() {
            let is_known = has_known_fields(root);
            let mut open = vec![(root, false)];
            while let Some((node, is_of_strings)) = open.pop() {
                for (key, value) in node.entries() {
                    let name = key.text();
                    found.extend(of_key(source, key));
                    found.extend(of_value(source, name, value, is_of_strings || is_known && name == "value"));
                    let is_metadata = matches!(name, "labels" | "annotations");
                    open.push((value, OF_STRINGS.contains(&name) && (is_known || is_metadata)));
                }
                for item in node.items() {
                    found.extend(of_value(source, "", item, is_of_strings));
                    open.push((item, false));
                }
            }
        }
    }
}

/// Whether the fields of the manifest, or of all manifests in a list, are those of a known kind, so that their types are
/// certain. A kustomization needs no kind.
fn has_known_fields(root: Node<'_>) -> bool {
    match (root.str_at(&["apiVersion"]), root.str_at(&["kind"])) {
        (Some(version), Some(kind)) => {
            let group = version.split_once('/').map_or("", |(group, _)| group);
            kind != "List" && schema::is_known(group, kind)
        }
        _ => true,
    }
}

/// Reports the first character that ends a line, and so a comment, in YAML 1.1 only. JSON has no such characters.
fn line_break(source: &Source) -> Option<Finding> {
    let text = Some(source.text).filter(|text| !text.is_ascii() && !is_json(source.path))?;
    let at = text.find(['\u{85}', '\u{2028}', '\u{2029}'])?;
    let character = text[at..].chars().next()?;
    let code = u32::from(character);
    let message = format!("U+{code:04X} ends a line to Kubernetes, but not to YAML 1.2 parsers");
    let finding = source.finding_at(&TN003, (at..at + character.len_utf8(), Position::of(text, at)), message);
    Some(finding.hint("replace it: what follows may be read, though it looks like part of a comment"))
}

fn of_key(source: &Source, key: Node<'_>) -> Option<Finding> {
    let text = key.text();
    let read = match key.scalar()? {
        ScalarValue::Bool(value) => format!("`{value}`"),
        ScalarValue::Null if key.is_plain() => "nothing".to_owned(),
        ScalarValue::Int(value) if is_octal(key) => format!("`{value}`"),
        _ => return None,
    };
    let message = format!("key `{text}` without quotes means {read} to Kubernetes");
    Some(source.finding(&TN003, key, message).hint("put it in quotes").fix(quoted(key)))
}

/// Returns the finding about the value of `key`; quotes are correct if `is_text`.
fn of_value(source: &Source, key: &str, value: Node<'_>, is_text: bool) -> Option<Finding> {
    let text = value.text();
    match value.scalar()? {
        ScalarValue::Bool(read) if value.is_plain() && is_1_1_word(text) => {
            let message = format!(
                "`{text}` without quotes means `{read}` to Kubernetes, but a string to YAML 1.2 \
                         parsers"
            );
            let finding = source.finding(&TN003, value, message);
            Some(if is_text {
                finding.hint("put it in quotes").fix(quoted(value))
            } else {
                // Not a fix: kustomize reads it as a string, and Kubernetes as a boolean.
                finding.hint(format!("write `{read}`, or put it in quotes if a string is expected"))
            })
        }
        // The mode of a file is always written like this.
        ScalarValue::Int(read) if is_octal(value) && !key.to_ascii_lowercase().ends_with("mode") => {
            let message = format!(
                "`{text}` without quotes means {read} to Kubernetes, but a different number to YAML \
                         1.2 parsers"
            );
            let finding = source.finding(&TN003, value, message);
            Some(if is_text {
                finding.hint("put it in quotes").fix(quoted(value))
            } else {
                finding.hint(format!("write `{read}`, or put it in quotes if a string is expected"))
            })
        }
        _ => None,
    }
}

fn quoted(node: Node<'_>) -> Fix {
    Fix::replace(node, format!("\"{}\"", node.text()))
}

/// Whether only YAML 1.1 reads this word as a boolean.
fn is_1_1_word(text: &str) -> bool {
    !text.eq_ignore_ascii_case("true") && !text.eq_ignore_ascii_case("false")
}

/// Whether the node is a number like `017`, which YAML 1.2 reads as decimal.
fn is_octal(node: Node<'_>) -> bool {
    let digits = node.text().trim_start_matches(['+', '-']);
    node.is_plain()
        && digits.len() > 1
        && digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit())
}
