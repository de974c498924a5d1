//! Runs what containers run, for real: the script of a manifest in a shell, against a real Git repository that is
//! at the commit in question, and a stub of `kubectl` that knows which runs exist.
//!
//! Scripts cannot tell the time and read no files but those that their variables name, so one with the same
//! variables and the same such files is run only once.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::symlink;
use std::rc::Rc;

use crate::common::programs::{self, shells};
use crate::scripts::container::Container;
use crate::scripts::upstream::{self, Upstream};
use crate::simulation::git::{Change, Tree};

const TOOLS: [&str; 4] = ["cat", "git", "rm", "sed"];
const THEIRS: &str = "refs/heads/theirs";

/// What to run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Call {
    /// The arguments of the shell; a script where there are none.
    pub arguments: Vec<String>,
    /// The script.
    pub script: String,
    /// The variables; absolute paths are those of the container.
    pub variables: BTreeMap<String, String>,
    /// The files of the container.
    pub files: BTreeMap<String, String>,
    /// The runs that exist, each with what `kubectl get` prints of it.
    pub runs: BTreeMap<String, String>,
    /// Whether the API server is away.
    pub is_down: bool,
    /// What somebody else pushes just before the script does.
    pub raced: Vec<Change>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Whether it succeeded.
    pub is_ok: bool,
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// The last line that it printed.
    pub said: String,
    /// What it asked of the API server: manifests to create, or command lines.
    pub asked: Vec<String>,
    /// The results it left.
    pub results: BTreeMap<String, String>,
    /// What it pushed, on top of what raced it.
    pub pushed: Vec<Change>,
}

/// The files that a call's variables name.
type Named = Vec<Option<Rc<str>>>;

/// Remembers what was run.
#[derive(Debug, Default)]
pub struct Machine {
    done: RefCell<HashMap<(Call, Named), Rc<Answer>>>,
}

impl Machine {
    /// Runs `call` where the branch has the files of `tree`.
    pub fn run(&self, call: &Call, tree: &Tree) -> Rc<Answer> {
        let named = call.variables.values().map(|value| tree.get(value).cloned());
        let key = (call.clone(), named.collect());
        let answer = self.done.borrow().get(&key).cloned();
        answer.unwrap_or_else(|| {
            let answer = Rc::new(run(call, tree));
            self.done.borrow_mut().insert(key, Rc::clone(&answer));
            answer
        })
    }
}

fn run(call: &Call, tree: &Tree) -> Answer {
    let mut container = Container::new(&shells()[0], &TOOLS);
    // Links, not files: one that was just written cannot be run while another thread's child has it open.
    let stub = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/simulation/stubs/kubectl");
    symlink(stub, container.path("/bin/kubectl")).expect("the folder is ours");
    let nothing = programs::find("true").expect("the tests need `true`");
    symlink(nothing, container.path("/bin/sleep")).expect("the folder is ours");
    // Without sample hooks, which take most of the time of `git init`.
    container.env.insert("GIT_TEMPLATE_DIR".to_owned(), String::new());
    for folder in ["/cluster/asked", "/cluster/runs", "/tekton/results", "/tmp"] {
        container.mkdir(folder);
    }
    let runs = call.runs.iter().map(|(name, state)| (format!("/cluster/runs/{name}"), state));
    runs.for_each(|(path, state)| container.write(&path, state));
    call.files.iter().for_each(|(path, text)| container.write(path, text));
    if call.is_down {
        container.write("/cluster/down", "");
    }
    for (name, value) in &call.variables {
        let value = if value.starts_with('/') { container.place(value) } else { value.clone() };
        if name == "HOME" {
            fs::create_dir_all(&value).expect("the folder is ours");
        }
        container.env.insert(name.clone(), value);
    }
    let branch = call.variables.get("URL").map(|url| branch(&mut container, url, call, tree));
    let outcome = if call.arguments.is_empty() {
        container.run(&call.script)
    } else {
        let place = |argument: &String| {
            if argument.starts_with('/') { container.place(argument) } else { argument.clone() }
        };
        container.run_with(&call.arguments.iter().map(place).collect::<Vec<_>>())
    };
    let pushed = branch.map_or_else(Vec::new, |branch| branch.pushed());
    let is_ok = outcome.code == Some(0);
    let said = if is_ok { &outcome.stdout } else { &outcome.stderr };
    Answer {
        is_ok,
        code: outcome.code,
        said: said.lines().last().unwrap_or_default().to_owned(),
        asked: files(&container, "/cluster/asked").into_values().collect(),
        results: files(&container, "/tekton/results"),
        pushed,
    }
}

/// The branch that a script knows by an address.
struct Branch {
    upstream: Upstream,
    reference: String,
    /// What the script starts from.
    before: String,
}

/// A branch with the files of `tree`, raced by what `call` says.
fn branch(container: &mut Container, url: &str, call: &Call, tree: &Tree) -> Branch {
    let upstream = Upstream::create(container.path("/upstream"));
    container.git_settings(&[(&format!("url.{}.insteadOf", upstream.url()), url)]);
    let files: Vec<_> = tree.iter().map(|(path, text)| upstream::file(path, text)).collect();
    let reference = format!("refs/heads/{}", call.variables["BRANCH"]);
    let mut before = upstream.commit(&reference, None, &files);
    if !call.raced.is_empty() {
        let theirs: Vec<_> = call.raced.iter().map(change).collect();
        before = upstream.commit(THEIRS, Some(&before), &theirs);
        let hook = format!("[ -e raced ] || {{ : > raced; git update-ref {reference} {THEIRS}; }}");
        upstream.hook("update", &hook);
    }
    Branch { upstream, reference, before }
}

impl Branch {
    /// What the script itself changed.
    fn pushed(&self) -> Vec<Change> {
        let Self { upstream, reference, before } = self;
        let paths = upstream.git(&["diff", "--name-only", before, reference]);
        let text = |path: &str| upstream.git(&["cat-file", "blob", &format!("{reference}:{path}")]) + "\n";
        paths.lines().map(|path| (path.to_owned(), Some(text(path)))).collect()
    }
}

fn change((path, text): &Change) -> upstream::Change {
    match text {
        Some(text) => upstream::file(path, text),
        None => upstream::Change::Removed(path.clone()),
    }
}

/// The files of a folder, by name.
fn files(container: &Container, folder: &str) -> BTreeMap<String, String> {
    let entries = fs::read_dir(container.path(folder)).expect("the folder is ours").flatten();
    let name = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let file = |name: String| container.read(&format!("{folder}/{name}")).map(|text| (name, text));
    entries.filter_map(|entry| file(name(&entry))).collect()
}
