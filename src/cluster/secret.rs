//! Secrets as Git, registries and Argo CD want them. Values go to `kubectl` on its standard input, and nowhere else.

use serde_json::{Map, Value, json};

use super::declared::DeclaredSecret;
use crate::scaffold::definition::setup::SecretForm;
use crate::values::RepoUrl;

/// The key of a login of Docker Hub, which is not its host name.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// A value that somebody has to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SecretValue {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    pub(crate) prompt: &'static str,
    pub(crate) is_hidden: bool,
}

const LOGIN: [SecretValue; 2] = [
    SecretValue { name: "username", prompt: "User name", is_hidden: false },
    SecretValue { name: "password", prompt: "Token", is_hidden: true },
];
const KEY: SecretValue = SecretValue { name: "private-key", prompt: "Private key", is_hidden: true };
const KNOWN_HOSTS: SecretValue =
    SecretValue { name: "known-hosts", prompt: "Keys of the host", is_hidden: false };
const WEBHOOK: SecretValue = SecretValue { name: "url", prompt: "URL of the webhook", is_hidden: true };
const STATUSES: [SecretValue; 2] = [
    SecretValue { name: "url", prompt: "URL of the commit statuses", is_hidden: false },
    SecretValue { name: "token", prompt: "Token", is_hidden: true },
];

impl DeclaredSecret {
    /// The values that it is made of.
    pub(crate) fn values(&self) -> Vec<SecretValue> {
        match self.form {
            SecretForm::Webhook => vec![WEBHOOK],
            SecretForm::CommitStatus => STATUSES.to_vec(),
            SecretForm::ArgocdRepository if self.is_ssh() => vec![KEY],
            SecretForm::Git if self.is_ssh() => vec![KEY, KNOWN_HOSTS],
            SecretForm::Registry | SecretForm::ArgocdRepository | SecretForm::Git => LOGIN.to_vec(),
        }
    }

    /// Whether it is for a repository that is reached by ssh.
    pub(crate) fn is_ssh(&self) -> bool {
        self.form.is_of_repository() && !self.access_to.starts_with("https://")
    }

    /// The host of a repository that is reached by ssh, and its port if that is another one than ssh's.
    pub(crate) fn ssh_host(&self) -> Option<(String, Option<String>)> {
        let url = RepoUrl::parse(&self.access_to).ok().filter(|_| self.is_ssh())?;
        Some((url.host().to_owned(), url.port().map(str::to_owned)))
    }

    /// The keys that it has in the cluster.
    pub(crate) fn keys(&self) -> &'static [&'static str] {
        match (self.form, self.is_ssh()) {
            (SecretForm::Registry, _) => &[".dockerconfigjson"],
            (SecretForm::Webhook, _) => &["url"],
            (SecretForm::CommitStatus, _) => &["url", "token"],
            (SecretForm::ArgocdRepository, true) => &["type", "url", "sshPrivateKey"],
            (SecretForm::ArgocdRepository, false) => &["type", "url", "username", "password"],
            (SecretForm::Git, true) => &["ssh-privatekey", "known_hosts"],
            (SecretForm::Git, false) => &["username", "password"],
        }
    }

    /// Its type in the cluster.
    pub(crate) fn type_name(&self) -> &'static str {
        match (self.form, self.is_ssh()) {
            (SecretForm::Registry, _) => "kubernetes.io/dockerconfigjson",
            (SecretForm::ArgocdRepository | SecretForm::Webhook | SecretForm::CommitStatus, _) => "Opaque",
            (SecretForm::Git, true) => "kubernetes.io/ssh-auth",
            (SecretForm::Git, false) => "kubernetes.io/basic-auth",
        }
    }

    /// The manifest for one namespace, with values in the order of [`DeclaredSecret::values`].
    pub(crate) fn manifest(&self, namespace: &str, values: &[String]) -> Value {
        let value = |index: usize| values.get(index).map(String::as_str).unwrap_or_default();
        let (first, second) = (value(0), value(1));
        let data = match (self.form, self.is_ssh()) {
            (SecretForm::Registry, _) => json!({ ".dockerconfigjson": self.registry_login(first, second) }),
            (SecretForm::Webhook, _) => json!({ "url": first }),
            (SecretForm::CommitStatus, _) => json!({ "url": first, "token": second }),
            (SecretForm::ArgocdRepository, true) => {
                json!({ "type": "git", "url": self.access_to, "sshPrivateKey": first })
            }
            (SecretForm::ArgocdRepository, false) => {
                json!({ "type": "git", "url": self.access_to, "username": first, "password": second })
            }
            (SecretForm::Git, true) => json!({ "ssh-privatekey": first, "known_hosts": second }),
            (SecretForm::Git, false) => json!({ "username": first, "password": second }),
        };
        let mut metadata = json!({ "name": self.name, "namespace": namespace });
        if self.form == SecretForm::ArgocdRepository {
            metadata["labels"] = json!({ "argocd.argoproj.io/secret-type": "repository" });
        }
        json!({ "apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": self.type_name(), "stringData": data })
    }

    /// What `docker login` writes.
    fn registry_login(&self, user: &str, password: &str) -> String {
        let auth = base64(format!("{user}:{password}").as_bytes());
        let login = Map::from_iter([(self.registry().to_owned(), json!({ "auth": auth }))]);
        json!({ "auths": login }).to_string()
    }

    /// The name under which tools look for the login.
    pub(crate) fn registry(&self) -> &str {
        match self.access_to.split('/').next().unwrap_or_default() {
            "docker.io" => DOCKER_HUB,
            host => host,
        }
    }
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let number =
            (0..3).fold(0, |number, at| number << 8 | u32::from(group.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let digit = usize::try_from(number >> (18 - 6 * at) & 63).unwrap_or_default();
            text.push(if at <= group.len() { char::from(DIGITS[digit]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(form: SecretForm, access_to: &str) -> DeclaredSecret {
        DeclaredSecret {
            name: "one".to_owned(),
            namespaces: vec!["shop".to_owned()],
            form,
            access_to: access_to.to_owned(),
            writes: false,
            about: String::new(),
            unless: None,
        }
    }

    #[test]
    fn base64_pads() {
        let texts = ["", "f", "fo", "foo", "foob", "\u{ff}?>"];
        assert_eq!(
            texts.map(|text| base64(text.as_bytes())),
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "w78/Pg=="]
        );
    }

    #[test]
    fn every_form_has_the_keys_that_its_readers_want() {
        let https = "https://git.example.com/acme/shop.git";
        let ssh = "git@git.example.com:acme/shop.git";
        for (form, access_to) in [
            (SecretForm::ArgocdRepository, https),
            (SecretForm::ArgocdRepository, ssh),
            (SecretForm::Git, https),
            (SecretForm::Git, ssh),
            (SecretForm::Registry, "ghcr.io/acme/shop"),
            (SecretForm::Webhook, "a chat channel"),
            (SecretForm::CommitStatus, "the commit statuses of git@git.example.com:acme/shop.git"),
        ] {
            let secret = secret(form, access_to);
            let manifest = secret.manifest("shop", &["one".to_owned(), "two".to_owned()]);
            let keys: Vec<&String> = manifest["stringData"].as_object().unwrap().keys().collect();
            let mut expected = secret.keys().to_vec();
            expected.sort_unstable();
            assert_eq!(keys, expected, "{form:?} {access_to}");
            assert_eq!(manifest["type"], secret.type_name());
        }
    }

    #[test]
    fn a_login_of_docker_hub_has_its_own_name() {
        let text = |image: &str| {
            let manifest =
                secret(SecretForm::Registry, image).manifest("shop", &["me".to_owned(), "it".to_owned()]);
            manifest["stringData"][".dockerconfigjson"].as_str().unwrap().to_owned()
        };
        assert_eq!(
            text("docker.io/acme/shop"),
            r#"{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6aXQ="}}}"#
        );
        assert_eq!(text("localhost:5000/shop"), r#"{"auths":{"localhost:5000":{"auth":"bWU6aXQ="}}}"#);
    }
}
