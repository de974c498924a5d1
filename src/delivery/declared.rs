//! What the scaffold declares about releases, evaluated for the answers of one project.

use crate::error::{Error, ErrorKind, Problem, Result};
use crate::scaffold::Scaffold;
use crate::scaffold::definition::delivery::{DeliveryRule, DeliveryText, REVISION, TAG};
use crate::scaffold::render;
use crate::scaffold::render::bases::{self, EnvironmentBase};
use crate::scaffold::render::engine::Variables;
use crate::scaffold::render::expressions::Expression;
use crate::scaffold::render::paths;
use crate::values::value::Answers;

/// Where a project's releases are, by paths below its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// What is released.
    pub(crate) name: String,
    /// The branch that is deployed, if that is known.
    pub(crate) branch: Option<String>,
    pub(crate) source: String,
    /// The branch that releases are on, if that is known.
    pub(crate) source_branch: Option<String>,
    pub(crate) release_file: String,
    pub(crate) variables: ReleaseVariables,
    pub(crate) longest_tag: Option<usize>,
    pub(crate) line: ReleaseLine,
    /// In order of promotion.
    pub(crate) environments: Vec<Environment>,
}

/// The names of the variables in the release file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReleaseVariables {
    pub(crate) tag: String,
    pub(crate) revision: String,
}

/// An environment and its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(crate) name: String,
    pub(crate) image_file: String,
    /// `None` if all environments are built on the same one.
    pub(crate) base: Option<PromotedBase>,
    /// Files, or folders with a `/` at their end, that a promotion copies besides the image file and the base.
    pub(crate) promoted: Vec<String>,
    /// Files, or folders with a `/` at their end, that decide what runs besides the image.
    pub(crate) manifests: Vec<String>,
}

/// The manifests that an environment is built on, where a promotion carries them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PromotedBase {
    /// Ends in `/`.
    pub(crate) folder: String,
    /// Whether promotions write it. That of the first environment is written by people and upgrades.
    pub(crate) is_copy: bool,
}

/// The form of the line that says which release an image file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReleaseLine {
    before: String,
    between: String,
    after: String,
    is_tag_first: bool,
}

impl ReleaseLine {
    /// Reads a line with both placeholders, each once.
    pub(super) fn of(line: &str) -> Option<Self> {
        let (tag, revision) = (line.find(TAG)?, line.find(REVISION)?);
        let is_tag_first = tag < revision;
        let (first, second) = if is_tag_first { (TAG, REVISION) } else { (REVISION, TAG) };
        let (before, rest) = line.split_once(first)?;
        let (between, after) = rest.split_once(second)?;
        let [before, between, after] = [before, between, after].map(str::to_owned);
        Some(Self { before, between, after, is_tag_first })
    }

    /// Returns the tag and the revision that `text` has in the first line of this form.
    pub(crate) fn read<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        text.lines().find_map(|line| {
            let inner = line.strip_prefix(&*self.before)?.strip_suffix(&*self.after)?;
            let (first, second) = inner.split_once(&*self.between)?;
            Some(if self.is_tag_first { (first, second) } else { (second, first) })
        })
    }
}

impl Scaffold {
    /// Evaluates what the scaffold declares about releases.
    ///
    /// # Errors
    /// A precondition: it declares nothing. A template that cannot be evaluated, or a path that leaves the folder.
    pub(crate) fn delivery(&self, answers: &Answers) -> Result<Delivery> {
        let Some(rule) = &self.definition.delivery else {
            let name = &self.definition.name;
            return Err(Error::precondition(format!("the scaffold `{name}` does not say what a release is"))
                .hint(
                    "its author can add the section `delivery` to `scaffold.yaml`: see docs/scaffolds.md",
                ));
        };
        let scope = render::scope(self, answers)?;
        let evaluation = Evaluation { scaffold: self, rule, variables: scope.variables() };
        let bases = bases::of(self, &scope)?;
        let mut environments = Vec::new();
        for (at, item) in scope.items(&rule.environments).iter().enumerate() {
            let name = item.get("name").and_then(|name| name.as_str()).unwrap_or_default();
            let mut variables = scope.variables().clone();
            variables.item(rule.item.clone(), item);
            let mut environment = Evaluation { variables: &variables, ..evaluation }.environment(name)?;
            environment.take_base(&bases, at);
            environments.push(environment);
        }
        if environments.is_empty() {
            return Err(Error::new(
                ErrorKind::Answers,
                format!("`{}` names not a single environment", rule.environments),
            ));
        }
        evaluation.delivery(environments)
    }
}

#[derive(Clone, Copy)]
struct Evaluation<'a> {
    scaffold: &'a Scaffold,
    rule: &'a DeliveryRule,
    variables: &'a Variables,
}

impl Evaluation<'_> {
    fn delivery(&self, environments: Vec<Environment>) -> Result<Delivery> {
        let rule = self.rule;
        let longest_tag = match self.optional(DeliveryText::LongestTag)? {
            Some(text) => Some(text.trim().parse().map_err(|_| {
                self.broken(&format!("`release.longest-tag` is `{text}`, which is not a number"))
            })?),
            None => None,
        };
        let line = ReleaseLine::of(&rule.image.line)
            .ok_or_else(|| self.broken("`image.line` does not have both placeholders"))?;
        Ok(Delivery {
            name: self.text(DeliveryText::Name)?,
            branch: self.optional(DeliveryText::Branch)?,
            source: self.text(DeliveryText::SourceRepository)?,
            source_branch: self.optional(DeliveryText::SourceBranch)?,
            release_file: self.path(DeliveryText::ReleaseFile)?,
            variables: ReleaseVariables {
                tag: rule.release.tag.clone(),
                revision: rule.release.revision.clone(),
            },
            longest_tag,
            line,
            environments,
        })
    }

    fn environment(&self, name: &str) -> Result<Environment> {
        let paths = |count: usize, text: fn(usize) -> DeliveryText| -> Result<Vec<String>> {
            (0..count).map(|index| self.path(text(index))).collect()
        };
        Ok(Environment {
            name: name.to_owned(),
            image_file: self.path(DeliveryText::ImageFile)?,
            base: None,
            promoted: paths(self.rule.promotes.len(), DeliveryText::Promoted)?,
            manifests: paths(self.rule.manifests.len(), DeliveryText::Manifests)?,
        })
    }

    fn text(&self, text: DeliveryText) -> Result<String> {
        self.scaffold.expressions.text(Expression::Delivery(text), self.variables)
    }

    /// The text, unless it is not declared or empty.
    fn optional(&self, text: DeliveryText) -> Result<Option<String>> {
        Ok(Some(self.text(text)?).filter(|text| !text.trim().is_empty()))
    }

    /// The path of a file, or of a folder with a `/` at its end.
    fn path(&self, text: DeliveryText) -> Result<String> {
        let path = self.text(text)?;
        match paths::refusal(path.strip_suffix('/').unwrap_or(&path)) {
            Some(refusal) => Err(self.broken(&format!("`{path}` {refusal}"))),
            None => Ok(path),
        }
    }

    fn broken(&self, why: &str) -> Error {
        render::broken(self.scaffold).problems([Problem::new(format!("delivery: {why}"), "")])
    }
}

impl Environment {
    /// Takes the base at its position among those of all environments.
    fn take_base(&mut self, bases: &[EnvironmentBase], at: usize) {
        let (Some(first), Some(base)) = (bases.first(), bases.get(at)) else { return };
        self.manifests.insert(0, base.folder.clone());
        let has_copies = bases.iter().any(|other| other.folder != first.folder);
        let is_copy = base.folder != first.folder;
        self.base = has_copies.then(|| PromotedBase { folder: base.folder.clone(), is_copy });
    }
}

impl Delivery {
    /// Returns the position of the environment `name`.
    ///
    /// # Errors
    /// A usage error that names the environments.
    pub(crate) fn position(&self, name: &str) -> Result<usize> {
        let names = || self.environments.iter().map(|environment| environment.name.as_str());
        names().position(|known| known == name).ok_or_else(|| {
            let all: Vec<_> = names().map(|name| format!("`{name}`")).collect();
            let hint = crate::suggest::hint(name, names());
            Error::new(
                ErrorKind::Usage,
                format!("`{name}` is not an environment; there are {}{hint}", all.join(", ")),
            )
        })
    }

    /// Gives every path the one that `moved` has for it.
    pub(crate) fn follow(&mut self, moved: impl Fn(&str) -> String) {
        self.release_file = moved(&self.release_file);
        for environment in &mut self.environments {
            environment.image_file = moved(&environment.image_file);
            for path in environment.promoted.iter_mut().chain(&mut environment.manifests) {
                *path = moved(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_in_either_order() {
        let line = ReleaseLine::of("# Release {tag}, built from {revision}.").unwrap();
        let text = "# Release\n# Release 1.0, built from abc.\n# Release 2.0, built from def.\n";
        assert_eq!(line.read(text), Some(("1.0", "abc")));
        assert_eq!(line.read("x: y\n"), None);
        let line = ReleaseLine::of("{revision} is {tag}").unwrap();
        assert_eq!(line.read("abc is 1.0"), Some(("1.0", "abc")));
        assert_eq!(ReleaseLine::of("{tag}"), None);
    }
}
