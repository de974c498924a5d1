//! What the scaffold declares about the set-up, evaluated for the answers of one project.

use crate::error::{Error, Problem, Result};
use crate::scaffold::Scaffold;
use crate::scaffold::definition::setup::{SecretForm, SecretRule, SetupText};
use crate::scaffold::render;
use crate::scaffold::render::engine::Variables;
use crate::scaffold::render::expressions::Expression;
use crate::scaffold::render::paths;
use crate::values::value::Answers;
use crate::values::{AnswerType, Limits};

/// What somebody has to do once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setup {
    /// The folder to apply, below that of the project, with a `/` at its end.
    pub(crate) apply: String,
    pub(crate) argocd_namespace: String,
    pub(crate) secrets: Vec<DeclaredSecret>,
}

/// A Secret that somebody has to create, in one or more namespaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeclaredSecret {
    pub(crate) name: String,
    pub(crate) namespaces: Vec<String>,
    pub(crate) form: SecretForm,
    /// The URL of the repository, or the image, that it gives access to; in words, if it is for something else.
    pub(crate) access_to: String,
    pub(crate) writes: bool,
    pub(crate) about: String,
    /// When it is not needed; it is required without this.
    pub(crate) unless: Option<String>,
}

impl DeclaredSecret {
    /// Whether `name` is meant for it: its name, or NAMESPACE/NAME.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        match name.split_once('/') {
            Some((namespace, name)) => {
                name == self.name && self.namespaces.iter().any(|one| one == namespace)
            }
            None => name == self.name,
        }
    }
}

impl Scaffold {
    /// Evaluates what the scaffold declares about the set-up.
    ///
    /// # Errors
    /// A precondition: it declares nothing. A template that cannot be evaluated, a path that leaves the folder, or a name
    /// that no object of Kubernetes can have.
    pub(crate) fn setup(&self, answers: &Answers) -> Result<Setup> {
        let Some(rule) = &self.definition.setup else {
            let name = &self.definition.name;
            return Err(Error::precondition(format!(
                "the scaffold `{name}` does not say how to set up a cluster"
            ))
            .hint("its author can add the section `setup` to `scaffold.yaml`: see docs/scaffolds.md"));
        };
        let scope = render::scope(self, answers)?;
        let evaluation = Evaluation { scaffold: self, variables: scope.variables() };
        let mut secrets = Vec::new();
        for (index, secret) in rule.secrets.iter().enumerate() {
            let Some((each, item)) = secret.each.as_ref().zip(secret.item.as_ref()) else {
                secrets.push(evaluation.secret(index, secret)?);
                continue;
            };
            for value in scope.items(each) {
                let mut variables = scope.variables().clone();
                variables.item(item.clone(), value);
                let one = Evaluation { variables: &variables, ..evaluation }.secret(index, secret)?;
                add(&mut secrets, one);
            }
        }
        evaluation.setup(secrets)
    }
}

/// Adds a Secret, to an equal one of another namespace if there is one: it is asked for once.
fn add(secrets: &mut Vec<DeclaredSecret>, new: DeclaredSecret) {
    let of_any_namespace =
        |secret: &DeclaredSecret| DeclaredSecret { namespaces: Vec::new(), ..secret.clone() };
    match secrets.iter_mut().find(|known| of_any_namespace(known) == of_any_namespace(&new)) {
        Some(known) => {
            known.namespaces.extend(new.namespaces);
            known.namespaces.dedup();
        }
        None => secrets.push(new),
    }
}

#[derive(Clone, Copy)]
struct Evaluation<'a> {
    scaffold: &'a Scaffold,
    variables: &'a Variables,
}

impl Evaluation<'_> {
    fn setup(&self, secrets: Vec<DeclaredSecret>) -> Result<Setup> {
        let apply = self.text(SetupText::Apply)?;
        let folder = apply.strip_suffix('/').unwrap_or(&apply);
        if let Some(refusal) = paths::refusal(folder) {
            return Err(self.broken(&format!("`{apply}` {refusal}")));
        }
        Ok(Setup {
            apply: format!("{folder}/"),
            argocd_namespace: self.name(SetupText::ArgocdNamespace)?,
            secrets,
        })
    }

    fn secret(&self, index: usize, rule: &SecretRule) -> Result<DeclaredSecret> {
        let unless = rule.unless.as_ref().map(|_| self.text(SetupText::Unless(index))).transpose()?;
        Ok(DeclaredSecret {
            name: self.name(SetupText::Name(index))?,
            namespaces: vec![self.name(SetupText::Namespace(index))?],
            form: rule.form,
            access_to: self.text(SetupText::AccessTo(index))?,
            writes: rule.writes,
            about: self.text(SetupText::About(index))?,
            unless: unless.filter(|unless| !unless.trim().is_empty()),
        })
    }

    fn text(&self, text: SetupText) -> Result<String> {
        self.scaffold.expressions.text(Expression::Setup(text), self.variables)
    }

    /// A name of Kubernetes: it becomes a word of a command.
    fn name(&self, text: SetupText) -> Result<String> {
        let name = self.text(text)?;
        let subdomain =
            AnswerType::new("dns-subdomain", Limits::default()).map_err(|why| self.broken(&why))?;
        match subdomain.parse(&name) {
            Ok(_) => Ok(name),
            Err(invalid) => {
                Err(self.broken(&format!("`{name}` cannot be a name in Kubernetes: {}", invalid.reason)))
            }
        }
    }

    fn broken(&self, why: &str) -> Error {
        render::broken(self.scaffold).problems([Problem::new(format!("setup: {why}"), "")])
    }
}
