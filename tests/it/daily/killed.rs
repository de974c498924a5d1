//! Runs that are killed while a branch moves, and the run after each of them.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;

use crate::common::programs;
use crate::daily::shop::{MANIFESTS, Shop};

const RENAME: &str = "?rename,?renameat,?renameat2";
const LINK: &str = "?link,?linkat";
const UNLINK: &str = "?unlink,?unlinkat";

/// The locks in the Git directory, treenail's own excepted.
fn locks(shop: &Shop) -> Vec<PathBuf> {
    let files = walkdir::WalkDir::new(shop.home.path(&format!("{MANIFESTS}/.git"))).into_iter();
    let paths = files.map(|entry| entry.unwrap().into_path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "lock")).collect()
}

fn left_in_private(shop: &Shop) -> Vec<String> {
    let private = shop.home.path(&format!("{MANIFESTS}/.git/treenail"));
    let entries = fs::read_dir(private).into_iter().flatten();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn reset(shop: &Shop) {
    let path = shop.home.path(MANIFESTS);
    if path.exists() {
        fs::remove_dir_all(&path).unwrap();
    }
    assert!(shop.home.command("cp").args(["-a", "model", MANIFESTS]).status().unwrap().success());
}

/// Runs `arguments`, killed at the call `number` of `calls`; gives whether there were so many.
fn kill_at(shop: &Shop, arguments: &str, calls: &str, number: usize) -> bool {
    let mut strace = shop.home.command("strace");
    strace.args(["-qq", "-o", "/dev/null", "-e", &format!("trace={calls}")]);
    strace.args(["-e", &format!("inject={calls}:signal=SIGKILL:when={number}"), "treenail"]);
    strace.args(arguments.split(' ')).current_dir(shop.home.path(MANIFESTS));
    !strace.stdin(Stdio::null()).output().unwrap().status.success()
}

/// Kills `arguments` everywhere. The next run must find no lock in its way, and do the rest. Gives how many locks were left.
fn survives(arguments: &str, branch: &str) -> usize {
    if programs::find("strace").is_none() {
        let _ = writeln!(std::io::stderr(), "skipped: strace is not installed");
        return usize::MAX;
    }
    let shop = Shop::new();
    fs::rename(shop.home.path(MANIFESTS), shop.home.path("model")).unwrap();
    let mut left = 0;
    for calls in [RENAME, LINK, UNLINK] {
        for number in 1.. {
            reset(&shop);
            if !kill_at(&shop, arguments, calls, number) {
                break;
            }
            left += locks(&shop).iter().filter(|path| !path.ends_with("index.lock")).count();
            let output = shop.treenail(arguments).run();
            let output = if calls == LINK && output.stderr.contains("another Git is at work") {
                // Killed in the moment before it is known whose the lock is. The message names the file.
                for lock in locks(&shop)
                    .iter()
                    .filter(|lock| lock.parent().unwrap().file_name().unwrap() != "treenail")
                {
                    assert!(
                        output.stderr.contains(&lock.file_name().unwrap().to_string_lossy().into_owned())
                    );
                    fs::remove_file(lock).unwrap();
                }
                shop.treenail(arguments).run()
            } else {
                output
            };
            let output = output.ends_with(0);
            let seen = format!("{calls} {number}: {}", output.stderr);
            assert_eq!(
                shop.home.git(MANIFESTS, &format!("log -1 --format=%s {branch}")),
                "release: shop 1.0.0",
                "{seen}"
            );
            assert_eq!(
                shop.home.git(MANIFESTS, &format!("rev-list --count origin/main..{branch}")),
                "1",
                "{seen}"
            );
            assert_eq!(shop.home.git(MANIFESTS, "status --porcelain"), "", "{seen}");
            assert_eq!(locks(&shop), Vec::<PathBuf>::new(), "{seen}");
            // A lock file that nobody holds locks nobody out.
            assert!(left_in_private(&shop).iter().all(|name| name == "lock"), "{seen}");
        }
    }
    left
}

#[test]
#[ignore = "takes long"]
fn a_run_after_a_kill_at_any_moment_moves_the_branch() {
    let left = survives("release 1.0.0", "main");
    assert!(left > 3, "{left} locks");
}

#[test]
#[ignore = "takes long"]
fn a_run_after_a_kill_at_any_moment_makes_the_branch_of_a_pull_request() {
    let left = survives("release 1.0.0 --pr=mine", "mine");
    assert!(left > 0, "{left} locks");
}

#[test]
fn the_lock_of_a_git_stays_and_is_named() {
    let shop = Shop::new();
    for (lock, arguments) in [
        ("HEAD.lock", "release 1.0.0"),
        ("refs/heads/main.lock", "release 1.0.0"),
        ("refs/heads/mine.lock", "release 1.0.0 --pr=mine"),
    ] {
        let path = format!("{MANIFESTS}/.git/{lock}");
        shop.home.write(&path, "");
        let output = shop.treenail(arguments).run().ends_with(5);
        assert!(output.stderr.contains(&format!(".git/{lock}` exists)")), "{}", output.stderr);
        assert!(output.stderr.contains("remove that file if no Git is running"), "{}", output.stderr);
        assert!(shop.home.path(&path).exists());
        fs::remove_file(shop.home.path(&path)).unwrap();
    }
}
