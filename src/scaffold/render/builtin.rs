//! The engine's own filters and functions that can make much of little, with bounds. They give what the engine's give.

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::meter;
use crate::scaffold::limits::VALUE_BYTES;

/// The most numbers of a `range`; a loop over them takes a step for each.
const LONGEST_RANGE: usize = 5000;

/// What a template for configuration has no use for.
const REFUSED: [&str; 4] = ["escape", "escape_html", "escape_xml", "newlines_to_br"];

pub(super) fn register(tera: &mut Tera) {
    for name in REFUSED {
        tera.register_filter(name, move |_: &Value, _: Kwargs, _: &State| -> TeraResult<Value> {
            Err(message(format!("the filter `{name}` cannot be used in a scaffold")))
        });
    }
    tera.register_filter("replace", |text: &str, with: Kwargs, _: &State| replace(text, &with));
    tera.register_filter("split", |text: &str, with: Kwargs, _: &State| split(text, &with));
    tera.register_filter("join", |items: &[Value], with: Kwargs, _: &State| join(items, &with));
    tera.register_filter("indent", |text: &str, with: Kwargs, _: &State| indent(text, &with));
    tera.register_filter("truncate", |text: &str, with: Kwargs, _: &State| truncate(text, &with));
    tera.register_filter("unique", |items: &[Value], _: Kwargs, _: &State| unique(items));
    tera.register_filter("str", |value: &Value, _: Kwargs, _: &State| printed(value));
    tera.register_function("range", |with: Kwargs, _: &State| range(&with));
}

fn message(text: impl Into<String>) -> tera::Error {
    tera::Error::message(text.into())
}

fn replace(text: &str, with: &Kwargs) -> TeraResult<String> {
    let (from, to) = (with.must_get::<&str>("from")?, with.must_get::<&str>("to")?);
    let grown = text.matches(from).count().saturating_mul(to.len());
    meter::keep_bytes(text.len().saturating_add(grown))?;
    Ok(text.replace(from, to))
}

fn split(text: &str, with: &Kwargs) -> TeraResult<Value> {
    let pattern = with.must_get::<&str>("pat")?;
    meter::keep_bytes(text.len())?;
    let parts = Value::from(text.split(pattern).map(Value::from).collect::<Vec<Value>>());
    // A list of letters prints as many times the text.
    meter::keep(&parts).map(|()| parts)
}

fn join(items: &[Value], with: &Kwargs) -> TeraResult<String> {
    let separator = with.get::<&str>("sep")?.unwrap_or_default();
    let sizes = items.iter().map(|item| meter::size(item, VALUE_BYTES)).sum::<TeraResult<usize>>()?;
    meter::keep_bytes(sizes.saturating_add(items.len().saturating_mul(separator.len())))?;
    Ok(items.iter().map(Value::to_string).collect::<Vec<_>>().join(separator))
}

/// Indents every line except the first and empty ones, unless told otherwise.
fn indent(text: &str, arguments: &Kwargs) -> TeraResult<String> {
    let width = arguments.get::<usize>("width")?.unwrap_or(4).min(1000);
    let (first, blank) =
        (arguments.get::<bool>("first")?.unwrap_or(false), arguments.get::<bool>("blank")?.unwrap_or(false));
    let unit = arguments.get::<&str>("indentation")?.unwrap_or(" ");
    if unit.chars().count() != 1 {
        return Err(message("the `indentation` argument must contain exactly one character"));
    }
    let unit = unit.repeat(width);
    meter::keep_bytes(text.len().saturating_add(text.lines().count().saturating_mul(unit.len())))?;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let is_indented = if index == 0 { first } else { blank || !line.is_empty() };
        lines.push(if is_indented { format!("{unit}{line}") } else { line.to_owned() });
    }
    let end = if text.ends_with('\n') { "\n" } else { "" };
    Ok(lines.join("\n") + end)
}

fn truncate(text: &str, with: &Kwargs) -> TeraResult<String> {
    let length = with.must_get::<usize>("length")?;
    let end = with.get::<&str>("end")?.unwrap_or("…");
    meter::keep_bytes(text.len().saturating_add(end.len()))?;
    Ok(match text.char_indices().nth(length) {
        Some((at, _)) => format!("{}{end}", &text[..at]),
        None => text.to_owned(),
    })
}

fn unique(items: &[Value]) -> TeraResult<Vec<Value>> {
    // Each is compared with all others.
    let count = items.len() as u64;
    meter::charge(count.saturating_mul(count))?;
    let mut unique: Vec<Value> = Vec::new();
    for item in items {
        if !unique.contains(item) {
            unique.push(item.clone());
        }
    }
    Ok(unique)
}

fn printed(value: &Value) -> TeraResult<String> {
    meter::keep(value)?;
    Ok(value.to_string())
}

fn range(with: &Kwargs) -> TeraResult<Value> {
    let start = with.get::<i128>("start")?.unwrap_or_default();
    let end = with.must_get::<i128>("end")?;
    let step = with.get::<i128>("step_by")?.unwrap_or(1);
    if step == 0 {
        return Err(message("`range` was called with a `step_by` of 0"));
    }
    if start > end && step > 0 {
        return Err(message("`range` was called with a `start` greater than the `end`"));
    }
    let mut numbers = Vec::new();
    let mut next = Some(start);
    while let Some(number) = next.filter(|number| if step > 0 { *number < end } else { *number > end }) {
        if numbers.len() == LONGEST_RANGE {
            return Err(message(format!("`range` gives more than {LONGEST_RANGE} numbers")));
        }
        numbers.push(number);
        next = number.checked_add(step);
    }
    meter::charge(numbers.len() as u64)?;
    let numbers = Value::from(numbers);
    meter::keep(&numbers).map(|()| numbers)
}
