//! The manifests that environments have in common, and the copies of them that promotions replace: so that a change of them
//! reaches an environment only with the release that it was tested with.

use std::collections::BTreeMap;

use super::expressions::Expression;
use super::paths;
use super::scope::AnswerScope;
use super::{RenderedFile, broken};
use crate::error::{Error, Problem, Result};
use crate::scaffold::Scaffold;
use crate::scaffold::definition::Ownership;
use crate::scaffold::definition::delivery::DeliveryText;
use crate::tree::{File, Tree};

/// The base that an environment is built on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnvironmentBase {
    /// Ends in `/`. That of the first environment, or a copy of it.
    pub(crate) folder: String,
    /// Where the environment exists, this file does.
    pub(crate) image_file: String,
}

/// Returns the bases of all environments, in order of promotion; none if the scaffold does not declare them.
///
/// # Errors
/// A template that cannot be evaluated, or a path that is no folder in the target, or that two environments cannot share.
pub(crate) fn of(scaffold: &Scaffold, scope: &AnswerScope<'_>) -> Result<Vec<EnvironmentBase>> {
    let Some(rule) = scaffold.definition.delivery.as_ref().filter(|rule| rule.base.is_some()) else {
        return Ok(Vec::new());
    };
    let mut bases: Vec<EnvironmentBase> = Vec::new();
    for item in scope.items(&rule.environments) {
        let mut variables = scope.variables().clone();
        variables.item(rule.item.clone(), item);
        let text = |text| scaffold.expressions.text(Expression::Delivery(text), &variables);
        let copy = if bases.is_empty() { String::new() } else { text(DeliveryText::BaseCopy)? };
        let folder = if copy.trim().is_empty() { text(DeliveryText::BaseFolder)? } else { copy };
        if let Some(why) = refusal(&folder, &bases) {
            return Err(wrong(scaffold, &format!("`{folder}` {why}")));
        }
        bases.push(EnvironmentBase { folder, image_file: text(DeliveryText::ImageFile)? });
    }
    Ok(bases)
}

fn refusal(folder: &str, earlier: &[EnvironmentBase]) -> Option<String> {
    let Some(path) = folder.strip_suffix('/') else {
        return Some("is not a folder: it needs a `/` at its end".to_owned());
    };
    // Only the first one can be shared.
    let is_shared = earlier.first().is_some_and(|first| first.folder == folder);
    let meets =
        |other: &&EnvironmentBase| folder.starts_with(&other.folder) || other.folder.starts_with(folder);
    paths::refusal(path).or_else(|| {
        let other = earlier.iter().find(meets).filter(|_| !is_shared)?;
        Some(format!("is in the same place as `{}`, the base of another environment", other.folder))
    })
}

fn wrong(scaffold: &Scaffold, why: &str) -> Error {
    broken(scaffold).problems([Problem::new(format!("delivery, base: {why}"), "")])
}

/// Returns the copies in `bases` of what `files` have in the base of the first environment.
pub(super) fn copies(bases: &[EnvironmentBase], files: &[RenderedFile]) -> Vec<RenderedFile> {
    let Some((first, others)) = bases.split_first() else { return Vec::new() };
    let copy = |base: &EnvironmentBase, original: &RenderedFile| {
        let path = format!("{}{}", base.folder, original.path.strip_prefix(&first.folder)?);
        let (file, slot) = (original.file.clone(), path.clone());
        Some(RenderedFile { path, file, ownership: Ownership::Promoted, slot })
    };
    let own = others.iter().filter(|base| base.folder != first.folder);
    own.flat_map(|base| files.iter().filter_map(|file| copy(base, file))).collect()
}

/// Returns the copies that are missing in `after`, for environments that were on the base of the first one `before`, or that
/// are new. They begin with what the environment has: its own files of before, else those of the first one.
pub(crate) fn missing(bases: &[EnvironmentBase], before: &Tree, after: &Tree) -> Tree {
    let Some((first, others)) = bases.split_first() else { return Tree::new() };
    let mut missing = Tree::new();
    for base in others.iter().filter(|base| below(after, &base.folder).next().is_none()) {
        let was_there =
            before.contains_key(&base.image_file) && below(before, &first.folder).next().is_some();
        let origin = if was_there { before } else { after };
        missing.extend(
            below(origin, &first.folder).map(|(rest, file)| (format!("{}{rest}", base.folder), file.clone())),
        );
    }
    missing
}

/// Whether `path` is in a copy of one of the lists.
pub(crate) fn is_in_copy(lists: [&[EnvironmentBase]; 2], path: &str) -> bool {
    lists.iter().any(|bases| copies_among(bases).any(|copy| path.starts_with(copy)))
}

/// Returns the copies that environments are going to be built on, and that have files although no environment `was` built on
/// them.
pub(crate) fn strangers<'b>(
    was: &[EnvironmentBase],
    is: &'b [EnvironmentBase],
    before: &Tree,
) -> Vec<&'b str> {
    let is_new = |folder: &&str| was.iter().all(|base| base.folder != *folder);
    copies_among(is).filter(is_new).filter(|folder| below(before, folder).next().is_some()).collect()
}

fn copies_among(bases: &[EnvironmentBase]) -> impl Iterator<Item = &str> {
    let first = bases.first().map(|first| &first.folder);
    bases
        .iter()
        .map(|base| base.folder.as_str())
        .filter(move |folder| first.is_some_and(|first| first != folder))
}

/// Returns the copies in `before` that no environment `is` built on any more, and whether the first base still has all that is in
/// each.
pub(crate) fn unused(was: &[EnvironmentBase], is: &[EnvironmentBase], before: &Tree) -> Vec<(String, bool)> {
    let Some((first, others)) = was.split_first() else { return Vec::new() };
    let is_unused = |base: &&EnvironmentBase| is.iter().all(|other| other.folder != base.folder);
    let kept: BTreeMap<&str, &File> = below(before, &first.folder).collect();
    let state = |base: &EnvironmentBase| {
        let mut files = below(before, &base.folder).peekable();
        files.peek()?;
        Some((base.folder.clone(), files.all(|(rest, file)| kept.get(rest) == Some(&file))))
    };
    others.iter().filter(is_unused).filter_map(state).collect()
}

fn below<'t>(tree: &'t Tree, folder: &'t str) -> impl Iterator<Item = (&'t str, &'t File)> {
    tree.range(folder.to_owned()..).map_while(move |(path, file)| Some((path.strip_prefix(folder)?, file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(folder: &str, name: &str) -> EnvironmentBase {
        EnvironmentBase { folder: folder.to_owned(), image_file: format!("images/{name}") }
    }

    fn tree(files: &[(&str, &str)]) -> Tree {
        files.iter().map(|(path, text)| ((*path).to_owned(), File::new(*text, false))).collect()
    }

    #[test]
    fn an_environment_that_was_there_keeps_what_it_has() {
        let bases = [base("base/", "a"), base("base-b/", "b"), base("base-c/", "c"), base("base/", "d")];
        let before = tree(&[("base/x", "old"), ("base/own", "mine"), ("images/b", ""), ("base-/x", "other")]);
        let after = tree(&[("base/x", "new"), ("base/own", "mine"), ("images/b", ""), ("images/c", "")]);
        let expected =
            tree(&[("base-b/own", "mine"), ("base-b/x", "old"), ("base-c/own", "mine"), ("base-c/x", "new")]);
        assert_eq!(missing(&bases, &before, &after), expected);
        let after: Tree = after.into_iter().chain(expected).collect();
        assert_eq!(missing(&bases, &before, &after), Tree::new());
    }

    #[test]
    fn a_copy_goes_with_its_environment() {
        let was = [base("base/", "a"), base("base-b/", "b"), base("base-c/", "c"), base("base-d/", "d")];
        let before = tree(&[("base/x", "1"), ("base/y", "2"), ("base-b/x", "1"), ("base-c/x", "0")]);
        let is = [base("base/", "a")];
        assert_eq!(unused(&was, &is, &before), [("base-b/".to_owned(), true), ("base-c/".to_owned(), false)]);
        assert_eq!(unused(&was, &was, &before), []);
        assert_eq!(unused(&[], &is, &before), []);
    }

    #[test]
    fn a_folder_that_nothing_was_built_on_is_no_copy() {
        let was = [base("base/", "a"), base("base/", "b"), base("base-c/", "c")];
        let is = [base("base/", "a"), base("base-b/", "b"), base("base-c/", "c"), base("base-d/", "d")];
        let before = tree(&[("base/x", ""), ("base-b/x", ""), ("base-c/x", "")]);
        assert_eq!(strangers(&was, &is, &before), ["base-b/"]);
        assert!(is_in_copy([&was, &is], "base-d/x") && !is_in_copy([&was, &is], "base/x"));
    }

    #[test]
    fn bases_do_not_meet() {
        let earlier = [base("base/", "a"), base("base-b/", "b")];
        assert_eq!(refusal("base/", &earlier), None);
        assert_eq!(refusal("base-c/", &earlier), None);
        for (folder, why) in [
            ("base-c", "is not a folder: it needs a `/` at its end"),
            ("base-b/", "is in the same place as `base-b/`, the base of another environment"),
            ("base/c/", "is in the same place as `base/`, the base of another environment"),
            ("/", "is not a relative path with `/` between its parts"),
        ] {
            assert_eq!(refusal(folder, &earlier).as_deref(), Some(why), "{folder}");
        }
    }
}
