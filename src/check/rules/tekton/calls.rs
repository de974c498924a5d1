//! A Task or Pipeline and whoever runs it: what is asked for is given, and what is given is asked for.

use super::Concern;
use super::scope::Scope;
use crate::check::finding::Severity;
use crate::check::kustomize::RenderedValue;
use crate::check::registry::Rule;
use crate::suggest;

/// Who runs what, and on which terms.
pub(crate) struct Call<'c, 't, 'a> {
    /// The rule that is broken where something is missing.
    pub(crate) rule: &'static Rule,
    /// What runs it: a task of a Pipeline, or the spec of a run.
    pub(crate) caller: &'t RenderedValue<'a>,
    /// What to point at where something is not there.
    pub(crate) at: &'t RenderedValue<'a>,
    /// The spec of what is run.
    pub(crate) callee: &'t RenderedValue<'a>,
    /// What is run, as in "Task `build`".
    pub(crate) name: String,
    /// What is there without being given.
    pub(crate) scope: Option<&'c Scope<'t>>,
}

impl Call<'_, '_, '_> {
    /// Checks params and workspaces.
    pub(crate) fn check(&self, concern: &mut Concern<'_, '_>) {
        let given = given_params(self.caller);
        self.list(concern, "param", &given, |item| item.get("default").is_some());
        let given = super::names(self.caller, "workspaces");
        let is_optional =
            |item: &RenderedValue<'_>| item.get("optional").and_then(RenderedValue::as_bool) == Some(true);
        self.list(concern, "workspace", &given, is_optional);
    }

    fn list(
        &self,
        concern: &mut Concern<'_, '_>,
        what: &str,
        given: &[&RenderedValue<'_>],
        may_lack: impl Fn(&RenderedValue<'_>) -> bool,
    ) {
        let declared = self.callee.items_at(&[&*format!("{what}s")]);
        let names: Vec<_> =
            declared.iter().filter_map(|item| item.get("name")).map(RenderedValue::text).collect();
        let is_inherited = |name: &str| {
            self.scope.is_some_and(|scope| match what {
                "param" => scope.has_param(name),
                _ => scope.has_workspace(name),
            })
        };
        for item in declared.iter().filter(|item| !may_lack(item)) {
            let Some(name) = item.get("name").map(RenderedValue::text) else { continue };
            if !is_inherited(name) && !given.iter().any(|known| known.text() == name) {
                let message = format!("{} needs the {what} `{name}`, which is not given here", self.name);
                let hint = format!("add it to `{what}s`, or let {} do without", self.name);
                concern.found.push(self.at.location().finding(self.rule, message).hint(hint));
            }
        }
        // What is written in place takes what it likes from around it.
        for name in given.iter().filter(|name| self.scope.is_none() && !names.contains(&name.text())) {
            let message = format!("{} has no {what} `{}`", self.name, name.text());
            let hint = format!("this has no effect{}", suggest::hint(name.text(), names.iter().copied()));
            let finding = name.location().finding(self.rule, message).hint(hint);
            concern.found.push(finding.severity(Severity::Warning));
        }
    }
}

/// The names of the params that a task of a Pipeline, or a run, gives.
fn given_params<'t, 'a>(caller: &'t RenderedValue<'a>) -> Vec<&'t RenderedValue<'a>> {
    let mut given = super::names(caller, "params");
    if let Some(matrix) = caller.get("matrix") {
        given.extend(super::names(matrix, "params"));
        given.extend(matrix.items_at(&["include"]).iter().flat_map(|item| super::names(item, "params")));
    }
    given
}
