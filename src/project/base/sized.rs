//! Format 1, which treenail no longer writes: sizes, and a digest over the whole, so that Git could not merge it.
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

use super::damaged;
use super::lines::{Encoding, mode, ownership};
use crate::error::Result;
use crate::hex;
use crate::scaffold::render::RenderedFile;
use crate::tree::File;
use crate::values::shown;

pub(super) const HEADER: &str = "treenail base 1\n";

/// # Errors
/// It was changed in any way since it was written.
pub(super) fn read(archive: &[u8]) -> Result<Vec<RenderedFile>> {
    let body = sealed(archive)?;
    let mut rest = &body[HEADER.len()..];
    let mut files: Vec<RenderedFile> = Vec::new();
    while !rest.is_empty() {
        let end =
            rest.iter().position(|byte| *byte == b'\n').ok_or_else(|| damaged("a line is cut short"))?;
        let line = std::str::from_utf8(&rest[..end]).map_err(|_| damaged("a path is not text"))?;
        let (mut file, encoding, size) =
            entry(line).ok_or_else(|| damaged(&format!("{} is not an entry", shown(line))))?;
        if files.last().is_some_and(|last| last.path >= file.path) {
            return Err(damaged(&format!("{} is there twice, or not in its order", shown(&file.path))));
        }
        rest = &rest[end + 1..];
        let bytes =
            rest.get(..size).ok_or_else(|| damaged(&format!("{} is cut short", shown(&file.path))))?;
        let content = match encoding {
            Encoding::Text => Some(bytes.to_vec()),
            Encoding::Hex => hex::decode(bytes),
        };
        file.file.content =
            content.ok_or_else(|| damaged(&format!("{} is not hexadecimal", shown(&file.path))))?;
        rest = rest[size..]
            .strip_prefix(b"\n")
            .ok_or_else(|| damaged(&format!("{} runs on", shown(&file.path))))?;
        files.push(file);
    }
    Ok(files)
}

/// Returns the archive without its last line, after verifying the digest in that line.
fn sealed(archive: &[u8]) -> Result<&[u8]> {
    let lines = archive.strip_suffix(b"\n").ok_or_else(|| damaged("it is cut short"))?;
    let last = lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let body = &archive[..last];
    if last >= HEADER.len() && lines[last..] == *format!("end {}", digest(body)).as_bytes() {
        Ok(body)
    } else {
        Err(damaged("its digest does not match"))
    }
}

fn entry(line: &str) -> Option<(RenderedFile, Encoding, usize)> {
    let mut fields = line.strip_prefix("file ")?.splitn(5, ' ');
    let ownership = ownership(fields.next()?)?;
    let executable = mode(fields.next()?)?;
    let encoding = Encoding::parse(fields.next()?)?;
    let size = fields.next()?;
    let size = size.parse::<usize>().ok().filter(|number| number.to_string() == size)?;
    let path = fields.next()?.to_owned();
    let slot = path.clone();
    Some((RenderedFile { path, file: File::new([], executable), ownership, slot }, encoding, size))
}

pub(super) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(&Sha256::digest(bytes)))
}
