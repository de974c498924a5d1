//! The template engine, set up the way scaffolds use it: own delimiters, nothing escaped, our filters. A
//! variable that nothing defines is an error even where the engine itself would take it for false.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use tera::{Context, Delimiters, ErrorKind, Tera};

use super::meter::{self, Budget, Sizes};
use super::metered::{Metered, Refusal};
use super::{builtin, filters};
use crate::excerpt;
use crate::scaffold::limits;
use crate::scaffold::template_tags;
use crate::suggest;
use crate::values::value::{Item, Value};

/// Nobody reads more, and each takes a search for its line.
const MOST_REPORTS: usize = 20;

pub(crate) struct Engine {
    tera: Tera,
    templates: BTreeMap<String, Template>,
}

struct Template {
    source: String,
    metered: Metered,
}

/// Variables, and what may be spent on rendering with them.
#[derive(Clone, Default)]
pub(crate) struct Variables {
    context: Context,
    sizes: Sizes,
    budget: Budget,
}

/// An item of a list answer as templates see it: its own fields and the derived ones.
pub(crate) type Fields = BTreeMap<String, tera::Value>;

impl Engine {
    /// Compiles templates, each with a name for messages.
    ///
    /// # Errors
    /// A readable report for every template that cannot be compiled.
    pub(crate) fn new<'s>(
        sources: impl IntoIterator<Item = (&'s str, &'s str)>,
    ) -> Result<Self, Vec<String>> {
        let (mut templates, mut refused, mut work) = (BTreeMap::new(), Vec::new(), 0);
        for (name, source) in sources {
            match Metered::new(source) {
                Ok(metered) => {
                    work += metered.tags.saturating_mul(source.len());
                    templates.insert(name.to_owned(), Template { source: source.to_owned(), metered });
                }
                Err(Refusal { message, at }) => {
                    refused.push(report(&message, name, source, at.start, at.end));
                }
            }
        }
        if work > limits::TAG_BYTES {
            return Err(vec!["the templates have too many tags for their size".to_owned()]);
        }
        let mut tera = empty().map_err(|error| vec![readable(&error)])?;
        let texts = templates.iter().map(|(name, template)| (name.as_str(), template.metered.text.as_str()));
        match tera.add_raw_templates(texts) {
            Ok(()) if refused.is_empty() => Ok(Self { tera, templates }),
            Ok(()) => Err(refused),
            Err(error) => {
                refused.extend(every_report(&templates, &error));
                Err(refused)
            }
        }
    }

    /// The text of a template.
    ///
    /// # Errors
    /// A readable report that names the template and the line.
    pub(crate) fn render(&self, template: &str, variables: &Variables) -> Result<String, String> {
        let Variables { context, sizes, budget } = variables;
        let weight = self.templates.get(template).map(|known| known.metered.weight).unwrap_or_default();
        let mut output = Output { bytes: Vec::new(), most: budget.bytes() };
        let rendered =
            meter::metered(budget, weight, *sizes, || self.tera.render_to(template, context, &mut output));
        budget.spend_bytes(output.bytes.len()).map_err(|why| format!("{template}: {why}"))?;
        rendered.map_err(|error| self.report(template, &error))?;
        String::from_utf8(output.bytes).map_err(|_| format!("{template}: it is not UTF-8"))
    }

    /// Returns the report of an error while rendering; the engine's own would show the calls of the meter.
    fn report(&self, template: &str, error: &tera::Error) -> String {
        let (ErrorKind::RenderingError(error), Some(Template { source, metered })) =
            (error.kind(), self.templates.get(template))
        else {
            return format!("{template}: {}", readable(error));
        };
        let [start, end] = [error.span().range.start, error.span().range.end].map(|at| metered.in_source(at));
        report(error.message(), template, source, start, end)
    }

    /// Returns the free variables of a template.
    pub(crate) fn uses(&self, template: &str) -> BTreeSet<&str> {
        self.tera
            .get_template_variables(template)
            .map(|names| names.into_iter().collect())
            .unwrap_or_default()
    }

    pub(crate) fn unknown(&self, template: &str, source: &str, known: &BTreeSet<&str>) -> Vec<String> {
        self.uses(template)
            .difference(known)
            .take(MOST_REPORTS)
            .map(|name| {
                let line = line_using(source, name);
                let hint = suggest::hint(name, known.iter().copied());
                format!("{template}:{line}: unknown variable `{name}`{hint}")
            })
            .collect()
    }
}

fn line_using(source: &str, word: &str) -> usize {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let start = template_tags::all(source)
        .into_iter()
        .find(|tag| tag.inner.split(|character| !is_part(character)).any(|part| part == word))
        .map_or(0, |tag| tag.range.start);
    template_tags::line_of(source, start)
}

fn empty() -> tera::TeraResult<Tera> {
    let mut tera = plain()?;
    meter::register(&mut tera);
    builtin::register(&mut tera);
    filters::register(&mut tera);
    Ok(tera)
}

/// Returns the engine with its own filters and functions only.
pub(super) fn plain() -> tera::TeraResult<Tera> {
    let mut tera = Tera::new();
    tera.autoescape_on(Vec::<Cow<'static, str>>::new());
    tera.set_delimiters(Delimiters {
        block_start: "[%".into(),
        block_end: "%]".into(),
        variable_start: "[=".into(),
        variable_end: "=]".into(),
        comment_start: "[#".into(),
        comment_end: "#]".into(),
    })?;
    Ok(tera)
}

/// Compiles each template alone, because the engine stops at the first one that it cannot parse.
fn every_report(templates: &BTreeMap<String, Template>, first: &tera::Error) -> Vec<String> {
    let compile = |(name, template): (&String, &Template)| {
        empty().and_then(|mut tera| tera.add_raw_template(name, &template.source)).err()
    };
    let reports: Vec<String> = templates.iter().filter_map(compile).map(|error| readable(&error)).collect();
    if reports.is_empty() { vec![readable(first)] } else { reports }
}

/// Returns the engine's report, worded like other messages; the line with a caret follows the message.
fn readable(error: &tera::Error) -> String {
    let report = error.to_string();
    let report = report.strip_prefix("error: ").unwrap_or(&report);
    let (message, excerpt) = report.split_at(report.find('\n').unwrap_or(report.len()));
    excerpt::cut(&format!("{}{excerpt}", worded(message)))
}

/// Returns a report like those of the engine, on the part of `source` from `start` to `end`.
fn report(message: &str, template: &str, source: &str, start: usize, end: usize) -> String {
    let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
    let line = source[line_start..].lines().next().unwrap_or_default();
    let number = template_tags::line_of(source, start);
    let column = source[line_start..start].chars().count();
    let end = end.min(line_start + line.len());
    let marked = source.get(start..end).map_or(1, |part| part.chars().count().max(1));
    let indent: String =
        line.chars().take(column).map(|letter| if letter == '\t' { '\t' } else { ' ' }).collect();
    let margin = " ".repeat(number.to_string().len());
    excerpt::cut(&format!(
        "{}\n{margin}--> {template}:{number}:{}\n{margin} |\n{number} | {line}\n{margin} | {indent}{}",
        worded(message),
        column + 1,
        "^".repeat(marked)
    ))
}

/// Returns a message of the engine, which always names its default delimiters, as others are written.
fn worded(message: &str) -> String {
    let mut message = message.to_owned();
    for (theirs, ours) in [("{{", "[="), ("}}", "=]"), ("{%", "[%"), ("%}", "%]")] {
        message = message.replace(theirs, ours);
    }
    let mut characters = message.chars();
    let first = characters.next().map(char::to_lowercase);
    first.into_iter().flatten().chain(characters).collect()
}

/// Takes a template's text up to a limit.
struct Output {
    bytes: Vec<u8>,
    most: u64,
}

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        // One write too many is kept, so that the size shows why rendering stopped.
        if self.bytes.len() as u64 > self.most {
            Err(io::ErrorKind::FileTooLarge.into())
        } else {
            Ok(bytes.len())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Variables {
    pub(crate) fn answer(&mut self, name: String, value: &Value) {
        match value {
            Value::Text(text) => self.text(name, text),
            Value::Number(number) => self.context.insert_value(name, tera::Value::from(*number)),
            Value::Items(items) => self.list(name, List::new(&fields(items))),
        }
    }

    pub(crate) fn text(&mut self, name: impl Into<Cow<'static, str>>, text: &str) {
        self.insert(name, tera::Value::from(text), text.len());
    }

    pub(crate) fn item(&mut self, name: impl Into<Cow<'static, str>>, fields: &Fields) {
        let value = tera::Value::from(fields.clone());
        let size = size(&value);
        self.insert(name, value, size);
    }

    pub(crate) fn list(&mut self, name: impl Into<Cow<'static, str>>, list: List) {
        self.insert(name, list.value, list.size);
    }

    /// The list of all files.
    pub(crate) fn files(&mut self, files: List) {
        self.sizes.files = files.size;
        self.insert("files", files.value, files.longest);
    }

    fn insert(&mut self, name: impl Into<Cow<'static, str>>, value: tera::Value, size: usize) {
        self.sizes.value = self.sizes.value.max(size);
        self.context.insert_value(name, value);
    }

    /// Whether nothing more can be rendered.
    pub(super) fn is_spent(&self) -> bool {
        self.budget.is_spent()
    }

    /// The steps taken so far.
    #[cfg(test)]
    pub(super) fn steps(&self) -> u64 {
        self.budget.steps()
    }

    /// Charges for a file that is copied.
    pub(super) fn spend_bytes(&self, bytes: usize) -> Result<(), String> {
        self.budget.spend_bytes(bytes)
    }
}

fn size(value: &tera::Value) -> usize {
    // Nothing that an answer gives is nested deeply.
    meter::size(value, usize::MAX).unwrap_or_default()
}

/// A list of items that is cheap to clone.
#[derive(Clone)]
pub(crate) struct List {
    value: tera::Value,
    /// How many bytes it prints as, and how many its longest item.
    size: usize,
    longest: usize,
}

impl List {
    pub(crate) fn new(items: &[Fields]) -> Self {
        let items: Vec<_> = items.iter().map(|fields| tera::Value::from(fields.clone())).collect();
        let sizes = || items.iter().map(size);
        let (size, longest) = (sizes().sum(), sizes().max().unwrap_or_default());
        Self { value: tera::Value::from(items), size, longest }
    }
}

/// Returns the items of a list answer as templates see them: `name`, `value` (may be empty), `first`, `last`.
pub(crate) fn fields(items: &[Item]) -> Vec<Fields> {
    items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            Fields::from([
                ("name".to_owned(), tera::Value::from(item.name.as_str())),
                ("value".to_owned(), tera::Value::from(item.value.as_deref().unwrap_or_default())),
                ("first".to_owned(), tera::Value::from(index == 0)),
                ("last".to_owned(), tera::Value::from(index + 1 == items.len())),
            ])
        })
        .collect()
}

pub(crate) fn text_fields<const N: usize>(pairs: [(&str, &str); N]) -> Fields {
    pairs.into_iter().map(|(name, text)| (name.to_owned(), tera::Value::from(text))).collect()
}
