//! The questions of the built-in scaffold are flags of `upgrade` too.

use crate::upgrade::project::{Project, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const URL: &str = "https://github.com/acme/shop.git";

fn built_in() -> Project {
    let project = Project::empty();
    project.treenail(&format!("new shop --defaults --source-repo {URL}")).ends_with(0);
    project
}

#[test]
#[ignore = "takes long"]
fn a_flag_changes_an_answer() {
    let project = built_in();
    let outcome = project.treenail("upgrade shop --port 9090 --environments dev,live").ends_with(0);
    outcome.prints("  port: 8080 -> 9090\n");
    assert!(project.read(".treenail/answers.yaml").contains("  port: flag\n"));
    assert!(project.is_there("deploy/overlays/live/kustomization.yaml"));
    project.assert_clean();
}

#[test]
fn the_question_that_is_called_like_an_option_is_left_to_set() {
    let project = built_in();
    project.treenail("upgrade shop --set branch=release").ends_with(0).prints("branch: trunk -> release");
    assert!(project.read("argocd/delivery.yaml").contains("targetRevision: release\n"));
    let before = project.files();
    let refused = project.treenail("upgrade shop --set branch=a..b").ends_with(4);
    refused.says("`branch`: ").says("--set branch=");
    assert_unchanged(&before, &project.files());
}

#[test]
fn what_is_wrong_with_a_flag_is_said_of_the_flag() {
    let project = built_in();
    let before = project.everything();
    let refused = project.treenail("upgrade shop --port 99999 --app Nope").ends_with(4);
    refused.says("--port: `99999` is more than `65535`").says("--app: ").says("for example: --app ");
    project.treenail("upgrade shop --port 80 --set port=81").ends_with(2).says("by --port and by --set");
    assert_unchanged(&before, &project.everything());
}

#[test]
fn other_scaffolds_have_no_flags() {
    let project = Project::of(&Scaffold::new("1.0.0").file("a.txt", "a\n"));
    let refused = project.refused("--port 80", 4);
    refused.says("`port`: scaffold `web` has no question `port`");
    project.refused("--app Nope", 4).says("`app`: ").says("for example: --set app=");
}
