//! Images that can change, images that can no longer be pulled, and those that no runtime can read.

mod placeholder;
mod reference;

use crate::check::finding::{Finding, Severity};
use crate::check::model::pods::Container;
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN085, TN086, TN087, TN094};
use crate::check::schema;
pub(crate) use reference::ImageReference;

/// Images that Bitnami still releases with versions, as it announced.
const KEPT_BY_BITNAMI: [&str; 3] =
    ["bitnami/minideb", "bitnami/sealed-secrets-controller", "bitnami/sealed-secrets-kubeseal"];

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let placeholders = placeholder::names(model);
    for object in model.resources.iter().copied() {
        for image in images(object) {
            if placeholders.contains(image.text()) {
                found.extend(placeholder::finding(object, image));
                continue;
            }
            if let Some(finding) = invalid(object, image) {
                found.push(finding);
                continue;
            }
            found.extend(withdrawn(image).or_else(|| floating(object, image)).or_else(|| no_digest(image)));
        }
    }
}

/// Returns the images of containers and steps; for a param, its default.
fn images(object: BuiltObject<'_>) -> Vec<&RenderedValue<'_>> {
    let images = object.containers().filter_map(Container::image);
    let defaults = object.content().items_at(&["spec", "params"]);
    let images = images.filter_map(|image| match image.text().strip_prefix("$(params.") {
        Some(name) => {
            let name = name.strip_suffix(')')?;
            defaults.iter().find(|param| param.str_at(&["name"]) == Some(name))?.get("default")
        }
        None => Some(image),
    });
    // An image that a script or a template assembles, or `ko` builds, is not known yet, nor is that of a step which
    // Lighthouse takes from elsewhere.
    images
        .filter(|image| {
            !image.text().contains(['$', '{'])
                && !["ko://", "uses:"].iter().any(|start| image.text().starts_with(start))
                && !image.text().trim().is_empty()
        })
        .collect()
}

/// Reports an image that no runtime can read. A kind that is not known may mean something else by it; white space around
/// the image of a Pod is among what Kubernetes refuses.
fn invalid(object: BuiltObject<'_>, image: &RenderedValue<'_>) -> Option<Finding> {
    let is_refused = image.text().trim() != image.text() && !object.is_tekton();
    if is_refused || !schema::is_known(object.group(), object.kind()) {
        return None;
    }
    let mistake = ImageReference::mistake(image.text())?;
    let message = format!("`{}` cannot be pulled: {}", image.text(), mistake.what);
    let hint = format!(
        "the kubelet refuses it (InvalidImageName): \"couldn't parse image name ...: {}\"",
        mistake.words
    );
    Some(image.location().finding(&TN094, message).hint(hint))
}

fn floating(object: BuiltObject<'_>, image: &RenderedValue<'_>) -> Option<Finding> {
    let ImageReference { repository, tag, digest } = ImageReference::of(image.text());
    if digest.is_some() || runs_nothing(object) {
        return None;
    }
    let what = match tag {
        None => "has no tag, which means `latest`",
        Some("latest") => "is whatever was pushed last",
        Some(_) => return None,
    };
    let message = format!(
        "`{}` {what}: two Pods of one version can run different code, and you can neither tell which nor \
         roll back",
        image.text()
    );
    let hint = format!("use a version, ideally with its digest: `{repository}:1.2.3@sha256:...`");
    Some(image.location().finding(&TN085, message).hint(hint))
}

/// Whether a workload has no replicas, so that its image may be a placeholder.
fn runs_nothing(object: BuiltObject<'_>) -> bool {
    object.content().dig(&["spec", "replicas"]).and_then(RenderedValue::as_int) == Some(0)
}

fn no_digest(image: &RenderedValue<'_>) -> Option<Finding> {
    let ImageReference { repository, tag, digest } = ImageReference::of(image.text());
    let tag = tag.filter(|tag| digest.is_none() && *tag != "latest")?;
    let message =
        format!("`{}` is a tag, which its publisher can move to another image at any time", image.text());
    let hint = format!(
        "add the digest, as `crane digest {repository}:{tag}` prints it: `{repository}:{tag}@sha256:...`"
    );
    Some(image.location().finding(&TN087, message).hint(hint))
}

fn withdrawn(image: &RenderedValue<'_>) -> Option<Finding> {
    let ImageReference { repository, tag, digest } = ImageReference::of(image.text());
    let short = repository.trim_start_matches("docker.io/").trim_start_matches("index.docker.io/");
    let (severity, why, instead) = if short.starts_with("bitnami/") && !KEPT_BY_BITNAMI.contains(&short) {
        let is_gone = tag.is_some_and(|tag| tag != "latest") || digest.is_some();
        let severity = if is_gone { Severity::Error } else { Severity::Warning };
        let why = "Bitnami withdrew its public images in 2025: versions are gone, only `latest` remains, for \
                   development";
        let instead = if short.ends_with("/kubectl") {
            "an image with kubectl and a shell is `docker.io/alpine/k8s`".to_owned()
        } else {
            "use the image of the upstream project, or a copy in your own registry".to_owned()
        };
        (severity, why, instead)
    } else if short.starts_with("bitnamilegacy/") {
        let why = "this is the frozen archive of the images that Bitnami withdrew in 2025: it gets no security fixes";
        (Severity::Warning, why, "use the image of the upstream project, or a maintained one".to_owned())
    } else if repository.starts_with("gcr.io/tekton-releases/") {
        let why = "Tekton closed its registry on `gcr.io` in 2025: its images can no longer be pulled";
        (Severity::Error, why, "the same images are under `ghcr.io/tektoncd`".to_owned())
    } else if repository.starts_with("gcr.io/kaniko-project/") {
        let why = "Google archived kaniko in June 2025: this image gets no security fixes";
        (
            Severity::Warning,
            why,
            "use a maintained fork, such as `osscontainertools/kaniko`, or buildah".to_owned(),
        )
    } else if let Some(rest) = repository.strip_prefix("k8s.gcr.io/") {
        let why = "`k8s.gcr.io` has been frozen since April 2023 and will be switched off";
        (Severity::Warning, why, format!("write `registry.k8s.io/{rest}`"))
    } else {
        return None;
    };
    Some(image.location().finding(&TN086, format!("`{repository}`: {why}")).severity(severity).hint(instead))
}
