//! `.treenail/base`: one text archive of every file as it was generated.
//!
//! Text, so that Git stores it as deltas and a review shows what the scaffold changed; one file without a
//! `.yaml` ending, so that no directory source of Argo CD reads it. The same files give the same bytes.
//!
//! ```text
//! treenail base 1
//! file managed 644 text 12 argocd/kustomization.yaml
//! <12 bytes>
//! file seeded 755 hex 6 tool
//! <6 hexadecimal digits, for binary content>
//! end sha256:<digest of everything above>
//! ```

use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};
use crate::hex;
use crate::scaffold::definition::Ownership;
use crate::scaffold::render::{RenderedFile, paths};
use crate::tree::File;
use crate::values::shown;

/// Path of the archive in a repository.
pub const PATH: &str = ".treenail/base";

const HEADER: &str = "treenail base 1";

/// The archive of `files`, which are sorted by path.
pub fn write(files: &[RenderedFile]) -> Vec<u8> {
    let mut archive = format!("{HEADER}\n").into_bytes();
    for RenderedFile { path, file, ownership } in files {
        let mode = if file.is_executable() { "755" } else { "644" };
        let (encoding, body) = match std::str::from_utf8(&file.content) {
            Ok(_) if !file.content.contains(&0) => ("text", file.content.clone()),
            _ => ("hex", hex::encode(&file.content).into_bytes()),
        };
        let (owner, size) = (ownership.as_str(), body.len());
        archive.extend(format!("file {owner} {mode} {encoding} {size} {path}\n").into_bytes());
        archive.extend(body);
        archive.push(b'\n');
    }
    archive.extend(format!("end {}\n", digest(&archive)).into_bytes());
    archive
}

/// Reads an archive back.
///
/// # Errors
/// When it was cut short, edited or merged: anything but the bytes that [`write()`] gave.
pub fn read(archive: &[u8]) -> Result<Vec<RenderedFile>> {
    let body = verified(archive)?;
    let mut rest = body
        .strip_prefix(format!("{HEADER}\n").as_bytes())
        .ok_or_else(|| damaged("its first line is wrong"))?;
    let mut files = Vec::new();
    while !rest.is_empty() {
        let end =
            rest.iter().position(|byte| *byte == b'\n').ok_or_else(|| damaged("a line is cut short"))?;
        let line = std::str::from_utf8(&rest[..end]).map_err(|_| damaged("a path is not text"))?;
        let (mut file, size) =
            entry(line).ok_or_else(|| damaged(&format!("{} is not an entry", shown(line))))?;
        if let Some(refusal) = paths::refusal(&file.path) {
            return Err(damaged(&format!("{} {refusal}", shown(&file.path))));
        }
        if files.last().is_some_and(|last: &RenderedFile| last.path >= file.path) {
            return Err(damaged(&format!("`{}` is there twice, or not in its order", file.path)));
        }
        rest = &rest[end + 1..];
        let bytes = rest.get(..size).ok_or_else(|| damaged(&format!("`{}` is cut short", file.path)))?;
        let content =
            if line.split(' ').nth(3) == Some("hex") { hex::decode(bytes) } else { Some(bytes.to_vec()) };
        file.file.content = content.ok_or_else(|| damaged(&format!("`{}` is not hexadecimal", file.path)))?;
        rest =
            rest[size..].strip_prefix(b"\n").ok_or_else(|| damaged(&format!("`{}` runs on", file.path)))?;
        files.push(file);
    }
    match paths::collisions(files.iter().map(|file| file.path.as_str())).first() {
        Some(clash) => Err(damaged(&clash.to_string())),
        None => Ok(files),
    }
}

/// Returns the archive without its last line, after verifying the digest in that line.
fn verified(archive: &[u8]) -> Result<&[u8]> {
    let lines = archive.strip_suffix(b"\n").ok_or_else(|| damaged("it is cut short"))?;
    let last = lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let body = &archive[..last];
    if lines[last..] == *format!("end {}", digest(body)).as_bytes() {
        Ok(body)
    } else {
        Err(damaged(&match super::merge_marker(archive) {
            Some(line) => format!("line {line}: it holds merge markers"),
            None => "its digest does not match".to_owned(),
        }))
    }
}

fn entry(line: &str) -> Option<(RenderedFile, usize)> {
    let mut fields = line.splitn(6, ' ');
    let ownership = match (fields.next()?, fields.next()?) {
        ("file", "managed") => Ownership::Managed,
        ("file", "seeded") => Ownership::Seeded,
        _ => return None,
    };
    let executable = match fields.next()? {
        "644" => false,
        "755" => true,
        _ => return None,
    };
    matches!(fields.next()?, "text" | "hex").then_some(())?;
    let size = fields.next()?;
    let size = size.parse::<usize>().ok().filter(|number| number.to_string() == size)?;
    let path = fields.next()?.to_owned();
    Some((RenderedFile { path, file: File::new([], executable), ownership }, size))
}

fn damaged(why: &str) -> Error {
    Error::new(ErrorKind::State, format!("`{PATH}` is damaged: {why}"))
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(&Sha256::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(path: &str, content: &[u8]) -> RenderedFile {
        RenderedFile {
            path: path.to_owned(),
            file: File::new(content, path.starts_with('x')),
            ownership: if path.ends_with('s') { Ownership::Seeded } else { Ownership::Managed },
        }
    }

    #[test]
    fn is_readable_text() {
        let archive = write(&[file("a b", b"one\n"), file("xs", b"\0\xff")]);
        let text = String::from_utf8(archive).unwrap();
        let (body, last) = text.trim_end().rsplit_once('\n').unwrap();
        assert_eq!(
            body,
            "treenail base 1\nfile managed 644 text 4 a b\none\n\nfile seeded 755 hex 4 xs\n00ff"
        );
        assert!(last.starts_with("end sha256:"));
    }

    #[test]
    fn any_change_is_noticed() {
        let archive = write(&[file("a", b"one\n"), file("b", b"")]);
        for at in 0..archive.len() {
            let mut changed = archive.clone();
            changed[at] ^= 1;
            assert!(read(&changed).is_err(), "byte {at}");
            assert!(read(&archive[..at]).is_err(), "cut at {at}");
        }
    }

    /// Returns the archive of `entries` with a digest that matches.
    fn sealed(entries: &str) -> Vec<u8> {
        let body = format!("{HEADER}\n{entries}");
        format!("{body}end {}\n", digest(body.as_bytes())).into_bytes()
    }

    #[test]
    fn a_right_digest_does_not_make_a_path_good() {
        let entry = |path: &str| format!("file managed 644 text 1 {path}\nx\n");
        assert_eq!(read(&sealed(&(entry("a") + &entry("b/c")))).unwrap().len(), 2);
        let long = "n".repeat(5000);
        for (entries, why) in [
            (entry("../x"), "leaves its folder"),
            (entry("/x"), "not a relative path"),
            (entry(""), "not a relative path"),
            (entry("a\0b"), "U+0000"),
            (entry("a\u{1b}]0;pwn\u{7}"), "U+001B"),
            (entry("a\rb"), "U+000D"),
            (entry(".git/hooks/x"), "belongs to Git"),
            (entry(".treenail/answers.yaml"), "belongs to treenail"),
            (entry("git~1/config"), "short form"),
            (entry(".g\u{200c}it/x"), "U+200C"),
            (entry(&long), "too long"),
            (entry("a") + &entry("a"), "twice"),
            (entry("b") + &entry("a"), "twice, or not in its order"),
            (entry("A") + &entry("a"), "differ only in case"),
            (entry("a") + &entry("a/b"), "needs it as a folder"),
            ("file managed 644 text +1 a\nx\n".to_owned(), "is not an entry"),
            ("file managed 644 text 01 a\nx\n".to_owned(), "is not an entry"),
            ("file managed 644 text -1 a\nx\n".to_owned(), "is not an entry"),
            (format!("file managed 644 text {} a\nx\n", u64::MAX), "cut short"),
            (format!("file managed 644 text {}0 a\nx\n", u64::MAX), "is not an entry"),
            ("file\u{1b}[2J managed\n".to_owned(), "is not an entry"),
        ] {
            let error = read(&sealed(&entries)).unwrap_err();
            assert!(error.kind == ErrorKind::State && error.message.contains(why), "{entries:?}: {error}");
            let is_printable = !error.message.contains(char::is_control);
            assert!(is_printable && error.message.len() < 300, "{:?}", error.message);
        }
    }

    proptest! {
        #[test]
        fn reads_back(contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..5)) {
            let files: Vec<_> = contents.iter().enumerate().map(|(n, content)| file(&format!("f{n}"), content)).collect();
            let read = read(&write(&files)).unwrap();
            prop_assert_eq!(read.len(), files.len());
            for (read, file) in read.iter().zip(&files) {
                prop_assert_eq!(read, file);
            }
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
