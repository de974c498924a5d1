package suite

// tektonMutations are mistakes that Tekton finds, or that show in the objects that Tekton creates.
var tektonMutations = []Mutation{
	{"a misspelt field of a Task", "delivery/pipeline/clone-repo.yaml", "computeResources", "resources", TektonDecode, "resources", ""},
	{"a misspelt field of a Pipeline", "delivery/pipeline/pipeline.yaml", "    retries: 2\n    timeout: 5m0s\n    params:\n    - name: url", "    retry: 2\n    timeout: 5m0s\n    params:\n    - name: url", TektonDecode, "retry", ""},
	{"a misspelt field of a PipelineRun", "delivery/release/pipelinerun.yaml", "taskRunTemplate", "taskRunTemplates", TektonDecode, "taskRunTemplates", ""},
	{"a field given twice", "delivery/release/pipelinerun.yaml", "  pipelineRef:\n    name: release\n", "  pipelineRef:\n    name: release\n    name: release\n", TektonDecode, "already", ""},
	{"the deprecated version", "delivery/pipeline/pipeline.yaml", "tekton.dev/v1\n", "tekton.dev/v1beta1\n", TektonDecode, "nobody judges tekton.dev/v1beta1 Pipeline", ""},

	{"a workspace that is not declared", "delivery/pipeline/pipeline.yaml", "  - name: git-push\n    description: credentials that may push to the manifest repository\n    optional: true\n", "", TektonAdmission, "expects workspace with name \"git-push\" but none exists", ""},
	{"a parameter that is not declared", "delivery/pipeline/clone-repo.yaml", "$(params.revision)", "$(params.commit)", TektonAdmission, "non-existent variable", ""},
	{"a Task to wait for that is not there", "delivery/pipeline/pipeline.yaml", "    - run-tests\n", "    - tests\n", TektonAdmission, "tests", ""},
	{"a result of a Task that is not there", "delivery/pipeline/pipeline.yaml", "- name: IMAGE_URL\n    description: the image that was pushed\n    value: $(tasks.push-image.results.IMAGE_URL)", "- name: IMAGE_URL\n    description: the image that was pushed\n    value: $(tasks.push.results.IMAGE_URL)", TektonAdmission, "referencing a nonexistent task", ""},
	{"more time for Tasks than for the run", "delivery/release/pipelinerun.yaml", "pipeline: 3h", "pipeline: 3h\n    tasks: 4h", TektonAdmission, "should be <= pipeline duration", ""},
	{"a run's name that is too long", "delivery/release/pipelinerun.yaml", "\"@RUN@\"", "\"@RUN@-long\"", TektonAdmission, "must be no more than 63 characters", ""},
	{"a step without an image", "delivery/pipeline/clone-repo.yaml", "    image: registry.example.com/mirror/git:2.49.1\n", "", TektonAdmission, "missing field(s): spec.steps[0].Image", ""},

	{"a parameter that is not given", "delivery/pipeline/pipeline.yaml", "    - name: context\n      value: services/shop\n", "", TektonWiring, "does not give the parameter context", ""},
	{"a parameter that nobody takes", "delivery/pipeline/pipeline.yaml", "    - name: submodules\n", "    - name: depth\n      value: \"1\"\n    - name: submodules\n", TektonWiring, "gives the undeclared parameter depth", ""},
	{"a parameter the run does not give", "delivery/release/pipelinerun.yaml", "  - name: source-revision\n    value: \"@SOURCE_REVISION@\"\n", "", TektonWiring, "missing parameters: [source-revision]", ""},
	{"a workspace the run does not give", "delivery/release/pipelinerun.yaml", "  - name: git-push\n    secret:\n      secretName: git-push\n      optional: true\n", "", TektonWiring, "does not give the workspace git-push", ""},
	{"a workspace that nobody takes", "delivery/pipeline/pipeline.yaml", "    - name: registry-credentials\n      workspace: registry-push\n", "    - name: registry\n      workspace: registry-push\n", TektonWiring, "gives the undeclared workspace registry", ""},
	{"a Task that is not there", "delivery/pipeline/pipeline.yaml", "      kind: Task\n      name: build-image\n", "      kind: Task\n      name: build\n", TektonWiring, "there is no Task build", ""},
	{"a result that is never written", "delivery/pipeline/push-image.yaml", "$(results.IMAGE_DIGEST.path)", "$(results.IMAGE_URL.path)", TektonWiring, "the result IMAGE_DIGEST is never used", ""},
	{"a parameter that is never used", "delivery/pipeline/build-image.yaml", "    - name: CONTEXT\n      value: $(params.context)\n", "", TektonWiring, "the parameter context is never used", ""},

	{"a value in a script", "delivery/pipeline/deploy-app.yaml", "say \"$IMAGE_TAG is already deployed\"", "say \"$(params.image-tag) is already deployed\"", TektonInjection, "deploy-app/commit: $(params...) is pasted into code", ""},
	{"a value in an argument", "delivery/pipeline/run-tests.yaml", "    - run-tests\n", "    - $(context.taskRun.name)\n", TektonInjection, "run-tests/test: $(context...) is pasted into code", ""},

	{"less time than the Tasks take", "delivery/release/pipelinerun.yaml", "pipeline: 3h", "pipeline: 2h59m", TektonTimeouts, "but its Tasks may take 3h0m0s", ""},
	{"a Task without a time limit", "delivery/pipeline/pipeline.yaml", "    timeout: 30m0s\n", "", TektonTimeouts, "has no time limit of its own", ""},

	{"a provenance that is missing", "delivery/pipeline/pipeline.yaml", "CHAINS-GIT_COMMIT", "GIT_COMMIT", TektonRun, "ended without the result CHAINS-GIT_COMMIT", ""},
	{"a build beside the tests", "delivery/pipeline/pipeline.yaml", "    runAfter:\n    - run-tests\n", "", TektonRun, "runs Tasks at once", ""},
	{"a volume that stays", "delivery/release/pipelinerun.yaml", "tekton.dev/auto-cleanup-pvc: \"true\"", "tekton.dev/auto-cleanup-pvc: \"false\"", TektonRun, "leaves its volume behind", ""},
	{"a Pipeline that is not there", "delivery/release/pipelinerun.yaml", "  pipelineRef:\n    name: release\n", "  pipelineRef:\n    name: releases\n", TektonRun, "CouldntGetPipeline", ""},
	{"two volumes for one Task", "delivery/release/pipelinerun.yaml", "  - name: git-source\n    secret:\n      secretName: git-source\n      optional: true\n", "  - name: git-source\n    persistentVolumeClaim:\n      claimName: cache\n", TektonRun, "PersistentVolumeClaim", ""},
	{"a variable that nobody replaces", "delivery/pipeline/clone-repo.yaml", "value: /tekton/home", "value: $(home.path)", TektonRun, "keeps a variable in HOME=$(home.path)", ""},

	{"a privileged build", "delivery/pipeline/build-image.yaml", "      runAsNonRoot: true\n", "      privileged: true\n", TektonPodSecurity, "build-image (set-security-context=false, coschedule=workspaces): not baseline: privileged", ""},
	{"a build with more capabilities", "delivery/pipeline/build-image.yaml", "        - SETGID\n", "        - SYS_ADMIN\n", TektonPodSecurity, "SYS_ADMIN", ""},
	{"tests that may gain rights", "delivery/pipeline/run-tests.yaml", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", TektonPodSecurity, "run-tests (set-security-context=true, coschedule=workspaces): not restricted: allowPrivilegeEscalation", ""},
	{"a clone as root", "delivery/pipeline/clone-repo.yaml", "runAsNonRoot: true", "runAsUser: 0", TektonPodSecurity, "runAsUser=0", ""},
	{"runs as root", "delivery/release/pipelinerun.yaml", "        runAsUser: 1000\n        runAsGroup: 1000\n        fsGroup", "        runAsUser: 0\n        runAsGroup: 1000\n        fsGroup", TektonPodSecurity, "runAsUser=0", ""},

	{"a push of the image that may push to Git", "delivery/pipeline/pipeline.yaml", "      workspace: registry-push\n", "      workspace: git-push\n", TektonCredentials, "sees the Secrets [git-push], not [registry-push]", ""},
	{"a build that may push", "delivery/pipeline/build-image.yaml", "      secretName: registry-pull\n", "      secretName: registry-push\n", TektonCredentials, "sees the Secrets [registry-push], not [registry-pull]", ""},
	{"a build that writes the whole volume", "delivery/pipeline/build-image.yaml", "      subPath: image\n", "", TektonCredentials, "may write to more of the run's volume than the folder image", ""},
	{"a push that may change the image", "delivery/pipeline/push-image.yaml", "as an OCI image layout in the folder layout\n    readOnly: true\n", "as an OCI image layout in the folder layout\n", TektonCredentials, "may write to the run's volume", ""},
	{"tests with a Secret", "delivery/pipeline/run-tests.yaml", "  - name: copy\n    emptyDir: {}\n", "  - name: copy\n    secret:\n      secretName: git-push\n      optional: true\n", TektonCredentials, "sees the Secrets [git-push], not []", ""},
	{"runs with a token", "delivery/release/pipelinerun.yaml", "      automountServiceAccountToken: false\n      securityContext:\n        runAsNonRoot: true\n        runAsUser: 1000\n        runAsGroup: 1000\n        fsGroup", "      automountServiceAccountToken: true\n      securityContext:\n        runAsNonRoot: true\n        runAsUser: 1000\n        runAsGroup: 1000\n        fsGroup", TektonCredentials, "has a token for the cluster", ""},
	{"a Secret that must be there", "delivery/release/pipelinerun.yaml", "      secretName: git-source\n      optional: true\n", "      secretName: git-source\n", TektonCredentials, "does not start without the Secret git-source", ""},
	{"somebody else's account", "delivery/release/pipelinerun.yaml", "serviceAccountName: release-pipeline", "serviceAccountName: default", TektonCredentials, "runs as the service account \"default\"", ""},
}
