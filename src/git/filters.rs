//! What stands between the bytes that Git stores and those it writes: line endings, encodings and filter programs. libgit2
//! runs no programs, so Git itself converts wherever an attribute asks for it, and nowhere else.

use std::collections::BTreeMap;

use git2::Oid;

use super::attributes::{self, AttributeFiles, AttributeSource, Attributes, Mentioned, TextAttribute};
use super::filter_command::FilterCommand;
use super::{Blob, Delta, Repo, settings};
use crate::error::{Context, Result};
use crate::tree::{File, Mode, Tree, is_in_state_folder};

/// The ids under which Git stores contents, by path, content and attributes.
pub(super) type CleanIds = BTreeMap<(String, Oid, Attributes), Oid>;

/// How Git converts the files at some paths.
pub(crate) struct Conversions<'a> {
    repo: &'a Repo,
    source: AttributeSource<'a>,
    mentioned: Mentioned,
}

/// Whether an object is only named, or also written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storing {
    Named,
    Written,
}

/// A committed file, and contents that it may have in the work tree.
pub(crate) struct Committed<'a> {
    /// Relative to the root of the work tree.
    pub(crate) path: String,
    pub(crate) file: &'a File,
    pub(crate) candidates: Vec<&'a [u8]>,
}

/// The program of a filter, as far as it is configured.
struct Driver {
    cleans: bool,
    smudges: bool,
}

impl Repo {
    /// The conversions in the work tree as it is.
    pub(super) fn conversions(&self) -> Conversions<'_> {
        Conversions {
            repo: self,
            source: AttributeSource::WorkTree(self),
            mentioned: Mentioned::everything(),
        }
    }

    /// The conversions of `paths` by the attributes of the last commit.
    pub(crate) fn conversions_at_head<'p>(
        &self,
        paths: impl Iterator<Item = &'p str>,
    ) -> Result<Conversions<'_>> {
        self.conversions_with(paths, &AttributeFiles::new(), true)
    }

    /// The conversions of `paths` once the `changed` files of attributes are in the work tree or, with `at_head`, in a
    /// commit on top of the last one.
    pub(crate) fn conversions_with<'p>(
        &self,
        paths: impl Iterator<Item = &'p str>,
        changed: &AttributeFiles,
        at_head: bool,
    ) -> Result<Conversions<'_>> {
        let (source, mentioned) = self.attribute_source(paths, changed, at_head || self.is_bare())?;
        Ok(Conversions { repo: self, source, mentioned })
    }

    /// The conversions in the work tree before `deltas` are made.
    pub(crate) fn conversions_before(&self, deltas: &[Delta]) -> Result<Conversions<'_>> {
        let changed = self.attribute_files(deltas, Delta::in_work_tree)?;
        self.conversions_with(deltas.iter().map(|delta| delta.path.as_str()), &changed, false)
    }

    /// The conversions in the work tree after `deltas` are made.
    pub(crate) fn conversions_after(&self, deltas: &[Delta]) -> Result<Conversions<'_>> {
        let changed = self.attribute_files(deltas, |delta| delta.after)?;
        self.conversions_with(deltas.iter().map(|delta| delta.path.as_str()), &changed, false)
    }

    /// The driver's program, if the filter `name` is configured at all.
    fn driver(&self, name: &str) -> Option<Driver> {
        let has = |key: &str| {
            let found =
                self.settings().and_then(|config| config.get_string(&format!("filter.{name}.{key}")).ok());
            found.is_some_and(|value| !value.is_empty())
        };
        let process = has("process");
        let driver = Driver { cleans: process || has("clean"), smudges: process || has("smudge") };
        let is_configured = driver.cleans || driver.smudges || has("required");
        (is_configured || settings::config_comes_from_environment()).then_some(driver)
    }

    pub(super) fn has_filter_programs(&self) -> bool {
        settings::config_comes_from_environment()
            || self.settings().is_some_and(|config| settings::has(config, "^filter\\."))
    }
}

impl Conversions<'_> {
    /// The attributes as Git has them, also of treenail's own files.
    fn attributes(&self, path: &str) -> Attributes {
        self.source.attributes(path)
    }

    /// Whether a configured filter program converts the file at `path`.
    pub(crate) fn has_program(&self, path: &str) -> bool {
        self.mentioned.filters
            && self.attributes(path).filter.is_some_and(|name| self.repo.driver(&name).is_some())
    }

    /// Whether Git would convert the file at `path`, which is treenail's own, so that it could not be read any more.
    pub(crate) fn disturb(&self, path: &str) -> bool {
        self.mentioned.filters && attributes::disturb(&self.attributes(path), path)
    }

    /// The blob that Git would make of `file`, as a scaffold generates it, at `path`. It is stored.
    ///
    /// # Errors
    /// A filter fails, or an object cannot be written.
    pub(crate) fn store(&self, path: &str, file: &File) -> Result<Blob> {
        self.blob(path, file, Storing::Written)
    }

    /// As [`Conversions::store`], but nothing is stored.
    ///
    /// # Errors
    /// A filter fails.
    pub(crate) fn name(&self, path: &str, file: &File) -> Result<Blob> {
        self.blob(path, file, Storing::Named)
    }

    fn blob(&self, path: &str, file: &File, storing: Storing) -> Result<Blob> {
        if file.mode != Mode::Link
            && !is_in_state_folder(path)
            && (self.mentioned.filters || file.content.contains(&b'\r'))
        {
            let attributes = self.attributes(path);
            // What a scaffold generates is in UTF-8, and so is what Git stores of a file with another encoding.
            let is_stored_form =
                attributes.encoding.is_some() && !self.has_driver(&attributes) && is_utf8_text(&file.content);
            if !is_stored_form && self.may_clean(&attributes, &file.content) {
                let id = self.clean(path, &file.content, &attributes, storing)?;
                return Ok(Blob { id, mode: file.mode });
            }
        }
        match storing {
            Storing::Named => Blob::of(&file.content, file.mode),
            Storing::Written => self.repo.store(&file.content, file.mode),
        }
    }

    /// Stores `content`, which is in the work tree at `path`, as `git add` would.
    pub(super) fn add(&self, path: &str, content: &[u8], mode: Mode) -> Result<Blob> {
        let attributes = self.attributes(path);
        if mode == Mode::Link || !self.may_clean(&attributes, content) {
            return self.repo.store(content, mode);
        }
        Ok(Blob { id: self.clean(path, content, &attributes, Storing::Written)?, mode })
    }

    /// The id of the blob that Git would make of `content`, which is at `path` in the work tree; `None` if it would not
    /// convert it.
    pub(super) fn clean_id(&self, path: &str, content: &[u8]) -> Result<Option<Oid>> {
        if !self.mentioned.filters && !content.contains(&b'\r') {
            return Ok(None);
        }
        let attributes = self.attributes(path);
        if !self.may_clean(&attributes, content) {
            return Ok(None);
        }
        self.clean(path, content, &attributes, Storing::Named).map(Some)
    }

    fn clean(&self, path: &str, content: &[u8], attributes: &Attributes, storing: Storing) -> Result<Oid> {
        let raw = Blob::of(content, Mode::Regular)?.id;
        let key = (path.to_owned(), raw, attributes.clone());
        let known = self.repo.clean_ids.borrow().get(&key).copied();
        let is_stored = |id: &Oid| storing == Storing::Named || self.repo.has_object(*id);
        if let Some(id) = known.filter(is_stored) {
            return Ok(id);
        }
        let drivers = attributes.filter.as_deref().into_iter();
        let command =
            self.command(drivers.filter(|name| self.repo.driver(name).is_some_and(|it| it.cleans)))?;
        let id = command.clean(path, content, storing)?;
        let id = Oid::from_str(&id).context(|| "cannot read what `git hash-object` prints".to_owned())?;
        self.repo.clean_ids.borrow_mut().insert(key, id);
        Ok(id)
    }

    /// Returns the bytes that Git would write for each of `blobs`.
    ///
    /// # Errors
    /// A filter fails, or an object cannot be read.
    pub(crate) fn written(&self, blobs: &[(&str, Blob)]) -> Result<Vec<Vec<u8>>> {
        let mut contents = Vec::with_capacity(blobs.len());
        let (mut converted, mut drivers) = (Vec::new(), Vec::new());
        for (position, (path, blob)) in blobs.iter().enumerate() {
            let content = self.repo.content(*blob)?;
            if blob.mode != Mode::Link && self.may_be_written_otherwise() {
                let attributes = self.attributes(path);
                if !attributes::disturb(&attributes, path) && self.may_smudge(&attributes, &content) {
                    converted.push(position);
                    drivers.extend(attributes.filter);
                }
            }
            contents.push(content);
        }
        if converted.is_empty() {
            return Ok(contents);
        }
        let drivers = drivers.iter().map(String::as_str);
        let command =
            self.command(drivers.filter(|name| self.repo.driver(name).is_some_and(|it| it.smudges)))?;
        let wanted: Vec<_> = converted
            .iter()
            .map(|position| (blobs[*position].0, blobs[*position].1.id.to_string()))
            .collect();
        for (position, content) in converted.into_iter().zip(command.smudge(&wanted)?) {
            contents[position] = content;
        }
        Ok(contents)
    }

    /// Returns the files added or changed by `deltas`, as Git would write them.
    pub(crate) fn written_files(&self, deltas: &[Delta]) -> Result<Tree> {
        let coming: Vec<_> =
            deltas.iter().filter_map(|delta| Some((delta.path.as_str(), delta.after?))).collect();
        let contents = self.written(&coming)?;
        let files = coming.into_iter().zip(contents);
        Ok(files
            .map(|((path, blob), content)| (path.to_owned(), File { mode: blob.mode, content }))
            .collect())
    }

    /// As [`Conversions::written_files`] of `deltas` for files that come from outside of Git: as in `files`, for `git add` to
    /// convert, unless Git could not.
    pub(crate) fn files_to_add(&self, deltas: &[Delta], files: &Tree) -> Result<Tree> {
        let mut written = files.clone();
        let is_encoded = |delta: &&Delta| {
            self.mentioned.filters
                && !is_in_state_folder(&delta.path)
                && self.attributes(&delta.path).encoding.is_some()
        };
        let encoded: Vec<_> = deltas.iter().filter(is_encoded).cloned().collect();
        written.extend(self.written_files(&encoded)?);
        Ok(written)
    }

    /// Returns the contents of `files`, which filter programs convert, as they are in the work tree, or one of the
    /// candidates that Git stores as the same blob. Without `smudge` no program runs that `git status` would not run, and a
    /// content is `None` if only such a program could give it.
    ///
    /// # Errors
    /// A filter fails.
    pub(crate) fn in_work_tree(&self, files: &[Committed], smudge: bool) -> Result<Vec<Option<Vec<u8>>>> {
        let blobs = files.iter().map(|one| Blob::of(&one.file.content, one.file.mode));
        let blobs = blobs.collect::<Result<Vec<_>>>()?;
        let present = self.unchanged(files, &blobs)?;
        let mut contents = Vec::with_capacity(files.len());
        let mut left = Vec::new();
        for (position, (one, present)) in files.iter().zip(present).enumerate() {
            let same = self.same_as(one, blobs[position], present.as_deref())?;
            if same.is_none() && present.is_none() {
                left.push(position);
            }
            contents.push(same.or(present));
        }
        if smudge {
            let wanted: Vec<_> =
                left.iter().map(|position| (files[*position].path.as_str(), blobs[*position])).collect();
            for (position, content) in left.into_iter().zip(self.smudged(&wanted)?) {
                contents[position] = Some(content);
            }
        }
        Ok(contents)
    }

    /// As [`Conversions::written`], also of treenail's own files.
    fn smudged(&self, blobs: &[(&str, Blob)]) -> Result<Vec<Vec<u8>>> {
        if blobs.is_empty() {
            return Ok(Vec::new());
        }
        let drivers: Vec<_> = blobs.iter().filter_map(|(path, _)| self.attributes(path).filter).collect();
        let drivers = drivers.iter().map(String::as_str);
        let command =
            self.command(drivers.filter(|name| self.repo.driver(name).is_some_and(|it| it.smudges)))?;
        let wanted: Vec<_> = blobs.iter().map(|(path, blob)| (*path, blob.id.to_string())).collect();
        command.smudge(&wanted)
    }

    /// The contents of those of `files` whose work tree file Git would store as the committed blob.
    fn unchanged(&self, files: &[Committed], blobs: &[Blob]) -> Result<Vec<Option<Vec<u8>>>> {
        let mut found: Vec<_> = files.iter().map(|one| self.repo.plain_file(&one.path)).collect();
        if !matches!(self.source, AttributeSource::WorkTree(_)) {
            for ((one, blob), content) in files.iter().zip(blobs).zip(&mut found) {
                if let Some(bytes) = content
                    && self.clean(&one.path, bytes, &self.attributes(&one.path), Storing::Named)? != blob.id
                {
                    *content = None;
                }
            }
            return Ok(found);
        }
        // One process for all of them.
        let paths = files.iter().zip(&found).filter(|(_, content)| content.is_some());
        let paths: Vec<_> = paths.map(|(one, _)| one.path.as_str()).collect();
        let drivers: Vec<_> = paths.iter().filter_map(|path| self.attributes(path).filter).collect();
        let drivers = drivers.iter().map(String::as_str);
        let command =
            self.command(drivers.filter(|name| self.repo.driver(name).is_some_and(|it| it.cleans)))?;
        let mut ids = command.clean_files(paths.into_iter())?.into_iter();
        for (content, blob) in found.iter_mut().zip(blobs) {
            if content.is_some() && ids.next() != Some(blob.id.to_string()) {
                *content = None;
            }
        }
        Ok(found)
    }

    /// Returns the candidate that Git stores as `blob`. An LFS pointer in the work tree stands for other bytes, so that
    /// what is there decides only if it is a candidate itself.
    fn same_as(&self, one: &Committed, blob: Blob, present: Option<&[u8]>) -> Result<Option<Vec<u8>>> {
        let is_equal = |candidate: &&&[u8]| Some(**candidate) == present || **candidate == one.file.content;
        if let Some(same) = one.candidates.iter().find(is_equal) {
            return Ok(Some(same.to_vec()));
        }
        let attributes = self.attributes(&one.path);
        for candidate in &one.candidates {
            if self.clean(&one.path, candidate, &attributes, Storing::Named)? == blob.id {
                return Ok(Some(candidate.to_vec()));
            }
        }
        Ok(None)
    }

    fn may_be_written_otherwise(&self) -> bool {
        self.mentioned.filters || self.mentioned.crlf || self.repo.writes_crlf()
    }

    /// Whether Git may write bytes at `path` that differ from those it stores, or the reverse, with `content` on either
    /// side.
    pub(super) fn may_convert(&self, path: &str, content: &[u8]) -> bool {
        let attributes = self.attributes(path);
        self.may_clean(&attributes, content) || self.may_smudge(&attributes, content)
    }

    /// Whether Git may store bytes other than `content`, which is at `path` in the work tree.
    pub(super) fn may_clean_file(&self, path: &str, content: &[u8]) -> bool {
        self.may_clean(&self.attributes(path), content)
    }

    fn has_driver(&self, attributes: &Attributes) -> bool {
        attributes.filter.as_deref().is_some_and(|name| self.repo.driver(name).is_some())
    }

    fn may_clean(&self, attributes: &Attributes, content: &[u8]) -> bool {
        let has_crlf = || content.windows(2).any(|pair| pair == b"\r\n");
        self.may_filter(attributes, content) || (self.normalizes(attributes) && has_crlf())
    }

    fn may_smudge(&self, attributes: &Attributes, content: &[u8]) -> bool {
        let may_have_crlf = match attributes.eol.as_deref() {
            Some("crlf") => true,
            Some("lf") => false,
            _ => self.repo.writes_crlf(),
        };
        (may_have_crlf && attributes.text != TextAttribute::Unset) || self.may_filter(attributes, content)
    }

    fn may_filter(&self, attributes: &Attributes, content: &[u8]) -> bool {
        let has_id = || content.windows(3).any(|part| part == b"$Id");
        self.has_driver(attributes) || attributes.encoding.is_some() || (attributes.has_ident && has_id())
    }

    /// Whether line ends of the file are stored as LF.
    fn normalizes(&self, attributes: &Attributes) -> bool {
        match attributes.text {
            TextAttribute::Set => true,
            TextAttribute::Unset => false,
            TextAttribute::Unspecified => {
                attributes.eol.is_some()
                    || self.repo.setting("core.autocrlf", false)
                    || self.repo.has_setting("core.autocrlf", "input")
            }
        }
    }

    /// Git with these attributes. Without a program that it should run, `drivers` fail.
    fn command<'d>(&self, drivers: impl Iterator<Item = &'d str>) -> Result<FilterCommand> {
        match &self.source {
            AttributeSource::WorkTree(_) => Ok(FilterCommand::here(self.repo, drivers)),
            AttributeSource::Elsewhere(elsewhere) => {
                FilterCommand::elsewhere(self.repo, drivers, &elsewhere.files)
            }
        }
    }
}

fn is_utf8_text(content: &[u8]) -> bool {
    std::str::from_utf8(content).is_ok() && !content.contains(&0)
}

impl Repo {
    fn writes_crlf(&self) -> bool {
        self.setting("core.autocrlf", false) || self.has_setting("core.eol", "crlf")
    }

    /// Whether Git would store `content`, which is at `path` in the work tree, as `committed`.
    pub(crate) fn cleans_to(&self, path: &str, content: &[u8], committed: &[u8]) -> Result<bool> {
        let wanted = Blob::of(committed, Mode::Regular)?;
        Ok(self.conversions().clean_id(path, content)? == Some(wanted.id))
    }

    fn has_object(&self, id: Oid) -> bool {
        self.git.odb().is_ok_and(|objects| objects.exists(id))
    }
}
