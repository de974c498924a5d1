//! Several files in one input, and paths.

use std::collections::BTreeMap;

/// Starts a file, and is followed by its path on the same line.
const MARK: &str = "=== ";

/// Takes an input apart. Lines before the first mark are the file `first`. A file whose path leads elsewhere is left out,
/// since no caller reads one; of two with one path, the last stays.
pub fn files(bytes: &[u8], first: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut path = first.to_owned();
    let mut content = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(MARK.as_bytes()).map(|path| str::from_utf8(path.trim_ascii_end())) {
            Some(Ok(next)) => {
                files.insert(std::mem::replace(&mut path, next.to_owned()), std::mem::take(&mut content));
            }
            _ => content.extend_from_slice(line),
        }
    }
    files.insert(path, content);
    files.retain(|path, _| stays_inside(path));
    files
}

/// Whether a path stays below its folder and out of Git's files, on any system.
pub fn stays_inside(path: &str) -> bool {
    let is_part = |part: &str| !matches!(part, "" | "." | "..") && !part.eq_ignore_ascii_case(".git");
    let has_drive = path.as_bytes().get(1) == Some(&b':');
    path.split('/').all(is_part) && !path.contains(['\\', '\0']) && !has_drive
}
