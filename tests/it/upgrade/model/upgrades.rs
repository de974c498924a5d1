//! Upgrades, and the ways out of their conflicts.

use std::collections::BTreeSet;

use super::actions::{OnConflict, Upgrade};
use super::answers::{Choice, QUESTIONS, migrate};
use super::facts::{Facts, Tree, marks_in, names};
use super::invariants::Upgraded;
use super::resolve::Prefer;
use super::scaffold::{VERSIONS, name_of};
use super::world::{Node, Person, World};
use crate::upgrade::project::Outcome;

/// A conflict as treenail reports it.
pub struct Conflict {
    path: String,
    hunks: String,
}

impl World {
    pub fn upgrade(&mut self, who: Person, upgrade: &Upgrade) {
        let facts = self.facts(who).clone();
        self.upgrade_from(who, upgrade, facts);
    }

    /// As [`World::upgrade`], where `chosen` knows of answers that are not committed.
    pub fn upgrade_from(&mut self, who: Person, upgrade: &Upgrade, chosen: Facts) {
        let old = self.tip(who);
        let is_edited = chosen != self.nodes[&old].facts;
        let before = self.tree(who);
        let was_quiet = self.is_quiet(who);
        let mut facts = chosen;
        let mut arguments = Vec::new();
        facts.version = (facts.version + upgrade.versions).min(VERSIONS);
        // A merge or a revert may have brought what this version does not know.
        let tier = facts.choices["tier"].value.clone();
        let is_known = QUESTIONS
            .iter()
            .any(|question| question.id == "tier" && question.values(facts.version).contains(&&*tier));
        if !is_known && (facts.version < VERSIONS || self.nodes[&old].facts.version == VERSIONS) {
            arguments.extend(["--set".to_owned(), "tier=bronze".to_owned()]);
            facts.choices.insert("tier", Choice { value: "bronze".to_owned(), chosen: true });
        }
        migrate(&mut facts.choices, facts.version, upgrade.adopt_defaults);
        if upgrade.adopt_defaults {
            arguments.push("--adopt-defaults".to_owned());
        }
        if let Some((question, value)) = upgrade.set {
            let questions: Vec<_> =
                QUESTIONS.iter().filter(|question| facts.version >= question.since).collect();
            let question = questions[question % questions.len()];
            let values = question.values(facts.version);
            let value = values[value % values.len()];
            let choice = facts.choices.get_mut(question.id).unwrap();
            choice.chosen = true;
            value.clone_into(&mut choice.value);
            arguments.extend(["--set".to_owned(), format!("{}={value}", question.name(facts.version))]);
        }
        facts.applied = facts.choices.clone();
        facts.known.clear();
        let scaffold = format!("../v{}", facts.version);
        let given: Vec<&str> = ["upgrade", "--json", "--allow-downtime", "--scaffold", &scaffold]
            .into_iter()
            .chain(arguments.iter().map(|it| &**it))
            .collect();
        let branch = format!("up-{}", self.story.len());
        let way: &[&str] = if upgrade.branch && !is_edited { &["--branch", &branch] } else { &[] };

        let outcome = self.treenail(who, &[&given, way].concat());
        let mut upgraded = Upgraded {
            old: self.nodes[&old].facts.clone(),
            before,
            was_quiet,
            may_differ: BTreeSet::new(),
            may_lose: BTreeSet::new(),
            may_move: BTreeSet::new(),
        };
        match outcome.code {
            0 if !way.is_empty() => {
                if self.try_git(who, &["rev-parse", "-q", "--verify", &branch]).code == 0 {
                    self.git(who, &["merge", "-q", "--ff-only", &branch]);
                    self.count("upgraded on a branch");
                }
            }
            0 => self.count("upgraded"),
            3 => {
                let conflicts = conflicts(&outcome);
                self.count("conflicts");
                assert_eq!(
                    (self.tip(who), self.tree(who)),
                    (old.clone(), upgraded.before.clone()),
                    "exit code 3 changes nothing"
                );
                let how = if is_edited && matches!(upgrade.on_conflict, OnConflict::Abort { git: true }) {
                    OnConflict::Abort { git: false }
                } else {
                    upgrade.on_conflict
                };
                self.settle(who, &given, how, &conflicts, &mut upgraded);
            }
            _ => self.fail(&format!("{given:?}: {}{}", outcome.stdout, outcome.stderr)),
        }
        self.story.push(format!("  {} {}", given.join(" "), outcome.code));
        let new = self.tip(who);
        let tree = self.tree(who);
        self.assert_upgraded(who, &upgraded, &tree, &mut facts);
        let (parents, is_single) = match self.nodes.remove(&old) {
            Some(node) if new == old => (node.parents, node.is_single),
            Some(node) => {
                self.nodes.insert(old.clone(), node);
                (vec![old], true)
            }
            None => unreachable!("the model knows every commit"),
        };
        self.nodes.insert(new, Node { facts, parents, is_single });
        self.assert_sound(who);
        self.assert_done(who, &scaffold);
    }

    /// Gets an upgrade with conflicts done.
    fn settle(
        &mut self,
        who: Person,
        given: &[&str],
        how: OnConflict,
        conflicts: &[Conflict],
        upgraded: &mut Upgraded,
    ) {
        let paths: Vec<_> = conflicts.iter().map(|conflict| conflict.path.clone()).collect();
        let with = |how| [given, &[how]].concat();
        match how {
            OnConflict::Ours => {
                upgraded.may_differ.extend(names(&upgraded.before, &paths));
                self.treenail(who, &with("--conflicts=ours")).ends_with(0);
                let after = self.tree(who);
                upgraded.may_differ.extend(names(&after, &paths));
                self.count("ours");
            }
            OnConflict::Theirs => {
                for conflict in conflicts {
                    let whole = upgraded.before.0.get(&conflict.path).map_or("", |(_, text)| text);
                    let lost = if conflict.hunks.is_empty() { whole } else { &conflict.hunks };
                    upgraded.may_lose.extend(marks_in(lost));
                }
                self.treenail(who, &with("--conflicts=theirs")).ends_with(0);
                self.count("theirs");
            }
            OnConflict::Markers { git } => {
                self.treenail(who, &with("--conflicts=markers")).ends_with(3);
                let kept = self.resolve(who, Prefer::Theirs).kept;
                let resolved = self.tree(who);
                upgraded.may_differ.extend(names(&resolved, &kept));
                upgraded
                    .may_move
                    .extend(paths.iter().flat_map(|path| of_another(path, &upgraded.before, &resolved)));
                if git {
                    self.git(who, &["cherry-pick", "--continue"]);
                } else {
                    self.treenail(who, &["upgrade", "--continue"]).ends_with(0);
                }
                self.count("markers");
            }
            OnConflict::Abort { git } => {
                let old = self.tip(who);
                let answers = self.read(who, super::person::ANSWERS);
                self.treenail(who, &with("--conflicts=markers")).ends_with(3);
                if git {
                    self.git(who, &["cherry-pick", "--abort"]);
                } else {
                    self.treenail(who, &["upgrade", "--abort"]).ends_with(0);
                }
                assert_eq!((self.tip(who), self.tree(who)), (old, upgraded.before.clone()), "as before");
                assert_eq!(self.read(who, super::person::ANSWERS), answers, "as before");
                self.count("aborted");
                self.settle(who, given, OnConflict::Ours, conflicts, upgraded);
            }
        }
    }
}

/// The edits in the file at `path`, if another one has come to be there.
fn of_another(path: &str, before: &Tree, after: &Tree) -> Vec<usize> {
    let text = |tree: &Tree| tree.0.get(path).map(|(_, text)| text.clone()).unwrap_or_default();
    let (before, after) = (text(before), text(after));
    if name_of(&before) == name_of(&after) { Vec::new() } else { marks_in(&before) }
}

fn conflicts(outcome: &Outcome) -> Vec<Conflict> {
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let conflicts = report["conflicts"].as_array().unwrap().iter();
    conflicts
        .map(|conflict| Conflict { path: text(&conflict["path"]), hunks: text(&conflict["hunks"]) })
        .collect()
}
