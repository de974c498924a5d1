//! What must hold after every step.

use std::collections::{BTreeMap, BTreeSet};

use treenail::yaml;

use super::answers::recorded;
use super::facts::{Facts, Tree};
use super::person::ANSWERS;
use super::scaffold::{PROGRAM, SEEDED, fresh, name_of};
use super::world::{Person, World};

/// What an upgrade started from, and what came of its conflicts.
pub struct Upgraded {
    pub old: Facts,
    pub before: Tree,
    pub was_quiet: bool,
    /// Files whose conflicts the person resolved in favour of their own lines.
    pub may_differ: BTreeSet<String>,
    /// Edits in hunks where the person took the scaffold's lines.
    pub may_lose: BTreeSet<usize>,
    /// Edits that the person kept in the file which the scaffold has where theirs was.
    pub may_move: BTreeSet<usize>,
}

impl World {
    /// What `facts` say is in the work tree and in the recorded state, and nothing is going on.
    pub fn assert_sound(&self, who: Person) {
        let (facts, tree) = (self.facts(who), self.tree(who));
        let marks = tree.marks();
        let lost: Vec<_> = facts.marks.iter().filter(|mark| !marks.contains_key(mark)).collect();
        self.require(lost.is_empty(), || format!("edits are lost: {lost:?}"));
        for (path, (_, text)) in &tree.0 {
            let is_marked =
                text.lines().any(|line| line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>"));
            self.require(!is_marked, || format!("conflict markers in {path}:\n{text}"));
        }
        let known = facts.choices.iter().map(|(question, choice)| (*question, choice.value.clone()));
        let expected = (facts.version, known.collect::<BTreeMap<_, _>>());
        let found = recorded(&self.read(who, ANSWERS));
        self.require(found == expected, || format!("answers: {found:?} for {expected:?}"));
        let status = self.treenail(who, &["status", "--json"]);
        let is_sound = status.code == 0 && status.stdout.contains("\"unfinished\": null");
        self.require(is_sound, || format!("status: {}{}", status.stdout, status.stderr));
    }

    /// An upgrade changes what the scaffold changed, and nothing else.
    pub fn assert_upgraded(&mut self, who: Person, upgraded: &Upgraded, after: &Tree, facts: &mut Facts) {
        let (had, have) = (upgraded.before.marks(), after.marks());
        for (mark, hosts) in &had {
            let may_move = upgraded.may_move.contains(mark) && have.contains_key(mark);
            let is_kept = have.get(mark) == Some(hosts) || upgraded.may_lose.contains(mark) || may_move;
            self.require(is_kept, || format!("mark{mark} was in {hosts:?}, is in {:?}", have.get(mark)));
        }
        facts.marks.retain(|mark| have.contains_key(mark));

        let (was, is) = (upgraded.old.names(), fresh(facts.version, &facts.applied));
        let names = |tree: &Tree| -> BTreeSet<String> {
            let names = tree.0.values().filter_map(|(_, text)| name_of(text));
            names.map(str::to_owned).collect()
        };
        let (before, now) = (names(&upgraded.before), names(after));
        for name in now.difference(&before) {
            let is_new = is.contains_key(name) && !was.contains(name);
            self.require(is_new, || format!("{name} came back"));
        }
        for name in before.difference(&now) {
            self.require(!is.contains_key(name), || format!("{name} is gone"));
        }

        let answers = yaml::documents(&self.read(who, ANSWERS)).unwrap();
        let moved = answers[0].get("moved").and_then(serde_yaml::Value::as_mapping);
        let moved: BTreeSet<&str> = moved
            .into_iter()
            .flat_map(|moved| moved.values())
            .filter_map(serde_yaml::Value::as_str)
            .collect();
        facts.touched.extend(upgraded.may_differ.iter().cloned());
        facts.touched.insert(SEEDED.to_owned());
        facts.touched.extend(upgraded.before.twice());
        facts.touched.extend(after.twice());
        for (name, (path, executable, _)) in after.named() {
            let is_followed =
                is.get(name).is_some_and(|(expected, _)| expected == path) || moved.contains(path);
            if !is_followed {
                self.count("not followed");
                facts.touched.insert(name.to_owned());
                continue;
            }
            if moved.contains(path) {
                self.count("followed");
            }
            let Some((_, ours, _)) = upgraded.before.named().get(name).copied() else { continue };
            let [base, theirs] = [upgraded.old.version, facts.version]
                .map(|version| name == PROGRAM.0 && version >= PROGRAM.1);
            let expected = if ours == base { theirs } else { ours };
            // After a merge, the base may be of either side.
            let expected = if upgraded.old.known.is_empty() { expected } else { executable };
            self.require(executable == expected, || format!("{name}: executable is {executable}"));
        }
        let touched = after.touched(facts);
        if let Some(name) = touched.difference(&facts.touched).next() {
            let text = after.named().get(name.as_str()).map(|(_, _, text)| (*text).to_owned());
            self.fail(&format!(
                "{name} is neither the scaffold's nor edited: {text:?}\nfor {:?}",
                is.get(name)
            ));
        }
        if upgraded.was_quiet {
            self.require(self.is_quiet(who), || self.treenail(who, &["check"]).stdout);
        }
    }

    /// Another run has nothing to do, and Git nothing to commit.
    pub fn assert_done(&mut self, who: Person, scaffold: &str) {
        let tip = self.tip(who);
        let again = self.treenail(who, &["upgrade", "--json", "--scaffold", scaffold]);
        let is_done = again.code == 0 && again.stderr.contains("nothing to do") && self.tip(who) == tip;
        self.require(is_done, || format!("again: {}{}", again.stdout, again.stderr));
        let left = self.git(who, &["status", "--porcelain"]);
        self.require(left.is_empty(), || format!("left: {left}"));
    }

    pub fn is_quiet(&self, who: Person) -> bool {
        self.treenail(who, &["check", "--strict"]).code == 0
    }

    #[track_caller]
    pub fn require(&self, holds: bool, why: impl FnOnce() -> String) {
        if !holds {
            self.fail(&why());
        }
    }
}
