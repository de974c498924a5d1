//! Who commits, and by which means.

use std::env::{self, VarError};

use git2::{Config, ErrorCode, Signature};

use super::{Entry, Repo, command, missing_identity, settings};
use crate::error::Result;

/// In whose name a commit is made.
pub(crate) struct Identity {
    pub(super) author: Signature<'static>,
    pub(super) committer: Signature<'static>,
}

/// How a commit is finished.
pub(crate) enum Finish {
    /// By libgit2.
    Direct(Identity),
    /// By `git commit`, because of signing, hooks, filters, or settings that only Git itself understands.
    Command,
}

impl Repo {
    /// Decides how a commit here is to be finished.
    ///
    /// # Errors
    /// A precondition: no identity is set, or the `git` command is needed and missing.
    pub(crate) fn finish(&self) -> Result<Finish> {
        if !has_plain_dates() || settings::need_the_command(&self.git, &self.root)? {
            return self.by_command();
        }
        match (self.git.author_from_env(), self.git.committer_from_env()) {
            (Ok(author), Ok(committer)) => Ok(Finish::Direct(Identity { author, committer })),
            (Err(error), _) | (_, Err(error)) if error.code() == ErrorCode::NotFound => {
                Err(missing_identity())
            }
            // Git has the last word on what it accepts as a name.
            _ => self.by_command(),
        }
    }

    /// Like [`Repo::finish`], with `files` in the work tree: Git's filters call for the command, too.
    ///
    /// # Errors
    /// As for [`Repo::finish`].
    pub(crate) fn finish_for(&self, files: &[Entry]) -> Result<Finish> {
        let may_be = self.has_outside_attributes()? || files.iter().any(speaks_of_filters);
        if may_be && files.iter().any(|file| self.is_filtered(file)) {
            self.by_command()
        } else {
            self.finish()
        }
    }

    /// Whether attributes come from elsewhere than from files in the work tree. Asking libgit2 for the attributes of
    /// every file costs more than all the rest of a landing; mostly there is nothing to ask for.
    fn has_outside_attributes(&self) -> Result<bool> {
        Ok(self.git.path().join("info/attributes").exists() || settings::attributes_file()?.is_some())
    }

    fn by_command(&self) -> Result<Finish> {
        if command::knows_identity(&self.root)? { Ok(Finish::Command) } else { Err(missing_identity()) }
    }
}

/// Whether a file can give attributes that stand between what Git stores and what it writes, or is such a file itself.
fn speaks_of_filters(file: &Entry) -> bool {
    let speaks = |name: &str| file.content.windows(name.len()).any(|window| window == name.as_bytes());
    let is_attributes = file.path.rsplit('/').next() == Some(".gitattributes");
    file.content.contains(&b'\r') || (is_attributes && super::clean::FILTERS.iter().any(|name| speaks(name)))
}

/// Checks, where no repository exists yet, that one created here would know who commits.
///
/// # Errors
/// A precondition: no identity is set.
pub(crate) fn check_identity() -> Result<()> {
    let config = settings::user_wide()?;
    // Conditional includes can only be judged once the repository exists; it is asked again then, out of sight.
    if settings::config_comes_from_environment()
        || settings::has(&config, "^includeif\\.")
        || (is_set(&config, "AUTHOR") && is_set(&config, "COMMITTER"))
    {
        return Ok(());
    }
    Err(missing_identity())
}

/// Whether the dates that the environment sets, if any, are in the form that libgit2 and Git read alike.
fn has_plain_dates() -> bool {
    ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"].iter().all(|name| match env::var(name) {
        Ok(date) => is_plain_date(&date),
        Err(error) => error == VarError::NotPresent,
    })
}

/// Whether `date` looks like `2005-04-07T22:13:13+02:00`, complete to the offset.
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
