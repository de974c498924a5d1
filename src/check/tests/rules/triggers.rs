use super::*;

/// An Application `delivery` with a trigger, and an Application `live` that Argo CD heals.
fn repository(others: &[(String, String)]) -> Vec<(String, String)> {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let apps = [application("delivery", "{}"), application("live", "{automated: {selfHeal: true}}")];
    let mut files = vec![trigger(), file("live/a.yaml", map)];
    files.extend(apps);
    for (path, text) in others {
        files.retain(|(known, _)| known != path);
        files.push((path.clone(), text.clone()));
    }
    files
}

fn with(others: &[(String, String)]) -> Vec<&'static str> {
    codes(&repository(others))
}

#[test]
fn a_workload_beside_the_trigger() {
    assert_eq!(with(&[]), [""; 0]);
    let web = file("delivery/web.yaml", DEPLOYMENT);
    assert_eq!(with(std::slice::from_ref(&web)), ["TN056"]);
    // The pipeline builds it, or the image that kustomize puts in its place.
    let builds = |image: &str| {
        task("buildah push \"$IMAGE\"", &format!("    env: [{{name: IMAGE, value: '{image}'}}]\n"))
    };
    assert_eq!(with(&[web.clone(), builds("registry.example.com/acme/web:2")]), ["TN055"]);
    let kustomization = "resources: [hook.yaml, task.yaml, web.yaml]\nimages: [{name: registry.example.com/acme/web, newName: ghcr.io/acme/web}]\n";
    let kustomization = file("delivery/kustomization.yaml", kustomization);
    assert_eq!(with(&[web.clone(), builds("ghcr.io/acme/web"), kustomization]), ["TN055"]);
    // A step that runs in the same image builds nothing.
    let runs = task("./test", "").1.replace("acme/git:1", "registry.example.com/acme/web:1");
    assert_eq!(with(&[web.clone(), file("delivery/task.yaml", &runs)]), ["TN056"]);
    assert_eq!(with(&[file("live/web.yaml", DEPLOYMENT), builds("registry.example.com/acme/web")]), [""; 0]);
    // A test of what was deployed is what such hooks are for.
    assert_eq!(with(&[web, hook("curl https://web.example.com")]), [""; 0]);
}

const CRON_JOB: &str = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec: {schedule: '0 1 * * *', jobTemplate: {spec: {template: {spec: {\
                        restartPolicy: Never, containers: [{name: a, image: 'acme/a:1'}]}}}}}\n";

#[test]
fn what_becomes_healthy_late() {
    for (text, is_late) in [
        (
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n",
            true,
        ),
        (
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}\nspec: {defaultBackend: {service: {name: web, port: {number: 80}}}}\n",
            true,
        ),
        (
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {type: LoadBalancer, ports: [{port: 80}]}\n",
            true,
        ),
        (
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {type: ClusterIP, ports: [{port: 80}]}\n",
            false,
        ),
        ("apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: a}\n", false),
        ("apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a}\nspec: {}\n", true),
        ("apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a}\nspec: {}\n", true),
        ("apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a}\nspec: {}\n", true),
        ("apiVersion: s3.aws.crossplane.io/v1beta1\nkind: Bucket\nmetadata: {name: a}\nspec: {}\n", true),
        ("apiVersion: example.com/v1\nkind: ExternalSecret\nmetadata: {name: a}\nspec: {}\n", false),
        (CRON_JOB, true),
        (&CRON_JOB.replace("spec: {", "spec: {suspend: true, "), false),
    ] {
        let expected = if is_late { &["TN056"][..] } else { &[] };
        assert_eq!(with(&[file("delivery/a.yaml", text)]), expected, "{text}");
    }
    let rollout = |strategy: &str| {
        let text = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: web}}\nspec: {{selector: {{matchLabels: {{app: web}}}}, strategy: {{{strategy}}}}}\n"
        );
        with(&[file("delivery/web.yaml", &text), hook("curl https://web.example.com")])
    };
    assert_eq!(rollout("canary: {steps: [{setWeight: 20}, {pause: {}}]}"), ["TN056"]);
    assert_eq!(rollout("canary: {steps: [{pause: {duration: 1m}}]}"), [""; 0]);
    assert_eq!(rollout("blueGreen: {autoPromotionEnabled: false}"), ["TN056"]);
    assert_eq!(rollout("blueGreen: {}"), [""; 0]);
}

#[test]
fn paths_that_a_pipeline_writes() {
    let env = |file: &str| format!("    env: [{{name: FILE, value: '{file}'}}]\n");
    for (script, step, is_loop) in [
        ("echo a > delivery/image.yaml\ngit push", String::new(), true),
        ("git add ./delivery/image.yaml && git push", String::new(), true),
        ("yq -i .a=1 \"$FILE\"\ngit push", env("delivery/image.yaml"), true),
        ("sed -i s/a/b/ ${FILE}\ngit push", env("$(params.file)"), true),
        ("f=delivery/image.yaml\ncp new \"$f\"\ngit push", String::new(), true),
        ("git add $(workspaces.source.path)/delivery/hook.yaml\ngit push", String::new(), true),
        ("git update-index --cacheinfo \"100644,$blob,$FILE\"\ngit push", env("delivery/image.yaml"), true),
        (
            "cat \"$FILE\" delivery/image.yaml\necho a > live/image.yaml\ngit push",
            env("delivery/image.yaml"),
            false,
        ),
        ("sed -i s/a/b/ live/image.yaml\ngit push", String::new(), false),
        ("echo a > delivery/image.yaml", String::new(), false),
        ("echo a > deliveries/image.yaml\ngit push", String::new(), false),
    ] {
        let script = script.replace("$(params.file)", "\"$FILE\"");
        let found = with(&[task(&script, &step)]);
        assert_eq!(found.contains(&"TN057"), is_loop, "{script}: {found:?}");
    }
}

#[test]
fn changes_that_argo_cd_puts_back() {
    for (command, expected) in [
        ("kubectl -n live set image deployment/web web=$IMAGE", Some(Severity::Error)),
        ("kubectl --namespace=live scale deployment web --replicas=3", Some(Severity::Error)),
        ("kubectl -n live patch deployment web -p $PATCH", Some(Severity::Warning)),
        ("kubectl set image deployment/web web=$IMAGE", Some(Severity::Warning)),
        ("kubectl -n delivery set image deployment/web web=$IMAGE", None),
        ("kubectl -n live rollout restart deployment/web", None),
        ("kubectl -n live get deployment/web", None),
    ] {
        let found = of_rules(&repository(&[task(command, "")]));
        assert_eq!(
            found.iter().map(|(code, severity, _)| (*code, *severity)).next(),
            expected.map(|it| ("TN060", it)),
            "{command}"
        );
    }
    let found = of_rules(&repository(&[
        task("kubectl set image deployment/web web=$IMAGE", ""),
        file("live/web.yaml", DEPLOYMENT),
    ]));
    assert_eq!(found[0].1, Severity::Error, "it is the Deployment that Argo CD heals");
}

#[test]
fn triggers_that_repeat_themselves() {
    for (script, expected) in [
        ("kubectl create -f pipelinerun.yaml", None),
        ("tkn pipeline start release --use-param-defaults", None),
        ("sed s/NAME/$(date +%s)/ pipelinerun.yaml | kubectl create -f -", Some(Severity::Error)),
        ("name=run-$RANDOM; kubectl create -f pipelinerun.yaml", Some(Severity::Error)),
        ("kubectl apply -f pipelinerun.yaml", Some(Severity::Warning)),
        // This starts no pipeline.
        ("echo $(date); kubectl apply -f map.yaml", None),
    ] {
        let found = of_rules(&repository(&[hook(script)]));
        assert_eq!(
            found.iter().map(|(code, severity, _)| (*code, *severity)).next(),
            expected.map(|it| ("TN058", it)),
            "{script}"
        );
    }
}

#[test]
fn a_trigger_is_recognised_by_what_it_may_do() {
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\nrules: [{apiGroups: [tekton.dev], resources: [pipelineruns], verbs: [create]}]\n\
                ---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a}\nroleRef: {kind: Role, name: a}\n\
                subjects: [{kind: ServiceAccount, name: a}]\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n";
    let job = hook("/release/start").1.replace("    spec:\n", "    spec:\n      serviceAccountName: a\n");
    let web = file("delivery/web.yaml", DEPLOYMENT);
    let job = file("delivery/hook.yaml", &job);
    assert_eq!(with(&[web.clone(), job.clone()]), [""; 0]);
    assert_eq!(with(&[web, job.clone(), file("delivery/role.yaml", role)]), ["TN056"]);
    // A template beside it, which the trigger mounts.
    let run = "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {generateName: a-}\nspec: {pipelineRef: {resolver: git}}\n";
    let kustomization =
        "resources: [hook.yaml, role.yaml]\nconfigMapGenerator: [{name: a, files: [run.yaml]}]\n";
    let template = [file("delivery/run.yaml", run), file("delivery/kustomization.yaml", kustomization)];
    assert_eq!(
        with(&[job, file("delivery/role.yaml", role), template[0].clone(), template[1].clone()]),
        ["TN058"]
    );
}

#[test]
fn revisions_that_move() {
    for (script, expected) in [
        ("echo '\n- name: revision\n  value: main\n' | kubectl create -f pipelinerun", &["TN059"][..]),
        ("echo '\n- name: revision\n  value: \"$REVISION\"\n' | kubectl create -f pipelinerun", &[]),
        ("echo '\n- name: image\n  value: main\n' | kubectl create -f pipelinerun", &[]),
        (
            "kubectl get application shop -o jsonpath={.spec.source.targetRevision} # to create the pipelinerun",
            &["TN059"],
        ),
    ] {
        assert_eq!(with(&[hook(script)]), expected, "{script}");
    }
}

#[test]
fn options_of_applications() {
    for (policy, expected) in [
        ("{automated: {}}", &["TN064"][..]),
        ("{automated: {}, retry: {limit: 5}}", &["TN064"]),
        ("{automated: {}, retry: {limit: -1}}", &["TN064"]),
        ("{automated: {}, retry: {limit: -1, refresh: true}}", &[]),
        ("{automated: {}, retry: {limit: 0}}", &[]),
        ("{automated: {enabled: false}}", &[]),
        ("{}", &[]),
    ] {
        assert_eq!(with(&[application("delivery", policy)]), expected, "{policy}");
    }
    let delivery = |from: &str, to: &str| {
        file("argocd/delivery.yaml", &application("delivery", "{}").1.replace(from, to))
    };
    let annotate = "path: delivery, kustomize: {commonAnnotations: {at: $ARGOCD_APP_REVISION}}";
    let map = file("delivery/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    assert_eq!(with(&[delivery("path: delivery", annotate), map]), ["TN061"]);
    assert_eq!(with(&[delivery("path: delivery", annotate)]), [""; 0], "nothing but hooks");
    let paths = "namespace: argocd, annotations: {argocd.argoproj.io/manifest-generate-paths: .}";
    assert_eq!(with(&[delivery("namespace: argocd", paths)]), ["TN068"]);
    assert_eq!(with(&[delivery("project: shop", "project: default")]), ["TN066"]);
}

#[test]
fn runs_that_are_synced() {
    let run = |metadata: &str, kind: &str| {
        let reference = if kind == "TaskRun" { "taskRef" } else { "pipelineRef" };
        let text = format!(
            "apiVersion: tekton.dev/v1\nkind: {kind}\nmetadata: {{{metadata}}}\nspec: {{{reference}: {{resolver: git}}}}\n"
        );
        [application("live", "{}"), file("live/run.yaml", &text)]
    };
    assert_eq!(codes(&run("name: a", "PipelineRun")), ["TN046"]);
    assert_eq!(codes(&run("name: a", "TaskRun")), ["TN046"]);
    // With `generateName`, Argo CD refuses it; a hook runs with each sync.
    assert_eq!(codes(&run("generateName: a-", "PipelineRun")), ["TN102"]);
    let hook = "name: a, annotations: {argocd.argoproj.io/hook: PostSync, argocd.argoproj.io/hook-delete-policy: HookFailed}";
    assert_eq!(codes(&run(hook, "PipelineRun")), [""; 0]);
    // Nothing syncs it, or it is a file that a trigger reads.
    assert_eq!(codes(&run("name: a", "PipelineRun")[1..]), [""; 0]);
    let [application, run] = run("name: a", "PipelineRun");
    let kustomization =
        file("live/kustomization.yaml", "configMapGenerator: [{name: a, files: [run.yaml]}]\n");
    assert_eq!(codes(&[application, run, kustomization]), [""; 0]);
}
