//! Text from elsewhere that a terminal would obey, or that hides or reorders what a reader sees: it is printed nowhere.

use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::process::{Output, Stdio};

use treenail::project::base;

use crate::cli::new::SHOP;
use crate::common::home::Home;
use crate::common::terminal::{CTRL_C, LARGE, Terminal};

/// Each as it may stand in a file name, an argument or a text.
const HOSTILE: [&str; 14] = [
    // The clipboard, the title, the screen and the cursor.
    "\u{1b}]52;c;cm0gLXJmIH4=\u{7}",
    "\u{1b}]0;pwn\u{7}",
    "\u{1b}[2J\u{1b}[1;1H",
    "\u{1b}[8mconcealed",
    "good\rbad",
    "a\u{8}\u{7f}",
    "a\u{9b}2Jb",
    "a\u{9d}0;pwn\u{9c}",
    "gpj.\u{202e}exe",
    "a\u{2066}b\u{2069}\u{61c}\u{200f}",
    "a\u{200b}b\u{2060}\u{feff}",
    "a\u{2028}b",
    "a\u{e0041}b",
    "a\u{fdd2}b\u{fffe}",
];

/// All at once, and two that not everything refuses.
fn mixed() -> [String; 3] {
    [HOSTILE.concat(), HOSTILE[4].to_owned(), HOSTILE[8].to_owned()]
}

/// What stays as it is.
const ORDINARY: &str = "größe-漢字-❤\u{fe0f}-👍🏽-שלום";

fn is_harmful(character: char) -> bool {
    (character.is_control() && !matches!(character, '\n' | '\t'))
        || matches!(
            character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
                | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// Asserts that both streams are text that harms nobody; returns them.
#[track_caller]
fn assert_harmless(what: &str, output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|bytes| str::from_utf8(bytes).expect(what)).concat();
    assert!(!text.chars().any(is_harmful), "{what}: {}", text.escape_debug());
    assert!(output.status.code().is_some(), "{what}: {}", output.status);
    text
}

fn run(home: &Home, dir: &str, arguments: &[&OsStr]) -> Output {
    let mut command = home.command("treenail");
    command.current_dir(home.path(dir)).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Runs `arguments`, each at its blanks; `@` stands for what is hostile.
#[track_caller]
fn harmless(home: &Home, arguments: &str, hostile: &str) -> String {
    let words: Vec<_> = arguments.split(' ').map(|word| word.replace('@', hostile)).collect();
    let words: Vec<_> = words.iter().map(OsStr::new).collect();
    let what = format!("{arguments} {}", hostile.escape_debug());
    assert_harmless(&what, &run(home, ".", &words))
}

/// A text in quotes, for YAML.
fn quoted(text: &str) -> String {
    text.chars().fold("\"".to_owned(), |mut quoted, character| {
        write!(quoted, "\\U{:08X}", u32::from(character)).unwrap();
        quoted
    }) + "\""
}

#[test]
#[ignore = "takes long"]
fn arguments() {
    let home = Home::new();
    home.treenail(SHOP).run().ends_with(0);
    for hostile in &mixed() {
        for arguments in [
            "@",
            "--@",
            "status @",
            "status --@",
            "status shop --scaffold @",
            "diff @",
            "check @",
            "check --only @",
            "check --format @",
            "check --severity=@",
            "check --fix @",
            "explain @",
            "scaffold @",
            "scaffold show @",
            "scaffold lint @",
            "scaffold export @ x",
            "restore @",
            "restore shop/@",
            "adopt @ --defaults",
            "new @ --dry-run --defaults",
            "new x --scaffold @",
            "new x --answers @",
            "new x --defaults --set @",
            "new x --defaults --set @=1",
            "new x --defaults --set app=@",
            "new x --defaults --port @",
            "new x --defaults --source-repo https://example.com/@",
            "upgrade @",
            "upgrade shop @ --dry-run",
            "upgrade shop --base @",
            "upgrade shop --set port=9090 --branch @",
            "upgrade shop --set @=x",
            "upgrade --branch @",
            "completions @",
            "man @",
        ] {
            harmless(&home, arguments, hostile);
        }
        // With colours, clap marks up what it says of an argument.
        let output = home.command("treenail").env("CLICOLOR_FORCE", "1").arg(hostile).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("\u{1b}[0m") && !said.contains(hostile), "{}", said.escape_debug());
    }
    for bytes in [&b"a\xffb"[..], b"\x9b2J", b"\xc2"] {
        for verb in ["status", "check", "restore", "new", "upgrade", "man", "explain"] {
            assert_harmless(verb, &run(&home, ".", &[OsStr::new(verb), OsStr::from_bytes(bytes)]));
        }
    }
}

/// The definition of a scaffold; each of `texts` replaces a word.
fn definition(texts: &[(&str, &str)]) -> String {
    let definition = "schema: 1\nname: web\nversion: 1.0.0\nsummary: SUMMARY\nquestions:\n- name: app\n  type: label\n  \
                      prompt: PROMPT\n  help: HELP\n  example: EXAMPLE\n- name: size\n  type: text\n  limits:\n    \
                      choices: [small, CHOICE]\n  prompt: Size\n  help: A size.\n  default: small\n\
                      derived:\n- name: place\n  type: label\n  from: app\n  value: '[= app =]'\n  about: DERIVED\n\
                      files:\n- path: a.txt\n  about: ABOUT\n- path: PATH\n  from: b.txt\n  about: a file\nnext:\n- NEXT\n";
    let usual = [("EXAMPLE", "shop"), ("PATH", "b.txt")];
    texts.iter().chain(&usual).fold(definition.to_owned(), |text, (word, new)| text.replace(word, new))
}

#[test]
#[ignore = "takes long"]
fn scaffolds_are_refused() {
    let home = Home::new();
    home.write("web/files/a.txt", "[= app =] [= size =]\n");
    home.write("web/files/b.txt", "[= place =]\n");
    home.write("web/scaffold.yaml", definition(&[]));
    home.treenail("scaffold lint web").run().ends_with(0);
    for hostile in HOSTILE {
        let first = hostile.chars().find(|character| is_harmful(*character)).unwrap();
        let named = format!("U+{:04X}", u32::from(first));
        for (word, key, place) in [
            ("SUMMARY", "summary", "scaffold.yaml:4: "),
            ("PROMPT", "prompt", "scaffold.yaml:6: question `app`: "),
            ("HELP", "help", "scaffold.yaml:6: question `app`: "),
            ("EXAMPLE", "example", "scaffold.yaml:6: question `app`: "),
            ("CHOICE", "choices", "scaffold.yaml:11: question `size`: "),
            ("DERIVED", "about", "scaffold.yaml:19: derived `place`: "),
            ("ABOUT", "about", "scaffold.yaml:25: rule for `a.txt`: "),
            ("PATH", "path", "scaffold.yaml:27: rule for `"),
            ("NEXT", "next", "scaffold.yaml:31: "),
        ] {
            home.write("web/scaffold.yaml", definition(&[(word, &quoted(hostile))]));
            let commands = ["scaffold lint web", "scaffold show web", "new x --scaffold web --defaults"];
            for command in &commands[..if word == "PROMPT" { 3 } else { 1 }] {
                let said = harmless(&home, command, "");
                let problem = said
                    .lines()
                    .find(|line| line.contains(place))
                    .unwrap_or_else(|| panic!("{word}: {said}"));
                let expected = format!("{key}: contains the invisible character {named}");
                assert!(problem.ends_with(&expected), "{word}: {said}");
            }
        }
    }
    let texts = ["SUMMARY", "PROMPT", "HELP", "NEXT", "ABOUT"].map(|word| (word, ORDINARY));
    home.write("web/scaffold.yaml", definition(&texts));
    assert_eq!(harmless(&home, "scaffold show web", "").matches(ORDINARY).count(), 2);
    let said = harmless(&home, "new x --scaffold web --defaults --set app=shop", "");
    assert!(said.contains("  1. cd x\n") && said.contains(ORDINARY), "{said}");
}

#[test]
fn contents_of_a_dry_run() {
    let home = Home::new();
    home.write("web/files/b.txt", "[= place =]\n");
    home.write("web/scaffold.yaml", definition(&[]));
    for hostile in mixed() {
        home.write("web/files/a.txt", format!("[= app =]\t[= size =]\n{hostile}\n{ORDINARY}\n"));
        let arguments = "new x --scaffold web --defaults --set app=shop --dry-run";
        let shown = harmless(&home, arguments, "");
        assert!(shown.contains("shop\tsmall\n") && shown.contains(&format!("\n{ORDINARY}\n")), "{shown}");
        // Programs get what is there.
        let output = home.command("treenail").args(arguments.split(' ')).arg("--json").output().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let files = json["files"].as_array().unwrap();
        let content = files.iter().find(|file| file["path"] == "a.txt").unwrap()["content"].as_str().unwrap();
        assert!(content.contains(&hostile), "{content:?}");
    }
}

/// Runs every command that reads what is recorded.
fn read_what_is_recorded(home: &Home) {
    for command in [
        "status shop",
        "diff shop --stat",
        "diff shop --upgrade --stat",
        "restore shop --dry-run",
        "upgrade shop --dry-run",
        "adopt shop --defaults --dry-run",
        "check shop",
    ] {
        harmless(home, command, "");
    }
    // A patch has the exact content, and quotes paths as Git does.
    let output = run(home, ".", &["diff", "shop", "--upgrade"].map(OsStr::new));
    let patch = String::from_utf8(output.stdout).unwrap();
    let is_head = |line: &&str| ["diff ", "--- ", "+++ "].iter().any(|start| line.starts_with(start));
    assert!(!patch.lines().filter(is_head).any(|line| line.contains(is_harmful)), "{}", patch.escape_debug());
}

#[test]
#[ignore = "takes long"]
fn recorded_answers() {
    let home = Home::new();
    home.treenail(SHOP).run().ends_with(0);
    let answers = home.read("shop/.treenail/answers.yaml");
    for hostile in mixed().map(|text| quoted(&text)) {
        for change in [
            format!("{answers}removed:\n- {hostile}\n"),
            format!("{answers}moved:\n  {hostile}: x\n"),
            format!("{answers}moved:\n  README.md: {hostile}\n"),
            answers.replace("app: shop", &format!("app: {hostile}")),
            answers.replace("branch: main", &format!("branch: {hostile}")),
            answers.replace("name: service", &format!("name: {hostile}")),
            format!("{answers}{hostile}: 1\n"),
        ] {
            assert_ne!(change, answers);
            home.write("shop/.treenail/answers.yaml", change);
            read_what_is_recorded(&home);
        }
    }
}

#[test]
fn a_line_break_begins_no_line_of_ours() {
    let home = Home::new();
    home.treenail(SHOP).run().ends_with(0);
    let answers = home.read("shop/.treenail/answers.yaml");
    let broken = "\"a\\nscaffold service 9.9.9, up to date\"";
    for change in [
        answers.replace("name: service", &format!("name: {broken}")),
        format!("{answers}removed:\n- {broken}\n"),
        answers.replace("app: shop", &format!("app: {broken}")),
        answers.replace("\nfrom:", &format!("\n  {broken}: x\nfrom:")),
    ] {
        assert_ne!(change, answers);
        home.write("shop/.treenail/answers.yaml", change);
        for command in
            ["status shop", "status shop --scaffold service", "upgrade shop --dry-run", "diff shop"]
        {
            let shown = harmless(&home, command, "");
            assert!(!shown.contains("\nscaffold service 9.9.9"), "{command}: {shown}");
        }
        let scaffold = "upgrade shop --dry-run --scaffold service --set port=9090";
        assert!(!harmless(&home, scaffold, "").contains("\nscaffold service 9.9.9"));
    }
}

#[test]
fn paths_of_the_base() {
    let home = Home::new();
    home.treenail(SHOP).run().ends_with(0);
    let base = base::read(home.read("shop/.treenail/base").as_bytes()).unwrap();
    for hostile in mixed() {
        let mut files = base.clone();
        let file = files.iter_mut().find(|file| file.path == "deploy/base/service.yaml").unwrap();
        file.path = format!("deploy/base/{hostile}");
        home.write("shop/.treenail/base", base::write(&files));
        read_what_is_recorded(&home);
    }
}

#[test]
fn file_names_and_contents_of_a_check() {
    for hostile in mixed().into_iter().chain(["two\nlines".to_owned()]) {
        let home = Home::new();
        home.repository("shop");
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\ndata:\n  a: on\n  a: 'off'\n";
        home.write(&format!("shop/{hostile}.yaml"), text.replace('a', hostile.trim_end_matches('\n')));
        home.write(&format!("shop/{hostile}-b.yaml"), text);
        home.write(&format!("shop/{ORDINARY}.yaml"), text);
        for format in ["human", "github"] {
            let shown = harmless(&home, &format!("check shop --severity note --format {format}"), "");
            assert!(shown.contains(ORDINARY), "{format}: {shown}");
            assert!(!shown.contains("\nlines"), "{format}: {shown}");
        }
        // A patch says exactly which file it is about, as Git does.
        let patch = harmless(&home, "check shop --fix --dry-run", "");
        assert!(patch.contains("+++ \"b/"), "{patch}");
        let json = home.command("treenail").args(["check", "shop", "--json"]).output().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        let paths: Vec<_> = json["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|found| found["path"].as_str().unwrap())
            .collect();
        assert!(paths.contains(&&*format!("shop/{hostile}-b.yaml")), "{paths:?}");
    }
}

#[test]
fn a_patch_on_a_terminal() {
    let home = Home::new();
    home.treenail(SHOP).run().ends_with(0);
    let lines = HOSTILE.map(|hostile| hostile.to_owned() + "\n").concat();
    home.write("shop/deploy/base/service.yaml", format!("{lines}\t{ORDINARY}\n"));
    let output = home.command("treenail").args(["diff", "shop"]).output().unwrap();
    let patch = String::from_utf8(output.stdout).unwrap();
    assert!(
        HOSTILE.iter().all(|hostile| patch.contains(&format!("+{hostile}\n"))),
        "{}",
        patch.escape_debug()
    );
    let shown = Terminal::start(&home, LARGE, "diff shop").ends_with(0);
    assert!(shown.contains(&format!("+\t{ORDINARY}\r\n")), "{}", shown.escape_debug());
    // The terminal's driver adds these.
    assert!(!shown.replace("\r\n", "\n").contains(is_harmful), "{}", shown.escape_debug());
}

#[test]
fn an_interview() {
    let home = Home::new();
    for hostile in mixed() {
        let mut terminal = Terminal::start(&home, LARGE, "new x --port 9000");
        terminal.is_asked("app");
        terminal.types(&format!(
            "web{}",
            hostile.replace(['\u{1b}', '\r', '\u{7}', '\u{8}', '\u{7f}'], "\u{202e}")
        ));
        terminal.sees("for example: ");
        terminal.press(CTRL_C);
        let shown = terminal.ends_with(130);
        let (_, complaint) = shown.split_once('✗').unwrap();
        let complaint = complaint.lines().next().unwrap();
        assert!(!complaint.replace("\u{1b}[0m", "").contains(is_harmful), "{}", complaint.escape_debug());
    }
}

#[test]
fn names_that_are_no_text() {
    let home = Home::new();
    home.repository("shop");
    fs::write(home.path("shop").join(OsStr::from_bytes(b"a\xff\x1b[2J.yaml")), "a: b\n").unwrap();
    assert!(harmless(&home, "check shop", "").contains("is not UTF-8"));
}

#[test]
fn branches_remotes_and_hooks() {
    for hostile in mixed() {
        let home = Home::new();
        home.repository("shop");
        let branch = format!("b{hostile}");
        let mut git = home.command("git");
        git.current_dir(home.path("shop")).args(["symbolic-ref", "HEAD"]).arg(format!("refs/heads/{branch}"));
        // Git allows some of these in the name of a branch.
        git.output().unwrap();
        let mut git = home.command("git");
        git.current_dir(home.path("shop")).args(["remote", "add", "origin"]);
        assert!(git.arg(format!("https://github.com/acme/{hostile}")).status().unwrap().success());
        harmless(&home, "new shop --defaults --dry-run", "");
        harmless(&home, SHOP, "");
        home.write(
            "shop/.git/hooks/pre-commit",
            format!("#!/bin/sh\nprintf '%s\\n' '{hostile}' >&2\nexit 1\n"),
        );
        let hook = home.path("shop/.git/hooks/pre-commit");
        assert!(home.command("chmod").arg("+x").arg(hook).status().unwrap().success());
        harmless(&home, "upgrade shop --set port=9090", "");
        harmless(&home, "upgrade shop --set port=9090 --branch", "");
        harmless(&home, "status shop", "");
    }
}
