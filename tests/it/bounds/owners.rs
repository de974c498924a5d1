//! Repositories of other users, and those that Git cannot open: every command says so, and how to go on.

use std::os::unix::fs::{MetadataExt, chown};
use std::process::Stdio;

use walkdir::WalkDir;

use crate::bounds::limited;
use crate::upgrade::project::Project;
use crate::upgrade::scaffold::Scaffold;

const COMMANDS: [&str; 7] = [
    "status shop --scaffold scaffold",
    "diff shop",
    "upgrade shop --scaffold scaffold",
    "restore shop/a.txt --force",
    "adopt shop --scaffold scaffold --defaults --set app=shop -y",
    "new shop/inner --scaffold scaffold --defaults --set app=shop",
    "scaffold export service shop/exported",
];

fn project() -> Project {
    let project = Project::of(&Scaffold::new("1.0.0").file("a.txt", "one\n"));
    project.offer(&Scaffold::new("2.0.0").file("a.txt", "two\n"));
    project
}

/// The project, in the hands of another user; none where only root could give it away.
fn given_away() -> Option<Project> {
    let project = project();
    if project.home.path(".").metadata().unwrap().uid() != 0 {
        #[expect(clippy::print_stderr, reason = "a test that is skipped must not look like one that passed")]
        {
            eprintln!("skipped: only root can give files away");
        }
        return None;
    }
    for entry in WalkDir::new(project.home.path("shop")) {
        chown(entry.unwrap().path(), Some(54321), Some(54321)).unwrap();
    }
    Some(project)
}

#[test]
fn a_repository_of_another_user_is_named_as_such() {
    let Some(project) = given_away() else { return };
    for command in COMMANDS {
        let outcome = project.treenail(command).ends_with(5);
        let outcome =
            outcome.says("belongs to another user").says("git config --global --add safe.directory ");
        assert!(!outcome.stderr.contains("not generated"), "{command}: {}", outcome.stderr);
    }
    limited(&project.home, "cd shop;", "check").ends_with(5, "belongs to another user");
}

#[test]
fn a_trusted_repository_of_another_user_is_like_any() {
    let Some(project) = given_away() else { return };
    let shop = project.home.path("shop").display().to_string();
    let below = format!("{}/*", project.home.path("").display().to_string().trim_end_matches('/'));
    let file = |values: &[&str]| {
        let lines: Vec<_> = values.iter().map(|value| format!("\tdirectory = {value}\n")).collect();
        let lines = lines.concat();
        project.home.write("trust", format!("[user]\n\tname = A\n\temail = a@example.com\n[safe]\n{lines}"));
        project.home.path("trust").display().to_string()
    };
    let count = |value: &str| {
        vec![
            ("GIT_CONFIG_COUNT", "1".to_owned()),
            ("GIT_CONFIG_KEY_0", "safe.directory".to_owned()),
            ("GIT_CONFIG_VALUE_0", value.to_owned()),
        ]
    };
    let run = |command: &str, variables: &[(&str, String)]| {
        let mut treenail = project.home.command("treenail");
        treenail.args(command.split_whitespace()).stdin(Stdio::null());
        let output = treenail.envs(variables.iter().map(|(name, value)| (name, value))).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    // Git knows this form since version 2.46.
    let mut git = project.home.command("git");
    git.args(["-C", "shop", "rev-parse", "--git-dir"]).envs(count(&below));
    let by_folder = git.output().unwrap().status.success();
    for (trusted, variables) in [
        (true, count(&shop)),
        (true, count("*")),
        (by_folder, count(&below)),
        (true, vec![("GIT_CONFIG_PARAMETERS", format!("'safe.directory={shop}'"))]),
        (true, vec![("GIT_CONFIG_SYSTEM", file(&[&shop])), ("GIT_CONFIG_NOSYSTEM", "0".to_owned())]),
        (false, count("/elsewhere")),
        (false, count("")),
    ] {
        let expected = if trusted { 0 } else { 5 };
        let (code, said) = run("status shop --scaffold scaffold", &variables);
        assert_eq!(code, expected, "{variables:?}: {said}");
    }
    for (trusted, values) in [
        (true, &[shop.as_str()][..]),
        (true, &["*"]),
        (by_folder, &[&below]),
        (true, &["", &shop]),
        (false, &[&shop, ""]),
        (false, &["*", ""]),
    ] {
        let variables = [("GIT_CONFIG_GLOBAL", file(values))];
        let (code, said) = run("status shop --scaffold scaffold", &variables);
        assert_eq!(code, if trusted { 0 } else { 5 }, "{values:?}: {said}");
    }
    for command in
        ["diff shop", "upgrade shop --scaffold scaffold", "restore shop/a.txt --force", "check shop"]
    {
        let (code, said) = run(command, &count(&shop));
        assert_eq!(code, 0, "{command}: {said}");
    }
    assert_eq!(project.read("a.txt"), "two\n");
}

#[test]
fn a_repository_that_cannot_be_opened_is_named_as_such() {
    for (file, text, why) in [
        (".git/config", "[core\n", "cannot open the repository"),
        (
            ".git/config",
            "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tshiny = true\n",
            "cannot open the repository",
        ),
        (".git/HEAD", "", "is not a complete Git repository"),
    ] {
        let project = project();
        if text.is_empty() {
            project.remove(file);
        } else {
            project.write(file, text);
        }
        for command in &COMMANDS[..5] {
            let outcome = project.treenail(command);
            assert_ne!(outcome.code, 0, "{command}");
            let outcome = outcome.says(why).says("hint: `git ");
            assert!(!outcome.stderr.contains("not generated"), "{command}: {}", outcome.stderr);
        }
    }
    let project = project();
    project.remove(".git/HEAD");
    project.git("init");
    project.treenail("status shop --scaffold scaffold").ends_with(0);
}
