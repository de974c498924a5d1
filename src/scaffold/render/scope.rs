//! The answers so far, and every derived name that follows from them.

use std::collections::{BTreeMap, BTreeSet};

use super::engine::{self, Fields, List, Variables};
use super::expressions::Expression;
use crate::error::Result;
use crate::scaffold::Scaffold;
use crate::values::value::Value;

#[derive(Clone)]
pub(crate) struct AnswerScope<'s> {
    scaffold: &'s Scaffold,
    variables: Variables,
    answered: BTreeSet<String>,
    lists: BTreeMap<String, Vec<Fields>>,
    /// Indices of the derived names not computed yet.
    pending: Vec<usize>,
    names: Vec<DerivedName>,
}

#[derive(Clone)]
pub(crate) struct DerivedName {
    pub(crate) index: usize,
    pub(crate) item: Option<String>,
    pub(crate) value: String,
}

impl<'s> AnswerScope<'s> {
    pub(crate) fn new(scaffold: &'s Scaffold) -> Self {
        Self {
            scaffold,
            variables: Variables::default(),
            answered: BTreeSet::new(),
            lists: BTreeMap::new(),
            pending: (0..scaffold.definition.derived.len()).collect(),
            names: Vec::new(),
        }
    }

    /// Adds an answer, and the derived names that follow from it.
    ///
    /// # Errors
    /// A derived name that cannot be evaluated.
    pub(crate) fn add(&mut self, question: &str, value: &Value) -> Result<()> {
        let variable = question.replace('-', "_");
        if let Value::Items(items) = value {
            self.lists.insert(question.to_owned(), engine::fields(items));
        }
        self.variables.answer(variable, value);
        self.answered.insert(question.to_owned());
        self.derive()
    }

    pub(crate) fn has(&self, expression: Expression) -> bool {
        self.scaffold.expressions.has(expression)
    }

    /// Whether the definition has that expression and everything it needs is answered.
    pub(crate) fn knows(&self, expression: Expression) -> bool {
        self.scaffold.expressions.is_known(expression, &self.answered)
    }

    /// The text of an expression.
    ///
    /// # Errors
    /// What cannot be evaluated.
    pub(crate) fn text(&self, expression: Expression) -> Result<String> {
        self.scaffold.expressions.text(expression, &self.variables)
    }

    /// Whether a condition holds.
    ///
    /// # Errors
    /// What cannot be evaluated.
    pub(crate) fn holds(&self, condition: Expression) -> Result<bool> {
        self.scaffold.expressions.holds(condition, &self.variables)
    }

    pub(crate) fn names(&self) -> &[DerivedName] {
        &self.names
    }

    pub(crate) fn items(&self, question: &str) -> &[Fields] {
        self.lists.get(question).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn variables(&self) -> &Variables {
        &self.variables
    }

    /// Computes the derived names that have become known, in the order of the definition.
    fn derive(&mut self) -> Result<()> {
        for index in std::mem::take(&mut self.pending) {
            let derived = &self.scaffold.definition.derived[index];
            if !self.knows(Expression::Derived(index)) {
                self.pending.push(index);
            } else if let Some(each) = &derived.each {
                self.derive_fields(index, each)?;
            } else {
                let value = self.text(Expression::Derived(index))?;
                self.variables.text(derived.variable(), &value);
                self.names.push(DerivedName { index, item: None, value });
            }
        }
        Ok(())
    }

    fn derive_fields(&mut self, index: usize, each: &str) -> Result<()> {
        let field = self.scaffold.definition.derived[index].variable();
        let mut items = self.lists.remove(each).unwrap_or_default();
        let mut variables = self.variables.clone();
        for item in &mut items {
            variables.item("item", item);
            let value = self.scaffold.expressions.text(Expression::Derived(index), &variables)?;
            let name = item.get("name").and_then(|name| name.as_str()).map(str::to_owned);
            item.insert(field.clone(), value.as_str().into());
            self.names.push(DerivedName { index, item: name, value });
        }
        self.variables.list(each.replace('-', "_"), List::new(&items));
        self.lists.insert(each.to_owned(), items);
        Ok(())
    }
}
