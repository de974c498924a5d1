//! The repository, the two people's work trees, and what the model knows of every commit.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use super::actions::{Action, OnConflict, Upgrade, What};
use super::answers::{defaults, recorded};
use super::facts::{Facts, Tree, without_marks};
use super::person::ANSWERS;
use super::scaffold::{SCAFFOLDS, VERSIONS};
use crate::common::home::Home;
use crate::upgrade::project::Outcome;

/// Without what costs time and changes nothing.
const CONFIG: &str = "[user]\n\tname = Acme\n\temail = acme@example.com\n[gc]\n\tauto = 0\n[core]\n\tfsync = none\n\
    [advice]\n\tdetachedHead = false\n";

/// Who takes part: the name is that of the branch and of the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    Anna,
    Ben,
}

impl Person {
    pub fn name(self) -> &'static str {
        match self {
            Self::Anna => "anna",
            Self::Ben => "ben",
        }
    }

    pub fn other(self) -> Self {
        match self {
            Self::Anna => Self::Ben,
            Self::Ben => Self::Anna,
        }
    }
}

/// A commit of the model.
#[derive(Clone, Debug)]
pub struct Node {
    pub facts: Facts,
    pub parents: Vec<String>,
    /// Whether all that it does is the difference to its only parent.
    pub is_single: bool,
}

pub struct World {
    pub home: Home,
    pub nodes: HashMap<String, Node>,
    /// How many edits there were.
    pub marks: usize,
    /// How often things happened.
    pub counts: BTreeMap<&'static str, usize>,
    /// What happened, to be shown when something fails.
    pub story: Vec<String>,
}

impl World {
    pub fn new() -> Self {
        let home = Home::new();
        home.set_git_config(CONFIG);
        for (number, scaffold) in SCAFFOLDS.iter().enumerate() {
            scaffold.write(&home.path(&format!("v{}", number + 1)));
        }
        let nodes = HashMap::new();
        let mut world = Self { home, nodes, marks: 0, counts: BTreeMap::new(), story: Vec::new() };
        world.home.repository("anna");
        world.home.git("anna", "checkout -q -b anna");
        let new = ["new", ".", "--scaffold", "../v1", "--defaults", "--set", "app=shop"];
        world.treenail(Person::Anna, &new).ends_with(0);
        world.home.git("anna", "worktree add -q -b ben ../ben");
        let choices = defaults(1);
        let facts = Facts {
            version: 1,
            applied: choices.clone(),
            choices,
            marks: [].into(),
            touched: [].into(),
            known: [].into(),
        };
        world.nodes.insert(world.tip(Person::Anna), Node { facts, parents: Vec::new(), is_single: false });
        world
    }

    /// Does what `action` says.
    pub fn step(&mut self, number: usize, action: &Action) {
        let who = if action.who { Person::Anna } else { Person::Ben };
        self.story.push(format!("{number} {}: {:?}", who.name(), action.what));
        match &action.what {
            What::Insert { file, line } => self.insert(who, *file, *line),
            What::Extend { file, line } => self.extend(who, *file, *line),
            What::AddResource => self.add_resource(who),
            What::RenameFile { file, folder } => self.rename_file(who, *file, *folder),
            What::RenameFolder { file } => self.rename_folder(who, *file),
            What::Delete { file } => self.delete(who, *file),
            What::SwitchExecutable { file } => self.switch_executable(who, *file),
            What::EditAnswers { question, value, commit } => {
                self.edit_answers(who, *question, *value, *commit);
            }
            What::Upgrade(upgrade) => self.upgrade(who, upgrade),
            What::Merge => self.merge(who),
            What::Revert { commit } => self.revert(who, *commit),
            What::CherryPick { commit } => self.cherry_pick(who, *commit),
            What::Rebase => self.rebase(who),
        }
    }

    /// Both go to the last version, and each merges the other: both must have the same then.
    pub fn end(&mut self) {
        for who in [Person::Anna, Person::Ben] {
            self.story.push(format!("end {}", who.name()));
            self.upgrade(who, &LAST);
        }
        let tips = [self.tip(Person::Ben), self.tip(Person::Anna)];
        let conflicts = |world: &Self| ["resolved", "conflicts"].map(|what| world.counts.get(what).copied());
        let before = conflicts(self);
        for (who, theirs) in [Person::Anna, Person::Ben].into_iter().zip(tips) {
            self.story.push(format!("end {} merges", who.name()));
            self.merge_commit(who, &theirs);
            self.upgrade(who, &LAST);
        }
        let [anna, ben] = [Person::Anna, Person::Ben].map(|who| {
            let (answers, tree) = (recorded(&self.read(who, ANSWERS)), self.tree(who));
            // Where people resolved conflicts, they may have kept the one or the other.
            let files = if conflicts(self) == before { tree.0.clone() } else { self.untouched(&tree) };
            (answers, files)
        });
        self.count(if conflicts(self) == before { "the same" } else { "the same where untouched" });
        self.require(anna == ben, || format!("not the same: {anna:#?}\n{ben:#?}"));
    }

    /// The files whose own lines nobody has changed, by their names and without edits.
    fn untouched(&self, tree: &Tree) -> BTreeMap<String, (bool, String)> {
        let touched = [Person::Anna, Person::Ben].map(|who| &self.facts(who).touched);
        let named =
            tree.named().into_iter().filter(|(name, _)| touched.iter().all(|all| !all.contains(*name)));
        named.map(|(name, (_, _, text))| (name.to_owned(), (false, without_marks(text)))).collect()
    }

    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// The commit of a branch.
    pub fn tip(&self, who: Person) -> String {
        let path = self.home.path("anna").join(".git/refs/heads").join(who.name());
        fs::read_to_string(path).unwrap().trim_end().to_owned()
    }

    pub fn facts(&self, who: Person) -> &Facts {
        &self.nodes[&self.tip(who)].facts
    }

    pub fn path(&self, who: Person, path: &str) -> PathBuf {
        self.home.path(who.name()).join(path)
    }

    pub fn read(&self, who: Person, path: &str) -> String {
        fs::read_to_string(self.path(who, path)).unwrap()
    }

    pub fn tree(&self, who: Person) -> Tree {
        Tree::read(&self.path(who, ""))
    }

    pub fn treenail(&self, who: Person, arguments: &[&str]) -> Outcome {
        self.run(who, "treenail", arguments)
    }

    pub fn try_git(&self, who: Person, arguments: &[&str]) -> Outcome {
        self.run(who, "git", arguments)
    }

    /// `git`, which must succeed.
    pub fn git(&self, who: Person, arguments: &[&str]) -> String {
        self.try_git(who, arguments).ends_with(0).stdout
    }

    fn run(&self, who: Person, program: &str, arguments: &[&str]) -> Outcome {
        let mut command = self.home.command(program);
        command.args(arguments).current_dir(self.home.path(who.name())).env("GIT_EDITOR", "true");
        let output = command.stdin(Stdio::null()).output().unwrap();
        Outcome {
            code: output.status.code().expect("it must not die of a signal"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Fails with all that happened.
    pub fn fail(&self, why: &str) -> ! {
        panic!("{why}\nafter:\n  {}", self.story.join("\n  "));
    }
}

/// To the last version from anywhere.
const LAST: Upgrade = Upgrade {
    versions: VERSIONS,
    set: None,
    adopt_defaults: false,
    branch: false,
    on_conflict: OnConflict::Markers { git: false },
};
