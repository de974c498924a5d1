//! What a third party can put into a scaffold.

use std::fs::{self, File};

use crate::bounds::{MEMORY, limited};
use crate::common::home::Home;
use crate::upgrade::project::Project;
use crate::upgrade::scaffold::Scaffold;

const NEW: &str = "new other --scaffold scaffold --defaults --set app=shop";

fn nested() -> String {
    let start: Vec<_> = (0..5).map(|n| format!("[% for i{n} in range(end=2000) %]")).collect();
    let start = start.concat();
    format!("{start}{}", "[% endfor %]".repeat(5))
}

const VALUE: &str = "a value has more than 64 KiB";

fn doubling() -> String {
    format!("{}[= app =]", "[% set app = app ~ app %]".repeat(100))
}

#[test]
#[ignore = "takes long"]
fn no_command_runs_a_bomb() {
    let project = Project::of(&Scaffold::new("1.0.0").file("a.txt", "one\n"));
    let offer = |bomb: &str| project.offer(&Scaffold::new("2.0.0").file("a.txt", bomb));
    offer(&nested());
    limited(&project.home, MEMORY, NEW).ends_with(1, "rendering takes more than 10 million steps");
    offer(&doubling());
    for command in [
        NEW,
        &format!("{NEW} --dry-run"),
        "upgrade shop --scaffold scaffold",
        "upgrade shop --scaffold scaffold --dry-run",
        "diff shop --upgrade --scaffold scaffold",
        "scaffold lint scaffold",
        "adopt shop --scaffold scaffold --defaults --set app=shop --dry-run",
    ] {
        let lost = command.starts_with("adopt");
        if lost {
            project.remove(".treenail/answers.yaml");
            project.remove(".treenail/base");
            project.commit();
        }
        let said = limited(&project.home, MEMORY, command).ends_with(1, VALUE);
        assert!(said.text.contains("--> a.txt:1:"), "{command}: {}", said.text);
    }
    assert_eq!(limited(&project.home, MEMORY, "scaffold show scaffold").code, 0);
    project.assert_clean();
}

#[test]
fn expressions_of_the_definition_are_bounded_too() {
    let home = Home::new();
    let write = |find: &str, replace: &str| {
        Scaffold::new("1.0.0").file("a.txt", "one\n").write(&home.path("scaffold"));
        let text = home.read("scaffold/scaffold.yaml");
        assert!(text.contains(find));
        home.write("scaffold/scaffold.yaml", text.replace(find, replace));
    };
    let bomb = doubling();
    for (find, replace) in [
        ("  about: a file", format!("  about: \"{bomb}\"")),
        ("- path: \"a.txt\"", format!("- from: a.txt\n  path: \"a.txt{bomb}\"")),
        (
            "  essential: true",
            format!("  essential: true\n- name: b\n  type: text\n  prompt: B\n  default: \"{bomb}\""),
        ),
        (
            "files:",
            format!("derived:\n- {{name: b, value: \"{bomb}\", type: text, about: b, from: app}}\nfiles:"),
        ),
        ("files:", format!("next: [\"{bomb}\"]\nfiles:")),
    ] {
        write(find, &replace);
        for command in [NEW, "scaffold lint scaffold"] {
            limited(&home, MEMORY, command).ends_with(1, VALUE);
        }
    }
}

#[test]
#[ignore = "takes long"]
fn a_definition_has_limits() {
    let home = Home::new();
    let good = || Scaffold::new("1.0.0").file("a.txt", "one\n").write(&home.path("scaffold"));
    good();
    let text = home.read("scaffold/scaffold.yaml");
    let question = "- {name: q, type: text, prompt: Q}\n";
    for (text, why) in [
        (
            text.replace(
                "  essential: true",
                &format!(
                    "  essential: true\n- name: b\n  type: text\n  prompt: B\n  limits: {{choices: [{}]}}",
                    "x,".repeat(200_000)
                ),
            ),
            "`choices` has 200000 entries; at most 1000 are allowed",
        ),
        (
            text.replace("files:", &format!("{}files:", question.repeat(20_000))),
            "20001 entries; at most 1000",
        ),
        (
            format!(
                "{text}{}",
                (0..10_000).fold(String::new(), |rules, n| rules + &format!("- {{path: f/{n}, about: a}}\n"))
            ),
            "10001 entries; at most 10000",
        ),
        (
            text.replace("  essential: true", &format!("  detect: {}", "x".repeat(900_000))),
            "unknown detector `xxx",
        ),
        (format!("{text}next: {}", "[".repeat(100_000)), "nested deeper than 200 levels"),
        (format!("{text}#{}", "x".repeat(1 << 20)), "larger than 1 MiB"),
    ] {
        home.write("scaffold/scaffold.yaml", &text);
        for command in ["scaffold show scaffold", NEW] {
            let said = limited(&home, MEMORY, command).ends_with(1, why);
            assert!(said.text.len() < 3000, "{} bytes", said.text.len());
        }
    }
    // As many as a platform team may have, in little time.
    let rules = |rules: String, n: usize| rules + &format!("- {{path: f/{n}, about: a}}\n");
    home.write("scaffold/scaffold.yaml", format!("{text}{}", (0..1500).fold(String::new(), rules)));
    (0..1500).for_each(|n| home.write(&format!("scaffold/files/f/{n}"), "[= app =]\n"));
    limited(&home, MEMORY, NEW).ends_with(0, "wrote 1503 files");
    fs::remove_dir_all(home.path("other")).unwrap();
    fs::remove_dir_all(home.path("scaffold")).unwrap();
    good();
    File::create(home.path("scaffold/files/a.txt")).unwrap().set_len(5 << 20).unwrap();
    limited(&home, MEMORY, NEW).ends_with(1, "it is larger than 4 MiB");
    good();
    for index in 0..5 {
        File::create(home.path(&format!("scaffold/files/{index}"))).unwrap().set_len(4 << 20).unwrap();
    }
    limited(&home, MEMORY, NEW).ends_with(1, "more than 16 MiB of files");
}

#[test]
#[ignore = "takes long"]
fn a_definition_at_its_limits_loads_soon() {
    let home = Home::new();
    let mut text = "schema: 1\nname: web\nversion: 1.0.0\nsummary: s\nquestions:\n- {name: app, type: label, prompt: A}\n".to_owned();
    text.extend(
        (1..1000).map(|n| format!("- {{name: q{n}, type: text, prompt: Q, default: '[= app =]'}}\n")),
    );
    text.push_str("derived:\n");
    text.extend(
        (0..1000)
            .map(|n| format!("- {{name: d{n}, value: '[= app =]-{n}', type: text, about: x, from: app}}\n")),
    );
    text.push_str("files:\n");
    text.extend(
        (0..1000).map(|n| format!("- {{path: f{n}, from: a.txt, about: '[= app =]', when: q1 != '{n}'}}\n")),
    );
    home.write("scaffold/scaffold.yaml", &text);
    home.write("scaffold/files/a.txt", "[= app =]\n");
    let said = limited(&home, MEMORY, &format!("{NEW} --dry-run"));
    assert_eq!(said.code, 0, "{}", said.text);
}
