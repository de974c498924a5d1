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
}
