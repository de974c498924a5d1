//! `images`: a new name, tag or digest for the images of containers (`api/filters/imagetag/updater.go` and
//! `legacy.go`, which goes through every object for lists of containers).

use regex_lite::Regex;

use super::object::Object;
use crate::check::rendered_value::{Location, RenderedValue};

pub(super) struct ImageOverride<'s, 'a> {
    location: Location<'a>,
    name: ImageName<'s>,
    new_name: Option<&'s str>,
    new_tag: Option<&'s str>,
    suffix: Option<&'s str>,
    digest: Option<&'s str>,
}

/// The name of the images to change. kustomize takes it for a regular expression.
enum ImageName<'a> {
    Text(&'a str),
    Pattern(Regex),
}

impl<'a> ImageName<'a> {
    fn of(text: &'a str) -> Self {
        let is_plain = !text.contains(['(', '[', '|', '*', '+', '?', '\\', '^', '$']);
        let pattern =
            || Regex::new(&format!("^{text}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$"));
        if is_plain { Self::Text(text) } else { pattern().map_or(Self::Text(text), Self::Pattern) }
    }

    /// Whether `image` has the name, with any tag or digest.
    fn is_of(&self, image: &str) -> bool {
        match self {
            Self::Text(name) => image
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '@']) && !rest.contains('/')),
            Self::Pattern(pattern) => pattern.is_match(image),
        }
    }
}

impl<'s, 'a> ImageOverride<'s, 'a> {
    pub(crate) fn of(entry: &'s RenderedValue<'a>) -> Self {
        let value = |key| entry.get(key).filter(|value| !value.text().is_empty());
        let text = |key| value(key).map(RenderedValue::text);
        Self {
            location: ["digest", "newTag", "newName"].into_iter().find_map(value).unwrap_or(entry).location(),
            name: ImageName::of(text("name").unwrap_or_default()),
            new_name: text("newName"),
            new_tag: text("newTag"),
            suffix: text("tagSuffix"),
            digest: text("digest"),
        }
    }

    /// Whether kustomize searches `object` and it has a matching image.
    pub(crate) fn concerns(&self, object: &Object<'_>) -> bool {
        object.kind() != "CustomResourceDefinition" && has_image(object.content(), &self.name)
    }

    /// Changes the images of all containers below `value`; returns whether any matched.
    pub(crate) fn apply(&self, value: &mut RenderedValue<'a>) -> bool {
        let mut is_met = false;
        if let Some(entries) = value.entries_mut() {
            for entry in entries {
                if is_list(&entry.key) {
                    for image in
                        entry.value.items_mut().into_iter().flatten().filter_map(|it| it.get_mut("image"))
                    {
                        if self.name.is_of(image.text()) {
                            *image = RenderedValue::string(self.location, self.changed(image.text()));
                            is_met = true;
                        }
                    }
                }
                is_met |= self.apply(&mut entry.value);
            }
        } else if let Some(items) = value.items_mut() {
            for item in items {
                is_met |= self.apply(item);
            }
        }
        is_met
    }

    fn changed(&self, image: &str) -> String {
        let (name, tag, digest) = split(image);
        let (tag, digest) = match (self.new_tag, self.digest, self.suffix) {
            (None, None, None) => (tag.map(str::to_owned), digest),
            (None, None, Some(suffix)) => (Some(format!("{}{suffix}", tag.unwrap_or_default())), None),
            (tag, digest, _) => (tag.map(str::to_owned), digest),
        };
        let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = digest.map(|digest| format!("@{digest}")).unwrap_or_default();
        format!("{}{tag}{digest}", self.new_name.unwrap_or(name))
    }
}

fn is_list(key: &str) -> bool {
    matches!(key, "containers" | "initContainers")
}

fn has_image(value: &RenderedValue<'_>, name: &ImageName<'_>) -> bool {
    let here = |key: &str, list: &RenderedValue<'_>| {
        is_list(key) && list.items().iter().any(|it| it.str_at(&["image"]).is_some_and(|it| name.is_of(it)))
    };
    value.entries().iter().any(|entry| here(&entry.key, &entry.value) || has_image(&entry.value, name))
        || value.items().iter().any(|item| has_image(item, name))
}

/// Splits into name, tag and digest.
fn split(image: &str) -> (&str, Option<&str>, Option<&str>) {
    let (image, digest) =
        image.split_once('@').map_or((image, None), |(image, digest)| (image, Some(digest)));
    match image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
        Some((name, tag)) => (name, Some(tag), digest),
        None => (image, None, digest),
    }
}
