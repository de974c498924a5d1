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

/// The pristine copy of every file, as it is, and with every checksum made right, since no input gets past a wrong one.
pub fn base(bytes: &[u8]) {
    let digest = hex::encode(&Sha256::digest(bytes));
    let sealed = [bytes, format!("end sha256:{digest}\n").as_bytes()].concat();
    for archive in [bytes, &sealed, &checksummed(bytes)] {
        if let Ok(files) = archive::read(archive) {
            assert!(files.iter().all(|file| stays_inside(&file.path)), "{files:?}");
            let again = archive::write(&files);
            assert_eq!(archive::read(&again).ok(), Some(files));
        }
    }
}

/// The lines of formats 2 and 3 with right checksums, whatever stood in their place.
pub fn checksummed(bytes: &[u8]) -> Vec<u8> {
    let mut path: &[u8] = &[];
    let mut archive = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let (line, newline) = line.strip_suffix(b"\n").map_or((line, &b""[..]), |line| (line, b"\n"));
        let mut fields = line.splitn(3, |byte| *byte == b' ');
        let (word, rest) = (fields.next().unwrap_or_default(), fields.nth(1).unwrap_or_default());
        let written = match word {
            b"file" => {
                let old = old_path(rest);
                path = old.unwrap_or(rest);
                let words = &rest[..rest.len() - old.map_or(rest.len(), |old| old.len() + 1)];
                let of = if old.is_some() { words.to_vec() } else { b"\nfile".to_vec() };
                [b"file ", checksum(path, &of).as_bytes(), b" ", rest].concat()
            }
            b"as" => [b"as ", checksum(path, rest).as_bytes(), b" ", rest].concat(),
            b"begin" => format!("begin {}", checksum(path, b"\nbegin")).into_bytes(),
            b"end" if !line.starts_with(b"end of") => {
                let unended: &[u8] = if rest.is_empty() { b"" } else { b" without newline" };
                [b"end ", checksum(path, &[b"\n", unended].concat()).as_bytes(), unended].concat()
            }
            _ => match line.split_at_checked(4) {
                Some((_, content @ [b'|', ..])) => {
                    [checksum(path, &content[1..]).as_bytes(), content].concat()
                }
                _ => line.to_vec(),
            },
        };
        archive.extend([&written, newline].concat());
    }
    archive
}

/// The path in the words of format 2.
fn old_path(words: &[u8]) -> Option<&[u8]> {
    let mut fields = words.splitn(4, |byte| *byte == b' ');
    let is_old = matches!(fields.next()?, b"managed" | b"seeded");
    fields.nth(2).filter(|_| is_old)
}

/// FNV-1a, written a second time.
fn checksum(path: &[u8], line: &[u8]) -> String {
    let mut hash = 0x811c_9dc5_u32;
    for byte in path.iter().chain(&[0]).chain(line) {
        hash = (hash ^ u32::from(*byte)).wrapping_mul(16_777_619);
    }
    format!("{:04x}", hash >> 16 ^ hash & 0xffff)
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
