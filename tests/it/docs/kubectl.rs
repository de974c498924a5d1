//! The commands for a cluster, in the documentation and on the pages of every golden repository: `kubectl` understands
//! them, and what they name is in the repository that they are about.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use crate::common::home::Home;
use crate::common::programs;
use crate::docs::cluster::{self, Cluster};
use crate::docs::page::{self, Page};
use crate::docs::script;

/// Programs that are called through `kubectl` and do not come with it.
const PLUGINS: &[&str] = &["argo"];

/// A command, without the word `kubectl`, and where it is.
struct Call {
    place: String,
    words: Vec<String>,
}

/// With `--help`, `kubectl` reads the whole command line, refuses words and options that it does not know, and asks no
/// cluster. What it is to create it makes as well, without one.
#[test]
#[ignore = "takes long"]
fn kubectl_understands_every_command() {
    let Some(kubectl) = programs::find_or_notice("kubectl", "what the documentation calls it with") else {
        return;
    };
    let home = home_with_keys();
    let run = |words: &[String], more: &[&str]| {
        let mut command = home.command(kubectl.to_str().unwrap());
        command.args(words).args(more).env("KUBECONFIG", "/dev/null").stdin(Stdio::null());
        command.output().unwrap()
    };
    // Most of what the golden repositories say is the same.
    let calls = pages().into_iter().flat_map(|page| calls(&page)).map(|call| (call.words, call.place));
    let calls: BTreeMap<_, _> = calls.collect();
    let mut found = Vec::new();
    for (words, place) in calls {
        if PLUGINS.contains(&words[0].as_str()) {
            continue;
        }
        let words: Vec<_> = words.into_iter().map(|word| with_keys(&home, &word)).collect();
        let help = run(&words, &["--help"]);
        if !help.status.success() || is_of_a_group(&words, &help) {
            let why = said(&help).lines().next().unwrap_or_default().to_owned();
            found.push(format!("{place}: kubectl {}: {why}", words.join(" ")));
        }
        if words.iter().any(|word| word == "create") {
            let dry = run(&words, &["--dry-run=client", "--output=name"]);
            if !dry.status.success() {
                found.push(format!("{place}: kubectl {}: {}", words.join(" "), said(&dry)));
            }
        }
    }
    crate::docs::assert_none(&found);
}

#[test]
fn what_a_command_names_is_there() {
    let home = Home::new();
    let [rolling, canary] = ["rolling", "canary"].map(|strategy| shop(&home, strategy));

    let mut found = Vec::new();
    let mut named = 0;
    for page in pages() {
        let own = golden_of(&page).map(|repository| Cluster::of(&repository));
        let shop = if page.path == OF_ROLLOUTS { &canary } else { &rolling };
        let cluster = own.as_ref().unwrap_or(shop);
        let calls = calls(&page);
        let labelled: Vec<_> = calls.iter().filter_map(|call| cluster::labelled(&call.words)).collect();
        for Call { place, words } in &calls {
            named += 1;
            if let Err(why) = cluster.knows(words, &labelled) {
                found.push(format!("{place}: kubectl {}: {why}", words.join(" ")));
            }
        }
    }
    crate::docs::assert_none(&found);
    assert!(named > 100, "only {named} commands were found");
}

/// The page that is about Rollouts, which the repository of all others does not have.
const OF_ROLLOUTS: &str = "docs/how-to/strategy.md";

/// The repository that the pages are about, with the environments that they come to.
fn shop(home: &Home, strategy: &str) -> Cluster {
    let new = format!(
        "new {strategy} --defaults --quiet --app shop --source-repo https://github.com/acme/shop.git --environments staging,qa,production \
         --strategy {strategy}"
    );
    assert!(home.command("treenail").args(new.split(' ')).stdin(Stdio::null()).status().unwrap().success());
    Cluster::of(&home.path(strategy))
}

/// The pages, and those of the golden repositories.
fn pages() -> Vec<Page> {
    [page::all(), page::golden().concat()].concat()
}

/// The golden repository that has a page.
fn golden_of(page: &Page) -> Option<PathBuf> {
    let name = Path::new(&page.path).strip_prefix(page::GOLDEN).ok()?.iter().next()?;
    Some(page::project().join(page::GOLDEN).join(name).join("repository"))
}

/// Every command for `kubectl` on a page, in a block or in the text.
fn calls(page: &Page) -> Vec<Call> {
    let blocks = page.blocks.iter().filter(|block| block.info.starts_with("sh"));
    let blocks = blocks.map(|block| (block.start, block.lines.join("\n")));
    let scripts = blocks.chain(page.code());
    let commands = scripts.flat_map(|(start, text)| {
        script::commands(&text).into_iter().map(move |command| (start + command.line, command.words))
    });
    // An option at the end that wants a value is only mentioned.
    let is_whole =
        |words: &[String]| words.last().is_some_and(|word| !cluster::WITH_VALUE.contains(&word.as_str()));
    let calls = commands.filter(|(_, words)| words.len() > 1 && words[0] == "kubectl" && is_whole(words));
    calls.map(|(index, words)| Call { place: page.place(index), words: words[1..].to_vec() }).collect()
}

/// A home with the files that keys are taken from.
fn home_with_keys() -> Home {
    let home = Home::new();
    for name in ["argocd", "push", "source", "known_hosts"] {
        home.write(&format!("keys/{name}"), "x");
    }
    home
}

/// A word with what the shell would put in the place of the folder of keys.
fn with_keys(home: &Home, word: &str) -> String {
    word.replace("$KEYS", home.path("keys").to_str().unwrap())
}

/// Whether a help is that of several commands, since the word that should be one of them is none. Some take a file instead.
fn is_of_a_group(words: &[String], help: &Output) -> bool {
    let has_file = words.iter().any(|word| matches!(word.as_str(), "-f" | "-k"));
    said(help).contains("Available Commands:") && !has_file
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}
