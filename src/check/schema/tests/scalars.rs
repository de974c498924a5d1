use super::*;

#[test]
fn numbers_and_booleans_are_no_strings() {
    let text = pod("env:\n- {name: A, value: 8080}\n- {name: B, value: yes}\n- {name: C, value: \"1\"}\n");
    assert_eq!(
        of(&text),
        [
            "8:24 TN011 `spec.containers[0].env[0].value` is a number; expected a string; put it in quotes: `\"8080\"`",
            "9:24 TN011 `spec.containers[0].env[1].value` is a boolean; expected a string; put it in quotes: `\"yes\"`"
        ]
    );
    assert_eq!(
        fixed(&text),
        pod("env:\n- {name: A, value: \"8080\"}\n- {name: B, value: \"yes\"}\n- {name: C, value: \"1\"}\n")
    );
}

#[test]
fn strings_are_no_numbers() {
    let text =
        pod("ports:\n- containerPort: '80'\n- containerPort: http\n- containerPort: 80.0\ntty: \"true\"\n");
    assert_eq!(
        of(&text),
        [
            "8:22 TN011 `spec.containers[0].ports[0].containerPort` is a string; expected a whole number; write it without quotes: `80`",
            "9:22 TN011 `spec.containers[0].ports[1].containerPort` is a string; expected a whole number",
            "11:10 TN011 `spec.containers[0].tty` is a string; expected `true` or `false`; write it without quotes: `true`"
        ]
    );
    assert!(fixed(&text).contains("containerPort: 80\n") && fixed(&text).contains("tty: true\n"));
}

#[test]
fn a_list_is_wanted_or_not() {
    assert_eq!(
        of(&pod("args: -v\nimage: [a]\nresources: []\n")),
        [
            "7:11 TN011 `spec.containers[0].args` is a string; expected a list; write it as a list item, with `- ` before it",
            "8:5 TN011 `spec.containers[0].image` is a list; expected a string",
            "9:5 TN011 `spec.containers[0].resources` is a list; expected a mapping"
        ]
    );
}

#[test]
fn ports_are_numbers_or_strings_and_quantities_both() {
    let probe = "livenessProbe: {httpGet: {port: http}}\nreadinessProbe: {httpGet: {port: 80}}\n";
    let resources = "resources: {limits: {cpu: 2, memory: 1Gi}, requests: {cpu: 0.5, memory: 1e3}}\n";
    assert_eq!(of(&pod(&format!("{probe}{resources}"))), NOTHING);
    assert_eq!(
        of(&pod("resources: {limits: {memory: 512MB, cpu: true}}\n")),
        [
            "7:34 TN017 `spec.containers[0].resources.limits.memory` is `512MB`, which is not a quantity; did you mean `512M`?",
            "7:46 TN011 `spec.containers[0].resources.limits.cpu` is a boolean; expected a quantity"
        ]
    );
}

#[test]
fn a_value_is_one_of_those_allowed() {
    let text = pod("imagePullPolicy: always\nterminationMessagePolicy: Logs\n");
    assert_eq!(
        of(&text),
        [
            "7:22 TN013 `spec.containers[0].imagePullPolicy` cannot be `always`; did you mean `Always`?",
            "8:31 TN013 `spec.containers[0].terminationMessagePolicy` cannot be `Logs`; it can be `FallbackToLogsOnError`, `File`"
        ]
    );
    assert_eq!(fixed(&text), pod("imagePullPolicy: Always\nterminationMessagePolicy: Logs\n"));
}

#[test]
fn base64_and_times_are_read() {
    assert_eq!(
        of("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {good: YQ==, bad: hunter2!}\n"),
        [
            "4:25 TN017 `data.bad` is not base64; a Secret takes plain text under `stringData`; under `data` it must be encoded"
        ]
    );
    assert_eq!(
        of("apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: a}\nspec: {timeout: 1d}\n"),
        [
            "4:17 TN017 `spec.timeout` is `1d`, which is not a duration; write numbers with the units `h`, `m` and `s`, such as `1h30m`"
        ]
    );
}

#[test]
fn placeholders_and_nulls_are_left_alone() {
    let text = "imagePullPolicy: ${POLICY}\nargs: $(params.args)\nenv:\nresources: {limits: {cpu: \"@CPU@\", memory: null}}\n";
    assert_eq!(of(&pod(text)), NOTHING);
}
