//! The branch that Argo CD follows: commits in a row, each with all its files.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::rc::Rc;

/// The text files of a commit.
pub type Tree = BTreeMap<String, Rc<str>>;

/// A path, and its new text; none where it is removed.
pub type Change = (String, Option<String>);

/// Who makes commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// A person.
    User,
    /// A Task.
    Pipeline,
}

impl fmt::Display for Author {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::User => "a user",
            Self::Pipeline => "the pipeline",
        })
    }
}

/// A commit.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Its files.
    pub tree: Rc<Tree>,
    /// Tells what Argo CD can render of it from that of others.
    pub rendering: u64,
    /// Who made it.
    pub author: Author,
}

/// The branch.
#[derive(Clone, Debug)]
pub struct Git {
    commits: Vec<Commit>,
}

impl Git {
    /// A branch with one commit.
    pub fn new(tree: Tree) -> Self {
        let rendering = tree.iter().fold(0, |sum: u64, file| sum.wrapping_add(hash(file)));
        let first = Commit { tree: Rc::new(tree), rendering, author: Author::User };
        Self { commits: vec![first] }
    }

    /// The number of the newest commit.
    pub fn head(&self) -> usize {
        self.commits.len() - 1
    }

    /// A commit.
    pub fn commit(&self, number: usize) -> &Commit {
        &self.commits[number]
    }

    /// The files of the newest commit.
    pub fn tree(&self) -> &Rc<Tree> {
        &self.commits[self.head()].tree
    }

    /// A file of the newest commit; empty where there is none.
    pub fn text(&self, path: &str) -> &str {
        self.tree().get(path).map_or("", |text| text)
    }

    /// Adds a commit.
    pub fn push(&mut self, author: Author, changes: &[Change]) {
        let mut tree = Tree::clone(self.tree());
        let mut rendering = self.commit(self.head()).rendering;
        for (path, text) in changes {
            if let Some(old) = tree.remove(path) {
                rendering = rendering.wrapping_sub(hash((path, &old)));
            }
            if let Some(text) = text {
                let new = Rc::from(text.as_str());
                rendering = rendering.wrapping_add(hash((path, &new)));
                tree.insert(path.clone(), new);
            }
        }
        self.commits.push(Commit { tree: Rc::new(tree), rendering, author });
    }

    /// How many commits an author made.
    pub fn count(&self, author: Author) -> usize {
        self.commits.iter().filter(|commit| commit.author == author).count()
    }

    /// What takes back the newest commit of an author, as `git revert` does.
    pub fn revert(&self, author: Author) -> Option<Vec<Change>> {
        let at = self.commits.iter().rposition(|commit| commit.author == author).filter(|at| *at > 0)?;
        let (old, new) = (&self.commits[at - 1].tree, &self.commits[at].tree);
        let paths = old.keys().chain(new.keys()).filter(|path| old.get(*path) != new.get(*path));
        Some(paths.map(|path| (path.clone(), old.get(path).map(ToString::to_string))).collect())
    }
}

/// What a file adds to [`Commit::rendering`]. Whatever else there is, nothing renders what people read.
fn hash(file: (&String, &Rc<str>)) -> u64 {
    if Path::new(file.0).extension().is_some_and(|extension| extension == "md") {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    file.hash(&mut hasher);
    hasher.finish()
}
