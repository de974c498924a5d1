//! `treenail scaffold`, and scaffolds that are not built in.

use std::fs;

use crate::common::home::Home;

const URL: &str = "source-repo=https://github.com/acme/shop.git";

/// A copy of the built-in scaffold with another question and another file.
fn changed(home: &Home) {
    home.treenail("scaffold export service mine").run().ends_with(0);
    let definition = home.read("mine/scaffold.yaml");
    let definition = definition
        .replace("name: service\n", "name: mine\n")
        .replace(
            "\nderived:\n",
            "\n- name: team\n  type: label\n  prompt: Team\n  help: Who is called at night.\n  example: payments\n\nderived:\n",
        )
        .replace("\nfiles:\n", "\nfiles:\n- path: OWNERS\n  about: who is responsible\n");
    home.write("mine/scaffold.yaml", &definition);
    home.write("mine/files/OWNERS", "[= team =]\n");
}

#[test]
fn list() {
    Home::new().treenail("scaffold list").run().ends_with(0).snapshot("scaffold-list");
}

#[test]
fn show() {
    let output = Home::new().treenail("scaffold show").run().ends_with(0).snapshot("scaffold-show").stdout;
    assert_eq!(output, Home::new().treenail("scaffold show service").run().ends_with(0).stdout);
}

#[test]
fn lint() {
    Home::new().treenail("scaffold lint").run().ends_with(0).snapshot("scaffold-lint");
}

#[test]
fn unknown_scaffolds() {
    let home = Home::new();
    home.treenail("scaffold show servise").run().ends_with(2).snapshot("scaffold-unknown-near");
    home.treenail("scaffold show webshop").run().ends_with(2).snapshot("scaffold-unknown");
    home.treenail("scaffold export servise mine").run().ends_with(2).snapshot("scaffold-export-unknown");
    home.treenail("new shop --scaffold ./nowhere").run().ends_with(2).snapshot("scaffold-no-folder");
}

#[test]
fn an_exported_scaffold_is_the_built_in_one() {
    let home = Home::new();
    home.treenail("scaffold export service mine").run().ends_with(0).snapshot("scaffold-export");
    home.treenail("scaffold lint mine").run().ends_with(0);
    home.treenail(&format!("new shop --defaults --set {URL}")).run().ends_with(0);
    home.treenail(&format!("new again --scaffold mine --defaults --set app=shop --set {URL}"))
        .run()
        .ends_with(0);
    for (path, text) in home.tree("shop") {
        if path != ".treenail/answers.yaml" {
            assert_eq!(home.tree("again")[&path], text, "{path}");
        }
    }
    let digest = |dir| {
        let state = home.read(&format!("{dir}/.treenail/answers.yaml"));
        state.lines().find(|line| line.starts_with("  digest: ")).unwrap().to_owned()
    };
    assert_eq!(digest("shop"), digest("again"));
}

#[test]
fn export_takes_no_folder_that_is_in_use() {
    let home = Home::new();
    home.write("mine/notes.txt", "mine\n");
    home.treenail("scaffold export service mine").run().ends_with(5).snapshot("scaffold-export-in-use");
    assert_eq!(home.tree("mine").len(), 1);
}

#[test]
fn a_changed_scaffold() {
    let home = Home::new();
    changed(&home);
    home.treenail("scaffold lint mine").run().ends_with(0).snapshot("scaffold-changed-lint");
    let arguments = format!("new shop --scaffold mine --defaults --set {URL}");
    home.treenail(&arguments).run().ends_with(4).snapshot("scaffold-changed-missing");
    home.treenail(&format!("{arguments} --set team=payments"))
        .run()
        .ends_with(0)
        .snapshot("scaffold-changed");
    assert_eq!(home.read("shop/OWNERS"), "payments\n");
    assert!(home.read("shop/.treenail/answers.yaml").contains("\n  team: payments\n"));
}

#[test]
fn a_scaffold_with_mistakes() {
    let home = Home::new();
    changed(&home);
    home.write("mine/files/OWNERS", "[= teem =]\n");
    home.write("mine/files/stray.yaml", "a: [= app =]\n");
    home.treenail("scaffold lint mine").run().ends_with(1).snapshot("scaffold-mistakes");
}

#[test]
fn a_scaffold_that_cannot_be_read() {
    let home = Home::new();
    home.write("mine/notes.txt", "nothing\n");
    home.treenail("scaffold lint mine").run().ends_with(1).snapshot("scaffold-no-definition");
    home.write("mine/scaffold.yaml", "schema: 1\nname: mine\nversion: 1\nbogus: true\n");
    home.treenail("scaffold lint mine").run().ends_with(1).snapshot("scaffold-bad-definition");
}

#[test]
fn the_printed_command_names_the_scaffold() {
    let home = Home::new();
    changed(&home);
    let output =
        home.treenail(&format!("new shop --scaffold mine --defaults --set {URL} --set team=payments"));
    let output = output.run().ends_with(0).stderr;
    let command =
        output.lines().skip_while(|line| !line.starts_with("To repeat this")).nth(1).unwrap().to_owned();
    let before = home.tree("shop");
    fs::remove_dir_all(home.path("shop")).unwrap();
    let output = home.command("sh").args(["-c", &command]).output().unwrap();
    assert!(output.status.success(), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
    home.assert_tree("shop", &before);
    assert_eq!(home.read("shop/OWNERS"), "payments\n");
}

/// The questions of another scaffold are no flags.
#[test]
fn what_mends_a_missing_answer_works() {
    let home = Home::new();
    changed(&home);
    let output =
        home.treenail(&format!("new shop --scaffold mine --defaults --set {URL}")).run().ends_with(4).stderr;
    assert!(output.contains("for example: --set team=payments"), "{output}");
}
