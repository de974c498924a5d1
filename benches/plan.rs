//! Measures `treenail plan` of a pull request, in a repository with 60 services and in one with 500 Applications. The peer, in the
//! same run, is what people do without it: `kubectl kustomize` of each folder at both commits, and `diff`, which knows nothing of
//! Argo CD. Prints times, ratios and memory, without judging them; the plan must name the one Application that changes.
//!
//! Run it with `cargo bench --bench plan`; `--quick` takes 10 services.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "it measures whole processes")]

#[expect(dead_code, reason = "the peer runs once, and its output is for `diff` alone")]
mod support;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::{git, home, output, peak_memory, program, row, run, time};

const ROUNDS: usize = 10;

/// What the pull request changes.
const CHANGED: &str = "service-0/deploy/overlays/production/settings/kustomization.yaml";
const EDIT: &str = "images:\n- name: helper\n  newTag: \"2\"\ncommonAnnotations:\n  team: shop\n";

fn main() {
    let is_quick = env::args().any(|argument| argument == "--quick");
    // Each service has three Applications.
    for services in if is_quick { vec![10] } else { vec![60, 167] } {
        measure(&Repository::prepare(services));
    }
}

fn measure(repository: &Repository) {
    let Repository { home, top, services, files } = repository;
    println!("{services} services, {} Applications, {files} files", services * 3);
    let plan = ["plan", "HEAD~1..HEAD"];
    let (code, text) = output(home.path(), Command::new(program()).current_dir(top).args(plan));
    assert!(code == 0 && text.starts_with("merging this syncs service-0-production\n"), "{text}");

    let mut command = Command::new(program());
    command.current_dir(top).args(plan).stdout(Stdio::null());
    let times: Vec<f64> =
        (0..ROUNDS).map(|_| time(|| run(home.path(), &mut command)).as_secs_f64()).collect();
    row("plan, seconds", times.iter().copied());
    let memory = peak_memory(home.path(), |wrapper| {
        let program = program();
        let words = [wrapper, &[program.as_str()], &plan].concat();
        run(home.path(), Command::new(words[0]).current_dir(top).args(&words[1..]).stdout(Stdio::null()));
    });
    match memory {
        Some(kibibytes) => println!("{:32} {} MiB", "peak memory", kibibytes / 1024),
        None => println!("skipped: peak memory, no GNU time in /usr/bin"),
    }
    if Command::new("kubectl").arg("help").stdout(Stdio::null()).status().is_err() {
        println!("skipped: the peer, kubectl is not installed");
        return;
    }
    let peer = time(|| repository.build_both()).as_secs_f64();
    let least = times.iter().copied().fold(f64::INFINITY, f64::min);
    println!("{:32} {peer:9.2}   ratio {:9.1}", "kubectl kustomize and diff", peer / least);
}

/// A repository with services, and one commit that changes one of them.
struct Repository {
    home: tempfile::TempDir,
    top: PathBuf,
    services: usize,
    files: usize,
}

impl Repository {
    fn prepare(services: usize) -> Self {
        let home = home();
        let top = home.path().join("fleet");
        fs::create_dir(&top).unwrap();
        git(home.path(), &top, &[&["init", "-q", "-b", "main"]]);
        for number in 0..services {
            let app = format!("service-{number}");
            let mut new = Command::new(program());
            new.args(["new", "--quiet", "--defaults", "--no-commit", "--app", &app, "--source-repo"]);
            new.arg(format!("https://github.com/acme/{app}.git")).arg(top.join(&app));
            new.args(["--set", "manifest-repo=https://github.com/acme/fleet.git"]);
            run(home.path(), &mut new);
        }
        git(home.path(), &top, &[&["add", "-A"], &["commit", "-q", "-m", "services"]]);
        let file = top.join(CHANGED);
        fs::write(&file, fs::read_to_string(&file).unwrap() + EDIT).unwrap();
        git(home.path(), &top, &[&["commit", "-q", "-a", "-m", "change"]]);
        let (_, files) = output(home.path(), Command::new("git").current_dir(&top).arg("ls-files"));
        let files = files.lines().count();
        Self { home, top, services, files }
    }

    /// Builds every folder that an Application renders, at both commits, and compares the results.
    fn build_both(&self) {
        for (name, commit) in [("before", "HEAD~1"), ("after", "HEAD")] {
            let tree = self.home.path().join(format!("tree-{name}"));
            git(self.home.path(), &self.top, &[&["worktree", "add", "-q", tree.to_str().unwrap(), commit]]);
            let built = self.home.path().join(name);
            fs::create_dir(&built).unwrap();
            for number in 0..self.services {
                for folder in ["delivery", "deploy/overlays/staging", "deploy/overlays/production"] {
                    let source = tree.join(format!("service-{number}")).join(folder);
                    self.build(&source, &built.join(format!("{number}-{}", folder.replace('/', "-"))));
                }
            }
        }
        let mut diff = Command::new("diff");
        diff.args(["-ru", "before", "after"]).current_dir(self.home.path());
        assert_eq!(output(self.home.path(), &mut diff).0, 1);
    }

    fn build(&self, source: &Path, to: &Path) {
        let mut kubectl = Command::new("kubectl");
        kubectl.arg("kustomize").arg(source).stdout(fs::File::create(to).unwrap());
        run(self.home.path(), &mut kubectl);
    }
}
