//! Names of Git branches, by the rules of <https://git-scm.com/docs/git-check-ref-format>, without those that a shell, a
//! URL or YAML would read differently.

use super::Limits;
use super::invalid::{Invalid, only, shown};
use super::value::Value;

/// Git stores a branch in a file of that name, next to a lock file; most file systems allow 255 bytes.
const LONGEST: usize = 240;

pub(super) fn read(text: &str, limits: &Limits) -> Result<Value, Invalid> {
    if limits.any && text == "*" {
        return Ok(Value::Text(text.to_owned()));
    }
    let name = shown(text);
    if let Some(short) = text.strip_prefix("refs/heads/") {
        return Err(Invalid::new(format!("{name} is a full reference; only the branch's name is needed"))
            .suggest(short));
    }
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._/-".contains(letter);
    only(text, allowed, "a branch's name has only letters, digits and `._/-`")?;
    let reason = if text == "HEAD" || text.starts_with("refs/") {
        format!("{name} is not a branch")
    } else if text.starts_with('-') {
        format!("{name} starts with `-`, which commands would treat as an option")
    } else if text.contains("..") {
        format!("{name} has `..`, which means a range of commits")
    } else if text.ends_with('.') {
        format!("{name} ends with `.`, which Git refuses")
    } else if text.split('/').any(str::is_empty) {
        format!("{name} has an empty part before, after or between slashes")
    } else if let Some(part) = text.split('/').find(|part| is_refused(part)) {
        let rule = "no part may start with `.` or end with `.lock`";
        format!("{name} has the part {}; {rule}", shown(part))
    } else if text.len() > LONGEST {
        format!("{name} has {} characters; at most {LONGEST} are allowed", text.len())
    } else {
        return Ok(Value::Text(text.to_owned()));
    };
    Err(Invalid::new(reason).suggest(text.trim_matches(['/', '-', '.'])))
}

fn is_refused(part: &str) -> bool {
    // Git rejects exactly `.lock`, but on some file systems `.LOCK` is the same file.
    let locks = part.len() >= 5 && part.to_ascii_lowercase().ends_with(".lock");
    part.starts_with('.') || locks
}
