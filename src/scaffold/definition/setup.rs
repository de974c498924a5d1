//! What a scaffold declares about the set-up of a cluster: what an administrator applies, and the Secrets that are in the
//! cluster only. `treenail setup` works on these, and so for any scaffold.

use serde::Deserialize;

/// The section `setup` of a scaffold. Its texts are templates.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SetupRule {
    /// The folder that an administrator applies, with a `/` at its end.
    pub(crate) apply: String,
    pub(crate) argocd_namespace: String,
    /// In the order in which they are asked for.
    #[serde(default)]
    pub(crate) secrets: Vec<SecretRule>,
}

/// A Secret that somebody has to create.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SecretRule {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) form: SecretForm,
    /// The URL of the repository, or the image, that it gives access to; in words, if it is for something else.
    pub(crate) access_to: String,
    #[serde(default)]
    pub(crate) writes: bool,
    /// Who uses it, and for what.
    pub(crate) about: String,
    /// When it is not needed; it is required without this.
    pub(crate) unless: Option<String>,
    /// The list question for whose every item there is one.
    pub(crate) each: Option<String>,
    /// The variable that holds such an item.
    #[serde(rename = "as")]
    pub(crate) item: Option<String>,
}

/// What a Secret has to look like for those who read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SecretForm {
    /// A repository of Argo CD.
    ArgocdRepository,
    /// What Git uses: `kubernetes.io/basic-auth` or `kubernetes.io/ssh-auth`.
    Git,
    /// What registries take: `kubernetes.io/dockerconfigjson`.
    Registry,
    /// A URL that takes reports; whoever knows it may post.
    Webhook,
    /// Where statuses of commits are written, and a token that may.
    CommitStatus,
}

impl SecretForm {
    /// Whether it is for a repository, whose URL tells how it is reached.
    pub(crate) fn is_of_repository(self) -> bool {
        matches!(self, Self::ArgocdRepository | Self::Git)
    }
}

/// A text of the section; the numbers are those of Secrets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SetupText {
    Apply,
    ArgocdNamespace,
    Name(usize),
    Namespace(usize),
    AccessTo(usize),
    About(usize),
    Unless(usize),
}

impl SetupRule {
    /// Every template that the section has, with its name for messages and the variable of a list's item.
    pub(crate) fn texts(&self) -> Vec<(SetupText, String, &str, Option<&str>)> {
        let mut texts = vec![
            (SetupText::Apply, "apply".to_owned(), self.apply.as_str(), None),
            (SetupText::ArgocdNamespace, "argocd-namespace".to_owned(), &self.argocd_namespace, None),
        ];
        for (index, secret) in self.secrets.iter().enumerate() {
            let own = [
                (SetupText::Name(index), "name", Some(&secret.name)),
                (SetupText::Namespace(index), "namespace", Some(&secret.namespace)),
                (SetupText::AccessTo(index), "access-to", Some(&secret.access_to)),
                (SetupText::About(index), "about", Some(&secret.about)),
                (SetupText::Unless(index), "unless", secret.unless.as_ref()),
            ];
            texts.extend(own.into_iter().filter_map(|(text, name, template)| {
                let name = format!("{name} of secret {}", index + 1);
                Some((text, name, template?.as_str(), secret.item.as_deref()))
            }));
        }
        texts
    }
}
