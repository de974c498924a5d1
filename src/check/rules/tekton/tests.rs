use crate::check::{FileContent, Files, run};

/// Returns the findings in one file, as `line:column code message`; other rules have separate tests.
fn found(text: &str) -> Vec<String> {
    let mut files = Files::below([""]);
    files.insert("a.yaml", FileContent::of(text.as_bytes().to_vec()));
    let findings = run(&files).findings;
    findings
        .iter()
        .filter(|it| it.rule.code < "TN050")
        .map(|it| format!("{}:{} {} {}", it.start.line, it.start.column, it.rule.code, it.message))
        .collect()
}

fn task(spec: &str) -> String {
    format!("apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {{name: t}}\nspec:\n{spec}")
}

fn pipeline(spec: &str) -> String {
    format!("apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {{name: p}}\nspec:\n{spec}")
}

const STEP: &str = "  steps:\n  - {name: s, image: i, args: ";

#[test]
fn every_way_to_use_what_is_declared_is_known() {
    let declared = "  params:\n  - {name: a}\n  - {name: b.c}\n  - {name: o, type: object, properties: {k: {}}}\n  \
                    - {name: l, type: array}\n  workspaces: [{name: w}, {name: v}, {name: m, mountPath: /m}]\n  results: [{name: r}]\n";
    let used = format!(
        "{declared}{STEP}['$(params.a) $(params[\"b.c\"]) $(params.o.k) $(params.l[*]) $(workspaces.w.path) /workspace/v \
         $(results.r.path) $(context.taskRun.name) $$(params.none) $(date) $(params.l[0])']}}\n"
    );
    assert_eq!(found(&task(&used)), Vec::<String>::new());
}

#[test]
fn what_is_not_declared_is_pointed_at() {
    let text = task(
        "  params: [{name: o, type: object, properties: {k: {}}}]\n  steps:\n  - name: s\n    image: i\n    script: |\n      \
         echo $(params.x)\n      echo $(params.o.j) $(results.r.path)\n      $(workspaces.w.path) $(context.run.name)\n",
    );
    assert_eq!(
        found(&text),
        [
            "10:12 TN031 `$(params.x)`: this Task has no param `x`",
            "11:12 TN031 `$(params.o.j)`: param `o` has no key `j`",
            "11:26 TN031 `$(results.r.path)`: this Task has no result `r`",
            "12:7 TN031 `$(workspaces.w.path)`: this Task has no workspace `w`",
            "12:28 TN031 Tekton does not know `$(context.run.name)`",
        ]
    );
}

#[test]
fn a_matrix_and_tasks_in_place_take_from_around_them() {
    let text = pipeline(
        "  params: [{name: a}]\n  workspaces: [{name: w}]\n  tasks:\n  - name: one\n    displayName: $(params.m)\n    \
         matrix: {params: [{name: m, value: [x]}], include: [{name: $(params.m), params: [{name: k, value: z}]}]}\n    \
         taskSpec:\n      params: [{name: m}]\n      results: [{name: r}]\n      steps:\n      - {name: s, image: i, args: \
         ['$(params.a)', '$(params.m)', '$(workspaces.w.path)', '$(results.r.path)']}\n  - name: two\n    when: [{input: \
         '$(tasks.one.results.r[*])', operator: in, values: ['$(context.pipelineRun.name)']}]\n    taskRef: {resolver: \
         git, params: [{name: url, value: $(params.a)}]}\n  finally:\n  - name: last\n    taskSpec: {steps: [{name: s, \
         image: i, args: ['$(tasks.one.status)', $(tasks.status)]}]}\n",
    );
    assert_eq!(found(&text), Vec::<String>::new());
}

#[test]
fn results_and_order_have_to_be_there() {
    let step = "taskSpec: {steps: [{name: s, image: i}]}";
    let text = pipeline(&format!(
        "  tasks:\n  - {{name: a, runAfter: [b], {step}}}\n  - {{name: b, params: [{{name: x, value: $(tasks.c.results.r)}}], \
         {step}}}\n  - {{name: c, runAfter: [a, z], {step}}}\n  - {{name: d, runAfter: [a], {step}}}\n  - {{name: e, params: \
         [{{name: x, value: $(tasks.a.status)}}], {step}}}\n  finally:\n  - {{name: f, runAfter: [a], {step}}}\n  - {{name: g, params: [{{name: x, value: \
         $(tasks.f.results.r)}}], {step}}}\n"
    ));
    assert_eq!(
        found(&text),
        [
            "6:12 TN032 tasks wait for each other: `a`, `b`, `c`",
            "7:41 TN031 `$(tasks.c.results.r)`: the Task of `c` has no result `r`",
            "8:29 TN032 this Pipeline has no task `z` to wait for",
            "10:41 TN032 `$(tasks.a.status)` is available only in `finally`",
            "12:15 TN032 a task in `finally` cannot have `runAfter`",
            "13:41 TN032 `$(tasks.f.results.r)`: `f` is a task in `finally`, whose results no task can use",
        ]
    );
}

/// Triggers replace names with dots as they are.
#[test]
fn a_param_of_a_trigger_may_have_dots() {
    let of = |name: &str| {
        found(&format!(
            "apiVersion: triggers.tekton.dev/v1beta1\nkind: TriggerTemplate\nmetadata: {{name: tt}}\nspec:\n  params: [{{name: {name}}}]\n  \
             resourcetemplates:\n  - {{apiVersion: example.com/v1, kind: A, spec: {{a: $(tt.params.git.commit.id)}}}}\n"
        ))
    };
    assert_eq!(of("git.commit.id"), [""; 0]);
    let message =
        "7:53 TN031 `$(tt.params.git.commit.id)`: this TriggerTemplate has no param `git.commit.id`";
    assert_eq!(of("git"), [message]);
}

#[test]
fn runs_fit_what_they_run_even_in_a_trigger() {
    let callee = pipeline(
        "  params: [{name: a}, {name: d, default: x}]\n  workspaces: [{name: w}, {name: o, optional: true}]\n  tasks:\n  - name: t\n    \
         workspaces: [{name: w}, {name: o}]\n    taskSpec: {workspaces: [{name: w}, {name: o}], steps: [{name: s, image: i, \
         args: [$(params.a), $(params.d), $(workspaces.w.path), $(workspaces.o.path)]}]}\n",
    );
    let run = "{apiVersion: tekton.dev/v1, kind: PipelineRun, metadata: {generateName: r-}, spec: {pipelineRef: {name: p}, \
               params: [{name: b, value: $(tt.params.v)}]}}";
    let text = format!(
        "{callee}---\napiVersion: triggers.tekton.dev/v1beta1\nkind: TriggerTemplate\nmetadata: {{name: tt}}\nspec:\n  \
         params: [{{name: u}}]\n  resourcetemplates:\n  - {run}\n"
    );
    assert_eq!(
        found(&text),
        [
            "18:109 TN033 Pipeline `p` requires the param `a`, which is missing here",
            "18:109 TN033 Pipeline `p` requires the workspace `w`, which is missing here",
            "18:129 TN033 Pipeline `p` has no param `b`",
            "18:139 TN031 `$(tt.params.v)`: this TriggerTemplate has no param `v`",
        ]
    );
}

/// Files may contain examples of the same name: each reference means the one in its own file.
#[test]
fn the_task_of_the_same_file_is_meant() {
    let run = |param: &str| {
        format!(
            "{}---\napiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {{generateName: r-}}\nspec:\n  taskRef: {{name: t}}\n  \
             params: [{{name: {param}, value: a}}]\n",
            task(&format!("  params: [{{name: {param}}}]\n{STEP}[$(params.{param})]}}\n"))
        )
    };
    let mut files = Files::below([""]);
    for (path, param) in [("a.yaml", "one"), ("b.yaml", "two")] {
        files.insert(path, FileContent::of(run(param).into_bytes()));
    }
    let found: Vec<_> = crate::check::run(&files).findings;
    assert!(found.iter().all(|it| it.rule.code >= "TN050"), "{found:#?}");
}
