//! Keys for a repository that is reached by ssh, made by the user's own OpenSSH.
#![expect(
    clippy::disallowed_methods,
    reason = "it runs commands for the cluster, and reads what one has written"
)]

use std::io::ErrorKind as IoKind;
use std::process::{Command, Output, Stdio};

use crate::error::{Error, Result};

/// A new key pair.
pub(crate) struct KeyPair {
    pub(crate) private: String,
    pub(crate) public: String,
}

/// Makes a key pair; `comment` tells people whose it is. The files are gone before this returns.
///
/// # Errors
/// `ssh-keygen` is missing or fails.
pub(crate) fn key_pair(comment: &str) -> Result<KeyPair> {
    let failed = |error: std::io::Error| Error::failure("cannot make a key pair").because(error);
    // Only the user can enter it.
    let folder = tempfile::Builder::new().prefix("treenail-").tempdir().map_err(failed)?;
    let file = folder.path().join("key");
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f"]).arg(&file);
    run(&mut keygen, "ssh-keygen")?;
    let private = std::fs::read_to_string(&file).map_err(failed)?;
    let public = std::fs::read_to_string(file.with_extension("pub")).map_err(failed)?;
    Ok(KeyPair { private, public: public.trim().to_owned() })
}

/// Asks a host for its keys, in the form of `known_hosts`. Nobody vouches for them.
///
/// # Errors
/// `ssh-keyscan` is missing, or the host does not answer.
pub(crate) fn host_keys(host: &str, port: Option<&str>) -> Result<String> {
    let mut keyscan = Command::new("ssh-keyscan");
    if let Some(port) = port {
        keyscan.args(["-p", port]);
    }
    let output = run(keyscan.args(["--", host]), "ssh-keyscan")?;
    let keys = String::from_utf8_lossy(&output.stdout).into_owned();
    if keys.trim().is_empty() {
        return Err(Error::failure(format!("`{host}` does not send its keys"))
            .hint("give them with `--secret NAME.known-hosts=file:FILE`"));
    }
    Ok(keys)
}

fn run(command: &mut Command, name: &str) -> Result<Output> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| match error.kind() {
        IoKind::NotFound => {
            Error::precondition(format!("the `{name}` command is needed here, but is not installed"))
                .hint("install OpenSSH, or give the key with `--secret NAME.private-key=file:FILE`")
        }
        _ => Error::failure(format!("cannot run `{name}`")).because(error),
    })?;
    if output.status.success() {
        return Ok(output);
    }
    let cause = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::failure(format!("`{name}` failed")).because(cause))
}
