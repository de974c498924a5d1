//! Tasks: every variable means something, and every declaration is used.

use super::declarations::Declarations;
use super::{TektonCheck, unused, variables};
use crate::check::rendered_value::RenderedValue;

/// Checks the spec of a Task.
pub(super) fn check(check: &mut TektonCheck<'_, '_>, spec: &RenderedValue<'_>) {
    let kind = check.resource.kind();
    variables(check, spec, &Declarations::of(spec), &format!("this {kind}"));
    unused::of_task(check, spec);
}

/// Checks the variables of a Task where `scope` is declared, and its own results.
pub(super) fn variables(
    check: &mut TektonCheck<'_, '_>,
    spec: &RenderedValue<'_>,
    scope: &Declarations<'_>,
    declarer: &str,
) {
    let scope = scope.clone().with_results(spec);
    for (scalar, variable) in variables::below(spec, &[]) {
        check.found.extend(scope.check(scalar, &variable, declarer));
    }
}
