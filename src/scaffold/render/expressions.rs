//! The small templates inside a definition - defaults, conditions, derived names, paths - compiled once, with the answers
//! that each needs, so that a mistake is reported when the scaffold is loaded and not for one rare answer.

use std::collections::{BTreeMap, BTreeSet};

use super::engine::{Engine, Variables};
use crate::error::{Error, Problem, Result};
use crate::scaffold::definition::delivery::DeliveryText;
use crate::scaffold::definition::history::Migration;
use crate::scaffold::definition::setup::{SetupRule, SetupText};
use crate::scaffold::definition::{Definition, Derived, FILE};

/// An expression of a definition, identified by the index of its question, derived name, file rule or step.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Expression {
    Derived(usize),
    Default(usize),
    When(usize),
    Path(usize),
    About(usize),
    FileWhen(usize),
    Next(usize),
    /// Value of a migration that sets an answer; indices of the version and of the migration.
    Set(usize, usize),
    /// Path before a move; indices of the version and of the move.
    MoveFrom(usize, usize),
    MoveTo(usize, usize),
    Delivery(DeliveryText),
    Setup(SetupText),
}

pub(crate) struct Expressions {
    engine: Engine,
    compiled: BTreeMap<Expression, Compiled>,
    /// Variable of an answer or derived name -> the questions it needs.
    needs: BTreeMap<String, BTreeSet<String>>,
    /// List question -> the questions that the derived fields of its items need so far.
    item_needs: BTreeMap<String, BTreeSet<String>>,
}

struct Compiled {
    /// Identifies the expression in the engine and its reports.
    name: String,
    needs: BTreeSet<String>,
}

/// An expression, with the variables it may use besides answers and derived names.
struct Source<'d> {
    expression: Expression,
    name: String,
    text: String,
    extra: Vec<&'d str>,
}

impl Expressions {
    ///
    /// # Errors
    /// Every expression that cannot be compiled, or that uses a variable it cannot know.
    pub(crate) fn new(definition: &Definition) -> Result<Self, Vec<Problem>> {
        let sources = sources(definition);
        let engine = Engine::new(sources.iter().map(|source| (source.name.as_str(), source.text.as_str())))
            .map_err(problems)?;
        let questions = definition.questions.iter();
        let needs = questions.map(|question| (question.variable(), BTreeSet::from([question.name.clone()])));
        let needs = needs.collect();
        let mut expressions = Self { engine, compiled: BTreeMap::new(), needs, item_needs: BTreeMap::new() };
        let reports: Vec<_> =
            sources.into_iter().flat_map(|source| expressions.learn(definition, source)).collect();
        if reports.is_empty() { Ok(expressions) } else { Err(problems(reports)) }
    }

    /// Records the questions that an expression needs, and reports variables unknown when it is evaluated.
    fn learn(&mut self, definition: &Definition, source: Source<'_>) -> Vec<String> {
        let visible = self.variables().chain(source.extra.iter().copied()).collect();
        let mut reports = self.engine.unknown(&source.name, &source.text, &visible);
        let uses = self.engine.uses(&source.name);
        let mut needs: BTreeSet<String> =
            uses.iter().filter_map(|variable| self.needs.get(*variable)).flatten().cloned().collect();
        match source.expression {
            Expression::Derived(index) => self.learn_derived(&definition.derived[index], &mut needs),
            expression => {
                let ahead = asked_at(definition, expression)
                    .and_then(|question| looks_ahead(definition, question, &needs));
                reports.extend(ahead.map(|why| format!("{}: {why}", source.name)));
            }
        }
        self.compiled.insert(source.expression, Compiled { name: source.name, needs });
        reports
    }

    /// Records what a derived name needs. A field may use fields derived before it, so it needs the same
    /// questions.
    fn learn_derived(&mut self, derived: &Derived, needs: &mut BTreeSet<String>) {
        if let Some(each) = &derived.each {
            needs.insert(each.clone());
            let known = self.item_needs.entry(each.clone()).or_default();
            known.append(&mut needs.clone());
            needs.clone_from(known);
        } else {
            self.needs.insert(derived.variable(), needs.clone());
        }
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.needs.keys().map(String::as_str)
    }

    pub(crate) fn has(&self, expression: Expression) -> bool {
        self.compiled.contains_key(&expression)
    }

    pub(crate) fn needs(&self, expression: Expression) -> impl Iterator<Item = &String> {
        self.compiled.get(&expression).into_iter().flat_map(|compiled| &compiled.needs)
    }

    pub(crate) fn is_known(&self, expression: Expression, answered: &BTreeSet<String>) -> bool {
        self.compiled.get(&expression).is_some_and(|compiled| compiled.needs.is_subset(answered))
    }

    pub(crate) fn used_variables(&self) -> BTreeSet<&str> {
        self.compiled.values().flat_map(|compiled| self.engine.uses(&compiled.name)).collect()
    }

    /// The text of an expression; empty if the definition does not have it.
    ///
    /// # Errors
    /// A report of what cannot be evaluated.
    pub(crate) fn text(&self, expression: Expression, variables: &Variables) -> Result<String> {
        let Some(compiled) = self.compiled.get(&expression) else {
            return Ok(String::new());
        };
        self.engine.render(&compiled.name, variables).map_err(|report| {
            Error::failure("the scaffold's definition cannot be evaluated").problem(report, "")
        })
    }

    /// Whether a condition holds; one that the definition does not have always does.
    ///
    /// # Errors
    /// A report of what cannot be evaluated.
    pub(crate) fn holds(&self, condition: Expression, variables: &Variables) -> Result<bool> {
        Ok(!self.has(condition) || !self.text(condition, variables)?.is_empty())
    }
}

/// Returns the index of the question with which an expression is evaluated, if any.
fn asked_at(definition: &Definition, expression: Expression) -> Option<usize> {
    match expression {
        Expression::Default(index) | Expression::When(index) => Some(index),
        Expression::Set(version, index) => match &definition.versions[version].migrations[index] {
            Migration::Set { question, .. } => {
                definition.questions.iter().position(|other| other.name == *question)
            }
            _ => None,
        },
        _ => None,
    }
}

/// An expression of a question can only use earlier answers.
fn looks_ahead(definition: &Definition, question: usize, needs: &BTreeSet<String>) -> Option<String> {
    let later = definition.questions[question..].iter().find(|other| needs.contains(&other.name))?;
    let asked = &definition.questions[question].name;
    Some(format!("it needs the answer to `{}`, which is not asked before `{asked}`", later.name))
}

fn problems(reports: Vec<String>) -> Vec<Problem> {
    reports.into_iter().map(|report| Problem::new(report, "")).collect()
}

/// Returns all expressions; derived names first, in order, because the others may use them.
fn sources(definition: &Definition) -> Vec<Source<'_>> {
    let mut sources = Vec::new();
    let mut add = |expression, what: String, text: String, extra: Vec<_>| {
        sources.push(Source { expression, name: format!("{FILE}, {what}"), text, extra });
    };
    for (index, derived) in definition.derived.iter().enumerate() {
        let list = derived.each.as_ref().map_or_else(String::new, |each| format!(" for each of `{each}`"));
        let extra = derived.each.iter().map(|_| "item").collect();
        let what = format!("value of `{}`{list}", derived.name);
        add(Expression::Derived(index), what, derived.value.clone(), extra);
    }
    for (index, question) in definition.questions.iter().enumerate() {
        if let Some(default) = &question.default {
            let what = format!("default of `{}`", question.name);
            add(Expression::Default(index), what, default.clone(), Vec::new());
        }
        if let Some(when) = &question.when {
            let what = format!("condition of `{}`", question.name);
            add(Expression::When(index), what, condition(when), Vec::new());
        }
    }
    for (index, rule) in definition.files.iter().enumerate() {
        let extra: Vec<_> = ["prefix", "scaffold"].into_iter().chain(rule.item.as_deref()).collect();
        // By path, which tells a rule from others for the same template.
        let of = |what: &str| format!("{what} of the rule for `{}`", rule.path);
        add(Expression::Path(index), of("path"), rule.path.clone(), extra.clone());
        add(Expression::About(index), of("description"), rule.about.clone(), extra.clone());
        if let Some(when) = &rule.when {
            add(Expression::FileWhen(index), of("condition"), condition(when), extra);
        }
    }
    for (index, step) in definition.next.iter().enumerate() {
        let extra = vec!["prefix", "scaffold"];
        add(Expression::Next(index), format!("step {} of `next`", index + 1), step.clone(), extra);
    }
    sources.extend(history(definition));
    sources.extend(delivery(definition));
    sources.extend(setup(definition));
    sources
}

fn delivery(definition: &Definition) -> Vec<Source<'_>> {
    let Some(rule) = &definition.delivery else { return Vec::new() };
    let source = |(text, name, template): (DeliveryText, String, &str)| Source {
        expression: Expression::Delivery(text),
        name: format!("{FILE}, delivery, {name}"),
        text: template.to_owned(),
        extra: if text.is_of_environment() { vec![rule.item.as_str()] } else { Vec::new() },
    };
    rule.texts().into_iter().map(source).collect()
}

fn setup(definition: &Definition) -> impl Iterator<Item = Source<'_>> {
    let texts = definition.setup.iter().flat_map(SetupRule::texts);
    texts.map(|(text, name, template, item)| Source {
        expression: Expression::Setup(text),
        name: format!("{FILE}, setup, {name}"),
        text: template.to_owned(),
        extra: item.into_iter().collect(),
    })
}

fn history(definition: &Definition) -> Vec<Source<'_>> {
    let mut sources = Vec::new();
    for (version, changes) in definition.versions.iter().enumerate() {
        let mut add = |expression, what: String, text: &str, extra: Vec<_>| {
            let name = format!("{FILE}, version {}, {what}", changes.version);
            sources.push(Source { expression, name, text: text.to_owned(), extra });
        };
        for (index, migration) in changes.migrations.iter().enumerate() {
            if let Migration::Set { question, value } = migration {
                add(Expression::Set(version, index), format!("value set for `{question}`"), value, vec![]);
            }
        }
        for (index, one) in changes.moves.iter().enumerate() {
            let of = |what: &str| format!("{what} in move {}", index + 1);
            let extra: Vec<_> = one.item.as_deref().into_iter().collect();
            add(Expression::MoveFrom(version, index), of("`from`"), &one.from, extra.clone());
            add(Expression::MoveTo(version, index), of("`to`"), &one.to, extra);
        }
    }
    sources
}

/// The template language has no bare expressions; a condition is a template that is empty if it is false.
fn condition(expression: &str) -> String {
    format!("[% if {expression} %]true[% endif %]")
}
