//! The params, workspaces and results that variables can mean in one place.

use std::collections::BTreeMap;

use super::variables::Variable;
use crate::check::finding::{Finding, Severity};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN031;
use crate::suggest;

/// The variables `$(context...)` (`docs/variables.md` of Tekton Pipelines).
const CONTEXT: [&[&str]; 11] = [
    &["pipelineRun", "name"],
    &["pipelineRun", "namespace"],
    &["pipelineRun", "uid"],
    &["pipeline", "name"],
    &["pipelineTask", "retries"],
    &["taskRun", "name"],
    &["taskRun", "namespace"],
    &["taskRun", "uid"],
    &["task", "name"],
    &["task", "retry-count"],
    &["step", "name"],
];

#[derive(Clone, Debug, Default)]
pub(super) struct Declarations<'t> {
    /// Params, each with the keys of an object, if known.
    params: BTreeMap<&'t str, Option<Vec<&'t str>>>,
    workspaces: Vec<&'t str>,
    /// `None` if results are ignored.
    results: Option<Vec<&'t str>>,
}

impl<'t> Declarations<'t> {
    pub(super) fn of(spec: &'t RenderedValue<'_>) -> Self {
        let mut scope = Self::default();
        scope.extend(spec);
        scope
    }

    /// Adds the params and workspaces of `spec`, which may also be the spec of a run.
    pub(super) fn extend(&mut self, spec: &'t RenderedValue<'_>) {
        self.add_params(spec);
        // As `v1alpha1` declared them.
        if let Some(inputs) = spec.get("inputs") {
            self.add_params(inputs);
        }
        self.workspaces.extend(super::names(spec, "workspaces").into_iter().map(RenderedValue::text));
    }

    /// Adds the params that each run of a task with a matrix gets.
    pub(super) fn add_matrix(&mut self, task: &'t RenderedValue<'_>) {
        if let Some(matrix) = task.get("matrix") {
            self.add_params(task);
            self.add_params(matrix);
            for combination in matrix.items_at(&["include"]) {
                self.add_params(combination);
            }
        }
    }

    fn add_params(&mut self, spec: &'t RenderedValue<'_>) {
        for param in spec.items_at(&["params"]) {
            if let Some(name) = param.get("name") {
                self.params.insert(name.text(), keys(param));
            }
        }
    }

    /// Adds the results that steps may write.
    #[must_use]
    pub(super) fn with_results(mut self, spec: &'t RenderedValue<'_>) -> Self {
        self.results = Some(super::names(spec, "results").into_iter().map(RenderedValue::text).collect());
        self
    }

    pub(super) fn has_param(&self, name: &str) -> bool {
        self.params.contains_key(name)
    }

    pub(super) fn has_workspace(&self, name: &str) -> bool {
        self.workspaces.contains(&name)
    }

    pub(super) fn workspaces(&self) -> &[&'t str] {
        &self.workspaces
    }

    /// Reports an invalid variable in `scalar`; `declarer` names what declares, as in "this Task".
    pub(super) fn check(
        &self,
        scalar: &RenderedValue<'_>,
        variable: &Variable<'_>,
        declarer: &str,
    ) -> Option<Finding> {
        let (what, name, known): (_, _, Vec<&str>) = match &variable.parts[..] {
            ["params", name] | ["inputs", "params", name] if !self.has_param(name) => {
                ("param", (*name).to_owned(), self.params.keys().copied().collect())
            }
            ["params", name, key, ..] => return self.check_key(scalar, variable, (name, key), declarer),
            ["workspaces", name, ..] if !self.has_workspace(name) => {
                ("workspace", (*name).to_owned(), self.workspaces.clone())
            }
            ["results", name, "path"] => {
                let known = self.results.as_ref().filter(|known| !known.contains(name))?;
                ("result", (*name).to_owned(), known.clone())
            }
            ["context", rest @ ..] if !CONTEXT.contains(&rest) => {
                let message = format!("Tekton does not know `{}`", variable.text);
                let hint = "Tekton rejects it or leaves it as it is; it knows `context.pipelineRun.name`, \
                            `context.taskRun.name` and a few more";
                return Some(at(scalar, variable, message).hint(hint));
            }
            _ => return None,
        };
        let message = format!("`{}`: {declarer} has no {what} `{name}`", variable.text);
        let finding = at(scalar, variable, message).hint(undeclared(what, &name, known));
        // Where Tekton accepts it, it means no.
        let is_question = variable.parts.last() == Some(&"bound");
        Some(if is_question { finding.severity(Severity::Warning) } else { finding })
    }

    /// Reports an unknown key of an object, or a name with dots that should be in brackets.
    fn check_key(
        &self,
        scalar: &RenderedValue<'_>,
        variable: &Variable<'_>,
        (name, key): (&str, &str),
        declarer: &str,
    ) -> Option<Finding> {
        let dotted = variable.parts[1..].join(".");
        let Some(keys) = self.params.get(name) else {
            if self.has_param(&dotted) {
                return None;
            }
            let message = format!("`{}`: {declarer} has no param `{name}`", variable.text);
            return Some(at(scalar, variable, message).hint(undeclared(
                "param",
                name,
                self.params.keys().copied().collect(),
            )));
        };
        let keys = keys.as_ref().filter(|keys| !keys.contains(&key))?;
        let message = format!("`{}`: param `{name}` has no key `{key}`", variable.text);
        let hint =
            format!("declare it in `properties` of the param{}", suggest::hint(key, keys.iter().copied()));
        Some(at(scalar, variable, message).hint(hint))
    }
}

fn undeclared(what: &str, name: &str, known: Vec<&str>) -> String {
    format!("declare it in `spec.{what}s`, or correct the name{}", suggest::hint(name, known))
}

fn at(scalar: &RenderedValue<'_>, variable: &Variable<'_>, message: String) -> Finding {
    scalar.location().within(variable.text).finding(&TN031, message)
}

/// Returns the keys of an object param; `None` for any other param.
fn keys<'t>(param: &'t RenderedValue<'_>) -> Option<Vec<&'t str>> {
    let properties = param.get("properties")?;
    let default = param.get("default").into_iter();
    Some(default.chain([properties]).flat_map(RenderedValue::entries).map(|entry| &*entry.key).collect())
}
