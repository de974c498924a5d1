//! What stands between the bytes that Git stores and those it writes: line endings, encodings and filter programs.

use git2::{AttrCheckFlags, AttrValue};

use super::{Blob, Delta, Repo, command, settings};
use crate::error::Result;
use crate::tree::{File, Mode, Tree};

/// The attributes that apply a program or an encoding.
pub(super) const FILTERS: [&str; 3] = ["filter", "ident", "working-tree-encoding"];

impl Repo {
    /// Returns the bytes that Git would write at `path` for `blob`.
    pub(crate) fn checked_out(&self, path: &str, blob: Blob) -> Result<Vec<u8>> {
        let content = self.content(blob)?;
        if blob.mode == Mode::Link || !self.is_converted(path, &content) {
            return Ok(content);
        }
        command::checked_out(&self.root, path, &blob.id.to_string())
    }

    /// Returns the files added or changed by `deltas`, as Git would write them.
    pub(crate) fn checked_out_files(&self, deltas: &[Delta]) -> Result<Tree> {
        let coming = deltas.iter().filter_map(|delta| Some((&delta.path, delta.after?)));
        coming
            .map(|(path, after)| {
                let content = self.checked_out(path, after)?;
                Ok((path.clone(), File { mode: after.mode, content }))
            })
            .collect()
    }

    /// Whether Git would store bytes other than `content`, which is at `path` in the work tree.
    pub(crate) fn is_filtered(&self, path: &str, content: &[u8]) -> bool {
        content.contains(&b'\r') || self.has_filter(path, content)
    }

    /// Whether Git may write bytes at `path` that differ from those it stores, with `content` on either side.
    /// Attribute lookups dominate the time, so the most decisive one comes first.
    pub(super) fn is_converted(&self, path: &str, content: &[u8]) -> bool {
        let may_have_crlf = match self.attribute(path, "eol") {
            AttrValue::String("crlf") => true,
            AttrValue::String("lf") => false,
            _ => self.setting("core.autocrlf", false) || self.has_setting("core.eol", "crlf"),
        };
        (may_have_crlf && !matches!(self.attribute(path, "text"), AttrValue::False))
            || self.has_filter(path, content)
    }

    /// Whether a program or an encoding converts between stored and written bytes at `path`, with `content`
    /// on either side.
    pub(super) fn has_filter(&self, path: &str, content: &[u8]) -> bool {
        let matters = |name: &str| match name {
            "filter" => self.has_filter_programs(),
            "ident" => content.windows(3).any(|part| part == b"$Id"),
            _ => true,
        };
        let is_set = |name| matches!(self.attribute(path, name), AttrValue::True | AttrValue::String(_));
        FILTERS.iter().any(|name| matters(name) && is_set(name))
    }

    fn attribute(&self, path: &str, name: &str) -> AttrValue<'_> {
        // The meaning of a value depends on its address, so it must not be copied before.
        let value = self.git.get_attr(path.as_ref(), name, AttrCheckFlags::FILE_THEN_INDEX);
        AttrValue::from_string(value.ok().flatten())
    }

    pub(super) fn has_filter_programs(&self) -> bool {
        settings::config_comes_from_environment()
            || self.settings().is_some_and(|config| settings::has(config, "^filter\\."))
    }
}
