//! Who commits, and whether libgit2 or the `git` command makes the commit.

use std::env::{self, VarError};

use git2::{Config, ErrorCode, Signature};

use super::{Repo, command, filters, missing_identity, settings};
use crate::error::Result;
use crate::tree::{File, Tree};

pub(crate) struct Signatures {
    pub(super) author: Signature<'static>,
    pub(super) committer: Signature<'static>,
}

pub(crate) enum CommitMethod {
    /// Through libgit2.
    Direct(Signatures),
    /// `git commit`, as required by signing, hooks, filters, or settings that only Git understands.
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

    /// Like [`Repo::commit_method`] with `files` in the work tree, since Git's filters require the command,
    /// too.
    pub(crate) fn commit_method_for(&self, files: &Tree) -> Result<CommitMethod> {
        let may_be = self.has_outside_attributes()? || files.iter().any(mentions_filters);
        if may_be && files.iter().any(|(path, file)| self.is_filtered(path, &file.content)) {
            self.by_command()
        } else {
            self.commit_method()
        }
    }

    /// Whether attributes come from outside the work tree. Asking libgit2 for every file's attributes costs
    /// more than the rest of an update, and usually none exist.
    fn has_outside_attributes(&self) -> Result<bool> {
        Ok(self.git.path().join("info/attributes").exists() || settings::attributes_file()?.is_some())
    }

    fn by_command(&self) -> Result<CommitMethod> {
        if command::knows_identity(&self.root)? { Ok(CommitMethod::Command) } else { Err(missing_identity()) }
    }
}

/// Whether Git may convert the file, or the file may contain attributes that make Git convert others.
fn mentions_filters((path, file): (&String, &File)) -> bool {
    let mentions = |name: &str| file.content.windows(name.len()).any(|window| window == name.as_bytes());
    let is_attributes = path.rsplit('/').next() == Some(".gitattributes");
    file.content.contains(&b'\r') || (is_attributes && filters::FILTERS.iter().any(|name| mentions(name)))
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
