//! Code owners, as the file `CODEOWNERS` names them on GitHub and GitLab: `@acme/platform,@ann,ops@example.com`.
//! <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>
//! <https://docs.gitlab.com/user/project/codeowners/reference/>

use std::collections::BTreeSet;

use super::Limits;
use super::invalid::{Invalid, only, shown};
use super::value::Value;

/// Reads owners that commas or white space separate. The value has commas, and each owner once.
pub(super) fn read(text: &str, _: &Limits) -> Result<Value, Invalid> {
    let mut seen = BTreeSet::new();
    let mut owners = Vec::new();
    for owner in text.split([',', ' ', '\t']).filter(|owner| !owner.is_empty()) {
        check(owner)?;
        if seen.insert(owner) {
            owners.push(owner);
        }
    }
    if owners.is_empty() {
        return Err(Invalid::new("the list has no owner"));
    }
    Ok(Value::Text(owners.join(",")))
}

fn check(owner: &str) -> Result<(), Invalid> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "@/._+-".contains(letter);
    only(owner, allowed, "an owner has only letters, digits and `@/._+-`")?;
    let is_part = |part: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        part.bytes().all(plain)
            && part.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
    };
    let is_owner = match owner.split_once('@') {
        Some(("", name)) => name.split('/').all(is_part),
        Some((_, host)) => host.contains('.') && host.split('.').all(is_part) && !owner.contains('/'),
        None => false,
    };
    if is_owner {
        return Ok(());
    }
    let reason = format!("{} is neither `@NAME`, `@ORGANISATION/TEAM` nor an email address", shown(owner));
    Err(Invalid::new(reason).suggest(format!("@{}", owner.trim_matches(['@', '/']))))
}
