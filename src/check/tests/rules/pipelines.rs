use super::*;

fn pipeline_run(pipeline: &str, run: &str) -> Vec<(&'static str, Severity, String)> {
    let text = format!(
        "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {{name: a, namespace: shop}}\nspec:\n  pipelineSpec:\n    {pipeline}\n  {run}\n"
    );
    of_rules(&[file("a.yaml", &text)])
}

#[test]
fn times_add_up() {
    let task =
        |timeout: &str| format!("tasks: [{{name: a, taskRef: {{resolver: git}}, timeout: {timeout}}}]");
    for (timeout, timeouts, expected) in [
        ("10m", "timeouts: {pipeline: 1h, tasks: 50m, finally: 10m}", None),
        ("10m", "timeouts: {pipeline: 1h, tasks: 50m, finally: 20m}", Some(Severity::Error)),
        ("10m", "timeouts: {tasks: 10m}", None),
        ("90m", "timeouts: {pipeline: 2h}", None),
        ("90m", "timeouts: {pipeline: '0'}", None),
        ("90m", "params: []", Some(Severity::Warning)),
        ("30m", "timeouts: {pipeline: 1h, tasks: 20m}", Some(Severity::Warning)),
    ] {
        let found = pipeline_run(&task(timeout), timeouts);
        let found: Vec<_> = found.iter().map(|(code, severity, _)| (*code, *severity)).collect();
        assert_eq!(
            found,
            expected.map(|severity| ("TN082", severity)).into_iter().collect::<Vec<_>>(),
            "{timeout} {timeouts}"
        );
    }
}

#[test]
fn a_run_finds_the_pipeline_of_its_own_namespace() {
    let pipeline = |namespace: &str, timeout: &str| {
        format!(
            "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {{name: release, namespace: {namespace}}}\n\
             spec: {{tasks: [{{name: a, taskRef: {{resolver: git}}, timeout: {timeout}}}]}}\n"
        )
    };
    let run = "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: a, namespace: shop}\nspec: {pipelineRef: {name: release}}\n";
    let files = |own: &str, other: &str| {
        [
            file("a/p.yaml", &pipeline("shop", own)),
            file("b/p.yaml", &pipeline("bank", other)),
            file("a/r.yaml", run),
        ]
    };
    assert_eq!(codes(&files("10m", "2h")), [""; 0]);
    assert_eq!(codes(&files("2h", "10m")), ["TN082"]);
}

#[test]
fn a_task_has_one_volume() {
    let tasks = "tasks: [{name: a, taskRef: {resolver: git}, workspaces: [{name: s, workspace: s}, {name: t, workspace: t}]}]\n    workspaces: [{name: s}, {name: t}]";
    let claim = |name: &str| format!("persistentVolumeClaim: {{claimName: {name}}}");
    for (first, second, expected) in [
        (claim("one"), claim("two"), &["TN081"][..]),
        (claim("one"), claim("one"), &[]),
        (claim("one"), "volumeClaimTemplate: {spec: {}}".to_owned(), &["TN081"]),
        (claim("one"), "emptyDir: {}".to_owned(), &[]),
    ] {
        let found =
            pipeline_run(tasks, &format!("workspaces: [{{name: s, {first}}}, {{name: t, {second}}}]"));
        assert_eq!(found.iter().map(|(code, ..)| *code).collect::<Vec<_>>(), expected, "{first} {second}");
    }
}

#[test]
fn credentials_reach_one_task() {
    let tasks = |of_test: &str| {
        format!(
            "workspaces: [{{name: push}}]\n    tasks: [{{name: deploy, taskRef: {{resolver: git}}, workspaces: [{{name: a, workspace: push}}]}}, \
             {{name: test, taskRef: {{resolver: git}}{of_test}}}]"
        )
    };
    let run = "workspaces: [{name: push, secret: {secretName: git-push}}]";
    assert_eq!(pipeline_run(&tasks(""), run), []);
    let found = pipeline_run(&tasks(", workspaces: [{name: b, workspace: push}]"), run);
    assert_eq!(found[0].0, "TN076");
    assert!(found[0].2.contains("`deploy` and `test`"), "{}", found[0].2);

    let env = "    env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: git-push, key: token}}}]\n";
    assert_eq!(codes(&[task("npm ci\nnpm test", env)]), ["TN076"]);
    assert_eq!(codes(&[task("./release", env)]), [""; 0]);
    assert_eq!(codes(&[task("go test ./...", "    envFrom: [{secretRef: {name: git-push}}]\n")]), ["TN076"]);
}

#[test]
fn a_build_does_not_get_what_its_push_needs() {
    let run = |task: &str| {
        let text = format!(
            "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {{name: a}}\nspec:\n  pipelineSpec:\n    \
             workspaces: [{{name: push}}]\n    tasks: [{{name: build, {task}, workspaces: [{{name: push}}]}}]\n  \
             workspaces: [{{name: push, secret: {{secretName: registry-push}}}}]\n"
        );
        file("run.yaml", &text)
    };
    let embedded =
        |steps: &str| run(&format!("taskSpec: {{workspaces: [{{name: push}}], steps: [{steps}]}}"));
    let step = |name: &str, script: &str| {
        format!(
            "{{name: {name}, image: 'a.example/b:1.0.0', script: \"cd $(workspaces.push.path)\\n{script}\"}}"
        )
    };
    let [build, push, other] = ["buildah build -t a .", "buildah push a", "make test"];
    let both = step("both", &format!("{build}\\n{push}"));
    let apart = [step("build", build), step("push", push)].join(", ");
    for (steps, expected) in [
        (both.clone(), &["TN076"][..]),
        (apart, &["TN076"]),
        (step("copy", "docker build .\\nskopeo copy a b"), &["TN076"]),
        (step("oci", &format!("{build}\\nskopeo copy oci:/image docker://a")), &["TN076"]),
        (step("build", &format!("{build}\\nbuildah push a oci:/image")), &["TN089"]),
        (step("push", push), &[]),
        (step("push", "git push"), &[]),
        (step("test", other), &[]),
    ] {
        assert_eq!(codes(&[embedded(&steps)]), expected, "{steps}");
    }

    let with_task = |steps: &str| {
        let text = format!(
            "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {{name: build}}\nspec:\n  workspaces: [{{name: push}}]\n  \
             steps: [{steps}]\n"
        );
        file("build.yaml", &text)
    };
    let named = run("taskRef: {name: build}");
    let found = of_rules(&[named.clone(), with_task(&both)]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0, found[0].1), ("TN076", Severity::Warning));
    assert!(found[0].2.contains("`build` gets the Secret `registry-push`"), "{}", found[0].2);
    assert_eq!(codes(&[named, with_task(&step("push", push))]), [""; 0]);
}

#[test]
fn values_stay_out_of_scripts() {
    for (script, expected) in [
        ("echo $(params.file)", Some(Severity::Warning)),
        ("echo \"$(tasks.a.results.b)\"", Some(Severity::Warning)),
        ("echo $(params[\"file\"])", Some(Severity::Warning)),
        ("echo $(context.taskRun.name)", Some(Severity::Note)),
        ("cat $(workspaces.source.path)/a > $(results.b.path)", None),
        ("cat $(step.results.b.path)", None),
        ("echo \"$FILE\" $(cat a)", None),
    ] {
        let found = of_rules(&[task(script, "")]);
        assert_eq!(
            found.first().map(|(code, severity, _)| (*code, *severity)),
            expected.map(|it| ("TN080", it)),
            "{script}"
        );
    }
    let argument = "    command: [bash, -ec]\n    args: ['echo $(params.file)', '$(params.file)']\n";
    let text = task("", argument).1.replace("    script: \"\"\n", "");
    assert_eq!(codes(&[file("a.yaml", &text)]), ["TN080"], "only the first argument is run");
}

#[test]
fn variables_are_there() {
    assert_eq!(codes(&[task("echo $(VERSION) $(VERSION)", "")]), ["TN088"]);
    for literal in ["true # takes $(VERSION)", "echo 'write $(VERSION)'", "echo \\\\$(VERSION)"] {
        assert_eq!(codes(&[task(literal, "")]), [""; 0], "{literal}");
    }
    assert_eq!(codes(&[task("echo it\\'s#1 $(VERSION)", "")]), ["TN088"]);
    assert_eq!(codes(&[task("echo $(VERSION)", "    env: [{name: VERSION, value: a}]\n")]), [""; 0]);
    assert_eq!(codes(&[task("echo $(date) $(A) ${VERSION}", "")]), [""; 0]);
}

#[test]
fn images_are_pushed() {
    assert_eq!(codes(&[task("docker build -t a .", "")]), ["TN089"]);
    assert_eq!(codes(&[task("docker build -t a .\ngit push", "")]), ["TN089"]);
    assert_eq!(codes(&[task("docker build -t a .\ndocker push a", "")]), [""; 0]);
}

#[test]
fn images_that_stay_the_same_and_are_there() {
    for (image, expected) in [
        ("ghcr.io/acme/shop:1.4.0", None),
        ("ghcr.io/acme/shop@sha256:abc", None),
        ("localhost:5000/shop", Some(("TN085", Severity::Warning))),
        ("localhost:5000/shop:1", None),
        ("ghcr.io/acme/shop:latest", Some(("TN085", Severity::Warning))),
        ("$(params.image)", None),
        ("{{ image }}", None),
        ("bitnami/kubectl:latest", Some(("TN086", Severity::Warning))),
        ("docker.io/bitnami/kubectl:1.33", Some(("TN086", Severity::Error))),
        ("acme/bitnami/kubectl:1.33", None),
        ("bitnamilegacy/kubectl:1.33", Some(("TN086", Severity::Warning))),
        (
            "gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/git-init:v0.40.2",
            Some(("TN086", Severity::Error)),
        ),
        ("gcr.io/kaniko-project/executor:v1.23.2", Some(("TN086", Severity::Warning))),
        ("k8s.gcr.io/pause:3.9", Some(("TN086", Severity::Warning))),
    ] {
        let (path, text) = task("true", "");
        let found = of_rules(&[(path, text.replace("image: acme/git:1", &format!("image: {image:?}")))]);
        assert_eq!(found.first().map(|(code, severity, _)| (*code, *severity)), expected, "{image}");
    }
    // The stand-in of an environment that runs nothing yet.
    let idle = DEPLOYMENT
        .replace("spec:\n  selector", "spec:\n  replicas: 0\n  selector")
        .replace("registry.example.com/acme/web:1", "app-image");
    assert_eq!(codes(&[file("a.yaml", &idle)]), [""; 0]);
    let (path, text) = task("true", "");
    let text = text
        .replace("acme/git:1", "$(params.file)")
        .replace("default: delivery/image.yaml", "default: 'acme/git:latest'");
    assert_eq!(codes(&[(path, text)]), ["TN085"], "the default of a parameter");
}

#[test]
fn namespaces_of_others() {
    let run = |namespace: &str| {
        let text = format!(
            "apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {{name: a, namespace: {namespace}}}\nspec: {{taskRef: {{resolver: git}}}}\n"
        );
        codes(&[file("a.yaml", &text)])
    };
    assert_eq!(run("tekton-pipelines"), ["TN083"]);
    assert_eq!(run("default"), ["TN083"]);
    assert_eq!(run("shop-delivery"), [""; 0]);
}
