//! Git URLs that a pipeline and Argo CD can both clone from.

use std::fmt;

use super::Limits;
use super::invalid::{Invalid, only, shown};
use super::value::Value;
use super::{host, image, url};

pub(super) const EXAMPLE: &str = "https://github.com/acme/shop.git";

/// The URL of a Git repository on a server: HTTPS, SSH, or SSH in the short form `git@host:owner/name`.
/// It contains no secret, no white space and no shell syntax. The user name that a server puts into the HTTPS URL for
/// cloning is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RepoUrl {
    text: String,
    host: String,
    owner: Vec<String>,
    name: String,
}

impl RepoUrl {
    /// Reads `https://host[:port]/owner/name`, `ssh://[user@]host[:port]/owner/name` or
    /// `user@host:owner/name`, each with or without `.git`; the owner may have several parts.
    ///
    /// # Errors
    /// Why the text is not valid, with an example.
    pub(crate) fn parse(text: &str) -> Result<Self, Invalid> {
        Self::read(text.trim()).map_err(|invalid| invalid.or_example(Self::read, EXAMPLE))
    }

    fn read(text: &str) -> Result<Self, Invalid> {
        let open = url::offered_user(text).and_then(|_| url::without_credentials(text));
        let text = open.as_deref().unwrap_or(text);
        url::refuse_secrets(text)?;
        refuse_local(text)?;
        only(
            text,
            is_allowed,
            "a repository's URL has only letters, digits and `._~/@:+-`, and others as `%20`",
        )?;
        check_escapes(text)?;
        let text = text.trim_end_matches('/');
        let (host, path) = split(text)?;
        let mut owner = parts(text, path)?;
        let last = owner.pop().unwrap_or_default();
        let name = last.strip_suffix(".git").unwrap_or(&last).to_owned();
        if owner.is_empty() || matches!(name.as_str(), "" | "." | "..") {
            return Err(Invalid::new(format!(
                "{} has no owner or no name; it must end with `owner/name`",
                shown(text)
            )));
        }
        let url = Self { text: text.to_owned(), host: host.to_owned(), owner, name };
        url.refuse_page()?;
        Ok(url)
    }

    /// Rejects a URL copied from a browser. On servers other than GitHub it may be a repository in a nested
    /// group.
    fn refuse_page(&self) -> Result<(), Invalid> {
        if !self.is_at("github.com") || self.owner.len() == 1 {
            return Ok(());
        }
        let reason = format!(
            "{} has more parts than `owner/name`, which GitHub repositories never have",
            shown(&self.text)
        );
        let end = self.text.find(&format!("{}/{}", self.owner[0], self.owner[1]));
        let start = end.map_or("", |end| &self.text[..end]);
        Err(Invalid::new(reason).suggest(format!("{start}{}/{}", self.owner[0], self.owner[1])))
    }

    pub(crate) fn port(&self) -> Option<&str> {
        let authority = self.text.split_once("://")?.1.split('/').next()?;
        let (_, port) = authority.rsplit_once(':')?;
        port.bytes().all(|byte| byte.is_ascii_digit()).then_some(port)
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Returns the owner, with nested groups separated by slashes.
    pub(crate) fn owner(&self) -> String {
        self.owner.join("/")
    }

    /// Returns the repository's name, without `.git`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the URL, in the same form, of the same owner's repository `name`, which must be plain, such as
    /// a DNS label.
    pub(crate) fn sibling(&self, name: &str) -> String {
        let start = self.text.rfind('/').map_or(0, |slash| slash + 1);
        let (owner, last) = self.text.split_at(start);
        format!("{owner}{name}{}", &last[self.name.len()..])
    }

    /// Returns the repository's image name in its server's registry, if known.
    pub(crate) fn default_image(&self) -> Option<String> {
        let registry = if self.is_at("github.com") {
            "ghcr.io"
        } else if self.is_at("gitlab.com") {
            "registry.gitlab.com"
        } else {
            return None;
        };
        let name = format!("{registry}/{}/{}", self.owner(), self.name).to_lowercase();
        image::name(&name, &Limits::default()).is_ok().then_some(name)
    }

    fn is_at(&self, host: &str) -> bool {
        self.host.eq_ignore_ascii_case(host)
    }
}

impl fmt::Display for RepoUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Whether two URLs name the same repository, however they are spelled: by any protocol, user and port, with or without
/// `.git`, in any case. Both may be what Git accepts and [`RepoUrl`] does not.
pub(crate) fn is_same_repository(one: &str, other: &str) -> bool {
    identity(one).is_some_and(|one| Some(one) == identity(other))
}

/// Returns the server and the parts of the path; `None` for a path on this machine.
fn identity(url: &str) -> Option<(String, Vec<String>)> {
    let url = url.trim().to_lowercase();
    let (authority, path) = match url.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/')?,
        // In the short form, a slash does not come before the colon.
        None => url.split_once(':').filter(|(server, _)| server.len() > 1 && !server.contains('/'))?,
    };
    let server = authority.rsplit_once('@').map_or(authority, |(_, server)| server);
    let server = match server.rsplit_once(':') {
        Some((server, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => server,
        _ => server,
    };
    let server = server.trim_end_matches('.');
    // The servers for SSH beside HTTPS, or for SSH on port 443.
    let server = ["ssh.", "altssh."].iter().find_map(|start| server.strip_prefix(start)).unwrap_or(server);
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if server == "dev.azure.com" {
        parts.retain(|part| !matches!(*part, "v3" | "_git"));
    }
    // Bitbucket Data Center has it in the path of HTTPS only.
    if parts.len() == 3 && parts[0] == "scm" {
        parts.remove(0);
    }
    (!server.is_empty() && !parts.is_empty())
        .then(|| (server.to_owned(), parts.into_iter().map(str::to_owned).collect()))
}

pub(super) fn read(text: &str, _: &Limits) -> Result<Value, Invalid> {
    RepoUrl::read(text).map(|url| Value::Text(url.text))
}

fn is_allowed(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "._~/@:+-%".contains(letter)
}

/// Rejects a `%` that does not stand for a visible character or a space of a name. An escaped slash or dot would hide a
/// part of the path.
fn check_escapes(text: &str) -> Result<(), Invalid> {
    for escape in text.split('%').skip(1) {
        let digits = escape.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
            let reason = format!("{} has a `%` without two hexadecimal digits after it", shown(text));
            return Err(Invalid::new(reason).suggest(text.replace('%', "%25")));
        };
        if byte < b' ' || byte == 0x7f || b"/\\.".contains(&byte) {
            let reason = format!("{} has `%{}`, which is not part of a name", shown(text), &escape[..2]);
            return Err(Invalid::new(reason));
        }
    }
    if !text.contains("://") && text.contains('%') {
        // Only a URL has escapes.
        return Err(Invalid::new(format!("{} has a `%`, which only a URL with `://` may have", shown(text))));
    }
    let (authority, _) =
        text.split_once("://").map_or(("", ""), |(_, rest)| rest.split_once('/').unwrap_or((rest, "")));
    if authority.contains('%') {
        return Err(Invalid::new(format!("{} has a `%` in its host", shown(text))));
    }
    Ok(())
}

fn refuse_local(text: &str) -> Result<(), Invalid> {
    let drive = text.as_bytes().get(1..3).is_some_and(|next| next == b":\\" || next == b":/");
    if drive || text.starts_with(['/', '.', '~', '\\']) || text.starts_with("file:") {
        let reason = format!("{} is a path on this machine, which a cluster cannot clone", shown(text));
        return Err(Invalid::new(reason));
    }
    Ok(())
}

/// Returns host and path of a URL in any of the three forms.
fn split(text: &str) -> Result<(&str, &str), Invalid> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return split_short(text);
    };
    let secure = format!("https://{rest}");
    match scheme {
        "https" | "ssh" => {}
        "http" => {
            let reason = format!("{} uses `http`, which sends credentials in clear text", shown(text));
            return Err(Invalid::new(reason).suggest(secure));
        }
        "git" => {
            let reason = format!("{} uses `git`, which is not encrypted", shown(text));
            return Err(Invalid::new(reason).suggest(secure));
        }
        _ => {
            let reason = format!("{} starts with neither `https://` nor `ssh://`", shown(text));
            return Err(Invalid::new(reason).suggest(format!("{}://{rest}", scheme.to_lowercase())));
        }
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let server = match authority.split_once('@') {
        Some((user, server)) => {
            check_user(text, user)?;
            server
        }
        None => authority,
    };
    Ok((host::authority(server)?, path))
}

fn split_short(text: &str) -> Result<(&str, &str), Invalid> {
    let Some((user, rest)) = text.split_once('@') else {
        let start = if text.contains(':') { "git@" } else { "https://" };
        let reason = format!("{} starts with neither `https://`, `ssh://` nor `git@`", shown(text));
        return Err(Invalid::new(reason).suggest(format!("{start}{text}")));
    };
    check_user(text, user)?;
    let Some((server, path)) = rest.split_once(':') else {
        let reason = format!("{} has no `:` between host and path", shown(text));
        return Err(Invalid::new(reason).suggest(text.replacen('/', ":", 1)));
    };
    host::check(server)?;
    if path.starts_with('/') {
        let reason = format!("{} has a `/` right after the `:`", shown(text));
        return Err(Invalid::new(reason).suggest(format!("ssh://{user}@{server}{path}")));
    }
    Ok((server, path))
}

/// `ssh` would treat a user that starts with `-` as an option.
fn check_user(text: &str, user: &str) -> Result<(), Invalid> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if user.is_empty() || user.starts_with('-') || !user.chars().all(plain) {
        return Err(Invalid::new(format!("{} has no valid user name before the `@`", shown(text))));
    }
    Ok(())
}

fn parts(text: &str, path: &str) -> Result<Vec<String>, Invalid> {
    let odd = |part: &str| matches!(part, "." | "..") || part.starts_with('-') || part.contains([':', '@']);
    if let Some(odd) = path.split('/').find(|part| odd(part)) {
        return Err(Invalid::new(format!(
            "{} has {} in its path, which is not a repository name",
            shown(text),
            shown(odd)
        )));
    }
    if !path.is_empty() && path.split('/').any(str::is_empty) {
        let (start, end) = text.split_at(text.len() - path.len());
        let kept: Vec<&str> = end.split('/').filter(|part| !part.is_empty()).collect();
        let reason = format!("{} has two slashes in a row", shown(text));
        return Err(Invalid::new(reason).suggest(format!("{start}{}", kept.join("/"))));
    }
    Ok(path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::is_same_repository;

    #[test]
    fn one_repository_has_many_spellings() {
        let github = "https://github.com/acme/shop.git";
        for same in [
            "https://github.com/acme/shop",
            "https://github.com/acme/shop/",
            "https://GitHub.com/Acme/Shop.git",
            "https://bob:s3cret@github.com/acme/shop.git",
            "http://github.com/acme/shop",
            "git@github.com:acme/shop.git",
            "git@github.com:/acme/shop",
            "github.com:acme/shop",
            "ssh://git@github.com/acme/shop.git",
            "ssh://git@ssh.github.com:443/acme/shop.git",
            "git+ssh://git@github.com:22/acme/shop",
            "git://github.com./acme/shop.git/",
            " https://github.com:443//acme/shop.git ",
        ] {
            assert!(is_same_repository(github, same), "{same}");
        }
        for other in [
            "https://github.com/acme/shop-gitops.git",
            "https://github.com/acme/shopgit",
            "https://gitlab.com/acme/shop.git",
            "https://github.com/acme/team/shop.git",
            "https://github.com/acme",
            "/srv/github.com/acme/shop.git",
            "file:///github.com/acme/shop.git",
            "C:/acme/shop.git",
            "../acme/shop",
            "",
        ] {
            assert!(!is_same_repository(github, other), "{other}");
            assert!(!is_same_repository(other, github), "{other}");
        }
        for (one, other) in [
            ("https://acme@dev.azure.com/acme/p/_git/shop", "git@ssh.dev.azure.com:v3/acme/p/shop"),
            (
                "https://git.example.com:8443/scm/acme/shop.git",
                "ssh://git@git.example.com:7999/acme/shop.git",
            ),
            ("https://gitlab.com/acme/team/shop.git", "git@gitlab.com:acme/team/shop.git"),
        ] {
            assert!(is_same_repository(one, other), "{one}");
        }
        assert!(!is_same_repository("/srv/shop.git", "/srv/shop.git"));
    }
}
