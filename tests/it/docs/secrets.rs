//! The commands that create Secrets: no token is an argument of a process, which every user of the machine can read,
//! and the Secret holds exactly what was typed, in every shell.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::common::home::Home;
use crate::common::programs;
use crate::docs::page;

/// What shells, `printf`, `sed` and JSON could change, and longer than a line of `base64`.
const TOKEN: &str = r#"t%s\0k"e'n$HOME&|*`-0123456789-0123456789-0123456789-0123456789-0123456789"#;

/// `octo cat:` and the token, in Base64.
const ENCODED: &str = "b2N0byBjYXQ6dCVzXDBrImUnbiRIT01FJnwqYC0wMTIzNDU2Nzg5LTAxMjM0NTY3ODktMDEyMzQ1Njc4OS0wMTIzNDU2Nzg5LTAxMjM0NTY3ODk=";

/// What the commands need besides a shell.
const PROGRAMS: &[&str] = &["base64", "sed", "tr"];

/// Prints every field of a Secret as it is after decoding.
const DECODED: &str =
    r#"go-template={{range $key, $value := .data}}{{$key}} {{base64decode $value}}{{"\n"}}{{end}}"#;

#[test]
fn a_token_reaches_the_secret_and_no_command_line() {
    let Some(kubectl) = programs::find_or_notice("kubectl", "how the documentation creates Secrets") else {
        return;
    };
    let pages = [page::all(), page::readmes()].concat();
    let blocks = pages.iter().flat_map(|page| &page.blocks).filter(|block| block.info.starts_with("sh"));
    let scripts: BTreeSet<_> = blocks.map(|block| block.lines.join("\n")).collect();
    let scripts: Vec<_> = scripts.iter().filter(|script| script.contains("TOKEN && stty echo")).collect();
    assert!(scripts.len() > 10, "only {} blocks ask for a token", scripts.len());
    for shell in shells() {
        for script in &scripts {
            let secrets = create(&shell, &kubectl, script);
            let asked = script.matches("create secret").count();
            assert!(secrets.len() >= asked && asked > 0, "{shell:?}: {secrets:?}\n{script}");
            for secret in secrets {
                let is_exact = secret.contains(&format!("password {TOKEN}\n"))
                    || secret.contains(&format!(r#"{{"auth":"{ENCODED}"}}}}}}"#));
                assert!(is_exact, "{shell:?} creates another Secret: {secret}\n{script}");
            }
        }
    }
}

/// The shells of the generated scripts, and those that people type into.
fn shells() -> Vec<Vec<PathBuf>> {
    let scripts = programs::shells().iter().map(|shell| shell.command.clone());
    scripts.chain(["bash", "zsh"].into_iter().filter_map(programs::find).map(|shell| vec![shell])).collect()
}

/// Runs `script` where every program writes its arguments down, which must not contain the token; returns the Secrets.
fn create(shell: &[PathBuf], kubectl: &Path, script: &str) -> Vec<String> {
    let home = Home::new();
    let bin = home.path("bin");
    for name in PROGRAMS {
        let program = programs::find(name).unwrap();
        install(&home, name, &format!("exec {} \"$@\"", program.display()));
    }
    let create = format!(
        "case $* in *' create '*)\n  {} \"$@\" --dry-run=client -o '{DECODED}' >> secrets || exit\n  printf '\\0' >> secrets\nesac",
        kubectl.display()
    );
    install(&home, "kubectl", &create);
    home.write("script", format!("stty() {{ :; }}\n{script}\n"));

    let mut run = home.command(shell[0].to_str().unwrap());
    run.args(&shell[1..]).arg("script").env("PATH", &bin).env("KUBECONFIG", "/dev/null");
    let mut run = run.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    run.stdin.take().unwrap().write_all(typed(script).as_bytes()).unwrap();
    assert!(run.wait().unwrap().success(), "{shell:?} fails:\n{script}");

    let arguments = home.read("arguments");
    assert!(!arguments.contains(TOKEN) && !arguments.contains(ENCODED), "{arguments}\n{script}");
    home.read("secrets").split_terminator('\0').map(str::to_owned).collect()
}

/// Writes a program that writes its arguments down before it does `body`.
fn install(home: &Home, name: &str, body: &str) {
    let file = format!("bin/{name}");
    home.write(&file, format!("#!/bin/sh\nprintf '%s\\n' \"$*\" >> arguments\n{body}\n"));
    fs::set_permissions(home.path(&file), fs::Permissions::from_mode(0o755)).unwrap();
}

/// A line for everything that `script` reads.
fn typed(script: &str) -> String {
    let variables = script.split("read -r ").skip(1).map(|rest| rest.split_whitespace().next().unwrap());
    variables.flat_map(|name| [if name.ends_with("_USER") { "octo cat" } else { TOKEN }, "\n"]).collect()
}
