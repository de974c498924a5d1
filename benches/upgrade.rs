//! Compares a whole `treenail upgrade` with `copier update` for the same files, versions and edits. The runs alternate,
//! so that both meet the same machine. Prints times without judging them. Both tools must bring in the new lines and
//! keep the user's.
//!
//! Run it with `cargo bench --bench upgrade`. `COPIER` names the copier to run, by default the one in `PATH`; without
//! copier, treenail runs alone. `--full` or `TREENAIL_BENCH_FULL=1` has copier update the many files as well, which
//! takes a while. A `TMPDIR` in memory gives steadier times: a disk is slow to create files after many were deleted.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "it measures whole processes")]

#[expect(dead_code, reason = "what is printed does not matter here")]
mod support;

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use support::{git, home, millis, peak_memory, program, row, run, time};

/// The new version changes one file in `CHANGED_EVERY`, the user edits one in `EDITED_EVERY`.
const CHANGED_EVERY: usize = 10;
const EDITED_EVERY: usize = 5;

const COMMIT: &[&[&str]] = &[&["add", "-A"], &["commit", "-q", "-m", "next"]];

fn main() {
    let full = env::args().any(|argument| argument == "--full")
        || env::var_os("TREENAIL_BENCH_FULL").is_some_and(|value| value == "1");
    let copier = copier();
    if copier.is_none() {
        println!("skipped: copier not found");
    }
    measure(20, 10, copier.as_ref().map(|copier| (copier, 5)));
    if copier.is_some() && !full {
        println!("\nskipped: copier for many files; `--full` runs it");
    }
    measure(1500, 5, copier.as_ref().filter(|_| full).map(|copier| (copier, 1)));
}

/// Prints how long upgrading `files` takes; treenail runs `rounds` times, copier as often as its own number says.
fn measure(files: usize, rounds: usize, copier: Option<(&Copier, usize)>) {
    let home = home();
    let root = home.path();
    let treenail = Treenail::prepare(root, files);
    let copier = copier.map(|(copier, rounds)| (copier, copier.prepare(root, files), rounds));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let took = treenail.upgrade(root, files, &[]);
        // The first round finds nothing cached.
        if round > 0 {
            ours.push(took);
        }
        if let Some((copier, project, _)) = copier.as_ref().filter(|(.., rounds)| theirs.len() < *rounds) {
            theirs.push(copier.update(root, project, files));
        }
    }

    println!("\n{files} files, {rounds} rounds ({} of copier), milliseconds", theirs.len());
    row("treenail upgrade", ours.iter().map(millis));
    if !theirs.is_empty() {
        row("copier update", theirs.iter().map(millis));
        row(
            "copier / treenail",
            ours.iter().zip(&theirs).map(|(ours, theirs)| millis(theirs) / millis(ours)),
        );
    }
    let upgrade = |wrapper: &[&str]| {
        treenail.upgrade(root, files, wrapper);
    };
    match peak_memory(root, upgrade) {
        Some(kibibytes) => println!("{:32} {kibibytes} KiB", "treenail, peak memory"),
        None => println!("skipped: peak memory, no GNU time in /usr/bin"),
    }
}

/// A generated repository with the user's edits, and the scaffold to upgrade it to.
struct Treenail {
    repository: PathBuf,
    scaffold: PathBuf,
}

impl Treenail {
    fn prepare(root: &Path, files: usize) -> Self {
        let [first, scaffold] = [1, 2].map(|version| {
            let dir = root.join(format!("scaffold-{version}"));
            write(&dir.join("scaffold.yaml"), &definition(files, version));
            for number in 0..files {
                let template = manifest(number, version, "[= (app ~ \"-web\") | yaml =]");
                write(&dir.join("files").join(path(number)), &template);
            }
            dir
        });
        let repository = root.join("generated");
        let mut new = Command::new(program());
        new.args(["new", "--quiet", "--defaults", "--set", "app=shop", "--scaffold"]).arg(first);
        run(root, new.arg(&repository));
        edit(&repository, files);
        git(root, &repository, COMMIT);
        Self { repository, scaffold }
    }

    /// Upgrades a fresh clone, through the command `wrapper` if given.
    fn upgrade(&self, root: &Path, files: usize, wrapper: &[&str]) -> Duration {
        let clone = clone(root, &self.repository);
        let program = program();
        let command = [wrapper, &[program.as_str()]].concat();
        let mut upgrade = Command::new(command[0]);
        upgrade.args(&command[1..]).args(["upgrade", "--quiet", "--yes", "--scaffold"]);
        upgrade.arg(&self.scaffold).arg(&clone);
        let took = time(|| run(root, &mut upgrade));
        check(&clone, files);
        took
    }
}

/// The `copier` command.
struct Copier(PathBuf);

impl Copier {
    /// A project like that of [`Treenail::prepare`], from a template in a separate repository, as copier requires.
    fn prepare(&self, root: &Path, files: usize) -> PathBuf {
        let template = root.join("template");
        write(&template.join("copier.yml"), "_subdirectory: files\napp:\n  type: str\n");
        let record = "[[ _copier_conf.answers_file ]].jinja".replace("[[", "{{").replace("]]", "}}");
        write(&template.join("files").join(record), "{{ _copier_answers | to_nice_yaml }}");
        git(root, &template, &[&["init", "-q"]]);
        for version in 1..=2 {
            for number in 0..files {
                let file = template.join("files").join(path(number) + ".jinja");
                write(&file, &manifest(number, version, "{{ app }}-web"));
            }
            git(root, &template, COMMIT);
            git(root, &template, &[&["tag", &format!("{version}.0.0")]]);
        }
        let project = root.join("project");
        let mut copy = Command::new(&self.0);
        copy.args(["copy", "--quiet", "--defaults", "--data", "app=shop", "--vcs-ref", "1.0.0"]);
        run(root, copy.arg(template).arg(&project));
        git(root, &project, &[&["init", "-q"]]);
        git(root, &project, COMMIT);
        edit(&project, files);
        git(root, &project, COMMIT);
        project
    }

    /// Updates a fresh clone. copier does not commit the result, unlike treenail.
    fn update(&self, root: &Path, project: &Path, files: usize) -> Duration {
        let clone = clone(root, project);
        let mut update = Command::new(&self.0);
        update.args(["update", "--quiet", "--defaults", "--trust", "--vcs-ref", "2.0.0"]).arg(&clone);
        let took = time(|| run(root, &mut update));
        check(&clone, files);
        took
    }
}

fn copier() -> Option<Copier> {
    let command = env::var_os("COPIER").map_or_else(|| "copier".into(), PathBuf::from);
    let version = Command::new(&command).arg("--version").output().ok()?;
    version.status.success().then_some(Copier(command))
}

fn definition(files: usize, version: usize) -> String {
    let mut text = format!(
        "schema: 1\nname: measured\nversion: {version}.0.0\nsummary: many workloads\nquestions:\n\
         - {{name: app, type: label, prompt: Name, help: Of all., essential: true}}\nfiles:\n"
    );
    for number in 0..files {
        writeln!(text, "- {{path: {}, about: a workload}}", path(number)).unwrap();
    }
    text
}

fn path(number: usize) -> String {
    format!("group-{}/workload-{number}.yaml", number / 50)
}

/// A Deployment; `app` is the expression for the application's name.
fn manifest(number: usize, version: usize, app: &str) -> String {
    let version = if number.is_multiple_of(CHANGED_EVERY) { version } else { 1 };
    format!(
        "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: workload-{number}
  labels:
    app.kubernetes.io/part-of: {app}
spec:
  replicas: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: workload-{number}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: workload-{number}
        app.kubernetes.io/part-of: {app}
    spec:
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
      - name: main
        image: registry.example.com/acme/workload-{number}:{version}
        ports:
        - containerPort: 8080
        readinessProbe:
          httpGet:
            path: /healthz
            port: 8080
        resources:
          requests:
            cpu: 50m
            memory: 64Mi
          limits:
            memory: 64Mi
"
    )
}

const REPLICAS: [&str; 2] = ["replicas: 1\n", "replicas: 3\n"];

/// Makes the user's edits, in files that the next version changes and in others.
fn edit(dir: &Path, files: usize) {
    for number in (0..files).step_by(EDITED_EVERY) {
        let file = dir.join(path(number));
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace(REPLICAS[0], REPLICAS[1])).unwrap();
    }
}

/// Fails unless every file has the lines of version 2 and the user's.
fn check(dir: &Path, files: usize) {
    for number in 0..files {
        let replicas = REPLICAS[usize::from(number.is_multiple_of(EDITED_EVERY))];
        let expected = manifest(number, 2, "shop-web").replace(REPLICAS[0], replicas);
        let file = dir.join(path(number));
        assert!(fs::read_to_string(&file).unwrap() == expected, "{}", file.display());
    }
}

/// A fresh clone of `repository`. Clones stay until the end: ext4 is slow to create files while it keeps the inodes of
/// many deleted ones from being used again.
fn clone(root: &Path, repository: &Path) -> PathBuf {
    let clone = tempfile::tempdir_in(root).unwrap().keep();
    let mut command = Command::new("git");
    run(root, command.args(["clone", "-q", "--no-local"]).arg(repository).arg(&clone));
    clone
}

fn write(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}
