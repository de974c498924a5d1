//! What a scaffold declares about releases: where a release is requested, what each environment runs, and what a promotion
//! carries. The verbs of the day work on these paths, and so on the files of any scaffold.

use serde::Deserialize;

/// The placeholders in [`ImageRule::line`].
pub(crate) const TAG: &str = "{tag}";
pub(crate) const REVISION: &str = "{revision}";

/// The section `delivery` of a scaffold. Its texts are templates, except for names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeliveryRule {
    /// What is released, in messages and names of branches.
    pub(crate) name: String,
    /// The branch of this repository that is deployed.
    pub(crate) branch: Option<String>,
    pub(crate) source: SourceRule,
    pub(crate) release: RequestRule,
    /// The list question with the environments, in order of promotion.
    pub(crate) environments: String,
    /// The variable that holds an environment.
    #[serde(rename = "as")]
    pub(crate) item: String,
    pub(crate) image: ImageRule,
    pub(crate) base: Option<BaseRule>,
    /// Files, or folders with a `/` at their end, that a promotion copies besides the image file.
    #[serde(default)]
    pub(crate) promotes: Vec<String>,
    /// Files, or folders with a `/` at their end, that decide what an environment runs besides its image.
    #[serde(default)]
    pub(crate) manifests: Vec<String>,
}

/// The repository that releases are built from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceRule {
    pub(crate) repository: String,
    /// The branch that every release is on.
    pub(crate) branch: Option<String>,
}

/// The file of variables that requests a release.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RequestRule {
    pub(crate) file: String,
    /// The name of the variable with the tag.
    pub(crate) tag: String,
    /// The name of the variable with the commit.
    pub(crate) revision: String,
    /// The most characters of a tag; a template that gives a number.
    pub(crate) longest_tag: Option<String>,
}

/// The file with the image of an environment.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImageRule {
    pub(crate) file: String,
    /// The line of the file that says which release it is, with [`TAG`] and [`REVISION`].
    pub(crate) line: String,
}

/// The manifests that all environments have in common.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BaseRule {
    /// The folder with them, with a `/` at its end. The first environment is built on it.
    pub(crate) folder: String,
    /// The folder with the copy that another environment is built on, and that promotions replace; empty if it is built on
    /// [`BaseRule::folder`] itself, so that a change reaches all environments at once.
    pub(crate) copy: String,
}

/// A text of the section that is a template.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DeliveryText {
    Name,
    Branch,
    SourceRepository,
    SourceBranch,
    ReleaseFile,
    LongestTag,
    ImageFile,
    BaseFolder,
    BaseCopy,
    Promoted(usize),
    Manifests(usize),
}

impl DeliveryText {
    /// Whether it is evaluated once for each environment.
    pub(crate) fn is_of_environment(self) -> bool {
        matches!(self, Self::ImageFile | Self::BaseCopy | Self::Promoted(_) | Self::Manifests(_))
    }
}

impl DeliveryRule {
    /// Every template that the section has, with its name for messages.
    pub(crate) fn texts(&self) -> Vec<(DeliveryText, String, &str)> {
        let optional = [
            (DeliveryText::Branch, "branch", &self.branch),
            (DeliveryText::SourceBranch, "source.branch", &self.source.branch),
            (DeliveryText::LongestTag, "release.longest-tag", &self.release.longest_tag),
        ];
        let mut texts = vec![
            (DeliveryText::Name, "name".to_owned(), self.name.as_str()),
            (DeliveryText::SourceRepository, "source.repository".to_owned(), &self.source.repository),
            (DeliveryText::ReleaseFile, "release.file".to_owned(), &self.release.file),
            (DeliveryText::ImageFile, "image.file".to_owned(), &self.image.file),
        ];
        for (text, name, value) in optional {
            texts.extend(value.as_deref().map(|value| (text, name.to_owned(), value)));
        }
        if let Some(base) = &self.base {
            texts.push((DeliveryText::BaseFolder, "base.folder".to_owned(), &base.folder));
            texts.push((DeliveryText::BaseCopy, "base.copy".to_owned(), &base.copy));
        }
        for (index, path) in self.promotes.iter().enumerate() {
            texts.push((DeliveryText::Promoted(index), format!("promotes, entry {}", index + 1), path));
        }
        for (index, path) in self.manifests.iter().enumerate() {
            texts.push((DeliveryText::Manifests(index), format!("manifests, entry {}", index + 1), path));
        }
        texts
    }

    /// The lists of the section with their lengths.
    pub(super) fn lists(&self) -> [(&'static str, usize); 2] {
        [("promotes", self.promotes.len()), ("manifests", self.manifests.len())]
    }

    /// What is wrong with the names in the section.
    pub(super) fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        for (key, name) in [("tag", &self.release.tag), ("revision", &self.release.revision)] {
            if !is_variable(name) {
                reasons.push(format!(
                    "release.{key}: `{name}` is not the name of a variable, such as `IMAGE_TAG`"
                ));
            }
        }
        if self.release.tag == self.release.revision {
            reasons.push("release: `tag` and `revision` name the same variable".to_owned());
        }
        for placeholder in [TAG, REVISION] {
            if self.image.line.matches(placeholder).count() != 1 {
                reasons.push(format!("image.line: it must have `{placeholder}` exactly once"));
            }
        }
        if self.image.line.contains('\n') {
            reasons.push("image.line: it must be a single line".to_owned());
        }
        if self.image.line.contains("}{") {
            reasons.push("image.line: something must stand between its two placeholders".to_owned());
        }
        reasons
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
