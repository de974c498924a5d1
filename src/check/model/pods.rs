//! Pods and Tekton steps, wherever they are in an object: all kinds of workloads, Tasks, embedded Tasks and templates of
//! runs are told by their shape.

use crate::check::kustomize::{Object, RenderedValue};

/// A pod, or a Task that becomes one.
#[derive(Clone, Copy)]
pub(crate) struct Pod<'o, 'a> {
    /// The object that it is in.
    pub(crate) object: &'o Object<'a>,
    /// The mapping that has the list of containers or steps.
    pub(crate) spec: &'o RenderedValue<'a>,
    /// Whether it has steps.
    pub(crate) is_task: bool,
}

/// A container, step or sidecar.
#[derive(Clone, Copy)]
pub(crate) struct Container<'o, 'a> {
    /// The pod that it is in.
    pub(crate) pod: Pod<'o, 'a>,
    /// What it says.
    pub(crate) tree: &'o RenderedValue<'a>,
    /// `container`, `step` or `sidecar`.
    pub(crate) what: &'static str,
}

/// The pods in an object.
pub(crate) fn pods<'o, 'a>(object: &'o Object<'a>) -> Vec<Pod<'o, 'a>> {
    if object.kind() == "CustomResourceDefinition" {
        return Vec::new();
    }
    let is_tekton = object.group().ends_with("tekton.dev");
    let (mut found, mut open) = (Vec::new(), vec![object.content()]);
    while let Some(tree) = open.pop() {
        let has = |list: &str| tree.items_at(&[list]).iter().any(RenderedValue::is_mapping);
        if has("containers") {
            found.push(Pod { object, spec: tree, is_task: false });
        }
        if is_tekton && has("steps") {
            found.push(Pod { object, spec: tree, is_task: true });
        }
        open.extend(tree.entries().iter().rev().map(|entry| &entry.value));
        open.extend(tree.items().iter().rev());
    }
    found
}

/// The containers of all pods in an object, and a `StepAction`, which is a step of its own.
pub(crate) fn containers<'o, 'a>(object: &'o Object<'a>) -> Vec<Container<'o, 'a>> {
    let alone = object.content().get("spec").filter(|_| object.is("tekton.dev", "StepAction"));
    let alone =
        alone.map(|tree| Container { pod: Pod { object, spec: tree, is_task: true }, tree, what: "step" });
    pods(object).into_iter().flat_map(Pod::containers).chain(alone).collect()
}

impl<'o, 'a> Pod<'o, 'a> {
    /// Its containers, steps and sidecars.
    pub(crate) fn containers(self) -> impl Iterator<Item = Container<'o, 'a>> {
        const LISTS: [(&str, &str); 5] = [
            ("containers", "container"),
            ("initContainers", "container"),
            ("ephemeralContainers", "container"),
            ("steps", "step"),
            ("sidecars", "sidecar"),
        ];
        LISTS.into_iter().flat_map(move |(list, what)| {
            self.spec.items_at(&[list]).iter().map(move |tree| Container { pod: self, tree, what })
        })
    }
}

impl<'o, 'a> Container<'o, 'a> {
    /// How messages call it.
    pub(crate) fn title(self) -> String {
        let name = self.tree.str_at(&["name"]).map(|name| format!(" `{name}`"));
        format!("{}{}", self.what, name.unwrap_or_default())
    }

    /// The texts that a shell runs: the script, and what follows `-c` in the command.
    pub(crate) fn shell(self) -> Vec<&'o RenderedValue<'a>> {
        let words = || ["command", "args"].into_iter().flat_map(|list| self.tree.items_at(&[list]));
        let is_shell = |word: &&RenderedValue<'_>| {
            let name = word.text().rsplit('/').next().unwrap_or_default();
            matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
        };
        let is_flag = |word: &&RenderedValue<'_>| {
            word.text().strip_prefix('-').is_some_and(|flags| !flags.starts_with('-') && flags.ends_with('c'))
        };
        let mut found: Vec<_> = self.tree.get("script").into_iter().collect();
        if words().any(|word| is_shell(&word)) {
            found.extend(words().skip_while(|word| !is_flag(word)).nth(1));
        }
        found
    }
}
