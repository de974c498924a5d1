//! The file of variables that requests a release, as kustomize reads it: `NAME=VALUE` a line, comments with `#`, blanks
//! before a name, a byte order mark, Windows line endings.

use super::declared::ReleaseVariables;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A release that is requested.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReleaseRequest {
    /// Empty if none is requested.
    pub(crate) tag: String,
    pub(crate) revision: String,
}

impl ReleaseRequest {
    pub(crate) fn read(content: &[u8], names: &ReleaseVariables) -> Self {
        let text = String::from_utf8_lossy(content);
        let mut request = Self::default();
        for line in text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text).lines() {
            match assignment(line) {
                Some((name, value)) if name == names.tag => value.clone_into(&mut request.tag),
                Some((name, value)) if name == names.revision => value.clone_into(&mut request.revision),
                _ => {}
            }
        }
        request
    }

    /// Whether it is of this commit, under another tag.
    pub(crate) fn is_twin_of(&self, tag: &str, revision: &str) -> bool {
        !self.is_empty() && self.revision == revision && self.tag != tag
    }

    /// Returns `content` with the values of this request. Whatever else stands there stays, comments included.
    pub(crate) fn written_into(&self, content: &[u8], names: &ReleaseVariables) -> Vec<u8> {
        let mut written = Vec::with_capacity(content.len());
        let mut missing = vec![(&names.tag, &self.tag), (&names.revision, &self.revision)];
        for line in content.split_inclusive(|byte| *byte == b'\n') {
            let text = String::from_utf8_lossy(line);
            let bare = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text);
            let known = [(&names.tag, &self.tag), (&names.revision, &self.revision)];
            let found =
                assignment(bare).and_then(|(name, _)| known.into_iter().find(|(own, _)| *own == name));
            let Some((name, value)) = found else {
                written.extend_from_slice(line);
                continue;
            };
            missing.retain(|(other, _)| *other != name);
            // Of the line, only its value changes.
            let start = text.find('=').map_or(text.len(), |at| at + 1);
            let end = text.trim_end_matches(['\r', '\n']).len();
            written.extend_from_slice(text[..start].as_bytes());
            written.extend_from_slice(value.as_bytes());
            written.extend_from_slice(text[end..].as_bytes());
        }
        for (name, value) in missing {
            if written.last().is_some_and(|last| *last != b'\n') {
                written.push(b'\n');
            }
            written.extend_from_slice(format!("{name}={value}\n").as_bytes());
        }
        written
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tag.is_empty() && self.revision.is_empty()
    }
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    line.trim_start().split_once('=').filter(|(name, _)| !name.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> ReleaseVariables {
        ReleaseVariables { tag: "IMAGE_TAG".to_owned(), revision: "SOURCE_REVISION".to_owned() }
    }

    #[test]
    fn it_reads_what_kustomize_reads() {
        let wanted = ReleaseRequest { tag: "1.0.0".to_owned(), revision: "abc".to_owned() };
        for text in [
            "IMAGE_TAG=1.0.0\nSOURCE_REVISION=abc\n",
            "\u{feff}IMAGE_TAG=1.0.0\r\nSOURCE_REVISION=abc",
            "# IMAGE_TAG=2\nOTHER=1\n  SOURCE_REVISION=abc\nIMAGE_TAG=0\n\tIMAGE_TAG=1.0.0\n",
        ] {
            assert_eq!(ReleaseRequest::read(text.as_bytes(), &names()), wanted, "{text}");
        }
        assert!(ReleaseRequest::read(b"IMAGE_TAG=\nSOURCE_REVISION=\n", &names()).is_empty());
    }

    #[test]
    fn only_the_values_change() {
        let release = ReleaseRequest { tag: "2".to_owned(), revision: "def".to_owned() };
        for (text, expected) in [
            ("# c\nIMAGE_TAG=\nSOURCE_REVISION=\n", "# c\nIMAGE_TAG=2\nSOURCE_REVISION=def\n"),
            (
                "\u{feff}IMAGE_TAG=1 \r\n\r\nA=b\r\n  SOURCE_REVISION=abc",
                "\u{feff}IMAGE_TAG=2\r\n\r\nA=b\r\n  SOURCE_REVISION=def",
            ),
            ("", "IMAGE_TAG=2\nSOURCE_REVISION=def\n"),
            ("A=b", "A=b\nIMAGE_TAG=2\nSOURCE_REVISION=def\n"),
            ("IMAGE_TAG=1\nIMAGE_TAG=0\n", "IMAGE_TAG=2\nIMAGE_TAG=2\nSOURCE_REVISION=def\n"),
        ] {
            let written = release.written_into(text.as_bytes(), &names());
            assert_eq!(String::from_utf8(written.clone()).unwrap(), expected);
            assert_eq!(ReleaseRequest::read(&written, &names()), release);
        }
        let raw = release.written_into(b"# \xff\nIMAGE_TAG=\n", &names());
        assert!(raw.starts_with(b"# \xff\nIMAGE_TAG=2\n"));
    }
}
