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
    project.upgrade_to(&v2()).says("updated  release.env  (changed by the scaffold, not by you)");
    assert_eq!(project.read("release.env"), "# Nothing yet.\nRELEASE=unknown\nMORE=1\n");
    let v3 = v1().without("release.env").version("3.0.0").seeded("release/now.env", "RELEASE=3\n");
    project
        .upgrade_to(&v3.clone().moves("release.env", "release/now.env"))
        .says("release.env -> release/now.env");
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
    project.upgrade("").ends_with(0).says(shown);
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
        .says("  release.env: you edited it, and the scaffold no longer has it\n")
        .says("  delete it if nothing uses it");
    assert_eq!(project.read("release.env"), "RELEASE=abc\n");
    let outcome = project.upgrade_to(&v2().version("3.0.0"));
    outcome.says("  release.env: you have it already, and the scaffold's differs\n");
    assert_eq!(project.read("release.env"), "RELEASE=abc\n");
}

/// Line endings and the executable bit are edits, too; a file that the user moved is one where it is.
#[test]
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
            outcome.says("updated  own/release.env");
            assert!(project.read(path).ends_with("MORE=1\n"));
        } else {
            outcome.says(&format!("  {path}: you edited it, and the scaffold changed it\n"));
            assert_eq!(project.read(path), before, "{edit}");
        }
    }
}

#[test]
fn a_long_difference_is_cut_except_for_programs() {
    let project = Project::of(&v1());
    project.edit("release.env", "RELEASE=abc\n");
    let long: String = (0..100).map(|number| format!("N{number}=1\n")).collect();
    project.offer(&v1().version("2.0.0").seeded("release.env", long));
    let text = project.upgrade("--dry-run").ends_with(0).prints("    ... 73 more lines, see --json\n");
    assert!(text.stdout.contains("+N26=1\n") && !text.stdout.contains("+N27=1\n"), "{}", text.stdout);
    let json = json_of(&project.upgrade("--dry-run --json"));
    assert!(json["stale"][0]["diff"].as_str().unwrap().ends_with("+N99=1\n"));
}

const NEW: &str = "new shop --defaults --source-repo https://github.com/acme/shop.git";

fn built_in(arguments: &str) -> Project {
    let project = Project::empty();
    project.treenail(&format!("{NEW} {arguments}")).ends_with(0);
    project
}

#[test]
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
        let (code, found) = project.try_git("grep -I -l shop -- . :!.treenail");
        assert_eq!((code, found.as_str()), (1, ""));
    }
}
