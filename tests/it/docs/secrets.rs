//! The commands that create Secrets: no token is an argument of a process, which every user of the machine can read,
//! and the Secret holds exactly what was typed, in every shell.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::common::home::Home;
use crate::common::programs;
use crate::docs::page;

/// What shells, `printf`, `sed` and JSON could change, and longer than a line of `base64`.
const TOKEN: &str = r#"t%s\0k"e'n$HOME&|*`-0123456789-0123456789-0123456789-0123456789-0123456789"#;

/// `octo cat:` and the token, in Base64.
const ENCODED: &str = "b2N0byBjYXQ6dCVzXDBrImUnbiRIT01FJnwqYC0wMTIzNDU2Nzg5LTAxMjM0NTY3ODktMDEyMzQ1Njc4OS0wMTIzNDU2Nzg5LTAxMjM0NTY3ODk=";

/// What the commands need besides a shell.
const PROGRAMS: &[&str] = &["base64", "tr"];

/// Prints every field of a Secret as it is after decoding.
const DECODED: &str =
    r#"go-template={{range $key, $value := .data}}{{$key}} {{base64decode $value}}{{"\n"}}{{end}}"#;

#[test]
fn a_token_reaches_the_secret_and_no_command_line() {
    let Some(kubectl) = programs::find_or_notice("kubectl", "how the documentation creates Secrets") else {
        return;
    };
    let pages = [page::all(), page::golden().concat()].concat();
    let blocks = pages.iter().flat_map(|page| &page.blocks).filter(|block| block.info.starts_with("sh"));
    let scripts: BTreeSet<_> = blocks.map(|block| block.lines.join("\n")).collect();
    let home = Home::new();
    let plain = commands_of_setup(&home);
    let asks =
        |script: &&String| script.contains("TOKEN && stty echo") || script.contains("URL && stty echo");
    let scripts: Vec<_> = scripts.iter().chain([&plain]).filter(asks).collect();
    assert!(scripts.len() > 10, "only {} blocks ask for a token", scripts.len());
    for (typed, sh) in shells() {
        for script in &scripts {
            let secrets = create(&typed, &sh, &kubectl, script);
            let asked = script.matches("create secret").count();
            assert!(secrets.len() >= asked && asked > 0, "{typed:?}, {sh:?}: {secrets:?}\n{script}");
            for secret in secrets {
                let is_value = |key: &str| secret.contains(&format!("{key} {TOKEN}\n"));
                let is_exact = ["password", "token", "url"].into_iter().any(is_value)
                    || secret.contains(&format!(r#"{{"auth":"{ENCODED}"}}}}}}"#));
                assert!(is_exact, "{typed:?}, {sh:?} create another Secret: {secret}\n{script}");
            }
        }
    }
}

/// What `treenail setup --dry-run` prints: it creates what the generated docs/setup.md creates.
fn commands_of_setup(home: &Home) -> String {
    let run = |arguments: &str| {
        let output = home.command("treenail").args(arguments.split(' ')).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    run("new shop-gitops --defaults --quiet --app shop --source-repo https://github.com/acme/shop.git");
    run("setup -C shop-gitops --dry-run --only repository,secrets")
}

/// What people type into, and what `sh` is there: every shell that can be `sh`, and bash, zsh and fish.
fn shells() -> Vec<(Vec<PathBuf>, Vec<PathBuf>)> {
    let scripts: Vec<_> = programs::shells().iter().map(|shell| shell.command.clone()).collect();
    let first = scripts[0].clone();
    let typed = ["bash", "zsh", "fish"].into_iter().filter_map(programs::find);
    let typed = typed.map(|shell| (vec![shell], first.clone()));
    scripts.iter().map(|shell| (shell.clone(), shell.clone())).chain(typed).collect()
}

/// Runs `script` where every program writes its arguments down, which must not contain the token; returns the Secrets.
fn create(shell: &[PathBuf], sh: &[PathBuf], kubectl: &Path, script: &str) -> Vec<String> {
    let home = Home::new();
    let bin = home.path("bin");
    for name in PROGRAMS {
        let program = programs::find(name).unwrap();
        install(&home, name, &format!("exec {} \"$@\"", program.display()));
    }
    let create = format!(
        "case $* in *' create '*)\n  {} \"$@\" --dry-run=client -o '{DECODED}' >> {1} || exit\n  printf '\\0' >> {1}\nesac",
        kubectl.display(),
        home.path("secrets").display()
    );
    install(&home, "kubectl", &create);
    let sh: Vec<_> = sh.iter().map(|word| word.to_str().unwrap()).collect();
    install(&home, "sh", &format!("exec {} \"$@\"", sh.join(" ")));
    install(&home, "stty", ":");
    // A program of its own writes them: what another thread starts holds a file that this process has open for writing, and
    // so keeps it from being run for a moment.
    fs::create_dir_all(&bin).unwrap();
    let copied = Command::new("cp").arg("-R").arg(home.path("new/.")).arg(&bin).status().unwrap();
    assert!(copied.success());
    home.write("script", format!("{script}\n"));

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
    let file = format!("new/{name}");
    let log = home.path("arguments");
    home.write(&file, format!("#!/bin/sh\nprintf '%s\\n' \"$*\" >> {}\n{body}\n", log.display()));
    fs::set_permissions(home.path(&file), fs::Permissions::from_mode(0o755)).unwrap();
}

/// A line for everything that `script` reads.
fn typed(script: &str) -> String {
    let variables = script.split("read -r ").skip(1).map(|rest| rest.split_whitespace().next().unwrap());
    let is_public = |name: &str| name.ends_with("_USER") || name == "STATUS_URL";
    variables.flat_map(|name| [if is_public(name) { "octo cat" } else { TOKEN }, "\n"]).collect()
}
