//! Seeded files: they follow the scaffold until somebody edits them, and then the report says what they miss.

use serde_json::{Value, json};

use crate::upgrade::project::{Outcome, Project, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const SEED: &str = "# Nothing yet.\nRELEASE=none\n";

fn v1() -> Scaffold {
    Scaffold::new("1.0.0").file("a.txt", "a\n").seeded("release.env", SEED)
}

fn v2() -> Scaffold {
    v1().version("2.0.0").seeded("release.env", "# Nothing yet.\nRELEASE=unknown\nMORE=1\n")
}

fn json_of(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn an_untouched_file_changes_moves_and_goes_with_the_scaffold() {
    let project = Project::of(&v1());
    project.treenail("status shop --scaffold scaffold").prints("2 files unchanged\n");
    project.upgrade_to(&v2()).prints("updated  release.env  (changed by the scaffold, not by you)");
    assert_eq!(project.read("release.env"), "# Nothing yet.\nRELEASE=unknown\nMORE=1\n");
    let v3 = v1().without("release.env").version("3.0.0").seeded("release/now.env", "RELEASE=3\n");
    project
        .upgrade_to(&v3.clone().moves("release.env", "release/now.env"))
        .prints("release.env -> release/now.env");
    assert_eq!(project.read("release/now.env"), "RELEASE=3\n");
    let outcome = project.upgrade_to(&v3.version("4.0.0").without("release/now.env"));
    assert!(!project.is_there("release") && !outcome.stderr.contains("seeded"), "{}", outcome.stderr);
}

#[test]
fn an_edited_file_stays_and_is_named_with_what_it_misses() {
    let project = Project::of(&v1());
    project.edit("release.env", "RELEASE=abc\n");
    project.offer(&v2());
    let shown = "seeded files that stay as they are\n  release.env: you edited it, and the scaffold changed it\n    \
                 @@ -1,2 +1,3 @@\n     # Nothing yet.\n    -RELEASE=none\n    +RELEASE=unknown\n    +MORE=1\n";
    project.upgrade("--dry-run").ends_with(0).prints(shown).prints("  copy these changes");
    let stale = &json_of(&project.upgrade("--dry-run --json").ends_with(0))["stale"];
    let diff = "@@ -1,2 +1,3 @@\n # Nothing yet.\n-RELEASE=none\n+RELEASE=unknown\n+MORE=1\n";
    let why = "you edited it, and the scaffold changed it";
    assert_eq!(*stale, json!([{ "path": "release.env", "why": why, "diff": diff }]));
    let diff = project.treenail("diff shop --upgrade --json --scaffold scaffold").ends_with(0);
    assert_eq!(json_of(&diff)["stale"], json!([{ "path": "release.env", "why": why }]));
    diff.says(&format!("stays as it is: release.env {why}\n"));
    project.upgrade("").ends_with(0).prints(shown);
    assert_eq!(project.read("release.env"), "RELEASE=abc\n");
    let message = project.git("log -1 --format=%B");
    assert!(
        message.contains(&format!("Seeded files that stay as they are:\n- release.env: {why}\n")),
        "{message}"
    );
    // Said once; then it is an edit of the new one.
    project.refused("", 0).says("nothing to do");
    project.treenail("status shop --scaffold scaffold").prints("1 file unchanged\nyours    release.env\n");
    project.treenail("restore shop").ends_with(0);
    assert_eq!(project.read("release.env"), "RELEASE=abc\n");
    project.treenail("restore shop/release.env").ends_with(0);
    assert!(project.read("release.env").ends_with("MORE=1\n"));
}

#[test]
fn an_edited_file_that_the_scaffold_drops_or_adds_is_named() {
    let project = Project::of(&v1());
    project.edit("release.env", "RELEASE=abc\n");
    let outcome = project.upgrade_to(&v1().version("2.0.0").without("release.env"));
    outcome
        .prints("  release.env: you edited it, and the scaffold no longer has it\n")
        .prints("  delete it if nothing uses it");
    assert_eq!(project.read("release.env"), "RELEASE=abc\n");
    let outcome = project.upgrade_to(&v2().version("3.0.0"));
    outcome.prints("  release.env: you have it already, and the scaffold's differs\n");
    assert_eq!(project.read("release.env"), "RELEASE=abc\n");
}

/// Line endings and the executable bit are edits, too; a file that the user moved is one where it is.
#[test]
#[ignore = "takes long"]
fn what_counts_as_an_edit() {
    for edit in ["bytes", "mode", "moved and edited", "moved"] {
        let project = Project::of(&v1());
        let path = if edit.starts_with("moved") { "own/release.env" } else { "release.env" };
        if path != "release.env" {
            project.remove("release.env");
            project.write(path, SEED);
        }
        match edit {
            "bytes" => project.write(path, SEED.replace('\n', "\r\n")),
            "mode" => project.set_mode(path, 0o755),
            "moved and edited" => project.write(path, format!("{SEED}# mine\n")),
            _ => {}
        }
        project.commit();
        let before = project.read(path);
        let outcome = project.upgrade_to(&v2());
        if edit == "moved" {
            outcome.prints("updated  own/release.env");
            assert!(project.read(path).ends_with("MORE=1\n"));
        } else {
            outcome.prints(&format!("  {path}: you edited it, and the scaffold changed it\n"));
            assert_eq!(project.read(path), before, "{edit}");
        }
    }
}

#[test]
fn a_long_difference_is_cut_except_for_programs() {
    let project = Project::of(&v1());
    project.edit("release.env", "RELEASE=abc\n");
    let long: Vec<_> = (0..100).map(|number| format!("N{number}=1\n")).collect();
    let long = long.concat();
    project.offer(&v1().version("2.0.0").seeded("release.env", long));
    let text = project.upgrade("--dry-run").ends_with(0).prints("    ... 73 more lines, see --json\n");
    assert!(text.stdout.contains("+N26=1\n") && !text.stdout.contains("+N27=1\n"), "{}", text.stdout);
    let json = json_of(&project.upgrade("--dry-run --json"));
    assert!(json["stale"][0]["diff"].as_str().unwrap().ends_with("+N99=1\n"));
}

const NEW: &str = "new shop --defaults --source-repo https://github.com/acme/shop.git";

/// What the pipeline writes.
const IMAGE: &str = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages:\n- name: app-image\n  newName: \
                     ghcr.io/acme/shop\n  digest: sha256:0000000000000000000000000000000000000000000000000000000000000001\n";

fn built_in(arguments: &str) -> Project {
    let project = Project::empty();
    project.treenail(&format!("{NEW} {arguments}")).ends_with(0);
    project
}

/// The built-in scaffold, after the first release.
fn released(arguments: &str) -> Project {
    let project = built_in(arguments);
    project.edit("deploy/overlays/staging/image/kustomization.yaml", IMAGE);
    project
}

#[test]
#[ignore = "takes long"]
fn before_the_first_release_another_name_reaches_every_file() {
    for arguments in ["", "--strategy canary"] {
        let project = built_in(arguments);
        let renamed = "upgrade shop --app cart --source-repo https://github.com/acme/cart.git --adopt-defaults --image ghcr.io/acme/cart";
        project.treenail(renamed).ends_with(0);
        let new = built_in(arguments);
        let fresh = NEW.replace("acme/shop", "acme/cart").replace("new shop", "new other --app cart");
        new.treenail(&format!("{fresh} {arguments}")).ends_with(0);
        for environment in ["staging", "production"] {
            let path = format!("deploy/overlays/{environment}/image/kustomization.yaml");
            assert_eq!(project.read(&path), new.home.read(&format!("other/{path}")));
        }
        assert!(!project.git("grep -I -l cart").is_empty());
        let (code, found) = project.try_git("grep -I -l shop -- . :!.treenail :!*deploy/base-production/*");
        assert_eq!((code, found.as_str()), (1, ""));
    }
}

/// Refused, with each of these lines.
#[track_caller]
fn would_stop(project: &Project, arguments: &str, lines: &[&str]) {
    let before = project.everything();
    for more in ["", "--yes", "--dry-run", "--branch later", "--no-commit"] {
        let outcome = project.treenail(&format!("upgrade shop {arguments} {more}")).ends_with(5);
        lines.iter().fold(outcome, |outcome, line| outcome.says(line)).says("pass --allow-downtime");
        assert_unchanged(&before, &project.everything());
    }
}

const REMOVED: &str = "Deployment `shop` in namespace `shop-staging`: removed";

#[test]
#[ignore = "takes long"]
fn what_stops_a_running_environment_is_refused() {
    let project = released("");
    would_stop(&project, "--app cart", &[REMOVED]);
    would_stop(&project, "--environments production", &[REMOVED]);
    would_stop(&project, "--environments staging=live,production", &[REMOVED]);
    would_stop(&project, "--environments stage=shop-staging,production", &[REMOVED]);
    // It stops here before anything else runs there.
    would_stop(&project, "--environments production=shop-staging,staging=other", &[REMOVED]);
    let json = json_of(&project.treenail("upgrade shop --app cart --json --dry-run").ends_with(5));
    let stopped =
        json!({ "kind": "Deployment", "name": "shop", "namespace": "shop-staging", "why": "removed" });
    assert_eq!(json["stops"], json!([stopped]));
    let both = released("");
    both.edit("deploy/overlays/production/image/kustomization.yaml", IMAGE);
    let lines =
        [REMOVED, "Deployment `shop` in namespace `shop-production`: removed", "would stop 2 workloads"];
    would_stop(&both, "--app cart", &lines);
}

#[test]
#[ignore = "takes long"]
fn an_edit_of_the_answers_is_no_way_around() {
    let project = released("");
    project.replace(".treenail/answers.yaml", "  app: shop\n", "  app: cart\n");
    would_stop(&project, "", &[REMOVED]);
    project.commit();
    would_stop(&project, "", &[REMOVED]);
    project.treenail("upgrade shop --allow-downtime").ends_with(0).prints(REMOVED);
    project.assert_clean();
}

#[test]
#[ignore = "takes long"]
fn what_keeps_an_environment_running_is_not_refused() {
    for arguments in [
        "--port 9090",
        "--strategy canary",
        "--strategy blue-green",
        "--environments staging,production,qa",
        "--environments dev,staging,production",
        "--environments staging",
    ] {
        let project = released("");
        let outcome = project.treenail(&format!("upgrade shop {arguments} --dry-run")).ends_with(0);
        assert!(!outcome.stdout.contains("stops"), "{}", outcome.stdout);
    }
    // Nothing runs yet.
    let project = built_in("");
    for arguments in ["--app cart", "--environments live", "--environments stage=shop-staging,production"] {
        project.treenail(&format!("upgrade shop {arguments} --dry-run")).ends_with(0);
    }
}

#[test]
#[ignore = "takes long"]
fn a_blue_green_rollout_goes_by_way_of_a_canary() {
    let project = released("--strategy blue-green");
    let line = "Rollout `shop` in namespace `shop-staging`: replaced, and its Service has no Pods meanwhile";
    would_stop(&project, "--strategy rolling", &[line]);
    project.treenail("upgrade shop --strategy canary").ends_with(0);
    project.treenail("upgrade shop --strategy rolling").ends_with(0);
}

#[test]
#[ignore = "takes long"]
fn the_flag_allows_it() {
    let project = released("");
    let outcome = project.treenail("upgrade shop --app cart --allow-downtime").ends_with(0);
    outcome.prints("running workloads that the upgrade would stop\n").prints(REMOVED);
    project.assert_clean();
    assert_eq!(project.read("deploy/overlays/staging/image/kustomization.yaml"), IMAGE);
}

/// Without Argo CD's project of the built-in scaffold, and with a scaffold that renames its own Deployment.
#[test]
fn a_new_version_that_stops_something_is_refused_too() {
    let app = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 1\n  selector:\n    \
               matchLabels: {app: web}\n  template:\n    metadata:\n      labels: {app: web}\n    spec:\n      \
               containers:\n      - name: web\n        image: example.com/web:1.0.0\n";
    let v1 = Scaffold::new("1.0.0")
        .file("kustomization.yaml", "namespace: live\nresources: [app.yaml]\n")
        .file("app.yaml", app);
    let project = Project::of(&v1);
    project.offer(&v1.version("2.0.0").file("app.yaml", app.replacen("name: web", "name: front", 1)));
    project.refused("", 5).says("Deployment `web` in namespace `live`: removed");
    project.upgrade("--allow-downtime").ends_with(0);
}
