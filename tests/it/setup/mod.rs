//! `treenail setup` with a `kubectl` that keeps a cluster in files, and notes what it is asked.
#![cfg(unix)]

mod conversation;
mod secrets;
mod steps;

use std::fs;

use serde_json::{Value, json};

use crate::cli::run::Run;
use crate::daily::kubectl;
use crate::daily::shop::Shop;

/// Values of every Secret that is required; no server is asked, so no repository is public.
const VALUES: &str = "--secret git-push.username=env:BOT --secret git-push.password=env:TOKEN \
                      --secret registry-push.username=env:BOT --secret registry-push.password=env:TOKEN \
                      --secret shop-delivery-repo.username=env:BOT --secret shop-delivery-repo.password=env:TOKEN \
                      --secret git-source.username=env:BOT --secret git-source.password=env:TOKEN";

const TOKEN: &str = "not-in-any-argument";

/// A service, and a cluster with Argo CD and Tekton.
pub struct Cluster {
    pub shop: Shop,
}

impl Cluster {
    pub fn new() -> Self {
        Self::of(Shop::new())
    }

    pub fn of(shop: Shop) -> Self {
        kubectl::put(&shop, "setup");
        for folder in ["namespaces", "secrets"] {
            fs::create_dir_all(shop.home.path(&format!("cluster/{folder}"))).unwrap();
        }
        let cluster = Self { shop };
        cluster.write("config", &kubectl::config().to_string());
        cluster.write("apis", "/apis/argoproj.io/v1alpha1\n/apis/tekton.dev/v1\n");
        cluster.write("namespaces/argocd", "");
        cluster.write("applications", &applications("OutOfSync", "Missing", "").to_string());
        cluster.write("synced", &applications("Synced", "Healthy", "").to_string());
        cluster
    }

    pub fn write(&self, path: &str, content: &str) {
        self.shop.home.write(&format!("cluster/{path}"), content);
    }

    /// A file of the cluster; empty if it does not exist.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.shop.home.path(&format!("cluster/{path}"))).unwrap_or_default()
    }

    /// What `kubectl` was asked to change.
    pub fn changes(&self) -> Vec<String> {
        let is_change = |line: &&String| {
            ["apply", "create", "replace", "annotate"]
                .iter()
                .any(|verb| line.split(' ').any(|word| word == *verb))
        };
        let asked = kubectl::asked(&self.shop);
        asked.iter().filter(is_change).map(|line| self.shop.home.normalised(line)).collect()
    }

    pub fn secret(&self, name: &str) -> Value {
        let text = self.read(&format!("secrets/{name}"));
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
    }

    /// `treenail setup` with `arguments`.
    pub fn setup(&self, arguments: &str) -> Run<'_> {
        self.run(&format!("setup {arguments}"))
    }

    fn run(&self, arguments: &str) -> Run<'_> {
        let run = kubectl::reach(&self.shop, self.shop.treenail(arguments));
        let run = run.with("BOT", "bot").with("TOKEN", TOKEN);
        // Nothing on the network is asked.
        run.with("GIT_ALLOW_PROTOCOL", "file")
    }
}

/// The three Applications.
fn applications(sync: &str, health: &str, complaint: &str) -> Value {
    let items = ["shop-delivery", "shop-staging", "shop-production"].map(|name| {
        let mut status = json!({ "sync": { "status": sync }, "health": { "status": health } });
        if !complaint.is_empty() {
            status["conditions"] = json!([{ "type": "ComparisonError", "message": complaint }]);
        }
        json!({ "kind": "Application", "metadata": { "name": name }, "status": status })
    });
    json!({ "kind": "List", "items": items })
}
