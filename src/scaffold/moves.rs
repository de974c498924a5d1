//! Where files went between a version and today. A file may have moved more than once on the way.

use std::collections::{BTreeMap, BTreeSet};

use super::Scaffold;
use super::definition::Version;
use super::render::expressions::Expression;
use super::render::{self, paths};
use crate::error::{Problem, Result};
use crate::values::value::Answers;

/// The moves of one version, old path to new path.
type Moves = BTreeMap<String, String>;

/// Composes the moves of all versions, or of those after `from` and up to `until`.
pub(super) fn between(
    scaffold: &Scaffold,
    (from, until): (Option<&Version>, Option<&Version>),
    answers: &Answers,
) -> Result<Vec<(String, String)>> {
    let mut moved = Moves::new();
    for (index, changes) in scaffold.definition.versions.iter().enumerate() {
        let is_later = from.is_none_or(|from| changes.version > *from);
        if is_later && until.is_none_or(|until| changes.version <= *until) {
            moved = compose(moved, of_version(scaffold, index, answers)?);
        }
    }
    moved.retain(|old, new| old != new);
    Ok(moved.into_iter().collect())
}

fn compose(moved: Moves, mut next: Moves) -> Moves {
    let targets: BTreeSet<String> = next.values().cloned().collect();
    let mut composed = Moves::new();
    for (old, path) in moved {
        match next.remove(&path) {
            Some(further) => {
                composed.insert(old, further);
            }
            // Another file has taken its place, so it is gone.
            None if targets.contains(&path) => {}
            None => {
                composed.insert(old, path);
            }
        }
    }
    for (old, new) in next {
        // A file that came later to a path that another one had left is none of the old ones.
        composed.entry(old).or_insert(new);
    }
    composed
}

fn of_version(scaffold: &Scaffold, version: usize, answers: &Answers) -> Result<Moves> {
    let scope = render::scope(scaffold, answers)?;
    let changes = &scaffold.definition.versions[version];
    let mut moves = Moves::new();
    let mut targets = BTreeSet::new();
    let mut problems = Vec::new();
    for (index, declared) in changes.moves.iter().enumerate() {
        let repeated = match (&declared.each, &declared.item) {
            (Some(each), Some(name)) => {
                let with_item = |item| {
                    let mut variables = scope.variables().clone();
                    variables.item(name.clone(), item);
                    variables
                };
                scope.items(each).iter().map(with_item).collect()
            }
            _ => vec![scope.variables().clone()],
        };
        for variables in repeated {
            let from = scaffold.expressions.text(Expression::MoveFrom(version, index), &variables)?;
            let to = scaffold.expressions.text(Expression::MoveTo(version, index), &variables)?;
            let refused = [&from, &to].into_iter().find_map(|path| {
                let refusal = paths::refusal(path)?;
                Some(format!("`{path}` {refusal}"))
            });
            let twice = || (!targets.insert(to.clone())).then(|| format!("two files are moved to `{to}`"));
            let again = || moves.insert(from.clone(), to.clone()).map(|_| format!("`{from}` has two moves"));
            let wrong = refused.or_else(twice).or_else(again);
            problems.extend(wrong.map(|why| Problem::new(format!("version {}: {why}", changes.version), "")));
        }
    }
    if problems.is_empty() { Ok(moves) } else { Err(render::broken(scaffold).problems(problems)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(pairs: &[(&str, &str)]) -> Moves {
        pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    }

    #[test]
    fn moves_go_on_from_where_others_ended() {
        for (first, second, expected) in [
            (&[("a", "b")][..], &[("b", "c")][..], &[("a", "c")][..]),
            (&[("a", "b")], &[("c", "d")], &[("a", "b"), ("c", "d")]),
            (&[("a", "b"), ("b", "c")], &[("b", "c"), ("c", "d")], &[("a", "c"), ("b", "d")]),
            (&[("a", "b"), ("b", "a")], &[("a", "b"), ("b", "a")], &[("a", "a"), ("b", "b")]),
            (&[("a", "b")], &[("b", "a")], &[("a", "a")]),
            (&[("a", "b"), ("b", "a")], &[("a", "c")], &[("a", "b"), ("b", "c")]),
            // A new `a`, which is not the old one.
            (&[("a", "b")], &[("a", "c")], &[("a", "b")]),
            // `b` was deleted, and `c` took its path.
            (&[("a", "b")], &[("c", "b")], &[("c", "b")]),
        ] {
            assert_eq!(compose(moves(first), moves(second)), moves(expected), "{first:?} {second:?}");
        }
    }
}
