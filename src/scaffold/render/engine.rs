//! The template engine, set up the way scaffolds use it: own delimiters, nothing escaped, our filters. A
//! variable that nothing defines is an error even where the engine itself would take it for false.

use std::borrow::Cow;
use std::collections::BTreeSet;

use tera::{Context, Delimiters, Tera};

use super::filters;
use crate::scaffold::template_tags;
use crate::suggest;
use crate::values::value::{Item, Value};

pub(crate) struct Engine {
    tera: Tera,
}

#[derive(Clone, Default)]
pub(crate) struct Variables {
    context: Context,
}

/// An item of a list answer as templates see it: its own fields and the derived ones.
pub(crate) type Fields = std::collections::BTreeMap<String, tera::Value>;

impl Engine {
    /// Compiles templates, each with a name for messages.
    ///
    /// # Errors
    /// A readable report for every template that cannot be compiled.
    pub(crate) fn new<'s>(
        sources: impl IntoIterator<Item = (&'s str, &'s str)>,
    ) -> Result<Self, Vec<String>> {
        let sources: Vec<_> = sources.into_iter().collect();
        let mut tera = empty().map_err(|error| vec![readable(&error)])?;
        match tera.add_raw_templates(sources.iter().copied()) {
            Ok(()) => Ok(Self { tera }),
            Err(error) => Err(every_report(&sources, &error)),
        }
    }

    ///
    /// # Errors
    /// A readable report that names the template and the line.
    pub(crate) fn render(&self, template: &str, variables: &Variables) -> Result<String, String> {
        self.tera.render(template, &variables.context).map_err(|error| readable(&error))
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
    filters::register(&mut tera);
    Ok(tera)
}

/// Compiles each template alone, because the engine stops at the first one that it cannot parse.
fn every_report(sources: &[(&str, &str)], first: &tera::Error) -> Vec<String> {
    let reports: Vec<String> = sources
        .iter()
        .filter_map(|(name, source)| empty().and_then(|mut tera| tera.add_raw_template(name, source)).err())
        .map(|error| readable(&error))
        .collect();
    if reports.is_empty() { vec![readable(first)] } else { reports }
}

/// Returns the engine's report, worded like other messages; the line with a caret follows the message. The
/// engine always names its default delimiters, so they are replaced.
fn readable(error: &tera::Error) -> String {
    let report = error.to_string();
    let report = report.strip_prefix("error: ").unwrap_or(&report);
    let (message, excerpt) = report.split_at(report.find('\n').unwrap_or(report.len()));
    let mut message = message.to_owned();
    for (theirs, ours) in [("{{", "[="), ("}}", "=]"), ("{%", "[%"), ("%}", "%]")] {
        message = message.replace(theirs, ours);
    }
    let mut characters = message.chars();
    let first = characters.next().map(char::to_lowercase);
    first.into_iter().flatten().chain(characters).chain(excerpt.chars()).collect()
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
        self.context.insert_value(name, tera::Value::from(text));
    }

    pub(crate) fn item(&mut self, name: impl Into<Cow<'static, str>>, fields: &Fields) {
        self.context.insert_value(name, tera::Value::from(fields.clone()));
    }

    pub(crate) fn list(&mut self, name: impl Into<Cow<'static, str>>, list: List) {
        self.context.insert_value(name, list.0);
    }
}

/// A list of items that is cheap to clone.
#[derive(Clone)]
pub(crate) struct List(tera::Value);

impl List {
    pub(crate) fn new(items: &[Fields]) -> Self {
        Self(tera::Value::from(items.to_vec()))
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
