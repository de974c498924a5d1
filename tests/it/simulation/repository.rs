//! A manifest repository: its files, its Applications, and where its own manifests say that a release goes.

use std::fs;
use std::path::Path;
use std::rc::Rc;

use treenail::project::answers_file;
use treenail::project::recorded::Recorded;
use treenail::scaffold::render::RenderedFile;
use walkdir::WalkDir;

use crate::matrix::{self, Case};
use crate::simulation::argo::Application;
use crate::simulation::cluster::Writer;
use crate::simulation::git::{Git, Tree};
use crate::simulation::render::{Manifest, Renderer};
use crate::simulation::world::{Shared, World};

/// A repository.
#[derive(Clone, Debug)]
pub struct Repository {
    /// What it is called where something is wrong with it.
    pub name: String,
    /// The folder in it that holds everything, with a slash behind it; empty for the whole.
    pub prefix: String,
    /// Its files.
    pub tree: Tree,
}

/// Where a release goes.
#[derive(Clone, Debug)]
pub struct Places {
    /// The Application that holds the Pipeline.
    pub delivery: usize,
    /// The Applications of the environments, in the order of promotion.
    pub environments: Vec<usize>,
    /// The file that asks for a release.
    pub release_file: String,
}

impl Repository {
    /// A golden repository.
    pub fn golden(name: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name).join("repository");
        let text = fs::read_to_string(root.join(answers_file::PATH)).expect("it has answers");
        let directory = Recorded::read(&text).expect("its answers can be read").directory;
        let prefix = if directory.is_empty() { directory } else { format!("{directory}/") };
        Self { name: name.to_owned(), ..Self::read(&root, &prefix) }
    }

    /// A repository of the matrix.
    pub fn of(case: &Case) -> Self {
        let (answers, files) = case.render();
        let text = |content: Vec<u8>| String::from_utf8(content).expect("it is text").into();
        let file = |file: RenderedFile| (format!("{}{}", case.prefix, file.path), text(file.file.content));
        let name = format!("{}: {:#?}", case.name, matrix::texts(&answers));
        Self { name, prefix: case.prefix.clone(), tree: files.into_iter().map(file).collect() }
    }

    /// The files in `root`, as the folder `prefix` of a repository.
    pub fn read(root: &Path, prefix: &str) -> Self {
        let is_shown = |entry: &walkdir::DirEntry| entry.depth() == 0 || entry.file_name() != ".treenail";
        let entries = WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(is_shown);
        let files = entries.flatten().filter(|entry| entry.file_type().is_file());
        let file = |path: &Path| {
            let relative = path.strip_prefix(root).expect("it is below").to_str().expect("it is text");
            (format!("{prefix}{relative}"), fs::read_to_string(path).expect("it is text").into())
        };
        let tree: Tree = files.map(|entry| file(entry.path())).collect();
        assert!(!tree.is_empty(), "{} is empty", root.display());
        Self { name: root.display().to_string(), prefix: prefix.to_owned(), tree }
    }

    /// Replaces a text in a file below the prefix.
    #[must_use]
    pub fn with(mut self, path: &str, old: &str, new: &str) -> Self {
        let path = format!("{}{path}", self.prefix);
        let text = self.tree.get(&path).map_or("", |text| text);
        assert!(text.contains(old), "there is no `{old}` in {path}");
        let text = text.replacen(old, new, 1);
        self.tree.insert(path, text.into());
        self
    }

    /// Adds a file below the prefix.
    #[must_use]
    pub fn and(mut self, path: &str, text: &str) -> Self {
        self.tree.insert(format!("{}{path}", self.prefix), text.into());
        self
    }

    /// A world in which its Applications were just applied.
    pub fn world(&self, shared: &Rc<Shared>) -> World {
        let git = Git::new(self.tree.clone());
        let folder = format!("{}argocd", self.prefix);
        let objects = Renderer::default().render(git.commit(0), &folder, "argocd");
        let objects = objects.expect("it has Applications");
        let applications = objects.iter().filter(|manifest| manifest.kind() == "Application");
        let applications = applications.map(|manifest| Application::of(manifest)).collect();
        let mut world = World::new(Rc::clone(shared), git, applications);
        // Where the namespaces are in another cluster, they are applied there.
        let limits =
            Renderer::default().render(world.git.commit(0), &format!("{folder}/namespaces"), "argocd");
        for manifest in limits.iter().flat_map(|objects| objects.iter()) {
            world.cluster.apply(manifest, "nobody", Writer::User).expect("nothing is in the way");
        }
        world
    }
}

impl Places {
    /// Of the repository that a world has at first.
    pub fn of(world: &World) -> Self {
        let rendered = |app: &Application| {
            app.render(&world.shared.renderer, &world.git, 0)
                .unwrap_or_else(|| panic!("{} is empty", app.path))
        };
        let has_pipeline =
            |app: &Application| rendered(app).iter().any(|manifest| manifest.kind() == "Pipeline");
        let all = &world.applications;
        let delivery = all.iter().position(has_pipeline).expect("there is a Pipeline");
        let environments = (0..all.len()).filter(|at| *at != delivery);
        let objects = rendered(&all[delivery]);
        let variable = objects.iter().find_map(|manifest| variable(manifest, "RELEASE_FILE"));
        Self { delivery, environments: environments.collect(), release_file: variable.unwrap_or_default() }
    }
}

/// A variable of a Task's step.
fn variable(task: &Manifest, name: &str) -> Option<String> {
    let mut variables = task.at("/spec/steps/0/env").as_array()?.iter();
    let variable = variables.find(|variable| variable["name"] == name)?;
    variable["value"].as_str().map(str::to_owned)
}
