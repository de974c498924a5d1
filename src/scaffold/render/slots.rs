//! Which files are one and the same to Git, which follows renames: those of one template under exclusive conditions, such as a
//! Deployment and the Rollout that replaces it, and those that a version has moved. A pure function of scaffold and answers, so
//! two branches agree.

use std::collections::{BTreeMap, BTreeSet};

use super::Planned;
use super::expressions::Expression;
use super::paths;
use crate::scaffold::Scaffold;
use crate::scaffold::definition::FileRule;
use crate::values::value::Answers;

/// Returns the slot of each planned file, each slot once.
pub(super) fn of(scaffold: &Scaffold, answers: &Answers, plan: &[Planned<'_>]) -> Vec<String> {
    let unmoved = Unmoved::new(scaffold, answers);
    let mut taken: BTreeSet<String> = plan.iter().map(|planned| planned.path.clone()).collect();
    let slot = |planned| {
        let first = first_path(scaffold, planned).filter(|path| taken.insert(path.clone()));
        unmoved.path(&first.unwrap_or_else(|| planned.path.clone()))
    };
    plan.iter().map(slot).collect()
}

/// The path that the first rule with the same template gives; `None` where it is that of the file.
fn first_path(scaffold: &Scaffold, planned: &Planned<'_>) -> Option<String> {
    let rules = &scaffold.definition.files;
    let rule = &rules[planned.rule];
    let same = |other: &FileRule| {
        other.template() == rule.template() && other.each == rule.each && other.item == rule.item
    };
    let first = rules.iter().position(same).filter(|first| *first != planned.rule)?;
    let path = scaffold.expressions.text(Expression::Path(first), &planned.variables).ok()?;
    Some(path).filter(|path| paths::refusal(path).is_none())
}

/// The paths before all moves, by those after.
struct Unmoved {
    old: BTreeMap<String, String>,
    new: BTreeMap<String, String>,
}

impl Unmoved {
    /// Moves that cannot be computed are an error of the upgrade, and of no concern here.
    fn new(scaffold: &Scaffold, answers: &Answers) -> Self {
        let new: BTreeMap<_, _> = scaffold.all_moves(answers).unwrap_or_default().into_iter().collect();
        let old = new.iter().map(|(old, new)| (new.clone(), old.clone())).collect();
        Self { old, new }
    }

    fn path(&self, path: &str) -> String {
        if let Some(old) = self.old.get(path) {
            return old.clone();
        }
        // A new file at a path that another one has left takes the path that the other one has now.
        let mut free = path;
        while let Some(new) = self.new.get(free) {
            free = new;
        }
        free.to_owned()
    }
}
