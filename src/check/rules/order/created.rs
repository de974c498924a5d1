//! What the script of a pod creates with `kubectl create`, or with `kubectl apply` and a manifest in the script.

use crate::check::model::Model;
use crate::check::model::pods::Container;
use crate::check::model::scripts::{ScriptLine, ScriptVariables, bare, lines};

/// An object that a script creates.
pub(super) struct Created {
    pub(super) kind: &'static str,
    pub(super) name: String,
    /// As far as the script says it.
    pub(super) namespace: Option<String>,
}

/// Options of `kubectl create` whose value is the next word.
const WITH_VALUE: [&str; 10] = [
    "-n",
    "--namespace",
    "--from-literal",
    "--from-file",
    "--from-env-file",
    "--key",
    "--cert",
    "--type",
    "--context",
    "--kubeconfig",
];

/// Returns what the container's scripts create.
pub(super) fn by<'a>(model: &Model<'a>, container: Container<'a>) -> Vec<Created> {
    let variables = ScriptVariables::of(model.variables(container));
    let mut found = Vec::new();
    for script in model.scripts(container) {
        let text = script.text();
        let is_applied = text.contains("kubectl") || text.contains("oc apply") || text.contains("oc create");
        let lines: Vec<_> = lines(script).collect();
        found.extend(lines.iter().filter_map(|line| command(*line, &variables)));
        let manifests = (0..lines.len()).filter(|_| is_applied);
        found.extend(manifests.filter_map(|at| manifest(&lines[at..], &variables)));
    }
    found.retain(|created| !created.name.is_empty() && !created.name.contains(['$', '{', '`']));
    found
}

/// Reads `kubectl create secret generic NAME` and the like.
fn command(line: ScriptLine<'_>, variables: &ScriptVariables) -> Option<Created> {
    let words: Vec<_> = line.words().collect();
    let at = words.iter().position(|word| *word == "create")?;
    let tool = words[..at].iter().rev().find(|word| !word.starts_with('-'))?;
    let is_client = words[..at].iter().any(|word| matches!(word.rsplit('/').next(), Some("kubectl" | "oc")));
    if !is_client && !tool.contains("KUBECTL") {
        return None;
    }
    let (kind, skipped) = match *words.get(at + 1)? {
        "secret" | "secrets" => ("Secret", 3),
        "configmap" | "cm" => ("ConfigMap", 2),
        "serviceaccount" | "sa" => ("ServiceAccount", 2),
        _ => return None,
    };
    let mut rest = words.get(at + skipped..)?.iter();
    let mut name = None;
    while let Some(word) = rest.next() {
        if WITH_VALUE.contains(word) {
            rest.next();
        } else if !word.starts_with('-') {
            name = Some(variables.resolve(word).into_owned());
            break;
        }
    }
    Some(Created { kind, name: name?, namespace: namespace(&words, variables) })
}

fn namespace(words: &[&str], variables: &ScriptVariables) -> Option<String> {
    let next = words.windows(2).find(|pair| matches!(pair[0], "-n" | "--namespace")).map(|pair| pair[1]);
    let joined =
        || words.iter().find_map(|word| word.strip_prefix("--namespace=").or(word.strip_prefix("-n=")));
    next.or_else(joined).map(|name| variables.resolve(name).into_owned())
}

/// Reads a manifest that a script contains, from its line with the kind.
fn manifest(lines: &[ScriptLine<'_>], variables: &ScriptVariables) -> Option<Created> {
    let kind = match lines.first()?.text.strip_prefix("kind:")?.trim() {
        "Secret" => "Secret",
        "ConfigMap" => "ConfigMap",
        "ServiceAccount" => "ServiceAccount",
        "PersistentVolumeClaim" => "PersistentVolumeClaim",
        _ => return None,
    };
    let metadata = lines[1..].iter().take_while(|line| line.text != "---" && !line.text.starts_with("kind:"));
    let metadata: Vec<_> = metadata.skip_while(|line| line.text != "metadata:").take(6).collect();
    let value = |key: &str| {
        let text = metadata.iter().find_map(|line| line.text.strip_prefix(key))?;
        Some(variables.resolve(bare(text.trim())).into_owned())
    };
    Some(Created { kind, name: value("name:")?, namespace: value("namespace:") })
}
