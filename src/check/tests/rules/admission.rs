//! What validators refuse: a right object, and how each change to it is reported.

use super::*;

/// Reports for each change of `right`, a text and its replacement, which message begins with `expected`.
fn refused(path: &str, right: &str, changes: &[(&str, &str, &str)]) {
    assert_eq!(messages(path, right), [""; 0], "{right}");
    for (text, replacement, expected) in changes {
        assert!(right.contains(text), "`{text}` is not in the right object");
        let found = messages(path, &right.replacen(text, replacement, 1));
        let is_found = found.iter().any(|message| message.contains(expected));
        assert!(is_found, "`{text}` -> `{replacement}`: {found:#?}");
    }
}

fn messages(path: &str, text: &str) -> Vec<String> {
    let found = of_rules(&[file(path, text)]).into_iter();
    found.filter(|(code, ..)| code.starts_with("TN10")).map(|(_, _, message)| message).collect()
}

const TASK: &str = "\
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: build}
spec:
  params: [{name: one, type: string, default: a}, {name: two, type: array, default: [a]}]
  workspaces: [{name: source}, {name: cache, mountPath: /cache}]
  results: [{name: digest}]
  volumes: [{name: tmp, emptyDir: {}}]
  steps:
  - {name: first, image: 'acme/go:1', script: 'true', onError: continue, volumeMounts: [{name: tmp, mountPath: /tmp}]}
  - {name: second, ref: {name: scan}, params: [{name: a, value: b}]}
  sidecars:
  - {name: proxy, image: 'acme/proxy:1'}
";

#[test]
fn tasks() {
    let all = [
        ("name: two", "name: one", "a second param is called `one`"),
        ("default: [a]", "default: a", "is of type string, not array"),
        ("name: one", "name: 1one", "cannot be the name of a param"),
        ("type: array, default: [a]", "type: object", "declares no `properties`"),
        ("default: a}", "default: a, enum: [b]}", "not among the values of `enum`"),
        ("name: cache", "name: source", "a second workspace is called `source`"),
        ("mountPath: /cache", "mountPath: /workspace/source/", "is the path of another volume"),
        ("name: digest", "name: -digest", "cannot be the name of a result"),
        ("name: digest", "name: digest, value: plain", "is not the result of a step"),
        ("name: digest", "name: digest, type: object", "declares no `properties`"),
        ("{name: tmp, emptyDir: {}}", "{name: tmp}, {name: tmp}", "a second volume is called `tmp`"),
        ("name: second", "name: first", "a second step is called `first`"),
        ("name: first", "name: First", "cannot be the name of a step"),
        ("image: 'acme/go:1', ", "", "the step has no image"),
        ("script: 'true'", "script: 'true', command: [a]", "`command` beside `script`"),
        ("onError: continue", "onError: ignore", "`onError` cannot be `ignore`"),
        ("onError: continue", "timeout: -1m", "the timeout is negative"),
        ("onError: continue", "workspaces: [{name: none}]", "this Task has no workspace `none`"),
        ("onError: continue", "params: [{name: a, value: b}]", "`params` of a step without `ref`"),
        ("mountPath: /tmp", "mountPath: /tekton/results", "is Tekton's"),
        ("ref: {name: scan}", "ref: {}", "the reference lacks a `name`"),
        ("ref: {name: scan}", "ref: {name: scan}, script: a", "`script` beside `ref`"),
        ("ref: {name: scan}", "ref: {name: 'https://example.com/a'}", "needs a `resolver`"),
        ("ref: {name: scan}", "ref: {name: scan, params: [{name: a, value: b}]}", "not both"),
        (", image: 'acme/proxy:1'", "", "the step has no image"),
        ("name: proxy", "name: tekton-log-results", "is a sidecar of Tekton itself"),
    ];
    refused("tasks/build.yaml", TASK, &all);
}

const PIPELINE: &str = "\
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: release}
spec:
  workspaces: [{name: source}, {name: cache}]
  results: [{name: digest, value: $(tasks.build.results.digest)}]
  tasks:
  - name: build
    taskSpec: {results: [{name: digest}], steps: [{image: 'acme/go:1', script: 'true'}]}
    workspaces: [{name: source}]
    params: [{name: a, value: '$(context.pipelineRun.name)'}]
    when: [{input: a, operator: in, values: [a]}]
  - name: test
    taskRef: {resolver: cluster, params: [{name: name, value: test}]}
    matrix: {params: [{name: platform, value: [a, b]}]}
  finally:
  - name: report
    taskSpec: {steps: [{image: 'acme/git:1', script: 'true'}]}
";

#[test]
fn pipelines() {
    let all = [
        ("name: cache", "name: source", "a second workspace is called `source`"),
        ("value: $(tasks.build.results.digest)", "value: plain", "has to be a result of a task"),
        (
            "value: $(tasks.build.results.digest)",
            "value: $(tasks.build.status)",
            "has to be a result of a task",
        ),
        ("name: test", "name: build", "a second task is called `build`"),
        ("name: report", "name: test", "a second task is called `test`"),
        ("name: report", "name: Report", "cannot be the name of a task"),
        (
            "taskRef: {resolver: cluster, params: [{name: name, value: test}]}",
            "retries: 1",
            "neither `taskRef` nor",
        ),
        (
            "    taskRef: {resolver",
            "    taskSpec: {steps: [{image: a}]}\n    taskRef: {resolver",
            "only one is possible",
        ),
        (
            "{resolver: cluster, params: [{name: name, value: test}]}",
            "{name: a, kind: ClusterTask}",
            "ClusterTasks were removed",
        ),
        (
            "{resolver: cluster, params: [{name: name, value: test}]}",
            "{name: a, kind: Wait}",
            "needs an `apiVersion`",
        ),
        (
            "{resolver: cluster, params: [{name: name, value: test}]}",
            "{name: a, apiVersion: a/v1}",
            "needs a `kind`",
        ),
        (
            "{resolver: cluster, params: [{name: name, value: test}]}",
            "{params: [{name: a, value: b}]}",
            "without a `resolver`",
        ),
        (
            "workspaces: [{name: source}]\n    params",
            "workspaces: [{name: source}, {name: source}]\n    params",
            "a second workspace of this task",
        ),
        (
            "[{name: a, value: '$(context",
            "[{name: a, value: b}, {name: a, value: '$(context",
            "a second param is called `a`",
        ),
        ("$(context.pipelineRun.name)", "$(date)", "is not a variable of Tekton"),
        ("operator: in", "operator: equals", "`operator` cannot be `equals`"),
        ("values: [a]", "values: []", "`when` lacks `values`"),
        (
            "matrix: {params: [{name: platform",
            "params: [{name: platform, value: a}]\n    matrix: {params: [{name: platform",
            "is in `matrix`, too",
        ),
        ("matrix:", "onError: continue\n    retries: 2\n    matrix:", "together with `retries`"),
        (
            "{steps: [{image: 'acme/git:1', script: 'true'}]}",
            "{kind: Task, steps: [{image: a}]}",
            "`kind` beside `steps`",
        ),
        ("{steps: [{image: 'acme/git:1', script: 'true'}]}", "{steps: []}", "the Task has no steps"),
    ];
    refused("tasks/release.yaml", PIPELINE, &all);
    let alone = "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: a}\nspec: {finally: [{name: a, taskSpec: {steps: [{image: a}]}}]}\n";
    assert_eq!(messages("a.yaml", alone), ["`finally` without `tasks`"]);
}

const RUN: &str = "\
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: release-1}
spec:
  pipelineRef: {resolver: git, params: [{name: url, value: a}]}
  params: [{name: a, value: b}, {name: c, value: d}]
  workspaces:
  - {name: source, persistentVolumeClaim: {claimName: source}}
  - {name: cache, emptyDir: {}}
  taskRunSpecs: [{pipelineTaskName: build, stepSpecs: [{name: a, computeResources: {limits: {cpu: 1}}}]}]
";

#[test]
fn runs() {
    let all = [
        (
            "pipelineRef: {resolver: git, params: [{name: url, value: a}]}",
            "timeouts: {pipeline: 1h}",
            "neither `pipelineRef`",
        ),
        (
            "  pipelineRef:",
            "  pipelineSpec: {tasks: [{name: a, taskSpec: {steps: [{image: a}]}}]}\n  pipelineRef:",
            "the run has `pipelineRef` and",
        ),
        (
            "{resolver: git, params: [{name: url, value: a}]}",
            "{name: a, bundle: b}",
            "which Tekton 1.0 removed",
        ),
        ("name: c", "name: A", "a second param is called `A`"),
        ("value: d", "value: $(tasks.a.results.b)", "cannot be the result of a task"),
        ("name: cache", "name: source", "a second workspace is called `source`"),
        (", emptyDir: {}", "", "is bound to nothing"),
        ("emptyDir: {}", "emptyDir: {}, secret: {secretName: a}", "only one is possible"),
        ("{claimName: source}", "{readOnly: true}", "lacks `claimName`"),
        ("taskRunSpecs:", "status: Stopped\n  taskRunSpecs:", "`status` cannot be `Stopped`"),
        ("taskRunSpecs:", "resources: [{name: a}]\n  taskRunSpecs:", "which Tekton 0.44 removed"),
        ("taskRunSpecs:", "timeouts: {tasks: -1h}\n  taskRunSpecs:", "the timeout is negative"),
        ("stepSpecs: [{name: a, ", "stepSpecs: [{", "an entry of `stepSpecs` has no name"),
        ("stepSpecs:", "computeResources: {limits: {cpu: 1}}, stepSpecs:", "of the task and of its steps"),
    ];
    refused("delivery/run.yaml", RUN, &all);
    let triggered = format!(
        "apiVersion: triggers.tekton.dev/v1beta1\nkind: TriggerTemplate\nmetadata: {{name: a}}\nspec:\n  resourcetemplates:\n  - {}",
        RUN.replace("pipelineRef", "pipelineReference").trim_end().replace('\n', "\n    ")
    );
    assert_eq!(messages("a.yaml", &triggered), ["the run has neither `pipelineRef` nor `pipelineSpec`"]);
}

const WORKLOAD: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 30
      initContainers:
      - {name: wait, image: 'acme/web:1'}
      containers:
      - name: web
        image: registry.example.com/acme/web:1
        ports: [{name: http, containerPort: 8080}, {name: metrics, containerPort: 9090}]
        env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
        envFrom: [{configMapRef: {name: web}}]
        resources: {requests: {memory: 1Gi, cpu: 100m}, limits: {memory: 1024Mi}}
        readinessProbe: {httpGet: {path: /, port: http}, successThreshold: 2}
        livenessProbe: {httpGet: {path: /, port: 8080}}
        securityContext: {allowPrivilegeEscalation: false, runAsUser: 1000}
        volumeMounts: [{name: tmp, mountPath: /tmp}, {name: web, mountPath: /etc/web, subPath: web}]
      volumes:
      - {name: tmp, emptyDir: {}}
      - {name: web, configMap: {name: web, defaultMode: 0440, items: [{key: a, path: a}]}}
";

#[test]
fn pods() {
    let all = [
        ("replicas: 1", "replicas: -1", "`replicas` is negative"),
        ("{matchLabels: {app: web}}", "{}", "the selector is empty"),
        ("type: RollingUpdate", "type: Recreate", "with the strategy `Recreate`"),
        ("maxSurge: 1", "maxSurge: 0", "are both 0"),
        ("maxUnavailable: 0", "maxUnavailable: 200%", "more than all of them"),
        ("maxUnavailable: 0", "maxUnavailable: half", "neither a number nor a percentage"),
        ("terminationGracePeriodSeconds: 30", "restartPolicy: Never", "always restart"),
        ("terminationGracePeriodSeconds: 30", "activeDeadlineSeconds: 30", "pods that run for ever"),
        ("terminationGracePeriodSeconds: 30", "dnsPolicy: None", "without nameservers"),
        ("terminationGracePeriodSeconds: 30", "tolerations: [{operator: Exists, value: a}]", "and a `value`"),
        ("terminationGracePeriodSeconds: 30", "tolerations: [{value: a}]", "needs `operator: Exists`"),
        ("name: wait", "name: web", "a second container is called `web`"),
        ("name: wait,", "name: wait, livenessProbe: {exec: {command: [a]}},", "of an init container"),
        ("image: registry.example.com/acme/web:1", "tty: true", "the container has no image"),
        ("name: web\n", "name: Web\n", "cannot be the name of a container"),
        ("name: metrics", "name: http", "a second port is called `http`"),
        ("name: metrics", "name: metrics-of-the-web", "cannot be the name of a port"),
        ("containerPort: 9090", "containerPort: 90900", "is not a port"),
        ("valueFrom: {fieldRef", "value: a, valueFrom: {fieldRef", "`value` and `valueFrom`"),
        ("{fieldRef: {fieldPath: metadata.name}}", "{}", "names no source"),
        ("{configMapRef: {name: web}}", "{prefix: a}", "neither a ConfigMap nor a Secret"),
        ("memory: 1Gi", "memory: 2Gi", "and `1024Mi` is the limit"),
        ("cpu: 100m", "cpu: -1", "the amount is negative"),
        (
            "readinessProbe: {httpGet: {path: /, port: http}, ",
            "readinessProbe: {",
            "nothing says what it does",
        ),
        ("port: 8080}}", "port: 8080}, tcpSocket: {port: 80}}", "only one is possible"),
        ("port: 8080}}", "port: 8080}, successThreshold: 2}", "is 1"),
        ("port: 8080}}", "port: 0}}", "is not a port"),
        (
            "allowPrivilegeEscalation: false",
            "allowPrivilegeEscalation: false, privileged: true",
            "privileged container",
        ),
        ("runAsUser: 1000", "runAsUser: -1", "is not an id"),
        ("{name: tmp, mountPath", "{name: temp, mountPath", "the pod has no volume `temp`"),
        ("mountPath: /etc/web", "mountPath: /tmp", "two volumes are mounted at `/tmp`"),
        ("subPath: web", "subPath: ../web", "leaves the volume"),
        ("subPath: web", "subPath: /web", "is not relative"),
        ("- {name: tmp, emptyDir: {}}", "- {name: web, emptyDir: {}}", "a second volume is called `web`"),
        ("emptyDir: {}", "emptyDir: {}, secret: {secretName: a}", "only one is possible"),
        ("{name: web, defaultMode", "{defaultMode", "`configMap` lacks `name`"),
        ("defaultMode: 0440", "defaultMode: 440000", "is not a file mode"),
        ("path: a}]", "path: /a}]", "is not relative"),
    ];
    refused("web.yaml", WORKLOAD, &all);
}

#[test]
fn jobs() {
    let job = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: tidy}\nspec:\n  schedule: '0 4 * * *'\n  jobTemplate:\n    spec:\n      \
               backoffLimit: 1\n      template:\n        spec:\n          restartPolicy: Never\n          containers: [{name: tidy, image: 'acme/tidy:1'}]\n";
    let all = [
        ("0 4 * * *", "0 4 * *", "is not a schedule"),
        ("0 4 * * *", "TZ=UTC 0 4 * * *", "names a time zone"),
        ("restartPolicy: Never", "hostIPC: false", "need `restartPolicy: Never`"),
        ("backoffLimit: 1", "backoffLimit: -1", "`backoffLimit` is negative"),
        ("backoffLimit: 1", "completionMode: Indexed\n      parallelism: 2", "needs `completions`"),
        ("backoffLimit: 1", "backoffLimitPerIndex: 1", "needs `completionMode: Indexed`"),
        (
            "name: tidy}",
            "name: tidy-what-has-been-left-behind-by-the-tests-of-yesterday}",
            "the name of the CronJob has",
        ),
    ];
    refused("tidy.yaml", job, &all);
}

#[test]
fn claims_of_a_stateful_set_are_volumes() {
    let set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  serviceName: db\n  selector: {matchLabels: {app: db}}\n  \
               template:\n    metadata: {labels: {app: db}}\n    spec:\n      containers: [{name: db, image: 'acme/db:1', volumeMounts: [{name: data, mountPath: /data}]}]\n  \
               volumeClaimTemplates:\n  - metadata: {name: data}\n    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n";
    refused(
        "db.yaml",
        set,
        &[("metadata: {name: data}", "metadata: {name: date}", "the pod has no volume `data`")],
    );
}

#[test]
fn services_and_routes() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  type: ClusterIP\n  selector: {app: web}\n  \
                   ports: [{name: http, port: 80, targetPort: http}, {name: dns, port: 80, protocol: UDP}]\n";
    let all = [
        ("name: dns, ", "", "each needs a name"),
        ("name: dns", "name: http", "a second port is called `http`"),
        ("protocol: UDP", "protocol: TCP", "a second port is 80 for TCP"),
        ("port: 80, targetPort", "port: 0, targetPort", "is not a port"),
        ("targetPort: http", "targetPort: Http", "cannot be the name of a port"),
        ("protocol: UDP", "protocol: UDP, nodePort: 30080", "of type ClusterIP"),
        ("type: ClusterIP", "type: ExternalName", "without `externalName`"),
        ("type: ClusterIP", "externalTrafficPolicy: Local", "inside the cluster"),
    ];
    refused("web.yaml", service, &all);
    let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec:\n  rules:\n  - host: shop.example.com\n    \
                   http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}\n";
    let all = [
        ("shop.example.com", "198.51.100.1", "is an address"),
        ("shop.example.com", "'*shop.example.com'", "is not a host name"),
        ("path: /,", "path: shop,", "does not begin with `/`"),
        ("path: /,", "path: /a//b,", "contains `//`"),
        ("{number: 80}", "{name: http, number: 80}", "a name and a number"),
        ("service: {name: web, port: {number: 80}}", "weight: 1", "names no Service"),
    ];
    refused("ingress.yaml", ingress, &all);
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web}\nspec:\n  podSelector: {}\n  \
                  ingress: [{from: [{podSelector: {}}], ports: [{port: 80, endPort: 90}]}]\n";
    let all = [
        ("{from: [{podSelector: {}}]", "{from: [{}]", "names no peer"),
        (
            "{from: [{podSelector: {}}]",
            "{from: [{podSelector: {}, ipBlock: {cidr: 198.51.100.0/24}}]",
            "in one entry",
        ),
        ("endPort: 90", "endPort: 70", "`endPort` is below `port`"),
        ("port: 80", "port: http", "`endPort` of a named port"),
        ("port: 80, ", "", "`endPort` without `port`"),
    ];
    refused("policy.yaml", policy, &all);
}

#[test]
fn data_and_limits() {
    let map =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a.b: c}\nbinaryData: {d: YQ==}\n";
    let all = [
        ("a.b", "'a b'", "cannot be a key"),
        ("a.b", "..a", "cannot be a key"),
        ("a.b", "d", "in `binaryData`, too"),
    ];
    refused("map.yaml", map, &all);
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\ntype: kubernetes.io/tls\ndata: {tls.crt: '', tls.key: ''}\n";
    refused("secret.yaml", secret, &[("tls.key", "key", "has the key `tls.key`")]);
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: web}\nrules: [{apiGroups: [''], resources: [pods], verbs: [get]}]\n";
    let all = [
        ("verbs: [get]", "verbs: []", "the rule has no verbs"),
        ("apiGroups: [''], ", "", "the rule has no `apiGroups`"),
        ("apiGroups: ['']", "nonResourceURLs: [/a]", "`nonResourceURLs` in a Role"),
    ];
    refused("role.yaml", role, &all);
    let budget =
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {minAvailable: 1}\n";
    let all = [
        ("minAvailable: 1", "minAvailable: 1, maxUnavailable: 1", "the budget has"),
        ("1}", "101%}", "more than all of them"),
    ];
    refused("budget.yaml", budget, &all);
    let scaler = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n  minReplicas: 1\n  maxReplicas: 3\n  \
                  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]\n";
    let all = [
        ("minReplicas: 1", "minReplicas: 4", "at least 4 replicas, and at most 3"),
        ("maxReplicas: 3", "maxReplicas: 0", "`maxReplicas` is at least 1"),
        ("type: Resource", "type: Pods", "a metric of type Pods needs `pods`"),
    ];
    refused("scaler.yaml", scaler, &all);
}

#[test]
fn applications_and_projects() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\nspec:\n  project: web\n  \
                       source: {repoURL: 'https://charts.example.com', chart: web, targetRevision: 1.0.0}\n  destination: {server: 'https://kubernetes.default.svc', namespace: web}\n  \
                       syncPolicy: {syncOptions: [CreateNamespace=true], retry: {backoff: {duration: 5s, maxDuration: '60'}}}\n";
    let all = [
        (", targetRevision: 1.0.0", "", "needs its version"),
        ("chart: web, ", "", "the source lacks `path` or `chart`"),
        (
            "targetRevision: 1.0.0",
            "targetRevision: 1.0.0, helm: {releaseName: a}, kustomize: {namePrefix: a}",
            "only one is possible",
        ),
        ("source:", "sources: []\n  info:", "neither `source` nor `sources`"),
        ("namespace: web}", "namespace: web, name: in-cluster}", "`name` and `server`"),
        ("CreateNamespace=true", "CreateNamespace=yes", "ignores the sync option"),
        ("CreateNamespace=true", "CreateNamespaces=true", "has no sync option `CreateNamespaces`"),
        ("duration: 5s", "duration: 5 seconds", "is not a span of time"),
    ];
    refused("application.yaml", application, &all);
    let project = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: web, namespace: argocd}\nspec:\n  sourceRepos: [a, b]\n  \
                   destinations: [{server: a, namespace: a}, {server: a, namespace: b}]\n  roles: [{name: ci, policies: ['p, proj:web:ci, applications, sync, web/*, allow'], groups: [a]}]\n  \
                   syncWindows: [{kind: deny, schedule: '0 22 * * *', duration: 1h, applications: ['*']}]\n";
    let all = [
        ("[a, b]", "[a, a]", "`a` again"),
        ("namespace: b", "namespace: a", "the same destination again"),
        ("namespace: b", "namespace: '!*'", "refuses everything"),
        ("name: ci", "name: ci.", "cannot be the name of a role"),
        ("kind: deny", "kind: forbid", "cannot be `forbid`"),
        ("22 * * *", "22 * *", "is not a schedule"),
        ("duration: 1h", "duration: 1d", "is not a span of time"),
        (", applications: ['*']", "", "is for nothing"),
    ];
    refused("project.yaml", project, &all);
}

const DEFINITION: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: carts.shop.example.com}
spec:
  group: shop.example.com
  scope: Namespaced
  names: {plural: carts, kind: Cart}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              currency: {type: string, default: EUR}
              lines: {type: array, items: {type: object, additionalProperties: {type: string}}}
              port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
";

#[test]
fn definitions() {
    let all = [
        ("name: carts.shop", "name: cart.shop", "has to be called `carts.shop.example.com`"),
        ("storage: true", "storage: false", "none of the versions is stored"),
        ("currency: {type: string,", "currency: {", "`spec.currency` lacks a `type`"),
        ("{type: string}}}", "{}}}", "`spec.lines[].*` lacks a `type`"),
        ("type: array, items", "type: array, uniqueItems: true, items", "`x-kubernetes-list-type: set` is"),
        ("[{type: integer}, ", "[", "`spec.port.anyOf[0]` cannot have `type`"),
        ("default: EUR", "default: 5", "the default is not of the type `string`"),
        ("default: EUR", "default: EUR, maxLength: 2", "the default is longer than 2 characters"),
        ("type: string, default", "type: text, default", "`text` is not a type"),
        (
            "type: string, default",
            "type: string, required: true, default",
            "`required` is a boolean; expected a list of strings",
        ),
        ("default: EUR", "pattern: '(?=a)'", "invalid or unsupported Perl syntax: `(?=`"),
    ];
    refused("crd.yaml", DEFINITION, &all);
}

#[test]
fn large_definitions_are_read_in_time() {
    let all =
        |count: u32, property: &dyn Fn(u32) -> String| (0..count).map(property).collect::<Vec<_>>().concat();
    let property = |at| format!("              p{at}: {{type: string, default: a, enum: [b, a]}}\n");
    let properties = all(20_000, &property);
    let large = format!("{DEFINITION}{properties}");
    assert_eq!(messages("crd.yaml", &large), [""; 0]);
    let nested = all(5_000, &|at| format!("p{at}: {{}},"));
    let known = all(5_000, &|at| format!("p{at}: {{type: string}},"));
    let root = format!("        not: {{properties: {{{nested}}}}}\n        properties: {{{known}}}\n");
    let wide = format!("{}{root}", DEFINITION.split_once("        properties:").unwrap().0);
    assert_eq!(messages("crd.yaml", &wide), [""; 0]);
}
