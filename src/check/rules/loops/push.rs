//! Runs that push to the repository whose pushes start them.

use std::collections::BTreeMap;

use super::event::{self, Event};
use crate::check::finding::Finding;
use crate::check::model::Model;
use crate::check::model::lookup::{local_name, only};
use crate::check::model::pods::{Container, Pod};
use crate::check::model::scripts::{ScriptLine, ScriptVariables, bare, lines};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN049;

/// Words by which a script or a tool stops a commit from starting the next run.
const BRAKES: [&str; 6] = ["skip ci", "ci skip", "ci.skip", "skip tkn", "tkn skip", "--dry-run"];

/// Commands that look whether there is anything to commit.
const GUARDS: [&str; 5] = [
    "git diff --quiet",
    "git diff --cached --quiet",
    "git diff --exit-code",
    "git status --porcelain",
    "git status -s",
];

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    for event in event::of(model) {
        let tasks = tasks(model, &event);
        for task in &tasks {
            found.extend(task.push(&event, &tasks));
        }
    }
}

/// A task of a run, with what its variables stand for.
struct RunTask<'a> {
    /// The workspaces of the Pipeline that it gets.
    workspaces: Vec<&'a str>,
    /// The scripts of its steps, in order.
    steps: Vec<(Vec<ScriptLine<'a>>, ScriptVariables)>,
    /// The address in the param `url` of a Task that is not here, such as `git-clone`.
    url: Option<String>,
}

/// Returns the tasks of the run that the event starts.
fn tasks<'a>(model: &Model<'a>, event: &Event<'a>) -> Vec<RunTask<'a>> {
    let Some(spec) = event.run.get("spec") else { return Vec::new() };
    let given = ScriptVariables::of(event.params.clone());
    if event.run.str_at(&["kind"]) == Some("TaskRun") {
        return task(model, event, spec, &given).into_iter().collect();
    }
    let named = spec.get("pipelineRef").and_then(|reference| local_name(reference, "Pipeline"));
    let meant =
        named.and_then(|name| only(&model.meant_by(event.resource, ("tekton.dev", "Pipeline"), name.text())));
    let pipeline = spec.get("pipelineSpec").or_else(|| meant?.content().get("spec"));
    let Some(pipeline) = pipeline else { return Vec::new() };
    let params = ScriptVariables::of(params(pipeline, spec, &given));
    let calls = ["tasks", "finally"].into_iter().flat_map(|list| pipeline.items_at(&[list]));
    calls.filter_map(|call| task(model, event, call, &params)).collect()
}

/// Returns the task that `caller`, a task of a Pipeline or the spec of a `TaskRun`, runs.
fn task<'a>(
    model: &Model<'a>,
    event: &Event<'a>,
    caller: &'a RenderedValue<'a>,
    given: &ScriptVariables,
) -> Option<RunTask<'a>> {
    let bound = caller.items_at(&["workspaces"]).iter();
    let workspaces = bound.filter_map(|one| one.str_at(&["workspace"]).or(one.str_at(&["name"]))).collect();
    let named = caller.get("taskRef").and_then(|reference| local_name(reference, "Task"));
    let meant =
        named.and_then(|name| only(&model.meant_by(event.resource, ("tekton.dev", "Task"), name.text())));
    let Some(spec) = caller.get("taskSpec").or_else(|| meant?.content().get("spec")) else {
        let mut params = caller.items_at(&["params"]).iter();
        let url = params.find(|param| param.str_at(&["name"]) == Some("url"))?.get("value")?;
        return Some(RunTask {
            workspaces,
            steps: Vec::new(),
            url: Some(given.resolve(url.text()).into_owned()),
        });
    };
    let params = params(spec, caller, given);
    let pod = Pod { resource: event.resource, labels: None, spec, is_task: true };
    let steps = pod.containers().flat_map(|step| scripts(model, step, &params)).collect();
    Some(RunTask { workspaces, steps, url: None })
}

fn scripts<'a>(
    model: &Model<'a>,
    step: Container<'a>,
    params: &BTreeMap<String, String>,
) -> Vec<(Vec<ScriptLine<'a>>, ScriptVariables)> {
    let known = ScriptVariables::of(params.clone());
    let env =
        model.variables(step).into_iter().map(|(name, value)| (name, known.resolve(&value).into_owned()));
    let mut values = params.clone();
    values.extend(env);
    let scripts = step.shell().into_iter();
    scripts
        .map(|script| {
            let lines: Vec<_> = lines(script).collect();
            let mut values = values.clone();
            for line in &lines {
                let assignment = line.text.strip_prefix("export ").unwrap_or(line.text).split_once('=');
                if let Some((name, value)) = assignment.filter(|(name, _)| is_name(name)) {
                    values.entry(name.to_owned()).or_insert_with(|| bare(value).to_owned());
                }
            }
            (lines, ScriptVariables::of(values))
        })
        .collect()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Returns what the params of `callee` stand for where `call` passes them.
fn params(
    callee: &RenderedValue<'_>,
    call: &RenderedValue<'_>,
    given: &ScriptVariables,
) -> BTreeMap<String, String> {
    let pair = |param: &RenderedValue<'_>, key: &str| {
        Some((format!("params.{}", param.str_at(&["name"])?), param.get(key)?.text().to_owned()))
    };
    let defaults = callee.items_at(&["params"]).iter();
    let mut known: BTreeMap<_, _> = defaults.filter_map(|param| pair(param, "default")).collect();
    let passed = call.items_at(&["params"]).iter().filter_map(|param| pair(param, "value"));
    known.extend(passed.map(|(name, value)| (name, given.resolve(&value).into_owned())));
    known
}

impl RunTask<'_> {
    /// Reports a push to the repository of the event.
    fn push(&self, event: &Event<'_>, all: &[Self]) -> Option<Finding> {
        let text = |line: &ScriptLine<'_>| line.text.to_lowercase();
        let mut lines = self.steps.iter().flat_map(|(lines, _)| lines);
        if lines.any(|line| BRAKES.iter().any(|brake| text(line).contains(brake))) {
            return None;
        }
        let mut origin = self.cloned_by_others(event, all);
        let mut branch = None;
        for (lines, variables) in &self.steps {
            for line in lines {
                let words: Vec<_> = line.words().collect();
                let Some(git) = words.iter().position(|word| *word == "git" || word.ends_with("/git")) else {
                    continue;
                };
                let words: Vec<_> =
                    words[git + 1..].iter().map(|word| variables.resolve(word).into_owned()).collect();
                let is = |command: &str| words.iter().any(|word| word == command);
                if is("clone") || is("remote") && (is("add") || is("set-url")) {
                    origin = Some(words.iter().any(|word| event.source.is_repository(word)));
                    branch = None;
                } else if is("checkout") || is("switch") {
                    branch = checked_out(&words);
                } else if is("push") && self.is_of_event(event, &words, origin, branch.as_deref()) {
                    return Some(Self::finding(event, *line));
                }
            }
        }
        None
    }

    /// Whether the tasks before it leave a clone of the event's repository in one of its workspaces; `None` if they leave
    /// nothing.
    fn cloned_by_others(&self, event: &Event<'_>, all: &[Self]) -> Option<bool> {
        let shares =
            |other: &&Self| other.workspaces.iter().any(|workspace| self.workspaces.contains(workspace));
        let mut cloned = Vec::new();
        for other in all.iter().filter(shares) {
            cloned.extend(other.url.as_deref().map(|url| event.source.is_repository(url)));
            for (lines, variables) in &other.steps {
                let addresses =
                    lines.iter().filter(|line| line.text.contains("git") && line.text.contains(" clone "));
                cloned.extend(addresses.map(|line| {
                    line.words().any(|word| event.source.is_repository(&variables.resolve(word)))
                }));
            }
        }
        (!cloned.is_empty()).then(|| cloned.into_iter().all(|is_its| is_its))
    }

    /// Whether `git push` goes to the repository of the event, and to a branch whose pushes count.
    fn is_of_event(
        &self,
        event: &Event<'_>,
        words: &[String],
        origin: Option<bool>,
        checked_out: Option<&str>,
    ) -> bool {
        let arguments = words.iter().skip_while(|word| *word != "push").skip(1);
        let arguments = arguments.take_while(|word| !matches!(&***word, "&&" | "||" | "|" | ";" | "2>&1"));
        let mut arguments = arguments.filter(|word| !word.starts_with('-'));
        let is_its = match arguments.next() {
            Some(remote) if remote.contains("://") || remote.contains('@') || remote.contains("$(") => {
                event.source.is_repository(remote)
            }
            Some(remote) if remote != "origin" => false,
            _ => origin == Some(true),
        };
        if !is_its || self.may_come_to_rest(event) {
            return false;
        }
        let Some(branches) = &event.branches else { return true };
        if words.iter().any(|word| word == "--tags") {
            return false;
        }
        let given = arguments.next().map(|spec| spec.rsplit(':').next().unwrap_or(spec));
        let given = given.filter(|branch| *branch != "HEAD").or(checked_out);
        match given {
            // The branch of the event is still checked out.
            None => true,
            Some(branch) if event.source.is_of_event(branch) => !branch.contains("head.ref"),
            Some(branch) => event::takes(branches, branch.strip_prefix("refs/heads/").unwrap_or(branch)),
        }
    }

    /// Whether it commits only what changed, and what it writes does not depend on the event.
    fn may_come_to_rest(&self, event: &Event<'_>) -> bool {
        let mut lines = self.steps.iter().flat_map(|(lines, _)| lines);
        let is_guarded = lines.any(|line| GUARDS.iter().any(|guard| line.text.contains(guard)));
        let is_new = |line: &ScriptLine<'_>, variables: &ScriptVariables| {
            let is_of_git = [" clone ", " checkout ", " fetch ", " push ", "git commit"];
            !is_of_git.iter().any(|command| line.text.contains(command))
                && line.text.contains('$')
                && line.words().any(|word| event.source.is_of_event(&variables.resolve(word)))
        };
        let mut steps = self.steps.iter();
        is_guarded && !steps.any(|(lines, variables)| lines.iter().any(|line| is_new(line, variables)))
    }

    fn finding(event: &Event<'_>, line: ScriptLine<'_>) -> Finding {
        let at = if line.text.contains("git push") { "git push" } else { "push" };
        let message = format!(
            "loop: {} starts this run for every push, and this pushes to the same repository: the commit starts the next \
             run, which commits again",
            event.heard_by
        );
        let hint = "let a filter of the trigger leave out such pushes by their author, their message or their paths, or \
                    push to another branch or repository";
        line.location_of(at).finding(&TN049, message).hint(hint)
    }
}

/// Returns the branch that `git checkout` or `git switch` leaves checked out; `None` where it only fetches a commit of the
/// same branch.
fn checked_out(words: &[String]) -> Option<String> {
    let is_new = words.iter().any(|word| matches!(&**word, "-b" | "-B" | "-c" | "-C" | "--orphan"));
    let names = words.iter().skip_while(|word| !matches!(&***word, "checkout" | "switch")).skip(1);
    let name = names.into_iter().find(|word| !word.starts_with('-'))?;
    (is_new || !name.contains('$')).then(|| name.clone())
}
