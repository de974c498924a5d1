//! A `kubectl` that answers from files in the folder `cluster` of a home.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::run::Run;
use crate::daily::shop::Shop;

/// Puts a `kubectl` into the folder `bin` that answers as the script `kubectl` of the tests in `module`.
pub fn put(shop: &Shop, module: &str) {
    let script = |module: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(module).join("kubectl");
        fs::read_to_string(path).unwrap()
    };
    let script = script("daily") + &script(module);
    shop.hook("bin", "kubectl", script.strip_prefix("#!/bin/sh\n").unwrap());
}

/// Has a command find that `kubectl` and its cluster.
pub fn reach<'s>(shop: &'s Shop, run: Run<'s>) -> Run<'s> {
    let binary = Path::new(env!("CARGO_BIN_EXE_treenail")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{}:{path}", shop.home.path("bin").display(), binary.display());
    run.with("PATH", &path).with("CLUSTER", &shop.home.path("cluster").display().to_string())
}

/// The configuration with the contexts `kind-acme`, which is the current one, and `live`.
pub fn config() -> Value {
    let contexts = ["kind-acme", "live"].map(|name| json!({ "name": name, "context": { "cluster": name } }));
    let servers = [("kind-acme", "https://127.0.0.1:6443"), ("live", "https://k8s.example.com")];
    let clusters = servers.map(|(name, server)| json!({ "name": name, "cluster": { "server": server } }));
    json!({ "current-context": "kind-acme", "contexts": contexts, "clusters": clusters })
}

/// What the `kubectl` was asked.
pub fn asked(shop: &Shop) -> Vec<String> {
    let words = fs::read_to_string(shop.home.path("cluster/arguments")).unwrap_or_default();
    words.lines().map(str::to_owned).collect()
}
