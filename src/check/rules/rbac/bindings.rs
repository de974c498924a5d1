//! Roles and service accounts that are named and not there.

use crate::check::finding::{Finding, Severity};
use crate::check::kustomize::{Builds, Object, RenderedValue, Root};
use crate::check::model::lookup::{find, is_known, is_open, meant};
use crate::check::model::templates;
use crate::check::registry::TN028;
use crate::suggest;

const RBAC: &str = "rbac.authorization.k8s.io";

/// Adds what is wrong.
pub(crate) fn findings(builds: &Builds<'_>, found: &mut Vec<Finding>) {
    for (root, object) in builds.objects().filter(|(root, _)| is_known(builds, root)) {
        if object.is(RBAC, "RoleBinding") {
            found.extend(role(builds, root, object));
            let subjects = object.content().items_at(&["subjects"]).iter();
            found.extend(subjects.filter_map(|subject| subject_finding(builds, root, object, subject)));
        }
        let account =
            templates::template(object).and_then(|template| template.spec.get("serviceAccountName"));
        found.extend(account.and_then(|account| missing_account(builds, root, object, account)));
    }
}

fn role(builds: &Builds<'_>, root: &Root<'_>, binding: &Object<'_>) -> Option<Finding> {
    let role = binding.content().get("roleRef").filter(|role| role.str_at(&["kind"]) == Some("Role"))?;
    let name = role.get("name").filter(|name| !is_open(name.text()))?;
    if find(builds, root, binding, (RBAC, "Role"), name.text()).is_some() {
        return None;
    }
    let message = format!("no Role `{}` is rendered for this namespace", name.text());
    let hint = format!("the binding gives no right at all{}", meant(root, (RBAC, "Role"), name.text()));
    Some(name.location().finding(&TN028, message).severity(Severity::Warning).hint(hint))
}

fn subject_finding(
    builds: &Builds<'_>,
    root: &Root<'_>,
    binding: &Object<'_>,
    subject: &RenderedValue<'_>,
) -> Option<Finding> {
    let name = subject.get("name").filter(|name| !is_open(name.text()))?;
    // Another namespace is another team's business.
    let namespace =
        subject.str_at(&["namespace"]).filter(|namespace| Some(*namespace) != binding.namespace());
    let is_account = subject.str_at(&["kind"]) == Some("ServiceAccount");
    (is_account && namespace.is_none()).then(|| missing_account(builds, root, binding, name))?
}

/// A finding where no build makes the ServiceAccount that `name` is, in the namespace of `from`.
pub(crate) fn missing_account(
    builds: &Builds<'_>,
    root: &Root<'_>,
    from: &Object<'_>,
    name: &RenderedValue<'_>,
) -> Option<Finding> {
    let text = name.text();
    let is_fine = is_open(text) || text == "default" || !builds.is_whole();
    if is_fine || find(builds, root, from, ("", "ServiceAccount"), text).is_some() {
        return None;
    }
    let accounts =
        builds.objects().map(|(_, object)| object).filter(|object| object.is("", "ServiceAccount"));
    let known: Vec<_> = accounts.map(Object::written_name).collect();
    let message = format!("no ServiceAccount `{text}` is rendered for this namespace");
    let hint = format!(
        "what runs under it is refused until somebody creates it by hand{}",
        suggest::hint(text, known)
    );
    Some(name.location().finding(&TN028, message).severity(Severity::Warning).hint(hint))
}
