//! Names of container images, by the grammar of <https://github.com/distribution/reference/blob/main/reference.go>. The
//! registry is required: which image a bare `shop` means depends on the machine that pulls it.

use super::Limits;
use super::invalid::{Invalid, only, shown};
use super::value::Value;
use super::{host, url};

/// `RepositoryNameTotalLengthMax` of the grammar.
const LONGEST: usize = 255;

const ADDED: &str = "the pipeline adds them for each release";

pub(super) const EXAMPLE: &str = "registry.example.com/acme/shop";

/// Reads `registry[:port]/path/name`, with neither tag nor digest.
pub(super) fn name(text: &str, _: &Limits) -> Result<Value, Invalid> {
    let parts = Parts::of(text);
    if let Some(digest) = parts.digest {
        let reason = format!("{} has the digest {}; {ADDED}", shown(text), shown(digest));
        return Err(Invalid::new(reason).suggest(suggestion(text)));
    }
    if let Some(tag) = parts.tag {
        let reason = format!("{} has the tag {}; {ADDED}", shown(text), shown(tag));
        return Err(Invalid::new(reason).suggest(suggestion(text)));
    }
    check_name(text).map_err(|invalid| invalid.suggest(suggestion(text)))?;
    Ok(Value::Text(text.to_owned()))
}

/// Reads an image with a tag other than `latest`, a digest, or both.
pub(super) fn reference(text: &str, _: &Limits) -> Result<Value, Invalid> {
    let parts = Parts::of(text);
    check_name(parts.name).map_err(|invalid| {
        invalid.suggest(format!("{}{}", suggestion(parts.name), &text[parts.name.len()..]))
    })?;
    if parts.tag.is_none() && parts.digest.is_none() {
        return Err(Invalid::new(format!(
            "{} has neither a tag nor a digest, so it may change at any time",
            shown(text)
        )));
    }
    parts.tag.map_or(Ok(()), |tag| check_tag(&parts, tag))?;
    parts.digest.map_or(Ok(()), |digest| check_digest(text, digest))?;
    Ok(Value::Text(text.to_owned()))
}

struct Parts<'a> {
    name: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Splits without validating. A colon before the last slash starts a port, not a tag.
    fn of(text: &'a str) -> Self {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) if !rest.contains("://") => (rest, Some(digest)),
            _ => (text, None),
        };
        let last = rest.rfind('/').map_or(0, |slash| slash + 1);
        match rest[last..].find(':') {
            Some(colon) => Self { name: &rest[..last + colon], tag: Some(&rest[last + colon + 1..]), digest },
            None => Self { name: rest, tag: None, digest },
        }
    }
}

fn check_name(text: &str) -> Result<(), Invalid> {
    if text.contains("://") {
        return Err(Invalid::new(format!("{} is a URL; an image name has no `://`", shown(text))));
    }
    let allowed = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '.' | '_' | '/' | ':' | '-');
    only(text, allowed, "an image name has only lower-case letters, digits and `._/:-`")?;
    let Some((registry, path)) = text.split_once('/').filter(|(first, _)| is_registry(first)) else {
        return Err(Invalid::new(format!("{} does not start with a registry's host name", shown(text))));
    };
    host::authority(registry)?;
    if let Some(part) = path.split('/').find(|part| !is_component(part)) {
        let rule = "a part starts and ends with a letter or digit, with `.`, `_`, `__` or dashes between";
        return Err(Invalid::new(format!("{} has the part {}; {rule}", shown(text), shown(part))));
    }
    if text.len() > LONGEST {
        let reason = format!("{} has {} characters; at most {LONGEST} are allowed", shown(text), text.len());
        return Err(Invalid::new(reason));
    }
    Ok(())
}

fn check_tag(parts: &Parts<'_>, tag: &str) -> Result<(), Invalid> {
    let is_tag = |(at, byte): (usize, u8)| match byte {
        b'.' | b'-' => at > 0,
        byte => byte.is_ascii_alphanumeric() || byte == b'_',
    };
    if tag.is_empty() || tag.len() > 128 || !tag.bytes().enumerate().all(is_tag) {
        let rule =
            "a tag has up to 128 letters, digits, `_`, `.` and `-`, and does not start with `.` or `-`";
        return Err(Invalid::new(format!("{} is not a valid tag; {rule}", shown(tag))));
    }
    if tag != "latest" {
        return Ok(());
    }
    let invalid = Invalid::new("the tag `latest` may point to another image at any time; give a version");
    Err(match parts.digest {
        Some(digest) => invalid.suggest(format!("{}@{digest}", parts.name)),
        None => invalid,
    })
}

fn check_digest(text: &str, digest: &str) -> Result<(), Invalid> {
    let is_digest = |digest: &str| {
        let hash = digest.strip_prefix("sha256:").unwrap_or_default();
        hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    if is_digest(digest) {
        return Ok(());
    }
    let start = &text[..text.len() - digest.len()];
    let reason = format!(
        "{} is not a digest; a digest is `sha256:` and 64 lower-case hexadecimal digits",
        shown(digest)
    );
    Err(Invalid::new(reason).suggest(format!("{start}{}", digest.to_lowercase())))
}

/// Whether the first part of a name is a host (`splitDockerDomain` of the grammar).
fn is_registry(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost"
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(text: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let is_separator =
        |run: &str| matches!(run, "" | "." | "_" | "__") || run.bytes().all(|byte| byte == b'-');
    text.starts_with(is_letter) && text.ends_with(is_letter) && text.split(is_letter).all(is_separator)
}

fn suggestion(text: &str) -> String {
    let open = url::without_credentials(text).unwrap_or_else(|| text.to_owned());
    let bare = open.split_once("://").map_or(open.as_str(), |(_, rest)| rest);
    let name = Parts::of(bare).name.trim_matches('/').to_lowercase();
    match name.split_once('/') {
        Some((first, _)) if is_registry(first) => name,
        Some(_) => format!("docker.io/{name}"),
        None => format!("docker.io/library/{name}"),
    }
}
