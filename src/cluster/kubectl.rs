//! Runs the user's `kubectl`, always with the context that was agreed on at the start: somebody may switch contexts in
//! another terminal meanwhile.

#![expect(clippy::disallowed_methods, reason = "it runs `kubectl`")]

use std::io;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::shell;
use crate::subprocess;

/// How long a command may take: an API server that does not answer is an error, and not a wait without end.
#[derive(Clone, Copy)]
pub(crate) struct KubectlLimits {
    /// For a single request, of which a command may need several.
    request: &'static str,
    /// For the command and its plugins.
    pub(crate) whole: Duration,
}

/// For a step that a person waits for, and may have to log in for.
const STEP: KubectlLimits = KubectlLimits { request: "--request-timeout=30s", whole: Duration::from_mins(5) };

/// For one of many questions.
pub(crate) const QUESTION: KubectlLimits =
    KubectlLimits { request: "--request-timeout=10s", whole: Duration::from_secs(20) };

/// `kubectl`, and the cluster that it talks to.
#[derive(Clone)]
pub(crate) struct Kubectl {
    pub(crate) context: String,
    /// The URL of the API server.
    pub(crate) server: String,
}

impl Kubectl {
    /// Finds the context `wanted`, or the current one. Asks the cluster nothing.
    ///
    /// # Errors
    /// A precondition: `kubectl` is missing, or the context is.
    pub(crate) fn find(wanted: Option<&str>) -> Result<Self> {
        let words = ["config", "view", "-o", "json"];
        let ended = subprocess::run_within(Command::new("kubectl").args(words), b"", STEP.whole);
        let output = of_step(&words, ended)?;
        let config: Value = read(&output, "config view")?;
        let current = config["current-context"].as_str().filter(|name| !name.is_empty());
        let entries = |list: &str| config[list].as_array().cloned().unwrap_or_default();
        let entry = |list: &str, name: &str| entries(list).into_iter().find(|entry| entry["name"] == name);
        let names: Vec<String> =
            entries("contexts").iter().filter_map(|entry| Some(entry["name"].as_str()?.to_owned())).collect();
        let Some(context) = wanted.or(current) else {
            let known = if names.is_empty() {
                "its configuration has none; see `kubectl config set-context --help`".to_owned()
            } else {
                format!("choose one with `--context NAME`: {}", names.join(", "))
            };
            return Err(Error::precondition("`kubectl` has no current context, so the cluster is not known")
                .hint(known));
        };
        let Some(found) = entry("contexts", context) else {
            return Err(Error::precondition(format!("`kubectl` has no context `{context}`")).hint(format!(
                "it has: {}",
                if names.is_empty() { "none".to_owned() } else { names.join(", ") }
            )));
        };
        let cluster = found["context"]["cluster"].as_str().unwrap_or_default();
        let server = entry("clusters", cluster);
        let server = server.and_then(|entry| Some(entry["cluster"]["server"].as_str()?.to_owned()));
        Ok(Self {
            context: context.to_owned(),
            server: server.unwrap_or_else(|| "an unknown server".to_owned()),
        })
    }

    /// The words of a command, with the context.
    pub(crate) fn words<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        let mut words = vec!["kubectl", "--context", &self.context];
        words.extend(arguments);
        words
    }

    /// The command as a person types it.
    pub(crate) fn shown(&self, arguments: &[&str]) -> String {
        let words: Vec<String> = self.words(arguments).into_iter().map(shell::word).collect();
        words.join(" ")
    }

    /// Runs a command with `input` on its standard input, and returns what it prints.
    ///
    /// # Errors
    /// It fails; the error has what it says.
    pub(crate) fn run(&self, arguments: &[&str], input: &[u8]) -> Result<String> {
        let output = self.output(arguments, input)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(failed(arguments, &output))
    }

    /// As [`Kubectl::run`], whatever its exit code.
    ///
    /// # Errors
    /// It cannot be started, or takes too long.
    pub(crate) fn output(&self, arguments: &[&str], input: &[u8]) -> Result<Output> {
        of_step(arguments, self.output_within(arguments, input, STEP))
    }

    /// As [`Kubectl::output`]; `None` if it takes longer than `limits`.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn output_within(
        &self,
        arguments: &[&str],
        input: &[u8],
        limits: KubectlLimits,
    ) -> io::Result<Option<Output>> {
        let words = self.words(arguments);
        let mut command = Command::new(words[0]);
        subprocess::run_within(command.args(&words[1..]).arg(limits.request), input, limits.whole)
    }

    /// Returns the objects that `get` finds; an object that does not exist is left out.
    ///
    /// # Errors
    /// The cluster does not answer, refuses, or does not know the kind.
    pub(crate) fn objects(&self, arguments: &[&str]) -> Result<Vec<Value>> {
        let mut words = vec!["get", "--ignore-not-found", "-o", "json"];
        words.extend(arguments);
        let output = self.output(&words, b"")?;
        if !output.status.success() {
            return Err(failed(&words, &output));
        }
        objects_in(&output).map_err(|error| not_json("get", error))
    }
}

/// Returns the objects that `get` has printed; nothing if it has found none.
pub(super) fn objects_in(output: &Output) -> serde_json::Result<Vec<Value>> {
    if output.stdout.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    let mut found: Value = serde_json::from_slice(&output.stdout)?;
    match found.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => Ok(items),
        _ => Ok(vec![found]),
    }
}

/// The error for a command that failed, with its own words.
pub(crate) fn failed(arguments: &[&str], output: &Output) -> Error {
    let said = String::from_utf8_lossy(&output.stderr);
    let cause = if said.trim().is_empty() { output.status.to_string() } else { said.trim().to_owned() };
    Error::failure(format!("`kubectl {}` failed", verb(arguments))).because(cause)
}

fn verb<'a>(arguments: &[&'a str]) -> &'a str {
    arguments.iter().find(|word| !word.starts_with('-')).copied().unwrap_or_default()
}

fn read(output: &Output, what: &str) -> Result<Value> {
    if !output.status.success() {
        return Err(failed(&[what], output));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| not_json(what, error))
}

fn not_json(what: &str, error: serde_json::Error) -> Error {
    Error::failure(format!("`kubectl {what}` did not print JSON")).because(error)
}

fn of_step(arguments: &[&str], ended: io::Result<Option<Output>>) -> Result<Output> {
    ended.map_err(cannot_run)?.ok_or_else(|| {
        let (verb, seconds) = (verb(arguments), STEP.whole.as_secs());
        Error::failure(format!("`kubectl {verb}` did not end within {seconds} seconds"))
    })
}

fn cannot_run(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        return Error::precondition("the `kubectl` command is needed here, but is not installed")
            .hint("install it: https://kubernetes.io/docs/tasks/tools/");
    }
    Error::failure("cannot run `kubectl`").because(error)
}
