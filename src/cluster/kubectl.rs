//! Runs the user's `kubectl`, always with the context that was agreed on at the start: somebody may switch contexts in
//! another terminal meanwhile.

#![expect(clippy::disallowed_methods, reason = "it runs `kubectl`")]

use std::io::{self, Write};
use std::process::{Command, Output, Stdio};
use std::thread;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::shell;

/// How long a request may take: an API server that does not answer is an error, and not a wait without end.
const TIMEOUT: &str = "--request-timeout=30s";

/// `kubectl`, and the cluster that it talks to.
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
        let output = run(Command::new("kubectl").args(["config", "view", "-o", "json"]), b"")?;
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
    /// It cannot be started.
    pub(crate) fn output(&self, arguments: &[&str], input: &[u8]) -> Result<Output> {
        let words = self.words(arguments);
        run(Command::new(words[0]).args(&words[1..]).arg(TIMEOUT), input)
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
        if output.stdout.trim_ascii().is_empty() {
            return Ok(Vec::new());
        }
        let mut found: Value = read(&output, "get")?;
        match found.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => Ok(items),
            _ => Ok(vec![found]),
        }
    }
}

/// The error for a command that failed, with its own words.
pub(crate) fn failed(arguments: &[&str], output: &Output) -> Error {
    let said = String::from_utf8_lossy(&output.stderr);
    let cause = if said.trim().is_empty() { output.status.to_string() } else { said.trim().to_owned() };
    let verb = arguments.iter().find(|word| !word.starts_with('-')).copied().unwrap_or_default();
    Error::failure(format!("`kubectl {verb}` failed")).because(cause)
}

fn read(output: &Output, what: &str) -> Result<Value> {
    if !output.status.success() {
        return Err(failed(&[what], output));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| Error::failure(format!("`kubectl {what}` did not print JSON")).because(error))
}

fn run(command: &mut Command, input: &[u8]) -> Result<Output> {
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = started.map_err(cannot_run)?;
    let stdin = child.stdin.take();
    let output = thread::scope(|scope| {
        scope.spawn(move || {
            // It may end before it has read everything; what it says then tells more.
            if let Some(mut stdin) = stdin {
                let _ = stdin.write_all(input);
            }
        });
        child.wait_with_output()
    });
    output.map_err(cannot_run)
}

fn cannot_run(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        return Error::precondition("the `kubectl` command is needed here, but is not installed")
            .hint("install it: https://kubernetes.io/docs/tasks/tools/");
    }
    Error::failure("cannot run `kubectl`").because(error)
}
