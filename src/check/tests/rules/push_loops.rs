//! Pushes that start the run which pushes.

use super::*;

const SCRIPT: &str = "git clone \"$URL\" /tmp/a\ncd /tmp/a\ngit checkout main\nkustomize edit set image a:\"$REVISION\"\ngit commit -a -m bump\ngit push origin main\n";

/// Returns an `EventListener` with `interceptors` that starts a Pipeline whose one task runs `script`.
fn listener(interceptors: &str, script: &str) -> String {
    format!(
        "apiVersion: triggers.tekton.dev/v1beta1\nkind: EventListener\nmetadata: {{name: shop}}\nspec:\n  triggers:\n  - interceptors: {interceptors}\n    \
         bindings: [{{ref: push}}]\n    template: {{ref: shop}}\n---\n\
         apiVersion: triggers.tekton.dev/v1beta1\nkind: TriggerBinding\nmetadata: {{name: push}}\nspec: {{params: [{{name: url, value: $(body.repository.clone_url)}}, \
         {{name: revision, value: $(body.head_commit.id)}}]}}\n---\n\
         apiVersion: triggers.tekton.dev/v1beta1\nkind: TriggerTemplate\nmetadata: {{name: shop}}\nspec:\n  params: [{{name: url}}, {{name: revision}}]\n  resourcetemplates:\n  \
         - apiVersion: tekton.dev/v1\n    kind: PipelineRun\n    metadata: {{generateName: shop-}}\n    spec:\n      pipelineRef: {{name: shop}}\n      \
         params: [{{name: git-url, value: $(tt.params.url)}}, {{name: git-revision, value: $(tt.params.revision)}}]\n---\n\
         apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {{name: shop}}\nspec:\n  params: [{{name: git-url}}, {{name: git-revision}}]\n  tasks:\n  {}",
        one_task("bump", script, "params.git-url", "params.git-revision").replace('\n', "\n  ").trim_end()
    )
}

/// Returns an item of `tasks` that runs `script` with the variables `URL` and `REVISION`.
fn one_task(name: &str, script: &str, url: &str, revision: &str) -> String {
    format!(
        "- name: {name}\n  params: [{{name: url, value: $({url})}}, {{name: revision, value: $({revision})}}]\n  workspaces: [{{name: source}}]\n  taskSpec:\n    \
         params: [{{name: url}}, {{name: revision}}]\n    workspaces: [{{name: source}}]\n    steps:\n    - name: a\n      image: acme/git:1\n      \
         workingDir: $(workspaces.source.path)\n      env: [{{name: URL, value: $(params.url)}}, {{name: REVISION, value: $(params.revision)}}]\n      script: {script:?}\n"
    )
}

fn is_loop(text: &str) -> bool {
    found(&[("ci/all.yaml", text)]).iter().any(|line| line.contains(" TN049 "))
}

fn github(more: &str) -> String {
    format!("[{{ref: {{name: github}}, params: [{{name: eventTypes, value: [push]}}]}}{more}]")
}

fn cel(filter: &str) -> String {
    github(&format!(", {{ref: {{name: cel}}, params: [{{name: filter, value: {filter:?}}}]}}"))
}

#[test]
fn filters_of_a_listener() {
    for (interceptors, expected) in [
        ("[]".to_owned(), true),
        (github(""), true),
        ("[{github: {eventTypes: [push]}}]".to_owned(), true),
        ("[{ref: {name: gitlab}, params: [{name: eventTypes, value: ['Push Hook']}]}]".to_owned(), true),
        (cel("body.ref == 'refs/heads/main'"), true),
        (
            cel(
                "header.match('X-GitHub-Event', 'push') && body.ref in ['refs/heads/main', 'refs/heads/next']",
            ),
            true,
        ),
        (cel("body.ref.startsWith('refs/heads/') && body.repository.full_name == 'acme/shop'"), false),
        (cel("body.ref.split('/')[2] == 'main'"), true),
        // Another branch, or tags.
        (cel("body.ref == 'refs/heads/release'"), false),
        (cel("body.ref.startsWith('refs/tags/')"), false),
        // The author, the message, the paths, and what nobody here understands.
        (cel("body.pusher.name != 'acme-bot'"), false),
        (cel("!body.head_commit.message.contains('[skip ci]')"), false),
        (
            cel("body.ref == 'refs/heads/main' && body.head_commit.modified.exists(f, f.startsWith('src/'))"),
            false,
        ),
        (cel("extensions.is_source"), false),
        (github(", {ref: {name: our-own}}"), false),
        (github(", {webhook: {objectRef: {kind: Service, name: ours}}}"), false),
        // Other events.
        (github("").replace("[push]", "[pull_request]"), false),
        (cel("header.match('X-GitHub-Event', 'pull_request')"), false),
    ] {
        assert_eq!(is_loop(&listener(&interceptors, SCRIPT)), expected, "{interceptors}");
    }
}

#[test]
fn where_a_script_pushes_to() {
    let main = cel("body.ref == 'refs/heads/main'");
    for (from, to, any, only_main) in [
        ("", "", true, true),
        ("git push origin main", "git push", true, true),
        ("git push origin main", "git push --force origin HEAD:refs/heads/main", true, true),
        ("git push origin main", "git push origin HEAD:deploy", true, false),
        ("git push origin main", "git push \"$URL\" HEAD:main", true, true),
        ("git push origin main", "git push https://github.com/acme/manifests.git HEAD:main", false, false),
        ("git push origin main", "git push upstream main", false, false),
        ("git push origin main", "git push --dry-run origin main", false, false),
        ("git push origin main", "echo done", false, false),
        ("git push origin main", "git push -o ci.skip origin main", false, false),
        ("git clone \"$URL\"", "git clone https://github.com/acme/manifests.git", false, false),
        ("-m bump", "-m 'bump [skip ci]'", false, false),
        ("git checkout main", "git checkout -b update", true, true),
        (
            "git checkout main\nkustomize edit set image a:\"$REVISION\"",
            "git diff --quiet && exit 0",
            false,
            false,
        ),
        ("git checkout main", "git diff --quiet && exit 0", true, true),
    ] {
        let script = SCRIPT.replace(from, to);
        let script = if from.is_empty() { SCRIPT.to_owned() } else { script };
        assert_eq!(is_loop(&listener(&github(""), &script)), any, "{from} -> {to}");
        assert_eq!(is_loop(&listener(&main, &script)), only_main, "{from} -> {to}");
    }
    let branch =
        SCRIPT.replace("git checkout main", "git checkout -b update").replace("push origin main", "push");
    assert!(!is_loop(&listener(&main, &branch)));
}

#[test]
fn a_clone_of_another_task() {
    let push = SCRIPT.replace("git clone \"$URL\" /tmp/a\ncd /tmp/a\n", "");
    assert!(!is_loop(&listener(&github(""), &push)));
    let clone = |script: &str| {
        let clone = one_task("clone", script, "params.git-url", "params.git-revision").replace('\n', "\n  ");
        let listener = listener(&github(""), &push).replace("  tasks:\n", &format!("  tasks:\n  {clone}\n"));
        listener.replace("  \n", "")
    };
    assert!(is_loop(&clone("git clone \"$URL\" .")));
    assert!(!is_loop(&clone("git clone https://github.com/acme/manifests.git .")));
    let catalog = "- {name: fetch, taskRef: {resolver: hub}, params: [{name: url, value: $(params.git-url)}], workspaces: [{name: output, workspace: source}]}";
    let with = listener(&github(""), &push).replace("  tasks:\n", &format!("  tasks:\n  {catalog}\n"));
    assert!(is_loop(&with));
    assert!(!is_loop(&with.replace("workspace: source", "workspace: other")));
}

#[test]
fn runs_of_pipelines_as_code() {
    let run = |annotations: &str, script: &str| {
        format!(
            "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata:\n  name: bump\n  annotations: {{{annotations}}}\nspec:\n  pipelineSpec:\n    tasks:\n    \
             - name: bump\n      taskSpec:\n        steps:\n        - {{name: a, image: 'acme/git:1', env: [{{name: URL, value: '{{{{ repo_url }}}}'}}, \
             {{name: REVISION, value: '{{{{revision}}}}'}}], script: {script:?}}}\n"
        )
    };
    let pac = "pipelinesascode.tekton.dev";
    let push = format!("{pac}/on-event: '[push]', {pac}/on-target-branch: '[main]'");
    for (annotations, expected) in [
        (push.clone(), true),
        (push.replace("[push]", "[pull_request, push]"), true),
        (push.replace("[main]", "[refs/heads/*]"), true),
        (push.replace("[main]", "[release-*]"), false),
        (push.replace("[main]", "[refs/tags/*]"), false),
        (push.replace("[push]", "[pull_request]"), false),
        (format!("{push}, {pac}/on-path-change: '[src/**]'"), false),
        (format!("{pac}/on-cel-expression: 'event == \"push\" && target_branch == \"main\"'"), true),
        (format!("{pac}/on-cel-expression: 'event == \"push\" && \"src/***\".pathChanged()'"), false),
        (format!("{pac}/on-cel-expression: 'event == \"pull_request\"'"), false),
        (format!("{pac}/on-event: push"), false),
        (String::new(), false),
    ] {
        assert_eq!(is_loop(&run(&annotations, SCRIPT)), expected, "{annotations}");
    }
    assert!(!is_loop(&run(&push, &SCRIPT.replace("-m bump", "-m 'bump [skip ci]'"))));
    assert!(!is_loop(&run(&push, &SCRIPT.replace("$URL", "https://github.com/acme/manifests.git"))));
}
