//! Where the values of Secrets come from: flags that name a file or a variable, or questions. A value itself is never on the
//! command line.

use std::env;
use std::path::PathBuf;
use std::str::FromStr;

use super::Run;
use crate::cluster::declared::DeclaredSecret;
use crate::cluster::secret::SecretValue;
use crate::cluster::ssh;
use crate::error::{Error, Problem, Result};
use crate::fs;
use crate::ui::visible;

/// More than any key or token has.
const MOST_BYTES: u64 = 256 * 1024;

/// A value of `--secret`.
#[derive(Clone, Debug)]
pub(super) struct GivenValue {
    pub(super) secret: String,
    pub(super) value: String,
    source: ValueSource,
}

#[derive(Clone, Debug)]
enum ValueSource {
    File(PathBuf),
    Environment(String),
}

impl FromStr for GivenValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "it must be NAME.VALUE=env:VARIABLE or NAME.VALUE=file:FILE, such as git-push.password=env:GIT_TOKEN";
        let (name, source) = text.split_once('=').ok_or(form)?;
        // The text is not repeated: it may be the value itself.
        let (secret, value) = name.rsplit_once('.').ok_or(form)?;
        let source = match source.split_once(':') {
            Some(("env", name)) if !name.is_empty() => ValueSource::Environment(name.to_owned()),
            Some(("file", path)) if !path.is_empty() => ValueSource::File(path.into()),
            _ => return Err(form.to_owned()),
        };
        Ok(Self { secret: secret.to_owned(), value: value.to_owned(), source })
    }
}

impl GivenValue {
    fn read(&self) -> Result<String, Problem> {
        let flag = format!("--secret {}.{}", self.secret, self.value);
        let problem = |why: &str, fix: &str| Problem::new(format!("{flag}: {why}"), fix);
        let text = match &self.source {
            ValueSource::Environment(name) => variable(name)
                .map_err(|_| problem(&format!("the variable `{name}` is not set"), "set and export it"))?,
            ValueSource::File(path) => {
                let read =
                    fs::read_named(path, MOST_BYTES).map_err(|error| problem(&error.to_string(), ""))?;
                String::from_utf8(read)
                    .map_err(|_| problem(&format!("`{}` is not text", path.display()), ""))?
            }
        };
        if text.trim().is_empty() {
            return Err(problem("it is empty", ""));
        }
        if matches!(self.value.as_str(), "private-key" | "known-hosts") {
            return Ok(text);
        }
        // A token in a file ends with the line, which is no part of it.
        let line = text.trim();
        if line.contains('\n') { Err(problem("it has several lines", "")) } else { Ok(line.to_owned()) }
    }
}

#[expect(clippy::disallowed_methods, reason = "the user has named the variable")]
fn variable(name: &str) -> Result<String, env::VarError> {
    env::var(name)
}

impl Run<'_> {
    /// Reads the values that flags give for a Secret; `None` for others.
    pub(super) fn given(&self, secret: &DeclaredSecret) -> Result<Vec<Option<String>>, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut values = Vec::new();
        for value in secret.values() {
            let is_meant = |given: &&GivenValue| secret.is_called(&given.secret) && given.value == value.name;
            let given = self.arguments.values.iter().rfind(is_meant);
            match given.map(GivenValue::read).transpose() {
                Ok(read) => values.push(read),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(values) } else { Err(problems) }
    }

    /// Asks for what is still missing.
    ///
    /// # Errors
    /// The user cancels; a key cannot be made, or the host does not say its keys.
    pub(super) fn ask_values(
        &self,
        secret: &DeclaredSecret,
        given: &[Option<String>],
    ) -> Result<Vec<String>> {
        let asked = secret.values().into_iter().zip(given);
        asked.map(|(value, given)| given.clone().map_or_else(|| self.ask_value(secret, value), Ok)).collect()
    }

    fn ask_value(&self, secret: &DeclaredSecret, value: SecretValue) -> Result<String> {
        match value.name {
            "private-key" => self.new_key(secret),
            "known-hosts" => self.known_hosts(secret),
            _ if value.is_hidden => self.ui.ask_hidden(&format!("{} (not shown)", value.prompt)),
            _ => self.ui.ask_text(value.prompt),
        }
    }

    fn new_key(&self, secret: &DeclaredSecret) -> Result<String> {
        let pair = ssh::key_pair(&secret.name)?;
        let rights = if secret.writes { "with write access" } else { "read-only" };
        self.ui.message(&format!(
            "  a new key; add its public half as a deploy key, {rights}, of {}:",
            visible::line(&secret.access_to)
        ));
        self.ui.message(&format!("  {}", visible::line(&pair.public)));
        Ok(pair.private)
    }

    fn known_hosts(&self, secret: &DeclaredSecret) -> Result<String> {
        let Some((host, port)) = secret.ssh_host() else {
            return Err(Error::failure(format!("`{}` has no host", secret.access_to)));
        };
        let keys =
            self.ui.during("asking the host for its keys", || ssh::host_keys(&host, port.as_deref()))?;
        self.ui.message(&format!(
            "  `{host}` says that these are its keys; compare them with those that it publishes:"
        ));
        self.ui.messages(&visible::lines(keys.trim_end()));
        let items = ["They are the same", "Leave everything as it is"].map(str::to_owned);
        match self.ui.choose("What now?", &items)? {
            Some(0) => Ok(keys),
            _ => Err(Error::cancelled()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_and_values_are_not_repeated() {
        let given: GivenValue = "shop.repo.password=env:TOKEN".parse().unwrap();
        assert_eq!((given.secret.as_str(), given.value.as_str()), ("shop.repo", "password"));
        assert!(matches!(given.source, ValueSource::Environment(name) if name == "TOKEN"));
        for wrong in
            ["git-push.password=hunter2", "git-push=env:A", "git-push.password", "a.b=env:", "a.b=file:"]
        {
            let error = wrong.parse::<GivenValue>().unwrap_err();
            assert!(error.contains("NAME.VALUE=env:VARIABLE") && !error.contains("hunter2"), "{error}");
        }
    }
}
