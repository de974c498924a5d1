//! What an upgrade cannot do, and Git and Argo CD need: a branch or a repository with another name.

use crate::answers::changes::{AnswerChange, AnswerChangeKind};
use crate::error::Result;
use crate::git::Repo;
use crate::project::Project;
use crate::project::upgrade::Upgrade;
use crate::shell;

/// The questions whose answers Git has, too.
const BRANCH: &str = "branch";
const REPOSITORY: &str = "manifest-repo";

/// The kustomization that applies the Applications.
const APPLICATIONS: &str = "argocd/kustomization.yaml";

/// Returns the steps that follow from the `changes` of answers, one line each, in their order.
pub(crate) fn steps(project: &Project, upgrade: &Upgrade, changes: &[AnswerChange]) -> Result<Vec<String>> {
    let has_changed = |question: &str| {
        let is_changed =
            |change: &&AnswerChange| change.question == question && change.kind == AnswerChangeKind::Changed;
        changes.iter().any(|change| is_changed(&change)) || project.recorded.edited.contains(question)
    };
    let answer = |question: &str| upgrade.answers.get(question).map(|answer| answer.value.to_text());
    let wanted =
        |question: &str| answer(question).filter(|text| !text.is_empty()).filter(|_| has_changed(question));
    let (branch, remote) = (wanted(BRANCH), wanted(REPOSITORY));
    if branch.is_none() && remote.is_none() {
        return Ok(Vec::new());
    }
    let repo = Repo::open(&project.root)?;
    let current = repo.head()?.branch().map(str::to_owned);
    let mut steps = Vec::new();
    if let Some(url) = &remote {
        let url = shell::word(url);
        let first = match repo.remote() {
            Some(known) if Some(&known) == remote.as_ref() => None,
            Some(_) => Some(format!("point Git to the new repository: `git remote set-url origin {url}`")),
            None => Some(format!("name the new repository to Git: `git remote add origin {url}`")),
        };
        steps.extend(first);
        steps.push("let Argo CD read the new repository, and the pipeline push to it".to_owned());
    }
    if let Some(branch) = branch.as_ref().filter(|branch| current.as_ref() != Some(branch)) {
        let old = changes.iter().find(|change| change.question == BRANCH).map(|change| change.old.clone());
        let old = old.or(current.clone()).unwrap_or_default();
        let [old, new] = [old, branch.clone()].map(|name| shell::path(&name));
        steps.push(format!("rename the branch: `git branch -m {old} {new}`"));
    }
    let pushed = branch.clone().or(answer(BRANCH)).or(current);
    let pushed = pushed.map_or_else(|| "HEAD".to_owned(), |name| shell::path(&name));
    steps.push(format!("push it: `git push -u origin {pushed}`"));
    let fields = [(&remote, "`repoURL`"), (&branch, "`targetRevision`")];
    let fields: Vec<_> =
        fields.iter().filter(|(answer, _)| answer.is_some()).map(|(_, field)| *field).collect();
    let command = if upgrade.after.contains_key(APPLICATIONS) {
        format!(": `kubectl apply -k {}`", shell::path(&format!("{}argocd", project.prefix)))
    } else {
        String::new()
    };
    let change = if fields.len() == 1 { "changes" } else { "change" };
    let fields = fields.join(" and ");
    steps.push(format!("apply the Applications again, whose {fields} {change}; nobody else does{command}"));
    Ok(steps)
}
