//! URLs of API servers and paths of HTTP requests; keeps credentials out of all URLs.

use super::Limits;
use super::host;
use super::invalid::{Invalid, only, shown};
use super::value::Value;

/// Returns the URL without its credentials; `None` if it has none. A bare user name is a credential in an
/// HTTP URL and part of the address in an SSH URL.
pub(crate) fn without_credentials(url: &str) -> Option<String> {
    let (scheme, authority, path) = split(url);
    let (before, _) = authority.split_once('@')?;
    let (_, server) = authority.rsplit_once('@')?;
    match before.split_once(':') {
        _ if scheme.starts_with("http") => Some(format!("{scheme}{server}{path}")),
        Some((user, _)) => Some(format!("{scheme}{user}@{server}{path}")),
        None => None,
    }
}

/// Returns the user name of an HTTPS URL that has no password.
fn user_without_password(url: &str) -> Option<&str> {
    let (scheme, authority, _) = split(url);
    let (user, _) = authority.rsplit_once('@')?;
    (scheme == "https://" && !user.is_empty() && !user.contains([':', '@'])).then_some(user)
}

/// Returns the user name in an HTTPS URL that a server offers for cloning: it is the owner, or the server is one that
/// puts the name of the reader there. On other servers, and where it is long, it may be a token.
pub(crate) fn offered_user(url: &str) -> Option<&str> {
    const LONGEST: usize = 30;
    let user = user_without_password(url)?;
    let (_, authority, path) = split(url);
    let (_, server) = authority.rsplit_once('@')?;
    let server = server.to_ascii_lowercase();
    let is_owner = path.split('/').nth(1).is_some_and(|owner| owner.eq_ignore_ascii_case(user));
    let offers =
        matches!(&*server, "dev.azure.com" | "bitbucket.org") || server.ends_with(".visualstudio.com");
    let is_name = user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    (is_name && user.len() <= LONGEST && (is_owner || offers)).then_some(user)
}

/// Splits a URL into scheme with slashes, authority and rest. Without a scheme, everything is authority.
fn split(url: &str) -> (&str, &str, &str) {
    let Some(start) = url.find("://") else {
        return ("", url, "");
    };
    let (scheme, rest) = url.split_at(start + 3);
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    (scheme, authority, path)
}

/// Rejects a URL with credentials, a query or a fragment, without repeating any of them.
pub(super) fn refuse_secrets(url: &str) -> Result<(), Invalid> {
    if let Some(bare) = without_credentials(url) {
        let reason = if user_without_password(url).is_some() {
            "the URL contains a user name, which may be a token; secrets are never stored, so give the URL without it"
        } else {
            "the URL contains credentials; secrets are never stored, so give the URL without them"
        };
        return Err(Invalid::new(reason).suggest(bare.replacen("http://", "https://", 1)));
    }
    // A password with a slash in it ends here.
    if split(url).2.contains('@') {
        return Err(Invalid::new("the URL has an `@` after its host"));
    }
    match url.find(['?', '#']) {
        Some(end) => Err(Invalid::new("the URL has a query or a fragment; remove it").suggest(&url[..end])),
        None => Ok(()),
    }
}

/// Reads `https://host[:port][/path]`; the canonical form has no trailing slash.
pub(super) fn server(text: &str, _: &Limits) -> Result<Value, Invalid> {
    refuse_secrets(text)?;
    let url = text.trim_end_matches('/');
    let Some(rest) = url.strip_prefix("https://") else {
        let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
        let reason = format!("{} does not start with `https://`", shown(text));
        return Err(Invalid::new(reason).suggest(format!("https://{bare}")));
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    host::authority(authority)?;
    only(
        path,
        |letter| is_unreserved(letter) || letter == '/' || letter == ':',
        "it is not allowed in the path of a server",
    )?;
    if path.split('/').skip(1).any(|part| matches!(part, "" | "." | "..")) {
        return Err(Invalid::new(format!("{} has an empty, `.` or `..` part in its path", shown(text))));
    }
    Ok(Value::Text(url.to_owned()))
}

/// Reads the path and query of an HTTP request (RFC 3986, sections 3.3 and 3.4).
pub(super) fn http_path(text: &str, _: &Limits) -> Result<Value, Invalid> {
    if let Some((_, rest)) = text.split_once("://") {
        let path = rest.find('/').map_or("/", |start| &rest[start..]);
        return Err(Invalid::new(format!("{} is a URL; only its path is needed", shown(text))).suggest(path));
    }
    if !text.starts_with('/') || text.starts_with("//") {
        let reason = format!("{} does not start with one `/`", shown(text));
        return Err(Invalid::new(reason).suggest(format!("/{}", text.trim_start_matches('/'))));
    }
    let rule = "write other characters as `%` and two hexadecimal digits";
    only(text, |letter| is_unreserved(letter) || "!$&'()*+,;=:@/?%".contains(letter), rule)?;
    if text.contains("$(") {
        return Err(Invalid::new(format!("{} has `$(`, which starts a variable in manifests", shown(text))));
    }
    let escapes = text.split('%').skip(1);
    let is_hex = |escape: &str| escape.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if !escapes.clone().all(is_hex) {
        let reason = format!("{} has a `%` without two hexadecimal digits after it", shown(text));
        return Err(Invalid::new(reason).suggest(text.replace('%', "%25")));
    }
    Ok(Value::Text(text.to_owned()))
}

fn is_unreserved(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-._~".contains(letter)
}
