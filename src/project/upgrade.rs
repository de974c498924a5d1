//! An upgrade, computed in memory: the recorded answers are migrated to the newer scaffold, rendered, and merged with
//! the user's edits. `diff` shows the result, `upgrade` writes it.

use std::collections::{BTreeMap, BTreeSet};

use super::amend::amended;
use super::answers_file::{self, Decisions};
use super::bases::PromotedBases;
use super::recorded::Recorded;
use super::recovery::StateOrigin;
use super::unfiltered::{Candidates, Unfiltered};
use super::user_moves;
use super::user_moves::{Sides, UserMoves};
use super::{Project, generate, is_state, recovery};
use crate::answers::migrate::migrate;
use crate::answers::resolve::{ChangedDefault, Defaults, Given, InvalidAnswer, Policy, Resolver};
use crate::check;
use crate::error::Result;
use crate::git;
use crate::git::{Blob, Labels, Repo};
use crate::merge;
use crate::merge::{Notice, Plan, Prefer, Request};
use crate::scaffold::Scaffold;
use crate::scaffold::definition::Ownership;
use crate::scaffold::render;
use crate::scaffold::render::{Rendered, RenderedFile};
use crate::tree::{File, Tree, changes};
use crate::values::value::Answers;

pub(crate) struct UpgradeOptions {
    pub(crate) overrides: BTreeMap<String, Given>,
    pub(crate) defaults: Defaults,
    pub(crate) prefer: Prefer,
    pub(crate) allow_downgrade: bool,
    /// Whether no program may run that `git status` would not run.
    pub(crate) reads_only: bool,
}

pub(crate) struct Upgrade {
    pub(crate) scaffold: Scaffold,
    pub(crate) answers: Answers,
    /// The committed answers, migrated to that scaffold.
    pub(crate) recorded: BTreeMap<String, Given>,
    /// What the migration changed, one line each.
    pub(crate) notes: Vec<String>,
    pub(crate) changed_defaults: Vec<ChangedDefault>,
    /// All committed files, `.treenail/` included.
    pub(crate) before: Tree,
    /// The blobs of those of them that Git stores in another form.
    pub(crate) stored: BTreeMap<String, Blob>,
    /// All files after the upgrade, except those in conflict.
    pub(crate) after: Tree,
    pub(crate) plan: Plan,
}

impl Upgrade {
    /// Computes it for `project`, unless answers are missing or no longer valid.
    ///
    /// # Errors
    /// A downgrade that was not asked for; a scaffold that cannot be rendered.
    pub(crate) fn compute(
        project: &Project,
        scaffold: Scaffold,
        options: &UpgradeOptions,
    ) -> Result<Result<Self, Vec<InvalidAnswer>>> {
        let recorded = &project.recorded;
        let resolver = Resolver::new(&scaffold);
        let migrated = project.migrated(&scaffold, options.allow_downgrade)?;
        let resolve = |overrides: &BTreeMap<String, Given>, defaults| {
            let given = resolver.renew(&migrated.answers, overrides, defaults)?;
            resolver.resolve(&given, &BTreeMap::new(), Policy::TakeDefaults)
        };
        let answers = match resolve(&options.overrides, options.defaults)? {
            Ok(answers) => answers,
            Err(faults) => return Ok(Err(faults)),
        };
        // Where the old answers alone are no longer complete, the new ones give the paths.
        let before = resolve(&BTreeMap::new(), Defaults::Keep).ok().and_then(Result::ok);
        let moves = scaffold.moves_since(project.base_version(), before.as_ref().unwrap_or(&answers))?;
        let Rendered { files: mut rendered, bases, .. } = scaffold.render(&answers, &project.prefix)?;
        check::before_writing(&rendered)?;
        rendered.retain(|file| file.ownership != Ownership::Promoted);

        let repo = Repo::open(&project.root)?;
        let committed = project.committed(&repo)?;
        let theirs = render::tree(&rendered);
        let Unfiltered { tree, stored, .. } =
            unfiltered(project, &repo, committed, &theirs, &moves, !options.reads_only)?;
        let (ours, state): (Tree, Tree) = tree.into_iter().partition(|(path, _)| !is_state(path));
        let bases_before = before.as_ref().map(|before| scaffold.bases(before)).transpose()?;
        let bases = PromotedBases::new(bases_before, bases);
        bases.refuse_strangers(&ours)?;
        let (copies, ours) = bases.set_aside(ours);
        let (mut plan, followed) = merge(project, &scaffold, &ours, &rendered, &moves, options.prefer)?;
        plan.result.extend(copies.clone());
        let ours: Tree = ours.into_iter().chain(copies).collect();
        // The base of an older scaffold may not fit the overlays of this one.
        let is_same_version = *project.base_version() == scaffold.definition.version;
        bases.add_to(&mut plan, is_same_version.then_some(&ours));
        bases.remove_from(&mut plan, &ours);
        let decisions = Decisions {
            removed: plan.tombstones.clone(),
            moved: followed,
            ignore: recorded.decisions.ignore.clone(),
        };
        let mut after = plan.result.clone();
        after.extend(state.clone());
        after.extend(generate::state(&scaffold, &answers, &project.prefix, &decisions, &rendered));
        if keep_what_people_wrote(project, &state, &mut after) {
            plan.notices.push(Notice { path: answers_file::PATH.to_owned(), message: REWRITTEN.into() });
        }
        let committed = committed_answers(&state, &scaffold);
        let before: Tree = ours.into_iter().chain(state).collect();
        leave_what_means_the_same(&before, &mut after);
        let changed_defaults = resolver.changed_defaults(&migrated.answers, &answers)?;
        Ok(Ok(Self {
            recorded: committed.unwrap_or(migrated.answers),
            notes: migrated.notes,
            scaffold,
            answers,
            changed_defaults,
            before,
            stored,
            after,
            plan,
        }))
    }
}

/// Returns the `committed` files in the form of the scaffold's, as far as the merge looks at them: where the scaffold
/// changes something, or the user has moved a file.
fn unfiltered(
    project: &Project,
    repo: &Repo,
    committed: Tree,
    theirs: &Tree,
    moves: &[(String, String)],
    smudge: bool,
) -> Result<Unfiltered> {
    let base = render::tree(&project.base);
    let recorded = &project.recorded.decisions.moved;
    let removed = &project.recorded.decisions.removed;
    let is_lost = |path: &String| !committed.contains_key(path) && !removed.contains(path);
    let may_be_moved = base.keys().any(is_lost);
    let mut candidates = Candidates::new();
    let paths: Vec<String> = committed.keys().cloned().collect();
    for path in &paths {
        let from = recorded.iter().find(|(_, new)| *new == path).map_or(path, |(old, _)| old);
        let to = moves.iter().find(|(old, _)| old == from).map_or(from, |(_, new)| new);
        let (was, is) = (base.get(from), theirs.get(to));
        let is_wanted = match (was, is) {
            _ if is_state(path) => !recovery::is_sound(path, &committed[path].content),
            (None, None) => may_be_moved,
            (was, is) => was != is || from != to || moves.iter().any(|(_, new)| new == path),
        };
        if is_wanted {
            let files = [was, is, theirs.get(path)].into_iter().flatten();
            let mut contents: Vec<_> = files.map(|file| file.content.as_slice()).collect();
            contents.dedup();
            candidates.insert(path.as_str(), contents);
        }
    }
    Unfiltered::of(repo, &project.prefix, committed, &candidates, smudge)?.complete(repo, &project.prefix)
}

/// Returns the plan, and the user's moves that are to be recorded.
fn merge(
    project: &Project,
    scaffold: &Scaffold,
    ours: &Tree,
    rendered: &[RenderedFile],
    moves: &[(String, String)],
    prefer: Prefer,
) -> Result<(Plan, BTreeMap<String, String>)> {
    let name = &scaffold.definition.name;
    let labels = Labels {
        ours: "yours".to_owned(),
        base: format!("scaffold {name} {}", project.base_version()),
        theirs: format!("scaffold {name} {}", scaffold.definition.version),
    };
    let base = (project.origin != StateOrigin::Baseless).then(|| render::tree(&project.base));
    let theirs = render::tree(rendered);
    let was_seeded =
        project.base.iter().filter(|file| file.ownership == Ownership::Seeded).map(|file| &file.path);
    let is_seeded = rendered.iter().filter(|file| file.ownership == Ownership::Seeded).map(|file| &file.path);
    let seeded: BTreeSet<String> = was_seeded.chain(is_seeded).cloned().collect();
    let decided = &project.recorded.decisions;
    let sides = Sides { base: base.as_ref(), ours, theirs: &theirs, moves };
    let user_moves = UserMoves::find(sides, &decided.moved, &decided.removed);
    let seen = user_moves.laid_out(ours);
    let mut plan = merge::plan(&Request {
        base: base.as_ref(),
        ours: &seen,
        theirs: &theirs,
        seeded: &seeded,
        moves,
        tombstones: &decided.removed,
        prefer,
        text: &|lines, ours, theirs, prefer| match &base {
            Some(_) => git::merge_text(lines, ours, theirs, &labels, prefer),
            None => git::merge_two(ours, theirs, &labels, prefer),
        },
    })?;
    let followed = user_moves.lay_back(&mut plan, sides, &seen);
    user_moves::settle_deleted(&mut plan, sides, &followed);
    Ok((plan, followed))
}

const REWRITTEN: &str =
    "written in a form that cannot be edited, so it was written anew; comments and unknown keys are lost";

/// Edits the user's answers file instead of replacing it in `after`. Returns whether that was impossible.
fn keep_what_people_wrote(project: &Project, state: &Tree, after: &mut Tree) -> bool {
    let committed = state.get(answers_file::PATH).map(|file| &file.content);
    let edited = project.merged_text.as_ref().or(project.text.as_ref());
    let Some(old) = edited.or(committed) else { return false };
    let Some(new) = after.get_mut(answers_file::PATH) else { return false };
    let mut old = String::from_utf8_lossy(old).into_owned();
    // Git may have given the file other line ends in the work tree.
    if committed.is_some_and(|committed| !committed.contains(&b'\r')) {
        old = old.replace("\r\n", "\n");
    }
    let amended = amended(&old, &String::from_utf8_lossy(&new.content));
    new.content = amended.text.into_bytes();
    amended.is_rewritten
}

/// A comment that is not committed yet is no reason for an upgrade.
fn leave_what_means_the_same(before: &Tree, after: &mut Tree) {
    let (Some(old), Some(new)) = (before.get(answers_file::PATH), after.get(answers_file::PATH)) else {
        return;
    };
    let read = |file: &File| Recorded::read(&String::from_utf8_lossy(&file.content)).ok();
    if changes(before, after).iter().all(|change| change.path == answers_file::PATH)
        && read(old).is_some_and(|recorded| Some(recorded) == read(new))
    {
        let old = old.clone();
        after.insert(answers_file::PATH.to_owned(), old);
    }
}

/// Returns the committed answers in `state` (the files of `.treenail/`), migrated to `scaffold`; `None` if
/// they are damaged, since the user may be fixing them in the work tree.
fn committed_answers(state: &Tree, scaffold: &Scaffold) -> Option<BTreeMap<String, Given>> {
    let text = String::from_utf8_lossy(&state.get(answers_file::PATH)?.content);
    let recorded = Recorded::read(&text).ok()?;
    migrate(&recorded.answers, &recorded.scaffold.version, scaffold).ok().map(|migrated| migrated.answers)
}
