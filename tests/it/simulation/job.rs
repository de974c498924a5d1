//! The pod of a Job: its first container, with the variables and files that maps in the cluster give it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::simulation::cluster::Cluster;
use crate::simulation::machine::Call;
use crate::simulation::render::Manifest;

/// What the pod runs.
pub fn call(job: &Manifest, cluster: &Cluster) -> Call {
    let pod = job.at("/spec/template/spec");
    let container = &pod["containers"][0];
    let map = |name: &Value| {
        let map = cluster.find("ConfigMap", &job.key.1, name.as_str().expect("a map has a name"));
        map.unwrap_or_else(|| panic!("there is no map {name} for {}", job.key.2))
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();

    let mut variables = BTreeMap::new();
    for variable in list(&container["env"]) {
        let reference = &variable["valueFrom"]["configMapKeyRef"];
        let value = if reference.is_object() {
            map(&reference["name"]).at("/data")[text(&reference["key"])].clone()
        } else {
            variable["value"].clone()
        };
        variables.insert(text(&variable["name"]), text(&value));
    }
    let mut files = BTreeMap::new();
    for mount in list(&container["volumeMounts"]) {
        let volumes = list(&pod["volumes"]);
        let volume = volumes.iter().find(|volume| volume["name"] == mount["name"]).expect("it is mounted");
        if volume["configMap"].is_object() {
            let data = map(&volume["configMap"]["name"]).at("/data");
            for (key, content) in data.as_object().into_iter().flatten() {
                files.insert(format!("{}/{key}", text(&mount["mountPath"])), text(content));
            }
        }
    }
    let command = [list(&container["command"]), list(&container["args"])].concat();
    let arguments = command.iter().skip(1).map(text).collect();
    Call { arguments, variables, files, ..Call::default() }
}

/// Whether the policy of the Job fails it at a Pod that ends with this exit code.
pub fn gives_up(job: &Manifest, code: Option<i32>) -> bool {
    let rules = job.at("/spec/podFailurePolicy/rules").as_array().cloned().unwrap_or_default();
    rules.iter().filter(|rule| rule["action"] == "FailJob").any(|rule| {
        let on = &rule["onExitCodes"];
        assert!(on["operator"] == "In" || on.is_null(), "the simulation knows no other operator: {rule}");
        code.is_some_and(|code| on["values"].as_array().into_iter().flatten().any(|value| value == code))
    })
}
