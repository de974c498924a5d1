//! What people do with Git, and how they resolve its conflicts.

use std::collections::BTreeMap;
use std::fs;

use super::answers::{Question, recorded};
use super::facts::{Facts, Undecided, names};
use super::person::{ANSWERS, SAME};
use super::resolve::{Prefer, resolved};
use super::scaffold::VERSIONS;
use super::world::{Node, Person, World};

/// The paths that were in conflict, and those of them that were kept although one side deleted them.
pub struct Resolved {
    pub paths: Vec<String>,
    pub kept: Vec<String>,
}

/// How many of the last commits are reverted or picked.
const RECENT: usize = 6;

impl World {
    pub fn merge(&mut self, who: Person) {
        self.merge_commit(who, &self.tip(who.other()));
    }

    pub fn merge_commit(&mut self, who: Person, theirs: &str) {
        let ours = self.tip(who);
        if self.is_ancestor(theirs, &ours) {
            return;
        }
        let (facts, undecided) = self.merged(&ours, theirs);
        let command = ["merge", "-q", "--no-edit", theirs];
        self.combine(who, &command, "merge", facts, &undecided, vec![ours, theirs.to_owned()]);
    }

    pub fn revert(&mut self, who: Person, commit: usize) {
        let ours = self.tip(who);
        let Some((commit, parent)) = self.recent(&ours, commit, |_| true) else { return };
        let [base, mine, theirs] = [&commit, &ours, &parent].map(|id| &self.nodes[id].facts);
        let (facts, undecided) = Facts::merged(base, mine, theirs);
        self.combine(who, &["revert", "--no-edit", &commit], "revert", facts, &undecided, vec![ours]);
    }

    pub fn cherry_pick(&mut self, who: Person, commit: usize) {
        let (ours, other) = (self.tip(who), self.tip(who.other()));
        let is_new = |id: &str| !self.is_ancestor(id, &ours);
        let Some((commit, parent)) = self.recent(&other, commit, is_new) else { return };
        let [base, mine, theirs] = [&parent, &ours, &commit].map(|id| &self.nodes[id].facts);
        let (facts, undecided) = Facts::merged(base, mine, theirs);
        self.combine(who, &["cherry-pick", &commit], "cherry-pick", facts, &undecided, vec![ours]);
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
        self.combine(who, &command, "rebase", facts, &undecided, vec![theirs]);
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

    /// Runs a command of Git that merges, resolves its conflicts, holds the result against `facts`, and upgrades.
    fn combine(
        &mut self,
        who: Person,
        command: &[&str],
        verb: &'static str,
        mut facts: Facts,
        undecided: &[Undecided],
        parents: Vec<String>,
    ) {
        let old = self.tip(who);
        let before = self.tree(who);
        let scaffold = self.newest(&[&old, &parents[parents.len() - 1], command[command.len() - 1]], who);
        let mut decided = BTreeMap::new();
        let mut is_state_merged = false;
        let mut outcome = self.try_git(who, command);
        self.count(verb);
        while outcome.code != 0 {
            let unmerged = self.unmerged(who);
            if unmerged.is_empty() {
                // Nothing is left of it.
                let is_empty = outcome.stdout.contains("nothing to commit");
                if self.try_git(who, &[verb, "--abort"]).code != 0 && !is_empty {
                    self.fail(&format!("{command:?}: {}{}", outcome.stdout, outcome.stderr));
                }
                self.count("empty");
                assert_eq!((self.tip(who), self.tree(who)), (old, before));
                return;
            }
            let resolved = self.resolve(who, Prefer::Same);
            facts.touched.extend(names(&self.tree(who), &resolved.paths));
            if unmerged.iter().any(|(_, path)| path.starts_with(".treenail/")) {
                self.merge_state(who, &scaffold, undecided, &mut decided);
                is_state_merged = true;
            }
            self.count("resolved");
            outcome = match verb {
                "merge" => self.try_git(who, &["commit", "-q", "--no-edit"]),
                _ => self.try_git(who, &[verb, "--continue"]),
            };
        }
        let new = self.tip(who);
        if self.nodes.contains_key(&new) {
            return;
        }
        for answer in undecided {
            let chosen = answer.chosen.as_ref().filter(|_| is_state_merged);
            self.decide(who, answer.question, chosen, &decided, &mut facts);
        }
        // Where Git found no conflict in the answers, nobody has brought those of an older version to the newer one.
        let (_, found) = recorded(&self.read(who, ANSWERS));
        let tier = facts.choices.get_mut("tier").unwrap();
        if tier.value == "premium" && found["tier"] == "gold" {
            tier.value.clone_from(&found["tier"]);
            self.count("answer of an older version");
        }
        let tree = self.tree(who);
        let marks = tree.marks();
        let lost: Vec<_> = facts.marks.iter().filter(|mark| !marks.contains_key(mark)).collect();
        self.require(lost.is_empty(), || format!("{command:?} lost {lost:?}"));
        facts.marks = marks.keys().copied().collect();
        // Git may make one text of two versions that is neither.
        let is_mixed = parents.iter().chain([&old]).any(|id| self.nodes[id].facts.version != facts.version);
        if is_mixed || verb != "merge" {
            facts.touched.extend(tree.touched(&facts));
        }
        // It may also take the same lines twice, where one side has an edit among them.
        if let [ours, theirs] = &parents[..] {
            let is_other = |id: &String| self.nodes[id].facts.version != facts.version;
            if self.bases(ours, theirs).iter().any(is_other) {
                let is_edited = |name: &String| marks.values().flatten().any(|host| host == name);
                facts.touched.extend(tree.touched(&facts).into_iter().filter(is_edited));
            }
        }
        let is_single = parents.len() == 1 && verb != "rebase";
        self.nodes.insert(new, Node { facts, parents, is_single });
        self.assert_sound(who);
        self.upgrade(who, &SAME);
    }

    /// The scaffold of the newest version of `commits`.
    fn newest(&self, commits: &[&str], who: Person) -> String {
        let mut versions: Vec<_> =
            commits.iter().filter_map(|id| self.nodes.get(*id)).map(|node| node.facts.version).collect();
        versions.push(self.facts(who.other()).version);
        format!("../v{}", versions.iter().max().unwrap())
    }

    /// `treenail upgrade` merges the answers of both sides; those that both chose differently are decided.
    fn merge_state(
        &mut self,
        who: Person,
        scaffold: &str,
        undecided: &[Undecided],
        decided: &mut BTreeMap<&'static str, String>,
    ) {
        self.count("state in conflict");
        let mut arguments = vec!["upgrade", "--allow-downtime", "--scaffold", scaffold];
        let outcome = self.treenail(who, &arguments);
        if outcome.code == 4 {
            let open: Vec<_> = undecided
                .iter()
                .filter_map(|Undecided { question: id, .. }| {
                    let names = [1, VERSIONS].map(|version| Question::by_id(id).name(version));
                    let name =
                        names.into_iter().find(|name| outcome.stderr.contains(&format!("`{name}` is ")))?;
                    let set = format!("--set {name}=");
                    let values = outcome.stderr.split(&set).skip(1);
                    let value = values.filter_map(|rest| rest.split_whitespace().next()).max()?;
                    Some((*id, format!("{name}={value}")))
                })
                .collect();
            self.require(!open.is_empty(), || format!("exit code 4: {}", outcome.stderr));
            for (id, set) in &open {
                decided.insert(id, set.split_once('=').unwrap().1.to_owned());
                arguments.extend(["--set", set]);
            }
            self.count("undecided");
            self.treenail(who, &arguments).ends_with(0);
        } else {
            self.require(outcome.code == 0, || format!("state: {}{}", outcome.stdout, outcome.stderr));
        }
    }

    /// What became of an answer that both changed: what was decided, or for a list the changes of both, or what the one
    /// side has `chosen`.
    fn decide(
        &self,
        who: Person,
        id: &'static str,
        chosen: Option<&String>,
        decided: &BTreeMap<&str, String>,
        facts: &mut Facts,
    ) {
        let (_, found) = recorded(&self.read(who, ANSWERS));
        let choice = facts.choices.get_mut(id).unwrap();
        let is = found.get(id).unwrap_or_else(|| self.fail(&format!("`{id}` is forgotten")));
        match decided.get(id) {
            Some(value) => self.require(is == value, || format!("`{id}` is {is}, not {value}")),
            None if id == "environments" => {
                let items = |list: &str| {
                    let mut items: Vec<_> = list.split(',').map(str::to_owned).collect();
                    items.sort();
                    items
                };
                let is_merged = items(is) == items(&choice.value) || chosen == Some(is);
                self.require(is_merged, || format!("`{id}` is {is}, for {} or {chosen:?}", choice.value));
            }
            None => self.require(!choice.chosen, || format!("`{id}` was not asked for: {is}")),
        }
        choice.value.clone_from(is);
        facts.applied.insert(id, choice.clone());
    }

    /// What Git could not merge: how, and where.
    fn unmerged(&self, who: Person) -> Vec<(String, String)> {
        let status = self.git(who, &["status", "--porcelain", "-z"]);
        let entries = status.split('\0').filter_map(|entry| entry.split_at_checked(3));
        let is_unmerged = |how: &str| how.contains('U') || how == "AA" || how == "DD";
        let unmerged = entries.map(|(how, path)| (how.trim_end().to_owned(), path.to_owned()));
        unmerged.filter(|(how, _)| is_unmerged(how)).collect()
    }

    /// Resolves all conflicts outside of `.treenail/` and adds the result.
    pub fn resolve(&mut self, who: Person, prefer: Prefer) -> Resolved {
        let mut found = Resolved { paths: Vec::new(), kept: Vec::new() };
        for (how, path) in self.unmerged(who) {
            if path.starts_with(".treenail/") {
                continue;
            }
            let file = self.path(who, &path);
            if let Ok(text) = fs::read_to_string(&file) {
                if text.contains("<<<<<<<") {
                    fs::write(file, resolved(&text, prefer)).unwrap();
                }
                if how != "UU" {
                    found.kept.push(path.clone());
                }
            }
            self.git(who, &["add", "-A", "--", &path]);
            found.paths.push(path);
        }
        found
    }

    fn is_ancestor(&self, old: &str, new: &str) -> bool {
        old == new || self.nodes[new].parents.iter().any(|parent| self.is_ancestor(old, parent))
    }

    /// What a merge of two commits makes of their facts.
    fn merged(&self, ours: &str, theirs: &str) -> (Facts, Vec<Undecided>) {
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
