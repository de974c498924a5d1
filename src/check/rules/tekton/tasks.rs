//! Tasks: every variable means something, and everything that is declared is used.

use super::scope::Scope;
use super::{Concern, unused, variables};
use crate::check::kustomize::RenderedValue;

/// Checks the spec of a Task.
pub(crate) fn check(concern: &mut Concern<'_, '_>, spec: &RenderedValue<'_>) {
    let kind = concern.object.kind();
    variables(concern, spec, &Scope::of(spec), &format!("this {kind}"));
    unused::of_task(concern, spec);
}

/// Checks the variables of a Task where `scope` is declared, and its own results.
pub(crate) fn variables(
    concern: &mut Concern<'_, '_>,
    spec: &RenderedValue<'_>,
    scope: &Scope<'_>,
    declarer: &str,
) {
    let scope = scope.clone().with_results(spec);
    for (scalar, variable) in variables::below(spec, &[]) {
        concern.found.extend(scope.check(scalar, &variable, declarer));
    }
}
