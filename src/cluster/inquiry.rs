//! Questions to a cluster that change nothing, several at a time. One that is refused or takes too long is an answer, too.

use std::process::Output;
use std::sync::{Condvar, Mutex, PoisonError};

use serde_json::Value;

use super::cut;
use super::kubectl::{Kubectl, QUESTION, objects_in};

/// How many run at a time: each is a process of some 50 MB.
const AT_ONCE: usize = 6;

/// What was seen, or why nothing was.
pub(crate) type Seen<T> = Result<T, Unseen>;

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unseen {
    /// The user lacks this right, such as `list nodes`.
    Right(String),
    /// It is in another cluster, at this address.
    Elsewhere(String),
    /// Nothing is applied yet.
    BeforeSetup,
    /// The question failed; why.
    Failed(String),
}

impl Unseen {
    /// Says it as the rest of a line.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Right(right) => format!("not known: it needs the right to {right}"),
            Self::Elsewhere(server) => {
                format!("not known: it is in the cluster {server}; name a context of that with --context")
            }
            Self::BeforeSetup => "not known before `treenail setup`".to_owned(),
            Self::Failed(why) => format!("not known: {why}"),
        }
    }
}

/// Asks one cluster.
pub(crate) struct Inquiry {
    pub(crate) kubectl: Kubectl,
    free: Mutex<usize>,
    freed: Condvar,
}

impl Inquiry {
    pub(crate) fn new(kubectl: Kubectl) -> Self {
        Self { kubectl, free: Mutex::new(AT_ONCE), freed: Condvar::new() }
    }

    /// Runs a command that changes nothing, whatever its exit code.
    pub(crate) fn run(&self, arguments: &[&str], input: &[u8]) -> Seen<Output> {
        self.take_turn();
        let ended = self.kubectl.output_within(arguments, input, QUESTION);
        self.end_turn();
        match ended {
            Ok(Some(output)) => Ok(output),
            Ok(None) => {
                let seconds = QUESTION.whole.as_secs();
                Err(Unseen::Failed(format!("`kubectl` did not answer within {seconds} seconds")))
            }
            Err(error) => Err(Unseen::Failed(format!("cannot run `kubectl`: {error}"))),
        }
    }

    /// Returns what a command prints that succeeds.
    pub(crate) fn text(&self, arguments: &[&str]) -> Seen<String> {
        let output = self.run(arguments, b"")?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(unseen(&output))
    }

    /// Returns the objects that `get` finds. One that does not exist is left out, and so is a kind that does not.
    pub(crate) fn objects(&self, arguments: &[&str]) -> Seen<Vec<Value>> {
        let mut words = vec!["get", "--ignore-not-found", "-o", "json"];
        words.extend(arguments);
        let output = self.run(&words, b"")?;
        if !output.status.success() {
            return if is_unknown_kind(&output) { Ok(Vec::new()) } else { Err(unseen(&output)) };
        }
        objects_in(&output)
            .map_err(|error| Unseen::Failed(format!("`kubectl get` did not print JSON: {error}")))
    }

    /// Returns what the API server says at `path`; `None` if it has nothing there.
    pub(crate) fn raw(&self, path: &str) -> Seen<Option<Value>> {
        let output = self.run(&["get", "--raw", path], b"")?;
        if output.status.success() {
            let read = serde_json::from_slice(&output.stdout);
            return read.map(Some).map_err(|error| Unseen::Failed(format!("`{path}` is not JSON: {error}")));
        }
        if is_not_found(&output) { Ok(None) } else { Err(unseen(&output)) }
    }

    fn take_turn(&self) {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |free: &mut usize| *free == 0;
        let mut free = self.freed.wait_while(free, is_full).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
    }

    fn end_turn(&self) {
        *self.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.freed.notify_one();
    }
}

fn is_not_found(output: &Output) -> bool {
    let said = String::from_utf8_lossy(&output.stderr);
    said.contains("(NotFound)") || said.contains("could not find the requested resource")
}

fn is_unknown_kind(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stderr).contains("the server doesn't have a resource type")
}

/// Reads from an error why nothing was seen.
pub(crate) fn unseen(output: &Output) -> Unseen {
    let said = complaint(output);
    match missing_right(&said) {
        Some(right) => Unseen::Right(right),
        None => Unseen::Failed(said),
    }
}

/// Returns what `kubectl` complains of, without the words around it.
pub(crate) fn complaint(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let mut lines =
        said.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("Warning:"));
    let Some(mut line) = lines.next() else {
        return format!("`kubectl` failed without a word, {}", output.status);
    };
    for prefix in ["error: ", "Error from server"] {
        line = line.strip_prefix(prefix).unwrap_or(line).trim_start();
    }
    if let Some((reason, rest)) = line.split_once("): ")
        && reason.starts_with('(')
    {
        line = rest;
    }
    line = line.strip_prefix(": ").unwrap_or(line);
    if line.starts_with("error when ")
        && let Some((_, rest)) = line.split_once("\"STDIN\": ")
    {
        line = rest;
    }
    cut(line)
}

/// Returns the right that an error asks for, such as `list nodes`.
pub(crate) fn missing_right(said: &str) -> Option<String> {
    let (_, rest) = said.split_once("\" cannot ")?;
    if let Some((verb, rest)) = rest.split_once(" resource \"") {
        let (resource, rest) = rest.split_once('"')?;
        let namespace = rest.split_once("in the namespace \"").and_then(|(_, rest)| rest.split_once('"'));
        let place = namespace.map(|(namespace, _)| format!(" in `{namespace}`")).unwrap_or_default();
        return Some(format!("{verb} {resource}{place}"));
    }
    let (verb, rest) = rest.split_once(" path \"")?;
    Some(format!("{verb} `{}`", rest.split('"').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_rights_are_named() {
        let said = r#"nodes is forbidden: User "dev" cannot list resource "nodes" in API group "" at the cluster scope"#;
        assert_eq!(missing_right(said).unwrap(), "list nodes");
        let said = r#"secrets "x" is forbidden: User "dev" cannot get resource "secrets" in API group "" in the namespace "shop""#;
        assert_eq!(missing_right(said).unwrap(), "get secrets in `shop`");
        let said = r#"forbidden: User "dev" cannot get path "/apis/tekton.dev/v1""#;
        assert_eq!(missing_right(said).unwrap(), "get `/apis/tekton.dev/v1`");
        assert_eq!(missing_right(r#"pods "x" is forbidden: violates PodSecurity "baseline:latest""#), None);
    }

    #[cfg(unix)]
    #[test]
    fn complaints_lose_what_kubectl_puts_around_them() {
        use std::os::unix::process::ExitStatusExt;
        for (said, expected) in [
            (
                "Warning: old\nError from server (Forbidden): pods \"x\" is forbidden: no\n",
                "pods \"x\" is forbidden: no",
            ),
            (
                "Error from server (Forbidden): error when creating \"STDIN\": pods \"x\" is forbidden: no",
                "pods \"x\" is forbidden: no",
            ),
            (
                "error: resource mapping not found\nensure CRDs are installed first",
                "resource mapping not found",
            ),
            (
                "Error from server: admission webhook \"a\" denied the request: b",
                "admission webhook \"a\" denied the request: b",
            ),
        ] {
            let status = std::process::ExitStatus::from_raw(256);
            let output = Output { status, stdout: Vec::new(), stderr: said.into() };
            assert_eq!(complaint(&output), expected);
        }
    }
}
