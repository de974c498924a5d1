//! How Secrets are in a cluster: their types and keys. Their values stay there.

use std::collections::BTreeSet;

use super::declared::DeclaredSecret;

/// Prints the name, the type and the keys of each Secret, a word each and a line a Secret.
pub(crate) const KEYS: &str = "go-template={{if .items}}{{range .items}}{{.metadata.name}} {{.type}}\
                               {{range $key, $value := .data}} {{$key}}{{end}}{{\"\\n\"}}{{end}}{{else}}\
                               {{.metadata.name}} {{.type}}{{range $key, $value := .data}} {{$key}}{{end}}{{\"\\n\"}}{{end}}";

/// How a Secret is in the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretState {
    Missing,
    Right,
    /// What is wrong, as the rest of a sentence.
    Wrong(String),
}

impl DeclaredSecret {
    /// Reads its state from what [`KEYS`] has printed for a namespace.
    pub(crate) fn state_in(&self, printed: &str) -> SecretState {
        let mut lines = printed.lines().map(str::split_whitespace);
        let Some(mut words) = lines.find_map(|mut words| (words.next() == Some(&self.name)).then_some(words))
        else {
            return SecretState::Missing;
        };
        let type_name = words.next().unwrap_or_default();
        let keys: BTreeSet<&str> = words.collect();
        let missing: Vec<String> =
            self.keys().iter().filter(|key| !keys.contains(*key)).map(|key| format!("`{key}`")).collect();
        if !missing.is_empty() {
            SecretState::Wrong(format!("lacks {}", missing.join(" and ")))
        } else if type_name != self.type_name() {
            SecretState::Wrong(format!("has the type `{type_name}` instead of `{}`", self.type_name()))
        } else {
            SecretState::Right
        }
    }
}
