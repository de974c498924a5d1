//! A Task or Pipeline and its caller: whatever it needs is given, and whatever is given is declared.

use super::declarations::Declarations;
use crate::check::finding::{Finding, Severity};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::Rule;
use crate::suggest;

pub(super) struct Call<'c, 'a> {
    /// The rule to report if something is missing.
    pub(super) rule: &'static Rule,
    /// A task of a Pipeline, or the spec of a run.
    pub(super) caller: &'c RenderedValue<'a>,
    pub(super) at: &'c RenderedValue<'a>,
    pub(super) callee: &'c RenderedValue<'a>,
    /// The callee as messages name it, as in "Task `build`".
    pub(super) name: String,
    /// The declarations that are available without being passed.
    pub(super) scope: Option<&'c Declarations<'c>>,
}

impl Call<'_, '_> {
    pub(super) fn findings(&self) -> Vec<Finding> {
        let given = given_params(self.caller);
        let mut found = self.of_list("param", &given, |item| item.get("default").is_some());
        let given = super::names(self.caller, "workspaces");
        let is_optional =
            |item: &RenderedValue<'_>| item.get("optional").and_then(RenderedValue::as_bool) == Some(true);
        found.extend(self.of_list("workspace", &given, is_optional));
        found
    }

    fn of_list(
        &self,
        what: &str,
        given: &[&RenderedValue<'_>],
        may_lack: impl Fn(&RenderedValue<'_>) -> bool,
    ) -> Vec<Finding> {
        let mut found = Vec::new();
        let list = format!("{what}s");
        // `v1alpha1` declared params in `inputs`.
        let of_inputs = self.callee.items_at(&["inputs", &*list]);
        let declared = self.callee.items_at(&[&*list]).iter().chain(of_inputs);
        let names: Vec<_> =
            declared.clone().filter_map(|item| item.get("name")).map(RenderedValue::text).collect();
        let is_inherited = |name: &str| {
            self.scope.is_some_and(|scope| match what {
                "param" => scope.has_param(name),
                _ => scope.has_workspace(name),
            })
        };
        for item in declared.filter(|item| !may_lack(item)) {
            let Some(name) = item.get("name").map(RenderedValue::text) else { continue };
            if !is_inherited(name) && !given.iter().any(|known| known.text() == name) {
                let message = format!("{} requires the {what} `{name}`, which is missing here", self.name);
                let hint = format!("add it to `{what}s`, or make it optional in {}", self.name);
                found.push(self.at.location().finding(self.rule, message).hint(hint));
            }
        }
        // An embedded Task may take anything from its surroundings.
        for name in given.iter().filter(|name| self.scope.is_none() && !names.contains(&name.text())) {
            let message = format!("{} has no {what} `{}`", self.name, name.text());
            let hint = format!("this has no effect{}", suggest::hint(name.text(), names.iter().copied()));
            let finding = name.location().finding(self.rule, message).hint(hint);
            found.push(finding.severity(Severity::Warning));
        }
        found
    }
}

fn given_params<'c, 'a>(caller: &'c RenderedValue<'a>) -> Vec<&'c RenderedValue<'a>> {
    let mut given = super::names(caller, "params");
    // As `v1alpha1` gave them.
    given.extend(caller.get("inputs").into_iter().flat_map(|inputs| super::names(inputs, "params")));
    if let Some(matrix) = caller.get("matrix") {
        given.extend(super::names(matrix, "params"));
        given.extend(matrix.items_at(&["include"]).iter().flat_map(|item| super::names(item, "params")));
    }
    given
}
