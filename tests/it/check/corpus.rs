//! Files that once were, or well may be, trouble: `tests/corpus/`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::home::Home;
use crate::fuzz::targets::report;

fn corpus() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| !path.ends_with(".gitattributes")).collect();
    files.sort();
    assert!(files.len() > 10);
    files
}

#[test]
#[ignore = "takes long"]
fn every_report_is_sound() {
    for path in corpus() {
        let bytes = fs::read(&path).unwrap();
        report::examine(&bytes);
        // Cut off anywhere, too.
        for at in (0..bytes.len().min(2_000)).step_by(7) {
            report::examine(&bytes[..at]);
        }
    }
}

/// All at once, named one by one, in every format.
#[test]
fn the_program_survives_them() {
    let home = Home::new();
    for path in corpus() {
        home.write(path.file_name().unwrap().to_str().unwrap(), fs::read(&path).unwrap());
    }
    for format in ["human", "json", "sarif", "github", "junit"] {
        let mut command = home.command("treenail");
        command.args(["check", "--format", format]);
        for path in corpus() {
            command.arg(path.file_name().unwrap());
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(8), "{said}");
        let shown = String::from_utf8(output.stdout).unwrap();
        let obeyed = |c: char| c.is_control() && c != '\n';
        assert!(!shown.contains(obeyed), "{format}: {shown}");
        if ["json", "sarif"].contains(&format) {
            serde_json::from_str::<serde_json::Value>(&shown).unwrap();
        }
    }
}
