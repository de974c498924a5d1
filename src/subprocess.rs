//! Runs a program that may hang, or print without end.
#![expect(clippy::disallowed_methods, reason = "it measures how long a program takes")]

use std::io::{self, Read, Write};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// The most bytes that are read of an output.
const MOST: u64 = 64 << 20;

/// Between two looks whether the program has ended.
const PAUSE: Duration = Duration::from_millis(5);

/// How long a child of the program may keep the output open.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// Runs `command` with `input` on its standard input; `None` if it does not end within `limit`, and then it is killed.
///
/// # Errors
/// It cannot be started.
pub(crate) fn run_within(command: &mut Command, input: &[u8], limit: Duration) -> io::Result<Option<Output>> {
    let started = Instant::now();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_vec();
        // A program may end before it has read everything; what it says then is enough.
        thread::spawn(move || drop(stdin.write_all(&input)));
    }
    let stdout = child.stdout.take().map(collect);
    let stderr = child.stderr.take().map(collect);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() >= limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(PAUSE);
    };
    let collected = |pipe: Option<Receiver<Vec<u8>>>| {
        pipe.and_then(|pipe| pipe.recv_timeout(AFTERWARDS).ok()).unwrap_or_default()
    };
    Ok(Some(Output { status, stdout: collected(stdout), stderr: collected(stderr) }))
}

fn collect(pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is still worth reading.
        let _ = pipe.take(MOST).read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, input: &[u8], limit: Duration) -> Option<Output> {
        run_within(Command::new("sh").args(["-c", script]), input, limit).expect("a shell")
    }

    #[test]
    fn output_and_code_are_kept() {
        let input = vec![b'x'; 1 << 20];
        let output = shell("cat; echo no >&2; exit 3", &input, Duration::from_secs(20)).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(3), input.len()));
        assert_eq!(output.stderr, b"no\n");
    }

    #[test]
    fn what_hangs_is_ended() {
        let started = Instant::now();
        assert!(shell("exec sleep 60", b"", Duration::from_millis(50)).is_none());
        // A child that it leaves behind is not waited for.
        let output = shell("sleep 60 & echo done", b"", Duration::from_secs(20)).unwrap();
        assert!(output.status.success());
        assert!(started.elapsed() < Duration::from_secs(15));
    }
}
