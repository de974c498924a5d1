package suite

// argoMutations are mistakes that Argo CD must find.
var argoMutations = []Mutation{
	{"a misspelt field of an Application", "argocd/staging.yaml", "selfHeal", "selfheal", Decode, "selfheal", ""},
	{"a misspelt field of an AppProject", "argocd/projects.yaml", "description: Environments", "descriptions: Environments", Decode, "descriptions", ""},
	{"hooks where Argo CD has none", "argocd/staging.yaml", "  syncPolicy:\n", "  syncPolicy:\n    hooks: []\n", Decode, "spec.syncPolicy.hooks", ""},
	{"an Application without a repository", "argocd/staging.yaml", "    repoURL: https://git.example.com:8443/acme/delivery/shop-manifests\n", "", Schema, "spec.source.repoURL: Required", ""},
	{"a Task field that no release knows", "delivery/pipeline/clone-repo.yaml", "  description: Fetches", "  summary: Fetches", Schema, "spec.summary", ""},

	{"a repository that is not permitted", "argocd/staging.yaml", "delivery/shop-manifests", "delivery/other", Project, "is not permitted in project 'shop'", ""},
	{"a namespace that is not permitted", "argocd/staging.yaml", "namespace: shop-staging", "namespace: shop-elsewhere", Project, "do not match any of the allowed destinations", ""},
	{"a cluster that is not permitted", "argocd/staging.yaml", "https://cluster.example.com:6443", "https://other.example.com:6443", Project, "cluster https://other.example.com:6443 is not configured", ""},
	{"a cluster that is taken for a pattern", "argocd/projects.yaml", "\"https://\\\\[2001:db8::1\\\\]:6443\"\n    namespace: \"12345\"", "\"https://[2001:db8::1]:6443\"\n    namespace: \"12345\"", Project, "do not match any of the allowed destinations", "golden-hostile-no"},
	{"a kind that is not permitted", "argocd/projects.yaml", "  - group: policy\n    kind: PodDisruptionBudget\n", "", Project, "PodDisruptionBudget.policy shop: not permitted", ""},
	{"pods that are hidden", "argocd/projects.yaml", "  - group: \"\"\n    kind: Pod\n  - group: batch", "  - group: batch", Project, "children of the kind Pod are hidden", ""},
	{"a project that is not there", "argocd/staging.yaml", "project: shop", "project: default", Project, "there is no project default", ""},
	{"a namespace that nobody applies", "argocd/namespaces/staging.yaml", "name: shop-staging\n  labels", "name: shop-stage\n  labels", PodSecurity, "nobody applies the namespace shop-staging", ""},
	{"limits that are not applied", "argocd/kustomization.yaml", "- namespaces\n", "", Project, "applies 0 of the objects in namespaces/", "golden-minimal"},
	{"a rendering for another namespace", "deploy/overlays/staging/kustomization.yaml", "namespace: shop-staging", "namespace: shop-live", Project, "is in namespace \"shop-live\", not in", ""},
	{"an Application where Argo CD does not look", "argocd/staging.yaml", "namespace: gitops", "namespace: argocd", Project, "where Argo CD does not look", ""},
	{"one namespace for two Applications", "argocd/staging.yaml", "namespace: shop-staging", "namespace: shop-live", Project, "shares the namespace shop-live", ""},
	{"a project with a repository twice", "argocd/projects.yaml", "description: Environments\n  sourceRepos:\n", "description: Environments\n  sourceRepos:\n  - https://git.example.com:8443/acme/delivery/shop-manifests\n", Project, "already added", ""},
	{"an environment that is not synced", "argocd/kustomization.yaml", "- staging.yaml\n", "", Project, "3 Applications can sync, not 4", ""},

	{"any repository", "argocd/projects.yaml", "description: Environments\n  sourceRepos:\n", "description: Environments\n  sourceRepos:\n  - '*'\n", Privilege, "permits the repository", ""},
	{"any namespace", "argocd/projects.yaml", "6443\n    namespace: shop-staging", "6443\n    namespace: '*'", Privilege, "permits the namespace kube-system", ""},
	{"any cluster", "argocd/projects.yaml", "https://cluster.example.com:6443\n    namespace: shop-staging", "'*'\n    namespace: shop-staging", Privilege, "permits the cluster", ""},
	{"namespaces from Git", "argocd/projects.yaml", "description: Environments\n", "description: Environments\n  clusterResourceWhitelist:\n  - group: \"\"\n    kind: Namespace\n", Privilege, "permits the kind Namespace", ""},
	{"Secrets from Git", "argocd/projects.yaml", "    kind: Task\n", "    kind: Task\n  - group: \"\"\n    kind: Secret\n", Privilege, "permits the kind Secret", ""},
	{"quotas from Git", "argocd/projects.yaml", "    kind: Task\n", "    kind: Task\n  - group: \"\"\n    kind: ResourceQuota\n", Privilege, "permits the kind ResourceQuota", ""},
	{"network policies from Git", "argocd/projects.yaml", "    kind: Ingress\n", "    kind: '*'\n", Privilege, "permits the kind NetworkPolicy.networking.k8s.io", ""},
	{"permissions from Git", "argocd/projects.yaml", "    kind: Task\n", "    kind: Task\n  - group: rbac.authorization.k8s.io\n    kind: Role\n", Privilege, "permits the kind Role.rbac", ""},
	{"accounts of the pipeline from Git", "argocd/projects.yaml", "    kind: Task\n", "    kind: Task\n  - group: \"\"\n    kind: ServiceAccount\n", Privilege, "permits the kind ServiceAccount", ""},
	{"runs from Git", "argocd/projects.yaml", "    kind: Pipeline\n", "    kind: 'Pipeline*'\n", Privilege, "permits the kind PipelineRun.tekton.dev", ""},
	{"workloads in the delivery", "argocd/projects.yaml", "  - group: batch\n    kind: Job", "  - group: batch\n    kind: Job\n  - group: apps\n    kind: Deployment", Privilege, "permits the kind Deployment.apps", ""},
	{"rights for the whole cluster", "argocd/projects.yaml", "description: Environments\n", "description: Environments\n  clusterResourceWhitelist:\n  - group: rbac.authorization.k8s.io\n    kind: ClusterRole\n", Privilege, "permits the kind ClusterRole", ""},

	{"a misspelt phase", "delivery/release/trigger.yaml", "hook: PostSync", "hook: Postsync", Hook, "runs in [], not in PostSync", ""},
	{"a phase too early", "delivery/release/trigger.yaml", "hook: PostSync", "hook: Sync", Hook, "runs in [Sync], not in PostSync", ""},
	{"a misspelt hook", "delivery/release/trigger.yaml", "argocd.argoproj.io/hook: PostSync", "argocd.argoproj.io/hooks: PostSync", Hook, "is no hook", ""},
	{"a trigger that stays in the way", "delivery/release/trigger.yaml", "BeforeHookCreation", "HookSucceeded", Hook, "a failed one stays in the way", ""},
	{"a hook in an environment", "deploy/base/service-account.yaml", "metadata:\n", "metadata:\n  annotations:\n    argocd.argoproj.io/hook: PostSync\n", Hook, "has 1 hooks, not 0", ""},
	{"a wave", "deploy/base/deployment.yaml", "  labels:\n    app.kubernetes.io/name: shop\nspec", "  annotations:\n    argocd.argoproj.io/sync-wave: \"1\"\nspec", Hook, "is in a wave of its own", rolling},
	{"a label to track by", "delivery/pipeline/pipeline.yaml", "metadata:\n", "metadata:\n  labels:\n    app.kubernetes.io/instance: shop\n", Hook, "may track by", ""},

	{"replicas without an image", stagingImage, "Deployment|Rollout", "StatefulSet", Health, "is Progressing", rolling},

	{"a time limit in other words", "delivery/pipeline/pipeline.yaml", "timeout: 30m0s", "timeout: 30m", Drift, "Pipeline.tekton.dev release: is never in sync", ""},
	{"minutes beyond the hour", "delivery/pipeline/pipeline.yaml", "timeout: 1h30m0s", "timeout: 90m0s", Drift, "Pipeline.tekton.dev release: is never in sync", ""},

	{"a commit to another environment", "delivery/pipeline/deploy-app.yaml", "overlays/development/image", "overlays/staging/image", Release, "deploy/overlays/staging: changes with the pipeline's commit", ""},
	{"a commit to nowhere", "delivery/pipeline/deploy-app.yaml", "overlays/development/image", "overlays/developer/image", Release, "IMAGE_FILE is no file", ""},
	{"an image that nothing replaces", "deploy/base/deployment.yaml", "image: app-image", "image: registry.example.com/shop:1", Release, "runs the image registry.example.com/shop:1", rolling},
	{"other replicas than asked for", "deploy/overlays/development/settings/replicas.yaml", "value: 2", "value: 4", Release, "has 4 replicas, not 2", rolling},
	{"a request that changes nothing", "delivery/release/kustomization.yaml", "  envs:\n  - release.env\n", "  literals:\n  - IMAGE_TAG=\n  - SOURCE_REVISION=\n", Release, "delivery: changes with a request: false", ""},
}
