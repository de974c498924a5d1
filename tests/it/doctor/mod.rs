//! `treenail doctor` with a `kubectl` that reads a cluster from files: each check with its fault and without, and what is
//! said where somebody may not look.
#![cfg(unix)]

mod clusters;
mod faults;
mod report;

use std::fs;

use serde_json::{Value, json};

use crate::cli::run::Run;
use crate::daily::kubectl;
use crate::daily::shop::{MANIFESTS, Shop};

/// A service, and a cluster that has nothing wrong.
pub struct Cluster {
    pub shop: Shop,
}

impl Cluster {
    pub fn new() -> Self {
        Self::of(Shop::new())
    }

    pub fn of(shop: Shop) -> Self {
        kubectl::put(&shop, "doctor");
        // Whoever has a `gh` is not to be asked.
        shop.hook("bin", "gh", "[ -e \"$CLUSTER/protected\" ] && cat \"$CLUSTER/protected\"");
        let cluster = Self { shop };
        cluster.heal();
        cluster
    }

    /// Puts everything right.
    pub fn heal(&self) {
        let _ = fs::remove_dir_all(self.shop.home.path("cluster"));
        for folder in ["forbidden", "raw"] {
            fs::create_dir_all(self.shop.home.path(&format!("cluster/{folder}"))).unwrap();
        }
        for (path, content) in clusters::fine() {
            self.set(path, &content);
        }
        self.set("applied", &clusters::list(self.applied()));
        self.write("secrets.argocd", "shop-delivery-repo Opaque type url username password\n");
        self.write(
            "secrets.shop-delivery",
            "git-push kubernetes.io/basic-auth password username\n\
             registry-push kubernetes.io/dockerconfigjson .dockerconfigjson\n\
             git-source kubernetes.io/basic-auth password username\n",
        );
    }

    /// What is applied of the folder `argocd`, with the state of each Application.
    pub fn applied(&self) -> Vec<Value> {
        let mut objects = Vec::new();
        let limits = ["namespace", "disk", "network-policy", "quota", "service-accounts", "trigger-role"];
        let limits = limits.map(|file| format!("namespaces/delivery/{file}"));
        let others =
            ["projects", "delivery", "staging", "production", "namespaces/staging", "namespaces/production"];
        for file in others.map(str::to_owned).into_iter().chain(limits) {
            let path = self.shop.home.path(&format!("{MANIFESTS}/argocd/{file}.yaml"));
            let text = fs::read_to_string(path).unwrap();
            for document in treenail::yaml::documents(&text).unwrap() {
                let mut object: Value = serde_json::to_value(document).unwrap();
                // As the kustomization there says.
                if file.starts_with("namespaces/delivery/") && object["kind"] != "Namespace" {
                    object["metadata"]["namespace"] = json!("shop-delivery");
                }
                if object["kind"] == "Application" {
                    object["status"] =
                        json!({ "sync": { "status": "Synced" }, "health": { "status": "Healthy" } });
                }
                objects.push(object);
            }
        }
        objects
    }

    /// Changes what is applied.
    pub fn change_applied(&self, change: impl Fn(&mut Value)) {
        let mut objects = self.applied();
        objects.iter_mut().for_each(change);
        self.set("applied", &clusters::list(objects));
    }

    pub fn set(&self, path: &str, content: &Value) {
        self.write(path, &content.to_string());
    }

    /// Changes a file that holds JSON.
    pub fn change(&self, path: &str, change: impl FnOnce(&mut Value)) {
        let text = fs::read_to_string(self.shop.home.path(&format!("cluster/{path}"))).unwrap();
        let mut content = serde_json::from_str(&text).unwrap();
        change(&mut content);
        self.set(path, &content);
    }

    pub fn write(&self, path: &str, content: &str) {
        self.shop.home.write(&format!("cluster/{path}"), content);
    }

    /// Has the server say that somebody may not see a resource.
    pub fn forbid(&self, path: &str, resource: &str) {
        let said = format!(
            "Error from server (Forbidden): {resource} is forbidden: User \"dev\" cannot list resource \"{resource}\" in API group \"\" at the cluster scope\n"
        );
        self.write(&format!("forbidden/{path}"), &said);
    }

    /// `treenail doctor` with `arguments`.
    pub fn doctor(&self, arguments: &str) -> Run<'_> {
        let run = kubectl::reach(&self.shop, self.shop.treenail(&format!("doctor {arguments}")));
        run.with("GIT_ALLOW_PROTOCOL", "file")
    }

    /// What a single check comes to.
    #[track_caller]
    pub fn diagnose(&self, name: &str) -> Value {
        let output = self.doctor(&format!("--json --only {name}")).run();
        let found: Value = serde_json::from_str(&output.stdout)
            .unwrap_or_else(|why| panic!("{name}: {why}\n{}{}", output.stdout, output.stderr));
        let check = found["checks"][0].clone();
        assert_eq!(check["name"], name);
        assert_eq!(output.code == 8, check["state"] == "error", "{check:#}");
        check
    }
}
