//! Runs that are killed, and disks that are full for a moment or for good, at one system call after the other. What is
//! left must be the state before or the one after, at once or as soon as the next run has cleared up.
//!
//! `strace` makes the calls fail. `TREENAIL_EVERY_CALL=1` takes every call in its turn, which takes minutes; without it
//! some are left out. `TREENAIL_KILLS=100` kills each command as often at any moment, instead of a few times.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, test_kill_process_group};

use crate::upgrade::project::{Project, Snapshot};
use crate::upgrade::scaffold::Scaffold;

/// The calls that change something, by what they are about. Which of a group there are depends on the machine, and each is
/// counted on its own. The last group gives room, so a full disk does not make it fail.
const CALLS: [&str; 6] = [
    "?rename,?renameat",
    "?renameat2",
    "?link,?linkat,?symlink,?symlinkat",
    "?mkdir,?mkdirat",
    "write",
    "?unlink,?unlinkat,?rmdir",
];

/// What happens at a call.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// The process is killed before it.
    Kill,
    /// The disk is full, this one time.
    Full,
    /// The disk is full from now on.
    StaysFull,
}

/// Something that `treenail` is to do, what has happened before, and how it ends.
struct Case {
    arguments: &'static str,
    code: i32,
    project: Project,
    before: Snapshot,
    after: Snapshot,
}

const EDITED: &str = "one\nmine\nthree\n";

fn v1() -> Scaffold {
    Scaffold::new("1.0.0")
        .question("port", "integer", "  default: \"80\"\n")
        .file("a.txt", "one\ntwo\nthree\n")
        .file("sub/b.txt", "[= port =]\n")
        .file("old/deep.txt", "old\n")
}

fn v2() -> Scaffold {
    let new = v1().version("2.0.0").without("old/deep.txt").file("new/deep.txt", "new\n");
    new.file("a.txt", "one\nTWO\nthree\n").program("sub/b.txt", "[= port =] 2\n")
}

/// Version 1, and version 2 to be had.
fn outdated() -> Project {
    let project = Project::of(&v1());
    project.offer(&v2());
    project
}

/// As [`outdated`], with an edit that version 2 conflicts with, and answers that were edited and not committed.
fn disputed() -> Project {
    let project = outdated();
    project.edit("a.txt", EDITED);
    project.replace(".treenail/answers.yaml", "  port: 80\n", "  port: 81 # ours\n");
    project
}

impl Case {
    fn new(project: Project, arguments: &'static str, code: i32) -> Self {
        fs::rename(project.home.path("shop"), project.home.path("model")).unwrap();
        let mut case = Self { arguments, code, project, before: Snapshot::new(), after: Snapshot::new() };
        case.reset();
        case.before = case.state();
        case.run_well();
        case.after = case.state();
        assert_ne!(case.before, case.after);
        case
    }

    fn reset(&self) {
        let home = &self.project.home;
        if home.path("shop").exists() {
            fs::remove_dir_all(home.path("shop")).unwrap();
        }
        let copied = home.command("cp").args(["-a", "model", "shop"]).status().unwrap();
        assert!(copied.success());
    }

    #[track_caller]
    fn run_well(&self) {
        self.project.treenail(self.arguments).ends_with(self.code);
    }

    /// What users have of it: files, the index, branches, what is going on. Objects may be left over.
    fn state(&self) -> Snapshot {
        let mut state = self.project.everything();
        let counts = ["refs", "treenail", "HEAD", "CHERRY_PICK_HEAD", "MERGE_MSG"];
        state.retain(|path, _| match path.strip_prefix(".git/") {
            // A lock that nobody holds locks nobody out.
            Some("treenail" | "treenail/lock") => false,
            Some(inner) => counts.iter().any(|name| inner.split('/').next() == Some(name)),
            None => true,
        });
        let index = self.project.git("ls-files --stage").into_bytes();
        state.insert("index".to_owned(), (String::new(), index));
        state
    }

    /// Runs into `fault` at the call number `number` of the group `calls`; `None` where there are fewer.
    fn run_into(&self, fault: Fault, calls: &str, number: usize) -> Option<Output> {
        let what = match fault {
            Fault::Kill => format!("inject={calls}:signal=SIGKILL:when={number}"),
            Fault::Full => format!("inject={calls}:error=ENOSPC:when={number}"),
            Fault::StaysFull => format!("inject={calls}:error=ENOSPC:when={number}+"),
        };
        let log = self.project.home.path("strace.log");
        let mut strace = self.project.home.command("strace");
        strace.arg("-o").arg(&log).args(["-e", &format!("trace={calls}"), "-e", &what, "treenail"]);
        let output = strace.args(self.arguments.split(' ')).stdin(Stdio::null()).output().unwrap();
        let is_hit =
            output.status.signal().is_some() || fs::read_to_string(&log).unwrap().contains("INJECTED");
        is_hit.then_some(output)
    }

    /// `fault` at the calls, one after the other, and a look at what is left of each. Gives how many there were.
    fn survives(&self, fault: Fault) -> usize {
        let step = if env::var_os("TREENAIL_EVERY_CALL").is_some() { 1 } else { 11 };
        let mut count = 0;
        let groups = if fault == Fault::Kill { &CALLS[..] } else { &CALLS[..5] };
        for (group, calls) in groups.iter().enumerate() {
            for number in (1 + group % step..).step_by(step) {
                self.reset();
                let Some(output) = self.run_into(fault, calls, number) else { break };
                let call = format!("`{}`, call {number} of {calls}", self.arguments);
                self.look(fault, number, &output).unwrap_or_else(|wrong| {
                    let said = String::from_utf8_lossy(&output.stderr);
                    panic!("{call}: {wrong}\nsaid: {said}")
                });
                count += 1;
            }
        }
        count
    }

    /// Kills at moments that are spread over the run, and a look at what is left.
    fn survives_kills(&self, count: u32) {
        self.reset();
        let start = Instant::now();
        self.run_well();
        let whole = start.elapsed();
        for number in 0..count {
            self.reset();
            let mut command = self.project.home.command("treenail");
            command.args(self.arguments.split(' ')).stdin(Stdio::null()).stdout(Stdio::null());
            let mut run = command.stderr(Stdio::null()).process_group(0).spawn().unwrap();
            // A stride that meets every part of the run, whatever the count.
            thread::sleep(whole * ((number * 377) % 1000) / 1000);
            let _ = run.kill();
            let group = Pid::from_child(&run);
            let output = run.wait_with_output().unwrap();
            // A Git that it has started goes on to its end.
            while test_kill_process_group(group).is_ok() {
                thread::sleep(Duration::from_millis(5));
            }
            self.look(Fault::Kill, number as usize, &output)
                .unwrap_or_else(|wrong| panic!("`{}`, kill {number}: {wrong}", self.arguments));
        }
    }

    fn look(&self, fault: Fault, number: usize, output: &Output) -> Result<(), String> {
        // Giving up is Git's work first, and then ours; the next run does what is left of it.
        // A fix is whole for each file, not for all of them.
        let is_fix = self.arguments.contains("--fix");
        if fault == Fault::Full && !self.arguments.ends_with("--abort") && !is_fix {
            let state = self.state();
            // Only the last words may have been cut off.
            let is_done = output.status.code() == Some(self.code) || state == self.after;
            let expected = if is_done { &self.after } else { &self.before };
            return same(expected, &state);
        }
        self.refuse_accidents()?;
        self.remove_locks();
        let ways = ["upgrade shop --abort", "upgrade shop --continue", self.arguments];
        // Giving a resolution up would lead to a third state.
        let is_once = is_fix || self.arguments.ends_with("--continue");
        let ways = if is_once { [self.arguments; 3] } else { ways };
        let said = self.project.treenail(ways[number % 3]).stderr;
        if self.project.path(".git/treenail/journal").exists() {
            // Others than `upgrade` leave it to that.
            self.project.treenail("upgrade shop --abort").ends_with(0);
        }
        self.project.git("fsck --strict --no-dangling");
        let state = self.state();
        if state == self.after {
            return Ok(());
        }
        same(&self.before, &state).map_err(|wrong| format!("{wrong}\nthen: {said}"))?;
        self.run_well();
        same(&self.after, &self.state())
    }

    /// Nothing of treenail's must be in the work tree for `git add` to take up.
    fn refuse_accidents(&self) -> Result<(), String> {
        let status = self.project.git("--no-optional-locks status --porcelain --untracked-files=all");
        let is_known = |path: &str| self.before.contains_key(path) || self.after.contains_key(path);
        match status.lines().find(|line| line.starts_with("??") && !is_known(line[3..].trim_matches('"'))) {
            Some(line) => Err(format!("`git status` shows {line}")),
            None => Ok(()),
        }
    }

    /// As Git asks its users to, unless treenail knows that the lock was its own: that has a second name.
    fn remove_locks(&self) {
        for entry in walkdir::WalkDir::new(self.project.path(".git")) {
            let entry = entry.unwrap();
            let is_known = entry.metadata().unwrap().nlink() > 1;
            let path = entry.into_path();
            if path.extension().is_some_and(|extension| extension == "lock") && !is_known {
                fs::remove_file(path).unwrap();
            }
        }
    }
}

fn same(expected: &Snapshot, found: &Snapshot) -> Result<(), String> {
    let differs = |path: &&String| expected.get(*path) != found.get(*path);
    let mut paths: Vec<_> = expected.keys().chain(found.keys()).filter(differs).collect();
    paths.dedup();
    let show = |side: &Snapshot| {
        let shown = paths.iter().map(|path| {
            let content =
                side.get(*path).map(|(mode, text)| format!("{mode} {}", String::from_utf8_lossy(text)));
            ((*path).clone(), content)
        });
        shown.collect::<BTreeMap<_, _>>()
    };
    if paths.is_empty() {
        Ok(())
    } else {
        Err(format!("{:#?}\ninstead of\n{:#?}", show(found), show(expected)))
    }
}

/// Whether calls can be made to fail here; says so where they cannot.
fn can_inject() -> bool {
    let home = crate::common::home::Home::new();
    let probe =
        home.command("strace").args(["-o", "log", "-e", "inject=write:error=ENOSPC:when=1", "true"]).output();
    let can = probe.is_ok_and(|output| output.status.success());
    if !can {
        // Past the test harness, which hides what `eprintln` prints.
        let _ = writeln!(std::io::stderr(), "skipped: calls cannot be made to fail here, which takes strace");
    }
    can
}

/// Whoever calls for the network gets the answer that there is none.
#[test]
fn nobody_calls_for_the_network() {
    if !can_inject() {
        return;
    }
    let project = outdated();
    project.git("remote add origin https://git.example.com/acme/shop.git");
    let log = project.home.path("strace.log");
    for line in
        ["upgrade shop --scaffold scaffold", "status shop --scaffold scaffold", "diff shop", "restore shop"]
    {
        let mut strace = project.home.command("strace");
        strace.arg("-o").arg(&log).args([
            "-f",
            "-e",
            "trace=connect",
            "-e",
            "inject=connect:error=ENETUNREACH",
        ]);
        let output = strace.arg("treenail").args(line.split(' ')).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(!fs::read_to_string(&log).unwrap().contains("AF_INET"), "{line}");
    }
    project.assert_clean();
}

/// All faults in turn; there must be enough of them.
fn assert_survives(project: fn() -> Project, arguments: &'static str, code: i32) {
    if !can_inject() {
        return;
    }
    let case = Case::new(project(), arguments, code);
    let kills = env::var("TREENAIL_KILLS").map_or(3, |count| count.parse().unwrap());
    case.survives_kills(kills);
    let hits: usize =
        [Fault::Kill, Fault::Full, Fault::StaysFull].map(|fault| case.survives(fault)).iter().sum();
    assert!(hits > 0, "nothing was hit");
}

#[test]
#[ignore = "takes long"]
fn an_upgrade() {
    assert_survives(outdated, "upgrade shop --scaffold scaffold", 0);
}

#[test]
#[ignore = "takes long"]
fn an_upgrade_with_edited_answers() {
    let project = || {
        let project = disputed();
        project.git("reset -q --hard HEAD~1");
        project.replace(".treenail/answers.yaml", "  port: 80\n", "  port: 81 # ours\n");
        project
    };
    assert_survives(project, "upgrade shop --scaffold scaffold", 0);
}

#[test]
#[ignore = "takes long"]
fn an_upgrade_with_a_hook() {
    let project = || {
        let project = outdated();
        project.write(".git/hooks/pre-commit", "#!/bin/sh\n");
        project.set_mode(".git/hooks/pre-commit", 0o755);
        project
    };
    assert_survives(project, "upgrade shop --scaffold scaffold", 0);
}

#[test]
#[ignore = "takes long"]
fn an_upgrade_without_a_commit() {
    assert_survives(outdated, "upgrade shop --scaffold scaffold --no-commit", 0);
}

#[test]
#[ignore = "takes long"]
fn an_upgrade_onto_a_branch() {
    assert_survives(outdated, "upgrade shop --scaffold scaffold --branch later", 0);
}

#[test]
#[ignore = "takes long"]
fn an_upgrade_with_markers() {
    assert_survives(disputed, "upgrade shop --scaffold scaffold --conflicts=markers", 3);
}

#[test]
#[ignore = "takes long"]
fn a_restoration() {
    let project = || {
        let project = Project::of(&v1());
        project.write("a.txt", EDITED);
        project.remove("old/deep.txt");
        project.commit();
        project
    };
    assert_survives(project, "restore shop", 0);
}

#[test]
#[ignore = "takes long"]
fn an_adoption() {
    let project = || {
        let project = Project::of(&v1());
        project.remove(".treenail/answers.yaml");
        project.remove(".treenail/base");
        project.edit("a.txt", EDITED);
        project
    };
    assert_survives(project, "adopt shop --scaffold scaffold --set app=shop", 0);
}

fn marked() -> Project {
    let project = disputed();
    project.upgrade("--conflicts=markers").ends_with(3);
    project
}

/// Giving up once more must get to the end of giving up.
#[test]
#[ignore = "takes long"]
fn giving_conflicts_up() {
    assert_survives(marked, "upgrade shop --abort", 0);
}

#[test]
#[ignore = "takes long"]
fn going_on_after_conflicts() {
    let project = || {
        let project = marked();
        project.write("a.txt", EDITED);
        project.git("add a.txt");
        project
    };
    assert_survives(project, "upgrade shop --continue", 0);
}

#[test]
#[ignore = "takes long"]
fn a_new_folder_in_a_repository() {
    let project = || {
        let project = Project::empty();
        project.offer(&v1());
        project.edit("README.md", "mine\n");
        project
    };
    assert_survives(project, "new shop/sub --scaffold scaffold --defaults --set app=shop", 0);
}

#[test]
#[ignore = "takes long"]
fn a_fix() {
    let project = || {
        let project = Project::empty();
        for name in ["one", "two"] {
            let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: NAME\ndata:\n  debug: yes\n";
            project.edit(&format!("{name}.yaml"), manifest.replace("NAME", name));
        }
        project
    };
    assert_survives(project, "check --fix shop", 0);
}
