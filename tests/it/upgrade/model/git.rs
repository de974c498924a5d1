//! What people do with Git, and how they resolve its conflicts.

use std::fs;

use super::facts::Facts;
use super::resolve::{Prefer, resolved};
use super::world::{Node, Person, World};

/// How many of the last commits are reverted or picked.
const RECENT: usize = 6;

impl World {
    pub fn merge(&mut self, who: Person) {
        let (ours, theirs) = (self.tip(who), self.tip(who.other()));
        if self.is_ancestor(&theirs, &ours) {
            return;
        }
        let (facts, undecided) = self.merged(&ours, &theirs);
        let command = ["merge", "-q", "--no-edit", who.other().name()];
        self.combine(who, &command, "merge", facts, undecided, vec![ours, theirs]);
    }

    pub fn revert(&mut self, who: Person, commit: usize) {
        let ours = self.tip(who);
        let Some((commit, parent)) = self.recent(&ours, commit, |_| true) else { return };
        let [base, mine, theirs] = [&commit, &ours, &parent].map(|id| &self.nodes[id].facts);
        let (facts, undecided) = Facts::merged(base, mine, theirs);
        self.combine(who, &["revert", "--no-edit", &commit], "revert", facts, undecided, vec![ours]);
    }

    pub fn cherry_pick(&mut self, who: Person, commit: usize) {
        let (ours, other) = (self.tip(who), self.tip(who.other()));
        let is_new = |id: &str| !self.is_ancestor(id, &ours);
        let Some((commit, parent)) = self.recent(&other, commit, is_new) else { return };
        let [base, mine, theirs] = [&parent, &ours, &commit].map(|id| &self.nodes[id].facts);
        let (facts, undecided) = Facts::merged(base, mine, theirs);
        self.combine(who, &["cherry-pick", &commit], "cherry-pick", facts, undecided, vec![ours]);
    }

    pub fn rebase(&mut self, who: Person) {
        let (ours, theirs) = (self.tip(who), self.tip(who.other()));
        let mut picked = Vec::new();
        let mut at = ours.clone();
        while !self.is_ancestor(&at, &theirs) {
            let node = &self.nodes[&at];
            if !node.is_single || picked.len() == RECENT {
                return;
            }
            picked.push(at.clone());
            at = node.parents[0].clone();
        }
        if picked.is_empty() || at == theirs {
            return;
        }
        let mut facts = self.nodes[&theirs].facts.clone();
        let mut undecided = Vec::new();
        for commit in picked.iter().rev() {
            let node = &self.nodes[commit];
            let (next, more) = Facts::merged(&self.nodes[&node.parents[0]].facts, &facts, &node.facts);
            facts = next;
            undecided.extend(more);
        }
        let command = ["rebase", "-q", who.other().name()];
        self.combine(who, &command, "rebase", facts, undecided, vec![theirs]);
    }

    /// One of the last commits before `tip` that only make a difference to their parent, and that parent.
    fn recent(&self, tip: &str, number: usize, is_wanted: impl Fn(&str) -> bool) -> Option<(String, String)> {
        let mut at = tip.to_owned();
        let mut found = Vec::new();
        for _ in 0..RECENT {
            let node = &self.nodes[&at];
            let Some(parent) = node.parents.first() else { break };
            if node.is_single && is_wanted(&at) {
                found.push((at.clone(), parent.clone()));
            }
            at = parent.clone();
        }
        (!found.is_empty()).then(|| found.swap_remove(number % found.len()))
    }

    /// Runs a command of Git that merges, resolves its conflicts, and holds the result against `facts`.
    fn combine(
        &mut self,
        who: Person,
        command: &[&str],
        verb: &'static str,
        mut facts: Facts,
        undecided: Vec<&str>,
        parents: Vec<String>,
    ) {
        let old = self.tip(who);
        let before = self.tree(who);
        let mut outcome = self.try_git(who, command);
        self.count(verb);
        while outcome.code != 0 {
            let unmerged = self.unmerged(who);
            let is_state = unmerged.iter().any(|(_, path)| path.starts_with(".treenail/"));
            if unmerged.is_empty() || is_state {
                // Nothing is left of it; or only an upgrade can resolve it.
                let is_empty = outcome.stdout.contains("nothing to commit");
                if self.try_git(who, &[verb, "--abort"]).code != 0 && !is_empty {
                    self.fail(&format!("{command:?}: {}{}", outcome.stdout, outcome.stderr));
                }
                self.count(if is_state { "state in conflict" } else { "empty" });
                assert_eq!((self.tip(who), self.tree(who)), (old, before));
                return;
            }
            self.count("resolved");
            self.resolve(who, Prefer::Same);
            outcome = match verb {
                "merge" => self.try_git(who, &["commit", "-q", "--no-edit"]),
                _ => self.try_git(who, &[verb, "--continue"]),
            };
        }
        let _ = undecided;
        let new = self.tip(who);
        if self.nodes.contains_key(&new) {
            return;
        }
        let tree = self.tree(who);
        let marks = tree.marks();
        let lost: Vec<_> = facts.marks.iter().filter(|mark| !marks.contains_key(mark)).collect();
        self.require(lost.is_empty(), || format!("{command:?} lost {lost:?}"));
        facts.marks = marks.into_keys().collect();
        facts.touched = tree.touched(&facts);
        let is_single = parents.len() == 1 && verb != "rebase";
        self.nodes.insert(new, Node { facts, parents, is_single });
        self.assert_sound(who);
    }

    /// What Git could not merge: how, and where.
    fn unmerged(&self, who: Person) -> Vec<(String, String)> {
        let status = self.git(who, &["status", "--porcelain", "-z"]);
        let entries = status.split('\0').filter_map(|entry| entry.split_at_checked(3));
        let is_unmerged = |how: &str| how.contains('U') || how == "AA" || how == "DD";
        let unmerged = entries.map(|(how, path)| (how.trim_end().to_owned(), path.to_owned()));
        unmerged.filter(|(how, _)| is_unmerged(how)).collect()
    }

    /// Resolves all conflicts and adds the result. Returns the paths that were kept although one side deleted them.
    pub fn resolve(&mut self, who: Person, prefer: Prefer) -> Vec<String> {
        let mut kept = Vec::new();
        for (how, path) in self.unmerged(who) {
            let file = self.path(who, &path);
            let Ok(text) = fs::read_to_string(&file) else { continue };
            if text.contains("<<<<<<<") {
                fs::write(file, resolved(&text, prefer)).unwrap();
            }
            if how != "UU" {
                kept.push(path);
            }
        }
        self.git(who, &["add", "-A"]);
        kept
    }

    fn is_ancestor(&self, old: &str, new: &str) -> bool {
        old == new || self.nodes[new].parents.iter().any(|parent| self.is_ancestor(old, parent))
    }

    /// What a merge of two commits makes of their facts.
    fn merged(&self, ours: &str, theirs: &str) -> (Facts, Vec<&'static str>) {
        let mut bases = self.bases(ours, theirs).into_iter();
        let first = bases.next().expect("all have the first commit in common");
        let mut base = self.nodes[&first].facts.clone();
        for other in bases {
            // As Git merges bases before it merges their descendants.
            let common = &self.nodes[&self.bases(&first, &other)[0]].facts;
            base = Facts::merged(common, &base, &self.nodes[&other].facts).0;
        }
        Facts::merged(&base, &self.nodes[ours].facts, &self.nodes[theirs].facts)
    }

    /// The best common ancestors.
    fn bases(&self, one: &str, other: &str) -> Vec<String> {
        let mut common: Vec<_> =
            self.nodes.keys().filter(|id| self.is_ancestor(id, one) && self.is_ancestor(id, other)).collect();
        common.sort();
        let is_best = |id: &&String| !common.iter().any(|more| more != id && self.is_ancestor(id, more));
        common.iter().copied().filter(is_best).cloned().collect()
    }
}
