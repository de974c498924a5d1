//! Measures `status`, `diff --upgrade` and `upgrade` of many services: all in one repository, and each in its own. The
//! peers, in the same run, are the same command started for one folder after the other, and Git alone: `git status` of
//! each folder, and `git commit` of a line changed in each. Prints times, their ratios to that of the one run for all, and
//! memory, without judging them; every service must have its new lines and the user's afterwards. The time of the processors
//! counts the children of each program, too; unlike the time on the clock it hardly depends on what else runs.
//!
//! Run it with `cargo bench --bench fleet`; `--quick` takes 20 services instead of 500. A `TMPDIR` in memory gives steadier
//! times.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "it measures whole processes")]

#[expect(dead_code, reason = "one round says enough, and what is printed does not matter here")]
mod support;

use std::cell::OnceCell;
use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::available_parallelism;

use support::{git, home, peak_memory, program, run, time};

/// The user edits one service in so many.
const EDITED_EVERY: usize = 10;

const COMMIT: &[&[&str]] = &[&["add", "-A"], &["commit", "-q", "-m", "next"]];

/// A file that the upgrade changes, and the line that the user adds.
const CHANGED: &str = "deploy/base/deployment.yaml";
const EDIT: &str = "# Looked at by the team.\n";

fn main() {
    let services = if env::args().any(|argument| argument == "--quick") { 20 } else { 500 };
    let cores = available_parallelism().unwrap();
    for (title, kind) in [
        ("services in one repository", Kind::OneRepository),
        ("repositories with one service each", Kind::OneEach),
    ] {
        println!("{services} {title}, {cores} cores");
        let home = home();
        measure(&Fleet::prepare(home.path(), kind, services));
        println!();
    }
}

fn measure(fleet: &Fleet) {
    for (verb, arguments) in [("status", &["status"][..]), ("diff --upgrade", &["diff", "--upgrade"])] {
        let ours = fleet.at_once(verb, arguments, &fleet.top);
        fleet.one_by_one(&ours, arguments, &fleet.top);
        peer("git status, one by one", &ours, || {
            for service in fleet.services(&fleet.top) {
                let mut status = Command::new("git");
                status.args(["status", "--porcelain", "--", "."]).stdout(Stdio::null());
                run(&fleet.home, status.current_dir(service));
            }
        });
    }
    let upgrade = &["upgrade", "--yes", "--quiet"];
    let copy = fleet.copy("at-once");
    let ours = fleet.at_once("upgrade", upgrade, &copy);
    fleet.check(&copy);
    let copy = fleet.copy("one-by-one");
    fleet.one_by_one(&ours, upgrade, &copy);
    fleet.check(&copy);
    let copy = fleet.copy("git");
    peer("git commit, one by one", &ours, || {
        for service in fleet.services(&copy) {
            let file = service.join(CHANGED);
            fs::write(&file, fs::read_to_string(&file).unwrap() + EDIT).unwrap();
            git(&fleet.home, &service, &[&["commit", "-q", "-m", "next", "--", "."]]);
        }
    });
}

/// Prints the time of `work`, and how many times that of `ours` it is.
fn peer(name: &str, ours: &Took, work: impl FnOnce()) {
    let took = Took::of(work);
    println!("  {name:24} {took}   ratio {:5.2}", took.clock / ours.clock);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    OneRepository,
    OneEach,
}

/// Generated services whose port was changed in the answers, and is not yet in the files.
struct Fleet {
    home: PathBuf,
    top: PathBuf,
    services: usize,
}

impl Fleet {
    fn prepare(home: &Path, kind: Kind, services: usize) -> Self {
        let fleet = Self { home: home.to_owned(), top: home.join("fleet"), services };
        fs::create_dir(&fleet.top).unwrap();
        if kind == Kind::OneRepository {
            git(home, &fleet.top, &[&["init", "-q"]]);
        }
        for (number, service) in fleet.services(&fleet.top).enumerate() {
            let app = format!("service-{number}");
            let mut new = Command::new(program());
            new.args(["new", "--quiet", "--defaults", "--app", &app, "--source-repo"]);
            new.arg(format!("https://github.com/acme/{app}.git")).arg(&service);
            if kind == Kind::OneRepository {
                new.arg("--no-commit");
            }
            run(home, &mut new);
            let answers = service.join(".treenail/answers.yaml");
            let text = fs::read_to_string(&answers).unwrap();
            assert!(text.contains("port: 8080\n"), "{text}");
            fs::write(&answers, text.replacen("port: 8080\n", "port: 9090\n", 1)).unwrap();
            if number.is_multiple_of(EDITED_EVERY) {
                let file = service.join(CHANGED);
                fs::write(&file, fs::read_to_string(&file).unwrap() + EDIT).unwrap();
            }
            if kind == Kind::OneEach {
                git(home, &service, COMMIT);
            }
        }
        if kind == Kind::OneRepository {
            git(home, &fleet.top, COMMIT);
        }
        fleet
    }

    /// The folders of the services below `top`, which is the fleet or a copy of it.
    fn services(&self, top: &Path) -> impl Iterator<Item = PathBuf> {
        let top = top.to_owned();
        (0..self.services).map(move |number| top.join(format!("service-{number}")))
    }

    /// A copy, as Git sees it after a while: its index is younger than the files.
    fn copy(&self, name: &str) -> PathBuf {
        let copy = self.home.join(name);
        run(&self.home, Command::new("cp").arg("-a").arg(&self.top).arg(&copy));
        let repositories =
            if self.top.join(".git").exists() { vec![copy.clone()] } else { self.services(&copy).collect() };
        for repository in repositories {
            git(&self.home, &repository, &[&["update-index", "-q", "--refresh"]]);
        }
        copy
    }

    /// Prints time and memory of one run for all services below `top`; returns the time.
    fn at_once(&self, name: &str, arguments: &[&str], top: &Path) -> Took {
        let took = OnceCell::new();
        let measure = |wrapper: &[&str]| {
            let program = program();
            let words = [wrapper, &[program.as_str()], arguments].concat();
            let mut command = Command::new(words[0]);
            command.args(&words[1..]).args(self.services(top)).stdout(Stdio::null());
            let _ = took.set(Took::of(|| run(&self.home, &mut command)));
        };
        let memory = peak_memory(&self.home, measure);
        if took.get().is_none() {
            println!("skipped: peak memory, no GNU time in /usr/bin");
            measure(&[]);
        }
        let memory = memory.map_or_else(String::new, |kibibytes| format!("   {:5} MiB", kibibytes / 1024));
        let took = took.into_inner().unwrap();
        println!("{name:26} {took}{memory}");
        took
    }

    /// Prints the time of a run for each service.
    fn one_by_one(&self, ours: &Took, arguments: &[&str], top: &Path) {
        peer("one by one", ours, || {
            for service in self.services(top) {
                let mut command = Command::new(program());
                run(&self.home, command.args(arguments).arg(service).stdout(Stdio::null()));
            }
        });
    }

    /// Fails unless every service has the new port and the user's line.
    fn check(&self, top: &Path) {
        for (number, service) in self.services(top).enumerate() {
            let text = fs::read_to_string(service.join(CHANGED)).unwrap();
            assert!(text.contains("containerPort: 9090\n"), "{}: {text}", service.display());
            assert_eq!(text.ends_with(EDIT), number.is_multiple_of(EDITED_EVERY), "{}", service.display());
        }
    }
}

/// How long something took, in seconds.
struct Took {
    clock: f64,
    /// Of all children and theirs; nothing where the system does not tell.
    processors: Option<f64>,
}

impl Took {
    fn of(work: impl FnOnce()) -> Self {
        let before = children();
        let clock = time(work).as_secs_f64();
        let processors = before.zip(children()).map(|(before, after)| (after - before) / TICKS);
        Self { clock, processors }
    }
}

impl fmt::Display for Took {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:8.2} s", self.clock)?;
        self.processors.map_or(Ok(()), |seconds| write!(formatter, ", processors {seconds:8.2} s"))
    }
}

/// In a second, of every Linux that is to be met.
const TICKS: f64 = 100.0;

/// The ticks that the processors have worked for children that have ended.
fn children() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in brackets, may hold blanks. Behind it the third field comes.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13);
    let ticks = |field: &str| field.parse::<f64>().ok();
    Some(ticks(fields.next()?)? + ticks(fields.next()?)?)
}
