//! What a clone can put where treenail keeps its state.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use treenail::project::base;
use treenail::scaffold::definition::Ownership;
use treenail::scaffold::render::RenderedFile;

use crate::bounds::{MEMORY, limited};
use crate::upgrade::project::{Project, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const READERS: [&str; 4] = [
    "status shop --scaffold scaffold",
    "diff shop",
    "upgrade shop --scaffold scaffold",
    "restore shop/a.txt --force",
];

/// Puts something in the place of a file.
type Put = fn(&Path);

fn project() -> Project {
    Project::of(&Scaffold::new("1.0.0").file("a.txt", "one\n").file("deploy/b.txt", "b\n"))
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
#[ignore = "takes long"]
fn state_is_read_from_plain_files_only() {
    for name in ["answers.yaml", "base"] {
        let put: [(&str, Put); 4] = [
            ("it is a symbolic link", |path| symlink("/dev/zero", path).unwrap()),
            ("it is not a regular file", pipe),
            ("it is a folder", |path| fs::create_dir(path).unwrap()),
            ("it is larger than", |path| File::create(path).unwrap().set_len(100 << 20).unwrap()),
        ];
        for (why, put) in put {
            let project = project();
            project.remove(&format!(".treenail/{name}"));
            put(&project.path(&format!(".treenail/{name}")));
            for command in READERS {
                let said = limited(&project.home, MEMORY, command)
                    .ends_with(6, &format!("`.treenail/{name}` is damaged: {why}"));
                let fix = format!("git checkout HEAD -- .treenail/{name}");
                assert!(said.text.contains(&fix), "{command}: {}", said.text);
            }
            for command in ["adopt shop --scaffold scaffold --defaults --set app=shop -y", "check shop"] {
                limited(&project.home, MEMORY, command);
            }
        }
    }
}

#[test]
fn the_folder_of_the_state_is_no_link() {
    let project = project();
    fs::rename(project.path(".treenail"), project.home.path("elsewhere")).unwrap();
    symlink("../elsewhere", project.path(".treenail")).unwrap();
    for command in READERS {
        limited(&project.home, MEMORY, command).ends_with(6, "`.treenail` is a symbolic link");
    }
}

#[test]
#[ignore = "takes long"]
fn nested_answers_end_soon() {
    for (text, why) in [
        (format!("a: {}", "[".repeat(200_000)), "nested deeper than 200 levels"),
        ("- ".repeat(100_000), "nested deeper than 200 levels"),
        (
            (0..1000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<Vec<_>>().concat(),
            "nested deeper than 200 levels",
        ),
        (format!("a: &a [{}]\nb: [{}]\n", "x,".repeat(2000), "*a,".repeat(2000)), "more than 1000000 values"),
        (format!("a: \"{}", "x".repeat(900_000)), "line 1"),
        (format!("{}: 1\n", "k".repeat(900_000)), "line 1"),
        (
            (0..30_000).map(|n| format!("%TAG !a{n}! tag:x{n}\n")).collect::<Vec<_>>().concat(),
            "more than 100 directives",
        ),
        ("? a\n".repeat(200_000), "it has no `schema`"),
    ] {
        let project = project();
        project.write(".treenail/answers.yaml", &text);
        let said = limited(&project.home, MEMORY, "status shop --scaffold scaffold");
        let said = said.ends_with(6, "`.treenail/answers.yaml` is damaged");
        assert!(said.text.len() < 3000, "{} bytes", said.text.len());
        assert!(said.text.contains(why) || text.starts_with('?'), "{why}: {}", said.text);
        let given = project.home.path("given.yaml");
        fs::write(given, &text).unwrap();
        let new =
            limited(&project.home, MEMORY, "new other --scaffold scaffold --answers given.yaml --defaults");
        assert!(new.code == 4 || new.code == 2, "{}", new.text);
    }
}

#[test]
#[ignore = "takes long"]
fn recorded_paths_stay_inside() {
    let long = "n".repeat(5000);
    for path in [
        "../victim",
        "/victim",
        "",
        ".git/hooks/post-commit",
        ".treenail/answers.yaml",
        "a\u{1b}]0;pwn\u{7}",
        "a\rb",
        "a\0b",
        "deploy",
        "deploy/../../victim",
        "git~1/config",
        ".gitmodules",
        "a\u{202e}b",
        &long,
    ] {
        let project = project();
        let mut files = base::read(&project.bytes(".treenail/base")).unwrap();
        let content = files[0].file.clone();
        files.push(RenderedFile {
            path: path.to_owned(),
            file: content,
            ownership: Ownership::Managed,
            slot: path.to_owned(),
        });
        files.sort_by(|one, other| one.path.cmp(&other.path));
        project.edit(".treenail/base", base::write(&files));
        let before = project.everything();
        for command in
            READERS.into_iter().chain(["restore shop --force", "diff shop --upgrade --scaffold scaffold"])
        {
            limited(&project.home, MEMORY, command).ends_with(6, "`.treenail/base` is damaged: ");
        }
        assert_unchanged(&before, &project.everything());
        assert!(!project.home.path("victim").exists(), "{path:?}");
    }
}

#[test]
fn answers_that_the_user_names_may_come_through_a_pipe() {
    let project = project();
    project.home.write("given.yaml", "app: other\n");
    let piped =
        limited(&project.home, "cat given.yaml |", "new other --scaffold scaffold --answers /dev/stdin");
    assert_eq!(piped.code, 0, "{}", piped.text);
    let endless = limited(&project.home, MEMORY, "new more --scaffold scaffold --answers /dev/zero");
    endless.ends_with(1, "it is larger than 1 MiB");
}

#[test]
fn a_dockerfile_that_is_a_pipe_suggests_nothing() {
    let project = project();
    project.home.repository("app");
    pipe(&project.home.path("app/Dockerfile"));
    let new = limited(&project.home, MEMORY, "new app-gitops --scaffold scaffold --defaults --set app=shop");
    assert_eq!(new.code, 0, "{}", new.text);
}

#[test]
fn other_files_in_place_of_generated_ones_do_not_block() {
    let project = project();
    for name in ["a.txt", "deploy/b.txt"] {
        project.remove(name);
    }
    pipe(&project.path("a.txt"));
    symlink("/dev/zero", project.path("deploy/b.txt")).unwrap();
    for command in READERS {
        limited(&project.home, MEMORY, command);
    }
}
