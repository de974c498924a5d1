//! Checks the kinds of manifests, and their fields: names, types, required fields and allowed values. The fields come from
//! upstream ([`table`]), or from the CRDs in the repository.

mod crd;
pub(crate) mod formats;
mod named_versions;
mod names;
mod patched;
mod scalar;
mod suggest_field;
mod table;
mod versions;
mod walk;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::finding::Finding;
use super::manifests::{Manifest, Manifests};
use super::model::{BuiltObject, Model};
use super::rendered_value::RenderedValue;
use super::source::{KUSTOMIZE, PatchUse, Source};
use crate::yaml::node::Node;
use crd::DefinedKinds;
use named_versions::NamedVersions;
use table::{ObjectType, ObjectTypes, Served};
use versions::VersionLookup;
use walk::{Reading, Walk};

pub(crate) use table::modules;

/// Whether the fields of this kind are in the tables.
pub(crate) fn is_known(group: &str, kind: &str) -> bool {
    table::versions(group, kind).iter().any(|served| served.fields.is_some())
}

/// Maximum number of findings about a newer version to list in a hint.
const NAMED: usize = 3;

pub(crate) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let builds = model.builds;
    let manifests = builds.manifests();
    let rendered = rendered(model);
    let types = ObjectTypes::default();
    let defined = DefinedKinds::read(manifests, &types);
    let has_task_versions = manifests.of("tekton.dev", "Task").any(is_one_version);
    let has_triggers_of_ibm = manifests.of("tekton.dev", "EventListener").any(is_of_ibm);
    let retyped = builds.notes.patches.iter().filter(|patch| patch.is_retyped);
    let retyped = retyped.filter_map(|patch| patch.source.key_of_document()).collect();
    let named_versions = NamedVersions::read(manifests);
    let mut schemas =
        Schemas { types, defined, rendered, retyped, named_versions, has_triggers_of_ibm, has_task_versions };
    schemas.keep_versions_of_patches(manifests);
    for manifest in manifests.iter() {
        schemas.manifest(manifest, found);
        for inner in templates(manifest) {
            schemas.manifest(inner, found);
        }
    }
    for kustomization in manifests.kustomizations().filter(|manifest| !says_what_it_is(*manifest)) {
        let fields = schemas.types.get("Kustomization");
        found.extend(schemas.walk(kustomization).findings(kustomization.root(), &fields));
    }
    patched::findings(&schemas, &builds.notes.patches, found);
}

/// Returns what kustomize renders of each manifest, by its location.
fn rendered<'m>(model: &'m Model<'_>) -> RenderedManifests<'m> {
    let folders: BTreeSet<&str> = model.builds.manifests().kustomizations().map(Manifest::folder).collect();
    let mut rendered = RenderedManifests::new();
    for resource in model.resources.iter().filter(|resource| folders.contains(&*resource.build.folder)) {
        rendered.entry(resource.location().key()).or_default().add(*resource);
    }
    rendered
}

fn in_short(finding: &Finding) -> String {
    let Finding { message, hint, .. } = finding;
    if hint.is_empty() { message.clone() } else { format!("{message} ({hint})") }
}

fn templates(manifest: Manifest<'_>) -> impl Iterator<Item = Manifest<'_>> {
    let is_one = manifest.is("triggers.tekton.dev", "TriggerTemplate");
    let roots = manifest.root().items_at(&["spec", "resourcetemplates"]).filter(move |_| is_one);
    roots.map(move |root| manifest.inner(root)).filter(|inner| says_what_it_is(*inner))
}

fn says_what_it_is(manifest: Manifest<'_>) -> bool {
    !manifest.api_version().is_empty() && !manifest.kind().is_empty()
}

/// What kustomize renders of a manifest, by path and first byte.
type RenderedManifests<'m> = HashMap<(&'m str, usize), RenderedManifest<'m>>;

/// What kustomize renders of one manifest: once in each build.
#[derive(Debug, Default)]
struct RenderedManifest<'m> {
    contents: Vec<&'m RenderedValue<'m>>,
    /// The name and namespace in each build.
    names: Vec<(&'m str, Option<&'m str>)>,
    /// Whether a build changes it in ways that are not known.
    has_unseen_changes: bool,
    /// Whether something else than a base that no overlay uses renders it.
    is_complete: bool,
}

impl<'m> RenderedManifest<'m> {
    fn add(&mut self, resource: BuiltObject<'m>) {
        let rendered = &resource.build.rendered;
        self.contents.push(resource.content());
        self.names.push((resource.object.name(), resource.object.namespace()));
        self.has_unseen_changes |= rendered.has_unseen_changes || rendered.lacks_patch;
        self.is_complete |= !is_base(&resource.build.folder) || resource.build.application().is_some();
    }
}

#[derive(Debug)]
struct Schemas<'m> {
    types: ObjectTypes,
    defined: DefinedKinds,
    rendered: RenderedManifests<'m>,
    /// The patches, by path and first byte, that change objects of another kind in the end. `patched` compares them with that.
    retyped: BTreeSet<(&'m str, usize)>,
    /// Versions that are not changed, since others name them.
    named_versions: NamedVersions,
    /// Whether the repository has pipelines of IBM Cloud Continuous Delivery, whose triggers are in the group of Tekton
    /// Pipelines.
    has_triggers_of_ibm: bool,
    /// Whether the repository is a catalog with versions of Tasks. Its program resolves `taskRef.version`, which Tekton does
    /// not know.
    has_task_versions: bool,
}

impl Schemas<'_> {
    fn manifest(&self, manifest: Manifest<'_>, found: &mut Vec<Finding>) {
        if manifest.source().patch_use == PatchUse::Unused
            || is_for_functions(manifest)
            || self.has_triggers_of_ibm && is_trigger_of_ibm(manifest)
            || self.retyped.contains(&(manifest.path(), manifest.root().span().start))
        {
            return;
        }
        let (group, kind) = (manifest.group(), manifest.kind());
        let version = manifest.api_version().rsplit('/').next().unwrap_or_default();
        if let Some(fields) = self.defined.get(group, kind, version) {
            if is_for_another_release(manifest.path()) || is_for_program(manifest) {
                return;
            }
            found.extend(self.walk(manifest).findings(manifest.root(), fields));
            return names::findings(manifest, (is_patch(manifest), self.rendered(manifest)), found);
        }
        let served = match versions::lookup(manifest) {
            VersionLookup::Foreign => return,
            // The kind of such a patch means nothing; `patched` compares it with what it changes.
            VersionLookup::Invalid(_) if manifest.source().patch_use == PatchUse::Targeted => return,
            // The repository defines versions that the tables do not have.
            VersionLookup::Invalid(_) if self.defined.versions(group, kind).next().is_some() => return,
            VersionLookup::Served(served) => Some(served),
            VersionLookup::Invalid(invalid) => {
                found.push(self.invalid(manifest, &invalid));
                invalid.served
            }
        };
        if let Some(fields) = served.and_then(|served| self.fields(served)) {
            found.extend(self.walk(manifest).findings(manifest.root(), &fields));
        }
        if group != KUSTOMIZE && !is_claim_for_tkn(manifest) {
            names::findings(manifest, (is_patch(manifest), self.rendered(manifest)), found);
        }
    }

    /// A patch and what it changes get another version together, or not at all.
    fn keep_versions_of_patches(&mut self, manifests: &Manifests<'_>) {
        let of = |manifest: Manifest<'_>| (manifest.api_version().to_owned(), manifest.kind().to_owned());
        let is_invalid =
            |manifest: &Manifest<'_>| matches!(versions::lookup(*manifest), VersionLookup::Invalid(_));
        let patched: BTreeSet<_> = named_versions::patches(manifests).filter(is_invalid).map(of).collect();
        if patched.is_empty() {
            return;
        }
        for manifest in manifests.iter().filter(|manifest| patched.contains(&of(*manifest))) {
            if let VersionLookup::Invalid(invalid) = versions::lookup(manifest)
                && self.invalid(manifest, &invalid).fix.is_none()
            {
                self.named_versions.add(manifest);
            }
        }
    }

    /// Returns the finding about an invalid version, with a fix if the manifest is valid in the correct one.
    fn invalid(&self, manifest: Manifest<'_>, invalid: &versions::InvalidVersion) -> Finding {
        let fields = invalid.successor.and_then(|served| self.fields(served));
        let is_known = fields.is_some() || invalid.successor.is_none();
        let there = fields.map(|fields| self.walk(manifest).findings(manifest.root(), &fields));
        let there = there.unwrap_or_default();
        let is_sound = is_known && there.is_empty();
        let is_named = self.named_versions.has(manifest);
        let finding = versions::finding(manifest, invalid, is_sound && !is_named);
        if is_sound && is_named {
            return finding.hint(format!("{}, also where patches and kustomizations name it", invalid.hint));
        }
        if there.is_empty() {
            return finding;
        }
        let changes: Vec<_> = there.iter().take(NAMED).map(in_short).collect();
        let more = if there.len() > NAMED { "; and more" } else { "" };
        finding.hint(format!("{}, but there {}{more}", invalid.hint, changes.join("; ")))
    }

    fn of(&self, api_version: &str, kind: &str) -> Option<Rc<ObjectType>> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let defined = self.defined.get(group, kind, version).map(Rc::clone);
        defined.or_else(|| {
            let served = table::versions(group, kind).iter().find(|served| served.version == version)?;
            self.fields(*served)
        })
    }

    fn fields(&self, served: Served) -> Option<Rc<ObjectType>> {
        served.fields.map(|name| self.types.get(name))
    }

    /// Returns what kustomize renders of the manifest; `None` if a cluster gets it as it is.
    fn rendered<'s>(&'s self, manifest: Manifest<'s>) -> Option<&'s RenderedManifest<'s>> {
        self.rendered.get(&(manifest.path(), manifest.root().span().start))
    }

    fn walk<'a>(&'a self, manifest: Manifest<'a>) -> Walk<'a> {
        let reading = if is_patch(manifest) {
            Reading::Patch
        } else if manifest.group() == KUSTOMIZE || !says_what_it_is(manifest) {
            Reading::Kustomization
        } else {
            Reading::Whole
        };
        let rendered = self.rendered(manifest);
        let contents = rendered.map_or(&[][..], |rendered| rendered.contents.as_slice());
        let has_nullable_fields = manifest.group() != "argoproj.io";
        self.walk_as(manifest.source(), reading)
            .with_rendered(contents, rendered.is_some_and(|rendered| rendered.has_unseen_changes))
            .with_base(rendered.is_some_and(|rendered| !rendered.is_complete))
            .with_nullable(has_nullable_fields)
    }

    fn walk_as<'a>(&'a self, source: &'a Source<'a>, reading: Reading) -> Walk<'a> {
        Walk::new(&self.types, source, reading).with_task_versions(self.has_task_versions)
    }
}

/// Whether the file of a Task is in a folder for one version of it: `tasks/build/0.2/build.yaml`.
fn is_one_version(task: Manifest<'_>) -> bool {
    let (above, version) = task.folder().rsplit_once('/').unwrap_or_default();
    let is_version = version.contains('.') && version.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    is_version && task.name() == above.rsplit('/').next()
}

/// Whether the manifest is a trigger in the group of Tekton Pipelines, and in a version that Tekton Triggers never had there.
fn is_trigger_of_ibm(manifest: Manifest<'_>) -> bool {
    let version = manifest.api_version().rsplit('/').next().unwrap_or_default();
    let is_kind = matches!(manifest.kind(), "EventListener" | "TriggerBinding" | "TriggerTemplate");
    manifest.group() == "tekton.dev" && is_kind && matches!(version, "v1" | "v1beta1")
}

/// Whether the listener names bindings as IBM Cloud Continuous Delivery reads them.
fn is_of_ibm(listener: Manifest<'_>) -> bool {
    let mut triggers = listener.root().items_at(&["spec", "triggers"]);
    is_trigger_of_ibm(listener) && triggers.any(|trigger| trigger.dig(&["binding", "name"]).is_some())
}

/// Whether the manifest is a claim for `tkn pipeline start --workspace ...,volumeClaimTemplateFile=`, which names it.
fn is_claim_for_tkn(manifest: Manifest<'_>) -> bool {
    manifest.is("", "PersistentVolumeClaim")
        && manifest.source().is_loose
        && manifest.root().get("metadata").is_none()
}

/// Whether the file documents a release, which has other definitions: `docs/versions/v0.6.0/shop.yaml`.
fn is_for_another_release(path: &str) -> bool {
    let parts: Vec<_> = path.split('/').collect();
    let is_number = |part: &str| {
        let part = part.strip_prefix("version-").unwrap_or(part);
        part.trim_start_matches('v').starts_with(|letter: char| letter.is_ascii_digit())
    };
    parts.windows(2).any(|pair| {
        matches!(pair[0], "versions" | "versioned_docs" | "versioned_includes") && is_number(pair[1])
    })
}

/// Whether the manifest is the settings of a program, which reads the file itself: no object lacks `metadata`. A profile
/// of istioctl has no name.
fn is_for_program(manifest: Manifest<'_>) -> bool {
    let is_of_istioctl = manifest.group() == "install.istio.io" && manifest.name().is_none();
    manifest.source().is_loose && (is_of_istioctl || manifest.root().get("metadata").is_none())
}

/// Whether overlays complete what is in `folder`, by its name.
fn is_base(folder: &str) -> bool {
    folder.split('/').any(|part| matches!(part, "base" | "bases"))
}

/// Whether only kustomize or kpt read the manifest: the settings of a function, which no cluster gets.
fn is_for_functions(manifest: Manifest<'_>) -> bool {
    let annotations = manifest.root().dig(&["metadata", "annotations"]);
    let of = |name: &str| annotations.and_then(|annotations| annotations.get(name));
    of("config.kubernetes.io/function").is_some()
        || of("config.kubernetes.io/local-config").is_some_and(|value| value.text() != "false")
}

/// Whether kustomize merges the manifest into another: a kustomization names it as a patch, or it has a
/// directive.
fn is_patch(manifest: Manifest<'_>) -> bool {
    let annotations = manifest.root().dig(&["metadata", "annotations"]);
    manifest.source().is_patch
        || manifest.root().get("$patch").is_some()
        || manifest.is_part_of_workload()
        || annotations.is_some_and(|it| is_merged(|name| it.get(name).map(Node::text)))
}

/// Whether Argo CD or Flux merges an object into one that the cluster has, so that it may state only some fields;
/// `annotation` returns the value of one.
pub(crate) fn is_merged<'t>(annotation: impl Fn(&str) -> Option<&'t str>) -> bool {
    let options = annotation("argocd.argoproj.io/sync-options").unwrap_or_default();
    let has = |option: &str| options.split(',').any(|it| it.trim() == option);
    has("ServerSideApply=true") && has("Validate=false")
        || annotation("kustomize.toolkit.fluxcd.io/ssa") == Some("Merge")
}

#[cfg(test)]
mod tests;
