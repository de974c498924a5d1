//! `treenail check`: which files it looks at, what it prints, and how it ends.

use crate::common::home::Home;

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\n";

/// A repository in which most kinds of things are wrong.
fn faulty() -> Home {
    let home = Home::new();
    home.repository("shop");
    home.write("shop/deploy/kustomization.yaml", "resources:\n- config.yaml\n- gone.yaml\n- ../base\n");
    let map = MAP.replace("v1", "example.com/v1");
    home.write("shop/deploy/config.yaml", format!("{map}  labels:\n    größe: on\n    größe: 'off'\n"));
    home.write("shop/deploy/broken.json", "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": [\n}\n");
    home.write("shop/values.yaml", "on: no\non: yes\n");
    home
}

#[test]
fn findings() {
    faulty().treenail("check").inside("shop").run().ends_with(8).snapshot("check");
}

#[test]
fn findings_in_colour() {
    let home = faulty();
    home.treenail("check --color always deploy/config.yaml")
        .inside("shop")
        .run()
        .ends_with(8)
        .snapshot("check-color");
}

#[test]
fn nothing_found() {
    let home = Home::new();
    home.write("config.yaml", MAP);
    home.treenail("check").run().ends_with(0).snapshot("check-clean");
    assert_eq!(home.treenail("check --quiet").run().ends_with(0).stderr, "");
}

#[test]
fn what_was_generated_is_sound() {
    let home = Home::new();
    let arguments = "new shop --defaults --source-repo https://github.com/acme/shop.git \
                     --manifest-repo https://github.com/acme/shop-gitops.git --image ghcr.io/acme/shop";
    home.treenail(arguments).run().ends_with(0);
    // Notes remain: what would be better still is for the user to choose.
    home.treenail("check --strict").inside("shop").run().ends_with(0);
}

/// The recipe that most teams begin with, in which most of what can go wrong does.
#[test]
fn the_popular_recipe() {
    let home = Home::new();
    home.repository("shop");
    for file in ["app/pod", "app/trigger", "argocd/application", "tekton/access", "tekton/buildah-build"]
        .into_iter()
        .chain(["tekton/commit-back", "tekton/kubernetes-deploy", "tekton/pipeline"])
    {
        let from = format!("{}/tests/fixtures/article/{file}.yaml", env!("CARGO_MANIFEST_DIR"));
        home.write(&format!("shop/{file}.yaml"), std::fs::read(from).unwrap());
    }
    home.treenail("check").inside("shop").run().ends_with(8).snapshot("check-popular-recipe");
}

#[test]
fn warnings_count_where_that_is_asked_for() {
    let home = Home::new();
    home.write("config.yaml", format!("{MAP}data:\n  on: a\n"));
    home.treenail("check").run().ends_with(0);
    home.treenail("check --strict").run().ends_with(8).snapshot("check-strict");
}

#[test]
fn the_whole_repository_is_checked_from_anywhere_in_it() {
    let home = faulty();
    home.write("shop/docs/notes.txt", "");
    let below = home.treenail("check").inside("shop/docs").run().ends_with(8);
    assert_eq!(below.stdout, home.treenail("check").inside("shop").run().stdout);
}

#[test]
fn only_what_is_named_is_checked() {
    let home = faulty();
    let named = home.treenail("check shop/deploy/broken.json").run().ends_with(8);
    assert!(named.stdout.lines().filter(|line| line.contains("error[")).count() == 1, "{}", named.stdout);
    // What it uses is looked for, wherever that is.
    let folder = home.treenail("check deploy").inside("shop").run().ends_with(8);
    assert!(folder.stdout.contains("`../base` in `resources` is neither"), "{}", folder.stdout);
    // What is named has to be a manifest, whatever it is called.
    home.write("shop/broken.tmpl", "a: [\n");
    home.treenail("check shop/broken.tmpl").run().ends_with(8);
}

#[test]
fn what_git_ignores_is_left_out() {
    let home = Home::new();
    home.repository("shop");
    let broken = format!("{MAP}data: [\n");
    home.write("shop/.gitignore", "out/\n/local.yaml\n");
    for path in ["out/a.yaml", "local.yaml", ".git/a.yaml"] {
        home.write(&format!("shop/{path}"), &broken);
    }
    home.treenail("check").inside("shop").run().ends_with(0);
    home.treenail("check local.yaml").inside("shop").run().ends_with(8);
    home.git("shop", "add --force local.yaml");
    home.treenail("check").inside("shop").run().ends_with(8);
}

#[test]
fn links_out_of_the_checked_folder_are_not_followed() {
    let home = Home::new();
    home.write("elsewhere/config.yaml", format!("{MAP}data: [\n"));
    home.write("shop/kustomization.yaml", "resources:\n- linked/config.yaml\n");
    std::os::unix::fs::symlink(home.path("elsewhere"), home.path("shop/linked")).unwrap();
    std::os::unix::fs::symlink(home.path("shop"), home.path("shop/loop")).unwrap();
    home.treenail("check shop").run().ends_with(0);
}

#[test]
fn paths_that_are_not_there() {
    Home::new().treenail("check nowhere gone.yaml").run().ends_with(2).snapshot("check-no-path");
}

#[test]
fn the_versions_of_the_known_kinds_are_named() {
    let home = Home::new();
    let lines = home.treenail("check --versions").run().ends_with(0).stdout;
    for start in ["Argo CD           github.com/argoproj/argo-cd/v3 v3.", "Kubernetes        k8s.io/api v"] {
        assert!(lines.lines().any(|line| line.starts_with(start)), "{lines}");
    }
    home.treenail("check --versions config.yaml").run().ends_with(2);
}

#[test]
fn formats_for_programs() {
    let home = faulty();
    for (format, snapshot) in [("json", "check-json"), ("github", "check-github"), ("junit", "check-junit")] {
        let check = format!("check --format {format}");
        home.treenail(&check).inside("shop").run().ends_with(8).snapshot(snapshot);
    }
    let json = home.treenail("check --json").inside("shop").run();
    assert_eq!(json.stdout, home.treenail("check --format json").inside("shop").run().stdout);
}

#[test]
fn what_is_left_out_is_reported() {
    let home = faulty();
    home.write("shop/.treenail/answers.yaml", "ignore:\n- TN001 deploy/*.json\n- TN21\n");
    let thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n";
    home.write("shop/a.yaml", format!("{thing}data:\n  a: on # treenail: allow TN003\n  b: off\n"));
    home.treenail("check").inside("shop").run().ends_with(8).snapshot("check-left-out");
    // The list counts wherever one stands, and whatever is named.
    let named = home.treenail("check broken.json").inside("shop/deploy").run().ends_with(0);
    assert!(named.stderr.ends_with("(1 ignored by `.treenail`)\n"), "{}", named.stderr);
}

#[test]
fn only_some_findings() {
    let home = faulty();
    let codes = |arguments: &str| {
        let run = home.treenail(&format!("check --format github {arguments}")).inside("shop").run();
        let codes = run.stdout.lines().map(|line| line.split("title=").nth(1).unwrap()[..5].to_owned());
        (run.code, codes.collect::<Vec<_>>().join(" "))
    };
    assert_eq!(codes(""), (8, "TN001 TN003 TN002 TN021 TN021".to_owned()));
    assert_eq!(codes("--severity error"), (8, "TN001 TN002 TN021 TN021".to_owned()));
    assert_eq!(codes("--only tn003,TN001"), (8, "TN001 TN003".to_owned()));
    assert_eq!(codes("--only TN003"), (0, "TN003".to_owned()));
    assert_eq!(codes("--only TN003 --strict"), (8, "TN003".to_owned()));
    assert_eq!(codes("--ignore TN001,TN002 --ignore TN021"), (0, "TN003".to_owned()));
}

#[test]
fn flags_that_make_no_sense() {
    let home = faulty();
    home.treenail("check --only TN3,TN003 --ignore quotes").run().ends_with(2).snapshot("check-no-rule");
    home.treenail("check --strict --severity error").run().ends_with(2).snapshot("check-strict-error");
    for arguments in ["--dry-run", "--json --format sarif", "--fix --dry-run --json"] {
        home.treenail(&format!("check {arguments}")).run().ends_with(2);
    }
    home.treenail("check --help").run().ends_with(0).snapshot("check-help");
}

#[test]
fn the_commit_that_suppressions_are_from_has_to_exist() {
    let home = faulty();
    home.treenail("check --ignore-from gone").inside("shop").run().ends_with(2).snapshot("check-ignore-from");
    home.treenail("check --ignore-from HEAD --no-ignore").inside("shop").run().ends_with(2);
    home.write("elsewhere/a.yaml", MAP);
    home.treenail("check --ignore-from HEAD").inside("elsewhere").run().ends_with(5);
}

/// Whoever opens a pipe waits for its writer, and there is none.
#[test]
fn a_pipe_is_not_waited_for() {
    let home = Home::new();
    home.repository("shop");
    let made = home.command("mkfifo").arg(home.path("shop/pipe.yaml")).status().unwrap();
    assert!(made.success());
    home.treenail("check").inside("shop").run().ends_with(0);
}

/// Neither what is in a file nor what it is called reaches the terminal as a command.
#[test]
fn control_characters_are_not_passed_on() {
    let home = Home::new();
    home.repository("shop");
    home.write("shop/a\nb\u{1b}[31m.yaml", "apiVersion: v1\nkind: \"\\e[31mPood\"\nmetadata: {name: a}\n");
    let outcome = home.treenail("check --color never").inside("shop").run().ends_with(8);
    assert!(outcome.stdout.contains("a·b·[31m.yaml:2:"), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains('\u{1b}'), "{}", outcome.stdout);
}
