//! The file with the image of an environment: which release it is, and which image.

use serde_yaml::Value as Yaml;

use super::declared::ReleaseLine;
use crate::yaml;

/// What an environment runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) tag: Option<String>,
    /// The full id of the commit that it was built from.
    pub(crate) revision: Option<String>,
    /// Image and digest, or tag: `ghcr.io/acme/shop@sha256:...`.
    pub(crate) reference: Option<String>,
}

impl Image {
    /// Reads the content of an image file; `None` if it has neither a release nor an image, as before the first release.
    pub(crate) fn read(content: &[u8], line: &ReleaseLine) -> Option<Self> {
        let text = String::from_utf8_lossy(content);
        let (tag, revision) = match line.read(&text) {
            Some((tag, revision)) => (Some(tag.to_owned()), Some(revision.to_owned())),
            None => (None, None),
        };
        let image = Self { tag, revision, reference: reference(&text) };
        (image != Self::default()).then_some(image)
    }

    /// Returns a name of it for people.
    pub(crate) fn title(&self) -> String {
        match (&self.tag, &self.reference) {
            (Some(tag), _) => tag.clone(),
            (None, Some(reference)) => reference.rsplit_once('/').map_or(&**reference, |(_, end)| end).into(),
            (None, None) => "unknown".to_owned(),
        }
    }
}

/// The image that the first entry of `images` sets, as kustomize writes it.
fn reference(text: &str) -> Option<String> {
    let documents = yaml::documents(text).ok()?;
    let Yaml::Mapping(mapping) = documents.first()? else { return None };
    let Some(Yaml::Sequence(images)) = mapping.get("images") else { return None };
    let image = images.first()?.as_mapping()?;
    let field = |name: &str| image.get(name).and_then(Yaml::as_str);
    let name = field("newName").or_else(|| field("name"))?;
    match (field("digest"), field("newTag")) {
        (Some(digest), _) => Some(format!("{name}@{digest}")),
        (None, Some(tag)) => Some(format!("{name}:{tag}")),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaffold::catalog;
    use crate::scaffold::source;

    fn read(text: &str) -> Option<Image> {
        let scaffold = source::load(catalog::DEFAULT).unwrap();
        let line = &scaffold.definition.delivery.as_ref().unwrap().image.line;
        Image::read(text.as_bytes(), &ReleaseLine::of(line).unwrap())
    }

    #[test]
    fn what_the_pipeline_writes_reads_back() {
        let text = "# Written by the pipeline.\n# Release 1.4.0, built from commit abc.\nkind: Component\nimages:\n\
                    - name: app-image\n  newName: ghcr.io/acme/shop\n  digest: sha256:00\n";
        let image = read(text).unwrap();
        assert_eq!(image.tag.as_deref(), Some("1.4.0"));
        assert_eq!(image.revision.as_deref(), Some("abc"));
        assert_eq!(image.reference.as_deref(), Some("ghcr.io/acme/shop@sha256:00"));
        assert_eq!(image.title(), "1.4.0");
        assert_eq!(read(&text.replace('\n', "\r\n")), Some(image));
    }

    #[test]
    fn what_people_write_is_an_image_as_well() {
        let image =
            read("images:\n- name: app-image\n  newName: example.com/a/shop\n  newTag: '1'\n").unwrap();
        assert_eq!((image.tag.as_deref(), image.title().as_str()), (None, "shop:1"));
        for nothing in ["", "# No release yet.\nkind: Component\npatches: []\n", "images: []\n", "{", "- a\n"]
        {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }
}
