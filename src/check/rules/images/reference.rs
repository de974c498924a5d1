//! Names of images: their parts, and whether a container runtime can read them
//! (<https://github.com/distribution/reference>, `ParseNormalizedNamed`).

use crate::check::schema::formats;

/// `RepositoryNameTotalLengthMax` of the grammar.
const LONGEST: usize = 255;

const LONGEST_TAG: usize = 128;

/// The algorithms of digests, and how many hexadecimal digits each has.
const ALGORITHMS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

const INVALID: &str = "invalid reference format";

/// An image as written: `repository:tag@digest`.
pub(crate) struct ImageReference<'t> {
    /// Registry and path.
    pub(crate) repository: &'t str,
    pub(super) tag: Option<&'t str>,
    pub(super) digest: Option<&'t str>,
}

/// Why a runtime cannot read a reference.
pub(super) struct Mistake {
    /// A clause, such as "its tag is empty".
    pub(super) what: String,
    /// The words of the runtime.
    pub(super) words: String,
}

impl Mistake {
    fn new(what: impl Into<String>, words: impl Into<String>) -> Self {
        Self { what: what.into(), words: words.into() }
    }
}

impl<'t> ImageReference<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        let (name, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
        let last = name.rfind('/').map_or(0, |at| at + 1);
        let tag = name[last..].find(':').map(|at| last + at);
        let (repository, tag) = tag.map_or((name, None), |at| (&name[..at], Some(&name[at + 1..])));
        Self { repository, tag, digest }
    }

    /// Returns what is wrong with the reference; nothing where another program replaces a part of it.
    pub(super) fn mistake(text: &'t str) -> Option<Mistake> {
        if formats::is_placeholder(text) || text.contains(['$', '{', '<', '%']) {
            return None;
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return Some(Mistake::new(format!("an image has no scheme; remove `{scheme}://`"), INVALID));
        }
        if text.contains(char::is_whitespace) {
            return Some(Mistake::new("it contains white space", INVALID));
        }
        let Self { repository, tag, digest } = Self::of(text);
        if tag.is_none() && digest.is_none() && is_hex(text) && text.len() == 64 {
            let words =
                format!("invalid repository name ({text}), cannot specify 64-byte hexadecimal strings");
            return Some(Mistake::new("it is a checksum without a name", words));
        }
        mistake_of_name(repository)
            .or_else(|| tag.and_then(mistake_of_tag))
            .or_else(|| digest.and_then(mistake_of_digest))
    }
}

fn mistake_of_name(name: &str) -> Option<Mistake> {
    let (registry, path) = split_registry(name);
    if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let words = format!("{INVALID}: repository name ({path}) must be lowercase");
        return Some(Mistake::new("its path must be in lower case", words));
    }
    if let Some(registry) = registry.filter(|registry| !is_registry(registry) && !is_path_part(registry)) {
        return Some(Mistake::new(format!("`{registry}` is not the host of a registry"), INVALID));
    }
    if let Some(part) = path.split('/').find(|part| !is_path_part(part)) {
        let what = if part.is_empty() {
            "a part of its path is empty".to_owned()
        } else {
            format!(
                "`{part}` may have only lower-case letters and digits, with `.`, `_`, `__` or dashes between them"
            )
        };
        return Some(Mistake::new(what, INVALID));
    }
    if name.len() > LONGEST {
        let words = format!("repository name must not be more than {LONGEST} characters");
        return Some(Mistake::new("its name is too long", words));
    }
    None
}

/// Splits off the registry. A first part without a dot, port or capital is a part of the path.
fn split_registry(name: &str) -> (Option<&str>, &str) {
    let is_registry = |first: &str| {
        first == "localhost"
            || first.contains(['.', ':'])
            || first.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    match name.split_once('/').filter(|(first, _)| is_registry(first)) {
        Some((first, path)) => (Some(first), path),
        None => (None, name),
    }
}

/// Whether `text` is a host with or without a port.
fn is_registry(text: &str) -> bool {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((address, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let is_address = address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
        return is_address
            && !address.is_empty()
            && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    }
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let is_label = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.split('.').all(is_label) && port.is_none_or(is_port)
}

/// Whether the letters and digits of `part` have one separator at a time between them.
fn is_path_part(part: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let has_ends = part.starts_with(is_letter) && part.ends_with(is_letter);
    let mut separators = part.split(is_letter).filter(|between| !between.is_empty());
    let is_separator =
        |between: &str| matches!(between, "." | "_" | "__") || between.bytes().all(|byte| byte == b'-');
    has_ends && separators.all(is_separator)
}

fn mistake_of_tag(tag: &str) -> Option<Mistake> {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    if tag.is_empty() {
        Some(Mistake::new("its tag is empty", INVALID))
    } else if tag.len() > LONGEST_TAG {
        Some(Mistake::new(format!("its tag has more than {LONGEST_TAG} characters"), INVALID))
    } else if tag.starts_with(['.', '-']) || !tag.bytes().all(is_inner) {
        let what = "a tag has only letters, digits, `_`, `.` and `-`, and does not begin with `.` or `-`";
        Some(Mistake::new(what, INVALID))
    } else {
        None
    }
}

fn mistake_of_digest(digest: &str) -> Option<Mistake> {
    let wanted = "a digest is `sha256:` and 64 hexadecimal digits in lower case";
    let Some((algorithm, hex)) = digest.split_once(':') else { return Some(Mistake::new(wanted, INVALID)) };
    // A word, as in `sha256:resolved`, stands for a digest to come.
    if hex.bytes().all(|byte| byte.is_ascii_alphabetic()) && !hex.is_empty() {
        return None;
    }
    let is_word = |word: &str| {
        word.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let is_digest = algorithm.split(['-', '_', '+', '.']).all(is_word)
        && hex.len() >= 32
        && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_digest {
        return Some(Mistake::new(wanted, INVALID));
    }
    match ALGORITHMS.into_iter().find(|(name, _)| *name == algorithm) {
        None => Some(Mistake::new(wanted, "unsupported digest algorithm")),
        Some((_, length)) if length != hex.len() => {
            Some(Mistake::new(wanted, "invalid checksum digest length"))
        }
        Some(_) if !is_hex(hex) => Some(Mistake::new(wanted, "invalid checksum digest format")),
        Some(_) => None,
    }
}

/// Whether the text has hexadecimal digits in lower case only.
fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
