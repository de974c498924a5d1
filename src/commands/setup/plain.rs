//! The set-up without treenail: what `--dry-run` prints. It can be pasted into a shell.

use std::fmt::Write;

use super::{SetupArgs, Step};
use crate::cluster::declared::{DeclaredSecret, Setup};
use crate::delivery::service::Service;
use crate::scaffold::definition::setup::SecretForm;
use crate::shell;

pub(super) fn commands(arguments: &SetupArgs, service: &Service, setup: &Setup) -> String {
    let kubectl = arguments.context.as_ref().map_or_else(
        || "kubectl".to_owned(),
        |context| format!("kubectl --context {}", shell::word(context)),
    );
    let mut text = format!("cd {}\n", shell::path(&service.repo.root().display().to_string()));
    let branch = service.delivery.branch.as_deref().unwrap_or("HEAD");
    let folder = service.rooted(setup.apply.trim_end_matches('/'));
    let namespace = &setup.argocd_namespace;
    let mut add = |step: Step, lines: String| {
        if arguments.takes(step) {
            text.push_str(&lines);
        }
    };
    add(Step::Push, format!("git push -u origin {}\n", shell::word(branch)));
    for secret in setup.secrets.iter().filter(|secret| secret.form == SecretForm::ArgocdRepository) {
        add(Step::Repository, of_secret(&kubectl, secret));
    }
    add(Step::Applications, format!("{kubectl} apply -k {}\n", shell::path(&folder)));
    for secret in setup.secrets.iter().filter(|secret| secret.form != SecretForm::ArgocdRepository) {
        add(Step::Secrets, of_secret(&kubectl, secret));
    }
    add(Step::Wait, format!("{kubectl} -n {namespace} get applications --watch\n"));
    text
}

/// Fish shows what is typed, whatever `stty` says, and has other words for some of this: the commands are for `sh`.
fn of_secret(kubectl: &str, secret: &DeclaredSecret) -> String {
    let unless = secret.unless.as_ref().map(|unless| format!("; skip it if {unless}")).unwrap_or_default();
    // Not a comment: zsh takes none on its command line.
    let about = shell::word(&format!("{}: {}{unless}", secret.name, secret.about));
    let mut script = asked(secret);
    for namespace in &secret.namespaces {
        script.push_str(&of_namespace(kubectl, secret, namespace));
    }
    format!("printf '%s\\n' {about}\nsh -c {}\n", shell::word(script.trim_end()))
}

/// What asks for the values.
fn asked(secret: &DeclaredSecret) -> String {
    let mut script = String::from("\n");
    let mut ask = |prompt: &str, answer: &str| {
        let _ = writeln!(script, "  printf \"{prompt}: \" && {answer}");
    };
    let [user, token] = match secret.form {
        SecretForm::Registry => ["REGISTRY_USER", "REGISTRY_TOKEN"],
        _ => ["GIT_USER", "GIT_TOKEN"],
    };
    let hidden = |answer: &str| format!("stty -echo && read -r {answer} && stty echo");
    if secret.is_ssh() {
        ask("file of the private key", "read -r KEY");
    } else if secret.form == SecretForm::Webhook {
        ask("webhook URL (not shown)", &hidden("WEBHOOK_URL"));
    } else if secret.form == SecretForm::CommitStatus {
        ask("URL of the commit statuses", "read -r STATUS_URL");
        ask("token (not shown)", &hidden(token));
    } else {
        ask("user name", &format!("read -r {user}"));
        ask("token (not shown)", &hidden(token));
    }
    if secret.is_ssh() && secret.form == SecretForm::Git {
        ask("file of the keys of the host", "read -r KNOWN_HOSTS");
    }
    if secret.form == SecretForm::Registry {
        let encode = r#"base64 | tr -d "\n""#;
        let _ = writeln!(script, r#"  AUTH=$(printf %s "${user}:${token}" | {encode})"#);
    }
    script
}

fn of_namespace(kubectl: &str, secret: &DeclaredSecret, namespace: &str) -> String {
    let DeclaredSecret { name, access_to, .. } = secret;
    let url = shell::word(access_to);
    let create = |indent: &str, rest: &str| {
        let kind = secret.type_name();
        format!(
            "{indent}{kubectl} -n {namespace} create secret generic {name} --type={kind} \\\n{indent}  {rest}\n"
        )
    };
    let mut text = match (secret.form, secret.is_ssh()) {
        (SecretForm::Registry, _) => {
            let auths = format!(r#"{{\"auths\":{{\"{}\":{{\"auth\":\"$AUTH\"}}}}}}"#, secret.registry());
            let create = create("    ", "--from-file=.dockerconfigjson=/dev/stdin");
            format!("  printf \"{auths}\" |\n{create}")
        }
        (SecretForm::Webhook, _) => {
            let create = create("    ", "--from-file=url=/dev/stdin");
            format!("  printf %s \"$WEBHOOK_URL\" |\n{create}")
        }
        (SecretForm::CommitStatus, _) => {
            let create = create("    ", "--from-literal=url=\"$STATUS_URL\" --from-file=token=/dev/stdin");
            format!("  printf %s \"$GIT_TOKEN\" |\n{create}")
        }
        (SecretForm::Git, false) => {
            let create =
                create("    ", "--from-literal=username=\"$GIT_USER\" --from-file=password=/dev/stdin");
            format!("  printf %s \"$GIT_TOKEN\" |\n{create}")
        }
        (SecretForm::Git, true) => {
            create("  ", "--from-file=ssh-privatekey=\"$KEY\" --from-file=known_hosts=\"$KNOWN_HOSTS\"")
        }
        (SecretForm::ArgocdRepository, false) => {
            let values = format!(
                "--from-literal=type=git --from-literal=url={url} --from-literal=username=\"$GIT_USER\" \
                 --from-file=password=/dev/stdin"
            );
            format!("  printf %s \"$GIT_TOKEN\" |\n{}", create("    ", &values))
        }
        (SecretForm::ArgocdRepository, true) => create(
            "  ",
            &format!("--from-literal=type=git --from-literal=url={url} --from-file=sshPrivateKey=\"$KEY\""),
        ),
    };
    if secret.form == SecretForm::ArgocdRepository {
        let _ = writeln!(
            text,
            "  {kubectl} -n {namespace} label secret {name} argocd.argoproj.io/secret-type=repository"
        );
    }
    text
}
