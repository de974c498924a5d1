//! Which resource a name means: one answer for all rules.
//!
//! A name means a resource of its group and kind in the namespace of the one that names it. Where a repository has
//! several, those count that are nearest:
//!
//! 1. in the same build, which the cluster gets together
//! 2. in the same file
//! 3. in the same folder of the repository
//!
//! If several are left, the name is ambiguous. A rule then reports only what is wrong with each of them ([`agreed`]), so
//! that no finding depends on the one that is meant, nor on how folders are called.

use std::ptr;

use super::{BuiltObject, Model};
use crate::check::files;
use crate::check::finding::Finding;
use crate::check::kustomize::Object;
use crate::check::rendered_value::{Location, RenderedValue};
use crate::check::schema::formats;
use crate::suggest;

pub(crate) type GroupKind<'k> = (&'k str, &'k str);

pub(crate) const CONFIG_MAP: GroupKind<'_> = ("", "ConfigMap");
pub(crate) const SERVICE: GroupKind<'_> = ("", "Service");
pub(crate) const SERVICE_ACCOUNT: GroupKind<'_> = ("", "ServiceAccount");

impl<'a> Model<'a> {
    /// Returns the resources that `name` can refer to when used in `from`; empty if none exists in the
    /// repository, several if it is ambiguous.
    pub(crate) fn meant_by(
        &self,
        from: BuiltObject<'_>,
        (group, kind): GroupKind<'_>,
        name: &str,
    ) -> Vec<BuiltObject<'a>> {
        let called = self.builds.called((group, kind), name);
        let called = called.map(|(build, object)| BuiltObject { build, object });
        // Argo CD looks for projects in its own namespace, wherever the Application is.
        let mut found: Vec<_> =
            called.filter(|it| kind == "AppProject" || may_share_namespace(*it, from)).collect();
        let path = from.location().path();
        // What is in test data is not in the cluster, except for other test data.
        found.retain(|it| !is_test_data(it.location().path()) || is_test_data(path));
        let nearer: [&dyn Fn(&BuiltObject<'a>) -> bool; 3] = [
            &|it| ptr::eq(ptr::from_ref(it.build).cast::<()>(), ptr::from_ref(from.build).cast()),
            &|it| it.location().path() == path,
            &|it| files::split(it.location().path()).0 == files::split(path).0,
        ];
        for is_near in nearer {
            if found.iter().any(is_near) {
                found.retain(is_near);
            }
        }
        found
    }

    /// Returns the findings of `check` about the Pipeline of a `PipelineRun`: the inline one, or all that its
    /// reference can mean.
    pub(crate) fn of_pipeline(
        &self,
        run: BuiltObject<'a>,
        check: impl FnMut(&'a RenderedValue<'a>) -> Vec<Finding>,
    ) -> Vec<Finding> {
        let Some(spec) = run.content().get("spec") else { return Vec::new() };
        if let Some(inner) = spec.get("pipelineSpec") {
            return agreed([inner], run.location(), check);
        }
        let name = spec.get("pipelineRef").and_then(|reference| local_name(reference, "Pipeline"));
        let Some(name) = name else { return Vec::new() };
        let meant = self.meant_by(run, ("tekton.dev", "Pipeline"), name.text()).into_iter();
        agreed(meant.filter_map(|pipeline| pipeline.content().get("spec")), name.location(), check)
    }
}

impl BuiltObject<'_> {
    /// Returns `; did you mean ...?` if its build has a similar name.
    pub(crate) fn suggestion(self, (group, kind): GroupKind<'_>, name: &str) -> String {
        suggest::hint(name, self.build.rendered.of(group, kind).map(Object::written_name))
    }
}

/// Returns the findings of `check` that all `candidates` share. One inside a candidate is moved to `name`,
/// where the candidates are named.
pub(crate) fn agreed<T>(
    candidates: impl IntoIterator<Item = T>,
    name: Location<'_>,
    check: impl FnMut(T) -> Vec<Finding>,
) -> Vec<Finding> {
    let mut all = candidates.into_iter().map(check);
    let mut agreed = all.next().unwrap_or_default();
    for others in all {
        agreed.retain_mut(|finding| {
            let same = |other: &&Finding| other.rule == finding.rule && other.message == finding.message;
            let Some(other) = others.iter().find(same) else { return false };
            if (&other.path, other.start) != (&finding.path, finding.start) {
                let moved = name.finding(finding.rule, &*finding.message);
                *finding = moved.severity(finding.severity).hint(&*finding.hint);
            }
            true
        });
    }
    agreed
}

/// Returns the single resource among `candidates`, which may contain it repeatedly with the same content.
pub(crate) fn only<'a>(candidates: &[BuiltObject<'a>]) -> Option<BuiltObject<'a>> {
    let (first, others) = candidates.split_first()?;
    let is_same = |other: &BuiltObject<'_>| {
        other.location().key() == first.location().key() && other.content().content_eq(first.content())
    };
    others.iter().all(is_same).then_some(*first)
}

pub(crate) fn may_share_namespace(one: BuiltObject<'_>, other: BuiltObject<'_>) -> bool {
    one.namespace().zip(other.namespace()).is_none_or(|(one, other)| one == other)
}

/// Returns the name of a Task or Pipeline in this cluster given by `reference`. `None` if it uses a resolver,
/// a bundle or another controller, or names a version, which a program has to resolve.
pub(crate) fn local_name<'t, 'a>(
    reference: &'t RenderedValue<'a>,
    kind: &str,
) -> Option<&'t RenderedValue<'a>> {
    let is_other = ["resolver", "bundle", "version"].iter().any(|key| reference.get(key).is_some())
        || reference.str_at(&["kind"]).is_some_and(|known| known != kind)
        || reference.str_at(&["apiVersion"]).is_some_and(|version| !version.starts_with("tekton.dev/"));
    let name = reference.get("name").filter(|_| !is_other)?;
    let is_plain = name.as_str().is_some_and(|name| !name.contains(['$', '{', ':']));
    is_plain.then_some(name)
}

/// Whether the file is an example or belongs to a test.
pub(crate) fn is_test_data(path: &str) -> bool {
    const FOLDERS: [&str; 8] =
        ["testdata", "test", "tests", "golden", "fixtures", "examples", "samples", "archived"];
    files::split(path).0.split('/').any(|part| FOLDERS.contains(&part) || part.starts_with("archived"))
}

/// Whether the text is empty or contains variables to substitute.
pub(crate) fn is_placeholder(text: &str) -> bool {
    text.is_empty() || formats::is_placeholder(text)
}

/// Whether `path` is `folder` or inside it.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| folder.is_empty() || rest.is_empty() || rest.starts_with('/'))
}
