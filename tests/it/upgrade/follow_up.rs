//! Answers that Git has as well: the report says what to do there.

use crate::upgrade::project::Project;
use crate::upgrade::scaffold::Scaffold;

const OLD: &str = "https://github.com/acme/old.git";
const NEW: &str = "https://github.com/acme/new.git";

fn built_in() -> Project {
    let project = Project::empty();
    project.git(&format!("remote add origin {OLD}"));
    project.treenail(&format!("new shop/services --defaults --source-repo {NEW} --app shop")).ends_with(0);
    project
}

/// The steps of a dry run.
fn steps(project: &Project, arguments: &str) -> Vec<String> {
    let json = project.treenail(&format!("upgrade shop/services --dry-run --json {arguments}")).ends_with(0);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    json["steps"].as_array().unwrap().iter().map(|step| step.as_str().unwrap().to_owned()).collect()
}

#[test]
#[ignore = "takes long"]
fn a_branch_with_another_name() {
    let project = built_in();
    let expected = [
        "rename the branch: `git branch -m trunk release/1`",
        "push it: `git push -u origin release/1`",
        "apply the Applications again, whose `targetRevision` changes; nobody else does: \
         `kubectl apply -k services/argocd`",
    ];
    assert_eq!(steps(&project, "--set branch=release/1"), expected);
    let outcome = project.treenail("upgrade shop/services --set branch=release/1").ends_with(0);
    outcome.prints(&format!("what is left for you to do\n  {}\n", expected.join("\n  ")));
    project.git("branch -m trunk release/1");
    assert!(steps(&project, "--port 81").is_empty());
}

#[test]
fn a_branch_that_was_renamed_before() {
    let project = built_in();
    project.git("branch -m trunk main");
    assert_eq!(steps(&project, "--set branch=main")[0], "push it: `git push -u origin main`");
}

#[test]
#[ignore = "takes long"]
fn another_repository() {
    let project = built_in();
    let access = "let Argo CD read the new repository, and the pipeline push to it";
    let steps_of = || steps(&project, &format!("--manifest-repo {NEW}"));
    let point = format!("point Git to the new repository: `git remote set-url origin {NEW}`");
    assert_eq!(steps_of()[..3], [&*point, access, "push it: `git push -u origin trunk`"]);
    assert!(steps_of()[3].contains("whose `repoURL` changes"));
    project.git(&format!("remote set-url origin {NEW}"));
    assert_eq!(steps_of()[..2], [access, "push it: `git push -u origin trunk`"]);
    project.git("remote remove origin");
    assert_eq!(steps_of()[0], format!("name the new repository to Git: `git remote add origin {NEW}`"));
    let both = steps(&project, &format!("--manifest-repo {NEW} --set branch=main"));
    assert_eq!(
        both[2..4],
        ["rename the branch: `git branch -m trunk main`", "push it: `git push -u origin main`"]
    );
    assert!(both[4].contains("whose `repoURL` and `targetRevision` change; "), "{both:?}");
}

/// Edited by hand, with or without a commit of that.
#[test]
#[ignore = "takes long"]
fn answers_that_were_edited() {
    for commit in [false, true] {
        let project = built_in();
        project.home.write(
            "shop/services/.treenail/answers.yaml",
            project
                .home
                .read("shop/services/.treenail/answers.yaml")
                .replace("  branch: trunk\n", "  branch: main\n"),
        );
        if commit {
            project.commit();
        }
        assert_eq!(steps(&project, "")[0], "rename the branch: `git branch -m trunk main`");
    }
}

#[test]
fn a_scaffold_without_applications() {
    let scaffold = Scaffold::new("1.0.0").file("a.txt", "on [= branch =]\n");
    let scaffold = scaffold.question("branch", "branch", "  default: trunk\n");
    let project = Project::of(&scaffold);
    let outcome = project.upgrade("--set branch=release/2").ends_with(0);
    outcome.prints("`git branch -m trunk release/2`").prints("nobody else does\n");
}
