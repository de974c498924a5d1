//! Compares a whole `treenail check` with `kubeconform` and its schemas on disk, over the same files: the generated
//! files of many applications in one Git repository. The runs alternate, so that both meet the same machine. Prints
//! times without judging them. Both tools must have read the same files, but for JSON patches, which only treenail
//! reads, and must find the mistakes planted afterwards, one for each source of kubeconform's schemas.
//!
//! kubeconform spends most of its time reading schemas, so it runs with two layouts of them: as published, and the
//! smallest that it accepts.
//!
//! A check also builds every kustomization. `kubectl kustomize` builds them for comparison, one after the other, as a CI
//! job does.
//!
//! Run it with `cargo bench --bench check`; `--quick` takes fewer rounds. Go builds kubeconform and its schemas (see
//! `benches/kubeconform`); without Go or network, treenail runs alone,
//! and without `kubectl` nothing is compared with kustomize.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "it measures whole processes")]

mod support;

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::available_parallelism;

use support::{git, home, millis, output, peak_memory, program, row, run, time};
use walkdir::WalkDir;

/// Each of these has 45 manifests.
const APPLICATIONS: usize = 33;

/// Building everything with kubectl takes many seconds.
const MOST_BUILDS: usize = 3;

/// Files, a correct text in each, and the mistake that replaces it.
const MISTAKES: [[&str; 3]; 3] = [
    ["services/app-7/deploy/base/deployment.yaml", "containerPort:", "containerPrt:"],
    ["services/app-8/delivery/pipeline/clone-repo.yaml", "workspaces:", "workspace:"],
    ["services/app-9/argocd/staging.yaml", "destination:", "destinations:"],
];

fn main() {
    let rounds = if env::args().any(|argument| argument == "--quick") { 5 } else { 30 };
    let home = home();
    let repository = home.path().join("repository");
    write(home.path(), &repository);
    let files = count(&repository, is_manifest);
    let mut tools = vec![Tool::treenail(files)];
    match Tool::kubeconform(files - count(&repository, is_json_patch)) {
        Ok(kubeconform) => tools.extend(kubeconform),
        Err(reason) => println!("skipped: kubeconform, {reason}"),
    }

    println!("\n{files} files, {rounds} rounds, milliseconds");
    let mut times = vec![Vec::new(); tools.len()];
    for round in 0..=rounds {
        let mut turns: Vec<usize> = (0..tools.len()).collect();
        turns.rotate_left(round % tools.len());
        for turn in turns {
            let took = time(|| drop(tools[turn].judge(home.path(), &repository, &[])));
            // The first round finds nothing cached.
            if round > 0 {
                times[turn].push(millis(&took));
            }
        }
    }

    for (tool, times) in tools.iter().zip(&times) {
        row(tool.name, times.iter().copied());
    }
    for (tool, theirs) in tools.iter().zip(&times).skip(1) {
        row(
            &format!("{} / treenail", tool.name),
            times[0].iter().zip(theirs).map(|(ours, theirs)| theirs / ours),
        );
    }
    for tool in &tools {
        let judge = |wrapper: &[&str]| drop(tool.judge(home.path(), &repository, wrapper));
        match peak_memory(home.path(), judge) {
            Some(kibibytes) => println!("{:32} peak memory {kibibytes} KiB", tool.name),
            None => println!("skipped: peak memory, no GNU time in /usr/bin"),
        }
    }
    compare_builds(&tools[0], home.path(), &repository, rounds);
    for tool in &tools {
        println!("{:32} {}", tool.name, tool.judge(home.path(), &repository, &[]));
    }
    for mistake in MISTAKES {
        plant(mistake, &repository);
        for tool in &tools {
            tool.must_find(mistake, home.path(), &repository);
        }
    }
    println!("all {} planted mistakes are found by each", MISTAKES.len());
}

/// A measured tool.
struct Tool {
    name: &'static str,
    command: Vec<String>,
    /// Its exit code when it found mistakes.
    found: i32,
    /// The number of files that it must have read.
    files: usize,
}

impl Tool {
    fn treenail(files: usize) -> Self {
        Self { name: "treenail check", command: vec![program(), "check".to_owned()], found: 8, files }
    }

    /// Builds kubeconform and writes its schemas into `target/`, in both layouts. Fails with a reason.
    fn kubeconform(files: usize) -> Result<[Self; 2], String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kubeconform");
        let [program, schemas] = ["kubeconform", "schemas"].map(|name| folder.join(name));
        go(&["version".as_ref()])?;
        go(&["mod".as_ref(), "download".as_ref()])?;
        let module = "github.com/yannh/kubeconform/cmd/kubeconform";
        go(&["build".as_ref(), "-o".as_ref(), program.as_os_str(), module.as_ref()]).unwrap();
        go(&["run".as_ref(), ".".as_ref(), schemas.as_os_str()]).unwrap();

        Ok([("kubeconform", "published"), ("kubeconform, lean", "lean")].map(|(name, layout)| Self {
            name,
            command: with_schemas(&program, &schemas.join(layout)),
            found: 1,
            files,
        }))
    }

    fn in_folder(&self, folder: &Path, wrapper: &[&str]) -> Command {
        let words: Vec<_> = wrapper.iter().copied().chain(self.command.iter().map(String::as_str)).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(folder);
        command
    }

    /// Checks all of `folder`, which has no mistakes, through the command `wrapper` if given; returns the tool's
    /// summary.
    fn judge(&self, home: &Path, folder: &Path, wrapper: &[&str]) -> String {
        let (code, printed) = output(home, &mut self.in_folder(folder, wrapper));
        assert!(code == 0, "{} ends with {code}: {printed}", self.name);
        let has_files = printed.contains(&format!(" in {} files", self.files));
        assert!(has_files, "{} did not read {} files: {printed}", self.name, self.files);
        printed.trim().to_owned()
    }

    fn must_find(&self, [file, _, wrong]: [&str; 3], home: &Path, folder: &Path) {
        let (code, printed) = output(home, &mut self.in_folder(folder, &[]));
        let field = wrong.trim_end_matches(':');
        let is_found = printed.lines().any(|line| line.contains(file) && line.contains(field));
        assert!(
            code == self.found && is_found,
            "the comparison is void: {} does not find `{field}` in {file}, and ends with {code}: {printed}",
            self.name
        );
    }
}

/// Builds every kustomization with `kubectl kustomize`, and compares the time with that of a whole check, which builds
/// them too.
fn compare_builds(treenail: &Tool, home: &Path, repository: &Path, rounds: usize) {
    if let Err(error) = Command::new("kubectl").args(["version", "--client"]).output() {
        return println!("skipped: kubectl kustomize, kubectl does not run: {error}");
    }
    let folders = kustomizations(repository);
    let build_all = || {
        for folder in &folders {
            let (code, printed) = output(home, Command::new("kubectl").arg("kustomize").arg(folder));
            assert!(code == 0, "{}: {printed}", folder.display());
        }
    };
    let mut ratios = Vec::new();
    for _ in 0..rounds.min(MOST_BUILDS) {
        let theirs = time(build_all);
        let ours = time(|| drop(treenail.judge(home, repository, &[])));
        ratios.push(millis(&theirs) / millis(&ours));
    }
    row(&format!("{} x kubectl kustomize / treenail", folders.len()), ratios.into_iter());
}

/// The folders in `folder` that have a kustomization, without components, which cannot be built alone.
fn kustomizations(folder: &Path) -> Vec<PathBuf> {
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let entries = entries.filter(|entry| entry.file_name() == "kustomization.yaml");
    let whole =
        entries.filter(|entry| !fs::read_to_string(entry.path()).unwrap().contains("kind: Component"));
    whole.map(|entry| entry.path().parent().unwrap().to_owned()).collect()
}

/// The command that runs kubeconform. It skips files without a schema: kustomizations, for which upstream publishes
/// none, treenail's answers, which are not manifests, and JSON patches, which it fails to read.
fn with_schemas(program: &Path, schemas: &Path) -> Vec<String> {
    let location = format!("{}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json", schemas.display());
    let workers = available_parallelism().unwrap().to_string();
    let words = [
        &[program.to_str().unwrap(), "-strict", "-summary", "-schema-location", &location][..],
        &["-skip", "Kustomization,Component", "-ignore-filename-pattern", r"(^|/)\.treenail/"],
        &["-ignore-filename-pattern", r"/settings/replicas\.yaml$"],
        &["-n", &workers, "."],
    ];
    words.concat().into_iter().map(str::to_owned).collect()
}

/// Runs Go in `benches/kubeconform`; fails with its output.
fn go(arguments: &[&OsStr]) -> Result<(), String> {
    let mut command = Command::new("go");
    command.args(arguments).env("GOFLAGS", "-mod=readonly");
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/kubeconform"));
    let done = command.output().map_err(|error| format!("go does not run: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&done.stderr).trim()))
}

/// Generates the default repository of each application, all in one Git repository.
fn write(home: &Path, repository: &Path) {
    fs::create_dir(repository).unwrap();
    git(home, repository, &[&["init", "-q"]]);
    for application in 1..=APPLICATIONS {
        let name = format!("app-{application}");
        let source = format!("https://github.com/acme/{name}.git");
        let mut new = Command::new(program());
        new.args(["new", "--quiet", "--defaults", "--no-commit", "--app", &name, "--source-repo", &source]);
        new.args(["--manifest-repo", "https://github.com/acme/delivery.git"]);
        run(home, new.arg(repository.join("services").join(name)));
    }
    git(home, repository, &[&["add", "-A"], &["commit", "-q", "-m", "services"]]);
}

/// The number of files in `folder` that pass `is_counted`, without treenail's own.
fn count(folder: &Path, is_counted: impl Fn(&Path) -> bool) -> usize {
    let entries = WalkDir::new(folder).into_iter().filter_entry(|entry| entry.file_name() != ".treenail");
    entries.filter(|entry| is_counted(entry.as_ref().unwrap().path())).count()
}

fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml")
}

/// Whether the file is one of the generated patches that are a list of operations.
fn is_json_patch(path: &Path) -> bool {
    path.ends_with("settings/replicas.yaml")
}

fn plant([file, right, wrong]: [&str; 3], repository: &Path) {
    let path: PathBuf = repository.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(right), "{file} has no `{right}`");
    fs::write(path, text.replacen(right, wrong, 1)).unwrap();
}
