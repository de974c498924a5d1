//! Formats 3 and 2, of lines that do not depend on each other.
//!
//! ```text
//! treenail base 3
//! -- 00
//! -- 01
//! file 5c0e argocd/kustomization.yaml
//! as 81f4 managed 644 text
//! begin 3d02
//! 1f0a|apiVersion: kustomize.config.k8s.io/v1beta1
//! 77b2|kind: Kustomization
//! end 9c01
//! -- 02
//! file 0d3b tool
//! as e2c7 seeded 755 hex bin/tool
//! begin 11d9
//! e6a8|7f454c46
//! end 2210 without newline
//! ...
//! -- ff
//! end of base
//! ```
//!
//! The path after `file` is the slot, which stays when the file is renamed; a path after `as` is that of the file, if it
//! differs. The four digits are a checksum of the line and the slot. So an edit of the archive is noticed, and a line is not
//! taken for one of another file when Git compares two archives. The lines `--` are always there, and a hash of the slot says
//! after which one a file is: two branches that add or remove different files change different places. For the same reason a
//! file has a line that no change touches before its first line and after its last one.
//!
//! Format 2 has one line `file 5c0e managed 644 text PATH` instead of the three, and no lines `--`.

use std::fmt::Write as _;

use super::damaged;
use crate::error::Result;
use crate::hex;
use crate::scaffold::definition::Ownership;
use crate::scaffold::render::RenderedFile;
use crate::tree::File;
use crate::values::shown;

const HEADER: &str = "treenail base 3\n";
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

/// What tells one format from the other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Two,
    Three,
}

/// The archive of `files`, except those that belong to promotions.
pub fn write(files: &[RenderedFile]) -> Vec<u8> {
    let mut parts = vec![Vec::new(); 1 << 8];
    for file in files.iter().filter(|file| file.ownership != Ownership::Promoted) {
        parts[usize::from(Checksums::of(&file.slot).part())].push(file);
    }
    let mut archive = HEADER.as_bytes().to_vec();
    for (part, mut files) in (0..=u8::MAX).zip(parts) {
        archive.extend(format!("{}\n", separator(part)).into_bytes());
        files.sort_by_key(|file| (&file.slot, &file.path));
        for file in files {
            write_file(file, &mut archive);
        }
    }
    archive.extend(format!("{LAST}\n").into_bytes());
    archive
}

fn separator(part: u8) -> String {
    format!("-- {part:02x}")
}

fn write_file(RenderedFile { path, file, ownership, slot }: &RenderedFile, archive: &mut Vec<u8>) {
    let sums = Checksums::of(slot);
    let mode = if file.is_executable() { "755" } else { "644" };
    let encoding = Encoding::of(&file.content);
    let mut words = format!("{} {mode} {}", ownership.as_str(), encoding.as_str());
    if path != slot {
        let _ = write!(words, " {path}");
    }
    let mut line = |text: String| archive.extend((text + "\n").into_bytes());
    line(format!("file {} {slot}", sums.of_word("file")));
    line(format!("as {} {words}", sums.line(words.as_bytes())));
    line(format!("begin {}", sums.of_word("begin")));
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

/// Reads what follows the first line. The files may be in any order, as far as the separators leave them one.
///
/// # Errors
/// A line was edited, or the end is missing.
pub(super) fn read(lines: &[u8], format: Format) -> Result<Vec<RenderedFile>> {
    let body = lines
        .strip_suffix(format!("{LAST}\n").as_bytes())
        .filter(|body| body.is_empty() || body.ends_with(b"\n"))
        .ok_or_else(|| damaged("it is cut short"))?;
    // The first line has been read already.
    let mut lines = Lines { rest: body, number: 1 };
    let files = match format {
        Format::Two => lines.files(format),
        Format::Three => lines.parts(),
    };
    files.map_err(|why| damaged(&format!("line {}: {why}", lines.number)))
}

struct Lines<'a> {
    rest: &'a [u8],
    /// Of the line that was read last.
    number: usize,
}

impl<'a> Lines<'a> {
    fn peek(&self) -> Option<&'a [u8]> {
        self.rest.split(|byte| *byte == b'\n').next().filter(|_| !self.rest.is_empty())
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        let line = self.peek()?;
        self.rest = &self.rest[line.len() + 1..];
        self.number += 1;
        Some(line)
    }

    fn parts(&mut self) -> Result<Vec<RenderedFile>, String> {
        let mut all = Vec::new();
        for part in 0..=u8::MAX {
            let expected = separator(part);
            let line = self.next().unwrap_or_default();
            if line != expected.as_bytes() {
                return Err(format!("{} is not `{expected}`", shown(&String::from_utf8_lossy(line))));
            }
            let files = self.files(Format::Three)?;
            if files.iter().any(|file| Checksums::of(&file.slot).part() != part) {
                return Err(format!("a file is not in its part, after `{expected}`"));
            }
            all.extend(files);
        }
        match self.next() {
            None => Ok(all),
            Some(line) => Err(not_an_entry(line)),
        }
    }

    /// Reads up to a separator.
    fn files(&mut self, format: Format) -> Result<Vec<RenderedFile>, String> {
        let mut files = Vec::new();
        while let Some(line) =
            self.peek().filter(|line| !(format == Format::Three && line.starts_with(b"-- ")))
        {
            self.next();
            let entry = match format {
                Format::Two => Entry::of_line(line)?,
                Format::Three => self.entry(line)?,
            };
            files.push(self.content(entry)?);
        }
        Ok(files)
    }

    /// Reads the lines before the content, of which `line` is the first.
    fn entry(&mut self, line: &[u8]) -> Result<Entry, String> {
        let text = std::str::from_utf8(line).map_err(|_| "a path is not text".to_owned())?;
        let (sum, slot) = text
            .strip_prefix("file ")
            .and_then(|rest| rest.split_once(' '))
            .ok_or_else(|| not_an_entry(line))?;
        let sums = Checksums::of(slot);
        if sums.of_word("file") != sum {
            return Err(edited());
        }
        let line = self.next().unwrap_or_default();
        let text = std::str::from_utf8(line).map_err(|_| "a path is not text".to_owned())?;
        let (sum, words) = text
            .strip_prefix("as ")
            .and_then(|rest| rest.split_once(' '))
            .ok_or_else(|| not_an_entry(line))?;
        let entry = Entry::of_words(words, Some(slot)).ok_or_else(|| not_an_entry(line))?;
        if sums.line(words.as_bytes()) != sum {
            return Err(edited());
        }
        let line = self.next().unwrap_or_default();
        if line != format!("begin {}", sums.of_word("begin")).as_bytes() {
            return Err(edited());
        }
        Ok(entry)
    }

    fn content(&mut self, mut entry: Entry) -> Result<RenderedFile, String> {
        while let Some(line) = self.next() {
            if let Some(end) = line.strip_prefix(b"end ") {
                return entry.end(end);
            }
            match line.split_at_checked(4) {
                Some((sum, [b'|', content @ ..])) => {
                    if entry.sums.line(content).as_bytes() != sum {
                        return Err(edited());
                    }
                    entry.add(content)?;
                }
                _ => {
                    return Err(format!("{} is not a line of a file", shown(&String::from_utf8_lossy(line))));
                }
            }
        }
        Err(format!("{} is cut short", shown(&entry.file.path)))
    }
}

/// A file of which not all lines have been read.
struct Entry {
    file: RenderedFile,
    encoding: Encoding,
    sums: Checksums,
}

impl Entry {
    /// Reads the line of format 2 before the content.
    fn of_line(line: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(line).map_err(|_| "a path is not text".to_owned())?;
        let parse = || {
            let (sum, rest) = text.strip_prefix("file ")?.split_once(' ')?;
            let entry = Self::of_words(rest, None)?;
            let words = rest.strip_suffix(&entry.file.path)?.strip_suffix(' ')?;
            let is_right = entry.sums.line(words.as_bytes()) == sum;
            Some((entry, is_right))
        };
        match parse() {
            Some((entry, true)) => Ok(entry),
            Some((_, false)) => Err(edited()),
            None => Err(not_an_entry(line)),
        }
    }

    /// Reads ownership, mode, encoding, and a path, which may be missing where there is a `slot`.
    fn of_words(words: &str, slot: Option<&str>) -> Option<Self> {
        let mut fields = words.splitn(4, ' ');
        let ownership = ownership(fields.next()?)?;
        let executable = mode(fields.next()?)?;
        let encoding = Encoding::parse(fields.next()?)?;
        let path = fields.next().or(slot)?.to_owned();
        let slot = slot.unwrap_or(&path).to_owned();
        let sums = Checksums::of(&slot);
        let file = RenderedFile { path, file: File::new([], executable), ownership, slot };
        Some(Self { file, encoding, sums })
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

fn not_an_entry(line: &[u8]) -> String {
    format!("{} is not an entry", shown(&String::from_utf8_lossy(line)))
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

    /// The part of the archive that the file is in.
    fn part(self) -> u8 {
        self.0.to_be_bytes()[3]
    }

    /// Of a line that is always the same; it must not equal one of the content.
    fn of_word(self, word: &str) -> String {
        digits(fnv(fnv(self.0, b"\n"), word.as_bytes()))
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
