//! The scaffold that the team uses, in five versions. Each file has a line `# file NAME` that tells it from the others
//! wherever it is moved.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use treenail::answers::resolve::{Given, Policy, Resolver};
use treenail::values::value::Provenance;
use walkdir::WalkDir;

use super::answers::{Choice, Choices, QUESTIONS, Question};
use crate::upgrade::scaffold::Scaffold;

/// How many there are; versions count from 1.
pub const VERSIONS: usize = 5;

/// The files by `# file NAME`: path and text.
pub type Files = BTreeMap<String, (String, String)>;

pub static SCAFFOLDS: LazyLock<Vec<Scaffold>> = LazyLock::new(all);

/// Seeded, so no upgrade changes it.
pub const SEEDED: &str = "release";

/// Executable from this version on.
pub const PROGRAM: (&str, usize) = ("run", 3);

const README: &str = "# file readme\n\n# [= app =]\n\nOwned by [= owner =].\n\n## Setup\n\nfirst\n\nsecond\n\nthird\n\n\
    ## Use\n\ncall it\n\nread on\n\n## End\n\nTier [= tier =].\n";
const WORKLOAD: &str = "# file workload\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: [= app | yaml =]\n\
    spec:\n  selector:\n    matchLabels:\n      app: [= app | yaml =]\n  template:\n    metadata:\n      labels:\n        \
    app: [= app | yaml =]\n    spec:\n      containers:\n      - name: web\n        image: example.com/web\n        \
    ports:\n        - containerPort: [= port | yaml =]\n";
const LIST: &str = "# file list\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- WORKLOAD\n\
    [%- for env in environments %]\n- [= (\"FOLDER\" ~ env.name ~ \".yaml\") | yaml =]\n[%- endfor %]\n";
const SETTINGS: &str = "# file env-[= env.name =]\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: \
    [= env.name | yaml =]\ndata:\n  tier: [= tier | yaml =]\n  port: [= port | yaml_string =]\n";
const SERVICE: &str = "# file service\napiVersion: v1\nkind: Service\nmetadata:\n  name: [= app | yaml =]\nspec:\n  selector:\n    \
    app: [= app | yaml =]\n  ports:\n  - port: [= port | yaml =]\n";
const PROGRAM_TEXT: &str = "#!/bin/sh\n# file run\n\necho start\n\necho stop\n";
const RELEASE: &str = "# file release\nRELEASE=none\n";
const EACH: &str = "  from: ENVIRONMENT.yaml\n  each: environments\n  as: env\n";
const OLD: &str = "# file old\n\nas it was\n\nkept for long\n";
const GUIDE: &str = "# file guide\n\nhow to begin\n\nhow to go on\n\nhow to end\n";
const FAQ: &str = "# file faq\n\nwhat is asked\n\nwhat is answered\n\nwhat is not\n";

/// What each version needs to be upgraded to.
const HISTORY: [&str; VERSIONS] = [
    "",
    "",
    "  moves:\n  - {from: deploy/app.yaml, to: deploy/workload.yaml}\n  migrations:\n  - rename: {from: owner, to: team}\n",
    "  moves:\n  - {from: \"deploy/[= env.name =].yaml\", to: \"deploy/env/[= env.name =].yaml\", each: environments, as: env}\n",
    "  moves:\n  - {from: docs/guide.md, to: docs/faq.md}\n  - {from: docs/faq.md, to: docs/guide.md}\n  \
     - {from: release.env, to: release/release.env}\n  migrations:\n  - map-value: {question: tier, from: gold, to: premium}\n",
];

/// The numbers of the versions.
const NUMBERS: [&str; VERSIONS] = ["1.0.0", "2.0.0", "3.0.0", "4.0.0", "5.0.0"];

/// A version without files.
fn version(number: usize) -> Scaffold {
    let mut scaffold = Scaffold::new(NUMBERS[0]);
    for question in QUESTIONS.iter().filter(|question| number >= question.since) {
        let default = format!("  default: {:?}\n", question.default(number));
        let limits = match question.name(number) {
            "tier" => format!("  limits: {{choices: [{}]}}\n", question.values(number).join(", ")),
            _ => String::new(),
        };
        scaffold = scaffold.question(question.name(number), question.kind, &(limits + &default));
    }
    for (version, history) in NUMBERS.iter().zip(HISTORY).take(number) {
        scaffold = scaffold.version(version);
        if !history.is_empty() {
            scaffold = scaffold.history(history);
        }
    }
    scaffold
}

fn all() -> Vec<Scaffold> {
    let swapped = README.replace("first\n\nsecond", "second\n\nfirst");
    let renamed = swapped.replace("[= owner =]", "[= team =]");
    let moved = SETTINGS;
    let list = |resources: &str, folder: &str| LIST.replace("WORKLOAD", resources).replace("FOLDER", folder);
    let limits = format!("{WORKLOAD}        resources:\n          limits:\n            memory: 64Mi\n");
    let both = "service.yaml\n- workload.yaml";
    let program = PROGRAM_TEXT.replace("echo start", "set -e\necho begin");
    vec![
        version(1)
            .file("README.md", README)
            .file("deploy/app.yaml", WORKLOAD)
            .file("deploy/kustomization.yaml", list("app.yaml", ""))
            .source("ENVIRONMENT.yaml", SETTINGS)
            .rule("deploy/[= env.name =].yaml", EACH)
            .file("bin/run.sh", PROGRAM_TEXT)
            .file("docs/old.md", OLD)
            .file("docs/guide.md", GUIDE)
            .seeded("release.env", RELEASE),
        version(2)
            .file("README.md", &swapped)
            .file("deploy/app.yaml", WORKLOAD)
            .file("deploy/service.yaml", SERVICE)
            .file("deploy/kustomization.yaml", list("app.yaml\n- service.yaml", ""))
            .source("ENVIRONMENT.yaml", SETTINGS)
            .rule("deploy/[= env.name =].yaml", EACH)
            .file("bin/run.sh", PROGRAM_TEXT)
            .file("docs/old.md", OLD)
            .file("docs/guide.md", GUIDE)
            .seeded("release.env", RELEASE),
        version(3)
            .file("README.md", &renamed)
            .file("deploy/workload.yaml", WORKLOAD)
            .file("deploy/service.yaml", SERVICE)
            .file("deploy/kustomization.yaml", list(both, ""))
            .source("ENVIRONMENT.yaml", SETTINGS)
            .rule("deploy/[= env.name =].yaml", EACH)
            .program("bin/run.sh", PROGRAM_TEXT)
            .file("docs/old.md", OLD.replace("kept", "kept still"))
            .file("docs/guide.md", GUIDE)
            .seeded("release.env", RELEASE),
        version(4)
            .file("README.md", renamed.replace("read on", "read on\n\nand on"))
            .file("deploy/workload.yaml", &limits)
            .file("deploy/service.yaml", SERVICE)
            .file("deploy/kustomization.yaml", list(both, "env/"))
            .source("ENVIRONMENT.yaml", moved)
            .rule("deploy/env/[= env.name =].yaml", EACH)
            .program("bin/run.sh", PROGRAM_TEXT)
            .file("docs/faq.md", FAQ)
            .file("docs/guide.md", GUIDE.replace("go on", "go further"))
            .seeded("release.env", RELEASE),
        version(5)
            .file("README.md", renamed.replace("read on", "read on\n\nand on and on"))
            .file("deploy/workload.yaml", &limits)
            .file("deploy/service.yaml", SERVICE)
            .file("deploy/kustomization.yaml", list(both, "env/"))
            .source("ENVIRONMENT.yaml", moved)
            .rule("deploy/env/[= env.name =].yaml", EACH)
            .program("bin/run.sh", program)
            .file("docs/guide.md", FAQ)
            .file("docs/faq.md", GUIDE.replace("go on", "go further").replace("to end", "to come to an end"))
            .seeded("release/release.env", RELEASE.replace("none", "unknown")),
    ]
}

/// The files of `version`, made of `choices`, with whether they are executable.
pub fn fresh(version: usize, choices: &Choices) -> Arc<Files> {
    type Cache = HashMap<(usize, Vec<String>), Arc<Files>>;
    static CACHE: LazyLock<Mutex<Cache>> = LazyLock::new(Mutex::default);
    let key = (version, choices.values().map(|choice| choice.value.clone()).collect());
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(cache.entry(key).or_insert_with(|| Arc::new(render(version, choices))))
}

fn render(version: usize, choices: &Choices) -> Files {
    let folder = tempfile::tempdir().unwrap();
    SCAFFOLDS[version - 1].write(folder.path());
    let files = WalkDir::new(folder.path()).into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file()).map(|entry| {
        let path = entry.path().strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned();
        (path, fs::read(entry.path()).unwrap())
    });
    let scaffold = treenail::scaffold::Scaffold::from_files(files.collect(), "web").unwrap();
    let questions = QUESTIONS.iter().filter(|question| version >= question.since);
    // A merge may have left one open, or brought a choice of a newer version; it then has its default.
    let is_known = |question: &Question, choice: &Choice| {
        question.id != "tier" || question.values(version).contains(&&*choice.value)
    };
    let known = questions.filter_map(|question| {
        Some((question, choices.get(question.id).filter(|choice| is_known(question, choice))?))
    });
    let texts = known.map(|(question, choice)| (question.name(version).to_owned(), choice.value.clone()));
    let given = texts.chain([("app".to_owned(), "shop".to_owned())]);
    let given = given.map(|(name, text)| (name, Given { text, from: Provenance::Flag })).collect();
    let answers = Resolver::new(&scaffold).resolve(&given, &BTreeMap::new(), Policy::TakeDefaults);
    let rendered = scaffold.render(&answers.unwrap().unwrap(), "").unwrap();
    let files = rendered.files.into_iter().map(|file| {
        let text = String::from_utf8(file.file.content).unwrap();
        (name_of(&text).unwrap().to_owned(), (file.path, text))
    });
    files.collect()
}

/// What a text says which file it is.
pub fn name_of(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("# file "))?.split(' ').next()
}
