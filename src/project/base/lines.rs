//! Format 2, of lines that do not depend on each other.
//!
//! ```text
//! treenail base 2
//! file 5c0e managed 644 text argocd/kustomization.yaml
//! 1f0a|apiVersion: kustomize.config.k8s.io/v1beta1
//! 77b2|kind: Kustomization
//! end 9c01
//! file 0d3b seeded 755 hex tool
//! e6a8|7f454c46
//! end 2210 without newline
//! end of base
//! ```
//!
//! The four digits are a checksum of the line and the path of its file. So an edit of the archive is noticed, and a line is
//! not taken for one of another file when Git compares two archives.

use super::damaged;
use crate::error::Result;
use crate::hex;
use crate::scaffold::definition::Ownership;
use crate::scaffold::render::RenderedFile;
use crate::tree::File;
use crate::values::shown;

const HEADER: &str = "treenail base 2\n";
const LAST: &str = "end of base";
const UNENDED: &str = " without newline";

/// Bytes on each line of binary content.
const HEX_LINE: usize = 32;

/// From this size on, content in very short lines is written as if it were binary: the checksums would be much longer.
const SHORT_LINES_FROM: usize = 1 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Text,
    Hex,
}

impl Encoding {
    fn of(content: &[u8]) -> Self {
        let has_short_lines = || {
            let lines = content.split(|byte| *byte == b'\n').count();
            content.len() >= SHORT_LINES_FROM && lines - 1 > content.len() / 5
        };
        match std::str::from_utf8(content) {
            Ok(_) if !content.contains(&0) && !has_short_lines() => Self::Text,
            _ => Self::Hex,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Hex => "hex",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Text, Self::Hex].into_iter().find(|encoding| encoding.as_str() == word)
    }
}

/// The archive of `files`, which are sorted by path.
pub fn write(files: &[RenderedFile]) -> Vec<u8> {
    let mut archive = HEADER.as_bytes().to_vec();
    for RenderedFile { path, file, ownership } in files {
        let sums = Checksums::of(path);
        let mode = if file.is_executable() { "755" } else { "644" };
        let encoding = Encoding::of(&file.content);
        let words = format!("{} {mode} {}", ownership.as_str(), encoding.as_str());
        archive.extend(format!("file {} {words} {path}\n", sums.line(words.as_bytes())).into_bytes());
        let mut line = |content: &[u8]| {
            archive.extend(sums.line(content).as_bytes());
            archive.push(b'|');
            archive.extend(content);
            archive.push(b'\n');
        };
        let is_ended = file.content.is_empty() || file.content.ends_with(b"\n");
        match encoding {
            Encoding::Text => file
                .content
                .split_inclusive(|byte| *byte == b'\n')
                .for_each(|content| line(content.strip_suffix(b"\n").unwrap_or(content))),
            Encoding::Hex => {
                file.content.chunks(HEX_LINE).for_each(|bytes| line(hex::encode(bytes).as_bytes()));
            }
        }
        let unended = if is_ended || encoding == Encoding::Hex { "" } else { UNENDED };
        archive.extend(format!("end {}{unended}\n", sums.end(unended)).into_bytes());
    }
    archive.extend(format!("{LAST}\n").into_bytes());
    archive
}

/// Reads what follows the first line. The files may be in any order.
///
/// # Errors
/// A line was edited, or the end is missing.
pub(super) fn read(lines: &[u8]) -> Result<Vec<RenderedFile>> {
    let body = lines
        .strip_suffix(format!("{LAST}\n").as_bytes())
        .filter(|body| body.is_empty() || body.ends_with(b"\n"))
        .ok_or_else(|| damaged("it is cut short"))?;
    let mut files = Vec::new();
    let mut current: Option<Entry> = None;
    for (index, line) in body.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let next = match current.take() {
            None => Entry::begin(line).map(Step::More),
            Some(entry) => entry.step(line),
        };
        match next {
            Ok(Step::More(entry)) => current = Some(entry),
            Ok(Step::Done(file)) => files.push(file),
            // The first line has been read already.
            Err(why) => return Err(damaged(&format!("line {}: {why}", index + 2))),
        }
    }
    match current {
        None => Ok(files),
        Some(entry) => Err(damaged(&format!("{} is cut short", shown(&entry.file.path)))),
    }
}

enum Step {
    More(Entry),
    Done(RenderedFile),
}

/// A file of which not all lines have been read.
struct Entry {
    file: RenderedFile,
    encoding: Encoding,
    sums: Checksums,
}

impl Entry {
    fn begin(line: &[u8]) -> Result<Self, String> {
        let line = std::str::from_utf8(line).map_err(|_| "a path is not text".to_owned())?;
        let unknown = || format!("{} is not an entry", shown(line));
        let parse = || {
            let (sum, rest) = line.strip_prefix("file ")?.split_once(' ')?;
            let mut fields = rest.splitn(4, ' ');
            let ownership = ownership(fields.next()?)?;
            let executable = mode(fields.next()?)?;
            let encoding = Encoding::parse(fields.next()?)?;
            let path = fields.next()?.to_owned();
            let words = rest.strip_suffix(&path)?.strip_suffix(' ')?;
            let sums = Checksums::of(&path);
            let is_right = sums.line(words.as_bytes()) == sum;
            let file = RenderedFile { path, file: File::new([], executable), ownership };
            Some((Self { file, encoding, sums }, is_right))
        };
        match parse() {
            Some((entry, true)) => Ok(entry),
            Some((_, false)) => Err(edited()),
            None => Err(unknown()),
        }
    }

    fn step(mut self, line: &[u8]) -> Result<Step, String> {
        if let Some(end) = line.strip_prefix(b"end ") {
            return self.end(end).map(Step::Done);
        }
        match line.split_at_checked(4) {
            Some((sum, [b'|', content @ ..])) => {
                if self.sums.line(content).as_bytes() != sum {
                    return Err(edited());
                }
                self.add(content)?;
                Ok(Step::More(self))
            }
            _ => Err(format!("{} is not a line of a file", shown(&String::from_utf8_lossy(line)))),
        }
    }

    fn add(&mut self, line: &[u8]) -> Result<(), String> {
        let content = &mut self.file.file.content;
        match self.encoding {
            Encoding::Text => {
                content.extend(line);
                content.push(b'\n');
            }
            Encoding::Hex => content.extend(hex::decode(line).ok_or("it is not hexadecimal")?),
        }
        Ok(())
    }

    fn end(mut self, end: &[u8]) -> Result<RenderedFile, String> {
        let is = |unended: &str| format!("{}{unended}", self.sums.end(unended)).as_bytes() == end;
        if is(UNENDED) {
            self.file.file.content.pop();
        } else if !is("") {
            return Err(edited());
        }
        Ok(self.file)
    }
}

fn edited() -> String {
    "it was edited: its checksum does not match".to_owned()
}

/// The checksums of the lines of a file. They guard against mistakes, such as replacing a word in all files of a
/// repository, not against people who can edit the other files as well.
#[derive(Clone, Copy)]
struct Checksums(u32);

impl Checksums {
    fn of(path: &str) -> Self {
        Self(fnv(fnv(0x811c_9dc5, path.as_bytes()), &[0]))
    }

    fn line(self, line: &[u8]) -> String {
        digits(fnv(self.0, line))
    }

    /// Of the line after the content, which must not equal one of it.
    fn end(self, unended: &str) -> String {
        digits(fnv(fnv(self.0, b"\n"), unended.as_bytes()))
    }
}

/// The hash FNV-1a, continued.
fn fnv(hash: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

fn digits(hash: u32) -> String {
    format!("{:04x}", (hash >> 16) ^ (hash & 0xffff))
}

pub(super) fn ownership(word: &str) -> Option<Ownership> {
    [Ownership::Managed, Ownership::Seeded].into_iter().find(|ownership| ownership.as_str() == word)
}

/// Whether the file is executable.
pub(super) fn mode(word: &str) -> Option<bool> {
    match word {
        "644" => Some(false),
        "755" => Some(true),
        _ => None,
    }
}
