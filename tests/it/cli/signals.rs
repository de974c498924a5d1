//! Ctrl-C and its like: they end every command; a write ends as the old state or the new one.
#![cfg(target_os = "linux")]

use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader, ErrorKind, PipeReader, PipeWriter, Read, Write};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::ioctl_fionbio;

use crate::cli::new::SHOP;
use crate::common::home::Home;

const SIGNALS: [&str; 3] = ["INT", "TERM", "HUP"];

/// SIGHUP, SIGINT and SIGTERM in the mask of caught signals.
const CAUGHT: u64 = 0x4003;

/// A machine that builds something else meanwhile is slow.
const PATIENCE: Duration = Duration::from_mins(1);

const NOTHING: &str = "cancelled, nothing was written\n";
const ANNOUNCED: &str = "cancelling at the next safe point; another signal stops at once\n";
const UPGRADE: &str = "upgrade shop --yes --set port=9090";

/// A pipe into which nothing can be written any more, and its other end, which is never read.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = io::pipe().unwrap();
    ioctl_fionbio(&writer, true).unwrap();
    while writer.write(&[0; 4096]).is_ok_and(|written| written > 0) {}
    assert_eq!(writer.write(&[0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    ioctl_fionbio(&writer, false).unwrap();
    (reader, writer)
}

/// Waits until `found` gives something.
#[track_caller]
fn wait_for<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "no {what}");
        sleep(Duration::from_millis(10));
    }
}

struct Running<'a> {
    home: &'a Home,
    child: Child,
    stderr: BufReader<ChildStderr>,
}

impl<'a> Running<'a> {
    fn start(home: &'a Home, arguments: &str) -> Self {
        Self::spawn(home, home.command("treenail").args(arguments.split_whitespace()).stdout(Stdio::null()))
    }

    fn spawn(home: &'a Home, command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { home, child, stderr }
    }

    /// Waits until the program has taken over its signals.
    #[track_caller]
    fn watches(self) -> Self {
        let path = format!("/proc/{}/status", self.child.id());
        wait_for("handler", || {
            let status = std::fs::read_to_string(&path).unwrap();
            let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
            (u64::from_str_radix(mask, 16).unwrap() & CAUGHT == CAUGHT).then_some(())
        });
        self
    }

    fn receives(self, signal: &str) -> Self {
        let kill = format!("kill -{signal} {}", self.child.id());
        assert!(self.home.command("sh").args(["-c", &kill]).status().unwrap().success());
        self
    }

    #[track_caller]
    fn says(mut self, line: &str) -> Self {
        let mut said = String::new();
        while said != line {
            said.clear();
            assert!(self.stderr.read_line(&mut said).unwrap() > 0, "`{line}` is not said");
        }
        self
    }

    /// Waits for the end; returns the rest of what was said.
    #[track_caller]
    fn ends_with(mut self, code: i32) -> String {
        let start = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if start.elapsed() < PATIENCE => sleep(Duration::from_millis(10)),
                None => {
                    self.child.kill().unwrap();
                    panic!("it does not end");
                }
            }
        };
        let mut said = String::new();
        // A hook that is still running may hold the pipe.
        if status.code() != Some(130) || !self.home.path("hook-ignores").exists() {
            self.stderr.read_to_string(&mut said).unwrap();
        }
        assert_eq!(status.code(), Some(code), "{said}");
        said
    }
}

/// A generated repository, and a folder with a mistake.
fn home_with_shop() -> Home {
    let home = Home::new();
    home.treenail(SHOP).run().ends_with(0);
    home.write("bad/kustomization.yaml", "resources:\n- gone.yaml\n");
    home.write("shop/deploy/base/service.yaml", "mine: true\n");
    home
}

#[test]
fn a_command_that_cannot_go_on_ends() {
    let home = home_with_shop();
    let commands = [
        "check bad",
        "check bad --format sarif",
        "status shop",
        "diff shop",
        "restore shop/deploy --dry-run --force",
        "upgrade shop --dry-run --set port=9090",
        "new other --dry-run --defaults --source-repo https://github.com/acme/shop.git",
        "scaffold show",
        "explain",
    ];
    let everything = home.everything();
    for (command, signal) in commands.iter().zip(SIGNALS.iter().cycle()) {
        let (_reader, full) = full_pipe();
        let mut treenail = home.command("treenail");
        let running = Running::spawn(&home, treenail.args(command.split_whitespace()).stdout(full));
        drop(treenail);
        let said = running.watches().receives(signal).ends_with(130);
        assert!(said.ends_with(NOTHING), "{command}: {said}");
    }
    assert_eq!(home.everything(), everything);
}

#[test]
fn a_command_whose_words_nobody_reads_ends() {
    let home = home_with_shop();
    let (_reader, full) = full_pipe();
    let mut treenail = home.command("treenail");
    treenail.args(["check", "bad"]).stdin(Stdio::null()).stdout(full.try_clone().unwrap()).stderr(full);
    let mut child = treenail.spawn().unwrap();
    drop(treenail);
    // It may not watch for signals yet; then the signal alone ends it.
    let status = wait_for("end", || {
        let kill = format!("kill -TERM {}", child.id());
        home.command("sh").args(["-c", &kill]).stderr(Stdio::null()).status().unwrap();
        child.try_wait().unwrap()
    });
    assert!(status.code().is_none_or(|code| code == 130), "{status}");
}

#[test]
fn reading_a_pipe_ends() {
    let home = home_with_shop();
    assert!(home.command("mkfifo").arg(home.path("pipe")).status().unwrap().success());
    for (command, signal) in [
        ("upgrade shop --dry-run --answers pipe", "INT"),
        ("new other --defaults --answers pipe", "TERM"),
        ("new other --defaults --answers pipe --print-answers", "HUP"),
    ] {
        let running = Running::start(&home, command);
        // Opens as soon as the other side reads.
        let _writer = OpenOptions::new().write(true).open(home.path("pipe")).unwrap();
        assert_eq!(running.watches().receives(signal).ends_with(130), NOTHING, "{command}");
    }
}

#[test]
fn a_long_check_ends() {
    let home = Home::new();
    home.write("large.yaml", "apiVersion: v1\nkind: ConfigMap\n---\n".repeat(200_000));
    assert_eq!(Running::start(&home, "check").watches().receives("INT").ends_with(130), NOTHING);
}

/// A hook of `shop` that runs until the test writes its exit code to `hook-ends`.
fn add_hook(home: &Home, beginning: &str) {
    let hook = format!(
        "#!/bin/sh\n{beginning}\necho $PPID > ../git.new; mv ../git.new ../git\n\
         until [ -e ../hook-ends ]; do [ -e '{}' ] || exit 1; sleep 0.02; done\nexit \"$(cat ../hook-ends)\"\n",
        // Nobody ends a hook whose test has ended.
        home.path("shop").display()
    );
    home.write("shop/.git/hooks/pre-commit", hook);
    let hook = home.path("shop/.git/hooks/pre-commit");
    assert!(home.command("chmod").arg("+x").arg(hook).status().unwrap().success());
}

/// A repository, and an upgrade of it that waits in its hook.
fn in_a_hook<'a>(home: &'a Home, beginning: &str) -> Running<'a> {
    home.treenail(SHOP).run().ends_with(0);
    add_hook(home, beginning);
    let running = Running::start(home, UPGRADE);
    wait_for("hook", || home.path("git").exists().then_some(()));
    running
}

/// Asserts that `shop` has so many commits, a clean work tree, and nothing left to do.
#[track_caller]
fn assert_settled(home: &Home, commits: &str) {
    assert_eq!(home.git("shop", "rev-list --count HEAD"), commits);
    assert_eq!(home.git("shop", "status --porcelain"), "");
    assert!(!home.path("shop/.git/treenail/journal").exists());
    let port = if commits == "1" { "8080" } else { "9090" };
    assert!(home.read("shop/deploy/base/deployment.yaml").contains(port));
}

#[test]
fn a_write_that_fails_after_a_signal_leaves_the_old_state() {
    for signal in SIGNALS {
        let home = Home::new();
        let running = in_a_hook(&home, "").receives(signal).says(ANNOUNCED);
        home.write("hook-ends", "1");
        assert_eq!(running.ends_with(130), NOTHING);
        assert_settled(&home, "1");
    }
}

#[test]
fn a_write_past_its_last_safe_point_leaves_the_new_state() {
    let home = Home::new();
    let running = in_a_hook(&home, "").receives("INT").says(ANNOUNCED);
    home.write("hook-ends", "0");
    let said = running.ends_with(130);
    assert!(said.ends_with("cancelled; what was already written stays\n"), "{said}");
    assert!(said.contains("upgraded, commit "), "{said}");
    assert_settled(&home, "2");
}

#[test]
fn what_is_not_committed_yet_is_not_pushed() {
    let home = Home::new();
    std::fs::create_dir(home.path("remote.git")).unwrap();
    home.git("remote.git", "init -q --bare");
    home.repository("shop");
    home.git("shop", &format!("remote add origin {}", home.path("remote.git").display()));
    add_hook(&home, "");
    let running = Running::start(&home, &format!("{SHOP} --push"));
    wait_for("hook", || home.path("git").exists().then_some(()));
    let running = running.receives("TERM").says(ANNOUNCED);
    home.write("hook-ends", "0");
    let said = running.ends_with(130);
    assert!(said.contains("git push -u origin HEAD"), "{said}");
    assert_eq!(home.git("shop", "rev-list --count HEAD"), "1");
    assert_eq!(home.git("remote.git", "for-each-ref"), "");
}

#[test]
fn a_second_signal_ends_a_write_that_the_next_run_undoes() {
    let home = Home::new();
    home.write("hook-ignores", "");
    let running = in_a_hook(&home, "trap '' INT TERM HUP").receives("TERM").says(ANNOUNCED);
    // One that comes sooner counts as the first.
    sleep(Duration::from_millis(200));
    let running = running.receives("INT").says("stopped while writing; the next run finishes or undoes it\n");
    running.ends_with(130);
    // Git outlives it.
    home.write("hook-ends", "1");
    let git = format!("/proc/{}", home.read("git").trim());
    wait_for("end of git", || (!std::path::Path::new(&git).exists()).then_some(()));
    let status = home.treenail("status shop").run().ends_with(0).stdout;
    assert!(status.contains("an earlier run was interrupted"), "{status}");
    home.treenail("upgrade shop --abort").run().ends_with(0);
    assert_settled(&home, "1");
}

/// It sends its signal twice: to the process, and to the group in which it is.
#[test]
fn timeout_counts_as_one_signal() {
    let home = Home::new();
    home.treenail(SHOP).run().ends_with(0);
    add_hook(&home, "");
    let words = ["600", "treenail"].into_iter().chain(UPGRADE.split_whitespace());
    let running = Running::spawn(&home, home.command("timeout").args(words).stdout(Stdio::null()));
    wait_for("hook", || home.path("git").exists().then_some(()));
    let said = running.receives("TERM").ends_with(130);
    assert!(said.contains(NOTHING), "{said}");
    assert_settled(&home, "1");
}

#[test]
fn what_a_hook_leaves_running_is_not_waited_for() {
    let home = Home::new();
    home.treenail(SHOP).run().ends_with(0);
    // As long as the home exists.
    home.write("hook-lives", "");
    add_hook(&home, "(while [ -e ../hook-lives ]; do sleep 0.02; done) &");
    home.write("hook-ends", "0");
    let running = Running::start(&home, UPGRADE);
    wait_for("end", || home.path("git").exists().then_some(()));
    running.ends_with(0);
    assert_settled(&home, "2");
}
