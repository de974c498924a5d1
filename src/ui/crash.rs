//! A panic is a bug: the program says so and where to report it, and ends where it is. Nothing is unwound, so that a
//! write is left as by a kill, which the next run finishes or undoes; `cargo test` has tests of that.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic;

use super::{exit, interrupt, visible};
use crate::error::CRASHED;

/// Reports every panic from now on.
pub(crate) fn install() {
    panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let what = payload.downcast_ref::<&str>().copied();
        let what = what.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let place = info.location().map(ToString::to_string);
        let mut message = message(what.unwrap_or("unknown"), place.as_deref().unwrap_or("an unknown place"));
        if interrupt::is_writing() {
            message = format!("{message}\n{}", interrupt::STOPPED);
        }
        // Only with `RUST_BACKTRACE`.
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            message = format!("{message}\n{backtrace}");
        }
        exit::end(&message, CRASHED);
    }));
}

fn message(what: &str, place: &str) -> String {
    let what = visible::lines(what).replace('\n', "\n  ");
    let version = env!("CARGO_PKG_VERSION");
    let report = match env!("CARGO_PKG_REPOSITORY") {
        "" => "report it".to_owned(),
        repository => format!("report it at {repository}"),
    };
    format!(
        "error: internal error at {place}: {what}\n\
         hint: this is a bug in treenail {version}; please {report} with the command line and these lines"
    )
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_message_says_what_to_do() {
        let message = message("no\u{1b}[2J\nerror: x", "src/a.rs:1:2");
        let expected = "error: internal error at src/a.rs:1:2: no·[2J\n  error: x\n\
                        hint: this is a bug in treenail ";
        assert!(message.starts_with(expected), "{message}");
        assert!(
            message.contains("please report it") && message.ends_with("the command line and these lines")
        );
    }

    #[test]
    #[ignore = "ends the process; another test runs it in one of its own"]
    fn panics() {
        install();
        panic!("on \u{202e}purpose");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "runs this test binary")]
    fn a_panic_ends_the_program_with_its_code() {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "ui::crash::tests::panics", "--ignored", "--nocapture"]);
        let output = command.env_remove("RUST_BACKTRACE").output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(CRASHED.into()), "{stderr}");
        assert!(stderr.contains("error: internal error at src/ui/crash.rs:"), "{stderr}");
        assert!(stderr.contains(": on ·purpose\nhint: this is a bug"), "{stderr}");
    }
}
