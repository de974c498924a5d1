//! The attributes of a path that decide how Git converts its file. Those of the work tree count, unless the repository is
//! bare, or an update is about to change the files that hold them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use git2::{AttrCheckFlags, AttrValue, Index, Repository};

use super::index::{self, bare_entry};
use super::{Blob, Delta, Repo, settings, tree};
use crate::error::{Context, Result};
use crate::fs;
use crate::tree::{Mode, is_in_state_folder};

pub(super) const NAME: &str = ".gitattributes";

/// The names that apply a program or an encoding.
const FILTERS: [&str; 3] = ["filter", "ident", "working-tree-encoding"];

/// Contents of `.gitattributes` files by their paths from the root of the work tree; `None` where there is none.
pub(crate) type AttributeFiles = BTreeMap<String, Option<Vec<u8>>>;

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Attributes {
    /// The driver's name.
    pub(super) filter: Option<String>,
    pub(super) has_ident: bool,
    pub(super) encoding: Option<String>,
    pub(super) text: TextAttribute,
    pub(super) eol: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TextAttribute {
    #[default]
    Unspecified,
    /// `text`, `text=auto`, or the like.
    Set,
    Unset,
}

impl Attributes {
    fn read(git: &Repository, path: &str, flags: AttrCheckFlags) -> Self {
        let value = |name: &str| {
            // The meaning of a value depends on its address, so it must not be copied before.
            let found = git.get_attr(path.as_ref(), name, flags).ok().flatten();
            AttrValue::from_string(found)
        };
        let name = |name: &str| match value(name) {
            AttrValue::String(text) => Some(text.to_owned()),
            _ => None,
        };
        let text = |name: &str| match value(name) {
            AttrValue::False => TextAttribute::Unset,
            AttrValue::Unspecified => TextAttribute::Unspecified,
            _ => TextAttribute::Set,
        };
        // `crlf` is the old name of `text`.
        let text = Some(text("text"))
            .filter(|text| *text != TextAttribute::Unspecified)
            .unwrap_or_else(|| text("crlf"));
        Self {
            filter: name("filter"),
            has_ident: matches!(value("ident"), AttrValue::True),
            encoding: name("working-tree-encoding"),
            text,
            eol: name("eol"),
        }
    }

    pub(super) fn have_filters(&self) -> bool {
        self.filter.is_some() || self.has_ident || self.encoding.is_some()
    }
}

/// Where the attributes are looked up.
pub(super) enum AttributeSource<'a> {
    WorkTree(&'a Repo),
    Elsewhere(Elsewhere),
}

/// Other files than those in the work tree.
pub(super) struct Elsewhere {
    /// Has an index in memory with these files and nothing else.
    lookup: Repo,
    pub(super) files: Vec<(String, Vec<u8>)>,
}

impl Elsewhere {
    fn new(root: &std::path::Path, files: Vec<(String, Vec<u8>)>) -> Result<Self> {
        let lookup = Repo::open_apart(root)?;
        let fill = || -> Result<(), git2::Error> {
            // Above the backends on the disk, so that nothing is written there.
            let _memory = lookup.git.odb()?.add_new_mempack_backend(1000)?;
            let mut index = Index::new()?;
            for (path, content) in &files {
                let id = lookup.git.blob(content)?;
                index.add(&bare_entry(path, Blob { id, mode: Mode::Regular }))?;
            }
            lookup.git.set_index(&mut index)
        };
        fill().context(|| "cannot look up Git's attributes".to_owned())?;
        Ok(Self { lookup, files })
    }
}

impl AttributeSource<'_> {
    pub(super) fn attributes(&self, path: &str) -> Attributes {
        match self {
            Self::WorkTree(repo) => Attributes::read(&repo.git, path, AttrCheckFlags::FILE_THEN_INDEX),
            Self::Elsewhere(elsewhere) => {
                Attributes::read(&elsewhere.lookup.git, path, AttrCheckFlags::INDEX_ONLY)
            }
        }
    }
}

/// What any attribute could make Git do. Asking libgit2 for every file's attributes costs more than the rest of an update,
/// and usually none matter.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mentioned {
    pub(super) filters: bool,
    pub(super) crlf: bool,
    text: bool,
}

impl Mentioned {
    pub(super) fn everything() -> Self {
        Self { filters: true, crlf: true, text: true }
    }

    fn of<'a>(files: impl Iterator<Item = &'a [u8]>) -> Self {
        files.fold(Self::default(), |found, file| Self {
            filters: found.filters || FILTERS.iter().any(|name| has(file, name)),
            crlf: found.crlf || has(file, "crlf"),
            text: found.text || has(file, "text") || has(file, "eol") || has(file, "binary"),
        })
    }
}

fn has(content: &[u8], word: &str) -> bool {
    content.windows(word.len()).any(|part| part == word.as_bytes())
}

/// The files that can hold the attributes of `paths`.
fn candidates<'p>(paths: impl Iterator<Item = &'p str>) -> BTreeSet<String> {
    let mut folders = BTreeSet::from([""]);
    for path in paths {
        for (end, _) in path.rmatch_indices('/') {
            if !folders.insert(&path[..=end]) {
                break;
            }
        }
    }
    folders.into_iter().map(|folder| format!("{folder}{NAME}")).collect()
}

impl Repo {
    /// Where to look up the attributes of `paths` with the `changed` files, and with those of the last commit
    /// (`at_head`) or the work tree otherwise.
    pub(super) fn attribute_source<'p>(
        &self,
        paths: impl Iterator<Item = &'p str>,
        changed: &AttributeFiles,
        at_head: bool,
    ) -> Result<(AttributeSource<'_>, Mentioned)> {
        let outside = self.has_outside_attributes()?;
        let mut files = Vec::new();
        let mut differs = false;
        let index = if self.is_bare() { None } else { self.index().ok() };
        for path in candidates(paths) {
            let on_disk = self.plain_file(&path);
            let staged = || -> Result<Option<Vec<u8>>> {
                let staged = index.as_ref().and_then(|index| index::entry_at(index, &path, 0));
                let staged = staged.as_ref().and_then(index::blob).filter(|blob| blob.mode != Mode::Link);
                staged.map(|blob| self.content(blob)).transpose()
            };
            let wanted = match changed.get(&path) {
                Some(content) => content.clone(),
                None if at_head => self.attributes_at_head(&path, on_disk.as_deref())?,
                None => on_disk.clone().map_or_else(staged, |content| Ok(Some(content)))?,
            };
            // The work tree may be about to change, so what is changed there counts as different anyway.
            differs |= changed.contains_key(&path) || (at_head && wanted != on_disk);
            files.extend(wanted.map(|content| (path, content)));
        }
        let mentioned = if outside {
            Mentioned::everything()
        } else {
            Mentioned::of(files.iter().map(|(_, content)| content.as_slice()))
        };
        let is_plain = !mentioned.filters && !mentioned.crlf && !mentioned.text;
        let source = if differs && !is_plain {
            AttributeSource::Elsewhere(Elsewhere::new(&self.root, files)?)
        } else {
            AttributeSource::WorkTree(self)
        };
        Ok((source, mentioned))
    }

    /// Returns the content of the file at `path` in the work tree, unless it is a link or behind one.
    pub(super) fn plain_file(&self, path: &str) -> Option<Vec<u8>> {
        if self.is_bare() {
            return None;
        }
        fs::read_below(&self.root, path, fs::limit::WORK_TREE_FILE).ok().flatten()
    }

    fn attributes_at_head(&self, path: &str, on_disk: Option<&[u8]>) -> Result<Option<Vec<u8>>> {
        let Some(head) = self.head_tree()? else { return Ok(None) };
        let blob = tree::blob_at(&head, path)?.filter(|blob| blob.mode != Mode::Link);
        let Some(blob) = blob else { return Ok(None) };
        match on_disk {
            // It may be filtered itself.
            Some(content) if self.stands_for(&self.conversions(), path, content, blob)? => {
                Ok(Some(content.to_vec()))
            }
            _ => self.content(blob).map(Some),
        }
    }

    /// Whether attributes come from outside the work tree.
    fn has_outside_attributes(&self) -> Result<bool> {
        let set = self.settings().and_then(|config| config.get_path("core.attributesFile").ok());
        let is_set = set.is_some_and(|file| self.root.join(file).is_file());
        Ok(is_set || self.info_attributes().exists() || settings::attributes_file()?.is_some())
    }

    /// The path of the repository's own attributes, which no other file overrides.
    pub(crate) fn info_attributes(&self) -> PathBuf {
        self.git.commondir().join("info/attributes")
    }

    /// The `.gitattributes` files among `deltas`, as `side` of each has them.
    pub(super) fn attribute_files(
        &self,
        deltas: &[Delta],
        side: fn(&Delta) -> Option<Blob>,
    ) -> Result<AttributeFiles> {
        let holds = |delta: &&Delta| delta.path.rsplit('/').next() == Some(NAME);
        let content = |blob: Option<Blob>| {
            blob.filter(|blob| blob.mode != Mode::Link).map(|blob| self.content(blob)).transpose()
        };
        deltas.iter().filter(holds).map(|delta| Ok((delta.path.clone(), content(side(delta))?))).collect()
    }
}

/// Whether Git would change the bytes of a file of treenail's own.
pub(super) fn disturb(attributes: &Attributes, path: &str) -> bool {
    is_in_state_folder(path) && attributes.have_filters()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_folder_above_a_file_can_hold_its_attributes() {
        let found = candidates(["a/b/c", "a/d", "e"].into_iter());
        let found: Vec<_> = found.iter().map(String::as_str).collect();
        assert_eq!(found, [".gitattributes", "a/.gitattributes", "a/b/.gitattributes"]);
    }

    #[test]
    fn a_mention_is_enough_to_look_closer() {
        let mentioned = |text: &str| Mentioned::of([text.as_bytes()].into_iter());
        assert!(!mentioned("* text=auto eol=lf\n").filters && !mentioned("* text=auto eol=lf\n").crlf);
        assert!(mentioned("[attr]secret filter=crypt\n").filters);
        assert!(mentioned("*.bat eol=crlf\n").crlf);
    }
}
