//! What treenail wrote down earlier, and others may have changed since.

use sha2::{Digest, Sha256};
use treenail::hex;
use treenail::project::{answers_file, base as archive, recorded::Recorded};

use super::inputs::stays_inside;

/// The answers of a project, as `treenail` recorded them and as `--answers` reads them.
pub fn answers(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let _ = answers_file::parse(text);
    if let Ok(recorded) = Recorded::read(text) {
        assert!(recorded.directory.is_empty() || stays_inside(&recorded.directory), "{recorded:?}");
    }
}

/// The pristine copy of every file. Its digest is made right, since no input gets past a wrong one.
pub fn base(bytes: &[u8]) {
    let _ = archive::read(bytes);
    let digest = hex::encode(&Sha256::digest(bytes));
    let sealed = [bytes, format!("end sha256:{digest}\n").as_bytes()].concat();
    if let Ok(files) = archive::read(&sealed) {
        assert!(files.iter().all(|file| stays_inside(&file.path)), "{files:?}");
        let again = archive::write(&files);
        assert_eq!(archive::read(&again).ok(), Some(files));
    }
}

/// The journal of an update, without its signature.
pub fn journal(bytes: &[u8]) {
    record(bytes, treenail::apply::read_journal_text);
}

/// The edits that an update with conflicts put aside, without their signature.
pub fn edits(bytes: &[u8]) {
    record(bytes, treenail::apply::read_edits_text);
}

/// The text of a record as it is written, and the paths in it.
type Record = (String, Vec<String>);

fn record(bytes: &[u8], read: fn(&str) -> Option<Record>) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Some((written, paths)) = read(text) else { return };
    assert!(paths.iter().all(|path| stays_inside(path)), "{paths:?}");
    assert_eq!(read(&written), Some((written.clone(), paths)));
}
