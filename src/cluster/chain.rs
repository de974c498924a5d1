//! Which Applications of Argo CD a release goes through: the one that reads its request, and the one of the environment that
//! it is deployed to. They are found by their paths in the repository, so whatever the scaffold, and whatever their names.

use serde_yaml::Value;

/// An Application as it is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommittedApplication {
    pub(crate) name: String,
    /// Where its objects go.
    pub(crate) destination: String,
    /// The folders of its sources.
    paths: Vec<String>,
}

impl CommittedApplication {
    /// Reads a manifest; `None` if it is of another kind, or lacks something. What becomes a word of a command is a name of
    /// Kubernetes.
    pub(crate) fn of(manifest: &Value) -> Option<Self> {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let is_application = manifest.get("kind").and_then(Value::as_str) == Some("Application")
            && manifest.get("apiVersion")?.as_str()?.starts_with("argoproj.io/");
        let spec = manifest.get("spec").filter(|_| is_application)?;
        let sources = spec.get("sources").and_then(Value::as_sequence).into_iter().flatten();
        let paths = spec.get("source").into_iter().chain(sources);
        let paths = paths.filter_map(|source| text(source.get("path")));
        Some(Self {
            name: text(manifest.get("metadata")?.get("name")).filter(|name| is_name(name))?,
            destination: text(spec.get("destination")?.get("namespace")).filter(|name| is_name(name))?,
            paths: paths.map(|path| path.trim_matches('/').to_owned()).collect(),
        })
    }

    /// How much of `path` is a folder of one of its sources.
    fn depth(&self, path: &str) -> Option<usize> {
        let is_above = |folder: &&String| {
            folder.is_empty()
                || *folder == "."
                || path.strip_prefix(&***folder).is_some_and(|rest| rest.starts_with('/'))
        };
        self.paths.iter().filter(is_above).map(String::len).max()
    }
}

/// Returns the Application that reads the file at `path`: of several, the one whose folder is the nearest.
pub(crate) fn reader<'a>(
    applications: &'a [CommittedApplication],
    path: &str,
) -> Option<&'a CommittedApplication> {
    let near = applications.iter().filter_map(|one| Some((one.depth(path)?, one)));
    near.max_by_key(|(depth, _)| *depth).map(|(_, one)| one)
}

/// Whether `text` can be a name in Kubernetes.
pub(crate) fn is_name(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= 253
        && text.bytes().all(|byte| is_letter(byte) || matches!(byte, b'-' | b'.'))
        && text.bytes().next().is_some_and(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application(name: &str, source: &str) -> CommittedApplication {
        let text = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{ name: {name} }}\n\
             spec:\n  destination: {{ namespace: shop }}\n  {source}\n"
        );
        CommittedApplication::of(&serde_yaml::from_str(&text).unwrap()).unwrap()
    }

    #[test]
    fn the_nearest_folder_counts() {
        let all = [
            application("all", "source: { path: . }"),
            application("delivery", "source: { path: delivery/ }"),
            application("staging", "sources: [{ path: charts }, { path: deploy/overlays/staging }]"),
        ];
        let name = |path: &str| reader(&all, path).map(|found| &*found.name);
        assert_eq!(name("delivery/release/release.env"), Some("delivery"));
        assert_eq!(name("deploy/overlays/staging/image/kustomization.yaml"), Some("staging"));
        assert_eq!(name("deploy/overlays/staging-2/image/kustomization.yaml"), Some("all"));
        assert_eq!(reader(&all[1..], "else"), None);
    }

    #[test]
    fn only_names_become_words_of_a_command() {
        assert!(is_name("shop-1.staging"));
        for text in ["", "-n", "--all", "a b", "A", "a/b", "a;b", &"a".repeat(254)] {
            assert!(!is_name(text), "{text}");
        }
    }
}
