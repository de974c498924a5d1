//! What people do to files.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::actions::{OnConflict, Upgrade};
use super::answers::{QUESTIONS, Question, edited};
use super::facts::{Facts, MARK, marks_in};
use super::scaffold::name_of;
use super::world::{Node, Person, World};

pub const ANSWERS: &str = ".treenail/answers.yaml";

impl World {
    /// A line more, below any line but the last of a file without any.
    pub fn insert(&mut self, who: Person, file: usize, line: usize) {
        let mark = self.mark();
        let indent = |above: &str| above.len() - above.trim_start().len();
        self.rewrite(who, file, line, |above| {
            format!("{above}\n{}# {MARK}{mark}", " ".repeat(indent(above)))
        });
        self.record(who, |facts| facts.marks.extend([mark]));
    }

    /// A comment at the end of a line that the scaffold wrote.
    pub fn extend(&mut self, who: Person, file: usize, line: usize) {
        let mark = self.mark();
        let mut is_possible = false;
        self.rewrite(who, file, line, |old| {
            is_possible = !old.starts_with('#') && !old.contains(MARK) && !old.is_empty();
            if is_possible { format!("{old} # {MARK}{mark}") } else { old.to_owned() }
        });
        if is_possible {
            self.record(who, |facts| facts.marks.extend([mark]));
        }
    }

    fn mark(&mut self) -> usize {
        self.marks += 1;
        self.marks
    }

    /// Replaces a line of a file.
    fn rewrite(&mut self, who: Person, file: usize, line: usize, change: impl FnOnce(&str) -> String) {
        let Some(path) = self.choose(who, file) else { return };
        let text = self.read(who, &path);
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let at = line % lines.len();
        lines[at] = change(&lines[at]);
        fs::write(self.path(who, &path), lines.join("\n") + "\n").unwrap();
    }

    /// One of the files.
    fn choose(&self, who: Person, file: usize) -> Option<String> {
        let tree = self.tree(who);
        let mut paths: Vec<_> = tree.0.into_iter().filter(|(_, (_, text))| !text.is_empty()).collect();
        (!paths.is_empty()).then(|| paths.swap_remove(file % paths.len()).0)
    }

    /// A manifest of the team's own, which the kustomization lists.
    pub fn add_resource(&mut self, who: Person) {
        let tree = self.tree(who);
        let Some((path, _, text)) = tree.named().get("list").copied() else { return };
        let (entry, mark) = (self.mark(), self.mark());
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let manifest =
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: own-{entry}\n# {MARK}{mark}\n");
        fs::write(self.path(who, folder).join(format!("{MARK}{entry}.yaml")), manifest).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        let last = lines.iter().rposition(|line| line.starts_with("- "));
        let item = format!("- {MARK}{entry}.yaml");
        lines.insert(last.map_or(lines.len(), |last| last + 1), &item);
        fs::write(self.path(who, path), lines.join("\n") + "\n").unwrap();
        self.record(who, |facts| facts.marks.extend([entry, mark]));
    }

    pub fn rename_file(&mut self, who: Person, file: usize, folder: bool) {
        let Some(path) = self.choose(who, file) else { return };
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let number = self.mark();
        let new = if folder { format!("own{number}/{name}") } else { format!("{dir}/own{number}-{name}") };
        self.rename(who, &path, new.trim_start_matches('/'));
    }

    pub fn rename_folder(&mut self, who: Person, file: usize) {
        let Some(path) = self.choose(who, file) else { return };
        let Some((folder, _)) = path.rsplit_once('/') else { return };
        let new = format!("own{}", self.mark());
        self.rename(who, folder, &new);
    }

    fn rename(&mut self, who: Person, old: &str, new: &str) {
        fs::create_dir_all(self.path(who, new).parent().unwrap()).unwrap();
        self.git(who, &["mv", old, new]);
        self.count("renamed");
        self.record(who, |_| ());
    }

    pub fn delete(&mut self, who: Person, file: usize) {
        let Some(path) = self.choose(who, file) else { return };
        let text = self.read(who, &path);
        // All would be gone soon.
        if name_of(&text).is_none_or(|name| name == "list") {
            return;
        }
        fs::remove_file(self.path(who, &path)).unwrap();
        self.record(who, |facts| {
            for mark in marks_in(&text) {
                facts.marks.remove(&mark);
            }
        });
    }

    pub fn switch_executable(&mut self, who: Person, file: usize) {
        let Some(path) = self.choose(who, file) else { return };
        let path = self.path(who, &path);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        fs::set_permissions(path, Permissions::from_mode(mode ^ 0o111)).unwrap();
        self.record(who, |_| ());
    }

    /// Another answer by hand, which an upgrade then applies at once, or whoever upgrades next.
    pub fn edit_answers(&mut self, who: Person, question: usize, value: usize, commit: bool) {
        let facts = self.facts(who);
        let version = facts.version;
        let is_known =
            |question: &&Question| version >= question.since && facts.choices.contains_key(question.id);
        let questions: Vec<_> = QUESTIONS.iter().filter(is_known).collect();
        let question = questions[question % questions.len()];
        let values = question.values(version);
        let value = values[value % values.len()];
        let name = question.name(version);
        fs::write(self.path(who, ANSWERS), edited(&self.read(who, ANSWERS), name, value)).unwrap();
        let applied = facts.applied[question.id].clone();
        let choose = |facts: &mut Facts| {
            let choice = facts.choices.get_mut(question.id).unwrap();
            choice.chosen = applied.chosen || value != applied.value;
            value.clone_into(&mut choice.value);
        };
        if commit {
            self.record(who, choose);
        } else {
            let mut facts = facts.clone();
            choose(&mut facts);
            self.upgrade_from(who, &SAME, facts);
        }
    }

    /// Commits all that is in the work tree; `change` says what the model knows of it.
    pub fn record(&mut self, who: Person, change: impl FnOnce(&mut Facts)) {
        let old = self.tip(who);
        let mut facts = self.nodes[&old].facts.clone();
        change(&mut facts);
        let message = self.story.last().unwrap().clone();
        self.git(who, &["add", "-A"]);
        if self.try_git(who, &["commit", "-q", "-m", &message]).code != 0 {
            return;
        }
        self.nodes.insert(self.tip(who), Node { facts, parents: vec![old], is_single: true });
        self.assert_sound(who);
    }
}

pub const SAME: Upgrade = Upgrade {
    versions: 0,
    set: None,
    adopt_defaults: false,
    branch: false,
    on_conflict: OnConflict::Markers { git: true },
};
