//! Pods and Tekton steps, wherever they are in a resource, with their containers, images and labels. Workloads, Tasks,
//! embedded Tasks and templates of runs are recognised by their shape.

use super::lookup::may_share_namespace;
use super::{BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;

/// A pod, or a Task that becomes one.
#[derive(Clone, Copy)]
pub(crate) struct Pod<'a> {
    pub(crate) resource: BuiltObject<'a>,
    pub(crate) labels: Option<&'a RenderedValue<'a>>,
    /// The mapping that contains the list of containers or steps.
    pub(crate) spec: &'a RenderedValue<'a>,
    pub(crate) is_task: bool,
}

#[derive(Clone, Copy)]
pub(crate) struct Container<'a> {
    pub(crate) pod: Pod<'a>,
    pub(crate) value: &'a RenderedValue<'a>,
    /// `container`, `step` or `sidecar`.
    what: &'static str,
}

/// Labels that controllers add to the pods they create.
const ADDED_LABELS: [&str; 5] = [
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/job-name",
    "job-name",
    "rollouts-pod-template-hash",
];

impl<'a> BuiltObject<'a> {
    pub(crate) fn pods(self) -> impl Iterator<Item = Pod<'a>> {
        self.object.pod_lists().map(move |(spec, list)| {
            let is_task = list.key == "steps";
            Pod { resource: self, labels: None, spec, is_task }
        })
    }

    /// Returns the pod, with its labels, that a workload creates.
    pub(crate) fn pod_template(self) -> Option<Pod<'a>> {
        let template = self.content().dig(self.workload_kind()?.template)?;
        let labels = template.dig(&["metadata", "labels"]);
        Some(Pod { resource: self, labels, spec: template.get("spec")?, is_task: false })
    }

    /// Returns the containers of all its pods. A `StepAction` is a step without a pod.
    pub(crate) fn containers(self) -> impl Iterator<Item = Container<'a>> {
        let alone = self.content().get("spec").filter(|_| self.is("tekton.dev", "StepAction"));
        let alone = alone.map(|spec| {
            let pod = Pod { resource: self, labels: None, spec, is_task: true };
            Container { pod, value: spec, what: "step" }
        });
        self.pods().flat_map(Pod::containers).chain(alone)
    }
}

impl<'a> Model<'a> {
    /// Returns the pods with the labels of `selector` in the namespace of `from`: those of its build,
    /// including ones removed by a patch, or else those of all others.
    pub(crate) fn selected_pods(&self, from: BuiltObject<'a>, selector: &RenderedValue<'_>) -> Vec<Pod<'a>> {
        let fits = |resource: BuiltObject<'a>| {
            let pod = resource.pod_template().filter(|pod| pod.has_labels(selector))?;
            may_share_namespace(resource, from).then_some(pod)
        };
        let own: Vec<_> = from.with_removed().filter_map(fits).collect();
        if own.is_empty() { self.resources.iter().copied().filter_map(fits).collect() } else { own }
    }
}

impl BuiltObject<'_> {
    /// Returns everything in its build, including objects removed by a patch.
    pub(crate) fn with_removed(self) -> impl Iterator<Item = Self> {
        let build = self.build;
        let objects = build.rendered.objects.iter().chain(&build.rendered.removed);
        objects.map(move |object| Self { build, object })
    }
}

impl<'a> Pod<'a> {
    pub(crate) fn containers(self) -> impl Iterator<Item = Container<'a>> {
        const LISTS: [(&str, &str); 5] = [
            ("containers", "container"),
            ("initContainers", "container"),
            ("ephemeralContainers", "container"),
            ("steps", "step"),
            ("sidecars", "sidecar"),
        ];
        LISTS.into_iter().flat_map(move |(list, what)| {
            self.spec.items_at(&[list]).iter().map(move |value| Container { pod: self, value, what })
        })
    }

    /// Whether it has the labels of `selector`, except those that controllers add.
    pub(crate) fn has_labels(self, selector: &RenderedValue<'_>) -> bool {
        let mut wanted = selector.entries().iter().filter(|entry| !ADDED_LABELS.contains(&&*entry.key));
        wanted.all(|entry| {
            let value = self.labels.and_then(|labels| labels.get(&entry.key));
            value.is_some_and(|value| value.content_eq(&entry.value))
        })
    }
}

impl<'a> Container<'a> {
    pub(crate) fn title(self) -> String {
        let name = self.value.str_at(&["name"]).map(|name| format!(" `{name}`"));
        format!("{}{}", self.what, name.unwrap_or_default())
    }

    pub(crate) fn image(self) -> Option<&'a RenderedValue<'a>> {
        self.value.get("image")
    }

    /// Returns the texts that a shell runs: the script, and the arguments of `-c` in the command.
    pub(crate) fn shell(self) -> Vec<&'a RenderedValue<'a>> {
        let words = || ["command", "args"].into_iter().flat_map(|list| self.value.items_at(&[list]));
        let is_shell = |word: &&RenderedValue<'_>| {
            let name = word.text().rsplit('/').next().unwrap_or_default();
            matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
        };
        let is_flag = |word: &&RenderedValue<'_>| {
            word.text().strip_prefix('-').is_some_and(|flags| !flags.starts_with('-') && flags.ends_with('c'))
        };
        let mut found: Vec<_> = self.value.get("script").into_iter().collect();
        if words().any(|word| is_shell(&word)) {
            found.extend(words().skip_while(|word| !is_flag(word)).nth(1));
        }
        found
    }
}
