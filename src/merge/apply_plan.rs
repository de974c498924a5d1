//! Applies decisions to a copy of the user's tree, and finds what is in the way of a new file: a file where a folder must
//! go, a folder where a file must go, another spelling of the same name.

use std::collections::{BTreeMap, BTreeSet};

use super::conflict::hunks;
use super::decide::{Decided, Decision};
use super::layout::{Blocked, Layout};
use super::{ChangeKind, Conflict, ConflictKind, Notice, Plan, PlannedChange, Request, StaleFile};
use crate::tree::{File, Tree};

/// The plan that follows from `decisions`.
///
/// # Errors
/// Something is at the new path of a move.
pub(super) fn apply_plan<'a>(
    request: &Request<'a>,
    layout: &Layout<'a>,
    decisions: Vec<Decided<'a>>,
) -> Result<Plan, Blocked> {
    let mut planner = Planner {
        request,
        layout,
        plan: Plan {
            result: request.ours.clone(),
            tombstones: tombstones(request, layout),
            ..Plan::default()
        },
        arriving: Vec::new(),
        disputed: Vec::new(),
    };
    for (to, from) in &layout.moved {
        if request.base.is_some_and(|base| base.contains_key(*to)) {
            planner.plan.result.remove(*to);
        }
        if layout.carried_from(request, to).is_some() {
            planner.plan.result.remove(*from);
        }
    }
    for decided in decisions {
        planner.apply(decided);
    }
    planner.arrive()?;
    planner.leave_disputed()?;
    planner.report_refused_moves();
    let mut plan = planner.plan;
    plan.changes.sort_by(|one, other| one.path.cmp(&other.path));
    plan.conflicts.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(plan)
}

/// Returns the previous tombstones, with moves applied, except those whose path is in use again.
fn tombstones(request: &Request, layout: &Layout) -> BTreeSet<String> {
    let to: BTreeMap<&str, &str> = layout.moved.iter().map(|(to, from)| (*from, *to)).collect();
    let moved = request.tombstones.iter().map(|path| to.get(path.as_str()).copied().unwrap_or(path));
    moved.filter(|path| !layout.ours.contains_key(*path)).map(str::to_owned).collect()
}

/// A file for a path where the user has none.
struct Arrival<'a> {
    path: &'a str,
    from: Option<&'a str>,
    file: File,
    what: ChangeKind,
    why: &'static str,
}

struct Planner<'r, 'a> {
    request: &'r Request<'a>,
    layout: &'r Layout<'a>,
    plan: Plan,
    arriving: Vec<Arrival<'a>>,
    /// New and old paths of the user's files that move and are in conflict.
    disputed: Vec<(&'a str, &'a str)>,
}

impl<'a> Planner<'_, 'a> {
    /// Applies decisions that need no new path; the others wait until it is known which paths become free.
    fn apply(&mut self, decided: Decided<'a>) {
        let Decided { path, decision, notice, is_stale } = decided;
        let from = self.layout.carried_from(self.request, path);
        match (decision, from) {
            (Decision::Keep, None) => {}
            (Decision::Keep, Some(from)) => {
                let file = self.request.ours[from].clone();
                self.arriving.push(Arrival {
                    path,
                    from: Some(from),
                    file,
                    what: ChangeKind::Moved,
                    why: "moved by the scaffold",
                });
            }
            (Decision::StaysDeleted { tombstone }, _) => {
                // What the scaffold had here makes way for a file that the user has deleted.
                let has_gone = self.request.ours.contains_key(path) && !self.plan.result.contains_key(path);
                if has_gone && !self.layout.moved.values().any(|from| *from == path) {
                    self.change(path, None, ChangeKind::Deleted, "removed by the scaffold");
                }
                if tombstone {
                    self.plan.tombstones.insert(path.to_owned());
                }
            }
            (Decision::Put { file, what, why }, from)
                if from.is_some() || !self.layout.ours.contains_key(path) =>
            {
                self.arriving.push(Arrival { path, from, file, what, why });
            }
            (Decision::Put { file, what, why }, _) => {
                if self.request.ours.get(path) != Some(&file) {
                    self.change(path, None, what, why);
                    self.plan.result.insert(path.to_owned(), file);
                }
            }
            (Decision::Delete { why }, _) => {
                self.plan.result.remove(path);
                self.change(path, None, ChangeKind::Deleted, why);
            }
            (Decision::Conflict { kind, marked }, from) => {
                self.disputed.extend(from.map(|from| (path, from)));
                self.conflict(path, from, kind, marked);
            }
        }
        if let Some(message) = notice {
            self.plan.notices.push(Notice { path: path.to_owned(), message });
        }
        if is_stale {
            self.plan.stale.push(StaleFile {
                path: path.to_owned(),
                base: self.layout.base.get(path).copied().cloned(),
                theirs: self.request.theirs.get(path).cloned(),
            });
        }
    }

    /// Puts the files at their new paths, after all leaving files are gone.
    fn arrive(&mut self) -> Result<(), Blocked> {
        let mut spellings = Spellings::of(&self.plan.result);
        for arrival in std::mem::take(&mut self.arriving) {
            let Arrival { path, from, file, what, why } = arrival;
            match (obstacle(&self.plan.result, &spellings, path), from) {
                (None, from) => {
                    spellings.add(path);
                    self.plan.result.insert(path.to_owned(), file);
                    self.change(path, from, what, why);
                }
                (Some(obstacle), None) => self.conflict(path, None, obstacle, None),
                (Some(obstacle), Some(from)) => {
                    let by = obstacle.obstacle().unwrap_or_default().to_owned();
                    return Err(Blocked { from: from.to_owned(), by });
                }
            }
        }
        Ok(())
    }

    /// A file in conflict stays where it is, unless another one has arrived there.
    fn leave_disputed(&mut self) -> Result<(), Blocked> {
        let mut spellings = Spellings::of(&self.plan.result);
        for (path, from) in std::mem::take(&mut self.disputed) {
            let is_free = obstacle(&self.plan.result, &spellings, from).is_none();
            let place = if is_free { from } else { path };
            if !is_free && let Some(obstacle) = obstacle(&self.plan.result, &spellings, path) {
                let by = obstacle.obstacle().unwrap_or_default().to_owned();
                return Err(Blocked { from: from.to_owned(), by });
            }
            spellings.add(place);
            self.plan.tombstones.remove(place);
            self.plan.result.insert(place.to_owned(), self.request.ours[from].clone());
        }
        Ok(())
    }

    fn report_refused_moves(&mut self) {
        for refused in &self.layout.refused {
            self.plan.conflicts.push(Conflict {
                path: refused.to.to_owned(),
                from: Some(refused.from.to_owned()),
                kind: ConflictKind::MoveTargetTaken { other: refused.by.clone() },
                hunks: String::new(),
                base: self.request.base.and_then(|base| base.get(refused.from)).cloned(),
                ours: self.request.ours.get(refused.from).cloned(),
                current: self.request.ours.get(refused.to).cloned(),
                theirs: self.request.theirs.get(refused.to).cloned(),
                marked: None,
            });
        }
    }

    fn change(&mut self, path: &str, from: Option<&str>, what: ChangeKind, why: &'static str) {
        self.plan.changes.push(PlannedChange {
            path: path.to_owned(),
            from: from.map(str::to_owned),
            what,
            why,
        });
    }

    fn conflict(&mut self, path: &str, from: Option<&str>, kind: ConflictKind, marked: Option<String>) {
        self.plan.conflicts.push(Conflict {
            path: path.to_owned(),
            from: from.map(str::to_owned),
            kind,
            hunks: marked.as_deref().map(hunks).unwrap_or_default(),
            base: self.layout.base.get(path).copied().cloned(),
            ours: self.layout.ours.get(path).copied().cloned(),
            current: self.request.ours.get(path).cloned(),
            theirs: self.request.theirs.get(path).cloned(),
            marked: marked.map(String::into_bytes),
        });
    }
}

fn obstacle(tree: &Tree, spellings: &Spellings, path: &str) -> Option<ConflictKind> {
    if let Some(other) = parents(path).chain([path]).find(|taken| tree.contains_key(*taken)) {
        return Some(ConflictKind::FileInTheWay { other: other.to_owned() });
    }
    let folder = format!("{path}/");
    if let Some((other, _)) =
        tree.range(folder.clone()..).next().filter(|(other, _)| other.starts_with(&folder))
    {
        return Some(ConflictKind::FolderInTheWay { other: other.clone() });
    }
    spellings.twin(path).map(|other| ConflictKind::CaseTwin { other: other.to_owned() })
}

/// Returns the folders that contain `path`, outermost first.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// All files and folders by lower-case name, since many file systems ignore case.
struct Spellings(BTreeMap<String, BTreeSet<String>>);

impl Spellings {
    fn of(tree: &Tree) -> Self {
        let mut spellings = Self(BTreeMap::new());
        for path in tree.keys() {
            spellings.add(path);
        }
        spellings
    }

    fn add(&mut self, path: &str) {
        for part in parents(path).chain([path]) {
            self.0.entry(part.to_lowercase()).or_default().insert(part.to_owned());
        }
    }

    /// Returns another spelling of `path`, or of a folder that would be new with it.
    fn twin(&self, path: &str) -> Option<&str> {
        parents(path).chain([path]).find_map(|part| {
            let spellings = self.0.get(&part.to_lowercase())?;
            if spellings.contains(part) { None } else { spellings.first().map(String::as_str) }
        })
    }
}
