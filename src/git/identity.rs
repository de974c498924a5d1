//! Who commits, and whether libgit2 or the `git` command makes the commit.

use std::env::{self, VarError};

use git2::{Config, ErrorCode, Signature};

use super::{Repo, command, missing_identity, settings};
use crate::error::Result;

pub(crate) struct Signatures {
    pub(super) author: Signature<'static>,
    pub(super) committer: Signature<'static>,
}

pub(crate) enum CommitMethod {
    /// Through libgit2.
    Direct(Signatures),
    /// `git commit`, as required by signing, hooks, or settings that only Git understands.
    Command,
}

impl Repo {
    /// Decides how to commit here.
    ///
    /// # Errors
    /// A precondition: no identity is set, or the `git` command is needed and missing.
    pub(crate) fn commit_method(&self) -> Result<CommitMethod> {
        if !has_plain_dates() || settings::need_the_command(&self.git, &self.root)? {
            return self.by_command();
        }
        match (self.git.author_from_env(), self.git.committer_from_env()) {
            (Ok(author), Ok(committer)) => Ok(CommitMethod::Direct(Signatures { author, committer })),
            (Err(error), _) | (_, Err(error)) if error.code() == ErrorCode::NotFound => {
                Err(missing_identity())
            }
            // Git has the last word on what it accepts as a name.
            _ => self.by_command(),
        }
    }

    fn by_command(&self) -> Result<CommitMethod> {
        if command::knows_identity(&self.root)? { Ok(CommitMethod::Command) } else { Err(missing_identity()) }
    }
}

/// Checks that a repository created now would know who commits.
///
/// # Errors
/// A precondition: no identity is set.
pub(crate) fn check_identity() -> Result<()> {
    let config = settings::user_wide()?;
    // Conditional includes can only be judged once the repository exists; it is asked again then.
    if settings::config_comes_from_environment()
        || settings::has(&config, "^includeif\\.")
        || (is_set(&config, "AUTHOR") && is_set(&config, "COMMITTER"))
    {
        return Ok(());
    }
    Err(missing_identity())
}

/// Whether the dates set by the environment, if any, have a form that libgit2 and Git read alike.
fn has_plain_dates() -> bool {
    ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"].iter().all(|name| match env::var(name) {
        Ok(date) => is_plain_date(&date),
        Err(error) => error == VarError::NotPresent,
    })
}

/// Whether `date` is complete to the offset, like `2005-04-07T22:13:13+02:00`.
fn is_plain_date(date: &str) -> bool {
    const FORM: &[u8] = b"0000-00-00T00:00:00+00:00";
    date.len() == FORM.len()
        && date.bytes().zip(FORM).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            b'+' => matches!(byte, b'+' | b'-'),
            _ => byte == *form,
        })
}

fn is_set(config: &Config, role: &str) -> bool {
    let known = |field: &str| {
        let key = field.to_lowercase();
        env::var_os(format!("GIT_{role}_{field}")).is_some_and(|value| !value.is_empty())
            || config.get_string(&format!("{}.{key}", role.to_lowercase())).is_ok()
            || config.get_string(&format!("user.{key}")).is_ok()
    };
    known("NAME") && (known("EMAIL") || env::var_os("EMAIL").is_some_and(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::is_plain_date;

    #[test]
    fn only_complete_iso_dates_are_plain() {
        assert!(is_plain_date("2005-04-07T22:13:13+02:00"));
        assert!(is_plain_date("2005-04-07T22:13:13-02:30"));
        for date in
            ["", "2005-04-07T22:13:13", "2005-04-07 22:13:13+02:00", "@1 +0000", "1112911993 +0200", "now"]
        {
            assert!(!is_plain_date(date), "{date}");
        }
    }
}
