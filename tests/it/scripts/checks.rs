//! What a generated repository has a host run on pull requests: the steps of the workflow for GitHub and the jobs for GitLab,
//! run for real in a clone. `gh` is a stub that keeps comments in files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_yaml::Value;

use crate::common::home::Home;
use crate::common::rendered::parse;

const WORKFLOW: &str = "shop/.github/workflows/treenail.yml";
const JOBS: &str = "shop/.gitlab-ci.yml";
const MARK: &str = "<!-- treenail plan -->";

/// The comments of a pull request, one file each: `gh api` lists, replaces and adds them.
const GH: &str = r#"#!/bin/sh
for argument; do
  case $argument in
    body=@*) body=${argument#body=@} ;;
    repos/*) url=$argument ;;
    PATCH | POST) method=$argument ;;
  esac
done
echo "${method:-GET} $url" >> "$COMMENTS.log"
mkdir -p "$COMMENTS"
case ${method:-GET} in
  GET) ls "$COMMENTS" ;;
  POST) cp "$body" "$COMMENTS/7" ;;
  PATCH) cp "$body" "$COMMENTS/${url##*/}" ;;
esac
"#;

/// A repository with a commit on the branch `change`, which `edit` makes.
fn changed(arguments: &str, edit: impl FnOnce(&Home)) -> Home {
    let home = Home::new();
    let source = "--source-repo https://github.com/acme/shop.git --branch main";
    home.treenail(&format!("new shop --defaults {source} {arguments}")).run().ends_with(0);
    home.git("shop", "checkout -q -b change");
    edit(&home);
    home.git("shop", "commit -q -a -m change");
    home
}

fn other_port(home: &Home) {
    let path = "shop/deploy/base/service.yaml";
    home.write(path, home.read(path).replace("port: 80\n", "port: 9090\n"));
}

/// Runs a script as the host does, and returns its exit code with what it printed.
fn run(home: &Home, script: &str, variables: &[(&str, String)]) -> (Option<i32>, String) {
    let mut shell = home.command("sh");
    shell.args(["-e", "-c", script]).current_dir(home.path("shop"));
    shell.env("COMMENTS", home.path("comments")).env("RUNNER_TEMP", home.path("."));
    shell.env("GITHUB_STEP_SUMMARY", home.path("summary.md")).env("GITHUB_REPOSITORY", "acme/shop-gitops");
    let path = shell.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, path)| path);
    let path = format!("{}:{}", home.path("bin").display(), path.unwrap().to_str().unwrap());
    shell.env("PATH", path).envs(variables.iter().cloned());
    let output = shell.output().unwrap();
    let said =
        [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    (output.status.code(), said)
}

fn step(home: &Home, name: &str) -> Value {
    let workflow = parse(&home.read(WORKFLOW));
    let steps = workflow["jobs"]["treenail"]["steps"].as_sequence().unwrap();
    steps.iter().find(|step| step["name"] == name).unwrap().clone()
}

fn pull_request(home: &Home) -> [(&'static str, String); 3] {
    [
        ("BASE", home.git("shop", "rev-parse main")),
        ("HEAD", home.git("shop", "rev-parse change")),
        ("NUMBER", "5".to_owned()),
    ]
}

#[test]
fn github_checks_plans_and_keeps_one_comment() {
    let home = changed("", other_port);
    home.write("bin/gh", GH);
    fs::set_permissions(home.path("bin/gh"), fs::Permissions::from_mode(0o755)).unwrap();
    let script = |name: &str| step(&home, name)["run"].as_str().unwrap().to_owned();
    let (code, said) = run(&home, &script("Check"), &[]);
    assert_eq!(code, Some(0), "{said}");
    for round in ["9090", "7070"] {
        let (code, said) = run(&home, &script("Plan"), &pull_request(&home));
        assert_eq!(code, Some(0), "{said}");
        let (code, said) = run(&home, &script("Comment"), &pull_request(&home));
        assert_eq!(code, Some(0), "{said}");
        assert!(home.read("comments/7").starts_with(MARK) && home.read("comments/7").contains(round));
        let path = "shop/deploy/base/service.yaml";
        home.write(path, home.read(path).replace("9090", "7070"));
        home.git("shop", "commit -q --allow-empty -a -m more");
    }
    let calls = home.read("comments.log");
    let list = "GET repos/acme/shop-gitops/issues/5/comments";
    let wanted = format!(
        "{list}\nPOST repos/acme/shop-gitops/issues/5/comments\n\
         {list}\nPATCH repos/acme/shop-gitops/issues/comments/7\n"
    );
    assert_eq!(calls, wanted);
    assert!(home.read("summary.md").starts_with(MARK));
}

#[test]
fn github_shows_a_mistake_and_the_plan_all_the_same() {
    let home = changed("", |home| {
        let path = "shop/deploy/base/deployment.yaml";
        home.write(path, home.read(path).replace("serviceAccountName", "serviceAcountName"));
    });
    let (code, said) = run(&home, step(&home, "Check")["run"].as_str().unwrap(), &[]);
    assert_eq!(code, Some(8), "{said}");
    assert!(said.contains("::error file=deploy/base/deployment.yaml,line="), "{said}");
    let plan = step(&home, "Plan");
    assert_eq!(plan["if"], "${{ success() || steps.check.outcome == 'failure' }}");
    let (code, said) = run(&home, plan["run"].as_str().unwrap(), &pull_request(&home));
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn github_gets_no_more_than_it_needs() {
    let own = changed("", other_port);
    let built = changed(
        "--treenail-repo https://git.example.com/tools/treenail.git --treenail-revision v1.2.3",
        other_port,
    );
    for (home, runner) in [(&own, "${{ vars.TREENAIL_RUNNER }}"), (&built, "ubuntu-24.04")] {
        let text = home.read(WORKFLOW);
        let workflow = parse(&text);
        assert_eq!(workflow["on"], "pull_request");
        let rights: Vec<_> = workflow["permissions"].as_mapping().unwrap().iter().collect();
        assert_eq!(rights.len(), 2);
        assert_eq!(workflow["permissions"]["contents"], "read");
        assert_eq!(workflow["permissions"]["pull-requests"], "write");
        let job = &workflow["jobs"]["treenail"];
        assert_eq!(job["runs-on"], runner);
        assert_eq!(job.get("if").is_some(), runner.contains("vars"));
        let steps = job["steps"].as_sequence().unwrap();
        assert_eq!(steps[0]["with"]["persist-credentials"], false);
        // Nothing of the pull request becomes part of a script, and the token reaches one step.
        for step in steps {
            assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{step:?}");
        }
        assert_eq!(text.matches("github.token").count(), 1);
    }
    // A tag is no branch: what is built is named by the answer.
    let environment = &parse(&built.read(WORKFLOW))["jobs"]["treenail"]["env"];
    assert_eq!(environment["TREENAIL_REVISION"], "v1.2.3");
}

#[test]
fn gitlab_checks_and_plans() {
    let home = changed("--manifest-repo https://gitlab.com/acme/shop.git", other_port);
    let jobs = parse(&home.read(JOBS));
    let [base, head, _] = pull_request(&home);
    let variables = [("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.1), ("CI_COMMIT_SHA", head.1)];
    for job in ["treenail-check", "treenail-plan"] {
        for line in jobs[job]["script"].as_sequence().unwrap() {
            let (code, said) = run(&home, line.as_str().unwrap(), &variables);
            assert_eq!(code, Some(0), "{said}");
        }
    }
    assert!(home.read("shop/plan.md").starts_with(MARK));
    assert!(home.read("shop/treenail.xml").contains("<testsuite"));
    // Only merge requests start jobs, and the token reaches one that clones nothing.
    for (job, of_job) in jobs.as_mapping().unwrap() {
        for rule in of_job["rules"].as_sequence().into_iter().flatten() {
            let condition = rule["if"].as_str().unwrap();
            assert!(condition.starts_with("$CI_PIPELINE_SOURCE == \"merge_request_event\""), "{condition}");
            assert_eq!(condition.contains("$TREENAIL_TOKEN"), job == "treenail-note");
        }
    }
    assert_eq!(jobs["treenail-note"]["variables"]["GIT_STRATEGY"], "none");
}

/// What Renovate changes are the answers and the manifests alike, which an upgrade takes for what it is.
#[test]
fn an_upgrade_is_quiet_after_renovate() {
    let home = changed("--image-updates renovate", other_port);
    let delivery =
        ["pipeline/build-image", "pipeline/push-image"].map(|name| format!("shop/delivery/{name}.yaml"));
    for path in ["shop/.treenail/answers.yaml".to_owned()].iter().chain(&delivery) {
        let newer =
            home.read(path).replace("-image: quay.io/buildah/stable:v", "-image: quay.io/buildah/stable:v9");
        home.write(
            path,
            newer.replace(" image: quay.io/buildah/stable:v", " image: quay.io/buildah/stable:v9"),
        );
    }
    home.git("shop", "commit -q -a -m images");
    home.treenail("check shop --strict").run().ends_with(0);
    let report = home.treenail("upgrade shop --yes").run().ends_with(0).stdout;
    assert!(report.contains("updated  README.md") && !report.contains("delivery/"), "{report}");
    let report = home.treenail("upgrade shop --yes").run().ends_with(0).stderr;
    assert!(report.contains("nothing to do"), "{report}");
}
