use super::*;

#[test]
fn an_unknown_field_says_where_it_belongs() {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      \
               backoffLimit: 1\n      containers: [{name: a}]\n";
    assert_eq!(
        of(job),
        ["7:7 TN010 `backoffLimit` is not a field of `spec.template.spec`; it belongs under `spec`"]
    );
    let run = "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: a}\nspec:\n  serviceAccountName: ci\n";
    assert_eq!(
        of(run),
        [
            "5:3 TN010 `serviceAccountName` is not a field of `spec`; did you mean it under `spec.taskRunTemplate`?"
        ]
    );
    let top = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, data: {}}\n";
    assert_eq!(
        of(top),
        ["3:21 TN010 `data` is not a field of `metadata`; it belongs at the top of the manifest"]
    );
}

#[test]
fn a_misspelt_field_is_named_and_mended() {
    let text = pod("imagePulPolicy: Always\nEnv: []\n");
    assert_eq!(
        of(&text),
        [
            "7:5 TN010 `imagePulPolicy` is not a field of `spec.containers[0]`; did you mean `imagePullPolicy`?",
            "8:5 TN010 `Env` is not a field of `spec.containers[0]`; did you mean `env`?"
        ]
    );
    assert_eq!(fixed(&text), pod("imagePullPolicy: Always\nenv: []\n"));
}

#[test]
fn no_field_is_mended_to_one_that_is_there() {
    let text = pod("image: a\nimagee: b\n");
    assert_eq!(
        of(&text),
        ["8:5 TN010 `imagee` is not a field of `spec.containers[0]`; did you mean `image`?"]
    );
    assert_eq!(fixed(&text), text);
}

#[test]
fn the_few_fields_that_there_are_are_listed() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  project: a\n  \
                destination: {}\n  syncPolicy:\n    hooks: []\n";
    assert_eq!(
        of(text),
        ["8:5 TN010 `hooks` is not a field of `spec.syncPolicy`; the fields are `automated`, \
          `managedNamespaceMetadata`, `retry`, `syncOptions`"]
    );
}

#[test]
fn a_required_field_that_is_missing_or_empty_is_reported() {
    assert_eq!(
        of(
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n  - name: http\n    port:\n"
        ),
        ["6:5 TN012 `spec.ports[0]` lacks `port`, which is required"]
    );
    assert_eq!(
        of("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {}\n"),
        [
            "4:1 TN012 `spec` lacks `selector`, which is required",
            "4:1 TN012 `spec` lacks `template`, which is required"
        ]
    );
}

#[test]
fn a_name_that_is_misspelt_is_not_missing_too() {
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n  - Port: 80\n";
    assert_eq!(of(text), ["6:5 TN010 `Port` is not a field of `spec.ports[0]`; did you mean `port`?"]);
}

#[test]
fn what_is_left_open_is_left_alone() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a\n  \
                creationTimestamp: null\nspec:\n  project: a\n  destination: {}\n  source:\n    repoURL: a\n    helm:\n      \
                valuesObject: {anything: {goes: [1, true]}}\nstatus: {whatever: 1}\n";
    assert_eq!(of(text), NOTHING);
}

#[test]
fn a_trigger_template_holds_manifests() {
    let text = "apiVersion: triggers.tekton.dev/v1beta1\nkind: TriggerTemplate\nmetadata: {name: a}\nspec:\n  \
                resourcetemplates:\n  - apiVersion: tekton.dev/v1\n    kind: PipelineRun\n    metadata: {generateName: a-}\n    \
                spec: {timeout: $(tt.params.time)}\n";
    assert_eq!(of(text), ["9:12 TN010 `timeout` is not a field of `spec`; did you mean `timeouts`?"]);
}

#[test]
fn kustomizations_need_not_say_what_they_are_and_take_any_case() {
    let text =
        "namePrefx: a-\nresource: [a.yaml]\nvars:\n- name: A\n  fieldref: {fieldpath: metadata.name}\n";
    assert_eq!(
        found(&[("kustomization.yaml", text)]),
        [
            "kustomization.yaml:1:1 TN010 `namePrefx` is not a field of the manifest; did you mean `namePrefix`?",
            "kustomization.yaml:2:1 TN010 `resource` is not a field of the manifest; did you mean `resources`?"
        ]
    );
}

/// A name is corrected only where the value has the form of the field that was meant.
#[test]
fn a_fix_keeps_the_form_of_the_value() {
    let run = "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: a}\nspec:\n  pipelineRef: {name: a}\n  ";
    let timeout = format!("{run}timeout: 1h0m0s\n");
    assert_eq!(fixed(&timeout), timeout);
    assert_eq!(
        fixed(&format!("{run}timeout: {{pipeline: 1h}}\n")),
        format!("{run}timeouts: {{pipeline: 1h}}\n")
    );
    let task = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: a}\nspec:\n  steps: [{image: example.com/a:1, ";
    assert_eq!(fixed(&format!("{task}workingdir: /a}}]\n")), format!("{task}workingDir: /a}}]\n"));
}
