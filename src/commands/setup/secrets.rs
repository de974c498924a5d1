//! The Secrets: which are missing, and creating them.

use super::{Run, Step};
use crate::cluster::declared::DeclaredSecret;
use crate::cluster::secret_state::{KEYS, SecretState};
use crate::cluster::wait;
use crate::error::{Error, Problem, Result};
use crate::git;
use crate::scaffold::definition::setup::SecretForm;
use crate::ui::visible;

/// What is to be done about each Secret, in their order.
pub(super) struct SecretPlan {
    secrets: Vec<PlannedSecret>,
}

struct PlannedSecret {
    /// Its position among those that are declared.
    index: usize,
    /// Where it is missing or replaced.
    namespaces: Vec<String>,
    decision: Decision,
    values: Vec<Option<String>>,
}

enum Decision {
    Create,
    /// It is there.
    Done,
    /// It is not needed; why.
    Skip(String),
    /// A person decides; when it is not needed.
    Ask(String),
}

impl Run<'_> {
    /// Looks which Secrets are missing, and whether their values are at hand if nobody can be asked.
    ///
    /// # Errors
    /// A precondition that lists everything that is missing, with the flags that give it.
    pub(super) fn plan_secrets(&self) -> Result<SecretPlan> {
        let mut problems = Vec::new();
        let mut secrets = Vec::new();
        for (index, secret) in self.setup.secrets.iter().enumerate() {
            if !self.arguments.takes(step_of(secret)) {
                continue;
            }
            match self.plan_secret(index, secret)? {
                Ok(planned) => {
                    problems.extend(self.unanswered(secret, &planned));
                    secrets.push(planned);
                }
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() {
            return Ok(SecretPlan { secrets });
        }
        Err(Error::precondition("the set-up cannot begin; nothing was done").problems(problems))
    }

    fn plan_secret(
        &self,
        index: usize,
        secret: &DeclaredSecret,
    ) -> Result<Result<PlannedSecret, Vec<Problem>>> {
        let values = match self.given(secret) {
            Ok(values) => values,
            Err(problems) => return Ok(Err(problems)),
        };
        let (mut namespaces, mut problems) = (Vec::new(), Vec::new());
        for namespace in &secret.namespaces {
            match self.state(secret, namespace)? {
                SecretState::Missing => namespaces.push(namespace.clone()),
                SecretState::Right | SecretState::Wrong(_) if self.arguments.replaces(secret) => {
                    namespaces.push(namespace.clone());
                }
                SecretState::Right => {}
                SecretState::Wrong(why) => problems.push(Problem::new(
                    format!("the Secret `{}` in `{namespace}` {why}", secret.name),
                    format!("`--replace {}` makes it anew", secret.name),
                )),
            }
        }
        if !problems.is_empty() {
            return Ok(Err(problems));
        }
        let is_given = values.iter().any(Option::is_some);
        let decision = match &secret.unless {
            _ if namespaces.is_empty() => Decision::Done,
            _ if self.arguments.skips(secret) => Decision::Skip("as you say".to_owned()),
            _ if is_given => Decision::Create,
            Some(why) if self.is_public(secret) => Decision::Skip(why.clone()),
            // Git always needs a key for ssh; whether a registry lets everybody read or reports are wanted, a person knows.
            Some(why) if !secret.form.is_of_repository() && self.asks() => Decision::Ask(why.clone()),
            Some(why) if !secret.form.is_of_repository() => {
                Decision::Skip(format!("taken for granted that {why}; else run this again with --secret"))
            }
            _ => Decision::Create,
        };
        Ok(Ok(PlannedSecret { index, namespaces, decision, values }))
    }

    /// What nobody can be asked for.
    fn unanswered(&self, secret: &DeclaredSecret, planned: &PlannedSecret) -> Option<Problem> {
        if self.asks() || !matches!(planned.decision, Decision::Create) {
            return None;
        }
        let missing = secret.values().into_iter().zip(&planned.values).filter(|(_, value)| value.is_none());
        let flags: Vec<String> =
            missing.map(|(value, _)| format!("--secret {}.{}=file:FILE", secret.name, value.name)).collect();
        (!flags.is_empty()).then(|| {
            let skip = if secret.unless.is_some() {
                format!(", or skip it with `--skip {}`", secret.name)
            } else {
                String::new()
            };
            let message =
                format!("the Secret `{}` is missing: {}", secret.name, visible::line(&secret.about));
            Problem::new(
                message,
                format!("say where its values are: `{}`, or `env:VARIABLE`{skip}", flags.join(" ")),
            )
        })
    }

    /// Creates the Secrets of a step.
    ///
    /// # Errors
    /// The user cancels; the namespace does not come up; the cluster refuses one.
    pub(super) fn create_secrets(&self, plan: &SecretPlan, step: Step) -> Result<()> {
        for planned in &plan.secrets {
            let secret = &self.setup.secrets[planned.index];
            if step_of(secret) == step {
                self.carry_out(secret, planned)?;
            }
        }
        Ok(())
    }

    fn carry_out(&self, secret: &DeclaredSecret, planned: &PlannedSecret) -> Result<()> {
        let name = &secret.name;
        match &planned.decision {
            Decision::Done => {
                self.skipped(&format!("the Secret `{name}` in {}", listed(&secret.namespaces)));
                return Ok(());
            }
            Decision::Skip(why) => {
                self.ui.message(&format!("  skipped: the Secret `{name}`, {}", visible::line(why)));
                return Ok(());
            }
            Decision::Ask(why) => {
                self.introduce(secret);
                let items = [format!("Skip it: {}", visible::line(why)), "Create it".to_owned()];
                if self.ui.choose(&format!("Secret {name}"), &items)? != Some(1) {
                    return Ok(());
                }
            }
            Decision::Create => self.introduce(secret),
        }
        let values = self.ask_values(secret, &planned.values)?;
        for namespace in &planned.namespaces {
            self.await_namespace(namespace)?;
            self.create(secret, namespace, &values)?;
            self.ui.done(&format!("Secret `{name}` created in `{namespace}`"));
        }
        Ok(())
    }

    fn introduce(&self, secret: &DeclaredSecret) {
        if !self.asks() {
            return;
        }
        let access = if secret.writes { "write access" } else { "read access" };
        let (name, about) = (&secret.name, visible::line(&secret.about));
        self.ui.message(&format!("Secret {name}: {about}"));
        self.ui.message(&format!("  it needs {access} to {}", visible::line(&secret.access_to)));
    }

    fn create(&self, secret: &DeclaredSecret, namespace: &str, values: &[String]) -> Result<()> {
        let manifest = secret.manifest(namespace, values).to_string();
        // `apply` would write the values into an annotation.
        let verb = if self.arguments.replaces(secret)
            && !matches!(self.state(secret, namespace)?, SecretState::Missing)
        {
            "replace"
        } else {
            "create"
        };
        self.change(&[verb, "-f", "-"], manifest.as_bytes()).map(drop)
    }

    /// Whether everybody can read the repository that the Secret gives access to.
    fn is_public(&self, secret: &DeclaredSecret) -> bool {
        let is_repository = secret.form.is_of_repository() && !secret.is_ssh();
        is_repository && !secret.writes && git::is_public(self.service.repo.root(), &secret.access_to)
    }

    /// Waits for a namespace: with some scaffolds Argo CD creates it once it has synced.
    fn await_namespace(&self, name: &str) -> Result<()> {
        let limit = self.arguments.timeout();
        let look = || Ok(self.has_namespace(name)?.then_some(()));
        let found =
            self.ui.during(&format!("waiting for the namespace {name}"), || wait::until(limit, look))?;
        found.ok_or_else(|| {
            Error::failure(format!("the namespace `{name}` does not exist")).hint(
                "create it: `treenail setup --only applications`; if Argo CD is to do that, `treenail setup --only wait` \
                 shows what it says",
            )
        })
    }

    fn state(&self, secret: &DeclaredSecret, namespace: &str) -> Result<SecretState> {
        let words = ["-n", namespace, "get", "secret", &secret.name, "--ignore-not-found", "-o", KEYS];
        Ok(secret.state_in(&self.kubectl.run(&words, b"")?))
    }
}

fn step_of(secret: &DeclaredSecret) -> Step {
    if secret.form == SecretForm::ArgocdRepository { Step::Repository } else { Step::Secrets }
}

fn listed(namespaces: &[String]) -> String {
    let quoted: Vec<String> = namespaces.iter().map(|namespace| format!("`{namespace}`")).collect();
    quoted.join(" and ")
}
