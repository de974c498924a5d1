//! Any bytes are checked, without a panic, a hang or much memory; what is then fixed is still sound.

#![no_main]

use libfuzzer_sys::fuzz_target;
use treenail::check::{self, FileContent, Files};

/// What a kustomization may patch.
const APP: &[u8] = b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec: {template: {spec: {containers: [{name: app}]}}}\n";

fuzz_target!(|bytes: &[u8]| {
    // As a manifest, and as what decides about others.
    for path in ["deploy/manifest.yaml", "deploy/kustomization.yaml", "deploy/data.json"] {
        let mut files = Files::below([""]);
        files.insert(path, FileContent::Bytes(bytes.to_vec()));
        files.insert("deploy/app.yaml", FileContent::Bytes(APP.to_vec()));
        files.expect(path);
        let findings = check::run(&files).findings;
        for finding in &findings {
            assert!(finding.start.line >= 1 && finding.start <= finding.end, "{finding:?}");
        }
    }
});
