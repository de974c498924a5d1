//! What an upgrade would do: the recorded answers carried over to today's scaffold, rendered, and merged with what
//! the user made of the files. Computed in memory; `diff` shows it, `upgrade` lands it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::base;
use super::recorded::{Decisions, Recorded};
use super::recovery;
use super::recovery::{BaseFrom, Origin, State};
use super::{FOLDER, answers_file};
use crate::answers::migrate::{Migrated, migrate};
use crate::answers::resolve::{ChangedDefault, Defaults, Given, InvalidAnswer, Policy, Resolver};
use crate::apply::update::Edit;
use crate::check;
use crate::error::{Error, Result};
use crate::fs;
use crate::git;
use crate::git::{Labels, Repo, Worktree};
use crate::merge;
use crate::merge::{Plan, Prefer, Request};
use crate::scaffold::definition::{Ownership, Version};
use crate::scaffold::render;
use crate::scaffold::render::RenderedFile;
use crate::scaffold::source;
use crate::scaffold::{Scaffold, catalog};
use crate::tree::{File, Tree};
use crate::values::value::Answers;

/// Where to look for a folder that treenail has written to.
pub(crate) struct Site {
    root: PathBuf,
    prefix: String,
    is_bare: bool,
}

impl Site {
    /// What `dir` is: a folder in a work tree, or a bare repository. Where the user only stands in a folder, the one
    /// above it that treenail has written to is meant, as with Git; one that was named is meant as it is.
    ///
    /// # Errors
    /// A precondition where it is neither.
    pub(crate) fn of(dir: &Path) -> Result<Self> {
        if let Ok(git::Site::Worktree(Worktree { root, mut prefix, .. })) = git::locate(dir) {
            if dir == Path::new(".") {
                prefix = nearest(&root, prefix);
            }
            return Ok(Self { root, prefix, is_bare: false });
        }
        let root = git::bare(dir).ok_or_else(|| recovery::not_generated(dir))?;
        Ok(Self { root, prefix: String::new(), is_bare: true })
    }

    /// The root of the work tree, or the bare repository.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }
}

/// The folder itself or the nearest one above it, within `root`, that holds treenail's state; the folder itself where
/// none does.
fn nearest(root: &Path, prefix: String) -> String {
    let above =
        |prefix: &str| prefix[..prefix.trim_end_matches('/').rfind('/').map_or(0, |at| at + 1)].to_owned();
    let mut candidate = prefix.clone();
    loop {
        if fs::is_folder(&root.join(&candidate).join(FOLDER)) {
            return candidate;
        }
        if candidate.is_empty() {
            return prefix;
        }
        candidate = above(&candidate);
    }
}

/// A folder that treenail has written to, with what it remembers.
pub(crate) struct Generated {
    /// The root of the work tree, or the bare repository.
    pub(crate) root: PathBuf,
    /// The folder inside it: empty, or ending in `/`.
    pub(crate) prefix: String,
    /// What is recorded, with what the user has edited there.
    pub(crate) recorded: Recorded,
    /// The files as the scaffold made them; none where that is lost.
    pub(crate) base: Vec<RenderedFile>,
    /// Where what is recorded was found.
    pub(crate) origin: Origin,
    /// The text of the answers in the work tree, where these are meant.
    text: Option<Vec<u8>>,
}

impl Generated {
    /// Reads the state of `dir` in a work tree.
    ///
    /// # Errors
    /// A precondition where there is none; [`ErrorKind::State`] where it is lost or damaged.
    pub(crate) fn read(dir: &Path) -> Result<Self> {
        match Site::of(dir)? {
            Site { is_bare: true, .. } => {
                Err(Error::precondition(format!("`{}` has no work tree", dir.display())))
            }
            site => Self::at(&site, dir, BaseFrom::Recorded),
        }
    }

    /// Reads the state of `dir`, which is `site`, with the base of later merges from where the user wants it.
    ///
    /// # Errors
    /// As for [`Generated::read`]; wrong usage where there is no such commit.
    pub(crate) fn at(site: &Site, dir: &Path, from: BaseFrom) -> Result<Self> {
        let State { recorded, base, origin, text } = recovery::read(dir, &site.root, &site.prefix, from)?;
        let (root, prefix) = (site.root.clone(), site.prefix.clone());
        Ok(Self { root, prefix, recorded, base, origin, text })
    }

    /// The version of the scaffold that wrote the base.
    fn base_version(&self) -> &Version {
        match &self.origin {
            Origin::Commit { version, .. } => version,
            Origin::WorkTree | Origin::Baseless => &self.recorded.scaffold.version,
        }
    }

    /// The scaffold to upgrade to: `wanted`, else the built-in one of the recorded name.
    ///
    /// # Errors
    /// There is no such scaffold, or it is another one than the files are of.
    pub(crate) fn scaffold(&self, wanted: Option<&str>) -> Result<Scaffold> {
        let name = &self.recorded.scaffold.name;
        let scaffold = match wanted {
            Some(wanted) => source::load(wanted)?,
            // Never a folder that happens to be called like it.
            None => catalog::embedded(name).unwrap_or_else(|| {
                Err(Error::precondition(format!(
                    "there is no built-in scaffold `{name}`, which these files are of"
                ))
                .hint("name its folder with --scaffold"))
            })?,
        };
        if scaffold.definition.name == *name {
            return Ok(scaffold);
        }
        let other = &scaffold.definition.name;
        Err(Error::precondition(format!("these files are of the scaffold `{name}`, not of `{other}`")))
    }

    /// The recorded answers in the terms of `scaffold`.
    ///
    /// # Errors
    /// A downgrade that is not allowed; a template of the scaffold that cannot be evaluated.
    pub(crate) fn migrated(&self, scaffold: &Scaffold, allow_downgrade: bool) -> Result<Migrated> {
        let (old, new) = (&self.recorded.scaffold.version, &scaffold.definition.version);
        if new < old && !allow_downgrade {
            return Err(Error::precondition(format!(
                "the files are of version {old} of the scaffold, this is {new}"
            ))
            .hint("install a newer treenail, or pass --allow-downgrade"));
        }
        migrate(&self.recorded.answers, old, scaffold)
    }

    /// Makes sure that the base of the work tree, where that was read, is the one in `committed`, the files of the last
    /// commit: unlike the answers it is not for editing.
    ///
    /// # Errors
    /// A precondition where it is not.
    pub(crate) fn check_base(&self, committed: &Tree) -> Result<()> {
        let content = committed.get(base::PATH).map_or(&[][..], |entry| &entry.content);
        if self.origin != Origin::WorkTree || base::read(content).is_ok_and(|base| base == self.base) {
            return Ok(());
        }
        Err(Error::precondition(format!(
            "`{}{}` has changes that are not committed",
            self.prefix,
            base::PATH
        ))
        .hint(format!("bring it back: git checkout HEAD -- {}", recovery::rooted(&self.prefix, base::PATH))))
    }

    /// The recorded answers as the user has edited them, where that is not in `committed`.
    pub(crate) fn edit(&self, committed: &Tree) -> Option<Edit<'_>> {
        let committed = committed.get(answers_file::PATH).filter(|file| !file.is_link())?;
        let content = self.text.as_ref().filter(|text| **text != committed.content)?;
        Some(Edit { path: answers_file::PATH, content })
    }

    /// The user's files as they are committed, and treenail's own apart. Files that were never committed would look
    /// like deleted ones.
    fn committed(&self) -> Result<(Tree, Tree)> {
        let tree = Repo::open(&self.root)?.tree_at_head(&self.prefix)?;
        let is_recovered = matches!(self.origin, Origin::Commit { .. });
        if !is_recovered && !tree.contains_key(answers_file::PATH) {
            let path = format!("{}{}", self.prefix, answers_file::PATH);
            return Err(Error::precondition(format!("`{path}` is not committed")).hint(
                "commit what treenail wrote, so that an upgrade can tell your edits from it: git add, git commit",
            ));
        }
        Ok(tree.into_iter().partition(|(path, _)| !is_state(path)))
    }
}

/// What the user wants of an upgrade.
pub(crate) struct Wishes {
    /// Answers given anew, of flags and files.
    pub(crate) overrides: BTreeMap<String, Given>,
    /// What becomes of defaults that are others now.
    pub(crate) defaults: Defaults,
    /// Who wins conflicts.
    pub(crate) prefer: Prefer,
    /// Whether an older version of the scaffold is fine.
    pub(crate) allow_downgrade: bool,
}

/// An upgrade, computed.
pub(crate) struct Renewal {
    /// The scaffold that is upgraded to.
    pub(crate) scaffold: Scaffold,
    /// The answers from now on.
    pub(crate) answers: Answers,
    /// The answers that are committed, in the terms of that scaffold.
    pub(crate) recorded: BTreeMap<String, Given>,
    /// What happened to recorded answers, a line each.
    pub(crate) notes: Vec<String>,
    /// Defaults that are others now.
    pub(crate) changed_defaults: Vec<ChangedDefault>,
    /// All files as they are committed, treenail's own among them.
    pub(crate) before: Tree,
    /// All files afterwards, as far as nothing conflicts.
    pub(crate) after: Tree,
    /// What becomes of the user's files.
    pub(crate) plan: Plan,
}

impl Renewal {
    /// Computes it for `generated`, unless answers are missing or no longer valid.
    ///
    /// # Errors
    /// A downgrade that was not asked for; a scaffold that cannot be rendered.
    pub(crate) fn compute(
        generated: &Generated,
        scaffold: Scaffold,
        wishes: &Wishes,
    ) -> Result<Result<Self, Vec<InvalidAnswer>>> {
        let recorded = &generated.recorded;
        let resolver = Resolver::new(&scaffold);
        let migrated = generated.migrated(&scaffold, wishes.allow_downgrade)?;
        let resolve = |overrides: &BTreeMap<String, Given>, defaults| {
            let given = resolver.renew(&migrated.answers, overrides, defaults)?;
            resolver.resolve(&given, &BTreeMap::new(), Policy::TakeDefaults)
        };
        let answers = match resolve(&wishes.overrides, wishes.defaults)? {
            Ok(answers) => answers,
            Err(faults) => return Ok(Err(faults)),
        };
        // Where the old answers alone are no longer complete, the new ones give the paths.
        let before = resolve(&BTreeMap::new(), Defaults::Keep).ok().and_then(Result::ok);
        let moves = scaffold.moves_since(generated.base_version(), before.as_ref().unwrap_or(&answers))?;
        let rendered = scaffold.render(&answers, &generated.prefix)?.files;
        check::before_writing(&rendered)?;

        let (ours, state) = generated.committed()?;
        let plan = merge(generated, &scaffold, &ours, &rendered, &moves, wishes.prefer)?;
        let decisions = Decisions { removed: plan.tombstones.clone(), ..recorded.decisions.clone() };
        let text = answers_file::state(&scaffold, &answers, &generated.prefix, &decisions);
        let mut after = plan.result.clone();
        after.extend(state.iter().map(|(path, entry)| (path.clone(), entry.clone())));
        for (path, content) in [(answers_file::PATH, text.into_bytes()), (base::PATH, base::write(&rendered))]
        {
            after.insert(path.to_owned(), File::new(content, false));
        }
        let committed = committed_answers(&state, &scaffold);
        let before = ours.into_iter().chain(state).collect();
        let changed_defaults = resolver.changed_defaults(&migrated.answers, &answers)?;
        Ok(Ok(Self {
            recorded: committed.unwrap_or(migrated.answers),
            notes: migrated.notes,
            scaffold,
            answers,
            changed_defaults,
            before,
            after,
            plan,
        }))
    }
}

fn merge(
    generated: &Generated,
    scaffold: &Scaffold,
    ours: &Tree,
    rendered: &[RenderedFile],
    moves: &[(String, String)],
    prefer: Prefer,
) -> Result<Plan> {
    let name = &scaffold.definition.name;
    let labels = Labels {
        ours: "yours".to_owned(),
        base: format!("scaffold {name} {}", generated.base_version()),
        theirs: format!("scaffold {name} {}", scaffold.definition.version),
    };
    let base = (generated.origin != Origin::Baseless).then(|| render::tree(&generated.base));
    let theirs = render::tree(rendered);
    let was_seeded =
        generated.base.iter().filter(|file| file.ownership == Ownership::Seeded).map(|file| &file.path);
    let is_seeded = rendered.iter().filter(|file| file.ownership == Ownership::Seeded).map(|file| &file.path);
    let seeded: BTreeSet<String> = was_seeded.chain(is_seeded).cloned().collect();
    merge::plan(&Request {
        base: base.as_ref(),
        ours,
        theirs: &theirs,
        seeded: &seeded,
        moves,
        tombstones: &generated.recorded.decisions.removed,
        prefer,
        text: &|lines, ours, theirs, prefer| match &base {
            Some(_) => git::merge_text(lines, ours, theirs, &labels, prefer),
            None => git::merge_two(ours, theirs, &labels, prefer),
        },
    })
}

/// The answers in `state`, the committed files of treenail's own, in the terms of `scaffold`; what the user edits may be
/// there to mend them.
fn committed_answers(state: &Tree, scaffold: &Scaffold) -> Option<BTreeMap<String, Given>> {
    let text = String::from_utf8_lossy(&state.get(answers_file::PATH)?.content);
    let recorded = Recorded::read(&text).ok()?;
    migrate(&recorded.answers, &recorded.scaffold.version, scaffold).ok().map(|migrated| migrated.answers)
}

/// Whether `path` is treenail's own.
pub(crate) fn is_state(path: &str) -> bool {
    path.strip_prefix(FOLDER).is_some_and(|rest| rest.starts_with('/'))
}
