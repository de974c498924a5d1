//! Paths inside the repository. They are used in manifests, in Git commands and on other operating systems.

use super::Limits;
use super::invalid::{Invalid, only, shown};
use super::value::Value;

/// Reads a path relative to the repository's root; `.` is the root itself. The canonical form has no leading `./` and no
/// trailing slash.
pub(super) fn relative(text: &str, _: &Limits) -> Result<Value, Invalid> {
    if text.starts_with(['/', '~']) {
        let reason = format!("{} is not relative to the root of the repository", shown(text));
        return Err(Invalid::new(reason).suggest(text.trim_start_matches(['/', '~'])));
    }
    if text.contains('\\') {
        let reason = format!("{} has a backslash; folders are separated by `/`", shown(text));
        return Err(Invalid::new(reason).suggest(text.replace('\\', "/")));
    }
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._/@+=-".contains(letter);
    only(text, allowed, "a path has only letters, digits and `._/@+=-`")?;
    let path = canonical(text);
    if path != "." {
        path.split('/').try_for_each(|part| check_part(text, path, part))?;
    }
    Ok(Value::Text(path.to_owned()))
}

fn canonical(text: &str) -> &str {
    let path = text.trim_end_matches('/');
    match path.strip_prefix("./") {
        Some(rest) => canonical(rest),
        None => path,
    }
}

fn check_part(text: &str, path: &str, part: &str) -> Result<(), Invalid> {
    let tidy = || path.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/");
    let text = shown(text);
    let reason = match part {
        "" => return Err(Invalid::new(format!("{text} has two slashes in a row")).suggest(tidy())),
        "." => return Err(Invalid::new(format!("{text} has an unnecessary `.`")).suggest(tidy())),
        ".." => format!("{text} has a `..`; the path may not leave the repository"),
        part if part.starts_with('-') => {
            format!("{text} has the part {}, which commands would treat as an option", shown(part))
        }
        part if part.eq_ignore_ascii_case(".git") => {
            format!("{text} is inside `.git`, which Git never tracks")
        }
        _ => return Ok(()),
    };
    Err(Invalid::new(reason))
}
