//! What a linter for shell scripts says about the generated ones.

use std::fs;

use crate::common::programs;
use crate::common::rendered::Repository;
use crate::scripts::manifests::Task;

#[test]
fn shellcheck_has_nothing_to_complain_about() {
    let Some(shellcheck) = programs::find_or_notice("shellcheck", "the scripts' style") else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let repository = Repository::service(&[], "");
    let tasks = ["clone-repo", "build-image", "push-image", "deploy-app", "report"];
    let scripts = tasks.map(|task| (task, Task::of(&repository, task).script().to_owned()));
    let trigger = ("trigger", repository.text("delivery/release/trigger.sh").to_owned());
    let hook = repository.yaml("delivery/release/sync-failed.yaml");
    let hook =
        hook["spec"]["template"]["spec"]["containers"][0]["args"][0].as_str().expect("a script").to_owned();
    for (name, script) in scripts.into_iter().chain([trigger, ("sync-failed", hook)]) {
        let path = folder.path().join(name);
        fs::write(&path, script).expect("it can be written");
        let mut command = programs::command(&shellcheck, folder.path());
        // SC2016: the credential helper is to be expanded by the shell that Git starts, not by this one.
        let output = command.args(["--shell=sh", "--exclude=SC2016"]).arg(path).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
